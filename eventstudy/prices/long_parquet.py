"""Long Parquet files of any size through DuckDB: their days, their tickers, values by batches."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats, Ints
from eventstudy.errors import (
    DataMissingError,
    EventStudyError,
    InputError,
    needs_extra,
    say_some,
    some_names,
)
from eventstudy.prices.dialects.columns import find_columns
from eventstudy.prices.dialects.days import FIRST_YEAR, LAST_YEAR, iso_days
from eventstudy.prices.request import span_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


BATCH = 2**23
"""Cells of the panel that are held in memory at once: 64 MB of doubles."""

MEMORY = "1GB"
"""What DuckDB may use before it spills to the scratch folder."""

WHOLE = r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER"
NUMBER = rf"{WHOLE}|FLOAT|DOUBLE|DECIMAL.*|\"NULL\""
ZONED_NS = "TIMESTAMPTZ_NS"
TEXT = r"VARCHAR"


class LongParquet:
    """Parquet files with a row for each (date, ticker), open in a DuckDB connection.

    Ask in the order `sessions`, `tickers`, `batches`; each says what is wrong as one sentence.
    """

    def __init__(
        self,
        connection: DuckDBPyConnection,
        name: str,
        files: Sequence[Path],
        *,
        hive: bool,
        value: str,
        date_col: str | None,
        ticker_col: str | None,
    ) -> None:
        self._connection, self._name, self._files = connection, name, files
        self._patterns = [glob.escape(str(file)) for file in files]  # each matches its file alone
        self._source = (  # by the first file alone, an empty column would decide the type
            f"read_parquet($files, hive_partitioning = {str(hive).lower()}, "
            "hive_types_autocast = false, union_by_name = true)"
        )
        described = self._run(f"DESCRIBE SELECT * FROM {self._source}").fetchall()
        self._types: dict[str, str] = {row[0]: row[1] for row in described}
        self._columns = find_columns(
            list(self._types),
            file=name,
            layout="long",
            date=date_col,
            ticker=ticker_col,
            close=value,
            close_option="value",
        )
        self._check_types(value)
        if len(files) > 1:
            self._check_every_file(hive)
        self._days = pd.DatetimeIndex([])
        self._tickers: list[str] = []

    def sessions(self, first: date | None, last: date | None) -> pd.DatetimeIndex:
        """The days from `first` to `last`, both included, sorted; rows of any ticker count."""
        column, kind = self._columns.date, self._types[self._columns.date]
        moment = kind == "DATE" or kind.startswith("TIMESTAMP")
        # epoch_us knows no nanoseconds with a zone, as pandas 2 writes them
        raw = "CAST(raw AS TIMESTAMPTZ)" if kind == ZONED_NS else "raw"
        key = f"epoch_us({raw})" if moment else "CAST(raw AS VARCHAR)"
        query = f"SELECT DISTINCT {_quoted(column)} AS raw FROM {self._source}"
        keys = self._distinct("raw_days", query, key)
        if not keys:
            self._require_rows()
        if None in keys:
            raise InputError(
                f"{self._name}, column {column}: the date is missing in some rows; fill or delete "
                "them."
            )
        if moment:
            days = _moments(keys, self._zone())
        else:
            days = pd.DatetimeIndex(iso_days(pd.Series(keys)))
        wrong = np.flatnonzero(days.isna() | (days.year < FIRST_YEAR) | (days.year > LAST_YEAR))
        if len(wrong):
            where = f"{self._name}, column {column}"
            why = "is not a possible date; write dates as 2025-01-27."
            shown = [f"{where}: {_shown(keys[at], moment)} {why}" for at in wrong[:10]]
            raise InputError(say_some(shown, total=len(wrong)))
        days = pd.DatetimeIndex(days.astype("datetime64[ns]"))
        unique = days.unique().sort_values()
        inside = unique[unique.slice_indexer(first and str(first), last and str(last))]
        if inside.empty:
            asked = span_words(first, last)
            raise DataMissingError(
                f"{self._name} has no rows {asked}: it runs from {unique[0]:%Y-%m-%d} to "
                f"{unique[-1]:%Y-%m-%d}."
            )
        self._place("days", "raw_days", inside.get_indexer(days))
        self._days = inside.rename("date")
        return self._days

    def tickers(self, asked: Sequence[str] | None) -> list[str]:
        """The tickers with a row in the span, sorted; with `asked`, those of them."""
        column = self._columns.ticker
        keys = self._distinct(
            "raw_tickers",
            f"SELECT DISTINCT s.{_quoted(column)} AS raw FROM {self._source} s "
            f"JOIN days d ON d.raw = s.{_quoted(self._columns.date)}",
            "CAST(raw AS VARCHAR)",
        )
        names = ["" if key is None else str(key).strip() for key in keys]
        if "" in names:
            raise InputError(
                f"{self._name}, column {column}: the ticker is missing in some rows; fill or "
                "delete them."
            )
        known = set(names)
        wanted = known if asked is None else known.intersection(asked)
        if asked is not None and not wanted:
            span = f"from {self._days[0]:%Y-%m-%d} to {self._days[-1]:%Y-%m-%d}"
            raise DataMissingError(
                f"{self._name} has no row of {some_names(asked, 5)} {span}; check the tickers."
            )
        self._tickers = sorted(wanted)
        place = {name: at for at, name in enumerate(self._tickers)}
        self._place("tickers", "raw_tickers", [place.get(name, -1) for name in names])
        return self._tickers

    def batches(self) -> Iterator[Floats]:
        """Blocks (tickers of the batch, sessions) in the order of the tickers; NaN where no row is.

        Each block is valid until the next one is asked for.
        """
        width = len(self._days)
        height = min(max(1, BATCH // width), len(self._tickers))
        values, seen = np.empty(height * width), np.empty(height * width, dtype=np.bool_)
        for low in range(0, len(self._tickers), height):
            high = min(low + height, len(self._tickers))
            values.fill(np.nan)
            seen.fill(False)
            count, infinite = 0, False
            for cells, numbers in self._rows(low, high):
                values[cells] = numbers
                seen[cells] = True
                count += len(cells)
                infinite = infinite or bool(np.isinf(numbers).any())
            if count > np.count_nonzero(seen):
                raise self._twice(low, high)
            if infinite:
                at = int(np.flatnonzero(np.isinf(values))[0])
                raise InputError(
                    f"{self._name}, column {self._columns.close}: the value of "
                    f"{self._cell(low + at // width, at % width)} is infinite; leave it empty."
                )
            yield values[: (high - low) * width].reshape(high - low, width)

    def _rows(self, low: int, high: int) -> Iterator[tuple[Ints, Floats]]:
        """Places within the batch and their values, some hundred thousand rows at a time."""
        value = f"coalesce(CAST(s.{_quoted(self._columns.close)} AS DOUBLE), 'nan'::DOUBLE)"
        self._run(
            "SELECT CAST((t.place - $low) * $width + d.place AS BIGINT) AS cell, "
            f"{value} AS value {self._joined()}",
            {**self._bounds(low, high), "width": len(self._days)},
        )
        while len(rows := self._connection.fetch_df_chunk(128)):
            yield rows["cell"].to_numpy(), rows["value"].to_numpy()

    def _joined(self) -> str:
        """The rows of the tickers between two places; the range lets whole row groups be passed."""
        ticker = f"s.{_quoted(self._columns.ticker)}"
        return (
            f"FROM {self._source} s JOIN tickers t ON t.raw = {ticker} "
            f"JOIN days d ON d.raw = s.{_quoted(self._columns.date)} "
            f"WHERE {ticker} BETWEEN $first AND $last AND t.place >= $low AND t.place < $high"
        )

    def _bounds(self, low: int, high: int) -> dict[str, Any]:
        (first, last), *_ = self._run(
            "SELECT min(raw), max(raw) FROM tickers WHERE place >= $low AND place < $high",
            {"low": low, "high": high},
        ).fetchall()
        return {"low": low, "high": high, "first": first, "last": last}

    def _twice(self, low: int, high: int) -> InputError:
        (ticker, day), *_ = self._run(
            f"SELECT t.place, d.place {self._joined()} GROUP BY ALL HAVING count(*) > 1 "
            "ORDER BY ALL LIMIT 1",
            self._bounds(low, high),
        ).fetchall()
        return InputError(
            f"{self._name} has {self._cell(ticker, day)} more than once; leave one row for each "
            "day and ticker."
        )

    def _cell(self, ticker: int, day: int) -> str:
        return f"{self._tickers[ticker]} on {self._days[day]:%Y-%m-%d}"

    def _distinct(self, table: str, query: str, key: str) -> list[Any]:
        """Keep the values of `query` with a number each, and return them as `key` says."""
        self._run(
            f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () - 1 AS number, raw "
            f"FROM ({query})"
        )
        rows = self._run(f"SELECT {key} FROM {table} ORDER BY number").fetchall()
        return [row[0] for row in rows]

    def _place(self, table: str, raw: str, places: Sequence[int] | Ints) -> None:
        """Make `table` of the values in `raw` and where each belongs; −1 is nowhere."""
        numbered = pd.DataFrame({"number": np.arange(len(places)), "place": np.asarray(places)})
        self._connection.register("numbered", numbered)
        self._run(
            f"CREATE TEMP TABLE {table} AS SELECT raw, place FROM {raw} "
            "JOIN numbered USING (number) WHERE place >= 0"
        )
        self._connection.unregister("numbered")

    def _run(self, query: str, values: Mapping[str, str | int] | None = None) -> DuckDBPyConnection:
        """Run SQL in which every value and every path is a parameter."""
        bound: dict[str, Any] = dict(values or {})
        if "$files" in query:
            bound["files"] = self._patterns
        return self._connection.execute(query, bound)

    def _zone(self) -> str | None:
        """The time zone in which the timestamps are written: DuckDB hands them over in UTC."""
        kind = self._types[self._columns.date]
        if "TIME ZONE" not in kind and kind != ZONED_NS:
            return None
        from pyarrow import parquet

        written = parquet.read_schema(self._files[0]).field(self._columns.date).type
        return getattr(written, "tz", None)

    def _check_types(self, value: str) -> None:
        needed = (
            (self._columns.date, rf"DATE|TIMESTAMP.*|{TEXT}|{WHOLE}", "dates as 2025-01-27"),
            (self._columns.ticker, rf"{TEXT}|{WHOLE}", "tickers as text"),
            (value, NUMBER, "numbers, and nothing where one is missing"),
        )
        problems = [
            f"{self._name}: the column {column!r} holds "
            f"{'text' if re.fullmatch(TEXT, self._types[column]) else self._types[column]}; "
            f"write {instead}."
            for column, allowed, instead in needed
            if not re.fullmatch(allowed, self._types[column])
        ]
        if problems:
            self._require_rows()  # a column without a cell has no type
            raise InputError(problems)

    def _require_rows(self) -> None:
        if not self._run(f"SELECT 1 FROM {self._source} LIMIT 1").fetchall():
            raise InputError(f"{self._name} has no rows; give a panel with some.")

    def _check_every_file(self, hive: bool) -> None:
        """A file without a column would count as empty cells."""
        for column in (self._columns.date, self._columns.ticker, self._columns.close):
            if hive and any(part.startswith(f"{column}=") for part in self._files[0].parts):
                continue
            without = self._run(
                "SELECT file_name FROM parquet_schema($files) GROUP BY file_name "
                "HAVING NOT bool_or(lower(name) = lower($column)) ORDER BY file_name LIMIT 1",
                {"column": column},
            ).fetchall()
            if without:
                raise InputError(
                    f"{without[0][0]} has no column {column!r}, which other files of {self._name} "
                    "have; add it or take the file away."
                )


@contextmanager
def connect(name: str, scratch: Path) -> Iterator[DuckDBPyConnection]:
    """A DuckDB connection that spills into `scratch`; its errors become sentences on `name`."""
    with needs_extra("Reading a panel", "duckdb"):
        import duckdb
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": str(scratch / "spill"),
        "threads": min(4, os.cpu_count() or 1),
        "preserve_insertion_order": False,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
    }
    try:
        with duckdb.connect(config=settings) as connection:
            yield connection
    except duckdb.OutOfMemoryException as error:
        raise EventStudyError(
            f"{name} needs more disk space than there is: {_first_line(error)} Name a folder on a "
            "larger disk with folder=."
        ) from None
    except duckdb.Error as error:
        raise InputError(f"{name} cannot be read as Parquet: {_first_line(error)}") from None


def _moments(keys: list[Any], zone: str | None) -> pd.DatetimeIndex:
    """Days of microseconds since 1970 UTC, as they are written in `zone`."""
    import pyarrow

    written = pd.DatetimeIndex(pyarrow.array(keys, pyarrow.timestamp("us", zone)).to_pandas())
    return written.tz_localize(None).normalize()


def _shown(key: Any, moment: bool) -> str:
    return str(np.datetime64(key, "us"))[:10] if moment else repr(key)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _first_line(error: BaseException) -> str:
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return text if text.endswith(".") else f"{text}."
