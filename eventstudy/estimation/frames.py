"""The frames that a researcher hands in, checked before anything is computed."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Stamps, require_scale
from eventstudy.errors import InputError, some_names
from eventstudy.estimation.days import possible_days
from eventstudy.estimation.labels import ticker_text
from eventstudy.prices.checks.profile import Profile, profile_of


def check_returns(returns: pd.DataFrame, what: str = "returns") -> pd.DataFrame:
    """As `profiled_returns`, without the profile."""
    return profiled_returns(returns, what)[0]


def profiled_returns(returns: pd.DataFrame, what: str = "returns") -> tuple[pd.DataFrame, Profile]:
    """Returns (or prices) as float64 on a sorted index of days; sessions × tickers.

    A frame that is already in order is not copied: the result shares its memory.

    Args:
        returns: One row a session, one column a ticker.
        what: What a message calls them.

    Returns:
        The frame, and a profile of its columns.

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
    days = _days(returns.index)
    gone = np.isnat(days)
    if gone.all():
        raise InputError(
            f"The index of the {what} must be days; the first entry is {returns.index[0]!r}."
        )
    ordered = bool((days[1:] > days[:-1]).all())  # then no day is missing or duplicated
    if not ordered and (gone.any() or len(np.unique(days)) < len(days)):
        twice = days[pd.Series(days).duplicated()]
        wrong = f"has {twice[0]} twice" if len(twice) else "has a missing day"
        raise InputError(f"The index of the {what} {wrong}; every session belongs in one row.")
    names = [ticker_text(c) for c in returns.columns.tolist()]
    columns = pd.Index(names)
    if len({*names}) < len(names):
        name = columns[columns.duplicated()][0]
        raise InputError(f"The {what} have the column {name!r} twice; give each ticker one.")
    if {*returns.dtypes.tolist()} == {np.dtype(np.float64)}:
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
    profile = profile_of(values)
    large = profile.beyond
    infinite = np.isinf(values[:, large]).any(axis=0) if large.any() else large
    if infinite.any():
        some = columns[large][infinite].tolist()
        raise InputError(f"The {what} contain infinite values in {some_names(some)}.")
    index = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    checked = pd.DataFrame(values, index=index, columns=columns, copy=False)
    if what in ("returns", "figures") and large.any():
        require_scale(checked.loc[:, large], what.removesuffix("s"))
    return checked if ordered else checked.sort_index(), profile


def _plain_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Decimals and fractions, which databases deliver, as doubles; other columns as they are."""
    if column.dtype == object and all(isinstance(v, Number) for v in column.dropna()):
        return column.astype(np.float64)
    return column


_ISO_DAY = r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?|(\d{8})(?:\.0)?"


def _days(index: pd.Index[Any]) -> Stamps:
    """Days without a time or zone, as they are written; NaT where something is no ISO day.

    20250127 may be a number; 03/02/2025 is refused, because it could be either of two days.
    """
    if pd.api.types.is_datetime64_any_dtype(index.dtype):
        stamps = pd.DatetimeIndex(index)
    else:
        texts = index.to_series().astype(str)
        parts = texts.str.strip().str.extract(f"^(?:{_ISO_DAY})$")
        text = parts[0].str.replace("-", "").where(parts[0].notna(), parts[1])
        stamps = pd.DatetimeIndex(pd.to_datetime(text, format="%Y%m%d", errors="coerce"))
    local = stamps if stamps.tz is None else stamps.tz_localize(None)
    return possible_days(local.to_numpy().astype("datetime64[D]"))
