"""Tests for windows that share days in calendar time, against loops over pairs, days and moves."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.granks import mean_rank_correlation as shared_rank_correlation
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sums.chains import LONGEST_CHAIN, chains
from eventstudy.significance.sums.placebo_runs import Reference, placebo_statistics
from eventstudy.significance.sums.rank_correlation import independent_places
from eventstudy.spec.windows import Window

DAY, FIVE = Window(0, 0), Window(-2, 2)
WINDOWS = (DAY, Window(-1, 1), FIVE, Window(0, 12))


def overlapping(make_group, seed: int = 0, *, gaps: float = 0.0, apart: int = 1, **options):
    """24 events on eight dates `apart` sessions from each other, some of one firm."""
    rng = np.random.default_rng(seed)
    dates = 80 + apart * np.array([0, 1, 2, 3, 5, 6, 8, 9])
    sessions = int(dates[-1]) + 20
    market, shared = rng.normal(0, 0.01, sessions), rng.normal(0, 1, sessions)
    returns = market + 0.02 * (0.4 * shared + rng.standard_t(5, (20, sessions)))
    returns[rng.random(returns.shape) < gaps] = np.nan
    asset = np.concatenate([np.arange(20), np.arange(4)])
    day0 = np.concatenate([np.repeat(dates[:5], 4), dates[[5, 6, 7, 7]]])
    car = ((-1, 1), (-2, 2), (0, 12))
    given = {"window": (-2, 2), "car": car, "draws": 199, **options}
    return make_group(returns, market, day0.tolist(), asset=asset, **given)


def found(group, name: str, window: Window):
    return list_tests()[name].function(group.over(window))


def rank_z(group) -> list[list[float]]:
    """Each observation's ranks of its estimation days, mean 0 and variance 1, 0 where missing."""
    out = []
    for row in group.fits.residuals:
        valid = np.isfinite(row)
        ranks = stats.rankdata(row[valid])
        z = np.zeros(len(row))
        z[valid] = (ranks - ranks.mean()) / ranks.std()
        out.append(z.tolist())
    return out


def mean_rank_correlation(group, length: int) -> tuple[float, float]:
    """Mean of ρ·o over ordered pairs, and the part of pairs on different dates, pair by pair."""
    z, day0 = rank_z(group), group.positions.day0.tolist()
    valid = np.isfinite(group.fits.residuals)
    n, width = len(z), len(z[0])
    products: dict[tuple[int, int], list[float]] = {}
    for i in range(n):
        for j in range(n):
            lag = day0[j] - day0[i]
            if i == j or not 0 <= lag < length:
                continue
            both = [t for t in range(width - lag) if valid[i, t + lag] and valid[j, t]]
            total = products.setdefault((day0[i], day0[j]), [0.0, 0.0, 0.0])
            total[0] += sum(z[i][t + lag] * z[j][t] for t in both)
            total[1] += len(both)
            total[2] += 1
    same = apart = 0.0
    for (one, other), (product, shared, pairs) in products.items():
        share = (length - (other - one)) / length
        if one == other:
            same += pairs * product / shared
        else:
            apart += 2 * share * pairs * product / shared
    return (same + apart) / (n * (n - 1)), apart / (n * (n - 1))


@pytest.mark.parametrize("gaps", [0.0, 0.05])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_mean_rank_correlation_equals_a_loop_over_pairs(make_group, window, gaps) -> None:
    group = overlapping(make_group, 1, gaps=gaps)
    ours = shared_rank_correlation(group.over(window))
    every, apart = mean_rank_correlation(group, window.length)
    assert ours.all_pairs == pytest.approx(every, rel=1e-10)
    assert ours.apart == pytest.approx(apart, rel=1e-9, abs=1e-15)
    assert (ours.apart == 0) == (window == DAY)


def gsars(group, window: Window) -> list[list[float]]:
    """Of the observations with a value: valid SARs in their order with None for gaps, SCAR* last."""
    sample = group.over(window)
    star = sample.z / sample.z.std(ddof=1)
    rows = zip(group.fits.residuals[sample.valid], group.fits.s[sample.valid], star, strict=True)
    return [[*(e / s), last] for e, s, last in rows]


