"""What a result keeps of its registry and prices, for a report without network or refit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.calendars import periods
from eventstudy.estimation.placement import Assembly, Exclusions
from eventstudy.events.confounders import confounders_of, neighbours
from eventstudy.events.groups import Groups, read_groups
from eventstudy.prices.shares import read_shares
from eventstudy.spec.study_spec import StudySpec
from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.numbers import counted, window_text
from eventstudy.text.table import PlainTable
from eventstudy.text.words import date_text

if TYPE_CHECKING:
    from eventstudy.events.aligned import AlignedRegistry
    from eventstudy.prices.prices import Prices


ALL = "all"
"""The group of a frame without groups."""
CLOSES_BEFORE, CLOSES_AFTER = 60, 60
"""Sessions of closing prices kept around the studied events for the report's timeline."""


@dataclass(frozen=True, eq=False, repr=False)
class Context(Shown):
    """What a report tells beside the estimates, of registered events or of a frame of one row."""

    events: pd.DataFrame
    """All events of the registry: event_id, title, announced_at, day0, shifted, shift_reason,
    category, groups, headline, source, notes."""
    confounders: pd.DataFrame
    """Registered events inside a studied event's days: event_id, confounder, title, rel_day,
    concerns (tickers, or "whole market")."""
    closes: pd.DataFrame
    """(sessions × tickers) closing prices around the studied events."""
    names: Mapping[str, str]
    """Ticker → written-out name."""
    group_labels: Mapping[str, str]
    """Group → how a report calls it."""
    shares: Mapping[str, float]
    """Ticker → shares outstanding on the split basis of the closes."""
    origin: Mapping[str, str]
    """Of the prices: name, description, retrieved, sha256, note."""

    def _brief(self) -> Brief:
        events = self.events
        rows = [
            (str(row.event_id), f"{row.day0:%Y-%m-%d}", str(row.title))
            for row in events.head(MOST_ROWS).itertuples()
        ]
        heads = ("event", "day 0", "title")
        listing = PlainTable.of(heads, rows, len(events), (0, 2), more="events")
        finding = (
            f"{counted(len(events), 'registered event')}, {counted(len(self.confounders), 'row')} "
            "of confounders"
        )
        return Brief(finding, f"Prices: {self.origin.get('description', '')}.", (listing,))


def context_for(
    registered: AlignedRegistry | None,
    labels: pd.DataFrame,
    prices: Prices | None,
    spec: StudySpec,
) -> Context | None:
    """What the report tells beside the estimates; None without an event or prices.

    Args:
        registered: The registry, of which all events are aligned; None for a frame.
        labels: One row an estimated observation: event_id, ticker, group, date, day0, benchmark.
        prices: The loaded prices of the study, where there are any.
        spec: The study's options.
    """
    if prices is None:
        return None
    if registered is not None:
        return _context(registered.table, registered.groups, labels, prices, spec)
    if len(labels) != 1:
        return None
    groups = read_groups()
    named = labels.assign(event_id=labels["event_id"].astype(str))
    lone = named.iloc[0]
    found = _context(_registry_of(lone, groups), groups, named, prices, spec)
    if lone["group"] != ALL:
        return found
    return replace(found, group_labels={ALL: groups.name(str(lone["ticker"]))})


def _registry_of(row: pd.Series[Any], groups: Groups) -> pd.DataFrame:
    """The only observation of a frame as the only event of a registry; see `AlignedRegistry`."""
    asked, day0 = pd.Timestamp(row["date"]), pd.Timestamp(row["day0"])
    ticker = str(row["ticker"])
    title = row.get("title")
    given = isinstance(title, str) and bool(title.strip())
    return pd.DataFrame(
        [
            {
                "event_id": row["event_id"],
                "title": title if given else f"{groups.name(ticker)} on {date_text(asked)}",
                "announced_at": f"{asked:%Y-%m-%d}",
                "day0": day0.as_unit("ns"),
                "shifted": asked != day0,
                "shift_reason": "",
                "category": "",
                "groups": ticker,
                "tickers": ticker,
                "headline": True,
                "source": "",
                "notes": "",
            }
        ]
    )


