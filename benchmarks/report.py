"""What was measured, as plain values that go to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """One row on one case."""

    row: str
    label: str
    timed: int
    """Events in each run; fewer than the case has for the slow loops, whose rate is quoted."""
    seconds: list[float]
    """Of the timed runs; differences where another time is subtracted."""
    added: bool
    """Whether `seconds` is what the row adds to another one."""
    base_mib: float
    """Peak memory before the work, data and libraries loaded."""
    peak_mib: float
    child_mib: float
    """Peak memory of the largest child process; 0 without children."""

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> float | None:
        """Slowest over fastest run; far above 1 when something else kept the machine busy."""
        fastest = min(self.seconds)
        return max(self.seconds) / fastest if fastest > 0 else None

    @property
    def rate(self) -> float:
        """Events per second; NaN for a row that adds to another, which has none of its own."""
        return float("nan") if self.added else self.timed / self.median


@dataclass(frozen=True, slots=True)
class CaseReport:
    """All rows on one panel and number of events."""

    name: str
    assets: int
    sessions: int
    events: int
    rows: list[Measured]
    setting: str = ""
    """What else ran on the machine; usually nothing."""

    def row(self, name: str) -> Measured | None:
        """The row of that name, where it was measured."""
        return next((row for row in self.rows if row.row == name), None)

    def ratio(self, row: Measured, to: str) -> float | None:
        """How many times as many events per second as the row named `to`."""
        other = self.row(to)
        return None if other is None else row.rate / other.rate


@dataclass(frozen=True, slots=True)
class Streamed:
    """One study from Parquet files into a folder."""

    events: int
    seconds: Mapping[str, float]
    """Seconds to read the events, to read the panel, and for the study."""
    base_mib: float
    """Peak memory before the study."""
    peak_mib: float
    """Includes pages of mapped files, which the system can reclaim at any time."""
    own_mib: float
    """Peak without pages of files."""
    disk_mib: float
    """Size of the study's folder."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    machine: Mapping[str, str]
    command: str
    runs: int
    """Timed runs of a row that is not slow."""
    cases: list[CaseReport]
    left_out: list[str] = field(default_factory=list)
    """What could not be measured here, a sentence each."""
    failures: list[str] = field(default_factory=list)
    """Rows that should have run and did not, a sentence each."""
    streamed: list[Streamed] = field(default_factory=list)

    def case(self, name: str, events: int) -> CaseReport | None:
        """The case of that name and size with nothing else running."""
        found = (case for case in self.cases if (case.name, case.events) == (name, events))
        return next((case for case in found if not case.setting), None)

    def save(self, path: Path) -> None:
        """Write JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Report:
        """Read what `save` wrote."""
        return cls.of(json.loads(path.read_text("utf-8")))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Report:
        """From plain values."""
        cases = [
            CaseReport(**{**case, "rows": [Measured(**row) for row in case["rows"]]})
            for case in values["cases"]
        ]
        streamed = [Streamed(**each) for each in values.get("streamed", [])]
        return cls(**{**values, "cases": cases, "streamed": streamed})

    @classmethod
    def joined(cls, parts: Sequence[Report]) -> Report:
        """One report from runs on the same machine that measured different things."""
        return cls(
            machine={name: value for part in parts for name, value in part.machine.items()},
            command="`, `".join(dict.fromkeys(part.command for part in parts)),
            runs=max(part.runs for part in parts),
            cases=[case for part in parts for case in part.cases],
            left_out=list(dict.fromkeys(each for part in parts for each in part.left_out)),
            failures=[each for part in parts for each in part.failures],
            streamed=[each for part in parts for each in part.streamed],
        )
