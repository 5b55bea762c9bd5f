"""Formats, paper and ink on the command line: passed on, kept by `report`, refused before any work."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from eventstudy.cli.console import short_path
from eventstudy.report import bundle

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def made(evidence, monkeypatch):
    """How bundles are made, instead of making them."""
    found = []

    def note(story, folder: Path, make) -> None:
        found.append((make.formats, make.paper, make.ink))
        (folder / "results.json").write_text("{}")
        (folder / "manifest.json").write_text("{}")

    monkeypatch.setattr(bundle, "_fill", note)
    return found


@pytest.fixture
def kept(ran, folder):
    """A bundle that a run left, to be drawn again."""
    place = folder / "outputs" / "deepseek-r1"
    shutil.copytree(ran.folder / "outputs" / "deepseek-r1", place)
    return place


def says_made(place: Path, **made: object) -> None:
    path = place / "manifest.json"
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**told, "made": {**told["made"], **made}}), "utf-8")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], (("pdf", "json"), "a4", "colour")),
        (["--format", "html"], (("pdf", "html", "json"), "a4", "colour")),
        (["--format", " MD, xlsx,pdf"], (("pdf", "xlsx", "md", "json"), "a4", "colour")),
        (["--paper", "letter", "--ink", "gray"], (("pdf", "json"), "letter", "grey")),
        (["--paper", "slide", "--ink", "color"], (("pdf", "json"), "slide", "colour")),
    ],
)
def test_run_passes_them_on(args, expected, call, made):
    answer = call("run", "deepseek-r1", "-q", *args)
    assert (answer.code, answer.err) == (0, "")
    assert made == [expected]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], (("pdf", "md", "json"), "letter", "grey")),
        (["--format", "html,tex"], (("pdf", "html", "tex", "md", "json"), "letter", "grey")),
        (["--paper", "a4"], (("pdf", "md", "json"), "a4", "grey")),
        (["--ink", "colour"], (("pdf", "md", "json"), "letter", "colour")),
    ],
)
def test_report_keeps_what_the_bundle_has_and_adds(args, expected, call, made, kept):
    says_made(kept, formats=["pdf", "md", "json"], paper="letter", ink="grey")
    assert call("report", str(kept), *args).code == 0
    assert made == [expected]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "--format",
            "pfd",
            "no format 'pfd'. Did you mean 'pdf'? Known: brief, html, json, md, pdf",
        ),
        ("--format", "html,docx", "no format 'docx'. Known: brief, html"),
        ("--paper", "A5", "no paper 'A5'. Known: a4, letter, slide."),
        ("--paper", "leter", "Did you mean 'letter'?"),
        ("--ink", "gery", "no ink 'gery'. Did you mean 'grey'? Known: colour, grey."),
    ],
)
@pytest.mark.parametrize("verb", ["run", "report"])
def test_an_unknown_name_is_refused_before_any_work(
    option, value, said, verb, call, folder, kept, content_of, monkeypatch
):
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work had begun")

    monkeypatch.setattr("eventstudy.cli.priced.load_needed", work)
    monkeypatch.setattr("eventstudy.result.result.load", work)
    before = content_of(folder)
    answer = call(verb, *([str(kept)] if verb == "report" else []), option, value)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error: There is ")
    assert said in answer.err
    assert content_of(folder) == before


def test_from_the_file_as_a_list(call, made, folder):
    (folder / "eventstudy.toml").write_text('[run]\nformat = ["html", "md"]\nink = "grey"\n')
    assert call("run", "deepseek-r1", "-q").code == 0
    assert made == [(("pdf", "html", "md", "json"), "a4", "grey")]


@pytest.mark.slow
def test_a_bundle_drawn_again_in_more_formats(call, kept, folder):
    before = {path.name for path in (kept / "tables").iterdir()}
    answer = call("report", str(kept), "--format", "md,html,xlsx", "--ink", "grey")
    assert (answer.code, answer.out) == (0, "")
    first, second, third, beside = answer.err.splitlines()
    assert first == "Wrote outputs/deepseek-r1/report.pdf"
    assert second == "      outputs/deepseek-r1/report.html"
    assert third == "      outputs/deepseek-r1/report.xlsx"
    figures, tables = re.fullmatch(
        r" {6}beside it figures/ \((\d+)\), tables/ \((\d+)\)", beside
    ).groups()
    assert int(figures) == len(list((kept / "figures").glob("*.pdf")))
    added = {path.name for path in (kept / "tables").iterdir()} - before
    assert added
    assert {Path(name).suffix for name in added} == {".md"}
    assert int(tables) == len({Path(name).stem for name in before | added})
    told = json.loads((kept / "manifest.json").read_text("utf-8"))
    assert told["made"]["formats"] == ["pdf", "html", "xlsx", "md", "json"]
    assert (kept / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_paths_are_told_from_the_working_folder(folder):
    assert short_path(folder / "a" / "b") == Path("a/b")
    assert short_path(Path("a/b")) == Path("a/b")
    assert short_path(folder.parent) == folder.parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("colours", [True, False])
def test_no_color_takes_the_colours_from_the_progress_line(colours, monkeypatch):
    from eventstudy.cli.progress import Steps

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    with Steps(shown=True) as steps:
        steps.say("estimating")
        steps._status._live.refresh()
    assert "estimating" in screen.getvalue()
    coloured = re.findall(r"\x1b\[(?:\d+;)*3[0-7]m", screen.getvalue())
    assert bool(coloured) == colours


def test_what_is_printed_on_a_terminal_has_no_codes_at_all(call, monkeypatch):
    """Colours are left to the progress line, so that there are none to take away."""
    for name in ("FORCE_COLOR", "PY_COLORS"):
        monkeypatch.setenv(name, "1")
    for args in (["--help"], ["run", "--help"], ["events", "list"], ["doctor"], ["rnu"]):
        answer = call(*args)
        assert answer.out + answer.err
        assert "\x1b" not in answer.out + answer.err
