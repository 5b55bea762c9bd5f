"""The package where Pyodide's limits hold: no arch, curl_cffi or numba, no threads, no processes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventstudy.compute import engine, processors
from eventstudy.compute.engine import map_blocks, map_tasks
from eventstudy.errors import InputError, needs_package

ROOT = Path(__file__).resolve().parents[1]
BLOCKED = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); import as_in_a_browser\n"

STUDY = """
import importlib, json, pkgutil
import eventstudy as es
from eventstudy.compiled.kernel import compiles

for module in pkgutil.walk_packages(es.__path__, "eventstudy."):
    name = module.name
    loops = name.startswith("eventstudy.compiled.") and not name.endswith(".kernel")
    if not (loops or name.endswith("__main__") or name.endswith("process_pool")):
        importlib.import_module(name)
events, prices = es.read_events("events.csv"), es.load_prices("bundled")
es.EventStudy().run(events, prices).save(sys.argv[1])

def said(do):
    try:
        do()
    except es.EventStudyError as error:
        return [type(error).__name__, error.exit_code, str(error)]

one = {"event_ids": ["deepseek-app-store"]}
print(json.dumps({
    "garch": said(lambda: es.EventStudy(model="garch").run(events, prices, **one)),
    "yahoo": said(lambda: es.load_prices("yahoo", tickers="NVDA", start="2025-01-02")),
    "processes": said(lambda: es.calibrate(samples=2, n_events=2, engine="processes")),
    "compiles": compiles(10**7),
}))
"""


def run_blocked(code: str, *words: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED + code, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def contents(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_bundled_study_is_the_same_and_the_rest_says_what_it_needs(
    flagship: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    told = json.loads(run_blocked(STUDY, str(tmp_path / "blocked")))
    flagship.both.save(tmp_path / "free")
    free = contents(tmp_path / "free")
    assert len(free) > 10
    assert contents(tmp_path / "blocked") == free
    for name, package in {"garch": "arch", "yahoo": "yfinance"}.items():
        kind, code, sentence = told[name]
        assert (kind, code) == ("InputError", 2)
        assert sentence.count(". ") == 0
        assert f"pip install {package}" in sentence
    assert told["processes"][:2] == ["InputError", 2]
    assert "serial" in told["processes"][2]
    assert told["compiles"] is False


COMMAND = """
from eventstudy.cli.app import main
sys.argv[0] = "eventstudy"
main()
"""


@pytest.mark.slow
@pytest.mark.weekly
def test_the_command_writes_the_same_bundle(ran: Any, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_bytes((ROOT / "events.csv").read_bytes())
    run_blocked(COMMAND, "run", "deepseek-app-store", "--offline", "-q", cwd=tmp_path)
    made, known = (folder / "outputs" / "deepseek-app-store" for folder in (tmp_path, ran.folder))
    for part in ("tables", "figures"):
        assert contents(made / part) == contents(known / part)
        assert len(contents(made / part)) > 5
    assert (made / "report.pdf").read_bytes() == (known / "report.pdf").read_bytes()


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unstarted(processors.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(processors, "Thread", Unstarted)
    monkeypatch.setattr(processors, "starts_threads", processors.starts_threads.__wrapped__)
    monkeypatch.setattr(engine, "starts_threads", processors.starts_threads)


@pytest.mark.usefixtures("no_threads")
def test_without_threads_everything_runs_on_the_one_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "ThreadPoolExecutor", None)
    monkeypatch.setattr(processors, "_bound_to", lambda: 8)
    assert processors.usable_cores() == 1
    assert map_blocks(abs, [-1, 2, -3]) == [1, 2, 3]


@pytest.mark.usefixtures("no_threads")
@pytest.mark.parametrize("name", ["processes", "dask", "tcp://127.0.0.1:1"])
def test_engines_of_processes_say_that_there_are_none(name: str) -> None:
    with pytest.raises(InputError, match="serial"):
        next(map_tasks(_twice, None, [1], name))
    assert list(map_tasks(_twice, None, [1, 2])) == [2, 4]


def _twice(_: None, task: int) -> int:
    return 2 * task


def test_a_package_that_does_not_load_is_named() -> None:
    def load(error: type[Exception]) -> Callable[[], None]:
        raise error

    for error in (ImportError, ModuleNotFoundError):
        with pytest.raises(InputError, match="pip install arch"), needs_package("It", "arch"):
            load(error)
    with pytest.raises(KeyError), needs_package("It", "arch"):
        load(KeyError)
