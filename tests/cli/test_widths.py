"""Help, summaries and commands on terminals from 60 to 200 columns; progress with time left."""

from __future__ import annotations

import io
import re
import shlex

import pytest

import eventstudy as es
from eventstudy.cli import console
from eventstudy.cli.progress import Steps, time_left
from eventstudy.text.lines import WIDEST, lines_of

WIDTHS = (60, 71, 100, 200)


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    return es.study("hyperscalers,NVDA", "2025-01-27", peers="AMD,AVGO")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_summary_fits_and_breaks_no_word(result, width):
    with lines_of(width):
        text = result.summary()
    assert max(map(len, text.splitlines())) <= min(width, WIDEST)
    figures = r"[\w.,−+%]*\d[\w.,−+%]*"
    assert {*re.findall(figures, text)} == {*re.findall(figures, result.summary())}


def test_outside_lines_have_80_columns(result):
    with lines_of(60):
        pass
    assert 60 < max(map(len, result.summary().splitlines())) <= 80


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "verb", [(), ("run",), ("events", "add"), ("prices", "fetch"), ("doctor",)]
)
def test_help_fits_and_its_examples_stay_commands(verb, width, call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    usual = call(*verb, "--help").out
    monkeypatch.setenv("COLUMNS", str(width))
    text = call(*verb, "--help").out
    assert max(map(len, text.splitlines())) <= width

    def examples(help_text: str) -> list[list[str]]:
        joined = help_text.partition("\nExamples:\n")[2].replace("\\\n", "")
        return [shlex.split(line) for line in joined.splitlines()]

    assert examples(text) == examples(usual)


def test_a_command_on_a_narrow_terminal_can_be_pasted(monkeypatch, capsys):
    command = "eventstudy events add my-event --title 'a b' --at 2025-01-27 --groups NVDA"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    console.say_command("Try", command)
    head, *lines = capsys.readouterr().err.splitlines()
    assert head == "Try:"
    assert max(map(len, lines)) <= 60
    assert shlex.split("".join(line.removesuffix("\\") for line in lines)) == shlex.split(command)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (4.9, ""),
        (12, "10 s left"),
        (99, "100 s left"),
        (100, "2 min left"),
        (3_600, "60 min left"),
        (7_300, "2 hours left"),
    ],
)
def test_time_left(seconds, words):
    assert time_left(seconds) == words


def test_progress_names_event_place_and_time_left(monkeypatch):
    now = iter([0.0, 0.0, 30.0])
    steps = Steps(shown=False, clock=lambda: next(now))
    said: list[str] = []
    monkeypatch.setattr(steps, "say", said.append)
    steps.item("estimating", "first", 0, 4)
    steps.item("estimating", "second", 1, 4)
    assert said == ["first (1 of 4): estimating", "second (2 of 4): estimating, 90 s left"]


def test_a_run_of_one_event_has_no_place(monkeypatch):
    steps = Steps(shown=False)
    said: list[str] = []
    monkeypatch.setattr(steps, "say", said.append)
    steps.item("estimating", "only", 0, 1)
    assert said == ["only: estimating"]


def test_nothing_is_shown_where_no_terminal_is(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with Steps(shown=True) as steps, steps.aside():
        steps.item("estimating", "only", 0, 2)
