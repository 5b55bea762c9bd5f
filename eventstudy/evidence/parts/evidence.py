"""All evidence on one event: its parts, saved and loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.parts.claims import Claims
from eventstudy.evidence.parts.contamination import Contamination
from eventstudy.evidence.parts.contrasts import Contrasts
from eventstudy.evidence.parts.curve import Curve
from eventstudy.evidence.parts.damages import Damages
from eventstudy.evidence.parts.estimation import EstimationReturns
from eventstudy.evidence.parts.part import EvidencePart
from eventstudy.evidence.parts.placebos import Placebos
from eventstudy.evidence.parts.recovery import Recovery
from eventstudy.evidence.parts.value import Value
from eventstudy.files.formats import write_parquet
from eventstudy.files.reading import shown_path, undamaged
from eventstudy.files.saved import saved_json, saved_table
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted
from eventstudy.text.table import PlainTable
from eventstudy.text.words import listed

EVIDENCE = "evidence.json"


@dataclass(frozen=True, eq=False, repr=False)
class Evidence(Shown):
    """Evidence for and against a finding, beyond the study itself.

    A field annotated with the class of a part registers that part; see `PARTS`.
    """

    event_id: str = ""
    """The event; empty if the parts were put together by hand."""
    placebos: Placebos | None = None
    """The event among ordinary days, and among other assets."""
    curve: Curve | None = None
    """The same question under other reasonable specifications."""
    recovery: Recovery | None = None
    """How much of day 0 the sessions after it undid."""
    contamination: Contamination | None = None
    """What the benchmark's own share in the event does to the figures."""
    contrasts: Contrasts | None = None
    """Groups against each other, events against each other."""
    value: Value | None = None
    """Dollars and index points."""
    damages: Damages | None = None
    """Dollars per share, inflation over a class period, and the estimate beside its peers."""
    estimation: EstimationReturns | None = None
    """The returns that the estimates are made of."""
    claims: Claims | None = None
    """What was said, each against its figure."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Part → why there is none."""

    @property
    def parts(self) -> dict[str, EvidencePart]:
        """The available parts, by name."""
        every = {name: getattr(self, name) for name in PARTS}
        return {name: part for name, part in every.items() if part is not None}

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of all parts."""
        return tuple(warning for part in self.parts.values() for warning in part.warnings)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: the parts' warnings, and which parts are absent."""
        by_reason: dict[str, list[str]] = {}
        for name, why in self.absent.items():
            by_reason.setdefault(why, []).append(name)
        absent = (f"No {listed(names)} in the evidence: {why}" for why, names in by_reason.items())
        return (*self.warnings, *absent)

    def _brief(self) -> Brief:
        rows = [(name, part._brief().finding) for name, part in self.parts.items()]
        rows += [(name, f"none: {why}") for name, why in self.absent.items()]
        on = f" on {self.event_id}" if self.event_id else ""
        finding = f"Evidence{on}: {counted(len(self.parts), 'part')} of {len(PARTS)}"
        findings = PlainTable.of(("part", "finding"), rows, len(rows), (0, 1))
        return Brief(finding, "", (findings,), self.warnings)


def _registered() -> dict[str, type[EvidencePart]]:
    """Name → class of each field of `Evidence` that is a part, in their order."""
    hints = get_type_hints(Evidence)  # of a part: its class or None
    return {
        name: kind
        for name, hint in hints.items()
        for kind in get_args(hint)
        if isinstance(kind, type) and issubclass(kind, EvidencePart)
    }


PARTS = _registered()
"""Name → class of each part: those that are gathered, saved and reported."""


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Write the files of the evidence into an existing folder: one JSON file, tables as Parquet."""
    told: dict[str, Any] = {"event_id": evidence.event_id, "absent": dict(evidence.absent)}
    for name, part in evidence.parts.items():
        tables, facts = _taken_apart(part)
        told[name] = facts
        for table, content in tables.items():
            write_parquet(content, folder / f"{name}.{table}.parquet")
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / EVIDENCE).write_text(text, encoding="utf-8", newline="\n")


def load_evidence(directory: str | Path) -> Evidence | None:
    """Read the evidence of a bundle back, or of the folder it was written to; None without any.

    Args:
        directory: a bundle, or a folder that `write_evidence` filled.

    Raises:
        InputError: there is no such folder, or a file in it is damaged.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise InputError(f"The folder {directory} does not exist; give one that a run wrote.")
    if not (folder / EVIDENCE).is_file():
        folder = folder / "saved"
    if not (folder / EVIDENCE).is_file():
        return None
    with undamaged(f"The evidence in {shown_path(directory)}"):
        return _loaded(folder)


def _loaded(folder: Path) -> Evidence:
    told = saved_json(folder / EVIDENCE)
    parts: dict[str, Any] = {}
    for name, kind in PARTS.items():
        if name in told:
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in told[name].items()}
            for f in fields(kind):  # type: ignore[arg-type]  # every part is a dataclass
                if f.name not in values:
                    place = folder / f"{name}.{f.name}.parquet"
                    values[f.name] = saved_table(place)
            parts[name] = kind(**values)
    return Evidence(event_id=told["event_id"], **parts, absent=told["absent"])


def tables_of(part: Any) -> dict[str, pd.DataFrame]:
    """The tables of a part of the evidence by their names."""
    return _taken_apart(part)[0]


def _taken_apart(part: Any) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The tables of a part and its other values, by name."""
    values = {f.name: getattr(part, f.name) for f in fields(part)}
    tables = {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}
    return tables, {name: value for name, value in values.items() if name not in tables}
