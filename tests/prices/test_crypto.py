"""ccxt's own code against an exchange on loopback that answers as Binance does."""

import math
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import ccxt
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
from eventstudy.prices.sources import crypto
from eventstudy.prices.sources.cache import PriceCache
from eventstudy.prices.sources.crypto import CcxtSource, open_exchange
from eventstudy.prices.sources.refusals import (
    BrokenAnswerError,
    RateLimitError,
    UnknownTickerError,
    UnreachableError,
)

sys.path.insert(0, str(Path(__file__).parent / "services"))

from services import FIRST, GONE, Services, close_of, days_between

NOW = datetime(2025, 2, 3, 12, tzinfo=UTC)
SPAN = ("2025-01-04", "2025-01-31")
BTC, ETH = "binance:BTC/USDT", "binance:ETH/USDT"


@pytest.fixture(scope="module")
def server() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def web(server: Services) -> Services:
    server.moods.clear()
    server.asked.clear()
    server.queries.clear()
    return server


def exchange_at(base: str, name: str) -> Any:
    """ccxt's Binance with its addresses turned to loopback, and its limit to a millisecond."""
    opened = getattr(ccxt, name)({"timeout": 2000, "rateLimit": 1})
    opened.urls["api"] = dict.fromkeys(opened.urls["api"], f"{base}/other") | {
        "public": f"{base}/api"
    }
    return opened


def source(web: Services, folder: Path, **options: Any) -> CcxtSource:
    return CcxtSource(
        exchange=partial(exchange_at, web.base),
        cache=PriceCache(folder),
        sleep=lambda _: None,
        now=lambda: NOW,
        **options,
    )


def test_closes_are_those_of_days_in_utc(web: Services, tmp_path: Path) -> None:
    prices = source(web, tmp_path).load([BTC, ETH], *SPAN)
    days = days_between(date(2025, 1, 4), date(2025, 1, 31))
    assert prices.calendar == "24/7"
    assert [day.date() for day in prices.sessions] == days, "weekends are days"
    for pair, symbol in {BTC: "BTCUSDT", ETH: "ETHUSDT"}.items():
        for day in days:
            got = prices.close.loc[pd.Timestamp(day), pair]
            assert math.isnan(got) if day in GONE else got == close_of(symbol, day)
    assert prices.close.equals(prices.adj_close)
    origin = prices.provenance
    assert (origin.name, origin.currency) == ("ccxt", "USDT")
    assert origin.retrieved == "2025-02-03T12:00:00+00:00"
    assert "not adjusted" in origin.note
    assert "UTC" in origin.note


def test_the_unfinished_candle_of_today_is_left_out(web: Services, tmp_path: Path) -> None:
    prices = source(web, tmp_path).load(BTC, "2025-01-30", "2025-02-28")
    assert prices.sessions[-1] == pd.Timestamp("2025-02-02")
    entry = PriceCache(tmp_path).read("ccxt", BTC)
    assert entry is not None
    assert entry[0].index[-1] == pd.Timestamp("2025-02-02")
    with pytest.raises(InputError, match="2025-02-03"):
        source(web, tmp_path).load(BTC, "2025-02-03")


def test_long_spans_come_in_pages(web: Services, tmp_path: Path) -> None:
    prices = source(web, tmp_path).load(BTC, "2021-01-01", "2025-01-31")
    days = [day for day in days_between(FIRST, date(2025, 1, 31)) if day not in GONE]
    there = prices.close[BTC].dropna()
    assert [day.date() for day in there.index] == days
    assert web.asked["BTCUSDT"] == 3


def test_pages_before_the_listing_may_be_empty(web: Services, tmp_path: Path) -> None:
    """Some exchanges answer with nothing for days before the first, others with the first."""

    class Strict(ccxt.binance):
        def fetch_ohlcv(self, pair: str, step: str, since: int, limit: int) -> list[Any]:
            page = super().fetch_ohlcv(pair, step, since, limit)
            return [each for each in page if each[0] < since + limit * 86_400_000]

    def opened(name: str) -> Any:
        made = exchange_at(web.base, name)
        made.__class__ = Strict
        return made

    strict = CcxtSource(exchange=opened, cache=PriceCache(tmp_path), now=lambda: NOW)
    assert strict.load(BTC, "2020-01-01", "2023-02-01").sessions[0] == pd.Timestamp(FIRST)


