"""Characteristics of firms, such as market value and book-to-market, as they were on a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.errors import InputError, some_names
from eventstudy.estimation.days import moments_of
from eventstudy.estimation.labels import ticker_text
from eventstudy.files.frames import as_pandas

_SPAN = 2**20
"""More days than any date has, so that firm and day make one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Characteristics:
    """Rows of known characteristics, ordered by firm and day."""

    names: tuple[str, ...]
    firm: Ints
    """(R,) column of the returns that the row is about."""
    day: Ints
    """(R,) days since 1970 from which it was known; 0 where rows have no date."""
    values: Floats
    """(R, C) in the order of `names`."""
    dated: bool
    """Whether rows have dates."""

    def known_at(self, days: Ints, firms: int, max_age: int) -> tuple[Floats, Bools]:
        """(U, A, C) the latest values on each day, and (U, A) which firms have any.

        Args:
            days: (U,) days since 1970.
            firms: A columns of the returns.
            max_age: Days after which a row no longer counts.
        """
        asked = days[:, None] if self.dated else np.zeros((len(days), 1), dtype=np.int64)
        wanted = np.arange(firms) * _SPAN + asked
        place = np.searchsorted(self.firm * _SPAN + self.day, wanted, side="right") - 1
        row = place.clip(min=0)
        known = (place >= 0) & (self.firm[row] == np.arange(firms))
        if self.dated:
            known &= asked - self.day[row] <= max_age
        return np.where(known[:, :, None], self.values[row], np.nan), known


def read_characteristics(
    frame: object,
    names: Sequence[str],
    columns: pd.Index[str],
    positive: Collection[str] = (),
) -> Characteristics:
    """The rows of a frame that have a ticker of the returns and all characteristics.

    Args:
        frame: Of any library: ticker, the characteristics and, unless they never change, date.
        names: The characteristics to use.
        columns: Tickers of the returns; rows of others are left out.
        positive: Characteristics that must be above 0.

    Raises:
        InputError: Columns are missing or hold text, dates are none, a ticker has a date twice, or
            no row is left.
    """
    table = as_pandas(frame, "characteristics").rename(columns=str)
    lacking = [name for name in ("ticker", *names) if name not in table]
    if lacking:
        raise InputError(
            f"The characteristics lack the column {', '.join(lacking)}; found: "
            f"{some_names(list(table.columns), 12)}."
        )
    text = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]
    if text:
        raise InputError(f"The characteristics have text in {some_names(text)}; give numbers.")
    dated = "date" in table
    days = moments_of(table["date"]).day if dated else None
    if days is not None and np.isnat(days).any():
        raise InputError(
            f"Row {int(np.isnat(days).argmax()) + 1} of the characteristics has no date that can "
            "be read; write 2024-12-31."
        )
    for name in positive:
        low = np.flatnonzero((table[name] <= 0).to_numpy(dtype=bool, na_value=False))
        if len(low):
            raise InputError(
                f"Row {low[0] + 1} of the characteristics has {name} "
                f"{table[name].iloc[int(low[0])]:g}, and a size is above 0; correct it or leave it "
                "empty."
            )
    values = table[list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    firm = columns.get_indexer(pd.Index([ticker_text(t) for t in table["ticker"]]))
    day = np.zeros(len(table), dtype=np.int64)
    if days is not None:
        day = days.astype("datetime64[D]").astype(np.int64)
    keep = (firm >= 0) & np.isfinite(values).all(axis=1)
    firm, day, values = firm[keep].astype(np.int64), day[keep], values[keep]
    if not len(firm):
        raise InputError(
            f"No row of the characteristics has a ticker of the returns and {some_names(names)}."
        )
    order = np.lexsort((day, firm))
    firm, day, values = firm[order], day[order], values[order]
    twice = np.flatnonzero((np.diff(firm) == 0) & (np.diff(day) == 0))
    if len(twice):
        name = columns[firm[twice[0]]]
        when = f" on {np.datetime64(int(day[twice[0]]), 'D')}" if dated else ""
        hint = "" if dated else "; add a column date if they change"
        raise InputError(f"The characteristics have {name!r} twice{when}{hint}.")
    return Characteristics(tuple(names), firm, day, values, dated)
