"""News with its moment, from whatever origin, and the one rule by which news of a day is merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventstudy.calendars import as_day64, sessions_of
from eventstudy.errors import some_names
from eventstudy.events.align import align_columns
from eventstudy.events.event import make_event
from eventstudy.events.listing import made_ids
from eventstudy.events.timing import TIMINGS, Timing
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from eventstudy.events.event import Event

_FEW = 5
_PHASES = {"pre": 0, "": 1, "intraday": 1, "post": 2}
"""How early in its day news without a time of day counts."""


@dataclass(frozen=True, slots=True)
class DatedNews:
    """What becomes an event: one filing, one announcement, one row of a list."""

    tickers: tuple[str, ...]
    """Tickers or groups that it is about."""
    moment: dt.date | dt.datetime
    """A date, or a time with its offset from UTC."""
    title: str
    timing: Timing | str = ""
    category: str = ""
    source: str = ""
    notes: str = ""
    event_id: str = ""
    """Its own id; empty has one made of ticker and date."""
    benchmark: str = ""
    headline: bool = True


@dataclass(frozen=True, slots=True)
class GatheredNews:
    """What an origin delivered."""

    news: tuple[DatedNews, ...]
    notes: tuple[str, ...]
    """What a reader should know, as sentences."""
    missing: tuple[str, ...] = ()
    """What was asked for and is not there, as sentences."""


@dataclass(frozen=True, slots=True)
class Dated:
    """News in the order of its days, and day 0 of each."""

    news: tuple[DatedNews, ...]
    days: tuple[dt.date, ...]
    notes: tuple[str, ...] = ()
    """What was merged, as sentences."""

    def events(self) -> tuple[Event, ...]:
        """The news as events; ids are made of ticker and date where it has none.

        Raises:
            InputError: A field cannot be one of an event.
        """
        made = made_ids(
            ["-".join(each.tickers) for each in self.news],
            [each.moment.isoformat()[:10] for each in self.news],
        )
        return tuple(
            make_event(
                event_id=each.event_id or event_id,
                title=each.title,
                announced_at=each.moment,
                timing=each.timing,
                category=each.category,
                groups=each.tickers,
                benchmark=each.benchmark,
                headline=each.headline,
                source=each.source,
                notes=each.notes,
            )
            for each, event_id in zip(self.news, made, strict=True)
        )


def timing_in(moment: dt.datetime, calendar: str) -> Timing | str:
    """Before, in or after the session of a time's own day; "" where that day has none.

    Args:
        moment: With its offset from UTC.
        calendar: Name of the exchange's calendar, such as XNYS.
    """
    sessions = sessions_of(calendar)
    day = as_day64(moment.astimezone(sessions.calendar.tz).date())
    here = int(sessions.days.searchsorted(day))
    if here >= len(sessions.days) or sessions.days[here] != day:
        return ""
    ends = (sessions.opens[here], sessions.closes[here])
    opens, closes = (each.astype(object).replace(tzinfo=dt.UTC) for each in ends)
    return TIMINGS[int(moment >= opens) + int(moment >= closes)]


def merged_by_day(news: Sequence[DatedNews], calendar: str, noun: str) -> Dated:
    """One event for each set of tickers and day 0: the earliest, with the titles of all.

    Two pieces of news on the same session are one observation: their reactions cannot be told
    apart, and counting both would count one return twice.

    Args:
        news: In any order.
        calendar: Name of the exchange's calendar, such as XNYS.
        noun: What a sentence calls one of them, such as "filing".

    Raises:
        InputError: A day lies outside the calendar, or a time contradicts its timing.
    """
    ids = [each.event_id or each.title for each in news]
    placed = align_columns(
        ids, [each.moment for each in news], [str(each.timing) for each in news], calendar
    )
    early = _earliness(calendar)
    clusters: dict[tuple[tuple[str, ...], dt.date], list[DatedNews]] = {}
    for each, place in zip(news, placed, strict=True):
        key = (tuple(sorted(map(str.casefold, each.tickers))), place.session)
        clusters.setdefault(key, []).append(each)
    one_each = [
        (day, _as_one(sorted(cluster, key=early))) for (_, day), cluster in clusters.items()
    ]
    one_each.sort(key=lambda pair: (pair[0], pair[1].tickers))
    said = [
        f"{counted(len(cluster), noun)} of {day.day} {day:%B %Y} ({';'.join(cluster[0].tickers)})"
        for (_, day), cluster in sorted(clusters.items(), key=lambda item: item[0][::-1])
        if len(cluster) > 1
    ]
    notes = (
        (f"Merged, because they have the same day 0: {some_names(said, _FEW)}.",) if said else ()
    )
    return Dated(tuple(each for _, each in one_each), tuple(day for day, _ in one_each), notes)


def _earliness(calendar: str) -> Callable[[DatedNews], tuple[dt.date, int, dt.datetime]]:
    """What news is ordered by: its day at the exchange, the phase of the day, the time."""
    zone = sessions_of(calendar).calendar.tz
    none = dt.datetime.max.replace(tzinfo=dt.UTC)

    def key(each: DatedNews) -> tuple[dt.date, int, dt.datetime]:
        if not isinstance(each.moment, dt.datetime):
            return each.moment, _PHASES[each.timing], none
        phase = _PHASES[each.timing or timing_in(each.moment, calendar)]
        return each.moment.astimezone(zone).date(), phase, each.moment

    return key


def _as_one(cluster: Sequence[DatedNews]) -> DatedNews:
    """The first of news of one day, with what the others say."""
    first, *others = cluster
    if not others:
        return first

    def joined(field: str, mark: str) -> str:
        texts = (getattr(each, field) for each in cluster)
        return mark.join(dict.fromkeys(text for text in texts if text))

    also = "; ".join(f"also {each.source or each.title}" for each in others)
    return replace(
        first,
        title=joined("title", "; "),
        category=joined("category", " + "),
        notes="; ".join(filter(None, (first.notes, also))),
        headline=any(each.headline for each in cluster),
    )
