"""A registry with the day 0 of its events: aligned once, then read by every study of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from eventstudy.events.align import Alignment, align_all
from eventstudy.events.event import Event
from eventstudy.events.groups import Groups
from eventstudy.events.registry import Events, validate_groups


@dataclass(frozen=True, eq=False)
class AlignedRegistry:
    """Registered events, the groups that they name, and where their day 0 lies."""

    events: Events
    groups: Groups
    alignments: Mapping[str, Alignment]
    """event_id → day 0 on the exchange's calendar."""

    @classmethod
    def of(
        cls,
        events: Events,
        groups: Groups,
        calendar: str,
        needed: Iterable[Event] | None = None,
    ) -> AlignedRegistry:
        """Align a registry on a calendar.

        Args:
            events: The registry.
            groups: The groups that its events refer to.
            calendar: The exchange, such as XNYS.
            needed: The events whose day 0 is asked for; all of them if None.

        Raises:
            InputError: Events name unknown groups or lie outside the calendar; all are named at
                once.
        """
        validate_groups(events, groups)
        aligned = align_all(events if needed is None else needed, calendar)
        return cls(events, groups, {each.event_id: each for each in aligned})

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an event, with its day 0 and its tickers."""
        return pd.DataFrame([self._row(event) for event in self.events])

    def _row(self, event: Event) -> dict[str, object]:
        aligned = self.alignments[event.event_id]
        return {
            "event_id": event.event_id,
            "title": event.title,
            "announced_at": str(event.announced_at),
            "day0": pd.Timestamp(aligned.session).as_unit("ns"),
            "shifted": aligned.shifted,
            "shift_reason": aligned.reason,
            "category": event.category,
            "groups": ";".join(event.groups),
            "tickers": ";".join(member.ticker for member in self.groups.resolve(event.groups)),
            "headline": event.headline,
            "source": event.source,
            "notes": event.notes,
        }
