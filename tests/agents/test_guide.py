"""The guide holds what the package does: its keys, codes and days are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import eventstudy as es
from eventstudy.agents.guide import guide_text
from eventstudy.agents.tools import TOOLS
from eventstudy.cli.verbs import VERBS
from eventstudy.errors import InputError

TEXT = guide_text()
ROOT = Path(__file__).resolve().parents[2]


def test_it_fits_a_terminal_of_80_columns():
    assert max(map(len, TEXT.splitlines())) <= 80
    assert not set(TEXT) - set(map(chr, range(32, 127))) - {"\n"}


def test_its_keys_are_those_of_the_answers():
    rows = re.findall(r"^\| (`.*?) +\|", TEXT, re.MULTILINE)
    named = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    schemas = [tool.answers.model_json_schema() for tool in TOOLS]
    parts = [part for each in schemas for part in (each, *each.get("$defs", {}).values())]
    known = {key for part in parts for key in part.get("properties", {})}
    assert len(named) > 15
    assert named - known == {"exclusions"}  # the guide says what it is called there


def test_its_exit_codes_are_those_of_the_documentation():
    def codes(text: str) -> set[str]:
        return set(re.findall(r"^\| (\d) +\|", text, re.MULTILINE))

    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert codes(TEXT) == codes(page)


def test_its_commands_and_tools_exist():
    verbs = {verb.name for verb in VERBS}
    assert set(re.findall(r"`?eventstudy\s+([a-z]+)", TEXT)) - {"measures"} <= verbs
    tools = {tool.name for tool in TOOLS}
    assert set(re.findall(r"`(study_\w+)`", TEXT)) <= tools


def test_the_days_of_the_sample_are_those_that_it_has():
    sessions = es.load_prices("bundled").sessions
    assert all(f"{sessions[at]:%Y-%m-%d}" in TEXT for at in (0, -1))


def test_one_section_is_printed_alone():
    part = guide_text("units")
    assert part.startswith("## Units\n")
    assert part.strip() in TEXT
    assert "## Keys" not in part
    with pytest.raises(InputError, match="Units"):
        guide_text("unit of measure")


def test_the_command_prints_it():
    from eventstudy.cli.app import app

    printed = CliRunner().invoke(app, ["guide"])
    assert printed.exit_code == 0
    assert printed.stdout.strip() == TEXT.strip()
