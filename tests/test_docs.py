"""The examples of README and docs run as they are printed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models.registry import list_models
from eventstudy.significance.registry import list_tests

ROOT = Path(__file__).parents[1]
PAGES = [
    *("README.md", "docs/guide.md", "docs/data.md", "docs/calibration.md", "docs/measures.md"),
    "docs/evidence.md",
]


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_python_examples_run(page, tmp_path):
    code = "\n".join(blocks(page, "python"))
    assert code
    shutil.copy(ROOT / "events.csv", tmp_path)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


def test_readme_has_one_command_to_run_and_one_to_test():
    commands = [line for block in blocks("README.md", "sh") for line in block.splitlines()]
    whole = [line for line in commands if line.startswith("python3 -m venv")]
    assert len(whole) == 2
    assert whole[0].endswith("eventstudy run")
    assert "pytest" in whole[1]
    assert whole[1].startswith(".venv/bin") is False
    assert "README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_links_in_the_docs_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) >= 7
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not missing


KINDS = ["models", "tests"]


def registered(kind):
    return list(list_models() if kind == "models" else list_tests())


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_and_test_has_its_page_and_no_page_is_left_over(kind):
    pages = {page.stem for page in (ROOT / "docs" / kind).glob("*.md")}
    assert pages == set(registered(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_and_test_has_its_row_in_the_index(kind):
    text = (ROOT / "docs" / f"{kind}.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| \[`(\w+)`\]\({kind}/(\w+)\.md\) \|", text, re.MULTILINE)
    assert rows == [(name, name) for name in registered(kind)]


PAGES_OF_ONE = [(kind, name) for kind in KINDS for name in registered(kind)]


@pytest.mark.parametrize(("kind", "name"), PAGES_OF_ONE)
def test_a_page_says_what_it_must_in_less_than_a_page(kind, name):
    text = (ROOT / "docs" / kind / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# `{name}`: ")
    parts = ["**Formula.**", "**Assumes.**", "**Use it when**", "**Not when**"]
    parts += ["**Missing data and few observations.**", "Paper", "Code: ["]
    parts += ["**Null and df.**" if kind == "tests" else "**Error and df.**"]
    assert [part for part in parts if part not in text] == []
    assert len(text) < 3_500
    known = list_models() if kind == "models" else list_tests()
    code = known[name].fit if kind == "models" else known[name].function
    written = re.findall(r"^Code: \[(\S+)\]", text, re.MULTILINE)[0]
    assert (ROOT / written).exists()
    folder = "models" if kind == "models" else "significance"
    assert written.startswith(f"eventstudy/{folder}/")
    assert written.removesuffix(".py").replace("/", ".") in (code.__module__, *ALSO.get(name, ()))


ALSO = {"placebo": ("eventstudy.significance.placebo",)}
"""Registered in one module, computed in another, which is the one to read."""


@pytest.fixture(scope="module")
def small_study():
    """What the pages' examples find: `observations`, `wide`, `donors`."""
    rng = np.random.default_rng(0)
    index = pd.bdate_range("2023-01-02", periods=330)
    names = ["A", "B", "C", "D1", "D2", "D3", "mkt", "oil", "mkt_rf", "smb", "smb_ff3"]
    names += ["hml", "rmw", "cma", "mom", "rf"]
    wide = pd.DataFrame(0.01 * rng.standard_normal((330, len(names))), index, names)
    wide[["A", "B", "C", "D1", "D2", "D3"]] += wide[["mkt"]].to_numpy()
    observations = pd.DataFrame(
        {"event_id": ["a", "b", "c"], "ticker": ["A", "B", "C"], "date": index[[290, 300, 310]]}
    )
    return {"es": es, "observations": observations, "wide": wide, "donors": ["D1", "D2", "D3"]}


@pytest.mark.parametrize(("kind", "name"), PAGES_OF_ONE)
def test_the_call_on_a_page_runs(kind, name, small_study, capsys):
    (code,) = blocks(f"docs/{kind}/{name}.md", "python")
    exec(compile(code, f"docs/{kind}/{name}.md", "exec"), dict(small_study))
    assert (f'tests=["{name}"]' if kind == "tests" else f'model="{name}"') in code
    assert capsys.readouterr().out


def test_the_comparison_names_tests_that_exist():
    text = (ROOT / "docs/comparison.md").read_text(encoding="utf-8")
    guards = set(re.findall(r"`(test_\w+)`", text))
    source = (ROOT / "tests/conformance/test_defects_elsewhere.py").read_text(encoding="utf-8")
    assert guards == set(re.findall(r"^def (test_\w+)", source, re.MULTILINE))
