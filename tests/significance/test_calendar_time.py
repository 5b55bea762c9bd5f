"""Calendar-time portfolios against literal loops over days, and the restrictions of each model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.compiled import kernel
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.significance.sums.calendar_portfolio import hold
from eventstudy.significance.sums.cosine_errors import cosine_intercept, transforms
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

SESSIONS, WINDOW = 200, Window(-1, 2)
SPEC = {"estimation": (-60, -11), "window": (-2, 3), "car": (WINDOW,), "min_obs": 20}


class World:
    """Firms whose returns obey the CAPM with a riskless rate of 4 basis points a day."""

    def __init__(self, seed: int, n: int = 30, firms: int = 20, drift: float = 0.0) -> None:
        rng = np.random.default_rng(seed)
        self.rf = np.full(SESSIONS, 0.0004)
        self.market = self.rf + rng.normal(0.0003, 0.01, SESSIONS)
        self.beta = rng.uniform(0.3, 0.9, firms)
        noise = rng.normal(0, 0.015, (firms, SESSIONS)) + rng.normal(0, 0.005, SESSIONS)
        premium = self.beta[:, None] * (self.market - self.rf)
        self.returns = self.rf + premium + drift + noise
        self.asset = rng.integers(0, firms, n)
        self.day0 = rng.integers(70, 190, n)

    def group(self, model: str, months=None, **options) -> FittedGroup:
        columns = {
            "mean": [],
            "capm": [self.market, self.rf],
            "market": [self.market],
            "market_adjusted": [self.market],
        }[model]
        x = np.stack(columns, axis=-1) if columns else np.empty((SESSIONS, 0))
        panel = Panel(self.returns, np.ascontiguousarray(x)[None], months)
        at = Positions(self.asset, self.day0, np.zeros(len(self.asset), dtype=np.int64))
        spec, chosen = StudySpec(model=model, **{**SPEC, **options}), get_model(model)
        fits = estimate(panel, at, chosen, spec, keep_windows=True)
        rows = np.arange(len(at))
        return FittedGroup("g", fits, at, chosen, spec, panel, rows)

    def held(self, window: Window = WINDOW) -> dict[int, dict[int, list[int]]]:
        """Session → asset → the observations that hold it."""
        days: dict[int, dict[int, list[int]]] = {}
        for i, (asset, day) in enumerate(zip(self.asset, self.day0, strict=True)):
            for session in range(day + window.start, day + window.end + 1):
                days.setdefault(session, {}).setdefault(int(asset), []).append(i)
        return dict(sorted(days.items()))


def found(group: FittedGroup, name: str, window: Window = WINDOW):
    outcome = list_tests()[name].function(group.over(window))
    assert not outcome.refused
    return outcome


def abnormal(group: FittedGroup, i: int, session: int) -> float:
    first = group.positions.day0[i] + group.spec.span.start
    return float(group.fits.ar[i, session - first])


def portfolio_ar(world: World, group: FittedGroup) -> dict[int, float]:
    """The mean over assets, of each the mean over its observations, day by day."""
    return {
        day: float(np.mean([np.mean([abnormal(group, i, day) for i in rows]) for rows in own]))
        for day, assets in world.held().items()
        for own in [list(assets.values())]
    }


def cosine_t(y: np.ndarray, x: np.ndarray | None = None) -> tuple[float, float]:
    """Intercept over its error and df, with matrices written out."""
    n = len(y)
    design = np.ones((n, 1)) if x is None else np.column_stack([np.ones(n), x])
    k = design.shape[1]
    lags = int(4 * (n / 100) ** (2 / 9))
    count = min(int(1.5 * n / (lags + 1)), n - k, 100)
    inverse = np.linalg.inv(design.T @ design)
    weights = (inverse @ design.T)[0]
    maker = np.eye(n) - design @ inverse @ design.T
    left = maker @ y
    waves = [
        np.sqrt(2) * np.cos(np.pi * j * (np.arange(n) + 0.5) / n) * weights
        for j in range(1, count + 1)
    ]
    raw = np.mean([(wave @ left) ** 2 for wave in waves])
    spread = np.array([[a @ maker @ b for b in waves] for a in waves])
    unbiased = (weights @ weights) / (np.trace(spread) / count)
    df = np.trace(spread) ** 2 / (spread**2).sum()
    return float(weights @ y / np.sqrt(raw * unbiased)), float(df)


def leverage(group: FittedGroup, model: str, window: Window = WINDOW) -> float:
    """Mean of V/L over the observations, from the estimation windows themselves."""
    values = []
    for day in group.positions.day0:
        x = group.panel.designs[0]
        if model == "capm":
            x = x[:, :1] - x[:, 1:]
        rows = np.column_stack([np.ones(SESSIONS), x])
        before = rows[day - 60 : day - 10]
        total = rows[day + window.start : day + window.end + 1].sum(axis=0)
        added = (
            0.0 if model == "market_adjusted" else total @ np.linalg.inv(before.T @ before) @ total
        )
        values.append(1 + added / window.length)
    return float(np.mean(values))


@pytest.mark.parametrize("model", ["market", "capm", "mean", "market_adjusted"])
def test_the_mean_of_abnormal_returns_equals_a_loop_over_days(model) -> None:
    world = World(1)
    group = world.group(model)
    y = np.array(list(portfolio_ar(world, group).values()))
    t, df = cosine_t(y)
    outcome = found(group, "calendar_time_ar")
    assert outcome.statistic == pytest.approx(t / np.sqrt(leverage(group, model)), rel=1e-9)
    assert outcome.df == pytest.approx(df, rel=1e-9)
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(abs(outcome.statistic), df), rel=1e-9)


def raw(world: World, less: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sessions, and the mean return over the assets held on each, less a series."""
    held = world.held()
    days = np.array(list(held))
    y = [np.mean([world.returns[a, day] - less[day] for a in held[day]]) for day in days]
    return days, np.array(y)


