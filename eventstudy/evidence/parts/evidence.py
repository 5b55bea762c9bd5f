"""All evidence on one event: its parts, saved and loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.parts.claims import Claims
from eventstudy.evidence.parts.contamination import Contamination
from eventstudy.evidence.parts.contrasts import Contrasts
from eventstudy.evidence.parts.curve import Curve
from eventstudy.evidence.parts.part import EvidencePart, _listing, brief_of
from eventstudy.evidence.parts.placebos import Placebos
from eventstudy.evidence.parts.recovery import Recovery
from eventstudy.evidence.parts.value import Value
from eventstudy.files.reading import shown_path, undamaged
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted

PARTS: dict[str, type[Any]] = {
    "placebos": Placebos,
    "curve": Curve,
    "recovery": Recovery,
    "contamination": Contamination,
    "contrasts": Contrasts,
    "value": Value,
    "claims": Claims,
}
"""The parts by the names of Evidence's fields, and what each is."""


EVIDENCE = "evidence.json"


@dataclass(frozen=True, eq=False, repr=False)
class Evidence(EvidencePart):
    """What stands for and against a finding, beside the study itself."""

    event_id: str = ""
    """Of the event that it is on; empty where parts were put together by hand."""
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
    claims: Claims | None = None
    """What was said, each against its figure."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Part → why there is none."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should be warned of: a benchmark that carries the event, absent parts."""
        warned = () if self.contamination is None else self.contamination.sentences
        return (
            *warned,
            *(f"No {name} in the evidence: {why}" for name, why in self.absent.items()),
        )


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Write the files of the evidence into an existing folder: one JSON file, tables as Parquet."""
    told: dict[str, Any] = {"event_id": evidence.event_id, "absent": dict(evidence.absent)}
    for name in PARTS:
        part = getattr(evidence, name)
        if part is not None:
            values = {f.name: getattr(part, f.name) for f in fields(part)}
            told[name] = {k: v for k, v in values.items() if not isinstance(v, pd.DataFrame)}
            for table, content in tables_of(part).items():
                content.to_parquet(folder / f"{name}.{table}.parquet", engine="pyarrow")
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / EVIDENCE).write_text(text, encoding="utf-8", newline="\n")


def load_evidence(directory: str | Path) -> Evidence | None:
    """Read the evidence of a bundle back, or of the folder it was written to; None without any."""
    folder = Path(directory)
    if not folder.is_dir():
        raise InputError(f"There is no folder {directory}; give one that a run wrote.")
    if not (folder / EVIDENCE).is_file():
        folder = folder / "saved"
    if not (folder / EVIDENCE).is_file():
        return None
    with undamaged(f"The evidence in {shown_path(directory)}", "run the study again"):
        return _loaded(folder)


def _loaded(folder: Path) -> Evidence:
    told = json.loads((folder / EVIDENCE).read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for name, kind in PARTS.items():
        if name in told:
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in told[name].items()}
            for f in fields(kind):
                if f.name not in values:
                    place = folder / f"{name}.{f.name}.parquet"
                    values[f.name] = pd.read_parquet(place, engine="pyarrow")
            found[name] = kind(**values)
    return Evidence(event_id=told["event_id"], **found, absent=told["absent"])


def tables_of(part: Any) -> dict[str, pd.DataFrame]:
    """The tables of a part of the evidence by their names."""
    found = {f.name: getattr(part, f.name) for f in fields(part)}
    return {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}


@brief_of.register
def _of_evidence(part: Evidence) -> Brief:
    there = {name: getattr(part, name) for name in PARTS if getattr(part, name) is not None}
    rows = [(name, brief_of(one).finding) for name, one in there.items()]
    rows += [(name, f"none: {why}") for name, why in part.absent.items()]
    on = f" on {part.event_id}" if part.event_id else ""
    warned = () if part.contamination is None else part.contamination.sentences
    finding = f"Evidence{on}: {counted(len(there), 'part')} of {len(PARTS)}"
    return Brief(finding, "", (_listing(("part", "finding"), rows, words=(0, 1)),), warned)
