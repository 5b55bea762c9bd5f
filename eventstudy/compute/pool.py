"""What a pool of workers offers: a task in, an answer out, and a lost task runs again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from eventstudy.errors import EventStudyError

RESTARTS = 3
"""How often in a row a pool is started again without any task having finished."""

SAFE_PATH = "PYTHONSAFEPATH"
"""Tells a new Python to leave the working folder out of its path."""

PATIENCE = 10.0
"""Seconds for a scheduler to answer and to have a worker."""

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Done = TypeVar("Done")
Submit = Callable[[Task], Future[Done]]
Pool = tuple[Submit[Task, Done], Callable[[], int]]
"""How a task is handed out, and to how many workers at the moment."""


@contextmanager
def safe_path() -> Iterator[None]:
    """Processes started inside take no module from the working folder, whatever lies there."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(SAFE_PATH, None)
        else:
            os.environ[SAFE_PATH] = before


def workers_keep_dying() -> EventStudyError:
    """The error of a pool that was started again RESTARTS times for nothing."""
    return EventStudyError(
        f"Workers died {RESTARTS + 1} times in a row without finishing a task, "
        "most often because memory ran out: free some, or use the engine serial."
    )
