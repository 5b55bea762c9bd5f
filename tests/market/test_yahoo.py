"""Yahoo without a network: a fake fetch for the logic, yfinance's own code for the errors."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yfinance
from curl_cffi.requests import Session
from curl_cffi.requests.exceptions import DNSError, HTTPError

from eventstudy.errors import DataMissingError, InputError, NetworkError
from eventstudy.market.cache import PriceCache, default_cache
from eventstudy.market.source import load_prices
from eventstudy.market.yahoo import RateLimitError, YahooSource, fetch_history

NOW = datetime(2025, 2, 3, 12, tzinfo=UTC)


class Fake:
    """A fetch that answers with rising prices, or raises what it is told to, and counts."""

    def __init__(self, errors: dict[str, list[Exception]] | None = None) -> None:
        self.errors = errors or {}
        self.calls: list[tuple[str, str, str]] = []

    def __call__(self, ticker: str, start: date, end: date) -> pd.DataFrame:
        self.calls.append((ticker, str(start), str(end)))
        if self.errors.get(ticker):
            raise self.errors[ticker].pop(0)
        days = pd.bdate_range(start, end, name="date")
        close = np.arange(1.0, len(days) + 1)
        return pd.DataFrame({"close": close, "adj_close": close / 3}, index=days)


def source(tmp_path: Path, fetch: Callable[..., Any], **options: Any) -> YahooSource:
    return YahooSource(
        cache=PriceCache(tmp_path), fetch=fetch, sleep=lambda _: None, now=lambda: NOW, **options
    )


def test_prices_come_with_provenance_and_then_from_the_cache(tmp_path: Path) -> None:
    fake = Fake()
    yahoo = source(tmp_path, fake)
    first = yahoo.load(["NVDA", "^GSPC", "OpenAI"], "2025-01-16", "2025-01-23")
    assert first.tickers == ("NVDA", "^GSPC")
    assert len(first.sessions) == 5  # 2025-01-20 is a holiday
    assert first.dropped == (
        "2025-01-20 is no session of XNYS: the prices of NVDA, ^GSPC on that day are left out.",
    )
    assert first.unavailable["OpenAI"].startswith("OpenAI is not listed")
    assert first.provenance.name == "yahoo"
    assert first.provenance.retrieved == "2025-02-03T12:00:00+00:00"
    again = yahoo.load(["NVDA", "^GSPC"], "2025-01-17", "2025-01-22")
    assert fake.calls == [
        ("NVDA", "2025-01-16", "2025-01-23"),
        ("^GSPC", "2025-01-16", "2025-01-23"),
    ]
    assert again.provenance.sha256 == first.provenance.sha256
    assert again.adj_close["NVDA"].tolist() == first.adj_close["NVDA"].tolist()[1:4]


def test_a_wider_span_is_one_new_download(tmp_path: Path) -> None:
    fake = Fake()
    yahoo = source(tmp_path, fake)
    yahoo.load("NVDA", "2025-01-16", "2025-01-20")
    yahoo.load("NVDA", "2025-01-22", "2025-01-24")
    yahoo.load("NVDA", "2025-01-16", "2025-01-24")
    assert fake.calls[1:] == [("NVDA", "2025-01-16", "2025-01-24")]


def test_today_is_never_taken(tmp_path: Path) -> None:
    fake = Fake()
    source(tmp_path, fake).load("NVDA", "2025-01-30")
    assert fake.calls == [("NVDA", "2025-01-30", "2025-02-02")]
    source(tmp_path, fake).load("AMD")
    assert fake.calls[-1] == ("AMD", "2010-01-01", "2025-02-02")
    with pytest.raises(InputError, match="2025-02-03 is later than the last final day 2025-02-02"):
        source(tmp_path, fake).load("NVDA", "2025-02-03")
    with pytest.raises(InputError, match="Source yahoo needs tickers"):
        source(tmp_path, fake).load()


def test_rate_limit_is_tried_three_times(tmp_path: Path) -> None:
    waits: list[float] = []
    fake = Fake(
        {
            "NVDA": [RateLimitError("slow"), RateLimitError("slow")],
            "AMD": [RateLimitError("slow")] * 3,
        }
    )
    yahoo = YahooSource(cache=PriceCache(tmp_path), fetch=fake, sleep=waits.append, now=lambda: NOW)
    assert yahoo.load("NVDA", "2025-01-21", "2025-01-22").tickers == ("NVDA",)
    assert len(waits) == 2
    assert waits[0] >= 2
    with pytest.raises(NetworkError, match="slow") as caught:
        yahoo.load(["AMD", "MU"], "2025-01-21", "2025-01-22")
    assert caught.value.exit_code == 4
    assert [call[0] for call in fake.calls] == ["NVDA"] * 3 + ["AMD"] * 3


def test_after_a_refusal_the_cache_still_answers(tmp_path: Path) -> None:
    source(tmp_path, Fake()).load("MU", "2025-01-21", "2025-01-22")
    fake = Fake({"AMD": [NetworkError("no connection")]})
    prices = source(tmp_path, fake).load(["AMD", "MU", "NVDA"], "2025-01-21", "2025-01-22")
    assert prices.tickers == ("MU",)
    assert prices.unavailable == {
        "AMD": "AMD could not be fetched: no connection",
        "NVDA": "NVDA could not be fetched: no connection",
    }
    assert [call[0] for call in fake.calls] == ["AMD"]


def test_unknown_tickers_are_named(tmp_path: Path) -> None:
    fake = Fake({"XX": [DataMissingError("Yahoo has no prices for XX")] * 2})
    prices = source(tmp_path, fake).load(["XX", "MU"], "2025-01-21", "2025-01-22")
    assert prices.unavailable == {"XX": "Yahoo has no prices for XX"}
    with pytest.raises(
        DataMissingError,
        match=r"Yahoo Finance delivers none of the tickers\. Yahoo has no prices for XX\.",
    ):
        source(tmp_path, fake).load("XX", "2025-01-21", "2025-01-22")
    with pytest.raises(DataMissingError, match="Anthropic is not listed"):
        source(tmp_path, fake).load("Anthropic")


def test_an_empty_answer_is_no_price_and_not_kept(tmp_path: Path) -> None:
    empty = pd.DataFrame({"close": [], "adj_close": []}, index=pd.DatetimeIndex([], name="date"))
    with pytest.raises(DataMissingError, match="no prices in the answer"):
        source(tmp_path, lambda *_: empty).load("NVDA", "2025-01-21", "2025-01-22")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="an empty table for NVDA is not stored"):
        PriceCache(tmp_path).write("yahoo", "NVDA", empty, (date(2025, 1, 1), date(2025, 1, 2)), "")


def test_zero_prices_are_missing_and_named(tmp_path: Path) -> None:
    def fetch(ticker: str, start: date, end: date) -> pd.DataFrame:
        days = pd.DatetimeIndex(["2025-01-21", "2025-01-22"], name="date")
        return pd.DataFrame({"close": [0.0, 2.0], "adj_close": [1.0, 2.0]}, index=days)

    prices = source(tmp_path, fetch).load("NVDA", "2025-01-21", "2025-01-22")
    assert np.isnan(prices.close["NVDA"].iloc[0])
    assert prices.dropped == ("Yahoo gives NVDA a close of 0.0 on 2025-01-21: left out.",)


def test_offline_is_cache_only(tmp_path: Path) -> None:
    source(tmp_path, Fake()).load("MU", "2025-01-21", "2025-01-22")
    fake = Fake()
    offline = source(tmp_path, fake, offline=True)
    prices = offline.load(["MU", "NVDA"], "2025-01-17", "2025-01-24")
    assert len(prices.sessions) == 2
    assert prices.unavailable == {
        "NVDA": "NVDA is not in the cache of downloaded prices; run once without --offline"
    }
    assert prices.provenance.note.endswith("MU is cached from 2025-01-21 to 2025-01-22 only.")
    with pytest.raises(DataMissingError, match="NVDA is not in the cache"):
        offline.load("NVDA")
    assert fake.calls == []


def test_load_prices_uses_the_cache_folder_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path))
    cache = default_cache()
    assert cache.folder == tmp_path / "prices"
    days = pd.DatetimeIndex(["2025-01-21", "2025-01-22"], name="date")
    table = pd.DataFrame({"close": [0.1, 2.0], "adj_close": [1 / 3, np.nan]}, index=days)
    cache.write("yahoo", "NVDA", table, (date(2025, 1, 1), date(2025, 1, 31)), "2025-02-03")
    prices = load_prices(
        "yahoo", tickers="NVDA", start="2025-01-21", end="2025-01-22", offline=True
    )
    assert prices.close["NVDA"].tolist() == [0.1, 2.0]
    assert prices.adj_close["NVDA"].iloc[0] == 1 / 3
    monkeypatch.delenv("EVENTSTUDY_CACHE_DIR")
    assert "eventstudy" in str(default_cache().folder)


@pytest.mark.parametrize("ticker", ["^GSPC", "BRK-B", "../x", "..", "CON", "a/b\\c", "005930.KS"])
def test_cache_file_names_are_safe(tmp_path: Path, ticker: str) -> None:
    folder = tmp_path / "cache"
    cache = PriceCache(folder)
    table = Fake()(ticker, date(2025, 1, 21), date(2025, 1, 22))
    entry = cache.write(
        "yahoo", ticker, table, (date(2025, 1, 21), date(2025, 1, 22)), "2025-02-03"
    )
    assert sorted(path.suffix for path in folder.iterdir()) == [".gz", ".json"]
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    held = cache.read("yahoo", ticker)
    assert held is not None
    assert held[1] == entry
    pd.testing.assert_frame_equal(held[0], table, check_freq=False, check_index_type=False)


def test_damaged_cache_files_count_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = PriceCache(tmp_path)
    span = (date(2025, 1, 21), date(2025, 1, 22))
    cache.write("yahoo", "A", Fake()("A", *span), span, "2025-02-03")
    data, note = tmp_path / "yahoo-A.csv.gz", tmp_path / "yahoo-A.json"
    assert json.loads(note.read_text())["start"] == "2025-01-21"
    good = data.read_bytes()
    data.write_bytes(gzip.compress(b"date,close,adj_close\n"))
    assert cache.read("yahoo", "A") is None
    assert "is damaged and not used: its hash is not the noted one" in caplog.text
    data.write_bytes(good)
    assert cache.read("yahoo", "A") is not None
    note.write_text("{}")
    assert cache.read("yahoo", "A") is None
    note.unlink()
    assert cache.read("yahoo", "A") is None


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    span = (date(2025, 1, 21), date(2025, 1, 22))
    with pytest.raises(OSError, match="disk full"):
        PriceCache(tmp_path).write("yahoo", "A", Fake()("A", *span), span, "2025-02-03")
    assert list(tmp_path.iterdir()) == []


class Answer:
    """As much of an HTTP response as yfinance looks at."""

    def __init__(
        self, status_code: int, body: Any, url: str = "https://query2.finance.yahoo.com"
    ) -> None:
        self.status_code = status_code
        self.text = body if isinstance(body, str) else json.dumps(body)
        self.url = url
        self.content = self.text.encode()

    def json(self) -> Any:
        return json.loads(self.text)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise HTTPError(f"HTTP Error {self.status_code}", 0, self)


class Canned(Session):
    """A session that never reaches out: `answer` decides for every URL."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        super().__init__()
        self.answer = answer

    def get(self, url: str, **_: Any) -> Answer:  # type: ignore[override]
        return self.answer(url)

    post = get


