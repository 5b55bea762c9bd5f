"""What the residuals of a fit say about its assumptions, by statsmodels."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
    ones of the estimation window; autocorrelation of first order; flags in words: p below 1 %,
    zero returns above 10 %.

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
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
    from statsmodels.stats.stattools import durbin_watson, jarque_bera
    from statsmodels.tsa.stattools import acf

    residuals = residuals / np.abs(residuals).max(initial=np.finfo(np.float64).tiny)
    if len(residuals) < 4 * LAGS:
        return _Diagnosis(flags=f"only {len(residuals)} residuals: no diagnostics")
    ljung_box = float(acorr_ljungbox(residuals, lags=[LAGS])["lb_pvalue"].iloc[0])
    with warnings.catch_warnings():
        # 0.15 announces that a NamedTuple will be returned; its second field is still the p-value.
        warnings.filterwarnings("ignore", "acorr_lm currently returns", FutureWarning)
        arch_lm = float(het_arch(residuals, nlags=LAGS)[1])
    normality = float(jarque_bera(residuals)[1])
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
        durbin_watson=float(durbin_watson(residuals)),
        ljung_box_p=ljung_box,
        arch_lm_p=arch_lm,
        jarque_bera_p=normality,
        stability_p=stability,
        zero_returns=zeros,
        autocorrelation=float(acf(residuals, nlags=1, fft=False)[1]),
        flags=", ".join(flags),
    )


def _stability(residuals: Floats, basis: Floats) -> tuple[float, str]:
    """The p of the F test that the regressors act alike in both halves, and what was tested.

    The residuals are regressed on the regressors and, for the second half, on the slopes'
    regressors once more; those are what `basis` spans beside the constant. NaN where too few
    residuals are left.
    """
    from statsmodels.regression.linear_model import OLS

    m = len(residuals)
    centred = basis - basis.mean(axis=0)
    u, scale, _ = np.linalg.svd(centred, full_matrices=False)
    slopes = u[:, scale > 1e-8]
    tested = "beta" if slopes.shape[1] else "mean"
    acting = slopes if slopes.shape[1] else np.ones((m, 1))
    late = (np.arange(m) >= m // 2)[:, None]
    common = np.column_stack([np.ones(m), slopes])
    full = np.column_stack([common, acting * late])
    if m <= full.shape[1]:
        return np.nan, tested
    restricted = OLS(residuals, common).fit()
    return float(OLS(residuals, full).fit().compare_f_test(restricted)[1]), tested
