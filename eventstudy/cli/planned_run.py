"""`eventstudy run --plan`: what the plan says, and what the command line says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from eventstudy.cli.console import say
from eventstudy.cli.event_list import EventList
from eventstudy.cli.options import given_by
from eventstudy.errors import InputError

if TYPE_CHECKING:
    from eventstudy.event_study import EventStudy
    from eventstudy.events.event import Event
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.plans.files import SealedPlan
    from eventstudy.plans.model import Plan
    from eventstudy.plans.tested import Ran


@dataclass(frozen=True, eq=False)
class Followed:
    """A run as its plan has it, but for what the command line says otherwise."""

    study: EventStudy
    events: Events
    chosen: tuple[Event, ...]
    groups: Groups
    source: list[str]
    files: Mapping[str, Any]
    ran: Ran


def follow(
    context: typer.Context,
    path: Path,
    asked: Sequence[str],
    events: EventList,
    groups: Path | None,
    source: list[str],
    files: Mapping[str, Any],
    study: Mapping[str, Any],
    roots: Path | None,
    *,
    quiet: bool,
) -> Followed:
    """Read a plan, and name what the command line and the files of the run say otherwise.

    Args:
        context: Of the command, which knows what was given.
        path: The plan.
        asked: Ids that were typed; the plan's events are always run.
        events: The list, where one is named; else the plan's.
        groups: The groups file, likewise.
        source: The sources, likewise.
        files: What was said of price files.
        study: The options of the study, all of them.
        roots: Certificates for the time stamp.
        quiet: Say nothing beforehand; the report has all of it.

    Raises:
        InputError: The plan is none, or an option is wrong.
    """
    from eventstudy.event_study import EventStudy
    from eventstudy.plans import deviations as differ
    from eventstudy.plans.files import read_plan
    from eventstudy.plans.stamp import stamp_sentence
    from eventstudy.plans.tested import Ran

    sealed = read_plan(path)
    plan = sealed.plan
    for one in sealed.altered:  # before anything of it is used
        say(f"Note: {sealed.path} differs from the sealed plan: {one}.")
    given = {name: value for name, value in study.items() if was_given(context, name)}
    said_of_files = {name: value for name, value in files.items() if was_given(context, name)}
    event_study = EventStudy(**{**plan.options, **given})
    known, missing = _known_groups(plan, groups)
    listed = _listed(context, events, plan.events_file, asked)
    if listed is None and plan.events_file:
        missing.append(f"{plan.events_file} does not exist; the events are taken from the plan.")
    said = [
        *differ.option_deviations(plan, event_study.spec),
        *differ.source_deviations(
            plan, source if was_given(context, "source") else None, said_of_files
        ),
        *differ.event_deviations(plan, listed, asked),
        *differ.group_deviations(plan, known),
        *differ.version_deviations(plan),
    ]
    registry = _with_the_plans(listed, plan.registry)
    ids = dict.fromkeys([*(row.event_id for row in plan.studied), *asked])
    begins = min(plan.first_day(event) for event in plan.studied)
    stamp = stamp_sentence(sealed.stamp_path, sealed.seal, roots, begins)
    if not quiet:
        _say(sealed, missing, said)
    return Followed(
        study=event_study,
        events=registry,
        chosen=tuple(registry[event_id] for event_id in ids),
        groups=known,
        source=source if was_given(context, "source") else list(plan.source.names),
        files={**plan.source.files, **said_of_files},
        ran=Ran(sealed, known, stamp, tuple(said)),
    )


def _known_groups(plan: Plan, groups: Path | None) -> tuple[Groups, list[str]]:
    """The groups of a named file, else of the plan's; its own where that is not there, and why."""
    from eventstudy.events.groups import read_groups

    if groups is not None:
        return read_groups(groups), []
    file = plan.groups_file
    if file and not Path(file).is_file():
        why = f"{file} does not exist; the groups are taken from the plan."
        return plan.known_groups(read_groups()), [why]
    known = read_groups(file or None)
    return (known if plan.events_file else plan.known_groups(known)), []  # --date names its own


def was_given(context: typer.Context, name: str) -> bool:
    """Whether an option has its value from the command line, the environment or a file.

    Args:
        context: Of the command.
        name: Of its parameter.
    """
    return given_by(context, name) != "DEFAULT"


def _listed(
    context: typer.Context, events: EventList, file: str, asked: Sequence[str]
) -> Events | None:
    """The list of events as it is now; None where it is not there and need not be."""
    if was_given(context, "events"):
        return events.read(quiet=True)
    if file and Path(file).is_file():
        return EventList(Path(file), events.layout).read(quiet=True)
    if asked:
        why = f"{file} does not exist" if file else "The plan has no events file"
        raise InputError(
            f"{why}, so event {asked[0]} cannot be found; name the file with --events, or leave "
            "the id out."
        )
    return None


def _with_the_plans(listed: Events | None, own: Events) -> Events:
    """The list, after it the events of the plan that it lacks."""
    from eventstudy.events.registry import Events

    if listed is None:
        return own
    held = set(listed.field("event_id"))
    lacking = tuple(event for event in own if event.event_id not in held)
    return Events((*listed, *lacking), listed.path, listed.notes) if lacking else listed


def _say(sealed: SealedPlan, missing: Sequence[str], deviations: Sequence[str]) -> None:
    """What must be seen before anything is computed."""
    for sentence in missing:
        say(f"Note: {sentence}")
    if sealed.altered:
        say("Note: Nothing in this run counts as planned.")
    if sealed.plan.kind == "retrospective":
        say(
            "Note: The plan is retrospective: when it was made, prices were available to "
            f"{sealed.plan.vintage.prices_to}."
        )
    for sentence in deviations:
        say(f"Note: Deviation from the plan: {sentence}")
