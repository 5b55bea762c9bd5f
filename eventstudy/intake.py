"""From what the user hands in to observations: registered events, or a frame of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.assembly import Assembly, Exclusions
from eventstudy.calendars import sessions_between
from eventstudy.errors import InputError
from eventstudy.events.align import align_all
from eventstudy.market.shares import read_shares
from eventstudy.numbers import window_text
from eventstudy.result import Context
from eventstudy.spec import StudySpec

if TYPE_CHECKING:
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Event, Events
    from eventstudy.market.prices import Prices

WHOLE_MARKET = "whole market"


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """Observations before they meet prices."""

    observations: pd.DataFrame
    """event_id, ticker, group, date and further columns; one row an observation."""
    extra_members: pd.DataFrame
    """event_id, ticker, group: memberships beyond the first of an asset."""
    alignments: pd.DataFrame
    """event_id, announced_at, day0, shifted, reason."""


def chosen_events(events: Events, event_ids: Sequence[str] | None) -> tuple[Event, ...]:
    """The events to study: those asked for, else the headline events, else all of them."""
    if event_ids is not None:
        if not event_ids:
            raise InputError("No event was chosen; name at least one event_id.")
        return tuple(events.select(event_ids))
    return tuple(events.headline()) or tuple(events)


def from_events(chosen: Sequence[Event], groups: Groups, spec: StudySpec) -> Intake:
    """Observations of registered events: every ticker of their groups, at their day 0.

    Raises InputError for an event that names no group: it can only be shown as a confounder.
    """
    idle = [e.event_id for e in chosen if not e.groups]
    if idle:
        raise InputError(
            [
                f"Event {event_id} names no groups or tickers, so there is nothing to study; "
                "fill its column groups."
                for event_id in idle
            ]
        )
    aligned = align_all(chosen, spec.calendar)
    rows = [
        (event.event_id, member.ticker, member.group, at.session, event.benchmark or "")
        for event, at in zip(chosen, aligned, strict=True)
        for member in groups.resolve(event.groups)
    ]
    names = ["event_id", "ticker", "group", "date", "benchmark"]
    frame = pd.DataFrame(rows, columns=names)
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
    again = frame.duplicated(["event_id", "ticker"])
    alignments = pd.DataFrame([asdict(at) for at in aligned]).rename(columns={"session": "day0"})
    alignments["announced_at"] = alignments["announced_at"].astype(str)
    alignments["day0"] = pd.to_datetime(alignments["day0"]).astype("datetime64[ns]")
    return Intake(
        frame[~again].reset_index(drop=True),
        frame.loc[again, ["event_id", "ticker", "group"]].reset_index(drop=True),
        alignments,
    )


def from_frame(observations: pd.DataFrame) -> Intake:
    """Observations that were handed in; the group is "all" where there is no such column."""
    frame = observations
    if "group" in frame:
        named = frame["group"].astype(object).where(frame["group"].notna(), "").astype(str)
        frame = frame.assign(group=named.replace("", "no group"))
    else:
        frame = frame.assign(group="all")
    return Intake(frame, frame.iloc[:0][["event_id", "ticker", "group"]], _no_alignments())


def shifted_dates(labels: pd.DataFrame) -> pd.DataFrame:
    """The observations whose date was no session of the returns: how they were moved."""
    moved = labels[labels["date"] != labels["day0"]]
    if moved.empty:
        return _no_alignments()
    asked = moved["date"].dt.strftime("%Y-%m-%d")
    placed = moved["day0"].dt.strftime("%Y-%m-%d")
    reason = asked + " is no session of the returns; day 0 is the next one, " + placed
    return pd.DataFrame(
        {
            "event_id": moved["event_id"],
            "announced_at": asked,
            "day0": moved["day0"],
            "shifted": True,
            "reason": reason,
        }
    ).reset_index(drop=True)


def _no_alignments() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": pd.Series(dtype=str),
            "announced_at": pd.Series(dtype=str),
            "day0": pd.Series(dtype="datetime64[ns]"),
            "shifted": pd.Series(dtype=bool),
            "reason": pd.Series(dtype=str),
        }
    )


CLOSES_BEFORE, CLOSES_AFTER = 60, 60
"""Sessions of closing prices kept around the studied events for the report's timeline."""


def make_context(
    events: Events, labels: pd.DataFrame, groups: Groups, prices: Prices, spec: StudySpec
) -> Context:
    """What the report tells beside the estimates."""
    registry = _registry_frame(events, groups, spec)
    tickers = [t for t in dict.fromkeys([*labels["ticker"], *labels["benchmark"]]) if t]
    shares = _shares_near(prices, labels["day0"])
    written_out = [ticker for ticker in prices.tickers if ticker in groups.names]
    names = dict.fromkeys([*tickers, *prices.benchmarks, *written_out])
    return Context(
        events=registry,
        confounders=_confounders(registry, labels, spec),
        closes=_closes_around(prices.close[tickers], labels["day0"], spec),
        names={ticker: groups.name(ticker) for ticker in names},
        group_labels={group: groups.label(group) for group in dict.fromkeys(labels["group"])},
        shares={t: shares[t] for t in tickers if t in shares},
        origin=asdict(prices.provenance),
    )


