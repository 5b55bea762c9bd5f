"""CAR paths with their bands, through the result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

WINDOW = (-3, 4)


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    index = pd.bdate_range("2024-01-01", periods=200)
    market = rng.normal(0, 0.01, 200)
    assets = 0.9 * market[:, None] + rng.normal(0, 0.02, (200, 3))
    frame = pd.DataFrame(assets, index, ["A", "B", "C"]).assign(mkt=market)
    frame.iloc[152, 2] = np.nan  # day +2 of C
    return frame


@pytest.fixture(scope="module")
def result(returns: pd.DataFrame) -> es.StudyResult:
    events = pd.DataFrame({"event_id": "e", "ticker": ["A", "B", "C"], "date": returns.index[150]})
    study = es.EventStudy(
        benchmark="mkt", estimation=(-120, -11), window=WINDOW, car=[(0, 0)], min_obs=60
    )
    return study.run(events, returns=returns)


def test_each_day_is_the_car_from_the_first_day_on(result):
    paths = result.paths(["A"]).set_index("rel_day")
    for day in range(WINDOW[0], WINDOW[1] + 1):
        row = result.car((WINDOW[0], day)).loc[("e", "A")]
        for ours, theirs in (("car", "car"), ("se", "se"), ("ci_low", "ci_low")):
            assert paths.loc[day, ours] == pytest.approx(row[theirs], rel=1e-10)


def test_the_band_is_one_multiple_of_the_standard_error_wider_than_the_interval(result):
    paths = result.paths(["A", "B"])
    for _, path in paths.groupby("ticker"):
        critical = (path["band_high"] - path["car"]) / path["se"]
        assert critical.to_numpy() == pytest.approx(path["critical"].to_numpy())
        assert np.ptp(path["critical"]) == 0
        assert (path["band_low"] < path["ci_low"]).all()
        assert (path["band_high"] > path["ci_high"]).all()


def test_a_path_ends_before_the_first_missing_day(result):
    path = result.paths(["C"]).set_index("rel_day")
    assert path.loc[:1].notna().all().all()
    assert path.loc[2:, ["car", "se", "ci_low", "band_high", "critical"]].isna().all().all()


def test_groups_are_paths_of_portfolios_and_unknown_names_are_errors(returns):
    events = pd.DataFrame(
        {"event_id": "e", "ticker": ["A", "B"], "date": returns.index[150], "group": "g"}
    )
    study = es.EventStudy(benchmark="mkt", estimation=(-120, -11), window=WINDOW, min_obs=60)
    result = study.run(events, returns=returns)
    path = result.paths(["g"])
    if result.portfolios.labels.empty:
        pytest.fail("the group has no portfolio")
    assert path["car"].iloc[-1] == pytest.approx(
        result.portfolios.car_table(WINDOW)["car"].iloc[0], rel=1e-10
    )
    with pytest.raises(es.InputError, match=r"'gg'.*A, B, g"):
        result.paths(["gg"])


def test_too_many_paths_are_refused(returns):
    events = pd.DataFrame({"event_id": np.arange(201), "ticker": "A", "date": returns.index[150]})
    study = es.EventStudy(benchmark="mkt", estimation=(-120, -11), window=WINDOW, min_obs=60)
    with pytest.raises(es.InputError, match="201 paths were asked for and 200 can be drawn"):
        study.run(events, returns=returns).paths()


@pytest.mark.slow
@pytest.mark.weekly
def test_bands_cover_the_whole_path_as_often_as_they_say():
    """Under normal returns 95% of bands hold zero on every day, and fewer of the intervals."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2024-01-01", periods=60)
    n = 150
    market = rng.normal(0, 0.01, 60)
    frame = pd.DataFrame(
        market[:, None] + rng.normal(0, 0.02, (60, n)), index, [f"T{i}" for i in range(n)]
    ).assign(mkt=market)
    events = pd.DataFrame({"event_id": "e", "ticker": frame.columns[:n], "date": index[40]})
    study = es.EventStudy(
        benchmark="mkt", estimation=(-35, -6), window=(-5, 10), car=[(0, 0)], min_obs=20
    )
    paths = study.run(
        events,
        returns=frame,
    ).paths()
    band = paths.assign(out=(paths["band_low"] > 0) | (paths["band_high"] < 0))
    day = paths.assign(out=(paths["ci_low"] > 0) | (paths["ci_high"] < 0))
    missed, missed_by_day = (f.groupby("ticker")["out"].any().mean() for f in (band, day))
    assert missed == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / n))
    assert missed_by_day > 0.12