@pytest.mark.parametrize("gaps", [0.0, 0.01])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_overlap_adjusted_grank_equals_loops(make_group, window, gaps) -> None:
    group = overlapping(make_group, 2, gaps=gaps)
    u = []
    for row in gsars(group, window):
        valid = [v for v in row if math.isfinite(v)]
        u.append(stats.rankdata(valid)[-1] / (len(valid) + 1) - 0.5)
    n, r = len(u), mean_rank_correlation(group, window.length)[0]
    t = np.mean(u) / np.std(u, ddof=1) * math.sqrt(n) * math.sqrt((1 - r) / (1 + (n - 1) * r))
    outcome = found(group, "grank_overlap_t", window)
    assert outcome.n == n > 10
    assert outcome.statistic == pytest.approx(t, rel=1e-9)
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(abs(t), n - 1), rel=1e-8)


def test_overlap_adjusted_grank_refuses_what_it_would_reject_too_often(make_group) -> None:
    """A t of few bounded figures is no t(N − 1): with 5 observations a 1% test rejects 3%."""
    rng = np.random.default_rng(0)
    for n in (7, 8):
        returns = 0.02 * rng.normal(size=(n, 130))
        group = make_group(returns, returns.mean(axis=0), [90 + 2 * i for i in range(n)])
        outcome = found(group, "grank_overlap_t", DAY)
        assert ("needs at least 8" in outcome.refused) == (n < 8)


def sign_test(group, window: Window, more: float) -> tuple[float, int]:
    """Luoma's statistic, with so much added to the variance of the mean sign; and T."""
    signs: dict[int, list[float]] = {}
    rows = gsars(group, window)
    for row in rows:
        median = float(np.median([v for v in row if math.isfinite(v)]))
        for t, value in enumerate(row):
            if math.isfinite(value):
                signs.setdefault(t, []).append(float(np.sign(value - median)))
    days = len(signs)
    means = {t: sum(v) / len(v) for t, v in signs.items()}
    spread = sum(len(signs[t]) / len(rows) * means[t] ** 2 for t in signs) / days
    z = means[len(rows[0]) - 1] / math.sqrt(spread + more)
    return z * math.sqrt((days - 2) / (days - 1 - z * z)), days


@pytest.mark.parametrize("gaps", [0.0, 0.01])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_signs_of_gsars_equal_loops(make_group, window, gaps) -> None:
    group = overlapping(make_group, 3, gaps=gaps)
    n = group.over(window).n
    apart = mean_rank_correlation(group, window.length)[1]
    t, days = sign_test(group, window, 2 / 3 * max(apart, 0.0) * (n - 1) / n)
    outcome = found(group, "sign_gsar_t", window)
    assert outcome.statistic == pytest.approx(t, rel=1e-10)
    assert outcome.df == days - 2
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(abs(t), days - 2), rel=1e-9)
    assert ("spread times" in outcome.detail) == (apart > 0)


def test_the_sign_test_is_luomas_where_no_window_overlaps_in_part(make_group) -> None:
    group = overlapping(make_group, 4, apart=13)
    for window in WINDOWS:
        outcome = found(group, "sign_gsar_t", window)
        assert outcome.statistic == pytest.approx(sign_test(group, window, 0.0)[0], rel=1e-10)
        assert not outcome.detail


def test_a_window_beyond_the_tested_ones_is_answered_too(make_group) -> None:
    few = overlapping(make_group, 5, car=((0, 12),), window=(-2, 2))
    more = overlapping(make_group, 5, car=((0, 12), (3, 7)), window=(-2, 2))
    for name in ("grank_t", "grank_overlap_t", "sign_gsar_t"):
        one, other = (found(group, name, Window(3, 7)) for group in (few, more))
        assert one.statistic == pytest.approx(other.statistic, rel=1e-12)


def moved(group, length: int) -> list[float]:
    """bmp_t at every place that all events can be moved to, those with a gap left out."""
    runs = placebo_statistics(Reference.of(group.fits), length)
    out = []
    for place in range(runs.shape[1]):
        z = runs[:, place][np.isfinite(runs[:, place])]
        if len(z) >= 0.9 * len(runs):
            out.append(z.mean() / z.std(ddof=1) * math.sqrt(len(z)))
    return out


def literal_places(day0: list[int], length: int, places: int, r_bar: float) -> float:
    """The number of independent places, pair by pair."""

    def shared(x: int) -> float:
        return max(0.0, 1 - abs(x) / length)

    n = len(day0)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    together = sum(shared(day0[i] - day0[j]) for i, j in pairs)
    rho = max(r_bar * n * (n - 1) / together, 0.0) if together else 0.0

    def covariance(k: int) -> float:
        others = sum(shared(day0[i] - day0[j] - k) for i, j in pairs)
        return n * shared(k) + rho * others

    a = [covariance(k) / covariance(0) for k in range(places)]
    return places / (1 + 2 * sum((1 - k / places) * a[k] ** 2 for k in range(1, places)))


