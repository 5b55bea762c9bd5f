"""The figures of one event as results.json has them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from eventstudy.evidence.parts.evidence import Evidence, tables_of
from eventstudy.report.figures import EntityFigures, path_window
from eventstudy.report.story import Story
from eventstudy.result.answer import Against
from eventstudy.result.neighbours import headline_shares, other_headlines
from eventstudy.result.planned import PlannedTests
from eventstudy.significance.quoted import Quoted
from eventstudy.spec.windows import Window
from eventstudy.text.measure import measure


def event_results(story: Story) -> dict[str, Any]:
    """What the report says, for machines: the answer, the figures, the tests to quote."""
    result, event = story.result, story.event
    tests = result.tests[result.tests["headline"].astype(bool)]
    benchmarks = [*filter(None, [story.benchmark]), *result.comparison]
    return {
        "event_id": story.event_id,
        **_planned(result.planned),
        "title": str(event["title"]),
        "announced_at": str(event["announced_at"]),
        "day0": f"{story.day0:%Y-%m-%d}",
        "unit": "fraction" if not measure().level else measure().name,
        "confidence": result.spec.confidence,
        "shift_reason": str(event["shift_reason"]),
        "headline": story.finding(),
        "answer": story.answer(),
        "focus": list(story.focus),
        "benchmarks": [{"ticker": name, "name": story.name(name)} for name in benchmarks],
        "lead": _lead(story),
        **entity_figures(story),
        "headline_tests": tests.drop(columns=["headline", "refused"]).to_dict("records"),
        "exclusions": result.exclusions.to_dict("records"),
        "notes": list(result.notes),
        "evidence": _evidence(story.evidence),
        "spec": result.spec.model_dump(mode="json"),
    }


def _planned(planned: PlannedTests | None) -> dict[str, Any]:
    """The key `planned`, which only a run of a plan has.

    Of a plan that was altered after it was sealed no test is planned; they are in `exploratory`.
    """
    if planned is None:
        return {}
    content = planned.as_json()
    tests = content.pop("tests")
    none: list[Any] = []
    sealed = planned.sealed
    kept = {"tests": tests if sealed else none, "exploratory": none if sealed else tests}
    return {"planned": {"sealed": sealed, "finding": planned.finding, **kept, **content}}


def entity_figures(story: Story) -> dict[str, Any]:
    """The figures of groups and assets."""
    return {
        "groups": [_entity(story, entity) for entity in story.entities],
        "assets": [_entity(story, asset) for asset in story.assets],
    }


def _lead(story: Story) -> dict[str, Any]:
    """The figures of the answer."""
    lead, reply = story.leads[0], story.reply
    source, row = story.row_of(lead)
    session = source.dates[row, story.focus.start - story.result.spec.span.start]
    return {
        "name": reply.name,
        "moved": reply.moved,
        "date": pd.Timestamp(session),
        "against": [_against(story, one) for one in reply.against],
        "other_headlines": _other_headlines(story),
    }


def _against(story: Story, one: Against) -> dict[str, Any]:
    return {
        "benchmark": one.name,
        "moved": one.moved,
        "expected": story.reply.moved - one.day.estimate,
        "dollars": story.lead_dollars(one.day.estimate),
        "as_extreme": one.as_extreme,
        "ordinary": one.ordinary,
        "windows": [_quoted(*each) for each in ((story.focus, one.day), *one.later)],
    }


def _quoted(window: Window, quoted: Quoted) -> dict[str, Any]:
    names = ("estimate", "low", "high", "p", "test", "significant")
    figures = {name: getattr(quoted, name) for name in names}
    return {"start": window.start, "end": window.end, **figures}


def _other_headlines(story: Story) -> list[dict[str, Any]]:
    """The other headline events in the studied days, with the lead's abnormal return on each."""
    shares = headline_shares(story, story.leads[0], story.result.spec.span)
    known = {share.other: share.ar for share in shares}
    return [
        {"title": each.title, "date": each.session, "day": each.day, "ar": known.get(each)}
        for each in other_headlines(story.result)
    ]


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    short = {
        name: tables_of(part)[part.in_short].to_dict("records")
        for name, part in evidence.parts.items()
    }
    return {**short, "absent": dict(evidence.absent), "notes": list(evidence.notes)}


def _entity(story: Story, entity: Any) -> dict[str, Any]:
    path = path_window(story.result.spec.window)
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
            window_figures(w, story.figures(entity, w))
            for w in dict.fromkeys((story.focus, *story.result.spec.car))
        ],
        "path": window_figures(path, story.figures(entity, path)),
    }


def window_figures(window: Window, figures: EntityFigures) -> dict[str, Any]:
    """The figures of a window; low, high and significant are those of the quoted test."""
    names = ("car", "se", "t", "p_value", "p_placebo", "low", "high", "n_obs", "significant")
    return {
        "start": window.start,
        "end": window.end,
        **{name: getattr(figures, name) for name in names},
        "quoted_test": figures.quoted.test,
    }
