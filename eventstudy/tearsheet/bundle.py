"""The bundle: report, figures, tables, results.json, manifest.json, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eventstudy.engine import map_tasks, usable_cores
from eventstudy.errors import InputError
from eventstudy.files import replace_folder
from eventstudy.result import StudyResult
from eventstudy.storage import write_result
from eventstudy.tearsheet.exports import write_tables
from eventstudy.tearsheet.story import Story

MANIFEST = "manifest.json"
_PARTS = ("eventstudy-kit", "numpy", "pandas", "scipy", "statsmodels", "matplotlib", "pyarrow")


def write_bundle(result: StudyResult, directory: str | Path) -> Path:
    """Write the bundle of one registered event to `directory` and return it.

    A result of several events gives the bundle of the event that the folder is named after, or
    one folder an event inside `directory` where it is named after none. An earlier bundle is
    replaced, anything else is left alone; nothing is half-written. Raises InputError for a
    result without registered events: save its tables, or run it from an events file.
    """
    target = Path(directory)
    if result.parts:
        if target.name in result.parts:
            return write_bundle(result.only(target.name), target)
        for event_id, part in result.parts.items():
            write_bundle(part, target / event_id)
        return target
    story = _story(result)
    with replace_folder(target, marker=MANIFEST) as folder:
        _fill(story, folder)
    return target


def write_bundles(results: Mapping[Path, StudyResult]) -> list[Path]:
    """Write several bundles side by side, one process each where there are processors for it."""
    alone = len(results) < 2 or usable_cores() < 2
    engine = "serial" if alone else "processes"
    return list(map_tasks(_write_one, results, list(results), engine))


def _write_one(results: Mapping[Path, StudyResult], folder: Path) -> Path:
    return write_bundle(results[folder], folder)


def _story(result: StudyResult) -> Story:
    if result.context is None:
        raise InputError(
            "A bundle tells the story of registered events on loaded prices; this result has "
            "neither. Use result.save(), or run events from read_events on load_prices."
        )
    if not result.n:
        raise InputError("The result has no estimate to report; see result.exclusions.")
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


def _fill(story: Story, folder: Path) -> None:
    from eventstudy.tearsheet.pages import draw_pages
    from eventstudy.tearsheet.savefig import save_figure, save_report
    from eventstudy.tearsheet.theme import themed

    for name in ("figures", "tables", "saved"):
        (folder / name).mkdir()
    title = f"Event study: {story.event['title']}"
    with themed():
        pages = draw_pages(story)
        singles = [save_figure(f, folder / "figures" / n, title)[0] for n, f in pages.items()]
    save_report(singles, folder / "report.pdf", title, story.headline())
    write_tables(story.result, folder / "tables")
    write_result(story.result, folder / "saved")
    write_json(results(story), folder / "results.json")
    write_json(_manifest(story, folder), folder / MANIFEST)


def write_json(data: dict[str, Any], path: Path) -> None:
    """JSON in UTF-8; a missing figure is null."""
    text = json.dumps(_clean(data), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value


def results(story: Story) -> dict[str, Any]:
    """What the report says, for machines: the answer, the figures, the tests to quote."""
    result, event = story.result, story.event
    tests = result.tests[result.tests["headline"].astype(bool)]
    return {
        "event_id": story.event_id,
        "title": str(event["title"]),
        "announced_at": str(event["announced_at"]),
        "day0": f"{story.day0:%Y-%m-%d}",
        "shift_reason": str(event["shift_reason"]),
        "headline": story.headline(),
        "answer": story.answer(),
        "groups": [_entity(story, entity) for entity in story.entities],
        "assets": [
            _entity(story, story.asset(str(t), str(g)))
            for t, g in zip(
                result.assets.labels["ticker"], result.assets.labels["group"], strict=True
            )
        ],
        "headline_tests": tests.drop(columns=["headline", "refused"]).to_dict("records"),
        "exclusions": result.exclusions.to_dict("records"),
        "notes": list(result.notes),
        "spec": result.spec.model_dump(mode="json"),
    }


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
            {"start": w.start, "end": w.end, **asdict(story.figures(entity, w))}
            for w in dict.fromkeys((story.focus, *story.result.spec.car))
        ],
    }


def _manifest(story: Story, folder: Path) -> dict[str, Any]:
    assert story.result.context is not None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "event_id": story.event_id,
        "versions": {"python": platform.python_version(), **{p: version(p) for p in _PARTS}},
        "options": story.result.spec.model_dump(mode="json"),
        "data": dict(story.result.context.origin),
        "files": {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        },
    }
