"""The logic around Yahoo with a fake fetch; yfinance's own code runs in test_yahoo_live."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import DataMissingError, InputError, NetworkError
from eventstudy.prices.sources.cache import Entry, PriceCache
from eventstudy.prices.sources.downloads import Download
from eventstudy.prices.sources.refusals import (
    BrokenAnswerError,
    RateLimitError,
    UnreachableError,
)
from eventstudy.prices.sources.retry import TIMEOUT, WAIT, seconds
from eventstudy.prices.sources.yahoo import YahooSource

NOW = datetime(2025, 2, 3, 12, tzinfo=UTC)


class Fake:
    """A fetch that answers with rising prices, or raises what it is told to, and counts."""

    def __init__(
        self,
        errors: dict[str, list[Exception]] | None = None,
        currencies: dict[str, str] | None = None,
    ) -> None:
        self.errors = errors or {}
        self.currencies = currencies or {}
        self.factor = 1.0
        self.calls: list[tuple[str, str, str]] = []

    def __call__(self, ticker: str, start: date, end: date) -> Download:
        self.calls.append((ticker, str(start), str(end)))
        if self.errors.get(ticker):
            raise self.errors[ticker].pop(0)
        days = pd.bdate_range(start, end, name="date")
        close = self.factor * (days - pd.Timestamp("2025-01-01")).days.to_numpy(float)
        table = pd.DataFrame({"close": close, "adj_close": close / 3}, index=days)
        return Download(table, self.currencies.get(ticker, "USD"), "America/New_York")


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
        "2025-01-20 is not a session of XNYS: the prices of NVDA, ^GSPC on that day are left out.",
    )
    assert first.unavailable["OpenAI"].startswith("OpenAI is not listed")
    assert first.provenance.name == "yahoo"
    assert first.provenance.retrieved == "2025-02-03T12:00:00+00:00"
    again = yahoo.load(["NVDA", "^GSPC"], "2025-01-17", "2025-01-22")
    assert sorted(fake.calls) == [
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
    with pytest.raises(InputError, match=r"2025-02-03.*2025-02-02"):
        source(tmp_path, fake).load("NVDA", "2025-02-03")
    with pytest.raises(InputError, match="Source yahoo needs tickers"):
        source(tmp_path, fake).load()


@pytest.mark.parametrize("kind", [RateLimitError, BrokenAnswerError])
def test_what_may_pass_is_tried_three_times(
    tmp_path: Path, kind: type[NetworkError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(WAIT, raising=False)
    waits: list[float] = []
    fake = Fake({"NVDA": [kind("slow")] * 2, "AMD": [kind("slow")] * 3})
    yahoo = YahooSource(cache=PriceCache(tmp_path), fetch=fake, sleep=waits.append, now=lambda: NOW)
    assert yahoo.load("NVDA", "2025-01-21", "2025-01-22").tickers == ("NVDA",)
    assert len(waits) == 2
    assert 2 <= waits[0] <= 3 <= 4 <= waits[1] <= 5
    with pytest.raises(NetworkError, match="slow") as caught:
        yahoo.load("AMD", "2025-01-21", "2025-01-22")
    assert caught.value.exit_code == 4
    assert [call[0] for call in fake.calls] == ["NVDA"] * 3 + ["AMD"] * 3


def test_what_does_not_pass_is_asked_once(tmp_path: Path) -> None:
    fake = Fake({"XX": [DataMissingError("unknown")], "MU": [NetworkError("a page")]})
    with pytest.raises(NetworkError, match="a page") as caught:
        source(tmp_path, fake).load(["XX", "MU"], "2025-01-21", "2025-01-22")
    assert sorted(call[0] for call in fake.calls) == ["MU", "XX"]
    assert caught.value.__notes__ == ["unknown.", "Not fetched: MU."]


def test_without_a_connection_the_cache_still_answers(tmp_path: Path) -> None:
    source(tmp_path, Fake()).load("MU", "2025-01-21", "2025-01-22")
    fake = Fake({name: [UnreachableError("no connection")] for name in ("A", "B", "C")})
    prices = source(tmp_path, fake).load(["A", "B", "MU", "C", "D"], "2025-01-21", "2025-01-22")
    assert prices.tickers == ("MU",)
    assert prices.unavailable == {
        name: f"{name} could not be fetched: no connection" for name in "ABCD"
    }
    assert sorted(call[0] for call in fake.calls) == ["A", "B", "C"]


def test_three_rate_limits_in_a_row_leave_the_rest_for_a_later_call(tmp_path: Path) -> None:
    names = list("ABCDEFGH")
    limited = {name: [RateLimitError("slow")] * 3 for name in "BDEF"}
    fake = Fake(limited)
    first = source(tmp_path, fake).load(names, "2025-01-21", "2025-01-22")
    assert first.tickers == ("A", "C")
    assert list(first.unavailable) == ["B", "D", "E", "F", "G", "H"]
    assert {call[0] for call in fake.calls} == set("ABCDEF")
    again = Fake()
    second = source(tmp_path, again).load(names, "2025-01-21", "2025-01-22")
    assert second.tickers == tuple(names)
    assert sorted(call[0] for call in again.calls) == ["B", "D", "E", "F", "G", "H"]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    yahoo = source(tmp_path, Fake(), progress=lambda *done: told.append(done))
    yahoo.load(list("ABCD"), "2025-01-21", "2025-01-22")
    assert told == [("C", 3, 4), ("D", 4, 4)]


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_a_wait_that_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(TIMEOUT, text)
    with pytest.raises(InputError, match=f"EVENTSTUDY_YAHOO_TIMEOUT is '{text}'"):
        seconds(TIMEOUT)


def test_pence_and_pounds_are_one_currency(tmp_path: Path) -> None:
    """Returns do not see the hundred between them."""
    fake = Fake(
        currencies={"VOD.L": "GBp", "BP.L": "GBp", "^FTSE": "GBP", "X": "", "TEVA.TA": "ILA"}
    )
    days = ("2025-01-21", "2025-01-22")
    for tickers, currency in {
        ("VOD.L", "^FTSE"): "GBP",
        ("VOD.L", "BP.L", "X"): "GBp",
        ("X",): "",
        ("NVDA", "X"): "USD",
    }.items():
        found = source(tmp_path, fake).load(list(tickers), *days)
        assert (found.tickers, found.provenance.currency) == (tickers, currency)
    with pytest.raises(InputError, match=r"VOD\.L is quoted in GBp and TEVA\.TA in ILA"):
        source(tmp_path, fake).load(["VOD.L", "^FTSE", "TEVA.TA"], *days)


def test_different_currencies_are_refused(tmp_path: Path) -> None:
    fake = Fake(currencies={"VOD.L": "GBp", "^FTSE": "GBP", "X": ""})
    asked = (["X", "NVDA", "AMD", "VOD.L"], "2025-01-21", "2025-01-22")
    with pytest.raises(InputError, match=r"NVDA .* USD .* VOD\.L .* GBp\b"):
        source(tmp_path, fake).load(*asked)
    assert source(tmp_path, fake, one_currency=False).load(*asked).tickers == tuple(asked[0])
    prices = source(tmp_path, fake).load(["NVDA", "AMD"], *asked[1:])
    assert "Listings: USD, America/New_York." in prices.provenance.note


def test_history_that_moved_is_taken_anew_and_told(tmp_path: Path) -> None:
    fake = Fake()
    yahoo = source(tmp_path, fake)
    before = yahoo.load("NVDA", "2025-01-16", "2025-01-22")
    unmoved = yahoo.load("NVDA", "2025-01-16", "2025-01-23")
    assert "differ" not in unmoved.provenance.note
    fake.factor = 0.1
    after = yahoo.load("NVDA", "2025-01-16", "2025-01-24")
    said = (
        "6 closes of NVDA from 2025-01-16 to 2025-01-23 differ from those retrieved 2025-02-03 "
        "(a split or a correction); all were downloaded again."
    )
    assert after.provenance.note.endswith(said)
    np.testing.assert_allclose(after.close["NVDA"].iloc[0], before.close["NVDA"].iloc[0] / 10)
    assert yahoo.load("NVDA", "2025-01-16", "2025-01-24").provenance == after.provenance


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
    yahoo = source(tmp_path, lambda *_: Download(empty))
    with pytest.raises(DataMissingError, match="no prices from 2025-01-21 to 2025-01-22"):
        yahoo.load("NVDA", "2025-01-21", "2025-01-22")
    assert PriceCache(tmp_path).holdings("yahoo") == []
    with pytest.raises(ValueError, match="an empty table for NVDA is not stored"):
        PriceCache(tmp_path).write(
            Entry("yahoo", "NVDA", "", "2025-01-21", "2025-01-22", ""), empty
        )


def test_zero_prices_are_missing_and_named(tmp_path: Path) -> None:
    def fetch(ticker: str, start: date, end: date) -> Download:
        days = pd.DatetimeIndex(["2025-01-21", "2025-01-22"], name="date")
        return Download(pd.DataFrame({"close": [0.0, 2.0], "adj_close": [1.0, 2.0]}, index=days))

    prices = source(tmp_path, fetch).load("NVDA", "2025-01-21", "2025-01-22")
    assert np.isnan(prices.close["NVDA"].iloc[0])
    [said] = prices.dropped
    assert re.search(r"NVDA .* 0\.0 .* 2025-01-21", said)


def test_offline_is_cache_only(tmp_path: Path) -> None:
    source(tmp_path, Fake()).load("MU", "2025-01-21", "2025-01-22")
    fake = Fake()
    offline = source(tmp_path, fake, offline=True)
    prices = offline.load(["MU", "NVDA"], "2025-01-17", "2025-01-24")
    assert len(prices.sessions) == 2
    assert prices.unavailable == {
        "NVDA": "NVDA is not in the cache of downloaded prices; run once without --offline"
    }
    assert re.search(r"MU .* 2025-01-21 to 2025-01-22\b", prices.provenance.note)
    with pytest.raises(DataMissingError, match="NVDA is not in the cache"):
        offline.load("NVDA")
    assert fake.calls == []
