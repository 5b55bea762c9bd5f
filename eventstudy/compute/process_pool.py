"""A pool of processes on this machine."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from eventstudy.compute.pool import Done, Pool, Task, safe_path
from eventstudy.compute.processors import usable_cores
from eventstudy.compute.threads import alone
from eventstudy.files.interrupts import STOPS

WORKS_HERE: dict[str, Callable[[Any], Any]] = {}
"""In a worker process: the function to run, bound to the shared data."""


@contextmanager
def process_pool(bound: Callable[[Task], Done], most: int) -> Iterator[Pool[Task, Done]]:
    """At most so many processes of this machine as a pool."""
    workers = min(usable_cores(), most)
    context = get_context()
    leave, leave_now = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (bound, leave))

    def submit(task: Task) -> Future[Done]:
        with warnings.catch_warnings():  # the first one forks; threads of others are no concern
            warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
            return pool.submit(_run_here, task)

    with leave, leave_now, safe_path():
        try:
            yield submit, lambda: workers
        finally:
            leave_now.send(None)  # else a cancelled task would be waited for
            pool.shutdown(cancel_futures=True)


def _begin_worker(bound: Callable[[Any], Any], leave: Connection) -> None:
    for one in STOPS:  # a terminal sends them to all; the parent decides
        signal.signal(one, signal.SIG_DFL if one == signal.SIGTERM else signal.SIG_IGN)
    WORKS_HERE["bound"] = bound
    threading.Thread(target=_leave_when_told, args=(leave,), daemon=True).start()


def _leave_when_told(leave: Connection) -> None:
    """End this worker, whatever it computes, when it is told to or its parent was killed."""
    parent = parent_process()
    wait([leave, parent.sentinel] if parent else [leave])
    os._exit(1)


def _run_here(task: Any) -> Any:
    return alone(WORKS_HERE["bound"], task)
