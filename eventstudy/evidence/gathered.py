"""All evidence on one event, frozen; saved beside the result and drawn without another fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import DataMissingError, InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.claim_register import Claim
from eventstudy.evidence.claims import Claims, check_claims
from eventstudy.evidence.contamination import Contamination, contamination
from eventstudy.evidence.contrasts import Contrasts, contrasts
from eventstudy.evidence.curve import Curve, specification_curve
from eventstudy.evidence.placebos import Placebos, placebos
from eventstudy.evidence.recovery import Recovery, recovery
from eventstudy.evidence.shown import EvidencePart
from eventstudy.evidence.value import Value, value
from eventstudy.market.prices import Prices
from eventstudy.market.shares import Shares
from eventstudy.reading import shown_path, undamaged
from eventstudy.result import StudyResult


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


def gather_evidence(
    result: StudyResult,
    prices: Prices,
    *,
    claims: Sequence[Claim] | None = None,
    shares: Mapping[str, Shares] | None = None,
) -> Evidence:
    """Gather every part of the evidence on the one registered event of `result`.

    `prices` are those that the study was run on; take one event of several with
    `result.only(event_id)`. `claims` come from `read_claims`, by default the packaged ones;
    `shares` from `load_shares`, beside those that the study knows. A part that cannot be had is
    None, and `absent` says why. Raises InputError for a result without a
    registered event or without any estimate.
    """
    case = Case(result, prices)
    makers: dict[str, Callable[[Case], Any]] = {
        "placebos": placebos,
        "curve": specification_curve,
        "recovery": recovery,
        "contamination": contamination,
        "contrasts": contrasts,
        "value": partial(value, shares=shares),
        "claims": partial(check_claims, claims=claims),
    }
    found: dict[str, Any] = {}
    absent = {}
    for name, make in makers.items():
        try:
            found[name] = make(case)
        except (InputError, DataMissingError) as error:
            absent[name] = str(error)
    return Evidence(event_id=case.event_id, **found, absent=absent)


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


EVIDENCE = "evidence.json"


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
