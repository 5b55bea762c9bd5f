"""The registry: what a good file gives, and the sentence that each bad file earns."""

from __future__ import annotations

import datetime as dt
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from eventstudy.errors import InputError
from eventstudy.events.event import COLUMNS, Event, make_event
from eventstudy.events.groups import read_groups
from eventstudy.events.registry import Events, add_event, read_events, validate_groups

ROOT = Path(__file__).parents[2]
HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes"
GOOD = "r1,Release,2025-01-20,,,NVDA,,yes,,"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, so that messages name the file as the user typed it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str | bytes) -> str:
    Path("events.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return "events.csv"


def problems(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_events(written(text))
    return caught.value.problems


# --- the file that comes with the project ------------------------------------------------------


def test_the_flagship_registry():
    events = read_events(ROOT / "events.csv")
    assert [event.event_id for event in events.headline()] == ["deepseek-r1", "deepseek-app-store"]
    assert len(events) == 21
    assert events["meta-capex"].timing == "pre"
    assert events["deepseek-app-store"].announced_at == dt.date(2025, 1, 26)
    assert events["fomc-2025-01-29"].announced_at == dt.datetime(
        2025, 1, 29, 14, tzinfo=dt.timezone(dt.timedelta(hours=-5))
    )
    assert events["nvda-earnings-2025-02-26"].groups == ("NVDA",)
    assert events["tariffs-2025-04-02"].groups == ()
    assert events["deepseek-r1"].groups == tuple(read_groups().groups)
    validate_groups(events, read_groups())


# --- good input --------------------------------------------------------------------------------


def test_a_row_becomes_an_event(folder):
    text = f'{HEADER}\nr1," Release, open ",2025-01-20, Post ,model,"NVDA; nasdaq;;NVDA",^NDX,YES,me,"a\nb"\n'
    events = read_events(written(text))
    assert events.path == "events.csv"
    assert events["r1"] == Event(
        event_id="r1",
        title="Release, open",
        announced_at=dt.date(2025, 1, 20),
        timing="post",
        category="model",
        groups=("NVDA", "nasdaq"),
        benchmark="^NDX",
        headline=True,
        source="me",
        notes="a\nb",
    )


def test_optional_columns_may_be_left_out_and_order_is_free(folder):
    events = read_events(written("groups,announced_at,title,event_id\nNVDA,2025-01-20,T,r1\n"))
    event = events["r1"]
    assert (event.timing, event.benchmark, event.headline) == ("", None, False)


@pytest.mark.parametrize("value", ["yes", "true", "1", "True", " YES "])
def test_headline_yes(folder, value):
    assert read_events(written(f"{HEADER}\nr1,T,2025-01-20,,,NVDA,,{value},,"))["r1"].headline


@pytest.mark.parametrize("value", ["no", "false", "0", "", "No"])
def test_headline_no(folder, value):
    assert not read_events(written(f"{HEADER}\nr1,T,2025-01-20,,,NVDA,,{value},,"))["r1"].headline


@pytest.mark.parametrize(
    ("text", "hours", "offset"),
    [
        ("2025-01-29T14:00:00-05:00", 14, -5),
        ("2025-01-29 14:00-0500", 14, -5),
        ("2025-01-29T19:00:00Z", 19, 0),
    ],
)
def test_timestamps(folder, text, hours, offset):
    moment = read_events(written(f"{HEADER}\nr1,T,{text},,,,,,,"))["r1"].announced_at
    assert moment == dt.datetime(2025, 1, 29, hours, tzinfo=dt.timezone(dt.timedelta(hours=offset)))


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\r\n{GOOD}\r\n",
        f"{HEADER}\n\n{GOOD}\n,,,,,,,,,\n",
        f"{HEADER},,\n{GOOD},,\n",
        f"{HEADER.replace(',', ' , ')}\n{GOOD}",
        f"{HEADER}\r{GOOD}\r",
        f"{HEADER}\n{GOOD}\n".replace(",", ";"),
        f"{HEADER}\n{GOOD}\n".replace(",", "\t"),
        f"{HEADER}\n{GOOD}\n".replace("2025-01-20", "20250120"),
    ],
    ids=["bom-crlf", "blank-rows", "blank-columns", "spaces", "cr", "semicolons", "tabs", "digits"],
)
def test_what_spreadsheets_leave_behind_is_read(folder, text):
    assert [event.event_id for event in read_events(written(text))] == ["r1"]


