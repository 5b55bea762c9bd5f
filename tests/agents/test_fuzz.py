"""Whatever a client sends, it gets an answer or a sentence, and nothing leaves the folder."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventstudy.agents.tools import TOOLS

CALLS = 120
"""Calls of the test; a thousand were made once."""
UNFORESEEN = re.compile(r"Traceback|^\w*(Error|Exception|Warning)\b", re.MULTILINE)
GOOD: dict[str, list[Any]] = {
    "tickers": ["NVDA", ["NVDA", "AMD"], "hyperscalers"],
    "date": ["2025-01-27", "27 January 2025", "2025-01-27T16:05:00-05:00"],
    "peers": [["AVGO"], "AMD,MU"],
    "groups": [{"power": ["VST", "CEG"]}, {}],
    "timing": ["post", "pre", ""],
    "title": ["A title", ""],
    "source": [["bundled"], "prices.csv", []],
    "price_file": [{"dayfirst": True}, {"values": "prices"}],
    "options": [{"car": ["-1,1"]}, {"window": "-2,2", "car": "0,1"}, {"model": "mean"}],
    "event_id": ["deepseek-r1", "deepseek-app-store"],
    "file": ["events.csv", "list.csv"],
    "rows": [[{"ticker": "NVDA", "date": "2025-01-27"}], 50],
    "layout": [{"dayfirst": False}, {"date_col": "date"}],
    "contains": ["deepseek", ""],
    "calendar": ["XNYS", "XLON"],
    "name": ["market", "t", ""],
    "study": ["", "nvda"],
    "ticker": ["NVDA", ""],
    "bundle": ["outputs/one", "."],
    "table": ["car", ""],
    "first_row": [0, 10],
}
STRANGE: list[Any] = [
    *(None, True, -1, 0, 2**70, 1e308, -0.0, float("nan"), float("inf"), "", " ", "\0", "\x1b[31m"),
    *("\ud800", "\u202e", "é" * 50, "💥", "𝟙𝟚", "x" * 5_000, "A," * 500, "'; DROP TABLE", "=1+1"),
    *("../secret.csv", "/etc/passwd", "..", "con", "~", "secret", "{}", "-1,1", "9" * 400, "NaN"),
    *("2025-02-30", "0000-00-00", "9999-12-31", "45678", "1e5", "2025-W01", "today", "2025-01-27Z"),
    *([], {}, [[]], [{}], {"a": {"b": [1, None, "x"]}}, [None, 1], ["NVDA"] * 1_000, {"": ""}),
    *({"car": ["-1,1", "x"]}, {"window": "-200000,200000"}, {"estimation": [0, 0]}, {"seed": -1}),
    *({"draws": 10**12}, {"confidence": 2}, {"tests": "all"}, {"min_obs": None}, {"model": ""}),
    *({"benchmark": "NVDA"}, {"frequency": "weekly"}, {"calendar": "x"}, {"weights": "size"}),
    *([{"ticker": "\0", "date": 1}], [{"ticker": None, "date": "2025-01-27"}], [{"x": "y"}] * 3),
    *([{"ticker": "NVDA", "date": "2025-01-27", "group": "all"}], [{"date": "2025-01-27"}] * 1_001),
]


def arguments(draw: random.Random, takes: Any) -> dict[str, Any]:
    """Arguments of a tool, of which some are left out, some wrong, some of no tool."""
    given: dict[str, Any] = {}
    for name in takes.model_fields:
        chance = draw.random()
        if chance < 0.6:
            given[name] = draw.choice(GOOD[name])
        elif chance < 0.75:
            given[name] = draw.choice(STRANGE)
    if draw.random() < 0.1:
        given["".join(draw.choices(string.printable, k=5))] = draw.choice(STRANGE)
    return given


def fuzzed(ask: Callable[..., list[Any]], calls: int, seed: int) -> list[tuple[Any, Any]]:
    draw = random.Random(seed)
    tools = [draw.choice(TOOLS) for _ in range(calls)]
    made = [(tool.name, arguments(draw, tool.takes)) for tool in tools]
    return list(zip(made, ask(made), strict=True))


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("seed", [1])
def test_strange_calls_get_an_answer_or_a_sentence(seed, ask, served, tmp_path):
    listed = "ticker,date\nNVDA,2025-01-27\nAMD,2024-06-03\n"
    (served / "list.csv").write_text(listed, encoding="utf-8")
    (served / "prices.csv").write_text("date,NVDA\n2025-01-27,1\n", encoding="utf-8")
    (served / "outputs").mkdir()
    before = files_of(tmp_path)
    answers = fuzzed(ask, CALLS, seed)
    for made, result in answers:
        text = result.content[0].text
        assert text.strip(), made
        if result.is_error:
            assert not UNFORESEEN.search(text), (made, text)
            assert len(text) < 20_000, made
    assert {result.is_error for _, result in answers} == {True, False}
    assert "SECRET" not in "".join(result.content[0].text for _, result in answers)
    assert all(path.startswith("served/answers") for path in files_of(tmp_path) - before)
