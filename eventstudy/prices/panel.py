"""Panels of returns larger than memory: long Parquet files laid out as one mapped file."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files.atomic import writing
from eventstudy.prices.long_parquet import LongParquet, connect
from eventstudy.prices.request import parse_span, parse_tickers

SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the rows (tickers) and columns (days as ISO text) of the file on disk are."""

    tickers: list[str]
    sessions: list[str]


def read_panel(
    path: str | Path,
    *,
    value: str = "ret",
    tickers: str | Sequence[str] | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    date_col: str | None = None,
    ticker_col: str | None = None,
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """A panel from long Parquet files, sessions × tickers, without holding it in memory.

    Needs the extra `eventstudy-kit[duckdb]`. The frame is a view of a file on disk, which the
    operating system reads as it is used; hand it to `EventStudy.run(observations, returns=...)`.
    It cannot be written to; `.copy()` brings it into memory.

    Args:
        path: a Parquet file, a folder of them (hive partitions too) or a glob, with one row for
            each date and ticker. CSV is not read: write it as Parquet first.
        value: the column of the values, returns or prices.
        tickers: those to read; all if None. Of those asked for, one without rows is not a column of
            the frame, and a study excludes its observations with that reason.
        start: first day, included; the panel's first if None. Every day on which any ticker has a
            row is a session, whatever `tickers` says.
        end: last day, included; the panel's last if None.
        date_col: the column of days, where it has no usual name. Dates may be dates, timestamps
            (the time of day is cut off) or text as 2025-01-27.
        ticker_col: the column of tickers, where it has no usual name.
        folder: where the file is kept and used again, as long as the Parquet files have the same
            sizes and times of change; a temporary file if None, gone with the frame.

    Returns:
        float64, sessions × tickers, NaN where there is no row or no value; both sorted.

    Raises:
        InputError: A bad file or option, or the extra is not installed.
        DataMissingError: No day, or none of the tickers, is in the files.
        EventStudyError: The disk is full or cannot be written.
    """
    asked, (first, last) = parse_tickers(tickers), parse_span(start, end)
    if not isinstance(value, str):
        raise InputError(f"Option value: {value!r} is not a column name; give one such as 'ret'.")
    files, hive = _files(path)
    states = [_state(file) for file in files]

    def lay_out(target: Path) -> _Labels:
        with connect(str(path), target.parent) as connection:
            source = LongParquet(
                connection,
                str(path),
                files,
                hive=hive,
                value=value,
                date_col=date_col,
                ticker_col=ticker_col,
            )
            sessions, names = source.sessions(first, last), source.tickers(asked)
            with target.open("wb") as file:
                shape = (len(names), len(sessions))
                header = {"descr": np.dtype(np.float64).str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                for block in source.batches():
                    file.write(block.data)
        return _Labels(names, list(sessions.strftime("%Y-%m-%d")))

    place = tempfile.gettempdir() if folder is None else folder
    with writing(f"The panel of {path} in {place}", "name another place with folder="):
        if folder is None:
            return _temporary(lay_out)
        question = {
            "files": [str(file.resolve()) for file in files],
            "value": value,
            "tickers": None if asked is None else sorted(asked),
            "span": [None if day is None else str(day) for day in (first, last)],
            "columns": [date_col, ticker_col],
        }
        return _kept(Path(folder), question, states, lay_out)


def _files(path: str | Path) -> tuple[list[Path], bool]:
    """The Parquet files of a file, folder or glob, sorted, and whether folders are hive partitions.

    In a folder, names that begin with a dot or an underscore are left out, as Spark and Arrow do.
    """
    given = Path(path)
    if given.is_file():
        return [given], "=" in given.parent.name
    if given.is_dir():
        files = [
            file
            for file in sorted(given.rglob("*"))
            if file.suffix.lower() in SUFFIXES
            and file.is_file()
            and not any(part[0] in "._" for part in file.relative_to(given).parts)
        ]
        if not files:
            raise InputError(
                f"{path} holds no Parquet file ({', '.join(SUFFIXES)}); give the folder that does."
            )
        return files, _partitioned(files, max(0, len(given.parts) - 1))
    if not glob.has_magic(str(path)):
        raise InputError(f"There is no file or folder {path}; check the path of the panel.")
    matches = map(Path, glob.iglob(str(path), recursive=True))
    files = sorted(match for match in matches if match.is_file())
    if not files:
        raise InputError(f"No file matches {path}; check the pattern of the panel.")
    return files, _partitioned(files, 0)


def _partitioned(files: Sequence[Path], above: int) -> bool:
    return any("=" in part for file in files for part in file.parts[above:-1])


def _state(file: Path) -> list[int]:
    """Size and time of the last change: what tells an unchanged file."""
    state = file.stat()
    return [state.st_size, state.st_mtime_ns]


def _temporary(lay_out: Callable[[Path], _Labels]) -> pd.DataFrame:
    """The panel in a folder that goes when nothing looks at it any more, at the latest at exit."""
    scratch = Path(tempfile.mkdtemp(prefix="eventstudy-panel-"))
    try:
        target = scratch / "panel.npy"
        labels = lay_out(target)
        return _mapped(target, labels, scratch)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _kept(
    folder: Path,
    question: Mapping[str, Any],
    states: list[list[int]],
    lay_out: Callable[[Path], _Labels],
) -> pd.DataFrame:
    """The panel that `folder` holds for this question, laid out anew where its files changed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:16]
    data, note = folder / f"panel-{name}.npy", folder / f"panel-{name}.json"
    labels = _noted(note, data, question, states)
    if labels is None:
        with tempfile.TemporaryDirectory(prefix=".panel-", dir=folder) as scratch:
            fresh = Path(scratch)
            labels = lay_out(fresh / data.name)
            content = {
                **question,
                "states": states,
                "data": _state(fresh / data.name),
                "labels": [labels.tickers, labels.sessions],
            }
            (fresh / note.name).write_text(json.dumps(content), encoding="utf-8")
            for file in (data, note):
                os.replace(fresh / file.name, file)
    return _mapped(data, labels)


def _noted(
    note: Path, data: Path, question: Mapping[str, Any], states: list[list[int]]
) -> _Labels | None:
    """The labels of the kept file, or None where it has to be laid out anew."""
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        known = {**question, "states": states, "data": _state(data)}
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or {**content, "labels": None} != {**known, "labels": None}:
        return None
    return _Labels(*content["labels"])


def _mapped(data: Path, labels: _Labels, scratch: Path | None = None) -> pd.DataFrame:
    """The file as a frame without reading it; `scratch` is removed with the last view of it."""
    mapped = np.load(data, mmap_mode="r")
    if scratch is not None:
        weakref.finalize(mapped.base, _remove, scratch, os.getpid())
    return pd.DataFrame(
        np.asarray(mapped).T,
        index=pd.DatetimeIndex(np.array(labels.sessions, "datetime64[ns]"), name="date"),
        columns=pd.Index(labels.tickers, name="ticker"),
        copy=False,
    )


def _remove(scratch: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked process must not take it from its parent
        shutil.rmtree(scratch, ignore_errors=True)
