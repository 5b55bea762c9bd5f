"""Correlations summed in machine code against the same from residuals, pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy.compiled import kernel
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.sums.estimation_windows import EstimationWindows
from eventstudy.significance.sums.many_pairs import many_pair_sums
from eventstudy.significance.sums.moments import window_moments
from eventstudy.significance.sums.pair_correlation import calendar_pair_sums
from eventstudy.spec.study_spec import StudySpec

N, ASSETS, SESSIONS = 300, 11, 150


def windows_of(
    model: str, gaps: float, designs: int, *, keep: bool = False, **options: object
) -> EstimationWindows:
    rng = np.random.default_rng(7)
    x = 0.01 * rng.normal(size=(designs, SESSIONS, 1))
    returns = 0.02 * rng.standard_t(4, size=(ASSETS, SESSIONS)) + x[0, :, 0]
    returns += 0.01 * rng.normal(size=SESSIONS)
    returns[rng.random(returns.shape) < gaps] = np.nan
    returns[2, 70] = 40.0  # a shock that some windows hold and gaps of others cut out
    returns[3, 68:72] = np.nan
    given = {"estimation": (-50, -11), "window": (-2, 2), "car": (), "min_obs": 20, **options}
    spec = StudySpec(model=model, **given)
    last = min(SESSIONS - 1 - spec.estimation.end, 140)
    days = np.r_[60:75, 100, 101, last - 2 : last + 1]
    day0 = rng.choice(days, N)  # assets come twice on a date
    at = Positions(rng.integers(0, ASSETS, N), day0, rng.integers(0, designs, N))
    panel, chosen = Panel(returns, x), get_model(model)
    fits = estimate(panel, at, chosen, spec, keep_windows=keep)
    return EstimationWindows(fits, at, panel, chosen, spec)


@pytest.mark.parametrize("gaps", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("designs", [1, 3])
@pytest.mark.parametrize("model", ["market", "market_adjusted", "mean"])
def test_sums_over_all_pairs(
    model: str, designs: int, gaps: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "LARGE", 1)
    windows = windows_of(model, gaps, designs)
    compared(windows)


@pytest.mark.parametrize("width", range(33, 41))
def test_windows_of_any_width_up_to_the_last_session(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the event, so that the windows of the last dates end with the data."""
    monkeypatch.setattr(kernel, "LARGE", 1)
    late = windows_of("market", 0.0, 1, estimation=(10, 9 + width), min_obs=20)
    assert late.complete[late.positions.day0 + 9 + width == SESSIONS - 1].any()
    compared(late)


@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_two_estimation_windows_and_kept_residuals(
    gaps: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "LARGE", 1)
    compared(windows_of("market", gaps, 2, post_estimation=(5, 20)))
    compared(windows_of("market", gaps, 2, keep=True))


def compared(windows: EstimationWindows) -> None:
    at, lags = windows.positions, 6
    ours = many_pair_sums(windows, lags)
    theirs = calendar_pair_sums(windows.residuals, at.day0, at.asset, lags)
    assert (theirs[:3] != 0).all()
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12 * scale)


def test_moments_of_one_day_whose_variance_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As GARCH models leave them: rows of one day look like slices of one row."""
    windows = windows_of("market", 0.0, 1, window=(0, 0))
    fits, span = windows.fits, windows.spec.span
    noise = np.random.default_rng(1).uniform(0.5, 4, size=fits.ar.shape)
    rows = replace(fits.leverage, rows=fits.leverage.rows[fits.leverage.of], of=np.arange(N))
    changing = replace(fits, leverage=rows, noise=noise)
    monkeypatch.setattr(kernel, "LARGE", 10**9)
    (expected,) = window_moments(changing, span, [span])
    monkeypatch.setattr(kernel, "LARGE", 1)
    assert window_moments(changing, span, [span]) == [expected]
