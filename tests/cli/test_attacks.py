"""Names that try to leave the folder or to command the terminal, through the CLI and Python."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.prices.sources.cache import Entry, PriceCache
from eventstudy.prices.sources.yahoo import YahooSource

IDS = (
    *("..", "../../up", "/tmp/up", "C:\\up", "\\\\host\\share", "up/../../x", ".hidden", "-rf"),
    *("CON", "nul", "aux.txt", "COM1", "event.", "x" * 81, "x" * 3_000, "．．／up", "a∕b", "a․․b"),
    *("d\u0435epseek", "event\u200b", "event\u202egpj", "a\x1b[31m", "a\nb", "%2e%2e%2fup"),
)
TICKERS = (
    *(
        "../../x?y=1",
        "NVDA\r\nHost: x.y",
        "NVDA/../..",
        "NVDA#x",
        "NVDA?range=1d",
        "NVDA%2f..",
        "..",
    ),
    *(
        "a b",
        "NVDA\x00",
        "//x.y/",
        "\\\\x\\y",
        "N\u0412DA",
        "ＮＶＤＡ",
        "A" * 500,
        "http://x.y",
        "@x",
    ),
)
BOTH = "\x1b[2J", "\x9b31m", "\x07", "\u202e", "\x08"
"""What a terminal obeys."""


@pytest.fixture
def inner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder three levels below the one whose content is watched."""
    place = folder / "a" / "b" / "work"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("event_id", IDS, ids=ascii)
def test_no_id_leaves_the_folder(event_id, inner, folder, call, content_of):
    row = f'"{event_id}"'
    (inner / "events.csv").write_text(
        f"event_id,title,announced_at,groups\n{row},Own,2025-01-27,NVDA\n", "utf-8"
    )
    before = content_of(folder / "a")
    answers = [
        call("events", "add", "--events", "new.csv", "--title", "x", "--at", "2025-01-27", "--", event_id),
        call("run", "--out", "outputs"),
        call("run", "--out", "outputs", "--", event_id),
        call("events", "show", "--", event_id),
        call("claims", "--", event_id),
    ]  # fmt: skip
    for answer in answers:
        assert (answer.code, answer.out) == (2, "")
        assert "Error: " in answer.err
        assert not any(command in answer.err for command in BOTH)
    assert content_of(folder / "a") == before
    with pytest.raises(es.InputError):
        make_event(event_id=event_id, title="x", announced_at="2025-01-27")
    with pytest.raises(es.InputError):
        es.read_events("events.csv")


@pytest.fixture(scope="module")
def several() -> es.StudyResult:
    events = es.read_events(Path(__file__).resolve().parents[2] / "events.csv")
    return es.EventStudy(car=[(0, 0)]).run(events, es.load_prices("bundled"))


@pytest.mark.parametrize("event_id", ["../../up", "/tmp/up-of-eventstudy", "CON", "x" * 300])
def test_a_hostile_result_writes_nothing_outside(event_id, several, inner, folder, content_of):
    first = next(iter(several.parts.values()))
    hostile = replace(several, parts={event_id: first})
    before = content_of(folder / "a")
    with pytest.raises(es.InputError, match="valid id"):
        es.write_bundle(hostile, inner / "outputs")
    assert content_of(folder / "a") == before
    assert not Path("/tmp/up-of-eventstudy").exists()


def test_a_hostile_saved_run_writes_nothing_outside(several, inner, folder, call, content_of):
    several.save(inner / "run")
    study = inner / "run" / "study.json"
    told = json.loads(study.read_text("utf-8"))
    told["parts"] = ["../../up", *told["parts"][1:]]
    study.write_text(json.dumps(told), "utf-8")
    before = content_of(folder / "a")
    answer = call("report", "run")
    assert answer.code == 2
    assert "'../../up' is not a valid id" in answer.said
    assert content_of(folder / "a") == before


def test_ids_that_one_folder_would_hold_are_refused_together():
    events = [
        make_event(event_id=name, title="x", announced_at="2025-01-27") for name in ("Own", "own")
    ]
    with pytest.raises(es.InputError, match=r"Own, own appears more than once \(upper and lower"):
        Events(tuple(events))


@pytest.mark.parametrize("ticker", TICKERS, ids=ascii)
def test_no_ticker_alters_the_address_of_yahoo_or_the_cache(ticker, tmp_path, content_of):
    def never(*asked: object) -> None:
        raise AssertionError(asked)

    before = content_of(tmp_path)
    source = YahooSource(fetch=never, cache=PriceCache(tmp_path / "a" / "prices"))
    with pytest.raises((es.DataMissingError, es.InputError)) as caught:
        source.load([ticker], "2025-01-01", "2025-02-01")
    assert len(str(caught.value)) < 300
    assert not any(command in str(caught.value) for command in BOTH)
    assert content_of(tmp_path) == before


@pytest.mark.parametrize("ticker", ["NVDA", "^GSPC", "BRK-B", "M&M.NS", "EURUSD=X", "0700.HK"])
def test_tickers_of_yahoo_are_asked_for(ticker, tmp_path):
    asked = []

    def note(name: str, first: date, last: date) -> None:
        asked.append(name)
        raise es.DataMissingError("none")

    source = YahooSource(fetch=note, cache=PriceCache(tmp_path))
    with pytest.raises(es.DataMissingError):
        source.load([ticker], "2025-01-01", "2025-02-01")
    assert asked == [ticker]


