"""At the edge of the numbers: sizes, outliers, large means and near-copies, against exact fractions.

Every figure is right to ten digits or refused with its reason, on both ways of fitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.compiled import kernel
from eventstudy.models.registry import list_models as known_models

LINEAR = [name for name, model in known_models().items() if not model.loops]
BATCHED = [name for name in LINEAR if known_models()[name].regression is not None]
DAYS = (-60, -11)
ONE_DAY = {"window": (0, 0), "car": ((-1, 1),)}


@pytest.fixture(params=["numpy", pytest.param("compiled", marks=pytest.mark.slow)])
def way(request, monkeypatch) -> str:
    """Fits from gathered windows, and from sums in machine code."""
    monkeypatch.setattr(kernel, "LARGE", 1 if request.param == "compiled" else 10**9)
    return str(request.param)


def small(bench):
    return bench.case(3, missing=0.03, seed=1)


def changed(case, **columns):
    """The case with some columns changed; "firms" stands for all that have events."""
    wide = case.wide.copy()
    for name, change in columns.items():
        for column in case.observations["ticker"] if name == "firms" else [name]:
            wide[column] = change(wide[column])
    return case.having(wide=wide)


# --- against exact fractions -----------------------------------------------------------------


def exact(y, x, y_event, x_event) -> tuple[float, float, float]:
    """CAR, its standard error and t of least squares in fractions, which round nothing."""
    rows = [[Fraction(1), *map(Fraction, row)] for row in x.tolist()]
    event = [[Fraction(1), *map(Fraction, row)] for row in x_event.tolist()]
    k, seen = len(rows[0]), list(map(Fraction, y.tolist()))
    products = [[sum(r[i] * r[j] for r in rows) for j in range(k)] for i in range(k)]
    coef = solved(
        products, [sum(r[i] * v for r, v in zip(rows, seen, strict=True)) for i in range(k)]
    )
    rest = [
        v - sum(b * c for b, c in zip(coef, r, strict=True))
        for r, v in zip(rows, seen, strict=True)
    ]
    total = [sum(r[i] for r in event) for i in range(k)]
    car = sum(map(Fraction, y_event.tolist())) - sum(
        b * c for b, c in zip(coef, total, strict=True)
    )
    v = len(event) + sum(a * b for a, b in zip(total, solved(products, total), strict=True))
    s2 = sum(e * e for e in rest) / (len(seen) - k)
    with localcontext(prec=40):
        se = (decimal(s2) * decimal(v)).sqrt()
        return float(car), float(se), float(decimal(car) / se)


def solved(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction]:
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for r, row in enumerate(rows):
            if r != i:
                share = row[i] / pivot[i]
                rows[r] = [a - share * b for a, b in zip(row, pivot, strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def compare(bench, case, model: str, regressors: list[str]) -> int:
    """How many CARs there are; each agrees with fractions to ten digits."""
    options = {"estimation": DAYS, "min_obs": 20, "placebo": False, "tests": ["t", "csect_t"]}
    result = bench.study(model, case, **ONE_DAY, **options)
    table = result.car((-1, 1)).dropna(subset="car")
    x = case.wide[regressors].to_numpy()
    for (event, ticker), row in table.iterrows():
        at = case.wide.index.get_loc(case.observations.set_index("event_id").loc[event, "date"])
        y = case.wide[ticker].to_numpy()
        days = np.arange(at + DAYS[0], at + DAYS[1] + 1)
        days = days[np.isfinite(y[days]) & np.isfinite(x[days]).all(axis=1)]
        event_days = np.arange(at - 1, at + 2)
        car, se, t = exact(y[days], x[days], y[event_days], x[event_days])
        assert row["car"] == pytest.approx(car, rel=1e-10, abs=1e-10 * se)
        assert row["se"] == pytest.approx(se, rel=1e-10)
        assert row["t"] == pytest.approx(t, rel=1e-10, abs=1e-10)
    assert (result.exclusions["reason"].str.len() > 10).all()
    return len(table)


@pytest.mark.parametrize("times", [1e2, 9e3, 1e5, 1e6, 1e7])
@pytest.mark.parametrize("moved", ["firms", "mkt", "both"])
def test_means_far_above_the_spread(bench, way: str, moved: str, times: float) -> None:
    def up(values):
        return values + 0.01 * times

    columns = {"firms": up, "mkt": up} if moved == "both" else {moved: up}
    assert compare(bench, changed(small(bench), **columns), "market", ["mkt"]) >= 2


@pytest.mark.parametrize("times", [1e8, 1e12])
def test_returns_with_large_means_need_no_regressor(bench, way: str, times: float) -> None:
    case = changed(small(bench), firms=lambda values: values + 0.01 * times)
    assert compare(bench, case, "mean", []) >= 2


def test_a_regressor_constant_to_eight_digits_is_refused(bench, way: str) -> None:
    case = changed(small(bench), mkt=lambda values: values + 0.01 * 1e9)
    result = bench.study("market", case, **ONE_DAY)
    assert result.n == 0
    assert result.exclusions["reason"].str.contains("constant or collinear").all()


@pytest.mark.parametrize("size", [1e-27, 1e-10, 1e10, 1e29])
@pytest.mark.parametrize("column", ["firms", "mkt"])
def test_sizes_of_one_side_alone(bench, way: str, column: str, size: float) -> None:
    case = changed(small(bench), **{column: lambda values: values * size})
    assert compare(bench, case, "market", ["mkt"]) >= 2


@pytest.mark.parametrize("value", [1e4, 1e10, 1e14, 1e20])
@pytest.mark.parametrize(("column", "day"), [("F00", -30), ("mkt", -30), ("F00", 0), ("F00", -90)])
def test_one_shock(bench, way: str, column: str, day: int, value: float) -> None:
    case = small(bench)
    wide = case.wide.copy()
    wide.loc[wide.index[160 + day], column] = value
    assert compare(bench, case.having(wide=wide), "market", ["mkt"]) >= 2


@pytest.mark.parametrize(
    ("apart", "fitted"), [(1e-2, True), (1e-4, True), (1e-5, True), (1e-7, False), (1e-12, False)]
)
def test_nearly_collinear_factors(bench, way: str, apart: float, fitted: bool) -> None:
    case = small(bench)
    noise = 0.005 * np.random.default_rng(3).standard_normal(len(case.wide))
    wide = case.wide.assign(fac2=case.wide["fac1"] + apart * noise)
    count = compare(bench, case.having(wide=wide), "factors", ["fac1", "fac2"])
    assert (count > 0) == fitted


# --- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2.0**-1000, 2.0**1000])
def test_prices_have_no_unit(bench, size: float) -> None:
    case = bench.case(4, seed=2)
    prices = 100 * (1 + case.wide[["F00", "F01", "F02", "F03", "mkt"]]).cumprod()
    study = es.EventStudy(benchmark="mkt", estimation=(-110, -11), min_obs=60, **ONE_DAY)
    ours, plain = (study.run(case.observations, p) for p in (size * prices, prices))
    pd.testing.assert_frame_equal(ours.tests, plain.tests, check_exact=True)
    for days in bench.days(plain):
        pd.testing.assert_frame_equal(ours.car(days), plain.car(days), check_exact=True)
    pd.testing.assert_frame_equal(ours.diagnostics, plain.diagnostics, check_exact=True)


@pytest.mark.parametrize(
    ("before", "after"), [(1e-300, 1e300), (1e300, 1e-300), (5e-324, 1.0), (1.0, 1e-40)]
)
@pytest.mark.parametrize("kind", ["simple", "log"])
def test_a_price_that_moves_beyond_all_sizes_is_named(bench, kind, before, after) -> None:
    case = bench.case(2)
    prices = 100 * (1 + case.wide[["F00", "F01", "mkt"]]).cumprod()
    prices.loc[prices.index[49], "F01"], prices.loc[prices.index[50], "F01"] = before, after
    study = es.EventStudy(benchmark="mkt", returns=kind)
    day = f"{prices.index[50]:%Y-%m-%d}"
    with pytest.raises(es.InputError, match=rf"F01 goes from .* to .* on {day}.*leave it empty\."):
        study.run(case.observations, prices)


def test_subnormal_prices_keep_the_ratio_that_they_have(bench) -> None:
    from eventstudy.prices.returns import compute_returns

    days = pd.bdate_range("2024-01-01", periods=3)
    found = compute_returns(pd.DataFrame({"A": [5e-324, 1e-323, 1.5e-323]}, days))
    assert found["A"].tolist()[1:] == [1.0, 0.5]


@pytest.mark.parametrize("value", [1e31, -1e150, 1e300])
def test_returns_beyond_all_sizes_are_named(bench, value: float) -> None:
    case = bench.case(2)
    wide = case.wide.copy()
    wide.loc[wide.index[50], "mkt"] = value
    with pytest.raises(
        es.InputError, match=r"figure of mkt on 2023-03-13 is .*; sizes up to 1e\+30"
    ):
        bench.study("market", case.having(wide=wide))


@pytest.mark.parametrize("model", LINEAR)
@pytest.mark.parametrize("size", [2.0**-80, 2.0**80])
def test_returns_of_any_size_have_the_same_t(bench, model: str, size: float) -> None:
    case = bench.case(4, seed=2)
    options = {**ONE_DAY, "tests": [t for t in bench.tests(model) if not t.startswith("bhar")]}
    plain = bench.study(model, case, **options)
    ours = bench.study(model, case.having(wide=case.wide * size), **options)
    bench.same_cars(ours, plain, factor=size)
    bench.same_tests(ours, plain)
    pd.testing.assert_frame_equal(ours.diagnostics, plain.diagnostics, rtol=1e-9)


@pytest.mark.parametrize("size", [1e-40, 1e-150, 1e-170, 1e-300])
@pytest.mark.parametrize("model", BATCHED)
def test_returns_too_small_to_compute_with_are_refused(bench, way, model, size) -> None:
    case = bench.case(3)
    for columns in (list(case.wide), list(case.observations["ticker"])):
        wide = case.wide.copy()
        wide[columns] *= size
        result = bench.study(
            model, case.having(wide=wide), **ONE_DAY, tests=["csect_t"], placebo=False
        )
        if len(columns) < len(wide.columns) and model in ("market_adjusted", "capm"):
            continue  # what is left is the benchmark's or the riskless return, of ordinary size
        if len(columns) < len(wide.columns) and known_models()[model].regressors[-1:] == ("rf",):
            continue
        assert result.n == 0
        assert (
            result.exclusions["reason"].str.contains("less than 1e-30|constant or collinear").all()
        )


def test_factors_beyond_all_sizes_are_named(bench) -> None:
    case = bench.case(2)
    wide = case.wide.copy()
    wide.loc[wide.index[50], "fac2"] = 1e200
    with pytest.raises(es.InputError, match=r"figure of fac2 on 2023-03-13 is 1e\+200"):
        bench.study("factors", case.having(wide=wide))


# --- copies and few days ---------------------------------------------------------------------


def copies(case):
    """Prices that are those of the benchmark, in other units: returns differ by rounding."""
    market = 100 * (1 + case.wide["mkt"]).cumprod()
    rounded = {
        f"F{i:02d}": (market * unit).pct_change(fill_method=None)
        for i, unit in enumerate((3, 7, 0.1))
    }
    wide = case.wide.assign(**rounded, mkt=market.pct_change(fill_method=None))
    return case.having(wide=wide)


@pytest.mark.parametrize("model", ["market", "market_adjusted", "dimson"])
@pytest.mark.parametrize("slope", [1.0, 2.0, -0.7])
def test_a_copy_of_the_benchmark_has_no_residual(bench, way, model, slope) -> None:
    case = copies(bench.case(3))
    if model != "market_adjusted":
        firms = case.observations["ticker"]
        case = changed(case, **{name: lambda values: slope * values for name in firms})
    result = bench.study(model, case, **ONE_DAY, placebo=False)
    assert result.n == 0
    assert result.exclusions["reason"].str.contains("without any residual").all()


@pytest.mark.parametrize("model", ["capm", "ff3"])
def test_a_copy_of_the_riskless_rate_has_no_residual(bench, way: str, model: str) -> None:
    case = bench.case(3)
    rate = 100 * (1 + case.wide["rf"]).cumprod()
    copy = (7 * rate).pct_change(fill_method=None)
    wide = case.wide.assign(**dict.fromkeys(case.observations["ticker"], copy))
    result = bench.study(model, case.having(wide=wide), **ONE_DAY, placebo=False)
    assert result.n == 0
    assert result.exclusions["reason"].str.contains("without any residual").all()


@pytest.mark.parametrize("model", ["mean", "market", "dimson", "ff5"])
def test_few_valid_days_say_how_many_are_needed(bench, way, model: str) -> None:
    parameters = len(bench.base(model)[1].assets.coefficients) - (model == "dimson")
    for valid in range(1, parameters + 4):
        case = bench.case(1)
        wide = case.wide.copy()
        wide.loc[wide.index[: 150 - valid], "F00"] = np.nan
        result = bench.study(model, case.having(wide=wide), **ONE_DAY, min_obs=3)
        needed = max(3, parameters + 1)
        assert result.n == int(valid >= needed)
        if not result.n:
            (reason,) = set(result.exclusions["reason"])
            whose = (
                "minimum 3 (min_obs)" if valid < 3 else f"{parameters} parameters needs {needed}"
            )
            assert reason.startswith(f"{valid} valid returns")
            assert whose in reason


# --- single tests ----------------------------------------------------------------------------


def by(result, test: str, window=(0, 0)) -> pd.Series:
    rows = result.tests.query("group == 'all' and test == @test")
    return rows[(rows["start"] == window[0]) & (rows["end"] == window[1])].iloc[0]


def test_the_jackknife_leaves_out_an_observation_that_outweighs_all_others(bench) -> None:
    case = bench.case(6, seed=3)
    wide = case.wide.copy()
    wide.loc[wide.index[130], "F00"] = 1e10
    result = bench.study("market", case.having(wide=wide), **ONE_DAY, tests=["jackknife_z"])
    table = result.car((0, 0))
    x, v = (list(map(Fraction, table[c].tolist())) for c in ("car", "se"))
    n, v = len(x), [e * e for e in v]
    pseudo = [
        n * root_ratio(x, v) - (n - 1) * root_ratio(x[:i] + x[i + 1 :], v[:i] + v[i + 1 :])
        for i in range(n)
    ]
    expected = np.mean(pseudo) / np.std(pseudo, ddof=1) * np.sqrt(n)
    assert by(result, "jackknife_z")["statistic"] == pytest.approx(expected, rel=1e-10)


def root_ratio(x: list[Fraction], v: list[Fraction]) -> float:
    return float(sum(x) / len(x)) / np.sqrt(float(sum(v) / len(v)))


def test_the_calendar_time_intercept_holds_for_regressors_with_large_means(bench) -> None:
    """Moving the market by m moves the intercept by −βm; a firm's own mean is no event."""
    case = bench.case(10, seed=5, spread=20)
    options = {"tests": ["calendar_time"], "window": (0, 0), "car": ((-2, 2),)}
    plain = bench.study("mean", case, **options)
    moved = changed(case, firms=lambda values: values + 1e4)
    far = bench.study("mean", moved, **options)
    ours, theirs = by(far, "calendar_time", (-2, 2)), by(plain, "calendar_time", (-2, 2))
    assert not theirs["refused"]
    assert ours["statistic"] == pytest.approx(theirs["statistic"], rel=1e-6)
    shifted = bench.study("market", changed(case, mkt=lambda values: values + 1e4), **options)
    result = by(shifted, "calendar_time", (-2, 2))
    assert not result["refused"]
    assert result["statistic"] == pytest.approx(-slope_t(case), rel=1e-6)


