"""Lists of events on the command line: options, what is said, long lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import eventstudy as es

LIST = "Aktie;Datum;Wann\nNVDA;03/02/2025;AMC\nAMD;04/02/2025;\n"


@pytest.fixture(autouse=True)
def listed(folder: Path) -> None:
    (folder / "list.csv").write_text(LIST)


@pytest.mark.parametrize(
    "options",
    [
        ("--date-col", "Datum", "--ticker-col", "Aktie", "--timing-col", "Wann", "--dayfirst"),
        (
            *("--event-date-col", "Datum", "--event-ticker-col", "Aktie"),
            *("--event-timing-col", "Wann", "--event-dayfirst"),
        ),
    ],
    ids=["short", "long"],
)
def test_columns_are_named(call, options) -> None:
    answer = call("events", "list", "--events", "list.csv", *options, "--json")
    assert answer.code == 0
    assert json.loads(answer.out) == [
        {"event_id": "NVDA-2025-02-03", "day 0": "2025-02-04*", "headline": "", "title": "NVDA 2025-02-03"},
        {"event_id": "AMD-2025-02-04", "day 0": "2025-02-04", "headline": "", "title": "AMD 2025-02-04"},
    ]  # fmt: skip
    assert "Note: Events read as" in answer.err


def test_a_foreign_header_is_one_sentence_that_can_be_pasted(call) -> None:
    answer = call("events", "validate", "--events", "list.csv")
    assert answer.code == 2
    assert answer.err.count("Error: ") == 1
    assert "--event-date-col 'Datum' --event-ticker-col 'Aktie'" in answer.said


def test_the_order_of_dates_is_asked_for(call) -> None:
    named = ("--date-col", "Datum", "--ticker-col", "Aktie")
    answer = call("events", "validate", "--events", "list.csv", *named)
    assert answer.code == 2
    assert "--no-event-dayfirst" in answer.said
    months = call(
        "events", "show", "AMD-2025-04-02", "--events", "list.csv", *named, "--no-dayfirst"
    )
    assert months.code == 0
    assert "2025-04-02" in months.out


def test_run_takes_the_long_names(call) -> None:
    named = ("--event-date-col", "Datum", "--event-ticker-col", "Aktie", "--event-dayfirst")
    answer = call("run", "nobody", "--events", "list.csv", *named)
    assert answer.code == 2
    assert "NVDA-2025-02-03" in answer.said
    assert call("run", "--events", "list.csv", "--date-col", "Datum").code == 2


def test_json_of_a_list_is_that_of_a_table(call) -> None:
    Path("events.csv").write_text(
        'event_id,title,announced_at,groups\na,"Ü \u202e ""x""",2025-01-27,NVDA\nb,B,2025-01-26,NVDA\n'
    )
    out = call("events", "list", "--json").out
    rows = json.loads(out)
    assert out == json.dumps(rows, indent=2, ensure_ascii=False).replace("\u202e", "\\u202e") + "\n"
    assert [row["day 0"] for row in rows] == ["2025-01-27", "2025-01-27*"]
    assert rows[0]["title"] == 'Ü \u202e "x"'


@pytest.mark.parametrize(
    "typed",
    [
        ["--groups", "nvidia", "--groups", "mu", "--groups", "Xyz"],
        ["--groups", "NVIDIA;MU;XYZ"],
        ["--groups", "Nvidia, mu", "--groups", "XYZ,mu"],
    ],
)
def test_groups_are_added_in_any_spelling(typed, call, folder):
    answer = call("events", "add", "new", "--title", "New", "--at", "2025-01-27", *typed)
    assert answer.code == 0, answer.err
    added = es.read_events(folder / "events.csv")["new"]
    assert [name.upper() for name in added.groups] == ["NVIDIA", "MU", "XYZ"]
    assert added.groups[0] == "nvidia"
    assert answer.err == ""


def test_an_event_ahead_is_remarked_on(call, folder):
    del folder
    answer = call("events", "add", "new", "--title", "New", "--at", "2099-01-27", "--groups", "MU")
    assert answer.code == 0
    assert "ahead" in answer.err
