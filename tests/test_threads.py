"""How many processors and threads a study uses, and that linear algebra has one."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import distributed
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

import eventstudy as es
from eventstudy.compute import dask_pool, process_pool, processors, threads
from eventstudy.compute.engine import map_blocks, map_tasks
from eventstudy.compute.processors import quota, usable_cores
from eventstudy.compute.threads import alone, one_blas_thread, usable_threads

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processors whatever the machine has, and a user who set nothing."""
    monkeypatch.delenv(threads.OF_THREADS, raising=False)
    for module in (dask_pool, process_pool, threads):
        monkeypatch.setattr(module, "usable_cores", lambda: 2)
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture
def three() -> Iterator[None]:
    """BLAS on three threads, by nobody who would limit it again."""
    limit = threadpool_limits(3, "blas")
    free_again()
    yield
    limit.restore_original_limits()
    free_again()


def free_again() -> None:
    """Later versions of threadpoolctl let only the thread that set a limit set another."""
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


def blas_threads() -> set[int]:
    known = [each for each in threadpool_info() if each["user_api"] == "blas"]
    return {each["num_threads"] for each in known if each.get("threading_layer") != "disabled"}


# Processors


@pytest.mark.parametrize(
    ("groups", "files", "allowed"),
    [
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, math.inf),
        ("0::/\n", {}, math.inf),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, 3),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000", "a/b/cpu.max": "400000 100000"}, 1),
        ("0::/elsewhere\n", {"cpu.max": "200000 100000"}, 2),
        ("0::/../..\n", {}, math.inf),
        (
            "4:memory:/x\n3:cpu,cpuacct:/x\n0::/\n",
            {"cpu/x/cpu.cfs_quota_us": "250000\n", "cpu/x/cpu.cfs_period_us": "100000\n"},
            3,
        ),
        (
            "1:cpu:/docker/1f\n",
            {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "50000"},
            2,
        ),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, math.inf),
        ("1:cpuset:/\n", {"cpuset/cpu.max": "100000 100000"}, math.inf),
    ],
)
def test_control_groups_limit_processors(
    groups: str, files: dict[str, str], allowed: float, tmp_path: Path
) -> None:
    (tmp_path / "cgroup").write_text(groups)
    for name, content in files.items():
        path = tmp_path / "mounted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert quota(tmp_path / "cgroup", tmp_path / "mounted") == allowed


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert quota(tmp_path / "cgroup", tmp_path) == math.inf


def test_cores_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "_quota", lambda: math.inf)
    bound = usable_cores()
    if hasattr(os, "sched_getaffinity"):
        assert bound == len(os.sched_getaffinity(0))
        monkeypatch.delattr(os, "sched_getaffinity")
        assert usable_cores() >= bound
    monkeypatch.setattr(processors, "_quota", lambda: 1)
    assert usable_cores() == 1
    monkeypatch.setattr(processors, "_quota", lambda: 0)
    assert usable_cores() == 1


