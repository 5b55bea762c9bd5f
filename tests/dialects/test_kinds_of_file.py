"""Dialects in files whose cells have types: workbooks, Parquet, Stata."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest
from vendors import ADJUSTED, ALL, CLOSE, DAYS, LAYOUTS, PERMNO, RETURNS

import eventstudy as es


def typed(cell: str) -> object:
    """A cell as a spreadsheet takes it."""
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(cell, pattern)  # noqa: DTZ007
        except ValueError:
            pass
    try:
        return float(cell)
    except ValueError:
        return cell or None


@pytest.mark.parametrize(
    "name",
    [
        *("Bloomberg, one column of days", "yfinance, fields first", "Compustat", "CRSP, CIZ"),
        *("Datastream, turned", "Kaggle", "a preamble and a line below", "Refinitiv, wide"),
    ],
)
def test_a_workbook(name, tmp_path):
    layout = LAYOUTS[name]
    book = openpyxl.Workbook()
    for line in layout.text.splitlines():
        book.active.append([typed(cell) for cell in line.split(",")])
    book.save(tmp_path / "p.xlsx")
    prices = es.load_prices(tmp_path / "p.xlsx", **layout.options)
    assert set(layout.tickers) <= set(prices.tickers)
    assert layout.said in " ".join(prices.dropped)
    expected = ADJUSTED if layout.adjusted else CLOSE
    np.testing.assert_allclose(prices.adj_close["NVDA"], expected["NVDA"], rtol=1e-6)


def downloaded() -> pd.DataFrame:
    """As yfinance hands it over: fields × tickers, both named."""
    frame = pd.concat({"Close": CLOSE[list(ALL)], "Adj Close": ADJUSTED[list(ALL)]}, axis=1)
    return frame.rename_axis(index="Date", columns=["Price", "Ticker"])


@pytest.mark.parametrize("suffix", ["xlsx", "parquet", "csv"])
def test_a_download_of_yfinance_as_it_is_saved(tmp_path, suffix):
    path = tmp_path / f"p.{suffix}"
    {"xlsx": pd.DataFrame.to_excel, "parquet": pd.DataFrame.to_parquet, "csv": pd.DataFrame.to_csv}[
        suffix
    ](downloaded(), path)
    prices = es.load_prices(path)
    for ticker in ALL:
        np.testing.assert_allclose(prices.close[ticker], CLOSE[ticker], rtol=1e-12)
        np.testing.assert_allclose(prices.adj_close[ticker], ADJUSTED[ticker], rtol=1e-12)


def test_crsp_in_stata(tmp_path):
    long = pd.DataFrame(
        {
            "permno": PERMNO["NVDA"],
            "date": DAYS,
            "ticker": "NVDA",
            "prc": -CLOSE["NVDA"].to_numpy(),
            "ret": RETURNS["NVDA"].to_numpy(),
        }
    )
    long.to_stata(tmp_path / "p.dta", write_index=False)
    prices = es.load_prices(tmp_path / "p.dta")
    np.testing.assert_allclose(prices.returns["NVDA"], RETURNS["NVDA"], rtol=1e-12)
    np.testing.assert_allclose(prices.close["NVDA"], CLOSE["NVDA"], rtol=1e-12)
