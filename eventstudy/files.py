"""Folders that are written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventstudy.errors import EventStudyError, InputError


@contextmanager
def replace_folder(target: Path, *, marker: str) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it takes the target's place.

    An existing target is replaced only when it holds the file `marker` (an earlier result) or
    nothing at all. On any error the target stays as it was. Raises InputError when it would
    overwrite something else, EventStudyError when the place cannot be written.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file, not a folder; give another place for the output.")
    if target.is_dir() and any(target.iterdir()) and not (target / marker).is_file():
        raise InputError(
            f"{target} holds files that are no earlier result (no {marker}); "
            "give another folder or empty this one."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from None
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        _swap(fresh, target, work / "old")
    except OSError as error:
        raise _cannot_write(target, error) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put `fresh` in the place of `target`; where that fails, what was there returns."""
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise


def _cannot_write(target: Path, error: OSError) -> EventStudyError:
    reason = (error.strerror or str(error)).lower()
    return EventStudyError(f"{target} cannot be written: {reason}; choose another place.")
