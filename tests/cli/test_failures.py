"""What nobody foresaw ends in a sentence too, and windows beyond the data before they are computed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cli_helpers import GOOD, events_csv

from eventstudy.errors import InputError, needs_extra
from eventstudy.files.failures import unforeseen


@pytest.mark.parametrize(
    ("error", "code", "fact"),
    [
        (MemoryError(), 2, "memory"),
        (MemoryError("Unable to allocate 8 TiB"), 2, "memory"),
        (RuntimeError("can't start new thread"), 2, "memory"),
        (RecursionError("maximum recursion depth exceeded"), 2, "nested"),
        (ImportError("failed to map segment", name="scipy.linalg._fblas"), 1, "scipy"),
        (ImportError("DLL load failed"), 1, "doctor"),
        (ModuleNotFoundError("No module named 'x'", name="x"), 1, "x is not installed"),
        (ZeroDivisionError("by zero"), 1, "--debug"),
    ],
)
def test_each_is_one_sentence(error, code, fact, call, folder, monkeypatch):
    def fail(*_: object) -> None:
        raise error

    (folder / "events.csv").write_bytes(events_csv(GOOD))
    monkeypatch.setattr("eventstudy.events.registry._parse", fail)
    result = call("events", "list")
    assert result.code == code
    assert fact in result.said
    assert len(result.err.splitlines()) == 1
    assert "Traceback" not in result.err
    assert unforeseen(error)[0] == code


def test_a_library_that_does_not_load_is_not_one_that_is_missing():
    with pytest.raises(InputError, match=r"\[excel\]"), needs_extra("Reading it", "excel"):
        raise ModuleNotFoundError("No module named 'openpyxl'")
    with pytest.raises(ImportError, match="map segment"), needs_extra("Reading it", "excel"):
        raise ImportError("failed to map segment from shared object")


@pytest.mark.parametrize("option", ["--car=0,199999", "--window=0,199999", "--car=0,562"])
def test_a_window_beyond_the_data_is_refused(option, call, folder):
    (folder / "events.csv").write_bytes(events_csv(GOOD))
    result = call("run", option)
    assert result.code == 2
    assert option.partition("=")[2] in result.said
    assert "562 sessions (2023-04-03 to 2025-06-30)" in result.said


@pytest.mark.skipif(os.name == "nt", reason="closes streams with a shell of POSIX")
@pytest.mark.parametrize(
    ("closed", "args", "code"),
    [
        (">&-", ("models", "--json"), 0),
        (">&- 2>&- <&-", ("models",), 0),
        ("2>&-", ("run", "--plan", "nowhere.toml"), 2),
        (">&-", ("run", "NVDA", "--date", "2025-01-27", "--json", "--no-report", "-q"), 0),
    ],
)
def test_a_closed_stream_is_no_error(folder, closed, args, code):
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "eventstudy", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Error" not in done.stderr
