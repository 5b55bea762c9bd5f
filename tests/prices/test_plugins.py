"""Sources of other packages: found, checked, and refused in one sentence where they are broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

import eventstudy as es
from eventstudy.errors import DataMissingError, InputError
from eventstudy.prices.load import asked_by_need
from eventstudy.prices.plugins import GROUP, PLUGINS
from eventstudy.prices.source import SOURCES

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "source_plugin"
Package = Callable[..., None]

GOOD = """
import pandas as pd
import eventstudy as es
class Source:
    def __init__(self, calendar): self.calendar = calendar
    def load(self, tickers, start, end):
        days = pd.bdate_range("2024-01-02", periods=60, name="date")
        closes = pd.DataFrame({"NVDA": range(100, 160), "AMD": range(50, 110)}, days, dtype=float)
        return es.load_prices(closes, tickers=tickers, start=start, end=end)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Put a package with a source on the path: its module, and what an installer says of it."""
    monkeypatch.syspath_prepend(tmp_path)
    PLUGINS.__dict__.pop("found", None)

    def install(code: str = GOOD, source: str = "desk", name: str = "desk_prices") -> None:
        (tmp_path / f"{name}.py").write_text(code)
        about = tmp_path / f"{name}-2.1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n")
        (about / "entry_points.txt").write_text(f"[{GROUP}]\n{source} = {name}:Source\n")

    yield install
    PLUGINS.__dict__.pop("found", None)
    for name in ("desk_prices", "other_prices"):
        sys.modules.pop(name, None)


def test_a_source_is_found_by_its_name(package):
    package()
    prices = es.load_prices("desk", tickers="NVDA", start="2024-02-01")
    assert prices.tickers == ("NVDA",)
    assert prices.close["NVDA"].iloc[0] == 122
    assert prices.calendar == "XNYS"
    assert len(es.load_prices(["desk", "bundled"], tickers="AMD,^GSPC").tickers) == 2


def test_what_was_not_asked_for_is_cut(package):
    """A source that ignores what it is asked for delivers no more than others."""
    package(GOOD.replace("tickers=tickers, start=start, end=end", ""))
    prices = es.load_prices("desk", tickers="NVDA,IBM", start="2024-02-01", end="2024-02-10")
    assert prices.tickers == ("NVDA",)
    assert len(prices.sessions) == 7
    assert "IBM" in prices.unavailable


def test_only_sources_of_the_network_are_asked_by_need(package):
    package()
    assert not asked_by_need("desk")
    package(
        GOOD.replace(
            "    def __init__(self, calendar)",
            "    network = True\n    def __init__(self, calendar, offline)",
        ),
        "net",
        "other_prices",
    )
    PLUGINS.__dict__.pop("found", None)
    assert asked_by_need("net")
    assert asked_by_need("postgresql://host/db?table=p")
    assert not asked_by_need("bundled")


BROKEN = {
    "import fails": "import no_such_module_anywhere",
    "import raises": "raise RuntimeError('nothing works')",
    "no class": "Source = 3",
    "missing": "x = 1",
    "other options": "class Source:\n    def __init__(self): pass",
    "no load": "class Source:\n    def __init__(self, calendar): pass",
    "load fails": GOOD.replace("days = ", "days = 1 / 0 + "),
    "a frame": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)", "return closes"
    ),
    "nothing": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)", "return"
    ),
    "Prices of text": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)",
        "p = es.load_prices(closes)\n"
        "        object.__setattr__(p, 'close', p.close.astype(object).replace(100.0, 'x'))\n"
        "        return p",
    ),
    "Prices of a list": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)",
        "p = es.load_prices(closes)\n"
        "        object.__setattr__(p, 'close', [1, 2])\n"
        "        return p",
    ),
    "it ends the program": GOOD.replace("days = pd", "raise SystemExit(3)\n        days = pd"),
    "it ends the program when imported": "raise SystemExit('no licence')",
    "an error that cannot be printed": GOOD.replace(
        "days = pd",
        "class Odd(Exception):\n            def __str__(self): raise ValueError\n"
        "        raise Odd\n        days = pd",
    ),
    "a day twice": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)",
        "p = es.load_prices(closes)\n"
        "        object.__setattr__(p, 'close', pd.concat([p.close, p.close * 2]))\n"
        "        return p",
    ),
    "negative prices": GOOD.replace(
        "return es.load_prices(closes, tickers=tickers, start=start, end=end)",
        "p = es.load_prices(closes)\n"
        "        object.__setattr__(p, 'close', -p.close)\n"
        "        return p",
    ),
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_source_is_one_sentence_with_its_package(package, code):
    package(code)
    with pytest.raises(InputError) as caught:
        es.load_prices("desk", tickers="NVDA")
    (line,) = str(caught.value).splitlines()
    assert "desk_prices 2.1" in line


def test_what_a_source_prints_is_not_on_standard_output(package, capsys):
    package(
        "print('imported')\n"
        + GOOD.replace("self.calendar = calendar", "print('created')").replace(
            "days = pd", "print('loaded')\n        days = pd"
        )
    )
    assert es.load_prices("desk", tickers="NVDA").tickers == ("NVDA",)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.split() == ["imported", "created", "loaded"]


def test_days_of_another_zone_are_days_of_the_exchange(package, recwarn):
    package(
        GOOD.replace(
            "return es.load_prices(closes, tickers=tickers, start=start, end=end)",
            "p = es.load_prices(closes)\n"
            "        object.__setattr__(p, 'close', p.close.tz_localize('Asia/Tokyo'))\n"
            "        return p",
        )
    )
    close = es.load_prices("desk", tickers="NVDA", start="2024-02-01").close["NVDA"]
    assert (close.index.tz, close.iloc[0]) == (None, 122)
    assert not recwarn.list


def test_refusals_of_a_source_stay_what_they_are(package):
    package(
        GOOD.replace(
            "days = pd", "raise es.DataMissingError('The desk is closed.')\n        days = pd"
        )
    )
    with pytest.raises(DataMissingError, match="The desk is closed"):
        es.load_prices("desk", tickers="NVDA")


def test_no_source_takes_the_name_of_one_of_the_package(package):
    package(GOOD, "bundled")
    assert es.load_prices("bundled", tickers="^GSPC").tickers == ("^GSPC",)
    assert "bundled" not in PLUGINS
    (ignored,) = PLUGINS.found
    assert "bundled" in SOURCES
    assert ignored.problem


@pytest.mark.parametrize("name", ["prices.csv", "Desk", "a b", "../x", "sql://x"])
def test_names_are_never_like_paths(package, name):
    package(GOOD, name)
    assert list(PLUGINS) == []


def test_two_sources_of_one_name_are_refused(package):
    package()
    package(GOOD, "desk", "other_prices")
    with pytest.raises(InputError) as caught:
        es.load_prices("desk", tickers="NVDA")
    assert "desk_prices 2.1" in str(caught.value)
    assert "other_prices 2.1" in str(caught.value)


def test_an_unknown_name_lists_the_installed_ones(package):
    package()
    with pytest.raises(InputError, match=r"bundled.*desk"):
        es.load_prices("dusk", tickers="NVDA")


def test_doctor_and_completion_name_them(package, call, tmp_path, monkeypatch):
    package()
    package(BROKEN["import raises"], "torn", "other_prices")
    monkeypatch.chdir(tmp_path)
    said = " ".join(call("doctor").out.split())
    assert "desk_prices 2.1" in said
    assert "nothing works" in said
    words = "eventstudy run --source "
    for name, value in (
        ("COMP_WORDS", words),
        ("COMP_CWORD", "3"),
        ("_EVENTSTUDY_COMPLETE", "complete_bash"),
    ):
        monkeypatch.setenv(name, value)
    assert {"bundled", "yahoo", "desk", "torn"} <= set(call().out.split())


def test_help_looks_for_no_packages(tmp_path):
    """The group of entry points is asked for by no start of the command."""
    code = (
        "import importlib.metadata as m, sys\n"
        "asked, found = [], m.entry_points\n"
        "m.entry_points = lambda **by: asked.append(by.get('group')) or found(**by)\n"
        "sys.argv = ['eventstudy', 'run', '--help']\n"
        "from eventstudy.cli.app import main\n"
        "try: main()\n"
        "finally: print('eventstudy.sources' in asked, 'sqlalchemy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert "--source" in done.stdout
    assert done.stdout.splitlines()[-1] == "False False"


@pytest.mark.slow
def test_the_example_is_installed_and_run(tmp_path):
    """Built by its own backend, and used from the command line in a process of its own."""
    lines = (EXAMPLE / "eventstudy_desk" / "__init__.py").read_text("utf-8").splitlines()
    code = [line for line in lines if line.strip() and not line.strip().startswith(('"""', "#"))]
    assert len(code) <= 20
    uv = shutil.which("uv") or str(Path(sysconfig.get_path("scripts")) / "uv")
    source = shutil.copytree(EXAMPLE, tmp_path / "source")
    for command in (
        ["build", "--wheel", "--offline", "--out-dir", str(tmp_path / "dist"), str(source)],
        [
            *("pip", "install", "--offline", "--no-deps", "--target", str(tmp_path / "site")),
            str(tmp_path / "dist" / "eventstudy_desk-1.0-py3-none-any.whl"),
        ],
    ):
        subprocess.run([uv, "-q", *command], check=True, cwd=tmp_path, timeout=120)
    path = os.pathsep.join(filter(None, [str(tmp_path / "site"), *sys.path]))
    run = "from eventstudy.__main__ import command; command()"
    asked = ("prices", "fetch", "AAA", "BBB", "--source", "desk", "--start", "2024-01-02")
    done = subprocess.run(
        [sys.executable, "-c", run, *asked, "--end", "2024-03-28"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "2 of 2 tickers, 61 sessions" in done.stdout
