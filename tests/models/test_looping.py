"""GARCH, EGARCH and Huber against direct calls of their libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.univariate import EGARCH, GARCH, LS

import eventstudy as es
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Fits, Problem, sum_window
from eventstudy.models.registry import get_model
from eventstudy.models.variance import egarch_forecast, garch_forecast, gjr_forecast
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.spec.windows import Window

T, W = 250, 16
ESTIMATION, EVENT = range(-260, -10), range(-5, 11)


def make_batch(n: int = 3, seed: int = 0, missing: float = 0.0) -> Batch:
    """Volatility in clusters: GARCH(1,1) with a = .1, b = .85."""
    rng = np.random.default_rng(seed)
    length = 300 + T + W
    z, variance, error = rng.normal(size=(n, length)), np.full(n, 4e-4), np.empty((n, length))
    for t in range(length):
        error[:, t] = np.sqrt(variance) * z[:, t]
        variance = 2e-5 + 0.1 * error[:, t] ** 2 + 0.85 * variance
    x = 0.01 * rng.normal(size=(n, T + W, 1))
    y = 0.0003 + 1.2 * x[:, :, 0] + error[:, 300:]
    y[rng.random(y.shape) < missing] = np.nan
    return Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:], ESTIMATION, EVENT)


def by_arch(batch: Batch, i: int, volatility, unit: float = 100.0):
    seen = np.isfinite(batch.y_est[i])
    model = LS(
        unit * batch.y_est[i][seen],
        unit * batch.x_est[i][seen],
        volatility=volatility,
        rescale=False,
    )
    return model.fit(disp="off", show_warning=False)


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_garch_by_arch_itself(missing: float) -> None:
    batch = make_batch(seed=7, missing=missing)
    fits = get_model("garch").fit(batch)
    assert (fits.problem == Problem.NONE).all()
    for i in range(3):
        direct = by_arch(batch, i, GARCH(1, 0, 1))
        omega = direct.params["omega"] / 1e4
        ours = [
            direct.params["Const"] / 100,
            *direct.params.iloc[1:2],
            omega,
            *direct.params.iloc[3:],
        ]
        np.testing.assert_allclose(fits.coef[i], ours, rtol=2e-3, atol=1e-5)
        last = np.flatnonzero(np.isfinite(batch.y_est[i]))[-1]
        ahead = np.arange(T - 260, T - 260 + W) - (last - 260) + 5  # event day − last session
        assert ahead[0] == -5 - ESTIMATION[last]
        x = np.zeros((1, int(ahead.max())))
        variance = direct.forecast(horizon=int(ahead.max()), x=x).variance.to_numpy()[0] / 1e4
        np.testing.assert_allclose(fits.noise[i] * fits.s[i] ** 2, variance[ahead - 1], rtol=5e-3)
        assert fits.df[i] == np.isfinite(batch.y_est[i]).sum() - 5
        alpha, beta = fits.coef[i, :2]
        np.testing.assert_allclose(
            fits.ar[i], batch.y_event[i] - alpha - beta * batch.x_event[i, :, 0], rtol=1e-9
        )


def test_garch_on_the_scale_that_it_is_fitted_on_gives_the_same_digits() -> None:
    batch = make_batch(1)
    fits = get_model("garch").fit(batch)
    y, x = batch.y_est[0], batch.x_est[0]
    ols = sm.OLS(y, sm.add_constant(x)).fit()
    s, turn = np.sqrt(ols.scale), np.sign((ols.resid**3).sum())
    direct = LS(
        turn * np.round(y / s, 10),
        turn * np.round(x / x.std(), 10),
        volatility=GARCH(1, 0, 1),
        rescale=False,
    ).fit(disp="off")
    np.testing.assert_allclose(fits.coef[0, 3:], direct.params.iloc[3:], rtol=1e-7)
    np.testing.assert_allclose(fits.coef[0, 2], direct.params["omega"] * s**2, rtol=1e-7)
    np.testing.assert_allclose(
        fits.noise_est[0] * fits.s[0] ** 2, direct.conditional_volatility**2 * s**2, rtol=1e-7
    )
    # by sums over the sessions; near the joint one of arch, where all parameters are identified
    information, scores = np.zeros((2, 2)), np.zeros((2, 2))
    for row, error, variance in zip(
        np.column_stack([np.ones(T), x / x.std()]),
        direct.resid,
        direct.conditional_volatility**2,
        strict=True,
    ):
        information += np.outer(row, row) / variance
        scores += np.outer(row, row) * error**2 / variance**2
    covariance = np.linalg.inv(information) @ scores @ np.linalg.inv(information) * s**2
    jointly = direct.param_cov.to_numpy()[:2, :2] * s**2 * [[1, turn], [turn, 1]]
    np.testing.assert_allclose(np.diag(covariance), np.diag(jointly), rtol=0.15)
    rows = np.column_stack([np.ones(W), batch.x_event[0] / x.std()])
    expected = np.einsum("wk,kl,wl->w", rows, covariance, rows)
    np.testing.assert_allclose(
        (fits.root[0] ** 2).sum(axis=1) * fits.s[0] ** 2, expected, rtol=1e-4
    )


@pytest.mark.parametrize(
    ("volatility", "forecast"),
    [
        (GARCH(1, 0, 1), garch_forecast),
        (GARCH(1, 1, 1), gjr_forecast),
        (EGARCH(1, 1, 1), egarch_forecast),
    ],
    ids=["garch", "gjr", "egarch"],
)
def test_forecasts_by_arch(volatility, forecast) -> None:
    """One step exactly; EGARCH beyond it against a simulation of 200,000 paths."""
    direct = by_arch(make_batch(1), 0, volatility)
    parameters = direct.params.to_numpy()[2:]
    last = direct.resid[-1], direct.conditional_volatility[-1] ** 2
    ours = forecast(parameters, *last, 20)
    x = np.zeros((1, 20))
    if volatility.name != "EGARCH":
        theirs = direct.forecast(horizon=20, x=x).variance.to_numpy()[0]
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    else:
        one = direct.forecast(horizon=1, x=x[:, :1]).variance.to_numpy()[0]
        np.testing.assert_allclose(ours[:1], one, rtol=1e-12)
        rng = np.random.default_rng(0)
        omega, a, g, b = parameters
        log = np.full(200_000, np.log(ours[0]))
        for h in range(1, 20):
            z = rng.normal(size=len(log))
            log = omega + a * (np.abs(z) - np.sqrt(2 / np.pi)) + g * z + b * log
            np.testing.assert_allclose(ours[h], np.exp(log).mean(), rtol=0.02)


def likelihoods(fits: Fits) -> np.ndarray:
    """Gaussian log-likelihoods of the fitted residuals and variances, in units of s."""
    z, variance = fits.residuals / fits.s[:, None], fits.noise_est
    terms = np.log(2 * np.pi * variance) + z**2 / variance
    return -0.5 * np.where(np.isfinite(z), terms, 0.0).sum(axis=1)


class Bounded(EGARCH):
    """By the bounds of the model's page."""

    def bounds(self, resids):
        omega, _, leverage, _ = super().bounds(resids)
        return [omega, (0.0, np.inf), leverage, (0.0, 0.999)]


