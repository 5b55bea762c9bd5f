"""Where tasks run: in this process, in several, or on a Dask cluster; one code path.

The pools speak `concurrent.futures`. What all tasks share reaches each worker once; results come
back in the order of the tasks while only a few are on their way, so that memory stays bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Future,
    ThreadPoolExecutor,
)
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from eventstudy.compute import ENGINES
from eventstudy.compute.checkpoints import Kept
from eventstudy.compute.dask_pool import dask_client, dask_pool
from eventstudy.compute.pool import (
    RESTARTS,
    Done,
    Pool,
    Shared,
    Task,
    workers_keep_dying,
)
from eventstudy.compute.processors import starts_threads
from eventstudy.compute.threads import alone, one_blas_thread, usable_threads
from eventstudy.errors import InputError, unknown_name
from eventstudy.files.interrupts import Interrupts, raise_if_told

SCHEMES = ("tcp", "tls")
"""What the address of a scheduler begins with."""

AHEAD = 2
"""Tasks handed out for each worker: one runs, one waits for it."""

Report = Callable[[int, int], None]
"""Receives progress: tasks done, tasks in all."""


def map_tasks(
    work: Callable[[Shared, Task], Done],
    shared: Shared,
    tasks: Sequence[Task],
    engine: str = "serial",
    *,
    report: Report | None = None,
    kept: Kept[Done] | None = None,
) -> Generator[Done, None, None]:
    """Yield `work(shared, task)` for every task, in the order of the tasks, on every engine.

    Closing the generator, an exception in `work` and Ctrl-C cancel what is left and stop the
    workers. Tasks whose worker died run again, so `work` must give the same when run twice.

    Args:
        work: a function that can be imported.
        shared: what all tasks read and none changes; sent to each worker once.
        tasks: small descriptions.
        engine: "serial", "processes", "dask", or the address of a Dask scheduler.
        report: called with the tasks done and their total after each one.
        kept: where finished tasks are kept, and those of an earlier run are taken from.

    Raises what `work` raised for the first task that failed; InputError for an engine that cannot
    be, NetworkError for a scheduler that does not answer, EventStudyError if workers keep dying.
    """
    check_engine(engine)
    bound = partial(_worked, work, shared)
    results = _results(bound, tasks, engine) if kept is None else _kept(bound, tasks, engine, kept)
    return _counted(results, len(tasks), report)


def check_engine(name: str) -> str:
    """The engine of that name or address; InputError lists the known ones."""
    scheme, separator, _ = name.partition("://")
    if separator and "@" in name:
        raise InputError(
            f"The scheduler address {scheme}://… contains a user name or a password, which Dask "
            f"does not accept; give host and port, such as {SCHEMES[0]}://10.0.0.1:8786."
        )
    if separator and scheme in SCHEMES:
        if not _has_host_and_port(name):
            raise InputError(
                f"The scheduler address {name!r} needs a host and a port, "
                f"such as {scheme}://10.0.0.1:8786."
            )
    elif name not in ENGINES:
        raise unknown_name("engine", name, ENGINES)
    return name


def map_blocks(function: Callable[[Task], Done], blocks: Sequence[Task]) -> list[Done]:
    """Apply `function` to every block, in threads; for numpy and kernels, which release the lock.

    Results are in the order of the blocks. In a worker, or inside another block, everything runs on
    the calling thread. BLAS uses one thread, whatever the setting of the process.
    """
    threads = min(usable_threads(), len(blocks))
    with one_blas_thread():
        if threads < 2:
            return [function(block) for block in blocks]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(partial(alone, function), blocks))


def _worked(work: Callable[[Shared, Task], Done], shared: Shared, task: Task) -> Done:
    with one_blas_thread():
        return work(shared, task)


def _has_host_and_port(address: str) -> bool:
    parts = urlsplit(address)
    try:
        return bool(parts.hostname and parts.port)
    except ValueError:  # the port is no number
        return False


def _counted(
    results: Generator[Done, None, None], total: int, report: Report | None
) -> Generator[Done, None, None]:
    with closing(results):
        for done, result in enumerate(results, start=1):
            raise_if_told()
            if report:
                report(done, total)
            yield result


def _results(
    bound: Callable[[Task], Done], tasks: Sequence[Task], engine: str
) -> Generator[Done, None, None]:
    if engine == "serial" or not tasks:
        yield from map(bound, tasks)
        return
    if not starts_threads():
        raise InputError(
            f"The engine {engine} needs processes, and this Python has none, as in a browser; use "
            "the engine serial."
        )
    if engine == "processes":
        from eventstudy.compute.process_pool import process_pool  # which a browser cannot load

        yield from _pooled(partial(process_pool, bound, len(tasks)), tasks)
    else:
        with dask_client(None if engine == "dask" else engine) as client:
            yield from _pooled(partial(dask_pool, client, bound), tasks)


def _kept(
    bound: Callable[[Task], Done], tasks: Sequence[Task], engine: str, kept: Kept[Done]
) -> Generator[Done, None, None]:
    """Results in order; only tasks that are not kept are worked on."""
    held = [kept.holds(number) for number in range(len(tasks))]
    missing = [task for task, here in zip(tasks, held, strict=True) if not here]
    with closing(_results(bound, missing, engine)) as fresh:
        for number, task in enumerate(tasks):
            done = kept.read(number) if held[number] else None
            if done is None:
                done = bound(task) if held[number] else next(fresh)  # held, but damaged
                kept.write(number, done)
            yield done


def _pooled(
    start_pool: Callable[[], AbstractContextManager[Pool[Task, Done]]], tasks: Sequence[Task]
) -> Generator[Done, None, None]:
    """Results in order; a broken pool is replaced and given the tasks that had not ended."""
    handed: deque[Future[Done]] = deque()  # the first belongs to the task after the last yielded
    yielded = ended = restarts = 0
    interrupts = Interrupts()
    with interrupts.held_back():
        while yielded < len(tasks):
            try:
                with start_pool() as (submit, workers):
                    handed = deque(
                        future if _has_ended(future) else interrupts.watch(submit(tasks[at]))
                        for at, future in enumerate(handed, start=yielded)
                    )
                    while yielded < len(tasks):
                        until = min(yielded + AHEAD * workers(), len(tasks))
                        while (at := yielded + len(handed)) < until:
                            handed.append(interrupts.watch(submit(tasks[at])))
                        interrupts.wait(handed[0])
                        result = handed[0].result()
                        handed.popleft()
                        yielded += 1
                        with interrupts.let_through():
                            yield result
            except (BrokenExecutor, CancelledError):
                before, ended = ended, yielded + sum(map(_has_ended, handed))
                restarts = 1 if ended > before else restarts + 1
                if restarts > RESTARTS:
                    raise workers_keep_dying() from None


def _has_ended(future: Future[Any]) -> bool:
    """Whether it has its result or the exception of its task."""
    if not future.done() or future.cancelled():
        return False
    return not isinstance(future.exception(), BrokenExecutor)
