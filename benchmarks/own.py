"""This package, end to end through its public names: frames in, every table read out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from benchmarks.answer import Answer
from benchmarks.panel import CAR, ESTIMATION, MARKET, WINDOW, Case, Floats

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


def configured(tests: Literal["all"] | Sequence[str] = USUAL, **options: Any) -> EventStudy:
    """What every row asks of this package."""
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
    """Every table of the result, read out."""
    return Tables(result.fits, result.abnormal_returns, result.car(CAR), result.tests)


def study(
    engine: str = "serial", *, polars: bool = False, **options: Any
) -> Callable[[Case], Callable[[], Tables]]:
    """A row of this package: EventStudy(...).run(events, returns=wide), then its tables."""

    def prepare(case: Case) -> Callable[[], Tables]:
        import eventstudy  # noqa: F401 (importing is not timed here)

        wide: Any = case.wide()
        events: Any = case.events()
        if polars:
            import polars as pl

            wide, events = pl.from_pandas(wide.reset_index()), pl.from_pandas(events)

        def run() -> Tables:
            return tables(configured(**options).run(events, returns=wide, engine=engine))

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


def _statistics(tests: pd.DataFrame, name: str) -> Floats | None:
    rows = tests[(tests["test"] == name) & (tests["group"] == "all")]
    if rows.empty:
        return None
    found = rows.set_index(["start", "end"])["statistic"]
    days = [(day, day) for day in range(WINDOW[0], WINDOW[1] + 1)]
    return found.loc[[*days, CAR]].to_numpy(dtype=np.float64)
