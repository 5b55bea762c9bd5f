"""The cache of prices: one file an entry, whole or damaged, and never two downloads mixed."""

import gzip
import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import EventStudyError, NetworkError
from eventstudy.prices.load import load_prices
from eventstudy.prices.sources import cache as module
from eventstudy.prices.sources.cache import ADJUSTMENT, Entry, PriceCache, default_cache, moved_days

DAYS = pd.DatetimeIndex(["2025-01-21", "2025-01-22"], name="date")
TABLE = pd.DataFrame({"close": [0.1, 2.0], "adj_close": [1 / 3, np.nan]}, index=DAYS)


def note(ticker: str) -> Entry:
    return Entry(
        "yahoo",
        ticker,
        "2025-02-03T12:00:00+00:00",
        "2025-01-01",
        "2025-01-31",
        "",
        "GBp",
        "Europe/London",
    )


def test_load_prices_uses_the_cache_folder_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path))
    cache = default_cache()
    assert cache.folder == tmp_path / "prices"
    cache.write(note("NVDA"), TABLE)
    prices = load_prices(
        "yahoo", tickers="NVDA", start="2025-01-21", end="2025-01-22", offline=True
    )
    assert prices.close["NVDA"].tolist() == [0.1, 2.0]
    assert prices.adj_close["NVDA"].iloc[0] == 1 / 3
    monkeypatch.delenv("EVENTSTUDY_CACHE_DIR")
    assert "eventstudy" in str(default_cache().folder)


@pytest.mark.parametrize("ticker", ["^GSPC", "BRK-B", "../x", "..", "CON", "a/b\\c", "005930.KS"])
def test_file_names_are_safe(tmp_path: Path, ticker: str) -> None:
    folder = tmp_path / "cache"
    cache = PriceCache(folder)
    entry = cache.write(note(ticker), TABLE)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert len(list(folder.iterdir())) == 1
    held = cache.read("yahoo", ticker)
    assert held is not None
    assert held[1] == entry
    pd.testing.assert_frame_equal(held[0], TABLE, check_index_type=False)
    assert [one.ticker for one in cache.holdings("yahoo")] == [ticker]
    removed = cache.remove("yahoo", ticker)
    assert removed is not None
    assert removed.entry == entry
    assert cache.holdings("yahoo") == []
    assert cache.remove("yahoo", ticker) is None


def test_the_file_tells_its_note_and_opens_anywhere(tmp_path: Path) -> None:
    entry = PriceCache(tmp_path).write(note("VOD.L"), TABLE)
    [path] = tmp_path.iterdir()
    head, *rows = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert json.loads(head.removeprefix("# ")) == {
        "source": "yahoo",
        "ticker": "VOD.L",
        "retrieved": "2025-02-03T12:00:00+00:00",
        "start": "2025-01-01",
        "end": "2025-01-31",
        "sha256": entry.sha256,
        "currency": "GBp",
        "timezone": "Europe/London",
        "adjustment": ADJUSTMENT,
        "moved": "",
        "unit": "",
    }
    assert rows == ["date,close,adj_close", "2025-01-21,0.1,0.3333333333333333", "2025-01-22,2.0,"]
    assert pd.read_csv(path, skiprows=1)["close"].tolist() == [0.1, 2.0]


def flipped(content: bytes) -> bytes:
    text = gzip.decompress(content)
    return gzip.compress(text.replace(b"0.1,", b"0.2,"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flipped, "its hash"),
        (lambda content: content[: len(content) // 2], "ended before"),
        (lambda content: b"", ""),
        (lambda content: b"hello", "not a gzipped file"),
        (lambda content: gzip.compress(b"date,close,adj_close\n"), "first line"),
        (lambda content: gzip.compress(b"# {}\ndate,close\n"), "missing"),
        (lambda content: gzip.compress(b"# {\n"), "expecting"),
        (lambda content: content[:20] + bytes(20) + content[40:], ""),
    ],
    ids=["altered", "cut", "empty", "no gzip", "no note", "empty note", "no json", "zeroed"],
)
def test_damaged_files_count_as_none(tmp_path, caplog, damage, said) -> None:
    cache = PriceCache(tmp_path)
    cache.write(note("A"), TABLE)
    [path] = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert cache.read("yahoo", "A") is None
    [warning] = caplog.messages
    assert str(path) in warning
    assert "damaged" in warning
    assert said in caplog.text
    [held] = cache.holdings("yahoo")
    assert (held.ticker, held.entry, held.table) == ("A", None, None)
    assert said in held.damaged
    cache.write(note("A"), TABLE)
    assert cache.read("yahoo", "A") is not None


def test_a_failed_write_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PriceCache(tmp_path)
    first = cache.write(note("A"), TABLE)

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(EventStudyError) as caught:
        cache.write(replace(note("A"), currency="EUR"), 2 * TABLE)
    assert str(caught.value) == (
        f"The cache {tmp_path} cannot be written: no space left on device; name another folder "
        "with EVENTSTUDY_CACHE_DIR."
    )
    held = cache.read("yahoo", "A")
    assert held is not None
    assert held[1] == first
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_writer_left_is_no_entry_and_written_over(tmp_path: Path) -> None:
    cache = PriceCache(tmp_path)
    cache.write(note("A"), TABLE)
    [path] = tmp_path.iterdir()
    left = path.with_name(path.name + ".part")
    path.rename(left)
    assert cache.read("yahoo", "A") is None
    assert cache.holdings("yahoo") == []
    cache.write(note("A"), TABLE)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_place_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    cache = PriceCache(tmp_path / "taken")
    with (
        pytest.raises(EventStudyError, match=r"The cache .*taken cannot be written"),
        cache.lock("yahoo", "A"),
    ):
        pass


def test_a_lock_is_one_ticker_s_and_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PriceCache(tmp_path)
    order: list[str] = []

    def second() -> None:
        with cache.lock("yahoo", "A"):
            order.append("second")

    thread = threading.Thread(target=second)
    with cache.lock("yahoo", "A"):
        with cache.lock("yahoo", "B"):
            order.append("other ticker")
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["other ticker", "first", "second"]
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.05)
    with (
        cache.lock("yahoo", "A"),
        pytest.raises(NetworkError, match="Another process has been fetching A"),
        cache.lock("yahoo", "A"),
    ):
        pass


def test_moved_days_are_those_with_another_close() -> None:
    days = pd.bdate_range("2025-01-20", periods=4)
    old = pd.DataFrame({"close": [1.0, 2.0, np.nan, 4.0], "adj_close": 1.0}, index=days)
    new = pd.DataFrame({"close": [1.0, 2.1, 3.0], "adj_close": 2.0}, index=days[:3])
    assert moved_days(old, new).tolist() == [days[1], days[3]]
    assert len(moved_days(old, old.assign(adj_close=0.5))) == 0


def test_an_unreadable_file_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PriceCache(tmp_path)
    cache.write(note("A"), TABLE)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    held = cache.look("yahoo", "A")
    assert held is not None
    assert held.damaged == "permission denied"
