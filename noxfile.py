"""The project's tasks by name: `nox --list` shows them, `nox -s quick` runs one.

Each gets an environment of its own from uv.lock; `nox --no-venv` runs it where nox is installed.
Arguments after `--` go to the task's last command.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")["project"]
DEV = PROJECT["optional-dependencies"]["dev"]
LISTED = {
    **dict.fromkeys(("NVDA", "AMD", "AVGO", "MU"), "chips"),
    **dict.fromkeys(("MSFT", "GOOGL", "META", "AAPL"), "software"),
}
"""Firms of a pooled study, by kind."""

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["quick", "lint", "types", "contracts"]


@nox.session
def quick(session: nox.Session) -> None:
    """The README's tests."""
    _sync(session)
    _pytest(session)


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that `quick` leaves out."""
    _sync(session)
    _pytest(session, "-m", "slow")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format of the code."""
    _sync(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    _sync(session)
    session.run("mypy", *session.posargs)


@nox.session
def contracts(session: nox.Session) -> None:
    """Which module may import which."""
    _sync(session)
    session.run("lint-imports", *session.posargs)


@nox.session
def language(session: nox.Session) -> None:
    """Spelling, style and wording of documentation, messages and the pages of a bundle."""
    _sync(session)
    folder = Path(session.create_tmp()) / "bundles"
    many = folder.with_name("list.csv")
    dates = ("2024-09-18", "2024-11-06", "2025-01-27")
    rows = [f"{ticker},{date},{kind}" for ticker, kind in LISTED.items() for date in dates]
    many.write_text("\n".join(["ticker,date,kind", *rows]), "utf-8")
    one = ("NVDA", "--date", "2025-01-27", "--peers", "AMD,AVGO,MU")
    for what in ((), one, ("--events", str(many), "--regress", "car ~ C(kind)")):
        formats = ("--format", "html", "--out", str(folder))
        session.run("eventstudy", "run", *what, "--offline", "--no-progress", *formats)
    bundles = sorted(str(path.parent) for path in folder.glob("*/manifest.json"))
    session.run("python", "tools/language.py", *bundles, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site, in site/."""
    _sync(session)
    session.run("mkdocs", "build", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session(venv_backend="none")
def lowest(session: nox.Session) -> None:
    """Tests with the lowest versions that pyproject.toml allows."""
    session.run(sys.executable, "tools/lowest.py", *session.posargs)


@nox.session
def newest(session: nox.Session) -> None:
    """All tests, simulations whole, with the newest releases; with `-- --pre`, pre-releases too."""
    session.env["EVENTSTUDY_THOROUGH"] = "1"
    session.install("--upgrade", *session.posargs, "--editable", ".[dev]")
    session.run("python", "-m", *_readme_tests(), "-m", "slow or not slow")


@nox.session
def build(session: nox.Session) -> None:
    """The wheel and the source archive, in dist/."""
    session.run("uv", "build", "--clear", *session.posargs, external=True)


@nox.session
def bill(session: nox.Session) -> None:
    """The bill of materials of a user's environment, in bill.json."""
    session.install(".", *(line for line in DEV if line.startswith("cyclonedx")))
    session.run("python", "tools/bill.py", *(session.posargs or ["bill.json"]))


@nox.session
def audit(session: nox.Session) -> None:
    """Known vulnerabilities of the dependencies; needs the network."""
    session.install(".", "pip-audit")
    # Strict: a package missing from the database fails, and ours is missing before its release.
    session.run("uv", "pip", "uninstall", PROJECT["name"], external=True)
    session.run("pip-audit", "--strict", *session.posargs)


@nox.session
def trials(session: nox.Session) -> None:
    """Kill fetches and runs at random, run many at once; takes an hour and a half."""
    _sync(session)
    session.run("python", "tools/trials.py", *session.posargs)


def _sync(session: nox.Session) -> None:
    """Install exactly uv.lock; nothing if nox runs in an existing environment."""
    if session.virtualenv.is_sandboxed:
        place = session.virtualenv.location
        session.run_install(
            *("uv", "sync", "--locked", "--extra", "dev", "--python", place),
            env={"UV_PROJECT_ENVIRONMENT": place},
            external=True,
        )


def _pytest(session: nox.Session, *options: str) -> None:
    session.run("python", "-m", *_readme_tests(), *options, *session.posargs)


def _readme_tests() -> list[str]:
    """pytest and its options, read from the README's test command."""
    command = re.search(r"-m (pytest\b.*)$", Path("README.md").read_text("utf-8"), re.MULTILINE)
    if command is None:
        raise ValueError("README.md has no test command with -m pytest.")
    return command[1].split()
