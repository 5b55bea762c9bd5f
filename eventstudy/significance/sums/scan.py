"""Sums over the estimation windows of a group, a block at a time: `partial`, `fold`, `finish`.

The windows of a million observations do not fit into memory, and nobody needs them at once. All
sums that the chosen tests need are taken in one pass; blocks are folded in their order, so that
the sums do not depend on who worked on which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventstudy.compute.engine import Report, map_blocks, map_tasks
from eventstudy.models.kernel.batch import Floats, Panel, Positions
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.registry import Model
from eventstudy.significance.sums.estimation_windows import BLOCK, Block, Windows
from eventstudy.spec import StudySpec

Sums = tuple[Floats, ...]
"""What a scan adds up: arrays of fixed shapes."""

Scan = Callable[[Block], Sums]
"""The sums over one block of observations; for pickling it is a function of a module."""

TASK = 16
"""Blocks in a task."""


@dataclass(frozen=True)
class Scanner:
    """What every process gets once."""

    panel: Panel
    model: Model
    spec: StudySpec
    scans: tuple[Scan, ...]


def scan(
    windows: Windows, scans: Sequence[Scan], engine: str = "serial", report: Report | None = None
) -> dict[Scan, Sums]:
    """The sums of every scan over all observations, in one pass."""
    if not scans:
        return {}
    scanner = Scanner(windows.panel, windows.model, windows.spec, tuple(scans))
    size = TASK * BLOCK
    tasks = [
        (windows.fits.take(rows), windows.positions.take(rows))
        for rows in (slice(s, s + size) for s in range(0, len(windows.fits), size))
    ]
    totals: list[Sums] | None = None
    for blocks in map_tasks(_scan_task, scanner, tasks, engine, report=report):
        for found in blocks:
            totals = (
                found if totals is None else [fold(*p) for p in zip(totals, found, strict=True)]
            )
    return dict(zip(scans, totals or [], strict=True))


def fold(total: Sums, block: Sums) -> Sums:
    """Add a block's sums."""
    return tuple(a + b for a, b in zip(total, block, strict=True))


def _scan_task(scanner: Scanner, task: tuple[Fits, Positions]) -> list[list[Sums]]:
    windows = Windows(*task, scanner.panel, scanner.model, scanner.spec)

    def sums(rows: slice) -> list[Sums]:
        block = windows.block(rows)
        return [partial(block) for partial in scanner.scans]

    return map_blocks(sums, windows.slices())
