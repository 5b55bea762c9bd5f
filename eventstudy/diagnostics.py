"""What the residuals of a fit say about its assumptions, by statsmodels."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from eventstudy.estimates import Estimates
    from eventstudy.models.batch import Floats

LAGS = 5
"""A trading week, for Ljung-Box and ARCH-LM."""

FLAG_BELOW = 0.01
"""A diagnostic p-value below this is flagged: with 28 assets, 0.05 would flag by chance."""


def diagnose(estimates: Estimates) -> pd.DataFrame:
    """Durbin-Watson, Ljung-Box, ARCH-LM and Jarque-Bera of every fit's residuals.

    One row an observation: durbin_watson, ljung_box_p, arch_lm_p, jarque_bera_p, flags (in words).
    Missing sessions are left out before lags are taken. A fit with fewer than 4·LAGS residuals
    has no figures and says so. Needs the estimation windows: studies up to 1,000 observations,
    or placebo=True; the table is empty otherwise.
    """
    columns = ["durbin_watson", "ljung_box_p", "arch_lm_p", "jarque_bera_p", "flags"]
    if not estimates.has_placebo:
        return pd.DataFrame(columns=columns, index=estimates.index[:0])
    rows = [_diagnose(row[np.isfinite(row)]) for row in estimates.fits.residuals]
    return pd.DataFrame(rows, columns=columns, index=estimates.index)


def _diagnose(residuals: Floats) -> tuple[float, float, float, float, str]:
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    if len(residuals) < 4 * LAGS:
        nan = float("nan")
        return nan, nan, nan, nan, f"only {len(residuals)} residuals: no diagnostics"
    ljung_box = float(acorr_ljungbox(residuals, lags=[LAGS])["lb_pvalue"].iloc[0])
    with warnings.catch_warnings():
        # 0.15 announces that a NamedTuple will be returned; its second field is still the p-value.
        warnings.filterwarnings("ignore", "acorr_lm currently returns", FutureWarning)
        arch_lm = float(het_arch(residuals, nlags=LAGS)[1])
    normality = float(jarque_bera(residuals)[1])
    found = {
        "autocorrelated": ljung_box,
        "volatility clusters": arch_lm,
        "not normal": normality,
    }
    flags = ", ".join(name for name, p in found.items() if p < FLAG_BELOW)
    return float(durbin_watson(residuals)), ljung_box, arch_lm, normality, flags