def chart(closes: list[float | None]) -> dict[str, Any]:
    stamps = [1737729000, 1737988200][: len(closes)]  # 2025-01-24 and 2025-01-27, 9:30 New York
    quote = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [1] * len(closes)}
    meta = {
        "currency": "USD", "symbol": "NVDA", "instrumentType": "EQUITY", "exchangeTimezoneName": "America/New_York",
        "timezone": "EST", "gmtoffset": -18000, "validRanges": ["1d"], "priceHint": 2, "regularMarketTime": 1737988200,
    }  # fmt: skip
    halved = [None if close is None else close / 2 for close in closes]
    result = {
        "meta": meta,
        "timestamp": stamps,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": halved}]},
    }
    return {"chart": {"result": [result], "error": None}}


@pytest.fixture
def ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[str], Answer]], pd.DataFrame]:
    from yfinance import base, cache
    from yfinance.data import SingletonMeta, YfData

    monkeypatch.setattr(cache._TzCacheManager, "_tz_cache", None)
    monkeypatch.setattr(cache._CookieCacheManager, "_Cookie_cache", None)
    monkeypatch.setattr(base, "_tz_info_fetch_ctr", 0)
    yfinance.set_tz_cache_location(str(tmp_path / "tz"))
    SingletonMeta._instances.clear()
    YfData.cache_get.cache_clear()

    def fetch(answer: Callable[[str], Answer]) -> pd.DataFrame:
        return fetch_history("NVDA", date(2025, 1, 24), date(2025, 1, 27), session=Canned(answer))

    return fetch


