"""Observations and the firms that may be compared with them, when their holding period begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.calendars import periods
from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.intake import admitted_from
from eventstudy.estimation.labels import ticker_text
from eventstudy.estimation.observed import check_observations
from eventstudy.estimation.placement import Exclusions
from eventstudy.measures.characteristics import read_characteristics
from eventstudy.prices.prices import Prices
from eventstudy.spec.arguments import several, whole_number
from eventstudy.spec.study_spec import Frequency
from eventstudy.spec.windows import Window
from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.numbers import counted
from eventstudy.text.table import PlainTable

LISTED = ("event_id", "ticker", "benchmark", "portfolio", "members", "control", "replaced_by")
"""Columns that are printed."""

STAGE = "benchmark"
"""The step at which observations without a benchmark fall out."""


@dataclass(frozen=True, eq=False, repr=False)
class Benchmarks(Shown):
    """Observations with benchmarks of their own, and the returns that contain these.

    `EventStudy(model="market_adjusted", …).run(found.observations, returns=found.returns)` studies
    them; car windows must begin where the holding period does.
    """

    observations: pd.DataFrame
    """event_id, ticker, date and further columns, with `benchmark`; those that have one."""
    returns: pd.DataFrame
    """Sessions × tickers in decimals, with a column for each benchmark that is not a ticker."""
    table: pd.DataFrame
    """What each benchmark is, one row an observation: event_id, ticker, benchmark, known_at (the
    session whose characteristics count), then portfolio and members, or control and replaced_by."""
    exclusions: pd.DataFrame
    """event_id, ticker, stage, reason of the observations without a benchmark."""

    def _brief(self) -> Brief:
        heads = [name for name in self.table.columns if name in LISTED]
        rows = [tuple(map(str, row)) for row in self.table[heads].head(MOST_ROWS).to_numpy()]
        listing = PlainTable.of(heads, rows, len(self.table), words=range(len(heads)), more="table")
        finding = (
            f"{counted(len(self.observations), 'observation')} with a benchmark, "
            f"{len(self.exclusions):,} without"
        )
        return Brief(finding, "Study them with model market_adjusted.", (listing,))


@dataclass(frozen=True, slots=True, eq=False)
class Formed:
    """N observations on T sessions, and the characteristics of A firms on U formation days."""

    frame: pd.DataFrame
    """The observations."""
    wide: pd.DataFrame
    """Sessions × tickers, in decimals."""
    held: Window
    """The holding period."""
    asset: Ints
    """(N,) column; 0 where excluded."""
    first: Ints
    """(N,) first session of the holding period; 1 where excluded."""
    formation: Ints
    """(N,) which of the U formation days: the session before."""
    values: Floats
    """(U, A, C) characteristics."""
    sorted: Bools
    """(U, A) firms with characteristics and a return on the day."""
    possible: Bools
    """(U, A) those of them that may be members or controls."""
    out: Exclusions
    """Observations that are excluded so far."""

    @property
    def returns(self) -> Floats:
        """(T, A) in decimals."""
        return self.wide.to_numpy()

    @property
    def tickers(self) -> pd.Index[str]:
        """(A,) names of the columns."""
        return self.wide.columns

    @property
    def open(self) -> Bools:
        """(N,) observations that nothing excludes so far."""
        return ~self.out.taken

    def exclude(self, where: Bools, reasons: Sequence[str]) -> None:
        """Exclude observations, each with its reason; an earlier reason stands.

        Args:
            where: (N,) those to exclude.
            reasons: (N,) why.
        """
        self.out.add(where, STAGE, np.array(reasons, dtype=object), str)

    def names(self, kind: str) -> list[str]:
        """A name for a column of each open observation: ticker, date and kind."""
        rows = self.frame[self.open]
        pairs = zip(rows["ticker"], rows["date"], strict=True)
        return [f"{ticker} {date:%Y-%m-%d} {kind}" for ticker, date in pairs]

    def benchmarks(
        self, names: Sequence[str], added: Mapping[str, Floats], facts: Mapping[str, object]
    ) -> Benchmarks:
        """The answer for the open observations.

        Args:
            names: The benchmark of each.
            added: Names and (T,) returns of those that are no tickers.
            facts: Further columns of the table.

        Raises:
            InputError: None is open.
        """
        if not self.open.any():
            reason = self.out.frame()["reason"].iloc[0]
            raise InputError(f"No observation has a benchmark; of the first, {reason}.")
        frame = self.frame[self.open].reset_index(drop=True)
        known_at = self.wide.index[self.first[self.open] - 1]
        keys = {"event_id": frame["event_id"], "ticker": frame["ticker"]}
        table = pd.DataFrame({**keys, "benchmark": names, "known_at": known_at, **facts})
        made = np.array(list(added.values())).reshape(len(added), len(self.wide)).T
        columns = pd.DataFrame(made, self.wide.index, list(added))
        returns = pd.concat([self.wide, columns], axis=1)
        return Benchmarks(frame.assign(benchmark=names), returns, table, self.out.frame())


def form(
    observations: pd.DataFrame,
    characteristics: pd.DataFrame,
    prices: Prices | pd.DataFrame | None,
    returns: pd.DataFrame | None,
    *,
    names: tuple[str, ...],
    held: Window,
    max_age: int,
    leave_out: Collection[str],
    calendar: str,
    frequency: Frequency,
    positive: Collection[str] = (),
) -> Formed:
    """Place observations on the sessions, with everybody's characteristics on the session before.

    Args:
        observations: As the public functions take them.
        characteristics: The same.
        prices: The same.
        returns: The same.
        names: The characteristics to use.
        held: The holding period in sessions from day 0.
        max_age: Days after which a row of characteristics no longer counts.
        leave_out: Tickers that are neither members nor controls.
        calendar: The exchange's calendar.
        frequency: Of the rows.
        positive: Characteristics whose ratios count, so that they must be above 0.
    """
    whole_number(max_age, "max_age")
    if frequency not in get_args(Frequency):
        raise unknown_name("frequency", frequency, get_args(Frequency))
    frame = check_observations(observations, calendar).frame
    wide = admitted_from(prices, returns, kind="simple", asked=frequency, calendar=calendar).returns
    known = read_characteristics(characteristics, names, wide.columns, positive)
    out = Exclusions(frame)
    sessions = pd.DatetimeIndex(wide.index)
    asset = wide.columns.get_indexer(pd.Index(frame["ticker"])).astype(np.int64)
    out.add(asset < 0, "prices", "ticker", lambda t: f"{t} is not in the prices")
    rows = periods(sessions.to_numpy(), frequency)
    day0 = np.searchsorted(rows, periods(frame["date"].to_numpy(), frequency), side="left")
    first = day0 + held.start
    beyond = (first < 1) | (first >= len(sessions)) | (day0 >= len(sessions))
    out.add(beyond, "events", "date", partial(_beyond, sessions=sessions, held=held))
    first, asset = np.where(out.taken, 1, first), np.where(out.taken, 0, asset)
    before, formation = np.unique(first - 1, return_inverse=True)
    stamps = sessions[before].to_numpy().astype("datetime64[D]").astype(np.int64)
    values, there = known.known_at(stamps, wide.shape[1], max_age)
    there &= np.isfinite(wide.to_numpy()[before])
    formed = Formed(
        frame=frame,
        wide=wide,
        held=held,
        asset=asset,
        first=first,
        formation=formation.reshape(-1),
        values=values,
        sorted=there,
        possible=there
        & ~wide.columns.isin([ticker_text(ticker) for ticker in several(leave_out, "leave_out")]),
        out=out,
    )
    reason = f"no {' and '.join(names)} is known, or no return, on the session before it is held"
    formed.exclude(~there[formed.formation, asset], [reason] * len(frame))
    return formed


def _beyond(date: pd.Timestamp, sessions: pd.DatetimeIndex, held: Window) -> str:
    span = f"{sessions[0]:%Y-%m-%d} to {sessions[-1]:%Y-%m-%d}"
    return f"day {held.start:+d} of {date:%Y-%m-%d} and the session before it are not in {span}"