def _shares_near(prices: Prices, day0: pd.Series[pd.Timestamp]) -> dict[str, float]:
    """Packaged shares outstanding: only on the packaged closes, whose split basis they share."""
    if prices.provenance.name != "bundled" or day0.empty:
        return {}
    first, last = day0.min().date(), day0.max().date()
    return {
        ticker: known.shares
        for ticker, known in read_shares().items()
        if known.near(first) and known.near(last)
    }


def _registry_frame(events: Events, groups: Groups, spec: StudySpec) -> pd.DataFrame:
    aligned = align_all(events, spec.calendar)
    return pd.DataFrame(
        [
            {
                "event_id": event.event_id,
                "title": event.title,
                "announced_at": str(event.announced_at),
                "day0": pd.Timestamp(at.session).as_unit("ns"),
                "shifted": at.shifted,
                "shift_reason": at.reason,
                "category": event.category,
                "groups": ";".join(event.groups),
                "tickers": ";".join(m.ticker for m in groups.resolve(event.groups)),
                "headline": event.headline,
                "source": event.source,
                "notes": event.notes,
            }
            for event, at in zip(events, aligned, strict=True)
        ]
    )


def _confounders(registry: pd.DataFrame, labels: pd.DataFrame, spec: StudySpec) -> pd.DataFrame:
    """Other registered events of the same assets, or of the whole market, inside the days."""
    studied = labels.groupby("event_id", sort=False)["ticker"].agg(set)
    rows = []
    for near in _neighbours(registry, list(studied.index), spec):
        shared = sorted(near.concerned & studied[near.event_id])
        if shared or not near.concerned:
            what = ";".join(shared) if near.concerned else WHOLE_MARKET
            rows.append((near.event_id, near.confounder, near.title, near.rel_day, what))
    columns = ["event_id", "confounder", "title", "rel_day", "concerns"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["event_id", "rel_day", "confounder"], ignore_index=True
    )


class _Neighbour(NamedTuple):
    """A registered event inside the days of a studied one."""

    event_id: str
    confounder: str
    title: str
    rel_day: int
    concerned: frozenset[str]
    """Its tickers; none where it is about the whole market."""


def _neighbours(
    registry: pd.DataFrame, studied: Sequence[str], spec: StudySpec
) -> Iterator[_Neighbour]:
    """Of each studied event the other registered ones inside its days, by their day."""
    days = registry["day0"]
    sessions = sessions_between(days.min().date(), days.max().date(), spec.calendar)
    position = np.searchsorted(sessions, days.to_numpy().astype("datetime64[D]"))
    order = np.argsort(position, kind="stable")
    ids, titles = registry["event_id"].to_numpy(), registry["title"].to_numpy()
    concerned = [frozenset(str(row).split(";")) - {""} for row in registry["tickers"]]
    here = dict(zip(ids, position, strict=True))
    for event_id in studied:
        reach = here[event_id] + np.array([spec.span.start, spec.span.end + 1])
        first, last = np.searchsorted(position[order], reach)
        for row in order[first:last]:
            if ids[row] != event_id:
                rel_day = int(position[row] - here[event_id])
                yield _Neighbour(event_id, ids[row], titles[row], rel_day, concerned[row])


def without_confounded(
    assembly: Assembly, registry: Events, groups: Groups, spec: StudySpec
) -> Assembly:
    """Leave out every observation whose asset has another registered event inside the days.

    The days are `spec.span`, those that are estimated. Events of the whole market leave nothing
    out: every asset has them and the benchmark carries them; they stay among the confounders.
    """
    labels, out = assembly.labels, Exclusions(assembly.labels)
    found: dict[tuple[str, str], list[str]] = {}
    studied = list(dict.fromkeys(labels["event_id"]))
    for near in _neighbours(_registry_frame(registry, groups, spec), studied, spec):
        day = window_text((near.rel_day, near.rel_day))
        for ticker in near.concerned:
            found.setdefault((near.event_id, ticker), []).append(f"{near.confounder} ({day})")
    keys = zip(labels["event_id"], labels["ticker"], strict=True)
    others = np.array([_listed(found.get(key, ())) for key in keys], dtype=object)
    out.add(others != "", "confounders", others, lambda o: f"its days {spec.span} also hold {o}")
    kept = ~out.taken
    return replace(
        assembly,
        positions=assembly.positions.take(kept),
        labels=labels[kept].reset_index(drop=True),
        exclusions=pd.concat([assembly.exclusions, out.frame()], ignore_index=True),
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
