"""Ctrl-C, SIGTERM and SIGHUP, once or twice: nothing half-done stays, one line says what does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from eventstudy.cli import stopping
from eventstudy.files import interrupts
from eventstudy.files.atomic import replace_file, replace_folder

RUN = """
import signal, runpy, sys
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_DFL)  # a background job begins with Ctrl-C ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
{before}
sys.argv = ["eventstudy", "run"]
runpy.run_module("eventstudy", run_name="__main__")
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def started(folder: Path, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(before=before)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "times"), [(signal.SIGINT, 2), *((kind, 1) for kind in SIGNALS)])
def test_a_stop_leaves_what_was_there(folder, ran, content_of, kind, times) -> None:
    """A work folder says that writing has begun."""
    shutil.copytree(ran.folder / "outputs", folder / "outputs")
    before = content_of(folder / "outputs")
    process = started(folder)
    while not list((folder / "outputs").glob(".*.part")):
        assert process.poll() is None
        time.sleep(0.01)
    for _ in range(times):
        os.killpg(process.pid, kind)  # as a terminal does: to all that run in it
        time.sleep(0.1)
    out, err = process.communicate(timeout=600)
    assert (process.returncode, len(err.splitlines())) == (128 + kind, 1), err
    assert "Stopped" in err
    assert "Wrote" not in out  # the answer is printed before its bundle is written
    assert content_of(folder / "outputs") == before


IN_THE_LIBRARY = """
import importlib.abc, os
class Strike(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.{kind})
sys.meta_path.insert(0, Strike())
"""


@pytest.mark.parametrize("kind", SIGNALS)
def test_a_stop_while_the_program_loads_is_no_traceback(folder, kind) -> None:
    process = started(folder, IN_THE_LIBRARY.format(kind=kind.name))
    out, err = process.communicate(timeout=600)
    assert (process.returncode, out, len(err.splitlines())) == (128 + kind, "", 1), err
    assert "Traceback" not in err


@pytest.fixture
def heard() -> Iterator[None]:
    """The signals as a terminal leaves them; what runs in the background may ignore some."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    for each in SIGNALS:
        usual = signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL
        signal.signal(each, usual)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def caught(heard: None) -> Iterator[None]:
    restore = interrupts.catch_stops()
    yield
    restore()
    assert not interrupts.told_by()


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "manifest.json").write_text("earlier")
    return tmp_path / "result"


@pytest.mark.usefixtures("caught")
def test_a_second_stop_does_not_disturb_the_first(write) -> None:
    reached = []

    def fill() -> None:
        with replace_folder(write, marker="manifest.json"):
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGINT)
                reached.append("the end of clearing up")

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert reached
    assert interrupts.told_by() == signal.SIGTERM
    assert os.listdir(write.parent) == ["result"]


@pytest.mark.usefixtures("caught")
def test_another_stop_raises_again_where_the_first_was_swallowed(monkeypatch) -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr(interrupts, "ONE_STOP", 0)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("caught")
@pytest.mark.parametrize("way", ["folder", "file"])
def test_nothing_takes_its_place_after_a_swallowed_stop(write, way) -> None:
    """A library may drop the interrupt; the run that goes on must not end as if nothing was."""
    place = write if way == "folder" else write / "manifest.json"
    folder, file = partial(replace_folder, marker="manifest.json"), replace_file

    def fill() -> None:
        with (folder if way == "folder" else file)(place) as fresh:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            if way == "folder":
                (fresh / "manifest.json").write_text("new")
            else:
                fresh.write(b"new")

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert (write / "manifest.json").read_text() == "earlier"
    assert os.listdir(write.parent) == ["result"]


class Dropped:
    """What is raised in its destructor, Python drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("caught")
def test_a_stop_that_a_destructor_swallows_returns(capfd) -> None:
    def run() -> None:
        Dropped()
        time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("caught")
def test_a_stop_in_the_middle_of_a_swap_waits_for_its_end(write, monkeypatch) -> None:
    rename, struck = Path.rename, []

    def strike(self: Path, target: Path) -> Path:
        if not struck:  # the earlier result is moved aside
            struck.append(target)
            signal.raise_signal(signal.SIGINT)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", strike)
    with suppress(KeyboardInterrupt), replace_folder(write, marker="manifest.json") as fresh:
        (fresh / "manifest.json").write_text("new")
    assert struck
    assert interrupts.told_by()
    assert (write / "manifest.json").read_text() == "new"
    assert os.listdir(write.parent) == ["result"]


def test_what_is_kept_is_named(call, monkeypatch, folder) -> None:
    """Of two bundles one was finished when the run was stopped."""
    finished = iter(["deepseek-r1"])

    def write(results, *_: object) -> None:
        for name in finished:
            place = next(at for at in results if at.name == name)
            with replace_folder(place, marker="manifest.json") as fresh:
                (fresh / "manifest.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr("eventstudy.cli.single_runs.write_bundles", write)
    with_signals = [signal.getsignal(each) for each in SIGNALS]
    answer = call("run")
    assert answer.code == stopping.INTERRUPTED
    assert "Nvidia" in answer.out or "nvidia" in answer.out  # the summaries come first
    said = answer.err.splitlines()
    assert "1 of 2" in said[-2]
    assert "deepseek-r1" in said[-2]
    assert "deepseek-app-store" not in answer.err
    assert said[-1] == "Go on: eventstudy run --resume"
    again = call("run")
    assert "deepseek-r1" not in again.err
    assert [signal.getsignal(each) for each in SIGNALS] == with_signals
