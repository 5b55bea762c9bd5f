"""Other registered events near an event's days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from eventstudy.calendars import periods, sessions_between
from eventstudy.spec.study_spec import StudySpec

WHOLE_MARKET = "whole market"


class Neighbour(NamedTuple):
    """A registered event inside the days of a studied one."""

    event_id: str
    confounder: str
    title: str
    rel_day: int
    concerned: frozenset[str]
    """Its tickers; none where it is about the whole market."""


def confounders_of(registry: pd.DataFrame, labels: pd.DataFrame, spec: StudySpec) -> pd.DataFrame:
    """Other registered events of the same assets, or of the whole market, inside the days.

    Args:
        registry: `AlignedRegistry.table`.
        labels: One row an observation, with event_id and ticker.
        spec: Its span are the days, its calendar the sessions.

    Returns:
        event_id, confounder, title, rel_day, concerns (tickers, or "whole market"); a row for
        each event inside another's days.
    """
    studied = labels.groupby("event_id", sort=False)["ticker"].agg(set)
    rows = []
    for near in neighbours(registry, list(studied.index), spec):
        shared = sorted(near.concerned & studied[near.event_id])
        if shared or not near.concerned:
            what = ";".join(shared) if near.concerned else WHOLE_MARKET
            rows.append((near.event_id, near.confounder, near.title, near.rel_day, what))
    columns = ["event_id", "confounder", "title", "rel_day", "concerns"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["event_id", "rel_day", "confounder"], ignore_index=True
    )


def neighbours(
    registry: pd.DataFrame, studied: Sequence[str], spec: StudySpec
) -> Iterator[Neighbour]:
    """Of each studied event the other registered ones inside its days, by their day.

    Args:
        registry: `AlignedRegistry.table`.
        studied: Ids of events.
        spec: Its span are the days, its calendar the sessions.
    """
    days = registry["day0"]
    position = periods(days.to_numpy(), spec.frequency)
    if spec.frequency == "daily":
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
                yield Neighbour(event_id, ids[row], titles[row], rel_day, concerned[row])
