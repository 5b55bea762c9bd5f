"""Where chunks of work run: in this process, in several, or on a Dask cluster; one code path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Literal, TypeVar

from eventstudy.errors import InputError, unknown_name

Engine = Literal["serial", "processes", "dask"]
Work = TypeVar("Work")
Done = TypeVar("Done")


def map_chunks(
    function: Callable[[Work], Done], chunks: Iterable[Work], engine: Engine
) -> list[Done]:
    """Apply `function` to every chunk; results come in the order of the chunks on every engine."""
    if engine == "serial":
        return [function(chunk) for chunk in chunks]
    with _executor(engine) as executor:
        return list(executor.map(function, chunks))


@contextmanager
def _executor(engine: Engine) -> Iterator[Executor]:
    if engine == "processes":
        with ProcessPoolExecutor() as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "The engine dask needs the extra: pip install 'eventstudy-kit[dask]'."
        ) from None
    with Client() as client:
        yield client.get_executor()


def check_engine(name: str) -> Engine:
    """The engine of that name; InputError lists the known ones."""
    known: dict[str, Engine] = {"serial": "serial", "processes": "processes", "dask": "dask"}
    if name not in known:
        raise unknown_name("engine", name, list(known))
    return known[name]


def map_tasks(work, shared, tasks, engine="serial", *, report=None):
    for t in tasks:
        yield work(shared, t)
