"""Fits of several columns at several days, laid out day by day, and tables made of such blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.fitting import Fitted
from eventstudy.models.batch import Floats
from eventstudy.significance.sample import sums_of
from eventstudy.spec import Window


@dataclass(frozen=True, eq=False)
class Cells:
    """W windows of D days and C columns; NaN where there is no figure, and why."""

    car: Floats
    """(W, D, C) AR (one day) or CAR."""
    se: Floats
    """(W, D, C)"""
    scar: Floats
    """(W, D, C) car / se."""
    df: Floats
    """(D, C) degrees of freedom."""
    reason: npt.NDArray[np.object_]
    """(W, D, C) why a figure is missing; empty where none is."""


def cells_of(fitted: Fitted, days: int, columns: Sequence[str], windows: Sequence[Window]) -> Cells:
    """Lay out observations whose event_id is the number of a day (see `Case.refit`)."""
    estimates, size = fitted.estimates, len(columns)
    places = pd.Index(columns)
    whole = len(estimates.labels) == days * size
    at = np.arange(days * size) if whole else _cell(estimates.labels, places)
    figures = np.full((3, len(windows), days * size), np.nan)
    reason = np.full((len(windows), days * size), "", dtype=object)
    df = np.full(days * size, np.nan)
    df[at] = estimates.fits.df
    if len(fitted.exclusions):
        reason[:, _cell(fitted.exclusions, places)] = fitted.exclusions["reason"].to_numpy()
    for w, window in enumerate(windows):
        sums = sums_of(estimates.fits, estimates.spec, window)
        figures[:, w, at] = sums.car, sums.se, sums.scar
        if not np.isfinite(sums.scar).all():
            reason[w, at] = np.asarray(estimates.why_missing(window), dtype=object)
    shape = (len(windows), days, size)
    car, se, scar = (figure.reshape(shape) for figure in figures)
    return Cells(car, se, scar, df.reshape(shape[1:]), reason.reshape(shape))


def _cell(labels: pd.DataFrame, columns: pd.Index) -> npt.NDArray[np.int64]:
    day = labels["event_id"].to_numpy(dtype=np.int64)
    return day * len(columns) + columns.get_indexer(pd.Index(labels["ticker"]))


_DTYPES: dict[str, Any] = {
    "str": object,
    "bool": np.bool_,
    "int64": np.int64,
    "float64": np.float64,
    "datetime64[ns]": "datetime64[ns]",
}


def frame_of(blocks: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    """Blocks of rows under one another, with the columns and dtypes of `kinds`.

    A single value holds for the whole block; a column that a block lacks is empty text.
    """
    sizes = [[np.size(value) for value in block.values()] for block in blocks]
    rows = [max(size) if min(size) else 0 for size in sizes]
    columns = {
        name: np.concatenate(
            [
                np.broadcast_to(np.asarray(block.get(name, ""), dtype=_DTYPES[kind]), count)
                for block, count in zip(blocks, rows, strict=True)
            ]
            or [np.empty(0, dtype=_DTYPES[kind])]
        )
        for name, kind in kinds.items()
    }
    return pd.DataFrame(columns).astype(dict(kinds))
