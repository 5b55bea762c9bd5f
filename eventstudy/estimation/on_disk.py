"""Event-level figures on disk: arrays that are mapped instead of held, and one Parquet table."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.labels import COUNT, END, START
from eventstudy.files.atomic import writing

if TYPE_CHECKING:
    from eventstudy.estimation.estimates import Estimates


TABLE = "observations.parquet"
LEFT = rf"{re.escape(TABLE)}(\.draft)?|array-\d+\.npy"
"""Files that an interrupted run leaves in its folder."""
ROWS = 2**16
"""Observations in a row group of the table, and in memory while it is written."""


@dataclass
class MappedRoom:
    """Makes arrays in a folder; they are read and written through memory that the system frees."""

    folder: Path
    _count: int = field(default=0, init=False)

    def __call__(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """An array of zeros."""
        if not np.prod(shape):
            return np.empty(shape, dtype)
        self._count += 1
        path = self.folder / f"array-{self._count}.npy"
        with _writing(self.folder):
            made = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
            _reserve(path)
        return made


def mapped_room(folder: Path) -> MappedRoom:
    """Arrays in a folder that is new, empty, or holds an earlier table.

    Arrays without a table, left by an interrupted run, are replaced too.

    Raises:
        InputError: The folder holds other files.
        EventStudyError: It cannot be written.
    """
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if TABLE not in names and not all(re.fullmatch(LEFT, name) for name in names):
        raise InputError(
            f"Option folder: {folder} holds files that are not an earlier result (no {TABLE}); "
            "give another folder or empty this one."
        )
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TABLE).unlink(missing_ok=True)
        for old in folder.glob("array-*.npy"):
            old.unlink()
    return MappedRoom(folder)


def write_estimates(estimates: Estimates, folder: Path) -> Path:
    """One row an observation: labels, fit, AR by day and each CAR window; whole or not at all.

    Columns: those of the labels; the coefficients, s, n_obs, df, r_squared; ar_-1, ar_0, … for each
    day of the event window; car, se, t and p_value of each window as car_-1_1, se_-1_1, …. A label
    with the name of a figure, such as a column s of the observations, is written as label_s.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    draft, target = folder / f"{TABLE}.draft", folder / TABLE
    writer: pq.ParquetWriter | None = None
    with _writing(folder):
        try:
            for part in _parts(estimates):
                table = pa.Table.from_pandas(part, preserve_index=False, nthreads=1)
                writer = writer or pq.ParquetWriter(draft, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
        os.replace(draft, target)
    return target


def _reserve(path: Path) -> None:
    """Take the room now: a disk that is full later ends the process without a word (SIGBUS)."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:  # some file systems cannot promise it
                    raise


def _writing(folder: Path) -> AbstractContextManager[None]:
    return writing(f"Option folder: {folder}", "choose another folder")


def _parts(estimates: Estimates) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(estimates.labels), 1), ROWS):
        yield _rows(estimates.take(np.arange(start, min(start + ROWS, len(estimates.labels)))))


def _rows(some: Estimates) -> pd.DataFrame:
    spec = some.spec
    ar = some.wide(some.fits.ar).reset_index(drop=True)
    columns = [some.fit_table(), ar.set_axis([f"ar_{day}" for day in ar], axis=1)]
    for window in spec.car:
        cars = some.car_table(window)[["car", "se", "t", "p_value"]]
        columns.append(
            cars.set_axis([f"{name}_{window.start}_{window.end}" for name in cars], axis=1)
        )
    figures = pd.concat([one.reset_index(drop=True) for one in columns], axis=1)
    labels = some.labels.drop(columns=[COUNT, START, END], errors="ignore")  # `fit_table` has them
    taken = {name: f"label_{name}" for name in labels if name in figures}
    return pd.concat([labels.rename(columns=taken).reset_index(drop=True), figures], axis=1)
