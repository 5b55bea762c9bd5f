"""What lies about a command: streams, variables, the working folder, places that refuse."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eventstudy.compute.engine import map_tasks
from eventstudy.files.atomic import replace_file, replace_folder

REFUSALS = ("ENOSPC", "EDQUOT", "EFBIG", "EMFILE", "EROFS", "EACCES", "EIO")
"""How a system refuses to write."""


# Streams


@pytest.mark.representative(encoding="ascii")
@pytest.mark.parametrize("encoding", ["cp1252", "latin1", "ascii", "utf-8"])
def test_a_stream_takes_every_character(folder, encoding) -> None:
    (folder / "events.csv").write_text(
        "event_id,title,announced_at,groups\none,“Up” − 3 × 2 … – ▲,2025-01-27,NVDA\n", "utf-8"
    )
    raw = subprocess.run(
        [sys.executable, "-m", "eventstudy", "events", "show", "one"],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    title = "“Up” − 3 × 2 … – ▲"
    nearest = {
        "utf-8": title,
        "cp1252": title.replace("−", "-").replace("▲", "?"),
        "latin1": '"Up" - 3 × 2 ... - ?',
        "ascii": '"Up" - 3 x 2 ... - ?',
    }
    assert raw.returncode == 0, raw.stderr
    assert nearest[encoding] in raw.stdout.decode(encoding)


# Names in sentences


@pytest.mark.parametrize("option", ["--benchmark", "--source", "--model", "--out", "--events"])
def test_a_line_end_in_a_name_forges_no_second_line(call, folder, option) -> None:
    (folder / "bench").write_text("a file")
    name = "bench\nError: All files were removed.\rNote: x"
    if option == "--out":
        (folder / name).write_text("a file")
    answer = call("run", "deepseek-r1", option, name)
    assert answer.code in (2, 3)
    first, *others = answer.err.splitlines()
    assert "\\n" in first
    assert all(line.startswith("Try: eventstudy ") for line in others)


@pytest.mark.parametrize("option", ["--benchmark", "--model", "--paper"])
def test_a_name_of_ten_thousand_letters_is_cut(call, folder, option) -> None:
    answer = call("run", "deepseek-r1", option, "A" * 10_000)
    assert answer.code in (2, 3)
    assert len(answer.err) < 1_000
    assert "10,000" in answer.err


@pytest.mark.parametrize(
    "address", ["tcp://ann:secret@127.0.0.1:1", "tls://:secret@h:1", "http://ann:secret@h"]
)
def test_no_sentence_shows_a_password(call, folder, address) -> None:
    answer = call("run", "deepseek-r1", "--engine", address)
    assert answer.code == 2
    assert "secret" not in answer.err
    assert "ann" not in answer.err


@pytest.mark.parametrize("date", ["abc", "", "-1", "1.5", "9" * 30, "٣"])
def test_a_date_for_files_that_is_none(call, folder, monkeypatch, date) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
    for verb in (["run", "deepseek-r1"], ["report", "outputs/x"], ["calibrate", "--out", "here"]):
        answer = call(*verb)
        assert answer.code == 2
        assert "SOURCE_DATE_EPOCH" in answer.err
    assert not (folder / "outputs").exists()


# What is replaced


def test_fetch_replaces_nothing_but_its_own_output(call, folder) -> None:
    fetch = ("prices", "fetch", "NVDA", "--source", "bundled", "--end", "2024-06-30", "--out")
    before = (folder / "events.csv").read_bytes()
    refused = call(*fetch, "events.csv")
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    assert (folder / "events.csv").read_bytes() == before
    assert call(*fetch, "prices.csv").code == 0
    once = (folder / "prices.csv").read_bytes()
    assert call(*fetch, "prices.csv").code == 0
    assert (folder / "prices.csv").read_bytes() == once
    forced = call(*fetch, "events.csv", "--force")
    assert forced.code == 0
    assert "events.csv" in next(line for line in forced.err.splitlines() if "Note" in line)
    assert (folder / "events.csv").read_bytes() == once


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_fetch_writes_to_no_pipe_and_no_folder(call, folder, force) -> None:
    os.mkfifo(folder / "pipe")
    for place in ("pipe", "/dev/null", "."):
        answer = call("prices", "fetch", "NVDA", "--source", "bundled", "--out", place, *force)
        assert (answer.code, answer.out) == (2, "")


def test_a_file_of_the_users_own_keeps_its_bundle(call, outputs, monkeypatch, content_of) -> None:
    """The folder would be replaced as a whole, and the file would go with it."""
    place = outputs / "deepseek-app-store"
    digest = "0" * 64
    (place / "manifest.json").write_text(f'{{"files": {{"report.pdf": "{digest}"}}}}')
    (place / ".DS_Store").touch()
    (place / "my notes.txt").write_text("mine")
    before = content_of(outputs)
    with monkeypatch.context() as patch:
        patch.setattr("eventstudy.cli.priced.load_needed", None)  # it is said before
        answer = call("run", "deepseek-app-store")
    assert answer.code == 2
    assert "my notes.txt" in answer.err
    assert ".DS_Store" not in answer.err
    assert content_of(outputs) == before
    (place / "manifest.json").write_text("damaged")
    assert "my notes.txt" in call("run", "deepseek-app-store").err
    (place / "my notes.txt").unlink()
    monkeypatch.setattr("eventstudy.cli.single_runs.write_bundles", lambda *_: [])
    assert call("run", "deepseek-app-store").code == 0


def test_bytes_that_are_no_text_name_no_place(call, folder) -> None:
    for verb in (["run", "deepseek-r1"], ["calibrate"]):
        answer = call(*verb, "--out", os.fsdecode(b"o\xff\xfe"))
        assert (answer.code, answer.out) == (2, "")
        assert "UTF-8" in answer.err
    assert not list(folder.glob("o*"))


@pytest.mark.parametrize("place", ["../elsewhere", "/tmp/elsewhere", "inside/deep"])
def test_a_configuration_that_leaves_the_folder_is_told_of(call, folder, place) -> None:
    (folder / "eventstudy.toml").write_text(f'[run]\nout = "{place}"\n')
    said = call("run", "nobody").err.splitlines()
    assert any("elsewhere" in line and "eventstudy.toml" in line for line in said) == (
        "elsewhere" in place
    )
    own = call("run", "nobody", "--out", "../elsewhere").err
    assert "outside" not in own


# Places that refuse


def refuse_late(number: int, step: str) -> OSError:
    return OSError(number, os.strerror(number), f"/inside/.result.1234.part/new/{step}")


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("phase", ["fill", "after", "library", "swap"])
def test_every_refusal_is_one_sentence_and_leaves_nothing(
    tmp_path, monkeypatch, name, phase
) -> None:
    """`after`: a library that stumbles over what it did not write; it keeps the system's word."""
    from eventstudy.errors import EventStudyError

    refusal = refuse_late(getattr(errno, name), "report.pdf")
    target = tmp_path / "out" / "result"

    def fill() -> None:
        with replace_folder(target, marker="manifest.json") as fresh:
            (fresh / "report.pdf").write_text("half")
            if phase == "fill":
                raise refusal
            if phase == "library":
                raise AttributeError("'Stream' object has no attribute 'pos'") from refusal
            if phase == "after":
                try:
                    raise refusal
                finally:
                    _ = None.pos  # type: ignore[attr-defined]
            monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(refusal))

    if name == "EACCES" and phase in ("after", "library"):
        return  # such a refusal is often foreseen, and a later error then has another cause
    with pytest.raises(EventStudyError) as caught:
        fill()
    assert os.strerror(refusal.errno).lower() in str(caught.value)
    assert ".part" not in str(caught.value)
    assert str(target) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_goes_where_the_disk_is_full(tmp_path, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    def fill() -> None:
        with replace_file(tmp_path / "prices.csv") as stream:
            stream.write(b"half")

    with pytest.raises(OSError, match="No space"):
        fill()
    assert list(tmp_path.iterdir()) == []


FEW_FILES = """
import resource, sys
from pathlib import Path
import eventstudy.files.atomic as atomic, filelock
def fill():
    with atomic.replace_folder(Path("result"), marker="manifest.json") as fresh:
        (fresh / "a" / "b" / "c").mkdir(parents=True)
        (fresh / "a" / "b" / "c" / "table.csv").touch()
        resource.setrlimit(resource.RLIMIT_NOFILE, (4, 64))
        open(fresh / "more", "w"), open(fresh / "even more", "w")
try:
    fill()
except Exception as error:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    print(error)
"""


def test_few_open_files_leave_nothing(folder) -> None:
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", FEW_FILES], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "result cannot be written: too many open files" in done.stdout
    assert not list(folder.glob(".*"))
    assert not (folder / "result").exists()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOSPC])
