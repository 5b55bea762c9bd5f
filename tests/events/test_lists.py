"""Lists of events in the layouts of vendors: what is read, what is asked, what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.dates import DateOrder, iso_moment, order_of
from eventstudy.events.listing import made_ids
from eventstudy.events.registry import Events, add_event, read_events
from eventstudy.events.timing import timing_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, **options) -> Events:
    Path("list.csv").write_text(text)
    return read_events("list.csv", **options)


def problem(text: str, **options) -> str:
    with pytest.raises(InputError) as caught:
        read(text, **options)
    (only,) = caught.value.problems
    return only


def rows(events: Events) -> list[tuple[str, str, str, str]]:
    return [(e.event_id, str(e.announced_at), e.timing, ";".join(e.groups)) for e in events]


NVDA = ("NVDA-2025-01-27", "2025-01-27", "", "NVDA")
SDC = "Date Announced,Target Name,Target Ticker,Deal Value ($mil)\n"
EST = "1;NVDA;SP500;27.01.2025;DS;-2;2;-11;120\n2;AMD;SP500;27.01.2025;DS;-2;2;-11;120\n"
LISTS = {
    "ticker and date": ("ticker,date\nNVDA,2025-01-27\n", [NVDA]),
    "date and symbol, tabs": ("Date\tSymbol\n2025-01-27\tNVDA\n", [NVDA]),
    "semicolons and day first": (
        "ticker;date\nNVDA;27.01.2025\nAMD;03.02.2025\n",
        [NVDA, ("AMD-2025-02-03", "2025-02-03", "", "AMD")],
    ),
    "blank first column of an index": (",ticker,date\n0,NVDA,2025-01-27\n", [NVDA]),
    "SDC": (
        f"{SDC}01/27/25,NVIDIA,NVDA,5\n02/03/1999,AMD,AMD,6\n",
        [NVDA, ("AMD-1999-02-03", "1999-02-03", "", "AMD")],
    ),
    "SDC, month first although no day decides": (f"{SDC}02/03/25,A,AMD,6\n", [("AMD-2025-02-03", "2025-02-03", "", "AMD")]),
    "IBES": (
        "TICKER,OFTIC,PENDS,ANNDATS,ANNTIMS\nNVDX,NVDA,20250131,20250226,16:20:00\nX,AMD,20241231,20250204,00:00:00\n",
        [
            ("NVDA-2025-02-26", "2025-02-26 16:20:00-05:00", "", "NVDA"),
            ("AMD-2025-02-04", "2025-02-04", "", "AMD"),
        ],
    ),
    "IBES in summer": (
        "OFTIC,ANNDATS,ANNTIMS\nNVDA,20240828,16:20\n",
        [("NVDA-2024-08-28", "2024-08-28 16:20:00-04:00", "", "NVDA")],
    ),
    "RavenPack": (
        "TIMESTAMP_UTC,RP_ENTITY_ID,ENTITY_NAME,TICKER\n2025-01-27 21:30:00.000,A1B2C3,Nvidia,NVDA\n",
        [("NVDA-2025-01-27", "2025-01-27 21:30:00+00:00", "", "NVDA")],
    ),
    "earnings calendar": (
        'Symbol,Company,Earnings Date,Call Time\nNVDA,Nvidia,"Feb 26, 2025",After Market Close\nAMD,AMD,"Feb 4, 2025",AMC\nTSM,TSMC,"Jan 16, 2025",time-pre-market\nX,X,"Jan 16, 2025",TAS\n'.replace("TAS", "TNS"),
        [
            ("NVDA-2025-02-26", "2025-02-26", "post", "NVDA"),
            ("AMD-2025-02-04", "2025-02-04", "post", "AMD"),
            ("TSM-2025-01-16", "2025-01-16", "pre", "TSM"),
            ("X-2025-01-16", "2025-01-16", "", "X"),
        ],
    ),
    "Alpha Vantage": (
        "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\nNVDA,N,2025-02-26,2025-01-31,1,USD,post-market\n",
        [("NVDA-2025-02-26", "2025-02-26", "post", "NVDA")],
    ),
    "Compustat": (
        "gvkey,datadate,tic,rdq\n117768,20250131,NVDA,20250226\n117768,20250430,NVDA,\n",
        [("NVDA-2025-02-26", "2025-02-26", "", "NVDA")],
    ),
    "CRSP": (
        "permno,edate\n86580,27JAN2025\n61241.0,20250127\n",
        [
            ("86580-2025-01-27", "2025-01-27", "", "86580"),
            ("61241-2025-01-27", "2025-01-27", "", "61241"),
        ],
    ),
    "EventStudyTools": (EST, [("1", "2025-01-27", "", "NVDA"), ("2", "2025-01-27", "", "AMD")]),
    "one event of two tickers": (
        "event_id,ticker,date\nds,NVDA,2025-01-27\nds,AMD,2025-01-27\n",
        [("ds", "2025-01-27", "", "NVDA;AMD")],
    ),
    "stamps with an offset": (
        "ticker,timestamp\nNVDA,2025-01-27T16:30:00-05:00\nAMD,2025-01-27 09:00 AM EST\n",
        [
            ("NVDA-2025-01-27", "2025-01-27 16:30:00-05:00", "", "NVDA"),
            ("AMD-2025-01-27", "2025-01-27 09:00:00-05:00", "", "AMD"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LISTS.values(), ids=LISTS)
def test_a_vendors_list_is_read(folder, text, expected):
    events = read(text)
    assert rows(events) == expected
    assert events.notes[0].startswith("Events read as ")
    assert all(event.title for event in events)


def test_what_was_read_is_said_in_one_line(folder):
    said = read(f"{SDC}01/27/25,NVIDIA,NVDA,5\n02/03/25,Private,-,6\n").notes
    for part in ("SDC", "Date Announced", "Target Ticker", "Deal Value", "month first", "01/27/25"):
        assert part in said[0]
    assert "1969 to 2068" in said[0]
    assert "1 row" in said[1]
    assert "3" in said[1]


def test_columns_called_as_in_events_csv_are_kept(folder):
    text = "ticker,date,category,headline\nNVDA,2025-01-27,model,yes\nAMD,2025-01-28,,\n"
    events = read(text)
    assert [event.event_id for event in events.headline()] == ["NVDA-2025-01-27"]
    assert events["NVDA-2025-01-27"].category == "model"
    assert "not read" not in events.notes[0]
    assert "not read: headline" in read(text.replace("yes", "Shares fall")).notes[0]


def test_the_windows_of_a_request_file_become_options(folder):
    events = read(EST)
    assert events["1"].benchmark == "^GSPC"
    assert events["1"].category == "DS"
    assert "--window=-2,2 --estimation=-130,-11" in events.notes[1]


def test_the_result_says_how_the_list_was_read(folder):
    events = read("ticker,date\nNVDA,2025-01-27\n")
    result = es.EventStudy(car=[(0, 0)]).run(events, es.load_prices("bundled"))
    assert result.notes[0] == events.notes[0]
    assert result.car((0, 0))["car"].item() == pytest.approx(-0.132600, abs=5e-7)


def test_named_columns(folder):
    text = "Aktie,Datum2,Wann,Nr\nNVDA,27/01/2025,AMC,e1\n"
    events = read(text, ticker_col="Aktie", date_col="Datum2", timing_col="Wann", id_col="Nr")
    assert rows(events) == [("e1", "2025-01-27", "post", "NVDA")]
    said = problem(text, ticker_col="Akte", date_col="Datum2")
    assert "'Akte'" in said
    assert "ticker_col" in said
    assert "'Aktie'" in said


def test_the_order_of_day_and_month_is_asked_for_where_nothing_decides(folder):
    open_list = "ticker,date\nNVDA,03/02/2025\nAMD,04/02/2025\n"
    said = problem(open_list)
    assert "'03/02/2025'" in said
    assert "dayfirst" in said
    assert rows(read(open_list, dayfirst=True))[0][1] == "2025-02-03"
    assert rows(read(open_list, dayfirst=False))[0][1] == "2025-03-02"
    assert rows(read(f"{open_list}X,27/02/2025\n"))[0][1] == "2025-02-03"
    assert "27/02/2025" in problem(f"{open_list}X,27/02/2025\n", dayfirst=False)
    mixed = problem("ticker,date\nNVDA,27/01/2025\nAMD,01/27/2025\n")
    assert "'27/01/2025'" in mixed
    assert "'01/27/2025'" in mixed


REFUSED = {
    "serial numbers of Excel": ("ticker,date\nNVDA,45684\n", ["row 2", "column date", "Excel", "2025-01-27"]),
    "a time without a zone": ("ticker,date\nNVDA,2025-01-27 16:30\n", ["row 2", "offset"]),
    "a time of day without a zone": ("symbol,date,time\nNVDA,2025-01-27,16:30\n", ["row 2", "offset"]),
    "no date": ("ticker,date\nNVDA,soon\n", ["row 2", "column date", "'soon'"]),
    "no day, with a time": ("OFTIC,ANNDATS,ANNTIMS\nA,20251301,16:20\n", ["row 2", "2025-13-01"]),
    "no day of the calendar": ("ticker,date\nNVDA,31.02.2025\n", ["row 2", "2025-02-31"]),
    "an empty ticker": ("ticker,date\nNVDA,2025-01-27\n,2025-01-27\n", ["column ticker", "row 3"]),
    "an unknown timing": ("ticker,date,timing\nNVDA,2025-01-27,lunch\n", ["row 2", "timing", "'lunch'"]),
    "tickers of two sides": (
        "Date Announced,Target Ticker,Acquiror Ticker\n01/27/25,A,B\n",
        ["'Target Ticker'", "'Acquiror Ticker'", "ticker_col", "--event-ticker-col"],
    ),
    "two dates": ("ticker,date,announcement_date\nA,2025-01-27,2025-01-28\n", ["date_col", "'date'", "'announcement_date'"]),
    "a column twice": ("ticker,date,Date\nA,2025-01-27,2025-01-28\n", ["two columns", "'date'"]),
    "one id, two days": ("event_id,ticker,date\na,A,2025-01-27\na,B,2025-01-28\n", ["'a'", "row 2", "row 3"]),
    "an unknown header": (
        "Foo,When happened,Bar\nNVDA,2025-01-27,x y\n",
        ["row 1", "'Foo'", "--event-date-col 'When happened'", "--event-ticker-col 'Foo'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_plain_is_refused_by_one_sentence(folder, text, says):
    said = problem(text)
    for part in says:
        assert part in said


def test_rows_that_a_quotation_mark_swallowed_are_named(folder):
    header = "event_id,title,announced_at,groups\n"
    swallowed = f'{header}a,"A,2025-01-27,NVDA\nb,B,2025-01-28,NVDA\nc,"",2025-01-29,NVDA\n'
    inside = f'{header}a,"A\nb,B,2025-01-28,NVDA\nc",2025-01-29,NVDA\n'
    assert "row 2, column title" in problem(inside)
    with pytest.raises(InputError, match="row 2"):
        read(swallowed)
    plain = read(f'{header}a,"Two lines,\nwith commas, no row",2025-01-29,NVDA\n')
    assert plain["a"].title.count("\n") == 1


def test_ids_are_made_unique_and_can_name_folders():
    made = made_ids(["^GSPC", "BRK/B", "NVDA", "nvda"], ["2025-01-27"] * 4)
    assert made == ["GSPC-2025-01-27", "BRK-B-2025-01-27", "NVDA-2025-01-27", "nvda-2025-01-27-2"]


def test_the_same_ticker_and_date_counts_once(folder):
    events = read("ticker,date\nNVDA,2025-01-27\nNVDA,2025-01-27\nAMD,2025-01-27\n")
    assert [event.event_id for event in events] == ["NVDA-2025-01-27", "AMD-2025-01-27"]
    assert "1 row" in events.notes[1]
    assert "3" in events.notes[1]


def test_nothing_is_added_to_a_list_in_another_layout(folder):
    Path("list.csv").write_text("ticker,date\nNVDA,2025-01-27\n")
    event = read_events("list.csv")["NVDA-2025-01-27"]
    with pytest.raises(InputError, match=r"not laid out as events\.csv"):
        add_event("list.csv", event)
    assert Path("list.csv").read_text() == "ticker,date\nNVDA,2025-01-27\n"


@pytest.mark.parametrize(
    ("text", "clock", "zone", "iso"),
    [
        ("20250127", "", "", "2025-01-27"),
        ("27-Jan-2025", "", "", "2025-01-27"),
        ("27 January 2025", "", "", "2025-01-27"),
        ("Jan 27, 2025", "", "", "2025-01-27"),
        ("27JAN25", "", "", "2025-01-27"),
        ("2025/1/7", "", "", "2025-01-07"),
        ("2025-01-27 00:00:00", "", "", "2025-01-27"),
        ("Feb 26, 2025 at 4 PM EST", "", "", "2025-02-26T16:00:00-05:00"),
        ("2025-07-01 09:30", "", "America/New_York", "2025-07-01T09:30:00-04:00"),
        ("2025-01-27", "12:05 AM ET", "", "2025-01-27T00:05:00-05:00"),
        ("27 Foo 2025", "", "", "27 Foo 2025"),
        ("2025-01-27", "noonish", "UTC", "2025-01-27 noonish"),
    ],
)
def test_dates_as_they_are_written(text, clock, zone, iso):
    assert iso_moment(text, DateOrder(), clock, zone) == iso


def test_dots_are_day_first():
    assert order_of(["03.02.2025"], "x", None, None).dayfirst is True


@pytest.mark.parametrize(
    ("word", "timing"),
    [("AMC", "post"), ("bmo", "pre"), ("Before Market Open", "pre"), ("DMH", "intraday"), ("--", ""), ("noon", None)],
)  # fmt: skip
def test_words_of_timing(word, timing):
    assert timing_of(word) == timing


# --- frames ------------------------------------------------------------------------------------


def test_a_frame_is_a_list_of_events():
    frame = pd.DataFrame(
        {
            "ticker": ["NVDA", "AMD", "TSM"],
            "date": pd.to_datetime(["2025-01-27", "2025-01-28", "2025-01-29"]),
            "timing": ["AMC", None, "pre"],
        }
    )
    events = read_events(frame)
    assert rows(events)[0] == ("NVDA-2025-01-27", "2025-01-27", "post", "NVDA")
    assert [event.timing for event in events] == ["post", "", "pre"]
    assert events.path is None


@pytest.mark.parametrize("library", ["polars", "pyarrow", "duckdb", "lazy"])
def test_a_frame_of_another_library(library):
    frame = pd.DataFrame({"ticker": ["NVDA"], "date": [dt.date(2025, 1, 27)], "permno": [np.nan]})
    frame = frame[["ticker", "date"]]
    if library == "pyarrow":
        pa = pytest.importorskip("pyarrow")
        other = pa.Table.from_pandas(frame)
    elif library == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        other = duckdb.from_df(frame)
    else:
        pl = pytest.importorskip("polars")
        other = pl.from_pandas(frame)
        other = other.lazy() if library == "lazy" else other
    assert rows(read_events(other)) == [NVDA]


@pytest.mark.parametrize(
    "name", ["list.xlsx", "list.parquet", "list.feather", "list.csv.gz", "list.dta"]
)
def test_a_list_of_any_kind_of_file(folder, name):
    frame = pd.DataFrame(
        {"Symbol": ["NVDA"], "Report_Date": pd.to_datetime(["2025-01-27"]), "Call_Time": ["AMC"]}
    )
    write = {
        "list.xlsx": lambda: frame.to_excel(name, index=False),
        "list.parquet": lambda: frame.to_parquet(name),
        "list.feather": lambda: frame.to_feather(name),
        "list.csv.gz": lambda: frame.to_csv(name, index=False),
        "list.dta": lambda: frame.to_stata(name, write_index=False),
    }
    write[name]()
    assert rows(read_events(name)) == [("NVDA-2025-01-27", "2025-01-27", "post", "NVDA")]


def test_an_events_file_as_a_workbook(folder):
    events = read(
        "event_id,title,announced_at,timing,groups,headline\n"
        "a,A,2025-01-27,pre,NVDA;AMD,yes\nb,B,2025-01-27T16:30:00-05:00,,TSM,\n"
    )
    frame = events.to_frame()
    frame["announced_at"] = [dt.datetime(2025, 1, 27), "2025-01-27T16:30:00-05:00"]  # noqa: DTZ001
    frame.to_excel("events.xlsx", index=False)
    assert list(read_events("events.xlsx")) == list(events)


def test_stamps_of_a_frame_keep_their_zone():
    stamps = pd.to_datetime(["2025-01-27 21:30"]).tz_localize("UTC")
    (event,) = read_events(pd.DataFrame({"ticker": ["NVDA"], "date": stamps}))
    assert event.announced_at == dt.datetime(2025, 1, 27, 21, 30, tzinfo=dt.UTC)
    with pytest.raises(InputError, match=r"row 1, column date.*offset"):
        read_events(pd.DataFrame({"ticker": ["NVDA"], "date": stamps.tz_localize(None)}))


def test_the_frame_of_events_reads_back(folder):
    events = read(
        "event_id,title,announced_at,timing,groups,headline\n"
        "a,A,2025-01-27,pre,NVDA;AMD,yes\nb,B,2025-01-27T16:30:00-05:00,,TSM,\n"
    )
    again = read_events(events.to_frame())
    assert list(again) == list(events)


def test_what_is_no_frame_and_no_path():
    for value in (None, 5, [1], {"ticker": ["A"]}):
        with pytest.raises(InputError, match=type(value).__name__):
            read_events(value)
    with pytest.raises(InputError, match="no rows"):
        read_events(pd.DataFrame({"ticker": [], "date": []}))


@pytest.mark.usefixtures("folder")
def test_seconds_after_midnight_are_times_of_day() -> None:
    for times in (("58800", "34200"), ("58800.0", "34200.0")):
        events = read(
            "OFTIC,ANNDATS,ANNTIMS\n"
            f"NVDA,2025-02-26,{times[0]}\nAMD,2025-02-04,{times[1]}\nMU,2025-02-05,0\n"
        )
        assert [str(event.announced_at) for event in events] == [
            "2025-02-26 16:20:00-05:00",
            "2025-02-04 09:30:00-05:00",
            "2025-02-05",
        ]


@pytest.mark.usefixtures("folder")
def test_news_of_one_session_are_one_event() -> None:
    stamps = (
        *("2025-01-27 21:30:00.123", "2025-01-27 21:31:00.456", "2025-01-28 13:00:00"),
        *("2025-01-28 22:00:00", "2025-01-27 15:00:00"),
    )
    events = read("TIMESTAMP_UTC,TICKER,HEADLINE\n" + "".join(f"{s},NVDA,news\n" for s in stamps))
    assert len(events) == 3
    assert any("2 rows" in note and "3, 4" in note for note in events.notes)


@pytest.mark.usefixtures("folder")
def test_a_column_of_nothing_but_bmo_and_amc_is_the_timing() -> None:
    events = read("ticker,date,announced when\nNVDA,2025-01-27,AMC\nAMD,2025-01-27,BMO\n")
    assert [event.timing for event in events] == ["post", "pre"]
    events = read("ticker,date,period\nNVDA,2025-01-27,post\nAMD,2025-01-27,pre\n")
    assert [event.timing for event in events] == ["", ""]


@pytest.mark.usefixtures("folder")
def test_the_way_out_of_an_unknown_layout_names_the_column_called_ticker() -> None:
    said = problem("CIK,Company,Form,Filed,Ticker\n1045810,NVIDIA,8-K,2025-01-27,NVDA\n")
    assert "--event-ticker-col 'Ticker'" in said
    assert "--event-date-col 'Filed'" in said


@pytest.mark.usefixtures("folder")
def test_a_name_of_two_lines_is_said_on_one() -> None:
    events = read('Ticker,Date,"Deal\nValue"\nNVDA,2025-01-27,5\n')
    assert "Deal Value" in " ".join(events.notes)
