"""Placebos that a date's observations share equal those found for each observation alone."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.least_squares import fit_linear
from eventstudy.significance.sums.placebo_dates import date_runs, run_statistics
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics, running_totals

T = 60


@pytest.mark.parametrize("length", [1, 3, 21, 57, 59])
@pytest.mark.parametrize("k", [0, 1, 3])
def test_equal_the_placebos_of_each_observation(k: int, length: int) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4, T, k))
    date = np.array([0, 0, 1, 2, 2, 2, 3])
    y = 0.02 * rng.standard_t(4, size=(7, T)) + x[date].sum(axis=2)
    fits = fit_linear(Batch(y, x[date], y[:, :1], x[date][:, :1]))
    alone = placebo_statistics(Reference.of(fits), length)
    shared = run_statistics(date_runs(x, length), date, fits.residuals, fits.df)
    assert np.isfinite(alone).any() == (fits.df[0] > length)
    np.testing.assert_allclose(shared, alone, rtol=1e-8, atol=1e-10)


def test_a_fit_that_a_run_leaves_without_spread_has_no_placebo_there() -> None:
    x = np.random.default_rng(1).normal(size=(1, T, 1))
    y = 0.5 * x[:, :, 0]
    y[0, 7] += 0.1  # one session that the line misses: without it nothing is left to miss
    fits = fit_linear(Batch(y, x, y[:, :1], x[:, :1]))
    found = run_statistics(date_runs(x, 1), np.array([0]), fits.residuals, fits.df)
    assert list(np.flatnonzero(np.isnan(found[0]))) == [7]


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_running_totals_equal_sums(length: int) -> None:
    values = np.random.default_rng(2).normal(size=(3, 9, 2))
    expected = [values[:, i : i + length].sum(axis=1) for i in range(9 - length + 1)]
    np.testing.assert_allclose(
        running_totals(values, length), np.stack(expected, axis=1), rtol=1e-12, atol=1e-14
    )
