"""Minute bars as they come: from a frame or a file, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Stamps, Texts
from eventstudy.errors import InputError, some_names
from eventstudy.files.frames import as_pandas
from eventstudy.prices.dialects.cells import numbers_of
from eventstudy.prices.sources.file import read_table

TIMES = ("timestamp", "datetime", "time", "date")
TICKERS = ("ticker", "symbol")
PRICES = ("price", "close")
"""Column names looked for, in this order; case does not matter."""

ZONED = re.compile(r".*\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})")
TIMED = re.compile(r".*\d{1,2}:\d{2}.*")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """One row a time and ticker, in the order of time, none twice."""

    time: Stamps
    """(R,) in UTC, µs, as stamped."""
    ticker: Texts
    price: Floats
    """(R,) the last price of the bar; NaN where missing."""
    open: Floats
    """(R,) its first price; NaN where there is none."""
    notes: tuple[str, ...]


def read_bars(bars: pd.DataFrame | str | Path, tz: str | None) -> Bars:
    """Bars from a long frame or a CSV or Parquet file: timestamp, ticker, price[, open].

    The timestamps may be the index of a frame; the price may be called close. A row repeated whole
    is used once.

    Args:
        bars: The frame, or the path of the file.
        tz: The zone of times that are written without one.

    Raises:
        InputError: A column is missing, times have no zone, a price is no positive number, or a
            ticker has two prices at one time.
    """
    table, what = _table(bars)
    time_name = _column(TIMES, table, what)
    ticker_name, price_name = _column(TICKERS, table, what), _column(PRICES, table, what)
    open_name = next((name for name in table.columns if str(name).lower() == "open"), None)
    times = utc_stamps(table[time_name], f"{what}, column {time_name}", tz)
    named = table[ticker_name].astype(object)
    tickers = named.where(named.notna(), "").astype(str).str.strip()
    if (tickers == "").any():
        row = tickers.index[(tickers == "").to_numpy()][0]
        raise InputError(f"{what}, row {row}, column {ticker_name}: the ticker is missing.")
    price = _positive(table[price_name], f"{what}, column {price_name}")
    opening = (
        np.full(len(price), np.nan)
        if open_name is None
        else _positive(table[open_name], f"{what}, column {open_name}")
    )
    frame = pd.DataFrame(
        {"time": times, "ticker": tickers.to_numpy(dtype=object), "price": price, "open": opening}
    )
    unique = frame.drop_duplicates()
    conflict = unique.duplicated(["time", "ticker"])
    if conflict.any():
        first = unique[conflict].iloc[0]
        raise InputError(
            f"{what}: {first['ticker']} has different prices at the same time "
            f"{first['time']:%Y-%m-%d %H:%M:%S} UTC ({int(conflict.sum())} such bars); keep one."
        )
    repeated = len(frame) - len(unique)
    unique = unique.sort_values("time", kind="stable")
    return Bars(
        unique["time"].to_numpy().astype("datetime64[us]"),
        unique["ticker"].to_numpy(dtype=object),
        unique["price"].to_numpy(),
        unique["open"].to_numpy(),
        (f"{repeated:,} bars appear twice; each is used once.",) if repeated else (),
    )


def utc_stamps(cells: pd.Series[Any], where: str, tz: str | None) -> Stamps:
    """Times as naive UTC in µs; text must be ISO, with an offset unless `tz` names the zone.

    Args:
        cells: The times as they are written.
        where: How a sentence on them begins, such as "The bars, column time".
        tz: The zone of times without one.

    Raises:
        InputError: A cell is no time, has no zone, or is ambiguous where clocks change.
    """
    zone = None if tz is None else _zone(tz)
    if not pd.api.types.is_datetime64_any_dtype(cells.dtype):
        text = cells.astype(str).str.strip()
        timed = text.str.fullmatch(TIMED)
        zoned = text.str.fullmatch(ZONED).to_numpy(dtype=bool)
        if not timed.all():
            _fail(where, text, ~timed.to_numpy(dtype=bool), "has no time of day or is not a time")
        if zoned.any() and not zoned.all():
            _fail(where, text, ~zoned, "has no offset from UTC, while others have one")
        parsed = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=bool(zoned.all()))
        if parsed.isna().any():
            _fail(where, text, parsed.isna().to_numpy(), "is not a possible time")
        cells = parsed
    if cells.isna().any():
        _fail(where, cells.astype(str), cells.isna().to_numpy(), "is missing")
    if cells.dt.tz is None:
        if zone is None:
            raise InputError(
                f"{where}: the times have no zone; write them as 2025-01-27T09:30:00-05:00 or "
                "name the zone with tz=, such as 'America/New_York'."
            )
        local = cells.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        if local.isna().any():
            why = f"is ambiguous or does not exist in {tz}, where clocks change; write its offset"
            _fail(where, cells.astype(str), local.isna().to_numpy(), why)
        cells = local
    naive = cells.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(naive.to_numpy().astype("datetime64[us]"))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"Option tz: {name!r} is not a time zone; name one such as 'America/New_York' or 'UTC'."
        ) from None


def _fail(where: str, text: pd.Series[Any], bad: Bools, why: str) -> None:
    row = text.index[bad][0]
    count = int(bad.sum())
    more = f" ({count} such rows)" if count > 1 else ""
    raise InputError(f"{where}, row {row}: {text[bad].iloc[0]!r} {why}{more}.")


def _table(bars: pd.DataFrame | str | Path) -> tuple[pd.DataFrame, str]:
    if isinstance(bars, (str, Path)):
        return read_table(Path(bars)), str(bars)
    bars = as_pandas(bars, "bars")
    if bars.empty:
        raise InputError("The bars have no rows; give timestamp, ticker and price.")
    if isinstance(bars.index, pd.DatetimeIndex):
        bars = bars.rename_axis("timestamp").reset_index()
    return bars.reset_index(drop=True).rename(columns=str), "The bars"


def _column(names: tuple[str, ...], table: pd.DataFrame, what: str) -> str:
    columns = {str(name).strip().lower(): str(name) for name in table.columns}
    for name in names:
        if name in columns:
            return columns[name]
    raise InputError(
        f"{what}: there is no column {names[0]}; found: {some_names(list(columns.values()))}."
    )


def _positive(cells: pd.Series[Any], where: str) -> Floats:
    """Prices as float64, NaN where the cell is empty."""
    values, no_number = numbers_of(cells)
    if no_number.any():
        _fail(where, cells.astype(str).str.strip(), no_number, "is not a number")
    with np.errstate(invalid="ignore"):
        wrong = (values <= 0) | np.isinf(values)
    if wrong.any():
        _fail(where, cells.astype(str), wrong, "is not a positive price; leave the cell empty")
    return values
