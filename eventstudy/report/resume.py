"""Bundles that an earlier run has finished, for a run that goes on from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from eventstudy.errors import InputError
from eventstudy.evidence.parts.evidence import load_evidence
from eventstudy.files.manifest import MANIFEST, verify_bundle
from eventstudy.report.bundle import Make
from eventstudy.result.result import StudyResult
from eventstudy.result.storage import load
from eventstudy.runs import Written


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finished bundle with what it was drawn from."""

    result: StudyResult
    written: Written


def earlier_bundles(folders: Iterable[Path], make: Make) -> dict[Path, Earlier]:
    """The bundles that are whole and were made as `make` says, from the input that it knows."""
    return {
        folder: Earlier(load(folder), Written.of(folder, load_evidence(folder)))
        for folder in folders
        if _is_finished(folder, make)
    }


def _is_finished(folder: Path, make: Make) -> bool:
    try:
        if not verify_bundle(folder).sound:
            return False
    except InputError:  # no bundle, or none that can be read: it is made anew
        return False
    made = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("made")
    return bool(make.input_sha256) and made == json.loads(json.dumps(asdict(make)))
