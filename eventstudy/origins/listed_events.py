"""A list of events in whatever layout as dated news."""

from __future__ import annotations

from eventstudy.events.registry import Events
from eventstudy.origins.dated_news import DatedNews


def registry_as_news(registry: Events) -> tuple[tuple[DatedNews, ...], tuple[str, ...]]:
    """The events of a list, and what is to be said of them.

    A list of another layout than events.csv marks no headline: all of its events are wanted.

    Args:
        registry: As `read_events` gives it.
    """
    unmarked = bool(registry.notes) and not any(registry.field("headline"))
    news = tuple(
        DatedNews(
            tickers=event.groups,
            moment=event.announced_at,
            title=event.title,
            timing=event.timing,
            category=event.category,
            source=event.source,
            notes=event.notes,
            event_id=event.event_id,
            benchmark=event.benchmark or "",
            headline=event.headline or unmarked,
        )
        for event in registry
    )
    return news, ()
