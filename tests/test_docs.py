"""The examples of README and docs run as they are printed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/guide.md"]


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
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert len(pages) >= 7
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not missing
