"""How loops become machine code: compiled on their first call, then kept in a cache.

Only studies of many observations import the compiler, which takes longer than a small study. Within
a kernel sums run in a fixed order, NaN means missing, and nothing depends on the processor: no fast
mathematics, no functions such as exp. So the last digits are the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

LARGE = 10_000
"""Observations from which a study uses compiled loops: loading them takes about as long as numpy
needs for so many."""

Loop = TypeVar("Loop", bound=Callable[..., Any])


@cache
def can_compile() -> bool:
    """Whether the compiler is installed; in a browser it is not."""
    try:
        return find_spec("numba") is not None
    except ImportError:
        return False


def compiles(n: int) -> bool:
    """Whether a study of n observations uses compiled loops.

    Always decided for the whole study, so that neither engine nor chunks change a figure.

    Args:
        n: Observations of the study.
    """
    return n >= LARGE and can_compile()


def kernel(function: Loop) -> Loop:
    """A function of arrays and numbers as machine code that releases the interpreter's lock.

    Args:
        function: Of arrays and numbers, in the part of Python that numba supports. It may use only
            kernels and constants of its own module: a change in another would leave a stale cache.
            Limits that are declared elsewhere are arguments.
    """
    import numba

    folder, settings = _cache_folder(), cast("Any", numba.config)
    before = settings.CACHE_DIR
    settings.CACHE_DIR = folder or before
    try:
        made = numba.njit(nogil=True, error_model="numpy", cache=folder is not None)(function)
    finally:
        settings.CACHE_DIR = before
    return cast("Loop", made)


@cache
def _cache_folder() -> str | None:
    """Where kernels are kept: "" beside the source, else the user's cache; None for nowhere."""
    beside = Path(__file__).parent
    if os.environ.get("NUMBA_CACHE_DIR") or os.access(beside, os.W_OK):
        return ""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("eventstudy")) / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder) if os.access(folder, os.W_OK) else None
