"""Prices from the user's own file: CSV (also .gz, .xz, .zip) or Parquet, long or wide."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from eventstudy.cells import unguarded
from eventstudy.errors import InputError
from eventstudy.market.columns import Columns, find_columns
from eventstudy.market.prices import Prices, Provenance, make_prices
from eventstudy.market.source import Layout
from eventstudy.market.table import read_long, read_wide

BROKEN = (EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error, RuntimeError)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A price file. Long: date, ticker, close[, adj_close]; wide: date and a column per ticker.

    Columns not named by an option are found by their usual names. With one price column the
    adjusted close is taken to be equal, and the provenance says so.
    """

    path: Path
    calendar: str | None = "XNYS"
    layout: Layout = "auto"
    date_col: str | None = None
    ticker_col: str | None = None
    close_col: str | None = None
    adj_close_col: str | None = None

    def load(
        self,
        tickers: str | Sequence[str] | None = None,
        start: str | date | None = None,
        end: str | date | None = None,
    ) -> Prices:
        """Read, check and cut the file. Every bad row is reported at once as InputError.

        Raises DataMissingError when none of the tickers, or no day, is in the file.
        """
        raw = read_bytes(self.path)
        table = read_table(self.path, raw)
        columns = find_columns(
            list(table.columns),
            file=str(self.path),
            layout=self.layout,
            date=self.date_col,
            ticker=self.ticker_col,
            close=self.close_col,
            adj_close=self.adj_close_col,
        )
        return self._prices(table, columns, hashlib.sha256(raw).hexdigest(), tickers, start, end)

    def _prices(
        self,
        table: pd.DataFrame,
        columns: Columns,
        sha256: str,
        tickers: str | Sequence[str] | None,
        start: str | date | None,
        end: str | date | None,
    ) -> Prices:
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
                sha256=sha256,
                note=columns.note,
            ),
            tickers=tickers,
            start=start,
            end=end,
            calendar=self.calendar,
        )


def read_bytes(path: Path) -> bytes:
    """The file as it lies on disk; InputError when it cannot be read or is empty."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the path of one CSV or Parquet file.")
    if not path.exists():
        raise InputError(f"There is no file {path}; check the path of the price file.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if not raw:
        raise InputError(f"{path} is empty; it needs a header and one row per day.")
    return raw


def read_table(path: Path, raw: bytes) -> pd.DataFrame:
    """The cells under their column names; CSV cells as text.

    The index holds each row's number as a spreadsheet shows it: the header is row 1.
    """
    if _is_parquet(path):
        table = _parquet(path, raw)
        table.index = pd.RangeIndex(2, len(table) + 2)
    else:
        table = _csv(path, raw)
    if table.empty:
        raise InputError(f"{path} has a header but no rows.")
    return table


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _parquet(path: Path, raw: bytes) -> pd.DataFrame:
    import pyarrow

    try:
        table = pd.read_parquet(io.BytesIO(raw))
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        raise InputError(f"{path} is no readable Parquet file: {_first_line(error)}") from None
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(names=[n or "" for n in table.index.names])
    return table.rename(columns=str)


def _csv(path: Path, raw: bytes) -> pd.DataFrame:
    content = _unpacked(path, raw)
    if content[:4] == b"PK\x03\x04" or b"\x00" in content[:1024]:
        raise InputError(f"{path} is no text file; save it as CSV (comma separated) or Parquet.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}, row {line}: the text is not UTF-8; save the file as CSV UTF-8."
        ) from None
    if not text.strip():
        raise InputError(f"{path} is empty; it needs a header and one row per day.")
    try:
        cells = pd.read_csv(
            io.StringIO(text), header=None, dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except pd.errors.ParserError as error:
        raise InputError(
            f"{path} cannot be read as a table: {_first_line(error)} Every row needs as many "
            "columns as the header."
        ) from None
    cells = cells.fillna("")
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    cells = cells[(cells != "").any(axis=1)]
    cells.columns = pd.Index([str(name).strip() for name in cells.iloc[0]])
    return cells.iloc[1:]


def _unpacked(path: Path, raw: bytes) -> bytes:
    unpack: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.decompress,
        ".xz": lzma.decompress,
        ".zip": _only_member,
    }
    suffix = path.suffix.lower()
    if suffix not in unpack:
        return raw
    try:
        return unpack[suffix](raw)
    except BROKEN as error:
        raise InputError(f"{path} cannot be unpacked: {_first_line(error)}") from None


def _only_member(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise RuntimeError(f"it holds {len(names)} files; leave one CSV in it")
        return archive.read(names[0])


def _first_line(error: BaseException) -> str:
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return text if text.endswith(".") else f"{text}."