@pytest.mark.parametrize("model", ["market", "capm", "market_adjusted"])
def test_the_regression_has_the_restrictions_of_the_model(model) -> None:
    world = World(2)
    none = np.zeros(SESSIONS)
    less = {"market": none, "capm": world.rf, "market_adjusted": world.market}[model]
    days, y = raw(world, less)
    x = {"market": world.market[days], "capm": (world.market - world.rf)[days]}.get(model)
    t, df = cosine_t(y, x)
    outcome = found(world.group(model), "calendar_time")
    assert outcome.statistic == pytest.approx(t, rel=1e-9)
    assert outcome.df == pytest.approx(df, rel=1e-9)


def test_without_regressors_the_portfolio_is_one_of_abnormal_returns() -> None:
    """The mean return itself says nothing about the event."""
    world = World(3, drift=0.01)
    group = world.group("mean")
    plain, abnormal_t = found(group, "calendar_time"), found(group, "calendar_time_ar")
    assert plain == abnormal_t
    assert abs(plain.statistic) < 3 < cosine_t(raw(world, np.zeros(SESSIONS))[1])[0]


def test_under_the_capm_the_riskless_rate_is_no_abnormal_return() -> None:
    """rf is 4 bp a day and β is .6: against R_m instead of R_m − rf the intercept is rf(β − 1)."""
    intercepts, wrong = [], []
    for seed in range(40):
        world = World(seed)
        outcome = found(world.group("capm"), "calendar_time")
        intercepts.append(float(outcome.detail.split(": ")[1].split(" a day")[0]))
        days, y = raw(world, world.rf)
        design = np.column_stack([np.ones(len(y)), world.market[days]])
        wrong.append(np.linalg.lstsq(design, y, rcond=None)[0][0])
    error = np.std(intercepts, ddof=1) / np.sqrt(len(intercepts))
    assert abs(np.mean(intercepts)) < 2.5 * error
    assert np.mean(wrong) - np.mean(intercepts) == pytest.approx(-0.0004 * 0.6, abs=0.00006)


