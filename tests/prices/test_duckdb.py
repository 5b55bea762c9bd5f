"""Queries of DuckDB files: one SELECT, and a sentence that fits for each refusal."""

from __future__ import annotations

import pytest

import eventstudy as es
from eventstudy.errors import InputError

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("duckdb_engine")


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "p.duckdb"
    with duckdb.connect(str(place)) as connection:
        connection.execute(
            "create table prices as select 'NVDA' as ticker, 100.0 + range as close, "
            "date '2024-01-01' + range::int as date from range(300)"
        )
    return place


def asked(file, query):
    (file.parent / "q.sql").write_text(query)
    return es.load_prices(f"duckdb:///{file}?query={file.parent}/q.sql", tickers="NVDA")


@pytest.mark.parametrize(
    "statement",
    [
        "copy prices to '{folder}/copied.csv'",
        "set autoinstall_known_extensions = true",
        "load httpfs",
        "attach '{folder}/other.duckdb' as other",
    ],
)
def test_a_query_that_leaves_its_brackets_is_refused(file, statement):
    before = {each.name for each in file.parent.iterdir()}
    wrong = statement.format(folder=file.parent)
    for query in (wrong, f"select * from prices) as x; {wrong}; select * from (from prices"):
        with pytest.raises(InputError, match="one SELECT"):
            asked(file, query)
    assert {each.name for each in file.parent.iterdir()} == {*before, "q.sql"}


@pytest.mark.parametrize("query", ["from prices -- all;", "with a as (from prices) from a;"])
def test_one_select_is_taken(file, query):
    assert asked(file, query).tickers == ("NVDA",)


@pytest.mark.parametrize(
    ("query", "fragment"),
    [
        ("select * from nothing", "no such table"),
        ("select * from no.thing", "no such table"),
        ("select nothing(ticker) as ticker, date, close from prices", "no such function"),
        ("select sum(ticker) as close from prices", "no such function"),
        ("select * from read_csv('/none.csv')", "no file"),
        ("select nothing from prices", "no such column"),
    ],
)
def test_each_refusal_has_its_own_sentence(file, query, fragment):
    with pytest.raises(InputError, match=fragment):
        asked(file, query)


def test_a_file_that_this_program_has_open(file):
    with (
        duckdb.connect(str(file)),
        pytest.raises(InputError, match="open in this program"),
    ):
        es.load_prices(f"duckdb:///{file}?table=prices", tickers="NVDA")
    assert es.load_prices(f"duckdb:///{file}?table=prices").tickers == ("NVDA",)
