"""The cache of downloaded prices: one compressed file per ticker, its note in the first line.

Note and table are one file and one rename, so that they never disagree, whenever a process ends.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import logging
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import pandas as pd

from eventstudy.errors import NetworkError, os_reason
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.csv_text import dated_table
from eventstudy.files.locks import file_lock

ENVIRONMENT = "EVENTSTUDY_CACHE_DIR"
SUFFIX = ".csv.gz"
VINTAGES = "vintages"
"""The folder of tables that plans were made on, each under its hash."""
PART = ".part"
LOCKS = ".locks"
ADJUSTMENT = "close for splits, adj_close for splits and dividends"
LONGEST_WAIT = 600.0
"""Seconds to wait for another process that fetches the same ticker."""
COLUMNS = ["close", "adj_close"]

_HASH = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """The note in a cached file: what was asked for, when, what was answered, the table's hash.

    `start` and `end` are the ISO days asked for, both included; `retrieved` is an ISO timestamp in
    UTC. `currency` is the listing's as the source writes it (GBp is not GBP), `timezone` the
    exchange's, `unit` that of figures that are no prices; empty if unknown. `moved` says that an
    earlier download differed.
    """

    source: str
    ticker: str
    retrieved: str
    start: str
    end: str
    sha256: str
    currency: str = ""
    timezone: str = ""
    adjustment: str = ADJUSTMENT
    moved: str = ""
    unit: str = ""

    def covers(self, start: date, end: date) -> bool:
        """Whether all days asked for were asked for when the file was made."""
        return self.start <= start.isoformat() and end.isoformat() <= self.end

    def together_with(self, start: date, end: date) -> tuple[date, date]:
        """The shortest span that holds these days and the file's."""
        return min(start, date.fromisoformat(self.start)), max(end, date.fromisoformat(self.end))


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of the cache as it is: `entry` and `table` are None where it is `damaged`."""

    source: str
    ticker: str
    path: Path
    size: int
    entry: Entry | None = None
    table: pd.DataFrame | None = None
    damaged: str = ""


@dataclass(frozen=True, slots=True)
class PriceCache:
    """A folder of downloaded prices. Each file is one download, so it never mixes vintages."""

    folder: Path

    def read(self, source: str, ticker: str) -> tuple[pd.DataFrame, Entry] | None:
        """The cached table (index date; close, adj_close) and its note, or None if there is none.

        A damaged file counts as none, with a warning in the log.
        """
        held = self.look(source, ticker)
        if held is None:
            return None
        if held.entry is None or held.table is None:
            _log.warning(
                "The cached file %s is damaged and was not used: %s", held.path, held.damaged
            )
            return None
        return held.table, held.entry

    def look(self, source: str, ticker: str) -> Holding | None:
        """What the cache has of a ticker, sound or damaged; None if it has nothing."""
        path = self._path(source, ticker)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:  # so nothing can have been stored
                return None
            return Holding(source, ticker, path, 0, damaged=os_reason(error))
        try:
            entry, table = _unpack(content)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the file is damaged
            return Holding(source, ticker, path, len(content), damaged=os_reason(error))
        return Holding(source, entry.ticker, path, len(content), entry, table)

    def holdings(self, source: str) -> list[Holding]:
        """All that the cache has from a source, sorted by ticker."""
        start = f"{source}-"
        names = [path.name for path in self.folder.glob(f"{start}*{SUFFIX}")]
        tickers = sorted(unquote(name[len(start) : -len(SUFFIX)]) for name in names)
        return [held for ticker in tickers if (held := self.look(source, ticker)) is not None]

    def write(self, entry: Entry, table: pd.DataFrame) -> Entry:
        """Store a table (index date; close, adj_close); the note comes back with its hash.

        Take the `lock` of the ticker before. A reader never sees half a file.

        Raises:
            ValueError: The table is empty: no answer is not data.
            EventStudyError: The folder cannot be written.
        """
        if table.empty:
            raise ValueError(f"an empty table for {entry.ticker} is not stored")
        text = table.to_csv(columns=COLUMNS, date_format="%Y-%m-%d", lineterminator="\n").encode()
        noted = replace(entry, sha256=hashlib.sha256(text).hexdigest())
        note = json.dumps(asdict(noted), ensure_ascii=False).encode()
        path = self._path(entry.source, entry.ticker)
        with self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            # The lock allows one writer, so what a killed one left is taken over.
            with replace_file(path, path.with_name(path.name + PART)) as stream:
                stream.write(gzip.compress(b"# " + note + b"\n" + text, mtime=0))
        return noted

    def remove(self, source: str, ticker: str) -> Holding | None:
        """Delete what the cache has of a ticker, and what a killed process left of it."""
        with self.lock(source, ticker):
            held = self.look(source, ticker)
            path = self._path(source, ticker)
            with self._writing():
                for each in (path, path.with_name(path.name + PART)):
                    each.unlink(missing_ok=True)
        return held

    def keep(self, content: bytes) -> str:
        """Store a table of prices under the hash of its bytes, which comes back.

        Raises:
            EventStudyError: The folder cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._vintage(sha256)
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            with replace_file(path) as stream:
                stream.write(gzip.compress(content, mtime=0))
        return sha256

    def kept(self, sha256: str) -> bytes | None:
        """What `keep` stored under a hash; None where there is nothing, or nothing sound."""
        if not _HASH.fullmatch(sha256):
            return None
        try:
            content = gzip.decompress(self._vintage(sha256).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    @contextmanager
    def lock(self, source: str, ticker: str) -> Iterator[None]:
        """Keep other threads and processes from fetching or writing this ticker.

        Two downloads of one ticker on two days would mix adjusted closes, so who comes second
        waits and takes what the first has stored.

        Raises:
            NetworkError: The other one is not done after `LONGEST_WAIT` seconds.
            EventStudyError: The folder cannot be written.
        """
        from filelock import Timeout

        path = self._path(source, ticker)
        place = path.parent / LOCKS / f"{path.name}.lock"
        held = file_lock(place, LONGEST_WAIT)
        with self._writing():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                held.acquire(poll_interval=0.02)
            except Timeout:
                minutes = f"{LONGEST_WAIT / 60:.0f} minutes"
                raise NetworkError(
                    f"Another process has been fetching {ticker} for {minutes}; wait, or stop it."
                ) from None
        try:
            yield
        finally:
            held.release()

    def _path(self, source: str, ticker: str) -> Path:
        # Quoting leaves no separator, and the prefix no reserved name such as CON or "..".
        return self.folder / f"{source}-{quote(ticker.upper(), safe='')}{SUFFIX}"

    def _vintage(self, sha256: str) -> Path:
        return self.folder / VINTAGES / f"{sha256}{SUFFIX}"

    def _writing(self) -> AbstractContextManager[None]:
        return writing(f"The cache {self.folder}", f"name another folder with {ENVIRONMENT}")


def default_cache() -> PriceCache:
    """The cache in `cache_folder()`."""
    return PriceCache(cache_folder() / "prices")


def cache_folder() -> Path:
    """The user's cache folder, or the folder that EVENTSTUDY_CACHE_DIR names."""
    import platformdirs

    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else Path(platformdirs.user_cache_dir("eventstudy"))


def moved_days(before: pd.DataFrame, after: pd.DataFrame) -> pd.DatetimeIndex:
    """The days on which two downloads give another close: a split or a correction since.

    Adjusted closes are not compared, for every dividend moves them. A day that the later download
    lacks counts as moved.
    """
    old = before["close"].dropna()
    new = after["close"].reindex(old.index)
    same = (new - old).abs() <= 1e-5 * old.abs()
    return pd.DatetimeIndex(old.index[~same])


def _unpack(content: bytes) -> tuple[Entry, pd.DataFrame]:
    note, _, text = gzip.decompress(content).partition(b"\n")
    if not note.startswith(b"# "):
        raise ValueError("its first line has no note")
    entry = Entry(**json.loads(note[2:]))
    _require_sense(entry)
    if hashlib.sha256(text).hexdigest() != entry.sha256:
        raise ValueError("its hash differs from the one noted")
    return entry, dated_table(text).set_index("date")[COLUMNS].astype("float64")


def _require_sense(entry: Entry) -> None:
    """ValueError for a note whose days are none, for no hash covers the note."""
    if not all(isinstance(value, str) for value in asdict(entry).values()) or not entry.ticker:
        raise ValueError("its note has values that are not text")
    if date.fromisoformat(entry.start) > date.fromisoformat(entry.end):
        raise ValueError("its note ends before it starts")
    datetime.fromisoformat(entry.retrieved)
