"""Prices or returns of any form, as a study is handed them, become returns that passed the door."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
from pandas.api.types import is_numeric_dtype

from eventstudy.errors import InputError, some_names
from eventstudy.estimation.frames import check_returns, profiled_returns
from eventstudy.files.frames import is_frame
from eventstudy.prices.checks.days import on_own_sessions, without_empty_rows
from eventstudy.prices.checks.door import Admitted, admit, admit_changes, require_prices
from eventstudy.prices.checks.profile import profile_of
from eventstudy.prices.checks.still import NO_STANDSTILLS
from eventstudy.prices.factors import require_factors
from eventstudy.prices.handed import returns_of_frame, wide_frame
from eventstudy.prices.load import load_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.returns import changes_of, compute_returns, returns_of
from eventstudy.spec.study_spec import Frequency, LevelUnit, ReturnKind


def admitted_from(
    prices: Prices | pd.DataFrame | None,
    returns: pd.DataFrame | None,
    *,
    kind: ReturnKind,
    asked: Frequency,
    calendar: str,
    levels: Collection[str] = (),
    level_unit: LevelUnit = "percent",
    studied: Collection[str] = (),
    used: Collection[str] | None = None,
    market: Collection[str] = (),
    regressors: Collection[str] = (),
) -> Admitted:
    """The returns of whatever was handed in, sessions × tickers, and what looks wrong in them.

    Args:
        prices: From `load_prices`, or a frame of levels, days × tickers.
        returns: Instead of prices, a frame of returns in decimals.
        kind: The study's type of returns; of `returns`, what they are said to be.
        asked: The study's frequency.
        calendar: The exchange's calendar, for days of another zone.
        levels: Columns that are levels where `kind` is difference; all of them if empty.
        level_unit: Their unit.
        studied: The assets, which must be levels then.
        used: Columns that the study uses; others may be anything. None for all.
        market: Benchmarks of the study, whose days tell the exchange.
        regressors: Columns that need not be returns.

    Raises:
        InputError: Neither or both are given, or they are wrong.
    """
    if (prices is None) == (returns is None):
        raise InputError("Give prices or returns=: one of the two, not both.")
    log = kind in ("log", "trade")
    needed = None if used is None else {*used, *regressors}
    if kind == "other":
        if returns is None:
            raise InputError(
                "Option returns='other' is for figures given with returns=; from prices a "
                "study computes simple or log returns."
            )
        return Admitted(check_returns(returns, what="figures"), (), NO_STANDSTILLS)
    if kind == "difference":
        named = {str(name) for name in levels}
        if odd := sorted({*studied} - named) if named else []:
            raise InputError(
                f"The study is of changes of levels, and {some_names(odd, 5)} "
                f"{'is' if len(odd) == 1 else 'are'} not among them: name what is a level in "
                "levels= (--levels), and study prices apart."
            )
        if isinstance(prices, Prices) and not (prices.levels or named):
            raise InputError(
                "The study is of changes of levels, and the prices were loaded as prices: load "
                'levels with values="levels" (--values levels), or name those among the prices in '
                "levels= (--levels)."
            )
        return _changes(prices, returns, named, level_unit, asked, calendar, used, market)
    if isinstance(prices, Prices) and prices.levels:
        raise InputError(
            "The figures were loaded as levels (values='levels', --values levels): study them with "
            "returns='difference' (--returns difference), or load them as prices."
        )
    if returns is not None:
        wide = wide_frame(returns, "returns")
        checked, profile = profiled_returns(
            returns_of_frame(returns) if wide is None else _in_use(wide, needed)
        )
        return admit(
            checked,
            profile,
            log=log,
            stated=True,
            asked=asked,
            calendar=calendar,
            used=used,
            market=market,
            regressors=regressors,
        )
    if prices is not None and not isinstance(prices, Prices) and is_frame(prices):
        wide = wide_frame(prices, "prices")
        if wide is not None:
            closes = _positive(check_returns(_in_use(wide, needed), what="prices"), needed)
            require_prices(closes, calendar, "the prices")
            filled, lacking = on_own_sessions(without_empty_rows(closes), calendar, market)
            found = admit(
                compute_returns(filled, kind), log=log, asked=asked, used=used, what="The prices"
            )
            return replace(found, notes=(*lacking, *found.notes))
        prices = load_prices(prices, calendar=None)
    if isinstance(prices, Prices):
        made = returns_of(prices.adj_close, prices.returns, kind)
        if prices.factors is not None:
            require_factors(prices.factors, daily=asked == "daily")
        found = admit(made, log=log, asked=asked, used=used, what="The prices")
        return replace(found, notes=(*prices.flags, *prices.dropped, *found.notes))
    raise InputError(
        f"prices is a {type(prices).__name__}; give what load_prices returns, or a wide DataFrame."
    )


def _changes(
    prices: Prices | pd.DataFrame | None,
    returns: pd.DataFrame | None,
    named: Collection[str],
    unit: LevelUnit,
    asked: Frequency,
    calendar: str,
    used: Collection[str] | None,
    market: Collection[str],
) -> Admitted:
    """Changes of levels, made of levels or handed in."""
    stated: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    if isinstance(prices, Prices):
        levels, stated, notes = prices.adj_close, prices.returns, prices.dropped
    else:
        handed, what = (returns, "changes") if prices is None else (prices, "levels")
        wide = wide_frame(handed, what)
        if wide is None:
            raise InputError(
                f"The {what} come in rows of one ticker each: give a wide frame, days × tickers, "
                'or read it with load_prices(..., values="levels").'
            )
        levels = check_returns(_in_use(wide, used), what=what)
        require_prices(levels, calendar, f"the {what}", levels=True)
        levels, notes = on_own_sessions(without_empty_rows(levels), calendar, market)
    needed = {*levels.columns} if used is None else {*used}
    changes = levels if returns is not None else changes_of(levels, stated, named, unit)
    own = named or changes.columns
    found = admit_changes(changes, own, asked=asked, used=needed)
    return replace(found, notes=(*notes, *found.notes))


def _in_use(frame: pd.DataFrame, asked: Collection[str] | None) -> pd.DataFrame:
    """A frame without columns of text that this study does not ask for."""
    if asked is None:
        return frame
    if all(map(is_numeric_dtype, {*frame.dtypes.tolist()})):
        return frame
    kept = [
        str(name) in asked or is_numeric_dtype(kind)
        for name, kind in zip(frame.columns, frame.dtypes, strict=True)
    ]
    return frame.loc[:, kept]


def _positive(levels: pd.DataFrame, asked: Collection[str] | None) -> pd.DataFrame:
    """Prices without columns of other figures, which this study does not ask for."""
    if asked is None:
        return levels
    kept = ~(profile_of(levels.to_numpy()).least <= 0) | levels.columns.isin(list(asked))
    return levels if kept.all() else levels.loc[:, kept]
