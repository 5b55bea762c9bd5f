"""What must not change a figure, for every registered model and every registered test."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from eventstudy.models import estimate
from eventstudy.models.registry import between_trades
from eventstudy.models.registry import list_models as known_models
from eventstudy.significance.registry import list_tests as known_tests

MODELS = list(known_models())
TESTS = list(known_tests())
NOT_SCALE_FREE = frozenset({"bhar_t", "bhar_skew_t", "bhar_hall_t"})
"""Buy-and-hold returns are products: scaling every return does not scale them, nor does a flip."""


def permuted_events(case):
    order = np.random.default_rng(1).permutation(len(case.observations))
    return case.having(observations=case.observations.iloc[order])


def permuted_columns(case):
    return case.having(
        wide=case.wide[np.random.default_rng(2).permutation(case.wide.columns.to_numpy())]
    )


def reversed_sessions(case):
    return case.having(wide=case.wide[::-1])


def missing_elsewhere(case):
    """A hole outside all windows of each observed firm, and one in the windows of another firm."""
    wide, frame = case.wide.copy(), case.observations
    for row in frame.itertuples():
        at = wide.index.get_loc(row.date)
        wide.loc[wide.index[at - 111], row.ticker] = np.nan
        wide.loc[wide.index[[at - 4, at + 13, at + 18]], row.ticker] = np.nan
    return bystander(case.having(wide=wide))


def bystander(case):
    """Another firm, with a hole every third session."""
    wide = case.wide
    return case.having(wide=wide.assign(bystander=wide["mkt"].where(np.arange(len(wide)) % 3 > 0)))


HARMLESS = (permuted_events, permuted_columns, reversed_sessions, missing_elsewhere)


def relabelled(case):
    """New names in the reverse order of the old ones."""
    tickers = {t: f"{'zyx'[i % 3]} {99 - i}" for i, t in enumerate(case.observations["ticker"])}
    ids = {e: f"{99 - i}ü" for i, e in enumerate(case.observations["event_id"])}
    frame = case.observations.assign(
        ticker=case.observations["ticker"].map(tickers),
        event_id=case.observations["event_id"].map(ids),
    )
    return case.having(wide=case.wide.rename(columns=tickers), observations=frame), ids


# Every model: its AR, CAR, se, t, p, and all tests on it


@pytest.mark.parametrize("change", HARMLESS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("model", MODELS)
def test_model(bench, model: str, change) -> None:
    if change is missing_elsewhere and between_trades(known_models()[model]):
        change = bystander  # a return from one trade to the next covers the hole before it
    case, result = bench.base(model)
    other = bench.study(model, change(case))
    rtol = min(bench.tolerance(model), 1e-7)  # the data of each fit are the same
    bench.same_cars(other, result, rtol=rtol)
    bench.same_tests(other, result, rtol=rtol)


@pytest.mark.parametrize("model", MODELS)
def test_model_relabelled(bench, model: str) -> None:
    case, result = bench.base(model)
    renamed, ids = relabelled(case)
    other = bench.study(model, renamed)
    bench.same_cars(other, result, ids=ids)
    bench.same_tests(other, result)


@pytest.mark.parametrize("model", MODELS)
def test_model_in_chunks(bench, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, result = bench.base(model)
    monkeypatch.setattr(estimate, "BLOCK", 2)
    other = bench.study(model, case)
    rtol = min(bench.tolerance(model), 1e-7)
    bench.same_cars(other, result, rtol=rtol)
    bench.same_tests(other, result, rtol=rtol)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
@pytest.mark.parametrize("model", MODELS)
def test_model_scaled(bench, model: str, scale: float) -> None:
    case, result = bench.base(model)
    other = bench.study(model, case.having(wide=case.wide * scale))
    rtol = bench.tolerance(model)
    bench.same_cars(other, result, factor=scale, rtol=rtol)
    bench.same_tests(other, result, without=NOT_SCALE_FREE, rtol=rtol)


@pytest.mark.parametrize("model", MODELS)
def test_model_flipped(bench, model: str) -> None:
    case, result = bench.base(model)
    other = bench.study(model, case.having(wide=-case.wide))
    bench.same_cars(other, result, factor=-1.0, rtol=bench.tolerance(model))


@pytest.mark.parametrize("model", MODELS)
def test_model_batch_equals_its_events_alone(bench, model: str) -> None:
    case, result = bench.base(model)
    rtol = min(bench.tolerance(model), 1e-7)
    for i in range(len(case.observations)):
        one = case.observations.iloc[[i]]
        alone = bench.study(model, case.having(observations=one), tests=["t"])
        event_id = one["event_id"].item()
        for days in bench.days(result):
            a = alone.car(days)
            if a.empty:
                assert event_id not in result.car(days).index
                continue
            b = result.car(days).loc[a.index]
            columns = ["car", "se", "t", "df", "p_value", "n_obs"]
            pd.testing.assert_frame_equal(a[columns], b[columns], rtol=rtol, atol=1e-15)
        tests = alone.tests.query("group == 'all'").set_index(["start", "end"])
        if len(tests):
            whole = result.car((-1, 1)).loc[event_id].iloc[0]
            np.testing.assert_allclose(tests.loc[(-1, 1), "statistic"], whole["t"], rtol=rtol)


@pytest.mark.parametrize("model", ["garch", "gjr", "egarch", "robust"])
def test_no_fit_hinges_on_rounding(bench, model: str) -> None:
    """Sixteen fits on returns with the clustered variance that the models are for."""
    same_t_of_many(bench, model, 1.0000001)


@pytest.mark.parametrize("model", ["garch", "gjr", "egarch", "robust"])
def test_no_fit_hinges_on_the_sign(bench, model: str) -> None:
    same_t_of_many(bench, model, -1.0)


def same_t_of_many(bench, model: str, scale: float) -> None:
    case = clustered_variance(bench.base("market")[0], 16)
    options = {"tests": ["csect_t"], "placebo": False, "estimation": (-260, -11), "min_obs": 200}
    one, other = (
        bench.study(model, case.having(wide=case.wide * by), **options) for by in (1.0, scale)
    )
    assert set(one.fits.index) == set(other.fits.index)
    expected = np.sign(scale) * other.car((0, 0))["t"]
    np.testing.assert_allclose(one.car((0, 0))["t"], expected, rtol=1e-3)


def clustered_variance(case, n: int):
    rng = np.random.default_rng(3)
    noise, variance, last = np.empty((330, n)), np.full(n, 2e-4), np.zeros(n)
    for day in range(330):
        variance = 2e-5 + 0.1 * last**2 + 0.82 * variance
        noise[day] = last = np.sqrt(variance) * rng.standard_normal(n)
    market = 0.01 * rng.standard_normal(330)
    names = [f"F{i}" for i in range(n)]
    index = pd.bdate_range("2023-01-02", periods=330)
    wide = pd.DataFrame(np.column_stack([market[:, None] + noise, market]), index, [*names, "mkt"])
    frame = pd.DataFrame({"event_id": names, "ticker": names, "date": index[300], "group": "g"})
    return case.having(wide=wide, observations=frame)


# Every test, on the market model


@pytest.mark.parametrize("change", HARMLESS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", TESTS)
def test_test(bench, name: str, change) -> None:
    bench.same_tests(changed(bench, change.__name__), bench.base("market")[1], only=name)


@pytest.mark.parametrize("how", ["relabelled", "chunked", "scaled down", "scaled up"])
@pytest.mark.parametrize("name", TESTS)
def test_test_relabelled_chunked_and_scaled(bench, name: str, how: str) -> None:
    if "scaled" in how and name in NOT_SCALE_FREE:
        one, other = (
            bench.rows(r).loc[name] for r in (bench.base("market")[1], changed(bench, how))
        )
        assert (one["refused"] == other["refused"]).all()
        return
    bench.same_tests(changed(bench, how), bench.base("market")[1], only=name)


def one_date(bench):
    return bench.case(6, spread=0, missing=0.02)


def one_event(bench):
    return bench.case(1)


@pytest.mark.parametrize("layout", [one_date, one_event], ids=lambda f: f.__name__)
@pytest.mark.parametrize("change", HARMLESS, ids=lambda f: f.__name__)
def test_tests_of_other_layouts(bench, layout, change) -> None:
    case = layout(bench)
    bench.same_tests(bench.study("market", change(case)), bench.study("market", case))


@pytest.mark.parametrize("name", TESTS)
def test_flipping_all_returns_swaps_the_tails(bench, name: str) -> None:
    """A test with a direction: the statistic turns, and so do the one-sided p-values."""
    pairs = [(bench.base("market")[1], changed(bench, "flipped"))]
    for layout in (one_date, one_event):
        case = layout(bench)
        flipped = case.having(wide=-case.wide)
        pairs += [
            tuple(bench.study(model, c, tests=[name]) for c in (case, flipped))
            for model in {"market", own_model(bench, name)}
        ]
    compared = 0
    for one, other in pairs:
        a, b = bench.rows(one).loc[[name]], bench.rows(other).loc[[name]]
        assert (a["refused"].eq("") == b["refused"].eq("")).all()
        a, b = a[a["refused"] == ""], b[b["refused"] == ""]
        if name in NOT_SCALE_FREE:
            compared += len(a)
            continue
        compared += len(a)
        np.testing.assert_allclose(a["p_value"], b["p_value"], rtol=1e-8)
        if a["p_greater"].isna().all():
            np.testing.assert_allclose(a["statistic"], b["statistic"], rtol=1e-8)
            continue
        np.testing.assert_allclose(a["p_greater"], b["p_less"], rtol=1e-8)
        np.testing.assert_allclose(a["p_less"], b["p_greater"], rtol=1e-8)
        if set(a["distribution"]) & {"binomial", "signed rank"}:  # counts from zero
            continue
        np.testing.assert_allclose(a["statistic"], -b["statistic"], rtol=1e-8, atol=1e-9)
    assert compared, f"{name} gave no figure in any layout"


_CHANGED: dict[str, object] = {}


def changed(bench, how: str):
    """The market model's study after a change, found once for all tests."""
    if how not in _CHANGED:
        case, _ = bench.base("market")
        if how == "relabelled":
            _CHANGED[how] = bench.study("market", relabelled(case)[0])
        elif how == "chunked":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(estimate, "BLOCK", 5)
                _CHANGED[how] = bench.study("market", case)
        elif how in ("scaled down", "scaled up", "flipped"):
            factor = {"scaled down": 1e-3, "scaled up": 1e3, "flipped": -1.0}[how]
            _CHANGED[how] = bench.study("market", case.having(wide=case.wide * factor))
        else:
            change = next(f for f in HARMLESS if f.__name__ == how)
            _CHANGED[how] = bench.study("market", change(case))
    return _CHANGED[how]


_ONE_EVENT: dict[str, set[str]] = {}


def own_model(bench, test: str) -> str:
    """A model under which the test gives a figure for one event; the market model if none does."""
    if not _ONE_EVENT:
        case = one_event(bench)
        for model in MODELS:
            tests = bench.study(model, case).tests
            _ONE_EVENT[model] = set(tests.loc[tests["refused"] == "", "test"])
    return next((model for model in MODELS if test in _ONE_EVENT[model]), "market")


def test_the_bench_reaches_every_test_and_every_model(bench) -> None:
    """Each test gives a figure somewhere, so that none passes by refusing."""
    results = [bench.base("market")[1], bench.study("market", one_date(bench))]
    found = {t for r in results for t in r.tests.loc[r.tests["refused"] == "", "test"]}
    own_model(bench, "t")
    assert found.union(*_ONE_EVENT.values()) == set(TESTS)
    for model in MODELS:
        case, result = bench.base(model)
        assert result.n == len(case.observations), model
        assert result.n > 0
        assert math.isfinite(result.car((-1, 1))["se"].sum())
