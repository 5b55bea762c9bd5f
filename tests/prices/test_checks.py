"""One set of checks for every way in: each fault is told alike by files, frames, panels, Yahoo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import EventStudyError
from eventstudy.prices.checks.moves import unlikely_moves
from eventstudy.prices.checks.profile import profile_of
from eventstudy.prices.sources.cache import PriceCache
from eventstudy.prices.sources.yahoo import Download, YahooSource

SPECIAL, CALM, MARKET = "SHARE", "CALM", "^GSPC"
DAY0 = pd.Timestamp("2024-12-16")
ONE_DAY = {"window": (0, 0), "car": [(0, 0)]}
OPTIONS = {"benchmark": MARKET, "car": [(0, 0)], "window": (-2, 2), "placebo": False}


@pytest.fixture(scope="module")
def levels() -> pd.DataFrame:
    """Prices of two shares and the market on the sessions of New York, 2023-10-02 to 2025-03-31."""
    from eventstudy.calendars import sessions_between

    days = sessions_between(date(2023, 10, 2), date(2025, 3, 31))
    rng = np.random.default_rng(7)
    market = rng.normal(0.0004, 0.008, len(days))
    own = market[:, None] + rng.normal(0, 0.015, (len(days), 2))
    grown = np.exp(np.cumsum(np.column_stack([own, market]), axis=0))
    index = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    return pd.DataFrame(grown * [80.0, 40.0, 4000.0], index=index, columns=[SPECIAL, CALM, MARKET])


Study = Callable[[pd.DataFrame, Path], es.StudyResult]


def observations() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["e"] * 2, "ticker": [SPECIAL, CALM], "date": [DAY0] * 2})


def by_frame(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    return es.EventStudy(**OPTIONS).run(observations(), levels)


def by_returns(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    returns = levels / levels.shift(1) - 1
    return es.EventStudy(**OPTIONS).run(observations(), returns=returns)


def by_csv(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    levels.to_csv(folder / "p.csv")
    return es.EventStudy(**OPTIONS).run(observations(), es.load_prices(folder / "p.csv"))


def by_long_csv(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    rows = levels.melt(ignore_index=False, var_name="ticker", value_name="close").dropna()
    rows.to_csv(folder / "l.csv")
    return es.EventStudy(**OPTIONS).run(observations(), es.load_prices(folder / "l.csv"))


def by_parquet(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    levels.to_parquet(folder / "p.parquet")
    return es.EventStudy(**OPTIONS).run(observations(), es.load_prices(folder / "p.parquet"))


def by_panel(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    rows = levels.melt(ignore_index=False, var_name="ticker", value_name="close").reset_index()
    rows.to_parquet(folder / "panel.parquet")
    panel = es.read_panel(folder / "panel.parquet", value="close")
    return es.EventStudy(**OPTIONS).run(observations(), panel)


def by_panel_of_returns(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    returns = levels / levels.shift(1) - 1
    rows = returns.melt(ignore_index=False, var_name="ticker", value_name="ret").reset_index()
    rows.to_parquet(folder / "panel.parquet")
    panel = es.read_panel(folder / "panel.parquet")
    return es.EventStudy(**OPTIONS).run(observations(), returns=panel)


def by_yahoo(levels: pd.DataFrame, folder: Path) -> es.StudyResult:
    def fetch(ticker: str, start: date, end: date) -> Download:
        column = levels[ticker].dropna()
        return Download(pd.DataFrame({"close": column, "adj_close": column}), "USD")

    source = YahooSource(
        cache=PriceCache(folder), fetch=fetch, now=lambda: datetime(2025, 4, 2, tzinfo=UTC)
    )
    prices = source.load([SPECIAL, CALM, MARKET], "2023-10-02", "2025-03-31")
    return es.EventStudy(**OPTIONS).run(observations(), prices)


OF_PRICES = {
    study.__name__: study
    for study in (by_frame, by_csv, by_long_csv, by_parquet, by_panel, by_yahoo)
}
OF_RETURNS = {study.__name__: study for study in (by_returns, by_panel_of_returns)}


def jump(factor: float, day: str = "2024-06-10") -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damaged(levels: pd.DataFrame) -> pd.DataFrame:
        out = levels.copy()
        out.loc[day:, SPECIAL] *= factor
        return out

    return damaged


def carried_forward(first: str, last: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damaged(levels: pd.DataFrame) -> pd.DataFrame:
        out = levels.copy()
        out.loc[first:last, SPECIAL] = out.loc[first, SPECIAL]
        return out

    return damaged


def filled_day(levels: pd.DataFrame) -> pd.DataFrame:
    """A session on which nobody traded, written with the prices of the day before."""
    out = levels.copy()
    out.loc["2024-07-05"] = out.loc["2024-07-03"]
    return out


NAMED = {
    "7:1 on a day of −3%": (jump(0.97 / 7), (SPECIAL, "2024-06-10", "7:1")),
    "4:1 on a day of +3.4%": (jump(1.034 / 4), (SPECIAL, "2024-06-10", "4:1")),
    "3:2": (jump(2 / 3 * 0.999), (SPECIAL, "2024-06-10", "3:2")),
    "5:3": (jump(3 / 5), (SPECIAL, "2024-06-10", "5:3")),
    "100:1": (jump(1 / 100), (SPECIAL, "2024-06-10", "100:1", "unit")),
    "1:8 reverse": (jump(8.1), (SPECIAL, "2024-06-10", "1:8 reverse")),
    "1:2 reverse": (jump(2), (SPECIAL, "2024-06-10", "1:2 reverse")),
    "a fall of half": (jump(0.53), (SPECIAL, "2024-06-10", "no usual split")),
    "a rise of 85%": (jump(1.87), (SPECIAL, "2024-06-10", "no usual split")),
    "a gap of two weeks": (
        carried_forward("2024-05-01", "2024-05-16"),
        (SPECIAL, "2024-05-02", "2024-05-16", "11 sessions"),
    ),
    "a filled day": (filled_day, ("2024-07-05",)),
}


@pytest.mark.parametrize("fault", NAMED)
@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_a_doubtful_figure_is_named_whatever_way_it_comes_in(
    levels: pd.DataFrame, tmp_path: Path, fault: str, way: str
) -> None:
    damage, facts = NAMED[fault]
    result = {**OF_PRICES, **OF_RETURNS}[way](damage(levels), tmp_path)
    doubts = [note for note in result.notes if all(fact in note for fact in facts)]
    assert len(doubts) == 1
    assert doubts == [n for n in by_returns(damage(levels), tmp_path).notes if n in doubts]
    assert result.n == 2


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_sound_figures_are_not_named(levels: pd.DataFrame, tmp_path: Path, way: str) -> None:
    result = {**OF_PRICES, **OF_RETURNS}[way](levels, tmp_path)
    assert not [note for note in result.notes if SPECIAL in note or CALM in note]
    assert result.n == 2


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_a_dead_share_that_is_carried_forward_is_left_out(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    dead = carried_forward("2024-11-01", "2025-03-31")(levels)
    result = {**OF_PRICES, **OF_RETURNS}[way](dead, tmp_path)
    (reason,) = result.exclusions.set_index("ticker").loc[[SPECIAL], "reason"]
    assert "2024-11-01" in reason
    assert "2025-03-31" in reason
    assert list(result.car((0, 0)).index.get_level_values("ticker")) == [CALM]


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_a_share_that_ends_before_the_event_is_told_by_its_last_day(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    ended = levels.copy()
    ended.loc["2024-11-05":, SPECIAL] = np.nan
    result = {**OF_PRICES, **OF_RETURNS}[way](ended, tmp_path)
    (reason,) = result.exclusions.set_index("ticker").loc[[SPECIAL], "reason"]
    assert "2024-11-04" in reason


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_a_price_that_comes_back_weeks_later_is_no_day_0(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    halted = levels.copy()
    halted.loc["2024-12-10":"2025-01-03", SPECIAL] = np.nan
    result = {**OF_PRICES, **OF_RETURNS}[way](halted, tmp_path)
    (reason,) = result.exclusions.set_index("ticker").loc[[SPECIAL], "reason"]
    assert "2025-01-07" in reason  # its first return; the first price is of the day before


def midnight_in(zone: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damaged(levels: pd.DataFrame) -> pd.DataFrame:
        days = pd.DatetimeIndex(levels.index).tz_localize(zone).tz_convert("UTC")
        return levels.set_axis(days.rename("date"))

    return damaged


REFUSED = {
    "midnight in Berlin, in UTC": (midnight_in("Europe/Berlin"), (SPECIAL, "early")),
    "midnight in Tokyo, in UTC": (midnight_in("Asia/Tokyo"), (SPECIAL, "early")),
    "growth factors": (lambda p: (p / p.shift(1)).iloc[1:], (SPECIAL, "Subtract 1")),
    "weeks": (lambda p: p.resample("W-FRI").last(), ("weekly", "--frequency weekly")),
    "months": (
        lambda p: p.resample("ME").last(),
        ("monthly", "--frequency monthly"),
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("way", [way for way in OF_PRICES if way != "by_yahoo"])
def test_wrong_prices_are_refused_whatever_way_they_come_in(
    levels: pd.DataFrame, tmp_path: Path, fault: str, way: str
) -> None:
    damage, facts = REFUSED[fault]
    with pytest.raises(es.InputError) as refused:
        OF_PRICES[way](damage(levels), tmp_path)
    assert all(fact in str(refused.value) for fact in facts)


def one(name: str, change: Callable[[pd.Series], pd.Series]) -> Callable[..., pd.DataFrame]:
    return lambda returns: returns.assign(**{name: change(returns[name])})


def coded(value: float) -> Callable[..., pd.DataFrame]:
    def damaged(returns: pd.DataFrame) -> pd.DataFrame:
        out = returns.copy()
        out.loc["2024-06-03", SPECIAL] = value
        return out

    return damaged


def delisted(returns: pd.DataFrame) -> pd.DataFrame:
    out = returns.copy()
    out.loc["2025-01-10":, SPECIAL] = np.nan
    out.loc["2025-01-10", SPECIAL] = -1.99
    return out


OF_WRONG_RETURNS = {
    "per cent": (lambda r: 100 * r, (SPECIAL, "Divide by 100")),
    "the market alone in per cent": (one(MARKET, lambda r: 100 * r), (MARKET, "Divide by 100")),
    "growth factors": (lambda r: 1 + r, (SPECIAL, "subtract 1")),
    "code −99": (coded(-99), (SPECIAL, "2024-06-03", "-99", "code")),
    "code −66": (coded(-66), (SPECIAL, "2024-06-03", "-66", "code")),
    "below −1": (coded(-1.4), (SPECIAL, "2024-06-03", "-1.4", 'returns="log"')),
    "a delisting return added": (delisted, (SPECIAL, "2025-01-10", "(1 + DLRET)")),
}


@pytest.mark.parametrize("panel", [False, True])
@pytest.mark.parametrize("fault", OF_WRONG_RETURNS)
def test_wrong_returns_are_refused(
    levels: pd.DataFrame, tmp_path: Path, fault: str, panel: bool
) -> None:
    damage, facts = OF_WRONG_RETURNS[fault]
    returns = damage((levels / levels.shift(1) - 1).iloc[1:])
    if panel:
        rows = returns.melt(ignore_index=False, var_name="ticker", value_name="ret").reset_index()
        rows.to_parquet(tmp_path / "panel.parquet")
        returns = es.read_panel(tmp_path / "panel.parquet")
    with pytest.raises(es.InputError) as refused:
        es.EventStudy(**OPTIONS).run(observations(), returns=returns)
    assert all(fact in str(refused.value) for fact in facts)


@pytest.mark.parametrize(("codes", "others"), [(2, "one other day"), (3, "2 other days")])
def test_further_days_of_a_code_are_counted(levels: pd.DataFrame, codes: int, others: str) -> None:
    returns = (levels / levels.shift(1) - 1).iloc[1:]
    returns.iloc[-codes:, returns.columns.get_loc(SPECIAL)] = -99
    with pytest.raises(es.InputError, match=rf"{SPECIAL} on .* {others} is -99"):
        es.EventStudy(**OPTIONS).run(observations(), returns=returns)


def test_prices_as_returns_are_refused(levels: pd.DataFrame) -> None:
    with pytest.raises(es.InputError, match="as prices"):
        es.EventStudy(**OPTIONS).run(observations(), returns=levels)


def test_returns_as_prices_are_refused(levels: pd.DataFrame, tmp_path: Path) -> None:
    returns = (levels / levels.shift(1) - 1).iloc[1:]
    with pytest.raises(es.InputError, match=r"returns=, --values returns"):
        by_frame(returns, tmp_path)


def test_the_minus_of_crsp_is_explained(levels: pd.DataFrame, tmp_path: Path) -> None:
    averages = levels.copy()
    averages.loc["2024-06-03":"2024-06-04", SPECIAL] *= -1
    with pytest.raises(es.InputError, match=r"2024-06-03.*CRSP.*absolute value"):
        by_frame(averages, tmp_path)


@pytest.mark.parametrize("rest", [-0.99, -0.66, -0.9999])
def test_what_is_left_of_a_code_after_division_is_named(levels: pd.DataFrame, rest: float) -> None:
    returns = coded(rest)(levels / levels.shift(1) - 1)
    result = es.EventStudy(**OPTIONS).run(observations(), returns=returns)
    named = [n for n in result.notes if f"{rest:g}" in n and "2024-06-03" in n and "code" in n]
    assert len(named) == 1


def test_log_returns_may_fall_below_minus_one(levels: pd.DataFrame, tmp_path: Path) -> None:
    logs = np.log(levels / levels.shift(1))
    made = es.EventStudy(**OPTIONS, returns="log").run(observations(), levels)
    stated = es.EventStudy(**OPTIONS, returns="log").run(observations(), returns=logs)
    pd.testing.assert_frame_equal(made.car((0, 0)), stated.car((0, 0)), rtol=1e-12)
    logs.loc["2024-06-03", SPECIAL] = -1.4
    result = es.EventStudy(**OPTIONS, returns="log").run(observations(), returns=logs)
    assert [n for n in result.notes if "−75.3%" in n]  # exp(−1.4) − 1


def test_columns_that_no_study_uses_may_be_anything(levels: pd.DataFrame) -> None:
    returns = (levels / levels.shift(1) - 1).assign(VIX=20.0, volume=1e6)
    result = es.EventStudy("factors", factors=("VIXCHG",), car=[(0, 0)], placebo=False).run(
        observations(), returns=returns.assign(VIXCHG=5 * returns[MARKET])
    )
    assert result.n == 2


def test_rows_without_any_price_are_no_sessions(levels: pd.DataFrame, tmp_path: Path) -> None:
    every_day = levels.asfreq("D")
    pd.testing.assert_frame_equal(
        by_frame(every_day, tmp_path).abnormal_returns,
        by_frame(levels, tmp_path).abnormal_returns,
    )
    first = by_returns(levels, tmp_path).abnormal_returns
    padded = (levels / levels.shift(1) - 1).asfreq("D")
    second = es.EventStudy(**OPTIONS).run(observations(), returns=padded).abnormal_returns
    pd.testing.assert_frame_equal(first, second)


def test_a_date_far_from_the_next_row_is_left_out(levels: pd.DataFrame, tmp_path: Path) -> None:
    own_days = levels.rename(index={pd.Timestamp("2023-11-24"): pd.Timestamp("2023-11-23")})
    holed = own_days.drop(own_days.loc["2024-12-10":"2025-01-03"].index)
    result = by_frame(holed, tmp_path)
    assert result.n == 0
    assert result.exclusions["reason"].str.contains("2025-01-06").all()
    near = own_days.drop(own_days.loc["2024-12-16":"2024-12-19"].index)
    assert by_frame(near, tmp_path).n == 2


@pytest.mark.parametrize(
    ("rule", "frequency", "stamp"),
    [("W-FRI", "weekly", "right"), ("W-FRI", "weekly", "left"), ("ME", "monthly", "right")],
)
def test_weeks_and_months_are_studied_where_asked(
    levels: pd.DataFrame, rule: str, frequency: str, stamp: str
) -> None:
    """By hand: the market-adjusted return of the week or month that holds the event."""
    periods = levels.resample(rule).last()
    if stamp == "left":  # Yahoo stamps a week with its Monday
        periods.index = periods.index - pd.Timedelta(days=4)
    options = {**OPTIONS, "estimation": (-12, -3), "min_obs": 8, "frequency": frequency}
    result = es.EventStudy("market_adjusted", **options).run(observations(), periods)
    returns = levels.resample(rule).last().pct_change()
    row = returns.loc[DAY0:].iloc[0]
    got = result.car((0, 0))["car"].droplevel("event_id")
    assert got[SPECIAL] == pytest.approx(row[SPECIAL] - row[MARKET], rel=1e-12)


def test_daily_factors_do_not_explain_weekly_returns(levels: pd.DataFrame, tmp_path: Path) -> None:
    import dataclasses

    levels.resample("W-FRI").last().to_csv(tmp_path / "w.csv")
    weekly = es.load_prices(tmp_path / "w.csv")
    assert weekly.frequency == "weekly"
    prices = dataclasses.replace(weekly, factors=es.load_factors("bundled"))
    study = es.EventStudy("ff3", frequency="weekly", estimation=(-40, -3), min_obs=30, **ONE_DAY)
    with pytest.raises(EventStudyError, match="daily"):
        study.run(observations(), prices)


def moves(*ratios: float, name: str = "A") -> tuple[str, ...]:
    """What is said of a share with ordinary days of one per cent and these ratios."""
    calm = np.resize([0.01, -0.01], 60)
    table = pd.DataFrame({name: [*calm, *(ratio - 1 for ratio in ratios)]})
    table.index = pd.bdate_range("2024-01-01", periods=len(table))
    return unlikely_moves(table, profile_of(table.to_numpy()))


@pytest.mark.parametrize("new", [*range(2, 31), 40, 50, 75, 99, 100])
def test_every_whole_split_is_recognised_on_an_ordinary_day(new: int) -> None:
    for day in (0.985, 1.0, 1.015):
        (said,) = moves(day / new)
        assert new > 30 or f"{new}:1 split" in said
        (said,) = moves(day * new)
        assert new > 30 or f"1:{new} reverse split" in said


@pytest.mark.parametrize("ratio", [0.7012, 0.673249, 1.4789, 0.77, 1.4, 0.63, 1.75, 0.55001])
def test_large_true_moves_are_not_named(ratio: float) -> None:
    assert moves(ratio) == ()


@pytest.mark.parametrize("ratio", [0.01, 2.2, 0.4])
def test_an_index_has_no_split(ratio: float) -> None:
    (said,) = moves(ratio, name="^VIX")
    assert "unadjusted" not in said


def test_the_profile_is_that_of_numpy() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, (300, 7)).round(1)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:, 3] = np.nan
    for laid in (values, np.asfortranarray(values)):
        found = profile_of(laid)
        rest = [0, 1, 2, 4, 5, 6]
        known = values[:, rest]
        assert found.count.tolist() == np.isfinite(values).sum(axis=0).tolist()
        np.testing.assert_allclose(found.mean[rest], np.nanmean(known, axis=0), rtol=1e-12)
        np.testing.assert_allclose(found.size[rest], np.nanmean(abs(known), axis=0), rtol=1e-12)
        np.testing.assert_array_equal(found.least[rest], np.nanmin(known, axis=0))
        np.testing.assert_array_equal(found.largest[rest], np.nanmax(known, axis=0))
        np.testing.assert_array_equal(found.zeros, (values == 0).sum(axis=0))
        np.testing.assert_array_equal(found.negatives, (values < 0).sum(axis=0))
        assert np.isnan(found.mean[3])


# --- beside prices ---------------------------------------------------------------------------


def test_log_returns_beside_prices_are_told_from_simple_ones(levels: pd.DataFrame) -> None:
    from eventstudy.prices.prices import Provenance, make_prices

    origin = Provenance("p", "the file p.csv")
    simple = levels / levels.shift(1) - 1
    stated = make_prices(levels, returns=simple, provenance=origin)
    result = es.EventStudy(**OPTIONS).run(observations(), stated)
    assert result.n == 2
    with pytest.raises(es.InputError, match="log returns"):
        make_prices(levels, returns=np.log1p(simple), provenance=origin)
    with pytest.raises(es.InputError, match="Divide by 100"):
        make_prices(levels, returns=100 * simple, provenance=origin)


def test_stated_returns_are_used_and_others_made(levels: pd.DataFrame) -> None:
    """A return with its dividend, beside prices that do not have it."""
    from eventstudy.prices.prices import Provenance, make_prices

    stated = (levels / levels.shift(1) - 1)[[SPECIAL]]
    stated.loc[DAY0, SPECIAL] += 0.05
    prices = make_prices(levels, returns=stated, provenance=Provenance("p", "p.csv"))
    with_it = es.EventStudy(**OPTIONS).run(observations(), prices).car((0, 0))["car"]
    without = es.EventStudy(**OPTIONS).run(observations(), levels).car((0, 0))["car"]
    assert (with_it - without).tolist() == pytest.approx([0.05, 0], abs=1e-14)


def test_factors_among_the_returns_are_checked_too(levels: pd.DataFrame) -> None:
    returns = levels / levels.shift(1) - 1
    rf = pd.Series(0.02, index=returns.index)
    capm = es.EventStudy("capm", **OPTIONS)
    with pytest.raises(es.InputError, match=r"rf.*Divide by 100"):
        capm.run(observations(), returns=returns.assign(rf=rf))
    assert capm.run(observations(), returns=returns.assign(rf=rf / 100)).n == 2


def test_one_ticker_of_another_exchange_is_judged_by_itself(
    levels: pd.DataFrame, tmp_path: Path
) -> None:
    """Two shares on the days of New York; the third at midnights of Tokyo, written in UTC."""
    from eventstudy.calendars import sessions_between

    days = sessions_between(date(2023, 10, 2), date(2025, 3, 31), "XTKS")
    rng = np.random.default_rng(1)
    tokyo = pd.DataFrame({"7203.T": 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))})
    tokyo.index = pd.DatetimeIndex(days.astype("datetime64[ns]")) - pd.Timedelta(days=1)
    both = levels.join(tokyo.rename_axis("date"), how="outer")
    for way in (by_frame, by_csv, by_parquet):
        with pytest.raises(es.InputError) as refused:
            way(both, tmp_path)
        assert "7203.T" in str(refused.value)
        assert SPECIAL not in str(refused.value)


def test_calibration_passes_the_same_checks(levels: pd.DataFrame) -> None:
    returns = (levels / levels.shift(1) - 1).iloc[1:]
    options = {"n_events": 1, "samples": 20, "tests": ["t"], "benchmark": MARKET}
    with pytest.raises(es.InputError, match="Divide by 100"):
        es.calibrate(returns=100 * returns, **options)
    told = es.calibrate(jump(1 / 7)(levels), **options)
    assert any("7:1" in note for note in told.notes)
    assert "7:1" in told.summary()


def test_weeks_beside_days_are_refused(levels: pd.DataFrame, tmp_path: Path) -> None:
    levels[[SPECIAL]].resample("W-FRI").last().to_csv(tmp_path / "weekly.csv")
    levels[[MARKET]].to_csv(tmp_path / "daily.csv")
    with pytest.raises(es.InputError, match=r"weekly\.csv is weekly.*daily\.csv is daily"):
        es.load_prices([tmp_path / "weekly.csv", tmp_path / "daily.csv"])


def test_two_days_of_news_are_not_in_per_cent(levels: pd.DataFrame) -> None:
    from eventstudy.prices.checks.units import require_returns

    few = (levels / levels.shift(1) - 1).iloc[1:4].assign(**{SPECIAL: [-0.17, 0.12, 0.11]})
    assert require_returns(few, profile_of(few.to_numpy())) == ()


@pytest.mark.parametrize("dead", [SPECIAL, MARKET])
@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_a_standstill_that_begins_before_the_event_leaves_it_out(
    levels: pd.DataFrame, tmp_path: Path, way: str, dead: str
) -> None:
    """The share, or the market of both, stops three sessions before day 0."""
    stopped = levels.copy()
    stopped.loc["2024-12-11":, dead] = stopped.loc["2024-12-11", dead]
    result = {**OF_PRICES, **OF_RETURNS}[way](stopped, tmp_path)
    assert result.n == (1 if dead == SPECIAL else 0)
    assert result.exclusions["reason"].str.contains("2024-12-11").all()


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_weeks_carried_forward_are_named(levels: pd.DataFrame, tmp_path: Path, way: str) -> None:
    filled = levels.copy()
    weeks = levels[MARKET].resample("W-FRI").last().reindex(levels.index)
    filled[MARKET] = weeks.ffill()
    result = {**OF_PRICES, **OF_RETURNS}[way](filled, tmp_path)
    assert [n for n in result.notes if MARKET in n and "carried forward" in n]


@pytest.mark.parametrize("way", ["by_frame", "by_csv", "by_parquet", "by_returns"])
def test_a_session_without_a_row_is_missing_in_frames_as_in_files(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    holed = levels.drop(DAY0)
    if way == "by_returns":
        returns = (levels / levels.shift(1) - 1).drop(DAY0)
        result = es.EventStudy(**OPTIONS).run(observations(), returns=returns)
    else:
        result = OF_PRICES[way](holed, tmp_path)
    assert result.car((0, 0))["car"].isna().all()
    assert result.exclusions["reason"].str.contains("day 0").all()
    if way in ("by_frame", "by_returns"):
        assert [note for note in result.notes if "2024-12-16" in note and "no row" in note]


def test_days_of_another_exchange_are_left_as_they_are(levels: pd.DataFrame) -> None:
    """Christmas Eve and other days on which Frankfurt is closed are no missing sessions."""
    from eventstudy.calendars import sessions_between

    days = sessions_between(date(2023, 10, 2), date(2025, 3, 31), "XFRA")
    walk = np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, (len(days), 2)), axis=0))
    index = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    table = pd.DataFrame(100 * walk, index=index, columns=[SPECIAL, MARKET])
    result = es.EventStudy(**OPTIONS).run(observations().iloc[:1], table)
    assert result.n == 1
    assert not [note for note in result.notes if "session of" in note]


@pytest.mark.parametrize("way", ["by_frame", "by_csv", "by_parquet", "by_panel"])
def test_weekly_rows_after_daily_ones_are_refused(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    late = levels["2024-06-02":].resample("W-FRI").last()
    with pytest.raises(es.InputError, match="more than one frequency"):
        OF_PRICES[way](pd.concat([levels[:"2024-06-01"], late]), tmp_path)


@pytest.mark.parametrize("way", ["by_frame", "by_csv", "by_parquet", "by_panel"])
def test_logarithms_and_percentages_are_no_prices(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    with pytest.raises(es.InputError, match=r"\^GSPC.*logarithm"):
        OF_PRICES[way](np.log(levels), tmp_path)
    with pytest.raises(es.InputError, match="growth factors"):
        OF_PRICES[way]((100 * levels / levels.shift(1)).iloc[1:], tmp_path)


def test_a_peg_is_a_price(levels: pd.DataFrame, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0, 0.0004, len(levels))
    assert by_frame(levels.assign(**{CALM: 1 + noise}), tmp_path).n == 2


def test_weeks_may_be_stamped_on_sundays(levels: pd.DataFrame) -> None:
    options = {**OPTIONS, "estimation": (-40, -3), "min_obs": 30, "frequency": "weekly"}
    study = es.EventStudy(**options)
    found = [
        study.run(observations(), levels.resample(rule).last()).car((0, 0))["car"]
        for rule in ("W-FRI", "W-SUN")
    ]
    pd.testing.assert_series_equal(*found)


def test_monthly_returns_beside_prices_are_not_in_per_cent(levels: pd.DataFrame) -> None:
    from eventstudy.prices.prices import Provenance, make_prices

    months = levels.resample("ME").last()
    longer = pd.concat([months, months.set_axis(months.index + pd.DateOffset(months=24))])
    wild = longer.assign(**{SPECIAL: np.exp(np.resize([0.2, -0.15], len(longer)).cumsum())})
    returns = wild / wild.shift(1) - 1
    prices = make_prices(wild, returns=returns, provenance=Provenance("m", "m"))
    assert prices.frequency == "monthly"


@pytest.mark.parametrize("way", ["by_frame", "by_csv", "by_parquet", "by_returns"])
def test_rows_of_another_exchange_are_no_sessions(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    """A share of Tokyo beside those of New York changes none of their figures."""
    from eventstudy.calendars import sessions_between

    days = sessions_between(date(2023, 10, 2), date(2025, 3, 31), "XTKS")
    walk = np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, len(days))))
    tokyo = pd.Series(walk, pd.DatetimeIndex(days.astype("datetime64[ns]")), name="7203.T")
    both = levels.join(tokyo, how="outer")
    if way == "by_returns":
        both = both / both.shift(1) - 1
        both[levels.columns] = (levels / levels.shift(1) - 1).reindex(both.index)
        result = es.EventStudy(**OPTIONS).run(observations(), returns=both)
    else:
        result = OF_PRICES[way](both, tmp_path)
    alone = by_frame(levels, tmp_path)
    pd.testing.assert_frame_equal(result.car((0, 0)), alone.car((0, 0)))
    assert [n for n in result.notes if "sessions of XNYS" in n]


def test_columns_beside_the_prices_may_be_anything(levels: pd.DataFrame, tmp_path: Path) -> None:
    beside = levels.assign(event=0, spread=-1.0, name="x", VIX=15.0)
    beside.loc[DAY0, "VIX"] = 60.0
    result = by_frame(beside, tmp_path)
    assert result.n == 2
    assert not [n for n in result.notes if any(w in n for w in ("event", "spread", "VIX"))]


@pytest.mark.parametrize("way", [*OF_PRICES, *OF_RETURNS])
def test_an_index_that_falls_by_a_third_is_named(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    split = levels.copy()
    split.loc[:"2024-06-07", MARKET] *= 1.5
    result = {**OF_PRICES, **OF_RETURNS}[way](split, tmp_path)
    assert [n for n in result.notes if MARKET in n and "2024-06-10" in n and "no index" in n]


def test_a_column_that_is_there_twice_is_named(levels: pd.DataFrame, tmp_path: Path) -> None:
    twice = pd.concat([levels, levels[[CALM]]], axis=1)
    with pytest.raises(es.InputError, match=f"{CALM}.*twice"):
        by_frame(twice, tmp_path)


def test_factors_that_end_before_the_event_say_when() -> None:
    import dataclasses

    prices = es.load_prices("bundled", tickers=["NVDA", "^GSPC"])
    factors = es.load_factors("bundled")
    event = pd.DataFrame({"ticker": ["NVDA"], "date": ["2025-01-27"]})
    ended = dataclasses.replace(prices, factors=factors.loc[:"2024-12-31"])
    result = es.EventStudy("ff3", car=[(0, 0)]).run(event, ended)
    assert "2024-12-31" in result.exclusions["reason"].item()


def test_factors_a_day_late_are_refused(tmp_path: Path) -> None:
    factors = es.load_factors("bundled")
    factors.set_axis(factors.index + pd.Timedelta(days=1)).rename_axis("date").to_csv(
        tmp_path / "late.csv"
    )
    with pytest.raises(es.InputError, match=r"late\.csv.*one day late"):
        es.load_factors(tmp_path / "late.csv")


def test_many_days_without_a_session_have_one_sentence(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", "2024-12-31", name="date")
    walk = np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.02, len(days))))
    pd.DataFrame({"BTC": 40_000 * walk}, index=days).to_csv(tmp_path / "b.csv")
    (said,) = es.load_prices(tmp_path / "b.csv").dropped
    assert all(fact in said for fact in ("BTC", "XNYS", "--calendar", "2024-01-01"))


@pytest.mark.parametrize("way", ["by_frame", "by_csv", "by_parquet", "by_panel"])
def test_day_and_month_swapped_in_some_dates_are_refused(
    levels: pd.DataFrame, tmp_path: Path, way: str
) -> None:
    swapped = [
        pd.Timestamp(day.year, day.day, day.month) if day.day <= 12 and day.year < 2025 else day
        for day in levels.index
    ]
    mixed = levels.set_axis(pd.DatetimeIndex(swapped, name="date"))
    mixed = mixed[~mixed.index.duplicated()].sort_index()
    with pytest.raises(es.InputError, match=r"weekend.*swapped"):
        OF_PRICES[way](mixed, tmp_path)


def test_a_market_without_weekends_is_studied(levels: pd.DataFrame, tmp_path: Path) -> None:
    days = pd.date_range("2023-10-02", periods=500, name="date")
    walk = np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.02, (500, 3)), axis=0))
    coins = pd.DataFrame(walk, index=days, columns=[SPECIAL, CALM, MARKET]) * [80.0, 40.0, 4000.0]
    assert by_frame(coins, tmp_path).n == 2


def test_returns_divided_by_100_twice_are_refused(levels: pd.DataFrame) -> None:
    returns = levels / levels.shift(1) - 1
    with pytest.raises(es.InputError, match="100 twice"):
        es.EventStudy(**OPTIONS).run(observations(), returns=returns / 100)


@pytest.mark.parametrize(
    "wrong",
    [lambda r: r.shift(-1), lambda r: -r, lambda r: r[r.columns[::-1]].set_axis(r.columns, axis=1)],
    ids=["a day early", "sign turned", "another share's"],
)
def test_stated_returns_that_contradict_the_prices_are_refused(levels: pd.DataFrame, wrong) -> None:
    from eventstudy.prices.prices import Provenance, make_prices

    stated = wrong((levels / levels.shift(1) - 1)[[SPECIAL, CALM]])
    with pytest.raises(es.InputError, match=f"{SPECIAL}.*not those of its prices"):
        make_prices(levels, returns=stated, provenance=Provenance("p", "the file p.csv"))


def test_dividends_in_stated_returns_are_no_contradiction(levels: pd.DataFrame) -> None:
    from eventstudy.prices.prices import Provenance, make_prices

    stated = levels / levels.shift(1) - 1
    stated.iloc[::60] += 0.01
    prices = make_prices(levels, returns=stated, provenance=Provenance("p", "the file p.csv"))
    assert prices.returns is not None


def test_days_beyond_the_market_stay(levels: pd.DataFrame, tmp_path: Path) -> None:
    """A share whose market begins later and ends earlier, in a study that needs no market."""
    short = levels.copy()
    short.loc[:"2024-01-15", MARKET] = np.nan
    short.loc["2025-01-06":, MARKET] = np.nan
    holed = short.drop(pd.Timestamp("2024-07-09"))
    late = observations().assign(date=pd.Timestamp("2025-02-03"))
    options = {"car": [(0, 0)], "window": (-2, 2), "placebo": False, "estimation": (-260, -11)}
    result = es.EventStudy("mean", **options).run(late, holed)
    whole = es.EventStudy("mean", **options).run(late, levels.drop(columns=MARKET))
    assert result.n == 2
    missing = [note for note in result.notes if "2024-07-09" in note and "no row" in note]
    assert len(missing) == 1
    assert (result.fits["n_obs"] == whole.fits["n_obs"] - 2).all()  # its return and the next one
