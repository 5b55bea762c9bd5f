"""Files of Datastream and Bloomberg as their add-ins write them into a sheet."""

from __future__ import annotations

import numpy as np
import pytest
from vendors import ADJUSTED, ALL, CLOSE, DAYS, RETURNS, wide

import eventstudy as es


def put(folder, text):
    path = folder / "p.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("suffix", ["~E", "~U$", "#T"])
def test_datastreams_codes_with_a_currency_or_a_way_of_filling(tmp_path, suffix):
    codes = [f"{code}{suffix}" for code in ("U:NVDA(P)", "U:NVDA(RI)", "S&PCOMP(PI)")]
    lines = [
        f"{d:%Y-%m-%d},{CLOSE['NVDA'][d]},{ADJUSTED['NVDA'][d]},{CLOSE['^GSPC'][d]}" for d in DAYS
    ]
    request = "Start,02/12/2024,,\nEnd,28/02/2025,,\nFrequency,D,,\nName,a,b,c\n"
    for above in ("", request):
        text = f"{above}Code,{','.join(codes)}\n" + "\n".join(lines) + "\n"
        prices = es.load_prices(put(tmp_path, text))
        assert prices.tickers == ("NVDA", "^GSPC")
        np.testing.assert_allclose(prices.close["NVDA"], CLOSE["NVDA"])
        np.testing.assert_allclose(prices.adj_close["NVDA"], ADJUSTED["NVDA"])


def test_datastreams_expressions_are_no_prices(tmp_path):
    lines = [f"{d:%Y-%m-%d},{CLOSE['NVDA'][d]},1.5" for d in DAYS]
    text = 'Code,U:NVDA(P),"PCH#(U:NVDA(RI),1D)"\n' + "\n".join(lines) + "\n"
    prices = es.load_prices(put(tmp_path, text))
    assert prices.tickers == ("NVDA",)
    assert "PCH#" in " ".join(prices.dropped)


def test_bloombergs_returns_in_per_cent(tmp_path):
    moves = wide("", "%Y-%m-%d", 100 * RETURNS, digits=10).replace("nan", "")
    field = "DAY_TO_DAY_TOT_RETURN_GROSS_DVDS"
    head = f"Security,AMD US Equity,NVDA US Equity,SPX Index\nDates,{field},{field},{field}\n"
    path = put(tmp_path, head + moves)
    with pytest.raises(es.InputError, match="--values percent"):
        es.load_prices(path)
    prices = es.load_prices(path, values="percent")
    for ticker in ALL:
        np.testing.assert_allclose(prices.returns[ticker], RETURNS[ticker], atol=1e-10)


def test_bloombergs_field_as_it_is_written_out(tmp_path):
    lines = [f"{d:%m/%d/%Y},{CLOSE['NVDA'][d]},{d:%m/%d/%Y},{CLOSE['AMD'][d]}" for d in DAYS]
    head = (
        "Start Date,12/2/2024,,\nEnd Date,2/28/2025,,\n\nNVDA US Equity,,AMD US Equity,\n"
        "Date,Last Price,Date,Last Price\n"
    )
    prices = es.load_prices(put(tmp_path, head + "\n".join(lines) + "\n"))
    assert prices.tickers == ("AMD", "NVDA")
    np.testing.assert_allclose(prices.close["AMD"], CLOSE["AMD"])


@pytest.mark.parametrize("tickers", [["LOW"], ["HD", "LOW"]])
def test_shares_of_yfinance_whose_tickers_are_words(tmp_path, tickers):
    columns = [(field, ticker) for field in ("Close", "High", "Volume") for ticker in tickers]
    rows = [["Price", *(c[0] for c in columns)], ["Ticker", *(c[1] for c in columns)], ["Date"]]
    rows += [[f"{d:%Y-%m-%d}", *(["7.5"] * len(columns))] for d in DAYS]
    rows[2] += [""] * len(columns)
    for order in ((0, 1), (1, 0)):
        text = "\n".join(",".join(row) for row in [rows[order[0]], rows[order[1]], *rows[2:]])
        assert set(es.load_prices(put(tmp_path, text + "\n")).tickers) == set(tickers)
