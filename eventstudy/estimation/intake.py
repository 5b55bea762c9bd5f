"""Prices or returns of any form, as a study is handed them, become returns that passed the door."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.frames import check_returns
from eventstudy.prices.checks.door import Admitted, admit, require_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.returns import compute_returns, returns_of
from eventstudy.spec import Frequency


def admitted_from(
    prices: Prices | pd.DataFrame | None,
    returns: pd.DataFrame | None,
    *,
    kind: Literal["simple", "log"],
    asked: Frequency,
    calendar: str,
    used: Collection[str] | None = None,
    regressors: Collection[str] = (),
) -> Admitted:
    """The returns of whatever was handed in, sessions × tickers, and what looks wrong in them.

    Args:
        prices: From `load_prices`, or a frame of levels, days × tickers.
        returns: Instead of prices, a frame of returns in decimals.
        kind: The study's type of returns; of `returns`, what they are said to be.
        asked: The study's frequency.
        calendar: The exchange's calendar, for days of another zone.
        used: Columns that the study uses; None for all.
        regressors: Columns that need not be returns.

    Raises:
        InputError: Neither or both are given, or they are wrong.
    """
    if (prices is None) == (returns is None):
        raise InputError("Give either prices or returns=, not both and not neither.")
    log = kind == "log"
    if returns is not None:
        return admit(
            check_returns(returns),
            log=log,
            stated=True,
            asked=asked,
            calendar=calendar,
            used=used,
            regressors=regressors,
        )
    if isinstance(prices, Prices):
        made = returns_of(prices.adj_close, prices.returns, kind)
        return admit(made, log=log, asked=asked, what="The prices")
    if isinstance(prices, pd.DataFrame):
        levels = require_prices(check_returns(prices, what="prices"), calendar, "the prices")
        return admit(compute_returns(levels, kind), log=log, asked=asked, what="The prices")
    raise InputError(
        f"prices is a {type(prices).__name__}; give what load_prices returns, or a wide DataFrame."
    )
