"""Tasks on every engine: order, memory, lost workers, failures, cancelling, schedulers."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import dask
import distributed
import pytest

from eventstudy.compute import dask_pool, process_pool
from eventstudy.compute.engine import AHEAD, ENGINES, check_engine, map_tasks
from eventstudy.errors import EventStudyError, InputError, NetworkError
from eventstudy.files.interrupts import Interrupts

ROOT = Path(__file__).resolve().parents[1]
LONG = 600.0
"""Seconds after which whatever waits gives up: no machine is so busy."""


@pytest.fixture(autouse=True)
def _two_workers_that_find_this_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dask_pool, process_pool):
        monkeypatch.setattr(module, "usable_cores", lambda: 2)
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    """Two worker processes; those that are killed come again."""
    with (
        pytest.MonkeyPatch.context() as patch,
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        patch.syspath_prepend(ROOT)
        yield cluster


@pytest.fixture
def scheduler(cluster: distributed.LocalCluster) -> str:
    """The address of the cluster when both workers are there."""
    cluster.wait_for_workers(2, timeout=LONG)
    return cluster.scheduler_address


def slow(engine: str) -> Any:
    return pytest.param(engine, marks=pytest.mark.slow)


@pytest.fixture(params=["serial", "processes", *map(slow, ("spawn", "address"))])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every engine; "spawn" is processes as other platforms start them."""
    return prepared(request, monkeypatch)