@pytest.mark.parametrize("ticker", [t for t in TICKERS if len(t) < 100], ids=ascii)
def test_every_name_is_a_file_in_the_cache(ticker, tmp_path, content_of):
    cache = PriceCache(tmp_path / "a" / "prices")
    days = pd.DatetimeIndex(["2025-01-27"], name="date")
    table = pd.DataFrame({"close": [1.0], "adj_close": [1.0]}, index=days)
    cache.write(Entry("yahoo", ticker, "2025-02-01", "2025-01-27", "2025-01-27", ""), table)
    names = [name for name, kind in content_of(tmp_path).items() if kind != "folder"]
    assert len(names) == 1
    assert Path(names[0]).parent.as_posix() == "a/prices"
    assert cache.holdings("yahoo")[0].ticker == ticker


def test_a_name_too_long_for_a_file_is_not_in_the_cache(folder, call):
    for verb in ("status", "clear"):
        answer = call("prices", verb, "A" * 500)
        assert answer.code == 3
        assert "not in the cache" in answer.said


HOSTILE = "Read\u202eme \u2066now"


def test_no_title_commands_the_terminal(folder, call):
    added = call(
        "events", "add", "own", "--title", HOSTILE, "--at", "2025-01-27", "--events", "e.csv"
    )
    assert added.code == 0
    shown = call("events", "show", "own", "--events", "e.csv")
    listed = call("events", "list", "--events", "e.csv")
    assert r"Read\u202eme \u2066now" in " ".join(shown.out.split())
    assert "\u202e" not in shown.out + listed.out + repr(es.read_events("e.csv"))
    told = call("events", "list", "--events", "e.csv", "--json")
    assert "\u202e" not in told.out
    assert json.loads(told.out)[0]["title"] == HOSTILE


@pytest.mark.parametrize("command", [c for c in BOTH if c != "\u202e"], ids=ascii)
@pytest.mark.parametrize("option", ["--title", "--notes", "--source", "--category"])
def test_control_characters_are_refused_in_texts(option, command, folder, call):
    given = {"--title": "x", "--at": "2025-01-27", "--events": "e.csv", option: f"a{command}b"}
    answer = call("events", "add", "own", *(part for pair in given.items() for part in pair))
    assert answer.code == 2
    assert f"control character U+{ord(command[0]):04X}; delete it." in answer.said
    assert command not in answer.err
    assert not (folder / "e.csv").exists()


@pytest.mark.parametrize(
    "args",
    [
        *(["run", "{}"], ["run", "--model", "{}"], ["run", "--source", "{}"], ["{}"], ["verify", "{}"]),
        *(["run", "--out", "{}/x", "--tests", "{}"], ["report", "{}"], ["--config", "{}", "run"]),
        *(["run", "--events", "{}"], ["prices", "fetch", "{}", "--offline"], ["run", "--{}", "x"]),
        *(["run", "--format", "{}"], ["--debug", "run", "--events", "{}"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_argument_commands_the_terminal(args, folder, call, monkeypatch):
    monkeypatch.delenv("EVENTSTUDY_DEBUG", raising=False)
    monkeypatch.setenv("EVENTSTUDY_DEBUG", "")  # put back what --debug sets
    answer = call(*(arg.format("x\x1b]0;owned\x07\u202ey") for arg in args))
    assert answer.code in (1, 2, 3)
    assert not any(c in answer.out + answer.err for c in ("\x1b", "\x07", "\u202e"))


def test_names_in_a_toml_file_hold_no_control_characters(folder, call):
    (folder / "g.toml").write_text(
        '[groups.own]\nlabel = "x\\u001b[2Jy"\nmembers = ["NVDA"]\n', "utf-8"
    )
    answer = call("run", "--groups", "g.toml")
    assert answer.code == 2
    assert answer.said == (
        "Error: g.toml, table [groups.own], label: 'x\\x1b[2Jy' has the control character "
        "U+001B; delete it."
    )


def test_a_formula_in_events_csv_comes_back_as_it_was(folder, call):
    for number, title in enumerate(["=1+1", "@all", "-5% at once", "'=x", "＝1"]):
        at = ("--at", "2025-01-27", "--events", "e.csv")
        assert call("events", "add", f"e{number}", "--title", title, *at).code == 0
    raw = (folder / "e.csv").read_text("utf-8").splitlines()[1:]
    assert all(line.split(",")[1].startswith("'") for line in raw)
    assert [event.title for event in es.read_events("e.csv")] == [
        *("=1+1", "@all", "-5% at once", "'=x", "＝1")
    ]


def test_tickers_that_look_like_formulas_come_back_from_a_price_file(folder, call):
    days = pd.bdate_range("2025-01-20", periods=5, name="date")
    wide = pd.DataFrame({"=NVDA": 1.0, "-x": 2.0, "^GSPC": 3.0}, index=days)
    wide.reset_index().rename(columns={"=NVDA": "'=NVDA", "-x": "'-x"}).to_csv(
        "wide.csv", index=False
    )
    assert call(
        "prices", "fetch", "=NVDA", "^GSPC", "--source", "wide.csv", "--out", "long.csv"
    ).code in (0, 2)
    assert set(es.load_prices("wide.csv", calendar=None).tickers) == {"=NVDA", "-x", "^GSPC"}
