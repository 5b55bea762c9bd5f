"""Prices from the user's own file: CSV (also .gz, .xz, .zip) or Parquet, long or wide."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from eventstudy.arrays import Bools
from eventstudy.errors import LONGEST_QUOTE, InputError
from eventstudy.files.csv_text import SEPARATORS, csv_rows, unguarded
from eventstudy.files.reading import CSV_TEXT, decoded, oversized, read_file, shown_path
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.source import FileLayout
from eventstudy.prices.sources.file_cells import read_long, read_wide
from eventstudy.prices.sources.file_columns import find_columns
from eventstudy.spec import DEFAULTS
from eventstudy.text.numbers import counted

LARGEST = 512 * 2**20
"""Bytes of a file, packed or unpacked: its cells take some ten times as much memory."""

MOST_CELLS = 100_000_000
"""Cells of a Parquet file, which can pack a great many into a few bytes; as doubles 800 MB."""

MOST_COLUMNS = 50_000
"""Columns of a file: no exchange lists as many shares."""

LONGEST_HEADER = 8 * 2**20
"""Bytes of the first line, looked at before the rest is parsed."""

WHAT = "CSV or Parquet file"
INSTEAD = (
    "leave out tickers and days, or keep returns as long Parquet files and read them with "
    "es.read_panel"
)
BROKEN = (
    *(EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error, RuntimeError),
    *(NotImplementedError, ValueError),
)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A price file. Long: date, ticker, close[, adj_close]; wide: date and a column per ticker.

    Columns not named by an option are found by their usual names. With one price column the
    adjusted close is taken to be equal, and the provenance says so.
    """

    path: Path
    calendar: str | None = DEFAULTS.calendar
    layout: FileLayout = "auto"
    date_col: str | None = None
    ticker_col: str | None = None
    close_col: str | None = None
    adj_close_col: str | None = None

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Read, check and cut the file.

        Raises:
            InputError: The file cannot be read, or has bad rows, all named at once.
            DataMissingError: None of the tickers, or no day, is in the file.
        """
        raw = _read(self.path)
        table = _table(self.path, raw)
        columns = find_columns(
            list(table.columns),
            file=str(self.path),
            layout=self.layout,
            date=self.date_col,
            ticker=self.ticker_col,
            close=self.close_col,
            adj_close=self.adj_close_col,
        )
        read = read_wide if columns.wide else read_long
        close, adjusted = read(table, columns, str(self.path))
        if not _is_parquet(self.path):  # the heads of a wide file, the cells of a long one
            close, adjusted = (t.rename(columns=unguarded) for t in (close, adjusted))
        return make_prices(
            close,
            adjusted,
            provenance=Provenance(
                name=self.path.name,
                description=f"the file {self.path.name}",
                sha256=hashlib.sha256(raw).hexdigest(),
                note=columns.note,
            ),
            tickers=tickers,
            start=start,
            end=end,
            calendar=self.calendar,
        )


def _read(path: Path) -> bytes:
    raw = read_file(path, WHAT, most=LARGEST, instead=INSTEAD)
    if not raw:
        raise InputError(f"{shown_path(path)} is empty; it needs a header and one row per day.")
    return raw


def read_table(path: Path) -> pd.DataFrame:
    """The cells of a CSV or Parquet file under their column names; CSV cells as text.

    The index holds each row's number as a spreadsheet shows it: the header is row 1. Rows and
    nameless columns without any content are left out.

    Args:
        path: The file; CSV may be packed as .gz, .xz or .zip.

    Raises:
        InputError: The file cannot be read, is empty, too large, or no table.
    """
    return _table(path, _read(path))


def _table(path: Path, raw: bytes) -> pd.DataFrame:
    name = shown_path(path)
    if _is_parquet(path):
        table = _parquet(name, raw)
        table.index = pd.RangeIndex(2, len(table) + 2)
    else:
        table = _csv(name, _unpacked(path.suffix.lower(), name, raw))
    if table.empty:
        raise InputError(f"{name} has a header but no rows; add one row per day.")
    return table


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _parquet(name: str, raw: bytes) -> pd.DataFrame:
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(raw))
        _require_room(name, file.metadata.num_rows, file.metadata.num_columns)
        table: pd.DataFrame = file.read().to_pandas()
    except InputError:
        raise
    except Exception as error:  # whatever a damaged file makes a parser do
        raise InputError(
            f"{name} is no readable Parquet file, or a damaged one; write it anew."
        ) from error
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(names=[n or "" for n in table.index.names])
    return table.set_axis(pd.Index([_label(label) for label in table.columns]), axis="columns")


def _label(label: object) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " ".join(str(part).strip() for part in parts).strip()


def _require_room(name: str, rows: int, columns: int) -> None:
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise InputError(
            f"{name} has {rows:,} rows and {columns:,} columns, which memory would not hold; "
            f"{INSTEAD}."
        )


def _csv(name: str, content: bytes) -> pd.DataFrame:
    header = content[: LONGEST_HEADER + 1].splitlines()[0] if content else b""
    if len(header) > LONGEST_HEADER or header.count(b",") >= MOST_COLUMNS:
        raise InputError(
            f"{name}, row 1 has {header.count(b',') + 1:,} columns or more and a table may have "
            f"{MOST_COLUMNS:,}; {INSTEAD}."
        )
    text = decoded(content, name, CSV_TEXT)
    if not text.strip(' \t\r\n,"'):
        raise InputError(f"{name} is empty; it needs a header and one row per day.")
    _require_commas(name, text)
    _require_same_width(name, text)
    body = text.lstrip()  # the parser takes the width from the first row
    above = len(text[: len(text) - len(body)].splitlines())
    try:
        cells = pd.read_csv(
            io.StringIO(body),
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            low_memory=False,
        )
    except pd.errors.ParserError:
        raise InputError(f"{name} cannot be read as a table; save it as CSV with commas.") from None
    cells = cells.fillna("")
    cells.index = pd.RangeIndex(above + 1, above + len(cells) + 1)
    cells = cells[~_blank_rows(cells)]
    cells.columns = pd.Index([str(label).strip() for label in cells.iloc[0]])
    kept = [
        bool(label) or not cells.iloc[1:, at].str.strip().eq("").all()
        for at, label in enumerate(cells.columns)
    ]
    return cells.loc[:, kept].iloc[1:]


def _require_same_width(name: str, text: str) -> None:
    """InputError for the first row with fewer or more cells than the header.

    The parser would fill a row that was cut off with missing prices.
    """
    width = 0
    fault = "has a quotation mark that does not end its cell; close it or take it out"
    for row, cells in csv_rows(text, f"{name}, row", fault):
        if len(cells) == width or not any(cell.strip() for cell in cells):
            continue
        if width:
            raise InputError(
                f"{name}, row {row} has {counted(len(cells), 'cell')} where the header has "
                f"{width}; an empty cell needs its comma, a cell with a comma its quotation "
                "marks, and a row that was cut off has to be written anew."
            )
        width = len(cells)


def _blank_rows(cells: pd.DataFrame) -> Bools:
    """Rows of empty cells and blanks alone; most rows are out by their first cell."""
    blank = cells.iloc[:, 0].str.strip().eq("").to_numpy(copy=True)
    others = cells[blank].apply(lambda column: column.str.strip().eq(""))
    blank[blank] = others.all(axis=1).to_numpy()
    return blank


def _require_commas(name: str, text: str) -> None:
    """InputError where the first line is separated by something else."""
    header = text.lstrip().splitlines()[0]
    for mark, called in SEPARATORS.items() if "," not in header else ():
        if mark in header:
            raise InputError(
                f"{name}, row 1 separates its columns by {called}; save it with commas between the "
                "columns and points in the numbers (118.42)."
            )


def _unpacked(suffix: str, name: str, raw: bytes) -> bytes:
    """What is packed, read no further than a file may be large."""
    unpack: dict[str, Callable[[IO[bytes]], Any]] = {
        ".gz": lambda packed: gzip.GzipFile(fileobj=packed),
        ".xz": lzma.LZMAFile,
        ".zip": _only_member,
    }
    if suffix not in unpack:
        return raw
    try:
        with unpack[suffix](io.BytesIO(raw)) as stream:
            content: bytes = stream.read(LARGEST + 1)
    except BROKEN as error:
        raise InputError(f"{name} cannot be unpacked ({_reason(error)}); pack it anew.") from None
    if len(content) > LARGEST:
        raise oversized(f"{name} unpacked", len(content), LARGEST, WHAT, INSTEAD)
    return content


def _only_member(packed: IO[bytes]) -> IO[bytes]:
    archive = zipfile.ZipFile(packed)
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        raise RuntimeError(f"it holds {len(names)} files; leave one CSV in it")
    return archive.open(names[0])


def _reason(error: BaseException) -> str:
    """The first sentence of an error without its end, cut where it is long."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0]
    return text.rstrip(".")[:LONGEST_QUOTE]
