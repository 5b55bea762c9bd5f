"""`eventstudy cross-check` as a user sees it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def bundle(ran, folder: Path) -> Path:
    """The first bundle that a bare run leaves, to be spoilt."""
    shutil.copytree(ran.folder / "outputs" / "deepseek-r1", folder / "bundle")
    return folder / "bundle"


@pytest.mark.slow
def test_a_bundle_agrees_and_a_planted_error_does_not(bundle: Path, call, content_of) -> None:
    before = content_of(bundle)
    answer = call("cross-check", "bundle", "--with", "statsmodels", "--out", "appendix.tex")
    assert (answer.code, answer.said) == (0, "Wrote appendix.tex")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    for quantity in ("alpha", "r_squared", "car", "se", "p_value", "portfolio_t", "bmp_kp_t p"):
        assert any(line.strip().startswith(f"{quantity} ") for line in lines), quantity
    assert Path("appendix.tex").is_file()
    assert content_of(bundle) == before
    path = bundle / "results.json"
    results = json.loads(path.read_text("utf-8"))
    results["assets"][0]["windows"][0]["car"] += 1e-6
    path.write_text(json.dumps(results), "utf-8")
    answer = call("cross-check", "bundle", "--with", "statsmodels", "--json")
    assert answer.code == 1
    told = json.loads(answer.out)
    wrong = [each for each in told["lines"] if each["explanation"] == "unexplained"]
    assert {(each["file"], each["quantity"], each["name"]) for each in wrong} == {
        ("results.json", "car", "NVDA")
    }
    assert "verify" in answer.said


def test_what_is_no_study_is_refused(folder: Path, call) -> None:
    answer = call("cross-check", str(folder))
    assert answer.code == 2
    assert "no saved study" in answer.said
    answer = call("cross-check", str(folder), "--out", "table.doc")
    assert answer.code == 2
    assert ".tex" in answer.said
