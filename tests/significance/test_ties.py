"""Ties by one tolerance: values that differ by rounding are the same, wherever they are ranked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import eventstudy as es
from eventstudy.compiled import kernel
from eventstudy.significance.outcome import ranked
from eventstudy.significance.registry import list_tests
from eventstudy.significance.resampling import _t_statistics
from eventstudy.significance.sums.ties import SAME, mean_ranks, tie_starts
from eventstudy.spec.windows import Window

DAY = Window(0, 0)
BY_RANKS = (
    *("corrado_z", "cowan_rank_z", "corrado_zivney_z", "corrado_zivney_sign_z"),
    *("grank_t", "grank_z", "grank_overlap_t", "sign_gsar_t", "wilcoxon", "wilcoxon_z"),
)


@given(st.lists(st.lists(st.integers(-4, 4), min_size=7, max_size=7), min_size=1, max_size=5))
def test_ranks_equal_scipys_whatever_the_last_bits(rows: list[list[int]]) -> None:
    values = np.array(rows, dtype=np.float64)
    shaken = values * (1 + 1e-15 * np.cos(np.arange(values.size)).reshape(values.shape))
    assert (mean_ranks(values) == stats.rankdata(values, axis=1)).all()
    assert (mean_ranks(shaken) == stats.rankdata(values, axis=1)).all()


def test_a_tie_is_relative_to_the_scale_of_the_row() -> None:
    row = np.array([[0.01, 0.01 * (1 + 1e-14), 0.02, -0.03]])
    for unit in (1e-200, 1e-9, 1.0, 1e9, 1e200):
        assert mean_ranks(unit * row).tolist() == [[2.5, 2.5, 4.0, 1.0]]


def test_a_small_difference_of_large_returns_has_their_rounding() -> None:
    """−1e-18 and 2e-18 are what rounding leaves of 0 beside returns of a per cent."""
    row = np.array([[-0.01, -1e-18, 2e-18, 0.03, 0.02]])
    assert mean_ranks(row).tolist() == [[1.0, 2.5, 2.5, 5.0, 4.0]]


def test_one_wrong_price_does_not_make_all_others_the_same() -> None:
    row = np.array([[0.01, 0.02, -0.03, 1e15, 0.015]])
    assert mean_ranks(row).tolist() == [[2.0, 4.0, 1.0, 5.0, 3.0]]


def test_a_chain_of_small_steps_is_no_tie() -> None:
    """Each is within the tolerance of its neighbour, the ends are not: cut into ties of the first."""
    row = 1 + 0.6 * SAME * np.arange(7)[None]
    assert tie_starts(row).tolist() == [[0, 0, 2, 2, 4, 4, 6]]
    assert mean_ranks(row).tolist() == [[1.5, 1.5, 3.5, 3.5, 5.5, 5.5, 7.0]]


def test_what_is_missing_ranks_last_and_ties_with_nothing() -> None:
    row = np.array([[np.nan, 2.0, np.nan, 2.0, 1.0], [np.nan] * 5])
    assert mean_ranks(row)[0, [1, 3, 4]].tolist() == [2.5, 2.5, 1.0]
    assert tie_starts(np.sort(row, axis=1)).tolist() == [[0, 1, 1, 3, 4], [0, 1, 2, 3, 4]]


def test_signed_ranks_share_what_differs_in_the_last_bit(make_group) -> None:
    """|x| of 0.1 + 0.2 and of 0.3 is one size: 1.5 each, where bits would give 1 and 2."""
    n = 22
    returns = np.random.default_rng(1).normal(0, 0.02, (n, 130))
    day = np.array([0.1 + 0.2, -0.3, *np.linspace(0.4, 2.0, n - 2)]) / 50
    returns[:, 90] = day
    group = make_group(returns, np.zeros(130), [90] * n, model="market_adjusted")
    outcome = list_tests()["wilcoxon"].function(group.over(DAY))
    assert abs(day[0]) != abs(day[1])
    exact = stats.rankdata(np.round(np.abs(day), 12))
    assert outcome.distribution == "N"
    theirs = stats.wilcoxon(np.round(day, 12), method="asymptotic", correction=False)
    assert outcome.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    plus = exact[day > 0].sum()
    assert plus == n * (n + 1) / 2 - 1.5
    ties = (2**3 - 2) / 48
    spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties)
    assert outcome.statistic == pytest.approx((plus - n * (n + 1) / 4) / spread, rel=1e-12)


@pytest.mark.parametrize("name", BY_RANKS)
def test_the_last_bits_of_returns_change_no_rank(make_group, name: str) -> None:
    rng = np.random.default_rng(6)
    returns = rng.normal(0, 0.02, (15, 150)).round(2)  # many ties
    day0 = (75 + rng.integers(0, 40, 15)).tolist()
    market = np.zeros(150)
    shaken = returns * (1 + 1e-15 * rng.uniform(-1, 1, returns.shape))
    first, second = (
        list_tests()[name].function(
            make_group(table, market, day0, model="market_adjusted").over(DAY)
        )
        for table in (returns, shaken)
    )
    assert not first.refused
    assert second.statistic == pytest.approx(first.statistic, rel=1e-9, abs=1e-12)
    assert second.distribution == first.distribution


def test_draws_that_equal_the_statistic_but_for_rounding_are_as_extreme() -> None:
    outcome = ranked(0.3, np.array([0.1 + 0.2, -0.3, -(0.1 + 0.2), 0.1]), "resampled", 4)
    below = ranked(0.1 + 0.2, np.array([0.3, -0.3, 0.3, 0.1]), "resampled", 4)
    assert outcome.p_value == below.p_value == (1 + 3) / 5
    assert (outcome.p_greater, below.p_greater) == ((1 + 1) / 5, (1 + 2) / 5)


@pytest.mark.parametrize("large", [1, 10**9], ids=["compiled", "numpy"])
def test_equal_ranks_have_no_spread_however_they_are_summed(monkeypatch, large: int) -> None:
    """Every event day is the largest of its window, so all rank alike."""
    monkeypatch.setattr(kernel, "LARGE", large)
    rng, days = np.random.default_rng(0), pd.bdate_range("2020-01-01", periods=120)
    names = [f"F{i}" for i in range(30)]
    values, at = 0.01 * rng.standard_normal((120, 31)), 90 + np.arange(30) % 20
    values[at, np.arange(30)] += rng.uniform(0.2, 0.3, 30)
    wide = pd.DataFrame(values, days, [*names, "mkt"])
    study = es.EventStudy(
        benchmark="mkt",
        estimation=(-60, -11),
        window=(0, 0),
        car=[(0, 0)],
        min_obs=20,
        tests=["grank_overlap_t"],
    )
    for n in range(8, 30, 3):
        events = pd.DataFrame({"event_id": names, "ticker": names, "date": days[at]})[:n]
        tests = study.run(events, returns=wide).tests
        assert (tests["refused"].str.contains("same value")).all()


def test_equal_placebos_have_no_spread_however_they_are_summed() -> None:
    z = np.array([0.1, 0.7, 1.3, 2.1])[:, None] * np.ones(7)
    n = np.full(4, 7.0)
    assert (_t_statistics(z.sum(axis=1), (z * z).sum(axis=1), n) == 0).all()
    z[:, 0] *= 1.001
    assert _t_statistics(z.sum(axis=1), (z * z).sum(axis=1), n) == pytest.approx(
        z.mean(axis=1) / z.std(axis=1, ddof=1) * np.sqrt(7), rel=1e-6
    )
