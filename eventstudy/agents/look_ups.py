"""The tools that look up: events of a file, models, tests, the guide."""

from __future__ import annotations

from eventstudy.agents.answers import (
    EventsAnswer,
    GuideAnswer,
    KnownModel,
    KnownModels,
    KnownTest,
    KnownTests,
    ListedEvent,
)
from eventstudy.agents.arguments import Arguments, LookUpEvents, LookUpNames
from eventstudy.agents.cut import MOST_ROWS, plain, some_notes
from eventstudy.agents.desk import Desk, Progress
from eventstudy.agents.guide import guide_text
from eventstudy.agents.studies import read_listed
from eventstudy.errors import unknown_name
from eventstudy.events.align import align
from eventstudy.events.event import Event, event_cells
from eventstudy.events.groups import Groups, read_groups
from eventstudy.models.registry import list_models
from eventstudy.significance.registry import list_tests

MOST_TICKERS = 500
"""Tickers of one event."""


def look_up_events(given: LookUpEvents, desk: Desk, _progress: Progress) -> EventsAnswer:
    """Events of a file with their day 0; one of them with its tickers.

    Args:
        given: Which.
        desk: Where the tool works.

    Raises:
        InputError: The file is wrong, or has no such event.
    """
    events = read_listed(given, desk)
    sought = given.contains.casefold()
    if given.event_id:
        chosen, known = [events[given.event_id]], read_groups()
    else:
        chosen, known = [event for event in events if sought in _words(event)], None
    return EventsAnswer(
        events=[_row(event, given.calendar, known) for event in chosen[:MOST_ROWS]],
        total=len(chosen),
        notes=plain(some_notes(list(events.notes))),
    )


def _words(event: Event) -> str:
    return " ".join((event.event_id, event.title, *event.groups)).casefold()


def _row(event: Event, calendar: str, known: Groups | None) -> ListedEvent:
    placed = align(event, calendar)
    members = known.resolve(event.groups) if known else ()
    return ListedEvent.model_validate(
        plain(
            {
                "event_id": event.event_id,
                "title": event.title,
                "announced_at": event_cells(event)["announced_at"],
                "day0": placed.session,
                "shift_reason": placed.reason if placed.shifted else "",
                "headline": event.headline,
                "groups": list(event.groups)[:MOST_ROWS],
                "tickers": [member.ticker for member in members][:MOST_TICKERS],
            }
        )
    )


def look_up_models(given: LookUpNames, _desk: Desk, _progress: Progress) -> KnownModels:
    """The models of normal returns, or one of them.

    Args:
        given: Which.

    Raises:
        InputError: There is none of that name.
    """
    known = list_models()
    return KnownModels(
        models=[
            KnownModel(
                name=model.name,
                label=model.label,
                regressors=list(model.regressors),
                paper=model.reference,
            )
            for model in map(known.__getitem__, _names("model", given.name, list(known)))
        ]
    )


def look_up_tests(given: LookUpNames, _desk: Desk, _progress: Progress) -> KnownTests:
    """The tests of no abnormal return, or one of them.

    Args:
        given: Which.

    Raises:
        InputError: There is none of that name.
    """
    known = list_tests()
    return KnownTests(
        tests=[
            KnownTest(
                name=test.name,
                label=test.label,
                valid_for=[str(layout) for layout in test.layouts],
                null=test.null,
                shared_dates_allowed=not test.assumes_independence,
                paper=test.reference,
            )
            for test in map(known.__getitem__, _names("test", given.name, list(known)))
        ]
    )


def _names(kind: str, name: str, known: list[str]) -> list[str]:
    if not name:
        return known
    if name not in known:
        raise unknown_name(kind, name, known)
    return [name]


def read_guide(_given: Arguments, _desk: Desk, _progress: Progress) -> GuideAnswer:
    """The guide for agents and scripts."""
    return GuideAnswer(text=guide_text())
