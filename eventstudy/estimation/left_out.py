"""Estimation windows without the days of other events, and the days that are left out named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy.arrays import Texts
from eventstudy.calendars import periods
from eventstudy.estimation.labels import COUNT, without_rows
from eventstudy.estimation.placement import Assembly
from eventstudy.models.kernel.batch import Bools, Ints, Panel, Positions
from eventstudy.spec.study_spec import PLACEBO_LIMIT, StudySpec
from eventstudy.text.numbers import counted

COLUMNS = {
    **dict.fromkeys(("event_id", "ticker"), "str"),
    "date": "datetime64[ns]",
    "reason": "str",
}


@dataclass(frozen=True, slots=True, eq=False)
class Happenings:
    """When something happened to which asset: E events of single assets and of the market."""

    name: pd.Series[str]
    """(E,) what a reason calls each."""
    ticker: pd.Series[str]
    """(E,) the asset; empty for the whole market."""
    day0: pd.Series[pd.Timestamp]
    """(E,) the session."""


def registered_happenings(registry: pd.DataFrame) -> Happenings:
    """The events of a registry, one a ticker; those without tickers concern the whole market.

    Args:
        registry: `AlignedRegistry.table`, or `Context.events`.
    """
    each = registry[["event_id", "day0"]].assign(ticker=registry["tickers"].astype(str))
    each["ticker"] = each["ticker"].str.split(";")
    each = each.explode("ticker", ignore_index=True)
    return Happenings(each["event_id"].astype(str), each["ticker"].fillna(""), each["day0"])


def observed_happenings(observations: pd.DataFrame) -> Happenings:
    """The observations of a frame: each happened to its own asset.

    Args:
        observations: event_id, ticker and date (the day 0 asked for), one row each.
    """
    return Happenings(
        observations["event_id"].astype(str), observations["ticker"], observations["date"]
    )


def cleaned(assembly: Assembly, happenings: Happenings) -> tuple[Assembly, pd.DataFrame]:
    """Take the event windows of all events of an asset, or of the market, out of its estimation.

    The sessions `spec.window` around each event's day 0 count as missing wherever they lie in an
    estimation window. An event's own window is never in its own estimation window. Events
    outside the data leave nothing out.

    Args:
        assembly: The observations on the panel.
        happenings: All events that are known.

    Returns:
        The assembly with `Panel.clean` and the label n_left_out, and the days left out: event_id,
        ticker, date, reason; empty above 1,000 observations, where only the count is kept.
    """
    panel, at, spec = assembly.panel, assembly.positions, assembly.spec
    asset_of = dict(zip(assembly.labels["ticker"].tolist(), at.asset.tolist(), strict=True))
    placed = _Placed.of(happenings, asset_of, assembly.sessions, spec)
    left = placed.days(panel.returns.shape, spec)
    with_days = replace(
        assembly,
        panel=replace(panel, clean=np.where(left, np.nan, panel.returns)),
        labels=assembly.labels.assign(**{COUNT: _counts(panel, at, left, spec)}),
    )
    if len(at) > PLACEBO_LIMIT:
        return with_days, no_days()
    return with_days, _named(with_days, left, placed, happenings.name.to_numpy(), spec)


def cleaned_returns(returns: pd.DataFrame, happenings: Happenings, spec: StudySpec) -> pd.DataFrame:
    """The returns with the event windows of their columns, and of the market, missing.

    Args:
        returns: Sessions × tickers.
        happenings: All events that are known.
        spec: The study's options.
    """
    asset_of = {str(name): at for at, name in enumerate(returns.columns)}
    placed = _Placed.of(happenings, asset_of, pd.DatetimeIndex(returns.index), spec)
    return returns.mask(placed.days(returns.shape[::-1], spec).T)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Events on the rows of a panel."""

    row: Ints
    """(E,) the row of day 0, or of the next one that has one; −1 outside the data."""
    asset: Ints
    """(E,) whose event it is; −1 of the whole market, −2 of no asset of the panel."""

    @classmethod
    def of(
        cls,
        happenings: Happenings,
        asset_of: Mapping[str, int],
        sessions: pd.DatetimeIndex,
        spec: StudySpec,
    ) -> _Placed:
        known = periods(sessions.to_numpy(), spec.frequency)
        asked = periods(happenings.day0.to_numpy(), spec.frequency)
        row: Ints = np.asarray(np.searchsorted(known, asked, side="left"), dtype=np.int64)
        row[(asked < known[0]) | (row == len(known))] = -1
        asset = happenings.ticker.map({**asset_of, "": -1}).fillna(-2).to_numpy(dtype=np.int64)
        return cls(row, np.asarray(asset, dtype=np.int64))

    def days(self, shape: tuple[int, ...], spec: StudySpec) -> Bools:
        """(A, T) the sessions inside `spec.window` around any event of an asset or the market."""
        # +1 where an event window begins, −1 behind its end, the market in a last row: where the
        # sum is positive lies an event.
        edges = np.zeros((shape[0] + 1, shape[1] + 1), dtype=np.int32)
        held = (self.row >= 0) & (self.asset >= -1)
        asset, row = self.asset[held], self.row[held]
        first = (row + spec.window.start).clip(0, shape[1])
        last = (row + spec.window.end + 1).clip(0, shape[1])
        np.add.at(edges, (asset, first), 1)  # −1 is the last row
        np.add.at(edges, (asset, last), -1)
        inside = edges.cumsum(axis=1)[:, :-1] > 0
        return np.asarray(inside[:-1] | inside[-1])

    def near(self, asset: int, day: int, spec: StudySpec) -> Bools:
        """(E,) which events of the asset or the market have the day in their window."""
        mine = (self.row >= 0) & ((self.asset == asset) | (self.asset == -1))
        away = day - self.row
        return np.asarray(mine & (away >= spec.window.start) & (away <= spec.window.end))


