"""The shape of the package: imports point one way, files stay short, the start stays light."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "eventstudy"

LONGEST = 400
"""Lines of a module."""


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name inside the package → syntax tree."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(
            path.read_text("utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def top(module: str) -> str:
    return module.split(".")[0]


def imports(tree: ast.AST) -> Iterator[str]:
    """Absolute names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_report_calls_no_estimator() -> None:
    for module, tree in modules().items():
        if top(module) == "report":
            called = {name.rpartition(".")[2] for name, _ in calls(tree) if "." in name}
            assert not called & {"fit", "fit_linear", "estimate", "run"}, module


def test_few_modules_reach_for_the_network() -> None:
    network = {"yfinance", "requests", "curl_cffi", "ccxt", "socket", "http", "httpx", "aiohttp"}
    found = {
        module
        for module, tree in modules().items()
        if {name.split(".")[0] for name in imports(tree)} & network
        or any(name.startswith("urllib.request") for name in imports(tree))
    }
    assert found == {
        "origins.edgar_site",
        "origins.yahoo_earnings",
        "plans.stamp",
        *(
            f"prices.sources.{name}"
            for name in ("answers", "crypto", "curl", "yahoo", "yahoo_session")
        ),
    }


def test_no_figure_is_drawn_through_pyplot_state() -> None:
    for module, tree in modules().items():
        assert not any("pyplot" in name for name in imports(tree)), module


def test_public_names_stand_once() -> None:
    homes: dict[str, set[str]] = {}
    for module, tree in modules().items():
        if not module.startswith("cli.commands."):  # a verb is called like what it runs
            for node in tree.body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_":
                    homes.setdefault(node.name, set()).add(module)
    assert not {name: where for name, where in homes.items() if len(where) > 1}


def test_modules_stay_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert not {path for path, length in lengths.items() if length > LONGEST}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running `code`."""
    program = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=600
    )
    names = json.loads(done.stderr.strip().splitlines()[-1])
    return {name.split(".")[0] for name in names}


HEAVY = {
    "pandas",
    "matplotlib",
    "scipy",
    "statsmodels",
    "pyarrow",
    "yfinance",
    "exchange_calendars",
}
HELP = """
sys.argv = ["eventstudy", "--help"]
from eventstudy.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import eventstudy", {*HEAVY, "numpy", "pydantic"}),
        (HELP, HEAVY),
    ],
    ids=["import eventstudy", "eventstudy --help"],
)
def test_the_start_is_light(code: str, unwanted: set[str]) -> None:
    found = loaded_by(code)
    assert "eventstudy" in found
    assert not found & unwanted


def test_studies_and_reports_load_no_statistics_beyond_their_own() -> None:
    program = "import sys, eventstudy.runs, eventstudy.event_study; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    unwanted = {"scipy.stats", "statsmodels", "formulaic", "arch", "numba"}
    assert not set(done.stdout.split()) & unwanted


def test_every_public_name_can_be_reached_twice() -> None:
    import eventstudy as es

    for name in set(es.__all__) - {"__version__"}:
        assert callable(getattr(es, name)), name
        assert getattr(es, name) is getattr(es, name)
    assert es.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="nothing"):
        _ = es.nothing


NEEDS = {
    "needs_shared": ("EVENTSTUDY_SHARED", "EVENTSTUDY_REQUIRE_SHARED", "there is no folder"),
    "needs_browser": ("EVENTSTUDY_CHROMIUM", "EVENTSTUDY_REQUIRE_BROWSER", "there is no Chromium"),
    "needs_r": ("EVENTSTUDY_RSCRIPT", "EVENTSTUDY_REQUIRE_R", "there is no Rscript"),
    "needs_postgres": (
        "EVENTSTUDY_POSTGRES",
        "EVENTSTUDY_REQUIRE_POSTGRES",
        "there is no PostgreSQL",
    ),
}
"""Marker → the variable that names what it needs, the one that requires it, what is said."""


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a test of each need and one of none where nothing that they need is there."""
    (tmp_path / "tests").mkdir()
    own = PACKAGE.parent / "tests" / "conftest.py"
    (tmp_path / "tests" / "conftest.py").write_bytes(own.read_bytes())
    tests = [f"@pytest.mark.{marker}\ndef test_{marker}(): pass\n" for marker in NEEDS]
    text = "\n".join(["import pytest", *tests, "def test_plain(): pass\n"])
    (tmp_path / "tests" / "test_it.py").write_text(text)
    (tmp_path / "pytest.ini").write_text("\n ".join(["[pytest]\nmarkers =", *NEEDS]) + "\n")
    apart = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "SLIPCOVER_"))}
    nowhere = {place: str(tmp_path / "nowhere") for place, *_ in NEEDS.values()}
    switches = {switch: "0" for _, switch, _ in NEEDS.values()}

    def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *options, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**apart, **nowhere, **switches, **environment},
            timeout=600,
        )

    return run


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "in parallel"]
)
def test_tests_without_what_they_need_are_left_out_aloud(without, workers) -> None:
    done = without(*workers)
    assert done.returncode == 0, done.stderr
    assert "1 passed" in done.stdout
    for marker, (_, _, missing) in NEEDS.items():
        assert f"1 tests marked {marker} were left out: {missing}" in done.stdout


@pytest.mark.parametrize("marker", NEEDS)
def test_what_is_required_and_missing_fails_the_run(without, marker: str) -> None:
    _, switch, missing = NEEDS[marker]
    done = without(**{switch: "1"})
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"The tests marked {marker} must run and {missing}" in done.stdout + done.stderr
    assert "passed" not in done.stdout


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call by the name of what is called, such as "np.load"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}


@pytest.mark.parametrize("folder", sorted({top(module) for module in modules()}))
def test_no_file_can_run_code(folder: str) -> None:
    for module, tree in modules().items():
        if top(module) == folder:
            refuse_running_code(module, tree)


def refuse_running_code(module: str, tree: ast.Module) -> None:
    assert not {name.split(".")[0] for name in imports(tree)} & UNSAFE_MODULES
    for name, call in calls(tree):
        assert name not in UNSAFE_CALLS, ast.unparse(call)
        assert not name.endswith((".read_pickle", ".to_pickle", ".read_html", ".read_xml"))
        stated = {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert stated.get("shell", "False") == "False", ast.unparse(call)
        assert not name.endswith(("np.save", "np.savez_compressed"))
        assert not name.endswith("np.savez") or module == "files.formats"  # which refuses objects
        if name.endswith("np.load"):
            mapped = "mmap_mode" in stated  # which takes no objects
            assert mapped or stated.get("allow_pickle") == "False", ast.unparse(call)


def test_csv_is_written_by_one_module() -> None:
    writers = {
        module
        for module, tree in modules().items()
        for name, _ in calls(tree)
        if name.endswith((".to_csv", "csv.writer", "csv.DictWriter")) and name != "self.to_csv"
    }
    # The caches hold figures under tickers and factors, and are read by the package alone.
    assert writers == {"files.csv_text", "prices.sources.cache", "prices.factors"}


def test_the_screen_is_written_by_one_module() -> None:
    writers = {
        module
        for module, tree in modules().items()
        for name, _ in calls(tree)
        if name in ("typer.echo", "click.echo", "print", "sys.stdout.write", "sys.stderr.write")
    }
    assert writers == {"cli.console"}
