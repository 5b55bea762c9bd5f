"""The made-up market in a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode puts no folder of tests on it

from plan_helpers import EVENTS, GROUPS, Market, made_up_closes


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "groups.toml").write_text(GROUPS)
    return Market(tmp_path, made_up_closes())
