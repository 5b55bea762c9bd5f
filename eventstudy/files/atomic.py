"""Folders and files that are whole or absent, even if processes write at once or are killed.

A folder is filled beside its place and takes it by a rename. Meanwhile its process holds a lock
inside the work folder, so that a later one can tell what a killed one left from work in progress.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING

from eventstudy.errors import EventStudyError, InputError, os_reason

if TYPE_CHECKING:
    from filelock import BaseFileLock


PART, GONE = ".part", ".gone"
"""How the name of a work folder ends, and of one that is being deleted."""
LOCK, FRESH, OLD = "lock", "new", "old"
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
ATTEMPTS = 100
"""How often in a row others may be quicker; each time they have put a whole folder there."""


@contextmanager
def writing(
    what: object,
    advice: str = "choose another place",
    kind: type[EventStudyError] = EventStudyError,
) -> Iterator[None]:
    """Say in one sentence what could not be written, why, and what to do.

    Args:
        what: The subject of the sentence, such as the path.
        advice: How the sentence ends.
        kind: The error to raise.

    Raises:
        EventStudyError: The system refused, as `kind`.
    """
    try:
        yield
    except EventStudyError:  # one of the network is an OSError too
        raise
    except OSError as error:
        raise kind(f"{what} cannot be written: {os_reason(error)}; {advice}.") from error


@contextmanager
def replace_folder(target: Path, *, marker: str) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it replaces the target.

    An existing target is replaced only when it holds the file `marker` (an earlier result) or
    nothing at all. On any error the target stays as it was, and where several write it at once
    the last one's stands. What an earlier process left when it was killed is removed; had it
    already moved the target aside, that returns.

    Raises:
        InputError: It would overwrite something else.
        EventStudyError: The place cannot be written.
    """
    refuse_foreign(target, marker=marker)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target, marker=marker)
        with _work_folder(target) as work:
            fresh = work / FRESH
            fresh.mkdir()
            yield fresh
            _swap(fresh, target, work, marker)


@contextmanager
def replace_file(target: Path, draft: Path | None = None) -> Iterator[IO[bytes]]:
    """Yield a stream whose content replaces `target`; on any error `target` stays.

    It is written to a file beside it, of its own name unless `draft` gives one that is taken over
    from a process that was killed. A pipe or a device is written to as it is.

    Raises:
        OSError: The place cannot be written.
    """
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    part = draft or target.with_name(f".{target.name}.{token_hex(4)}{PART}")
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            # Else a rename may reach the disk before the bytes, and a loss of power leave it empty.
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sweep(target: Path, *, marker: str) -> None:
    """Remove what killed processes left beside `target`, and bring back what they moved aside."""
    if not target.parent.is_dir():
        return
    # mkdtemp's random letters hold no dot, so this is no work folder of another target.
    name = re.compile(rf"\.{re.escape(target.name)}\.[^.]+{re.escape(PART)}({GONE})?")
    for work in sorted(target.parent.iterdir()):
        if name.fullmatch(work.name):
            with suppress(OSError):  # its process lives or just ended, or another one is at it
                _clear(work, target, marker)


def refuse_foreign(target: Path, *, marker: str) -> None:
    """InputError where `target` is a file, or holds files without the `marker` of a result."""
    try:
        names = os.listdir(target)  # at one moment, for others may move it away in the next
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise InputError(
            f"{target} is a file, not a folder; give another place for the output."
        ) from None
    if names and marker not in names:
        raise InputError(
            f"{target} holds files that are no earlier result (no {marker}); "
            "give another folder or empty this one."
        )


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    work, lock = _locked(target)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.release()
        shutil.rmtree(work, ignore_errors=True)  # an open file of Windows cannot be deleted


def _locked(target: Path) -> tuple[Path, BaseFileLock]:
    from filelock import FileLock

    while True:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=PART, dir=target.parent))
        lock = FileLock(work / LOCK)
        try:
            lock.acquire()
        except (FileNotFoundError, FileExistsError):  # it looks for the folder, and makes it
            continue
        if (work / LOCK).exists():
            return work, lock
        lock.release()  # another process took it for abandoned before the lock was held


def _clear(work: Path, target: Path, marker: str) -> None:
    from filelock import FileLock

    if work.name.endswith(PART):
        with FileLock(work / LOCK, timeout=0):
            _bring_back(work, target, marker)
            work = work.rename(work.with_name(work.name + GONE))
    shutil.rmtree(work, ignore_errors=True)


def _bring_back(work: Path, target: Path, marker: str) -> None:
    moved = sorted(work.glob(f"{OLD}-*"))
    if moved and (moved[-1] / marker).is_file() and not target.exists():
        moved[-1].rename(target)


def _swap(fresh: Path, target: Path, work: Path, marker: str) -> None:
    """Put `fresh` in the place of `target`; where that fails, what was there returns."""
    for attempt in range(ATTEMPTS):
        refuse_foreign(target, marker=marker)
        old = work / f"{OLD}-{attempt:03}"
        # No system replaces a filled folder by a rename, so the old one is moved aside before. A
        # process killed in between is what `sweep` repairs.
        with suppress(FileNotFoundError):
            target.rename(old)
        try:
            fresh.rename(target)
        except BaseException as error:
            if isinstance(error, OSError) and error.errno in TAKEN and attempt + 1 < ATTEMPTS:
                continue  # another process put its own there in between
            if old.exists() and not target.exists():
                old.rename(target)
            raise
        return
