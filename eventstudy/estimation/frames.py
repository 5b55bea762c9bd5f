"""The frames that a researcher hands in, checked before anything is computed."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import beyond_largest, require_scale
from eventstudy.errors import InputError, some_names
from eventstudy.estimation.labels import ticker_text
from eventstudy.models.kernel.batch import Bools, Floats, slices


def check_returns(returns: pd.DataFrame, what: str = "returns") -> pd.DataFrame:
    """Returns (or prices) as float64 on a sorted index of days; sessions × tickers.

    A frame that is in order already is not copied: the answer shares its memory.

    Args:
        returns: One row a session, one column a ticker.
        what: What a message calls them.

    Raises:
        InputError: Columns have text or infinite values, days are given twice or are no days, or
            returns are beyond 1e30.
    """
    if not isinstance(returns, pd.DataFrame):
        raise InputError(
            f"The {what} are a {type(returns).__name__}; give a DataFrame of sessions × tickers."
        )
    if returns.empty:
        raise InputError(f"The {what} have no rows or no columns; give sessions × tickers.")
    days = _days(returns.index.to_series())
    if days.isna().all():
        raise InputError(
            f"The index of the {what} must be days; the first entry is {returns.index[0]!r}."
        )
    if days.hasnans or days.has_duplicates:
        twice = days[days.duplicated()]
        wrong = f"has {twice[0]:%Y-%m-%d} twice" if len(twice) else "has a missing day"
        raise InputError(f"The index of the {what} {wrong}; every session belongs in one row.")
    columns = pd.Index([ticker_text(c) for c in returns.columns])
    if columns.has_duplicates:
        name = columns[columns.duplicated()][0]
        raise InputError(f"The {what} have the column {name!r} twice; give each ticker one.")
    if (returns.dtypes == np.float64).all():
        values = returns.to_numpy()
    else:
        returns = returns.infer_objects().apply(_plain_numbers)
        text = [
            str(c)
            for c, kind in returns.dtypes.items()
            if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind)
        ]
        if text:
            raise InputError(
                f"The {what} have text in {some_names(text)}; give numbers or leave it empty."
            )
        values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    large = _large_columns(values)
    infinite = columns[large][np.isinf(values[:, large]).any(axis=0)]
    if len(infinite):
        raise InputError(f"The {what} are infinite somewhere in {some_names(list(infinite))}.")
    index = pd.DatetimeIndex(days.to_numpy().astype("datetime64[ns]"), name="date")
    checked = pd.DataFrame(values, index=index, columns=columns, copy=False)
    if what in ("returns", "figures") and large.any():
        require_scale(checked.loc[:, large], what.removesuffix("s"))
    return checked if index.is_monotonic_increasing else checked.sort_index()


def _plain_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Decimals and fractions, which databases deliver, as doubles; other columns as they are."""
    if column.dtype == object and all(isinstance(v, Number) for v in column.dropna()):
        return column.astype(np.float64)
    return column


def _large_columns(values: Floats, at_once: int = 2**17) -> Bools:
    """(columns,) which have a value `beyond_largest`, read in blocks as they lie in memory."""
    large = np.zeros(values.shape[1], dtype=np.bool_)
    by_column = values.strides[0] < values.strides[1]
    step = max(1, at_once // values.shape[0 if by_column else 1])
    for block in slices(values.shape[1 if by_column else 0], step):
        if by_column:
            large[block] = beyond_largest(values[:, block]).any(axis=0)
        else:
            large |= beyond_largest(values[block]).any(axis=0)
    return large


_ISO_DAY = r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?|(\d{8})(?:\.0)?"


def _days(values: pd.Series[Any]) -> pd.DatetimeIndex:
    """Days without a time or zone, as they are written; NaT where something is no ISO day.

    20250127 may be a number; 03/02/2025 is no day, because it is two.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        days = pd.DatetimeIndex(values)
    else:
        parts = values.astype(str).str.strip().str.extract(f"^(?:{_ISO_DAY})$")
        text = parts[0].str.replace("-", "").where(parts[0].notna(), parts[1])
        days = pd.DatetimeIndex(pd.to_datetime(text, format="%Y%m%d", errors="coerce"))
    days = days.tz_localize(None).normalize()
    possible = (days.year > 1700) & (days.year < 2200)
    return pd.DatetimeIndex(days.where(possible).astype("datetime64[ns]"))
