"""A research frame end to end: what goes in comes out, or says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.estimation.frames import check_returns
from eventstudy.estimation.observed import check_observations
from eventstudy.estimation.placement import assemble

DAY_TESTS = ["csect_t", "patell_z", "bmp_t", "bmp_kp_t"]


def study(**options) -> es.EventStudy:
    given = {"benchmark": "mkt", "window": (-5, 5), "car": [(0, 0), (-1, 1), (0, 5)], **options}
    return es.EventStudy(**given)


def why(result: es.StudyResult, ticker: str) -> str:
    table = result.exclusions
    return table.loc[table["ticker"] == ticker, "reason"].item()


def test_what_goes_in_comes_out(wide, observations) -> None:
    result = study().run(observations, returns=wide)
    index = [("e1", "A"), ("e2", "B"), ("e3", "C"), ("e4", "A")]
    assert list(result.abnormal_returns.index) == index
    assert list(result.abnormal_returns.columns) == list(range(-5, 6))
    assert list(result.fits.columns) == ["alpha", "beta", "s", "n_obs", "df", "r_squared"]
    assert (result.n, len(result.exclusions), len(result.alignments)) == (4, 0, 0)
    for window in ((0, 0), (-1, 1), (2, 4)):
        car = result.car(window)
        total = result.abnormal_returns.loc[:, window[0] : window[1]].sum(axis=1)
        np.testing.assert_allclose(car["car"], total, rtol=1e-13)
        np.testing.assert_allclose(car["t"], car["car"] / car["se"], rtol=1e-13)
        assert ((car["ci_low"] < car["car"]) & (car["car"] < car["ci_high"])).all()
        assert (car["reason"] == "").all()
        # p and interval agree: p < 5% exactly where the 95% interval leaves out zero
        outside = (car["ci_low"] > 0) | (car["ci_high"] < 0)
        np.testing.assert_array_equal(outside, car["p_value"] < 0.05)
        outside = (car["placebo_low"] > 0) | (car["placebo_high"] < 0)
        np.testing.assert_array_equal(outside, car["p_placebo"] <= 0.05)
    assert list(result.aar.index) == list(range(-5, 6))
    np.testing.assert_allclose(result.aar["estimate"], result.abnormal_returns.mean(), rtol=1e-12)
    assert list(result.caar.index) == [(0, 0), (-1, 1), (0, 5)]
    assert set(result.aar["se_from"]) == {"standardised cross-section"}
    plain = study(tests="csect_t").run(observations, returns=wide)
    spread = plain.abnormal_returns.std(ddof=1) / np.sqrt(4)
    np.testing.assert_allclose(plain.aar["se"], spread, rtol=1e-12)
    np.testing.assert_array_equal(plain.aar["tested"], plain.aar["estimate"])
    assert set(plain.aar["se_from"]) == {"cross-section"}


def test_groups_are_tested_apart_and_together(wide, observations) -> None:
    result = study(tests="all").run(observations.assign(group=[*"xyxy"]), returns=wide)
    assert list(result.tests["group"].unique()) == ["all", "x", "y"]
    alone = study(tests="all").run(observations.iloc[[0, 2]], returns=wide)
    columns = ["start", "end", "test", "statistic", "p_value", "n", "refused"]
    ours = result.tests.query("group == 'x'")[columns].reset_index(drop=True)
    theirs = alone.tests.query("group == 'all'")[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-10)
    by = result.by("group")
    assert by.loc[("x", 0, 0), "n"] == 2
    np.testing.assert_allclose(
        by.loc[("y", -1, 1), "estimate"], result.car((-1, 1))["car"].iloc[[1, 3]].mean(), rtol=1e-12
    )


@pytest.mark.parametrize(
    "group",
    [["x", None, "y", "x"], [1.0, np.nan, 2.0, 1.0], pd.Categorical(["x", None, "y", "x"])],
    ids=["text", "numbers", "categories"],
)
def test_a_missing_group_is_a_group_of_its_own(wide, observations, group) -> None:
    result = study().run(observations.assign(group=group), returns=wide)
    assert "no group" in set(result.tests["group"])
    assert result.by("group").xs((0, 0), level=("start", "end")).loc["no group", "n"] == 1


def test_by_any_column_loses_no_observation(wide, observations) -> None:
    result = study().run(observations.assign(size=["big", None, "big", "small"]), returns=wide)
    table = result.by("size").xs((-1, 1), level=("start", "end"))
    assert table["n"].sum() == 4
    cars = result.car((-1, 1))["car"].to_numpy()
    np.testing.assert_allclose(table.loc["big", "estimate"], cars[[0, 2]].mean(), rtol=1e-12)
    np.testing.assert_allclose(
        table.loc["big", "se"], cars[[0, 2]].std(ddof=1) / np.sqrt(2), rtol=1e-12
    )
    with pytest.raises(es.InputError, match="no column 'sector'"):
        result.by("sector")
    with pytest.raises(es.InputError, match="no CAR windows"):
        study(car=[]).run(observations, returns=wide).by("ticker")


def test_a_date_that_is_no_session_moves_to_the_next_and_is_reported(wide, observations) -> None:
    day = wide.index[300]
    assert day.day_name() == "Monday"
    observations.loc[0, "date"] = day - pd.Timedelta(days=1)
    result = study().run(observations, returns=wide)
    moved = result.alignments
    assert list(moved["event_id"]) == ["e1"]
    assert moved["shifted"].all()
    assert f"day 0 is the next one, {day:%Y-%m-%d}" in moved["reason"].item()
    straight = study().run(observations.assign(date=wide.index[[300, 310, 310, 340]]), returns=wide)
    np.testing.assert_array_equal(result.abnormal_returns, straight.abnormal_returns)


def test_dates_outside_the_data_are_excluded_with_the_reason(wide, observations) -> None:
    observations["date"] = ["2023-12-29", "1801-01-01", "2025-12-31", wide.index[340]]
    result = study().run(observations, returns=wide)
    assert list(result.exclusions["stage"]) == ["events"] * 3
    reasons = list(result.exclusions["reason"])
    assert reasons[0] == "2023-12-29 lies before the first session of the data, 2024-01-01"
    assert reasons[1].startswith("1801-01-01 lies before")
    assert reasons[2] == "2025-12-31 lies after the last session of the data, 2025-07-11"
    assert list(result.abnormal_returns.index) == [("e4", "A")]


def test_unknown_and_unlisted_tickers_are_excluded_with_the_reason(wide, observations) -> None:
    observations["ticker"] = ["ZZZ", "OpenAI", "C", "A"]
    result = study().run(observations, returns=wide)
    assert why(result, "ZZZ") == "ZZZ is not in the prices"
    assert "not listed" in why(result, "OpenAI")
    assert result.n == 2


def test_a_ticker_that_is_the_benchmark_is_excluded(wide, observations) -> None:
    observations.loc[1, "ticker"] = "mkt"
    result = study().run(observations, returns=wide)
    assert "mkt is the benchmark itself" in why(result, "mkt")
    mean = study(model="mean").run(observations, returns=wide)
    assert mean.n == 4


def test_a_missing_benchmark_is_an_error_or_an_exclusion(wide, observations) -> None:
    with pytest.raises(es.DataMissingError, match="benchmark nope is not in the prices"):
        study(benchmark="nope").run(observations, returns=wide)
    with pytest.raises(es.DataMissingError, match=r"\^GSPC"):
        study(benchmark=None).run(observations, returns=wide)
    own = observations.assign(benchmark=["mkt", "nope", "mkt", "E"])
    result = study(benchmark=None).run(own, returns=wide)
    assert "its benchmark nope is not in the prices" in why(result, "B")
    against_e = study(benchmark="E").run(observations.iloc[[3]], returns=wide)
    np.testing.assert_allclose(
        result.car((0, 0)).loc[("e4", "A"), "car"], against_e.car((0, 0))["car"].item(), rtol=1e-11
    )
    assert result.n == 3


def test_every_observation_is_estimated_or_excluded_once(wide, observations) -> None:
    wide.loc[wide.index[:305], "C"] = np.nan
    wide.loc[wide.index[300:320], "B"] = np.nan
    many = pd.concat([observations, observations.assign(event_id=[*"wxyz"], ticker="ZZ")])
    many = pd.concat(
        [many, pd.DataFrame({"event_id": ["late"], "ticker": ["A"], "date": ["2190-01-01"]})]
    )
    result = study(car=[]).run(many, returns=wide)
    estimated = set(result.abnormal_returns.index)
    excluded = list(zip(result.exclusions["event_id"], result.exclusions["ticker"], strict=True))
    assert len(excluded) == len(set(excluded))
    assert not estimated & set(excluded)
    assert len(estimated) + len(excluded) == len(many)
    assert "B has no return after" in why(result, "B")
    assert "0 valid returns" in why(result, "C")
    assert (result.exclusions["reason"] != "").all()


def test_min_obs_at_the_boundary(wide, observations) -> None:
    """Day 0 at row 300: the estimation window is rows 40 to 289."""
    wide.iloc[40:170, 0] = np.nan
    one = observations.iloc[[0]]
    assert study(min_obs=120).run(one, returns=wide).fits["n_obs"].item() == 120
    wide.iloc[170, 0] = np.nan
    result = study(min_obs=120).run(one, returns=wide)
    assert why(result, "A") == (
        "119 valid returns in the estimation window [−260, −11], minimum 120 (min_obs)"
    )
    assert study(min_obs=119).run(one, returns=wide).fits["n_obs"].item() == 119


def test_a_car_with_a_missing_day_is_missing_and_says_which(wide, observations) -> None:
    wide.iloc[301, 0] = np.nan
    result = study().run(observations, returns=wide)
    row = result.car((-1, 1)).loc[("e1", "A")]
    assert np.isnan(
        row[["car", "se", "t", "p_value", "p_placebo", "ci_low", "ci_high"]].astype(float)
    ).all()
    assert row["reason"] == "no abnormal return on day +1"
    assert np.isfinite(result.car((0, 0)).loc[("e1", "A"), "car"])
    assert np.isnan(result.abnormal_returns.loc[("e1", "A"), 1])
    stages = list(result.exclusions["stage"])
    assert stages == ["CAR [−1, +1]", "CAR [0, +5]"]
    assert result.caar.loc[(-1, 1), "n"] == 3
    assert result.aar.loc[1, "n"] == 3
    assert result.aar.loc[0, "n"] == 4


@pytest.mark.parametrize(
    "write",
    [
        lambda d: d,
        lambda d: d.dt.strftime("%Y%m%d").astype(int),
        lambda d: d.dt.strftime("%Y%m%d").astype(float),
        lambda d: d.dt.strftime("%Y%m%d"),
        lambda d: d.dt.strftime("%Y-%m-%d"),
        lambda d: d.dt.date,
        lambda d: d.dt.tz_localize("America/New_York"),
        lambda d: d.astype("datetime64[s]"),
        lambda d: pd.Series(["2025-02-24T10:00-05:00", "2025-03-10T10:00-04:00"] * 2),
    ],
    ids=["stamps", "int", "float", "digits", "iso", "dates", "zoned", "seconds", "mixed offsets"],
)
def test_dates_in_many_spellings_are_the_same_days(observations, write) -> None:
    asked = pd.Series(pd.to_datetime(["2025-02-24", "2025-03-10"] * 2))
    clean = check_observations(observations.assign(date=write(asked))).frame
    assert list(clean["date"]) == list(asked)
    assert clean["date"].dtype == "datetime64[ns]"


@pytest.mark.parametrize(
    "date",
    [
        "2025-02-30",
        "",
        None,
        "03/02/2025",
        2025,
        1740441600,
        "soon",
        20251301,
        "9999-12-31",
        pd.NaT,
    ],
)
def test_what_is_no_day_is_named_with_its_row(observations, date) -> None:
    """03/02/2025 is the second of March or the third of February: not ours to choose."""
    frame = observations.astype({"date": object})
    frame.loc[2, "date"] = date
    with pytest.raises(es.InputError, match=r"Observation 3: .* is .*date; write 2025-01-27"):
        check_observations(frame)


def test_all_problems_of_the_observations_are_reported_at_once(observations) -> None:
    frame = observations.astype(object)
    frame.loc[0, "date"] = "x"
    frame.loc[1, "event_id"] = None
    frame.loc[2, "ticker"] = " "
    frame.loc[3, ["event_id", "ticker"]] = ["e1", "A"]
    with pytest.raises(es.InputError) as caught:
        check_observations(frame)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("ids", [["e1", "e1"], [1, "1"]], ids=["same", "number and text"])
def test_the_same_event_and_ticker_twice_is_an_error(observations, ids) -> None:
    frame = observations.iloc[[0, 3]].assign(event_id=ids)
    with pytest.raises(es.InputError, match="has 'A' twice"):
        check_observations(frame)


def test_missing_columns_and_empty_frames_are_errors(wide, observations) -> None:
    with pytest.raises(es.InputError, match="lack the column date"):
        study().run(observations.drop(columns="date"), returns=wide)
    with pytest.raises(es.InputError, match="no rows"):
        study().run(observations.iloc[:0], returns=wide)
    with pytest.raises(es.InputError, match="no rows or no columns"):
        study().run(observations, returns=wide.iloc[:0])
    with pytest.raises(es.InputError, match="prices or returns="):
        study().run(observations)
    with pytest.raises(es.InputError, match="prices or returns="):
        study().run(observations, wide, returns=wide)
    with pytest.raises(es.InputError, match="events is a list"):
        study().run(["e1"], returns=wide)
    with pytest.raises(es.InputError, match="prices is a dict"):
        study().run(observations, {})
    with pytest.raises(es.InputError, match="returns are a list"):
        study().run(observations, returns=[1.0])


@pytest.mark.parametrize("bad", ["text", "inf", "twice", "no days", "column twice", "NaT"])
def test_returns_that_cannot_be_used_are_named(wide, bad) -> None:
    expected = {
        "text": "text in A;",
        "inf": "infinite values in B",
        "twice": "2024-01-01 twice",
        "no days": "index of the returns must be days; the first entry is 0",
        "column twice": "column 'A' twice",
        "NaT": "a missing day",
    }
    frame = {
        "text": wide.astype(object).assign(A="n/a"),
        "inf": wide.assign(B=np.inf),
        "twice": pd.concat([wide, wide.iloc[:1]]),
        "no days": wide.reset_index(drop=True),
        "column twice": wide.rename(columns={"B": "A"}),
        "NaT": wide.set_axis([pd.NaT, *wide.index[1:]]),
    }[bad]
    with pytest.raises(es.InputError, match=expected[bad]):
        check_returns(frame)


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.sample(frac=1, random_state=1),
        lambda w: w.astype(object),
        lambda w: w.astype("Float64"),
        lambda w: w.set_axis(w.index.strftime("%Y%m%d").astype(int)),
        lambda w: w.set_axis(w.index.strftime("%Y-%m-%d")),
        lambda w: w.set_axis(w.index.tz_localize("America/New_York")),
        lambda w: w.set_axis(w.index.astype("datetime64[s]")),
        lambda w: w.set_axis(w.index + pd.Timedelta(hours=16)),
        lambda w: w[[*w.columns[::-1]]],
    ],
    ids=[
        "unsorted",
        "objects",
        "nullable",
        "int days",
        "text days",
        "zoned",
        "s",
        "16:00",
        "columns",
    ],
)
def test_the_same_returns_in_another_dress_give_the_same_figures(
    wide, observations, change
) -> None:
    straight = study().run(observations, returns=wide).car((-1, 1))
    dressed = study().run(observations, returns=change(wide)).car((-1, 1))
    pd.testing.assert_frame_equal(dressed, straight, rtol=1e-12)


def test_nothing_estimable_is_a_result_with_reasons_and_no_crash(
    wide, observations, tmp_path
) -> None:
    result = study().run(observations.assign(ticker="ZZ"), returns=wide)
    assert (result.n, len(result.exclusions)) == (0, 4)
    assert "ZZ is not in the prices" in " ".join(result.summary().split())
    assert "ZZ" in result._repr_html_()
    for table in (result.fits, result.aar, result.caar, result.car((0, 0)), result.by("group")):
        assert len(table) == 0
    with pytest.raises(es.InputError, match="No headline test"):
        result.headline()
    result.save(tmp_path / "r")
    assert len(es.load(tmp_path / "r").exclusions) == 4


def test_one_event_alone_is_tested_by_t_and_placebo(wide, observations) -> None:
    result = study().run(observations.iloc[[0]], returns=wide)
    assert set(result.tests["test"]) == {"t", "placebo"}
    car = result.car((-1, 1)).iloc[0]
    rows = result.tests.query("start == -1 and end == 1").set_index("test")
    np.testing.assert_allclose(rows.loc["t", "p_value"], car["p_value"], rtol=1e-12)
    assert rows.loc["placebo", "p_value"] == car["p_placebo"]
    assert result.headline(window=(-1, 1))["test"] == "placebo"
    assert result.only("e1") is result
    assert result.aar.loc[0, "se_from"] == "forecast error"


def test_only_never_takes_a_whole_frame_for_one_event(wide, observations) -> None:
    """A shifted date once made the study of four events pass for that of one."""
    observations.loc[0, "date"] -= pd.Timedelta(days=1)
    result = study().run(observations, returns=wide)
    assert list(result.alignments["event_id"]) == ["e1"]
    with pytest.raises(es.InputError, match="does not hold the registered event 'e1' by itself"):
        result.only("e1")


def test_windows_inside_the_estimated_days_and_outside(wide, observations) -> None:
    result = study(car=[(0, 8)]).run(observations, returns=wide)
    assert list(result.car("-5,8")["n_obs"]) == [250] * 4
    assert result.abnormal_returns.shape == (4, 11)
    for window in ((-6, 0), (0, 9)):
        with pytest.raises(es.InputError, match="leaves the estimated days"):
            result.car(window)
    with pytest.raises(es.InputError, match="'x' is not a valid window"):
        result.car("x")
    with pytest.raises(es.InputError, match="ends before it starts"):
        result.car((3, 1))


def test_wrong_options_are_reported_together() -> None:
    with pytest.raises(es.InputError) as caught:
        es.EventStudy(min_obs=1, kp="x", confidence=2, window="abc")
    assert len(caught.value.problems) == 4
    with pytest.raises(es.InputError, match="overlap"):
        study(car=[(-20, 0)])
    with pytest.raises(es.InputError, match="only 10 sessions"):
        study(estimation=(-20, -11), min_obs=11)
    with pytest.raises(es.InputError, match=r"no test 'bmpp'.*'bmp_t'"):
        study(tests="bmpp")
    with pytest.raises(es.InputError, match="no model 'markt'"):
        study(model="markt")


def test_a_car_longer_than_the_estimation_window_has_no_placebo(wide, observations) -> None:
    result = study(estimation=(-30, -11), min_obs=10, car=[(0, 25)]).run(observations, returns=wide)
    table = result.car((0, 25))
    assert np.isfinite(table["p_value"]).all()
    assert table["p_placebo"].isna().all()
    assert np.isinf(table["placebo_high"]).all()


def test_a_confidence_that_no_placebo_can_reach_gives_an_unbounded_interval(
    wide, observations
) -> None:
    table = study(confidence=0.999).run(observations, returns=wide).car((0, 0))
    assert np.isneginf(table["placebo_low"]).all()
    assert np.isfinite(table["ci_low"]).all()


def test_placebos_are_left_out_of_large_studies_and_on_request(wide, observations) -> None:
    with_it = study().run(observations, returns=wide).car((0, 0))
    without = study(placebo=False).run(observations, returns=wide).car((0, 0))
    assert with_it["p_placebo"].notna().all()
    assert without["p_placebo"].isna().all()
    pd.testing.assert_series_equal(with_it["p_value"], without["p_value"])


def test_another_benchmark_stands_beside(wide, observations) -> None:
    result = study(compare=["E"]).run(observations, returns=wide)
    direct = study(benchmark="E").run(observations, returns=wide)
    ours = result.comparison["E"].car_table((-1, 1))
    pd.testing.assert_frame_equal(ours, direct.car((-1, 1)), rtol=1e-11)


def test_prices_and_their_returns_give_the_same_study(wide, observations) -> None:
    prices = 100 * (1 + wide.fillna(0)).cumprod()
    from_prices = study().run(observations, prices).car((-1, 1))
    from_returns = study().run(observations, returns=wide).car((-1, 1))
    np.testing.assert_allclose(from_prices["car"], from_returns["car"], rtol=1e-9)


def test_log_returns_cumulate_to_the_log_of_the_price(wide, observations) -> None:
    prices = 100 * (1 + wide).cumprod()
    result = study(returns="log", model="market_adjusted").run(observations, prices)
    row = result.car((-1, 1)).loc[("e1", "A"), "car"]
    ratio = prices.iloc[301] / prices.iloc[298]
    np.testing.assert_allclose(row, np.log(ratio["A"]) - np.log(ratio["mkt"]), rtol=1e-10)


# Known defects elsewhere, each held off by name.


def test_defect_joining_by_ticker_when_firms_recur(wide, observations) -> None:
    """A has two events: each keeps its own day, fit and abnormal return; N is 4 and not 6."""
    result = study(tests=DAY_TESTS).run(observations, returns=wide)
    tests = result.tests.query("group == 'all' and start == 0 and end == 0").set_index("test")
    assert (tests["n"] == 4).all()
    z = []
    for _, row in observations.iterrows():
        alone = study().run(observations[observations["event_id"] == row["event_id"]], returns=wide)
        z.append(alone.car((0, 0))["t"].item())
    z = np.array(z)
    np.testing.assert_allclose(result.car((0, 0))["t"], z, rtol=1e-11)
    bmp = z.mean() / z.std(ddof=1) * 2
    np.testing.assert_allclose(tests.loc["bmp_t", "statistic"], bmp, rtol=1e-10)


def test_defect_forward_filled_prices_hide_halts(wide, observations) -> None:
    """A halt on day 0 leaves day 0 and day +1 without a return; the price does not stand still."""
    prices = 100 * (1 + wide).cumprod()
    prices.iloc[300, 0] = np.nan
    result = study().run(observations, prices)
    row = result.abnormal_returns.loc[("e1", "A")]
    np.testing.assert_array_equal(row.index[row.isna()], [0, 1])
    assert result.car((0, 0)).loc[("e1", "A"), "reason"] == "no abnormal return on day 0"


def test_defect_row_order(wide, observations) -> None:
    order = [2, 0, 3, 1]
    straight = study(tests=DAY_TESTS).run(observations, returns=wide)
    mixed = study(tests=DAY_TESTS).run(observations.iloc[order], returns=wide)
    pd.testing.assert_frame_equal(
        mixed.car((-1, 1)).sort_index(), straight.car((-1, 1)).sort_index(), rtol=1e-11
    )
    pd.testing.assert_frame_equal(mixed.tests, straight.tests, rtol=1e-10)
    pd.testing.assert_frame_equal(mixed.averages, straight.averages, rtol=1e-10)


def test_nothing_handed_in_is_changed(wide, observations) -> None:
    before = wide.copy(), observations.copy()
    study().run(observations, returns=wide)
    pd.testing.assert_frame_equal(wide, before[0])
    pd.testing.assert_frame_equal(observations, before[1])


# Properties


@given(scale=st.floats(1e-3, 1e3), model=st.sampled_from(["market", "mean", "market_adjusted"]))
@settings(max_examples=15, derandomize=True)
def test_scaling_all_returns_scales_car_and_leaves_t(scale: float, model: str) -> None:
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2024-01-01", periods=120)
    wide = pd.DataFrame(0.02 * rng.normal(size=(120, 4)), index=days, columns=[*"ABC", "mkt"])
    frame = pd.DataFrame({"event_id": [1, 2, 3], "ticker": [*"ABC"], "date": days[[90, 95, 95]]})
    options = {"estimation": (-70, -11), "min_obs": 30, "tests": DAY_TESTS, "returns": "other"}
    chosen = study(model=model, **options)
    one = chosen.run(frame, returns=wide)
    other = chosen.run(frame, returns=wide * scale)
    for window in ((0, 0), (-1, 1)):
        a, b = one.car(window), other.car(window)
        np.testing.assert_allclose(b["car"], scale * a["car"], rtol=1e-8)
        np.testing.assert_allclose(b["t"], a["t"], rtol=1e-8)
        np.testing.assert_array_equal(b["p_placebo"], a["p_placebo"])
    np.testing.assert_allclose(other.tests["statistic"], one.tests["statistic"], rtol=1e-7)


@given(seed=st.integers(0, 1_000))
@settings(max_examples=10, derandomize=True)
def test_relabelling_and_reordering_change_no_figure(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2024-01-01", periods=120)
    wide = pd.DataFrame(0.02 * rng.normal(size=(120, 5)), index=days, columns=[*"ABCD", "mkt"])
    wide = wide.mask(rng.random(wide.shape) < 0.03)
    at = rng.integers(85, 110, size=6)
    frame = pd.DataFrame(
        {"event_id": range(6), "ticker": rng.choice([*"ABCD"], 6), "date": days[at]}
    )
    chosen = study(estimation=(-70, -11), min_obs=20, tests="all")
    one = chosen.run(frame, returns=wide)
    order = rng.permutation(6)
    names = {"A": "Zebra", "B": "0", "C": "ü", "D": "d.E"}
    renamed = frame.assign(ticker=frame["ticker"].map(names), event_id=frame["event_id"] + 70)
    other = chosen.run(renamed.iloc[order], returns=wide.rename(columns=names)[::-1])
    a = one.tests.drop(columns=["detail"])
    b = other.tests.drop(columns=["detail"])
    pd.testing.assert_frame_equal(a, b, rtol=1e-8)
    ours = other.car((-1, 1)).reset_index(drop=True)["t"]
    kept = [i for i in order if (i, frame["ticker"][i]) in set(one.fits.index)]
    theirs = one.car((-1, 1)).loc[[(i, frame["ticker"][i]) for i in kept], "t"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_assemble_asks_for_the_factors_that_a_model_needs(wide, observations) -> None:
    from eventstudy.models.registry import Model

    model = Model(
        name="x",
        label="x",
        fit=lambda batch: None,
        regressors=("benchmark", "smb"),
        coefficients=(),
        reference="",
        linear=True,
    )
    spec = study().spec
    frame = check_observations(observations).frame.assign(group="all")
    with pytest.raises(es.DataMissingError, match="needs 'smb'"):
        assemble(frame, wide, model, spec)
    factors = pd.DataFrame({"smb": 0.001}, index=wide.index[10:])
    placed = assemble(frame, wide, model, spec, factors=factors)
    assert placed.panel.designs.shape == (1, 400, 2)
    assert np.isnan(placed.panel.designs[0, :10, 1]).all()
    assert (placed.panel.designs[0, 10:, 1] == 0.001).all()
    column = assemble(frame, wide.assign(smb=0.002), model, spec)
    assert (column.panel.designs[0, :, 1] == 0.002).all()


def test_a_missing_placebo_p_has_its_reason(wide, observations) -> None:
    """B trades every second day before its event: no six sessions in a row are complete."""
    wide.loc[wide.index[40:299:2], "B"] = np.nan
    result = study().run(observations, returns=wide)
    lacking = {w: result.car(w)["p_placebo"].isna().sum() for w in ((0, 0), (-1, 1), (0, 5))}
    assert lacking == {(0, 0): 0, (-1, 1): 1, (0, 5): 1}
    assert result.car((0, 5)).loc[("e2", "B"), "p_value"] > 0
    assert result.notes[1:] == tuple(
        f"No placebo p over {days} for 1 observation: no complete run of {n} estimation sessions "
        "to compare with."
        for days, n in (("[−1, +1]", 3), ("[0, +5]", 6))
    )


def test_a_window_longer_than_the_estimation_has_no_placebo_p(wide, observations) -> None:
    result = study(estimation=(-60, -11), min_obs=30, window=(0, 55), car=[(0, 55)]).run(
        observations, returns=wide
    )
    assert result.car((0, 55))["p_placebo"].isna().all()
    assert [note.partition(":")[0] for note in result.notes[1:]] == [
        "No placebo p over [0, +55] for 4 observations"
    ]


def test_assets_of_one_date_with_two_benchmarks_have_a_mean_and_no_interval() -> None:
    rng = np.random.default_rng(8)
    days = pd.bdate_range("2022-01-03", periods=320)
    names = ["A", "B", "C", "m1", "m2"]
    returns = pd.DataFrame(rng.normal(0, 0.01, (320, 5)), days, names)
    frame = pd.DataFrame(
        {"ticker": ["A", "B", "C"], "date": days[300], "benchmark": ["m1", "m1", "m2"]}
    )
    result = es.EventStudy(car=[(0, 1)]).run(frame, returns=returns)
    row = result.caar.loc[(0, 1)]
    assert row["estimate"] == pytest.approx(result.car((0, 1))["car"].mean(), rel=1e-12)
    assert row[["se", "ci_low", "ci_high"]].isna().all()
    assert "benchmark" in row["se_from"]
