"""What is measured, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks import first, loops, own, peers, rivals
from benchmarks.answer import Answer
from benchmarks.panel import Case
from benchmarks.rivals import Rival

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
    gaps: bool = False
    """Measured where returns are missing inside the windows too."""
    less: Callable[[Case], Callable[[], Any]] | None = None
    """Timed right after and subtracted."""
    needs: str = ""
    """A module without which the row is left out."""
    rival: Rival | None = None
    """The package that it runs; it has an interpreter of its own."""


def _same(found: Answer) -> Answer:
    return found


_package = partial(Row, answer=own.answer)
_arrays = partial(Row, answer=_same)
_rival = partial(Row, most=(1_000, 100), largest=100_000)
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
            gaps=True,
        ),
        Row(
            "arrays",
            "this package, arrays out",
            "the same, read as plain arrays; only the tests are read as a table",
            own.study(read=own.arrays),
            own.arrays_answer,
            gaps=True,
        ),
        _package(
            "no-placebo",
            "this package, placebo=False",
            "the same without the placebo p-values computed for up to 1,000 events",
            own.study(placebo=False),
            largest=1_000,
        ),
        _package(
            "polars",
            "this package, polars in",
            "the same from polars frames",
            own.study(polars=True),
            needs="polars",
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
            largest=MILLION,
            gaps=True,
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
            "first",
            "this package, first call ever",
            "a script in a new process, from start to end: two Parquet files in, the same tables "
            "out; with 10,000 events or more it compiles the loops",
            first.study(cached=False),
            largest=100_000,
        ),
        _arrays(
            "later",
            "this package, first call of a process",
            "the same script when the compiled loops are in the cache",
            first.study(cached=True),
            largest=100_000,
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
            "lower bound of the time in numpy",
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
            gaps=True,
        ),
        _arrays(
            "pandas",
            "pandas + statsmodels",
            "a frame per ticker merged with the market, filtered to the windows, sm.OLS with "
            "add_constant, an event at a time; AR",
            loops.pandas,
            most=(200, 20),
        ),
        _rival(
            "pypi",
            "eventstudy (PyPI)",
            "Single.market_model for every event, then Multiple; AR agrees, its variances differ "
            "by definition",
            rivals.pypi,
            rivals.pypi_answer,
            most=(2_000, 200),
            rival=rivals.PYPI,
        ),
        _rival(
            "statspai",
            "StatsPAI",
            "abnormal_returns on long frames; AR and s agree, its CAR covers the whole event "
            "window. It correlates every pair of events, so twice as many events take up to four "
            "times as long: at most 1,000 are timed, which flatters it at larger sizes",
            rivals.statspai,
            rivals.statspai_answer,
            rival=rivals.STATSPAI,
        ),
        _rival(
            "ml4t",
            "ml4t-diagnostic",
            "EventStudyAnalysis on long polars frames; alpha, beta, s and AR agree, its BMP test "
            "divides a CAR by s and ignores the forecast error",
            rivals.ml4t,
            rivals.ml4t_answer,
            most=(500, 50),
            rival=rivals.ML4T,
        ),
        _rival(
            "easy-es",
            "easy-es",
            "EventStudy with the estimator capm and no riskless rate, which is the market model; "
            "AR agrees, its standard deviations differ by definition",
            rivals.easy_es,
            rivals.easy_es_answer,
            rival=rivals.EASY_ES,
        ),
        _rival(
            "vibe",
            "vibe-trading-ai",
            "src.quantlib.eventstudy.event_study on a wide frame; alpha, beta, s and AR agree, its "
            "tests cover the whole event window",
            rivals.vibe,
            rivals.vibe_answer,
            rival=rivals.VIBE,
        ),
    )
}

BASIS = "statsmodels"
"""The row that all others are compared with, in figures and in speed."""
OWN = ("serial", "arrays", "no-placebo", "polars", "processes", "dask", "all-tests")
FIRST = ("first", "later", "serial")
"""First calls of a process, and one that follows in it."""
OTHERS = ("pandas", *(name for name, row in ROWS.items() if row.rival))
"""What people use instead; each is compared with this package's first row."""


def measured_at(row: Row, events: int, sizes: tuple[int, ...]) -> bool:
    """Whether the row is measured on that many synthetic events."""
    if row.once:
        return events == max([size for size in sizes if size <= MILLION], default=min(sizes))
    return row.largest is None or events <= row.largest
