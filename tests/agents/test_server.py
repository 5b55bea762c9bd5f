"""The protocol goes on while a study is made, and standard output carries nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from eventstudy.agents.server import AbandonedError

ROOT = Path(__file__).resolve().parents[2]
WAIT = 60
"""Seconds after which something has gone wrong."""


def test_a_long_study_holds_nothing_up_and_ends_when_it_is_cancelled(desk, monkeypatch):
    from mcp import Client

    from eventstudy.agents.server import make_server

    begun, ended, done = threading.Event(), threading.Event(), threading.Event()

    def endless(given, desk, progress):
        begun.set()
        try:
            while not done.wait(0.01):
                progress("fitting", 1, 2)
        except AbandonedError:
            ended.set()
            raise

    monkeypatch.setattr("eventstudy.agents.studies.study_date", endless)
    told: list[tuple[float, float | None, str | None]] = []

    async def tell(step: float, total: float | None, stage: str | None) -> None:
        told.append((step, total, stage))

    async def run() -> None:
        given = {"tickers": "NVDA", "date": "2025-01-27"}
        async with Client(make_server(desk)) as client, anyio.create_task_group() as group:

            async def study() -> None:
                await client.call_tool("study_date", given, progress_callback=tell)

            group.start_soon(study)
            await anyio.to_thread.run_sync(begun.wait, WAIT)
            found = await client.call_tool("look_up_tests", {"name": "t"})
            assert not found.is_error
            assert not ended.is_set()
            while not told:
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()

    try:
        anyio.run(run)
        assert ended.wait(WAIT)
    finally:
        done.set()
    assert told[0] == (1, 2, "fitting")


def test_studies_run_one_after_the_other(desk, monkeypatch):
    from mcp import Client

    from eventstudy.agents.server import make_server
    from eventstudy.errors import InputError

    running, most = [0], [0]

    def watched(given, desk, progress):
        running[0] += 1
        most[0] = max(most[0], running[0])
        threading.Event().wait(0.05)
        running[0] -= 1
        raise InputError("Enough.")

    monkeypatch.setattr("eventstudy.agents.studies.study_date", watched)

    async def run() -> None:
        given = {"tickers": "NVDA", "date": "2025-01-27"}
        async with Client(make_server(desk)) as client, anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(client.call_tool, "study_date", given)

    anyio.run(run)
    assert most == [1]


def test_without_the_sdk_the_extra_is_named(desk, monkeypatch):
    from eventstudy.agents.server import make_server
    from eventstudy.errors import InputError

    monkeypatch.setitem(sys.modules, "mcp_types", None)
    with pytest.raises(InputError, match=r"eventstudy-kit\[mcp\]"):
        make_server(desk)


def started(served: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "eventstudy", "mcp", "--folder", str(served)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def message(method: str, number: int | None, **params: object) -> str:
    told = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(told if number is None else {**told, "id": number}) + "\n"


@pytest.mark.slow
def test_standard_output_carries_the_protocol_alone(served):
    handshake = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    calls = [
        message("initialize", 1, **handshake),
        message("notifications/initialized", None),
        "no message\n",
        message("tools/list", 2),
        message("tools/call", 3, name="study_event", arguments={"event_id": "deepseek-r1"}),
        message("tools/call", 4, name="look_up_events", arguments={"file": "../secret.csv"}),
    ]
    server = started(served)
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("".join(calls))
    server.stdin.flush()
    answers = [json.loads(server.stdout.readline()) for _ in range(4)]
    assert {answer["id"] for answer in answers} == {1, 2, 3, 4}
    by_id = {answer["id"]: answer["result"] for answer in answers}
    assert by_id[3]["structuredContent"]["event_id"] == "deepseek-r1"
    assert by_id[4]["isError"]
    server.send_signal(signal.SIGTERM)  # while it waits for a line
    out, err = server.communicate(timeout=WAIT)
    assert out == ""
    assert "Traceback" not in err
    assert server.returncode == 128 + signal.SIGTERM


@pytest.mark.slow
def test_the_server_ends_with_its_client(served):
    server = started(served)
    out, err = server.communicate("", timeout=WAIT)
    assert (out, err, server.returncode) == ("", "", 0)
