"""Working folders for the command line, earlier results in them, and its script as a process."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from eventstudy import load_prices

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode puts no folder of tests on it

REPOSITORY = Path(__file__).resolve().parents[2]


def run_script(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The console script beside this Python in its own process, its streams apart."""
    script = Path(sys.executable).with_name("eventstudy")
    return subprocess.run(
        [str(script), *args],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def digest(folder: Path) -> dict[str, str]:
    """Every path below a folder with the hash of its content; folders and hidden files too."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def shell() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run_script


@pytest.fixture
def content_of() -> Callable[[Path], dict[str, str]]:
    return digest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with the repository's events file, on a terminal of 80 columns."""
    shutil.copy(REPOSITORY / "events.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.startswith("EVENTSTUDY_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture(
    params=["stand-in", pytest.param("evidence", marks=(pytest.mark.slow, pytest.mark.weekly))]
)
def evidence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run gathers no evidence, where a test reads but a line; in the weekly tests it does."""
    if request.param == "stand-in":
        monkeypatch.setattr("eventstudy.runs.gather_evidence", lambda *_, **__: None)


@pytest.fixture(scope="session")
def closes() -> pd.DataFrame:
    """The sample's adjusted closes of five tickers, to be written as the user's own file."""
    return load_prices("bundled").adj_close[["NVDA", "MSFT", "GOOGL", "^IXIC", "^GSPC"]]


@pytest.fixture
def outputs(folder: Path) -> Path:
    """Earlier results, whatever they hold, and a folder of the user's own."""
    for event in ("good", "deepseek-app-store"):
        place = folder / "outputs" / event
        place.mkdir(parents=True)
        (place / "manifest.json").write_text("{}\n")
        (place / "report.pdf").write_bytes(b"%PDF an earlier one")
    (folder / "outputs" / "deepseek-v2").mkdir()
    (folder / "outputs" / "deepseek-v2" / "my notes.txt").write_text("mine")
    (folder / "outputs" / ".gitkeep").touch()
    return folder / "outputs"


Refused = Callable[..., None]


@pytest.fixture
def refused(outputs: Path, call: Callable[..., Any]) -> Refused:
    """Call a verb that must refuse: its code, its sentences, and earlier outputs as they were.

    It prints nothing, or figures that hold `printed`.
    """

    def check(*args: str, code: int = 2, says: Sequence[str] = (), printed: str = "") -> None:
        before = digest(outputs)
        answer = call(*args)
        assert answer.code == code, answer.err
        assert printed in answer.out if printed else answer.out == ""
        for fragment in says:
            assert fragment in answer.said, answer.err
        for ugly in UGLY:
            assert ugly not in answer.err
        lines = answer.err.splitlines()
        problems = [line for line in lines if line.startswith("Error: ")]
        assert problems
        assert all(line.startswith(("Error: ", "Note: ", "Try: eventstudy ")) for line in lines)
        sentences = [line for line in lines if not line.startswith("Try: ")]
        assert all(line.endswith((".", "?")) for line in sentences)
        assert all(len(line) <= LONGEST_LINE for line in lines)
        assert all(character.isprintable() for line in lines for character in line)
        assert digest(outputs) == before

    return check


UGLY = ("Traceback", "--debug", " nan,", "None", "<class", "object at 0x", "C error")
"""What no sentence has: Python, and a library's own words."""
LONGEST_LINE = 1_000
