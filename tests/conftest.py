"""What all tests share: what they need beside the checkout, and the registries put back."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import json
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import hypothesis
import pytest
from filelock import FileLock

if TYPE_CHECKING:
    import numpy as np

    from eventstudy import Prices, StudyResult
    from eventstudy.report.story import Story

REPOSITORY = Path(__file__).resolve().parents[1]

KERNELS = {
    "Prescott": "pni",
    "Nehalem": "sse4_2",
    "Sandybridge": "avx",
    "Haswell": "avx2",
    "Zen": "avx2",
    "SkylakeX": "avx512f",
    "Cooperlake": "avx512_bf16",
}
"""Of OpenBLAS: a kernel → what the processor must be able to do."""

# However slow the machine is.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

THOROUGH = "EVENTSTUDY_THOROUGH"
"""The variable that lets the tests run too which are left to a weekly run."""


@dataclass(frozen=True)
class Need:
    """Something beside the checkout that the tests of a marker need.

    `missing` says what is not there, empty where it is; `remedy` how to provide it; `switch` is
    the variable that turns its absence from tests left out aloud into an error.
    """

    marker: str
    missing: Callable[[], str]
    remedy: str
    switch: str


def shared_folder() -> Path:
    """Where the long panels and reference data lie: EVENTSTUDY_SHARED, else beside the checkout."""
    named = os.environ.get("EVENTSTUDY_SHARED")
    return Path(named) if named else REPOSITORY.parent / "shared"


def chromium() -> str:
    """The browser: EVENTSTUDY_CHROMIUM, else what is installed as chromium; empty without one."""
    return shutil.which(os.environ.get("EVENTSTUDY_CHROMIUM") or "chromium") or ""


def rscript() -> str:
    """R: EVENTSTUDY_RSCRIPT, else what is installed as Rscript; empty without one."""
    return shutil.which(os.environ.get("EVENTSTUDY_RSCRIPT") or "Rscript") or ""


def postgres_programs() -> Path | None:
    """The folder with PostgreSQL's initdb: EVENTSTUDY_POSTGRES, else Debian's or of the PATH."""
    named = os.environ.get("EVENTSTUDY_POSTGRES")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb")
    beside = [Path(found).resolve().parent] if found else []
    places = [Path(named)] if named else [*reversed(installed), *beside]
    return next((place for place in places if (place / "initdb").is_file()), None)


def axe() -> str:
    """Why there is no axe-core to check pages with; empty where EVENTSTUDY_AXE names its file."""
    named = os.environ.get("EVENTSTUDY_AXE", "")
    return "" if Path(named).is_file() else "EVENTSTUDY_AXE names no file axe.min.js"


NEEDS = (
    Need(
        "needs_shared",
        lambda: "" if shared_folder().is_dir() else f"there is no folder {shared_folder()}",
        "set EVENTSTUDY_SHARED",
        "EVENTSTUDY_REQUIRE_SHARED",
    ),
    Need(
        "needs_browser",
        lambda: "" if chromium() else "there is no Chromium",
        "install chromium or set EVENTSTUDY_CHROMIUM",
        "EVENTSTUDY_REQUIRE_BROWSER",
    ),
    Need(
        "needs_axe",
        axe,
        "`npm pack axe-core`, unpack it and set EVENTSTUDY_AXE to its axe.min.js",
        "EVENTSTUDY_REQUIRE_AXE",
    ),
    Need(
        "needs_r",
        lambda: "" if rscript() else "there is no Rscript",
        "install r-base-core or set EVENTSTUDY_RSCRIPT",
        "EVENTSTUDY_REQUIRE_R",
    ),
    Need(
        "needs_postgres",
        lambda: "" if postgres_programs() else "there is no PostgreSQL",
        "install postgresql or set EVENTSTUDY_POSTGRES",
        "EVENTSTUDY_REQUIRE_POSTGRES",
    ),
    Need(
        "weekly",
        lambda: "" if os.environ.get(THOROUGH) else "they run once a week",
        f"set {THOROUGH}=1",
        THOROUGH,
    ),
)
_DESELECTED = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Where the tests of a marker must run, what they miss is a failure and not a skip."""
    config.stash[_DESELECTED] = {}
    for need in NEEDS:
        if os.environ.get(need.switch) == "1" and (missing := need.missing()):
            raise pytest.UsageError(
                f"The tests marked {need.marker} must run and {missing}; "
                f"{need.remedy} or unset {need.switch}."
            )


