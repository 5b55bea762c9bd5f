"""Price files on the command line: several sources, and what is said of files."""

from __future__ import annotations

import os

import pandas as pd
import pytest
from cli_helpers import GOOD, events_csv

import eventstudy as es


@pytest.fixture
def fetched(call, folder):
    """`prices fetch` of tickers from sources, as the file that it writes: days × tickers."""

    def run(*args: str, code: int = 0) -> pd.DataFrame:
        answer = call("prices", "fetch", *args, "--out", "out.csv")
        assert answer.code == code, answer.err
        return es.load_prices("out.csv").close

    return run


def stooq(closes: pd.DataFrame, ticker: str, day: str = "%Y-%m-%d") -> str:
    lines = (f"{d:{day}},{c},{c},{c},{c},1\n" for d, c in closes[ticker].items())
    return "Date,Open,High,Low,Close,Volume\n" + "".join(lines)


def test_sources_in_their_order_and_tickers_of_files(fetched, closes, folder):
    (folder / "one.csv").write_text(stooq(closes / 2, "NVDA"))
    (folder / "two.csv").write_text(stooq(closes, "^GSPC"))
    prices = fetched(
        *("NVDA", "^GSPC", "MSFT", "--source", "one.csv", "--source", "two.csv"),
        *("--source", "bundled", "--ticker", "NVDA,^GSPC"),
    )
    assert prices["NVDA"].iloc[-1] == closes["NVDA"].iloc[-1] / 2
    assert prices["^GSPC"].iloc[-1] == closes["^GSPC"].iloc[-1]
    assert prices["MSFT"].notna().all()


def test_a_folder_of_files_named_by_their_tickers(fetched, closes, folder):
    (folder / "prices").mkdir()
    for ticker in ("NVDA", "MSFT"):
        (folder / "prices" / f"{ticker}.csv").write_text(stooq(closes, ticker))
    prices = fetched("NVDA", "MSFT", "--source", "prices")
    assert list(prices.columns) == ["MSFT", "NVDA"]


def test_columns_are_named_as_in_python(fetched, closes, folder):
    long = closes.pct_change().melt(ignore_index=False, var_name="share", value_name="gain")
    long.reset_index(names="day of trade").assign(last=1.0).to_csv(folder / "p.csv", index=False)
    columns = ("--date-col", "day of trade", "--ticker-col", "share")
    assert (fetched("NVDA", "--source", "p.csv", *columns, "--close-col", "last") == 1).all(
        axis=None
    )
    index = fetched("NVDA", "--source", "p.csv", *columns, "--returns-col", "gain")
    growth = closes["NVDA"].iloc[-1] / closes["NVDA"].iloc[1]
    assert index["NVDA"].iloc[-1] / index["NVDA"].iloc[0] == pytest.approx(growth)


@pytest.mark.parametrize("option", ["--dayfirst", "--no-dayfirst"])
def test_the_order_of_day_and_month(fetched, closes, folder, option):
    few = closes.iloc[[0, 1]].set_axis(pd.DatetimeIndex(["2024-02-01", "2024-02-02"]))
    order = "%d/%m/%Y" if option == "--dayfirst" else "%m/%d/%Y"
    (folder / "NVDA.csv").write_text(stooq(few, "NVDA", order))
    prices = fetched("NVDA", "--source", "NVDA.csv", option)
    assert list(prices.index) == list(few.index)


def test_what_the_figures_are(fetched, call, closes, folder):
    (100 * closes.pct_change()).rename_axis("date").to_csv(folder / "p.csv")
    answer = call("prices", "fetch", "NVDA", "--source", "p.csv")
    assert (answer.code, "--values percent" in answer.err) == (2, True)
    prices = fetched("NVDA", "--source", "p.csv", "--values", "percent")
    growth = closes["NVDA"].iloc[-1] / closes["NVDA"].iloc[1]
    assert prices["NVDA"].iloc[-1] / prices["NVDA"].iloc[0] == pytest.approx(growth)


def test_how_a_file_was_read_is_said_once(call, closes, folder, evidence):
    (folder / "NVDA.csv").write_text(stooq(closes, "NVDA"))
    (folder / "my.csv").write_bytes(events_csv(GOOD))
    answer = call("run", "--events", "my.csv", "--source", "NVDA.csv", "--source", "bundled")
    assert answer.code == 0, answer.err
    assert answer.err.count("daily prices of one ticker") == 1
    assert "NVDA from the file's name" in " ".join(answer.err.split())
    result = es.load(folder / "outputs" / "good" / "saved")
    assert sum("daily prices of one ticker" in note for note in result.notes) == 1


def test_sources_of_the_environment_and_of_a_file(call, closes, folder, monkeypatch):
    (folder / "my prices.csv").write_text(closes.rename_axis("date").to_csv())
    (folder / "MU.csv").write_text(stooq(closes, "NVDA"))
    both = os.pathsep.join(["my prices.csv", "MU.csv"])
    monkeypatch.setenv("EVENTSTUDY_PRICES_FETCH_SOURCE", both)
    assert call("prices", "fetch", "NVDA", "MU").code == 0
    monkeypatch.delenv("EVENTSTUDY_PRICES_FETCH_SOURCE")
    for written in ('"my prices.csv"', '["my prices.csv", "MU.csv"]'):
        (folder / "eventstudy.toml").write_text(f"[prices.fetch]\nsource = {written}\n")
        assert call("prices", "fetch", "NVDA").code == 0


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_the_file_of_a_database_is_answered_with_its_address(call, folder, kind):
    import sqlite3

    import duckdb

    name = f"prices.{kind}"
    connection = sqlite3.connect(name) if kind == "sqlite" else duckdb.connect(name)
    connection.execute("CREATE TABLE prices (day TEXT)")
    connection.close()
    answer = call("prices", "fetch", "NVDA", "--source", name)
    assert (answer.code, answer.out) == (2, "")
    assert f"{kind}:///{name}?table=" in answer.err
