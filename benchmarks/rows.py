"""What is measured, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks import loops, own, peers
from benchmarks.answer import Answer
from benchmarks.panel import Case

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One way to do the study."""

    name: str
    label: str
    does: str
    """In one line, for the page."""
    prepare: Callable[[Case], Callable[[], Any]]
    """Everything that is not timed; returns what is."""
    answer: Callable[[Any], Answer]
    """What the timed function returned, as arrays to compare."""
    most: tuple[int, int] | None = None
    """Events timed at most, in a full and in a quick run; the rate is quoted."""
    largest: int | None = None
    """Not measured above this number of events."""
    once: bool = False
    """Measured at one size only: the largest one up to a million."""
    less: Callable[[Case], Callable[[], Any]] | None = None
    """Timed right after and subtracted."""
    needs: str = ""
    """A module without which the row is left out."""
    peer: bool = False
    """Runs in the interpreter that has the PyPI package eventstudy."""


def _same(found: Answer) -> Answer:
    return found


_package = partial(Row, answer=own.answer)
_arrays = partial(Row, answer=_same)
_DRAWS = ("bmp_t", "bootstrap")

ROWS = {
    row.name: row
    for row in (
        _package(
            "serial",
            "this package",
            "events and returns as DataFrames in; fits, abnormal returns, CAR with t, p and "
            "interval, and four tests (cross-sectional, Patell, BMP, Kolari-Pynnönen) out",
            own.study(),
        ),
        _package(
            "processes",
            'this package, engine="processes"',
            "the same on all cores, starting the processes included",
            own.study("processes"),
        ),
        _package(
            "dask",
            'this package, engine="dask"',
            "the same on a local Dask cluster, starting it included",
            own.study("dask"),
            needs="distributed",
        ),
        _package(
            "all-tests",
            'this package, tests="all"',
            "the same with every test of the package",
            own.study(tests="all"),
            largest=100_000,
        ),
        _package(
            "bootstrap",
            "this package, 999 bootstrap draws",
            "what the cluster bootstrap of the BMP t adds for every day and the CAR: the time with "
            "it less the time without, measured in pairs",
            own.study(tests=_DRAWS),
            once=True,
            less=own.study(tests=_DRAWS[:1]),
        ),
        _arrays(
            "gather",
            "vectorised numpy",
            "arrays in; windows gathered by fancy indexing in chunks that fit the cache, "
            "closed-form market model, AR, t, Patell, BMP; arrays out",
            peers.gather,
        ),
        _arrays(
            "prefix",
            "prefix sums alone",
            "arrays in; cumulative sums to alpha, beta, s and AR, nothing else: with many events a "
            "lower bound of the time",
            peers.prefix,
        ),
        _arrays(
            "lstsq",
            "numpy lstsq loop",
            "np.linalg.lstsq on array slices, an event at a time; AR and t",
            peers.lstsq,
            most=(2_000, 200),
        ),
        _arrays(
            "statsmodels",
            "statsmodels OLS loop",
            "sm.OLS(y, X).fit() on array slices, an event at a time; AR and t",
            loops.statsmodels,
            most=(2_000, 200),
        ),
        _arrays(
            "pandas",
            "pandas + statsmodels",
            "a frame per ticker merged with the market, filtered to the windows, sm.OLS with "
            "add_constant, an event at a time; AR",
            loops.pandas,
            most=(200, 20),
        ),
        Row(
            "pypi",
            "eventstudy on PyPI",
            "Single.market_model for every event, then Multiple; AR agrees, its variances are "
            "others by definition",
            loops.pypi,
            loops.pypi_answer,
            most=(2_000, 200),
            peer=True,
        ),
    )
}

BASIS = "statsmodels"
"""The row that all others are compared with, in figures and in speed."""
OWN = ("serial", "processes", "dask")


def measured_at(row: Row, events: int, sizes: tuple[int, ...]) -> bool:
    """Whether the row is measured on that many synthetic events."""
    if row.once:
        return events == max([size for size in sizes if size <= MILLION], default=min(sizes))
    return row.largest is None or events <= row.largest
