"""The cells of a price file: dates and prices read, every bad row named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Stamps, Texts
from eventstudy.errors import LONGEST_QUOTE, InputError, quoted, say_some
from eventstudy.prices.sources.file_columns import Columns, is_ticker, require_one_case

LIMIT = 10
FIRST_YEAR, LAST_YEAR = 1700, 2200  # what nanosecond dates can hold, rounded
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none")
CLOCK = r"[T ]([01]\d|2[0-4]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?"
ISO_DAY = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}({CLOCK})?|\d{{8}}", re.ASCII)
LEAST_PRICE, MOST_PRICE = 1e-15, 1e15
"""No quoted price is beyond these; a ratio of two that are has no meaning, or none at all."""


class Findings:
    """What is wrong with a file: the first ten rows as sentences, all of them counted."""

    def __init__(self, file: str, rows: Sequence[int]) -> None:
        self._file = file
        self._rows = rows
        self._sentences: list[tuple[int, str]] = []
        self._count = 0

    def add(self, bad: Bools, say: Callable[[int], str]) -> None:
        """Note every position where `bad` is true; `say(position)` ends the sentence."""
        positions = np.flatnonzero(bad)
        self._count += len(positions)
        self._sentences += [
            (self._rows[at], f"{self._file}, row {self._rows[at]}, {say(int(at))}")
            for at in positions[:LIMIT]
        ]

    def row(self, at: int) -> int:
        """The spreadsheet row of a position."""
        return self._rows[at]

    def raise_if_any(self) -> None:
        """Refuse the file where anything is wrong.

        Raises:
            InputError: The first ten sentences in the order of the rows, and how many more.
        """
        if self._sentences:
            sentences = [sentence for _, sentence in sorted(self._sentences)]
            raise InputError(say_some(sentences, LIMIT, self._count))


def read_long(
    table: pd.DataFrame, columns: Columns, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Close and adjusted close, days × tickers, from one row per (date, ticker)."""
    findings = Findings(file, list(table.index))
    days = _days(table[columns.date], columns.date, findings)
    tickers = _texts(table[columns.ticker])
    findings.add(tickers == "", lambda _: f"column {columns.ticker}: the ticker is missing.")
    findings.add(
        np.array([not is_ticker(name) for name in tickers], dtype=bool),
        lambda at: f"column {columns.ticker}: {quoted(tickers[at])} is no ticker; correct it.",
    )
    prices = {
        name: _floats(table[name], name, findings, lambda at: f" ({tickers[at]})")
        for name in dict.fromkeys((columns.close, columns.adj_close))
    }
    keys = pd.DataFrame({"date": days, "ticker": tickers})
    _twice(keys, findings, lambda at: f"{tickers[at]} on {_iso(days[at])}")
    findings.raise_if_any()
    require_one_case(sorted(set(tickers)), file)
    close, adjusted = (
        keys.assign(price=prices[name]).pivot(index="date", columns="ticker", values="price")  # noqa: PD010
        for name in (columns.close, columns.adj_close)
    )
    return close, adjusted