def test_an_exchange_that_repeats_itself_ends(web: Services, tmp_path: Path) -> None:
    class Stuck(ccxt.binance):
        def fetch_ohlcv(self, pair: str, step: str, since: int, limit: int) -> list[Any]:
            return super().fetch_ohlcv(pair, step, 1_735_948_800_000, 5)  # 4 January 2025

    def opened(name: str) -> Any:
        made = exchange_at(web.base, name)
        made.__class__ = Stuck
        return made

    stuck = CcxtSource(exchange=opened, cache=PriceCache(tmp_path), now=lambda: NOW)
    got = stuck.load(BTC, "2025-01-04", "2025-01-31").close[BTC].dropna()
    assert len(got) == 5


def test_later_calls_use_the_cache(web: Services, tmp_path: Path) -> None:
    first = source(web, tmp_path).load(BTC, *SPAN)
    again = source(web, tmp_path).load(BTC, "2025-01-10", "2025-01-20")
    offline = source(web, tmp_path, offline=True).load([BTC, ETH], *SPAN)
    assert web.asked["BTCUSDT"] == 1
    hashes = {each.provenance.sha256 for each in (first, again, offline)}
    assert len(hashes) == 1
    assert list(offline.unavailable) == [ETH]


REFUSALS = {
    "429": (RateLimitError, 3),
    "418": (RateLimitError, 3),
    "500": (BrokenAnswerError, 3),
    "503": (BrokenAnswerError, 3),
    "451": (BrokenAnswerError, 3),
    "401": (NetworkError, 1),
    "404": (BrokenAnswerError, 3),
    "html": (NetworkError, 1),
    "empty": (NetworkError, 1),
    "short": (BrokenAnswerError, 3),
    "reset": (BrokenAnswerError, 3),
    "days of another zone": (NetworkError, 1),
    "candles in disorder": (NetworkError, 1),
    "a word for a close": (NetworkError, 1),
}
ORDINARY = ("Error", "Exception", "Traceback", "urllib", "HTTP", "http", "None", "GET", "\n", "{")


@pytest.mark.parametrize("mood", REFUSALS)
def test_each_refusal_is_a_sentence_with_its_code(web: Services, tmp_path: Path, mood: str) -> None:
    web.moods["BTCUSDT"] = mood
    kind, times = REFUSALS[mood]
    with pytest.raises(EventStudyError) as caught:
        source(web, tmp_path).load(BTC, *SPAN)
    assert type(caught.value) is kind
    assert caught.value.exit_code == 4
    said = str(caught.value)
    assert BTC in said
    assert len(said) < 300
    assert not [word for word in ORDINARY if word in said]
    assert web.asked["BTCUSDT"] == times
    assert not [*tmp_path.glob("*.gz")], "a refusal is not kept"


@pytest.mark.parametrize("mood", ["html", "empty", "500", "429"])
def test_a_list_of_pairs_that_does_not_come(web: Services, tmp_path: Path, mood: str) -> None:
    web.moods["exchangeInfo"] = mood
    with pytest.raises(NetworkError) as caught:
        source(web, tmp_path).load(BTC, *SPAN)
    assert BTC in str(caught.value)
    assert not [word for word in ORDINARY if word in str(caught.value)]


def test_a_passing_failure_is_tried_again(web: Services, tmp_path: Path) -> None:
    web.moods["BTCUSDT"] = "500 once"
    assert source(web, tmp_path).load(BTC, *SPAN).tickers == (BTC,)
    assert web.asked["BTCUSDT"] == 2


def test_no_server_at_all(tmp_path: Path) -> None:
    nowhere = Services()
    nowhere.server.server_close()
    with pytest.raises(UnreachableError, match="binance:BTC/USDT"):
        source(nowhere, tmp_path).load(BTC, *SPAN)


