"""Recovery: each figure against sums and least squares written out from raw prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.recovery import Recovery
from eventstudy.evidence.recovery import NOT_ABNORMAL, recovery
from eventstudy.evidence.refits import fieller, sum_days
from eventstudy.models.kernel.fits import sum_window
from eventstudy.spec.windows import Window

DAY = "2025-01-27"
HYPERSCALERS = ["MSFT", "GOOGL", "AMZN", "META", "ORCL"]


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    columns = ["NVDA", "AMD", "^IXIC", *HYPERSCALERS, "^GSPC"]
    return es.load_prices("bundled").adj_close[columns]


@pytest.fixture(scope="module")
def packaged(flagship) -> Case:
    return Case(flagship.both.only("deepseek-app-store"), flagship.prices)


@pytest.fixture(scope="module")
def found(packaged) -> Recovery:
    return recovery(packaged)


@pytest.fixture
def make(tmp_path: Path):
    """A case on closes, with confounders as (id, date, groups)."""

    def build(closes: pd.DataFrame, others=(), groups="NVDA", **options: object) -> Case:
        closes.to_csv(tmp_path / "p.csv")
        loaded = es.load_prices(tmp_path / "p.csv")
        events = [
            make_event(event_id="e", title="E", announced_at=DAY, groups=groups, headline=True)
        ]
        events += [
            make_event(event_id=name, title=name, announced_at=day, groups=members)
            for name, day, members in others
        ]
        return Case(es.EventStudy(**options).run(Events(tuple(events)), loaded).only("e"), loaded)

    return build


def plant(closes: pd.DataFrame, ticker: str, day: int, wanted: float) -> pd.DataFrame:
    """The closes with one return changed, all later ones kept."""
    frame = closes.copy()
    place, column = frame.index.get_loc(DAY) + day, frame.columns.get_loc(ticker)
    frame.iloc[place:, column] *= (
        (1 + wanted) * frame.iloc[place - 1, column] / frame.iloc[place, column]
    )
    return frame


class ByHand:
    """The market model over [−260, −11] by numpy, and sums of its abnormal returns."""

    def __init__(self, closes: pd.DataFrame, tickers: list[str]) -> None:
        returns = closes.pct_change(fill_method=None)
        y = returns[tickers].mean(axis=1).to_numpy()
        x = np.column_stack([np.ones(len(y)), returns["^GSPC"]])
        at = closes.index.get_loc(DAY)
        old = slice(at - 260, at - 10)
        b, ssr, *_ = np.linalg.lstsq(x[old], y[old], rcond=None)
        self.inverse = np.linalg.inv(x[old].T @ x[old])
        self.df = 248
        self.s2 = float(ssr[0]) / self.df
        self.ar = (y - x @ b)[at:]
        self.x = x[at:]
        self.old = y[old], x[old]

    def form(self, weights: dict[int, float]) -> tuple[float, float]:
        """Σ w·AR and its standard error."""
        w = np.array(list(weights.values()))
        days = list(weights)
        total = (w[:, None] * self.x[days]).sum(axis=0)
        v = (w**2).sum() + total @ self.inverse @ total
        return float(w @ self.ar[days]), float(np.sqrt(self.s2 * v))

    def runs(self, length: int) -> np.ndarray:
        """CAR/(s√V) of every run of estimation sessions, from a fit without it."""
        y, x = self.old
        found = []
        for start in range(len(y) - length + 1):
            run = np.arange(start, start + length)
            others, design = np.delete(y, run), np.delete(x, run, axis=0)
            b, ssr, *_ = np.linalg.lstsq(design, others, rcond=None)
            total = x[run].sum(axis=0)
            v = length + total @ np.linalg.inv(design.T @ design) @ total
            s = np.sqrt(float(ssr[0]) / (len(others) - 2))
            found.append((y[run] - x[run] @ b).sum() / (s * np.sqrt(v)))
        return np.array(found)

    def quoted(self, days: list[int]) -> tuple[float, float]:
        """Two-sided placebo p of the CAR of some days, and what the test keeps at 5%, in s.e."""
        car, se = self.form(dict.fromkeys(days, 1.0))
        runs = np.sort(np.abs(self.runs(len(days))))[::-1]
        p = (1 + (runs >= abs(car / se)).sum()) / (1 + len(runs))
        return p, runs[int(0.05 * (len(runs) + 1)) - 1]


def row_of(found: Recovery, key: str, horizon: int, days: str = "all") -> pd.Series:
    table = found.table
    rows = table[(table["key"] == key) & (table["horizon"] == horizon) & (table["days"] == days)]
    assert len(rows) == 1
    return rows.iloc[0]


def summary_of(found: Recovery, key: str, days: str = "all") -> pd.Series:
    table = found.summary
    return table[(table["key"] == key) & (table["days"] == days)].iloc[0]


MEMBERS = {"NVDA": ["NVDA"], "^IXIC": ["^IXIC"], "hyperscalers": HYPERSCALERS}


@pytest.mark.parametrize("key", MEMBERS)
@pytest.mark.parametrize("horizon", [1, 5, 60])
def test_against_sums_from_raw_prices(prices, found, key, horizon):
    hand = ByHand(prices, MEMBERS[key])
    row = row_of(found, key, horizon)
    ar0, _ = hand.form({0: 1.0})
    car, se = hand.form(dict.fromkeys(range(1, horizon + 1), 1.0))
    total, total_se = hand.form(dict.fromkeys(range(horizon + 1), 1.0))
    np.testing.assert_allclose(
        [row["ar0"], row["car"], row["se"], row["share"], row["total"], row["total_se"]],
        [ar0, car, se, -car / ar0, total, total_se],
        rtol=1e-9,
    )
    later, runs = list(range(1, horizon + 1)), hand.runs(horizon)
    assert row["test"] == "placebo"
    assert row["p_value"] == pytest.approx(hand.quoted(later)[0])
    assert row["p_greater"] == pytest.approx((1 + (runs >= car / se).sum()) / (1 + len(runs)))
    assert row["p_back"] == row["p_greater"]  # day 0 was a loss
    assert row["total_p"] == pytest.approx(hand.quoted([0, *later])[0])


def test_without_placebos_every_test_is_t(prices, make):
    hand, found = ByHand(prices, ["NVDA"]), recovery(make(prices, placebo=False))
    car, se = hand.form(dict.fromkeys(range(1, 6), 1.0))
    row = row_of(found, "NVDA", 5)
    assert row["test"] == summary_of(found, "NVDA")["test"] == "t"
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(car / se), 248), rel=1e-9)
    assert row["p_greater"] == pytest.approx(stats.t.sf(car / se, 248), rel=1e-9)


def test_shares_verdicts_and_intervals_agree(found):
    """A share has bounds where day 0 is significant; they leave out zero where later days are."""
    table = found.table[found.table["reason"] == ""].merge(
        found.summary[["key", "days", "abnormal"]], on=["key", "days"]
    )
    assert table["abnormal"].all()
    outside = (table["share_low"] > 0) | (table["share_high"] < 0)
    assert outside.equals(table["p_value"] <= 0.05)
    assert 0 < outside.sum() < len(outside)


def test_fiellers_bounds_are_the_shares_that_a_t_test_just_keeps(prices, make):
    hand, quantile = ByHand(prices, ["NVDA"]), stats.t.ppf(0.975, 248)
    found = recovery(make(prices, placebo=False))
    for horizon in (1, 5, 20, 60):
        row = row_of(found, "NVDA", horizon)
        for bound, side in ((row["share_low"], -1), (row["share_high"], 1)):
            weights = {0: -bound, **dict.fromkeys(range(1, horizon + 1), -1.0)}
            difference, se = hand.form(weights)  # −CAR − share · AR0, where AR0 is a loss
            assert difference / se == pytest.approx(side * quantile, rel=1e-8)


def test_fieller_covers_as_often_as_it_says():
    rng = np.random.default_rng(4)
    covariance = np.array([[1.0, 0.3], [0.3, 0.2]])
    above, below = rng.multivariate_normal([2.0, 1.6], covariance, 20_000).T
    fixed = tuple(np.array(v) for v in (1.0, 0.2, 0.3))
    low, high = fieller(above, below, fixed, np.array(1.96))
    bounded = np.isfinite(low)
    truth = 2.0 / 1.6
    kept = np.abs(above - truth * below) <= 1.96 * np.sqrt(1 - 2 * truth * 0.3 + truth**2 * 0.2)
    inside = (low <= truth) & (truth <= high)
    assert (inside == kept)[bounded].all()
    assert np.array_equal(bounded, np.abs(below) > 1.96 * np.sqrt(0.2))
    assert kept.mean() == pytest.approx(0.95, abs=0.006)


def test_without_the_days_of_confounders(prices, packaged, found):
    """Nvidia's: the Fed on +2, tariffs on +5 and +47, its earnings on +22."""
    hand = ByHand(prices, ["NVDA"])
    mine = found.confounders[found.confounders["key"] == "NVDA"]
    assert list(mine["day"]) == [2, 5, 22, 47]
    assert summary_of(found, "NVDA", "clear")["left_out"] == "+2, +5, +22, +47"
    days = [d for d in range(1, 61) if d not in (2, 5, 22, 47)]
    car, se = hand.form(dict.fromkeys(days, 1.0))
    row = row_of(found, "NVDA", 60, "clear")
    ar0, _ = hand.form({0: 1.0})
    assert (row["car"], row["se"]) == pytest.approx((car, se), rel=1e-9)
    assert row["share"] == pytest.approx(-car / ar0, rel=1e-9)
    assert row["n_days"] == 56
    path = found.path[found.path["key"] == "NVDA"].set_index("day")
    assert path.index[path["confounded"]].tolist() == [2, 5, 22, 47]
    assert path["clear_car"][60] == pytest.approx(ar0 + car, rel=1e-9)
    assert path["clear_car"][2] == path["clear_car"][1]
    total, total_se = hand.form(dict.fromkeys(range(11), 1.0))
    half = hand.quoted(list(range(11)))[1] * total_se
    assert (path["low"][10], path["high"][10]) == pytest.approx((total - half, total + half))


