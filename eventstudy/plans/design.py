"""What the tests of a plan could find, from the prices of the estimation window alone.

The errors of a forecast need the regressors of the event days, which are not known yet. They are
given the mean return of the estimation window, so that every series goes on as it went on average;
no price of the event days is looked at, whether there is one or not.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy.calendars import as_day64, periods, sessions_of
from eventstudy.errors import InputError
from eventstudy.prices.prices import Prices
from eventstudy.spec.study_spec import StudySpec


@dataclass(frozen=True, eq=False)
class WindowRows:
    """The rows around one event: those of the prices, and those still to come."""

    rows: pd.DatetimeIndex
    at: int
    """Which of them is day 0."""

    def estimation(self, spec: StudySpec) -> slice:
        """The rows whose prices the estimation uses: its window and the row before it.

        Args:
            spec: The options of the study.
        """
        reach = spec.estimation_reach
        first = max(self.at + reach.start - 1, 0)
        return slice(first, max(self.at + reach.end + 1, first))


def require_before(spec: StudySpec) -> None:
    """Refuse a study whose estimation needs days that no plan can know.

    Args:
        spec: The options of the study.

    Raises:
        InputError: The estimation window lies after the event, or a second one does.
    """
    if spec.estimation.start > spec.span.end or spec.post_estimation is not None:
        raise InputError(
            "A plan needs an estimation window before the event; leave out post_estimation, and "
            "end the estimation window before the event days."
        )


def window_rows(prices: Prices, day0: dt.date, spec: StudySpec) -> WindowRows:
    """Where the windows of an event lie, on the prices' rows and on those after their end.

    Args:
        prices: As far as they are known.
        day0: The session of the event.
        spec: The options of the study.

    Raises:
        InputError: The calendar does not reach the event days.
    """
    rows = prices.sessions
    wanted = periods(np.array([as_day64(day0)], dtype="datetime64[ns]"), spec.frequency)[0]
    while True:
        numbers = periods(rows.to_numpy(), spec.frequency)
        at = int(numbers.searchsorted(wanted))
        lacking = max(at + spec.span.end + 1 - len(rows), 0)
        if at < len(rows) and not lacking:
            return WindowRows(rows, at)
        rows = _joined(rows, _next_rows(rows[-1], max(lacking, 1), day0, spec))


def _next_rows(last: pd.Timestamp, count: int, day0: dt.date, spec: StudySpec) -> pd.DatetimeIndex:
    """Rows after the last one: at least so many, and as many as lead to day 0."""
    if spec.frequency == "daily":
        days = sessions_of(spec.calendar).days
        first = int(days.searchsorted(np.datetime64(last, "D"), side="right"))
        until = int(days.searchsorted(as_day64(day0), side="right"))
        more = days[first : max(first + count, until)].astype("datetime64[ns]")
    elif spec.frequency == "weekly":
        more = (last + pd.to_timedelta(7 * np.arange(1, count + 1), unit="D")).to_numpy()
    else:
        month = last.to_period("M")
        more = np.array(
            [(month + n).end_time.normalize().to_datetime64() for n in range(1, count + 1)]
        )
    if not len(more):
        raise InputError(
            f"The calendar {spec.calendar} ends before the event days; check the date of the event."
        )
    return pd.DatetimeIndex(more).as_unit("ns")


def _joined(rows: pd.DatetimeIndex, more: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(rows.append(more), name=rows.name)


def design_prices(prices: Prices, layout: WindowRows, spec: StudySpec) -> Prices:
    """Prices up to the end of the estimation window, which then go on as they went on average.

    Args:
        prices: As far as they are known.
        layout: Of the event.
        spec: The options of the study.
    """
    used = layout.estimation(spec)
    kept, more = layout.rows[: used.stop], layout.rows[used.stop :]
    more = more[: layout.at + spec.span.end + 1 - used.stop]
    window = layout.rows[used]
    levels = set(spec.levels) if spec.returns == "difference" else set()
    additive = [
        name
        for name in prices.tickers
        if spec.returns == "difference" and (not levels or name in levels)
    ]

    def on(frame: pd.DataFrame) -> pd.DataFrame:
        known = frame.reindex(kept)
        return pd.concat([known, _onward(known, window, more, additive)])

    returns = prices.returns
    index = _joined(kept, more)
    return replace(
        prices,
        close=on(prices.close),
        adj_close=on(prices.adj_close),
        returns=None if returns is None else _at_mean(returns, window, index, len(kept)),
        factors=None
        if prices.factors is None
        else _at_mean(prices.factors, window, index, len(kept)),
        flags=(),
        dropped=(),
    )


def _onward(
    known: pd.DataFrame, window: pd.DatetimeIndex, more: pd.DatetimeIndex, additive: list[str]
) -> pd.DataFrame:
    """The rows after the known ones, each series with its mean change of the window."""
    inside = known.reindex(window)
    steps = np.arange(1, len(more) + 1)[:, None]
    last = inside.ffill().iloc[-1].to_numpy(dtype=np.float64)
    growth = (inside / inside.shift(1) - 1).mean().to_numpy(dtype=np.float64)
    path = last * (1 + growth) ** steps
    change = inside.diff().mean().to_numpy(dtype=np.float64)
    plain = last + change * steps
    sums = known.columns.isin(additive)
    return pd.DataFrame(np.where(sums, plain, path), index=more, columns=known.columns)


def _at_mean(
    frame: pd.DataFrame, window: pd.DatetimeIndex, index: pd.DatetimeIndex, kept: int
) -> pd.DataFrame:
    """Returns or factors of which the rows after the known ones are the mean of the window."""
    found = frame.reindex(index)
    mean = frame.reindex(window[1:]).mean().to_numpy(dtype=np.float64)
    found.iloc[kept:] = np.broadcast_to(mean, (len(index) - kept, frame.shape[1]))
    return found
