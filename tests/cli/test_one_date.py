"""`run TICKER --date DAY`, without an events file, and what `run` says where the file or id lacks."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.date_options import DateAsked
from eventstudy.errors import InputError
from eventstudy.events.groups import read_groups
from eventstudy.one_date import PEERS, choose_source, one_date

AR, AR_CLEAN = -0.1325863, -0.1807
"""Of Nvidia on 27 January 2025, against the S&P 500 and without the AI stocks."""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture(scope="module")
def nvidia() -> es.StudyResult:
    return es.study("NVDA", "2025-01-27")


def test_one_line_gives_both_benchmarks(nvidia):
    assert nvidia.car((0, 0))["car"].to_numpy() == pytest.approx([AR], abs=1e-4)
    other = nvidia.comparison["EW_EX_AI"].car_table((0, 0))
    assert other["car"].to_numpy() == pytest.approx([AR_CLEAN], abs=1e-4)
    assert nvidia.spec == es.EventStudy().spec


def test_the_result_is_that_of_a_registered_event(nvidia):
    (event,) = nvidia.context.events.itertuples()
    assert (event.event_id, event.title) == ("nvda-2025-01-27", "Nvidia on 27 January 2025")
    registry = one_date("NVDA", "2025-01-27")
    prices = es.load_prices("bundled")
    same = es.EventStudy().run(registry.events, prices, groups=registry.groups)
    assert same.abnormal_returns.equals(nvidia.abnormal_returns)
    assert nvidia.prices.provenance.name == "bundled"


def test_evidence_needs_no_second_load(nvidia):
    value = es.gather_evidence(nvidia).value
    assert value is not None
    lacking = es.EventStudy().run(one_date("NVDA", "2025-01-27").events, es.load_prices("bundled"))
    with pytest.raises(InputError, match="gather_evidence"):
        es.gather_evidence(lacking)


@pytest.mark.slow
def test_the_bundle_of_the_command(call, empty, monkeypatch):
    monkeypatch.setattr("eventstudy.runs.gather_evidence", lambda *_, **__: None)
    answer = call("run", "nvda", "--date", "2025-01-27", "--peers", "AMD;avgo", "--paper", "letter")
    assert answer.code == 0, answer.err
    assert "−13.26%" in answer.out
    assert "sample shipped with eventstudy" in answer.err
    place = empty / "outputs" / "nvda-2025-01-27"
    assert (place / "report.pdf").exists()
    assert es.verify_bundle(place).sound
    saved = es.load(place)
    assert saved.context.events["title"].to_list() == ["Nvidia on 27 January 2025"]
    labels = saved.assets.labels
    assert [*zip(labels["ticker"], labels["group"], strict=True)] == [
        ("NVDA", "NVDA"),
        ("AMD", PEERS),
        ("AVGO", PEERS),
    ]
    assert not (empty / "events.csv").exists()


def test_figures_are_printed_before_the_evidence_is_gathered(call, empty, monkeypatch):
    seen: list[str] = []

    def stop(*_: object, **__: object) -> None:
        seen.append(sys.stdout.getvalue())  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr("eventstudy.runs.gather_evidence", stop)
    assert call("run", "NVDA", "--date", "2025-01-27").code == 130
    assert "−13.26%" in seen[0]


@pytest.mark.parametrize(
    ("typed", "event_id", "title", "groups"),
    [
        (["NVDA", "AMD"], "nvda-amd-2025-01-27", "Nvidia and AMD on 27 January 2025", "NVDA AMD"),
        (["broadcom"], "avgo-2025-01-27", "Broadcom on 27 January 2025", "AVGO"),
        (["Hyperscalers"], "hyperscalers-2025-01-27", "Hyperscalers on 27", "hyperscalers"),
        (["^IXIC"], "ixic-2025-01-27", "Nasdaq Composite on 27 January 2025", "^IXIC"),
        (["xyz,brk.b"], "xyz-brk.b-2025-01-27", "XYZ and BRK.B on 27", "XYZ BRK.B"),
        (
            ["AMD", "MU", "TSM", "IBM", "NOW"],
            "amd-and-4-more-2025-01-27",
            "AMD, Micron and 3 others on",
            "AMD MU TSM IBM NOW",
        ),
    ],
)
def test_names_become_an_event(typed, event_id, title, groups):
    event = one_date(typed, "2025-01-27").event
    assert (event.event_id, " ".join(event.groups)) == (event_id, groups)
    assert event.title.startswith(title)


def test_a_group_named_again_gets_more_members():
    asked = DateAsked("2025-01-27", group=["chips=AMD;NVDA", "Chips=MU"])
    found = asked.registered(["NVDA"], read_groups())
    assert found.event.groups == ("NVDA", "chips")
    assert [m.ticker for m in found.groups.resolve(("chips",))] == ["AMD", "NVDA", "MU"]


def test_peers_are_named_in_one_place():
    with pytest.raises(InputError, match="peers"):
        one_date("NVDA", "2025-01-27", peers="AMD", groups={"peers": "MU"})


def test_the_first_ticker_leads_whatever_the_groups_file_has_first():
    found = one_date(
        "TSLA,hyperscalers", "2025-01-27", peers="AMD", groups={"chips": ["MU", "tsm"]}
    )
    members = found.groups.resolve(found.event.groups)
    assert [m.ticker for m in members][:2] == ["TSLA", "MSFT"]
    assert [m.ticker for m in members][-3:] == ["MU", "TSM", "AMD"]
    assert found.groups.label(PEERS) == "Peers"


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("2025-1-27", "2025-01-27"),
        ("27 January 2025", "2025-01-27"),
        ("Jan 27, 2025", "2025-01-27"),
        ("27/01/2025", "2025-01-27"),
        ("1/27/2025", "2025-01-27"),
        ("05.02.2025", "2025-02-05"),
        ("05/05/2025", "2025-05-05"),
        ("2025-01-27 16:05 ET", "2025-01-27T16:05:00-05:00"),
        (dt.date(2025, 1, 27), "2025-01-27"),
        (pd.Timestamp("2025-01-27"), "2025-01-27"),
        (np.datetime64("2025-01-27"), "2025-01-27"),
    ],
)
def test_dates_as_people_type_them(date, iso):
    assert one_date("NVDA", date).event.announced_at.isoformat() == iso


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"date": "01/02/2025"}, ["2025-02-01", "2025-01-02"]),
        ({"date": "yesterday"}, ["date", "2025-01-27"]),
        ({"date": "2025-02-30"}, ["2025-02-30"]),
        ({"date": "2025-01-27 16:05"}, ["offset"]),
        ({"date": 20250127}, ["date", "20250127"]),
        ({"date": None}, ["date"]),
        ({"timing": "noon"}, ["timing", "noon"]),
        ({"tickers": " ,"}, ["NVDA"]),
        ({"tickers": [5]}, ["5"]),
        ({"tickers": "hyperscaler"}, ["hyperscalers"]),
        ({"peers": "AMD,nvda"}, ["NVDA", "peers"]),
        ({"groups": {"a b": "AMD"}}, ["a b"]),
        ({"groups": {"chips": []}}, ["chips", "empty"]),
        ({"groups": {"AMD": "MU"}}, ["AMD"]),
        ({"groups": {"all": "MU"}}, ["all"]),
    ],
)
def test_wrong_input_is_a_sentence(given, said):
    with pytest.raises(InputError) as error:
        one_date(**{"tickers": "NVDA", "date": "2025-01-27", **given})
    for fact in said:
        assert fact in str(error.value)


@pytest.mark.parametrize(
    ("tickers", "date", "options", "name", "fact"),
    [
        ("NVDA", "2025-01-27", {}, "bundled", ""),
        ("SAP", "2025-01-27", {}, "yahoo", "SAP"),
        ("NVDA", "2021-05-26", {}, "yahoo", "2023-04-03 to 2025-06-30"),
        ("NVDA", "2023-08-01", {}, "yahoo", "NVDA"),
        ("NVDA", "2023-12-01", {"min_obs": 100}, "bundled", ""),
        ("ARM", "2024-02-08", {}, "yahoo", "ARM"),
        ("NVDA", "2025-01-27", {"benchmark": "SPY"}, "yahoo", "SPY"),
    ],
)
def test_the_sample_is_taken_where_it_serves(tickers, date, options, name, fact):
    chosen = choose_source(one_date(tickers, date), es.EventStudy(**options).spec)
    assert chosen.name == name
    assert fact in chosen.why


def test_without_network_a_ticker_beyond_the_sample_is_refused(call, empty):
    answer = call("run", "SAP", "--date", "2025-01-27", "--offline")
    assert (answer.code, answer.out) == (3, "")
    assert "sample shipped with eventstudy does not hold SAP" in answer.err
    assert "--offline" in answer.err
    assert not (empty / "outputs").exists()


@pytest.mark.parametrize(
    ("args", "facts"),
    [
        ([], ["no events file 'events.csv'", "Try: eventstudy init", "Try: eventstudy events add"]),
        (["NVDA"], ["NVDA is a ticker", "Try: eventstudy run NVDA --date 2025-01-27"]),
        (["nvda", "AMD"], ["tickers", "Try: eventstudy run nvda AMD --date 2025-01-27"]),
        (["nvda,", "AMD"], ["NVDA", "Try: eventstudy run nvda AMD --date 2025-01-27"]),
        (["NVDA,AMD"], ["Try: eventstudy run NVDA AMD --date 2025-01-27"]),
        (["NVDA", "2025-02-03"], ["Try: eventstudy run NVDA --date 2025-02-03"]),
        (["Hyperscalers"], ["group", "Try: eventstudy run Hyperscalers --date 2025-01-27"]),
        (["--events", "list.csv"], ["'list.csv'", "ticker", "date"]),
        (["--date", "2025-01-27"], ["Try: eventstudy run NVDA --date 2025-01-27"]),
        (["NVDA", "--title", "x"], ["--title", "--date"]),
        (["NVDA", "--date", "2025-01-27", "--events", "x.csv"], ["--events"]),
        (["NVDA", "--date", "2025-01-27", "--group", "AMD"], ["--group", "chips=AMD,MU"]),
        (["NVDA", "--date", "2099-01-27"], ["2099-01-27", "future"]),
    ],
)
def test_what_lacks_is_said_with_a_line_to_paste(args, facts, call, empty):
    answer = call("run", *args)
    assert (answer.code, answer.out) == (2, "")
    for fact in facts:
        assert fact.casefold() in answer.err.casefold()
    assert not [*empty.iterdir()]


@pytest.mark.parametrize(
    "verb", [["claims"], ["power"], ["events", "list"], ["events", "validate"]]
)
def test_each_verb_says_how_to_begin_without_an_events_file(call, empty, verb):
    answer = call(*verb)
    assert (answer.code, answer.out) == (2, "")
    assert "Try: eventstudy init" in answer.err
    assert not [*empty.iterdir()]
    (empty / "earnings.csv").write_text("ticker,date\nNVDA,2025-01-27\n")
    assert "earnings.csv?" in call(*verb, "--events", "earnings.cvs").err


def test_a_mistyped_list_is_answered_with_the_file_beside_it(call, empty):
    (empty / "earnings.csv").write_text("ticker,date\nNVDA,2025-01-27\n")
    answer = call("run", "--events", "earnings.cvs")
    assert (answer.code, answer.out) == (2, "")
    assert "earnings.csv?" in answer.err


def test_a_ticker_in_the_place_of_a_verb_is_answered_with_run(call, empty):
    del empty
    answer = call("NVDA", "--date", "2025-02-03")
    assert (answer.code, answer.out) == (2, "")
    assert "Try: eventstudy run NVDA --date" in answer.err
    assert "'run'" in call("RNU").err


def test_python_refuses_the_future_by_day_0():
    with pytest.raises(InputError, match="2099-01-27"):
        es.study("NVDA", "2099-01-27")


def test_a_ticker_like_one_of_the_sample_is_offered():
    chosen = choose_source(one_date("NVDIA", "2025-01-27"), es.EventStudy().spec)
    assert chosen.name == "yahoo"
    assert "NVDA?" in chosen.why
    assert "?" not in choose_source(one_date("SAP", "2025-01-27"), es.EventStudy().spec).why


@pytest.mark.parametrize(
    ("date", "before", "code", "source"),
    [("2027-02-24", [], 3, "Yahoo"), ("2025-01-27", ["--as-of", "2025-01-24"], 0, "sample")],
)
def test_a_plan_takes_the_prices_of_a_date_where_they_are(
    date, before, code, source, call, empty, monkeypatch
):
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(empty / "cache"))
    answer = call(
        "plan", "NVDA", "--date", date, *before, "--offline", "--expect", "NVDA falls 0,0"
    )
    assert answer.code == code, answer.err
    assert answer.err.startswith("Prices: ")
    assert source in answer.err.splitlines()[0]


def test_a_weekend_is_named_once(nvidia):
    """The default title holds the Sunday, the sentence the Monday: the name stands once."""
    sunday = es.study("NVDA", "2025-01-26").summary().splitlines()
    assert sunday[0] == nvidia.summary().splitlines()[0]


def test_a_ticker_beside_an_events_file_names_its_events(call, folder):
    del folder
    answer = call("run", "nvda")
    assert answer.code == 2
    assert "nvda-earnings-2024-11-20, nvda-earnings-2025-02-26" in answer.err
    assert "deepseek" not in answer.err


def test_a_part_of_an_id_offers_those_that_hold_it(call, folder):
    del folder
    answer = call("run", "deepseek")
    assert answer.code == 2
    meant = answer.err.partition("Did you mean ")[2].partition("?")[0]
    assert {"'deepseek-r1'", "'deepseek-app-store'"} <= {*meant.replace(" or ", ", ").split(", ")}


@pytest.mark.parametrize("args", [["run"], ["run", "NVDA"], ["run", "deepseek"]])
def test_names_are_checked_before_heavy_imports(args, empty):
    """Measured by what is loaded, not by the clock."""
    code = (
        "import sys; from eventstudy.cli.app import main\n"
        f"sys.argv = ['eventstudy', *{args!r}]\n"
        "try: main()\n"
        "except SystemExit: print({'pandas', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    if "deepseek" in args:
        (empty / "events.csv").write_text(
            "event_id,title,announced_at,groups\na,A,2025-01-27,AMD\n"
        )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=empty, capture_output=True, text=True, check=False
    )
    assert done.stdout == "set()\n", done.stderr