# --- bad input: each file and its sentence -----------------------------------------------------

BAD_CELLS = {
    "event_id": {
        "": "it is empty; give the event a short id such as deepseek-r1.",
        "../etc": "'../etc' is not a valid id; use letters, digits, '.', '_' and '-', starting with a letter or digit, at most 80 characters.",
        ".hidden": "'.hidden' is not a valid id; use letters, digits, '.', '_' and '-', starting with a letter or digit, at most 80 characters.",
        "a/b": "'a/b' is not a valid id; use letters, digits, '.', '_' and '-', starting with a letter or digit, at most 80 characters.",
        "a"
        * 81: f"'{'a' * 81}' is not a valid id; use letters, digits, '.', '_' and '-', starting with a letter or digit, at most 80 characters.",
    },
    "title": {" ": "it is empty; say in a few words what happened."},
    "announced_at": {
        "": "it is empty; write it as 2025-01-27, or with time and offset as 2025-01-27T16:30:00-05:00.",
        "1/27/2025": "'1/27/2025' is not a date; write it as 2025-01-27, or with time and offset as 2025-01-27T16:30:00-05:00.",
        "45684": "'45684' is a serial number of Excel, which shows it as 2025-01-27; format the column as text or as a date like 2025-01-27 and save again.",
        "20250230": "'20250230' is not a day of the calendar; correct it.",
        "2025-02-30": "'2025-02-30' is not a day of the calendar; correct it.",
        "2025-02-30T10:00:00Z": "'2025-02-30' is not a day of the calendar; correct it.",
        "2025-01-27T25:00:00Z": "'2025-01-27T25:00:00Z' has no valid time of day or offset; write it as 2025-01-27, or with time and offset as 2025-01-27T16:30:00-05:00.",
        "2025-01-27T16:30:00": "'2025-01-27T16:30:00' has a time but no offset from UTC; add it, such as -05:00 for New York in winter (-04:00 in summer).",
    },
    "timing": {"later": "'later' is not allowed; use pre, intraday, post or leave it empty."},
    "headline": {"maybe": "'maybe' is not allowed; use yes, no or leave it empty."},
}


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [(column, cell, text) for column, cells in BAD_CELLS.items() for cell, text in cells.items()],
)
def test_a_bad_cell_names_file_row_column_value_and_way_out(folder, column, cell, message):
    good = dict(zip(COLUMNS, GOOD.split(","), strict=True))
    row = ",".join({**good, column: cell}.values())
    assert problems(f"{HEADER}\nok,T,2025-01-20,,,NVDA,,,,\n{row}\n") == (
        f"events.csv row 3, column {column}: {message}",
    )


