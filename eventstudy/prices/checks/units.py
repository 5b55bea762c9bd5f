"""Figures of another kind than they are taken for.

Per cent, codes for missing values, prices as returns and returns as prices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Texts
from eventstudy.errors import InputError, say_some, some_names
from eventstudy.prices.checks.profile import Profile
from eventstudy.text.numbers import others_text

CODES = (-44.0, -55.0, -66.0, -77.0, -88.0, -99.0, -99.99, -999.0, -999.99, -9999.0)
"""What CRSP, Kenneth French and others write for a return that is missing."""

IMPOSSIBLE = -1.01
"""No simple return is below −1; an excess return falls short of it by the interest of a period."""

NEGATIVE = 1 / 3
"""Share of negative figures from which on they are returns and no prices."""

FEWEST = 20
"""Values from which on a kind can be told."""

USUAL = 0.1
"""No asset's daily return is larger than this on every second day, but any in per cent is."""
USUAL_OF_PERIODS = 0.5
"""The same of a week or a month."""

LEAST_USUAL = 3e-4
"""Below which a study has no returns but those of the money market, if those of all columns are."""
FACTORS = ("mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf", "smb_ff3")
"""The factors that models know; smb is that of five factors, smb_ff3 that of three."""

MOST_RATE = 0.002
"""No risk-free rate of a day is larger in the mean."""

NEVER_PERSISTENT = 1.0
"""Mean squared change over variance above which figures are no levels: 2 for returns and growth
factors, near 0 for prices."""

SHOWN = 5

INDICES = ("^GSPC", "^IXIC", "^DJI", "^NDX", "^RUT", "^GDAXI", "^FTSE", "^N225", "^STOXX50E")
LOGARITHMS = 4.0, 14.0
"""Between which the logarithms of such indices lie; indices that are rebased begin at 1 or 100."""

MOST_GROWTH = 1000.0
"""No growth factor of a row is larger, in per cent either."""
LEAST_SPREAD = 0.002
"""Of growth factors: what is pegged to 1 or 100 moves less."""


def require_returns(
    returns: pd.DataFrame,
    profile: Profile,
    *,
    log: bool = False,
    daily: bool = True,
    regressors: Collection[str] = (),
) -> tuple[str, ...]:
    """Refuse figures that cannot be returns in decimals, and name those that are doubtful.

    Args:
        returns: Sessions × columns.
        profile: Of their values.
        log: Whether they are said to be log returns, which may be below −1.
        daily: Whether a row is a day; returns of weeks and months are larger.
        regressors: Columns that a model uses and that need not be returns.

    Returns:
        A sentence for each value that may be the rest of a code.

    Raises:
        InputError: Each kind of wrong figures with its columns, the first day, and what to do.
    """
    names = np.array([str(name) for name in returns.columns.tolist()], dtype=object)
    judged = _of_all(names, lambda name: name not in regressors)
    problems: list[str] = []
    taken = np.zeros(len(names), dtype=bool)
    for which, say in _kinds(returns, profile, names, judged, daily):
        places = np.flatnonzero(which & ~taken)
        if len(places):
            problems.append(say(_of(names[places].tolist()), int(places[0])))
            taken |= which
    if not log:
        problems += _impossible(returns, judged & ~taken & (profile.least < IMPOSSIBLE))
    if problems:
        raise InputError(problems)
    return _rests_of_codes(returns, profile, judged)


_Kind = tuple[Bools, Callable[[str, int], str]]
"""(columns,) which are of a wrong kind, and the sentence for all of them and the first one."""