def test_a_rolling_window_and_other_benchmarks_keep_the_restrictions() -> None:
    world = World(4)
    fixed, moving = world.group("capm"), world.group("capm")
    moved = FittedGroup(
        "g", moving.fits, moving.positions, _without_regression(moving.model), moving.spec,
        moving.panel, moving.rows,
    )  # fmt: skip
    assert found(moved, "calendar_time") == found(fixed, "calendar_time")
    two = world.group("market_adjusted")
    at = Positions(world.asset, world.day0, np.arange(len(world.asset)) % 2)
    panel = Panel(world.returns, np.repeat(two.panel.designs, 2, axis=0))
    both = FittedGroup("g", two.fits, at, two.model, two.spec, panel, two.rows)
    assert found(both, "calendar_time") == found(two, "calendar_time")
    market = world.group("market")
    other = FittedGroup("g", market.fits, at, market.model, market.spec, panel, market.rows)
    assert (
        "different benchmarks" in list_tests()["calendar_time"].function(other.over(WINDOW)).refused
    )


def _without_regression(model):
    return replace(model, regression=None, linear=False)


@pytest.mark.parametrize("missing", [False, True])
def test_the_standardised_test_equals_a_loop_over_days(missing) -> None:
    world = World(5, n=40)
    if missing:
        world.returns[3, 40:60] = np.nan
        world.returns[7, ::9] = np.nan
    group = world.group("market")
    fits, day0 = group.fits, group.positions.day0
    valid = [
        i for i in range(len(day0))
        if np.isfinite(world.returns[world.asset[i], day0[i] - 1 : day0[i] + 3]).all()
    ]  # fmt: skip
    known = set(valid)
    errors = fits.s[:, None] * np.sqrt(1 + fits.leverage.daily())
    z = []
    for day, assets in world.held().items():
        rows = [[i for i in own if i in known] for own in assets.values()]
        rows = [own for own in rows if own]
        if not rows:
            continue
        share = {i: 1 / len(own) for own in rows for i in own}
        total = sum(share.values())
        first = {i: day - (day0[i] + group.spec.span.start) for i in share}
        mean = sum(w * fits.ar[i, first[i]] / errors[i, first[i]] for i, w in share.items()) / total
        returns, squares, count = group.panel.returns, 0.0, 0
        for session in range(day - 70, day):
            weight = value = 0.0
            for i, w in share.items():
                inside = day0[i] - 60 <= session <= day0[i] - 11
                r = returns[world.asset[i], session]
                if inside and np.isfinite(r):
                    e = r - fits.coef[i, 0] - fits.coef[i, 1] * world.market[session]
                    weight, value = weight + w, value + w * e / fits.s[i]
            if weight >= total / 2:
                squares, count = squares + (value / weight) ** 2, count + 1
        z.append(mean / np.sqrt(squares / (count - 2)))
    t, df = cosine_t(np.array(z))
    added = np.mean([1 + fits.leverage.total(slice(1, 5))[i] / 4 for i in valid])
    outcome = found(group, "calendar_time_sar")
    assert outcome.n == len(valid)
    assert outcome.df == pytest.approx(df)
    assert outcome.statistic == pytest.approx(t / np.sqrt(added), rel=1e-9)


def test_days_of_one_member_are_divided_by_one() -> None:
    world = World(6, n=8, firms=8)
    world.day0 = np.arange(75, 75 + 8 * 14, 14)
    group = world.group("market")
    errors = group.fits.s[:, None] * np.sqrt(1 + group.fits.leverage.daily())
    z = (group.fits.ar / errors)[:, 1:5]
    t, _ = cosine_t(z.ravel())
    added = leverage(group, "market")
    outcome = found(group, "calendar_time_sar")
    assert outcome.statistic == pytest.approx(t / np.sqrt(added), rel=1e-9)


def test_an_asset_counts_once_a_day() -> None:
    """A second observation of the same asset and date changes nothing."""
    world = World(7)
    twice = World(7)
    twice.asset = np.append(world.asset, world.asset[:9])
    twice.day0 = np.append(world.day0, world.day0[:9])
    for name in ("calendar_time", "calendar_time_ar", "calendar_time_sar"):
        one, two = found(world.group("market"), name), found(twice.group("market"), name)
        # V/L is a mean over observations, so it may move.
        assert two.statistic == pytest.approx(one.statistic, rel=2e-3)
        assert two.df == pytest.approx(one.df, rel=1e-9)
        assert two.n == one.n + 9


