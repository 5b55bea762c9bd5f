"""Ids, tickers and days are looked at once, and the figures are those of looking at each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import eventstudy as es
from eventstudy.calendars import periods
from eventstudy.estimation import gaps
from eventstudy.estimation.labels import Coded, Keys
from eventstudy.estimation.observed import check_observations
from eventstudy.estimation.rows import next_rows
from eventstudy.files.frames import as_pandas
from eventstudy.significance.registry import list_tests

STUDY = {"benchmark": "mkt", "estimation": (-60, -11), "window": (-2, 2), "car": [(-1, 1)]}


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2022-01-03", periods=250)
    wide = pd.DataFrame(rng.normal(0, 0.02, (250, 9)), days, [*(f"F{i}" for i in range(8)), "mkt"])
    wide.iloc[150:, 2] = np.nan
    wide.iloc[120:130, 3] = np.nan
    wide.iloc[200, 4] = np.nan
    wide.iloc[100:140, 5] = 0.0
    return wide


@pytest.fixture(scope="module")
def events(returns: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    days = pd.date_range(returns.index[0], returns.index[-1])
    return pd.DataFrame(
        {
            "event_id": np.arange(300),
            "ticker": rng.choice([f"F{i}" for i in range(9)], 300),
            "date": days[rng.integers(0, len(days), 300)],
        }
    )


def run(events: object, returns: pd.DataFrame) -> es.StudyResult:
    return es.EventStudy(**STUDY, min_obs=40).run(events, returns=returns)  # type: ignore[arg-type]


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("hours", [0, 9])
def test_rows_of_days_are_found_in_a_table(frequency: str, hours: int) -> None:
    stamps = pd.bdate_range("1969-11-03", periods=200) + pd.Timedelta(hours=hours)
    rows = np.unique(periods(stamps.to_numpy(), frequency))  # type: ignore[arg-type]
    asked = pd.date_range("1969-10-01", "1970-10-30", freq="7h").to_numpy()
    asked = periods(np.concatenate([asked, stamps.to_numpy()]), frequency)  # type: ignore[arg-type]
    expected = np.searchsorted(rows, asked)
    np.testing.assert_array_equal(next_rows(rows, asked), expected)
    for at in range(0, len(asked), 97):
        assert next_rows(rows, asked[at : at + 1]) == expected[at]


def test_columns_without_gaps_are_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, events: pd.DataFrame, returns: pd.DataFrame
) -> None:
    tables = []
    for few in (0, 10**9):
        monkeypatch.setattr(gaps, "FEW", few)
        tables.append(run(events, returns).exclusions)
    pd.testing.assert_frame_equal(*tables)
    reasons = tables[0]["reason"].str.cat()
    for words in ("end on", "has no return after", "does not move", "F8 is not in the prices"):
        assert words in reasons


@pytest.mark.parametrize(
    "ids", [np.arange(300), np.arange(300)[::-1], np.repeat(np.arange(100), 3)], ids=str
)
def test_the_index_is_that_of_the_labels(
    ids: np.ndarray, events: pd.DataFrame, returns: pd.DataFrame
) -> None:
    result = run(events.assign(event_id=ids).drop_duplicates(["event_id", "ticker"]), returns)
    plain = pd.MultiIndex.from_frame(result.assets.labels[["event_id", "ticker"]])
    assert result.fits.index.equals(plain)
    for level, name in zip(result.fits.index.levels, plain.names, strict=True):
        assert level.tolist() == result.assets.labels[name].unique().tolist()
        assert level.dtype == result.assets.labels[name].dtype


def test_other_labels_have_their_own_index(events: pd.DataFrame, returns: pd.DataFrame) -> None:
    assets = run(events, returns).assets
    renamed = replace(assets, labels=assets.labels.assign(ticker="X"))
    assert renamed.index.get_level_values("ticker").unique().tolist() == ["X"]
    some = assets.take(np.array([3, 1]))
    assert some.index.tolist() == [assets.index[3], assets.index[1]]


def test_some_rows_have_the_numbers_of_their_values() -> None:
    labels = pd.DataFrame({"event_id": [5, 7, 9, 11], "ticker": list("abac")})
    keys = Keys.of(labels).take(np.array([False, True, True, True]))
    for coded, values in ((keys.event_id, [7, 9, 11]), (keys.ticker, list("bac"))):
        assert coded.distinct.tolist() == values
        assert coded.codes.tolist() == [0, 1, 2]
    assert keys.group.distinct.tolist() == ["all"]
    assert Coded.of(pd.Series([3, 1, 3])).codes.tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["category", "string[pyarrow]", "object", "polars", "arrow"])
def test_any_kind_of_text_gives_the_same_study(
    kind: str, events: pd.DataFrame, returns: pd.DataFrame
) -> None:
    other: object
    if kind == "polars":
        other = pl.from_pandas(events).with_columns(pl.col("ticker").cast(pl.Categorical))
    elif kind == "arrow":
        other = pl.from_pandas(events).with_columns(pl.col("date").cast(pl.Date)).to_arrow()
    else:
        other = events.astype({"ticker": kind})
    found, expected = run(other, returns), run(events, returns)
    pd.testing.assert_frame_equal(found.assets.labels, expected.assets.labels)
    pd.testing.assert_frame_equal(found.tests, expected.tests)
    pd.testing.assert_frame_equal(found.exclusions, expected.exclusions)


def test_columns_in_order_are_not_copied(events: pd.DataFrame) -> None:
    events = events.astype({"date": "datetime64[ns]"})
    checked = check_observations(events).frame
    for name in ("event_id", "date"):
        assert np.shares_memory(checked[name].to_numpy(), events[name].to_numpy())
    table = pl.from_pandas(events)
    ids = as_pandas(table, "observations")["event_id"].to_numpy()
    assert np.shares_memory(ids, table["event_id"].to_numpy())


def test_observations_do_not_follow_later_changes_of_the_frame(
    events: pd.DataFrame, returns: pd.DataFrame
) -> None:
    given = events.astype({"date": "datetime64[ns]"})
    result = run(given, returns)
    before = result.assets.labels.copy()
    given.loc[:, "event_id"] = -1
    given.loc[:, "ticker"] = "other"
    pd.testing.assert_frame_equal(result.assets.labels, before)
    assert result.fits.index.tolist() == list(
        zip(before["event_id"], before["ticker"], strict=True)
    )


def test_a_test_is_asked_once_for_each_window(
    monkeypatch: pytest.MonkeyPatch, events: pd.DataFrame, returns: pd.DataFrame
) -> None:
    asked = []
    test = list_tests()["bmp_kp_t"]

    def counted(sample):  # type: ignore[no-untyped-def]
        asked.append(sample.window)
        return test.function(sample)

    known = {**list_tests(), "bmp_kp_t": replace(test, function=counted)}
    monkeypatch.setattr("eventstudy.significance.registry._TESTS", known)
    result = run(events, returns)
    assert len(asked) == len(set(asked)) == len(result.averages)
