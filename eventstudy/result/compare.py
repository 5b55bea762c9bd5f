"""The mean CAR of one group of observations against another's, over many dates.

Three answers to one question, from the least to the most careful: Welch (1947) for independent
observations; a permutation of the labels (Janssen 1997: of the studentised difference, so that the
groups may differ in spread) that keeps dates together; errors clustered by date (Cameron, Gelbach
& Miller 2008), which let the windows of neighbouring dates overlap (Driscoll & Kraay 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.errors import InputError, quoted, unknown_name
from eventstudy.estimation.estimates import Estimates
from eventstudy.models.kernel.batch import Bools, Floats, Ints, slices
from eventstudy.result.means import mean_weights, small_sample
from eventstudy.spec.arguments import several
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

MOST_VALUES = 6
"""Values of a column that are compared in pairs without being named."""

LEAST_BLOCKS = 6
"""Dates, or windows' lengths that the dates cover, below which clustered errors say nothing."""

LEAST_EFFECTIVE = 1.5
"""Effective observations of a group, 1/Σw², below which its mean is that of one of them."""

LEAST_PERMUTATIONS = 100
"""Different permutations below which no small p could be had."""

BLOCK = 64
"""Permutations evaluated together."""

METHODS = ("welch", "permutation", "date_cluster")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups of observations over one window; N of them in all."""

    x: Floats
    """(N,) CARs."""
    first: Bools
    """(N,) whether an observation is of the first group."""
    weight: Floats
    """(N,) positive, of any sum."""
    date: Ints
    """(N,) session of day 0, counted in sessions."""
    length: int
    """Sessions in the window."""

    @property
    def ordered(self) -> Pair:
        """By date and value, in whatever order the rows were given."""
        rows = np.lexsort((self.weight, self.x, self.date))
        return replace(
            self,
            x=self.x[rows],
            first=self.first[rows],
            weight=self.weight[rows],
            date=self.date[rows],
        )


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """What one method says of a difference."""

    se: float = np.nan
    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    clusters: int = 0
    refused: str = ""


def compared(
    assets: Estimates,
    column: str,
    values: Sequence[object] | None,
    windows: Sequence[tuple[int, int]] | None,
) -> pd.DataFrame:
    """Every pair of values over every window by every method; see `StudyResult.compare`."""
    labels = assets.labels
    if column not in labels:
        raise unknown_name("column of the observations", column, list(map(str, labels.columns)))
    chosen = _values(labels[column], column, values)
    spans = [assets.inside(w) for w in _windows(assets.spec.car if windows is None else windows)]
    if not spans:
        raise InputError("The study has no CAR windows to compare; name some with windows=.")
    days = labels["day0"].to_numpy().astype(assets.sessions.dtype)
    date = assets.sessions.searchsorted(days)
    rows = []
    for window in spans:
        car = assets.car_table(window)
        weight = mean_weights(assets.spec, labels, car["se"].to_numpy())
        usable = np.isfinite(car["car"].to_numpy()) & np.isfinite(weight)
        for a, b in combinations(chosen, 2):
            is_a, is_b = ((labels[column] == value).to_numpy() for value in (a, b))
            rows_of_pair = usable & (is_a | is_b)
            pair = Pair(
                car["car"].to_numpy()[rows_of_pair],
                is_a[rows_of_pair],
                weight[rows_of_pair],
                date[rows_of_pair],
                window.length,
            )
            rows += _rows(pair, window, (a, b), assets.spec)
    return pd.DataFrame(rows)


def _windows(given: object) -> list[Any]:
    """Windows, or the only one where one is given by itself."""
    windows = several(given, "windows")
    alone = len(windows) == 2 and all(isinstance(bound, Integral) for bound in windows)
    return [tuple(windows)] if alone else windows


def _values(labels: pd.Series[Any], column: str, values: Sequence[object] | None) -> list[object]:
    known = list(labels.dropna().unique())
    if values is None:
        if 2 <= len(known) <= MOST_VALUES:
            return known
        if len(known) < 2:
            only = f"only the value {quoted(known[0])}" if known else "no value"
            raise InputError(f"The column {quoted(column)} has {only}, so there are no two groups.")
        raise InputError(
            f"The column {quoted(column)} has {len(known)} values; name the two or more to compare "
            f"with values= (at most {MOST_VALUES} are compared without)."
        )
    chosen: list[object] = [*dict.fromkeys(several(values, "values"))]
    for value in chosen:
        if value not in known:
            raise unknown_name(f"value of {column}", str(value), list(map(str, known)))
    if len(chosen) < 2:
        raise InputError("Comparing needs two values; name them with values=.")
    return chosen


def _rows(
    pair: Pair, window: Window, names: tuple[object, object], spec: StudySpec
) -> list[dict[str, Any]]:
    confidence = spec.confidence
    means = [_mean(pair, group) for group in (pair.first, ~pair.first)]
    gap = means[0] - means[1]
    made = {
        "welch": welch(pair),
        "permutation": permuted_labels(pair, spec.draws, spec.seed),
        "date_cluster": date_cluster(pair),
    }
    rows = []
    for method in METHODS:
        found = made[method]
        reach = (
            found.se * float(special.stdtrit(found.df, (1 + confidence) / 2))
            if np.isfinite(found.df) and np.isfinite(found.se)
            else np.nan
        )
        rows.append(
            {
                "start": window.start,
                "end": window.end,
                "a": names[0],
                "b": names[1],
                "n_a": int(pair.first.sum()),
                "n_b": int((~pair.first).sum()),
                "mean_a": means[0],
                "mean_b": means[1],
                "difference": gap,
                "method": method,
                "se": found.se,
                "statistic": found.statistic,
                "df": found.df,
                "p_value": found.p_value,
                "ci_low": gap - reach,
                "ci_high": gap + reach,
                "clusters": found.clusters,
                "refused": found.refused,
            }
        )
    return rows


def _mean(pair: Pair, group: Bools) -> float:
    if not group.any():
        return float("nan")
    return float((pair.weight[group] * pair.x[group]).sum() / pair.weight[group].sum())


def _influence(x: Floats, first: Bools, weight: Floats) -> tuple[Floats, Floats]:
    """Each observation's part in the difference of the (weighted) means, about the means.

    Args:
        x: (N,) values.
        first: (..., N) membership of the first group.
        weight: (N,).

    Returns:
        The difference (...,) and parts (..., N), whose sum of squares by group estimates its
        variance.
    """
    share_a = np.where(first, weight, 0.0)
    share_b = np.where(first, 0.0, weight)
    share_a = share_a / share_a.sum(axis=-1, keepdims=True)
    share_b = share_b / share_b.sum(axis=-1, keepdims=True)
    mean_a = (share_a * x).sum(axis=-1, keepdims=True)
    mean_b = (share_b * x).sum(axis=-1, keepdims=True)
    parts = share_a * (x - mean_a) - share_b * (x - mean_b)
    return (mean_a - mean_b)[..., 0], parts


def _variances(parts: Floats, first: Bools, weight: Floats) -> tuple[Floats, Floats]:
    """The variance of each group's mean, (...,): cΣparts² with c of `small_sample`."""
    both = []
    for group in (first, ~first):
        s2, s3 = _powers(group, weight)
        squares = (np.where(group, parts, 0.0) ** 2).sum(axis=-1)
        both.append(squares * small_sample(s2, s3))
    return both[0], both[1]