def test_places_of_one_date_are_worth_what_runs_of_independent_days_are() -> None:
    """Of B runs of L days 3LB/(2L² + 1), as B grows: B over the sum of squared autocorrelations."""
    one_date = np.full(30, 500)
    for length in (1, 3, 21):
        wanted = 3 * length * 5_000 / (2 * length**2 + 1)
        found = independent_places(one_date, length, 5_000, 0.2)
        assert found == pytest.approx(wanted, rel=0.01)
    crowd = np.arange(500, 800)
    assert independent_places(crowd, 21, 230, 0.0) > 16
    assert independent_places(crowd, 21, 230, 0.05) < 4


@pytest.mark.parametrize("gaps", [0.0, 0.01])
@pytest.mark.parametrize("window", WINDOWS[:3], ids=str)
def test_moving_all_events_together_equals_a_loop_over_places(make_group, window, gaps) -> None:
    group = overlapping(make_group, 6, gaps=0.0)
    if gaps:
        returns = group.panel.returns.copy()
        returns[np.random.default_rng(6).random(returns.shape) < gaps] = np.nan
        returns[:, 70:] = group.panel.returns[:, 70:]  # every observation has its event
        group = overlapping(make_group, 6)
        day0, asset = group.positions.day0.tolist(), group.positions.asset
        market = group.panel.designs[0, :, 0]
        group = make_group(returns, market, day0, asset=asset, window=(-2, 2), draws=199)
    statistics = moved(group, window.length)
    places = 51 - window.length
    assert len(statistics) == places if not gaps else 0 < len(statistics) <= places
    z = group.over(window).z
    observed = z.mean() / z.std(ddof=1) * math.sqrt(len(z))

    length = window.length
    r_bar = mean_rank_correlation(group, length)[0]
    df = literal_places(group.positions.day0.tolist(), length, len(statistics), r_bar)

    ranked = found(group, "shift_placebo", window)
    beyond = sum(abs(s) >= abs(observed) for s in statistics)
    if df < 16:
        assert f"worth {df:.1f} independent ones; 16 are needed" in ranked.refused
    else:
        assert ranked.p_value == (1 + beyond) / (1 + len(statistics))
        assert f"to {len(statistics)} places" in ranked.detail
    assert (df >= 16) == (window == DAY)

    over = found(group, "shift_t", window)
    t = observed / math.sqrt(np.mean(np.square(statistics)))
    assert (over.statistic, over.df) == (pytest.approx(t, rel=1e-10), pytest.approx(df))
    assert over.p_value == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-9)


def test_moving_events_is_refused_where_nothing_is_left_to_compare_with(make_group) -> None:
    group = overlapping(make_group, 7, car=((-2, 10),), estimation=(-60, -31), min_obs=5)
    assert "16 are needed" in found(group, "shift_placebo", Window(-2, 10)).refused
    assert "4 are needed" in found(group, "shift_t", Window(-2, 10)).refused
    assert not found(group, "shift_placebo", DAY).refused
    returns = group.panel.returns.copy()
    returns[:, 19:80:7] = np.nan
    day0, asset = group.positions.day0.tolist(), group.positions.asset
    market = group.panel.designs[0, :, 0]
    sparse = make_group(returns, market, day0, asset=asset, window=(0, 0), car=((0, 0),))
    for name in ("shift_placebo", "shift_t"):
        assert "no run of 13 estimation sessions" in found(sparse, name, Window(-2, 10)).refused


def literal_chains(day0: list[int], length: int) -> list[int]:
    """The chain of each observation by walking over the dates."""
    dates, chain, number, first = sorted(set(day0)), {}, -1, 0
    for before, date in pairwise([dates[0] - length, *dates]):
        if date - before >= length:
            number, first = number + 1, date
        elif (date - first) // (LONGEST_CHAIN * length) > (before - first) // (
            LONGEST_CHAIN * length
        ):
            number += 1
        chain[date] = number
    return [chain[day] for day in day0]


