"""The threads of a study: its own, which work on blocks of observations, and none of BLAS.

BLAS waits for its threads in spin locks, so that many small products take twenty times as long when
another process is busy; and with another number of threads it rounds differently, and an optimiser
ends elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from eventstudy.compute.processors import usable_cores

Given = TypeVar("Given")
Done = TypeVar("Done")

OF_THREADS = "OMP_NUM_THREADS"
"""How many threads a process may use: a number, or one for each level of nesting."""


@dataclass(slots=True)
class _Limit:
    """The limit on libraries with one setting for the whole process."""

    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    """How many callers need it."""
    before: list[tuple[Any, int]] = field(default_factory=list)
    """The limited libraries, and how many threads each had before."""


_OF_PROCESS = _Limit()
_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


def usable_threads() -> int:
    """How many threads blocks may run on; one inside `alone`."""
    if _ALONE.get():
        return 1
    cores = usable_cores()
    first = os.environ.get(OF_THREADS, "").split(",")[0].strip()
    most = int(first) if first.isascii() and first.isdigit() else 0
    return min(cores, most) if most else cores


def alone(function: Callable[[Given], Done], given: Given) -> Done:
    """`function(given)` on this thread only, because other workers use the other processors.

    Args:
        function: The work of one worker.
        given: Its argument.
    """
    before = _ALONE.set(True)
    try:
        with one_blas_thread():
            return function(given)
    finally:
        _ALONE.reset(before)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Inside, BLAS and LAPACK compute on the thread that calls them.

    Most builds of OpenBLAS have one setting for the whole process, so that its other threads are
    limited too until the last caller has left. Where another thread holds a limit of threadpoolctl,
    that limit stays in force.
    """
    for_all, for_each = _libraries()
    own = _limited(for_each)
    with _OF_PROCESS.lock:
        if not _OF_PROCESS.inside:
            _OF_PROCESS.before = _limited(for_all)
        _OF_PROCESS.inside += 1
    try:
        yield
    finally:
        with _OF_PROCESS.lock:
            _OF_PROCESS.inside -= 1
            if not _OF_PROCESS.inside:
                _restore(_OF_PROCESS.before)
        _restore(own)


@cache
def _libraries() -> tuple[Sequence[Any], Sequence[Any]]:
    """The BLAS libraries with a limit for the process, and those with one for each thread.

    Found once, because the search takes as long as a small study.
    """
    import scipy.special  # noqa: F401 - loads a second library besides numpy's
    from threadpoolctl import ThreadpoolController

    for_all: list[Any] = []
    for_each: list[Any] = []
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        by_openmp = getattr(library, "threading_layer", "") == "openmp"
        (for_each if by_openmp or library.internal_api == "mkl" else for_all).append(library)
    return for_all, for_each


def _limited(libraries: Sequence[Any]) -> list[tuple[Any, int]]:
    """Set one thread; return the libraries that this changed, with their threads before."""
    before = [(library, library.get_num_threads()) for library in libraries]
    for library, threads in before:
        if threads != 1:
            library.set_num_threads(1)
    return [(library, n) for library, n in before if library.get_num_threads() != n]


def _restore(before: Sequence[tuple[Any, int]]) -> None:
    for library, threads in before:
        # Otherwise only the thread that set the limit could lift it, and another may leave last.
        release = getattr(library, "clear_controlling_thread", None)
        if release is not None:
            release(force=True)
        library.set_num_threads(threads)
        if release is not None:
            release(force=True)
