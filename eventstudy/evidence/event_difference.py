"""The difference between two events of one asset, whose estimation windows overlap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.estimation.estimates import Estimates
from eventstudy.evidence.refits import rel_days, session_weights, sum_days
from eventstudy.significance.outcome import t_quantile
from eventstudy.spec.windows import Window


def event_difference(estimates: Estimates, window: Window) -> dict[str, Any]:
    """The CAR of the first observation minus that of the second, another day of the same asset.

    Either forecast error is a linear form w'ε over all sessions, 1 on event days and
    −(Σx)'(X'X)⁻¹x_t on estimation sessions; estimation windows overlap and may hold the other
    event. So var = s² Σ_t (w₁ − w₂)_t², with s² the mean of the two and df the smaller one.
    """
    spec, fits = estimates.spec, estimates.fits
    day0 = rel_days(pd.DatetimeIndex(estimates.sessions), estimates.labels["day0"], 0)
    chosen = np.array([window.start <= day <= window.end for day in spec.span.days])
    sums = sum_days(fits, chosen[None, :])
    weights = session_weights(fits, chosen, day0, spec, len(estimates.sessions))
    variance = (fits.s**2).mean() * ((weights[0] - weights[1]) ** 2).sum()
    (first, second), df = sums.car[:, 0], int(fits.df.min())
    car, se = first - second, float(np.sqrt(variance))
    t = car / se if se > 0 else np.nan
    margin = float(t_quantile(spec.confidence, np.array([df]))[0]) * se
    missing = [str(text) for text in estimates.why_missing(window) if text]
    return {
        "car_a": first,
        "car_b": second,
        "car": car,
        "se": se if np.isfinite(car) else np.nan,
        "t": t,
        "df": float(df),
        "p_value": 2 * float(special.stdtr(df, -abs(t))),
        "ci_low": car - margin,
        "ci_high": car + margin,
        "reason": missing[0] if missing else "",
    }
