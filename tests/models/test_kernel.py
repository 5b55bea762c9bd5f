"""The batched kernel against a plain loop of numpy lstsq, statsmodels and explicit matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Fits, Problem, sum_window
from eventstudy.models.kernel.least_squares import fit_linear
from eventstudy.models.market import market_adjusted as fit_market_adjusted
from eventstudy.spec.windows import Window

SPAN = Window(-5, 5)
SCALES = np.array([1.0, 1e-6, 1e6, 1.0, 1e-3, 1e3])


@dataclass
class Plain:
    """One observation by textbook matrices."""

    coef: np.ndarray
    s: float
    m: int
    df: int
    ar: np.ndarray
    residuals: np.ndarray
    r_squared: float
    inverse: np.ndarray
    event_rows: np.ndarray

    def c(self, day: int) -> float:
        row = self.event_rows[day]
        return float(1 + row @ self.inverse @ row)

    def v(self, days: slice) -> float:
        rows = self.event_rows[days]
        total = rows.sum(axis=0)
        return float(len(rows) + total @ self.inverse @ total)


def plain(y_est: np.ndarray, x_est: np.ndarray, y_event: np.ndarray, x_event: np.ndarray) -> Plain:
    valid = np.isfinite(y_est) & np.isfinite(x_est).all(axis=1)
    X = np.column_stack([np.ones(valid.sum()), x_est[valid]])
    y = y_est[valid]
    unit = np.linalg.norm(X, axis=0)
    coef = np.linalg.lstsq(X / unit, y, rcond=None)[0] / unit
    _, r = np.linalg.qr(X / unit)
    root = np.linalg.inv(r) / unit[:, None]
    residuals = np.full(len(y_est), np.nan)
    residuals[valid] = y - X @ coef
    ssr = np.nansum(residuals**2)
    df = len(y) - X.shape[1]
    rows = np.column_stack([np.ones(len(y_event)), x_event])
    return Plain(
        coef,
        float(np.sqrt(ssr / df)),
        len(y),
        df,
        y_event - rows @ coef,
        residuals,
        float(1 - ssr / ((y - y.mean()) ** 2).sum()),
        root @ root.T,
        rows,
    )


def make_batch(
    k: int, *, n: int = 7, t: int = 60, seed: int = 0, missing: float = 0.05, scales: bool = False
) -> Batch:
    """Fat-tailed returns on correlated regressors, 5% of the returns and some regressors missing."""
    rng = np.random.default_rng(seed)
    w = SPAN.length
    common = rng.normal(size=(n, t + w, 1))
    x = 0.01 * (0.5 * common + rng.normal(size=(n, t + w, k)) + 0.05)
    y = 0.001 + x.sum(axis=2) * 0.8 + 0.02 * rng.standard_t(4, size=(n, t + w))
    if scales:
        x = x * SCALES[:k]
    y[rng.random(y.shape) < missing] = np.nan
    if k:
        x[0, [3, 17, 44]] = np.nan
        x[1, 9, 0] = np.nan
        x[2, t + 6] = np.nan
    return Batch(y[:, :t], x[:, :t], y[:, t:], x[:, t:])


def loop(batch: Batch) -> list[Plain]:
    return [
        plain(*row)
        for row in zip(batch.y_est, batch.x_est, batch.y_event, batch.x_event, strict=True)
    ]


@pytest.mark.parametrize("k", range(7))
@pytest.mark.parametrize("scales", [False, True], ids=["same scale", "1e-6 to 1e6"])
def test_the_batch_equals_a_loop_of_lstsq(k: int, scales: bool) -> None:
    batch = make_batch(k, scales=scales)
    fits = fit_linear(batch)
    assert (fits.problem == Problem.NONE).all()
    for i, one in enumerate(loop(batch)):
        np.testing.assert_allclose(fits.coef[i], one.coef, rtol=1e-10, atol=1e-16)
        np.testing.assert_allclose(fits.s[i], one.s, rtol=1e-12)
        np.testing.assert_allclose(fits.ar[i], one.ar, rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(fits.residuals[i], one.residuals, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(fits.r_squared[i], one.r_squared, rtol=1e-10, atol=1e-14)
        assert (fits.n_obs[i], fits.df[i]) == (one.m, one.df) == (one.m, one.m - 1 - k)


@pytest.mark.parametrize("k", range(7))
@pytest.mark.parametrize("scales", [False, True], ids=["same scale", "1e-6 to 1e6"])
def test_forecast_error_by_explicit_matrices(k: int, scales: bool) -> None:
    batch = make_batch(k, seed=1, missing=0.0, scales=scales)
    fits = fit_linear(batch)
    for i, one in enumerate(loop(batch)):
        for day in range(SPAN.length):
            sums = sum_window(fits, SPAN, Window(day - 5, day - 5))
            if np.isfinite(one.ar[day]):
                np.testing.assert_allclose(sums.se[i], one.s * np.sqrt(one.c(day)), rtol=1e-10)
        for start, end in ((-5, 5), (-1, 1), (0, 4), (2, 2)):
            days = slice(start + 5, end + 6)
            sums = sum_window(fits, SPAN, Window(start, end))
            if np.isfinite(one.ar[days]).all():
                se = one.s * np.sqrt(one.v(days))
                np.testing.assert_allclose(sums.car[i], one.ar[days].sum(), rtol=1e-10)
                np.testing.assert_allclose(sums.se[i], se, rtol=1e-10)
                np.testing.assert_allclose(sums.scar[i], one.ar[days].sum() / se, rtol=1e-10)
            else:
                assert np.isnan([sums.car[i], sums.se[i], sums.scar[i]]).all()


@pytest.mark.parametrize("k", [1, 3])
def test_forecast_error_by_statsmodels_get_prediction(k: int) -> None:
    batch = make_batch(k, seed=2)
    fits = fit_linear(batch)
    for i in range(len(fits)):
        valid = np.isfinite(batch.y_est[i]) & np.isfinite(batch.x_est[i]).all(axis=1)
        ols = sm.OLS(batch.y_est[i][valid], sm.add_constant(batch.x_est[i][valid])).fit()
        np.testing.assert_allclose(fits.coef[i], ols.params, rtol=1e-9)
        np.testing.assert_allclose(fits.s[i], np.sqrt(ols.scale), rtol=1e-10)
        np.testing.assert_allclose(fits.r_squared[i], ols.rsquared, rtol=1e-9)
        seen = np.isfinite(fits.ar[i])
        rows = np.column_stack([np.ones(seen.sum()), batch.x_event[i][seen]])
        se = ols.get_prediction(rows).se_obs
        ours = fits.s[i] * np.sqrt(1 + (fits.root[i][seen] ** 2).sum(axis=1))
        np.testing.assert_allclose(ours, se, rtol=1e-9)


def test_mean_model_has_c_of_one_plus_one_over_m() -> None:
    batch = make_batch(0, seed=3)
    fits = fit_linear(batch)
    c = 1 + (fits.root**2).sum(axis=2)
    np.testing.assert_allclose(c, np.repeat(1 + 1 / fits.n_obs[:, None], 11, axis=1), rtol=1e-14)
    np.testing.assert_array_equal(fits.df, fits.n_obs - 1)
    whole = sum_window(fits, SPAN, Window(0, 3))
    seen = np.isfinite(whole.car)
    v = 4 + 16 / fits.n_obs
    assert seen.any()
    np.testing.assert_allclose(whole.se[seen], (fits.s * np.sqrt(v))[seen], rtol=1e-13)


def test_market_adjusted_estimates_nothing_but_the_spread() -> None:
    batch = make_batch(1, seed=4)
    fits = fit_market_adjusted(batch)
    for i in range(len(fits)):
        abnormal = batch.y_est[i] - batch.x_est[i, :, 0]
        abnormal = abnormal[np.isfinite(abnormal)]
        np.testing.assert_allclose(fits.s[i], np.std(abnormal, ddof=1), rtol=1e-13)
        assert (fits.n_obs[i], fits.df[i]) == (len(abnormal), len(abnormal) - 1)
    np.testing.assert_array_equal(fits.ar, batch.y_event - batch.x_event[:, :, 0])
    window = sum_window(fits, SPAN, Window(-1, 1))
    seen = np.isfinite(window.car)
    np.testing.assert_allclose(window.se[seen], fits.s[seen] * np.sqrt(3), rtol=1e-14)


def test_a_missing_return_is_a_missing_ar_and_never_zero() -> None:
    batch = make_batch(1, seed=5, missing=0.2)
    fits = fit_linear(batch)
    absent = ~np.isfinite(batch.y_event) | ~np.isfinite(batch.x_event[:, :, 0])
    assert absent.any()
    np.testing.assert_array_equal(np.isnan(fits.ar), absent)
    assert not (fits.ar == 0).any()
    valid = np.isfinite(batch.y_est) & np.isfinite(batch.x_est[:, :, 0])
    np.testing.assert_array_equal(np.isfinite(fits.residuals), valid)
    np.testing.assert_array_equal((fits.basis != 0).any(axis=2), valid)


def test_the_basis_is_orthonormal_and_orthogonal_to_the_residuals() -> None:
    batch = make_batch(3, seed=6)
    fits = fit_linear(batch)
    gram = np.swapaxes(fits.basis, 1, 2) @ fits.basis
    np.testing.assert_allclose(gram, np.tile(np.eye(4), (len(fits), 1, 1)), atol=1e-12)
    moments = np.einsum("ntq,nt->nq", fits.basis, np.nan_to_num(fits.residuals))
    np.testing.assert_allclose(moments, 0, atol=1e-14)


def test_a_batch_equals_its_events_alone_and_in_any_order() -> None:
    batch = make_batch(2, seed=7)
    whole = fit_linear(batch)
    order = np.random.default_rng(0).permutation(len(whole))
    mixed = fit_linear(batch.take(order))
    for name in ("coef", "s", "ar", "residuals", "root"):
        ours = getattr(whole, name)
        np.testing.assert_allclose(getattr(mixed, name), ours[order], rtol=1e-11, atol=1e-16)
        for i in range(len(whole)):
            alone = getattr(fit_linear(batch.take(np.array([i]))), name)[0]
            np.testing.assert_allclose(alone, ours[i], rtol=1e-11, atol=1e-16)


def _fit_xy(y: np.ndarray, x: np.ndarray) -> Fits:
    return fit_linear(Batch(y, x, y[:, :11], x[:, :11]))


@pytest.mark.parametrize("t", [120, 250, 1000, 2500])
@pytest.mark.parametrize("k", [1, 3])
def test_a_constant_regressor_is_a_problem_at_any_level(t: int, k: int) -> None:
    """Rounding of the mean of a constant must not pass for variation (it did for 500 sessions)."""
    rng = np.random.default_rng(8)
    levels = rng.uniform(0.05, 50, size=40)
    x = rng.normal(size=(40, t, k))
    x[:, :, -1] = levels[:, None]
    fits = _fit_xy(rng.normal(size=(40, t)), x)
    np.testing.assert_array_equal(fits.problem, Problem.COLLINEAR)


def test_collinear_regressors_are_a_problem_and_nearly_collinear_ones_are_not() -> None:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(2, 100, 3))
    x[0, :, 2] = 2 * x[0, :, 0] - x[0, :, 1]
    x[1, :, 2] = 2 * x[1, :, 0] - x[1, :, 1] + 1e-3 * rng.normal(size=100)
    y = rng.normal(size=(2, 100))
    fits = _fit_xy(y, x)
    assert list(fits.problem) == [Problem.COLLINEAR, Problem.NONE]
    one = plain(y[1], x[1], y[1, :11], x[1, :11])
    np.testing.assert_allclose(fits.coef[1], one.coef, rtol=1e-9)
    np.testing.assert_allclose(
        1 + (fits.root[1] ** 2).sum(axis=1), [one.c(day) for day in range(11)], rtol=1e-8
    )


def test_the_same_regressor_twice_and_a_zero_regressor() -> None:
    rng = np.random.default_rng(10)
    x = rng.normal(size=(2, 100, 2))
    x[0, :, 1] = x[0, :, 0]
    x[1, :, 1] = 0.0
    assert (_fit_xy(rng.normal(size=(2, 100)), x).problem == Problem.COLLINEAR).all()


@pytest.mark.parametrize("level", [0.0, 0.01, 1 / 3, -0.07])
def test_constant_or_copied_returns_leave_nothing_to_test(level: float) -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(size=(2, 250, 1))
    y = np.full((2, 250), level)
    y[1] = 0.001 + 1.7 * x[1, :, 0]
    assert (_fit_xy(y, x).problem == Problem.NO_VARIATION).all()
    adjusted = fit_market_adjusted(Batch(x[:, :, 0], x, x[:, :11, 0], x[:, :11]))
    assert (adjusted.problem == Problem.NO_VARIATION).all()


@pytest.mark.parametrize("left", [0, 1, 2, 3, 4])
def test_too_few_sessions_are_a_problem_without_a_numeric_warning(left: int) -> None:
    """No valid session at all once divided by zero."""
    rng = np.random.default_rng(12)
    y, x = rng.normal(size=(1, 50)), rng.normal(size=(1, 50, 1))
    y[0, left:] = np.nan
    fits = _fit_xy(y, x)
    assert (fits.n_obs[0], fits.df[0]) == (left, left - 2)
    assert (fits.problem[0] == Problem.TOO_FEW) == (left < 3)
    adjusted = fit_market_adjusted(Batch(y, x, y[:, :11], x[:, :11]))
    assert (adjusted.problem[0] == Problem.TOO_FEW) == (left < 2)


def test_no_observation_at_all_is_no_error() -> None:
    batch = make_batch(2).take(np.empty(0, dtype=np.int64))
    assert len(fit_linear(batch)) == 0
    assert len(fit_market_adjusted(batch)) == 0


def test_one_tiny_ratio_of_scales_does_not_lose_digits() -> None:
    """A regressor on a large level, such as an index in points, costs no precision in AR."""
    rng = np.random.default_rng(13)
    x = rng.normal(size=(1, 261, 1))
    y = 0.3 * x[:, :, 0] + rng.normal(size=(1, 261))
    low = fit_linear(Batch(y[:, :250], x[:, :250], y[:, 250:], x[:, 250:]))
    x = x + 5_000.0
    high = fit_linear(Batch(y[:, :250], x[:, :250], y[:, 250:], x[:, 250:]))
    np.testing.assert_allclose(high.ar, low.ar, atol=1e-10)
    np.testing.assert_allclose(high.s, low.s, rtol=1e-12)
    np.testing.assert_allclose((high.root**2).sum(axis=2), (low.root**2).sum(axis=2), rtol=1e-10)


def test_the_portfolio_averages_whoever_has_a_return() -> None:
    batch = make_batch(1, missing=0.3)
    batch.y_est[:, 5] = np.nan
    folio = batch.portfolio()
    for t in range(batch.y_est.shape[1]):
        seen = batch.y_est[:, t][np.isfinite(batch.y_est[:, t])]
        ours = folio.y_est[0, t]
        if len(seen):
            np.testing.assert_allclose(ours, np.mean(seen), rtol=1e-14)
        else:
            assert np.isnan(ours)
    assert np.isnan(folio.y_est[0, 5])
    np.testing.assert_array_equal(folio.x_est[0], batch.x_est[0])