@pytest.mark.parametrize("length", [1, 3, 11])
@pytest.mark.parametrize("sessions", [40, 400, 4_000])
def test_chains_equal_a_walk_over_the_dates(length: int, sessions: int) -> None:
    for seed in range(5):
        day0 = np.random.default_rng(seed).integers(5, sessions, 60)
        which, count = chains(day0, length)
        assert which.tolist() == literal_chains(day0.tolist(), length)
        assert count == which.max() + 1
        together = which[:, None] == which
        near = np.abs(day0[:, None] - day0) < length
        if sessions == 4_000:  # no chain is so long that it is cut
            assert (together | ~near).all()
    assert chains(np.array([7, 7, 7]), length) == (pytest.approx([0, 0, 0]), 1)


def test_bootstrap_changes_the_signs_of_a_chain_together(make_group) -> None:
    rng = np.random.default_rng(8)
    day0 = np.repeat([80, 82, 100, 120, 121, 123, 140, 160, 162, 180], 3)
    market = rng.normal(0, 0.01, 200)
    returns = market + rng.normal(0, 0.02, (30, 200))
    group = make_group(returns, market, day0.tolist(), draws=299, seed=5, car=((-1, 1),))
    window = Window(-1, 1)
    which = np.repeat([0, 0, 1, 2, 2, 2, 3, 4, 4, 5], 3)
    z = group.over(window).z
    signs = np.random.default_rng(5).integers(0, 2, size=(299, 6), dtype=np.int8) * 2.0 - 1.0

    def t_of(values: np.ndarray) -> float:
        return float(values.mean() / values.std(ddof=1) * math.sqrt(len(values)))

    beyond = sum(abs(t_of(z * row[which])) >= abs(t_of(z)) * (1 - 1e-12) for row in signs)
    outcome = found(group, "bootstrap", window)
    assert outcome.p_value == (1 + beyond) / 300
    assert "6 chains of overlapping 3-day windows" in outcome.detail
    refused = found(overlapping(make_group, 9), "bootstrap", FIVE).refused
    assert refused == "needs at least 6 chains of overlapping 5-day windows, there are 1"


def test_permutation_moves_a_chain_together(make_group) -> None:
    short = overlapping(make_group, 10)
    assert "16 are needed" in found(short, "permutation", FIVE).refused
    panel, at = short.panel, short.positions
    rng = np.random.default_rng(1)
    before = rng.normal(0, 0.02, (20, 200))  # an estimation window five times as long
    returns = np.concatenate([before, panel.returns], axis=1)
    market = np.concatenate([rng.normal(0, 0.01, 200), panel.designs[0, :, 0]])
    later = (at.day0 + 200).tolist()
    options = {"window": (-2, 2), "estimation": (-260, -11), "draws": 199}
    group = make_group(returns, market, later, asset=at.asset, **options)
    statistics = np.array(moved(group, 5))
    z = group.over(FIVE).z
    observed = z.mean() / z.std(ddof=1) * math.sqrt(len(z))
    outcome = found(group, "permutation", FIVE)
    rng, drawn = np.random.default_rng(0), []
    for size in (64, 64, 64, 7):  # one chain: each draw is one place of all events
        drawn += statistics[rng.integers(0, len(statistics), size=(size, 1))[:, 0]].tolist()
    assert outcome.p_value == (1 + sum(abs(s) >= abs(observed) for s in drawn)) / 200


SIZED = ("grank_overlap_t", "sign_gsar_t", "shift_t")


def test_size_holds_where_windows_of_neighbouring_dates_overlap(make_group) -> None:
    """40 events in 8 consecutive sessions with a common shock, windows of 9 days."""
    window, p = Window(0, 8), {name: [] for name in (*SIZED, "grank_t", "cda_t")}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        market, shared = rng.normal(0, 0.01, 180), rng.normal(0, 1, 180)
        returns = market + 0.02 * (0.5 * shared + rng.normal(0, 1, (40, 180)))
        day0 = (155 + rng.integers(0, 8, 40)).tolist()
        group = make_group(
            returns, market, day0, estimation=(-140, -11), window=(0, 0), car=((0, 8),)
        )
        for name in p:
            p[name].append(found(group, name, window).p_value)
    rejected = {name: np.mean(np.array(values) < 0.05) for name, values in p.items()}
    bound = 0.075 + 2.5 * math.sqrt(0.075 * 0.925 / 150)
    assert max(rejected[name] for name in SIZED) < bound
    assert min(rejected["grank_t"], rejected["cda_t"]) > 2 * bound