def test_weights_of_the_members() -> None:
    rng = np.random.default_rng(8)
    asset, day0 = rng.integers(0, 5, 25), rng.integers(10, 40, 25)
    values, weights = rng.normal(size=(25, 4)), rng.uniform(1, 9, 25)
    (portfolio,) = hold(asset, day0, WINDOW, 1, weights[:, None]).portfolios(values.__getitem__)
    expected: dict[int, float] = {}
    for day in range(60):
        firms: dict[int, list[tuple[float, float]]] = {}
        for i in range(25):
            tau = day - day0[i]
            if WINDOW.start <= tau <= WINDOW.end:
                own = firms.setdefault(int(asset[i]), [])
                own.append((weights[i], values[i, tau - WINDOW.start]))
        mass = sum(sum(w for w, _ in own) / len(own) for own in firms.values())
        total = sum(sum(w * v for w, v in own) / len(own) for own in firms.values())
        if firms:
            expected[day] = total / mass
    assert portfolio.days.tolist() == list(expected)
    np.testing.assert_allclose(portfolio.value, list(expected.values()), rtol=1e-12)
    (equal,) = hold(asset, day0, WINDOW, 1, np.full((25, 1), 3.0)).portfolios(values.__getitem__)
    (plain,) = hold(asset, day0, WINDOW, 1, np.ones((25, 1))).portfolios(values.__getitem__)
    np.testing.assert_allclose(equal.value, plain.value, rtol=1e-12)


def test_the_weights_of_a_group_are_those_of_its_portfolio() -> None:
    world = World(13)
    group = world.group("market_adjusted")
    size = np.random.default_rng(2).uniform(1, 9, len(world.asset))
    weighted = replace(group, weights=size)
    y = []
    for day, assets in world.held().items():
        mass = total = 0.0
        for rows in assets.values():
            mass += np.mean(size[rows])
            total += np.mean([size[i] * abnormal(group, i, day) for i in rows])
        y.append(total / mass)
    outcome = found(weighted, "calendar_time_ar")
    assert outcome.statistic == pytest.approx(cosine_t(np.array(y))[0], rel=1e-9)
    assert "weighted" in outcome.detail
    assert outcome.statistic != pytest.approx(found(group, "calendar_time_ar").statistic, rel=1e-3)
    assert found(weighted, "calendar_time").statistic == pytest.approx(outcome.statistic, rel=1e-9)


def test_the_order_of_the_observations_changes_nothing() -> None:
    world, other = World(9), World(9)
    order = np.random.default_rng(1).permutation(len(world.asset))
    other.asset, other.day0 = world.asset[order], world.day0[order]
    for name in ("calendar_time", "calendar_time_ar", "calendar_time_sar", "ibragimov_muller_t"):
        one, two = found(world.group("capm"), name), found(other.group("capm"), name)
        assert two.statistic == pytest.approx(one.statistic, rel=1e-10)


def test_months_are_means_of_their_days() -> None:
    world = World(10)
    months = np.arange(SESSIONS) // 21
    group = world.group("market", months=months)
    daily = portfolio_ar(world, group)
    by_month: dict[int, list[float]] = {}
    for day, value in daily.items():
        by_month.setdefault(int(months[day]), []).append(value)
    means = np.array([np.mean(own) for own in by_month.values()])
    t = stats.ttest_1samp(means, 0)
    outcome = found(group, "calendar_time_monthly")
    assert outcome.df == len(means) - 1
    expected = t.statistic / np.sqrt(leverage(group, "market"))
    assert outcome.statistic == pytest.approx(expected, rel=1e-9)
    none = list_tests()["calendar_time_monthly"].function(world.group("market").over(WINDOW))
    assert "calendar" in none.refused


def test_a_study_knows_its_months() -> None:
    rng = np.random.default_rng(12)
    index = pd.bdate_range("2021-01-04", periods=600)
    names = [f"F{k}" for k in range(12)]
    wide = pd.DataFrame(0.01 * rng.standard_normal((600, 13)), index, [*names, "mkt"])
    at = rng.integers(300, 580, 12)
    events = pd.DataFrame({"event_id": names, "ticker": names, "date": index[at]})
    study = es.EventStudy(benchmark="mkt", car=[(0, 4)], tests=["calendar_time_monthly"])
    result = study.run(events, returns=wide)
    tests = result.tests.query("group == 'all' and start == 0 and end == 4")
    held = {day for day0 in at for day in range(day0, day0 + 5)}
    months = {(index[day].year, index[day].month) for day in held}
    assert tests["df"].item() == len(months) - 1


