"""What axe-core, a checker of accessibility, has to say of every page: nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_axe, pytest.mark.slow]


@pytest.fixture(scope="module")
def axe() -> str:
    return Path(os.environ["EVENTSTUDY_AXE"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("event_id", ["deepseek-app-store", "one-asset", "pooled"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280, 1920])
def test_no_violation(show, axe, event_id, scheme, width):
    page = show(event_id, width, color_scheme=scheme, bypass_csp=True)
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    # Rows of a table are alike; the first ones stand for the thousands that would take minutes.
    page.locator("tbody tr:nth-child(n + 6)").evaluate_all(
        "all => all.forEach((one) => one.remove())"
    )
    page.evaluate(axe)
    found = page.evaluate(
        """axe.run(document, { resultTypes: ['violations'] }).then(
          ({ passes, violations }) => ({ passes: passes.length, violations }))"""
    )
    assert found["passes"] > 20
    assert {
        one["id"]: [node["html"][:200] for node in one["nodes"]] for one in found["violations"]
    } == {}
