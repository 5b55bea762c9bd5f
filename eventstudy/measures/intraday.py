"""Intraday event studies: the event window in minutes, on the same kernel, tests and result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints, Stamps
from eventstudy.calendars import sessions_of
from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.observations import chosen_events, from_frame
from eventstudy.estimation.observed import check_observations
from eventstudy.event_study import EventStudy
from eventstudy.events.groups import Groups, read_groups
from eventstudy.events.registry import Events
from eventstudy.files.frames import as_pandas, is_frame
from eventstudy.measures.bars import read_bars, utc_stamps
from eventstudy.measures.minutes import MinuteGrid, Stamp, bar_length, lay
from eventstudy.measures.wording import reworded
from eventstudy.models.registry import get_model
from eventstudy.spec.fields import Pair
from eventstudy.spec.study_spec import DEFAULTS, StudySpec
from eventstudy.spec.windows import FARTHEST, Window

if TYPE_CHECKING:
    from eventstudy.result.result import StudyResult


MOMENTS = ("announced_at", "timestamp", "time", "date")
"""Columns looked for as the moment of an event, in this order."""

FAR = (-FARTHEST, 9 - FARTHEST)
"""Stands for the estimation window while its length in bars is not known."""

COPY = "#"
"""Between a ticker and the number of its observation, inside the study only."""


def intraday_study(
    events: Events | pd.DataFrame,
    bars: pd.DataFrame | str | Path,
    *,
    benchmark: str | None = None,
    model: str = DEFAULTS.model,
    window: Pair | str = (-30, 60),  # in bars, as are the CARs and min_obs: not those of days
    car: Sequence[Pair | str] = ((0, 0), (0, 5), (0, 30), (0, 60)),
    estimation_sessions: int = 20,
    same_minutes: bool = True,
    tests: str | Sequence[str] = DEFAULTS.tests,
    min_obs: int = 120,
    calendar: str = DEFAULTS.calendar,
    bar: str = "1min",
    stamp: Stamp = "start",
    tz: str | None = None,
    confidence: float = DEFAULTS.confidence,
    seed: int = DEFAULTS.seed,
    groups: Groups | str | Path | None = None,
    event_ids: Sequence[str] | None = None,
    engine: str = "serial",
) -> StudyResult:
    """Study events by the minute: windows, CARs and tests count bars instead of sessions.

    Minute 0 is the bar in which the announcement falls; while the exchange is closed it is the
    first bar of the next session, and `alignments` says so. Returns lie within a session: the night
    is no minute return, so a window that spans it leaves the opening jump out, and news of the
    night show only what the session adds. The first bar of a session has a return only where its
    opening price is known; without opening prices it is a base price and minute 0 is the bar after
    it. Missing minutes stay missing; half days are as long as they were. The labels date and day0
    are minute 0 in UTC, minute0 the same in the exchange's time.

    Args:
        events: A registry whose announced_at have a time, or a frame with event_id, ticker and
            announced_at (or timestamp): a time with its offset, or in the zone `tz`.
        bars: A long frame or a CSV or Parquet file with timestamp, ticker, price (or close) and,
            if there is one, open; the benchmark is one of the tickers. Finer data than `bar` are
            merged, the last price of a bar counts.
        benchmark: Ticker of the benchmark; each event's own, else ^GSPC, if None.
        model: Name of the normal-return model.
        window: Bars to estimate relative to minute 0, both ends included. The defaults of a study
            count sessions and do not apply here.
        car: Windows in bars whose abnormal returns are summed.
        estimation_sessions: How many sessions before the window's own are estimated on.
        same_minutes: Estimate on the same time of day as the event days' minutes only (default),
            because variance is several times larger at the open than at noon; False takes every
            minute of those sessions.
        tests: "default", "all" or names.
        min_obs: Least number of valid estimation minutes.
        calendar: The exchange whose sessions count.
        bar: Length of a bar, from "1s" to "4h".
        stamp: Whether a bar is stamped with its "start" or its "end".
        tz: The zone of times that are written without one, such as "America/New_York".
        confidence: Level of the intervals.
        seed: Of the tests that resample.
        groups: Which tickers the names in a registry stand for; the packaged file if None.
        event_ids: Events of the registry to study; all if None.
        engine: "serial", "processes" or "dask".

    Raises:
        InputError: Wrong bars, events or options.
        DataMissingError: No bar lies in a session, or the benchmark has no bars.
    """
    length = bar_length(bar)
    if not isinstance(estimation_sessions, int) or estimation_sessions < 1:
        raise InputError(
            f"Option estimation_sessions: {estimation_sessions!r} is not a number of sessions; "
            "give 1 or more."
        )
    windows = StudySpec(window=window, car=car, estimation=FAR, min_obs=3)
    grid = lay(read_bars(bars, tz), calendar, length, stamp)
    reach = (estimation_sessions + int(same_minutes)) * grid.per_session
    study = EventStudy(
        model=model,
        benchmark=benchmark,
        estimation=(windows.span.start - reach, windows.span.start - 1),
        window=window,
        car=car,
        tests=tests,
        min_obs=min_obs,
        compare=(),
        confidence=confidence,
        calendar=calendar,
        seed=seed,
    )
    observations, moments = _observations(events, groups, event_ids, tz)
    placed, zero = _placed(observations, moments, grid, calendar)
    returns, original = grid.returns, dict[str, str]()
    if same_minutes:
        placed, returns, original = _same_minutes(
            placed, zero, grid, windows.span, estimation_sessions, study.spec.benchmark
        )
    result = study.run_placed(from_frame(placed), returns, engine)
    result = replace(
        result,
        assets=_renamed(result.assets, original, grid),
        portfolios=_renamed(result.portfolios, original, grid),
        exclusions=result.exclusions.assign(
            ticker=result.exclusions["ticker"].map(lambda name: original.get(name, name))
        ),
        alignments=_alignments(placed, moments, zero, grid, calendar),
    )
    label = f"{get_model(model).label}, {bar} bars"
    notes = (*grid.notes, *_notes(grid, estimation_sessions, same_minutes))
    return reworded(result, label, notes, {"return on day": "return in minute"})


def _notes(grid: MinuteGrid, sessions: int, same_minutes: bool) -> tuple[str, ...]:
    at = "the same minutes" if same_minutes else "all minutes"
    opening = (
        "the first minute runs from the opening price"
        if grid.opening
        else "without opening prices the first bar of a session has no return"
    )
    return (
        f"Estimated on {at} of the {sessions} sessions before.",
        f"No return covers the night; {opening}.",
    )


def _observations(
    events: Events | pd.DataFrame,
    groups: Groups | str | Path | None,
    event_ids: Sequence[str] | None,
    tz: str | None,
) -> tuple[pd.DataFrame, Stamps]:
    """Checked observations, and the moment of each in UTC."""
    if isinstance(events, Events):
        events = _members(events, groups, event_ids)
    if not is_frame(events):
        raise InputError(
            f"events is a {type(events).__name__}; give what read_events returns, or a "
            "DataFrame with event_id, ticker and announced_at."
        )
    events = as_pandas(events, "observations")
    name = next((column for column in MOMENTS if column in events.columns), None)
    if name is None:
        raise InputError(
            "The observations lack the column announced_at; "
            f"found: {', '.join(map(str, events.columns))}."
        )
    moments = utc_stamps(events[name], f"The observations, column {name}", tz)
    days = pd.Series(moments.astype("datetime64[D]").astype("datetime64[ns]"), index=events.index)
    return check_observations(events.assign(date=days)).frame, moments


def _members(
    events: Events, groups: Groups | str | Path | None, event_ids: Sequence[str] | None
) -> pd.DataFrame:
    known = groups if isinstance(groups, Groups) else read_groups(groups)
    rows = [
        (event.event_id, member.ticker, member.group, str(event.announced_at), event.benchmark)
        for event in chosen_events(events, event_ids)
        for member in known.resolve(event.groups)
    ]
    columns = ["event_id", "ticker", "group", "announced_at", "benchmark"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(["event_id", "ticker"])


def _placed(
    observations: pd.DataFrame, moments: Stamps, grid: MinuteGrid, calendar: str
) -> tuple[pd.DataFrame, Ints]:
    """The observations at their minute 0, and its row of the grid.

    A moment outside the grid stays what it is, so that the study excludes it with the reason.
    """
    zero = grid.end.searchsorted(moments, side="right").astype(np.int64)
    outside = (moments < grid.start[0]) | (zero >= len(grid.start))
    at = np.where(outside, moments, grid.start[zero.clip(max=len(grid.start) - 1)])
    frame = observations.assign(
        date=at.astype("datetime64[ns]"),
        minute0=_local(at, calendar),
        announced_at=_local(moments, calendar),
    )
    return frame, np.where(outside, -1, zero)


def _local(stamps: Stamps, calendar: str) -> list[str]:
    """Times as ISO text in the exchange's zone."""
    zone = sessions_of(calendar).calendar.tz
    times = pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone)
    return [time.isoformat(timespec="seconds") for time in times]


