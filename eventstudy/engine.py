"""Where tasks run: in this process, in several, or on a Dask cluster; one code path.

The pools speak `concurrent.futures`. What all tasks share reaches each worker once; results come
back in the order of the tasks while only a few are on their way, so that memory stays bounded.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar
from urllib.parse import urlsplit

from eventstudy.checkpoints import Kept
from eventstudy.errors import EventStudyError, InputError, NetworkError, unknown_name

Engine = str
"""serial, processes, dask, or the address of a Dask scheduler such as tcp://10.0.0.1:8786."""
ENGINES = ("serial", "processes", "dask")
SCHEMES = ("tcp", "tls")
"""What the address of a scheduler begins with."""

AHEAD = 2
"""Tasks handed out for each worker: one runs, one waits for it."""
RESTARTS = 3
"""How often in a row a pool is started again without any task having finished."""
PATIENCE = 10.0
"""Seconds for a scheduler to answer and to have a worker."""

Report = Callable[[int, int], None]
"""Told of progress: tasks done, tasks in all."""

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Done = TypeVar("Done")
Submit = Callable[[Task], Future[Done]]
Pool = tuple[Submit[Task, Done], Callable[[], int]]
"""How a task is handed out, and to how many workers at the moment."""


def map_tasks(
    work: Callable[[Shared, Task], Done],
    shared: Shared,
    tasks: Sequence[Task],
    engine: Engine = "serial",
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
    bound = partial(work, shared)
    results = _results(bound, tasks, engine) if kept is None else _kept(bound, tasks, engine, kept)
    return _counted(results, len(tasks), report)


def check_engine(name: str) -> Engine:
    """The engine of that name or address; InputError lists the known ones."""
    scheme, separator, _ = name.partition("://")
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
    """`function` of every block in their order, by threads: for numpy, which lets go of the lock.

    On every engine a task may use what its process has; where several processes share the
    processors, that is one thread.
    """
    threads = 1 if _HERE else min(usable_cores(), len(blocks))
    if threads < 2:
        return [function(block) for block in blocks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, blocks))


def usable_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
            if report:
                report(done, total)
            yield result


def _results(
    bound: Callable[[Task], Done], tasks: Sequence[Task], engine: Engine
) -> Generator[Done, None, None]:
    if engine == "serial" or not tasks:
        yield from map(bound, tasks)
    elif engine == "processes":
        yield from _pooled(partial(_process_pool, bound, len(tasks)), tasks)
    else:
        with _dask_client(None if engine == "dask" else engine) as client:
            yield from _pooled(partial(_dask_pool, client, bound), tasks)


def _kept(
    bound: Callable[[Task], Done], tasks: Sequence[Task], engine: Engine, kept: Kept[Done]
) -> Generator[Done, None, None]:
    """Results in order; only tasks that are not kept are worked on."""
    held = [kept.holds(number) for number in range(len(tasks))]
    missing = [task for task, here in zip(tasks, held, strict=True) if not here]
    with closing(_results(bound, missing, engine)) as fresh:
        for number, task in enumerate(tasks):
            found = kept.read(number) if held[number] else None
            if found is None:
                found = bound(task) if held[number] else next(fresh)  # held, but damaged
                kept.write(number, found)
            yield found


def _pooled(
    start_pool: Callable[[], AbstractContextManager[Pool[Task, Done]]], tasks: Sequence[Task]
) -> Generator[Done, None, None]:
    """Results in order; a broken pool is replaced and given the tasks that had not ended."""
    handed: deque[Future[Done]] = deque()  # the first belongs to the task after the last yielded
    yielded = ended = restarts = 0
    while yielded < len(tasks):
        try:
            with start_pool() as (submit, workers):
                handed = deque(
                    future if _has_ended(future) else submit(tasks[at])
                    for at, future in enumerate(handed, start=yielded)
                )
                while yielded < len(tasks):
                    until = min(yielded + AHEAD * workers(), len(tasks))
                    while (at := yielded + len(handed)) < until:
                        handed.append(submit(tasks[at]))
                    result = handed[0].result()
                    handed.popleft()
                    yielded += 1
                    yield result
        except (BrokenExecutor, CancelledError):
            before, ended = ended, yielded + sum(map(_has_ended, handed))
            restarts = 1 if ended > before else restarts + 1
            if restarts > RESTARTS:
                raise _workers_keep_dying() from None


def _has_ended(future: Future[Any]) -> bool:
    """Whether it has its result or the exception of its task."""
    if not future.done() or future.cancelled():
        return False
    return not isinstance(future.exception(), BrokenExecutor)


def _workers_keep_dying() -> EventStudyError:
    return EventStudyError(
        f"Workers died {RESTARTS + 1} times in a row without finishing a task, "
        "most often for want of memory: free some, or use the engine serial."
    )


