"""Pages of weighted and cleaned studies, of months and of levels say what is true of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.value import ALL
from eventstudy.evidence.value import value
from eventstudy.prices.prices import Prices
from eventstudy.report.drawing.text import unbroken
from eventstudy.report.pages.methods import methods_page
from eventstudy.report.story import Story
from eventstudy.result.answer import answer_of
from eventstudy.text.measure import measured_in, worded
from eventstudy.text.numbers import window_text

EVENT = "deepseek-app-store"


def prices_of(folder, frame: pd.DataFrame, **said) -> Prices:
    frame.to_csv(folder / "prices.csv", index_label="date")
    return es.load_prices(folder / "prices.csv", **said)


def events_of(folder, day: str, tickers: str, benchmark: str) -> es.Events:
    path = folder / "events.csv"
    path.write_text(
        "event_id,title,announced_at,groups,benchmark,headline,source\n"
        f"one,Something happens,{day},{tickers},{benchmark},yes,a source\n"
    )
    return es.read_events(path)


def walk(days: pd.DatetimeIndex, names: list[str], scale: float) -> pd.DataFrame:
    moves = np.random.default_rng(3).normal(0, scale, (len(days), len(names)))
    return pd.DataFrame(moves, days, names).cumsum()


@pytest.fixture(scope="module")
def monthly(tmp_path_factory) -> es.StudyResult:
    folder = tmp_path_factory.mktemp("monthly")
    closes = 50 * np.exp(
        walk(pd.date_range("2012-01-31", "2023-12-31", freq="ME"), ["AA", "BB", "MM"], 0.06)
    )
    prices = prices_of(folder, closes)
    events = events_of(folder, "2022-08-09", "AA;BB", "MM")
    return es.EventStudy(frequency="monthly").run(events, prices)


def test_a_month_is_no_day(monthly) -> None:
    """A month's return is said of the month, not of its last day."""
    with measured_in(monthly.spec.unit, monthly.spec.frequency):
        story = Story(monthly, "one")
        for sentence in (story.finding(), *story.answer()):
            assert "31 August" not in sentence
        assert " in August 2022" in story.finding()
        assert window_text((0, 0)) == "month 0"
    assert window_text((0, 0)) == "day 0"


@pytest.fixture(scope="module")
def yields(tmp_path_factory) -> es.StudyResult:
    folder = tmp_path_factory.mktemp("yields")
    days = pd.bdate_range("2021-01-04", "2023-06-30")
    levels = 2 + walk(days, ["y2", "y10", "y3"], 0.05)
    late = levels.assign(y3=levels["y3"].where(days > "2023-05-01"))
    prices = prices_of(folder, late, values="levels")
    events = events_of(folder, "2023-03-10", "y2;y10;y3", "")
    study = es.EventStudy(returns="difference", model="mean")
    return study.run(events, prices)


def test_levels_are_no_closes_and_have_no_returns(yields) -> None:
    assert "close" not in yields.context.origin["note"]
    with measured_in(yields.spec.unit, yields.spec.frequency):
        page = methods_page(Story(yields, "one"))
        texts = [p.text for block in page.blocks[:2] for p in block.paragraphs]
        assert not [text for text in texts if "return of the group" in text]
        cells = [cell for row in page.blocks[2].rows for cell in row.cells]
        assert cells
        assert not [cell for cell in cells if "return" in cell]


def test_the_return_of_a_benchmark_is_not_told_in_the_unit_of_levels(tmp_path) -> None:
    days = pd.bdate_range("2021-01-04", "2023-06-30")
    both = 2 + walk(days, ["y2", "^GSPC"], 0.01).abs()
    prices = prices_of(tmp_path, both, values="levels")
    study = es.EventStudy(returns="difference", levels=("y2",), compare=())
    result = study.run(events_of(tmp_path, "2023-03-10", "y2", "^GSPC"), prices)
    [one] = answer_of(result).against
    assert one.name
    assert np.isfinite(one.day.estimate)
    assert np.isnan(one.moved)


def test_a_ticker_keeps_its_letters_at_the_start_of_a_sentence(yields) -> None:
    with measured_in(yields.spec.unit, yields.spec.frequency):
        story = Story(yields, "one")
        leads = [entity.name for entity in story.leads[1:]]
        assert story.answer()[-1].startswith(leads[0])


@pytest.mark.parametrize("unit", ["bp", "points", "%"])
def test_a_figure_stays_with_its_unit(unit: str) -> None:
    assert f"−32.96 {unit}" in unbroken(f"it fell; −32.96 {unit} is abnormal")


def test_prices_are_not_studied_as_levels_unasked() -> None:
    study = es.EventStudy(returns="difference")
    with pytest.raises(es.InputError, match="levels"):
        study.run(es.read_events("events.csv"), es.load_prices("bundled"), event_ids=[EVENT])


def test_members_without_a_weight_stay_members_of_their_group() -> None:
    prices = es.load_prices("bundled")
    study = es.EventStudy(weights="value")
    result = study.run(es.read_events("events.csv"), prices, event_ids=[EVENT])
    totals = value(Case(result, prices)).totals.set_index("group")
    members = {
        group: [t for t in f"{row['members']};{row['without']}".split(";") if t]
        for group, row in totals.iterrows()
    }
    assert len(members["custom-silicon"]) == 4
    parts = {t for group, tickers in members.items() if group != ALL for t in tickers}
    assert parts == set(members[ALL])


def test_what_is_left_out_is_said_once_on_the_page_of_methods() -> None:
    prices = es.load_prices("bundled")
    study = es.EventStudy(clean_estimation=True, placebo=False)
    result = study.run(es.read_events("events.csv"), prices, event_ids=[EVENT])
    page = methods_page(Story(result, EVENT))
    texts = " ".join(p.text for block in page.blocks[:2] for p in block.paragraphs)
    assert texts.count("left out of the estimation windows") == 1
    assert "nothing left out" not in page.finding


def test_the_curve_of_months_varies_years_of_months(monthly, tmp_path) -> None:
    """No default window of a monthly curve is longer than a monthly study has rows."""
    days = pd.date_range("2012-01-31", "2023-12-31", freq="ME")
    prices = prices_of(tmp_path, 50 * np.exp(walk(days, ["AA", "BB", "MM"], 0.06)))
    table = es.specification_curve(Case(monthly, prices)).specifications
    assert set(table["length"]) == {36, 60, 84}


@pytest.mark.parametrize(
    ("day", "month"),
    [
        ("On 4 of 60 ordinary days", "In 4 of 60 ordinary months"),
        ("on day 0", "in month 0"),
        ("on that day", "in that month"),
        ("on top of the day", "on top of the month"),
    ],
)
def test_days_are_on_and_months_in(day: str, month: str) -> None:
    with measured_in("percent", "monthly"):
        assert worded(day) == month
    assert worded(day) == day
