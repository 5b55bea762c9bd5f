"""From prices to returns."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from eventstudy.arrays import LARGEST, Bools, in_long_doubles
from eventstudy.errors import InputError, say_some, some_names
from eventstudy.spec.study_spec import LevelUnit, ReturnKind


def compute_returns(adj_close: pd.DataFrame, kind: ReturnKind = "simple") -> pd.DataFrame:
    """Daily returns, sessions × tickers as decimals: P_t / P_{t−1} − 1, or its logarithm.

    The first row is missing. A missing price makes its own and the next session's return missing:
    nothing is filled. With "trade" only its own: the next return is ln P_t/P_{t−n}, from the last
    price n sessions before (Maynes & Rumsey 1993). Only ratios count, so that prices may have any
    unit.

    Args:
        adj_close: Adjusted closes, sessions × tickers.
        kind: "simple", "log" for the logarithm of the ratio, or "trade" for that of the ratio to
            the last price, however many sessions before.

    Raises:
        InputError: Another `kind`, a price that is not positive, or one that is more than 1e30
            times the price before or after it.
    """
    if kind not in ("simple", "log", "trade"):
        if kind == "difference":
            raise InputError("Prices have returns: this needs returns='simple' or returns='log'.")
        raise InputError(f"Option returns: {kind!r} is not known; known: log, simple, trade.")
    require_positive(adj_close)
    ratio = adj_close / (adj_close.ffill() if kind == "trade" else adj_close).shift(1)
    _require_possible(ratio, adj_close)
    if kind == "simple":
        return ratio - 1.0
    logs = in_long_doubles(np.log, ratio)
    return pd.DataFrame(logs, index=ratio.index, columns=ratio.columns)


def returns_of(
    adj_close: pd.DataFrame,
    stated: pd.DataFrame | None,
    kind: ReturnKind = "simple",
) -> pd.DataFrame:
    """Returns of a source: those that it states, for other tickers those of the adjusted closes.

    Args:
        adj_close: Adjusted closes, sessions × tickers.
        stated: Simple returns on the same sessions; None where the source states none. A ticker
            whose column is missing has its returns made of `adj_close`.
        kind: "simple", or "log" and "trade" for their logarithm; stated returns are taken to
            cover what the source says that they do.

    Raises:
        InputError: As `compute_returns`.
    """
    made = compute_returns(adj_close, kind)
    if stated is None:
        return made
    simple = stated.loc[:, stated.notna().any()]
    made[simple.columns] = simple if kind == "simple" else in_long_doubles(np.log1p, simple)
    return made


SCALES = {"percent": 100.0, "decimal": 10_000.0, "bp": 1.0, "points": 1.0}
"""Unit of a level → what its change is multiplied by: to basis points, or not at all."""


def changes_of(
    levels: pd.DataFrame,
    stated: pd.DataFrame | None,
    named: Collection[str],
    unit: LevelUnit,
) -> pd.DataFrame:
    """Changes of levels from row to row, and simple returns in per cent of the prices beside them.

    A missing level makes its own and the next change missing, as with prices.

    Args:
        levels: Levels and prices, sessions × tickers.
        stated: Simple returns that the source states of prices; None where it states none.
        named: The columns that are levels; all of them if empty.
        unit: Of the levels: "percent", "decimal" and "bp" give basis points, "points" gives
            changes as they are.

    Raises:
        InputError: A name of `named` is not a column, a level is infinite or beyond 1e30, or a
            price is not positive.
    """
    absent = [name for name in named if name not in levels.columns]
    if absent:
        raise InputError(
            f"Option levels names {some_names(absent)}, not in the data; "
            f"there are {some_names([str(name) for name in levels.columns])}."
        )
    chosen = levels.columns.isin(list(named)) if named else np.ones(levels.shape[1], dtype=bool)
    own = levels.loc[:, chosen]
    refuse_cells(
        np.abs(own.to_numpy(dtype=np.float64)) > LARGEST,
        lambda row, column: (
            f"The level of {own.columns[column]} on {_day(own.index[row])} is "
            f"{own.to_numpy()[row, column]:g}: correct it or leave it empty."
        ),
    )
    made = own.diff() * SCALES[unit]
    if chosen.all():
        return made
    others = levels.loc[:, ~chosen]
    told = None if stated is None else stated.loc[:, stated.columns.isin(others.columns)]
    return pd.concat([made, 100 * returns_of(others, told)], axis=1)[list(levels.columns)]


def require_positive(prices: pd.DataFrame) -> None:
    """Refuse prices that are not positive numbers; missing ones (NaN) pass.

    Raises:
        InputError: It names day, ticker and value of every such price.
    """
    values = prices.to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        wrong = (values <= 0) | np.isinf(values)
    refuse_cells(
        wrong,
        lambda row, column: (
            f"The price of {prices.columns[column]} on {_day(prices.index[row])} is "
            f"{values[row, column]:g}; a price is a positive number (leave it empty if it "
            "is not known)."
        ),
    )


def refuse_cells(wrong: Bools, say: Callable[[int, int], str]) -> None:
    """Refuse a table with wrong cells.

    Args:
        wrong: (sessions × columns) which cells are wrong.
        say: The sentence for a row and a column.

    Raises:
        InputError: The sentences of the first ten wrong cells, and how many more there are.
    """
    if wrong.any():
        raise InputError(
            say_some([say(row, column) for row, column in np.argwhere(wrong).tolist()])
        )


def _require_possible(ratio: pd.DataFrame, prices: pd.DataFrame) -> None:
    values, known = ratio.to_numpy(dtype=np.float64), prices.to_numpy(dtype=np.float64)

    def say(row: int, column: int) -> str:
        before = int(np.flatnonzero(np.isfinite(known[:row, column]))[-1])
        return (
            f"The price of {prices.columns[column]} goes from {known[before, column]:g} on "
            f"{_day(prices.index[before])} to {known[row, column]:g} on "
            f"{_day(prices.index[row])}, a ratio beyond {LARGEST:g}: correct the wrong one of the "
            "two or leave it empty."
        )

    refuse_cells((values > LARGEST) | (values < 1 / LARGEST), say)


def _day(stamp: object) -> str:
    return str(stamp)[:10]
