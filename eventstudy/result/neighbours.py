"""Other headline events inside an event's days, and what they add to its cumulative return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.result.entities import Entity
from eventstudy.result.participants import Participants
from eventstudy.result.record import StudyRecord
from eventstudy.spec.windows import Window
from eventstudy.text.measure import ROWS, measure, worded
from eventstudy.text.numbers import counted, number, percent, window_text
from eventstudy.text.rounding import rounded
from eventstudy.text.words import moved_text

MOST_NAMED = 4
"""Other events that a sentence names."""


@dataclass(frozen=True, slots=True)
class OtherHeadline:
    """A headline event inside the days of another."""

    title: str
    day: int
    """Sessions from day 0 of the studied event."""
    session: pd.Timestamp
    """Its own day 0."""


def other_headlines(result: StudyRecord) -> list[OtherHeadline]:
    """The other headline events of the same assets inside the days, of a study of one event."""
    if result.context is None or not result.n:
        return []
    context, event_id = result.context, str(result.assets.labels["event_id"].iloc[0])
    inside = context.confounders[context.confounders["event_id"] == event_id]
    events = context.events.set_index("event_id")
    return [
        OtherHeadline(
            str(row["title"]).rstrip("."),
            int(row["rel_day"]),
            pd.Timestamp(events.loc[row["confounder"], "day0"]),
        )
        for row in inside.to_dict("records")
        if bool(events.loc[row["confounder"], "headline"])
    ]


@dataclass(frozen=True, slots=True)
class HeadlineShare:
    """What the day of another headline event adds to a CAR."""

    other: OtherHeadline
    ar: float
    """The abnormal return of that day."""
    when: str
    """Such as "on 27 January 2025"."""
    window: Window

    @property
    def figure(self) -> str:
        """Such as "−13.32 percentage points"."""
        unit = measure().sign if measure().level else " percentage points"
        return f"{percent(self.ar, unit=False)}{unit}"

    @property
    def sentence(self) -> str:
        """Which event it was, and what its day adds."""
        return (
            f"Another headline event falls {self.when} ({self.other.title}); that day alone "
            f"contributes {self.figure} to the figure over {window_text(self.window)}."
        )


def headline_shares(cast: Participants, lead: Entity, window: Window) -> list[HeadlineShare]:
    """What other headline events add to an entity's CAR, except those of day 0 itself.

    Args:
        cast: Who takes part in the study.
        lead: Whose CAR.
        window: Its sessions.
    """
    source, row = cast.row_of(lead)
    spec, shares = cast.result.spec, []
    for other in other_headlines(cast.result):
        if not window.covers(Window(other.day, other.day)) or other.day == 0:
            continue
        ar = rounded(float(source.fits.ar[row, other.day - spec.span.start]))
        if np.isfinite(ar):
            when = moved_text(other.session, spec.frequency)
            shares.append(HeadlineShare(other, ar, when, window))
    return shares


def confounder_sentences(result: StudyRecord) -> list[str]:
    """What else is registered in the days of each event: one sentence an event.

    Empty without a context. The days are all that are estimated, `spec.span`. Of many events the
    nearest are named: the report has them all. A list of one event was not searched for others.
    """
    if result.context is None:
        return []
    if len(result.context.events) == 1:
        return [f"Other events were not searched: the list holds only {_only(result)}."]
    lines = []
    days = f"{ROWS[result.spec.frequency]}s {result.spec.span}"
    for event_id, part in result.context.confounders.groupby("event_id", sort=False):
        rows = sorted(part.to_dict("records"), key=lambda row: abs(row["rel_day"]))
        nearest = sorted(rows[:MOST_NAMED], key=lambda row: row["rel_day"])
        named = ", ".join(
            f"{row['confounder']} ({number(row['rel_day'], 0, signed=True)})" for row in nearest
        )
        others = counted(len(rows), "other registered event")
        verb = "falls" if len(rows) == 1 else "fall"
        which = "; the nearest are" if len(rows) > MOST_NAMED else ":"
        lines.append(worded(f"{others} {verb} in {event_id}'s {days}{which} {named}."))
    return lines


def _only(result: StudyRecord) -> str:
    assert result.context is not None
    return str(result.context.events["event_id"].iloc[0])
