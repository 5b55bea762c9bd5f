"""yfinance's own code against a Yahoo on loopback, through the library and through the command."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from loopback import LIES, Loopback, chart, close_of

from eventstudy.errors import NetworkError
from eventstudy.prices.load import load_prices
from eventstudy.prices.sources import curl, yahoo_answer
from eventstudy.prices.sources.cache import default_cache
from eventstudy.prices.sources.refusals import (
    BrokenAnswerError,
    NoDataInRangeError,
    RateLimitError,
    UnknownTickerError,
    UnreachableError,
)
from eventstudy.prices.sources.yahoo import YahooSource, fetch_history
from eventstudy.prices.sources.yahoo_answer import check_answer
from eventstudy.prices.sources.yahoo_errors import DelistedError

SPAN = (date(2025, 1, 21), date(2025, 1, 24))
DAYS = [date(2025, 1, day) for day in (21, 22, 23, 24)]
SERVER = Path(__file__).parent / "yahoo_server"
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("ticker", "currency", "timezone"),
    [
        ("NVDA", "USD", "America/New_York"),
        ("^GSPC", "USD", "America/New_York"),
        ("VOD.L", "GBp", "Europe/London"),
        ("^FTSE", "GBP", "Europe/London"),
        ("SAP.DE", "EUR", "Europe/Berlin"),
        ("2330.TW", "TWD", "Asia/Taipei"),
    ],
)
def test_a_good_series(here: Loopback, ticker: str, currency: str, timezone: str) -> None:
    import yfinance

    got = fetch_history(ticker, *SPAN)
    assert (got.currency, got.timezone) == (currency, timezone)
    assert got.table.index.tolist() == [pd.Timestamp(day) for day in DAYS]
    closes = [close_of(ticker, day) for day in DAYS]
    assert got.table["close"].tolist() == pytest.approx(closes)
    assert got.table["adj_close"].tolist() == pytest.approx([0.99 * closes[0], *closes[1:]])
    assert yfinance.config.debug.hide_exceptions is True


@pytest.mark.parametrize("mood", ["split", "twice"])
def test_actions_and_days_given_twice_change_no_close(here: Loopback, mood: str) -> None:
    here.moods["NVDA"] = mood
    table = fetch_history("NVDA", *SPAN).table
    assert table.index.tolist() == [pd.Timestamp(day) for day in DAYS]
    assert table["close"].tolist() == pytest.approx([close_of("NVDA", day) for day in DAYS])


REFUSALS = {
    "empty": (NoDataInRangeError, "Yahoo has XX but no prices from 2025-01-21 to 2025-01-24"),
    "never": (NoDataInRangeError, "Yahoo has XX but no prices from 2025-01-21 to 2025-01-24"),
    "unknown": (UnknownTickerError, "Yahoo has no ticker XX; check the symbol"),
    "delisted": (DelistedError, "Yahoo has no prices for XX.*delisted"),
    "429": (RateLimitError, r"Yahoo limits the rate of requests \(at XX\)\. Wait some minutes"),
    "500": (BrokenAnswerError, r"Yahoo's server failed for XX \(status 500\)"),
    "truncated": (BrokenAnswerError, r"for XX did not arrive \(.*incomplete\)"),
    "short": (BrokenAnswerError, r"for XX did not arrive \(it ended too early\)"),
    "reset": (BrokenAnswerError, r"for XX did not arrive \(the connection broke\)"),
    "mute": (BrokenAnswerError, r"for XX did not arrive \(it took too long\)"),
    "html": (
        NetworkError,
        r"Yahoo's answer for XX was not understood \(.*\bpage\b.*\)",
    ),
}


@pytest.mark.parametrize("mood", REFUSALS)
def test_each_refusal_has_its_error(
    here: Loopback, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yfinance

    here.moods["XX"] = mood
    if mood == "mute":
        monkeypatch.setenv("EVENTSTUDY_YAHOO_TIMEOUT", "0.5")
    kind, said = REFUSALS[mood]
    with pytest.raises(kind, match=said) as caught:
        fetch_history("XX", *SPAN)
    assert type(caught.value) is kind
    assert yfinance.config.debug.hide_exceptions is True


ORDINARY = (
    *("Error", "Exception", "KeyError", "Value", "Type", "dtype", "pydantic", "curl", "JSON"),
    *("validation", "None", "Input should", "\n", "\x1b", "\u202e"),
)
"""Words of libraries, and characters that a terminal acts on."""


@pytest.mark.parametrize("mood", [*LIES, "null", "other form", "deep"])
def test_a_lie_is_refused_in_our_words_and_not_kept(here: Loopback, mood: str) -> None:
    here.moods["XX"] = mood
    with pytest.raises(NetworkError) as caught:
        YahooSource().load("XX", *SPAN)
    sentence = str(caught.value)
    assert caught.value.exit_code == 4
    assert "XX" in sentence
    assert len(sentence) < 250
    assert not [word for word in ORDINARY if word in sentence]
    assert default_cache().look("yahoo", "XX") is None


@pytest.mark.parametrize(
    ("asked", "answered"), [("brk-b", "BRK-B"), ("BRK.B", "BRK-B"), ("^gspc", "^GSPC")]
)
def test_the_same_symbol_in_another_spelling(here: Loopback, asked: str, answered: str) -> None:
    body = json.dumps(chart(answered, *SPAN, "good", 1.0)).encode()
    check_answer(asked, body)
    with pytest.raises(NetworkError):
        check_answer("MSFT", body)


@pytest.mark.parametrize("mood", ["blanks", "chunks", "bomb"])
def test_an_answer_without_an_end_is_left(
    here: Loopback, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curl, "LARGEST", 2 * 1024**2)
    here.moods["XX"] = mood
    with pytest.raises(NetworkError, match="2 MB") as caught:
        fetch_history("XX", *SPAN)
    assert type(caught.value) is NetworkError, "so it is not asked again"
    assert here.asked["XX"] + 1 <= 2


def test_an_answer_that_drips_is_left(here: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSTUDY_YAHOO_TIMEOUT", "0.5")
    here.moods["XX"] = "drip"
    with pytest.raises(BrokenAnswerError, match="took too long"):
        fetch_history("XX", *SPAN)


def test_many_figures_are_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yahoo_answer, "MOST_CELLS", 1_000)
    with pytest.raises(NetworkError, match="1,000"):
        check_answer("XX", b"[" + b"1," * 2_000 + b"1]")


def test_a_failure_is_not_remembered(here: Loopback) -> None:
    for mood in ("500", "truncated", "html", "429", "reset"):
        here.moods["XX"] = mood
        with pytest.raises(NetworkError):
            fetch_history("XX", *SPAN)
    here.moods["XX"] = "good"
    assert len(fetch_history("XX", *SPAN).table) == 4


def test_no_connection(here: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    here.base = "http://127.0.0.1:9"
    with pytest.raises(UnreachableError, match="Yahoo cannot be reached for NVDA") as caught:
        fetch_history("NVDA", *SPAN)
    assert "Check the connection, or use --source bundled, --offline or a file." in str(
        caught.value
    )


@pytest.mark.parametrize("mood", ["429 once", "500 once", "truncated once", "short once"])
def test_what_passes_is_tried_again(here: Loopback, mood: str) -> None:
    here.moods["XX"] = mood
    prices = load_prices("yahoo", tickers="XX", start=SPAN[0], end=SPAN[1])
    assert prices.close["XX"].tolist() == pytest.approx([close_of("XX", day) for day in DAYS])
    assert here.asked["XX"] == (3 if mood == "429 once" else 2)


def test_a_locked_cache_of_yfinance_is_waited_for(
    here: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table of time zones is shared by threads and processes, and locked now and then."""
    import yfinance
    from peewee import OperationalError

    once = yfinance.Ticker.history
    locked = [OperationalError("database is locked")]

    def history(self: yfinance.Ticker, **options: object) -> object:
        if locked:
            raise locked.pop()
        return once(self, **options)

    monkeypatch.setattr(yfinance.Ticker, "history", history)
    assert YahooSource().load("NVDA", *SPAN).tickers == ("NVDA",)
    locked += [OperationalError("database is locked")] * 9
    with pytest.raises(NetworkError, match=r"AMD.*locked"):
        YahooSource().load("AMD", *SPAN)


