"""The plain arrays of a result: those of its tables, read-only and not copied."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

CAR = (-1, 1)


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    rng = np.random.default_rng(5)
    days, names = pd.bdate_range("2022-01-03", periods=300), [f"F{i}" for i in range(12)]
    returns = pd.DataFrame(rng.normal(0, 0.02, (300, 13)), days, ["mkt", *names])
    returns.iloc[203, 3] = np.nan
    events = pd.DataFrame(
        {
            "event_id": np.arange(40)[::-1],
            "ticker": rng.choice(names, 40),
            "date": days[rng.integers(150, 280, 40)],
        }
    )
    events.loc[0, ["ticker", "date"]] = "F2", days[202]
    events.loc[1, "ticker"] = "gone"
    study = es.EventStudy(
        benchmark="mkt", estimation=(-100, -11), window=(-2, 2), car=[(-5, 5)], min_obs=60
    )
    return study.run(events, returns=returns)


def test_arrays_are_those_of_the_tables(result: es.StudyResult) -> None:
    arrays, fits = result.arrays, result.fits
    for name in ("event_id", "ticker"):
        assert getattr(arrays, name).tolist() == fits.index.get_level_values(name).tolist()
    assert arrays.day0.tolist() == result.assets.labels["day0"].to_numpy().tolist()
    for name in ("s", "n_obs", "df", "r_squared"):
        np.testing.assert_array_equal(getattr(arrays, name), fits[name])
    assert list(arrays.coefficients) == ["alpha", "beta"]
    np.testing.assert_array_equal(arrays.coefficients["beta"], fits["beta"])
    np.testing.assert_array_equal(arrays.ar, result.abnormal_returns)
    assert arrays.days.tolist() == result.abnormal_returns.columns.tolist()
    day = result.car((1, 1))
    np.testing.assert_allclose(arrays.se[:, 3], day["se"], rtol=1e-14)
    np.testing.assert_allclose(arrays.sar[:, 3], day["t"], rtol=1e-14)
    assert np.isnan(arrays.sar).any()


def test_a_window_is_that_of_its_table(result: es.StudyResult) -> None:
    for window in (CAR, (-5, 5)):
        found, table = result.arrays.over(window), result.car(window)
        for name in ("car", "se", "t"):
            np.testing.assert_array_equal(getattr(found, name), table[name])
    with pytest.raises(es.InputError, match="leaves the estimated days"):
        result.arrays.over((-6, 0))


def test_arrays_are_views_that_cannot_be_written_to(result: es.StudyResult) -> None:
    arrays = result.arrays
    assert np.shares_memory(arrays.ar, result.assets.fits.ar)
    assert np.shares_memory(arrays.coefficients["alpha"], result.assets.fits.coef)
    names = ("event_id", "ticker", "asset", "day0", "s", "n_obs", "df", "ar", "se", "sar")
    for values in (*(getattr(arrays, name) for name in names), arrays.over(CAR).car):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[0]
    assert "39 observations" in repr(arrays)


def test_arrays_need_no_index(result: es.StudyResult) -> None:
    fresh = result.assets.take(np.arange(5))
    arrays = type(result.arrays)(fresh)
    assert arrays.ar.shape == (5, 5)
    assert len(arrays.ticker) == len(arrays.over(CAR).se) == 5
    assert "index" not in vars(fresh)
