"""Minute studies: sessions, zones, nights, missing minutes, and the kernel by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

import eventstudy as es
from eventstudy.calendars import sessions_of
from eventstudy.measures.bars import read_bars
from eventstudy.measures.minutes import bar_length, lay

MINUTE = bar_length("1min")


def event(moment: str, ticker: str = "AAA", event_id: str = "e") -> pd.DataFrame:
    return pd.DataFrame({"event_id": [event_id], "ticker": [ticker], "announced_at": [moment]})


def study(events, bars, **options) -> es.StudyResult:
    given = {"benchmark": "SPY", "window": (-5, 20), "car": [(0, 0), (0, 5)], **options}
    given = {"estimation_sessions": 10, "min_obs": 20, **given}
    return es.intraday_study(events, bars, **given)


def grid_of(bars, **options):
    given = {"calendar": "XNYS", "length": MINUTE, "stamp": "start", **options}
    return lay(read_bars(bars, None), **given)


NOON = "2024-12-03T10:00:20-05:00"
"""In the bar in which AAA jumps."""


def test_the_figures_by_hand(minutes, bars) -> None:
    """The same minutes of the ten sessions before, the market model, the forecast error."""
    found = study(event(NOON), bars)
    returns = minutes / minutes.shift(1) - 1
    zero = minutes.index.get_loc(pd.Timestamp("2024-12-03T15:00"))
    clock = minutes.index.tz_localize("UTC").tz_convert("America/New_York")
    days = np.unique(clock.date)
    before = days[days < dt.date(2024, 12, 3)][-10:]
    time = clock.hour * 60 + clock.minute
    past = np.isin(clock.date, before) & (time >= 9 * 60 + 55) & (time <= 10 * 60 + 20)
    y, x = returns["AAA"].to_numpy(), returns["SPY"].to_numpy()
    assert past.sum() == 260
    X = np.column_stack([np.ones(260), x[past]])
    b, rss = np.linalg.lstsq(X, y[past], rcond=None)[:2]
    s2 = rss[0] / 258
    after = np.arange(zero, zero + 6)
    row = np.array([6, x[after].sum()])
    v = 6 + row @ np.linalg.inv(X.T @ X) @ row
    mine = found.car((0, 5)).iloc[0]
    assert mine["car"] == pytest.approx(y[after].sum() - row @ b, rel=1e-9)
    assert mine["se"] == pytest.approx(np.sqrt(s2 * v), rel=1e-9)
    assert mine["n_obs"] == 260
    assert found.fits["beta"].item() == pytest.approx(b[1], rel=1e-9)
    assert found.car((0, 0))["car"].item() == pytest.approx(0.02, abs=0.002)
    assert found.headline()["p_value"] < 0.01


def test_all_minutes_of_the_sessions_before(minutes, bars) -> None:
    found = study(event(NOON), bars, same_minutes=False, estimation_sessions=3)
    # Three times the 389 minutes of a whole session, back from the window; 2024-11-29 is short.
    assert found.spec.estimation == (-5 - 3 * 389, -6)
    assert found.fits["n_obs"].item() == 3 * 389
    returns = (minutes / minutes.shift(1) - 1).to_numpy()
    night = np.append(True, np.diff(minutes.index.to_numpy()) > np.timedelta64(1, "m"))
    at = np.flatnonzero(~night)
    zero = np.searchsorted(at, minutes.index.get_loc(pd.Timestamp("2024-12-03T15:00")))
    rows = at[zero - 5 - 3 * 389 : zero - 5]
    slope = np.polyfit(returns[rows, 0], returns[rows, 1], 1)[0]
    assert found.fits["beta"].item() == pytest.approx(slope, rel=1e-8)


def test_the_night_is_in_no_return(bars, minutes) -> None:
    """All prices jump by 5% in every night; no minute sees it."""
    grid = grid_of(bars)
    assert not grid.opening
    assert np.abs(grid.returns.to_numpy()).max() < 0.03
    assert grid.returns.notna().all().all()
    days = sessions_of("XNYS").days
    count = ((days >= np.datetime64("2024-11-01")) & (days <= np.datetime64("2024-12-06"))).sum()
    assert len(grid.start) == len(minutes) - count
    assert np.bincount(grid.session - grid.session[0]).tolist().count(209) == 1  # the half day
    result = study(event("2024-12-03T15:58:00-05:00"), bars, window=(-5, 10), car=[(0, 5)])
    assert np.abs(result.abnormal_returns.to_numpy()).max() < 0.01
    dates = grid.start[
        np.searchsorted(grid.start, np.datetime64("2024-12-03T20:58")) + np.arange(4)
    ]
    assert [str(d)[5:16] for d in dates] == [
        *("12-03T20:58", "12-03T20:59"),
        *("12-04T14:31", "12-04T14:32"),
    ]


@pytest.mark.parametrize(
    ("moment", "minute0", "why"),
    [
        ("2024-12-03T10:00:00-05:00", "2024-12-03T10:00:00-05:00", ""),
        ("2024-12-03T10:00:59.9-05:00", "2024-12-03T10:00:00-05:00", ""),
        ("2024-12-03T15:59:59-05:00", "2024-12-03T15:59:00-05:00", ""),
        ("2024-12-03T16:00:00-05:00", "2024-12-04T09:31:00-05:00", "was closed"),
        ("2024-12-01T12:00:00+00:00", "2024-12-02T09:31:00-05:00", "was closed"),
        ("2024-11-28T10:00:00-05:00", "2024-11-29T09:31:00-05:00", "was closed"),
        ("2024-11-29T12:59:30-05:00", "2024-11-29T12:59:00-05:00", ""),
        ("2024-11-29T13:00:00-05:00", "2024-12-02T09:31:00-05:00", "was closed"),
        ("2024-12-03T09:30:10-05:00", "2024-12-03T09:31:00-05:00", "no return without an opening"),
    ],
)
def test_minute_zero(bars, moment, minute0, why) -> None:
    result = study(event(moment), bars, window=(-2, 2), car=[(0, 2)])
    labels = result.assets.labels
    assert labels["minute0"].item() == minute0
    utc = pd.Timestamp(minute0).tz_convert("UTC").tz_localize(None)
    assert labels["day0"].item() == utc
    aligned = result.alignments.iloc[0]
    assert aligned["shifted"] == bool(why)
    assert why in aligned["reason"]


def test_summer_time_moves_nothing(bars) -> None:
    """10:00 in New York is 14:00 UTC on 2024-11-01 and 15:00 UTC from 2024-11-04 on."""
    result = study(event("2024-11-05T10:00:00-05:00"), bars, estimation_sessions=2, min_obs=20)
    assert result.fits["n_obs"].item() == 2 * 26
    grid = grid_of(bars)
    slots = {str(s)[:16]: k for s, k in zip(grid.start, grid.slot, strict=True)}
    assert slots["2024-11-01T14:00"] == slots["2024-11-04T15:00"] == 30


def test_opening_prices_give_the_first_minute_a_return(bars) -> None:
    opened = bars.assign(open=bars["price"] * 0.999)
    grid = grid_of(opened)
    assert grid.opening
    first = grid.slot == 0
    np.testing.assert_allclose(grid.returns[first], 1 / 0.999 - 1, rtol=1e-9)
    assert np.abs(grid.returns[~first].to_numpy()).max() < 0.03
    result = study(event("2024-12-03T16:30:00-05:00"), opened, window=(0, 5))
    assert result.assets.labels["minute0"].item() == "2024-12-04T09:30:00-05:00"
    assert np.isfinite(result.car((0, 5))["car"].item())
    at = study(event("2024-12-03T09:30:10-05:00"), opened, window=(0, 5))
    assert at.assets.labels["minute0"].item() == "2024-12-03T09:30:00-05:00"
    assert not at.alignments["shifted"].item()


def test_bars_stamped_with_their_end(bars) -> None:
    """The same prices one minute later, the opening price among them, give the same figures."""
    late = bars.assign(timestamp=bars["timestamp"] + pd.Timedelta(minutes=1))
    one, two = study(event(NOON), bars), study(event(NOON), late, stamp="end")
    np.testing.assert_allclose(two.abnormal_returns, one.abnormal_returns, rtol=1e-12)
    clock = bars["timestamp"].dt
    opening = bars[(clock.hour == 9) & (clock.minute == 30)]
    printed = pd.concat([late, opening.assign(price=opening["price"] * 0.999)])
    grid = grid_of(printed, stamp="end")
    assert grid.opening
    np.testing.assert_allclose(grid.returns[grid.slot == 0], 1 / 0.999 - 1, rtol=1e-9)
    assert not grid.notes


def test_finer_data_are_merged_and_longer_bars_made(bars, minutes) -> None:
    ticks = pd.concat([bars, bars.assign(timestamp=bars["timestamp"] + pd.Timedelta(seconds=20))])
    earlier = ticks.iloc[: len(bars)].assign(price=1.0)
    merged = grid_of(pd.concat([earlier, ticks.iloc[len(bars) :]]))
    pd.testing.assert_frame_equal(merged.returns, grid_of(bars).returns)
    five = grid_of(bars, length=bar_length("5min"))
    assert five.per_session == 77
    price = minutes["AAA"]
    expected = price.loc["2024-12-03T15:04"] / price.loc["2024-12-03T14:59"] - 1
    assert five.returns.loc["2024-12-03T15:00", "AAA"] == pytest.approx(expected, rel=1e-12)


def test_missing_minutes_stay_missing(bars) -> None:
    gap = (bars["ticker"] == "AAA") & (
        bars["timestamp"] == pd.Timestamp("2024-12-03T10:02", tz="America/New_York")
    )
    for holes in (bars[~gap], bars.assign(price=bars["price"].mask(gap))):
        result = study(event(NOON), holes)
        ar = result.abnormal_returns.iloc[0]
        assert ar.index[ar.isna()].tolist() == [2, 3]
        assert result.car((0, 5))["reason"].item() == "no abnormal return on day +2"
        assert "no abnormal return in minute +2" in set(result.exclusions["reason"])
        assert np.isfinite(result.car((0, 0))["car"].item())


def test_off_session_and_repeated_bars_are_reported(bars) -> None:
    early = bars[bars["ticker"] == "AAA"].head(3).copy()
    early["timestamp"] = early["timestamp"] - pd.Timedelta(hours=2)
    result = study(event(NOON), pd.concat([bars, early, bars.head(4)]))
    assert any(
        note == "3 bars lie outside the sessions of XNYS and are left out, the first at "
        "2024-11-01 11:30 UTC."
        for note in result.notes
    )
    assert "4 bars appear twice; each is used once." in result.notes
    np.testing.assert_array_equal(
        result.abnormal_returns, study(event(NOON), bars).abnormal_returns
    )


def test_zones_orders_files_and_columns_change_nothing(bars, tmp_path) -> None:
    expected = study(event(NOON), bars).abnormal_returns
    text = bars.assign(timestamp=[t.isoformat() for t in bars["timestamp"]])
    text.to_csv(tmp_path / "bars.csv", index=False)
    utc = bars.assign(timestamp=bars["timestamp"].dt.tz_convert("UTC"))
    utc.to_parquet(tmp_path / "bars.parquet")
    naive = bars.assign(timestamp=bars["timestamp"].dt.tz_localize(None))
    for given, options in (
        (bars.sample(frac=1, random_state=0), {}),
        (bars.rename(columns={"timestamp": "Datetime", "ticker": "symbol", "price": "Close"}), {}),
        (bars.set_index("timestamp"), {}),
        (pl.from_pandas(bars), {}),
        (tmp_path / "bars.csv", {}),
        (tmp_path / "bars.parquet", {}),
        (naive, {"tz": "America/New_York"}),
    ):
        found = study(event(NOON), given, **options).abnormal_returns
        np.testing.assert_array_equal(found, expected)
    plain = event("2024-12-03 10:00:20")
    np.testing.assert_array_equal(
        study(plain, bars, tz="America/New_York").abnormal_returns, expected
    )


def test_events_do_not_touch_each_other(bars) -> None:
    """A batch equals its events alone; the same asset twice, a benchmark of its own, groups."""
    several = pd.concat(
        [
            event(NOON, "AAA", "one"),
            event(NOON, "BBB", "one"),
            event("2024-12-04T11:00:00-05:00", "AAA", "two"),
            event("2024-12-04T11:00:00-05:00", "SPY", "two"),
            event("2024-12-04T11:00:00-05:00", "QQQ", "two"),
        ],
        ignore_index=True,
    ).assign(group=["x", "x", "x", "y", "y"])
    together = study(several, bars, tests="all")
    assert list(together.abnormal_returns.index) == [("one", "AAA"), ("one", "BBB"), ("two", "AAA")]
    for i in range(3):
        alone = study(several.iloc[[i]], bars)
        np.testing.assert_allclose(
            together.car((0, 5)).iloc[i].drop("group")[["car", "se", "t"]].astype(float),
            alone.car((0, 5)).iloc[0][["car", "se", "t"]].astype(float),
            rtol=1e-9,
        )
    why = together.exclusions.set_index("ticker")["reason"]
    assert "SPY is the benchmark itself" in why["SPY"]
    assert why["QQQ"] == "QQQ is not in the prices"
    assert set(together.portfolios.labels["ticker"]) == {"x"}
    assert not together.tests["test"].empty


def test_moments_outside_the_bars_are_excluded_with_the_reason(bars) -> None:
    rows = pd.concat(
        [
            event("2024-10-01T10:00:00-04:00", event_id="early"),
            event("2025-01-10T10:00:00-05:00", event_id="late"),
            event(NOON, event_id="fine"),
        ]
    )
    result = study(rows, bars)
    why = result.exclusions.set_index("event_id")["reason"]
    assert why["early"].startswith("2024-10-01 lies before the first session")
    assert why["late"].startswith("2025-01-10 lies after the last session")
    assert list(result.abnormal_returns.index) == [("fine", "AAA")]


def test_registered_events_and_saving(bars, tmp_path) -> None:
    (tmp_path / "events.csv").write_text(
        "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
        f"jump,A jump,{NOON},intraday,,AAA;BBB,SPY,yes,,\n"
    )
    events = es.read_events(tmp_path / "events.csv")
    result = study(events, bars, benchmark=None)
    assert list(result.abnormal_returns.index) == [("jump", "AAA"), ("jump", "BBB")]
    assert result.model_label == "Market model, 1min bars"
    assert "jump" in result.summary()
    result.save(tmp_path / "r")
    again = es.load(tmp_path / "r")
    pd.testing.assert_frame_equal(again.car((0, 5)), result.car((0, 5)))
    pd.testing.assert_frame_equal(again.diagnostics, result.diagnostics)
    assert len(es.volatility_study(again).tests)
    (tmp_path / "plain.csv").write_text(
        "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
        "day,A day,2024-12-03,,,AAA,SPY,yes,,\n"
    )
    with pytest.raises(es.InputError, match="'2024-12-03' has no time of day"):
        study(es.read_events(tmp_path / "plain.csv"), bars)


def test_lunch_breaks_end_a_stretch() -> None:
    """Hong Kong rests from 12:00 to 13:00; no return crosses it."""
    sessions = sessions_of("XHKG")
    day = int(sessions.days.searchsorted(np.datetime64("2024-11-05")))
    start = np.arange(sessions.opens[day], sessions.closes[day], np.timedelta64(1, "m"))
    stamps = pd.DatetimeIndex(start).tz_localize("UTC")
    price = 100 + np.arange(len(stamps)) * 0.01
    grid = grid_of(
        pd.DataFrame({"timestamp": stamps, "ticker": "0700", "price": price}), calendar="XHKG"
    )
    assert len(grid.start) == 150 - 1 + 180 - 1
    assert "60 bars lie outside" in grid.notes[0]
    assert grid.returns["0700"].max() < 0.00011
    hong_kong = grid.start + np.timedelta64(8, "h")
    assert str(hong_kong[149])[11:16] == "13:01"
    assert grid.slot[149] == 211


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda b: b.drop(columns="price"), {}, "no column price; found: timestamp, ticker"),
        (lambda b: b.drop(columns="timestamp"), {}, "no column timestamp"),
        (lambda b: b.iloc[:0], {}, "The bars have no rows"),
        (lambda b: 5, {}, "The bars are a int"),
        (lambda b: b.assign(timestamp=b["timestamp"].dt.tz_localize(None)), {}, "have no zone"),
        (lambda b: b.assign(price=-b["price"]), {}, r"not a positive price; leave the cell empty \(28710 such rows\)"),
        (lambda b: b.assign(price=b["price"].astype(str).replace(str(b["price"][7]), "x")), {}, "row 7: 'x' is not a number"),
        (lambda b: b.assign(ticker=b["ticker"].where(b.index != 3)), {}, "row 3, column ticker: the ticker is missing"),
        (lambda b: pd.concat([b, b.head(2).assign(price=3.0)]), {}, r"AAA|SPY has different prices at the same time 2024-11-01 13:30:00 UTC \(2 such bars\)"),
        (lambda b: b.assign(timestamp="2024-11-05"), {}, "has no time of day"),
        (lambda b: b.assign(timestamp="2024-13-05T10:00Z"), {}, "is not a possible time"),
        (lambda b: b.assign(timestamp="2024-11-03T01:30"), {"tz": "America/New_York"}, "ambiguous or does not exist"),
        (lambda b: b, {"tz": "Mars/Base"}, "'Mars/Base' is not a time zone"),
        (lambda b: b, {"bar": "soon"}, "'soon' is not a valid bar length"),
        (lambda b: b, {"bar": "1D"}, "is not a valid bar length"),
        (lambda b: b, {"stamp": "middle"}, "'middle' is not known"),
        (lambda b: b, {"estimation_sessions": 0}, "estimation_sessions: 0"),
        (lambda b: b, {"calendar": "XXXX"}, "no exchange calendar 'XXXX'"),
        (lambda b: b, {"window": (5, 1)}, "ends before it starts"),
    ],
)  # fmt: skip
def test_bad_bars_and_options(bars, change, options, said) -> None:
    with pytest.raises(es.InputError, match=said):
        study(event(NOON), change(bars), **options)


def test_mixed_offsets_missing_columns_and_no_session(bars) -> None:
    mixed = bars.astype({"timestamp": object}).head(4).copy()
    mixed["timestamp"] = ["2024-11-05T10:00-05:00", "2024-11-05T10:01", *["2024-11-05T10:02Z"] * 2]
    with pytest.raises(es.InputError, match="row 1: '2024-11-05T10:01' has no offset"):
        study(event(NOON), mixed)
    with pytest.raises(es.InputError, match="lack the column announced_at"):
        study(event(NOON).drop(columns="announced_at"), bars)
    with pytest.raises(es.InputError, match="no zone"):
        study(event("2024-12-03 10:00:20"), bars)
    with pytest.raises(es.InputError, match="events is a list"):
        study([NOON], bars)
    weekend = bars.head(5).assign(timestamp=pd.Timestamp("2024-11-02T12:00Z"), ticker=[*"ABCDE"])
    with pytest.raises(es.DataMissingError, match="No bar lies in a session of XNYS"):
        study(event(NOON), weekend)
    with pytest.raises(es.DataMissingError, match="benchmark QQQ is not in"):
        study(event(NOON), bars, benchmark="QQQ")
