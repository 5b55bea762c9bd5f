"""What the residuals of a fit say about its assumptions.

Regressions on residuals are ill-conditioned, and LAPACK's last digits depend on the processor: they
are computed on an orthonormal basis here, so that the table is the same everywhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.models.kernel.batch import cut_batch

if TYPE_CHECKING:
    from eventstudy.estimation.estimates import Estimates
    from eventstudy.models.kernel.batch import Floats, Panel


LAGS = 5
"""A trading week, for Ljung-Box and ARCH-LM."""

FLAG_BELOW = 0.01
"""A diagnostic p-value below this is flagged: with 28 assets, 0.05 would flag by chance."""

MANY_ZEROS = 0.10
"""A larger share of zero returns is flagged: the asset trades too thinly for its beta."""

DEPENDENT = 1e-8
"""A column counts as a combination of others where no larger part of it is left."""

ZERO_SHARE = "zero_return_share"
"""The label that carries the share of zero returns, so that a saved result still has it."""


@dataclass(frozen=True, slots=True)
class _Diagnosis:
    """The figures of one fit: the columns of the table."""

    durbin_watson: float = np.nan
    ljung_box_p: float = np.nan
    arch_lm_p: float = np.nan
    jarque_bera_p: float = np.nan
    stability_p: float = np.nan
    zero_returns: float = np.nan
    autocorrelation: float = np.nan
    flags: str = ""


COLUMNS = [field.name for field in fields(_Diagnosis)]


def diagnose(estimates: Estimates) -> pd.DataFrame:
    """What every fit's residuals say: one row an observation.

    durbin_watson; ljung_box_p and arch_lm_p over 5 lags; jarque_bera_p; stability_p, the F test of
    Chow (1960) that the slopes are the same in both halves of the estimation window (the constant,
    where the model has no slopes); zero_returns, the share of exactly zero returns among the valid
    ones of the estimation window; autocorrelation of first order; flags in words: p below 1%,
    zero returns above 10%.

    Missing sessions are left out before lags are taken. A fit with fewer than 20 residuals
    has no figures and says so. Needs the estimation windows: studies up to 1,000 observations,
    or placebo=True; the table is empty otherwise.
    """
    if not estimates.has_placebo or not len(estimates.labels):
        return pd.DataFrame(columns=COLUMNS, index=estimates.index[:0])
    labels, fits = estimates.labels, estimates.fits
    zeros = labels[ZERO_SHARE].to_numpy() if ZERO_SHARE in labels else np.full(len(fits), np.nan)
    rows = [
        _diagnose(residuals[valid], basis[valid], float(share))
        for residuals, basis, valid, share in zip(
            fits.residuals, fits.basis, np.isfinite(fits.residuals), zeros, strict=True
        )
    ]
    return pd.DataFrame([asdict(row) for row in rows], index=estimates.index)


def with_zero_share(estimates: Estimates, panel: Panel) -> Estimates:
    """The estimates with each asset's share of zero returns as a label, where diagnosed.

    Counted over the valid returns of the estimation window, because a fit keeps its residuals only.
    """
    if not estimates.has_placebo or ZERO_SHARE in estimates.labels:
        return estimates
    days = estimates.spec.estimation_days
    returns = cut_batch(panel, estimates.positions, days, range(1)).y_est
    share = (returns == 0).sum(axis=1) / np.maximum(np.isfinite(returns).sum(axis=1), 1)
    return replace(estimates, labels=estimates.labels.assign(**{ZERO_SHARE: share}))


def _diagnose(residuals: Floats, basis: Floats, zeros: float) -> _Diagnosis:
    """The figures of one fit; residuals (M,), basis (M, q) spans its regressors."""
    residuals = residuals / np.abs(residuals).max(initial=np.finfo(np.float64).tiny)
    if len(residuals) < 4 * LAGS:
        return _Diagnosis(flags=f"only {len(residuals)} residuals: no diagnostics")
    correlations = _autocorrelations(residuals)
    ljung_box = _ljung_box(correlations, len(residuals))
    arch_lm = _arch_lm(residuals)
    normality = _jarque_bera(residuals)
    stability, tested = _stability(residuals, basis)
    p_values = {
        "autocorrelated": ljung_box,
        "volatility clusters": arch_lm,
        "not normal": normality,
        f"{tested} not stable": stability,
    }
    flags = [name for name, p in p_values.items() if p < FLAG_BELOW]
    if zeros > MANY_ZEROS:
        flags.append("thin trading")
    return _Diagnosis(
        durbin_watson=float((np.diff(residuals) ** 2).sum() / (residuals**2).sum()),
        ljung_box_p=ljung_box,
        arch_lm_p=arch_lm,
        jarque_bera_p=normality,
        stability_p=stability,
        zero_returns=zeros,
        autocorrelation=float(correlations[0]),
        flags=", ".join(flags),
    )


def _stability(residuals: Floats, basis: Floats) -> tuple[float, str]:
    """The p of the F test that the regressors act alike in both halves, and what was tested.

    The residuals are regressed on the regressors and, for the second half, on the slopes'
    regressors once more; those are what `basis` spans beside the constant. NaN where too few
    residuals are left.
    """
    m = len(residuals)
    constant = np.ones((m, 1))
    slopes = _orthonormal(np.column_stack([constant, basis]))[:, 1:]
    tested = "beta" if slopes.shape[1] else "mean"
    late = (np.arange(m) >= m // 2)[:, None]
    common = np.column_stack([constant, slopes])
    full = np.column_stack([common, (slopes if slopes.shape[1] else constant) * late])
    if m <= full.shape[1]:
        return np.nan, tested
    (restricted, few), (ssr, many) = (_left_over(residuals, each) for each in (common, full))
    f = np.divide((restricted - ssr) / (many - few), ssr / (m - many))
    return float(special.fdtrc(many - few, m - many, np.maximum(f, 0.0))), tested


def _autocorrelations(residuals: Floats) -> Floats:
    """(LAGS,) of the residuals about their mean, the first lag first."""
    e = residuals - residuals.mean()
    shifted = [(e[lag:] * e[:-lag]).sum() for lag in range(1, LAGS + 1)]
    return np.asarray(np.array(shifted) / (e * e).sum())


def _ljung_box(correlations: Floats, m: int) -> float:
    """The p of Ljung and Box (1978) that no autocorrelation of m residuals differs from zero."""
    q = m * (m + 2) * (correlations**2 / (m - np.arange(1, LAGS + 1))).sum()
    return float(special.chdtrc(LAGS, q))


def _arch_lm(residuals: Floats) -> float:
    """The p of Engle (1982) that squared residuals do not depend on those of the days before."""
    squares = residuals**2
    lagged = [squares[LAGS - lag : len(squares) - lag] for lag in range(LAGS + 1)]
    now = lagged[0]
    ssr, _ = _left_over(now, np.column_stack([np.ones(len(now)), *lagged[1:]]))
    sst = ((now - now.mean()) ** 2).sum()
    return float(special.chdtrc(LAGS, np.maximum(len(now) * (1 - ssr / sst), 0.0)))


def _jarque_bera(residuals: Floats) -> float:
    """The p-value of Jarque and Bera's (1980) test that the residuals are normal."""
    e = residuals - residuals.mean()
    squares = e**2
    variance = squares.mean()
    skewness = (squares * e).mean() / variance**1.5
    excess = (squares**2).mean() / variance**2 - 3
    return float(special.chdtrc(2, len(e) / 6 * (skewness**2 + excess**2 / 4)))


def _left_over(values: Floats, columns: Floats) -> tuple[float, int]:
    """The sum of squares that columns leave of values, and their rank."""
    basis = _orthonormal(columns)
    left = values
    for one in basis.T:
        left = left - (one * left).sum() * one
    return float((left * left).sum()), basis.shape[1]


def _orthonormal(columns: Floats) -> Floats:
    """A basis of the columns (M, K) by Gram and Schmidt, twice; what others combine is left out."""
    found: list[Floats] = []
    for column in columns.T:
        rest = column
        for one in found * 2:
            rest = rest - (one * rest).sum() * one
        size = np.sqrt((rest * rest).sum())
        if size > DEPENDENT * np.sqrt((column * column).sum()):
            found.append(rest / size)
    return np.array(found).reshape(len(found), len(columns)).T
