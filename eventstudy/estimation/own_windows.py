"""Estimation windows of each event's own: two columns of the observations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from eventstudy.calendars import periods
from eventstudy.errors import InputError, quoted
from eventstudy.estimation.days import moments_of
from eventstudy.estimation.labels import END, START
from eventstudy.models.kernel.batch import Bools, Ints
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import FARTHEST, Window
from eventstudy.text.numbers import counted

MOST_NAMED = 10
"""Observations of one kind of fault that are named."""
_RELATIVE = r"[+-]?\d{1,6}"


@dataclass(frozen=True, slots=True, eq=False)
class OwnWindows:
    """The estimation windows of N observations, some or all of their own."""

    bounds: Ints
    """(N, 2) first and last relative session of each."""
    spec: StudySpec
    """The study's options, with the estimation window that spans all of them."""

    def labelled(self, labels: pd.DataFrame) -> pd.DataFrame:
        """The labels (N rows) with both columns as relative sessions."""
        return labels.assign(**{START: self.bounds[:, 0], END: self.bounds[:, 1]})


def own_windows(
    labels: pd.DataFrame, day0: Ints, sessions: pd.DatetimeIndex, spec: StudySpec
) -> OwnWindows | None:
    """Read the columns estimation_start and estimation_end; None where no row has a value.

    A value is a session relative to day 0, such as −250, or a date: a start moves to the next
    session, an end to the one before. An empty cell stands for the study's own bound.

    Args:
        labels: One row an observation on the data.
        day0: (N,) its row of the data.
        sessions: The rows of the data.
        spec: The study's options.

    Raises:
        InputError: A value is neither, a window ends before it starts or reaches the event days,
            windows lie on both sides of the event, or the study has a second or moving window.
    """
    given = [name for name in (START, END) if name in labels and labels[name].notna().any()]
    if not given or not len(labels):
        return None
    if spec.rolling or spec.post_estimation:
        option = "rolling" if spec.rolling else "post_estimation"
        raise InputError(
            f"The columns {START} and {END} give each event one estimation window; leave out "
            f"{option} or the columns."
        )
    problems: list[str] = []
    bounds = np.empty((len(labels), 2), dtype=np.int64)
    for at, (name, side, default) in enumerate(
        ((START, "left", spec.estimation.start), (END, "right", spec.estimation.end))
    ):
        bounds[:, at] = default
        if name in given:
            found, wrong = _relative(labels[name], day0, sessions, side, spec)  # type: ignore[arg-type]
            bounds[:, at] = np.where(np.isnan(found), default, found)
            problems += [
                f"{_of(labels, row)}: {name} {quoted(str(labels[name].iloc[row]))} is neither a "
                "session relative to day 0, such as -250, nor a date, such as 2024-01-02."
                for row in np.flatnonzero(wrong)[:MOST_NAMED]
            ]
    if not problems:
        problems = [*_impossible(labels, bounds, spec)]
    if problems:
        raise InputError(problems)
    hull = Window(int(bounds[:, 0].min()), int(bounds[:, 1].max()))
    return OwnWindows(bounds, spec.model_copy(update={"estimation": hull}))


def own_window_sentence(labels: pd.DataFrame) -> Iterator[str]:
    """That estimation windows are the events' own; no sentence where they are not.

    Args:
        labels: Of the estimated observations.
    """
    if {START, END} <= set(labels.columns) and len(labels):
        spans = labels[[START, END]].drop_duplicates().astype(np.int64)
        lengths = spans[END] - spans[START] + 1
        least, most = int(lengths.min()), int(lengths.max())
        long = counted(most, "session") if least == most else f"{least} to {most} sessions"
        if len(spans) == 1:
            window = Window(*spans.iloc[0].tolist())
            yield f"The events have an estimation window of their own ({START}, {END}): {window}."
            return
        yield (
            f"Each event has an estimation window of its own ({START}, {END}): "
            f"{counted(len(spans), 'different window')} of {long}; see fits."
        )


def _relative(
    values: pd.Series[Any],
    day0: Ints,
    sessions: pd.DatetimeIndex,
    side: Literal["left", "right"],
    spec: StudySpec,
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], Bools]:
    """(N,) relative sessions, NaN where a cell is empty; and which cells are wrong."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        texts = values.dt.strftime("%Y-%m-%d").astype(object).where(values.notna(), "")
    else:
        texts = values.astype(object).where(values.notna(), "")
    texts = texts.astype(str).str.strip().str.replace("−", "-").str.removesuffix(".0")
    relative = texts.str.fullmatch(_RELATIVE).to_numpy(dtype=bool)
    dated = ~relative & (texts != "").to_numpy()
    found = pd.to_numeric(texts.where(relative)).to_numpy(dtype=np.float64, copy=True)
    day = moments_of(texts.where(dated)).day
    wrong = dated & np.isnat(day)
    at = np.flatnonzero(dated & ~wrong)
    if len(at):
        known = periods(sessions.to_numpy(), spec.frequency)
        row = np.searchsorted(known, periods(day[at].astype("M8[ns]"), spec.frequency), side)
        found[at] = row - (side == "right") - day0[at]
    wrong |= np.abs(np.nan_to_num(found)) > FARTHEST
    return found, wrong


def _impossible(labels: pd.DataFrame, bounds: Ints, spec: StudySpec) -> Iterator[str]:
    """Sentences on windows that are none, or that reach the event days."""
    (first, last), span = bounds.T, spec.span
    ended = last < first
    for row in np.flatnonzero(ended)[:MOST_NAMED]:
        # Two dates in order around no row of the data come out as a window that ends first.
        asked = _in_order(labels, row)
        why = "has no row of the data" if asked else "ends before it starts"
        named = asked or str(Window(*bounds[row].tolist()))
        yield f"{_of(labels, row)}: the estimation window {named} {why}."
    overlap = (first <= span.end) & (span.start <= last) & (first <= last)
    for row in np.flatnonzero(overlap)[:MOST_NAMED]:
        yield (
            f"{_of(labels, row)}: the estimation window {Window(*bounds[row].tolist())} and the "
            f"event days {span} overlap."
        )
    gap = spec.variance_from == "day_before" and not overlap.any()
    for row in np.flatnonzero((last + 1 < span.start) & gap)[:MOST_NAMED]:
        own = Window(*bounds[row].tolist())
        yield (
            f"{_of(labels, row)}: the estimation window {own} ends before session "
            f"{span.start - 1}, from which variance_from='day_before' follows the variance to the "
            f"event days {span}."
        )
    before = last < span.start
    if not overlap.any() and before.any() and not before.all():
        row = int(np.flatnonzero(~before)[0])
        yield (
            f"{_of(labels, row)}: its estimation window lies after the event, those of others "
            "before it; study the two apart."
        )


def _in_order(labels: pd.DataFrame, row: int) -> str:
    """An event's own dates, "1990-06-01 to 1991-06-01", if both are dates in order; else empty."""
    if not {START, END} <= set(labels.columns):
        return ""
    days = moments_of(labels[[START, END]].astype(object).iloc[row].astype(str)).day
    if np.isnat(days).any() or days[1] < days[0]:
        return ""
    return f"{days[0]} to {days[1]}"


def _of(labels: pd.DataFrame, row: int) -> str:
    event_id, ticker = labels[["event_id", "ticker"]].astype(object).iloc[row].tolist()
    return f"Event {quoted(str(event_id))}, {ticker}"