def slope_t(case) -> float:
    """The t of the slope of the portfolio held on five days around each event.

    Its error is the mean square of cosine transforms, made unbiased.
    """
    held: dict[int, list[float]] = {}
    for row in case.observations.itertuples():
        at = case.wide.index.get_loc(row.date)
        for day in range(at - 2, at + 3):
            held.setdefault(day, []).append(case.wide[row.ticker].iloc[day])
    days = sorted(held)
    n = len(days)
    y, x = np.array([np.mean(held[d]) for d in days]), case.wide["mkt"].to_numpy()[days]
    design = np.column_stack([np.ones(n), x])
    weights = np.linalg.pinv(design)[1]
    maker = np.eye(n) - design @ np.linalg.pinv(design)
    count = min(int(1.5 * n / (int(4 * (n / 100) ** (2 / 9)) + 1)), n - 2, 100)
    order = np.arange(1, count + 1)[:, None]
    waves = np.cos(np.pi * order * (np.arange(n) + 0.5) / n) * weights
    raw = ((waves @ (maker @ y)) ** 2).sum()
    variance = raw * (weights @ weights) / np.trace(waves @ maker @ waves.T)
    return float(weights @ y / np.sqrt(variance))


def test_returns_that_compound_beyond_all_sizes_are_refused(bench) -> None:
    case = bench.case(3, seed=5)
    at = case.wide.index[160]
    for size, last in ((1e20, 8), (1e29, 20)):
        wide = case.wide.copy()
        wide.loc[at : wide.index[160 + last], "F00"] = size
        options = {
            "tests": ["bhar_t", "bhar_skew_t", "bhar_hall_t"],
            "window": (0, 0),
            "car": ((0, 20),),
        }
        result = bench.study("market", case.having(wide=wide), **options)
        for test in options["tests"]:
            row = by(result, test, (0, 20))
            assert row["refused"].startswith("the returns of an observation compound to more than")
            assert row["n"] == 3


