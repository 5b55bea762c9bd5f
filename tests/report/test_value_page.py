"""The ranking and its page: what they say comes from the evidence, and nothing is clipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from tearsheet_helpers import SOURCE, assert_publishable, printed, text_boxes

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.value import Value, value_finding
from eventstudy.evidence.value import value
from eventstudy.report.charts.ranking import draw_ranking
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page
from eventstudy.report.pages.value import value_page
from eventstudy.report.story import Story
from eventstudy.text.numbers import dollars

REPOSITORY = Path(__file__).resolve().parents[2]
EVENTS = ("deepseek-r1", "deepseek-app-store")


@pytest.fixture(scope="module")
def told() -> dict[str, Story]:
    events, prices = es.read_events(REPOSITORY / "events.csv"), es.load_prices("bundled")
    result = es.EventStudy(compare=()).run(events, prices)
    parts = {name: result.only(name) for name in EVENTS}
    return {
        name: Story(part, name, Evidence(value=value(Case(part, prices))))
        for name, part in parts.items()
    }


def value_of(story: Story) -> Value:
    assert story.evidence is not None
    assert story.evidence.value is not None
    return story.evidence.value


def texts(fig: Figure) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


@pytest.mark.parametrize("event_id", EVENTS)
def test_the_page(told: dict[str, Story], event_id: str) -> None:
    story = told[event_id]
    found = value_of(story)
    fig = printed(value_page, story, 9)
    assert_publishable(fig)
    said = texts(fig)
    for row in found.known.itertuples():
        assert dollars(row.abnormal, signed=True) in said
        assert row.name in said
    assert dollars(found.total["abnormal"], signed=True) in said
    nasdaq = found.indices.set_index("ticker").loc["^IXIC"]
    assert f"{nasdaq['raw']:+,.1f}".replace("-", "−") in said
    assert "24/25" in said
    (left_out,) = [text for text in said if "Super Micro" in text]
    assert "source" in left_out


def test_a_group_s_dollars_are_explained_by_both_returns(told: dict[str, Story]) -> None:
    """The hyperscalers: a mean of −1.63% beside a sum of −$4.4bn."""
    story = told["deepseek-app-store"]
    totals = value_of(story).totals.set_index("group")
    row = totals.loc["hyperscalers"]
    assert row["equal_weighted"] == pytest.approx(-0.0163, abs=5e-5)
    members = value_of(story).assets.set_index("ticker").loc[str(row["members"]).split(";")]
    held = (members["previous_close"] * members["shares"]).sum()
    assert row["value_weighted"] == pytest.approx(members["abnormal"].sum() / held, rel=1e-12)
    said = texts(printed(value_page, story, 9))
    assert {"−1.63", "−0.04", "−$4.4bn"} <= set(said)


def test_the_finding_is_that_of_the_figures(told: dict[str, Story]) -> None:
    found = value_of(told["deepseek-app-store"])
    nvidia = found.assets.iloc[0]
    said = value_finding(found)
    for figure in (nvidia["abnormal"], nvidia["raw"], found.total["raw"], found.total["abnormal"]):
        assert dollars(-figure) in said
    for end in (found.total["low"], found.total["high"]):
        assert dollars(end, signed=True) in said
    assert "Nvidia" in said
    assert "27 January 2025" in said
    assert "24" in said


def test_no_title_quotes_what_chance_explains(told: dict[str, Story]) -> None:
    found = value_of(told["deepseek-r1"])
    assert found.total["low"] < 0 < found.total["high"]
    said = value_finding(found)
    assert dollars(abs(found.total["abnormal"])) not in said
    first = found.known.iloc[int(found.known["abnormal"].abs().to_numpy().argmax())]
    assert first["low"] > 0 or first["high"] < 0 or dollars(abs(first["abnormal"])) not in said


def test_changed_figures_change_the_finding(told: dict[str, Story]) -> None:
    found = value_of(told["deepseek-app-store"])
    turned = found.assets.copy()
    turned.loc[turned["ticker"] == "NVDA", ["abnormal", "low", "high"]] = 7e11, 5e11, 9e11
    said = value_finding(replace(found, assets=turned))
    assert "abnormal gain of $700bn" in said
    assert "lost $593bn" in said
    alone = found.assets.copy()
    alone.loc[alone["ticker"] != "AAPL", ["abnormal", "se", "low", "high"]] = np.nan
    said = value_finding(replace(found, assets=alone))
    assert said.startswith("Apple")
    assert "$151bn" in said
    assert "together" not in said
    totals = found.totals.assign(low=np.nan, high=np.nan, se=np.nan)
    assert "interval" not in value_finding(replace(found, totals=totals))


def test_one_asset_and_no_index(told: dict[str, Story]) -> None:
    story = told["deepseek-app-store"]
    found = value_of(story)
    one = replace(
        found,
        assets=found.assets.iloc[:1],
        totals=found.totals.iloc[[0, -1]].assign(without=""),
        indices=found.indices.iloc[:0],
    )
    fig = printed(value_page, replace(story, evidence=Evidence(value=one)), 9)
    assert_publishable(fig)
    assert not any(text.startswith(("Left out", "Index")) for text in texts(fig))


@pytest.mark.parametrize("whole", [True, False])
def test_index_points_alone(told: dict[str, Story], whole: bool) -> None:
    story = told["deepseek-app-store"]
    found = value_of(story)
    rows = found.assets if whole else found.assets.iloc[:0]
    names = ["abnormal", "se", "low", "high", "raw"]
    none = replace(
        found,
        assets=rows.assign(**dict.fromkeys(names, np.nan), reason="shares outstanding not known"),
        totals=found.totals.assign(**dict.fromkeys(names, np.nan), n=0, members=""),
    )
    fig = printed(value_page, replace(story, evidence=Evidence(value=none)), 9)
    assert_publishable(fig)
    said = value_finding(none)
    nasdaq = found.indices.iloc[0]
    assert said.startswith("Nasdaq Composite lost 612.5 points on 27 January 2025; −213.1 are")
    assert nasdaq["abnormal"] == pytest.approx(-213.1, abs=0.05)
    missing = none.indices.assign(abnormal=np.nan, reason="no abnormal return on day 0")
    said = value_finding(replace(none, indices=missing))
    assert said == "Nasdaq Composite: no abnormal return on day 0"


# The chart alone.


def amounts(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    abnormal = 5e10 * rng.standard_t(3, count)
    half = 2e10 * rng.uniform(0.5, 2, count)
    return pd.DataFrame(
        {
            "group": [f"Group {i % 4}" for i in range(count)],
            "label": [f"Company {i}" for i in range(count)],
            "abnormal": abnormal,
            "low": abnormal - half,
            "high": abnormal + half,
            "raw": abnormal + 1e10 * rng.standard_normal(count),
        }
    )


def page() -> tuple[Figure, Rect]:
    return new_page("One finding", "Units, N, model", SOURCE, "an-event · 1")


def bars(fig: Figure, height: float) -> list[tuple[float, float]]:
    """Start and end of the bars of this height, from the top."""
    found = [p for p in fig.axes[0].patches if isinstance(p, Rectangle)]
    found = [p for p in found if abs(p.get_height() - height) < 1e-9]
    return [(p.get_x(), p.get_x() + p.get_width()) for p in found]


@pytest.mark.parametrize("count", [1, 2, 11, 25, 90])
def test_every_bar_of_the_ranking_begins_at_zero(count: int) -> None:
    rows = amounts(count)
    fig, body = page()
    draw_ranking(body.columns(1.75, 1.0)[0].add_axes(fig), rows)
    assert_publishable(fig)
    filled, outlined = bars(fig, 0.5), bars(fig, 0.78)
    assert {start for start, _ in (*filled, *outlined)} == {0.0}
    sizes = [end for _, end in filled]
    assert sizes == sorted(sizes)
    assert sum(sizes) == pytest.approx(rows["abnormal"].sum() / 1e9)
    assert sum(end for _, end in outlined) == pytest.approx(rows["raw"].sum() / 1e9)
    assert any(text.endswith(" others") for text in texts(fig)) == (count == 90)


def test_a_ranking_of_long_names_and_without_intervals() -> None:
    rows = amounts(8).assign(low=np.nan, high=np.nan)
    rows["label"] = [f"An uncommonly long company name {i}" for i in range(8)]
    fig, body = page()
    draw_ranking(body.columns(1.75, 1.0)[0].add_axes(fig), rows, level="90%")
    assert_publishable(fig)
    assert "90% interval" in " ".join(texts(fig))


def test_a_ranking_refuses_what_it_cannot_order() -> None:
    fig, body = page()
    rows = amounts(3)
    with pytest.raises(ValueError, match="finite abnormal"):
        draw_ranking(body.add_axes(fig), rows.assign(abnormal=np.nan))
    with pytest.raises(ValueError, match="finite abnormal"):
        draw_ranking(body.add_axes(fig), rows.iloc[:0])
    with pytest.raises(ValueError, match="draw_ranking needs the columns"):
        draw_ranking(body.add_axes(fig), rows.drop(columns="raw"))
