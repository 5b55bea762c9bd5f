"""The end of a command that was told to stop: nothing half-done stays, one line says what does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eventstudy.cli.console import say, say_command
from eventstudy.errors import some_names
from eventstudy.files.interrupts import ignore_stops, told_by
from eventstudy.text.numbers import counted

INTERRUPTED = 130
"""Exit code of Ctrl-C; of other signals, 128 and their number too."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What stays of a command that was stopped."""

    sentence: str
    command: str = ""
    """Does the rest; empty where there is none."""


_kept: list[Callable[[], Remains]] = [lambda: Remains("Nothing was written.")]


def say_when_stopped(kept: Callable[[], Remains]) -> None:
    """Have `kept` say what stays where the command is stopped from here on."""
    _kept[:] = [kept]


def end_stopped() -> int:
    """End the workers, remove what is half-done, say what is kept; returns the exit code."""
    ignore_stops()
    _end_workers()
    if (atomic := sys.modules.get("eventstudy.files.atomic")) is not None:
        atomic.clear_up()
    with suppress(OSError):  # the terminal may be gone
        stays = _kept[0]()
        say(f"Stopped. {stays.sentence}")
        if stays.command:
            say_command("Go on", stays.command)
    return 128 + told_by() if told_by() else INTERRUPTED


def _end_workers() -> None:
    if (multiprocessing := sys.modules.get("multiprocessing")) is None:
        return
    children = multiprocessing.active_children()
    for child in children:
        child.kill()
    for child in children:
        child.join()


def finished_since_now(
    places: Sequence[Path], marker: str, resumed: str = ""
) -> Callable[[], Remains]:
    """What says later which of the folders were finished, by the file that each then has.

    Args:
        places: The folders.
        marker: The name of that file.
        resumed: The command that does the rest.
    """
    before = _stamps(places, marker)

    def kept() -> Remains:
        after = _stamps(places, marker)
        done = [place.name for place in places if after[place] != before[place]]
        if not done:
            return Remains("No bundle was finished; earlier ones are unchanged.")
        return Remains(
            f"{len(done)} of {counted(len(places), 'bundle')} finished and kept: "
            f"{some_names(done)}.",
            resumed,
        )

    return kept


def _stamps(places: Sequence[Path], marker: str) -> Mapping[Path, tuple[int, int] | None]:
    def stamp(file: Path) -> tuple[int, int] | None:
        try:
            state = file.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns

    return {place: stamp(place / marker) for place in places}
