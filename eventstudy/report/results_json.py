"""results.json: the figures of a report for programs, and its sentences with their keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eventstudy.evidence.parts.contamination import Change, change_sentence, changes
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.files.formats import json_text
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.kinds import machine_figures
from eventstudy.report.machine.places import Basis, Said, at
from eventstudy.report.machine.schema import SCHEMA_VERSION, require_valid
from eventstudy.report.machine.sentences import Keyed, Keyring
from eventstudy.report.pages.contents import tell
from eventstudy.report.told import Told
from eventstudy.text.measure import worded
from eventstudy.text.rounding import rounded


def write_results(story: Told, path: Path) -> None:
    """Write what the report says to `path`, for machines."""
    text = json_text(results_document(story))
    path.write_text(f"{require_valid(text)}\n", encoding="utf-8", newline="\n")


def results_document(story: Told) -> dict[str, Any]:
    """Everything in results.json.

    Args:
        story: What the report tells.
    """
    pages = list(tell(story).values())
    noted = [_as_basis(change) for change in _changes(story.evidence)]
    figures = {name: basis.figures for name, basis in map(_own_figures, pages) if basis.figures}
    written = {
        "schema_version": SCHEMA_VERSION,
        "kind": story.kind,
        **machine_figures(story),
        "figures": {**figures, **({"notes": [one.figures for one in noted]} if noted else {})},
        "sentences": [],
    }
    document: dict[str, Any] = json.loads(json_text(rounded(written)))
    said = sentences_of(story, pages, document)
    kinds = (
        {"page": page, "kind": kind, "text": s.text, "keys": list(s.keys)} for page, kind, s in said
    )
    return {**document, "sentences": list(kinds)}


def sentences_of(
    story: Told, pages: Iterable[Page], document: Mapping[str, Any]
) -> Iterator[tuple[str, str, Keyed]]:
    """The findings of all pages, the answer and the notes with figures: page, kind, sentence.

    Args:
        story: What the report tells.
        pages: Its pages.
        document: results.json without them.
    """
    ring = Keyring(document)
    for page in pages:
        name, basis = _own_figures(page)
        places = (*basis.places, at("figures", name))
        yield page.name, "finding", ring.keyed(Said(page.finding, places))
        for said in basis.said:
            yield page.name, "answer", ring.keyed(replace(said, text=worded(said.text)))
    for change in _changes(story.evidence):
        basis = _as_basis(change)
        places = (*basis.places, at("figures", "notes", basis.figures))
        yield "", "note", ring.keyed(Said(change_sentence(change), places))


def _own_figures(page: Page) -> tuple[str, Basis]:
    """Under which key the figures of a page stand, and these."""
    return page.name.replace("-", "_"), page.basis


def _changes(evidence: Evidence | None) -> list[Change]:
    known = evidence.contamination if evidence else None
    return changes(known) if known else []


def _as_basis(change: Change) -> Basis:
    """The flagged leads, and for how many assets the benchmarks differ."""
    span = {"start": change.window.start, "end": change.window.end}
    keys = ({"other": change.other, "key": row["key"], **span} for row in change.leads)
    counts = {"other": change.other, **span, "flagged": change.flagged, "assets": change.assets}
    rows = (at("evidence", "contamination", key).each("own", "against") for key in keys)
    return Basis(tuple(place for row in rows for place in row), counts)
