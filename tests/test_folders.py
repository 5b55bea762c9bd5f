"""A folder is whole or absent, wherever its process ends and whoever else writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eventstudy.errors import EventStudyError
from eventstudy.files.atomic import replace_file, replace_folder

MARKER = "manifest.json"

SERVE = """
import os, signal, sys
from pathlib import Path
from eventstudy.files.atomic import replace_file, replace_folder
import filelock, shutil

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")

def write(place, word, step):
    done = 0

    def kill_at(event, args):
        nonlocal done
        if event == "open" and not (isinstance(args[2], int) and args[2] & WRITING):
            return
        if event in CHANGES:
            done += 1
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill_at)
    with replace_folder(Path(place), marker="manifest.json") as fresh:
        for name in ("report.pdf", "manifest.json"):
            (fresh / name).write_text(word)

for line in sys.stdin:
    jobs = [job.split("|") for job in line.rstrip().split("||")]
    children = []
    for place, word, step in jobs:
        child = os.fork()
        if not child:
            write(place, word, int(step))
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(*codes, flush=True)
"""
"""Writes a folder in a process of its own; a signal 9 comes before its step-th change of the file
system. A line on standard input has one process or several at once."""

Write = Callable[..., list[int]]


@pytest.fixture(scope="module")
def write() -> Iterator[Write]:
    """Exit codes of processes that write folders at once: −9 where one was killed on the way."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None

    def ask(place: Path, *words: str, step: int = 0) -> list[int]:
        server.stdin.write("||".join(f"{place}|{word}|{step}" for word in words) + "\n")
        server.stdin.flush()
        return [int(code) for code in server.stdout.readline().split()]

    yield ask
    server.stdin.close()
    server.wait(timeout=600)
    server.stdout.close()


def content(place: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.iterdir()}


def fill(place: Path, word: str, then: Callable[[], None]) -> None:
    with replace_folder(place, marker=MARKER) as fresh:
        (fresh / MARKER).write_text(word)
        then()


def disk_full() -> None:
    raise OSError(28, "No space left on device")


def whole(word: str) -> dict[str, str]:
    return {"report.pdf": word, MARKER: word}


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [True, False], ids=["earlier folder", "nothing there"])
def test_killed_before_each_step(tmp_path, write, earlier) -> None:
    place, before = tmp_path / "bundle", whole("before") if earlier else None
    codes, states = [], []
    for step in range(1, 100):
        if earlier:
            assert write(place, "before") == [0]
        elif place.exists():
            place.rename(tmp_path / f"done-{step}")
        codes += write(place, "after", step=step)
        states.append(content(place) if place.exists() else None)
        if codes[-1] == 0:
            break
    assert codes[:-1] == [-9] * (len(codes) - 1)
    assert 8 < len(codes) < 60  # steps in all: work folder, lock, files, renames, removals
    assert all(state in (before, None, whole("after")) for state in states)
    assert states[0] == before
    assert states[-1] == whole("after")
    assert write(place, "next") == [0]
    assert content(place) == whole("next")
    assert not list(tmp_path.glob(".*")), "what the killed processes left is gone"


@pytest.mark.slow
def test_what_a_killed_process_moved_aside_returns(tmp_path, write) -> None:
    place = tmp_path / "bundle"
    lost = 0
    for step in range(1, 60):
        assert write(place, "before") == [0]
        if write(place, "after", step=step) == [0]:
            break
        lost += not place.exists()
        with pytest.raises(EventStudyError, match="cannot be written: no space left"):
            fill(place, "half", disk_full)
        assert content(place) in (whole("before"), whole("after"))
    assert lost == 1


@pytest.mark.slow
def test_eight_processes_write_one_folder(tmp_path, write) -> None:
    place = tmp_path / "bundle"
    words = [f"word {i}" for i in range(8)]
    for _ in range(20):
        assert write(place, *words) == [0] * 8
        assert content(place) in map(whole, words)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_running_process_is_not_swept_away(tmp_path, write) -> None:
    place = tmp_path / "bundle"
    with replace_folder(place, marker=MARKER) as fresh:
        (fresh / MARKER).write_text("slow")
        assert write(place, "quick") == [0]
        assert content(place) == whole("quick")
        assert (fresh / MARKER).read_text() == "slow"
    assert content(place) == {MARKER: "slow"}
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_the_work_folder_of_another_target_is_left_alone(tmp_path) -> None:
    with replace_folder(tmp_path / "a.b", marker=MARKER) as other:
        abandoned = other.parent.with_name(".a.b.abcdefgh.part")
        abandoned.mkdir()
        with replace_folder(tmp_path / "a", marker=MARKER) as fresh:
            (fresh / MARKER).write_text("a")
        assert abandoned.is_dir()
        (other / MARKER).write_text("a.b")
    with replace_folder(tmp_path / "a.b", marker=MARKER) as fresh:
        (fresh / MARKER).write_text("again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.b"]


def test_files_of_somebody_else_that_come_meanwhile_stay(tmp_path) -> None:
    place = tmp_path / "bundle"

    def come() -> None:
        place.mkdir()
        (place / "notes.txt").write_text("theirs")

    with pytest.raises(EventStudyError, match="holds files that are not an earlier result"):
        fill(place, "mine", come)
    assert content(place) == {"notes.txt": "theirs"}


def save(place: Path, content: bytes, then: Callable[[], None] = lambda: None) -> None:
    with replace_file(place) as stream:
        stream.write(content)
        then()


def test_a_file_is_the_new_one_or_the_old_one(tmp_path) -> None:
    place = tmp_path / "prices.csv"
    save(place, b"one")
    place.chmod(0o640)
    with pytest.raises(OSError, match="No space left"):
        save(place, b"half", disk_full)
    assert place.read_bytes() == b"one"
    save(place, b"two")
    assert place.read_bytes() == b"two"
    assert place.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        save(pipe, b"one")
        assert reader.communicate(timeout=600)[0] == b"one"
    assert pipe.is_fifo()