def left_out_sentence(labels: pd.DataFrame, spec: StudySpec) -> Iterator[str]:
    """How much of the estimation windows is left out; no sentence unless asked for.

    Args:
        labels: Of the estimated observations.
        spec: The study's options.
    """
    if not spec.clean_estimation or not len(labels):
        return
    count = labels[COUNT]
    some = int((count > 0).sum())
    if not some:
        yield "No other event falls into an estimation window: nothing was left out."
        return
    row = {"daily": "session", "weekly": "week", "monthly": "month"}[spec.frequency]
    least, most = int(count[count > 0].min()), int(count.max())
    each = counted(most, row) if least == most else f"{least} to {counted(most, row)}"
    yield (
        f"The event windows {spec.window} of other events are left out of the estimation windows: "
        f"{each} in {some:,} of {counted(len(count), 'observation')}."
    )


def no_days() -> pd.DataFrame:
    """The table of days left out without any row."""
    return without_rows(COLUMNS)


def _windows(at: Positions, spec: StudySpec) -> list[tuple[Ints, Ints]]:
    """First and last session of each estimation window, relative, for N observations."""
    if at.estimation is not None:
        return [(at.estimation[:, 0], at.estimation[:, 1])]
    return [
        (np.full(len(at), window.start), np.full(len(at), window.end))
        for window in spec.estimation_windows
    ]


def _counts(panel: Panel, at: Positions, left: Bools, spec: StudySpec) -> Ints:
    """(N,) returns that each observation would have and leaves out."""
    sessions = panel.returns.shape[1]
    before = np.zeros((len(panel.returns), sessions + 1), dtype=np.int32)
    np.cumsum(left & np.isfinite(panel.returns), axis=1, out=before[:, 1:])
    total = np.zeros(len(at), dtype=np.int64)
    for first, last in _windows(at, spec):
        ends = [(at.day0 + day).clip(0, sessions) for day in (first, last + 1)]
        total += before[at.asset, ends[1]] - before[at.asset, ends[0]]
    return total


def _named(
    assembly: Assembly, left: Bools, placed: _Placed, names: Texts, spec: StudySpec
) -> pd.DataFrame:
    """A row an observation and day left out, with the events whose window holds the day."""
    labels, at, returns = assembly.labels, assembly.positions, assembly.panel.returns
    event_ids, tickers = (labels[name].to_numpy() for name in ("event_id", "ticker"))
    parts: list[tuple[object, str, pd.Timestamp, str]] = []
    for i in np.flatnonzero(labels[COUNT].to_numpy()).tolist():
        asset, day0 = int(at.asset[i]), int(at.day0[i])
        for first, last in _windows(at.take(np.array([i])), spec):
            low, high = day0 + int(first[0]), day0 + int(last[0]) + 1
            days = np.arange(max(low, 0), min(high, returns.shape[1]))
            days = days[left[asset, days] & np.isfinite(returns[asset, days])]
            for day in days.tolist():
                near = dict.fromkeys(names[placed.near(asset, day, spec)])
                reason = f"event window of {', '.join(near)}"
                parts.append((event_ids[i], tickers[i], assembly.sessions[day], reason))
    return pd.DataFrame(parts, columns=list(COLUMNS)) if parts else no_days()
