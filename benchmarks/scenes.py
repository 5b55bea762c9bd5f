"""Which rows are measured on which data, beside which other work: the parts of a run in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.busy import QUIET, SETTINGS
from benchmarks.rows import BASIS, MILLION, ROWS, Row, measured_at

SYNTHETIC, GAPS, UNIVERSE = "synthetic", "gaps", "universe"
LEAST_BUSY = 10_000
"""Events from which rows are measured beside other work; below, startup outweighs all else."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    sizes: tuple[int, ...]
    """Numbers of synthetic events."""
    rows: tuple[str, ...]
    gaps: tuple[int, ...]
    """Numbers of synthetic events on a panel with gaps."""
    busy: tuple[str, ...]
    """Rows to measure again beside other work."""
    universe: bool
    """Whether to measure on the real announcements too."""
    quick: bool
    rivals: Mapping[str, str]
    """The interpreters of the rows of other packages."""
    command: str
    """How a reader repeats the run."""

    @property
    def runs(self) -> int:
        """Timed runs of a row that is not slow."""
        return 3 if self.quick else 5


@dataclass(frozen=True, slots=True)
class Scene:
    """Some rows on one case."""

    kind: str
    """"synthetic", "gaps" or "universe"."""
    events: int
    """0 for the universe, whose number is given."""
    rows: tuple[Row, ...]
    setting: str = QUIET
    """What else the machine does."""


def scenes(plan: Plan) -> list[Scene]:
    """All parts of a run; sizes measured with gaps are also measured without."""
    asked = [row for name, row in ROWS.items() if name in {*plan.rows, BASIS}]

    def at(events: int) -> tuple[Row, ...]:
        return tuple(row for row in asked if measured_at(row, events, plan.sizes))

    def with_gaps(events: int) -> tuple[Row, ...]:
        return tuple(row for row in at(events) if row.gaps)

    parts = [Scene(SYNTHETIC, size, at(size)) for size in plan.sizes]
    own = any(row.gaps for row in asked if row.name != BASIS)
    for size in plan.gaps if own else ():
        if size not in plan.sizes:
            parts.append(Scene(SYNTHETIC, size, with_gaps(size)))
        parts.append(Scene(GAPS, size, with_gaps(size)))
    if plan.universe:
        parts.append(Scene(UNIVERSE, 0, tuple(row for row in asked if not row.once)))
    sizes = [size for size in plan.sizes if LEAST_BUSY <= size <= MILLION] or plan.sizes
    for setting in SETTINGS[1:] if plan.busy else ():
        for size in sizes:
            rows = tuple(row for row in at(size) if row.name in plan.busy)
            parts.append(Scene(SYNTHETIC, size, rows, setting))
    return parts
