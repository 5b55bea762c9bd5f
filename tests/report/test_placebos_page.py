"""The page of placebos: nothing clipped, and its sentence follows the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import SOURCE, assert_publishable, printed, text_boxes

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.placebos import FAR, Placebos
from eventstudy.evidence.placebos import placebos
from eventstudy.report.charts.placebo import draw_days, draw_places
from eventstudy.report.drawing.page import new_page
from eventstudy.report.pages.contents import tell
from eventstudy.report.pages.placebos import companies_page, placebos_page
from eventstudy.report.story import Story
from eventstudy.text.words import ordinal

REPOSITORY = Path(__file__).resolve().parents[2]
ROUT = "deepseek-app-store"


@pytest.fixture(scope="module")
def told() -> Story:
    prices = es.load_prices("bundled")
    events = es.read_events(REPOSITORY / "events.csv")
    result = es.EventStudy(compare=()).run(events, prices, event_ids=[ROUT])
    return Story(result, ROUT, Evidence(placebos=placebos(Case(result, prices))))


def with_summary(story: Story, changes: pd.DataFrame) -> Story:
    assert story.evidence is not None
    found = story.evidence.placebos
    assert found is not None
    return replace(story, evidence=Evidence(placebos=replace(found, summary=changes)))


def of(story: Story) -> Placebos:
    assert story.evidence is not None
    assert story.evidence.placebos is not None
    return story.evidence.placebos


def texts(fig) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def test_the_page_of_other_days_says_how_often_and_p(told: Story) -> None:
    fig = printed(placebos_page, told, 3)
    assert_publishable(fig)
    time, _ = of(told).of("time", told.leads[0], told.focus)
    title = str(fig.get_label())
    for fact in (f"{time['n_placebos']}", "27 January 2025", f"p = {time['p_value']:.3f}", "never"):
        assert fact in title
    said = texts(fig)
    assert "27 Jan 2025: −5.1 s.e." in said
    assert "Eaton" not in said


def test_where_most_companies_were_hit_the_rank_has_no_p(told: Story) -> None:
    """A p of 0.333 beside companies that fell as well would read as if nothing had happened."""
    fig = printed(companies_page, told, 14)
    assert_publishable(fig)
    space, draws = of(told).of("space", told.leads[0], told.focus)
    hit = int((draws["statistic"].abs() > FAR).sum())
    assert 2 * hit > len(draws)
    said = " ".join([str(fig.get_label()), *texts(fig)])
    assert f"{int(space['rank']) - 1} of {len(draws)}" in said
    assert f"{hit} of the {len(draws)}" in said
    assert "p =" not in said
    assert "significant" not in said
    assert {"Eaton", "Apple"} <= set(texts(fig))


def test_where_few_companies_were_hit_the_rank_has_its_p(told: Story) -> None:
    found = of(told)
    draws = found.draws.copy()
    space = draws["kind"] == "space"
    draws.loc[space, "statistic"] = draws.loc[space, "statistic"] / 10
    summary = found.summary.copy()
    summary.loc[summary["kind"] == "space", ["rank", "p_value"]] = 1.0, 1 / 27
    story = replace(told, evidence=Evidence(placebos=replace(found, summary=summary, draws=draws)))
    fig = printed(companies_page, story, 14)
    assert_publishable(fig)
    assert "p = 0.037" in str(fig.get_label())
    assert "None of 26" in str(fig.get_label())


def test_companies_are_the_last_page_before_the_methods(told: Story) -> None:
    names = [page.name for page in tell(told).values()]
    assert names[-2:] == ["other-companies", "methods"]
    summary = of(told).summary.copy()
    summary.loc[summary["kind"] == "space", "rank"] = np.nan
    without = [page.name for page in tell(with_summary(told, summary)).values()]
    assert "other-companies" not in without
    assert "placebo-days" in without


def test_other_figures_make_another_sentence(told: Story) -> None:
    summary = of(told).summary.copy()
    summary.loc[summary["kind"] == "time", ["statistic", "rank", "p_value"]] = 0.7, 99.0, 0.5
    fig = printed(placebos_page, with_summary(told, summary), 3)
    assert_publishable(fig)
    assert "98 of 181 other days" in str(fig.get_label())
    assert "p = 0.500" in str(fig.get_label())
    assert any(text.endswith("99th of 182, p = 0.500") for text in texts(fig))


def test_the_page_without_placebo_days_or_figure(told: Story) -> None:
    summary = of(told).summary.copy()
    time = summary["kind"] == "time"
    summary.loc[time, ["rank", "p_value"]] = np.nan
    summary.loc[time, "reason"] = "this study has a rolling one"
    fig = printed(placebos_page, with_summary(told, summary), 3)
    assert "Nvidia has no placebo days: this study has a rolling one" in str(fig.get_label())
    assert any(text.endswith("no rank") for text in texts(fig))
    summary[["statistic", "rank", "p_value"]] = np.nan
    fig = printed(placebos_page, with_summary(told, summary), 3)
    assert_publishable(fig)
    assert "Nvidia has no abnormal return on 27 January 2025" in str(fig.get_label())


@pytest.mark.parametrize("count", [0, 1, 3, 80, 600])
@pytest.mark.parametrize("observed", [-0.1, 9.0, np.nan])
def test_both_charts_at_any_size(count: int, observed: float) -> None:
    rng = np.random.default_rng(count)
    dates = pd.bdate_range("2015-01-05", periods=max(count, 1))[:count]
    values = rng.standard_t(4, count)
    fig, body = new_page("One finding", "Units", SOURCE, "an-event · 1")
    left, right = body.columns(1.75, 1, gap=26)
    day0 = pd.Timestamp("2015-03-02")
    days = pd.DataFrame({"date": dates, "statistic": values})
    draw_days(left.add_axes(fig), days, day0, observed, "In time")
    assets = pd.DataFrame(
        {"name": [f"Asset number {i}" for i in range(count)], "statistic": values}
    )
    draw_places(
        right.add_axes(fig), assets, "The studied one with a long name", observed, "In space"
    )
    assert_publishable(fig)
    named = [t for t in texts(fig) if t.startswith("Asset number")]
    assert len(named) == count if count <= 3 else 20 < len(named) <= 80


def test_ordinals() -> None:
    assert [ordinal(k) for k in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 1_001)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "1,001st")
    ]


def test_a_missing_column_is_named() -> None:
    fig, body = new_page("One finding", "Units", SOURCE, "an-event · 1")
    ax = body.add_axes(fig)
    with pytest.raises(ValueError, match="statistic"):
        draw_places(ax, pd.DataFrame({"name": []}), "x", 1.0, "t")
