"""A result as the answer of a tool: the figures of results.json, cut to a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.agents.answers import EventAnswer, ListAnswer
from eventstudy.agents.cut import MOST_ASSETS, MOST_ROWS, cut_table, plain, some_notes
from eventstudy.agents.desk import Desk, KeptStudy
from eventstudy.report.kinds import machine_figures
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.story import Story
from eventstudy.report.tables.tidy import tidy_cars, with_adjusted
from eventstudy.result.answer import answer_of
from eventstudy.result.result import StudyResult
from eventstudy.text.measure import measured_in

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.spec.study_spec import StudySpec

ALWAYS = ("model", "benchmark", "estimation", "window", "car")
"""Options that an answer names whatever they are."""


def event_answer(result: StudyResult, name: str, desk: Desk) -> EventAnswer:
    """The answer on one event.

    Args:
        result: The study, with an estimate.
        name: Of the study.
        desk: Where tables go that are too long.

    Raises:
        EventStudyError: A table cannot be written.
    """
    event_id = str(result.assets.labels["event_id"].iloc[0])
    story = Story(result, event_id)
    with measured_in(result.spec.unit, result.spec.frequency):
        figures = plain(machine_figures(story))
        told = answer_of(result)
    lead = figures["lead"] if told and told.known else None
    cars = cut_table(_cars(result), f"{name}-cars", desk.folder)
    return EventAnswer.model_validate(
        {
            **figures,
            **_head(result, figures, name, story.origin, desk),
            "lead": lead,
            **trimmed_event(figures, cars.file),
        }
    )


def list_answer(result: StudyResult, name: str, label: str, desk: Desk) -> ListAnswer:
    """The answer on many events.

    Args:
        result: The study, with an estimate.
        name: Of the study.
        label: Of the list.
        desk: Where tables go that are too long.

    Raises:
        EventStudyError: A table cannot be written.
    """
    story = PooledStory(result, label)
    with measured_in(result.spec.unit, result.spec.frequency):
        figures = plain(machine_figures(story))
    cars = cut_table(_cars(result), f"{name}-cars", desk.folder)
    return ListAnswer.model_validate(
        {
            **figures,
            **_head(result, figures, name, story.origin, desk),
            **trimmed_list(figures),
            "cars": cars,
        }
    )


def trimmed_event(figures: dict[str, Any], file: str) -> dict[str, Any]:
    """Of the figures of one event, what an answer holds of its assets and groups.

    Args:
        figures: As results.json has them.
        file: Where all are.
    """
    held = {name: figures[name][:MOST_ASSETS] for name in ("assets", "groups")}
    cut = [
        f"{len(figures[name]) - MOST_ASSETS:,} of {len(figures[name]):,} {name} are left out here"
        f"{f'; {file} has them all' if file else ''}."
        for name in held
        if len(figures[name]) > MOST_ASSETS
    ]
    return {**held, "cut": cut}


def trimmed_list(figures: dict[str, Any]) -> dict[str, Any]:
    """Of the figures of many events, what an answer holds of their means.

    Args:
        figures: As results.json has them.
    """
    means = figures["means"]
    left = len(means) - MOST_ROWS
    cut = [f"{left:,} of {len(means):,} means are left out here."] if left > 0 else []
    return {"means": means[:MOST_ROWS], "cut": cut}


def chosen_options(spec: StudySpec) -> dict[str, Any]:
    """Options that a reader must know: the windows, the model, and all that are not defaults.

    Args:
        spec: The options of the study.
    """
    fields = type(spec).model_fields
    told: dict[str, Any] = {
        name: value
        for name, value in spec.model_dump(mode="json").items()
        if name in ALWAYS or getattr(spec, name) != fields[name].default
    }
    return told


def quoted_tests(figures: dict[str, Any], windows: list[list[int]]) -> list[dict[str, Any]]:
    """The tests to quote, of the CAR windows alone.

    Args:
        figures: As results.json has them.
        windows: The CAR windows.
    """
    held = [one for one in figures["headline_tests"] if [one["start"], one["end"]] in windows]
    return held[:MOST_ROWS]


def _head(
    result: StudyResult, figures: dict[str, Any], name: str, origin: Any, desk: Desk
) -> dict[str, Any]:
    """What the answers of all studies have in common; keeps what was left out."""
    labels = result.assets.labels[["event_id", "ticker"]].astype(str)
    desk.keep(KeptStudy(name, result.exclusions, labels, result.notes))
    windows = [list(window) for window in result.spec.car]
    return {
        "study": name,
        "headline_tests": quoted_tests(figures, windows),
        "left_out": plain(result.exclusions.head(MOST_ROWS).to_dict("records")),
        "left_out_total": len(result.exclusions),
        "notes": plain(some_notes(list(result.notes))),
        "prices": plain([sourced(origin)])[0],
        "options": plain(chosen_options(result.spec)),
    }


def sourced(origin: Any) -> str:
    """Where prices come from, in words; empty where nothing is known.

    Args:
        origin: Description, retrieved, sha256, note.
    """
    said = dict(origin)
    retrieved = f", retrieved {said['retrieved']}" if said.get("retrieved") else ""
    return f"{said.get('description', '')}{retrieved}"


def _cars(result: StudyResult) -> pd.DataFrame:
    """Every observation over every CAR window; none where there is no window."""
    if not result.spec.car:
        return result.exclusions.iloc[:0]
    return with_adjusted(tidy_cars(result.assets))
