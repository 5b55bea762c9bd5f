"""Reference portfolios and control firms against literal loops and figures by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

SESSIONS = pd.bdate_range("2022-01-03", periods=320)
FIRMS = [f"F{i:02d}" for i in range(40)]
HELD = (0, 12)
COUNTS = {"market_value": 3, "book_to_market": 2}


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    market = 0.01 * rng.standard_normal(len(SESSIONS))
    own = 0.03 * rng.standard_t(5, (len(SESSIONS), len(FIRMS)))
    frame = pd.DataFrame(market[:, None] + own, SESSIONS, FIRMS)
    frame.iloc[205:, 7] = np.nan  # delisted
    frame.iloc[208, 11] = np.nan  # halted
    frame.iloc[:210, 13] = np.nan  # listed late
    return frame


@pytest.fixture(scope="module")
def traits() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [
        {
            "ticker": firm,
            "date": day,
            "market_value": float(rng.lognormal(3, 0.5)),
            "book_to_market": float(rng.lognormal(-0.7, 0.5)),
        }
        for day in (SESSIONS[100], SESSIONS[200])
        for firm in FIRMS
    ]
    frame = pd.DataFrame(rows)
    frame.loc[frame["ticker"] == "F20", "book_to_market"] = np.nan
    return frame


@pytest.fixture(scope="module")
def observations() -> pd.DataFrame:
    at = [190, 199, 200, 201, 202, 203, 204, 206, 215, 240, 305, 311]
    return pd.DataFrame({"ticker": [FIRMS[3 * i] for i in range(12)], "date": SESSIONS[at]})


def known_before(traits: pd.DataFrame, wide: pd.DataFrame, at: int) -> pd.DataFrame:
    """The latest complete rows on the session before, of the firms with a return then."""
    rows = traits.dropna()
    rows = rows[rows["date"] <= SESSIONS[at - 1]].sort_values("date").groupby("ticker").last()
    return rows[wide.iloc[at - 1].reindex(rows.index).notna()]


def sorted_into(values: pd.Series, count: int) -> pd.Series:
    smaller = [(values < value).sum() for value in values]
    return pd.Series([count * k // len(values) for k in smaller], index=values.index)


def held_by_hand(wide: pd.DataFrame, members: list[str], at: int, days: int) -> list[float]:
    """Value of the portfolio after each day, bought for 1."""
    worth, values = dict.fromkeys(members, 1.0), []
    for row in range(at, at + days):
        known = {m: wide.iloc[row][m] for m in members if np.isfinite(wide.iloc[row][m])}
        mean = np.mean(list(known.values()))
        worth = {m: worth[m] * (1 + known.get(m, mean)) for m in members}
        values.append(float(np.mean(list(worth.values()))))
    return values


def test_reference_portfolios_equal_a_loop(wide, traits, observations) -> None:
    found = es.reference_portfolios(
        observations, traits, returns=wide, by=COUNTS, held=HELD, least=2, leave_out=["F05"]
    )
    assert len(found.observations) + len(found.exclusions) == len(observations)
    seen, bhars = 0, []
    for row in found.observations.itertuples():
        at = SESSIONS.get_loc(row.date)
        known = known_before(traits, wide, at)
        size = sorted_into(known["market_value"], 3)
        alike = known[size == size[row.ticker]]
        value = sorted_into(alike["book_to_market"], 2)
        members = list(alike.index[value == value[row.ticker]])
        members = [m for m in members if m not in (row.ticker, "F05")]
        label = found.table.set_index("event_id").loc[row.event_id]
        assert label["members"] == len(members)
        assert label["known_at"] == SESSIONS[at - 1]
        assert label["portfolio"] == (
            f"market_value {size[row.ticker] + 1} of 3, book_to_market {value[row.ticker] + 1} of 2"
        )
        days = min(13, len(SESSIONS) - at)
        column = found.returns[row.benchmark].to_numpy()
        expected = held_by_hand(wide, members, at, days)
        np.testing.assert_allclose(np.cumprod(1 + column[at : at + days]), expected, rtol=1e-12)
        np.testing.assert_allclose(column[:at], wide[members].iloc[:at].mean(axis=1), rtol=1e-9)
        seen += 1
        own = wide[row.ticker].to_numpy()[at : at + 6]
        if np.isfinite(own).all() and len(own) == 6:
            bhars.append(np.prod(1 + own) - expected[5])
    assert seen >= 10
    tested = es.EventStudy(
        model="market_adjusted",
        estimation=(-80, -5),
        min_obs=40,
        window=(0, 0),
        car=[(0, 5)],
        tests=["bhar_t"],
    ).run(found.observations, returns=found.returns)
    rows = tested.tests.query("group == 'all' and end == 5").set_index("test")
    mean, sd = np.mean(bhars), np.std(bhars, ddof=1)
    assert rows.loc["bhar_t", "n"] == len(bhars)
    assert rows.loc["bhar_t", "statistic"] == pytest.approx(
        mean / sd * np.sqrt(len(bhars)), rel=1e-9
    )


def test_a_held_portfolio_is_not_a_product_of_daily_means() -> None:
    """One member doubles and halves, the other halves and doubles: nobody gains or loses."""
    days = pd.bdate_range("2024-01-01", periods=12)
    wide = pd.DataFrame(0.01, days, ["A", "B", "C"])
    wide.loc[days[6:8], "B"] = [1.0, -0.5]
    wide.loc[days[6:8], "C"] = [-0.5, 1.0]
    traits = pd.DataFrame({"ticker": ["A", "B", "C"], "market_value": [1.0, 2.0, 3.0]})
    events = pd.DataFrame({"ticker": ["A"], "date": [days[6]]})
    found = es.reference_portfolios(
        events, traits, returns=wide, by={"market_value": 1}, held=(0, 1), least=2
    )
    held = found.returns.iloc[:, -1]
    assert np.prod(1 + held.iloc[6:8]) == pytest.approx(1.0, abs=1e-14)
    assert np.prod(1 + wide[["B", "C"]].iloc[6:8].mean(axis=1)) == pytest.approx(1.25**2)
    np.testing.assert_allclose(held.drop(days[6:8]), 0.01, rtol=1e-12)


def test_matched_firms_equal_a_loop(wide, traits, observations) -> None:
    found = es.matched_firms(observations, traits, returns=wide, held=HELD, leave_out=["F05"])
    table = found.table.set_index("event_id")
    matched = 0
    for row in found.observations.itertuples():
        at = SESSIONS.get_loc(row.date)
        known = known_before(traits, wide, at)
        own = known.loc[row.ticker]
        ratio = known["market_value"] / own["market_value"]
        alike = known[ratio.between(0.7, 1.3)].drop([row.ticker, "F05"], errors="ignore")
        order = (alike["book_to_market"] - own["book_to_market"]).abs().sort_values().index
        assert table.loc[row.event_id, "control"] == order[0]
        expected, nth = [], 0
        for day in range(at, min(at + 13, len(SESSIONS))):
            while not np.isfinite(wide.iloc[day][order[nth]]):
                nth += 1
            expected.append(wide.iloc[day][order[nth]])
        got = found.returns[row.benchmark].to_numpy()[at : at + len(expected)]
        np.testing.assert_array_equal(got, expected)
        if nth == 0:
            assert row.benchmark == order[0]
            assert table.loc[row.event_id, "replaced_by"] == ""
        else:
            assert order[nth] in table.loc[row.event_id, "replaced_by"]
        matched += 1
    assert matched >= 8
    out = found.exclusions.set_index("ticker")["reason"]
    assert len(found.observations) + len(out) == len(observations)


def test_a_control_that_drops_out_is_replaced_to_the_end() -> None:
    days = pd.bdate_range("2024-01-01", periods=20)
    rng = np.random.default_rng(3)
    wide = pd.DataFrame(0.01 * rng.standard_normal((20, 4)), days, list("ABCD"))
    wide.loc[days[12], "B"] = np.nan  # one day is enough: it does not come back
    wide.loc[days[15] :, "C"] = np.nan
    traits = pd.DataFrame(
        {"ticker": list("ABCD"), "size": [10.0, 11.0, 9.0, 12.0], "bm": [0.5, 0.51, 0.53, 0.6]}
    )
    events = pd.DataFrame({"ticker": ["A"], "date": [days[10]]})
    found = es.matched_firms(events, traits, returns=wide, size="size", nearest="bm", held=(0, 7))
    assert found.table["control"].item() == "B"
    assert found.table["replaced_by"].item() == "C, D"
    column = found.returns[found.observations["benchmark"].item()]
    expected = [*wide["B"][10:12], *wide["C"][12:15], *wide["D"][15:18]]
    np.testing.assert_array_equal(column[10:18], expected)
    by_size = es.matched_firms(
        events, traits, returns=wide, size="size", nearest="size", held=(0, 1), leave_out=["B"]
    )
    assert by_size.table["control"].item() == "C"


def test_what_is_known_on_day_zero_is_not_used(wide, traits, observations) -> None:
    """The rows of session 200 count from session 201 on, and old ones no more than max_age days."""
    later = traits.copy()
    fresh = later["date"] == SESSIONS[200]
    later.loc[fresh, "market_value"] = later.loc[fresh, "market_value"].to_numpy()[::-1]
    early = observations[observations["date"] <= SESSIONS[200]]
    ours, theirs = (
        es.reference_portfolios(early, t, returns=wide, by=COUNTS, held=HELD, least=2)
        for t in (traits, later)
    )
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    with pytest.raises(es.InputError, match="No observation has a benchmark"):
        es.reference_portfolios(early, traits, returns=wide, by=COUNTS, held=HELD, max_age=100)


def test_who_has_no_benchmark_and_why(wide, traits) -> None:
    events = pd.DataFrame(
        {
            "ticker": ["F00", "F20", "F13", "F01", "NONE", "F02"],
            "date": [*SESSIONS[[220, 220, 205]], pd.Timestamp("2030-01-01"), *SESSIONS[[220, 0]]],
        }
    )
    found = es.matched_firms(events, traits, returns=wide, held=HELD)
    assert list(found.observations["ticker"]) == ["F00"]
    reasons = found.exclusions.set_index("ticker")["reason"]
    assert "book_to_market" in reasons["F20"]
    assert "no return" in reasons["F13"]
    assert "2030-01-01" in reasons["F01"]
    assert "not in the prices" in reasons["NONE"]
    assert "session before" in reasons["F02"]
    few = es.reference_portfolios(
        events, traits, returns=wide, by={"market_value": 2}, held=HELD, least=5
    )
    assert list(few.observations["ticker"]) == ["F00", "F20"]
    with pytest.raises(es.InputError, match="fewer than 30"):
        es.reference_portfolios(
            events[:1], traits, returns=wide, by={"market_value": 2}, held=HELD, least=30
        )
    with pytest.raises(es.InputError, match="no other firm has"):
        es.matched_firms(events[:1], traits, returns=wide, band=(1.0, 1.0), held=HELD)


def test_order_of_rows_and_columns_changes_nothing(wide, traits, observations) -> None:
    for make in (es.reference_portfolios, es.matched_firms):
        options = {"by": COUNTS, "least": 2} if make is es.reference_portfolios else {}
        one = make(observations, traits, returns=wide, held=HELD, **options)
        other = make(
            observations[::-1], traits.sample(frac=1, random_state=0), returns=wide[FIRMS[::-1]],
            held=HELD, **options,
        )  # fmt: skip
        pd.testing.assert_frame_equal(
            one.table, other.table.sort_values("event_id", key=lambda e: e.map(
                {name: i for i, name in enumerate(one.table["event_id"])})
            ).reset_index(drop=True)
        )  # fmt: skip
        pd.testing.assert_frame_equal(
            one.returns, other.returns[one.returns.columns], check_exact=False, rtol=1e-12
        )


def test_equal_values_are_in_one_portfolio() -> None:
    days = pd.bdate_range("2024-01-01", periods=5)
    names = list("ABCDEFGH")
    wide = pd.DataFrame(0.01, days, names)
    traits = pd.DataFrame({"ticker": names, "size": [1.0, 1, 1, 1, 1, 2, 3, 4]})
    events = pd.DataFrame({"ticker": names, "date": [days[2]] * 8})
    found = es.reference_portfolios(
        events, traits, returns=wide, by={"size": 2}, held=(0, 1), least=1
    )
    assert list(found.table["members"]) == [4, 4, 4, 4, 4, 2, 2, 2]


def test_two_events_of_a_firm_on_one_day_share_a_benchmark(wide, traits) -> None:
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "ticker": ["F00", "F00"], "date": [SESSIONS[220]] * 2}
    )
    found = es.reference_portfolios(events, traits, returns=wide, by={"market_value": 2}, held=HELD)
    assert len(found.observations) == 2
    assert found.returns.shape[1] == wide.shape[1] + 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="market_value"), "lack the column market_value"),
        (lambda t: t.assign(market_value="large"), "text in market_value"),
        (lambda t: pd.concat([t, t[:1]]), "'F00' twice on"),
        (lambda t: t.assign(date="soon"), "no date that can be read"),
        (lambda t: t.assign(ticker="elsewhere"), "No row of the characteristics"),
        (lambda t: t.drop(columns="date"), "add a column date"),
    ],
)
def test_wrong_characteristics(wide, traits, observations, change, words: str) -> None:
    with pytest.raises(es.InputError, match=words):
        es.reference_portfolios(observations, change(traits), returns=wide, by=COUNTS)


@pytest.mark.parametrize("by", [{}, {"market_value": 0}])
def test_wrong_options(wide, traits, observations, by) -> None:
    with pytest.raises(es.InputError, match="Option by"):
        es.reference_portfolios(observations, traits, returns=wide, by=by)
    with pytest.raises(es.InputError, match="Option band"):
        es.matched_firms(observations, traits, returns=wide, band=(1.2, 1.3))


def test_months(traits) -> None:
    months = pd.date_range("2021-01-31", periods=40, freq="ME")
    rng = np.random.default_rng(4)
    wide = pd.DataFrame(0.05 * rng.standard_normal((40, len(FIRMS))), months, FIRMS)
    events = pd.DataFrame({"ticker": ["F00"], "date": [pd.Timestamp("2023-01-10")]})
    found = es.reference_portfolios(
        events, traits, returns=wide, by={"market_value": 2}, held=(1, 12), frequency="monthly"
    )
    assert found.table["known_at"].item() == pd.Timestamp("2023-01-31")
