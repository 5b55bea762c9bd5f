"""--class-start: refused where it is no date, and carried to the evidence of a bundle."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import eventstudy as es
from eventstudy.runs import EvidenceInputs, write_bundles


def test_what_is_no_date_is_refused(call: Any) -> None:
    answer = call("run", "NVDA", "--date", "2025-01-27", "--class-start", "soon")
    assert answer.code == 2
    assert "class-start" in answer.said
    assert "'soon'" in answer.said


@pytest.mark.slow
def test_the_class_period_of_a_bundle(tmp_path: Path) -> None:
    result = es.study("NVDA", "2025-01-27", source="bundled")
    place = tmp_path / result.assets.labels["event_id"].iloc[0]
    assert result.prices is not None
    inputs = EvidenceInputs(class_start=date(2024, 5, 22))
    write_bundles({place: result}, result.prices, inputs)
    evidence = es.load_evidence(place)
    assert evidence is not None
    assert evidence.damages is not None
    assert evidence.damages.class_start == "2024-05-22"
    rows = (place / "tables" / "damages_inflation.csv").read_text("utf-8").splitlines()
    assert rows[1].startswith("2024-05-22,")
    assert (place / "replicate.R").is_file()
    assert es.verify_bundle(place).sound
