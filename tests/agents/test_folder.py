"""No path leads out of the folder that is served, and nothing is written through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.agents.folder import ServedFolder
from eventstudy.errors import InputError

TABLE = pd.DataFrame({"car": [0.5]})


@pytest.mark.parametrize(
    "path",
    [
        *("", " ", "..", "../secret.csv", "a/../../secret.csv", "/etc/passwd", "//host/share"),
        *("~/secret.csv", "C:secret.csv", "C:\\secret.csv", "\\\\host\\share", "a\\..\\secret.csv"),
        *(
            "secret.csv\0.csv",
            "a\nb.csv",
            "a\x1bb",
            "\ud800",
            "x" * 401,
            f"{'x' * 300}/{'y' * 50}/..",
        ),
        *("CON", "con.csv", "prices/NUL", "aux .csv", "COM1", "lpt9.txt", "prices.csv:stream"),
        *(".env", ".git/config", "a/.hidden", "...", ". ."),
    ],
)
def test_such_a_path_is_refused(path, served):
    with pytest.raises(InputError, match=r"^Option file: .*\.$"):
        ServedFolder.of(served).inside(path, "file")


def test_links_are_followed_inside_and_refused_outside(served):
    (served / "sub").mkdir()
    (served / "near.csv").symlink_to("events.csv")
    (served / "far.csv").symlink_to("../secret.csv")
    (served / "up").symlink_to("..")
    (served / "sub" / "far").symlink_to(served.parent)
    (served / ".hidden").write_text("x", encoding="utf-8")
    (served / "shown").symlink_to(".hidden")
    folder = ServedFolder.of(served)
    assert folder.inside("near.csv", "file") == served / "events.csv"
    for path in ("far.csv", "up/secret.csv", "sub/far/secret.csv", "sub", "shown", "up"):
        with pytest.raises(InputError):
            folder.inside(path, "file")


def test_a_folder_may_itself_be_reached_by_a_link(served, tmp_path):
    (tmp_path / "link").symlink_to(served)
    folder = ServedFolder.of(tmp_path / "link")
    assert folder.inside("events.csv", "file") == served / "events.csv"


@given(st.text(st.sampled_from("./\\a~:\0 \n\u202e\ud800C"), max_size=12) | st.text(max_size=30))
@settings(max_examples=100)
def test_any_text_is_a_path_inside_or_refused(path):
    folder = ServedFolder.of(Path(__file__).parent)
    try:
        place = folder.inside(path, "file")
    except InputError:
        return
    assert place.is_relative_to(folder.root)
    assert folder.inside(folder.shown(place), "file") == place or place == folder.root


def test_tables_are_written_inside_and_replace_their_own(served):
    folder = ServedFolder.of(served)
    assert folder.write_table("a", TABLE) == "answers/a.csv"
    assert folder.write_table("a", TABLE * 2) == "answers/a.csv"
    assert (served / "answers" / "a.csv").read_text("utf-8") == "car\n1.0\n"
    assert [path.name for path in (served / "answers").iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["../a", "a/b", "con", "", "a\0", "."])
def test_a_table_needs_a_plain_name(name, served):
    with pytest.raises(InputError):
        ServedFolder.of(served).write_table(name, TABLE)
    assert sorted(path.name for path in served.iterdir()) == ["events.csv"]


@pytest.mark.parametrize("kind", ["folder", "file", "fifo"])
def test_nothing_is_written_through_a_link_or_into_a_pipe(kind, served, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    if kind == "folder":
        (served / "answers").symlink_to(outside)
    else:
        (served / "answers").mkdir()
    if kind == "file":
        (served / "answers" / "a.csv").symlink_to(tmp_path / "secret.csv")
    if kind == "fifo":
        os.mkfifo(served / "answers" / "a.csv")
    before = (tmp_path / "secret.csv").read_bytes()
    with pytest.raises(InputError):
        ServedFolder.of(served).write_table("a", TABLE)
    assert not list(outside.iterdir())
    assert (tmp_path / "secret.csv").read_bytes() == before


@pytest.mark.parametrize("path", ["nothing", "events.csv"])
def test_only_a_folder_is_served(path, served):
    with pytest.raises(InputError):
        ServedFolder.of(served / path)
