"""Several events in one run: evidence gathered, reports drawn, bundles written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventstudy.compute.engine import map_tasks
from eventstudy.compute.pool import usable_cores
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.gather import gather_evidence
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.files.atomic import sweep
from eventstudy.files.manifest import MANIFEST
from eventstudy.prices.prices import Prices
from eventstudy.prices.shares import Shares
from eventstudy.report.bundle import Make, boxes, write_as
from eventstudy.result.result import StudyResult


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle, and what its reader should know beside the result's own notes."""

    folder: Path
    notes: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, evidence: Evidence | None) -> Written:
        """With the notes of the evidence and of the drawing, which name the event."""
        notes = [*(evidence.notes if evidence else ()), *boxes(folder)]
        return cls(folder, tuple(f"{folder.name}: {note}" for note in notes))


@dataclass(frozen=True, slots=True)
class _Order:
    results: Mapping[Path, StudyResult]
    prices: Prices
    claims: Sequence[Claim] | None
    shares: Mapping[str, Shares] | None
    make: Make


def write_bundles(
    results: Mapping[Path, StudyResult],
    prices: Prices,
    claims: Sequence[Claim] | None = None,
    shares: Mapping[str, Shares] | None = None,
    make: Make | None = None,
) -> list[Written]:
    """Gather the evidence on several events and write their bundles, side by side.

    One process each where there are processors for it.
    """
    alone = len(results) < 2 or usable_cores() < 2
    engine = "serial" if alone else "processes"
    order = _Order(results, prices, claims, shares, make or Make.of())
    try:
        return list(map_tasks(_write_one, order, list(results), engine))
    except BaseException:
        for folder in results:  # a worker that was stopped could not clear up
            sweep(folder, marker=MANIFEST)
        raise


def _write_one(order: _Order, folder: Path) -> Written:
    result = order.results[folder]
    evidence = gather_evidence(result, order.prices, claims=order.claims, shares=order.shares)
    write_as(result, folder, evidence, order.make)
    return Written.of(folder, evidence)