def _powers(group: Bools, weight: Floats) -> tuple[Floats, Floats]:
    """(...,) Σw² and Σw³ of the weights of a group (..., N), of sum 1."""
    share = np.where(group, weight, 0.0)
    share = share / share.sum(axis=-1, keepdims=True)
    square = share * share
    return square.sum(axis=-1), (square * share).sum(axis=-1)


def _effective(pair: Pair) -> tuple[float, float]:
    """1/Σw² of each group."""
    first, second = (float(_powers(g, pair.weight)[0]) for g in (pair.first, ~pair.first))
    return 1 / first, 1 / second


def _uneven(effective: tuple[float, float]) -> str:
    """Why a group's weights tell nothing about its mean, or empty."""
    least = min(effective)
    if least >= LEAST_EFFECTIVE:
        return ""
    return (
        f"one observation has most of a group's weight: {least:.3g} effective observations, "
        f"{LEAST_EFFECTIVE} are needed"
    )


def welch(pair: Pair) -> GroupDifference:
    """Welch's t for independent observations; Satterthwaite's degrees of freedom.

    Of weighted means those of 1/Σw² observations, w of sum 1.

    Args:
        pair: The observations.
    """
    counts = (int(pair.first.sum()), int((~pair.first).sum()))
    if min(counts) < 2:
        return GroupDifference(refused="each group needs at least 2 observations with a value")
    gap, parts = _influence(pair.x, pair.first, pair.weight)
    effective = _effective(pair)
    if uneven := _uneven(effective):
        return GroupDifference(refused=uneven)
    var_a, var_b = (float(v) for v in _variances(parts, pair.first, pair.weight))
    total = var_a + var_b
    if total <= 0:
        return GroupDifference(refused="the values do not differ within the groups")
    df = total**2 / (var_a**2 / (effective[0] - 1) + var_b**2 / (effective[1] - 1))
    return _t(float(gap), np.sqrt(total), df, len(np.unique(pair.date)))


