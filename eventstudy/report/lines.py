"""What `run --json` prints of an event: a line of JSON each, as soon as the event is finished."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.files.formats import json_text
from eventstudy.report.event_json import entity_figures, window_figures
from eventstudy.report.figures import figures_over
from eventstudy.report.machine.schema import SCHEMA_VERSION, require_valid
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.story import Story
from eventstudy.result.dollars import focus_of
from eventstudy.result.result import StudyResult
from eventstudy.spec.study_spec import StudySpec
from eventstudy.text.measure import measure, measured_in
from eventstudy.text.rounding import rounded


def report_line(folder: Path) -> str:
    """The results.json of a bundle in one line.

    Args:
        folder: Of the bundle.
    """
    return json_text(json.loads((folder / "results.json").read_text("utf-8")), indent=None)


def event_line(result: StudyResult, event_id: str, title: str) -> str:
    """The figures of one registered event, or why it has none.

    Args:
        result: Its study.
        event_id: Its id.
        title: What happened.
    """
    left_out = result.exclusions.to_dict("records")
    with measured_in(result.spec.unit, result.spec.frequency):
        if not result.n:
            return _excluded(result.spec, event_id, title, left_out)
        story = Story(result, event_id)
        figures = {"day0": f"{story.day0:%Y-%m-%d}", **entity_figures(story)}
        return _figures(result.spec, event_id, title, figures, left_out)


def pooled_lines(result: StudyResult) -> Iterator[str]:
    """The figures of every event of a pooled study, then the events that have none.

    Args:
        result: Of a frame of observations.
    """
    left_out: dict[str, list[Any]] = {}
    for row in result.exclusions.to_dict("records"):
        left_out.setdefault(str(row["event_id"]), []).append(row)
    with measured_in(result.spec.unit, result.spec.frequency):
        for event_id, title, figures in _by_event(result):
            yield _figures(result.spec, event_id, title, figures, left_out.pop(event_id, []))
        for event_id, rows in left_out.items():
            yield _excluded(result.spec, event_id, event_id, rows)


def _by_event(result: StudyResult) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Id, title and figures of each event with an estimate, in the order of the list."""
    story, spec = PooledStory(result, ""), result.spec
    windows = list(dict.fromkeys((focus_of(spec), *spec.car)))
    figures = [result.assets.once(figures_over, window) for window in windows]
    day = focus_of(spec).start - spec.span.start
    labels = result.assets.labels
    titles = labels["title"] if "title" in labels else labels["event_id"]
    events: dict[str, tuple[str, dict[str, Any]]] = {}
    columns = (labels[name].tolist() for name in ("event_id", "ticker", "group", "day0"))
    for row, (event_id, ticker, group, day0) in enumerate(zip(*columns, strict=True)):
        asset = {
            "key": str(ticker),
            "name": story.cast.name(str(ticker)),
            "group": str(group),
            "members": [str(ticker)],
            "raw_return": float(result.assets.returns[row, day]),
            "index_points": None,
            "raw_dollars": None,
            "abnormal_dollars": None,
            "path": None,
            "windows": [
                window_figures(w, each[row]) for w, each in zip(windows, figures, strict=True)
            ],
        }
        first = {"day0": f"{pd.Timestamp(day0):%Y-%m-%d}", "groups": [], "assets": []}
        events.setdefault(str(event_id), (str(titles.iloc[row]), first))[1]["assets"].append(asset)
    yield from ((event_id, title, made) for event_id, (title, made) in events.items())


def _figures(
    spec: StudySpec,
    event_id: str,
    title: str,
    figures: Mapping[str, Any],
    left_out: Sequence[Mapping[Any, Any]],
) -> str:
    head = _head("figures", spec, event_id, title)
    return _line({**head, **figures, "exclusions": list(left_out)})


def _excluded(
    spec: StudySpec, event_id: str, title: str, left_out: Sequence[Mapping[Any, Any]]
) -> str:
    """The line of an event without an estimate; its reason is the first one."""
    why = str(left_out[0]["reason"]) if left_out else "no asset of it was studied"
    head = _head("excluded", spec, event_id, title)
    return _line({**head, "excluded": True, "reason": why, "exclusions": list(left_out)})


def _head(kind: str, spec: StudySpec, event_id: str, title: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "event_id": event_id,
        "title": title,
        "unit": measure().name if measure().level else "fraction",
        "confidence": spec.confidence,
    }


def _line(data: Mapping[str, Any]) -> str:
    return require_valid(json_text(rounded(dict(data)), indent=None), line=True)
