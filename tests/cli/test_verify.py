"""`eventstudy verify`: sound, altered and hostile bundles, one and several, as a user sees them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def outputs(ran, folder: Path) -> Path:
    """The two bundles that a bare run leaves, to be spoilt."""
    shutil.copytree(ran.folder / "outputs", folder / "outputs")
    return folder / "outputs"


def test_what_a_run_leaves_is_sound(outputs, call, content_of):
    before = content_of(outputs)
    answer = call("verify", "outputs")
    assert (answer.code, answer.err) == (0, "")
    first, second = "outputs/deepseek-app-store: ", "outputs/deepseek-r1: "
    lines = answer.out.splitlines()
    assert lines[0].startswith(first)
    assert re.search(r"\d+ files, all match\b", lines[0])
    assert lines[3].startswith(second)
    for name, (whole, figures) in (
        ("deepseek-app-store", lines[1:3]),
        ("deepseek-r1", lines[4:6]),
    ):
        raw = (outputs / name / "manifest.json").read_bytes()
        assert whole == f"  manifest {hashlib.sha256(raw).hexdigest()}"
        assert figures == f"  figures  {json.loads(raw)['figures_sha256']}"
    assert max(map(len, lines)) <= 80
    assert content_of(outputs) == before


def test_a_results_json_that_breaks_its_schema_is_told_beside_a_sound_manifest(outputs, call):
    bundle = outputs / "deepseek-r1"
    path, manifest = bundle / "results.json", bundle / "manifest.json"
    before = path.read_bytes()
    path.write_bytes(before.replace(b'"announced_at"', b'"anounced_at"', 1))
    stated = json.loads(manifest.read_text("utf-8"))
    stated["files"]["results.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(stated), encoding="utf-8")
    answer = call("verify", str(bundle))
    assert answer.code == 1
    assert "all match" in answer.out
    assert {"anounced_at", "announced_at"} <= set(answer.out.replace(":", " ").split())
    assert str(bundle) in answer.said
    found = json.loads(call("verify", str(bundle), "--json").out)["bundles"][0]
    assert (found["sound"], found["schema"]["valid"]) == (True, False)


@pytest.mark.slow
def test_a_bundle_that_report_drew_again_is_sound(outputs, call):
    assert call("report", "outputs/deepseek-r1", "--format", "md").code == 0
    assert call("verify", "outputs/deepseek-r1").code == 0


def test_every_difference_is_a_line_and_the_answer_one(outputs, call):
    bundle = outputs / "deepseek-r1"
    (bundle / "tables" / "car.csv").write_text("x")
    (bundle / "report.pdf").unlink()
    (bundle / "a\x1b[31mb").write_text("x")
    answer = call("verify", "outputs")
    assert answer.code == 1
    assert [
        line for line in answer.out.splitlines() if not line.startswith(("  manifest", "  figures"))
    ] == [
        answer.out.splitlines()[0],
        answer.out.splitlines()[3],
        "  extra    a\\x1b[31mb",
        "  missing  report.pdf",
        "  altered  tables/car.csv",
    ]
    (line,) = answer.said.splitlines()
    assert line.startswith("Error: 1 of 2 bundles ")


def test_json_tells_the_same(outputs, call):
    (outputs / "deepseek-r1" / "report.pdf").unlink()
    (outputs / "deepseek-app-store" / "manifest.json").write_text("{}")
    answer = call("verify", "outputs", "--json")
    assert answer.code == 2
    told = json.loads(answer.out)
    (found,) = told["bundles"]
    assert found["folder"] == "outputs/deepseek-r1"
    assert found["sound"] is False
    assert found["differences"] == [{"path": "report.pdf", "kind": "missing"}]
    (unreadable,) = told["unreadable"]
    assert unreadable["folder"] == "outputs/deepseek-app-store"
    assert unreadable["reason"] in answer.said


def test_one_bad_manifest_does_not_hide_the_other_bundle(outputs, call):
    (outputs / "deepseek-app-store" / "manifest.json").write_text('{"files": {}, "files": {}}')
    answer = call("verify", "outputs")
    assert answer.code == 2
    assert "outputs/deepseek-r1: " in answer.out
    assert "it has the key 'files' twice" in answer.said


@pytest.mark.parametrize("name", [".", "nowhere", "events.csv"])
def test_no_bundle_is_wrong_input(folder, call, name):
    answer = call("verify", name)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error: ")
    assert answer.err.count("\n") == 1
