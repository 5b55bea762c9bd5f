"""From what the user hands in to observations: registered events, or a frame of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.calendars import periods
from eventstudy.errors import InputError
from eventstudy.estimation.labels import ALIGNMENTS, Coded, Keys, same_text, without_rows

if TYPE_CHECKING:
    from eventstudy.events.aligned import AlignedRegistry
    from eventstudy.events.event import Event
    from eventstudy.events.registry import Events
    from eventstudy.spec.study_spec import Frequency


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """Observations before they meet prices."""

    observations: pd.DataFrame
    """event_id, ticker, group, date and further columns; one row an observation."""
    extra_members: pd.DataFrame
    """event_id, ticker, group: memberships beyond the first of an asset."""
    alignments: pd.DataFrame
    """event_id, announced_at, day0, shifted, reason."""
    keys: Keys
    """Of `observations`."""


def chosen_events(events: Events, event_ids: Sequence[str] | None) -> tuple[Event, ...]:
    """The events to study: those asked for, else the headline events, else all of them.

    Args:
        events: The registry.
        event_ids: Ids of events; None for the headline events, else all.

    Raises:
        InputError: An id is not in the registry, or the list is empty.
    """
    if event_ids is not None:
        if not event_ids:
            raise InputError("No event was chosen; name at least one event_id.")
        return tuple(events.select(event_ids))
    return tuple(events.headline()) or tuple(events)


def from_events(chosen: Sequence[Event], registered: AlignedRegistry) -> Intake:
    """Observations of registered events: every ticker of their groups, at their day 0.

    Args:
        chosen: The events to study.
        registered: Their registry; the chosen events are aligned.

    Raises:
        InputError: An event names no group: it can only be shown as a confounder.
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
    aligned = [registered.alignments[event.event_id] for event in chosen]
    rows = [
        (event.event_id, member.ticker, member.group, at.session, event.benchmark or "")
        for event, at in zip(chosen, aligned, strict=True)
        for member in registered.groups.resolve(event.groups)
    ]
    names = ["event_id", "ticker", "group", "date", "benchmark"]
    frame = pd.DataFrame(rows, columns=names)
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
    again = frame.duplicated(["event_id", "ticker"])
    alignments = pd.DataFrame([asdict(at) for at in aligned]).rename(columns={"session": "day0"})
    alignments["announced_at"] = alignments["announced_at"].astype(str)
    alignments["day0"] = pd.to_datetime(alignments["day0"]).astype("datetime64[ns]")
    observations = frame[~again].reset_index(drop=True)
    return Intake(
        observations,
        frame.loc[again, ["event_id", "ticker", "group"]].reset_index(drop=True),
        alignments,
        Keys.of(observations),
    )


def from_frame(
    frame: pd.DataFrame,
    alignments: pd.DataFrame | None = None,
    known: tuple[Coded, Coded] | None = None,
) -> Intake:
    """Observations given as a frame; the group is "all" where there is no such column.

    Args:
        frame: The checked observations: event_id, ticker, date and further columns, one row each.
        alignments: The dates that were moved for a time of day or a timing; None for none.
        known: Codes of event_id and ticker, where they are known.
    """
    if "group" in frame:
        named = frame["group"].astype(object).where(frame["group"].notna(), "").astype(str)
        frame = frame.assign(group=named.replace("", "no group"))
        groups = Coded.of(frame["group"])
    else:
        frame = frame.assign(group=same_text("all", len(frame)))
        groups = Coded.one("all", len(frame))
    event_ids, tickers = known or (Coded.of(frame[name]) for name in ("event_id", "ticker"))
    return Intake(
        frame,
        without_rows(dict.fromkeys(("event_id", "ticker", "group"), "str")),
        without_rows(ALIGNMENTS) if alignments is None else alignments,
        Keys(event_ids, tickers, groups),
    )


def shifted_dates(labels: pd.DataFrame, frequency: Frequency) -> pd.DataFrame:
    """The observations whose date was no session of the returns: how they were moved.

    Args:
        labels: One row an observation, with date (asked for) and day0 (where it lies).
        frequency: Of the rows; a date in the week or month of its row is not moved.
    """
    asked_for, found = (
        periods(labels[name].to_numpy(dtype="datetime64[ns]"), frequency)
        for name in ("date", "day0")
    )
    shifted = asked_for != found
    if not shifted.any():
        return without_rows(ALIGNMENTS)
    moved = labels[shifted]
    asked = moved["date"].dt.strftime("%Y-%m-%d")
    placed = moved["day0"].dt.strftime("%Y-%m-%d")
    reason = asked + " is not a session of the returns; day 0 is the next one, " + placed
    return pd.DataFrame(
        {
            "event_id": moved["event_id"],
            "announced_at": asked,
            "day0": moved["day0"],
            "shifted": True,
            "reason": reason,
        }
    ).reset_index(drop=True)
