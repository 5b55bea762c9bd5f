"""Locks between processes: the system's where it has them, else a file that is there or not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock


def file_lock(place: Path, timeout: float = -1) -> BaseFileLock:
    """A lock that is not yet held.

    Args:
        place: The file that stands for it.
        timeout: Seconds to wait for whoever holds it; -1 for any time.
    """
    with warnings.catch_warnings():  # a browser has no locks, and no other process either
        warnings.filterwarnings("ignore", "only soft file lock", UserWarning)
        from filelock import FileLock

    return FileLock(place, timeout=timeout)
