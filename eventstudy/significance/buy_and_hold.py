"""Buy-and-hold abnormal returns (BHAR): what an investor earned over the window beyond the market.

They need no model, only each observation's benchmark.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import LARGEST
from eventstudy.models.kernel.batch import Floats, columns_of
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.parametric import cross_section_t, skewness_adjusted
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Sample


def buy_and_hold(sample: Sample) -> Floats:
    """(N,) Π(1 + R) − Π(1 + R_m) over the window, for the observations with every day of both."""
    group, window = sample.group, sample.window
    days = columns_of(window, group.spec.span)
    own, market = group.returns[:, days], group.market[:, days]
    known = np.isfinite(own).all(axis=1) & np.isfinite(market).all(axis=1)
    own, market = own[known], market[known]
    with np.errstate(over="ignore", invalid="ignore"):  # told from the result
        if group.spec.returns in ("log", "trade"):
            grown = np.exp(own.sum(axis=1)) - np.exp(market.sum(axis=1))
        else:
            grown = (1 + own).prod(axis=1) - (1 + market).prod(axis=1)
    return np.asarray(grown)


def _tested(sample: Sample) -> Floats | Outcome:
    values = sample.once(buy_and_hold)
    if not len(values):
        return refusal("no observation has returns and a benchmark on every day of the window", 0)
    if not (np.abs(values) <= LARGEST).all():
        reason = f"the returns of an observation compound to more than {LARGEST:g} over the window"
        return refusal(reason, len(values))
    return values


@register_test(
    "bhar_t",
    label="Buy-and-hold t",
    null="t(N − 1)",
    reference="Barber & Lyon (1997)",
    assumes_independence=True,
    of_returns=True,
)
def bhar_t(sample: Sample) -> Outcome:
    """mean(BHAR)/sd(BHAR)·√N, market-adjusted whatever the model of the study is."""
    values = _tested(sample)
    return values if isinstance(values, Outcome) else cross_section_t(values)


@register_test(
    "bhar_skew_t",
    label="Buy-and-hold, skewness-adjusted",
    null="N(0, 1)",
    reference="Lyon, Barber & Tsai (1999)",
    assumes_independence=True,
    of_returns=True,
)
def bhar_skew_t(sample: Sample) -> Outcome:
    """`bhar_t` corrected for the skewness of long-horizon returns, as `skew_t`."""
    values = _tested(sample)
    if isinstance(values, Outcome):
        return values
    mean = float(values.mean())
    apart = values - mean
    square = apart * apart  # a power of three goes through the logarithm
    return skewness_adjusted(mean, float(square.sum()), float((square * apart).sum()), len(values))
