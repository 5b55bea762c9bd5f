"""A pool of Dask workers, on this machine or at a scheduler's address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any

from eventstudy.compute.pool import (
    PATIENCE,
    Done,
    Pool,
    Task,
    safe_path,
    workers_keep_dying,
)
from eventstudy.compute.processors import usable_cores
from eventstudy.compute.threads import alone
from eventstudy.errors import InputError, NetworkError, needs_extra


@contextmanager
def dask_client(address: str | None) -> Iterator[Any]:
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
            raise workers_keep_dying() from None


@contextmanager
def _local_cluster(distributed: Any) -> Iterator[Any]:
    # Else a worker that is down when the timeout of an earlier death ends does not come again.
    patient = {"distributed.deploy.lost-worker-timeout": "1 day"}
    with safe_path(), import_module("dask").config.set(patient):
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
def dask_pool(client: Any, bound: Callable[[Task], Done]) -> Iterator[Pool[Task, Done]]:
    """The workers of a Dask client as a pool."""
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
    with needs_extra("The engine dask", "dask"):
        return import_module("distributed")


def _run_there(task: Any, bound: Callable[[Any], Any]) -> Any:
    return alone(bound, task)


def _greet(distributed: Any, address: str) -> None:
    """NetworkError unless a Dask scheduler answers; a client would wait for others forever."""
    options = distributed.Security().get_connection_args("client")
    if address.startswith("tls") and not options["ssl_context"]:
        raise InputError(
            f"The scheduler {address} requires certificates: name them in Dask's configuration, "
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