@pytest.mark.parametrize(
    ("model", "volatility", "low", "high"),
    [
        ("garch", GARCH(1, 0, 1), (0.01, 0.0, 0.0), (1.0, 0.5, 0.5)),
        ("gjr", GARCH(1, 1, 1), (0.01, 0.0, 0.0, 0.0), (1.0, 0.3, 0.3, 0.5)),
        ("egarch", Bounded(1, 1, 1), (-0.1, 0.0, -0.3, 0.0), (0.1, 0.5, 0.3, 0.98)),
    ],
    ids=["garch", "gjr", "egarch"],
)
def test_no_random_start_finds_a_higher_likelihood(model: str, volatility, low, high) -> None:
    """Fat tails and no clusters: the likelihood is flat and has many maxima.

    |z| puts kinks into that of EGARCH, so that maxima less than a tenth apart lie side by side.
    """
    rng = np.random.default_rng(11)
    x = 0.01 * rng.normal(size=(2, T + W, 1))
    y = x[:, :, 0] + 0.02 * rng.standard_t(4, size=(2, T + W))
    batch = Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:], ESTIMATION, EVENT)
    fits = get_model(model).fit(batch)
    assert (fits.problem == Problem.NONE).all()
    found = likelihoods(fits)
    for i in range(2):
        scale = fits.s[i]
        direct = LS(
            y[i, :T] / scale, x[i, :T] / x[i, :T].std(), volatility=volatility, rescale=False
        )
        for _ in range(5):
            start = np.append([0.0, 0.5], rng.uniform(low, high))
            one = direct.fit(disp="off", show_warning=False, starting_values=start)
            if one.convergence_flag == 0:
                assert one.loglikelihood < found[i] + 0.1


