"""The examples run as their first lines say, and the notebooks show what a run shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, command)],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stderr == ""
    return done.stdout


def test_there_is_an_example_for_each_start():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        *("deepseek.py", "earnings_universe.py", "own_csv.py"),
    }
    assert [path.name for path in NOTEBOOKS] == ["deepseek.ipynb", "own_csv.ipynb"]


@pytest.mark.slow
@pytest.mark.weekly
def test_deepseek(tmp_path):
    """Known figures of 27 January 2025, a bundle, and about thirty lines of code."""
    printed = run(EXAMPLES / "deepseek.py", tmp_path / "found", cwd=tmp_path)
    assert "Nvidia -13.26% (-18.3% to -8.2%), placebo p 0.004" in printed
    assert re.search(r"^ *nvidia-down-17 +supported$", printed, re.MULTILINE)
    results = json.loads((tmp_path / "found" / "results.json").read_text(encoding="utf-8"))
    assert "Nvidia fell 16.97%" in results["answer"][0]
    assert (tmp_path / "found" / "report.pdf").read_bytes().startswith(b"%PDF")
    lines = (EXAMPLES / "deepseek.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) < 40


@pytest.mark.slow
def test_own_csv_finds_what_was_planted(tmp_path):
    """Two firms fall by 6% on the session after the news, the third does not."""
    printed = run(EXAMPLES / "own_csv.py", tmp_path / "own", cwd=tmp_path)
    assert "day 0 is 2025-02-13" in printed
    rows = re.findall(r"(ALPHA|BETA|GAMMA) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +([\d.]+)", printed)
    found = {name: tuple(map(float, figures)) for name, *figures in rows}
    for name, planted in {"ALPHA": -0.06, "BETA": -0.06, "GAMMA": 0.0}.items():
        _, low, high, p = found[name]
        assert low < planted < high
        assert (p < 0.05) == (planted != 0)
    made = {path.name for path in (tmp_path / "own").iterdir()}
    assert made == {"prices.csv", "events.csv", "groups.toml", "recall"}
    assert (tmp_path / "own" / "recall" / "report.pdf").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.weekly
def test_own_csv_writes_the_same_files_again(tmp_path):
    code = "import sys; sys.path.insert(0, sys.argv[1]); import own_csv, pathlib; "
    code += "[own_csv.write_files(pathlib.Path(p)) for p in sys.argv[2:]]"
    places = [tmp_path / "a", tmp_path / "b"]
    for place in places:
        place.mkdir()
    run("-c", code, EXAMPLES, *places, cwd=tmp_path)
    first, again = ({p.name: p.read_bytes() for p in place.iterdir()} for place in places)
    assert len(first) == 3
    assert first == again


@pytest.fixture(scope="module")
def checked():
    """Both notebooks are run in one process, each in a kernel of its own."""
    command = [sys.executable, str(ROOT / "tools" / "notebooks.py"), "--check"]
    return subprocess.run(
        [*command, *map(str, NOTEBOOKS)], check=False, capture_output=True, text=True
    )


@pytest.mark.slow
@pytest.mark.weekly
def test_the_notebooks_show_what_a_run_shows(checked):
    """Text and tables to the letter; pictures are there. `python tools/notebooks.py` renews them."""
    assert checked.returncode == 0, checked.stderr[-4000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_with_its_outputs_and_nothing_of_the_run(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert sum(bool(cell["outputs"]) for cell in cells) >= len(cells) - 1
    assert any("image/png" in o.get("data", {}) for cell in cells for o in cell["outputs"])
    assert {cell["execution_count"] for cell in cells} == {None}
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    assert path.stat().st_size < 600_000
    assert not re.search(r"/(home|root|tmp|work|Users)/", path.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.weekly
def test_a_changed_output_is_noticed(tmp_path):
    notebook = json.loads((EXAMPLES / "own_csv.ipynb").read_text(encoding="utf-8"))
    notebook["cells"] = notebook["cells"][1:2]
    shown = notebook["cells"][0]["outputs"][0]
    shown["text"] = [line.replace("ALPHA", "OMEGA") for line in shown["text"]]
    (tmp_path / "own_csv.py").write_bytes((EXAMPLES / "own_csv.py").read_bytes())
    (tmp_path / "changed.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, str(ROOT / "tools" / "notebooks.py"), "--check"]
    done = subprocess.run(
        [*command, str(tmp_path / "changed.ipynb")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "OMEGA" in done.stderr
