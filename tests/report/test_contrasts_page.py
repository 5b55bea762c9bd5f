"""The page on comparisons: publishable, and its sentence follows the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import assert_publishable, printed, text_boxes

from eventstudy.evidence.case import Case
from eventstudy.evidence.contrasts import contrasts
from eventstudy.evidence.parts.contrasts import Contrasts, contrasts_finding
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.report.charts.contrasts import draw_contrasts
from eventstudy.report.drawing.page import new_page
from eventstudy.report.pages.contents import not_shown
from eventstudy.report.pages.contrasts import contrasts_page
from eventstudy.report.story import Story
from eventstudy.text.numbers import percent


@pytest.fixture(scope="module")
def told(flagship):
    result = flagship.both
    made = {e: contrasts(Case(result.only(e), flagship.prices)) for e in result.parts}

    def tell(event_id: str, **changed: Any) -> Story:
        found = replace(made[event_id], **changed)
        return Story(result.only(event_id), event_id, Evidence(contrasts=found))

    return tell


@pytest.fixture(scope="module")
def found(told) -> Contrasts:
    return told("deepseek-app-store").evidence.contrasts


def texts(fig) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


@pytest.mark.parametrize("event_id", ["deepseek-r1", "deepseek-app-store"])
def test_the_page_is_publishable(told, event_id):
    story = told(event_id)
    fig = printed(contrasts_page, story, 9)
    assert_publishable(fig)
    assert not fig.get_label().endswith("…")
    written = texts(fig)
    for value in story.evidence.contrasts.pairs["car"]:
        assert percent(value, 1, unit=False) in written


def test_the_title_counts_the_evidence(found):
    day = found.pairs[found.pairs["end"] == 0]
    sure = day[day["p_placebo"] < 0.05]
    better, worse = (sure["car"] > 0).sum(), (sure["car"] < 0).sum()
    assert contrasts_finding(found) == (
        f"On day 0, {better} of 8 groups did significantly better and {worse} significantly worse "
        "than Nvidia; of 7 registered events that name Nvidia, only 27 Jan 2025 is significant "
        "after Holm's correction"
    )


def test_other_figures_make_another_sentence(found):
    none = replace(
        found,
        pairs=found.pairs.assign(p_placebo=0.5),
        history=found.history.assign(p_holm=1.0),
    )
    assert contrasts_finding(none) == (
        "On day 0, none of 8 groups differed significantly from Nvidia; of 7 registered events "
        "that name Nvidia, none is significant after Holm's correction"
    )
    one = replace(found, pairs=found.pairs.iloc[:2].assign(car=-0.021, p_placebo=0.03))
    said = contrasts_finding(one).partition("; of 7")[0]
    assert said.startswith("On day 0, Nasdaq Composite ")
    assert "2.1 percentage points less than Nvidia (p = 0.030)" in said
    unsure = replace(found, pairs=one.pairs.assign(p_placebo=0.06))
    said = contrasts_finding(unsure).partition("; of 7")[0]
    assert "p = 0.060" in said
    assert "2.1" not in said
    single = replace(found, history=found.history.iloc[:1], pairs=found.pairs.iloc[:0])
    assert contrasts_finding(single) == ("Nothing to compare Nvidia with")
    refused = replace(found, pairs=found.pairs.assign(car=np.nan, reason="because"))
    assert contrasts_finding(refused).startswith(
        "Nothing can be compared with Nvidia: because; of 7"
    )


def test_one_event_is_not_compared_with_itself(told, found):
    one = told(
        "deepseek-app-store", history=found.history.iloc[:1], headlines=found.headlines.iloc[:0]
    )
    assert [chart.name for chart in contrasts_page(one).charts] == ["differences"]
    printed(contrasts_page, one, 1)
    alone = told(
        "deepseek-app-store",
        history=found.history.iloc[:1],
        headlines=found.headlines.iloc[:0],
        pairs=found.pairs.iloc[:0],
    )
    assert "Against each other" in str(not_shown(alone))


def test_without_pairs_or_headlines_the_page_still_stands(told, found):
    bare = told(
        "deepseek-app-store", pairs=found.pairs.iloc[:0], headlines=found.headlines.iloc[:0]
    )
    fig = printed(contrasts_page, bare, 1)
    assert_publishable(fig)
    assert not any(text.startswith("Each minus") for text in texts(fig))


def test_a_refused_pair_keeps_an_empty_row(told, found):
    pairs = found.pairs.copy()
    pairs.loc[0, ["car", "ci_low", "ci_high", "p_value", "p_placebo"]] = np.nan
    fig = printed(contrasts_page, told("deepseek-app-store", pairs=pairs), 1)
    assert_publishable(fig)
    assert texts(fig).count("–") >= 2


@pytest.mark.parametrize("count", [1, 12, 80])
def test_chart_of_few_and_of_many_rows(count):
    fig, body = new_page("F", "s", "source", "x · 1")
    estimate = np.linspace(-0.2, 0.3, count)
    rows = pd.DataFrame(
        {
            "group": ["One" if i < count / 2 else "Other" for i in range(count)],
            "label": [
                f"An event with quite a long title, number {i}, 3 May 2024" for i in range(count)
            ],
            "estimate": estimate,
            "low": estimate - 0.1,
            "high": estimate + 0.1,
            "sure": estimate > 0,
        }
    )
    cells = pd.DataFrame({"%": [f"{100 * v:+.1f}" for v in estimate]})
    left, _ = body.columns(1, 1)
    draw_contrasts(left.add_axes(fig), rows, cells, "Title", "x", "note")
    assert_publishable(fig)
    assert any(text.startswith("… and") for text in texts(fig)) == (count == 80)
