"""`--resume`: what the same command had finished is taken, anything else is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import eventstudy as es

EVENTS = ("deepseek-r1", "deepseek-app-store")


class MadeAnewError(Exception):
    """Raised in the place of an estimation."""


@pytest.fixture
def resume(call, folder, ran, monkeypatch) -> Callable[..., tuple[int, list[str]]]:
    """Exit code of `run --resume` on finished bundles, and the events that it would estimate."""
    shutil.copytree(ran.folder / "outputs", folder / "outputs")
    asked: list[str] = []

    def refuse(_study: object, _events: object, _prices: object, *, event_ids, **_: object) -> None:
        asked.extend(event_ids)
        raise MadeAnewError

    monkeypatch.setattr(es.EventStudy, "run", refuse)

    def resumed(*args: str) -> tuple[int, list[str]]:
        asked.clear()
        return call("run", "--resume", *args).code, asked

    return resumed


def test_finished_bundles_are_taken(resume, call, folder, ran, content_of) -> None:
    before = content_of(folder / "outputs")
    answer = call("run", "--resume")
    assert answer == ran.answer
    assert content_of(folder / "outputs") == before


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / path).read_text("utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), "utf-8")

    return change


ANEW = {
    "no bundle": lambda folder: shutil.rmtree(folder / "outputs" / EVENTS[0]),
    "a file is gone": lambda f: (f / "outputs" / EVENTS[0] / "report.pdf").unlink(),
    "a file is altered": edit(f"outputs/{EVENTS[0]}/results.json", "deepseek", "deepsaek"),
    "no JSON in the manifest": lambda f: (f / "outputs" / EVENTS[0] / "manifest.json").write_text(
        "{"
    ),
    "the title": edit("events.csv", "DeepSeek-R1", "R1"),
}


@pytest.mark.parametrize("case", ANEW)
def test_what_differs_is_made_anew(resume, folder, case) -> None:
    ANEW[case](folder)
    code, asked = resume()
    assert (code, asked[:1]) == (1, [EVENTS[0]])


FOREIGN = {
    "a file too many": lambda place: (place / "mine.txt").touch(),
    "no manifest": lambda place: (place / "manifest.json").unlink(),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_may_be_the_users_own_is_refused_before_the_study(resume, folder, case) -> None:
    FOREIGN[case](folder / "outputs" / EVENTS[0])
    assert resume() == (2, [])


@pytest.mark.parametrize(
    "option", ["--seed=1", "--format=html", "--ink=grey", "--paper=letter", "--car=0,1"]
)
def test_another_option_is_another_run(resume, option) -> None:
    assert resume(option) == (1, [EVENTS[0]])


@pytest.mark.slow
def test_a_bundle_from_the_library_knows_no_input(resume, folder, ran) -> None:
    place = folder / "outputs" / EVENTS[0]
    es.write_bundle(es.load(place), place)
    assert resume() == (1, [EVENTS[0]])


@pytest.mark.slow
def test_another_event_changes_nothing_for_those_of_before(call, folder, ran, content_of) -> None:
    """The one that is missing is made, as it was, and the others stay."""
    shutil.copytree(ran.folder / "outputs", folder / "outputs")
    before = content_of(folder / "outputs")
    shutil.rmtree(folder / "outputs" / EVENTS[1])
    stays = (folder / "outputs" / EVENTS[0] / "report.pdf").stat().st_ino
    assert call("run", "--resume").out == ran.answer.out
    assert content_of(folder / "outputs") == before
    assert (folder / "outputs" / EVENTS[0] / "report.pdf").stat().st_ino == stays


def test_a_calibration_goes_on(call, folder, monkeypatch) -> None:
    from eventstudy.calibration import calibrate as calibration

    command = ("calibrate", "--samples=80", "--events=5", "--rho=0", "--variance=1")
    whole = call(*command, "--engine=serial")
    count, stop = calibration.Count.__call__, 1

    def stopping(self: calibration.Count, task: object) -> object:
        nonlocal stop
        if stop == 0:
            raise KeyboardInterrupt
        stop -= 1
        return count(self, task)

    monkeypatch.setattr(calibration.Count, "__call__", stopping)
    assert call(*command, "--engine=serial").code == 130
    stop = 1  # one of two chunks is left to do
    again = call(*command, "--engine=serial", "--resume")
    assert (again.code, again.out) == (0, whole.out)
    stop = 1
    assert call(*command, "--engine=serial").code == 130  # without the option it begins anew
    assert not list((folder / "cache").rglob(".tmp*"))
