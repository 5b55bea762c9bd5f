"""Unforeseen errors in words: full memory, refusals of the system, anything else."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from eventstudy.errors import os_reason
from eventstudy.files.atomic import PART

MEMORY = (
    "There is not enough memory for this; give fewer events, tickers or days, or raise the "
    "memory limit."
)
DEEP = "The input is nested too deeply; simplify it."
THREADS = "can't start new thread"
FEW_FILES = " The limit on open files is too low; raise it (ulimit -n 256)."
_PACKAGE = Path(__file__).parents[1]


def unforeseen(error: Exception, more: str = "") -> tuple[int, str]:
    """Exit code and sentence of an error that no command expects.

    Args:
        error: What was raised.
        more: Where to find out more, at the end of a sentence that says too little.
    """
    if isinstance(error, MemoryError) or THREADS in str(error):
        return 2, MEMORY
    if isinstance(error, RecursionError):
        return 2, DEEP
    if isinstance(error, ModuleNotFoundError):
        return 1, f"The package {error.name} is not installed; run eventstudy doctor."
    if isinstance(error, ImportError):
        package = (error.name or "A package").partition(".")[0]
        return 1, (
            f"{package} cannot be loaded; raise the memory limit if there is one, or run "
            "eventstudy doctor."
        )
    return 1, f"{type(error).__name__}: {error}{more}"


def system_refused(refusal: OSError) -> str:
    """The sentence on a closed pipe, a full disk, too many open files.

    It names a path only where it is the user's.

    Args:
        refusal: What the system answered.
    """
    place = str(refusal.filename or "")
    inside = any(Path(place).is_relative_to(own) for own in (sys.prefix, sys.base_prefix, _PACKAGE))
    named = (place or "The output") if not inside and PART not in place else "A file"
    advice = FEW_FILES if refusal.errno in (errno.EMFILE, errno.ENFILE) else ""
    return f"{named} cannot be read or written: {os_reason(refusal)}.{advice}"