def test_refusals_stand_in_the_order_asked_and_are_not_cached(here: Loopback) -> None:
    here.moods = {"A": "unknown", "C": "never", "D": "html", "F": "delisted", "G": "slow"}
    prices = load_prices("yahoo", tickers="A,B,C,D,E,F,G", start=SPAN[0], end=SPAN[1])
    assert prices.tickers == ("B", "E", "G")
    assert list(prices.unavailable) == ["A", "C", "D", "F"]
    assert [held.ticker for held in default_cache().holdings("yahoo")] == ["B", "E", "G"]


def test_threads_and_the_slowest_first_give_the_same(here: Loopback) -> None:
    here.moods["A"] = "slow"
    names = ["A", "B", "^GSPC", "D"]
    first = load_prices("yahoo", tickers=names, start=SPAN[0], end=SPAN[1])
    second = load_prices("yahoo", tickers=names, start=SPAN[0], end=SPAN[1])
    assert first.tickers == second.tickers == tuple(names)
    assert first.provenance == second.provenance
    pd.testing.assert_frame_equal(first.close, second.close)
    assert set(here.asked.values()) == {1}


def test_history_that_moved(here: Loopback) -> None:
    yahoo = YahooSource()
    yahoo.load("NVDA", *SPAN)
    here.factor = 0.5
    prices = yahoo.load("NVDA", SPAN[0], "2025-01-27")
    assert prices.provenance.note.endswith("(a split or a correction); all were downloaded again.")
    assert "4 closes of NVDA from 2025-01-21 to 2025-01-24 differ" in prices.provenance.note
    assert prices.close["NVDA"].iloc[0] == pytest.approx(close_of("NVDA", DAYS[0], 0.5))


