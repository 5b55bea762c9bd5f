"""The tools answer with the library's figures and refuse with its sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.agents.arguments import LARGEST, MOST_LISTED, read_arguments
from eventstudy.agents.tools import TOOLS, tool_named
from eventstudy.errors import EventStudyError, InputError
from eventstudy.text.numbers import percent

DATE = {"tickers": "NVDA", "date": "2025-01-27"}
ROWS = [
    {"ticker": "NVDA", "date": "2025-01-27", "size": 3},
    {"ticker": "AMD", "date": "2024-06-03", "size": 2.5},
    {"ticker": "MU", "date": "2024-08-05", "size": None},
    {"ticker": "ZZZ", "date": "2024-08-05", "size": 1},
]


def silent(*_: object) -> None:
    """No progress."""


def figures_of(result) -> dict:
    assert not result.is_error, result.content[0].text
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


def test_a_client_calls_every_tool(ask):
    calls = [
        ("study_date", DATE),
        ("study_event", {"event_id": "deepseek-r1"}),
        ("study_list", {"rows": ROWS}),
        ("look_up_events", {"event_id": "deepseek-r1"}),
        ("look_up_models", {}),
        ("look_up_tests", {"name": "bmp_t"}),
        ("explain_exclusion", {"ticker": "ZZZ"}),
        ("read_guide", {}),
    ]
    assert {name for name, _ in calls} | {"read_bundle"} == {tool.name for tool in TOOLS}
    one, event, pooled, looked, models, tests, why, guide = map(figures_of, ask(calls))
    assert one["day0"] == "2025-01-27"
    assert event["day0"] == "2025-01-21"
    assert event["shift_reason"]
    assert (pooled["asked"], pooled["estimated"], pooled["left_out_total"]) == (4, 3, 1)
    assert looked["events"][0]["tickers"]
    assert looked["events"][0]["day0"] == event["day0"]
    assert [model["name"] for model in models["models"]] == list(es.list_models())
    assert [test["shared_dates_allowed"] for test in tests["tests"]] == [False]
    assert why["study"] == pooled["study"]
    assert why["left_out"] == pooled["left_out"]
    assert "ZZZ" in why["answer"]
    assert "Exit codes" in guide["text"]


def test_one_date_has_the_figures_of_the_library(desk):
    answer = tool_named("study_date").run({**DATE, "peers": ["AMD"]}, desk, silent)
    result = es.study("NVDA", "2025-01-27", peers=["AMD"])
    for window in result.spec.car:
        table = result.car(window)
        for asset in answer.assets:
            told = next(w for w in asset.windows if (w.start, w.end) == window)
            row = table.xs(asset.key_, level="ticker").iloc[0]
            assert told.car == pytest.approx(row["car"], rel=1e-11)
            assert told.p_placebo == pytest.approx(row["p_placebo"], rel=1e-11)
            assert told.low == pytest.approx(row["placebo_low"], rel=1e-11)
    assert [asset.key_ for asset in answer.assets] == ["NVDA", "AMD"]


def test_the_keys_of_a_sentence_are_its_figures(desk):
    answer = tool_named("study_date").run(DATE, desk, silent)
    how_much, how_sure = answer.answer[:2]
    assert percent(answer.lead.moved, signed=False).lstrip("−") in how_much
    for one in answer.lead.against:
        day = one.windows[0]
        assert percent(day.estimate) in how_much
        assert one.benchmark in how_much
        assert percent(day.high) in how_sure
        assert f"{one.ordinary} ordinary days" in how_sure
        assert day.significant
    assert answer.unit == "fraction"


def test_a_list_has_the_figures_of_the_library(desk):
    answer = tool_named("study_list").run({"rows": ROWS, "options": {"car": [-1, 1]}}, desk, silent)
    frame = pd.DataFrame(ROWS)
    result = es.EventStudy(car=(-1, 1)).run(frame, es.load_prices("bundled"))
    mean = answer.means[0]
    assert (mean.start, mean.end, mean.group) == (-1, 1, "all")
    assert mean.estimate == pytest.approx(result.caar.iloc[0]["estimate"], rel=1e-11)
    cars = pd.DataFrame(answer.cars.rows, columns=answer.cars.columns).set_index("ticker")
    expected = result.car((-1, 1)).reset_index("event_id", drop=True)["car"]
    assert cars["car"].astype(float).to_dict() == pytest.approx(expected.to_dict(), rel=1e-11)
    assert answer.cars.file == ""


def made_up(folder: Path, events: int) -> None:
    """Prices of 31 firms and an index, and so many events on their days."""
    random = np.random.default_rng(7)
    days = pd.bdate_range("2022-01-03", periods=420)
    names = ["^GSPC", *(f"F{i:02}" for i in range(31))]
    prices = 100 * np.exp(np.cumsum(random.normal(0, 0.01, (len(days), len(names))), axis=0))
    wide = pd.DataFrame(prices, index=days.strftime("%Y-%m-%d"), columns=names)
    wide.rename_axis("date").to_csv(folder / "prices.csv")
    rows = [(names[1 + i % 31], days[300 + i // 31 * 2]) for i in range(events)]
    listed = pd.DataFrame(rows, columns=["ticker", "date"])
    listed.assign(date=listed["date"].dt.strftime("%Y-%m-%d")).to_csv(
        folder / "list.csv", index=False
    )


def test_a_long_table_is_cut_and_written_into_the_folder(desk, served):
    made_up(served, 750)
    given = {"file": "list.csv", "source": ["prices.csv"], "options": {"calendar": "24/5"}}
    answer = tool_named("study_list").run(given, desk, silent)
    assert answer.cars.total == 3_000
    assert len(answer.cars.rows) == 100
    assert answer.cars.file in answer.cars.note
    assert "2,900" in answer.cars.note
    whole = pd.read_csv(served / answer.cars.file)
    assert len(whole) == 3_000
    assert whole["car"][:100].tolist() == pytest.approx([row[5] for row in answer.cars.rows])
    assert sorted(path.name for path in served.iterdir()) == [
        *("answers", "events.csv", "list.csv", "prices.csv"),
    ]


def library(**given) -> str:
    with pytest.raises(EventStudyError) as raised:
        es.study(**given, offline=True)
    return str(raised.value)


@pytest.mark.parametrize(
    "given",
    [
        {"tickers": "NVDA", "date": "2025-13-27"},
        {"tickers": "NVDA", "date": "01/02/2025"},
        {"tickers": "NVDA", "date": "2190-01-27"},
        {"tickers": [], "date": "2025-01-27"},
        {"tickers": "NVDA", "date": "2025-01-27", "peers": ["NVDA"]},
        {"tickers": "NVDA", "date": "2025-01-27", "options": {"min_obs": "many"}},
        {"tickers": "NVDA", "date": "2025-01-27", "options": {"modell": "market", "draws": 2}},
        {"tickers": "NVDA", "date": "2025-01-27", "options": {"model": "maket"}},
        {"tickers": "NVDA", "date": "2025-01-27", "options": {"estimation": "-20,0"}},
        {"tickers": "NVDA", "date": "2025-01-27", "options": {"calendar": "XXXX"}},
    ],
)
def test_wrong_input_gets_the_sentence_of_the_library(given, ask):
    options = given.pop("options", {})
    (result,) = ask([("study_date", {**given, "options": options})])
    assert result.is_error
    assert result.content[0].text == library(**given, **options)


def test_what_is_not_cached_is_not_fetched(ask, monkeypatch):
    from eventstudy.prices.sources import yahoo

    asked = []

    def refuse(self, *_: object) -> None:
        asked.append(self.offline)
        raise es.NetworkError("No network.")

    monkeypatch.setattr(yahoo.YahooSource, "load", refuse)
    (result,) = ask([("study_date", {"tickers": "ZZZZ", "date": "2025-01-27"})])
    assert asked == [True]
    assert result.is_error
    assert "--fetch" in result.content[0].text


def test_offline_not_even_the_cache_is_made(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(EventStudyError):
        tool_named("study_date").run({"tickers": "ZZZZ", "date": "2025-01-27"}, desk, silent)
    assert not (tmp_path / "cache").exists()


def test_a_server_that_may_fetch_does(served, monkeypatch):
    from eventstudy.agents.desk import Desk
    from eventstudy.agents.folder import ServedFolder
    from eventstudy.prices.sources import yahoo

    asked = []

    def refuse(self, *_: object) -> None:
        asked.append(self.offline)
        raise es.NetworkError("No network.")

    monkeypatch.setattr(yahoo.YahooSource, "load", refuse)
    desk = Desk(ServedFolder.of(served), fetch=True)
    with pytest.raises(es.NetworkError):
        tool_named("study_date").run({"tickers": "ZZZZ", "date": "2025-01-27"}, desk, silent)
    assert asked == [False]


@pytest.mark.parametrize(
    ("name", "given", "facts"),
    [
        ("study_date", {"tickers": 7, "daet": 1}, ("tickers", "date is missing", "'daet'")),
        ("study_date", {**DATE, "title": "a\x1b[2Jb"}, ("title", "U+001B")),
        ("study_date", {**DATE, "title": "x" * 3_000}, ("title", "3,000", "2,000")),
        ("study_date", {**DATE, "tickers": ["A"] * 300}, ("tickers", "300", "200")),
        ("study_date", {**DATE, "source": ["yaho"]}, ("yaho", "yahoo")),
        ("study_date", {**DATE, "source": ["../secret.csv"]}, ("source", "..")),
        ("study_date", {**DATE, "options": {"draws": 10**9}}, ("draws", "100,000")),
        ("study_list", {}, ("file", "rows")),
        ("study_list", {"file": "events.csv", "rows": ROWS}, ("file", "rows")),
        ("study_list", {"file": "/etc/passwd"}, ("file", "/etc/passwd")),
        ("study_list", {"rows": ROWS * 300}, ("rows", f"{MOST_LISTED:,}", "1,200")),
        ("study_list", {"rows": [{"ticker": "NVDA"}]}, ("date",)),
        ("study_list", {"rows": [{"ticker": "A", "date": {}}]}, ("rows", "'date' of row 1")),
        (
            "study_date",
            {**DATE, "options": {"car": [[0, k] for k in range(600)]}},
            ("car", "500"),
        ),
        ("study_event", {"event_id": "deepseek-r2"}, ("deepseek-r2", "deepseek-r1")),
        ("look_up_tests", {"name": "bmp"}, ("bmp", "bmp_t")),
        ("look_up_events", {"calendar": "XXXX"}, ("XXXX",)),
        ("explain_exclusion", {}, ("study",)),
        ("read_bundle", {"bundle": "."}, ("manifest.json",)),
        ("read_bundle", {"bundle": "x", "rows": 10_000}, ("rows", "500")),
    ],
)
def test_wrong_arguments_are_named(name, given, facts, desk):
    with pytest.raises(EventStudyError) as raised:
        tool_named(name).run(given, desk, silent)
    assert all(fact in str(raised.value) for fact in facts)


def test_arguments_beyond_the_limit_are_refused_unread():
    takes = tool_named("study_list").takes
    with pytest.raises(InputError, match=f"{LARGEST:,}"):
        read_arguments(takes, {"rows": [{"ticker": "A" * 1_000, "date": "2025-01-27"}] * 1_100})
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match="nested"):
        read_arguments(takes, {"rows": deep})


def test_an_unknown_tool_is_named(ask):
    from mcp import MCPError

    with pytest.raises(ExceptionGroup) as raised:
        ask([("study_dat", {})])
    assert raised.group_contains(MCPError, match="study_date")


def test_an_error_that_nobody_foresaw_is_a_sentence(ask, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("eventstudy.agents.studies.study_date", fail)
    (result,) = ask([("study_date", DATE)])
    assert result.is_error
    assert "memory" in result.content[0].text


def test_no_study_of_a_date_to_come(desk):
    with pytest.raises(InputError, match="future"):
        tool_named("study_date").run({"tickers": "NVDA", "date": "2090-01-05"}, desk, silent)


def test_who_is_left_out_is_named_in_order(desk):
    rows = [{"ticker": name, "date": "2025-01-27"} for name in ("NVDA", "ZZZZ")]
    given = {"rows": rows, "options": {"benchmark": "^GSPC", "car": "0,0"}}
    tool_named("study_list").run(given, desk, silent)
    why = tool_named("explain_exclusion").run({"ticker": "ZZZZ"}, desk, silent)
    (row,) = why.left_out
    assert f"{row.ticker} at {row.event_id}" in why.answer


def test_an_error_names_no_place_of_the_machine(ask, served):
    calls = [("read_bundle", {"bundle": "."}), ("look_up_events", {"file": "none.csv"})]
    told = [result.content[0].text for result in ask(calls)]
    assert not any(str(served) in text for text in told)
    assert "none.csv" in told[1]


@pytest.mark.slow
def test_a_bundle_is_read_as_its_study_answered(desk, served):
    given = {**DATE, "peers": ["AMD", "ZZZZ"], "source": ["bundled"]}
    answered = tool_named("study_date").run(given, desk, silent)
    result = es.study("NVDA", "2025-01-27", peers=["AMD", "ZZZZ"], source="bundled")
    es.write_bundle(result, served / "outputs" / "one")
    read = tool_named("read_bundle").run(
        {"bundle": "outputs/one", "table": "car", "first_row": 3, "rows": 2}, desk, silent
    )
    assert read.sound
    told = read.event.model_dump()
    # The sentence on why this source was chosen is the run's; `lead` comes with the study.
    for name in ("headline", "answer", "assets", "groups", "headline_tests", "options", "left_out"):
        assert told[name] == answered.model_dump()[name], name
    assert read.table.total == 8
    assert read.table.first_row == 3
    columns = dict(zip(read.table.columns, zip(*read.table.rows, strict=True), strict=True))
    table = result.car((0, 0)).index.get_level_values("ticker")
    assert set(columns["ticker"]) <= set(table)
    assert all(isinstance(car, float) for car in columns["car"])
    why = tool_named("explain_exclusion").run(
        {"bundle": "outputs/one", "ticker": "ZZZZ"}, desk, silent
    )
    assert [row.ticker for row in why.left_out] == ["ZZZZ"]
    (served / "outputs" / "one" / "tables" / "car.csv").write_text("ticker\n", encoding="utf-8")
    again = tool_named("read_bundle").run({"bundle": "outputs/one"}, desk, silent)
    assert not again.sound
    assert "tables/car.csv" in again.differences[0]