def test_unknown_pairs_and_exchanges_are_named(web: Services, tmp_path: Path) -> None:
    prices = source(web, tmp_path).load(
        [BTC, "binance:XYZ/USDT", "binanc:BTC/USDT", "^GSPC"], *SPAN
    )
    assert prices.tickers == (BTC,)
    said = prices.unavailable
    assert "no pair XYZ/USDT" in said["binance:XYZ/USDT"]
    assert "binance" in said["binanc:BTC/USDT"]
    assert "binance:BTC/USDT" in said["^GSPC"]
    with pytest.raises(DataMissingError):
        source(web, tmp_path).load("binance:XYZ/USDT", *SPAN)
    with pytest.raises(InputError, match="needs tickers"):
        source(web, tmp_path).load()
    assert isinstance(crypto._meaning(crypto.CRYPTO, BTC, ccxt.BadSymbol("x")), UnknownTickerError)


@pytest.mark.parametrize(
    "name", ["BTC/USDT", "binance:", "binance:BTC", "binance:BTC/USDT?x", "a b"]
)
def test_what_cannot_be_a_pair_is_not_asked_for(web: Services, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataMissingError, match="cannot be a pair"):
        source(web, tmp_path).load(name, *SPAN)
    assert not web.asked


def test_prices_that_are_not_positive_are_missing_and_named(web: Services, tmp_path: Path) -> None:
    web.moods["BTCUSDT"] = "zero"
    prices = source(web, tmp_path).load(BTC, *SPAN)
    assert math.isnan(prices.close[BTC].iloc[0])
    assert any("2025-01-04" in each for each in prices.dropped)


def test_different_currencies_are_refused(web: Services, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="USDT and binance:ETH/BTC in BTC"):
        source(web, tmp_path).load([BTC, "binance:ETH/BTC"], *SPAN)


def test_the_calendar_of_shares_is_refused(web: Services, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--calendar 24/7"):
        source(web, tmp_path, calendar="XNYS").load(BTC, *SPAN)
    assert source(web, tmp_path, calendar=None).load(BTC, *SPAN).calendar is None


def test_an_exchange_keeps_to_its_rate_limit_and_is_opened_once() -> None:
    opened = open_exchange("kraken")
    assert opened.enableRateLimit
    assert opened is open_exchange("kraken")


def test_a_study_and_a_file_for_it(
    web: Services,
    tmp_path: Path,
    call: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    at = partial(CcxtSource, exchange=partial(exchange_at, web.base), now=lambda: NOW)
    monkeypatch.setattr(crypto, "CcxtSource", at)
    result = es.study(
        ETH,
        "2025-01-25",  # a Saturday
        source="ccxt",
        benchmark=BTC,
        calendar="24/7",
        window=(-1, 1),
        car=[(0, 0)],
    )
    raw = close_of("ETHUSDT", date(2025, 1, 25)) / close_of("ETHUSDT", date(2025, 1, 24)) - 1
    beta = result.fits[["alpha", "beta"]].iloc[0]
    market = close_of("BTCUSDT", date(2025, 1, 25)) / close_of("BTCUSDT", date(2025, 1, 24)) - 1
    abnormal = raw - beta["alpha"] - beta["beta"] * market
    assert math.isclose(result.car((0, 0))["car"].iloc[0], abnormal, abs_tol=1e-12)
    out = tmp_path / "crypto.csv"
    words = (BTC, ETH, "--source", "ccxt", "--start", "2025-01-04", "--out", str(out))
    done = call("prices", "fetch", *words)
    assert done.code == 0, done.err
    back = es.load_prices(out, calendar="24/7", tickers=BTC)
    assert back.close[BTC].loc["2025-01-26"] == close_of("BTCUSDT", date(2025, 1, 26))
    refused = call("prices", "fetch", BTC, "NVDA", "--source", "ccxt", "--source", "bundled")
    assert refused.code == 2