def test_yfinance_reads_a_chart(ask: Callable[..., pd.DataFrame]) -> None:
    table = ask(lambda url: Answer(200, chart([142.62, 118.42]) if "chart" in url else "crumb"))
    assert table["close"].tolist() == [142.62, 118.42]
    assert table["adj_close"].tolist() == [71.31, 59.21]
    assert table.index.tolist() == [pd.Timestamp("2025-01-24"), pd.Timestamp("2025-01-27")]
    assert yfinance.config.debug.hide_exceptions is True


def test_yfinance_without_a_network(ask: Callable[..., pd.DataFrame]) -> None:
    def refuse(url: str) -> Answer:
        raise DNSError("Could not resolve host: query2.finance.yahoo.com")

    with pytest.raises(
        NetworkError, match=r"Yahoo cannot be reached for NVDA \(DNSError: Could not resolve host"
    ) as caught:
        ask(refuse)
    assert not isinstance(caught.value, RateLimitError)
    assert yfinance.config.debug.hide_exceptions is True


def test_yfinance_under_rate_limit(ask: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(RateLimitError, match=r"Yahoo limits the rate of requests \(at NVDA\)"):
        ask(lambda url: Answer(429, "Too Many Requests"))


def test_yfinance_for_an_unknown_ticker(ask: Callable[..., pd.DataFrame]) -> None:
    gone = {
        "chart": {
            "result": None,
            "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
        }
    }
    with pytest.raises(DataMissingError, match="Yahoo has no prices for NVDA"):
        ask(lambda url: Answer(404, gone))


@pytest.mark.parametrize("closes", [[None], []])
def test_yfinance_with_no_prices(ask: Callable[..., pd.DataFrame], closes: list[None]) -> None:
    with pytest.raises(DataMissingError, match="Yahoo has no prices for NVDA"):
        ask(lambda url: Answer(200, chart(list(closes)) if "chart" in url else "crumb"))


def test_yfinance_with_a_page_instead_of_data(ask: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(NetworkError, match="Yahoo's answer for NVDA was not understood"):
        ask(lambda url: Answer(200, "<!doctype html> sign in to the hotel network"))


@pytest.mark.parametrize(
    ("status", "error"), [(404, DataMissingError), (429, RateLimitError), (503, NetworkError)]
)
def test_http_errors_by_status(
    ask: Callable[..., pd.DataFrame], status: int, error: type[Exception]
) -> None:
    def refuse(url: str) -> Answer:
        raise HTTPError(f"HTTP Error {status}", 0, Answer(status, ""))

    with pytest.raises(error):
        ask(refuse)
