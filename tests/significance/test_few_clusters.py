"""Ibragimov-Müller over clusters of dates against a literal grouping."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.few_clusters import LEAST_CLUSTERS, clusters_in_time
from eventstudy.significance.registry import list_tests
from eventstudy.spec.windows import Window


def world(seed: int, day0: list[int], sessions: int = 400):
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, sessions)
    returns = market + rng.normal(0, 0.02, (len(day0), sessions))
    return returns, market, day0


DATES = [80, 82, 83, 100, 102, 130, 130, 130, 160, 190, 193, 196, 199, 250]


@pytest.mark.parametrize("window", [Window(0, 0), Window(-1, 1), Window(0, 4)])
def test_equals_a_t_test_of_the_means_of_connected_windows(make_group, window) -> None:
    returns, market, day0 = world(1, DATES)
    returns[5, 131] = np.nan
    group = make_group(returns, market, day0)
    sample = group.over(window)
    dates = np.array(day0)[sample.valid]
    clusters: list[list[float]] = []
    last = None
    for i in np.argsort(dates, kind="stable"):
        days = set(range(dates[i] + window.start, dates[i] + window.end + 1))
        if last is None or not days & last:
            clusters.append([])
        last = days
        clusters[-1].append(sample.z[i])
    means = [np.mean(own) for own in clusters]
    expected = stats.ttest_1samp(means, 0)
    outcome = list_tests()["ibragimov_muller_t"].function(sample)
    assert outcome.statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert outcome.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert outcome.df == len(means) - 1
    assert outcome.n == sample.n


def test_a_chain_is_one_cluster_though_its_ends_are_far_apart() -> None:
    day0 = np.array([40, 10, 12, 14, 16, 41, 30])
    assert clusters_in_time(day0, 3).tolist() == [2, 0, 0, 0, 0, 2, 1]
    assert clusters_in_time(day0, 1).tolist() == [5, 0, 1, 2, 3, 6, 4]
    assert clusters_in_time(day0, 100).tolist() == [0] * 7


def test_few_clusters_are_refused(make_group) -> None:
    consecutive = world(2, list(range(100, 110)) * 3)
    group = make_group(*consecutive)
    outcome = list_tests()["ibragimov_muller_t"].function(group.over(Window(0, 4)))
    assert f"at least {LEAST_CLUSTERS}" in outcome.refused
    assert not list_tests()["ibragimov_muller_t"].function(group.over(Window(0, 0))).refused


def test_correlation_within_a_cluster_does_not_matter(make_group) -> None:
    """Events of a cluster that are copies of each other count as one."""
    returns, market, day0 = world(3, [80, 110, 140, 170, 200, 230])
    one = make_group(returns, market, day0)
    copies = make_group(np.repeat(returns, 5, axis=0), market, np.repeat(day0, 5))
    test = list_tests()["ibragimov_muller_t"].function
    first, second = test(one.over(Window(-1, 1))), test(copies.over(Window(-1, 1)))
    assert second.statistic == pytest.approx(first.statistic, rel=1e-10)