@contextmanager
def _process_pool(bound: Callable[[Task], Done], most: int) -> Iterator[Pool[Task, Done]]:
    workers = min(usable_cores(), most)
    context = get_context()
    leave, leave_now = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (bound, leave))

    def submit(task: Task) -> Future[Done]:
        with warnings.catch_warnings():  # the first one forks; threads of others are no concern
            warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
            return pool.submit(_run_here, task)

    with leave, leave_now:
        try:
            yield submit, lambda: workers
        finally:
            leave_now.send(None)  # else a cancelled task would be waited for
            pool.shutdown(cancel_futures=True)


_HERE: dict[str, Callable[[Any], Any]] = {}
"""In a worker process: the work, bound to what is shared."""


def _begin_worker(bound: Callable[[Any], Any], leave: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    _HERE["bound"] = bound
    threading.Thread(target=_leave_when_told, args=(leave,), daemon=True).start()


def _leave_when_told(leave: Connection) -> None:
    """End this worker, whatever it computes, when it is told to or its parent was killed."""
    parent = parent_process()
    wait([leave, parent.sentinel] if parent else [leave])
    os._exit(1)


def _run_here(task: Any) -> Any:
    return _HERE["bound"](task)


@contextmanager
def _dask_client(address: str | None) -> Iterator[Any]:
    """A client of the scheduler at the address, or of a cluster started on this machine."""
    distributed = _distributed()
    with ExitStack() as stack:
        # What is lost is given again or raised here; its log would say so a second time.
        stack.enter_context(distributed.utils.silence_logging_cmgr(logging.CRITICAL))
        if address:
            _greet(distributed, address)
        cluster = address or stack.enter_context(_local_cluster(distributed))
        client = distributed.Client(cluster, timeout=PATIENCE, set_as_default=False)
        try:
            yield stack.enter_context(client)
        except distributed.scheduler.KilledWorker:  # Dask itself has tried again
            raise _workers_keep_dying() from None


@contextmanager
def _local_cluster(distributed: Any) -> Iterator[Any]:
    # Else a worker that is down when the timeout of an earlier death ends does not come again.
    patient = {"distributed.deploy.lost-worker-timeout": "1 day"}
    with import_module("dask").config.set(patient):
        cluster = distributed.LocalCluster(
            n_workers=usable_cores(),
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else its port is taken anyway
            silence_logs=logging.CRITICAL,
        )
        try:
            yield cluster
        finally:
            # A worker that does not leave in time is killed; no result is to be lost for that.
            with suppress(TimeoutError):
                cluster.close()


@contextmanager
def _dask_pool(client: Any, bound: Callable[[Task], Done]) -> Iterator[Pool[Task, Done]]:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except OSError:
        raise NetworkError(
            "The Dask scheduler has no worker or went away: start what is missing."
        ) from None
    with _broken_if_unreachable():
        held = client.scatter(bound, broadcast=True, hash=False)

    def submit(task: Task) -> Future[Done]:
        # Inside the function, where Dask does not look for its own keys and graphs. Its futures
        # answer as those of the standard library do; its executor's never end when data is lost.
        future: Future[Done] = client.submit(partial(_run_there, task), held, pure=False)
        return future

    def threads() -> int:
        with _broken_if_unreachable():
            now: dict[str, int] = client.nthreads()
        return max(1, sum(now.values()))

    yield submit, threads


@contextmanager
def _broken_if_unreachable() -> Iterator[None]:
    try:
        yield
    except OSError as lost:
        raise BrokenExecutor from lost


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError:
        raise InputError(
            "The engine dask needs the extra: pip install 'eventstudy-kit[dask]'."
        ) from None


def _run_there(task: Any, bound: Callable[[Any], Any]) -> Any:
    _HERE["bound"] = bound
    return bound(task)


def _greet(distributed: Any, address: str) -> None:
    """NetworkError unless a Dask scheduler answers; a client would wait for others forever."""
    options = distributed.Security().get_connection_args("client")
    if address.startswith("tls") and not options["ssl_context"]:
        raise InputError(
            f"The scheduler {address} wants certificates: name them in Dask's configuration, "
            "under distributed.comm.tls."
        )

    async def shake_hands() -> None:
        async with asyncio.timeout(PATIENCE):
            comm = await distributed.comm.connect(address, timeout=PATIENCE, **options)
            await comm.close()

    try:
        with ThreadPoolExecutor(1) as aside:  # here a notebook may run a loop of its own
            aside.submit(asyncio.run, shake_hands()).result()
    except (OSError, MemoryError):  # what another server says is read as the length of a message
        raise NetworkError(
            f"No Dask scheduler answers at {address}: start it there, or correct the address."
        ) from None
