"""Awkward data: a figure or a refusal with a reason, never a bare NaN, for every model and test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.models.registry import list_models as known_models
from eventstudy.significance.registry import list_tests as known_tests

MODELS = list(known_models())
TESTS = list(known_tests())
BUY_AND_HOLD = ("bhar_t", "bhar_skew_t", "bhar_hall_t")
"""They need no abnormal return, so a value of their own is enough."""


def one_observation(bench, n):
    return bench.case(1)


def two_on_one_date(bench, n):
    return bench.case(2, spread=0)


def two_dates(bench, n):
    return bench.case(2, spread=30)


def three_dates(bench, n):
    return bench.case(3, spread=30)


def one_common_date(bench, n):
    return bench.case(max(n, 3), spread=0)


def all_equal_on_one_date(bench, n):
    case = bench.case(3, spread=0)
    wide = case.wide.copy()
    for ticker in case.observations["ticker"]:
        wide[ticker] = case.wide["F00"]
    return case.having(wide=wide)


def all_equal_on_several_dates(bench, n):
    """Abnormal returns that repeat: every firm and regressor has the period of the dates."""
    case = bench.case(3, spread=10)
    rng = np.random.default_rng(5)
    pattern = 0.01 * rng.standard_normal((10, case.wide.shape[1]))
    wide = pd.DataFrame(
        np.tile(pattern, (len(case.wide) // 10, 1)), case.wide.index, case.wide.columns
    )
    for ticker in case.observations["ticker"]:
        wide[ticker] = wide["F00"]
    frame = case.observations.assign(date=case.wide.index[[150, 160, 170]])
    return case.having(wide=wide, observations=frame)


def five_percent_missing(bench, n):
    return bench.case(n, missing=0.05, seed=3)


def half_missing_around_the_event(bench, n):
    case = bench.case(n, seed=4)
    wide = case.wide.copy()
    for row in case.observations.iloc[::2].itertuples():
        at = wide.index.get_loc(row.date)
        wide.loc[wide.index[at - 1 : at + 1], row.ticker] = np.nan
    return case.having(wide=wide)


def nobody_has_day_zero(bench, n):
    case = bench.case(n, seed=4)
    wide = case.wide.copy()
    for row in case.observations.itertuples():
        wide.loc[row.date, row.ticker] = np.nan
    return case.having(wide=wide)


def ties(bench, n):
    case = bench.case(n, seed=6)
    return case.having(wide=case.wide.round(2) + 0.0)


def zero_returns(bench, n):
    case = bench.case(n, seed=7)
    rng = np.random.default_rng(8)
    firms = case.observations["ticker"]
    wide = case.wide.copy()
    wide[firms] = wide[firms].mask(rng.random((len(wide), len(firms))) < 0.4, 0.0)
    return case.having(wide=wide)


def an_asset_that_never_moves(bench, n):
    case = bench.case(n, seed=7)
    return case.having(wide=case.wide.assign(F00=0.0))


def an_asset_with_one_move(bench, n):
    case = bench.case(n, seed=7)
    return case.having(
        wide=case.wide.assign(F00=np.where(np.arange(len(case.wide)) == 100, 0.1, 0))
    )


def recurring_firms(bench, n):
    """The first firm has three events, the second two; windows of the first two overlap."""
    case = bench.case(n, seed=9)
    frame = case.observations
    again = frame.iloc[[0, 0, 1]].assign(event_id=["x1", "x2", "x3"])
    again["date"] = case.wide.index[[161, 220, 240]]
    return case.having(observations=pd.concat([frame, again], ignore_index=True))


def same_firm_twice_on_one_date(bench, n):
    case = bench.case(3, spread=0)
    again = case.observations.iloc[[0]].assign(event_id="again")
    return case.having(observations=pd.concat([case.observations, again], ignore_index=True))


def a_young_firm(bench, n):
    case = bench.case(n, seed=10)
    wide = case.wide.copy()
    wide.loc[wide.index[:100], "F00"] = np.nan
    return case.having(wide=wide)


def at_the_end_of_the_data(bench, n):
    case = bench.case(n, seed=11)
    frame = case.observations.copy()
    frame.loc[0, "date"] = case.wide.index[-1]
    frame.loc[1, "date"] = case.wide.index[20]
    return case.having(observations=frame)


def huge_moves(bench, n):
    case = bench.case(n, seed=12)
    wide = case.wide.copy()
    for row in case.observations.itertuples():
        wide.loc[row.date, row.ticker] = 25.0
    return case.having(wide=wide)


EDGES = (
    one_observation,
    two_on_one_date,
    two_dates,
    three_dates,
    one_common_date,
    all_equal_on_one_date,
    all_equal_on_several_dates,
    five_percent_missing,
    half_missing_around_the_event,
    nobody_has_day_zero,
    ties,
    zero_returns,
    an_asset_that_never_moves,
    an_asset_with_one_move,
    recurring_firms,
    same_firm_twice_on_one_date,
    a_young_firm,
    at_the_end_of_the_data,
    huge_moves,
)


WITHOUT_LOOPS = {
    three_dates,
    one_common_date,
    all_equal_on_several_dates,
    nobody_has_day_zero,
    ties,
    same_firm_twice_on_one_date,
    a_young_firm,
    huge_moves,
}
"""Left out for models that fit one observation at a time: the tests see nothing new in them."""
CASES = [
    pytest.param(name, edge, id=f"{name}-{edge.__name__}")
    for name, model in known_models().items()
    for edge in EDGES
    if not (model.loops and edge in WITHOUT_LOOPS)
]


@pytest.mark.parametrize(("model", "edge"), CASES)
def test_figures_or_reasons(bench, model: str, edge) -> None:
    case = edge(bench, min(bench.size(model), 8))
    result = bench.study(model, case)
    check_everything_is_accounted_for(case, result)
    check_cars(bench, result)
    check_tests(bench, case, result)


def check_everything_is_accounted_for(case, result) -> None:
    asked = set(zip(case.observations["event_id"], case.observations["ticker"], strict=True))
    out = result.exclusions[~result.exclusions["stage"].str.startswith("CAR")]
    left = set(zip(out["event_id"], out["ticker"], strict=True))
    assert not left & set(result.fits.index)
    assert left | set(result.fits.index) == asked
    assert (result.exclusions["reason"].str.len() > 10).all()


def check_cars(bench, result) -> None:
    for days in bench.days(result):
        table = result.car(days)
        known = table["car"].notna()
        assert (known == (table["reason"] == "")).all()
        for column in ("se", "t", "p_value", "ci_low", "ci_high"):
            assert (table[column].notna() == known).all(), column
        assert (table.loc[known, "se"] > 0).all()
        assert table.loc[known, "p_value"].between(0, 1).all()
        placebo = table["p_placebo"].dropna()
        assert ((placebo > 0) & (placebo <= 1)).all()


def check_tests(bench, case, result) -> None:
    tests, counts = result.tests, bench.counts(result)
    groups = counts.index.get_level_values(0).unique()
    if not result.n:
        assert tests.empty
        return
    wanted = pd.MultiIndex.from_tuples(
        [
            (g, *d, t)
            for g in groups
            for d in bench.days(result)
            for t in bench.tests(result.spec.model)
        ]
    )
    keys = pd.MultiIndex.from_frame(tests[["group", "start", "end", "test"]])
    assert set(keys) == set(wanted)
    refused = tests["refused"] != ""
    wrong: list[str] = []

    def must(holds, what: str) -> None:
        wrong.extend(f"{key}: {what}" for key in keys[~np.asarray(holds, dtype=bool)])

    must(tests["statistic"].notna() != refused, "statistic beside a reason, or neither")
    must(np.isfinite(tests["statistic"].fillna(0)), "statistic is infinite")
    must(tests["p_value"].notna() != refused, "p beside a reason, or neither")
    must(tests["p_value"].fillna(0.5).between(0, 1), "p outside [0, 1]")
    must((tests["distribution"] != "") != refused, "null beside a reason, or neither")
    must(~refused | (tests["refused"].str.len() > 10), "reason says nothing")
    greater, less, both = tests["p_greater"], tests["p_less"], tests["p_value"]
    must(greater.isna() == less.isna(), "one tail only")
    must(refused | greater.notna() | (tests["distribution"] == "F"), "no direction")
    must(greater.fillna(0.5).between(0, 1) & less.fillna(0.5).between(0, 1), "tail outside [0, 1]")
    smooth = tests["distribution"].isin(["t", "N"])
    must(~smooth | np.isclose(greater + less, 1, atol=1e-12), "tails of a density do not add to 1")
    must(greater.isna() | (greater + less >= 1 - 1e-12), "tails add to less than 1")
    twice = (2 * np.minimum(greater, less)).clip(upper=1)
    by_rank = tests["distribution"].isin(["placebo", "resampled"]) | greater.isna()
    must(by_rank | np.isclose(both, twice, rtol=1e-10), "two-sided p is not twice the smaller tail")
    must((tests["distribution"] == "t") <= (tests["df"] >= 1), "t without df")
    held = held_throughout(bench, case, result)
    n = np.array([(held if key[3] in BUY_AND_HOLD else counts)[key[:3]] for key in keys])
    must(tests["n"] == n, "n is not the number of observations with a value")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:25])


def held_throughout(bench, case, result) -> pd.Series:
    """As `bench.counts`, by the returns of the observation and of the market, without the model."""
    counts = bench.counts(result)
    labels = result.assets.labels
    at = case.wide.index.get_indexer(labels["day0"])
    for group, start, end in counts.index:
        inside = (labels["group"] == group).to_numpy() | (group == "all")
        rows = at[:, None] + np.arange(start, end + 1)
        ok = (rows < len(case.wide)).all(axis=1)
        rows = rows.clip(max=len(case.wide) - 1)
        own = case.wide.to_numpy()[rows, case.wide.columns.get_indexer(labels["ticker"])[:, None]]
        market = case.wide["mkt"].to_numpy()[rows]
        counts[(group, start, end)] = int(
            (inside & ok & np.isfinite(own + market).all(axis=1)).sum()
        )
    return counts


@pytest.mark.parametrize("model", MODELS)
def test_recurring_firms_are_never_pooled(bench, model: str) -> None:
    """An event of a firm has the figures that it has when it is that firm's only event."""
    case = recurring_firms(bench, min(bench.size(model), 6))
    result = bench.study(model, case, tests=["bmp_t"])
    assert result.n == len(case.observations)
    assert result.car((0, 0)).index.is_unique
    once = case.observations[~case.observations["event_id"].str.startswith("x")]
    alone = bench.study(model, case.having(observations=once), tests=["bmp_t"])
    ours = result.car((0, 0)).loc[alone.fits.index, ["car", "se", "t"]]
    pd.testing.assert_frame_equal(ours, alone.car((0, 0))[["car", "se", "t"]], rtol=1e-7)
    assert (result.tests.query("group == 'all'")["n"] == len(case.observations)).all()


@pytest.mark.parametrize("name", TESTS)
def test_a_test_never_changes_what_it_is_given(bench, name: str) -> None:
    """The same study asked for one test alone gives the same figures as asked for all."""
    case, result = bench.base("market")
    alone = bench.study("market", case, tests=[name])
    bench.same_tests(alone, result_of(result, name), only=name)


def result_of(result, name: str):
    from dataclasses import replace

    return replace(result, tests=result.tests[result.tests["test"] == name])