def test_first_day_back_and_half_life_by_hand(prices, found):
    hand = ByHand(prices, ["NVDA"])
    paths = [hand.form(dict.fromkeys(range(h + 1), 1.0)) for h in range(61)]
    p = [hand.quoted(list(range(h + 1)))[0] for h in range(61)]
    below = [c < 0 and p[h] <= 0.05 for h, (c, _) in enumerate(paths)]
    half = [h for h in range(1, 61) if -(paths[h][0] - paths[0][0]) / paths[0][0] >= 0.5]
    summary = summary_of(found, "NVDA")
    assert below[0]
    assert summary["first_back"] == below.index(False)
    assert summary["stays_back"] == max(day for day, still in enumerate(below) if still) + 1
    assert summary["half_life"] == half[0]
    assert summary["abnormal"]


def test_a_day_that_was_not_abnormal_has_nothing_to_win_back(prices, make):
    case = make(plant(prices, "NVDA", 0, -0.03))  # beta times the market's fall, about
    found = recovery(case)
    summary, row = summary_of(found, "NVDA"), row_of(found, "NVDA", 5)
    assert not summary["abnormal"]
    assert summary["p_value"] > 0.05
    assert np.isnan(summary["half_life"])
    assert summary["half_reason"] == summary["first_reason"] == NOT_ABNORMAL
    assert np.isnan([row["share_low"], row["share_high"]]).all()
    assert row["reason"].startswith(NOT_ABNORMAL)