FETCH = ("prices", "fetch")
DURING = ("--start", "2025-01-21", "--end", "2025-01-24")


@pytest.mark.parametrize(
    ("mood", "code", "said"),
    [
        (
            "unknown",
            3,
            "Error: Yahoo Finance delivers none of the tickers. Yahoo has no ticker A",
        ),
        ("never", 3, "Yahoo has A but no prices from 2025-01-21 to 2025-01-24; ask for"),
        ("429", 4, "Error: Yahoo limits the rate of requests (at A). Wait some minutes"),
        ("reset", 4, "Error: The answer of Yahoo for A did not arrive (the connection broke)"),
    ],
)
def test_fetch_says_what_is_wrong(
    yahoo: Loopback, shell: Shell, mood: str, code: int, said: str
) -> None:
    yahoo.moods = {"A": mood}
    done = shell(*FETCH, "A", *DURING)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_fetch_names_what_is_missing_and_goes_on_from_there(yahoo: Loopback, shell: Shell) -> None:
    yahoo.moods = {"A": "500", "C": "unknown", "D": "delisted"}
    part = shell(*FETCH, "A", "B", "C", "D", *DURING)
    assert part.returncode == 5
    assert part.stdout == "1 of 4 tickers, 4 sessions from 2025-01-21 to 2025-01-24.\n"
    failed, unknown, delisted = part.stderr.splitlines()
    assert re.match(r"Missing: A .*\(status 500\).*--source bundled", failed)
    assert re.match(r"Missing: .*\bticker C\b", unknown)
    assert re.match(r"Missing: .*\bD\b.*delisted", delisted)
    yahoo.moods = {}
    again = shell(*FETCH, "A", "B", *DURING)
    assert (again.returncode, again.stderr) == (0, "")
    assert yahoo.asked["B"] == 1


def test_fetch_without_network_then_offline(yahoo: Loopback, shell: Shell) -> None:
    down = {"YAHOO_LOOPBACK": "http://127.0.0.1:9"}
    done = shell(*FETCH, "A", "B", *DURING, **down)
    assert done.returncode == 4
    assert "Error: Yahoo cannot be reached for A (" in done.stderr
    assert done.stderr.endswith("Note: Not fetched: A, B.\n")
    assert shell(*FETCH, "A", *DURING).returncode == 0
    part = shell(*FETCH, "A", "B", *DURING, **down)
    assert (part.returncode, part.stdout[:15]) == (5, "1 of 2 tickers,")
    offline = shell(*FETCH, "A", *DURING, "--offline", **down)
    assert offline.returncode == 0
    assert "From the cache alone; the oldest, A, was retrieved 2" in offline.stderr
    assert "0 days ago." in offline.stderr


