"""The prices of a plan: none of the event window, every later change named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plan_helpers import BEFORE, DAY0, Market

from eventstudy.errors import DataMissingError
from eventstudy.plans.files import SealedPlan
from eventstudy.plans.vintage import changed_prices, wanted_days
from eventstudy.prices.load import load_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.sources.vintages import kept_table
from eventstudy.result.planned import ChangedPrice

DAY = "2024-03-05"
"""A day of the estimation window."""


def rich(market: Market, until: str | None = BEFORE) -> Prices:
    """Prices with an adjusted close of its own, stated returns of one share, and factors."""
    plain = market.prices()
    adjusted = plain.adj_close * 0.98
    stated = adjusted[["CCC"]].pct_change()
    draw = np.random.default_rng(5)
    factors = pd.DataFrame(
        0.005 * draw.standard_normal((len(plain.sessions), 4)),
        index=plain.sessions,
        columns=["mkt_rf", "smb_ff3", "hml", "rf"],
    )
    made = replace(plain, adj_close=adjusted, returns=stated, factors=factors)
    return made if until is None else cut(made, until)


def cut(prices: Prices, until: str) -> Prices:
    """Without everything after a day."""
    frames = {
        name: getattr(prices, name).loc[:until]
        for name in ("close", "adj_close", "returns", "factors")
        if getattr(prices, name) is not None
    }
    return replace(prices, **frames)


def planned(market: Market) -> SealedPlan:
    return market.plan(prices=rich(market), model="ff3")


def changed(sealed: SealedPlan, prices: Prices, *, kept: bool) -> tuple[ChangedPrice, ...]:
    table = kept_table(sealed.plan.vintage.sha256) if kept else None
    return changed_prices(sealed.plan.vintage, prices, table)


def put(prices: Prices, frame: str, series: str, day: str, value: float) -> Prices:
    made = getattr(prices, frame).copy()
    made.loc[day, series] = value
    return replace(prices, **{frame: made})


def test_the_vintage_ends_with_the_estimation_window(market: Market) -> None:
    days = market.prices().sessions
    at = days.get_loc(pd.Timestamp(DAY0))
    for until in (BEFORE, None):
        vintage = market.plan(until=until, name=f"{until}.toml").plan.vintage
        assert vintage.days[0] == f"{days[at - 161]:%Y-%m-%d}"
        assert vintage.days[-1] == f"{days[at - 11]:%Y-%m-%d}"
    names = {series.name for series in vintage.series}
    assert names == {"AAA", "BBB", "CCC", "DDD", "^GSPC"}


def test_unchanged_prices_are_not_named(market: Market) -> None:
    sealed = planned(market)
    for kept in (True, False):
        assert changed(sealed, rich(market, None), kept=kept) == ()


@pytest.mark.parametrize(
    ("frame", "series", "name", "figure"),
    [
        ("close", "AAA", "AAA", "close"),
        ("adj_close", "AAA", "AAA", "adj_close"),
        ("close", "^GSPC", "^GSPC", "close"),
        ("close", "DDD", "DDD", "close"),
        ("returns", "CCC", "CCC", "returns"),
        ("factors", "hml", "factor hml", "close"),
        ("factors", "rf", "factor rf", "close"),
    ],
)
def test_a_changed_price_of_each_kind_is_named_with_its_day(
    market: Market, frame: str, series: str, name: str, figure: str
) -> None:
    sealed = planned(market)
    now = rich(market, None)
    old = float(getattr(now, frame)[series][DAY])
    altered = put(now, frame, series, DAY, old * (1 + 1e-12))
    new = float(getattr(altered, frame)[series][DAY])
    assert changed(sealed, altered, kept=True) == (ChangedPrice(name, DAY, figure, old, new),)
    (one,) = changed(sealed, altered, kept=False)
    assert (one.series, one.day, one.figure, one.old, one.new) == (name, DAY, figure, None, new)
    gone = put(now, frame, series, DAY, np.nan)
    assert changed(sealed, gone, kept=True) == (ChangedPrice(name, DAY, figure, old, None),)


def test_prices_all_along_a_series_are_watched(market: Market) -> None:
    sealed = planned(market)
    now = rich(market, None)
    for day in wanted_days(sealed.plan.vintage)["BBB"][::6]:
        altered = put(now, "close", "BBB", str(day), float(now.close["BBB"][day]) + 0.01)
        (one,) = changed(sealed, altered, kept=False)
        assert (one.series, one.day) == ("BBB", f"{day:%Y-%m-%d}")


def test_a_price_that_was_missing_and_is_there_now_is_named(market: Market) -> None:
    closes = market.closes.copy()
    closes.loc[DAY, "BBB"] = np.nan
    sealed = market.plan(prices=market.prices(BEFORE, closes))
    found = changed(sealed, market.prices(), kept=True)
    price = float(market.closes.loc[DAY, "BBB"])
    assert {(one.series, one.day, one.old, one.new) for one in found} == {("BBB", DAY, None, price)}


def test_a_series_or_a_kind_of_figure_that_is_gone_is_named(market: Market) -> None:
    sealed = planned(market)
    now = rich(market, None)
    days = len(wanted_days(sealed.plan.vintage)["CCC"])
    without = replace(now, returns=None)
    assert {one.series for one in changed(sealed, without, kept=True)} == {"CCC"}
    assert len(changed(sealed, without, kept=False)) == days
    lacking = replace(now, close=now.close.drop(columns="DDD"))
    assert {one.series for one in changed(sealed, lacking, kept=False)} == {"DDD"}


def test_a_dividend_since_is_one_sentence_and_one_price_beside_it_is_not_hidden(
    market: Market,
) -> None:
    sealed = planned(market)
    now = rich(market, None)
    scaled = replace(now, adj_close=now.adj_close.assign(AAA=now.adj_close["AAA"] * 0.99))
    (one,) = changed(sealed, scaled, kept=True)
    assert one.factor == pytest.approx(0.99)
    beside = put(scaled, "adj_close", "AAA", DAY, float(scaled.adj_close["AAA"][DAY]) * 1.001)
    found = changed(sealed, beside, kept=True)
    assert DAY in {each.day for each in found}


def test_prices_after_the_vintage_and_of_the_event_are_in_no_plan(market: Market) -> None:
    """Whatever the event did, the plan is the same: byte for byte."""
    first = market.plan(until=None, name="a.toml").path.read_bytes()
    closes = market.closes.copy()
    at = closes.index.get_loc(pd.Timestamp(DAY0))
    closes.iloc[at - 10 :] *= np.random.default_rng(3).uniform(
        0.9, 1.1, closes.iloc[at - 10 :].shape
    )
    again = market.plan(prices=market.prices(None, closes), name="b.toml").path.read_bytes()
    assert again == first


def test_the_prices_of_a_plan_can_be_had_again(market: Market) -> None:
    sealed = planned(market)
    then = load_prices(sealed.path)
    now = rich(market, None)
    days = wanted_days(sealed.plan.vintage)["AAA"]
    for name in ("close", "adj_close"):
        frame = getattr(then, name)
        assert frame.index.equals(days)
        assert frame.equals(getattr(now, name).loc[days, frame.columns])
    assert then.factors is not None
    assert then.factors["hml"].tolist() == now.factors["hml"][days].tolist()
    assert then.returns is not None
    assert then.returns["CCC"].tolist() == now.returns["CCC"][days].tolist()
    assert then.provenance.sha256 == sealed.plan.vintage.sha256


def test_prices_that_were_not_kept_are_said_to_be_missing(market: Market) -> None:
    sealed = planned(market)
    (file,) = (market.folder / "cache" / "prices" / "vintages").iterdir()
    file.write_bytes(b"damaged")
    with pytest.raises(DataMissingError, match=r"plan\.toml"):
        load_prices(sealed.path)
    assert kept_table(sealed.plan.vintage.sha256) is None
