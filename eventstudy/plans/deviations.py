"""What a run asks for and the plan does not say: options, events, groups, prices."""

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
    """Options of the study that are others than in the plan, a sentence each.

    Args:
        plan: The plan.
        asked: The options of the run.
    """
    own = plan.spec
    return [
        f"Option {name} is {plain_text(now)}, in the plan {plain_text(before)}."
        for name in type(own).model_fields
        if (now := getattr(asked, name)) != (before := getattr(own, name))
    ]


def source_deviations(
    plan: Plan, names: Sequence[str] | None, files: Mapping[str, Any]
) -> list[str]:
    """Other prices than the plan names, or another reading of their files.

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
            f"The prices come from {', '.join(now)}, in the plan from {', '.join(own.names)}."
        )
    return said + [
        f"Option {name} of the price files is {_shown(now)}, in the plan {_shown(before)}."
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
        f"The event {event_id} is not in the plan: what is found on it is exploratory."
        for event_id in asked
        if event_id not in {row.event_id for row in plan.studied}
    ]
    if events is None:
        return said
    now = {event.event_id: event for event in events}
    for row in plan.events:
        found = now.get(row.event_id)
        if found is None:
            said.append(f"The event {row.event_id} of the plan is not in the list any more.")
            continue
        said += _changed_cells(row.event_id, row.cells, found)
    if any(not row.studied for row in plan.events):
        known = {row.event_id for row in plan.events}
        new = [event_id for event_id in now if event_id not in known]
        if new:
            said.append(f"The list has events that it had not at the plan: {some_names(new)}.")
    return said


def _changed_cells(event_id: str, before: Mapping[str, str], now: Event) -> list[str]:
    return [
        f"The event {event_id}: {name} is {_text(text)}, in the plan {_text(before[name])}."
        for name, text in event_cells(now).items()
        if text != before[name]
    ]


def _text(text: str) -> str:
    return f'"{text}"' if text else "empty"


def group_deviations(plan: Plan, groups: Groups) -> list[str]:
    """Groups of the plan that have other members, or another label, now.

    Args:
        plan: The plan.
        groups: Of the run.
    """
    said = []
    for row in plan.groups:
        group = groups.groups.get(row.name)
        if group is None:
            said.append(f"The group {row.name} of the plan is not in the groups file.")
            continue
        lost = [name for name in row.members if name not in group.members]
        new = [name for name in group.members if name not in row.members]
        if lost:
            said.append(f"The group {row.name} lacks {some_names(lost)} of the plan.")
        if new:
            said.append(f"The group {row.name} has {some_names(new)}, which the plan has not.")
        if not (lost or new) and group.members != row.members:
            said.append(f"The group {row.name} has its members in another order than the plan.")
        if group.label != row.label:
            said.append(f"The group {row.name} is called {group.label}, in the plan {row.label}.")
    return said


def version_deviations(plan: Plan) -> list[str]:
    """Another version of the package than the one that made the plan.

    Args:
        plan: The plan.
    """
    now = f"eventstudy-kit {installed_version('eventstudy-kit')}"
    return [] if now == plan.made_with else [f"The run is of {now}, the plan of {plan.made_with}."]
