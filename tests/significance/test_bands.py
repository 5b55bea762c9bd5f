"""Simultaneous bands: the critical value against laws that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from eventstudy.significance.sums.bands import DRAWS, path_covariance, sup_t_quantile


def tolerance(df: float, confidence: float) -> float:
    """Four Monte-Carlo standard errors of the quantile of one |t|, which bounds the spread."""
    c = stats.t.ppf((1 + confidence) / 2, df)
    density = 2 * stats.t.pdf(c, df)
    return 4 * np.sqrt(confidence * (1 - confidence) / DRAWS) / density


@pytest.mark.parametrize("df", [5.0, 30.0, 248.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_one_day_is_students_t(df, confidence):
    found = sup_t_quantile(np.array([[2.5]]), df, confidence)
    exact = stats.t.ppf((1 + confidence) / 2, df)
    assert found == pytest.approx(exact, abs=tolerance(df, confidence))


@pytest.mark.parametrize("days", [2, 5, 21])
@pytest.mark.parametrize("df", [10.0, 248.0])
def test_independent_days_follow_the_studentised_maximum_modulus(days, df):
    found = sup_t_quantile(np.diag(np.arange(1.0, days + 1)), df, 0.95)

    def inside(u: float) -> float:
        s = np.sqrt(stats.chi2.ppf(u, df) / df)
        return float((2 * stats.norm.cdf(found * s) - 1) ** days)

    covered, _ = integrate.quad(inside, 0, 1, limit=200)
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / DRAWS))


def test_three_cumulated_days_follow_the_multivariate_t():
    covariance = path_covariance(np.array([[0.1, 0.3], [0.1, -0.2], [0.1, 0.0]]), np.ones(3))
    found = sup_t_quantile(covariance, 12.0, 0.95)
    scale = np.sqrt(np.diag(covariance))
    law = stats.multivariate_t(shape=covariance / np.outer(scale, scale), df=12.0)
    box = np.full(3, found)
    covered = law.cdf(box, lower_limit=-box, random_state=1, maxpts=400_000)
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / DRAWS))


def test_the_covariance_is_that_of_sums_day_by_day():
    rng = np.random.default_rng(3)
    root, noise = rng.normal(size=(4, 2)), rng.uniform(0.5, 2.0, 4)
    found = path_covariance(root, noise)
    for i in range(4):
        for j in range(4):
            own = sum(noise[k] for k in range(min(i, j) + 1))
            shared = root[: i + 1].sum(axis=0) @ root[: j + 1].sum(axis=0)
            assert found[i, j] == pytest.approx(own + shared, rel=1e-12)


def test_between_one_day_and_bonferroni_and_the_same_twice():
    covariance = path_covariance(np.full((21, 1), 0.06), np.ones(21))
    found = sup_t_quantile(covariance, 248.0, 0.95)
    assert stats.t.ppf(0.975, 248) < found < stats.t.ppf(1 - 0.025 / 21, 248)
    assert found == sup_t_quantile(covariance, 248.0, 0.95)