def read_wide(
    table: pd.DataFrame, columns: Columns, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Close and adjusted close (the same), days × tickers, from one row per date."""
    findings = Findings(file, list(table.index))
    days = _days(table[columns.date], columns.date, findings)
    prices = {name: _floats(table[name], name, findings, lambda _: "") for name in columns.tickers}
    _twice(pd.DataFrame({"date": days}), findings, lambda at: _iso(days[at]))
    findings.raise_if_any()
    close = pd.DataFrame(prices, index=pd.DatetimeIndex(days, name="date"))
    return close, close


def iso_days(cells: pd.Series[Any]) -> Stamps:
    """Days as datetime64[ns], NaT where a cell holds none that is possible.

    A time of day is cut off, in the time zone it is written in.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        naive = cells.dt.tz_localize(None).dt.normalize()
        possible = naive.dt.year.between(FIRST_YEAR, LAST_YEAR)  # others would wrap around
        return np.asarray(naive.where(possible).to_numpy().astype("datetime64[ns]"))
    codes, texts = pd.factorize(_texts(cells))
    return np.array([_day(str(text)) for text in texts], dtype="datetime64[ns]")[codes]


def _days(cells: pd.Series[Any], name: str, findings: Findings) -> Stamps:
    days = iso_days(cells)
    bad = np.isnat(days)
    mixed = " (the column mixes ways of writing dates)" if bad.any() and not bad.all() else ""

    def say(at: int) -> str:
        text = str(cells.iloc[at]).strip()
        if text.lower() in MISSING or text == "NaT":
            return f"column {name}: the date is missing."
        why = "is no possible day" if ISO_DAY.fullmatch(text) else f"is no date{mixed}"
        return f"column {name[:LONGEST_QUOTE]}: {quoted(text)} {why}; write dates as 2025-01-27."

    findings.add(bad, say)
    tomorrow = np.datetime64((datetime.now(UTC) + timedelta(days=1)).date())  # begun somewhere
    with np.errstate(invalid="ignore"):
        findings.add(
            days > tomorrow,
            lambda at: (
                f"column {name[:LONGEST_QUOTE]}: {_iso(days[at])} lies in the future; correct it."
            ),
        )
    return days


def _day(text: str) -> np.datetime64:
    if not ISO_DAY.fullmatch(text):
        return np.datetime64("NaT")
    digits = text[:10].replace("-", "") if "-" in text else text
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        return np.datetime64(day if FIRST_YEAR <= day.year <= LAST_YEAR else "NaT", "D")
    except ValueError:
        return np.datetime64("NaT")


def _floats(
    cells: pd.Series[Any], name: str, findings: Findings, whose: Callable[[int], str]
) -> Floats:
    """Prices as float64, NaN where the cell is empty."""
    values, no_number = numbers_of(cells)
    texts = cells.astype(object)
    where = f"column {name[:LONGEST_QUOTE]}"
    findings.add(
        no_number,
        lambda at: (
            f"{where}{whose(at)}: {quoted(_plain(texts.iloc[at]))} is no number; write prices as "
            "118.42 and leave the cell empty where there is none."
        ),
    )
    with np.errstate(invalid="ignore"):
        infinite, below = np.isinf(values), values <= 0
        impossible = (values < LEAST_PRICE) | (values > MOST_PRICE)
    for bad, why in (
        (infinite, "the price is infinite; leave the cell empty"),
        (below & ~infinite, "the price {:g} is not positive; correct it or leave the cell empty"),
        (
            impossible & ~below & ~infinite,
            "{:g} is no possible price; correct it or leave the cell empty",
        ),
    ):
        findings.add(
            bad,
            lambda at, why=why: f"{where}{whose(at)}: {why.format(values[at])}.",  # type: ignore[misc]
        )
    return values


def _texts(cells: pd.Series[Any]) -> Texts:
    """Cells as text without blanks around them; a gap is empty, and bytes are read as UTF-8."""
    absent = cells.isna().to_numpy()
    return np.array(
        [
            ""
            if gap
            else cell.decode(errors="backslashreplace").strip()
            if isinstance(cell, bytes)
            else str(cell).strip()
            for gap, cell in zip(absent, cells.astype(object).to_numpy(), strict=True)
        ],
        dtype=object,
    )


def _plain(cell: Any) -> Any:
    """A cell as the user knows it: what a library wraps a date or a list in is no matter."""
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return cell if isinstance(cell, (str, bytes, bool, int, float, list, dict)) else str(cell)


def numbers_of(cells: pd.Series[Any]) -> tuple[Floats, Bools]:
    """Cells as float64, NaN where one is empty, and which of them hold something else."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.zeros(len(values), dtype=bool)
    absent = cells.isna().to_numpy()
    texts = np.where(absent, "", [str(cell).strip() for cell in cells.astype(object)])
    try:  # the ordinary file: numbers and empty cells only
        values = np.array([_figure(text) if text else np.nan for text in texts], dtype=np.float64)
        return values, np.zeros(len(texts), dtype=bool)
    except ValueError:
        read = [_number(text) for text in texts]
        values = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
        return values, np.array([value is None for value in read], dtype=bool)


def _number(text: str) -> float | None:
    try:
        return float("nan") if text.lower() in MISSING else _figure(text)
    except ValueError:
        return None


def _figure(text: str) -> float:
    """A number in digits 0 to 9; Python would also read 1_000 and the digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError
    return float(text)


def _twice(keys: pd.DataFrame, findings: Findings, what: Callable[[int], str]) -> None:
    repeated = keys.duplicated(keep="first").to_numpy() & keys["date"].notna().to_numpy()
    if repeated.any():
        first = keys.groupby(list(keys.columns), dropna=False).ngroup()
        start = first.drop_duplicates().reset_index().set_index(0)["index"]
        findings.add(
            repeated,
            lambda at: (
                f"column date: {what(at)} is there twice, first in row "
                f"{findings.row(int(start[first[at]]))}; delete one of the two."
            ),
        )


def _iso(day: np.datetime64) -> str:
    return str(day)[:10]