def _context(
    table: pd.DataFrame, groups: Groups, labels: pd.DataFrame, prices: Prices, spec: StudySpec
) -> Context:
    tickers = [t for t in dict.fromkeys([*labels["ticker"], *labels["benchmark"]]) if t]
    shares = shares_near(prices, labels["day0"])
    written_out = [ticker for ticker in prices.tickers if ticker in groups.names]
    names = dict.fromkeys([*tickers, *prices.benchmarks, *written_out])
    events = _on_rows(table, prices.sessions, spec)
    return Context(
        events=events,
        confounders=confounders_of(events, labels, spec),
        closes=_closes_around(prices.close[tickers], labels["day0"], spec),
        names={ticker: groups.name(ticker) for ticker in names},
        group_labels={group: groups.label(group) for group in dict.fromkeys(labels["group"])},
        shares={t: shares[t] for t in tickers if t in shares},
        origin=asdict(prices.provenance),
    )


def _on_rows(events: pd.DataFrame, rows: pd.DatetimeIndex, spec: StudySpec) -> pd.DataFrame:
    """The events with the row of their week or month as day 0; those of a daily study as they are.

    Events beyond the data keep their session.
    """
    if spec.frequency == "daily":
        return events
    wanted = periods(events["day0"].to_numpy(), spec.frequency)
    at = np.searchsorted(periods(rows.to_numpy(), spec.frequency), wanted)
    inside = at < len(rows)
    day0 = events["day0"].where(~inside, rows.to_numpy()[np.minimum(at, len(rows) - 1)])
    return events.assign(day0=day0)


def shares_near(prices: Prices, day0: pd.Series[pd.Timestamp]) -> dict[str, float]:
    """Packaged shares outstanding: only on the packaged closes, whose split basis they share."""
    if prices.provenance.name != "bundled" or day0.empty:
        return {}
    first, last = day0.min().date(), day0.max().date()
    return {
        ticker: known.shares
        for ticker, known in read_shares().items()
        if known.near(first) and known.near(last)
    }


def without_confounded(
    assembly: Assembly, registered: AlignedRegistry, spec: StudySpec
) -> Assembly:
    """Leave out every observation whose asset has another registered event inside the days.

    The days are `spec.span`, those that are estimated. Events of the whole market leave nothing
    out: every asset has them and the benchmark carries them; they stay among the confounders.

    Args:
        assembly: The observations on the panel.
        registered: The registry, of which all events are aligned.
        spec: The study's options.
    """
    labels, out = assembly.labels, Exclusions(assembly.labels)
    nearby: dict[tuple[str, str], list[str]] = {}
    studied = list(dict.fromkeys(labels["event_id"]))
    for near in neighbours(registered.table, studied, spec):
        day = window_text((near.rel_day, near.rel_day))
        for ticker in near.concerned:
            nearby.setdefault((near.event_id, ticker), []).append(f"{near.confounder} ({day})")
    keys = zip(labels["event_id"], labels["ticker"], strict=True)
    others = np.array([_listed(nearby.get(key, ())) for key in keys], dtype=object)
    out.add(others != "", "confounders", others, lambda o: f"its days {spec.span} also hold {o}")
    kept = ~out.taken
    return replace(
        assembly,
        positions=assembly.positions.take(kept),
        labels=labels[kept].reset_index(drop=True),
        exclusions=pd.concat([assembly.exclusions, out.frame()], ignore_index=True),
        keys=assembly.keys.take(kept),
    )


def _listed(names: Sequence[str]) -> str:
    *most, last = names or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def _closes_around(
    close: pd.DataFrame, day0: pd.Series[pd.Timestamp], spec: StudySpec
) -> pd.DataFrame:
    if day0.empty:
        return close.iloc[:0]
    first = close.index.searchsorted(day0.min()) - max(CLOSES_BEFORE, 1 - spec.span.start)
    last = close.index.searchsorted(day0.max()) + max(CLOSES_AFTER, spec.span.end)
    return close.iloc[max(int(first), 0) : int(last) + 1]