def _kinds(
    returns: pd.DataFrame, profile: Profile, names: Texts, judged: Bools, daily: bool
) -> list[_Kind]:
    """The kinds of figures that are taken for returns; a column counts for the first that fits."""
    usual, period = (USUAL, "day") if daily else (USUAL_OF_PERIODS, "period")
    told = judged & (profile.count >= FEWEST)
    levels = told & ~(profile.least < 0) & (profile.mean > 0.5)
    near = levels & (profile.largest < MOST_GROWTH)
    growth = _where(near, lambda at: are_growth_factors(_column(returns, at)))
    large = told & ~levels & (profile.size > usual)
    percent = _where(large, lambda at: _median_size(_column(returns, at)) > usual)
    spread = told & _of_all(names, lambda name: name not in FACTORS) & (profile.size > 0)
    tiny = spread & (profile.size < LEAST_USUAL) & (spread.sum() > 1)
    tiny &= bool((profile.size[spread] < LEAST_USUAL).all())
    rate = judged & _of_all(names, lambda name: name.lower() == "rf") & daily
    rate &= profile.mean > MOST_RATE
    return [
        (growth, lambda some, _: f"{some} are growth factors, 1 + R: subtract 1."),
        (
            levels,
            lambda some, at: (
                f"{some} are prices: none of {profile.count[at]:,} values is negative, and the "
                f"mean of {names[at]} is {profile.mean[at]:,.4g}. Give them as prices."
            ),
        ),
        (
            percent,
            lambda some, at: (
                f"{some} are in per cent: the mean move of {names[at]} is {profile.size[at]:.3g}, "
                f"which as a decimal is {100 * profile.size[at]:,.0f}% a {period}. Divide by 100."
            ),
        ),
        (
            tiny,
            lambda some, at: (
                f"{some} are too small: the mean move of {names[at]} is "
                f"{100 * profile.size[at]:.2g}% a {period}. Were they divided by 100 twice?"
            ),
        ),
        (
            rate,
            lambda some, at: (
                f"{some} are in per cent: a mean of {profile.mean[at]:.3g} a day is not an "
                "interest rate in decimals. Divide by 100."
            ),
        ),
    ]


def _of_all(names: Texts, holds: Callable[[str], bool]) -> Bools:
    """(columns,) which names meet a condition; numpy's own functions are slow for few names."""
    return np.array([holds(name) for name in names.tolist()], dtype=bool)


def _of(names: Sequence[str]) -> str:
    return f"The returns of {some_names(names, SHOWN)}"


def _where(candidates: Bools, holds: Callable[[int], bool]) -> Bools:
    """Those of the candidates for which something holds, looked at one by one."""
    out = np.zeros_like(candidates)
    for at in np.flatnonzero(candidates).tolist():
        out[at] = holds(at)
    return out


def _column(table: pd.DataFrame, at: int) -> Floats:
    values: Floats = table.iloc[:, at].to_numpy(dtype=np.float64)
    return np.asarray(values[np.isfinite(values)])


def _median_size(values: Floats) -> float:
    return float(np.median(np.abs(values)))


def _persistent(values: Floats) -> bool:
    """Whether figures keep their level from row to row, as prices do and returns do not."""
    spread = float(np.var(values))
    return spread == 0 or float(np.mean(np.diff(values) ** 2)) / spread < NEVER_PERSISTENT


def _impossible(returns: pd.DataFrame, which: Bools) -> list[str]:
    """Sentences for columns with returns below −100%."""
    places = np.flatnonzero(which).tolist()
    said = [_below(returns, at) for at in places[: 2 * SHOWN]]
    more = len(places) - len(said)
    have = "One other column has" if more == 1 else f"{more} other columns have"
    return [*said, *([f"{have} returns below −100%."] if more > 0 else [])]


def are_growth_factors(values: Floats) -> bool:
    """Whether figures are 1 + R or 100 times that: around 1 or 100 without a level that lasts.

    Args:
        values: (rows,) in their order, without missing ones.
    """
    mean = float(np.mean(values))
    near = (abs(mean - 1) < 0.2 and values.max() < 10) or abs(mean - 100) < 2
    return near and float(np.std(values)) > LEAST_SPREAD * mean and not _persistent(values)


def _below(returns: pd.DataFrame, at: int) -> str:
    """The sentence for a column with returns below −100%."""
    column = returns.iloc[:, at].to_numpy()
    rows = np.flatnonzero(column < IMPOSSIBLE)
    name, day = returns.columns[at], f"{returns.index[rows[0]]:%Y-%m-%d}"
    more = f" and on {others_text(len(rows) - 1, 'day')}" if len(rows) > 1 else ""
    where = f"The return of {name} on {day}{more} is {column[rows[0]]:g}"
    if np.isin(column[rows], CODES).all():
        return f"{where}, a code for a missing return; leave it empty (returns.mask(returns < -1))."
    last = int(np.flatnonzero(np.isfinite(column))[-1])
    if len(rows) == 1 and rows[0] == last and column[last] >= -2:
        return (
            f"{where}, on its last day: a delisting return seems to have been added to it. "
            "Compound the two: (1 + R)·(1 + DLRET) − 1."
        )
    return (
        f'{where}, and no simple return is below −1: correct it, or say returns="log" if these are '
        "log returns."
    )