def _same_minutes(
    placed: pd.DataFrame,
    zero: Ints,
    grid: MinuteGrid,
    span: Window,
    sessions: int,
    benchmark: str | None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Each observation with a column of its own, where other minutes of the past are missing.

    Returns the observations under the names of their columns, the returns with these columns
    beside the original ones, and which ticker each of them stands for.
    """
    market = pd.Series(benchmark or placed.get("benchmark", ""), index=placed.index)
    rows = (zero >= 0) & placed["ticker"].isin(grid.returns.columns) & (placed["ticker"] != market)
    which = np.flatnonzero(rows)
    bars = len(grid.start)
    days = zero[which][:, None] + np.arange(span.start, span.end + 1)
    inside = (days >= 0) & (days < bars)
    days = days.clip(0, bars - 1)
    wanted = np.zeros((len(which), int(grid.slot.max()) + 1), dtype=bool)
    member = np.broadcast_to(np.arange(len(which))[:, None], days.shape)
    wanted[member[inside], grid.slot[days][inside]] = True
    first = (zero[which] + span.start).clip(0, bars - 1)
    age = grid.session[first] - grid.session[:, None]
    past = (age >= 1) & (age <= sessions) & wanted[:, grid.slot].T
    keep = past | (np.arange(bars)[:, None] >= first)

    tickers = placed["ticker"].to_numpy(dtype=object)
    values = grid.returns[list(tickers[which])].to_numpy()
    names = [f"{tickers[i]}{COPY}{i}" for i in which]
    copies = pd.DataFrame(np.where(keep, values, np.nan), grid.returns.index, names)
    renamed = tickers.copy()
    renamed[which] = names
    return (
        placed.assign(ticker=renamed),
        pd.concat([grid.returns, copies], axis=1),
        dict(zip(names, tickers[which], strict=True)),
    )


def _renamed(estimates: Estimates, original: dict[str, str], grid: MinuteGrid) -> Estimates:
    """The estimates under their own tickers, on the minutes of the grid."""
    labels = estimates.labels.assign(
        ticker=estimates.labels["ticker"].map(lambda name: original.get(name, name))
    )
    if "members" in labels:
        labels["members"] = labels["members"].map(
            lambda names: ";".join(original.get(name, name) for name in str(names).split(";"))
        )
    return replace(estimates, labels=labels, sessions=grid.start.astype("datetime64[s]"))


def _alignments(
    placed: pd.DataFrame, moments: Stamps, zero: Ints, grid: MinuteGrid, calendar: str
) -> pd.DataFrame:
    """How each event's moment became minute 0."""
    start = grid.start[zero.clip(0)]
    late = (zero >= 0) & (moments < start)
    length = grid.end[0] - grid.start[0]
    first_bar = late & (not grid.opening) & (moments >= start - length)
    why = np.where(
        first_bar,
        "the first bar of a session has no return without an opening price",
        f"{calendar} was closed at the announcement",
    )
    reasons = [
        f"{reason}; minute 0 begins {minute}" if moved else ""
        for reason, minute, moved in zip(why, placed["minute0"], late, strict=True)
    ]
    table = placed[["event_id", "announced_at"]].assign(
        day0=placed["date"], shifted=late, reason=reasons
    )
    return table.drop_duplicates("event_id").reset_index(drop=True)