def test_status_and_clear(yahoo: Loopback, shell: Shell, tmp_path: Path) -> None:
    empty = shell("prices", "status")
    assert empty.stdout == f"The cache {tmp_path}/cache/prices is empty.\n"
    fetched = shell(*FETCH, "NVDA", "VOD.L", *DURING)
    assert "different currencies, no study can hold them: NVDA in USD, VOD.L in GBP." in (
        fetched.stderr
    )
    table = shell("prices", "status").stdout.splitlines()
    heads = ["ticker", "source", "from", "to", "sessions", "retrieved", "currency", "size"]
    assert table[0].split() == heads
    assert table[1].split()[:5] == ["NVDA", "yahoo", "2025-01-21", "2025-01-24", "4"]
    assert table[2].split()[6] == "GBp"
    assert max(map(len, table)) <= 80
    path = tmp_path / "cache" / "prices" / "yahoo-NVDA.csv.gz"
    path.write_bytes(path.read_bytes()[:50])
    status = shell("prices", "status", "NVDA", "VOD.L", "MU", "--json")
    assert status.returncode == 5
    told = json.loads(status.stdout)
    assert [entry["ticker"] for entry in told["entries"]] == ["VOD.L"]
    assert told["entries"][0]["timezone"] == "Europe/London"
    assert [entry["ticker"] for entry in told["damaged"]] == ["NVDA"]
    assert told["absent"] == ["MU"]
    assert f"Damaged: NVDA ({path}: " in status.stderr
    assert shell("prices", "status", "MU").returncode == 3
    assert shell("prices", "clear", "NVDA", "--all").returncode == 2
    cleared = shell("prices", "clear", "NVDA", "MU")
    assert (cleared.returncode, cleared.stdout) == (5, "Removed NVDA (damaged, 0.1 kB).\n")
    assert "Missing: MU is not in the cache" in cleared.stderr
    everything = shell("prices", "clear", "--all")
    assert everything.stdout.startswith("Removed VOD.L (2025-01-21 to 2025-01-24, ")
    assert shell("prices", "status").stdout == empty.stdout


EVENTS = """event_id,title,announced_at,timing,groups,benchmark
mine,Something,2025-01-22,pre,{groups},{benchmark}
"""
RUN = ("run", "mine", "--events", "mine.csv", "--source", "yahoo", "--no-progress")


def test_run_refuses_mixed_currencies(yahoo: Loopback, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(EVENTS.format(groups="NVDA;VOD.L", benchmark="^GSPC"))
    done = shell(*RUN)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(r"Error: NVDA .* USD .* VOD\.L .* GBp\b", done.stderr)
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_run_names_what_is_missing(yahoo: Loopback, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(EVENTS.format(groups="NVDA;ZZ", benchmark="^GSPC"))
    yahoo.moods = {"ZZ": "unknown"}
    done = shell(*RUN)
    assert "Left out: ZZ at mine" in done.stderr
    assert "Yahoo has no ticker ZZ; check the symbol." in done.stderr
    assert done.returncode == 5
    manifest = json.loads((tmp_path / "outputs" / "mine" / "manifest.json").read_text())
    assert "Listings: USD, America/New_York." in manifest["data"]["note"]
    yahoo.moods = dict.fromkeys(["NVDA", "^GSPC", "ZZ"], "429")
    assert shell("prices", "clear", "--all").returncode == 0
    limited = shell(*RUN)
    assert (limited.returncode, limited.stdout) == (4, "")
    assert "Error: Yahoo limits the rate of requests (at NVDA)." in limited.stderr


def forked(*words: str) -> dict[str, int]:
    """What the script that forks counts."""
    done = subprocess.run(
        [sys.executable, str(SERVER.parents[1] / "trials" / "fetches.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


@pytest.mark.slow
def test_eight_processes_share_a_cache(yahoo: Loopback) -> None:
    yahoo.delay = 0.1
    assert forked("share", "8") == {"0": 8}
    assert set(yahoo.asked.values()) == {1}
    assert len(yahoo.asked) == 6
    assert [held.damaged for held in default_cache().holdings("yahoo")] == [""] * 6


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_no_damaged_entry(yahoo: Loopback) -> None:
    yahoo.moods["MUTE"] = "mute"
    seen = forked("kill", "20", "0.3")
    assert seen["killed"] == seen["next succeeded"] == 20
    assert seen["damaged"] == 0
    assert seen["between"] >= 5
