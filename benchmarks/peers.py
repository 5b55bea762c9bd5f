"""Numpy without this package: what has to be beaten, and what cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.answer import Answer, tests_of
from benchmarks.panel import CAR_DAYS, LENGTH, SPAN, Case, Floats

CHUNK = 1_000
"""Events gathered together; their windows stay in the processor's cache."""
DF = LENGTH - 2
DAYS = CAR_DAYS.stop - CAR_DAYS.start
ONES = np.ones(2)


def chunks(n: int, size: int = CHUNK) -> list[slice]:
    """Consecutive pieces of n events."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def scaled(ar: Floats, s: float, x: Floats, inverse: Floats) -> tuple[Floats, float]:
    """SAR of the days and SCAR of one event: x (W, 2) its regressors, inverse of X'X."""
    leverage = (x @ inverse * x) @ ONES
    total = x[CAR_DAYS].sum(axis=0)
    root_v = math.sqrt(DAYS + total @ inverse @ total)
    return ar / (s * np.sqrt(1 + leverage)), float(ar[CAR_DAYS].sum() / (s * root_v))


def gather(case: Case) -> Callable[[], Answer]:
    """Windows gathered chunk by chunk, closed-form market model, AR, t, Patell, BMP.

    All events share one market, so its windows, their means and sums of squares and the forecast
    error are computed once a session.
    """
    by_asset = np.ascontiguousarray(case.returns.T)
    market, asset, first = case.market, case.asset, case.first

    def run() -> Answer:
        windows = sliding_window_view(by_asset, SPAN, axis=1)
        x = sliding_window_view(market, SPAN)
        x_bar = x[:, :LENGTH].mean(axis=1)
        centred = x - x_bar[:, None]
        sxx = np.einsum("ij,ij->i", centred[:, :LENGTH], centred[:, :LENGTH])
        x_event = np.ascontiguousarray(centred[:, LENGTH:])
        centred = np.ascontiguousarray(centred[:, :LENGTH])
        root_c = np.sqrt(1 + 1 / LENGTH + x_event**2 / sxx[:, None])
        x_car = x_event[:, CAR_DAYS].sum(axis=1)
        root_v = np.sqrt(DAYS + DAYS**2 / LENGTH + x_car**2 / sxx)
        n, days = len(asset), SPAN - LENGTH
        alpha, beta, s, scar = np.empty((4, n))
        ar, sar = np.empty((2, n, days))
        for c in chunks(n):
            at = first[c]
            y = windows[asset[c], at]
            estimation = y[:, :LENGTH]
            y_bar = estimation.mean(axis=1)
            sxy = np.einsum("ij,ij->i", centred[at], estimation)
            syy = np.einsum("ij,ij->i", estimation, estimation) - LENGTH * y_bar**2
            beta[c] = b = sxy / sxx[at]
            alpha[c] = y_bar - b * x_bar[at]
            s[c] = sd = np.sqrt((syy - b * sxy) / DF)
            ar[c] = errors = y[:, LENGTH:] - y_bar[:, None] - b[:, None] * x_event[at]
            sar[c] = errors / (sd[:, None] * root_c[at])
            scar[c] = errors[:, CAR_DAYS].sum(axis=1) / (sd * root_v[at])
        return Answer(alpha, beta, s, ar, sar, scar, *tests_of(sar, scar))

    return run


def prefix(case: Case) -> Callable[[], Answer]:
    """Cumulative sums, two look-ups an event: alpha, beta, s and the AR, and nothing else.

    No estimation window is ever read, so with many events little can be left out of this; with
    few, building the sums outweighs them. Only right where no return is missing in a window.
    """
    mean = np.nanmean(case.returns, axis=0)
    by_asset = np.ascontiguousarray(np.nan_to_num(case.returns - mean).T)
    market, asset, first = case.market, case.asset, case.first

    def run() -> Answer:
        n, (assets, sessions), days = len(asset), by_asset.shape, SPAN - LENGTH
        x_mean = market.mean()
        x = market - x_mean
        sums = np.zeros((assets, sessions + 1, 3))
        np.cumsum(by_asset, axis=1, out=sums[:, 1:, 0])
        np.cumsum(by_asset * x, axis=1, out=sums[:, 1:, 1])
        np.cumsum(by_asset**2, axis=1, out=sums[:, 1:, 2])
        flat = sums.reshape(-1, 3)
        of_x = np.concatenate([[0.0], x.cumsum()])
        of_xx = np.concatenate([[0.0], (x**2).cumsum()])
        sx = of_x[LENGTH:] - of_x[:-LENGTH]
        sxx = of_xx[LENGTH:] - of_xx[:-LENGTH] - sx**2 / LENGTH
        y_event = sliding_window_view(by_asset, days, axis=1)
        x_event = sliding_window_view(x, days)
        alpha, beta, s = np.empty((3, n))
        ar = np.empty((n, days))
        for c in chunks(n):
            who, at = asset[c], first[c]
            place = who * (sessions + 1) + at
            part = flat.take(place + LENGTH, axis=0) - flat.take(place, axis=0)
            sy, sxy, syy = part.T
            x_sum, spread = sx[at], sxx[at]
            covered = sxy - x_sum * sy / LENGTH
            beta[c] = b = covered / spread
            a = (sy - b * x_sum) / LENGTH
            s[c] = np.sqrt((syy - sy**2 / LENGTH - b * covered) / DF)
            alpha[c] = a + mean[who] - b * x_mean
            later = at + LENGTH
            errors = np.subtract(y_event[who, later], a[:, None], out=ar[c])
            errors -= b[:, None] * x_event[later]
        return Answer(alpha, beta, s, ar)

    return run


def lstsq(case: Case) -> Callable[[], Answer]:
    """np.linalg.lstsq, an event at a time; AR and t with the forecast error."""
    by_asset = np.ascontiguousarray(case.returns.T)
    design = np.column_stack([np.ones_like(case.market), case.market])

    def run() -> Answer:
        n, days = len(case), SPAN - LENGTH
        coef, s, scar = np.empty((n, 2)), np.empty(n), np.empty(n)
        ar, sar = np.empty((2, n, days))
        for i, (who, at) in enumerate(zip(case.asset.tolist(), case.first.tolist(), strict=True)):
            x, y = design[at : at + SPAN], by_asset[who, at : at + SPAN]
            X = x[:LENGTH]
            coef[i], ssr, _, _ = np.linalg.lstsq(X, y[:LENGTH])
            s[i] = math.sqrt(ssr[0] / DF)
            ar[i] = y[LENGTH:] - x[LENGTH:] @ coef[i]
            inverse = np.linalg.inv(X.T @ X)
            sar[i], scar[i] = scaled(ar[i], s[i], x[LENGTH:], inverse)
        return Answer(coef[:, 0], coef[:, 1], s, ar, sar, scar, *tests_of(sar, scar))

    return run
