"""The page of the specification curve: nothing clipped, and its sentence follows the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import SOURCE, assert_publishable, printed, text_boxes

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.curve import specification_curve
from eventstudy.evidence.grid import Grid
from eventstudy.evidence.parts.curve import Curve
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.report.charts.curve import draw_curve
from eventstudy.report.drawing.page import new_page
from eventstudy.report.pages.curve import curve_page
from eventstudy.report.story import Story
from eventstudy.spec.windows import Window

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT = "deepseek-app-store"


@pytest.fixture(scope="module")
def case() -> Case:
    prices = es.load_prices("bundled")
    events = es.read_events(REPOSITORY / "events.csv")
    return Case(es.EventStudy(compare=()).run(events, prices, event_ids=[ROUT]), prices)


@pytest.fixture(scope="module")
def curve(case: Case) -> Curve:
    return specification_curve(case)


def page(case: Case, curve: Curve):
    return printed(curve_page, Story(case.result, ROUT, Evidence(curve=curve)), 4)


def texts(fig) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def test_the_page_of_the_whole_grid(case: Case, curve: Curve) -> None:
    fig = page(case, curve)
    assert_publishable(fig)
    said, rows = curve.of(case.leads[0], Window(0, 0))
    assert fig.get_label() == (
        f"Nvidia's abnormal return on 27 January 2025 is negative in all {len(rows)} specifications "
        f"({said['n_distinct']} different estimates), all of them significant by t; median −{-100 * said['median']:.1f}%, from "
        f"−{-100 * said['minimum']:.1f}% to −{-100 * said['maximum']:.1f}%"
    )
    shown = " ".join(texts(fig))
    for words in ("Carhart four factors", "S&P 500", "session −31", "the study's own: −13.3%"):
        assert words in shown
    assert f"curves of {said['n_placebos']} ordinary days: p = {said['p_median']:.3f}" in shown
    assert shown.count("[0, +20]") == 3


def test_other_figures_make_another_sentence(case: Case, curve: Curve) -> None:
    summary = curve.summary.copy()
    names = ["median", "n_significant", "share_same_sign", "p_median"]
    summary.loc[0, names] = 0.0123, 4, 135 / 180, 0.2
    fig = page(case, replace(curve, summary=summary))
    assert (
        "is positive in 135 of 180 specifications (132 different estimates), 4 of them significant by t; "
        "median +1.2%"
    ) in str(fig.get_label())
    assert "p = 0.200 by the median" in " ".join(texts(fig))


def test_the_page_of_one_specification(case: Case) -> None:
    grid = Grid(
        models=("market",), lengths=(250,), ends=(-11,), benchmarks=("^GSPC",), returns=("simple",)
    )
    fig = page(case, specification_curve(case, grid))
    assert_publishable(fig)
    assert fig.get_label() == (
        "Nvidia's abnormal return on 27 January 2025 is −13.3% in the only specification, significant by t"
    )


def test_the_page_without_an_estimate_or_placebo_days(case: Case, curve: Curve) -> None:
    rows, summary = curve.specifications.copy(), curve.summary.copy()
    mine = rows["entity"] == "NVDA"
    rows.loc[mine, ["estimate", "ci_low", "ci_high"]] = np.nan
    rows.loc[mine, "reason"] = "no abnormal return on day 0"
    summary.loc[0, ["median", "minimum", "maximum", "p_median", "p_significant", "p_z"]] = np.nan
    summary.loc[0, ["n_specifications", "n_significant"]] = 0
    summary.loc[0, "reason"] = "no specification has an estimate for the event"
    fig = page(case, replace(curve, specifications=rows, summary=summary))
    assert_publishable(fig)
    assert "no abnormal return on 27 January 2025 under any specification" in str(fig.get_label())
    assert "no specification has an estimate for the event" in " ".join(texts(fig))
    summary = curve.summary.copy()
    summary.loc[0, ["p_median", "p_significant", "p_z"]] = np.nan
    summary.loc[0, "reason"] = "no ordinary day is clear"
    fig = page(case, replace(curve, summary=summary))
    assert "No p of the curve: no ordinary day is clear." in " ".join(texts(fig))


@pytest.mark.parametrize("count", [1, 12, 1_000])
@pytest.mark.parametrize("level", [-0.2, 0.0001])
def test_the_chart_at_any_size(count: int, level: float) -> None:
    rng = np.random.default_rng(count)
    estimate, half = level * rng.uniform(-0.2, 1, count), rng.uniform(0.001, 0.05, count)
    rows = pd.DataFrame(
        {
            "estimate": estimate,
            "low": estimate - half,
            "high": estimate + half,
            "significant": np.abs(estimate) > half,
            "own": np.arange(count) == count // 2,
            "Model": [f"A model of its own {i % 6}" for i in range(count)],
            "Returns": [f"kind {i % 2}" for i in range(count)],
        }
    )
    fig, body = new_page("One finding", "Units", SOURCE, "an-event · 1")
    upper, lower = body.rows(1, 1, gap=6)
    draw_curve(upper.add_axes(fig), lower.add_axes(fig), rows, ("Model", "Returns"))
    assert_publishable(fig)
    assert sum(t.startswith("A model") for t in texts(fig)) == min(count, 6)


def test_what_the_chart_refuses() -> None:
    fig, body = new_page("One finding", "Units", SOURCE, "an-event · 1")
    upper, lower = (rect.add_axes(fig) for rect in body.rows(1, 1))
    rows = pd.DataFrame({"estimate": [np.nan], "low": 0.0, "high": 0.0, "significant": False})
    with pytest.raises(ValueError, match="own"):
        draw_curve(upper, lower, rows, ())
    with pytest.raises(ValueError, match="at least one estimate"):
        draw_curve(upper, lower, rows.assign(own=False, Model="m"), ("Model",))
