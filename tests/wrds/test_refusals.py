"""What stands in the way of WRDS is said in a sentence, and no password with it."""

from __future__ import annotations

import re

import pytest
from wrds_rows import D1, D6

import eventstudy as es

pytestmark = pytest.mark.needs_postgres


def load(tickers="ALFA"):
    return es.load_prices("wrds", tickers=tickers, start=D1, end=D6)


def test_a_user_is_needed(monkeypatch):
    for name in ("EVENTSTUDY_WRDS_URL", "WRDS_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(es.InputError, match=r"WRDS_USERNAME.*pgpass"):
        load()


def test_tickers_are_needed_and_no_copy_is_kept(wrds):
    with pytest.raises(es.InputError, match="tickers"):
        load(None)
    with pytest.raises(es.InputError, match="offline"):
        es.load_prices("wrds", tickers="ALFA", offline=True)


@pytest.mark.parametrize("name", ["EVENTSTUDY_WRDS_TABLES", "EVENTSTUDY_WRDS_SHARES"])
def test_a_wrong_choice_names_the_variable_and_the_values(wrds, monkeypatch, name):
    monkeypatch.setenv(name, "both")
    with pytest.raises(es.InputError, match=rf"{name}.*'both'.*known"):
        load()


def test_no_password_is_shown(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_WRDS_URL", "postgresql://me:secret@127.0.0.1:1/wrds")
    with pytest.raises(es.NetworkError) as refused:
        load()
    assert "secret" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_table_that_the_user_may_not_read_is_named(wrds, monkeypatch):
    import psycopg

    with psycopg.connect(wrds, autocommit=True) as connection:
        connection.execute("CREATE ROLE student LOGIN PASSWORD 'made-up'")
        connection.execute("GRANT USAGE ON SCHEMA crsp TO student")
        connection.execute("GRANT SELECT ON crsp.stksecurityinfohist TO student")
    monkeypatch.setenv("EVENTSTUDY_WRDS_URL", re.sub("//.*@", "//student:made-up@", wrds))
    with pytest.raises(es.InputError, match=r"crsp\.dsf_v2.*subscription"):
        load()


def test_tickers_that_nobody_has_are_said_one_by_one(wrds):
    prices = load("ALFA,NIX,DUAL,GONE,99999")
    assert prices.tickers == ("ALFA",)
    assert set(prices.unavailable) == {"NIX", "DUAL", "GONE", "99999"}
    for ticker, facts in {
        "DUAL": ("10012", "10013"),
        "GONE": ("10015", "1999-12-31"),
        "99999": ("PERMNO 99999",),
    }.items():
        assert all(fact in prices.unavailable[ticker] for fact in facts)
    with pytest.raises(es.DataMissingError, match="NIX"):
        load("NIX")


def test_what_prices_fetch_writes_is_not_taken_for_the_returns(wrds, call, tmp_path, monkeypatch):
    """A file of closes has no delisting return, and the command says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")
    answer = call(*f"prices fetch BETA --source wrds --start {D1} --end {D6} --out p.csv".split())
    assert answer.code == 0
    assert "delisting" in answer.err.lower()
    assert "10002 on 2020-03-06" in answer.err
    assert "p.csv holds closes alone" in answer.err
