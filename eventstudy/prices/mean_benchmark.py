"""The equal-weighted mean of a source as a benchmark, for a source of many series and no index."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from eventstudy.errors import DataMissingError
from eventstudy.prices.prices import Prices
from eventstudy.prices.returns import returns_of
from eventstudy.spec.study_spec import MEAN_BENCHMARK

LEAST = 30
"""Series below which their mean does not stand for a market."""


def with_mean_benchmark(prices: Prices) -> Prices:
    """The prices with one more series: the level whose return is the mean of each day's returns.

    A day on which no series has a return has no level.

    Args:
        prices: With at least 30 series, all of which are taken.

    Raises:
        DataMissingError: There are fewer series.
    """
    if MEAN_BENCHMARK in prices.close:
        return prices
    count = len(prices.tickers)
    if count < LEAST:
        raise DataMissingError(
            f"A market mean needs at least {LEAST} series; the prices have {count} series. Add a "
            "benchmark to the prices and name it (benchmark=, --benchmark)."
        )
    mean = returns_of(prices.adj_close, prices.returns).mean(axis=1)
    level = (100 * (1 + mean.fillna(0.0)).cumprod()).where(mean.notna())
    if len(level) and pd.isna(mean.iloc[0]):  # the first of prices has no return, but a level
        level.iloc[0] = 100.0
    columns = {MEAN_BENCHMARK: level}
    given = prices.returns
    return replace(
        prices,
        close=prices.close.assign(**columns),
        adj_close=prices.adj_close.assign(**columns),
        returns=None if given is None else given.assign(**{MEAN_BENCHMARK: mean}),
    )


def mean_note(prices: Prices) -> str:
    """What a reader should know of that benchmark.

    Args:
        prices: Those that it was made of.
    """
    return (
        f"{MEAN_BENCHMARK} is the equal-weighted mean return of the {len(prices.tickers):,} series "
        f"of {prices.provenance.description}, the studied ones included"
    )