def test_a_gain_is_given_back_downwards(prices, make):
    found = recovery(make(plant(plant(prices, "NVDA", 0, 0.2), "NVDA", 1, -0.15)))
    row = row_of(found, "NVDA", 1)
    assert row["ar0"] > 0 > row["car"]
    assert row["share"] > 0.5
    assert row["p_back"] < 0.05 < row["p_greater"]
    assert summary_of(found, "NVDA")["half_life"] == 1


def test_what_never_comes_back_says_so(prices, make):
    frame = plant(prices, "NVDA", 0, -0.9)
    summary = summary_of(recovery(make(frame)), "NVDA")
    assert np.isnan(summary["half_life"])
    assert summary["half_reason"] == "not within 60 sessions"


def test_data_that_end_early(prices, make):
    end = prices.index.get_loc(DAY) + 30
    found = recovery(make(prices.iloc[: end + 1]))
    assert found.last == 30
    assert found.cut.startswith("the data end on day +30, 2025-03")
    late = row_of(found, "NVDA", 60)
    assert np.isnan(late["share"])
    assert late["reason"] == found.cut
    assert np.isfinite(row_of(found, "NVDA", 20)["share"])
    assert found.path["day"].max() == 30


def test_a_missing_day_ends_the_sums_with_a_reason(prices, make):
    frame = prices.copy()
    frame.iloc[frame.index.get_loc(DAY) + 3, frame.columns.get_loc("NVDA")] = np.nan
    found = recovery(make(frame))
    row = row_of(found, "NVDA", 5)
    assert np.isnan(row["car"])
    assert row["reason"] == "no abnormal return on day +3"
    assert np.isfinite(row_of(found, "NVDA", 1)["car"])
    frame = plant(prices, "NVDA", 0, -0.9)
    frame.iloc[frame.index.get_loc(DAY) + 3, frame.columns.get_loc("NVDA")] = np.nan
    said = summary_of(recovery(make(frame)), "NVDA")["half_reason"]
    assert said == "not within 2 sessions, then no abnormal return on day +3"


