"""Cumulative abnormal returns day by day, with pointwise and simultaneous intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.batch import Floats, Ints, columns_of
from eventstudy.significance.outcome import t_quantile
from eventstudy.significance.sums.bands import (
    furthest_of_runs,
    path_covariance,
    run_quantile,
    sup_t_quantile,
)
from eventstudy.significance.sums.placebo_runs import Reference, placebo_quantile
from eventstudy.spec.windows import Window

MOST_PATHS = 200
"""Each path's band is drawn by itself; a study of thousands has no use for them."""


def car_paths(estimates: Estimates, rows: Ints, window: Window | None = None) -> pd.DataFrame:
    """One row a chosen observation and day of a window, cumulated from its first day.

    Columns event_id, ticker, group, rel_day, car, se, ci_low, ci_high (the day by itself, by t),
    placebo_low, placebo_high (by the placebo test; NaN without the estimation windows), band_low,
    band_high (the whole path at once), critical (the band's multiple of se). From the first
    missing day on there is no figure.

    The critical value is the largest of three: that of the sup-t band of normal errors; what
    1 − confidence of the runs of the estimation window go beyond, each as long as the path and
    left out of its own fit; that of the placebo test on any day by itself, so that the band holds
    every day's interval. Without the estimation windows it is the first.

    Args:
        estimates: The fitted observations.
        rows: Which of them.
        window: Days inside the span; the event window if None.

    Raises:
        InputError: More than 200 paths are asked for.
    """
    if len(rows) > MOST_PATHS:
        raise InputError(
            f"{len(rows):,} paths were asked for and {MOST_PATHS} can be drawn; name some tickers."
        )
    window = estimates.spec.window if window is None else window
    columns = columns_of(window, estimates.spec.span)
    chosen = estimates.take(np.asarray(rows))
    noise = chosen.fits.noise[:, columns]
    root = chosen.fits.root[:, columns]
    reach = _placebo_reach(chosen, window)
    furthest = _run_quantiles(chosen, window)
    parts = [
        _path(
            _Path(
                chosen.fits.ar[i, columns],
                root[i],
                noise[i] if noise.shape[1] else np.ones(window.length),
                float(chosen.fits.s[i]),
                float(chosen.fits.df[i]),
                reach[i],
                furthest[i],
            ),
            estimates.spec.confidence,
        )
        for i in range(len(rows))
    ]
    labels = chosen.labels.loc[:, ["event_id", "ticker", "group"]]
    head = labels.loc[np.repeat(np.arange(len(rows)), window.length)].reset_index(drop=True)
    days = pd.DataFrame({"rel_day": np.tile(list(window.days), len(rows))})
    body = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_FIGURES))
    return pd.concat([head, days, body.astype(np.float64)], axis=1)


_FIGURES = (
    *("car", "se", "ci_low", "ci_high", "placebo_low", "placebo_high"),
    *("band_low", "band_high", "critical"),
)


@dataclass(frozen=True, slots=True)
class _Path:
    """One observation over the L days of the event window."""

    ar: Floats
    """(L,)"""
    root: Floats
    """(L, q) of the forecast error."""
    noise: Floats
    """(L,) variance of each day itself over s²."""
    s: float
    df: float
    reach: Floats
    """(L,) what the placebo test of each day's CAR keeps, in standard errors; NaN without one."""
    furthest: Floats
    """(L,) the critical value of paths of 1 … L days by the runs of the estimation window."""


def _path(one: _Path, confidence: float) -> pd.DataFrame:
    """One observation's path; figures end before the first missing day."""
    car = np.cumsum(one.ar)
    known = int(np.isfinite(car).argmin()) if not np.isfinite(car).all() else len(car)
    se, by_t, critical = np.full(len(one.ar), np.nan), np.nan, np.nan
    if known:
        covariance = path_covariance(one.root[:known], one.noise[:known])
        se[:known] = one.s * np.sqrt(np.diag(covariance))
        by_t = float(t_quantile(confidence, np.array([one.df]))[0])
        alone = one.reach[:known][np.isfinite(one.reach[:known])].max(initial=0.0)
        normal = sup_t_quantile(covariance, one.df, confidence)
        critical = max(normal, float(one.furthest[known - 1]), float(alone))
    bounds = [car + sign * by * se for by in (by_t, one.reach, critical) for sign in (-1, 1)]
    figures = (car, se, *bounds, np.where(np.isfinite(se), critical, np.nan))
    return pd.DataFrame(dict(zip(_FIGURES, figures, strict=True)))


def _placebo_reach(chosen: Estimates, window: Window) -> Floats:
    """(N, L) what the placebo test keeps of paths of 1 … L days, in standard errors."""
    lengths = range(1, window.length + 1)
    if not chosen.has_placebo:
        return np.full((len(chosen.labels), len(lengths)), np.nan)
    confidence = chosen.spec.confidence
    each = [placebo_quantile(chosen.placebos(length), confidence) for length in lengths]
    return np.stack(each, axis=1)


def _run_quantiles(chosen: Estimates, window: Window) -> Floats:
    """(N, L) critical values of paths of 1 … L days by runs; only of lengths that occur."""
    values = np.zeros((len(chosen.labels), window.length))
    if not chosen.has_placebo:
        return values
    car = chosen.fits.ar[:, columns_of(window, chosen.spec.span)].cumsum(axis=1)
    known = np.isfinite(car).sum(axis=1)
    for days in sorted(set(known[known > 0].tolist())):
        rows = np.flatnonzero(known == days)
        furthest = furthest_of_runs(Reference.of(chosen.fits.take(rows)), days)
        values[rows, days - 1] = run_quantile(furthest, chosen.spec.confidence)
    return values
