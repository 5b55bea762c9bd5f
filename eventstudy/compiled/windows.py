"""Residuals of estimation windows, and sums of them that need no sorting."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def write_residuals(
    returns: Floats,
    offset: Floats,
    x: Floats,
    asset: Ints,
    start: Ints,
    design: Ints,
    fitted: Floats,
    inside: Ints,
    left_out: Bools,
    values: Floats,
) -> None:
    """Returns less offset, constant and slopes; NaN where anything is missing.

    Args:
        returns: (A, S)
        offset: (D, S) subtracted from the returns; (D, 0) for nothing.
        x: (D, k, S) regressors without the constant.
        asset: (n,) rows of `returns`.
        start: (n,) the session of the first column.
        design: (n,) rows of `offset` and `x`.
        fitted: (n, 1 + k) constant and slopes, or (n, 0).
        inside: (n, 2) or (1, 2) first column used and the one after the last.
        left_out: (T,) the columns left out for all observations.
        values: (n, T) becomes the residuals, in its first T columns if it has more.
    """
    width, sessions = len(left_out), returns.shape[1]
    for i in range(len(asset)):
        row, own = values[i], inside[i if len(inside) > 1 else 0]
        low = min(max(own[0], -start[i]), width)
        high = max(min(own[1], sessions - start[i]), low)
        row[:low] = np.nan
        row[high:width] = np.nan
        begin, days, part = start[i] + low, high - low, row[low:high]
        y = returns[asset[i], begin : begin + days]
        if fitted.shape[1] == 2 and not offset.shape[1]:  # the usual model, in one loop
            along, slope, constant = (
                x[design[i], 0, begin : begin + days],
                fitted[i, 1],
                fitted[i, 0],
            )
            for day in range(days):
                part[day] = y[day] - (along[day] * slope + constant)
            for day in range(low, high):
                if left_out[day]:
                    row[day] = np.nan
            continue
        for day in range(days):
            part[day] = 0.0
        for k in range(fitted.shape[1] - 1):
            along, slope = x[design[i], k, begin : begin + days], fitted[i, 1 + k]
            for day in range(days):
                part[day] += along[day] * slope
        if fitted.shape[1]:
            constant = fitted[i, 0]
            for day in range(days):
                part[day] += constant
        if offset.shape[1]:
            given = offset[design[i], begin : begin + days]
            for day in range(days):
                part[day] += given[day]
        for day in range(days):
            part[day] = y[day] - part[day]
        for day in range(low, high):
            if left_out[day]:
                row[day] = np.nan


@kernel
def column_sums(values: Floats, total: Floats, count: Floats) -> None:
    """Add the sum of each of the first T columns and how many are not missing.

    Args:
        values: (n, ≥ T)
        total: (T,) floats.
        count: (T,) floats.
    """
    for i in range(values.shape[0]):
        row = values[i]
        for day in range(len(total)):
            valid = row[day] == row[day]
            total[day] += row[day] if valid else 0.0
            count[day] += 1.0 if valid else 0.0


@kernel
def positive_shares(values: Floats, width: int) -> float:
    """Σ over rows of the share of positive values among those not missing.

    Args:
        values: (n, ≥ T)
        width: T, the columns that count.
    """
    shares = 0.0
    for i in range(values.shape[0]):
        row = values[i]
        positive = valid = 0
        for day in range(width):
            positive += row[day] > 0
            valid += row[day] == row[day]
        shares += positive / valid
    return shares
