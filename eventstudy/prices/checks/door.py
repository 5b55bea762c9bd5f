"""The door: whatever way prices or returns come in, they pass the same checks here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, some_names
from eventstudy.prices.checks.days import (
    frequency_of,
    on_own_sessions,
    require_frequency,
    require_own_days,
    require_steady,
    without_empty_rows,
)
from eventstudy.prices.checks.moves import unlikely_moves
from eventstudy.prices.checks.profile import Profile, profile_of
from eventstudy.prices.checks.still import Standstills, standstills, still_sentences
from eventstudy.prices.checks.units import SHOWN, require_levels, require_returns, stated_kind
from eventstudy.spec.study_spec import Frequency

TAKEN_AS_SIMPLE = 'The returns are taken as simple; say returns="log" if they are logarithms.'
"""Nothing in a panel of returns tells the two apart: see docs/howto/checks.md."""


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """Returns that passed, and what a reader should know of them."""

    returns: pd.DataFrame
    """Sessions × tickers, in decimals."""
    notes: tuple[str, ...]
    still: Standstills


def require_prices(
    prices: pd.DataFrame, calendar: str | None, what: str, *, levels: bool = False
) -> None:
    """Check levels and days of prices.

    Args:
        prices: Days × tickers, sorted.
        calendar: The exchange's calendar, which tells days of another zone; None checks none.
        what: How a sentence calls them, such as "the file prices.csv".
        levels: Whether columns may be levels that are no prices; only the days are checked then.

    Raises:
        InputError: They are no prices, or their days are not the exchange's.
    """
    if not levels:
        require_levels(prices, profile_of(prices.to_numpy(dtype=np.float64)))
    require_steady(pd.DatetimeIndex(prices.dropna(how="all").index), what[0].upper() + what[1:])
    if calendar is not None:
        require_own_days(prices, calendar, what)


def admit_changes(
    changes: pd.DataFrame,
    levels: Collection[str],
    *,
    asked: Frequency,
    used: Collection[str],
    what: str = "The levels",
) -> Admitted:
    """Check changes of levels, and the returns of prices beside them, before a study uses them.

    Of levels only days and standstills are judged: any move of a yield is possible. Prices beside
    them are judged as always.

    Args:
        changes: Sessions × tickers; changes of the levels, returns in per cent of the others.
        levels: The columns that are levels.
        asked: The frequency of the study.
        used: Columns that the study uses.
        what: How a sentence calls them.

    Raises:
        InputError: Their days are not those of the study.
    """
    days = pd.DatetimeIndex(changes.index)
    require_frequency(frequency_of(days), asked, days, what)
    judged = np.array([name in used for name in changes.columns.tolist()], dtype=bool)
    profile = profile_of(changes.to_numpy())
    runs = standstills(changes, profile, judged)
    said = still_sentences(changes, profile, runs, judged)
    prices = changes.loc[:, ~changes.columns.isin(list(levels)) & judged] / 100
    moves = unlikely_moves(prices, profile_of(prices.to_numpy())) if prices.shape[1] else ()
    return Admitted(changes, (*moves, *said), runs)


def admit(
    returns: pd.DataFrame,
    profile: Profile | None = None,
    *,
    log: bool = False,
    stated: bool = False,
    asked: Frequency | None = "daily",
    calendar: str | None = None,
    used: Collection[str] | None = None,
    market: Collection[str] = (),
    regressors: Collection[str] = (),
    what: str = "The returns",
) -> Admitted:
    """Check returns before a study computes with them.

    Args:
        returns: Sessions × tickers; made of prices, or stated.
        profile: The profile of their values, where it is known.
        log: Whether they are log returns.
        stated: Whether they were given, rather than computed from checked prices.
        asked: The frequency of the study; None leaves it unchecked.
        calendar: The exchange's calendar for the check of days; None checks none.
        used: Columns that the study uses; None for all.
        market: Benchmarks, whose days identify the exchange.
        regressors: Columns that a model uses and that need not be returns.
        what: How a sentence calls them.

    Raises:
        InputError: They are not returns in decimals, or their days are not those of the study.
    """
    if calendar is not None:
        require_own_days(returns, calendar, what[0].lower() + what[1:])
    kept = without_empty_rows(returns) if stated else returns
    days = pd.DatetimeIndex(kept.index)
    if asked is not None:
        require_frequency(frequency_of(days), asked, days, what)
    lacking: tuple[str, ...] = ()
    if stated and calendar is not None:
        kept, lacking = on_own_sessions(kept, calendar, market)
    if profile is None or kept is not returns:
        profile = profile_of(kept.to_numpy())
    names = kept.columns.tolist()
    aside = {*regressors} if used is None else {*regressors, *({*names} - {*used})}
    said: tuple[str, ...] = ()
    if stated:
        said = require_returns(kept, profile, log=log, daily=asked == "daily", regressors=aside)
        said = said if log else (TAKEN_AS_SIMPLE, *said)
    judged = np.array([name not in aside for name in names], dtype=bool)
    runs = standstills(kept, profile, judged)
    moves = unlikely_moves(*(_as_simple(kept) if log else (kept, profile)), judged)
    still = still_sentences(kept, profile, runs, judged)
    return Admitted(kept, (*said, *lacking, *moves, *still), runs)


def _as_simple(log: pd.DataFrame) -> tuple[pd.DataFrame, Profile]:
    values = np.expm1(log.to_numpy())
    return pd.DataFrame(values, log.index, log.columns, copy=False), profile_of(values)


def require_stated(stated: pd.DataFrame, made: pd.DataFrame, what: str) -> None:
    """Check returns that a source states beside its prices.

    Args:
        stated: Simple returns as the source has them, sessions × tickers.
        made: Simple returns made of its prices, on the same sessions and tickers.
        what: How a sentence calls the source.

    Raises:
        InputError: They are no returns in decimals, log returns, or not those of the prices.
    """
    daily = frequency_of(pd.DatetimeIndex(stated.index)) == "daily"
    require_returns(stated, profile_of(stated.to_numpy()), daily=daily)
    kinds = {
        str(name): stated_kind(stated[name].to_numpy(), made[name].to_numpy())
        for name in stated.columns
        if name in made.columns
    }
    logs, others = ([n for n, kind in kinds.items() if kind == w] for w in ("log", "other"))
    if others:
        raise InputError(
            f"In {what} the returns of {some_names(others, SHOWN)} are not those of its prices: on "
            "every second day they differ by at least half of the usual move. Check which column "
            "holds what, and that both are of the same day and ticker."
        )
    if logs:
        raise InputError(
            f"In {what} the returns of {some_names(logs, SHOWN)} are log returns of the prices; a "
            "study takes simple ones: write exp(r) − 1, or leave the column out."
        )


def doubts_of(returns: pd.DataFrame) -> tuple[str, ...]:
    """What looks wrong in returns that were made of prices: moves and standstills.

    Args:
        returns: Simple returns, sessions × tickers.
    """
    return admit(returns, asked=None).notes
