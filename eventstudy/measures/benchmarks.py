"""Benchmarks for long horizons: reference portfolios, and control firms alike in size and value.

A market index has other firms in it than the sample: larger ones, and others in book-to-market.
Over months that difference is larger than most effects (Barber & Lyon 1997). Both functions give
each observation a benchmark of its own, for the buy-and-hold tests of a market-adjusted study.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats, Ints
from eventstudy.errors import InputError, quoted
from eventstudy.measures.formation import Benchmarks, Formed, form
from eventstudy.measures.held_portfolios import held_returns, mean_returns, spliced_returns
from eventstudy.measures.matching import nested_portfolios, ranked_controls
from eventstudy.prices.prices import Prices
from eventstudy.spec.arguments import several, whole_number
from eventstudy.spec.fields import Pair
from eventstudy.spec.study_spec import DEFAULTS, Frequency
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.numbers import counted

PORTFOLIOS = {"market_value": 10, "book_to_market": 5}
"""Size deciles, and in each of them quintiles of book-to-market, as Lyon, Barber & Tsai (1999)."""

BAND = (0.7, 1.3)
"""The size of a control over that of the firm, as Barber & Lyon (1997)."""

HELD = Window(0, 250)
MAX_AGE = 400
"""Days: a yearly figure counts until the next one is a month late."""
LEAST = 5


def reference_portfolios(
    observations: pd.DataFrame,
    characteristics: pd.DataFrame,
    prices: Prices | pd.DataFrame | None = None,
    *,
    returns: pd.DataFrame | None = None,
    by: Mapping[str, int] | None = None,
    held: Pair | str = HELD,
    max_age: int = MAX_AGE,
    least: int = LEAST,
    leave_out: Collection[str] = (),
    calendar: str = DEFAULTS.calendar,
    frequency: Frequency = DEFAULTS.frequency,
) -> Benchmarks:
    """Give each observation the buy-and-hold portfolio of firms with similar characteristics.

    On the session before the holding period, all firms with a return and known characteristics are
    sorted, by the first characteristic and within its portfolios by the next. The benchmark holds
    the others of the firm's portfolio, equally weighted when it is formed and never rebalanced:
    their returns are compounded first and averaged then (Lyon, Barber & Tsai 1999), so that the
    rebalancing of a daily mean is not in it. Returns that a member lacks are the mean of the others
    on that session. Outside the holding period the benchmark is the members' mean return, which an
    estimation window needs.

    Args:
        observations: a frame with ticker, date and, if there are, event_id and further columns.
        characteristics: a frame with ticker, one column for each characteristic and, unless they
            never change, date: the day from which the row was known. The latest row before the
            holding period counts.
        prices: from `load_prices`, or a wide frame of price levels, sessions × tickers.
        returns: instead, a wide frame of simple returns in decimals.
        by: number of portfolios by characteristic, in the order of sorting; market_value deciles,
            then book_to_market quintiles, if None.
        held: the holding period in sessions from day 0, both ends included.
        max_age: days after which a row of characteristics no longer counts.
        least: fewest other firms in a portfolio; with fewer the observation has no benchmark.
        leave_out: tickers that are in no portfolio: indices, or other firms of the same event.
        calendar: the exchange's calendar, for observations with a time of day or a timing.
        frequency: of the rows of prices or returns.

    Returns:
        Observations and returns to study, what each benchmark is, and who has none and why.

    Raises:
        InputError: Observations, prices, returns or characteristics are wrong, or no observation
            has a benchmark.
    """
    if by is not None and not (isinstance(by, Mapping) and by):
        raise InputError(
            'Option by: give the number of portfolios by characteristic, such as {"size": 10}.'
        )
    counts = {name: whole_number(count, "by", 1) for name, count in (by or PORTFOLIOS).items()}
    whole_number(least, "least", 1)
    at = form(
        observations,
        characteristics,
        prices,
        returns,
        names=tuple(counts),
        held=as_window(held),
        max_age=max_age,
        leave_out=leave_out,
        calendar=calendar,
        frequency=frequency,
    )
    portfolios = nested_portfolios(at.values, at.sorted, tuple(counts.values()))
    own = portfolios[at.formation, at.asset]
    members = (portfolios[at.formation] == own[:, None, :]).all(axis=2)
    members &= at.possible[at.formation]
    members[np.arange(len(members)), at.asset] = False
    count = members.sum(axis=1)
    at.exclude(
        count < least,
        [
            f"its portfolio has {counted(n, 'other firm')}, fewer than {least}"
            for n in count.tolist()
        ],
    )
    keep = np.flatnonzero(at.open)
    made = mean_returns(at.returns, members[keep])
    period = at.first[keep, None] + np.arange(at.held.length)
    inside = period < len(at.returns)
    rows = np.nonzero(inside)[0]
    held_on = held_returns(at.returns, members[keep], at.first[keep], at.held.length)
    made[rows, period[inside]] = held_on[inside]
    labels = [
        ", ".join(f"{n} {k + 1} of {q}" for (n, q), k in zip(counts.items(), bins, strict=True))
        for bins in own[keep].tolist()
    ]
    facts = {"portfolio": labels, "members": count[keep]}
    names = at.names("reference")
    return at.benchmarks(names, dict(zip(names, made, strict=True)), facts)


def matched_firms(
    observations: pd.DataFrame,
    characteristics: pd.DataFrame,
    prices: Prices | pd.DataFrame | None = None,
    *,
    returns: pd.DataFrame | None = None,
    size: str = "market_value",
    nearest: str = "book_to_market",
    band: tuple[float, float] = BAND,
    held: Pair | str = HELD,
    max_age: int = MAX_AGE,
    leave_out: Collection[str] = (),
    calendar: str = DEFAULTS.calendar,
    frequency: Frequency = DEFAULTS.frequency,
) -> Benchmarks:
    """Give each observation a control firm: of similar size and, among these, of the nearest value.

    Barber & Lyon (1997): of all firms whose market value is 70 to 130% of the firm's, the one with
    the nearest book-to-market. Against single firms buy-and-hold returns are hardly skewed, and new
    listings and rebalancing cancel, at the price of a larger spread. From the session on which a
    control has no return, the next nearest takes its place to the end of the holding period.

    Args:
        observations: a frame with ticker, date and, if there are, event_id and further columns.
        characteristics: a frame with ticker, both characteristics and, unless they never change,
            date: the day from which the row was known. The latest row before the holding period
            counts.
        prices: from `load_prices`, or a wide frame of price levels, sessions × tickers.
        returns: instead, a wide frame of simple returns in decimals.
        size: the characteristic with the band.
        nearest: the characteristic in which the control is nearest; the same as `size` for a match
            by size alone.
        band: least and largest size of a control over the firm's own.
        held: the holding period in sessions from day 0, both ends included.
        max_age: days after which a row of characteristics no longer counts.
        leave_out: tickers that are no controls: indices, or firms with events of their own.
        calendar: the exchange's calendar, for observations with a time of day or a timing.
        frequency: of the rows of prices or returns.

    Returns:
        Observations and returns to study, each control, and who has none and why. The benchmark of
        an observation is the control's ticker, or a column of its own where the control changes.

    Raises:
        InputError: Observations, prices, returns or characteristics are wrong, or no observation
            has a control.
    """
    ratios = [ratio for ratio in several(band, "band") if isinstance(ratio, (int, float))]
    if len(ratios) != 2 or len(ratios) != len(band) or not 0 < ratios[0] <= 1 <= ratios[1]:
        raise InputError(
            f"Option band: give two ratios about one, such as (0.7, 1.3) (given: {quoted(band)})."
        )
    at = form(
        observations,
        characteristics,
        prices,
        returns,
        names=tuple(dict.fromkeys((size, nearest))),
        held=as_window(held),
        max_age=max_age,
        leave_out=leave_out,
        calendar=calendar,
        frequency=frequency,
        positive=(size,),
    )
    values, possible = at.values[at.formation], at.possible[at.formation]
    ranked = ranked_controls(values[:, :, 0], values[:, :, -1], possible, at.asset, band)
    alone = np.array([not len(candidates) for candidates in ranked])
    between = f"{100 * band[0]:g} to {100 * band[1]:g}%"
    at.exclude(alone, [f"no other firm has {between} of its {size}"] * len(alone))
    keep = np.flatnonzero(at.open)
    found = [
        _control(at, ranked[i], int(at.first[i]), name)
        for i, name in zip(keep, at.names("control"), strict=True)
    ]
    facts = {
        "control": [at.tickers[ranked[i][0]] for i in keep],
        "replaced_by": [", ".join(one.later) for one in found],
    }
    added = {one.benchmark: one.returns for one in found if one.returns is not None}
    return at.benchmarks([one.benchmark for one in found], added, facts)


class _Control(NamedTuple):
    """The control of one observation."""

    benchmark: str
    """Its ticker, or the name of a column where it was replaced."""
    later: list[str]
    """Those that took its place."""
    returns: Floats | None
    """(T,) of the column, if there is one."""


def _control(at: Formed, ranked: Ints, first: int, name: str) -> _Control:
    """The nearest candidate, with what takes its place from where it has no return.

    Args:
        at: The observations and their returns.
        ranked: The candidates' columns, the nearest first.
        first: First session of the holding period.
        name: Of a column with the returns of several.
    """
    spliced, which = spliced_returns(at.returns, ranked, first, at.held.length)
    used = list(dict.fromkeys([int(ranked[0]), *which[which >= 0].tolist()]))
    tickers = [str(at.tickers[column]) for column in used]
    if len(tickers) == 1:
        return _Control(tickers[0], [], None)
    whole = at.returns[:, ranked[0]].copy()
    whole[first : first + len(spliced)] = spliced
    return _Control(name, tickers[1:], whole)
