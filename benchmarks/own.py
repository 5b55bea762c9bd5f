"""This package, end to end through its public names: frames in, every table read out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from benchmarks.answer import Answer
from benchmarks.panel import CAR, ESTIMATION, MARKET, WINDOW, Case, Floats, Ints

if TYPE_CHECKING:
    from eventstudy import EventStudy, StudyResult

USUAL = ("csect_t", "patell_z", "bmp_t", "bmp_kp_t")


@dataclass(frozen=True, slots=True)
class Tables:
    """What a user reads of a result."""

    fits: pd.DataFrame
    abnormal_returns: pd.DataFrame
    car: pd.DataFrame
    tests: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """The same figures as arrays; only the tests are a table, with a row for each day."""

    event_id: Ints
    alpha: Floats
    beta: Floats
    s: Floats
    ar: Floats
    t: Floats
    tests: pd.DataFrame


def configured(tests: Literal["all"] | Sequence[str] = USUAL, **options: Any) -> EventStudy:
    """What every row of this package computes."""
    import eventstudy as es

    return es.EventStudy(
        model="market",
        benchmark=MARKET,
        estimation=ESTIMATION,
        window=WINDOW,
        car=[CAR],
        tests=tests,
        **options,
    )


def tables(result: StudyResult) -> Tables:
    """Every table of the result."""
    return Tables(result.fits, result.abnormal_returns, result.car(CAR), result.tests)


def arrays(result: Any) -> Arrays:
    """The plain arrays of the result."""
    plain = result.arrays
    alpha, beta = (plain.coefficients[name] for name in ("alpha", "beta"))
    t = plain.over(CAR).t
    return Arrays(plain.event_id, alpha, beta, plain.s, plain.ar, t, result.tests)


def study(
    engine: str = "serial",
    *,
    polars: bool = False,
    read: Callable[[StudyResult], Any] = tables,
    **options: Any,
) -> Callable[[Case], Callable[[], Any]]:
    """A row of this package: EventStudy(...).run(events, returns=wide), then what is read of it."""

    def prepare(case: Case) -> Callable[[], Any]:
        import eventstudy  # noqa: F401 (importing is not timed here)

        wide: Any = case.wide()
        events: Any = case.events()
        if polars:
            import polars as pl

            wide, events = pl.from_pandas(wide.reset_index()), pl.from_pandas(events)

        def run() -> Any:
            return read(configured(**options).run(events, returns=wide, engine=engine))

        return run

    return prepare


def answer(tables: Tables) -> Answer:
    """The tables as arrays, in the order of the events."""
    order = tables.fits.index.get_level_values("event_id").to_numpy().argsort(kind="stable")
    alpha, beta, s = (tables.fits[name].to_numpy()[order] for name in ("alpha", "beta", "s"))
    return Answer(
        alpha,
        beta,
        s,
        tables.abnormal_returns.to_numpy()[order],
        scar=tables.car["t"].to_numpy()[order],
        patell=_statistics(tables.tests, "patell_z"),
        bmp=_statistics(tables.tests, "bmp_t"),
    )


def arrays_answer(arrays: Arrays) -> Answer:
    """The arrays in the order of the events."""
    order = arrays.event_id.argsort(kind="stable")
    return Answer(
        arrays.alpha[order],
        arrays.beta[order],
        arrays.s[order],
        arrays.ar[order],
        scar=arrays.t[order],
        patell=_statistics(arrays.tests, "patell_z"),
        bmp=_statistics(arrays.tests, "bmp_t"),
    )


def _statistics(tests: pd.DataFrame, name: str) -> Floats | None:
    rows = tests[(tests["test"] == name) & (tests["group"] == "all")]
    if rows.empty:
        return None
    found = rows.set_index(["start", "end"])["statistic"]
    days = [(day, day) for day in range(WINDOW[0], WINDOW[1] + 1)]
    return found.loc[[*days, CAR]].to_numpy(dtype=np.float64)