def date_cluster(pair: Pair) -> GroupDifference:
    """The t of the difference with errors summed by date.

    Dates whose windows overlap are correlated by the share of days in common (Bartlett
    weights), which is all of it for one date and none from `length` sessions on. The degrees of
    freedom are those of so many dates, at most of so many windows as fit between them, less one.

    Args:
        pair: The observations.
    """
    if min(int(pair.first.sum()), int((~pair.first).sum())) < 2:
        return GroupDifference(refused="each group needs at least 2 observations with a value")
    days, which = np.unique(pair.date, return_inverse=True)
    blocks = min(len(days), int(_apart(days, pair.length)))
    if blocks < LEAST_BLOCKS:
        return GroupDifference(
            clusters=blocks,
            refused=f"needs at least {LEAST_BLOCKS} dates whose windows do not overlap, there are "
            f"{blocks}",
        )
    if uneven := _uneven(_effective(pair)):
        return GroupDifference(clusters=blocks, refused=uneven)
    gap, parts = _influence(pair.x, pair.first, pair.weight)
    sums = np.bincount(which, parts, len(days))
    variance = float((sums**2).sum())
    for lag in range(1, pair.length):
        later = np.searchsorted(days, days + lag)
        met = (later < len(days)) & (days[np.minimum(later, len(days) - 1)] == days + lag)
        shared = sums[met] * sums[later[met]]
        variance += 2 * (1 - lag / pair.length) * float(shared.sum())
    variance *= blocks / (blocks - 1)
    if variance <= 0:
        return GroupDifference(
            clusters=blocks, refused="the dates leave no variance of the difference"
        )
    return _t(float(gap), np.sqrt(variance), blocks - 1, blocks)


def _apart(days: Ints, length: int) -> int:
    """The most dates of which no two windows overlap, taken from the first one on."""
    count, free = 0, -np.inf
    for day in days.tolist():
        if day >= free:
            count, free = count + 1, day + length
    return count


def permuted_labels(pair: Pair, draws: int, seed: int) -> GroupDifference:
    """Welch's t among its values under permuted labels, p = (1 + b)/(B + 1).

    Labels are permuted within each date where a date has observations of both groups; where none
    has, whole dates change their label. Both keep what observations of one date have in common.

    Args:
        pair: The observations.
        draws: B.
        seed: Of the draws.
    """
    pair = pair.ordered
    observed = welch(pair)
    if observed.refused:
        return observed
    days, which = np.unique(pair.date, return_inverse=True)
    n_first = np.bincount(which, pair.first, len(days))
    size = np.bincount(which, minlength=len(days))
    mixed = (n_first > 0) & (n_first < size)
    if not mixed.any() and (np.diff(days) < pair.length).any():
        return GroupDifference(
            clusters=len(days),
            refused="no date has both groups, and windows of different dates overlap: their labels "
            "cannot be exchanged",
        )
    if mixed.any():
        ways = float(_log_ways(size, n_first)[mixed].sum())
    else:
        ways = float(_log_ways(np.array(len(days)), (n_first > 0).sum()))
    if ways < np.log(LEAST_PERMUTATIONS):
        return GroupDifference(
            clusters=len(days),
            refused=f"the dates allow fewer than {LEAST_PERMUTATIONS} permutations of the labels",
        )
    rng = np.random.default_rng(seed)
    larger = 0
    size_of = abs(observed.statistic) * (1 - 1e-10)
    for block in slices(draws, BLOCK):
        count = block.stop - block.start
        if mixed.any():
            first = _within(rng, count, which, pair.first)
        else:
            first = rng.permuted(np.tile(n_first > 0, (count, 1)), axis=1)[:, which]
        gap, parts = _influence(pair.x, first, pair.weight)
        var_a, var_b = _variances(parts, first, pair.weight)
        spread = np.sqrt(np.nan_to_num(var_a + var_b))
        t = np.where(spread > 0, gap / np.where(spread > 0, spread, 1.0), np.inf)
        larger += int((np.abs(t) >= size_of).sum())
    p = (1 + larger) / (draws + 1)
    return GroupDifference(statistic=observed.statistic, p_value=p, clusters=len(days))


def _log_ways(size: Ints, chosen: Ints) -> Floats:
    """The logarithm of how many ways there are to choose so many of so many."""
    ways = special.gammaln(size + 1) - special.gammaln(chosen + 1)
    return np.asarray(ways - special.gammaln(size - chosen + 1))


def _within(rng: np.random.Generator, count: int, which: Ints, first: Bools) -> Bools:
    """(count, N) labels permuted among the observations of each date."""
    order = np.argsort(which, kind="stable")
    labels = np.empty((count, len(which)), dtype=np.bool_)
    # Sorting random keys within dates permutes: the labels of a date go to its places in order.
    keys = which + rng.random((count, len(which)))
    labels[np.arange(count)[:, None], np.argsort(keys, axis=1)] = first[order]
    return labels


def _t(gap: float, se: float, df: float, clusters: int) -> GroupDifference:
    statistic = gap / se
    p = 2 * float(special.stdtr(df, -abs(statistic)))
    return GroupDifference(float(se), float(statistic), float(df), p, clusters)
