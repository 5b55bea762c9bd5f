"""Reports of both DeepSeek events, opened in a real browser that is cut off from the network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent))

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""The browser itself must not reach for the network either."""
LAUNCH, WAIT = 300_000, 60_000
"""Milliseconds after which the start of the browser, or what waits in it, gives up."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = shutil.which(os.environ.get("EVENTSTUDY_CHROMIUM") or "chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=LAUNCH)
        yield opened
        opened.close()


def one_asset(prices: Any) -> Any:
    """The story of one company on one day."""
    import pandas as pd

    import eventstudy as es
    from eventstudy.report.story import Story

    row = {"event_id": "one-asset", "title": "DeepSeek overtakes ChatGPT", "groups": "NVDA"}
    events = pd.DataFrame([{**row, "announced_at": "2025-01-27", "headline": True}])
    result = es.EventStudy().run(es.read_events(events), prices)
    return Story(result, "one-asset", es.gather_evidence(result, prices))


def many_events() -> Any:
    """The result of forty events of as many assets, in two groups."""
    import numpy as np
    import pandas as pd

    import eventstudy as es

    rng = np.random.default_rng(7)
    days = pd.bdate_range("2022-01-03", periods=500)
    market = rng.normal(0, 0.01, 500)
    names = [f"F{i}" for i in range(40)]
    returns = pd.DataFrame(rng.normal(0, 0.015, (500, 40)), days, names).add(market, axis=0)
    observations = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(40)],
            "ticker": names,
            "date": days[rng.integers(300, 470, 40)],
            "group": np.where(np.arange(40) % 2, "up", "down"),
        }
    )
    study = es.EventStudy(benchmark="mkt", car=[(0, 0), (-1, 1)], window=(-5, 5))
    return study.run(observations, returns=returns.assign(mkt=market))


@pytest.fixture(scope="session")
def stories(flagship: Any) -> Callable[[str], Any]:
    """The story of a report, by its name."""
    alone = cache(lambda: one_asset(flagship.prices))
    return lambda name: alone() if name == "one-asset" else flagship.story(name)


@pytest.fixture(scope="session")
def reports(
    flagship: Any, stories: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The HTML reports by event_id, with all of their evidence."""
    from eventstudy.report.formats.web import write_web_page
    from eventstudy.report.pooled.story import PooledStory

    folder, made = tmp_path_factory.mktemp("reports"), {}
    made["one-asset"] = folder / "one-asset.html"
    write_web_page(stories("one-asset"), made["one-asset"])
    made["pooled"] = folder / "pooled.html"
    write_web_page(PooledStory(many_events(), "pooled"), made["pooled"])
    for event_id in flagship.both.parts:
        made[event_id] = folder / f"{event_id}.html"
        write_web_page(flagship.story(event_id), made[event_id])
    return made


class Log:
    """What a page said and asked for while it was open."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


Open = Callable[..., "Page"]


@pytest.fixture
def show(browser: Browser, reports: dict[str, Path]) -> Iterator[Open]:
    """Open a report: `show(event_id, width=…, color_scheme=…, java_script_enabled=…)`.

    At the end of the test nothing may have been asked for but the file, and nothing complained of.
    """
    opened: list[tuple[Page, Log, str]] = []

    def open_report(event_id: str, width: int = 1200, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(WAIT)
        page = context.new_page()
        log = Log(page)
        address = reports[event_id].as_uri()
        page.goto(address)
        opened.append((page, log, address))
        return page

    yield open_report
    for page, log, address in opened:
        page.context.close()
        assert set(log.requests) == {address}
        assert log.complaints == []
