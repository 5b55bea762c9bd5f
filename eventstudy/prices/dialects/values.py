"""What figures are: prices, or returns in decimals, in per cent, or as growth factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.errors import InputError
from eventstudy.prices.checks.days import frequency_of
from eventstudy.prices.checks.profile import profile_of
from eventstudy.prices.checks.units import FEWEST, NEGATIVE, are_growth_factors, require_returns
from eventstudy.prices.dialects.cells import Findings
from eventstudy.prices.source import Values

LARGEST_MOVE = 0.2
"""No asset moves by so much in half of its days, weeks or months: larger figures are per cent."""
BASE = 100.0
"""First value of an index made of returns."""

RETURNS_ONLY = (
    "The file holds returns: its closes are an index that begins at 100, so no amounts of money "
    "are computed."
)

AS_SIMPLE = (
    'They are taken as simple returns; say --values log (in Python values="log") if they are '
    "logarithms."
)
"""Nothing in figures tells the two apart: see docs/howto/checks.md."""

KINDS: dict[str, str] = {
    "returns": "returns in decimals",
    "percent": "returns in per cent",
    "growth": "growth factors (1 + return)",
    "log": "log returns",
}
BY_HAND = {
    "returns": "",
    "percent": "divide by 100, or for a file ",
    "growth": "subtract 1, or for a file ",
}


def kind_of(values: Floats) -> Values:
    """What figures look like: "prices" unless they plainly are something else.

    Args:
        values: Days × columns, in the order of the file.
    """
    known = values[np.isfinite(values)]
    if len(known) < FEWEST:
        return "prices"
    if (known < 0).mean() >= NEGATIVE:
        typical = np.median(np.abs(known[known != 0]))
        return "percent" if typical > LARGEST_MOVE else "returns"
    told = [column for column in _columns(values) if len(column) >= FEWEST]
    return "growth" if told and all(map(are_growth_factors, told)) else "prices"


def _columns(values: Floats) -> Iterator[Floats]:
    """Each column without its missing figures."""
    for column in values.T:
        yield column[np.isfinite(column)]


def require_kind(values: Floats, said: Values, where: str, column: str = "") -> None:
    """Refuse figures that are not what the user, or nobody, says they are.

    Args:
        values: Days × columns.
        said: What they are said to be; "auto" takes them for prices.
        where: How a sentence begins: the file, and its column where there is one.
        column: The column of a long file, which an option can name.

    Raises:
        InputError: It says what they look like and which option reads them.
    """
    seen, meant = kind_of(values), "prices" if said == "auto" else said
    if (
        said in ("prices", "levels")
        or seen == ("returns" if meant == "log" else meant)
        or (said == "auto" and seen == "growth")
    ):
        return  # growth factors are told ticker by ticker, like those of a frame
    if seen == "prices":
        raise InputError(
            f"{where} does not hold {KINDS[meant]}; leave out --values {meant} (in Python "
            f"values={meant!r}) or name the right column."
        )
    way = f"--values {seen} (in Python values={seen!r})"
    if column and seen == "returns":
        way = f"--returns-col {column} (in Python returns_col={column!r})"
    wrong = "not prices" if meant == "prices" else f"not {KINDS[meant]}"
    levels = (
        " Yields and other levels that may be negative are read with --values levels."
        if meant == "prices" and seen != "growth"
        else ""
    )
    raise InputError(f"{where} holds {KINDS[seen]}, {wrong}; {BY_HAND[seen]}add {way}.{levels}")


def note_no_returns(
    values: Floats, name: str, findings: Findings, whose: Callable[[int], str] = lambda _: ""
) -> None:
    """Note every figure that is no return.

    Args:
        values: The figures of one column in decimals.
        name: Of the column.
        findings: Takes what is wrong.
        whose: What a sentence says after the column's name, by position.
    """
    with np.errstate(invalid="ignore"):
        wrong = (values < -1) | np.isinf(values)
    findings.add(
        wrong,
        lambda at: (
            f"column {name}{whose(at)}: {values[at]:g} is not a return: no asset loses more than "
            "100%; correct it or leave the cell empty."
        ),
    )


def checked_returns(returns: pd.DataFrame) -> tuple[str, ...]:
    """Sentences on doubtful returns, after the checks that returns of every origin pass.

    Args:
        returns: Days × tickers in decimals.

    Raises:
        InputError: They are in per cent, or hold codes for missing ones.
    """
    daily = frequency_of(pd.DatetimeIndex(returns.index).sort_values()) == "daily"
    return require_returns(returns, profile_of(returns.to_numpy(dtype=np.float64)), daily=daily)


AS_THEY_ARE = ("auto", "prices", "levels")
"""Kinds of figures that are closes and no returns."""


def returns_note(kind: Values) -> str:
    """What a reader of a file of returns should know.

    Args:
        kind: What the user says they are.
    """
    return RETURNS_ONLY if kind in ("growth", "log") else f"{RETURNS_ONLY} {AS_SIMPLE}"


def in_decimals(values: Floats, kind: Values) -> Floats:
    """Simple returns in decimals, of which log returns are made too.

    Args:
        values: The figures.
        kind: What they are.
    """
    if kind == "log":
        return np.expm1(values)
    return values / 100 if kind == "percent" else values - 1 if kind == "growth" else values


def index_of(returns: pd.DataFrame) -> pd.DataFrame:
    """An index of each column of returns, the first value 100; missing where the return is.

    Args:
        returns: Days × tickers in decimals, in the order of the days.
    """
    level = (1 + returns.fillna(0)).cumprod().where(returns.notna())
    return (BASE * level / level.bfill().iloc[0]).where(lambda index: index > 0)
