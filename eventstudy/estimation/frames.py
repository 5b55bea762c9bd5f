"""The frames that a researcher hands in, checked before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import beyond_largest, require_scale
from eventstudy.errors import InputError, some_names
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices


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
    columns = pd.Index([str(c) for c in returns.columns])
    if columns.has_duplicates:
        name = columns[columns.duplicated()][0]
        raise InputError(f"The {what} have the column {name!r} twice; give each ticker one.")
    if (returns.dtypes == np.float64).all():
        values = returns.to_numpy()
    else:
        returns = returns.infer_objects()
        text = [
            str(c) for c, kind in returns.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)
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


def check_observations(frame: pd.DataFrame) -> pd.DataFrame:
    """Observations with ids as whole numbers or text, and day dates, in the order given.

    Raises:
        InputError: Columns are missing, dates impossible, ids empty, or an event_id has the same
            ticker twice; all of these at once.
    """
    missing = [c for c in ("event_id", "ticker", "date") if c not in frame.columns]
    if missing:
        raise InputError(
            f"The observations lack the column {', '.join(missing)}; "
            f"found: {', '.join(map(str, frame.columns))}."
        )
    if frame.empty:
        raise InputError("The observations have no rows; give at least one event_id, ticker, date.")
    problems = []
    frame = frame.rename(columns=str)
    dates = _days(frame["date"])
    for position in np.flatnonzero(dates.isna())[:10]:
        given = frame["date"].iloc[position]
        problems.append(f"Observation {position + 1}: {given!r} is no date; write 2025-01-27.")
    keys = []
    for name in ("event_id", "ticker"):
        codes, texts = _by_text(frame[name])
        keys.append(codes)
        void = np.array([not text.strip() for text in texts], dtype=bool)
        empty = np.flatnonzero(np.append(void, True)[codes] if len(texts) else codes < 0)
        problems += [f"Observation {position + 1}: {name} is empty." for position in empty[:10]]
    for position in np.flatnonzero(_seen_before(*keys))[:10]:
        event_id, ticker = frame[["event_id", "ticker"]].astype(object).iloc[position].tolist()
        problems.append(
            f"Observation {position + 1}: event_id {event_id!r} has {ticker!r} a second time; "
            "give each event of a firm its own event_id."
        )
    if "group" in frame and "all" in _by_text(frame["group"])[1]:
        problems.append('A group is named "all", which stands for all observations; rename it.')
    if problems:
        raise InputError(problems)
    clean = frame.reset_index(drop=True)
    if not pd.api.types.is_integer_dtype(clean["event_id"].dtype):
        clean["event_id"] = clean["event_id"].astype(str)
    clean["ticker"] = clean["ticker"].astype(str)
    clean["date"] = dates
    for name in clean.columns:
        clean[name] = _storable(clean[name])
    return clean


def _by_text(values: pd.Series[Any]) -> tuple[Ints, list[str]]:
    """Numbers that are the same where the text is the same, −1 where there is none, and the texts.

    Whole numbers are not written out: none of them is empty.
    """
    if pd.api.types.is_integer_dtype(values.dtype) and not values.isna().any():
        codes, _ = pd.factorize(values)
        return codes, []
    plain = values.astype(str).where(values.notna()) if values.dtype == object else values
    codes, texts = pd.factorize(plain)
    return codes, [str(text) for text in texts]


def _seen_before(first: Ints, second: Ints) -> Bools:
    """Which pairs of numbers have come before."""
    pairs = (first + 1) * (int(second.max(initial=0)) + 2) + second + 1
    return np.asarray(pd.Series(pairs).duplicated())


def _storable(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column as one kind of plain values: categories by what they say, a mixture as text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pd.Series(values.tolist(), index=values.index)
    if values.dtype != object:
        return values
    if pd.api.types.infer_dtype(values, skipna=True).startswith("mixed"):
        return values.astype(str).where(values.notna())
    return values


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
