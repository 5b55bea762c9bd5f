"""Prices from the user's own file: CSV (also .gz, .xz, .zip) or Parquet, long or wide."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pandas as pd

from eventstudy.arrays import Bools
from eventstudy.errors import LONGEST_QUOTE, InputError
from eventstudy.files.csv_text import SEPARATORS, csv_rows
from eventstudy.files.reading import CSV_TEXT, decoded, oversized, read_file, shown_path
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.dialect import FileOptions
from eventstudy.prices.dialects.reading import read_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.several import joined_prices, part_of_sheet
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

MOST_PREAMBLE = 40
"""Rows that may stand above a table with fewer cells than it has."""

WHAT = "CSV or Parquet file"
USUAL = FileOptions(calendar=DEFAULTS.calendar)
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
    """A price file, as its vendor writes it or as a plain table, long or wide.

    The dialect is recognised by the header, see `dialects.registry`. With one price column the
    adjusted close is taken to be equal, and the provenance says so.
    """

    path: Path
    options: FileOptions = USUAL

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Read, check and cut the file.

        Raises:
            InputError: The file cannot be read, or has bad rows, all named at once.
            DataMissingError: None of the tickers, or no day, is in the file.
        """
        sheet = read_sheet(self.path)
        return joined_prices(
            [part_of_sheet(sheet, read_prices(sheet, self.options))],
            tickers=tickers,
            start=start,
            end=end,
            calendar=self.options.calendar,
        )


def _read(path: Path) -> bytes:
    raw = read_file(path, WHAT, most=LARGEST, instead=INSTEAD)
    if not raw:
        raise InputError(f"{shown_path(path)} is empty; it needs a header and one row per day.")
    return raw


def read_sheet(path: Path) -> Sheet:
    """The cells of a CSV or Parquet file before anybody has decided what its columns are.

    Args:
        path: The file; CSV may be packed as .gz, .xz or .zip.

    Raises:
        InputError: The file cannot be read, is empty, too large, or no table.
    """
    raw, name = _read(path), shown_path(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    if not _is_parquet(path):
        cells = _csv(name, _unpacked(path.suffix.lower(), name, raw))
        return Sheet(name=name, cells=cells, sha256=sha256)
    table = _parquet(name, raw)
    headers = tuple(zip(*map(_levels, table.columns), strict=True))
    cells = table.set_axis(pd.RangeIndex(table.shape[1]), axis="columns")
    cells.index = pd.RangeIndex(2, len(cells) + 2)
    return Sheet(name=name, cells=cells, headers=headers, sha256=sha256, text=False)


def read_table(path: Path) -> pd.DataFrame:
    """The cells of a CSV or Parquet file under their column names; CSV cells as text.

    The index holds each row's number as a spreadsheet shows it: the header is row 1. Rows and
    nameless columns without any content are left out.

    Args:
        path: The file; CSV may be packed as .gz, .xz or .zip.

    Raises:
        InputError: The file cannot be read, is empty, too large, or no table.
    """
    sheet = read_sheet(path)
    names = [" ".join(filter(None, parts)) for parts in zip(*sheet.headers, strict=True)]
    table = sheet.cells
    if not names and len(table):
        names, table = [str(name).strip() for name in table.iloc[0]], table.iloc[1:]
    if table.empty:
        raise InputError(f"{sheet.name} has a header but no rows; add one row per day.")
    kept = [
        bool(name) or not table.iloc[:, at].astype(str).str.strip().eq("").all()
        for at, name in enumerate(names)
    ]
    return table.set_axis(pd.Index(names), axis="columns").loc[:, kept]


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
    return table


def _levels(label: object) -> tuple[str, ...]:
    return tuple(str(part).strip() for part in (label if isinstance(label, tuple) else (label,)))


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
    separator = _separator(text)
    width = _width(name, text, separator)
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            header=None,
            names=range(width),
            index_col=False,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            low_memory=False,
        )
    except pd.errors.ParserError:
        raise InputError(f"{name} cannot be read as a table; save it as CSV with commas.") from None
    cells = cells.fillna("")
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return cells[~_blank_rows(cells)]


def _separator(text: str) -> str:
    """The mark that separates columns: what most of the first rows have most often."""
    lines = [line for line in islice(io.StringIO(text), 200) if line.strip()][-50:]
    counts = {mark: sorted(line.count(mark) for line in lines) for mark in (",", *SEPARATORS)}
    typical = {mark: each[len(each) // 2] for mark, each in counts.items()}
    return next((mark for mark in SEPARATORS if typical[mark] and _steady(counts[mark])), ",")


def _steady(counts: Sequence[int]) -> bool:
    """Whether most lines have as many of a mark as the middle one."""
    return counts.count(counts[len(counts) // 2]) * 2 > len(counts)


def _width(name: str, text: str, separator: str) -> int:
    """Cells of a row; InputError for the first row amid the table that has fewer or more.

    The parser would fill a row that was cut off with missing prices. Above the table and, after a
    blank row or as a single cell, below it, rows may have fewer. Where the first rows of a table
    lack their last cell alone, it is a volume that did not exist yet.
    """
    fault = "has a quotation mark that does not end its cell; close it or take it out"
    widths = [
        (row, len(cells) if any(cell.strip() for cell in cells) else 0)
        for row, cells in csv_rows(text, f"{name}, row", fault, separator)
    ]
    filled = [width for _, width in widths if width]
    width = Counter([each for each in filled if each > 1] or filled).most_common(1)[0][0]
    full = [at for at, (_, each) in enumerate(widths) if each == width]
    first, last = full[0], full[-1]
    early = _without_volume([each for _, each in widths], first, width)
    for at, (row, cells) in enumerate(widths):
        above = at < first and first < MOST_PREAMBLE and cells < width
        below = at > last and (cells == 1 or any(not w for _, w in widths[last:at]))
        if cells in (0, width) or above or at in early or (below and cells < width):
            continue
        raise InputError(
            f"{name}, row {row} has {counted(cells, 'cell')} where the header has {width}; an "
            "empty cell needs its comma, a cell with a comma its quotation marks, and a row that "
            "was cut off has to be written anew."
        )
    return width


def _without_volume(widths: Sequence[int], header: int, width: int) -> range:
    """The rows right below the header that lack their last cell alone, before others have it."""
    end = header + 1
    while end < len(widths) and widths[end] in (0, width - 1):
        end += 1
    return range(header + 1, end if end < len(widths) and widths[end] == width else 0)


def _blank_rows(cells: pd.DataFrame) -> Bools:
    """Rows of empty cells and blanks alone; most rows are out by their first cell."""
    blank = cells.iloc[:, 0].str.strip().eq("").to_numpy(copy=True)
    others = cells[blank].apply(lambda column: column.str.strip().eq(""))
    blank[blank] = others.all(axis=1).to_numpy()
    return blank


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
