"""A folder that is served, and a client in the same process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from eventstudy.agents.desk import Desk
from eventstudy.agents.folder import ServedFolder

ROOT = Path(__file__).resolve().parents[2]
Call = tuple[str, dict[str, Any]]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A folder with an events file, in a folder with what nobody may reach."""
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copy(ROOT / "events.csv", folder)
    (tmp_path / "secret.csv").write_text("ticker,date\nSECRET,2025-01-27\n", encoding="utf-8")
    return folder


@pytest.fixture
def desk(served: Path) -> Desk:
    return Desk(ServedFolder.of(served), fetch=False)


@pytest.fixture
def ask(desk: Desk) -> Callable[[Sequence[Call]], list[Any]]:
    """The results of calls, one after the other; each is held against the tool's schema."""
    from mcp import Client

    from eventstudy.agents.server import make_server

    def asked(calls: Sequence[Call]) -> list[Any]:
        async def run() -> list[Any]:
            async with Client(make_server(desk)) as client:
                await client.list_tools()
                return [await client.call_tool(name, given) for name, given in calls]

        return anyio.run(run)

    return asked
