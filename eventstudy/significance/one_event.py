"""Tests for one asset at one event."""

from __future__ import annotations

from eventstudy.significance.outcome import Outcome, refusal, t_test
from eventstudy.significance.placebo import placebo_outcome
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Layout, Sample


@register_test(
    "t",
    label="t with forecast error",
    null="t(M − k)",
    layouts=(Layout.ONE,),
    reference="MacKinlay (1997)",
    default=True,
)
def t(sample: Sample) -> Outcome:
    """AR/(s√C) or CAR/(s√V): the abnormal return over its forecast's standard error."""
    if sample.n == 0:
        return refusal("no abnormal return in the window", 0)
    return t_test(sample.z[0], sample.df[0], 1)


@register_test(
    "placebo",
    label="Placebo (sample quantile)",
    null="rank among the estimation sessions, each left out of its own fit",
    layouts=(Layout.ONE,),
    reference="Gelbach, Helland & Klick (2013)",
    default=True,
)
def placebo(sample: Sample) -> Outcome:
    """Rank of |SAR| among what the model misses on ordinary days; no normality assumed."""
    return placebo_outcome(sample.placebos, sample.z, sample.window.length)
