"""`eventstudy init`: files that work at once, say what they hold, and overwrite nothing."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import typer

from eventstudy import read_events
from eventstudy.cli.app import app
from eventstudy.cli.config import in_force, options_of, read_settings

OPTIONS = [one for one in options_of(typer.main.get_command(app)) if one.verb == ("run",)]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(folder):
    (folder / "events.csv").rename(folder.parent / f"{folder.name}-events.csv")


def test_says_what_it_wrote_and_what_comes_next(call, folder):
    answer = call("init", "my-study")
    assert (answer.code, answer.out) == (0, "my-study/events.csv\nmy-study/eventstudy.toml\n")
    assert answer.err == "Next: cd my-study && eventstudy run\n"
    assert sorted(path.name for path in (folder / "my-study").iterdir()) == [
        "events.csv",
        "eventstudy.toml",
    ]


def test_in_this_folder(call, folder):
    answer = call("init")
    assert (answer.code, answer.out) == (0, "events.csv\neventstudy.toml\n")
    assert answer.err == "Next: eventstudy run\n"
    assert call("events", "validate").out == "events.csv: 2 events, all valid.\n"


def test_the_events_are_those_of_the_repository(call, folder):
    call("init")
    ours = read_events(folder.parent / f"{folder.name}-events.csv")
    started = read_events(folder / "events.csv")
    assert list(started) == list(ours.headline())


def test_the_configuration_sets_nothing_as_it_stands(call, folder):
    call("init")
    text = (folder / "eventstudy.toml").read_text("utf-8")
    assert tomllib.loads(text) == {"run": {}}
    assert max(map(len, text.splitlines())) <= 80


def test_uncommented_the_configuration_is_every_default(call, folder):
    call("init")
    text = (folder / "eventstudy.toml").read_text("utf-8")
    keys = re.findall(r"^#([a-z-]+) = ", text, re.MULTILINE)
    assert keys == [option.key for option in OPTIONS]
    (folder / "eventstudy.toml").write_text(re.sub(r"^#(?=[a-z-]+ = )", "", text, flags=re.M))
    settings = read_settings(None, OPTIONS)
    empty = re.findall(r'^#([a-z-]+) = ""$', text, re.MULTILINE)  # which says nothing
    assert {"benchmark", "groups"} <= set(empty)
    assert set(settings.values["run",]) == {o.name for o in OPTIONS if o.key not in empty}
    assert in_force(OPTIONS, settings, {}) == []


def test_every_option_is_explained(call, folder):
    call("init")
    text = " ".join((folder / "eventstudy.toml").read_text("utf-8").replace("\n# ", " ").split())
    for option in OPTIONS:
        assert f"{' '.join(option.help.split())} #{option.key} = " in text


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (["events.csv"], "a/events.csv already exists; nothing was written"),
        (["eventstudy.toml"], "a/eventstudy.toml already exists; nothing was written"),
        (
            ["events.csv", "eventstudy.toml"],
            "a/events.csv and a/eventstudy.toml already exist; nothing was written",
        ),
    ],
)
def test_nothing_is_overwritten(there, said, call, folder, content_of):
    (folder / "a").mkdir()
    for name in there:
        (folder / "a" / name).write_text("mine")
    before = content_of(folder)
    answer = call("init", "a")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"Error: {said}.")
    assert content_of(folder) == before


def test_a_link_that_leads_nowhere_is_not_overwritten(call, folder):
    (folder / "events.csv").symlink_to("nowhere")
    assert call("init").code == 2
    assert not (folder / "nowhere").exists()
    assert not (folder / "eventstudy.toml").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_is_a_file(place, call, folder, content_of):
    (folder / "file").write_text("mine")
    before = content_of(folder)
    answer = call("init", place)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "Error: file is a file, not a folder; give another place.\n"
    assert content_of(folder) == before


def test_a_place_that_cannot_be_written(call, folder, monkeypatch):
    from pathlib import Path

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    answer = call("init", "a")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Error: a/eventstudy.toml cannot be written: permission denied; choose another folder.\n"
    )


def test_it_works_where_a_configuration_file_is_wrong(call, folder):
    (folder / "eventstudy.toml").write_text("[run")
    assert call("init", "new").code == 0


@pytest.mark.slow
def test_init_then_run_needs_nothing_else(folder, shell):
    """In processes of their own, as a user does, and without network."""
    assert shell("init", "s", cwd=folder).returncode == 0
    with (folder / "s" / "eventstudy.toml").open("a", encoding="utf-8") as stream:
        stream.write("offline = true\nquiet = true\n")
    done = shell("run", "deepseek-app-store", cwd=folder / "s")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    bundle = folder / "s" / "outputs" / "deepseek-app-store"
    assert (bundle / "report.pdf").read_bytes().startswith(b"%PDF")
    told = json.loads((bundle / "results.json").read_text("utf-8"))
    assert told["answer"][0].startswith("Nvidia fell 16.97%")


def test_the_folder_of_the_next_step_can_be_pasted(call, folder):
    del folder
    assert call("init", "a b").err == "Next: cd 'a b' && eventstudy run\n"