@pytest.fixture(params=["processes", "spawn", "address"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every engine whose workers can be killed."""
    return prepared(request, monkeypatch)


def prepared(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "address":
        address: str = request.getfixturevalue("scheduler")
        return address
    if request.param == "spawn":
        context = multiprocessing.get_context("spawn")
        monkeypatch.setattr(process_pool, "get_context", lambda: context)
        return "processes"
    return str(request.param)


class Panel:
    """Shared data that leaves a line wherever it is unpickled."""

    def __init__(self, log: Path, workers: int) -> None:
        self.log = log
        self.workers = workers

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        with self.log.open("a") as file:
            file.write(f"{os.getpid()}\n")


def wait_until(holds: Callable[[], bool]) -> None:
    """Fails after a time that no machine needs."""
    until = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def later_first(step: float, task: int) -> int:
    """Even tasks take longer, so that they end after the next one."""
    time.sleep(step * (task % 2 == 0))
    return task * task


def own_pid(panel: Panel, task: int) -> int:
    """Returns when every worker has a task, so that none that starts late is left without one."""
    begun = panel.log.with_name("begun")
    (begun / str(os.getpid())).touch()
    wait_until(lambda: len(list(begun.iterdir())) >= panel.workers)
    return os.getpid()


def leave_a_file(folder: Path, task: int) -> int:
    (folder / str(task)).touch()
    return task


def killed_at_first(folder: Path, task: int) -> int:
    """Tasks 3, 6 and 9 are killed the first time, together with what their worker holds."""
    flag = folder / f"killed {task}"
    if task in (3, 6, 9) and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def killed_together(folder: Path, task: int) -> int:
    """Two workers are killed when both have begun: nobody holds what was shared."""
    begun = folder / f"begun {task}"
    if task < 2 and not begun.exists():
        begun.touch()
        wait_until(lambda: len(list(folder.glob("begun *"))) == 2)
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def always_killed(_: None, task: int) -> int:
    if task == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def wait_until_over(folder: Path) -> None:
    """A task that ends with its test; workers of a cluster finish it even if nobody wants it."""
    wait_until((folder / "over").exists)


def fails(folder: Path, task: int) -> int:
    """The later of two failures comes first; what follows takes long."""
    if task == 2:
        time.sleep(0.1)
    if task in (2, 3):
        raise KeyError(task)
    if task > 3:
        wait_until_over(folder)
    return task


def long_but_first(folder: Path, task: int) -> int:
    if task:
        wait_until_over(folder)
    return task


# What every engine does


def test_results_come_in_order_and_are_counted(engine: str) -> None:
    seen: list[tuple[int, int]] = []
    found = map_tasks(later_first, 0.01, range(20), engine, report=lambda *at: seen.append(at))
    assert list(found) == [task * task for task in range(20)]
    assert seen == [(done, 20) for done in range(1, 21)]


def test_nothing_to_do(engine: str) -> None:
    assert list(map_tasks(later_first, 0.01, [], engine)) == []


def test_what_is_shared_reaches_each_worker_once(engine: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    (tmp_path / "begun").mkdir()
    panel = Panel(log, 1 if engine == "serial" else 2)
    pids = list(map_tasks(own_pid, panel, range(20), engine))
    unpickled = log.read_text().split()
    assert len(unpickled) == len(set(unpickled)) <= 2
    assert set(unpickled) <= {str(pid) for pid in pids} or engine.startswith("tcp")
    assert (os.getpid() in pids) == (engine == "serial")


def test_only_a_few_tasks_are_on_their_way(engine: str, tmp_path: Path) -> None:
    with closing(map_tasks(leave_a_file, tmp_path, range(40), engine)) as results:
        assert not list(tmp_path.iterdir())
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        time.sleep(0.1)  # in which one too many would begin
        ahead = 0 if engine == "serial" else AHEAD * 2
        assert 3 <= len(list(tmp_path.iterdir())) <= 3 + ahead


@pytest.fixture
def over(tmp_path: Path) -> Iterator[Path]:
    """A folder for long tasks, which end with the test."""
    yield tmp_path
    (tmp_path / "over").touch()


def test_the_first_failing_task_is_told_and_ends_the_rest(engine: str, over: Path) -> None:
    results = map_tasks(fails, over, range(8), engine)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError) as caught:
        next(results)
    assert caught.value.args == (2,)


def test_closing_cancels_the_rest(engine: str, over: Path) -> None:
    """What is not cancelled ends only after the test."""
    results = map_tasks(long_but_first, over, range(8), engine)
    assert next(results) == 0
    results.close()


# Lost workers


@pytest.mark.slow
@pytest.mark.sampled(pool=("processes", "address"))
@pytest.mark.parametrize("work", [killed_at_first, killed_together])
def test_killed_workers_change_nothing(work, pool: str, tmp_path: Path) -> None:
    assert list(map_tasks(work, tmp_path, range(12), pool)) == [n * n for n in range(12)]


@pytest.mark.slow
@pytest.mark.sampled(pool=("processes", "address"))
def test_workers_that_keep_dying_are_given_up(pool: str) -> None:
    with pytest.raises(EventStudyError, match=r"^Workers died 4 times in a row .* serial\.$") as e:
        list(map_tasks(always_killed, None, range(12), pool))
    assert e.value.exit_code == 1


# Interrupts and orphans

SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job begins without it
from pathlib import Path
from typing import Any
from eventstudy.compute import dask_pool, process_pool
from eventstudy.compute.engine import map_tasks
from tests.test_engine import killed_at_first, long_but_first
dask_pool.usable_cores = process_pool.usable_cores = lambda: 2
if __name__ == "__main__":
    work = globals()[sys.argv[2]]
    for result in map_tasks(work, Path(__file__).parent, range(8), sys.argv[1]):
        print(result, flush=True)
"""


def start_script(place: Path, *arguments: str) -> subprocess.Popen[str]:
    script = place / "script.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, "-W", "error", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.slow
def test_ctrl_c_is_the_parents_alone(tmp_path: Path) -> None:
    """It reaches the whole group; both pipes end only when the last worker has gone."""
    with start_script(tmp_path, "processes", "long_but_first") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "0\n"
        os.killpg(run.pid, signal.SIGINT)
        _, err = run.communicate(timeout=LONG)
    assert run.returncode == -signal.SIGINT
    assert err.count("Traceback") == err.splitlines().count("KeyboardInterrupt") == 1


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a shell's foreground: a background job begins without a handler of Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


def waiting(interrupts: Interrupts) -> None:
    interrupts.wait(Future())


def using_a_result(interrupts: Interrupts) -> None:
    with interrupts.let_through():
        raise AssertionError


def ending(_: Interrupts) -> None:
    pass


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("then", [waiting, using_a_result, ending])
def test_ctrl_c_waits_until_no_lock_is_held(then: Callable[[Interrupts], None]) -> None:
    """One that strikes inside a lock of the pool would leave it locked for ever."""
    reached, interrupts = [], Interrupts()

    def work() -> None:
        with interrupts.held_back():
            signal.raise_signal(signal.SIGINT)
            reached.append("held back")
            then(interrupts)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["held back"]


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with start_script(tmp_path, "processes", "long_but_first") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "0\n"
        run.kill()
        assert run.communicate(timeout=LONG) == ("", "")


def test_threads_beside_the_fork_are_no_warning() -> None:
    over = threading.Event()
    beside = threading.Thread(target=over.wait)
    beside.start()
    try:
        assert list(map_tasks(later_first, 0.0, range(3), "processes")) == [0, 1, 4]
    finally:
        over.set()
        beside.join()


# Dask


@pytest.mark.slow
def test_dask_on_this_machine_survives_a_kill_in_silence(tmp_path: Path) -> None:
    with start_script(tmp_path, "dask", "killed_at_first") as run:
        out, err = run.communicate(timeout=LONG)
    assert (out, err) == ("".join(f"{n * n}\n" for n in range(8)), "")


@pytest.mark.slow
def test_workers_that_are_slow_to_leave_lose_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask gives them four seconds, which is short on a busy machine."""
    close = distributed.LocalCluster.close

    def late(cluster: distributed.LocalCluster) -> None:
        close(cluster)
        raise TimeoutError

    monkeypatch.setattr(distributed.LocalCluster, "close", late)
    assert list(map_tasks(later_first, 0.0, range(3), "dask")) == [0, 1, 4]


@pytest.mark.slow
@pytest.mark.parametrize("says", [None, b"", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_no_scheduler_there_is_one_sentence(
    says: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody, somebody mute, and somebody else at that address."""
    monkeypatch.setattr(dask_pool, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        talk = threading.Thread(target=answer, args=(server, says))
        if says is None:
            server.close()
        else:
            talk.start()
        with pytest.raises(NetworkError, match=f"^No Dask scheduler answers at {address}: start"):
            next(map_tasks(later_first, 0.0, range(3), address))
        if says is not None:
            talk.join()


def answer(server: socket.socket, says: bytes) -> None:
    line, _ = server.accept()
    with line:
        line.sendall(says)
        while line.recv(1024):
            pass


@pytest.mark.slow
def test_a_scheduler_without_workers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = distributed.Client.wait_for_workers
    monkeypatch.setattr(
        distributed.Client, "wait_for_workers", lambda client, n, timeout: wait(client, n, 0.1)
    )
    with (
        distributed.LocalCluster(
            n_workers=0,
            processes=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        ) as cluster,
        pytest.raises(NetworkError, match=r"^The Dask scheduler has no worker .*\.$"),
    ):
        next(map_tasks(later_first, 0.0, range(3), cluster.scheduler_address))


def test_a_scheduler_behind_certificates_wants_them_named() -> None:
    with pytest.raises(InputError, match=r"tls://127\.0\.0\.1:1 requires certificates"):
        next(map_tasks(later_first, 0.0, range(3), "tls://127.0.0.1:1"))


# Names


@pytest.mark.parametrize("name", [*ENGINES, "tcp://10.0.0.1:8786", "tls://host:1"])
def test_engines_and_addresses_are_known(name: str) -> None:
    assert check_engine(name) == name


@pytest.mark.parametrize("name", ["tcp://", "tcp://host", "tls://:8786", "tcp://host:port"])
def test_an_address_needs_host_and_port(name: str) -> None:
    with pytest.raises(
        InputError, match=r"needs a host and a port, such as t..://10\.0\.0\.1:8786"
    ):
        map_tasks(later_first, 0.0, range(3), name)


@pytest.mark.parametrize("name", ["threads", "http://host:80", "tcp", ""])
def test_an_unknown_engine_lists_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"no engine .* Known: dask, processes, serial\.$"):
        map_tasks(later_first, 0.0, range(3), name)
