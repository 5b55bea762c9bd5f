"""Two groups over many dates: Welch by scipy, permutations by hand, clusters by a double loop."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.result.compare import Pair, date_cluster, permuted_labels, welch


def make(n=24, dates=12, length=1, spread=30, mixed=True, seed=1):
    rng = np.random.default_rng(seed)
    date = np.sort(rng.choice(dates * spread, dates, replace=False))[rng.integers(0, dates, n)]
    first = rng.random(n) < 0.4 if mixed else (date % 2 == 0)
    return Pair(rng.standard_t(4, n) / 50 + 0.01 * first, first, np.ones(n), date, length)


def test_welch_is_that_of_scipy():
    pair = make()
    theirs = stats.ttest_ind(pair.x[pair.first], pair.x[~pair.first], equal_var=False)
    ours = welch(pair)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-11)
    assert ours.df == pytest.approx(theirs.df, rel=1e-11)


@pytest.mark.parametrize(("length", "spread"), [(1, 30), (11, 30), (5, 6)])
def test_clusters_by_a_double_loop(length, spread):
    pair = make(n=60, dates=40, length=length, spread=spread)
    n_a, n_b = pair.first.sum(), (~pair.first).sum()
    mean_a, mean_b = pair.x[pair.first].mean(), pair.x[~pair.first].mean()
    part = np.where(pair.first, (pair.x - mean_a) / n_a, -(pair.x - mean_b) / n_b)
    variance = 0.0
    for i in range(60):
        for j in range(60):
            share = max(0.0, 1 - abs(int(pair.date[i]) - int(pair.date[j])) / length)
            variance += part[i] * part[j] * share
    blocks, free = 0, -1
    for day in sorted(set(pair.date.tolist())):
        if day >= free:
            blocks, free = blocks + 1, day + length
    ours = date_cluster(pair)
    assert ours.clusters == blocks
    assert ours.se == pytest.approx(np.sqrt(variance * blocks / (blocks - 1)), rel=1e-10)
    assert ours.df == blocks - 1


def test_permutation_within_dates_by_all_permutations():
    x = np.array([0.03, -0.01, 0.02, 0.05, 0.00, -0.02, 0.01, 0.04])
    first = np.array([1, 0, 1, 0, 1, 0, 0, 0], dtype=bool)
    date = np.array([0, 0, 0, 0, 9, 9, 9, 9])
    pair = Pair(x, first, np.ones(8), date, 1)
    ours = permuted_labels(pair, 4999, 3)
    assert ours.refused  # 6 · 4 = 24 permutations are too few
    x = np.concatenate([x, x[::-1] + 0.005])
    pair = Pair(x, np.tile(first, 2), np.ones(16), np.concatenate([date, date + 30]), 1)
    every = set(permutations([1, 0, 1, 0]))
    lone = set(permutations([1, 0, 0, 0]))

    def t_of(labels):
        labels = np.array(labels, dtype=bool)
        return abs(stats.ttest_ind(x[labels], x[~labels], equal_var=False).statistic)

    here = t_of(pair.first)
    values = [t_of([*a, *b, *c, *d]) for a in every for b in lone for c in every for d in lone]
    exact = np.mean([t >= here - 1e-12 for t in values])
    assert permuted_labels(pair, 4999, 3).p_value == pytest.approx(exact, abs=0.025)


def test_whole_dates_change_their_label_where_dates_have_one_group():
    pair = make(n=40, dates=20, mixed=False)
    ours = permuted_labels(pair, 999, 5)
    again = permuted_labels(pair, 999, 5)
    assert ours == again
    assert 0 < ours.p_value <= 1


def test_sizes_under_a_common_shock_of_the_dates():
    """With shocks that all observations of a date share, only those that keep dates hold."""
    rng = np.random.default_rng(11)
    hits = {"welch": 0, "permutation": 0, "date_cluster": 0}
    samples = 300
    for sample in range(samples):
        date = np.repeat(np.arange(24) * 30, 5)
        first = date % 60 == 0
        x = rng.standard_normal(24)[date // 30] + rng.standard_normal(120)
        pair = Pair(x, first, np.ones(120), date, 3)
        hits["welch"] += welch(pair).p_value < 0.05
        hits["permutation"] += permuted_labels(pair, 199, sample).p_value < 0.05
        hits["date_cluster"] += date_cluster(pair).p_value < 0.05
    assert hits["welch"] / samples > 0.15
    for method in ("permutation", "date_cluster"):
        assert hits[method] / samples < 0.05 + 3 * np.sqrt(0.05 * 0.95 / samples)


@pytest.fixture(scope="module")
def studied():
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2020-01-01", periods=900)
    returns = pd.DataFrame(
        rng.normal(0, 0.01, (900, 21)), index=days, columns=[f"S{i}" for i in range(20)] + ["mkt"]
    )
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(40)],
            "ticker": [f"S{i % 20}" for i in range(40)],
            "date": days[300 + 12 * np.arange(40)],
            "group": ["a", "b"] * 20,
            "size": np.where(np.arange(40) == 7, np.nan, 1.0 + np.arange(40)),
        }
    )
    return events, returns


def test_a_result_compares_its_groups(studied):
    events, returns = studied
    result = es.EventStudy(benchmark="mkt", car=[(0, 0), (-1, 1)], window=(-3, 3)).run(
        events, returns=returns
    )
    table = result.compare("group")
    assert list(table["method"]) == ["welch", "permutation", "date_cluster"] * 2
    car = result.car((-1, 1))["car"].to_numpy()
    a = (result.assets.labels["group"] == "a").to_numpy()
    theirs = stats.ttest_ind(car[a], car[~a], equal_var=False)
    ours = table[(table["start"] == -1) & (table["method"] == "welch")].iloc[0]
    assert ours["p_value"] == pytest.approx(theirs.pvalue, rel=1e-10)
    low, high = theirs.confidence_interval()
    assert (ours["ci_low"], ours["ci_high"]) == pytest.approx((low, high), rel=1e-10)
    for wrong in ({"column": "nope"}, {"values": ["a"]}, {"values": ["a", "c"]}, {"windows": []}):
        with pytest.raises(es.InputError):
            result.compare(**{"column": "group", **wrong})


def test_one_common_date_is_refused_with_a_reason(studied):
    events, returns = studied
    same = events.drop_duplicates("ticker").assign(date=events["date"].iloc[0])
    result = es.EventStudy(benchmark="mkt", car=[(0, 0)]).run(same, returns=returns)
    table = result.compare("group").set_index("method")
    assert table.loc["date_cluster", "refused"]
    assert np.isnan(table.loc["date_cluster", "p_value"])


@pytest.mark.parametrize("mixed", [True, False])
def test_neither_the_order_of_rows_nor_of_groups_changes_a_permutation(mixed):
    pair = make(n=40, dates=24, mixed=mixed, seed=5)
    mixing = np.random.default_rng(2).permutation(40)
    moved = Pair(*(v[mixing] for v in (pair.x, pair.first, pair.weight, pair.date)), pair.length)
    other = Pair(pair.x, ~pair.first, pair.weight, pair.date, pair.length)
    p = permuted_labels(pair, 499, 0).p_value
    assert permuted_labels(moved, 499, 0).p_value == p
    assert permuted_labels(other, 499, 0).p_value == p


def test_a_weighted_difference_keeps_its_size_however_uneven_the_weights():
    rng = np.random.default_rng(8)
    first = np.arange(24) < 12
    rejected = []
    for _ in range(1500):
        weight = np.exp(rng.normal(0, 1.2, 24))
        pair = Pair(rng.normal(0, 0.02, 24), first, weight, np.arange(24) * 30, 1)
        rejected.append(welch(pair).p_value < 0.05)
    assert np.mean(rejected) < 0.075


def test_a_group_of_one_weight_is_refused():
    pair = make(n=40, dates=40)
    heavy = Pair(pair.x, pair.first, np.geomspace(1, 1e30, 40), pair.date, 1)
    assert "weight" in welch(heavy).refused
    assert "weight" in permuted_labels(heavy, 99, 0).refused
    assert "weight" in date_cluster(heavy).refused
