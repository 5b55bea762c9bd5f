"""Folders and files that are whole or absent, even if processes write at once or are killed.

A folder is filled beside its place and takes it by a rename. Meanwhile its process holds a lock
inside the work folder, so that a later one can tell what a killed one left from work in progress.
What is on its way is also known to the process, so that `clear_up` removes what an interrupt left
that struck where nothing could catch it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import IO, TYPE_CHECKING

from eventstudy.errors import EventStudyError, InputError, os_reason, refusal_behind, some_names
from eventstudy.files.interrupts import Interrupts, raise_if_told
from eventstudy.files.locks import file_lock

if TYPE_CHECKING:
    from filelock import BaseFileLock


PART, GONE = ".part", ".gone"
"""How the name of a work folder ends, and of one that is being deleted."""
LOCK, FRESH, OLD = "lock", "new", "old"
OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that systems put into folders, which nobody misses."""
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
ATTEMPTS = 100
"""How often in a row others may be quicker; each time they have put a whole folder there."""

_drafts: set[Path] = set()
"""Files and work folders of this process that are not in their place yet."""
_places: dict[Path, str] = {}
"""Targets that workers of this process write to, with their marker."""


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
    except Exception as error:
        refusal = refusal_behind(error)
        if refusal is None:
            raise
        raise kind(f"{what} cannot be written: {os_reason(refusal)}; {advice}.") from error


@contextmanager
def replace_folder(
    target: Path, *, marker: str, refuse: Callable[[Path], None] | None = None
) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it replaces the target.

    An existing target is replaced only when it holds the file `marker` (an earlier result) or
    nothing at all. On any error the target stays as it was, and where several write it at once
    the last one's stands. What an earlier process left when it was killed is removed; had it
    already moved the target aside, that returns.

    Args:
        target: The folder.
        marker: The name of a file that every such result has.
        refuse: Raises where the earlier result has files beside its own, which would be lost. It
            is asked at the start and again before the swap, as files may come in between.

    Raises:
        InputError: It would overwrite something else.
        EventStudyError: The place cannot be written.
    """
    refuse_foreign(target, marker=marker)
    if refuse is not None:
        refuse(target)
    with writing(target), _folders_above(target):
        sweep(target, marker=marker)
        with _work_folder(target) as work:
            fresh = work / FRESH
            fresh.mkdir()
            yield fresh
            raise_if_told()
            if refuse is not None:
                refuse(target)
            with Interrupts().held_back():  # half-way, the earlier folder is in neither place
                _swap(fresh, target, work, marker)


@contextmanager
def _folders_above(target: Path) -> Iterator[None]:
    """Make the folders that the target lies in; where the block raises, empty ones go again."""
    absent = [above for above in target.parents if not above.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):
            for above in absent:
                above.rmdir()
        raise


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
    _drafts.add(part)
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            # Else a rename may reach the disk before the bytes, and a loss of power leave it empty.
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, part)
        raise_if_told()
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        _forget(part)


@contextmanager
def written_by_workers(targets: Collection[Path], *, marker: str) -> Iterator[None]:
    """Inside, processes that may be stopped at any time write to the targets by `replace_folder`.

    What they left is removed where the block raises, or by `clear_up`.
    """
    _places.update(dict.fromkeys(targets, marker))
    with ExitStack() as above:
        try:
            for target in targets:
                above.enter_context(_folders_above(target))
            yield
        except BaseException:
            for target in targets:
                sweep(target, marker=marker)
            raise
        finally:
            for target in targets:
                _places.pop(target, None)


def clear_up() -> None:
    """Remove what this process and its workers, which have ended, had not put into its place."""
    for draft in tuple(_drafts):
        with suppress(OSError):
            draft.unlink() if draft.is_file() else _remove(draft)
    for target, marker in tuple(_places.items()):
        sweep(target, marker=marker)


def sweep(target: Path, *, marker: str) -> None:
    """Remove what killed processes left beside `target`, and bring back what they moved aside."""
    if not target.parent.is_dir():
        return
    # The random letters hold no dot, so this is no work folder of another target.
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
            f"{target} holds files that are not an earlier result (no {marker}); "
            "give another folder or empty this one."
        )


def refuse_others(target: Path, *, names: Sequence[str]) -> None:
    """InputError where a folder holds files whose paths match none of the patterns `names`.

    Args:
        target: The folder; it may be absent.
        names: Paths from the folder down, in which * stands for anything.
    """
    inside = (path for path in sorted(target.rglob("*")) if not path.is_dir() or path.is_symlink())
    paths = [path.relative_to(target).as_posix() for path in inside]
    refuse_own(target, [p for p in paths if not any(fnmatchcase(p, name) for name in names)])


def refuse_own(target: Path, own: Sequence[str]) -> None:
    """InputError that names the files of the user's own in a folder, if there are any."""
    own = [path for path in own if PurePosixPath(path).name not in OF_THE_SYSTEM]
    if own:
        them = "it" if len(own) == 1 else "them"
        raise InputError(
            f"{target} holds {some_names(own)}, which no run wrote; move {them} away, or name "
            "another folder for the output."
        )


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    work, lock = _locked(target)
    try:
        yield work
    finally:
        with Interrupts().held_back():
            _remove(work)
            lock.release()
            _remove(work)  # an open file of Windows cannot be deleted
            _forget(work)


def _locked(target: Path) -> tuple[Path, BaseFileLock]:
    while True:
        work = target.with_name(f".{target.name}.{token_hex(4)}{PART}")
        _drafts.add(work)
        try:
            work.mkdir(mode=0o700)
            lock = file_lock(work / LOCK)
            lock.acquire()
        except (FileNotFoundError, FileExistsError):  # it looks for the folder, and makes it
            if not target.parent.is_dir():
                raise
        except BaseException:
            _remove(work)
            raise
        else:
            if (work / LOCK).exists():
                return work, lock
            lock.release()  # another process took it for abandoned before the lock was held
        finally:
            _forget(work)


def _remove(folder: Path) -> None:
    """Remove a folder as far as that goes, also where the system lets few files be open at once."""
    shutil.rmtree(folder, ignore_errors=True)
    for place, _, files in os.walk(folder, topdown=False):
        with suppress(OSError):
            for name in files:
                os.unlink(os.path.join(place, name))
            os.rmdir(place)


def _forget(draft: Path) -> None:
    if not draft.exists():
        _drafts.discard(draft)


def _clear(work: Path, target: Path, marker: str) -> None:
    if work.name.endswith(PART):
        with file_lock(work / LOCK, timeout=0):
            _bring_back(work, target, marker)
            work = work.rename(work.with_name(work.name + GONE))
    _remove(work)


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
