"""What looks odd and is meant: read as the documentation says, with the same figures."""

from __future__ import annotations

import pytest
from cli_helpers import GOOD, HEADER, events_csv

import eventstudy as es

FULL = events_csv(GOOD).decode()
EVENTS = {
    "byte order mark": "\ufeff" + FULL,
    "Windows line ends": FULL.replace("\n", "\r\n"),
    "old Mac line ends": FULL.replace("\n", "\r"),
    "no line end": FULL.rstrip("\n"),
    "blank rows": f"\n\n{FULL}\n , ,\n\n",
    "blank columns": FULL.replace("\n", ",,\n"),
    "blanks around cells": FULL.replace("good,Good,", " good , Good , "),
    "blanks around names": FULL.replace("event_id,title", " event_id , title "),
    "blanks around tickers": FULL.replace("NVDA;MSFT", " NVDA ; MSFT ; "),
    "ticker twice": FULL.replace("NVDA;MSFT", "NVDA;MSFT;NVDA"),
    "headline in capitals": FULL.replace("yes", "TRUE"),
    "all in quotation marks": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER, GOOD)
    ),
}


@pytest.mark.parametrize("case", EVENTS)
def test_events(case, folder):
    plain = es.read_events(_put(folder / "plain.csv", FULL))
    assert list(es.read_events(_put(folder / "odd.csv", EVENTS[case]))) == list(plain)


def _put(path, text: str):
    path.write_bytes(text.encode())
    return path


DAYS = ("2025-01-23", "2025-01-24", "2025-01-27")
PLAIN = "date,NVDA,MSFT\n2025-01-23,147.22,446.71\n2025-01-24,142.62,444.06\n2025-01-27,,434.56\n"
MISSING = ("", "  ", "NA", "N/A", "n/a", "#N/A", "NaN", "null", "None")
PRICES = {
    "byte order mark": "\ufeff" + PLAIN,
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "old Mac line ends": PLAIN.replace("\n", "\r"),
    "blank rows": f"\n{PLAIN}\n , ,\n\n",
    "blank columns": PLAIN.replace("\n", ",,\n"),
    "blanks around cells": PLAIN.replace(",", " , "),
    "semicolons": PLAIN.replace(",", ";"),
    "semicolons and decimal commas": PLAIN.replace(",", ";").replace(".", ","),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "a title above": f"# prices\n{PLAIN}",
    "unsorted": "\n".join([PLAIN.splitlines()[0], *reversed(PLAIN.splitlines()[1:])]),
    "times of day": PLAIN.replace("2025-01-24", "2025-01-24 16:00"),
    "times with offsets": PLAIN.replace("2025-01-24", "2025-01-24T16:00:00-05:00"),
    "days without dashes": PLAIN.replace("-", ""),
    "exponents": PLAIN.replace("147.22", "1.4722e2"),
    "long": "date,ticker,close\n"
    "2025-01-24,MSFT,444.06\n2025-01-23,NVDA,147.22\n2025-01-27,MSFT,434.56\n"
    "2025-01-23,MSFT,446.71\n2025-01-24,NVDA,142.62\n2025-01-27,NVDA,\n",
    **{f"missing as {mark!r}": PLAIN.replace("27,,", f"27,{mark},") for mark in MISSING},
}


@pytest.mark.parametrize("case", PRICES)
def test_prices(case, folder):
    prices = es.load_prices(_put(folder / "p.csv", PRICES[case]))
    assert [f"{day:%Y-%m-%d}" for day in prices.sessions] == list(DAYS)
    assert prices.close["MSFT"].tolist() == [446.71, 444.06, 434.56]
    assert prices.close["NVDA"].tolist()[:2] == [147.22, 142.62]
    assert prices.close["NVDA"].isna().tolist() == [False, False, True]
    assert (prices.flags, prices.dropped) == ((), ())


def test_prices_of_closed_days_are_left_out_and_named(folder):
    text = PLAIN + "2025-01-25,1,2\n2024-12-25,3,4\n"
    prices = es.load_prices(_put(folder / "p.csv", text))
    assert [sentence[:10] for sentence in prices.dropped] == ["2024-12-25", "2025-01-25"]
    assert all("is not a session of XNYS" in sentence for sentence in prices.dropped)


def test_a_price_a_hundred_times_the_last_is_noted_and_not_refused(folder):
    text = PLAIN.replace("142.62", "13500").replace("444.06", "44671")
    prices = es.load_prices(_put(folder / "p.csv", text))
    assert prices.close["NVDA"].tolist()[1] == 13_500
    (up,) = (flag for flag in prices.flags if "NVDA" in flag)
    assert all(word in up for word in ("2025-01-24", "another unit"))
    up, down = (flag for flag in prices.flags if "MSFT" in flag)
    assert "1:100 reverse split" in up
    assert "100:1 split" in down


def test_a_ticker_written_another_way_is_named(call, folder):
    _put(folder / "p.csv", PLAIN.replace("NVDA", "nvda"))
    answer = call("prices", "fetch", "NVDA", "MSFT", "--source", "p.csv")
    assert answer.code == 5
    assert "NVDA is not in the file p.csv, which has nvda; write it the same way" in answer.err


def test_an_empty_text_of_the_configuration_is_left_out(call, folder):
    _put(folder / "eventstudy.toml", '[events.list]\nevents = ""\ncalendar = ""\n')
    assert call("events", "list").code == 0
