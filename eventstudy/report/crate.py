"""The bundle described for archives and search engines: RO-Crate 1.1, as JSON-LD without network.

What it says depends on the figures' input alone: no clock, no place, no command, so that two
analysts' bundles have the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pandas as pd

from eventstudy.files.manifest import CRATE, MANIFEST, OF_A_MACHINE
from eventstudy.report.story import setting, source_line
from eventstudy.report.told import Told

SPECIFICATION = "https://w3id.org/ro/crate/1.1"
KINDS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Ending of a file → its media type; any other is text."""
_WHAT = {
    "report.pdf": "The report",
    "report.html": "The report as a web page",
    "report.xlsx": "The report as a workbook",
    "brief.pdf": "The report on one page",
    "share.png": "Image for links: event, figure, chart",
    "results.json": "The figures for programs",
    MANIFEST: "Versions, options, data source and the SHA-256 of each file",
}
_SAVED = "The study itself, which eventstudy reads again"


def crate(story: Told, files: Iterable[str]) -> dict[str, Any]:
    """What `CRATE` holds.

    Args:
        story: The event or events, and the study.
        files: The paths of the bundle's files from its folder down.
    """
    listed = [path for path in sorted({*files, MANIFEST}) if not path.startswith(OF_A_MACHINE)]
    parts = [_file(path) for path in listed]
    saved = {"@id": OF_A_MACHINE, "@type": "Dataset", "name": _SAVED}
    about = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": "./"},
    }
    entities = [about, _root(story, [*parts, saved]), *parts, saved, *_surroundings(story)]
    return {"@context": f"{SPECIFICATION}/context", "@graph": entities}


def _root(story: Told, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@id": "./",
        "@type": "Dataset",
        "identifier": story.event_id,
        "name": story.title,
        "description": " ".join([f"{story.finding()}.", *story.answer(), f"{setting(story)}."]),
        "datePublished": _date(story),
        "license": {"@id": "#licence"},
        "hasPart": [{"@id": part["@id"]} for part in parts],
        "mentions": {"@id": "#study"},
    }


def _file(path: str) -> dict[str, Any]:
    place = PurePosixPath(path)
    return {
        "@id": quote(path),
        "@type": "File",
        "name": _WHAT.get(path, f"{place.parent.name}: {place.stem}".removeprefix(": ")),
        "encodingFormat": KINDS.get(place.suffix, "text/plain"),
    }


def _surroundings(story: Told) -> list[dict[str, Any]]:
    """What the files rest on: the study, the program, the prices, the licence."""
    study = {
        "@id": "#study",
        "@type": "CreateAction",
        "name": f"{story.title}: {setting(story)}",
        "description": " ".join(f"{label}: {said}" for label, said in story.facts),
        "instrument": {"@id": "#eventstudy"},
        "object": {"@id": "#prices"},
        "result": {"@id": "./"},
    }
    program = {
        "@id": "#eventstudy",
        "@type": "SoftwareApplication",
        "name": "eventstudy",
        "softwareVersion": version("eventstudy-kit"),
    }
    prices: dict[str, Any] = {
        "@id": "#prices",
        "@type": "Dataset",
        "name": story.origin.get("description") or "Returns or prices handed in as a table",
        "description": source_line(story),
    }
    if digest := story.origin.get("sha256"):
        prices["identifier"] = f"sha256:{digest}"
    licence = {
        "@id": "#licence",
        "@type": "CreativeWork",
        "name": "Not stated",
        "description": "Whoever publishes this bundle states its licence. Prices remain under the "
        "terms of their source.",
    }
    return [study, program, prices, licence]


def _date(story: Told) -> str:
    """When the prices were retrieved; where that is not known, their last session in the study."""
    if retrieved := story.origin.get("retrieved"):
        return str(retrieved)
    sessions = pd.DatetimeIndex(story.result.assets.dates.ravel())  # NaT beyond the data
    return f"{sessions.max():%Y-%m-%d}"
