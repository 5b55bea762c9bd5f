"""Sign and rank tests against plain loops over observations and days, gaps and ties included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.registry import list_tests
from eventstudy.spec.windows import Window

DAYS = (Window(0, 0), Window(-1, 1), Window(-5, 5))


def world(
    seed: int, n: int = 12, *, gaps: bool, ties: bool
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, 130)
    returns = market + rng.standard_t(4, (n, 130)) * 0.02
    if ties:
        returns = returns.round(2)
    if gaps:
        returns[rng.random(returns.shape) < 0.05] = np.nan
    return returns, market, rng.integers(75, 110, n).tolist()


CASES = [(False, False), (True, False), (True, True)]


@pytest.fixture(params=CASES, ids=["complete", "gaps", "gaps and ties"])
def group(request, make_group):
    gaps, ties = request.param
    returns, market, day0 = world(5, gaps=gaps, ties=ties)
    return make_group(returns, market, day0, model="market_adjusted" if ties else "market")


def found(group, name: str, window: Window):
    return list_tests()[name].function(group.over(window))


def rows(group) -> list[list[float]]:
    """Every observation's abnormal returns over estimation window and event days."""
    both = zip(group.fits.residuals, group.fits.ar, strict=True)
    return [[*estimation, *event] for estimation, event in both]


def average_rank(values: list[float], x: float) -> float:
    return sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2


def daily(group, score) -> list[float]:
    """score(own values, value) summed over the observations of each day; with the count."""
    table = rows(group)
    out = []
    for t in range(len(table[0])):
        total, count = 0.0, 0
        for row in table:
            if math.isfinite(row[t]):
                own = [v for v in row if math.isfinite(v)]
                total += score(own, row[t])
                count += 1
        out.append((total, count))
    return out


def score_z(group, window: Window, score, weight) -> float:
    days = [total / weight(count) for total, count in daily(group, score) if count]
    spread = math.sqrt(sum(d * d for d in days) / len(days))
    first = 50 + window.start + 5
    inside = days[first : first + window.length]
    return math.sqrt(window.length) * sum(inside) / len(inside) / spread


@pytest.mark.parametrize("window", DAYS, ids=str)
def test_rank_tests_equal_loops(group, window):
    def centred(own, x):
        return average_rank(own, x) - (len(own) + 1) / 2

    def scaled(own, x):
        return average_rank(own, x) / (len(own) + 1) - 0.5

    def sign(own, x):
        return np.sign(x - float(np.median(own)))

    for name, score, weight in (
        ("corrado_z", centred, float),
        ("cowan_rank_z", centred, float),
        ("corrado_zivney_z", scaled, math.sqrt),
        ("corrado_zivney_sign_z", sign, math.sqrt),
    ):
        outcome = found(group, name, window)
        expected = score_z(group, window, score, weight)
        assert outcome.statistic == pytest.approx(expected, rel=1e-10), name
        assert outcome.p_value == pytest.approx(2 * stats.norm.sf(abs(expected)), rel=1e-9)
        assert outcome.p_greater == pytest.approx(stats.norm.sf(expected), rel=1e-9)


@pytest.mark.parametrize("window", DAYS, ids=str)
def test_generalised_rank_equals_loops(group, window):
    sample = group.over(window)
    z = sample.z
    star = z / z.std(ddof=1)
    sar = [
        [e / s for e in row]
        for row, s in zip(
            group.fits.residuals[sample.valid], group.fits.s[sample.valid], strict=True
        )
    ]
    width = len(sar[0])
    u = [[math.nan] * (width + 1) for _ in sar]
    for i, row in enumerate(sar):
        own = [*[v for v in row if math.isfinite(v)], star[i]]
        for t, v in enumerate([*row, star[i]]):
            if math.isfinite(v):
                u[i][t] = average_rank(own, v) / (len(own) + 1) - 0.5
    n, mean_u = len(sar), []
    for t in range(width + 1):
        column = [u[i][t] for i in range(n) if math.isfinite(u[i][t])]
        if column:
            mean_u.append((sum(column) / len(column), len(column)))
    spread = math.sqrt(sum(c / n * m * m for m, c in mean_u) / len(mean_u))
    big_z, days = mean_u[-1][0] / spread, len(mean_u)
    t = big_z * math.sqrt((days - 2) / (days - 1 - big_z**2))

    outcome = found(group, "grank_t", window)
    assert outcome.statistic == pytest.approx(t, rel=1e-10)
    assert outcome.df == days - 2
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(abs(t), days - 2), rel=1e-9)
    expected = mean_u[-1][0] * math.sqrt(12 * n * (days + 1) / (days - 1))
    assert found(group, "grank_z", window).statistic == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("window", DAYS, ids=str)
def test_sign_tests_equal_loops(group, window):
    x = group.over(window).x
    n, positive = len(x), int((x > 0).sum())
    z = found(group, "sign_z", window)
    assert z.statistic == pytest.approx((positive - n / 2) / math.sqrt(n / 4), rel=1e-12, abs=1e-15)
    exact = found(group, "sign_exact", window)
    assert exact.p_value == pytest.approx(stats.binomtest(positive, n).pvalue, rel=1e-10)
    assert exact.p_greater == pytest.approx(
        stats.binomtest(positive, n, alternative="greater").pvalue, rel=1e-10
    )
    shares = [np.mean(row[np.isfinite(row)] > 0) for row in group.fits.residuals]
    p = float(np.mean(shares))
    expected = (positive - n * p) / math.sqrt(n * p * (1 - p))
    assert found(group, "gsign_z", window).statistic == pytest.approx(expected, rel=1e-12)


def test_wilcoxon_is_exact_without_ties_and_normal_with(make_group):
    returns, market, day0 = world(7, gaps=False, ties=False)
    exact = found(make_group(returns, market, day0), "wilcoxon", DAYS[0])
    x = make_group(returns, market, day0).over(DAYS[0]).x
    theirs = stats.wilcoxon(x, method="exact")
    assert (exact.distribution, exact.p_value) == ("signed rank", pytest.approx(theirs.pvalue))
    assert exact.statistic == sum(stats.rankdata(np.abs(x))[x > 0])

    returns, market, day0 = world(8, n=40, gaps=False, ties=True)
    tied = make_group(returns, np.zeros_like(market), day0, model="market_adjusted")
    x = tied.over(DAYS[0]).x
    assert len(np.unique(np.abs(x))) < len(x)
    theirs = stats.wilcoxon(x[x != 0], method="asymptotic", correction=False)
    ours = found(tied, "wilcoxon", DAYS[0])
    assert ours.distribution == "N"
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_wilcoxon_turns_normal_above_fifty(make_group):
    returns, market, day0 = world(9, n=51, gaps=False, ties=False)
    assert found(make_group(returns, market, day0), "wilcoxon", DAYS[0]).distribution == "N"
    fifty = make_group(returns[:50], market, day0[:50])
    assert found(fifty, "wilcoxon", DAYS[0]).distribution == "signed rank"


def test_refusals_say_why(make_group):
    returns, market, day0 = world(3, n=2, gaps=False, ties=False)
    one = make_group(returns[:1], market, day0[:1])
    assert "at least 2 observations" in found(one, "grank_t", DAYS[0]).refused
    silent = returns.copy()
    silent[:, 70:120] = np.nan
    group = make_group(silent, market, [75, 75])
    for name in ("sign_z", "sign_exact", "gsign_z", "wilcoxon", "wilcoxon_z", "corrado_z", "cda_t"):
        outcome = found(group, name, DAYS[0])
        assert outcome.refused, name
        assert math.isnan(outcome.statistic)
