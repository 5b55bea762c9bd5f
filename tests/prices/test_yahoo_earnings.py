"""`events from-yahoo`: yfinance's own code against a Yahoo on loopback, and the rows it becomes."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from loopback import Loopback

from eventstudy.errors import NetworkError
from eventstudy.origins.asked_span import AskedSpan, asked_span
from eventstudy.origins.yahoo_earnings import earnings_as_news, earnings_of

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
Shell = Callable[..., Any]

ROWS = [
    ("November 19, 2099 at 4 PM EST", "1.25", "-", "-"),
    ("February 26, 2025 at 4 PM EST", "0.84", "0.89", "+5.95"),
    ("August 28, 2024 at 4 PM EDT", "0.65", "0.68", "4.62"),
    ("May 22, 2024 at 7 AM EDT", "5.60", "5.10", "-8.93"),
    ("February 21, 2024 at 12 AM EST", "4.60", "4.60", "0.00"),
]


@pytest.fixture
def yahoo_with(here: Loopback) -> Loopback:
    here.earnings = {"NVDA": ROWS, "AMD": ROWS[1:2]}
    return here


def rows_of(text: str) -> dict[str, dict[str, str]]:
    return {row["event_id"]: row for row in csv.DictReader(text.splitlines())}


def test_dates_with_their_hour_become_events(yahoo_with: Loopback, shell_here: Shell) -> None:
    answer = shell_here("events", "from-yahoo", "NVDA")
    assert answer.returncode == 0, answer.stderr
    rows = rows_of(answer.stdout)
    assert {name: (row["timing"], row["category"]) for name, row in rows.items()} == {
        "NVDA-2024-02-21": ("", "earnings as expected"),
        "NVDA-2024-05-22": ("pre", "earnings miss"),
        "NVDA-2024-08-28": ("post", "earnings beat"),
        "NVDA-2025-02-26": ("post", "earnings beat"),
    }
    assert {row["announced_at"] for row in rows.values()} == {name[5:] for name in rows}
    assert "0.84" in rows["NVDA-2025-02-26"]["notes"]
    assert "+5.95%" in rows["NVDA-2025-02-26"]["notes"]
    assert "16:00" in rows["NVDA-2025-02-26"]["notes"]
    assert "2099-11-19" in answer.stderr
    assert "2024-02-21" in answer.stderr
    days = json.loads(shell_here("events", "from-yahoo", "NVDA", "--json").stdout)
    assert {row["event_id"]: row["day 0"] for row in days} == {
        "NVDA-2024-02-21": "2024-02-21",
        "NVDA-2024-05-22": "2024-05-22",
        "NVDA-2024-08-28": "2024-08-29",
        "NVDA-2025-02-26": "2025-02-27",
    }


def test_the_file_passes_the_check(yahoo_with: Loopback, shell_here: Shell) -> None:
    made = ("events", "from-yahoo", "NVDA", "AMD", "--since", "2024-08", "--out", "made.csv")
    assert shell_here(*made).returncode == 0
    assert shell_here("events", "validate", "--events", "made.csv").returncode == 0
    assert shell_here(*made).returncode == 2
    listed = json.loads(shell_here("events", "list", "--events", "made.csv", "--json").stdout)
    assert [row["event_id"] for row in listed] == [
        "NVDA-2024-08-28",
        "AMD-2025-02-26",
        "NVDA-2025-02-26",
    ]


@pytest.mark.parametrize(
    ("mood", "code", "said"),
    [
        ("no table", 3, "check the symbol"),
        ("500", 4, "500"),
        ("429", 4, "rate"),
        ("404", 4, "404"),
        ("other columns", 4, "not understood"),
    ],
)
def test_what_yahoo_does_not_deliver_is_one_sentence(
    yahoo_with: Loopback, shell_here: Shell, mood: str, code: int, said: str
) -> None:
    yahoo_with.moods["NVDA"] = mood
    answer = shell_here("events", "from-yahoo", "NVDA")
    assert (answer.returncode, answer.stdout) == (code, "")
    assert answer.stderr.count("Error: ") == 1
    assert said in answer.stderr


def test_a_zone_that_is_none_is_not_understood(yahoo_with: Loopback, shell_here: Shell) -> None:
    yahoo_with.earnings["NVDA"] = [("May 22, 2024 at 4 PM MARS", "1", "1", "0")]
    answer = shell_here("events", "from-yahoo", "NVDA")
    assert answer.returncode == 4
    assert "not understood" in answer.stderr


def test_a_ticker_that_is_missing_is_named(yahoo_with: Loopback, shell_here: Shell) -> None:
    yahoo_with.moods["XX"] = "no table"
    answer = shell_here("events", "from-yahoo", "AMD", "XX", "../etc")
    assert answer.returncode == 5
    assert list(rows_of(answer.stdout)) == ["AMD-2025-02-26"]
    assert answer.stderr.count("Missing: ") == 2


def table(*stamps: str, kinds: list[str] | None = None) -> pd.DataFrame:
    index = pd.DatetimeIndex([pd.Timestamp(stamp, tz="America/New_York") for stamp in stamps])
    columns = {"EPS Estimate": 1.0, "Reported EPS": float("nan"), "Surprise(%)": float("nan")}
    frame = pd.DataFrame(columns, index=index)
    return frame if kinds is None else frame.assign(**{"Event Type": kinds})


@pytest.mark.parametrize(
    ("stamp", "timing"),
    [
        ("2024-11-27 13:00", "intraday"),
        ("2024-11-29 13:00", "post"),  # the session closed at 13:00
        ("2024-11-29 12:00", "intraday"),
        ("2024-11-28 16:00", ""),  # Thanksgiving
        ("2024-07-31 09:00", "pre"),
        ("2024-07-31 10:00", "intraday"),
    ],
)
def test_the_hour_is_placed_by_the_session_of_its_day(stamp: str, timing: str) -> None:
    news, _ = earnings_of("X", table(stamp), AskedSpan(), "XNYS", NOW)
    assert (str(news[0].moment), news[0].timing) == (stamp[:10], timing)


def test_calls_and_meetings_are_no_earnings() -> None:
    stamps = ("2025-05-16 16:00", "2025-05-14 16:00")
    news, _ = earnings_of("X", table(*stamps, kinds=["Call", "Earnings"]), AskedSpan(), "XNYS", NOW)
    assert [str(each.moment) for each in news] == ["2025-05-14"]
    assert news[0].category == "earnings"


def test_a_history_that_is_cut_at_yahoos_limit_is_said() -> None:
    stamps = [str(day) for day in pd.date_range("2000-01-31 16:00", periods=100, freq="92D")]
    _, all_notes = earnings_of("X", table(*stamps), AskedSpan(), "XNYS", NOW)
    _, since = earnings_of("X", table(*stamps), asked_span("2010", None), "XNYS", NOW)
    assert any("2000-01-31" in note for note in all_notes)
    assert not since


def test_a_limit_of_the_rate_is_tried_again() -> None:
    from eventstudy.prices.sources.yahoo_errors import YAHOO

    answers: list[Any] = [YAHOO.rate_limited("X"), table("2024-07-31 16:00")]

    def fetch(ticker: str) -> pd.DataFrame:
        answer = answers.pop(0)
        if isinstance(answer, NetworkError):
            raise answer
        return answer

    waits: list[float] = []
    gathered = earnings_as_news(
        ["X"], AskedSpan(), "XNYS", fetch=fetch, sleep=waits.append, now=lambda: NOW
    )
    assert len(gathered.news) == 1
    assert len(waits) == 1