def _rests_of_codes(returns: pd.DataFrame, profile: Profile, judged: Bools) -> tuple[str, ...]:
    """Values that are a code divided by 100 to the last digit: −0.99, −0.9999."""
    rests = np.array([code / 100 for code in CODES if -100 < code < -60])
    found = []
    with np.errstate(invalid="ignore"):
        low = np.flatnonzero(judged & (profile.least <= rests.max()))
    for at in low.tolist():
        column = returns.iloc[:, at].to_numpy()
        rows = np.flatnonzero(np.isclose(column[:, None], rests, rtol=1e-12).any(axis=1))
        found += [
            f"The return of {returns.columns[at]} on {str(returns.index[row])[:10]} is exactly "
            f"{column[row]:g}, as a code for a missing return becomes when divided by 100. Leave "
            "it empty if it is one."
            for row in rows.tolist()
        ]
    return say_some(found, SHOWN)


def require_levels(prices: pd.DataFrame, profile: Profile, what: str = "prices") -> None:
    """Refuse figures that cannot be prices: returns, growth factors, CRSP's negative averages.

    Args:
        prices: Sessions × columns.
        profile: Of their values.
        what: What a sentence calls them.

    Raises:
        InputError: Each kind of wrong figures with its columns and what to do.
    """
    names = [str(name) for name in prices.columns]
    problems = []
    with np.errstate(invalid="ignore"):
        returns = (profile.count >= FEWEST) & (profile.negatives >= NEGATIVE * profile.count)
        signed = (profile.negatives > 0) & ~returns
        near = (profile.count >= FEWEST) & (profile.negatives == 0)
        near &= profile.largest < MOST_GROWTH
    growth = _where(near, lambda at: are_growth_factors(_column(prices, at)))
    logs = np.isin(names, INDICES) & (profile.least > LOGARITHMS[0])
    logs &= (profile.largest < LOGARITHMS[1]) & (profile.largest < 1.5 * profile.least)
    averages = _where(signed, lambda at: _only_the_sign(prices.iloc[:, at].to_numpy()))
    if returns.any():
        some = [names[at] for at in np.flatnonzero(returns)]
        problems.append(
            f"The {what} of {some_names(some, SHOWN)} are returns: at least a third are "
            "negative. Give them as returns (returns=, --values returns), in decimals."
        )
    if growth.any():
        some = [names[at] for at in np.flatnonzero(growth)]
        problems.append(
            f"The {what} of {some_names(some, SHOWN)} are growth factors, 1 + R, not prices. "
            "Subtract 1 and give them as returns (returns=), or for a file say --values growth "
            '(values="growth").'
        )
    if logs.any():
        at = int(np.flatnonzero(logs)[0])
        problems.append(
            f"The {what} of {names[at]} lie between {profile.least[at]:.3g} and "
            f"{profile.largest[at]:.3g}, as logarithms of an index do. Give the prices "
            "themselves."
        )
    if averages.any():
        at = int(np.flatnonzero(averages)[0])
        column = prices.iloc[:, at].to_numpy()
        row = int(np.flatnonzero(column < 0)[0])
        problems.append(
            f"The price of {names[at]} on {prices.index[row]:%Y-%m-%d} is {column[row]:g}: CRSP "
            "writes a minus before the average of bid and ask where there was no trade. Take the "
            "absolute value."
        )
    if problems:
        raise InputError(problems)


def _only_the_sign(values: Floats) -> bool:
    """Whether negative prices fit those around them but for the sign."""
    known = values[np.isfinite(values)]
    size = np.abs(known)
    ratio = size[1:] / np.where(size[:-1] > 0, size[:-1], np.nan)
    return len(known) > 1 and bool(np.nanmax(np.abs(np.log(np.where(ratio > 0, ratio, 1)))) < 0.7)


AGREEING = 0.5
"""Of the usual move of the prices: returns that are farther from it on every second day are not
theirs. Dividends, splits and rounding concern few days or little."""

StatedKind = Literal["simple", "log", "other"]


def stated_kind(stated: Floats, made: Floats) -> StatedKind:
    """Whether returns that a source states are simple or log, judged by those made of its prices.

    Args:
        stated: (sessions,) returns as the source has them.
        made: (sessions,) simple returns of its prices.
    """
    both = np.isfinite(stated) & np.isfinite(made) & (made > -1)
    if both.sum() < FEWEST:
        return "simple"
    simple = np.median(np.abs(stated[both] - made[both]))
    log = np.median(np.abs(stated[both] - np.log1p(made[both])))
    if log < 0.1 * simple:
        return "log"
    usual = np.median(np.abs(made[both]))
    return "simple" if simple <= AGREEING * usual else "other"