def test_residuals_that_are_copies_leave_no_variance_to_correct(bench) -> None:
    """Two firms alike or opposite on every estimation day; only the event tells them apart."""
    for sign, refused in ((1, ["bmp_kp_t"]), (-1, ["patell_kp_z", "bmp_kp_t"])):
        case = bench.case(2, spread=0)
        wide = case.wide.assign(F01=sign * case.wide["F00"] * (1 + 1e-15))
        wide.loc[wide.index[158:], "F01"] = 0.03
        result = bench.study(
            "market", case.having(wide=wide), **ONE_DAY, tests=["patell_kp_z", "bmp_kp_t"]
        )
        for test in refused:
            assert "leaves no variance to correct" in by(result, test)["refused"]


@pytest.mark.parametrize("seed", range(4))
def test_abnormal_returns_that_repeat_have_no_spread(bench, way: str, seed: int) -> None:
    """The same returns around every event, whose mean is small beside their standard error."""
    case = bench.case(6, seed=seed)
    rng = np.random.default_rng(seed)
    pattern = 0.01 * rng.standard_normal((10, case.wide.shape[1]))
    pattern[0, 0] = pattern[0, list(case.wide).index("mkt")] = 0.0
    wide = pd.DataFrame(np.tile(pattern, (33, 1)), case.wide.index, case.wide.columns)
    for ticker in case.observations["ticker"]:
        wide[ticker] = wide["F00"] - wide["F00"].mean()
    frame = case.observations.assign(date=wide.index[150 + 10 * np.arange(6)])
    tests = ["csect_t", "bmp_t", "skew_t", "jackknife_z", "grank_t"]
    result = bench.study(
        "market", case.having(wide=wide, observations=frame), **ONE_DAY, tests=tests, placebo=False
    )
    assert result.tests["refused"].str.contains("the same value").all()
