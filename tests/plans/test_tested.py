"""Hypotheses, what their tests could find, and the verdicts on them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plan_helpers import BEFORE, DAY0, SPEC, Market, made_up_closes
from scipy import stats

from eventstudy.errors import DataMissingError, InputError
from eventstudy.event_study import EventStudy
from eventstudy.plans.expectations import read_expectation
from eventstudy.plans.files import SealedPlan
from eventstudy.plans.model import Hypothesis
from eventstudy.plans.tested import Ran, planned_tests, verdict_on
from eventstudy.prices.prices import Prices
from eventstudy.result.planned import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNTESTABLE,
    PlannedTest,
    PlannedTests,
)
from eventstudy.significance.quoted import Quoted


def outcome_of(market: Market, sealed: SealedPlan, prices: Prices) -> PlannedTests:
    return planned_tests(Ran(sealed, market.groups, "", ()), prices)["launch"]


def hypothesis(direction: str, threshold: float = 0.0) -> Hypothesis:
    return Hypothesis(
        event="e",
        entity="A",
        kind="asset",
        members=("A",),
        window=(0, 0),
        direction=direction,
        threshold=threshold,
        test="t",
    )


def quoted(low: float, high: float) -> Quoted:
    return Quoted((low + high) / 2, low, high, 0.5, "t", 0.05)


@pytest.mark.parametrize(
    ("direction", "threshold", "low", "high", "verdict"),
    [
        ("falls", 0, -3, -1, SUPPORTED),
        ("falls", 0, -3, 1, NOT_SUPPORTED),
        ("falls", 0, 1, 3, NOT_SUPPORTED),
        ("falls", -2, -3, -1, NOT_SUPPORTED),
        ("falls", -2, -5, -3, SUPPORTED),
        ("rises", 0, 1, 3, SUPPORTED),
        ("rises", 2, 1, 3, NOT_SUPPORTED),
        ("rises", 2, 3, 5, SUPPORTED),
        ("rises", 0, -3, -1, NOT_SUPPORTED),
        ("either", 0, -3, -1, SUPPORTED),
        ("either", 0, 1, 3, SUPPORTED),
        ("either", 0, -1, 3, NOT_SUPPORTED),
        ("either", 2, -5, -3, SUPPORTED),
        ("either", 2, 1, 3, NOT_SUPPORTED),
        ("either", 2, -1, 1, NOT_SUPPORTED),
        ("falls", 0, -math.inf, math.inf, NOT_SUPPORTED),
    ],
)
def test_a_hypothesis_is_supported_where_the_interval_lies_beyond(
    direction: str, threshold: float, low: float, high: float, verdict: str
) -> None:
    found, why = verdict_on(hypothesis(direction, threshold), quoted(low, high))
    assert found == verdict
    assert bool(why) == (verdict != SUPPORTED)


def test_the_planned_figures_are_those_of_the_study(market: Market) -> None:
    prices = market.prices()
    found = outcome_of(market, market.plan(), prices)
    study = EventStudy(**SPEC).run(
        market.events, prices, groups=market.groups, event_ids=["launch"]
    )
    own = study.car((0, 0)).loc[("launch", "AAA")]
    alone, group = found.tests
    assert alone.estimate == pytest.approx(own["car"], rel=1e-9)
    assert (alone.low, alone.high) == pytest.approx(
        (own["placebo_low"], own["placebo_high"]), rel=1e-9
    )
    assert alone.p == pytest.approx(own["p_placebo"], rel=1e-9)
    assert alone.verdict == SUPPORTED
    assert group.verdict == NOT_SUPPORTED
    assert group.entity == "chips"
    assert (alone.test, group.test) == ("placebo", "portfolio_placebo"), (
        "the names that were sealed"
    )


def test_the_detectable_effect_is_that_of_the_estimation_window(market: Market) -> None:
    """Without placebos: s√(1 + 1/T)(t₁₋α⁄₂ + t_power), from numpy alone."""
    found = market.plan("AAA rises 0,0", placebo=False).plan.hypotheses[0]
    returns = market.closes.loc[:BEFORE].pct_change()
    at = market.closes.index.get_loc(pd.Timestamp(DAY0))
    inside = returns.iloc[at - 160 : at - 10]
    slope, level = np.polyfit(inside["^GSPC"], inside["AAA"], 1)
    residuals = inside["AAA"] - level - slope * inside["^GSPC"]
    size = len(inside)
    se = math.sqrt((residuals**2).sum() / (size - 2)) * math.sqrt(1 + 1 / size)
    t = stats.t(size - 2)
    assert found.test == "t"
    assert found.se == pytest.approx(se, rel=1e-7)
    assert found.detectable == pytest.approx(se * (t.ppf(0.975) + t.ppf(0.8)), rel=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {"model": "mean"},
        {"model": "market", "returns": "log"},
        {"returns": "difference", "level_unit": "points"},
        {"rolling": True, "estimation": (-160, -30)},
        {"clean_estimation": True},
        {"model": "synthetic", "donors": "EEE,FFF,GGG"},
        {"model": "trade_to_trade", "returns": "trade"},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_plans_of_other_studies_know_what_they_can_find(
    market: Market, options: dict[str, object]
) -> None:
    prices = market.prices(BEFORE)
    if options.get("returns") == "difference":
        prices = replace(prices, levels=True)
    expected = "AAA rises 0,0 1" if options.get("level_unit") else "AAA rises 0,0"
    sealed = market.plan(expected, prices=prices, **options)
    (found,) = sealed.plan.hypotheses
    assert found.se
    assert found.detectable
    assert found.detectable > found.se
    assert sealed.plan.spec == EventStudy(**{**SPEC, **options}).spec


def test_a_weekly_plan_reaches_into_the_weeks_to_come(market: Market) -> None:
    weekly = market.closes.resample("W-FRI").last()
    options = {"estimation": (-40, -3), "window": (-2, 2), "car": [(0, 0)], "min_obs": 20}
    prices = market.prices(None, weekly.loc[:"2024-06-08"])
    sealed = market.plan("AAA rises 0,0", prices=prices, frequency="weekly", **options)
    assert sealed.plan.kind == "prospective"
    assert sealed.plan.hypotheses[0].detectable
    found = outcome_of(market, sealed, market.prices(None, weekly.iloc[:-1]))
    assert found.tests[0].estimate is not None


def test_a_plan_is_retrospective_once_a_price_of_a_window_is_there(market: Market) -> None:
    kinds = {
        (until, text): market.plan(text, until=until, name=f"{until}{text[-4:]}.toml").plan.kind
        for until in (BEFORE, DAY0)
        for text in ("AAA rises 0,0", "AAA rises -1,1", "AAA rises 1,2")
    }
    assert {key for key, kind in kinds.items() if kind == "retrospective"} == {
        (BEFORE, "AAA rises -1,1"),
        (DAY0, "AAA rises 0,0"),
        (DAY0, "AAA rises -1,1"),
    }


def test_a_retrospective_plan_says_so_wherever_its_tests_are_told(market: Market) -> None:
    found = outcome_of(market, market.plan(until=None), market.prices())
    assert found.retrospective
    assert "retrospective" in found.finding
    assert any("retrospective" in text for text in found.about)
    assert (
        "retrospective"
        not in outcome_of(market, market.plan(name="b.toml"), market.prices()).finding
    )


def test_before_its_prices_are_there_a_plan_cannot_be_tested(market: Market) -> None:
    sealed = market.plan()
    with pytest.raises(DataMissingError, match=DAY0):
        outcome_of(market, sealed, market.prices(BEFORE))


def test_a_window_that_has_not_ended_cannot_be_tested(market: Market) -> None:
    sealed = market.plan()
    done, waiting = outcome_of(market, sealed, market.prices("2024-06-14")).tests
    assert done.verdict == SUPPORTED
    assert waiting.verdict == UNTESTABLE
    assert "2024-06-14" in waiting.reason


def test_a_group_that_has_lost_a_member_cannot_be_tested(market: Market) -> None:
    sealed = market.plan()
    closes = market.closes.drop(columns="CCC")
    alone, group = outcome_of(market, sealed, market.prices(None, closes)).tests
    assert alone.verdict == SUPPORTED
    assert group.verdict == UNTESTABLE
    assert "CCC" in group.reason


def test_an_asset_without_prices_cannot_be_tested(market: Market) -> None:
    sealed = market.plan()
    closes = market.closes.drop(columns="AAA")
    alone, _ = outcome_of(market, sealed, market.prices(None, closes)).tests
    assert alone.verdict == UNTESTABLE
    assert "AAA" in alone.reason


def test_another_test_than_the_planned_one_is_none(market: Market) -> None:
    sealed = market.plan("AAA rises 0,0", placebo=False)
    plan = sealed.plan.model_copy(
        update={"hypotheses": (sealed.plan.hypotheses[0].model_copy(update={"test": "placebo"}),)}
    )
    (found,) = outcome_of(market, replace(sealed, plan=plan), market.prices()).tests
    assert found.verdict == UNTESTABLE
    assert "placebo" in found.reason


def test_of_an_altered_plan_nothing_counts_as_planned(market: Market) -> None:
    sealed = replace(market.plan(), altered=("power was altered",))
    found = outcome_of(market, sealed, market.prices())
    assert not found.sealed
    assert "planned" in found.finding
    assert "supported" not in found.finding
    assert any("power was altered" in text for text in found.about)


def test_what_became_of_a_plan_survives_a_file(market: Market) -> None:
    import json

    closes = made_up_closes()
    closes.loc["2024-03-05", "BBB"] += 1
    found = outcome_of(market, market.plan(), market.prices(None, closes))
    assert found.prices
    assert PlannedTests.of_json(json.loads(json.dumps(found.as_json()))) == found
    assert isinstance(found.tests[0], PlannedTest)


@pytest.mark.parametrize(
    "text",
    [
        "AAA",
        "AAA falls",
        "AAA sinks 0,0",
        "falls 0,0",
        "AAA falls 0",
        "AAA falls 5,0",
        "AAA falls 0,0 2%",
        "AAA rises 0,0 -2%",
        "AAA either 0,0 -2%",
        "AAA falls 0,0 -200%",
        "AAA falls 0,0 -2bp",
        "AAA falls 0,0 low",
    ],
)
def test_what_is_no_expectation_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Option expect"):
        read_expectation(text, "percent")


def test_expectations_are_read_with_their_signs_and_units() -> None:
    read = read_expectation("  BRK B falls [-1,+1] −2%", "percent")
    assert (read.name, read.direction, tuple(read.window), read.threshold) == (
        "BRK B",
        "falls",
        (-1, 1),
        -0.02,
    )
    assert read_expectation("A either 0,0 0.03", "percent").threshold == 0.03
    assert read_expectation("A falls 0,0 -5bp", "bp").threshold == -5
    assert read_expectation("A Falls 0,0", "bp").threshold == 0


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (("ZZZ falls 0,0",), "AAA"),
        (("AAA falls 0,20",), "window"),
        (("AAA falls 0,0", "AAA falls 0,0"), r"AAA.*\bsame\b"),
        (("AAA falls 0,0", "AAA rises 0,0"), r"AAA.*\bdirection\b"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    market: Market, expected: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        market.plan(*expected)
    assert not (market.folder / "plan.toml").exists()


def test_without_enough_prices_nothing_is_planned(market: Market) -> None:
    with pytest.raises(DataMissingError, match="launch"):
        market.plan(until="2023-08-01")


def test_an_estimation_window_after_the_event_is_refused(market: Market) -> None:
    for options in ({"post_estimation": (30, 60)}, {"estimation": (20, 140)}):
        with pytest.raises(InputError, match="before the event"):
            market.plan(**options)
