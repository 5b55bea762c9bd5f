"""Least detectable effect, type S and type M: against draws, and on ordinary days by counting."""

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.detectable import Errors


@pytest.mark.slow
@pytest.mark.parametrize("df", [4.0, 12.0, 248.0])
@pytest.mark.parametrize("effect", [0.3, 1.2, 2.9])
def test_t_agrees_with_a_fine_grid_of_quantiles(df, effect):
    grid = stats.t.ppf((np.arange(2_000_000) + 0.5) / 2_000_000, df)
    estimate = grid + effect
    found = np.abs(estimate) >= stats.t.ppf(0.975, df)
    got = Errors.of_t(np.array([df]), 0.05).under(np.array([-effect]))
    assert got.power[0] == pytest.approx(found.mean(), abs=2e-6)
    assert got.type_s[0] == pytest.approx((estimate[found] < 0).mean(), abs=2e-5)
    assert got.type_m[0] == pytest.approx(np.abs(estimate[found]).mean() / effect, rel=2e-4)


def test_published_retrodesign():
    # Gelman & Carlin (2014), the beauty study: effect 0.1, standard error 3.28, normal errors.
    errors = Errors.of_t(np.array([1e9]), 0.05)
    one, small = (errors.under(np.array([d / 3.28])) for d in (1.0, 0.1))
    assert small.power[0] == pytest.approx(0.050, abs=0.0005)
    assert small.type_s[0] == pytest.approx(0.46, abs=0.005)
    assert small.type_m[0] == pytest.approx(77, abs=1)
    assert one.power[0] == pytest.approx(0.06, abs=0.005)
    assert one.type_s[0] == pytest.approx(0.19, abs=0.005)


def test_ordinary_days_by_counting():
    rng = np.random.default_rng(5)
    days = rng.standard_t(3, size=(3, 60))
    days[1, 40:] = np.nan
    critical = np.array([2.1, 1.7, np.inf])
    errors = Errors.of_ordinary_days(days, critical)
    effect = np.array([1.4, -0.8, 1.0])
    got = errors.under(effect)
    for i in range(2):
        error = days[i][np.isfinite(days[i])]
        estimates = [s * e + abs(effect[i]) for e in error for s in (1, -1)]
        found = [x for x in estimates if abs(x) >= critical[i]]
        assert got.power[i] == len(found) / len(estimates)
        assert got.type_s[i] == sum(x < 0 for x in found) / len(found)
        assert got.type_m[i] == pytest.approx(np.mean(np.abs(found)) / abs(effect[i]), rel=1e-12)
    assert got.power[2] == 0
    assert np.isnan(got.type_m[2])
    assert np.isnan(got.type_s[2])


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_least_effect_is_found_so_often_and_nothing_less_is(power):
    days = np.random.default_rng(6).standard_normal((2, 249))
    days[1, 200:] = np.nan
    errors = Errors.of_ordinary_days(days, np.array([1.98, 2.2]))
    least = errors.least_effect(power)

    def share(effect):
        return (errors.ordinary + effect[:, None] >= errors.critical[:, None]).sum(axis=1) / (
            np.isfinite(errors.ordinary).sum(axis=1)
        )

    assert (share(least + 1e-9) >= power).all()
    assert (share(least - 1e-9) < power).all()


def test_least_effect_of_t_and_of_a_test_that_never_rejects():
    t = Errors.of_t(np.array([248.0]), 0.05).least_effect(0.8)
    assert t[0] == pytest.approx(stats.t.ppf(0.975, 248) + stats.t.ppf(0.8, 248), rel=1e-12)
    never = Errors.of_ordinary_days(np.ones((1, 9)), np.array([np.inf]))
    assert np.isinf(never.least_effect(0.8)[0])