def test_large_news_never_calm_the_next_session() -> None:
    """Where arch by itself ends with a < 0, a fit of single outliers."""
    rng = np.random.default_rng(5)
    x = 0.01 * rng.normal(size=(6, T + W, 1))
    y = x[:, :, 0] + 0.02 * rng.standard_t(4, size=(6, T + W))
    batch = Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:], ESTIMATION, EVENT)
    fits = get_model("egarch").fit(batch)
    free = [by_arch(batch, i, EGARCH(1, 1, 1)).params["alpha[1]"] for i in range(6)]
    assert min(free) < -0.05
    assert (fits.coef[:, 3] >= 0).all()
    assert ((fits.coef[:, 5] >= 0) & (fits.coef[:, 5] < 1)).all()


def test_gjr_by_arch_itself() -> None:
    """Falls raise the variance: γ = .15, and the returns turned round have it the other way."""
    rng = np.random.default_rng(9)
    z, variance, error = rng.normal(size=800), 4e-4, np.empty(800)
    for t in range(800):
        error[t] = np.sqrt(variance) * z[t]
        variance = 2e-5 + (0.03 + 0.15 * (z[t] < 0)) * error[t] ** 2 + 0.82 * variance
    x = 0.01 * rng.normal(size=(1, 800, 1))
    y = 1.2 * x[:, :, 0] + error
    batch = Batch(y[:, :700], x[:, :700], y[:, 700:716], x[:, 700:716], range(-710, -10), EVENT)
    fits = get_model("gjr").fit(batch)
    direct = by_arch(batch, 0, GARCH(1, 1, 1))
    ours = fits.coef[0] * [100, 1, 1e4, 1, 1, 1]
    np.testing.assert_allclose(ours, direct.params, rtol=5e-3, atol=1e-4)
    flipped = Batch(
        -batch.y_est, -batch.x_est, -batch.y_event, -batch.x_event, batch.estimation, batch.event
    )
    mirrored = get_model("gjr").fit(flipped)
    alpha, beta, omega, a, leverage, b = fits.coef[0]
    np.testing.assert_allclose(
        mirrored.coef[0], [-alpha, beta, omega, a + leverage, -leverage, b], rtol=1e-4, atol=1e-8
    )
    np.testing.assert_allclose(mirrored.ar, -fits.ar, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(mirrored.noise, fits.noise, rtol=1e-4)


@pytest.mark.parametrize("model", ["garch", "gjr", "egarch"])
def test_the_variance_from_the_day_before_by_a_loop(model: str) -> None:
    """Parameters of the estimation window, residuals up to the day before, none after day 0."""
    whole = make_batch(2, seed=3)
    event = range(-10, 6)
    batch = Batch(whole.y_est, whole.x_est, whole.y_event.copy(), whole.x_event, ESTIMATION, event)
    batch.y_event[0, 4] = np.nan
    known = get_model(model)
    assert known.day_before is not None
    at_end, fits = known.fit(batch), known.day_before(batch)
    for name in ("coef", "s", "ar", "residuals", "df", "noise_est"):
        np.testing.assert_array_equal(getattr(fits, name), getattr(at_end, name))
    np.testing.assert_allclose(fits.noise[:, 0], at_end.noise[:, 0], rtol=1e-12)
    for i in range(2):
        s2, (omega, *rest) = fits.s[i] ** 2, fits.coef[i, 2:]
        variance, error = fits.noise_est[i, -1] * s2, fits.residuals[i, -1]
        for w, day in enumerate(event):
            unknown = day > 0 or np.isnan(error)
            if model == "egarch" and unknown:
                break  # beyond a session: checked against simulation above
            square = variance if unknown else error**2
            if model == "garch":
                variance = omega + rest[0] * square + rest[1] * variance
            elif model == "gjr":
                falls = 0.5 if unknown else float(error < 0)
                variance = omega + (rest[0] + rest[1] * falls) * square + rest[2] * variance
            else:
                z = error / np.sqrt(variance)
                news = rest[0] * (abs(z) - np.sqrt(2 / np.pi)) + rest[1] * z
                variance = np.exp(omega + news + rest[2] * np.log(variance))
            np.testing.assert_allclose(fits.noise[i, w] * s2, variance, rtol=1e-8)
            error = fits.ar[i, w]
    shocked = Batch(
        batch.y_est, batch.x_est, batch.y_event.copy(), batch.x_event, ESTIMATION, event
    )
    shocked.y_event[:, event.index(0)] -= 0.3
    np.testing.assert_array_equal(known.day_before(shocked).noise, fits.noise)
    shocked.y_event[:, event.index(-1)] -= 0.3
    later = known.day_before(shocked).noise[:, event.index(0) :]
    assert (later >= fits.noise[:, event.index(0) :]).all()
    assert (later[:, 0] > fits.noise[:, event.index(0)]).any()


def test_variance_from_is_refused_where_it_means_nothing() -> None:
    with pytest.raises(es.InputError, match="choose one of garch, gjr, egarch"):
        es.EventStudy(variance_from="day_before")
    with pytest.raises(es.InputError, match=r"window=\(-10, 5\)"):
        es.EventStudy("garch", window=(-5, 5), car=(0, 0), variance_from="day_before")
    study = es.EventStudy("garch", window=(-10, 5), car=(0, 0), variance_from="day_before")
    assert study.spec.variance_from == "day_before"


def test_egarch_is_fitted_where_the_search_of_arch_fails() -> None:
    """On homoskedastic errors the likelihood is flat and its default start fails often."""
    rng = np.random.default_rng(5)
    x = 0.01 * rng.normal(size=(8, T + W, 1))
    y = x[:, :, 0] + 0.02 * rng.standard_t(4, size=(8, T + W))
    batch = Batch(y[:, :T], x[:, :T], y[:, T:], x[:, T:], ESTIMATION, EVENT)
    fits = get_model("egarch").fit(batch)
    assert (fits.problem == Problem.NONE).sum() >= 7
    ratio = np.sqrt(fits.noise[fits.problem == Problem.NONE])
    assert ((ratio > 0.3) & (ratio < 3)).all()


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_robust_by_statsmodels_itself(missing: float) -> None:
    batch = make_batch(4, seed=1, missing=missing)
    fits = get_model("robust").fit(batch)
    window = sum_window(fits, Window(-5, 10), Window(-1, 2))
    for i in range(4):
        seen = np.isfinite(batch.y_est[i])
        direct = sm.RLM(batch.y_est[i][seen], sm.add_constant(batch.x_est[i][seen])).fit()
        np.testing.assert_allclose(fits.coef[i], direct.params, rtol=1e-12)
        np.testing.assert_allclose(fits.s[i], direct.scale, rtol=1e-12)
        assert fits.df[i] == seen.sum() - 2
        rows = np.column_stack([np.ones(W), batch.x_event[i]])
        total = rows[4:8].sum(axis=0)
        se = np.sqrt(4 * direct.scale**2 + total @ direct.bcov_scaled @ total)
        if np.isfinite(window.car[i]):
            np.testing.assert_allclose(window.se[i], se, rtol=1e-10)


def test_robust_ignores_an_outlier_that_pulls_least_squares() -> None:
    batch = make_batch(1, seed=2)
    clean = get_model("robust").fit(batch).coef[0]
    batch.y_est[0, 17] += 1.0
    pulled = get_model("robust").fit(batch).coef[0]
    np.testing.assert_allclose(pulled, clean, atol=0.05)
    assert abs(get_model("market").fit(batch).coef[0, 0] - clean[0]) > 0.003


@pytest.mark.slow
@pytest.mark.parametrize("model", ["garch", "gjr", "egarch", "robust"])
def test_one_at_a_time_and_in_any_order(model: str) -> None:
    batch, fit = make_batch(3, seed=3, missing=0.02), get_model(model).fit
    whole, mixed = fit(batch), fit(batch.take(np.array([2, 0])))
    for name in ("coef", "s", "ar", "root", "noise", "noise_est", "residuals", "df"):
        ours = getattr(whole, name)
        np.testing.assert_allclose(getattr(mixed, name), ours[[2, 0]], rtol=1e-4, atol=1e-8)
        alone = getattr(fit(batch.take(np.array([1]))), name)
        np.testing.assert_allclose(alone[0], ours[1], rtol=1e-4, atol=1e-8)
    hundred = Batch(
        100 * batch.y_est,
        100 * batch.x_est,
        100 * batch.y_event,
        100 * batch.x_event,
        ESTIMATION,
        EVENT,
    )
    z = sum_window(whole, Window(-5, 10), Window(0, 3)).scar
    np.testing.assert_allclose(
        sum_window(fit(hundred), Window(-5, 10), Window(0, 3)).scar, z, rtol=1e-3
    )


@pytest.mark.parametrize("model", ["garch", "gjr", "egarch", "robust"])
def test_what_cannot_be_fitted_is_a_problem_and_stacks_with_what_can(model: str) -> None:
    batch = make_batch(4, seed=4)
    batch.x_est[0] = 0.01
    batch.y_est[1] = 0.002
    batch.y_est[2, 2:] = np.nan
    fits = get_model(model).fit(batch)
    assert list(fits.problem) == [
        Problem.COLLINEAR,
        Problem.NO_VARIATION,
        Problem.TOO_FEW,
        Problem.NONE,
    ]
    bad = get_model(model).fit(batch.take(np.arange(3)))
    assert bad.noise.shape[1] == fits.noise.shape[1]
    assert bad.noise_est.shape[1] == fits.noise_est.shape[1]


def test_no_convergence_is_an_exclusion_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from eventstudy.models import robust

    monkeypatch.setattr(robust, "ITERATIONS", 2)
    batch = make_batch(2)
    assert (get_model("robust").fit(batch).problem == Problem.NO_CONVERGENCE).all()


def test_placebos_of_garch_are_in_units_of_their_own_day() -> None:
    """By explicit weighted matrices; for one day e/σ, studentised without the day."""
    batch = make_batch(1, missing=0.03)
    fits = get_model("garch").fit(batch)
    seen = np.isfinite(fits.residuals[0])
    w = np.sqrt(fits.noise_est[0][seen])
    rows = np.column_stack([np.ones(seen.sum()), batch.x_est[0][seen]]) / w[:, None]
    hat = rows @ np.linalg.inv(rows.T @ rows) @ rows.T
    e = fits.residuals[0][seen] / w
    scale = fits.s[0] / np.sqrt(e @ e / fits.df[0])
    for length in (1, 3):
        ours = placebo_statistics(Reference.of(fits), length)[0]
        place = np.flatnonzero(seen)
        for start in range(0, seen.sum() - length, 17):
            block = np.arange(start, start + length)
            if place[block[-1]] - place[start] != length - 1:
                assert np.isnan(ours[place[start]])
                continue
            inverse = np.linalg.inv(np.eye(length) - hat[np.ix_(block, block)])
            car = w[block] @ inverse @ e[block]
            v = w[block] @ inverse @ w[block]
            s2 = (e @ e - e[block] @ inverse @ e[block]) / (fits.df[0] - length)
            np.testing.assert_allclose(
                ours[place[start]], car / (scale * np.sqrt(s2 * v)), rtol=1e-8
            )


def test_placebos_of_robust_have_the_scale_of_its_s() -> None:
    """Else fat tails, which the MAD does not see, would make every event look rare."""
    rng = np.random.default_rng(7)
    x = 0.01 * rng.normal(size=(200, 151, 1))
    y = x[:, :, 0] + 0.02 * rng.standard_t(3, size=(200, 151))
    fits = get_model("robust").fit(Batch(y[:, :150], x[:, :150], y[:, 150:], x[:, 150:]))
    found = placebo_statistics(Reference.of(fits), 1)
    z = np.abs(fits.ar[:, 0]) / fits.s
    p = (1 + (np.abs(found) >= z[:, None]).sum(axis=1)) / 151
    assert 0.02 < (p <= 0.05).mean() < 0.09


def test_an_event_before_or_between_estimation_windows_is_refused() -> None:
    rng = np.random.default_rng(8)
    days = pd.bdate_range("2023-01-02", periods=600)
    wide = pd.DataFrame(0.01 * rng.normal(size=(600, 2)), index=days, columns=["A", "mkt"])
    frame = pd.DataFrame({"event_id": [1], "ticker": ["A"], "date": days[280]})
    for windows in ({"estimation": (21, 200)}, {"post_estimation": (30, 100)}):
        with pytest.raises(es.InputError, match="garch forecasts the variance from the estimation"):
            es.EventStudy(model="garch", benchmark="mkt", **windows).run(frame, returns=wide)


def test_a_forecast_beyond_all_numbers_is_infinite():
    parameters = np.array([1.384, 17.21, 10.54, 0.7267])
    found = egarch_forecast(parameters, -1.04e-6, 3.096e-7, 12)
    assert np.isinf(found[-1])
    assert np.isfinite(found[0])
