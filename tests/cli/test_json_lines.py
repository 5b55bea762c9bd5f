"""`run --json`: one line an event as it is finished, each by the schema; nothing else is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from eventstudy.report.machine.schema import SCHEMA_FILE

SCHEMA = json.loads(files("eventstudy").joinpath("data", SCHEMA_FILE).read_text("utf-8"))
LINE = jsonschema.Draft202012Validator({"$ref": "#/$defs/Line", "$defs": SCHEMA["$defs"]})
HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
SHORT = ("--window=0,1", "--car=0,0", "--estimation=-130,-11", "--min-obs", "100", "--no-progress")


def lines_of(text: str) -> list[dict[str, Any]]:
    """The lines, each of them valid."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        LINE.validate(line)
    return lines


def test_lines_without_a_report_have_the_figures_and_write_nothing(call, folder: Path) -> None:
    rows = ("one,One,2025-01-27,,,NVDA;AMD,,yes,,", "old,Old,2001-05-07,,,NVDA,,yes,,")
    (folder / "events.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    answer = call("run", "--json", "--no-report", "-q")
    assert answer.code == 5
    one, old = lines_of(answer.out)
    assert (one["kind"], one["event_id"], one["day0"]) == ("figures", "one", "2025-01-27")
    assert [asset["key"] for asset in one["assets"]] == ["NVDA", "AMD"]
    assert one["assets"][0]["windows"][0]["car"] == pytest.approx(-0.1326, abs=1e-4)
    assert (old["kind"], old["excluded"]) == ("excluded", True)
    assert old["reason"]
    assert old["exclusions"][0]["ticker"] == "NVDA"
    assert sorted(path.name for path in folder.glob("[!c]*")) == ["events.csv"]  # but a cache


def test_exclusions_alone_are_lines_before_the_error(call, folder: Path) -> None:
    (folder / "events.csv").write_text(f"{HEADER}old,Old,2001-05-07,,,NVDA,,yes,,\n")
    answer = call("run", "--json", "--no-report", "-q")
    assert answer.code == 3
    assert [line["kind"] for line in lines_of(answer.out)] == ["excluded"]
    assert "Nothing could be estimated" in answer.err


@pytest.mark.parametrize("other", [("--resume",), ("--regress", "size")])
def test_what_needs_a_bundle_does_not_go_without(call, folder: Path, other) -> None:
    (folder / "events.csv").write_text(f"{HEADER}one,One,2025-01-27,,,NVDA,,yes,,\n")
    answer = call("run", "--no-report", *other)
    assert answer.code == 2
    assert other[0].removeprefix("--") in answer.err


def made_list(folder: Path, count: int) -> None:
    """A list of so many dates of made-up companies, and two that cannot be estimated."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=900, name="date")
    names = [f"F{i}" for i in range(120)]
    market = rng.normal(0, 0.01, (900, 1))
    steps = np.hstack([rng.normal(0, 0.015, (900, 120)) + market, market])
    prices = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), days, [*names, "MKT"])
    prices.to_csv(folder / "wide.csv")
    at = rng.integers(200, 890, 2 * count)
    rows = pd.DataFrame({"ticker": rng.choice(names, 2 * count), "date": days[at]})
    rows = rows.drop_duplicates().head(count)
    lost = pd.DataFrame({"ticker": ["F1", "NONE"], "date": [days[20], days[400]]})
    pd.concat([rows, lost]).to_csv(folder / "list.csv", index=False)


LISTED = ("run", "--events", "list.csv", "--source", "wide.csv", "--benchmark", "MKT", "--json")


def test_each_event_of_a_list_has_one_line(call, folder: Path) -> None:
    made_list(folder, 40)
    answer = call(*LISTED, "--no-report", "-q", *SHORT)
    assert answer.code == 5
    lines = lines_of(answer.out)
    assert [line["kind"] for line in lines] == ["figures"] * 40 + ["excluded"] * 2
    assert len({line["event_id"] for line in lines}) == 42
    assert not (folder / "outputs").exists()


@pytest.mark.slow
def test_thousands_of_events_are_quick_and_the_report_comes_last(call, folder: Path) -> None:
    made_list(folder, 3_000)
    began = time.process_time()
    answer = call(*LISTED, "--no-report", "-q", *SHORT)
    assert time.process_time() - began < 30
    assert answer.out.count("\n") == 3_002
    made_list(folder, 30)
    lines = lines_of(call(*LISTED, "-q", *SHORT).out)
    assert [line["kind"] for line in lines][-2:] == ["excluded", "pooled"]
    written = json.loads(Path("outputs/list/results.json").read_text("utf-8"))
    assert lines[-1] == written


@pytest.mark.slow
def test_a_line_is_there_before_the_next_event_is_finished(folder: Path) -> None:
    rows = [f"e{day},E,2025-01-{day},,,NVDA,,yes,," for day in (21, 22, 23, 24, 27, 28)]
    (folder / "events.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    command = [sys.executable, "-m", "eventstudy", "run", "--json", "--no-report", "-q"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event_id"] == "e21"
        assert process.poll() is None  # five more are to come
        assert len(process.stdout.readlines()) == 5
    assert process.returncode == 0
