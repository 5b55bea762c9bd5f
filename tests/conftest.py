"""What all tests share: the data beside a development checkout, and the registries put back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
MARKER = "needs_shared"
_DESELECTED = pytest.StashKey[int]()


def shared_folder() -> Path:
    """Where the long panels and reference data lie: EVENTSTUDY_SHARED, else beside the checkout."""
    named = os.environ.get("EVENTSTUDY_SHARED")
    return Path(named) if named else REPOSITORY.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Where the tests on long panels must run, a missing folder is a failure and not a skip."""
    if os.environ.get("EVENTSTUDY_REQUIRE_SHARED") == "1" and not shared_folder().is_dir():
        raise pytest.UsageError(
            f"The tests marked {MARKER} must run and there is no folder {shared_folder()}; "
            "name it in EVENTSTUDY_SHARED or unset EVENTSTUDY_REQUIRE_SHARED."
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the shared folder its tests are deselected aloud."""
    wanting = [item for item in items if item.get_closest_marker(MARKER)]
    if not wanting or shared_folder().is_dir():
        return
    config.stash[_DESELECTED] = len(wanting)
    config.hook.pytest_deselected(items=wanting)
    items[:] = [item for item in items if item not in wanting]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel worker hands on how many tests it left out."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[MARKER] = session.config.stash.get(_DESELECTED, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers collect the same tests, so that any one's count is the count."""
    node.config.stash[_DESELECTED] = getattr(node, "workeroutput", {}).get(MARKER, 0)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out, and why."""
    if count := config.stash.get(_DESELECTED, 0):
        terminalreporter.write_line(
            f"{count} tests marked {MARKER} were left out: there is no folder {shared_folder()} "
            "(set EVENTSTUDY_SHARED)."
        )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared data; use it with the marker needs_shared."""
    return shared_folder()


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