@pytest.mark.parametrize(
    ("said", "most"),
    [
        *(("1", 1), ("1,4", 1), (" 1 , 2", 1), ("2", 2), ("64", 2)),
        *((wrong, 2) for wrong in ("", "0", "-1", "x", "1.5", "²")),
    ],
)
def test_threads_are_those_of_openmp(said: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(threads.OF_THREADS, said)
    assert usable_threads() == most
    ran = map_blocks(lambda _: threading.get_ident(), range(4))
    assert (set(ran) == {threading.get_ident()}) == (most == 1)


# Linear algebra


@pytest.mark.usefixtures("three")
def test_one_thread_inside_and_as_before_after() -> None:
    with one_blas_thread():
        assert blas_threads() == {1}
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {3}


@pytest.mark.usefixtures("three")
def test_an_exception_lifts_the_limit() -> None:
    def fails(_: object) -> None:
        assert blas_threads() == {1}
        raise KeyError

    for run in (
        lambda: map_blocks(fails, range(3)),
        lambda: map_blocks(fails, range(1)),
        lambda: list(map_tasks(fails_too, None, range(3))),
        lambda: alone(fails, None),
    ):
        with pytest.raises(KeyError):
            run()
        assert blas_threads() == {3}
        assert usable_threads() == 2


def fails_too(_: None, __: int) -> None:
    assert blas_threads() == {1}
    raise KeyError


@pytest.mark.usefixtures("three")
def test_a_limit_of_another_thread_stays_in_force() -> None:
    """That of the newest threadpoolctl; before, whoever came last had set it."""
    inside, over = threading.Event(), threading.Event()

    def other() -> None:
        with threadpool_limits(2, "blas"):
            inside.set()
            over.wait()

    beside = threading.Thread(target=other)
    beside.start()
    inside.wait()
    with one_blas_thread():
        assert blas_threads() in ({1}, {2})
    assert blas_threads() == {2}
    over.set()
    beside.join()
    assert blas_threads() == {3}


@pytest.mark.usefixtures("three")
def test_studies_side_by_side_share_the_limit() -> None:
    """Whoever leaves last lifts it, also where another thread had set it and still lives."""
    first_is_in, second_is_in, first_left = (threading.Event() for _ in range(3))
    seen = []

    def second() -> None:
        first_is_in.wait()
        with one_blas_thread():
            second_is_in.set()
            first_left.wait()
            seen.append(blas_threads())
        seen.append(blas_threads())

    beside = threading.Thread(target=second)
    beside.start()
    with one_blas_thread():
        first_is_in.set()
        second_is_in.wait()
    first_left.set()
    beside.join()
    assert seen == [{1}, {3}]
    with one_blas_thread():
        assert blas_threads() == {1}


@dataclass
class Library:
    """One of BLAS with a setting for each thread, or for all."""

    internal_api: str
    threading_layer: str = "pthreads"
    user_api: str = "blas"

    def __post_init__(self) -> None:
        self.process, self.thread = 4, threading.local()

    def get_num_threads(self) -> int:
        return self.process if self.common else getattr(self.thread, "n", 4)

    def set_num_threads(self, n: int) -> None:
        if self.common:
            self.process = n
        else:
            self.thread.n = n

    @property
    def common(self) -> bool:
        return self.internal_api != "mkl" and self.threading_layer != "openmp"


@pytest.mark.parametrize(
    "library", [Library("openblas"), Library("openblas", "openmp"), Library("mkl", "gnu")]
)
def test_every_thread_of_ours_is_limited(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    each = ([library], []) if library.common else ([], [library])
    monkeypatch.setattr(threads, "_libraries", lambda: each)
    assert set(map_blocks(lambda _: library.get_num_threads(), range(4))) == {1}
    assert list(map_tasks(lambda of, _: of.get_num_threads(), library, range(2))) == [1, 1]
    assert library.get_num_threads() == 4


def test_libraries_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    import threadpoolctl

    found = [Library("openblas"), Library("openblas", "openmp"), Library("mkl", "intel")]

    class Controller:
        lib_controllers = found

        def select(self, user_api: str) -> Controller:
            assert user_api == "blas"
            return self

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Controller)
    assert threads._libraries.__wrapped__() == (found[:1], found[1:])


# Workers


def what_a_task_has(_: None, task: int) -> tuple[int, bool, set[int], int]:
    """Threads for blocks, whether its blocks ran on others than its own, BLAS's, the process."""
    ran = map_blocks(lambda _: threading.get_ident(), range(4))
    return usable_threads(), threading.get_ident() not in ran, blas_threads(), os.getpid()


@pytest.mark.parametrize("name", ["processes", pytest.param("dask", marks=pytest.mark.slow)])
def test_a_worker_has_one_thread(name: str) -> None:
    found = list(map_tasks(what_a_task_has, None, range(4), name))
    assert [each[:3] for each in found] == [(1, False, {1})] * 4
    assert os.getpid() not in {each[3] for each in found}


@pytest.mark.slow
@pytest.mark.usefixtures("three")
def test_a_dask_worker_inside_this_process_leaves_it_as_it_was() -> None:
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as cluster:
        found = list(map_tasks(what_a_task_has, None, range(4), cluster.scheduler_address))
        assert found == [(1, False, {1}, os.getpid())] * 4
    assert usable_threads() == 2
    assert blas_threads() == {3}


def test_blocks_inside_a_block_start_no_thread() -> None:
    def outer(_: int) -> bool:
        return set(map_blocks(lambda _: threading.get_ident(), range(4))) == {threading.get_ident()}

    assert map_blocks(outer, range(4)) == [True] * 4
    assert usable_threads() == 2


def test_tasks_here_use_all_threads() -> None:
    assert next(map_tasks(what_a_task_has, None, range(1)))[:3] == (2, True, {1})


# Studies

LINEAR_ALGEBRA = ("cholesky", "eigh", "eigvalsh", "inv", "lstsq", "qr", "solve", "svd")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """The threads that BLAS had whenever numpy was asked for a decomposition."""
    seen: list[set[int]] = []

    def watch(function: Callable[..., Any], *values: Any, **options: Any) -> Any:
        seen.append(blas_threads())
        return function(*values, **options)

    for name in LINEAR_ALGEBRA:
        monkeypatch.setattr(np.linalg, name, partial(watch, getattr(np.linalg, name)))
    return seen


@pytest.fixture(scope="module")
def market() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns of twelve assets, and an event of each on one of three days."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2021-01-01", periods=160)
    wide = pd.DataFrame(0.01 * rng.standard_normal((160, 12)), days, [f"F{i}" for i in range(12)])
    wide["mkt"] = 0.01 * rng.standard_normal(160)
    events = pd.DataFrame(
        {
            "event_id": range(12),
            "ticker": [f"F{i}" for i in range(12)],
            "date": days[[120, 130, 140] * 4],
            "size": rng.standard_normal(12),
        }
    )
    return wide, events


@pytest.mark.usefixtures("three")
def test_studies_and_measures_compute_on_one_thread(
    market: tuple[pd.DataFrame, pd.DataFrame], watched: list[set[int]]
) -> None:
    wide, events = market
    one_day = events.assign(date=wide.index[130])
    study = es.EventStudy(
        benchmark="mkt", estimation=(-90, -11), min_obs=60, car=[(-1, 1)], tests="all"
    )
    for events_of in (events, one_day):
        result = study.run(events_of, returns=wide)
    es.regress(result, "size")
    es.volatility_study(result)
    assert len(watched) > 10
    assert set().union(*watched) == {1}
    assert blas_threads() == {3}


@pytest.mark.usefixtures("three")
def test_calibration_computes_on_one_thread(watched: list[set[int]]) -> None:
    es.calibrate(samples=2, n_events=4)
    assert set().union(*watched) == {1}
    assert blas_threads() == {3}
