"""What the command says of itself: help that fits, examples that parse, typos that are answered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import partial, wraps
from typing import Any

import pytest
import typer

from eventstudy.cli.app import app

pytestmark = pytest.mark.usefixtures("folder")

Verb = tuple[str, ...]


def commands(group: Any, above: Verb = ()) -> Iterator[tuple[Verb, Any]]:
    """Every verb and group of verbs with its click command, the root first."""
    yield above, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*above, name))


ALL = dict(commands(typer.main.get_command(app)))


def each(verbs: Any) -> Any:
    return pytest.mark.parametrize("verb", list(verbs), ids=lambda verb: " ".join(verb) or "root")


def is_group(command: Any) -> bool:
    return hasattr(command, "commands")


def test_every_verb_is_known():
    assert {" ".join(verb) for verb in ALL} >= {
        *("run", "report", "claims", "calibrate", "models", "tests", "init", "doctor"),
        *("events list", "events show", "events validate", "events add", "prices fetch"),
    }


@each(ALL)
def test_help_fits_80_columns_and_says_what_it_is_for(verb, call):
    answer = call(*verb, "--help")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(" ".join(["Usage:", "eventstudy", *verb]))
    first = " ".join(answer.out.split("\n\n")[1].split())
    assert re.fullmatch(r"[A-Z].{8,76}[.?]", first)
    assert "\N{NO-BREAK SPACE}" not in answer.out


@each(ALL)
def test_every_option_and_argument_has_help(verb):
    assert [p.name for p in ALL[verb].params if not (p.help or "").strip()] == []


@each(ALL)
def test_no_default_is_broken_over_two_lines(verb, call):
    said = call(*verb, "--help").out
    for found in re.findall(r"\[default: [^\]]*\]", said):
        assert "\n" not in found
    assert verb not in (("run",), ("calibrate",)) or said.count("[default: ") > 10


@each(verb for verb, command in ALL.items() if not verb or not is_group(command))
def test_examples_are_the_last_lines_and_parse(verb, call):
    examples = call(*verb, "--help").out.split("\nExamples:\n")[1].splitlines()
    assert 2 <= len(examples) <= 3
    reached: list[Verb] = []

    def note(found: Verb, **_: Any) -> None:
        reached.append(found)

    for example in examples:
        program, *args = shlex.split(example)
        assert program == "eventstudy"
        root = typer.main.get_command(app)
        for found, command in commands(root):
            if not is_group(command):
                command.callback = wraps(command.callback)(partial(note, found))
        reached.clear()
        assert not root(args, standalone_mode=False), example
        assert "--help" in args or len(reached) == 1, example
        assert not verb or reached == [verb], example


def test_the_options_of_run_stand_in_panels_and_help_in_the_last(call):
    said = call("run", "-h").out
    heads = [line.rstrip(":") for line in said.splitlines() if line[:1].strip()]
    assert heads[1:] == [
        *("Arguments", "What to study", "Price files", "How to estimate", "Output", "Running"),
        "Examples",
    ]
    running = said.split("\nRunning:\n")[1].split("\n\n")[0]
    assert running.splitlines()[-1].split()[:2] == ["-h,", "--help"]


def test_every_option_of_the_interface_is_there(call):
    said = call("run", "--help").out
    for option in [
        *("events", "source", "model", "benchmark", "estimation", "window", "car", "tests", "out"),
        *("engine", "seed", "offline", "json", "quiet", "verbose", "no-progress"),
        *("format", "paper", "ink"),
    ]:
        assert f"--{option} " in said, option
    assert "[[EVENT_ID]" not in said


def test_variables_are_told_once_and_not_at_every_option(call):
    assert "EVENTSTUDY_RUN_MODEL is --model of run" in " ".join(call("--help").out.split())
    assert "EVENTSTUDY" not in call("run", "--help").out


@pytest.mark.parametrize("args", [[], ["events"], ["prices"]], ids=["root", "events", "prices"])
def test_no_verb_shows_the_help_and_is_wrong_usage(args, call):
    answer = call(*args)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(" ".join(["Usage:", "eventstudy", *args]))
    assert "Error" not in answer.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["runn"], "No such command 'runn'. Did you mean 'run'? See eventstudy --help."),
        (["events", "lst"], "No such command 'lst'. Did you mean 'list'? See eventstudy events"),
        (["zzz"], "No such command 'zzz'. See eventstudy --help."),
        (
            ["run", "--modle", "mean"],
            "There is no option --modle. Did you mean --model? See eventstudy run --help.",
        ),
        (["run", "--zzzzz"], "There is no option --zzzzz. See eventstudy run --help."),
        (["run", "-x"], "There is no option -x. See eventstudy run --help."),
        (["--confg", "x"], "There is no option --confg. Did you mean --config? See eventstudy "),
        (["run", "--model"], "Option '--model' requires an argument."),
        (["events", "add", "x"], "Missing option '--title'. See eventstudy events add --help."),
    ],
)
def test_wrong_usage_is_a_sentence_with_the_nearest_name(args, said, call):
    answer = call(*args)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"Error: {said}")
    assert answer.err.count("\n") == 1


def test_a_line_break_in_a_message_comes_from_the_terminal_alone(capsys, monkeypatch):
    from eventstudy.cli import console

    text = "Error: " + " ".join(["about the window [−10, +20] and no more than −13.26% of it."] * 2)
    console.say(text)
    assert capsys.readouterr().err == text + "\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    console.say(text)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 40
    assert {line[:7] for line in lines[1:]} == {" " * 7}
    assert " ".join(line.strip() for line in lines) == text
    assert sum("[−10, +20]" in line for line in lines) == 2
    assert sum("−13.26%" in line for line in lines) == 2
