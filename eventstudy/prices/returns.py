"""From prices to returns, and the check for splits that a source forgot to adjust."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.arrays import LARGEST, Bools, Floats, Ints, in_long_doubles
from eventstudy.errors import InputError, say_some

SPLIT_FACTORS = (1.5, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 50, 100)
"""New shares for one old that occur in practice; each is looked for in both directions."""

SPLIT_TOLERANCE = 0.02
"""How far the price ratio may lie from a split's: a share's ordinary day is below 2 %."""

NARROW_TOLERANCE = 0.01
"""The same for 3:2: news does move shares by a third or a half (ARM +47.9 % on 2024-02-08)."""

UNIT_FACTOR = 10
"""No share and no index moves by so much in a day, bar a handful of frauds and takeovers."""

SPLIT_MOVE = 0.33
"""The least move of a split: 3:2 is −33.3 %; SMCI fell 32.7 % on 2024-10-30 without one."""


def compute_returns(
    adj_close: pd.DataFrame, kind: Literal["simple", "log"] = "simple"
) -> pd.DataFrame:
    """Daily returns, sessions × tickers as decimals: P_t / P_{t−1} − 1, or its logarithm.

    The first row is missing. A missing price makes its own and the next session's return missing:
    nothing is filled. Only ratios count, so that prices may have any unit.

    Args:
        adj_close: Adjusted closes, sessions × tickers.
        kind: "simple", or "log" for the logarithm of the ratio.

    Raises:
        InputError: Another `kind`, a price that is not positive, or one that is more than 1e30
            times the price before or after it.
    """
    if kind not in ("simple", "log"):
        raise InputError(f"Option returns: {kind!r} is not known; known: log, simple.")
    require_positive(adj_close)
    ratio = adj_close / adj_close.shift(1)
    _require_possible(ratio, adj_close)
    if kind == "simple":
        return ratio - 1.0
    logs = in_long_doubles(np.log, ratio)
    return pd.DataFrame(logs, index=ratio.index, columns=ratio.columns)


def returns_of(
    adj_close: pd.DataFrame,
    stated: pd.DataFrame | None,
    kind: Literal["simple", "log"] = "simple",
) -> pd.DataFrame:
    """Returns of a source: those that it states, for other tickers those of the adjusted closes.

    Args:
        adj_close: Adjusted closes, sessions × tickers.
        stated: Simple returns on the same sessions; None where the source states none. A ticker
            whose column is missing has its returns made of `adj_close`.
        kind: "simple", or "log" for their logarithm.

    Raises:
        InputError: As `compute_returns`.
    """
    made = compute_returns(adj_close, kind)
    if stated is None:
        return made
    simple = stated.loc[:, stated.notna().any()]
    made[simple.columns] = simple if kind == "simple" else in_long_doubles(np.log1p, simple)
    return made


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
    refuse_cells(
        (values > LARGEST) | (values < 1 / LARGEST),
        lambda row, column: (
            f"The price of {prices.columns[column]} goes from {known[row - 1, column]:g} on "
            f"{_day(prices.index[row - 1])} to {known[row, column]:g} on "
            f"{_day(prices.index[row])}, a ratio beyond {LARGEST:g}: correct the wrong one of the "
            "two or leave it empty."
        ),
    )


def split_like_jumps(close: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each one-day jump that looks like a split the prices are not adjusted for.

    `close` is sessions × tickers. A jump is named when the ratio of two neighbouring closes is
    within 2 % of a usual split (2:1, 3:1 ... 100:1, or the reverse; 1 % for 3:2) and the move is
    at least 33 %, so a 3:2 split on a lively day goes unseen.
    Indices (names with ^) are never split and are left out. A true fall of that very size is named
    too: nothing in a closing price tells the two apart.
    """
    shares = close.loc[:, [not str(name).startswith("^") for name in close.columns]]
    rows, columns, jumps = _moves(shares)
    target, near = _nearest_split(jumps)
    return tuple(
        f"{shares.columns[column]} moves by {100 * (jump - 1):+,.1f} % on "
        f"{_day(shares.index[row])}: that looks like {_split(each)} that its prices are not "
        "adjusted for; check it before you trust returns around that day."
        for row, column, jump, each in zip(
            rows[near], columns[near], jumps[near], target[near], strict=True
        )
    )


def unit_like_jumps(close: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each one-day move to ten times the price or more, or a tenth or less.

    `close` is sessions × tickers, indices included. That is what a slipped decimal point or pence
    beside pounds look like. What `split_like_jumps` names is not named again.
    """
    values = close.to_numpy(dtype=np.float64)
    rows, columns, jumps = _moves(close)
    index = np.array([str(name).startswith("^") for name in close.columns], dtype=bool)
    far = ((jumps >= UNIT_FACTOR) | (jumps <= 1 / UNIT_FACTOR)) & (
        ~_nearest_split(jumps)[1] | index[columns]
    )
    return tuple(
        f"{close.columns[column]} goes from {values[row - 1, column]:g} to "
        f"{values[row, column]:g} on {_day(close.index[row])}: that looks like another unit or "
        "a slipped decimal point; check it before you trust returns around that day."
        for row, column in zip(rows[far].tolist(), columns[far].tolist(), strict=True)
    )


def _moves(close: pd.DataFrame) -> tuple[Ints, Ints, Floats]:
    """Row, column and ratio to the close before of every large one-day move."""
    ratio = (close / close.shift(1)).to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        rows, columns = np.nonzero(np.abs(ratio - 1) >= SPLIT_MOVE)
    return rows, columns, ratio[rows, columns]


def _nearest_split(jumps: Floats) -> tuple[Floats, Bools]:
    """The split's ratio nearest to each, and whether it is near enough to look like it."""
    factors = np.array(SPLIT_FACTORS)
    targets = np.concatenate([1 / factors, factors])
    distance = np.abs(jumps[:, None] / targets - 1)
    nearest = distance.argmin(axis=1)
    allowed = np.where(nearest % len(factors) == 0, NARROW_TOLERANCE, SPLIT_TOLERANCE)
    return targets[nearest], distance.min(axis=1, initial=np.inf) <= allowed


def _split(ratio: float) -> str:
    factor = 1 / ratio if ratio < 1 else ratio
    new, old = (3, 2) if abs(factor - 1.5) < 1e-9 else (round(factor), 1)
    return f"a {new}:{old} split" if ratio < 1 else f"a {old}:{new} reverse split"


def _day(stamp: object) -> str:
    return str(stamp)[:10]