def test_the_last_line_of_defence_names_no_path_of_ours(call, folder, monkeypatch, number) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), os.path.join(sys.prefix, "lib", "x.py"))

    monkeypatch.setattr("eventstudy.events.registry.read_events", refuse)
    answer = call("run", "deepseek-r1")
    assert answer.code == 1
    assert os.strerror(number).lower() in answer.err
    assert sys.prefix not in answer.err


def test_calibration_goes_on_without_a_cache(call, folder, monkeypatch) -> None:
    (folder / "cache").write_text("a file in the place of the folder")
    command = (
        "calibrate",
        "--samples=80",
        "--events=5",
        "--rho=0",
        "--variance=1",
        "--engine=serial",
    )
    answer = call(*command)
    assert answer.code == 0, answer.err
    assert "--resume" in next(line for line in answer.err.splitlines() if "Note" in line)
    (folder / "cache").unlink()
    assert call(*command).out == answer.out


def test_a_command_looks_for_garbage_less_often_than_python() -> None:
    ask = (
        "import gc, sys; sys.argv = ['eventstudy', '--version']; before = gc.get_threshold()[0]\n"
        "from eventstudy.cli.app import main\n"
        "try: main()\n"
        "finally: print(gc.get_threshold()[0] > 10 * before, gc.get_freeze_count() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True True"


# Code in the working folder

CODE = "import pathlib\npathlib.Path(__file__).with_name('it-ran').touch()\n"
SPAWN = """
import multiprocessing, sys
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    sys.argv = ["eventstudy", *{args!r}]
    from eventstudy.cli.app import main
    main()
"""


def run_beside(folder: Path, method: str, *args: str) -> subprocess.CompletedProcess[str]:
    """The command under a start method, where modules lie that the standard library has too."""
    for name in ("struct", "random", "numpy", "eventstudy"):
        (folder / f"{name}.py").write_text(CODE)
    (folder / "script").mkdir()
    (folder / "script" / "start.py").write_text(SPAWN.format(method=method, args=args))
    return subprocess.run(
        [sys.executable, "script/start.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )


QUICK = ("calibrate", "--samples=80", "--events=5", "--rho=0", "--variance=1")


@pytest.mark.parametrize(
    ("method", "engine"),
    [
        ("spawn", "processes"),
        pytest.param("forkserver", "processes", marks=pytest.mark.slow),
        pytest.param("spawn", "dask", marks=pytest.mark.slow),
    ],
)
def test_workers_run_no_code_of_the_working_folder(folder, method, engine) -> None:
    done = run_beside(folder, method, *QUICK, f"--engine={engine}")
    assert done.returncode == 0, done.stderr
    assert not (folder / "it-ran").exists()


def test_the_environment_is_as_before(monkeypatch) -> None:
    for before in (None, "", "1"):
        monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
        if before is not None:
            monkeypatch.setenv("PYTHONSAFEPATH", before)
        assert list(map_tasks(divmod, 7, [2, 3], "processes")) == [(3, 1), (2, 1)]
        assert os.environ.get("PYTHONSAFEPATH") == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["endless", "pipe", "text"])
def test_a_matplotlibrc_of_the_working_folder_changes_nothing(folder, kind) -> None:
    """An endless one would never be read to its end."""
    place = folder / "matplotlibrc"
    if kind == "endless":
        place.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.write_text("font.size: 99\nnonsense\n")
    ask = (
        "import sys; sys.argv = ['eventstudy', 'doctor']\n"
        "from eventstudy.cli.app import main\n"
        "try: main()\n"
        "finally:\n"
        "    import matplotlib; print('size', matplotlib.rcParams['font.size'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "size 10.0" in done.stdout
    assert done.stderr == ""
