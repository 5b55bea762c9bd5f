"""Columns of labels: tickers, ids and words, each distinct text looked at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.spec.study_spec import EQUAL, PRECISION, StudySpec

START, END = "estimation_start", "estimation_end"
"""The labels of an event's own estimation window: relative sessions, both ends included."""
COUNT = "n_left_out"
"""The label that carries how many returns of its estimation window an observation leaves out."""


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
    return codes, [str(text) for text in texts]


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
    if plain == texts:
        return values, codes, texts
    places, kept = pd.factorize(pd.Series(plain, dtype=str))
    codes = np.append(places, -1)[codes]  # −1 is a missing one
    return pd.Series([*kept, None], dtype=str).take(codes).set_axis(values.index), codes, [*kept]
