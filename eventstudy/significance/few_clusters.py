"""Inference from a few clusters of dates that have no day in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.models.kernel.batch import Floats, Ints
from eventstudy.significance.outcome import Outcome, refusal, too_few
from eventstudy.significance.parametric import cross_section_t
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import Layout, Sample

LEAST_CLUSTERS = 4
"""Clusters needed.

Size is kept with fewer (docs/size.md has that of six dates), but with three a 5% test takes a t of
4.3.
"""


def clusters_in_time(day0: Ints, length: int) -> Ints:
    """(N,) the cluster of each observation, numbered in the order of time.

    Windows of `length` sessions that have a day in common belong to one cluster, and so do those
    that are connected by others.

    Args:
        day0: (N,) sessions of the events.
        length: Sessions in a window.
    """
    since = day0 - day0.min()
    days = np.flatnonzero(np.bincount(since))
    number = np.zeros(days[-1] + 1, dtype=np.int64)
    number[days] = np.cumsum(np.diff(days, prepend=days[:1]) >= length)
    return np.asarray(number[since])


def cluster_means(values: Floats, cluster: Ints) -> Floats:
    """(q,) mean of the values (N,) of each cluster 0 to q − 1."""
    return np.asarray(np.bincount(cluster, values) / np.bincount(cluster))


@register_test(
    "ibragimov_muller_t",
    label="Ibragimov-Müller over clusters of dates",
    null="t(q − 1), q clusters",
    layouts=(Layout.MANY_DATES,),
    reference="Ibragimov & Müller (2010)",
)
def ibragimov_muller_t(sample: Sample) -> Outcome:
    """The t of q means of z, one for each chain of windows that have days in common.

    Whatever the correlation within a chain, its mean is one value; the t-test of independent
    values that are normal is conservative if their variances differ.
    """
    if sample.n < 2:
        return too_few(2, sample.n)
    cluster = clusters_in_time(sample.group.positions.day0[sample.valid], sample.window.length)
    means = cluster_means(sample.z, cluster)
    if len(means) < LEAST_CLUSTERS:
        reason = (
            f"the windows form {len(means)} clusters that have no day in common; "
            f"needs at least {LEAST_CLUSTERS}"
        )
        return refusal(reason, sample.n)
    t = cross_section_t(means, unit=1.0)
    if t.refused:
        return refusal(t.refused, sample.n)
    return replace(t, n=sample.n, detail=f"{len(means)} clusters of dates")
