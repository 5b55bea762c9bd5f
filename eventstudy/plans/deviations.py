"""Where a run departs from its plan: options, events, groups, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventstudy.compute.fingerprint import installed_version
from eventstudy.errors import some_names
from eventstudy.events.event import Event, event_cells
from eventstudy.events.groups import Groups
from eventstudy.events.registry import Events
from eventstudy.plans.model import Plan
from eventstudy.prices.sources.sql.url import shared_url
from eventstudy.spec.study_spec import StudySpec, plain_text


def option_deviations(plan: Plan, asked: StudySpec) -> list[str]:
    """Options that differ from those in the plan, a sentence each.

    Args:
        plan: The plan.
        asked: The options of the run.
    """
    own = plan.spec
    return [
        f"Option {name} is {plain_text(now)}; in the plan it is {plain_text(before)}."
        for name in type(own).model_fields
        if (now := getattr(asked, name)) != (before := getattr(own, name))
    ]


def source_deviations(
    plan: Plan, names: Sequence[str] | None, files: Mapping[str, Any]
) -> list[str]:
    """Price sources that the plan does not name, or their files read with other options.

    Args:
        plan: The plan.
        names: The sources that were asked for; None where none was.
        files: What was said of price files.
    """
    own = plan.source
    said = []
    now = None if names is None else tuple(shared_url(str(name)) for name in names)
    if now is not None and now != own.names:
        said.append(
            f"The prices come from {', '.join(now)}; the plan names {', '.join(own.names)}."
        )
    return said + [
        f"Option {name} of the price files is {_shown(now)}; in the plan it is {_shown(before)}."
        for name, now in files.items()
        if now != (before := own.files.get(name))
    ]


def _shown(value: Any) -> str:
    return "not set" if value is None else repr(value)


def event_deviations(plan: Plan, events: Events | None, asked: Sequence[str]) -> list[str]:
    """Events that were changed, removed or added, field by field.

    Args:
        plan: The plan.
        events: The list as it is now; None where there is none.
        asked: Ids that the run names beside the plan.
    """
    said = [
        f"Event {event_id} is not in the plan; findings on it are exploratory."
        for event_id in asked
        if event_id not in {row.event_id for row in plan.studied}
    ]
    if events is None:
        return said
    now = {event.event_id: event for event in events}
    for row in plan.events:
        found = now.get(row.event_id)
        if found is None:
            said.append(f"Event {row.event_id} of the plan is no longer in the list.")
            continue
        said += _changed_cells(row.event_id, row.cells, found)
    if any(not row.studied for row in plan.events):
        known = {row.event_id for row in plan.events}
        new = [event_id for event_id in now if event_id not in known]
        if new:
            said.append(f"Events added to the list since the plan was made: {some_names(new)}.")
    return said


def _changed_cells(event_id: str, before: Mapping[str, str], now: Event) -> list[str]:
    return [
        f"Event {event_id}: {name} is {_text(text)}; in the plan it is {_text(before[name])}."
        for name, text in event_cells(now).items()
        if text != before[name]
    ]


def _text(text: str) -> str:
    return f'"{text}"' if text else "empty"


def group_deviations(plan: Plan, groups: Groups) -> list[str]:
    """Groups of the plan whose members or label have changed.

    Args:
        plan: The plan.
        groups: Of the run.
    """
    said = []
    for row in plan.groups:
        group = groups.groups.get(row.name)
        if group is None:
            said.append(f"Group {row.name} of the plan is missing from the groups file.")
            continue
        lost = [name for name in row.members if name not in group.members]
        new = [name for name in group.members if name not in row.members]
        if lost:
            said.append(f"Group {row.name} lacks {some_names(lost)}, included in the plan.")
        if new:
            said.append(f"Group {row.name} includes {some_names(new)}, not in the plan.")
        if not (lost or new) and group.members != row.members:
            said.append(f"Group {row.name} lists its members in a different order from the plan.")
        if group.label != row.label:
            said.append(
                f"Group {row.name} is labelled {group.label}; in the plan it is {row.label}."
            )
    return said


def version_deviations(plan: Plan) -> list[str]:
    """A version of the package other than the one that made the plan.

    Args:
        plan: The plan.
    """
    now = f"eventstudy-kit {installed_version('eventstudy-kit')}"
    return (
        []
        if now == plan.made_with
        else [f"This run uses {now}; the plan was made with {plan.made_with}."]
    )
