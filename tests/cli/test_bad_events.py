"""Wrong events files: one sentence a problem, the right code, outputs untouched."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from cli_helpers import GOOD, HEADER, events_csv

# What events.csv holds, the exit code, and what the message must say.
EVENTS = {
    "no file": (None, 2, ["There is no events file 'events.csv'"]),
    "empty file": (b"", 2, ["events.csv is empty", "must name the columns event_id"]),
    "blank lines only": (b"\n\n", 2, ["events.csv is empty"]),
    "header only": (events_csv(), 2, ["events.csv has a header but no events"]),
    "missing column": (
        events_csv("a,A,2025-01-27", header="event_id,title,announced_at"),
        2,
        ["row 1", "the column groups is missing", "found are event_id, title, announced_at"],
    ),
    "mistyped column": (
        events_csv("a,A,2025-01-27,NVDA,x", header="event_id,title,announced_at,groups,benchmrk"),
        2,
        ["row 1", "'benchmrk' is not known", "did you mean benchmark?"],
    ),
    "a price file instead": (
        b"date,AAPL,AMD,AMZN,NVDA,MSFT,META,ORCL,MU\n2025-01-27,1,1,1,1,1,1,1,1\n",
        2,
        ["row 1", "AAPL", "and 1 more", "--event-date-col 'date'", "--event-ticker-col"],
    ),
    "column twice": (
        events_csv(GOOD + ",x", header=HEADER + ",title"),
        2,
        ["row 1", "the column title appears twice"],
    ),
    "not UTF-8": (
        events_csv("a,Müller,2025-01-27,,,NVDA,,yes,,").decode().encode("latin-1"),
        2,
        ["events.csv line 2 is not UTF-8", "0xfc"],
    ),
    "quotation mark left open": (
        events_csv('a,"A,2025-01-27,,,NVDA,,yes,,'),
        2,
        ["row 2", "quotation"],
    ),
    "too few cells": (events_csv(GOOD, "b,B,2025-01-27"), 2, ["row 3", "3 cells", "has 10"]),
    "too many cells": (events_csv(GOOD + ",x"), 2, ["row 2", "11 cells", "quotation marks"]),
    "duplicate id": (events_csv(GOOD, GOOD), 2, ["row 3", "column event_id", "'good'", "row 2"]),
    "id that differs in case only": (
        events_csv(GOOD, GOOD.replace("good", "GOOD")),
        2,
        ["row 3", "event_id", "count as the same"],
    ),
    "id that leaves the folder": (
        events_csv(GOOD.replace("good", "../x")),
        2,
        ["row 2", "event_id", "'../x'"],
    ),
    "impossible date": (
        events_csv(GOOD.replace("2025-01-27", "2025-02-30")),
        2,
        ["row 2", "column announced_at", "'2025-02-30' is not a day"],
    ),
    "date of another country": (
        events_csv(GOOD.replace("2025-01-27", "27.01.2025")),
        2,
        ["row 2", "announced_at", "write it as 2025-01-27"],
    ),
    "time without offset": (
        events_csv(GOOD.replace("2025-01-27", "2025-01-27T09:00")),
        2,
        ["row 2", "announced_at", "no offset"],
    ),
    "date outside the calendar": (
        events_csv(GOOD.replace("2025-01-27", "1800-01-27")),
        2,
        ["'good'", "1800-01-27", "XNYS"],
    ),
    "unknown timing": (
        events_csv(GOOD.replace("27,,", "27,noon,")),
        2,
        ["timing: 'noon'", "intraday"],
    ),
    "unknown headline": (events_csv(GOOD.replace("yes", "maybe")), 2, ["headline: 'maybe'"]),
    "no title": (events_csv(GOOD.replace("Good", "")), 2, ["row 2", "column title", "empty"]),
    "no groups": (events_csv(GOOD.replace("NVDA;MSFT", "")), 2, ["Event good", "column groups"]),
    "mistyped group": (
        events_csv(GOOD.replace("NVDA;MSFT", "nvidai")),
        2,
        ["events.csv, event good, column groups", "'nvidai'", "did you mean 'nvidia'?"],
    ),
    "unknown ticker": (
        events_csv(GOOD.replace("NVDA;MSFT", "ZZZZ")),
        3,
        ["Nothing could be estimated", "ZZZZ is not in the prices"],
    ),
    "company that is not listed": (
        events_csv(GOOD.replace("NVDA;MSFT", "OpenAI;xAI")),
        3,
        ["Nothing could be estimated", "OpenAI, xAI at good (prices): each is not listed on an"],
    ),
    "unknown benchmark": (
        events_csv(GOOD.replace(",,yes", ",^ZZZ,yes")),
        3,
        ["The benchmark ^ZZZ is not in the prices"],
    ),
    "only the benchmark itself": (
        events_csv(GOOD.replace("NVDA;MSFT", "^GSPC")),
        3,
        ["Nothing could be estimated", "^GSPC is the benchmark itself"],
    ),
    "event before the data begin": (
        events_csv(GOOD.replace("2025-01-27", "2010-01-04")),
        3,
        ["NVDA, MSFT at good", "2010-01-04 lies before the first session of the data, 2023-04-03"],
    ),
    "event too early for the estimation window": (
        events_csv(GOOD.replace("2025-01-27", "2023-05-04")),
        3,
        ["at good (estimation)", "valid returns in the estimation window", "minimum 120"],
    ),
    "event after the data end": (
        events_csv(GOOD.replace("2025-01-27", "2030-01-07")),
        3,
        ["2030-01-07 lies after the last session of the data, 2025-06-30"],
    ),
    "several at once": (
        events_csv(
            GOOD.replace("2025-01-27", "2025-02-30"), GOOD.replace("Good", ""), "c,C,x,,,NVDA,,,,"
        ),
        2,
        ["row 2, column announced_at", "row 3, column title", "row 4, column announced_at"],
    ),
}


FULL = events_csv(GOOD).decode()
DATE = "2025-01-27"


def dated(written: str) -> bytes:
    return FULL.replace(DATE, written).encode()


EVENTS |= {
    "UTF-16": (FULL.encode("utf-16"), 2, ["events.csv is UTF-16 text; save it as UTF-8"]),
    "UTF-16 without a mark": (FULL.encode("utf-16-le"), 2, ["events.csv seems to be UTF-16"]),
    "UTF-32": (FULL.encode("utf-32"), 2, ["events.csv is UTF-32 text"]),
    "lone surrogate": (
        FULL.replace("Good", "\ud800").encode("utf-8", "surrogatepass"),
        2,
        ["events.csv line 2 is not UTF-8 text (byte 0xed)"],
    ),
    "NUL in a title": (
        FULL.replace("Good", "Go\0od").encode(),
        2,
        ["events.csv line 2 has the control character U+0000"],
    ),
    "escape sequence in a title": (
        FULL.replace("Good", "\x1b[31mGood").encode(),
        2,
        ["events.csv line 2 has the control character U+001B"],
    ),
    "title of blanks without width": (
        FULL.replace("Good", "\u200b\u2060").encode(),
        2,
        ["row 2, column title: it is empty"],
    ),
    "header twice": (
        f"{HEADER}\n{FULL}".encode(),
        2,
        ["row 2, column announced_at: 'announced_at' is not a date", "row 2, column timing"],
    ),
    "header in capitals": (
        FULL.replace("event_id", "Event_ID").encode(),
        2,
        ["row 1: the column 'Event_ID' is not known; did you mean event_id?"],
    ),
    "several columns missing": (
        b"event_id,source\na,b\n",
        2,
        ["row 1: the columns title, announced_at, groups are missing"],
    ),
    "web page": (b"<!DOCTYPE html><html><p>404</p></html>", 2, ["events.csv is HTML or XML"]),
    "JSON": (b'[{"event_id": "a"}]', 2, ["events.csv is JSON"]),
    "PDF": (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", 2, ["events.csv is not a text file but a PDF"]),
    "workbook": (b"PK\x03\x04" + bytes(range(256)), 2, ["events.csv cannot be unpacked"]),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), 2, ["a workbook of an old format (xls)"]),
    "gzip cut off": (gzip.compress(FULL.encode())[:40], 2, ["events.csv", "unpacked"]),
    "Parquet": (b"PAR1" + bytes(20), 2, ["events.csv", "Parquet file"]),
    "quotation mark at the very end": (FULL.encode() + b'"', 2, ["is not valid CSV", "closed"]),
    "cell of 200 kB": (
        FULL.replace("Good", "x" * 200_000).encode(),
        2,
        ["row 2 has a cell of more than 131,072 characters"],
    ),
    "long id": (
        FULL.replace("good", "x" * 120_000).encode(),
        2,
        ["row 2, column event_id: 'xxx", "(120,000 characters)"],
    ),
    "long date": (dated("2" * 120_000), 2, ["(120,000 characters) is not a date"]),
    "long column": (FULL.replace("notes", "n" * 120_000).encode(), 2, ["(120,000 characters) is"]),
    "long ticker": (
        FULL.replace("MSFT", "M" * 300).encode(),
        2,
        ["event good, column groups: 'MMM", "(300 characters) is neither a group nor a ticker"],
    ),
    "long benchmark": (
        FULL.replace(",,yes", f",{'B' * 5_000},yes").encode(),
        2,
        ["row 2, column benchmark: 'BBB", "(5,000 characters) is not a ticker"],
    ),
    "groups of separators": (
        FULL.replace("NVDA;MSFT", " ; ; ").encode(),
        2,
        ["row 2, column groups: it has only separators"],
    ),
    "groups by commas": (
        FULL.replace("NVDA;MSFT", '"NVDA,MSFT"').encode(),
        2,
        ["column groups: 'NVDA,MSFT' is neither a group nor a ticker"],
    ),
    "ticker in small letters": (
        FULL.replace("NVDA", "nvda").encode(),
        2,
        ["there is no group or ticker 'nvda'; did you mean 'NVDA'?"],
    ),
    "Excel's serial number": (
        dated("45684"),
        2,
        ["'45684' is a serial number of Excel", "2025-01-27"],
    ),
    "year of two digits": (dated("25-01-27"), 2, ["'25-01-27' is not a date"]),
    "American date": (dated("01/27/2025"), 2, ["'01/27/2025' is not a date"]),
    "week": (dated("2025-W05-1"), 2, ["'2025-W05-1' is not a date"]),
    "Arabic digits": (dated("٢٠٢٥-٠١-٢٧"), 2, ["'٢٠٢٥-٠١-٢٧' is not a date"]),
    "year nought": (dated("0000-01-27"), 2, ["'0000-01-27' is not a day of the calendar"]),
    "year 9999": (dated("9999-12-31"), 2, ["9999-12-31 lies outside the XNYS calendar"]),
    "first moment of all": (dated("0001-01-01T00:00:00+05:00"), 2, ["outside the XNYS calendar"]),
    "hour 24": (dated("2025-01-27T24:00:00Z"), 2, ["has no valid time of day or offset"]),
    "second 60": (dated("2025-01-27T23:59:60Z"), 2, ["has no valid time of day or offset"]),
    "offset of 99 hours": (dated("2025-01-27T10:00:00+99:00"), 2, ["no valid time of day"]),
    "named time zone": (dated("2025-01-27T10:00 EST"), 2, ["'2025-01-27T10:00 EST' is not a date"]),
    "timing against the clock": (
        FULL.replace(f"{DATE},", f"{DATE}T10:00:00-05:00,post").encode(),
        2,
        ["Event 'good': announced_at 2025-01-27T10:00:00-05:00 lies in the session"],
    ),
    "a thousand bad rows": (
        events_csv(*[f"e{number},T,x,,,NVDA,,,," for number in range(1_000)]),
        2,
        ["row 2, column announced_at", "row 101, column announced_at", "and 900 more."],
    ),
}


def place(folder: Path, raw: bytes | None) -> None:
    if raw is None:
        (folder / "events.csv").unlink()
    else:
        (folder / "events.csv").write_bytes(raw)


@pytest.mark.parametrize("case", EVENTS)
def test_run_refuses(case, refused, folder):
    raw, code, says = EVENTS[case]
    place(folder, raw)
    refused("run", code=code, says=says)


VALID_ALONE = ("no groups",)
"""A mere confounder is a valid event that cannot be studied."""


@pytest.mark.parametrize(
    "case", [name for name, (_, code, _) in EVENTS.items() if code == 2 and name not in VALID_ALONE]
)
def test_validate_refuses_what_run_refuses(case, refused, folder):
    raw, _, says = EVENTS[case]
    place(folder, raw)
    refused("events", "validate", says=says)
