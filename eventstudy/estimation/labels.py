"""Columns of labels: tickers, ids and words, each distinct text looked at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import pandas as pd

from eventstudy.models.kernel.batch import Floats, Ints, Rows
from eventstudy.spec.study_spec import EQUAL, PRECISION, StudySpec

START, END = "estimation_start", "estimation_end"
"""The labels of an event's own estimation window: relative sessions, both ends included."""
COUNT = "n_left_out"
"""The label that carries how many returns of its estimation window an observation leaves out."""

ALIGNMENTS = {
    **dict.fromkeys(("event_id", "announced_at"), "str"),
    "day0": "datetime64[ns]",
    "shifted": "bool",
    "reason": "str",
}
"""Columns of the table of moved dates, and their types."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column without missing values, as codes of its distinct values."""

    numbers: Ints | None
    """(N,) places in `distinct`; None where every value is different."""
    distinct: pd.Index[Any]
    """In the order of first appearance."""

    @property
    def codes(self) -> Ints:
        """(N,) places in `distinct`, always as an array."""
        return np.arange(len(self.distinct)) if self.numbers is None else self.numbers

    @classmethod
    def of(cls, values: pd.Series[Any] | Ints) -> Self:
        """The codes of a column; ids in ascending order are not compared with one another."""
        plain = np.asarray(values) if isinstance(values.dtype, np.dtype) else None
        if plain is not None and plain.dtype.kind in "iu" and (plain[1:] > plain[:-1]).all():
            return cls(None, pd.Index(plain))
        codes, distinct = pd.factorize(values)
        return cls(codes, pd.Index(distinct))

    @classmethod
    def one(cls, text: str, n: int) -> Self:
        """A column of one text, n times."""
        return cls(np.broadcast_to(np.int64(0), n), pd.Index([text]))

    def take(self, rows: Rows) -> Self:
        """Some rows of the column; its distinct values are only those that remain."""
        if self.numbers is None:
            return type(self)(None, self.distinct[rows])  # type: ignore[index]
        again = Coded.of(self.numbers[rows])
        return type(self)(again.numbers, self.distinct.take(again.distinct.to_numpy()))


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Which observations are of one event, one asset or one group; found once per study."""

    event_id: Coded
    ticker: Coded
    group: Coded

    @classmethod
    def of(cls, labels: pd.DataFrame) -> Self:
        """The keys of the columns event_id, ticker and, if present, group."""
        groups = Coded.of(labels["group"]) if "group" in labels else Coded.one("all", len(labels))
        return cls(Coded.of(labels["event_id"]), Coded.of(labels["ticker"]), groups)

    def take(self, rows: Rows) -> Self:
        """The keys of some of the observations."""
        return type(self)(*(one.take(rows) for one in (self.event_id, self.ticker, self.group)))


def without_rows(columns: Mapping[str, str]) -> pd.DataFrame:
    """A table without rows: of moved dates, of exclusions, of days left out.

    Args:
        columns: Their names and types.
    """
    return _empty(tuple(columns.items())).copy()


@cache
def _empty(columns: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns})


def same_text(text: str, n: int) -> pd.api.extensions.ExtensionArray:
    """A column of one text, n times."""
    import pyarrow as pa

    repeated = pa.repeat(pa.scalar(text, pa.large_string()), n)
    column: pd.api.extensions.ExtensionArray = pd.array(
        repeated, dtype=pd.StringDtype(na_value=np.nan)
    )
    return column


def weights_in(labels: pd.DataFrame, spec: StudySpec) -> Floats | None:
    """(N,) each observation's weight in the mean of its group, NaN where it has none.

    None where all weigh alike, or by a precision that only fits tell.

    Args:
        labels: One row an observation, with the column that `spec.weights` names.
        spec: The study's options.
    """
    if spec.weights in (EQUAL, PRECISION):
        return None
    column = pd.to_numeric(labels[spec.weights], errors="coerce")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def by_text(values: pd.Series[Any]) -> tuple[Ints, list[str]]:
    """Numbers that are the same where the text is the same, −1 where there is none, and the texts.

    Whole numbers are not written out: none of them is empty.

    Args:
        values: One a row.
    """
    if pd.api.types.is_integer_dtype(values.dtype) and not values.isna().any():
        codes, _ = pd.factorize(values)
        return codes, []
    plain = values.astype(str).where(values.notna()) if values.dtype == object else values
    codes, texts = pd.factorize(plain)
    return codes, [str(text) for text in texts.tolist()]


def ticker_text(label: object) -> str:
    """A ticker without blanks around it, and a whole number without decimals: 86580.0 is 86580.

    Args:
        label: As a column of tickers, or a name of a column, holds it.
    """
    text = str(label).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def plain_tickers(values: pd.Series[Any]) -> tuple[pd.Series[Any], Ints, list[str]]:
    """A column of tickers as `ticker_text` writes them, with its numbers and texts.

    A column that is in order already is not copied.

    Args:
        values: One a row.
    """
    codes, texts = by_text(values)
    plain = [ticker_text(text) for text in texts]
    if plain == texts and len({*texts}) == len(texts):
        return values, codes, texts
    places, kept = pd.factorize(pd.Series(plain, dtype=str))
    codes = np.append(places, -1)[codes]  # −1 is a missing one
    return pd.Series([*kept, None], dtype=str).take(codes).set_axis(values.index), codes, [*kept]
