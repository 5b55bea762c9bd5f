"""Finished chunks of a long run, kept in a folder so that an interrupted run can resume.

Each chunk is one .npz file, whole or absent, under the fingerprint of all that decides it: another
input, specification or version finds nothing, and nothing is ever mixed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from zipfile import BadZipFile

import numpy.typing as npt

from eventstudy.compute.fingerprint import fingerprint
from eventstudy.errors import EventStudyError, InputError
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.formats import write_arrays
from eventstudy.files.saved import saved_arrays

Arrays = Mapping[str, npt.NDArray[Any]]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Done]):
    """The chunks of one job by their number."""

    folder: Path
    pack: Callable[[Done], Arrays]
    unpack: Callable[[Arrays], Done]
    anew: bool = False
    """Leave those of an earlier run alone."""
    given_up: list[str] | None = None
    """Where a run may go on without checkpoints: why it does, once they cannot be written."""

    def holds(self, number: int) -> bool:
        """Whether the chunk was finished earlier."""
        return not self.anew and self._path(number).is_file()

    def read(self, number: int) -> Done | None:
        """The chunk as it was; None where it is absent or damaged."""
        try:
            return self.unpack(saved_arrays(self._path(number)))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def write(self, number: int, done: Done) -> None:
        """Keep a finished chunk; EventStudyError where it must be kept and cannot be written."""
        if self.given_up:
            return
        try:
            self._write(number, done)
        except EventStudyError as error:
            if self.given_up is None:
                raise
            self.given_up.append(str(error))

    def _write(self, number: int, done: Done) -> None:
        with writing(f"The checkpoints in {self.folder.parent}", "name another folder"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with replace_file(self._path(number)) as stream:
                write_arrays(stream, self.pack(done))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.npz"


@dataclass(slots=True)
class Checkpoints:
    """The jobs of one run inside the user's folder."""

    folder: Path
    anew: bool = False
    """Start afresh instead of resuming an earlier run."""
    needed: bool = True
    """Whether a run ends where they cannot be written; else `given_up` says why it has none."""
    given_up: list[str] = field(default_factory=list)
    _used: set[Path] = field(default_factory=set)

    def of(
        self, decides: object, pack: Callable[[Done], Arrays], unpack: Callable[[Arrays], Done]
    ) -> Kept[Done]:
        """The chunks of the job that `decides` determines."""
        place = self.folder / fingerprint(decides)
        self._used.add(place)
        return Kept(place, pack, unpack, self.anew, None if self.needed else self.given_up)

    def clear(self) -> None:
        """Remove the chunks of this run, which has its result."""
        for place in self._used:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def checkpoints_in(given: str | Path | Checkpoints | None) -> Iterator[Checkpoints | None]:
    """The checkpoints of a run in a folder; they are removed when it succeeds. None of None.

    Raises:
        InputError: The folder is a file.
    """
    if given is None:
        yield None
        return
    checkpoints = given if isinstance(given, Checkpoints) else Checkpoints(Path(given))
    if checkpoints.folder.exists() and not checkpoints.folder.is_dir():
        raise InputError(
            f"Option checkpoints: {checkpoints.folder} is a file, not a folder; give another place."
        )
    yield checkpoints
    checkpoints.clear()
