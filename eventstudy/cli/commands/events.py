"""`eventstudy events`: read, check and extend the events file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from eventstudy.cli.completion import known_events, one_of
from eventstudy.cli.console import echo, hanging, print_json, print_table, say
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.options import (
    DEFAULT_EVENTS,
    AsJson,
    EventsFile,
    GroupsFile,
    argument,
    option,
    with_study_options,
)
from eventstudy.text.numbers import counted


@with_study_options("calendar")
@with_event_options(short=True)
def list_events(events: EventList = EVENTS, json: AsJson = False, **study: Any) -> None:
    """A star marks a day 0 that is not the date of the announcement.

    Examples:
        eventstudy events list
        eventstudy events list --events my.csv --json
    """
    from eventstudy.compute.collecting import uncollected
    from eventstudy.events.align import align_columns

    registry = events.read()
    with uncollected():
        ids, titles = registry.field("event_id"), registry.field("title")
        moments, timings = registry.field("announced_at"), registry.field("timing")
        aligned = align_columns(ids, moments, timings, **study)
        days = [f"{at.session}{'*' if at.shifted else ''}" for at in aligned]
        marks = ("yes" if headline else "" for headline in registry.field("headline"))
        heads = ("event_id", "day 0", "headline", "title")
        print_table(heads, zip(ids, days, marks, titles, strict=True), json)
    if not json and any(at.shifted for at in aligned):
        say("* day 0 is not the date of the announcement; eventstudy events show EVENT_ID")


@with_study_options("calendar")
@with_event_options(short=True)
def show_events(
    event_id: Annotated[str, argument("EVENT_ID", "The event.", complete=known_events)],
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    json: AsJson = False,
    **study: Any,
) -> None:
    """With --json, prints one object.

    Examples:
        eventstudy events show deepseek-r1
        eventstudy events show my-event --events my.csv --json
    """
    from eventstudy.events.align import align
    from eventstudy.events.event import event_cells
    from eventstudy.events.groups import read_groups

    event = events.read()[event_id]
    at = align(event, **study)
    members = read_groups(groups).resolve(event.groups)
    fields = {
        **event_cells(event),
        "day 0": str(at.session),
        "shifted because": at.reason,
        "tickers": " ".join(member.ticker for member in members),
    }
    if json:
        print_json(fields)
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        if value:
            echo(hanging(f"{name:<{width}}  ", value))


@with_study_options("calendar")
@with_event_options(short=True)
def validate_events(events: EventList = EVENTS, groups: GroupsFile = None, **study: Any) -> None:
    """Exit codes: 0 all are valid, 2 some are not.

    Examples:
        eventstudy events validate
        eventstudy events validate --events my.csv --groups groups.toml
    """
    from eventstudy.events.align import align_all
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import validate_groups

    registry = events.read()
    validate_groups(registry, read_groups(groups))
    align_all(registry, **study)
    echo(f"{events}: {len(registry)} events, all valid.")


def add_events(
    event_id: Annotated[str, argument("EVENT_ID", "Letters, digits, dots, dashes.")],
    title: Annotated[str, option("", "TEXT", "What happened.")],
    at: Annotated[str, option("", "WHEN", "2025-01-27 or 2025-01-27T16:05:00-05:00.")],
    groups: Annotated[
        list[str] | None,
        option("", "NAME,...", "Groups or tickers, in any case; repeat for several."),
    ] = None,
    timing: Annotated[
        str,
        option(
            "",
            "NAME",
            "pre, intraday or post, if the time of day is unknown.",
            complete=one_of("eventstudy.events.timing:TIMINGS"),
        ),
    ] = "",
    category: Annotated[str, option("", "TEXT", "Category of your own, such as earnings.")] = "",
    benchmark: Annotated[str, option("", "TICKER", "Its benchmark; by default the run's.")] = "",
    headline: Annotated[bool, option("", "", "Studied if run names none.", "--headline")] = False,
    source: Annotated[str, option("", "TEXT", "Where the date comes from.")] = "",
    notes: Annotated[str, option("", "TEXT", "Further notes.")] = "",
    events: EventsFile = DEFAULT_EVENTS,
) -> None:
    """The file is created if needed; its other rows do not change.

    Exit codes: 0 added, 2 the event or the file is wrong.

    Examples:
        eventstudy events add cut --title "Rate cut" --at 2024-09-18 --groups nvidia
        eventstudy events add call --title Call --at 2025-02-26T16:20:00-05:00
    """
    from eventstudy.events.align import align
    from eventstudy.events.event import make_event
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import Events, add_event, validate_groups

    known = read_groups()
    event = make_event(
        event_id=event_id,
        title=title,
        announced_at=at,
        timing=timing,
        category=category,
        groups=known.typed(groups or ()),
        benchmark=benchmark,
        headline=headline,
        source=source,
        notes=notes,
    )
    validate_groups(Events((event,)), known)
    placed = align(event)
    add_event(events, event)
    why = f" ({placed.reason})" if placed.shifted else ""
    echo(f"Added {event_id} to {events}; day 0 is {placed.session}{why}.")
    if (ahead := (placed.session - datetime.now(UTC).date()).days) > 0:
        say(f"Note: day 0 is {counted(ahead, 'day')} ahead; the event can be studied after it.")