def test_few_days_are_refused() -> None:
    world = World(11, n=4, firms=4)
    world.day0 = np.array([80, 80, 81, 81])
    for model, name in (("capm", "calendar_time"), ("mean", "calendar_time_ar")):
        group = world.group(model)
        assert "too few" in list_tests()[name].function(group.over(Window(0, 0))).refused
        assert not list_tests()[name].function(group.over(Window(-2, 3))).refused


# --- cosine errors ---------------------------------------------------------------------------


@pytest.mark.parametrize("days", [5, 6, 10, 40])
def test_a_mean_of_independent_normal_values_is_t(days) -> None:
    rng = np.random.default_rng(days)
    none = np.empty((days, 0))
    found = [cosine_intercept(rng.normal(size=days), none) for _ in range(1_500)]
    t = np.array([one.estimate / np.sqrt(one.variance) for one in found])
    assert {one.df for one in found} == {transforms(days)}
    assert stats.kstest(t, "t", args=(transforms(days),)).pvalue > 0.001


def test_autocorrelation_costs_size_only_where_days_are_few() -> None:
    """The spectrum at the frequencies that are averaged makes it reject about 6%, a plain t 10%."""
    rng, samples = np.random.default_rng(3), 1_500
    e = rng.normal(size=(120, samples))
    for day in range(1, 120):
        e[day] += 0.2 * e[day - 1]
    y, none = e[20:].T, np.empty((100, 0))
    found = [cosine_intercept(one, none) for one in y]
    t = np.array([one.estimate / np.sqrt(one.variance) for one in found])
    ours = (2 * stats.t.sf(np.abs(t), transforms(100)) < 0.05).mean()
    theirs = (stats.ttest_1samp(y, 0, axis=1).pvalue < 0.05).mean()
    assert ours < 0.08
    assert theirs > 0.085


@pytest.mark.parametrize("days", [7, 30, 120])
def test_the_intercept_of_a_regression_equals_matrices_written_out(days) -> None:
    rng = np.random.default_rng(days)
    x = rng.normal(size=(days, 2)) * (0.01, 3.0) + (0.2, 5.0)
    y = rng.normal(size=days) + x @ [2.0, -1.0]
    one = cosine_intercept(y, x)
    t, df = cosine_t(y, x)
    assert one.estimate / np.sqrt(one.variance) == pytest.approx(t, rel=1e-7)
    assert one.df == pytest.approx(df, rel=1e-7)


def test_constant_and_collinear_regressors_have_no_intercept() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=20), rng.normal(size=(20, 1))
    assert cosine_intercept(y, np.ones((20, 1))) is None
    assert cosine_intercept(y, np.concatenate([x, 2 * x + 1], axis=1)) is None


@pytest.mark.parametrize("large", [1, 10**9], ids=["compiled", "numpy"])
def test_a_day_whose_members_cancel_out_has_no_spread(monkeypatch, large: int) -> None:
    """With one degree of freedom residuals over s differ in their sign only."""
    monkeypatch.setattr(kernel, "LARGE", large)
    rng, days, firms = np.random.default_rng(1), pd.bdate_range("2020-01-01", periods=90), 10
    market = 0.01 * rng.standard_normal(90)
    values = market[:, None] + 1e-8 * rng.standard_normal((90, firms))
    at = np.maximum(20, 20 + 6 * np.arange(firms) - 6)  # the first two share their date
    own = np.array([1.0, -2.0, 1.5])
    for firm, sign in ((0, 1), (1, -1)):
        values[7:10, firm] = market[7:10] + sign * 1e-8 * own
    names = [f"F{i}" for i in range(firms)]
    wide = pd.DataFrame(np.column_stack([values, market]), days, [*names, "mkt"])
    events = pd.DataFrame({"event_id": names, "ticker": names, "date": days[at]})
    windows = {"estimation": (-13, -11), "window": (0, 0), "car": [(0, 0)], "min_obs": 3}
    study = es.EventStudy(benchmark="mkt", tests=["calendar_time_sar"], **windows)
    tests = study.run(events, returns=wide).tests
    assert (tests["detail"].str.contains("1 day without a spread left out")).all()