BAD_FILES = {
    "empty": (
        "",
        f"events.csv is empty; its first row must name the columns {', '.join(COLUMNS)}.",
    ),
    "blank": (
        "\n , \n",
        f"events.csv is empty; its first row must name the columns {', '.join(COLUMNS)}.",
    ),
    "header-only": (HEADER, "events.csv has a header but no events; add at least one row."),
    "latin-1": (
        f"{HEADER}\n{GOOD}\n".encode() + "r2,Café,2025-01-20,,,,,,,".encode("latin-1"),
        "events.csv line 3 is not UTF-8 text (byte 0xe9); save it as UTF-8, which spreadsheets call “CSV UTF-8”.",
    ),
    "utf-16": (
        HEADER.encode("utf-16"),
        "events.csv is UTF-16 text; save it as UTF-8, which spreadsheets call “CSV UTF-8”.",
    ),
    "missing-column": (
        "event_id,title\na,b",
        "events.csv row 1: the columns announced_at, groups are missing; found are event_id, title.",
    ),
    "unknown-column": (
        f"{HEADER},weather\n{GOOD},fine",
        f"events.csv row 1: the column 'weather' is not known; known are {', '.join(COLUMNS)}.",
    ),
    "column-twice": (
        f"{HEADER},title\n{GOOD},x",
        "events.csv row 1: the column title appears twice; keep one.",
    ),
    "too-many": (
        f"{HEADER}\nr1,Release, open weights,2025-01-20,,,NVDA,,yes,,\n",
        "events.csv row 2: 11 cells where the header has 10; put a text that has a comma in quotation marks.",
    ),
    "text-beyond-the-columns": (
        f"{HEADER},,\n{GOOD},,x",
        "events.csv row 2: 12 cells where the header has 10; put a text that has a comma in quotation marks.",
    ),
    "too-few": (
        f"{HEADER}\nr1,Release,2025-01-20\n",
        "events.csv row 2: 3 cells where the header has 10; an empty cell needs its comma too.",
    ),
    "open-quote": (
        f'{HEADER}\n{GOOD}\nr2,"Release,2025-01-20,,,,,,,\nr3,T,2025-01-20,,,,,,,\n',
        "events.csv row 3 is not valid CSV (unexpected end of data); check that every quotation mark in it is closed.",
    ),
    "duplicate": (
        f"{HEADER}\n{GOOD}\n\nR1,T,2025-01-20,,,,,,,\n",
        "events.csv row 4, column event_id: 'R1' is the id of row 2 already (upper and lower case count as the same); give each event its own id.",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_earns_one_sentence(folder, text, message):
    assert problems(text) == (message,)


def test_a_misspelt_column_is_suggested(folder):
    assert problems("event_id,title,Announced at,groups\na,b,2025-01-20,NVDA") == (
        "events.csv row 1: the column 'Announced at' is not known; did you mean announced_at?",
    )


def test_every_bad_row_is_reported_at_once_in_row_order(folder):
    rows = [
        "a,T,2025-02-30,later,,NVDA,,,,",
        "b,T",
        "a,T,2025-01-20,,,NVDA,,,,",
        '"c c",,2025-01-20,,,NVDA,,,,',
    ]
    found = problems("\n".join([HEADER, *rows]))
    assert [problem.split(":")[0] for problem in found] == [
        "events.csv row 2, column announced_at",
        "events.csv row 2, column timing",
        "events.csv row 3",
        "events.csv row 4, column event_id",
        "events.csv row 5, column event_id",
        "events.csv row 5, column title",
    ]


def test_rows_are_counted_as_a_spreadsheet_shows_them(folder):
    text = f'{HEADER}\nr1,"two\nlines",2025-01-20,,,,,,,\nr2,T,2025-01-20,later,,,,,,'
    assert problems(text)[0].startswith("events.csv row 3, column timing")


def test_missing_file_and_folder(folder):
    with pytest.raises(InputError, match=r"There is no events file 'nope\.csv'; check its path\."):
        read_events("nope.csv")
    with pytest.raises(
        InputError, match=r"cannot be read: it is a folder; give the path of one events file\."
    ):
        read_events(folder)


# --- events in code ----------------------------------------------------------------------------


def event(event_id: str = "r1", **fields) -> Event:
    return make_event(
        **{"event_id": event_id, "title": "T", "announced_at": "2025-01-20", **fields}
    )


def test_make_event_reports_every_field_at_once():
    with pytest.raises(InputError) as caught:
        make_event(
            event_id=7,
            title=None,
            announced_at=dt.datetime(2025, 1, 20, 9),  # noqa: DTZ001
            groups=5,
            colour="red",
        )
    assert caught.value.problems == (
        "Event field event_id: 7 is not a valid id; use letters, digits, '.', '_' and '-', starting with a letter or digit, at most 80 characters.",
        "Event field title: None is not allowed; give text.",
        "Event field announced_at: '2025-01-20 09:00:00' has a time but no offset from UTC; add it, such as -05:00 for New York in winter (-04:00 in summer).",
        "Event field groups: 5 is not allowed; give names separated by ';'.",
        f"Event field colour: it is not known; known are {', '.join(COLUMNS)}.",
    )
    with pytest.raises(InputError, match="Event field title: it is missing; give it"):
        make_event(event_id="a", announced_at="2025-01-20")
    with pytest.raises(InputError, match="Event field announced_at: 20250120 is not a date"):
        event(announced_at=20250120)


def test_an_event_is_frozen_and_survives_json():
    for moment in ("2025-01-20", "2025-01-29T14:00:00-05:00"):
        one = event(announced_at=moment, groups="NVDA;nasdaq", headline=True)
        again = Event.model_validate_json(one.model_dump_json())
        assert again == one
        assert type(again.announced_at) is type(one.announced_at)
    with pytest.raises(ValidationError, match="frozen"):
        one.title = "other"


def test_events_are_looked_up_selected_and_refused():
    events = Events((event("a"), event("b", headline=True), event("c")), "events.csv")
    assert events["b"].headline
    assert [one.event_id for one in events.select(["c", "a", "c"])] == ["c", "a"]
    assert events.select(["c"]).path == "events.csv"
    assert [one.event_id for one in events.headline()] == ["b"]
    with pytest.raises(InputError, match=r"There is no event 'd'\. Known: a, b, c\."):
        events.select(["a", "d"])
    with pytest.raises(InputError, match="event_id a appears more than once"):
        Events((event("a"), event("a")))


def test_to_frame_has_the_columns_of_the_file():
    frame = Events((event(groups="NVDA;nasdaq", headline=True), event("b"))).to_frame()
    assert list(frame.columns) == list(COLUMNS)
    assert frame["groups"].tolist() == ["NVDA;nasdaq", ""]
    assert frame["announced_at"].tolist() == ["2025-01-20", "2025-01-20"]
    assert frame["headline"].tolist() == [True, False]
    assert list(Events(()).to_frame().columns) == list(COLUMNS)


def test_reading_needs_no_pandas():
    code = "import sys, eventstudy.events.align as a, eventstudy.events.registry as r; r.read_events('events.csv'); print({'pandas', 'numpy', 'exchange_calendars'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"


# --- adding ------------------------------------------------------------------------------------


def test_add_makes_the_file(folder):
    add_event("new.csv", event(groups="NVDA"))
    assert Path("new.csv").read_text() == f"{HEADER}\nr1,T,2025-01-20,,,NVDA,,no,,\n"
    add_event("new.csv", event("r2", headline=True, announced_at="2025-01-29T14:00:00-05:00"))
    assert [one.event_id for one in read_events("new.csv")] == ["r1", "r2"]
    assert read_events("new.csv")["r2"].headline


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"\ufeff{HEADER}\r\n{GOOD}\r\n", 'r2,"T, u",2025-01-20,,,,,no,,\r\n'),
        (f"{HEADER}\n{GOOD}", '\nr2,"T, u",2025-01-20,,,,,no,,\n'),
        (f"{HEADER}\n", 'r2,"T, u",2025-01-20,,,,,no,,\n'),
        ("title,groups,event_id,announced_at\nT,,r1,2025-01-20\n", '"T, u",,r2,2025-01-20\n'),
    ],
    ids=["bom-crlf", "no-newline", "header-only", "other-columns"],
)
def test_add_keeps_the_bytes_of_the_other_rows(folder, before, after):
    path = Path(written(before))
    add_event(path, event("r2", title="T, u"))
    assert path.read_bytes() == (before + after).encode()
    assert read_events(path)["r2"].title == "T, u"


