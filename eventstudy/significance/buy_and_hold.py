"""Buy-and-hold abnormal returns (BHAR): what an investor earned over the window beyond the market.

They need no model, only each observation's benchmark.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.arrays import LARGEST
from eventstudy.compiled.kernel import compiles
from eventstudy.compute.engine import map_blocks
from eventstudy.models.kernel.batch import Floats, columns_of, slices
from eventstudy.significance.outcome import Outcome, refusal
from eventstudy.significance.parametric import cross_section_t
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Sample
from eventstudy.significance.skewness import (
    bootstrapped_johnson_t,
    bootstrapped_johnson_ts,
    hall_t,
)
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.spec.windows import Window

SHORT = 10
"""Sessions. Over fewer, daily returns have heavy tails that a small sample takes for skewness."""

MANY = 100
"""Observations from which `bhar_skew_t` holds over short windows; smaller samples over-reject
there, as `bhar_hall_t` does in docs/size.md."""

ROOM = 2**25
"""Largest number of values, of several windows, in memory at once."""


def buy_and_hold(sample: Sample) -> Floats:
    """(N,) Π(1 + R) − Π(1 + R_m) over the window, for the observations with every day of both."""
    group, days = sample.group, columns_of(sample.window, sample.group.spec.span)
    # Days first: one day of all observations is then contiguous in memory.
    own, market = (np.ascontiguousarray(of[:, days].T) for of in (group.returns, group.market))
    known = np.isfinite(own).all(axis=0) & np.isfinite(market).all(axis=0)
    if not known.all():
        own, market = own[:, known], market[:, known]
    with np.errstate(over="ignore", invalid="ignore"):  # told from the result
        if group.spec.returns in ("log", "trade"):
            grown = np.exp(own.sum(axis=0)) - np.exp(market.sum(axis=0))
        else:
            grown = (1 + own).prod(axis=0) - (1 + market).prod(axis=0)
    return np.asarray(grown)


def _tested(sample: Sample) -> Floats | Outcome:
    values = sample.once(buy_and_hold)
    if not len(values):
        return refusal("no observation has returns and a benchmark on every day of the window", 0)
    if not (np.abs(values) <= LARGEST).all():
        reason = f"the returns of an observation compound to more than {LARGEST:g} over the window"
        return refusal(reason, len(values))
    return values


def _with_mean(outcome: Outcome, values: Floats) -> Outcome:
    """The outcome with the mean BHAR, which no other table has."""
    if outcome.refused:
        return outcome
    parts = (f"mean {values.mean():.6g}", outcome.detail)
    return replace(outcome, detail=", ".join(part for part in parts if part))


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
    return values if isinstance(values, Outcome) else _with_mean(cross_section_t(values), values)


@register_test(
    "bhar_skew_t",
    label="Buy-and-hold, skewness-adjusted",
    null="resamples of N/4 about the mean",
    reference="Lyon, Barber & Tsai (1999)",
    assumes_independence=True,
    of_returns=True,
)
def bhar_skew_t(sample: Sample) -> Outcome:
    """√N(S + γS²/3 + γ/(6N)) of the BHARs with bootstrapped critical values."""
    values, spec = _tested(sample), sample.group.spec
    if isinstance(values, Outcome):
        return values
    daily, length, n = spec.frequency == "daily", sample.window.length, len(values)
    if daily and length < SHORT and n < MANY:
        reason = f"over fewer than {SHORT} sessions it needs {MANY} observations, there are {n}"
        return refusal(f"{reason}; heavy tails pass for skewness there: see bhar_t", n)
    together = sample.group.once(_resampled) if compiles(n) else {}
    outcome = together.get(sample.window) or bootstrapped_johnson_t(values, spec.draws, spec.seed)
    return _with_mean(outcome, values)


def _resampled(group: FittedGroup) -> dict[Window, Outcome]:
    """`bootstrapped_johnson_t` over every tested window; those of equal N share their draws."""
    by_n: dict[int, dict[Window, Floats]] = {}
    windows = tested_windows(group.spec)
    tested = map_blocks(lambda window: _tested(group.over(window)), windows)
    for window, values in zip(windows, tested, strict=True):
        if not isinstance(values, Outcome):
            by_n.setdefault(len(values), {})[window] = values
    tasks = [
        {window: of_n[window] for window in list(of_n)[rows]}
        for n, of_n in by_n.items()
        for rows in slices(len(of_n), max(1, ROOM // n))
    ]

    def outcomes(task: dict[Window, Floats]) -> dict[Window, Outcome]:
        found = bootstrapped_johnson_ts(list(task.values()), group.spec.draws, group.spec.seed)
        return dict(zip(task, found, strict=True))

    return {window: one for done in map_blocks(outcomes, tasks) for window, one in done.items()}


@register_test(
    "bhar_hall_t",
    label="Buy-and-hold, Hall's transformation",
    null="N(0, 1)",
    reference="Hall (1992)",
    assumes_independence=True,
    of_returns=True,
)
def bhar_hall_t(sample: Sample) -> Outcome:
    """`skew_t` of the BHARs."""
    values = _tested(sample)
    if isinstance(values, Outcome):
        return values
    mean = float(values.mean())
    apart = values - mean
    square = apart * apart  # a power of three goes through the logarithm
    outcome = hall_t(mean, float(square.sum()), float((square * apart).sum()), len(values))
    return _with_mean(outcome, values)
