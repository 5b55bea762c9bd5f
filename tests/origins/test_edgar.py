"""`events from-edgar` against a stand-in: times, day 0, what is merged, left out and named."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import WHO
from edgar_server import Made, StandIn

import eventstudy as es
from eventstudy.events.align import align_all

Here = Callable[..., Any]
RESULTS = ("events", "from-edgar", "NVDA", "--items", "2.02")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def day0_of(answer: Any) -> dict[str, str]:
    return {row["event_id"]: row["day 0"] for row in json.loads(answer.out)}


@pytest.mark.parametrize("clock", ["UTC", "New York", "twice"])
def test_day_0_does_not_depend_on_how_the_list_writes_times(
    here: Here, edgar: StandIn, clock: str
) -> None:
    edgar.companies[0].clock = clock
    answer = here(*RESULTS, "--since", "2024", "--json")
    assert answer.code == 0, answer.err
    assert day0_of(answer) == {
        "NVDA-2024-05-22": "2024-05-23",
        "NVDA-2024-11-20": "2024-11-21",
        "NVDA-2025-02-26": "2025-02-27",
    }
    assert [row["announced_at"] for row in json.loads(answer.out)] == [
        "2024-05-22T16:20:55-04:00",
        "2024-11-20T16:20:10-05:00",
        "2025-02-26T16:21:20-05:00",
    ]
    assert ("3 filings" in answer.said) == (clock != "UTC")


@pytest.mark.parametrize(
    ("accepted", "timing", "day0"),
    [
        ("2024-05-22 15:59:59 EDT", "intraday", "2024-05-22"),
        ("2024-05-22 16:00:00 EDT", "post", "2024-05-23"),
        ("2024-05-22 06:30:00 EDT", "pre", "2024-05-22"),
        ("2024-12-06 16:00:00 EST", "post", "2024-12-09"),
        ("2024-07-03 13:30:00 EDT", "post", "2024-07-05"),
        ("2024-03-29 10:00:00 EDT", "", "2024-04-01"),
        ("2024-03-08 16:00:01 EST", "post", "2024-03-11"),
        ("2024-03-11 15:59:59 EDT", "intraday", "2024-03-11"),
        ("2024-11-01 15:59:59 EDT", "intraday", "2024-11-01"),
        ("2024-11-04 15:59:59 EST", "intraday", "2024-11-04"),
    ],
    ids=lambda value: value[:16],
)
def test_the_second_of_acceptance_decides(
    here: Here, edgar: StandIn, accepted: str, timing: str, day0: str
) -> None:
    edgar.companies[0].earlier = []
    edgar.companies[0].filings = [Made("000001", "8-K", accepted, "8.01", accepted[:10], 1)]
    answer = here("events", "from-edgar", "NVDA", "--json")
    (row,) = json.loads(answer.out)
    assert (row["timing"], row["day 0"]) == (timing, day0)


def test_rows_are_those_of_events_csv(here: Here, tmp_path: Path) -> None:
    answer = here(*RESULTS, "--since", "2024-05", "--until", "2024-05", "--out", "new.csv")
    assert answer.code == 0, answer.err
    (row,) = rows_of((tmp_path / "new.csv").read_text())
    assert row["groups"] == "NVDA"
    assert row["category"] == "8-K 2.02 9.01"
    assert row["source"] == (
        "https://www.sec.gov/Archives/edgar/data/1045810/000104581024000004/"
        "0001045810-24-000004-index.htm"
    )
    assert row["headline"] == "yes"
    assert "results of operations" in row["title"]
    assert WHO not in (tmp_path / "new.csv").read_text() + answer.out + answer.err


def test_what_is_printed_can_be_studied(here: Here, tmp_path: Path) -> None:
    answer = here(*RESULTS, "--since", "2024")
    (tmp_path / "printed.csv").write_text(answer.out)
    checked = here("events", "validate", "--events", "printed.csv")
    assert checked.code == 0, checked.err
    events = es.read_events(tmp_path / "printed.csv")
    result = es.EventStudy(min_obs=60).run(events, es.load_prices("bundled"))
    assert result.n == 3
    assert [str(each.session) for each in align_all(events)] == [
        "2024-05-23",
        "2024-11-21",
        "2025-02-27",
    ]


@pytest.mark.slow
def test_run_takes_the_file(here: Here, tmp_path: Path) -> None:
    here(*RESULTS, "--since", "2024-05", "--until", "2024-05", "--out", "new.csv")
    answer = here("run", "--events", "new.csv", "--offline", "--out", "reports")
    assert answer.code == 0, answer.err
    assert (tmp_path / "reports" / "NVDA-2024-05-22" / "report.pdf").stat().st_size


def test_filings_of_one_day_are_one_event(here: Here) -> None:
    answer = here("events", "from-edgar", "NVDA", "--since", "2024-03", "--until", "2024-03")
    (row,) = rows_of(answer.out)
    assert row["announced_at"] == "2024-03-04T17:31:00-05:00"
    assert row["category"] == "8-K 5.02 + 8-K 7.01 9.01 + 8-K 8.01"
    assert all(f"0001045810-24-00000{n}" in row["source"] + row["notes"] for n in (1, 2, 3))
    assert "3 filings of 5 March 2024" in answer.said


def test_amendments_are_named_and_kept_when_asked_for(here: Here) -> None:
    june = ("events", "from-edgar", "NVDA", "--since", "2024-06", "--until", "2024-06", "--json")
    without, kept = here(*june), here(*june, "--amendments")
    assert list(day0_of(without)) == ["NVDA-2024-06-05"]
    assert "0001045810-24-000006" in without.said
    assert list(day0_of(kept)) == ["NVDA-2024-06-05", "NVDA-2024-06-10"]
    alone = here(*june, "--form", "8-K/A")
    assert list(day0_of(alone)) == ["NVDA-2024-06-10"]


def test_repeated_filings_are_named_and_left_out(here: Here, edgar: StandIn) -> None:
    company = edgar.companies[0]
    first = company.filings[5]
    again = dataclasses.replace(first, number="000044", accepted="2024-05-28 08:00:00 EDT")
    company.filings = [again, first, first]
    answer = here(*RESULTS, "--json", "--since", "2024")
    assert list(day0_of(answer)) == ["NVDA-2024-05-22"]
    assert "0001045810-24-000044" in answer.said
    assert "twice" in answer.said
    kept = here(*RESULTS, "--json", "--since", "2024", "--amendments")
    assert list(day0_of(kept)) == ["NVDA-2024-05-22", "NVDA-2024-05-28"]


def test_a_further_filing_of_another_size_is_no_repetition(here: Here, edgar: StandIn) -> None:
    first = edgar.companies[0].filings[5]
    other = dataclasses.replace(
        first, number="000044", accepted="2024-05-28 08:00:00 EDT", size=401
    )
    edgar.companies[0].filings = [other, first]
    assert len(day0_of(here(*RESULTS, "--json", "--since", "2024"))) == 2


def test_earlier_lists_are_read_where_the_span_needs_them(here: Here, edgar: StandIn) -> None:
    all_of_it = day0_of(here(*RESULTS, "--json"))
    assert all_of_it["NVDA-2019-08-15"] == "2019-08-16"
    edgar.asked.clear()
    here(*RESULTS, "--since", "2020")
    assert not any("submissions-001" in path for path, _ in edgar.asked)


def test_the_span_is_one_of_acceptance_not_of_the_official_date(here: Here) -> None:
    first = here("events", "from-edgar", "NVDA", "--since", "2024-03-04", "--until", "2024-03-04")
    assert [row["event_id"] for row in rows_of(first.out)] == ["NVDA-2024-03-04"]
    later = here("events", "from-edgar", "NVDA", "--since", "2024-03-05", "--until", "2024-03-05")
    assert [row["announced_at"] for row in rows_of(later.out)] == ["2024-03-05T07:30:00-05:00"]


def test_tickers_of_one_company_and_joint_filings_are_one_event(here: Here, edgar: StandIn) -> None:
    nvidia = edgar.companies[0]
    edgar.companies += [
        dataclasses.replace(nvidia, ticker="NVDB"),
        dataclasses.replace(nvidia, ticker="SUB", cik=77, name="SUBSIDIARY"),
    ]
    answer = here(
        "events", "from-edgar", "NVDA", "NVDB", "SUB", "--items", "2.02", "--since", "2025"
    )
    (row,) = rows_of(answer.out)
    assert row["groups"] == "NVDA;NVDB;SUB"
    assert "one company" in answer.said


def test_a_company_without_ticker_is_taken_by_its_number(here: Here, edgar: StandIn) -> None:
    answer = here("events", "from-edgar", "OLD=1045810", "--items", "2.02", "--since", "2025")
    (row,) = rows_of(answer.out)
    assert row["groups"] == "OLD"
    assert row["title"].startswith("MADE-UP CHIPS CORP")
    assert not any("company_tickers" in path for path, _ in edgar.asked)


def test_a_file_is_never_replaced_unasked(here: Here, tmp_path: Path, edgar: StandIn) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    answer = here(*RESULTS, "--out", "mine.csv")
    assert answer.code == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert not edgar.asked
    assert here(*RESULTS, "--out", "mine.csv", "--force").code == 0
    assert len(rows_of((tmp_path / "mine.csv").read_text())) == 4


def test_some_tickers_missing_is_done_in_part(here: Here) -> None:
    answer = here("events", "from-edgar", "NVDA", "NVDX", "--items", "2.02")
    assert answer.code == 5
    assert len(rows_of(answer.out)) == 4
    assert "Missing: EDGAR has no company with the ticker NVDX" in answer.said


def test_a_mute_page_leaves_its_filing_out_by_name(here: Here, edgar: StandIn) -> None:
    filings = edgar.companies[0].filings
    filings[5] = dataclasses.replace(filings[5], page="<html>no time</html>")
    answer = here(*RESULTS, "--since", "2024", "--json")
    assert list(day0_of(answer)) == ["NVDA-2024-11-20", "NVDA-2025-02-26"]
    assert "0001045810-24-000004" in answer.said
