"""The cache of downloaded prices: one compressed CSV per ticker and a JSON note beside it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pandas as pd

ENVIRONMENT = "EVENTSTUDY_CACHE_DIR"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """The note beside a cached file: what was asked for, when, and the file's hash.

    `start` and `end` are ISO days, both included; `retrieved` is an ISO timestamp in UTC.
    """

    source: str
    ticker: str
    retrieved: str
    start: str
    end: str
    sha256: str

    def covers(self, start: date, end: date) -> bool:
        """Whether all days asked for were asked for when the file was made."""
        return self.start <= start.isoformat() and end.isoformat() <= self.end

    def together_with(self, start: date, end: date) -> tuple[date, date]:
        """The shortest span that holds these days and the file's."""
        return min(start, date.fromisoformat(self.start)), max(end, date.fromisoformat(self.end))


@dataclass(frozen=True, slots=True)
class PriceCache:
    """A folder of downloaded prices. Each file is one download, so it never mixes vintages."""

    folder: Path

    def read(self, source: str, ticker: str) -> tuple[pd.DataFrame, Entry] | None:
        """The cached table (index date; close, adj_close) and its note, or None if there is none.

        A file that does not match its note counts as none, with a warning in the log.
        """
        data, note = self._paths(source, ticker)
        if not (data.exists() and note.exists()):
            return None
        try:
            packed = data.read_bytes()
            entry = Entry(**json.loads(note.read_text("utf-8")))
            if hashlib.sha256(packed).hexdigest() != entry.sha256:
                raise ValueError("its hash is not the noted one")
            return _unpack(packed), entry
        except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
            _log.warning("The cached file %s is damaged and not used: %s", data, error)
            return None

    def write(
        self, source: str, ticker: str, table: pd.DataFrame, span: tuple[date, date], retrieved: str
    ) -> Entry:
        """Store a table (index date; close, adj_close) downloaded for the days of `span`.

        A reader never sees half a file. An empty table is a ValueError: no answer is not data.
        """
        if table.empty:
            raise ValueError(f"an empty table for {ticker} is not stored")
        packed = _pack(table)
        entry = Entry(
            source=source,
            ticker=ticker,
            retrieved=retrieved,
            start=span[0].isoformat(),
            end=span[1].isoformat(),
            sha256=hashlib.sha256(packed).hexdigest(),
        )
        data, note = self._paths(source, ticker)
        self.folder.mkdir(parents=True, exist_ok=True)
        _replace(data, packed)
        _replace(note, json.dumps(asdict(entry), indent=2).encode())
        return entry

    def _paths(self, source: str, ticker: str) -> tuple[Path, Path]:
        # Quoting leaves no separator, and the prefix no reserved name such as CON or "..".
        stem = f"{source}-{quote(ticker.upper(), safe='')}"
        return self.folder / f"{stem}.csv.gz", self.folder / f"{stem}.json"


def default_cache() -> PriceCache:
    """The cache in the user's cache folder, or in the folder that EVENTSTUDY_CACHE_DIR names."""
    import platformdirs

    named = os.environ.get(ENVIRONMENT)
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("eventstudy"))
    return PriceCache(folder / "prices")


def _pack(table: pd.DataFrame) -> bytes:
    text = table.to_csv(columns=["close", "adj_close"], date_format="%Y-%m-%d", lineterminator="\n")
    return gzip.compress(text.encode(), mtime=0)


def _unpack(packed: bytes) -> pd.DataFrame:
    table = pd.read_csv(
        io.BytesIO(gzip.decompress(packed)), engine="pyarrow", dtype={"date": "str"}
    )
    days = pd.DatetimeIndex(pd.to_datetime(table["date"], format="%Y-%m-%d"), name="date")
    return table[["close", "adj_close"]].astype("float64").set_index(days)


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
