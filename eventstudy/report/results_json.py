"""The figures of a result as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventstudy.evidence.parts.evidence import Evidence, tables_of
from eventstudy.files.formats import write_json
from eventstudy.report.figures import EntityFigures
from eventstudy.report.kinds import machine_figures
from eventstudy.report.story import Story
from eventstudy.report.told import Told
from eventstudy.result.planned import PlannedTests
from eventstudy.text.measure import measure
from eventstudy.text.rounding import rounded


def write_results(story: Told, path: Path) -> None:
    """Write what the report says to `path`, for machines."""
    write_json(rounded(machine_figures(story)), path)


def results(story: Story) -> dict[str, Any]:
    """What the report says, for machines: the answer, the figures, the tests to quote."""
    result, event = story.result, story.event
    tests = result.tests[result.tests["headline"].astype(bool)]
    return {
        "event_id": story.event_id,
        **planned_json(result.planned),
        "title": str(event["title"]),
        "announced_at": str(event["announced_at"]),
        "day0": f"{story.day0:%Y-%m-%d}",
        "unit": "fraction" if not measure().level else measure().name,
        "shift_reason": str(event["shift_reason"]),
        "headline": story.finding(),
        "answer": story.answer(),
        "groups": [_entity(story, entity) for entity in story.entities],
        "assets": [_entity(story, asset) for asset in story.assets],
        "headline_tests": tests.drop(columns=["headline", "refused"]).to_dict("records"),
        "exclusions": result.exclusions.to_dict("records"),
        "notes": list(result.notes),
        "evidence": _evidence(story.evidence),
        "spec": result.spec.model_dump(mode="json"),
    }


def planned_json(planned: PlannedTests | None) -> dict[str, Any]:
    """The key `planned`, which only a run of a plan has.

    Of a plan that was altered after it was sealed no test is planned; they are in `exploratory`.

    Args:
        planned: Of the event.
    """
    if planned is None:
        return {}
    content = planned.as_json()
    tests = content.pop("tests")
    none: list[dict[str, Any]] = []
    kept = (
        {"tests": tests, "exploratory": none}
        if planned.sealed
        else {
            "tests": none,
            "exploratory": tests,
        }
    )
    return {"planned": {"sealed": planned.sealed, "finding": planned.finding, **kept, **content}}


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    short = {
        name: tables_of(part)[part.in_short].to_dict("records")
        for name, part in evidence.parts.items()
    }
    return {**short, "absent": dict(evidence.absent), "notes": list(evidence.notes)}


def _entity(story: Story, entity: Any) -> dict[str, Any]:
    raw, abnormal = story.dollars(entity)
    return {
        "key": entity.key,
        "name": entity.name,
        "group": entity.group,
        "members": list(entity.members),
        "raw_return": story.raw(entity),
        "index_points": story.points(entity),
        "raw_dollars": raw,
        "abnormal_dollars": abnormal,
        "windows": [
            {"start": w.start, "end": w.end, **_figures(story.figures(entity, w))}
            for w in dict.fromkeys((story.focus, *story.result.spec.car))
        ],
    }


def _figures(figures: EntityFigures) -> dict[str, Any]:
    """The figures of a window; low, high and significant are those of the quoted test."""
    names = ("car", "se", "t", "p_value", "p_placebo", "low", "high", "n_obs", "significant")
    return {
        **{name: getattr(figures, name) for name in names},
        "quoted_test": figures.quoted.test,
    }
