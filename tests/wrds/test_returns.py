"""Returns of CRSP's tables at a server, each against a figure worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from wrds_rows import CLOSES, D1, D6, DAYS, RETURNS, RETURNS_V2

import eventstudy as es
from eventstudy.prices.sources.wrds.source import WrdsSource

pytestmark = pytest.mark.needs_postgres

HAND = {"legacy": RETURNS, "v2": RETURNS_V2}
NAMES = list(RETURNS)


def loaded(tables: str, tickers=NAMES, **options) -> es.Prices:
    return WrdsSource(tables=tables, **options).load(tickers, D1, D6)


@pytest.mark.parametrize("tables", ["legacy", "v2"])
def test_every_return_is_the_one_worked_out_by_hand(wrds, tables):
    prices = loaded(tables)
    assert prices.unavailable == {}
    assert prices.returns is not None
    for ticker, by_day in HAND[tables].items():
        for day in DAYS:
            expected = np.nan if by_day[day] is None else by_day[day]
            assert prices.returns.loc[day, ticker] == pytest.approx(
                expected, abs=1e-12, nan_ok=True
            ), (ticker, day)
    for day, expected in CLOSES["ALFA"].items():
        got = prices.close.loc[day, "ALFA"]
        assert got == pytest.approx(np.nan if expected is None else expected, nan_ok=True), day


@pytest.mark.parametrize("tables", ["legacy", "v2"])
def test_what_is_missing_compounded_or_an_average_is_named(wrds, tables):
    said = " ".join(loaded(tables).dropped)
    assert "average of bid and ask" in said
    assert f"10004 on {DAYS[3]}" in said
    assert f"10005 on {DAYS[3]}" in said
    if tables == "legacy":
        assert "3 delisting returns" in said
        failed = said.partition("10004")[2]
        assert "code 584" in failed
        assert "Shumway" in failed
        assert "Shumway" not in said.partition("10005")[2]
    else:
        assert "GDR" in said
        assert f"10002 on {DAYS[4]}" in said
        assert "MP 2" in said
        assert "DM 2" in said


def test_nothing_else_is_asked_for(wrds):
    """Rows of other days and of other securities hold returns that would be refused."""
    assert loaded("legacy", ["ALFA"]).tickers == ("ALFA",)
    with pytest.raises(es.InputError, match="-5"):
        WrdsSource(tables="legacy").load(["ALFA"], "2020-02-01", D6)


def test_the_server_is_asked_for_these_securities_and_days_alone(wrds, postgres):
    before = len(postgres.log.read_text("utf-8"))
    loaded("v2", ["ALFA", "10012", "vwretd"])
    said = postgres.log.read_text("utf-8")[before:]
    assert "READ ONLY" in said.upper()
    given = {text.strip("'") for text in re.findall(r"\$\d+ = ('[^']*'|\d+)", said)}
    assert given - {"hstore"} == {
        "ALFA",
        "10012",
        "10001",
        D1,
        D6,
    }  # a type that the driver looks up


def test_the_source_is_named_and_its_default_is_v2(wrds):
    prices = es.load_prices("wrds", tickers="BETA,vwretd", start=D1, end=D6)
    assert prices.returns.loc[DAYS[4], "BETA"] == -0.5
    assert prices.provenance.name == "wrds"
    assert prices.benchmarks == ("vwretd",)
    again = es.load_prices("wrds", tickers="BETA,vwretd", start=D1, end=D6)
    assert again.provenance.sha256 == prices.provenance.sha256


def test_permnos_stand_for_tickers(wrds):
    prices = loaded("v2", ["10009", "10012", "10013"])
    assert prices.tickers == ("10009", "10012", "10013")
    assert prices.returns.loc[D1, "10013"] == 0.05


def test_without_a_calendar_no_return_is_lost_unsaid(wrds):
    prices = loaded("v2", ["ZETA"], calendar=None)
    assert pd.Timestamp(DAYS[4]) not in prices.sessions
    assert any(DAYS[4] in line and "left out" in line for line in prices.dropped)


@pytest.mark.parametrize("tables", ["legacy", "v2"])
def test_only_common_shares_where_asked(wrds, tables, monkeypatch):
    assert loaded(tables, ["FUND"]).tickers == ("FUND",)
    monkeypatch.setenv("EVENTSTUDY_WRDS_SHARES", "common")
    prices = loaded(tables, ["FUND", "ALFA"])
    assert prices.tickers == ("ALFA",)
    assert "PERMNO 10014" in prices.unavailable["FUND"]


def test_a_ticker_of_two_securities_is_the_one_that_had_it_on_the_day(wrds):
    import datetime as dt

    first, second = dt.date(2020, 3, 3), dt.date(2020, 3, 5)
    assert loaded("v2", ["TWO"], days={"TWO": [first]}).returns.loc[D1, "TWO"] == 0.03
    assert loaded("v2", ["TWO"], days={"TWO": [second]}).returns.loc[D1, "TWO"] == -0.01
    both = loaded("v2", ["TWO", "ALFA"], days={"TWO": [first, second]})
    assert "10010" in both.unavailable["TWO"]
    assert "10011" in both.unavailable["TWO"]
    assert "10010" in loaded("v2", ["TWO", "ALFA"]).unavailable["TWO"]  # without a day, both


EVENTS = """event_id,title,announced_at,groups
first,The first,2020-03-03,TWO
second,The second,2020-03-05,TWO
"""


@pytest.mark.parametrize(("event", "permno", "ret"), [("first", 10010, 0.03), ("second", 10011, -0.01)])  # fmt: skip
def test_a_study_asks_for_the_ticker_of_its_day(wrds, tmp_path, event, permno, ret):
    from eventstudy.evidence.needed_prices import load_needed
    from eventstudy.spec.study_spec import StudySpec

    path = tmp_path / "events.csv"
    path.write_text(EVENTS)
    events = es.read_events(path)
    prices = load_needed(
        events,
        [events[event]],
        es.read_groups(),
        StudySpec(benchmark="vwretd"),
        ["wrds"],
        {},
        (),
        offline=False,
    )
    assert prices.returns.loc[D1, "TWO"] == ret
    assert any(str(permno) in line for line in prices.dropped)
