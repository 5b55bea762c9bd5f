"""Cumulative abnormal returns day by day, with pointwise and simultaneous intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.batch import Floats, Ints, columns_of
from eventstudy.significance.outcome import t_quantile
from eventstudy.significance.sums.bands import path_covariance, sup_t_quantile

MOST_PATHS = 200
"""Each path's band is drawn by itself; a study of thousands has no use for them."""


def car_paths(estimates: Estimates, rows: Ints) -> pd.DataFrame:
    """One row a chosen observation and day of the event window, cumulated from its first day.

    Columns event_id, ticker, group, rel_day, car, se, ci_low, ci_high (the day by itself),
    band_low, band_high (the whole path at once, by the sup-t band), critical (the band's multiple
    of se). From the first missing day on there is no figure.

    Args:
        estimates: The fitted observations.
        rows: Which of them.

    Raises:
        InputError: More than 200 paths are asked for.
    """
    if len(rows) > MOST_PATHS:
        raise InputError(
            f"{len(rows):,} paths were asked for and {MOST_PATHS} can be drawn; name some tickers."
        )
    window, span = estimates.spec.window, estimates.spec.span
    columns = columns_of(window, span)
    chosen = estimates.take(np.asarray(rows))
    noise = chosen.fits.noise[:, columns]
    root = chosen.fits.root[:, columns]
    parts = [
        _path(
            chosen.fits.ar[i, columns],
            root[i],
            noise[i] if noise.shape[1] else np.ones(window.length),
            float(chosen.fits.s[i]),
            float(chosen.fits.df[i]),
            estimates.spec.confidence,
        )
        for i in range(len(rows))
    ]
    labels = chosen.labels.loc[:, ["event_id", "ticker", "group"]]
    head = labels.loc[np.repeat(np.arange(len(rows)), window.length)].reset_index(drop=True)
    days = pd.DataFrame({"rel_day": np.tile(list(window.days), len(rows))})
    body = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_FIGURES)
    return pd.concat([head, days, body.astype(np.float64)], axis=1)


_FIGURES = ["car", "se", "ci_low", "ci_high", "band_low", "band_high", "critical"]


def _path(
    ar: Floats, root: Floats, noise: Floats, s: float, df: float, confidence: float
) -> pd.DataFrame:
    """One observation's path; figures end before the first missing day."""
    car = np.cumsum(ar)
    known = int(np.isfinite(car).argmin()) if not np.isfinite(car).all() else len(car)
    se, reach, critical = np.full(len(ar), np.nan), np.nan, np.nan
    if known:
        covariance = path_covariance(root[:known], noise[:known])
        se[:known] = s * np.sqrt(np.diag(covariance))
        reach = float(t_quantile(confidence, np.array([df]))[0])
        critical = sup_t_quantile(covariance, df, confidence)
    figures = (
        *(car, se, car - reach * se, car + reach * se),
        *(car - critical * se, car + critical * se, np.where(np.isfinite(se), critical, np.nan)),
    )
    return pd.DataFrame(dict(zip(_FIGURES, figures, strict=True)))