def test_a_missing_day_of_a_confounder_does_not_matter_without_it(prices, make):
    frame = prices.copy()
    frame.iloc[frame.index.get_loc(DAY) + 3, frame.columns.get_loc("NVDA")] = np.nan
    gone = [f"{frame.index[frame.index.get_loc(DAY) + d]:%Y-%m-%d}" for d in (3, 4)]
    found = recovery(make(frame, [("a", gone[0], "NVDA"), ("b", gone[1], "")]))
    assert np.isfinite(row_of(found, "NVDA", 5, "clear")["car"])
    assert np.isnan(row_of(found, "NVDA", 5)["car"])


def test_only_confounders_after_day_zero_that_concern_it(prices, make):
    day = {d: f"{prices.index[prices.index.get_loc(DAY) + d]:%Y-%m-%d}" for d in range(-1, 61)}
    others = [
        ("before", day[-1], "NVDA"),
        ("same", day[0], "NVDA"),
        ("own", day[1], "NVDA"),
        ("all", day[4], ""),
        ("other", day[6], "AMD"),
    ]
    found = recovery(make(prices, others), horizons=(1, 5))
    assert found.confounders["event_id"].tolist() == ["own", "all"]
    assert found.confounders["concerns"].tolist() == ["NVDA", "whole market"]
    first = row_of(found, "NVDA", 1, "clear")
    assert np.isnan(first["share"])
    assert first["reason"] == "a registered confounding event falls on each of these days"


def test_a_second_estimation_window_stops_the_path(prices, make):
    found = recovery(make(prices, post_estimation=(31, 60)))
    assert found.last == 30
    assert found.cut == "after day +30 the estimation window is reached"
    assert row_of(found, "NVDA", 60)["reason"] == found.cut


def test_a_rolling_window_and_its_variance(prices, make):
    case = make(prices, rolling=True, window=(0, 5), car=((0, 0), (0, 5)))
    found = recovery(case)
    assert found.last == 10  # the window that ends at −11 would reach day 0 on day +11
    same = case.result.car((0, 5)).iloc[0]
    row = row_of(found, "NVDA", 5)
    assert (row["total"], row["total_se"]) == pytest.approx((same["car"], same["se"]), rel=1e-9)


def test_sums_over_a_run_of_days_are_those_of_windows(packaged):
    estimates = packaged.result.assets
    span = estimates.spec.span
    for window in (Window(0, 0), Window(-1, 1), Window(0, 20)):
        chosen = np.array([[window.start <= d <= window.end for d in span.days]])
        mine, theirs = sum_days(estimates.fits, chosen), sum_window(estimates.fits, span, window)
        np.testing.assert_allclose(mine.car[:, 0], theirs.car, rtol=1e-12)
        np.testing.assert_allclose(mine.se[:, 0], theirs.se, rtol=1e-12)


def test_every_entity_is_there_and_kinds_are_plain(packaged, found):
    assert list(dict.fromkeys(found.table["key"])) == [e.key for e in packaged.entities]
    assert len(found.table) == 2 * 5 * len(packaged.entities)
    for table in (found.table, found.summary, found.path, found.confounders):
        assert {str(kind) for kind in table.dtypes} <= {
            *("str", "int64", "float64", "bool", "datetime64[ns]")
        }
    assert (found.table["reason"] == "").equals(found.table["share_low"].notna())


@pytest.mark.parametrize("horizons", [(), (0, 5), (1.5,), (-1,)])
def test_horizons_must_be_sessions_after_day_zero(packaged, horizons):
    with pytest.raises(InputError, match="Horizons are whole numbers of sessions after day 0"):
        recovery(packaged, horizons)