def test_add_refuses_and_leaves_the_file_alone(folder):
    path = written("event_id,title,announced_at,groups\nr1,T,2025-01-20,\n")
    before = Path(path).read_bytes()
    with pytest.raises(InputError, match=r"events\.csv has an event 'R1' already; give the new"):
        add_event(path, event("R1"))
    with pytest.raises(InputError, match=r"has no column timing, notes, but the event fills it"):
        add_event(path, event("r2", timing="pre", notes="x"))
    assert Path(path).read_bytes() == before
    with pytest.raises(InputError, match="row 2: 1 cells"):
        add_event(written(f"{HEADER}\nbroken\n"), event("r2"))
    assert sorted(os.listdir()) == ["events.csv"]


def test_add_keeps_mode_and_link(folder):
    path = Path(written(f"{HEADER}\n{GOOD}\n"))
    path.chmod(0o640)
    Path("link.csv").symlink_to(path)
    add_event("link.csv", event("r2"))
    assert Path("link.csv").is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert len(read_events(path)) == 2


def test_add_where_nothing_can_be_written(folder):
    with pytest.raises(InputError, match="cannot be written: no such file or directory"):
        add_event("no/such/folder.csv", event())
    with pytest.raises(InputError, match="cannot be read: it is a folder"):
        add_event(folder, event())


# --- groups ------------------------------------------------------------------------------------


def test_group_names_are_checked_all_at_once():
    events = Events(
        (event("a", groups="hyperscaler;NVDA"), event("b", groups="ai power;OpenAI")), "events.csv"
    )
    with pytest.raises(InputError) as caught:
        validate_groups(events, read_groups())
    assert caught.value.problems == (
        "events.csv, event a, column groups: there is no group or ticker 'hyperscaler'; did you mean 'hyperscalers'?",
        "events.csv, event b, column groups: there is no group or ticker 'ai power'; did you mean 'ai-power'?",
    )
    with pytest.raises(InputError, match=r"^Event a, column groups: there is no group"):
        validate_groups(Events((event("a", groups="nvidai"),)), read_groups())
