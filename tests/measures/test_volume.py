"""Volume studies against direct computation, and what happens to bad volumes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es


@pytest.fixture(scope="module")
def traded(wide) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    firms = wide.columns[:-1]
    common = rng.normal(size=(len(wide), 1))
    shares = np.exp(13 + 0.3 * common + 0.4 * rng.normal(size=(len(wide), len(firms))))
    return pd.DataFrame(np.round(shares), wide.index, firms)


@pytest.fixture(scope="module")
def outstanding(traded) -> dict[str, float]:
    return {name: 1e7 * (i + 1) for i, name in enumerate(traded.columns)}


def test_log_volume_is_the_formula(traded, outstanding) -> None:
    plain = es.log_volume(traded)
    np.testing.assert_allclose(plain, np.log(1 + traded), rtol=1e-14)
    turnover = es.log_volume(traded, outstanding)
    expected = np.log(100 * (traded["F03"] + 0.000255) / 4e7)
    np.testing.assert_allclose(turnover["F03"], expected, rtol=1e-14)
    moving = pd.DataFrame({k: np.full(len(traded), v) for k, v in outstanding.items()})
    again = es.log_volume(traded, moving.set_index(traded.index))
    pd.testing.assert_frame_equal(turnover, again)


def test_zero_is_a_value_and_missing_stays_missing(traded, outstanding) -> None:
    traded = traded.copy()
    traded.iloc[3, 0], traded.iloc[4, 0] = 0, np.nan
    plain, turnover = es.log_volume(traded), es.log_volume(traded, outstanding)
    assert plain.iloc[3, 0] == 0
    assert turnover.iloc[3, 0] == pytest.approx(np.log(100 * 0.000255 / 1e7))
    assert np.isnan(plain.iloc[4, 0])
    assert np.isnan(turnover.iloc[4, 0])
    assert plain.isna().sum().sum() == 1


def test_the_market_is_the_mean_of_those_that_traded(traded) -> None:
    traded = traded.assign(**{"^IDX": 1e9})
    traded.iloc[2, 0] = np.nan
    logs = es.log_volume(traded, market="all")
    members = np.log1p(traded.drop(columns="^IDX"))
    np.testing.assert_allclose(logs["all"], members.mean(axis=1), rtol=1e-14)


def test_against_its_own_mean(traded, observations) -> None:
    result = es.volume_study(observations, traded, window=(-2, 2), car=[(0, 1)])
    log = np.log1p(traded)
    row = observations.iloc[7]
    at = log.index.get_loc(row["date"])
    past = log[row["ticker"]].to_numpy()[at - 260 : at - 10]
    abnormal = log[row["ticker"]].to_numpy()[at : at + 2] - past.mean()
    found = result.car((0, 1)).loc[(row["event_id"], row["ticker"])]
    assert found["car"] == pytest.approx(abnormal.sum(), rel=1e-11)
    se = past.std(ddof=1) * np.sqrt(2 + 4 / 250)
    assert found["se"] == pytest.approx(se, rel=1e-11)
    assert result.model_label == "Log volume, own mean"
    assert "0.10 is 10.5% more volume" in result.notes[0]


def test_against_a_volume_market_model(traded, observations, outstanding) -> None:
    result = es.volume_study(
        observations, traded, shares=outstanding, benchmark="mean", window=(-2, 2), car=[(0, 0)]
    )
    log = np.log(100 * (traded + 0.000255) / pd.Series(outstanding))
    market = log.mean(axis=1).to_numpy()
    row = observations.iloc[11]
    at = log.index.get_loc(row["date"])
    y, past = log[row["ticker"]].to_numpy(), slice(at - 260, at - 10)
    slope, constant = np.polyfit(market[past], y[past], 1)
    found = result.car((0, 0)).loc[(row["event_id"], row["ticker"])]
    assert found["car"] == pytest.approx(y[at] - constant - slope * market[at], rel=1e-8)
    assert result.fits["beta"].loc[(row["event_id"], row["ticker"])] == pytest.approx(slope)


def test_a_planted_rise_is_found_and_shares_in_other_units_change_nothing(
    traded, observations, outstanding
) -> None:
    more = traded.copy()
    for row in observations.itertuples():
        more.loc[row.date, row.ticker] *= np.e
    result = es.volume_study(observations, more, shares=outstanding, car=[(0, 0)], window=(-1, 1))
    assert result.caar["estimate"].item() == pytest.approx(1, abs=0.2)
    assert result.headline()["p_value"] < 1e-6
    scaled = {name: value / 1000 for name, value in outstanding.items()}
    other = es.volume_study(observations, more, shares=scaled, car=[(0, 0)], window=(-1, 1))
    np.testing.assert_allclose(other.car((0, 0))["t"], result.car((0, 0))["t"], rtol=1e-9)


def test_all_tests_but_those_of_returns(traded, observations) -> None:
    result = es.volume_study(observations, traded, tests="all", window=(0, 0), car=[(0, 1)])
    names = set(result.tests["test"])
    assert {"bmp_t", "corrado_z", "csect_t"} <= names
    assert not names & {"bhar_t", "bhar_skew_t", "bhar_hall_t", "calendar_time"}


def test_long_frames_and_files(traded, observations, tmp_path) -> None:
    long = traded.melt(ignore_index=False, var_name="ticker", value_name="volume").reset_index()
    long = long.rename(columns={"index": "date"})
    pd.testing.assert_frame_equal(es.log_volume(long), es.log_volume(traded), check_names=False)
    long["volume"] = long["volume"].astype("Int64")
    long.loc[0, "volume"] = pd.NA
    long.to_csv(tmp_path / "v.csv", index=False)
    long.to_parquet(tmp_path / "v.parquet")
    read = es.log_volume(tmp_path / "v.csv")
    assert np.isnan(read.iloc[0, 0])
    assert np.isfinite(read.to_numpy()).sum() == traded.size - 1
    pd.testing.assert_frame_equal(read, es.log_volume(tmp_path / "v.parquet"), check_names=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda v: v.assign(F00=v["F00"].where(v.index != v.index[5], -3.0)),
            r"volume of F00 on 2022-01-10 is -3",
        ),
        (lambda v: v.astype(object).assign(F00="many"), "volumes have text in F00"),
        (lambda v: v.iloc[[0, 0, 1]], "has 2022-01-03 twice"),
        (lambda v: v.iloc[:0], "volumes have no rows"),
        (lambda v: 3, "volumes are a int"),
    ],
)
def test_bad_volumes(traded, change, said) -> None:
    with pytest.raises(es.InputError, match=said):
        es.log_volume(change(traded))


def test_bad_shares_and_markets(traded, outstanding, tmp_path) -> None:
    with pytest.raises(es.InputError, match="no shares outstanding for F00"):
        es.log_volume(traded, {k: v for k, v in outstanding.items() if k != "F00"})
    with pytest.raises(es.InputError, match="must be positive"):
        es.log_volume(traded, {**outstanding, "F01": 0})
    with pytest.raises(es.InputError, match="column 'F01' already"):
        es.log_volume(traded, market="F01")
    with pytest.raises(es.InputError, match="at least 2 tickers"):
        es.log_volume(traded[["F01"]], market="mean")
    (tmp_path / "a.csv").write_text("date,ticker,shares\n2022-01-03,A,5\n")
    with pytest.raises(es.InputError, match="lacks one of the columns date, ticker, volume"):
        es.log_volume(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("date,ticker,volume\n2022-01-03,A,5\n2022-01-04,A,lots\n")
    with pytest.raises(es.InputError, match="row 3, column volume: 'lots' is not a number"):
        es.log_volume(tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("date,ticker,volume\n2022-01-03,A,5\n2022-01-03,A,6\n")
    with pytest.raises(es.InputError, match="have A on 2022-01-03 twice"):
        es.log_volume(tmp_path / "c.csv")


def test_what_cannot_be_estimated_says_so_in_its_own_words(traded, observations) -> None:
    thin = traded.copy()
    thin.loc[thin.index[:200], "F00"] = np.nan
    rows = pd.concat([observations, observations.iloc[[1]].assign(event_id="q", ticker="QQ")])
    result = es.volume_study(rows, thin, window=(0, 0), car=[(0, 0)])
    why = result.exclusions.set_index("ticker")["reason"]
    assert "valid volumes in the estimation window" in why["F00"]
    assert why["QQ"] == "QQ is not in the volumes"


@settings(max_examples=40)
@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=30), st.floats(1e3, 1e12))
def test_more_volume_is_never_less(volumes, shares) -> None:
    frame = pd.DataFrame({"A": sorted(volumes)}, pd.bdate_range("2024-01-01", periods=len(volumes)))
    for logs in (es.log_volume(frame), es.log_volume(frame, {"A": shares})):
        assert (np.diff(logs["A"]) >= 0).all()


@pytest.mark.needs_shared
def test_earnings_move_volume(shared) -> None:
    """300 real announcements: more volume on the day and after, in both models."""
    prices = pd.read_parquet(shared / "data" / "universe_prices.parquet")
    prices["ticker"] = prices["ticker"].astype(str)
    earnings = pd.read_csv(shared / "data" / "earnings_dates.csv")
    inside = earnings["report_date"].between("2018-01-01", "2024-12-31")
    known = earnings["ticker"].isin(prices["ticker"].unique())
    some = earnings[inside & known].sample(300, random_state=1)
    prices = prices[prices["ticker"].isin(set(some["ticker"]))]
    volume = prices[["date", "ticker", "volume"]]
    events = some.rename(columns={"report_date": "date"}).assign(
        event_id=[f"e{i}" for i in range(300)]
    )
    for benchmark in (None, "mean"):
        result = es.volume_study(events, volume, benchmark=benchmark, window=(-5, 5), car=[(0, 1)])
        assert result.n > 280
        assert 0.5 < result.caar["estimate"].item() < 2.0
        assert result.headline(window=(0, 1))["p_value"] < 1e-10
        assert abs(result.aar.loc[-5, "estimate"]) < 0.1


def test_a_volume_beyond_all_sizes_is_a_value_alone_and_named_beside_shares() -> None:
    days = pd.bdate_range("2024-01-01", periods=2)
    volume = pd.DataFrame({"A": [1e300, 1.7e308]}, days)
    assert np.isfinite(es.log_volume(volume).to_numpy()).all()
    with pytest.raises(
        es.InputError, match=r"volume of A on 2024-01-02 is 1\.7e\+308.*correct one"
    ):
        es.log_volume(volume, {"A": 1e6})
