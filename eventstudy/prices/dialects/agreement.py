"""Returns that a file states beside prices: they have to be the returns of these prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.errors import InputError, some_names

LEAST = 0.8
"""Correlation of a ticker's stated returns with those of its prices; two shares stay below it."""
FEWEST = 20
"""Rows with both from which on they are compared."""
CLIPPED = 4.0
"""Times the median size beyond which a return is cut, so that a split decides nothing."""
SHOWN = 5


def require_agreement(stated: pd.DataFrame, prices: pd.DataFrame, column: str, file: str) -> None:
    """Refuse stated returns that do not move with the prices beside them.

    Args:
        stated: Days × tickers, in decimals.
        prices: Days × tickers.
        column: The name of the column of returns.
        file: How sentences call the file.

    Raises:
        InputError: It names the tickers, and says where a row earlier or later, or the other sign,
            would agree.
    """
    names = [str(name) for name in stated if name in prices]
    made = prices[names].pct_change(fill_method=None)
    given = stated[names].reindex(made.index)
    found = _correlations(given, made)
    wrong = np.flatnonzero(found < LEAST)
    if not len(wrong):
        return
    first = names[wrong[0]]
    others = {
        "those of the row before are": given.shift(1),
        "those of the row after are": given.shift(-1),
        "those of the other sign are": -given,
    }
    fits = next(
        (say for say, some in others.items() if _correlations(some, made)[wrong[0]] > LEAST), ""
    )
    raise InputError(
        f"{file}, column {column}: the returns of {some_names([names[at] for at in wrong], SHOWN)} "
        f"are not those of the prices beside them (correlation of {first}: "
        f"{found[wrong[0]]:.2f}{f'; {fits}' if fits else ''}). Correct the column, or leave it out "
        "and have returns made of the prices."
    )


def _correlations(left: pd.DataFrame, right: pd.DataFrame) -> Floats:
    """(columns,) of clipped values; NaN where there are too few or one does not move."""
    a, b = (_clipped(frame.to_numpy(dtype=np.float64)) for frame in (left, right))
    both = np.isfinite(a) & np.isfinite(b)
    n = both.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (np.where(both, x - np.where(both, x, 0).sum(axis=0) / n, 0) for x in (a, b))
        found = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(np.where(n >= FEWEST, found, np.nan))


def _clipped(values: Floats) -> Floats:
    size = np.abs(values)
    moving = np.where(size > 0, size, np.nan)
    most = CLIPPED * np.array(
        [np.nanmedian(x) if np.isfinite(x).any() else np.nan for x in moving.T]
    )
    return np.asarray(np.clip(values, -most, most))