def pytest_itemcollected(item: pytest.Item) -> None:
    """`representative(name=value)`: what has another value of the parameter is slow.

    `sampled(name=value)`: what is slow and has another value runs weekly.
    """
    if _differs(item, "representative"):
        item.add_marker("slow")
    if item.get_closest_marker("slow") and _differs(item, "sampled"):
        item.add_marker("weekly")


def _differs(item: pytest.Item, marker: str) -> bool:
    """Whether a parameter of the test is none of the values that its marker names."""
    named = [pair for mark in item.iter_markers(marker) for pair in mark.kwargs.items()]
    params: dict[str, object] = item.callspec.params if named else {}  # type: ignore[attr-defined]
    return any(
        params[name] not in (values if isinstance(values, tuple) else (values,))
        for name, values in named
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests whose need is not met are deselected aloud."""
    for need in NEEDS:
        wanting = [item for item in items if item.get_closest_marker(need.marker)]
        if wanting and need.missing():
            config.stash[_DESELECTED][need.marker] = len(wanting)
            config.hook.pytest_deselected(items=wanting)
            items[:] = [item for item in items if item not in wanting]


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: no collection of garbage walks through them again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel worker hands on how many tests it left out."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = session.config.stash[_DESELECTED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers collect the same tests, so that any one's count is the count."""
    node.config.stash[_DESELECTED].update(getattr(node, "workeroutput", {}).get("deselected", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out, and why."""
    for need in NEEDS:
        if count := config.stash[_DESELECTED].get(need.marker, 0):
            terminalreporter.write_line(
                f"{count} tests marked {need.marker} were left out: {need.missing()} "
                f"({need.remedy})."
            )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared data; use it with the marker needs_shared."""
    return shared_folder()


@pytest.fixture(scope="session")
def kernels() -> list[dict[str, str]]:
    """Environments in which OpenBLAS uses other instructions, of those that this processor has."""
    about = Path("/proc/cpuinfo")
    flags = about.read_text().split("flags", 1)[-1].split("\n")[0] if about.exists() else ""
    can = set(flags.split())
    return [{"OPENBLAS_CORETYPE": name} for name, needed in KERNELS.items() if needed in can]


MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """`made_once(name, fill)`: a folder that the first worker to ask fills, and all only read."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    place.mkdir(exist_ok=True)

    def folder(name: str, fill: Callable[[Path], object]) -> Path:
        with FileLock(place / f"{name}.lock"):
            if not (place / name).exists():
                draft = Path(tempfile.mkdtemp(dir=place))
                fill(draft)
                draft.rename(place / name)
        return place / name

    return folder


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of its own on loopback; every statement it takes is in `log`."""

    port: int
    log: Path
    user: str = "reader"
    password: str = "p%2Fw%40rd-Q9zx86tk"
    """As an address has it, percent-encoded."""

    def url(self, rest: str, password: str | None = None) -> str:
        """The address of the database with what to read of it."""
        secret = self.password if password is None else password
        return f"postgresql://{self.user}:{secret}@127.0.0.1:{self.port}/postgres{rest}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for this session; it does not run as root, so that root lends it a user."""
    import socket
    import subprocess
    from urllib.parse import unquote

    programs = postgres_programs()
    assert programs is not None
    lent = os.getuid() == 0
    base = Path(tempfile.mkdtemp(prefix="es-pg-", dir="/tmp" if lent else None))  # open to the user
    as_user = []
    if lent:
        base.chmod(0o755)
        shutil.chown(base, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Postgres(probe.getsockname()[1], base / "log")
    secret = base / "secret"
    secret.write_text(unquote(server.password))
    secret.chmod(0o644)

    def program(name: str, *args: str) -> None:
        command = [*as_user, str(programs / name), "-D", str(base / "data"), *args]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=120)

    program(
        *("initdb", "-U", server.user, "-A", "scram-sha-256", f"--pwfile={secret}"),
        *("--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"),
    )
    settings = (
        f"-p {server.port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off "
        "-c log_statement=all -c log_parameter_max_length=-1 -c shared_buffers=32MB"
    )
    program("pg_ctl", "-w", "-s", "-l", str(server.log), "-o", settings, "start")
    try:
        yield server
    finally:
        program("pg_ctl", "-w", "-s", "-m", "immediate", "stop")
        shutil.rmtree(base)


@dataclass(frozen=True)
class Flagship:
    """The study of both DeepSeek events with its defaults, and the story of each."""

    prices: Prices
    both: StudyResult
    story: Callable[[str], Story]
    """By event_id, with all of its evidence; gathered when it is asked for, once."""


@pytest.fixture(scope="session")
def flagship(made_once: MadeOnce) -> Flagship:
    """Frozen, so that all tests that only read it share one; workers share it by its pickles."""
    import eventstudy as es
    from eventstudy.report.story import Story

    prices = es.load_prices("bundled")

    def kept(name: str, make: Callable[[], Any]) -> Any:
        place = made_once(name, lambda folder: (folder / "it").write_bytes(pickle.dumps(make())))
        return pickle.loads((place / "it").read_bytes())

    def run() -> StudyResult:
        return es.EventStudy().run(es.read_events(REPOSITORY / "events.csv"), prices)

    both = kept("flagship", run)

    @functools.cache
    def story(event_id: str) -> Story:
        part = both.only(event_id)
        evidence = kept(f"evidence-{event_id}", lambda: es.gather_evidence(part, prices))
        return Story(part, event_id, evidence)

    return Flagship(prices, both, story)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The messages on one line, so that no line break hides a sentence."""
        return " ".join(self.err.split())


Call = Callable[..., Answer]


def call_main(*args: str) -> Answer:
    """Run `eventstudy ARGS` through its entry point, in this process, whose environment stays."""
    from eventstudy.cli.app import main

    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["eventstudy", *args]
    code: int | str | None = None
    try:
        with mock.patch.dict(os.environ), redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv = before
    return Answer(int(code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def call() -> Call:
    return call_main


@dataclass(frozen=True)
class Ran:
    folder: Path
    answer: Answer


@pytest.fixture(scope="session")
def ran(made_once) -> Ran:
    """`eventstudy run` without arguments, once for all tests that look at what it leaves."""
    place = made_once("bare-run", bare_run)
    return Ran(place / "work", Answer(**json.loads((place / "answer.json").read_text("utf-8"))))


def bare_run(place: Path) -> None:
    """Run it in the folder `work` of a place, and keep its answer beside it."""
    work = place / "work"
    work.mkdir()
    shutil.copy(REPOSITORY / "events.csv", work)
    with contextlib.chdir(work):
        answer = call_main("run")
    (place / "answer.json").write_text(json.dumps(asdict(answer)), "utf-8")


@pytest.fixture
def clean_registries() -> Iterator[None]:
    """Whatever a test registers is gone after it."""
    from eventstudy.models import registry as models
    from eventstudy.significance import registry as tests

    models.list_models()
    tests.list_tests()
    kept = [(known, dict(known)) for known in (models._MODELS, tests._TESTS)]
    yield
    for known, before in kept:
        known.clear()
        known.update(before)


@pytest.fixture
def r_bar_event() -> Callable[..., float]:
    """r̄ of residuals (N, T) aligned in event time."""
    from eventstudy.significance.sums.pair_correlation import event_pair_sum

    def mean(residuals: np.ndarray) -> float:
        n = len(residuals)
        return event_pair_sum(lambda: iter([residuals])) / (n * (n - 1))

    return mean


@pytest.fixture
def r_bar_calendar() -> Callable[..., float]:
    """r̄ of residuals (N, T) aligned in calendar time, ρ_ij weighted with the shared window."""

    from eventstudy.significance.sums.pair_correlation import (
        calendar_pair_sums,
        check_overlap,
        shared_mean,
    )

    def mean(residuals: np.ndarray, day0: np.ndarray, asset: np.ndarray, length: int) -> float:
        n, width = residuals.shape
        check_overlap(day0, width, length)
        lags = min(length, width - 2)
        sums = calendar_pair_sums(residuals.__getitem__, day0, asset, lags)
        return shared_mean(sums, length, n)

    return mean
