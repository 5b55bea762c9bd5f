"""Several events in one run: evidence gathered, then drawn; what an earlier run finished."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eventstudy.compute.engine import Report, map_tasks
from eventstudy.compute.processors import usable_cores
from eventstudy.errors import InputError
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.gather import gather_evidence
from eventstudy.evidence.parts.evidence import Evidence, load_evidence
from eventstudy.files.atomic import written_by_workers
from eventstudy.files.manifest import MANIFEST, verify_bundle
from eventstudy.measures.regression_table import FEW_CLUSTERS, Regression
from eventstudy.prices.prices import Prices
from eventstudy.prices.shares import Shares
from eventstudy.report.bundle import BundleOptions, typeface_notes, write_as
from eventstudy.report.pooled.story import focus_window
from eventstudy.result.result import StudyResult, load


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle, and what its reader should know beside the result's own notes."""

    folder: Path
    notes: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, evidence: Evidence | None) -> Written:
        """With the notes of the evidence and of the drawing, which name the event."""
        notes = [*(evidence.notes if evidence else ()), *typeface_notes(folder)]
        return cls(folder, tuple(f"{folder.name}: {note}" for note in notes))


@dataclass(frozen=True, slots=True)
class EvidenceInputs:
    """What the evidence takes beside a result and its prices, as `gather_evidence` does."""

    claims: Sequence[Claim] | None = None
    shares: Mapping[str, Shares] | None = None
    class_start: date | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    results: Mapping[Path, StudyResult]
    prices: Prices
    inputs: EvidenceInputs
    options: BundleOptions


def write_bundles(
    results: Mapping[Path, StudyResult],
    prices: Prices,
    inputs: EvidenceInputs | None = None,
    options: BundleOptions | None = None,
    report: Report | None = None,
    finished: Callable[[Written], None] | None = None,
) -> list[Written]:
    """Gather the evidence on several events and write their bundles, side by side.

    One process each where there are processors for it.

    Args:
        results: The study of each event, by the folder of its bundle.
        prices: Those that the studies were run on.
        inputs: What the evidence takes beside them.
        options: How bundles are made.
        report: Receives the bundles that are written, and their total.
        finished: Receives each bundle as soon as it is written, in their order.
    """
    alone = len(results) < 2 or usable_cores() < 2
    engine = "serial" if alone else "processes"
    order = _Order(results, prices, inputs or EvidenceInputs(), options or BundleOptions.of())
    bundles = []
    with written_by_workers(results, marker=MANIFEST):
        for written in map_tasks(_write_one, order, list(results), engine, report=report):
            bundles.append(written)
            if finished:
                finished(written)
    return bundles


def _write_one(order: _Order, folder: Path) -> Written:
    result = order.results[folder]
    inputs = order.inputs
    evidence = gather_evidence(
        result,
        order.prices,
        claims=inputs.claims,
        shares=inputs.shares,
        class_start=inputs.class_start,
    )
    write_as(result, folder, evidence, order.options)
    return Written.of(folder, evidence)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finished bundle with what it was drawn from."""

    result: StudyResult
    written: Written


def earlier_bundles(folders: Iterable[Path], options: BundleOptions) -> dict[Path, Earlier]:
    """The bundles that are whole and were made with these options, from the input that it knows."""
    return {
        folder: Earlier(load(folder), Written.of(folder, load_evidence(folder)))
        for folder in folders
        if _is_finished(folder, options)
    }


def write_pooled(result: StudyResult, folder: Path, options: BundleOptions) -> None:
    """Write the bundle of many events with the regression that its options ask for.

    Raises:
        InputError: The formula of the regression is wrong.
    """
    write_as(result, folder, None, options, regression_for(result, options.regress))


def regression_for(result: StudyResult, formula: str) -> Regression | None:
    """The regression of a pooled report; None without a formula.

    Of the CAR over the window of the finding. Errors are clustered by date where observations
    share dates and these are enough.

    Args:
        result: Of many events.
        formula: As `regress` takes it; empty for none.

    Raises:
        InputError: The formula is wrong.
    """
    if not formula:
        return None
    from eventstudy.measures.regression import regress

    dates = result.assets.labels["day0"].nunique()
    shared = FEW_CLUSTERS <= dates < result.n
    window = focus_window(result.spec)
    return regress(result, formula, window=window, cov="cluster" if shared else None)


def _is_finished(folder: Path, options: BundleOptions) -> bool:
    try:
        if not verify_bundle(folder).sound:
            return False
    except InputError:  # no bundle, or none that can be read: it is made anew
        return False
    made = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("made")
    return bool(options.input_sha256) and made == json.loads(json.dumps(options.made))
