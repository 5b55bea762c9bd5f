"""A currency that a file states: one for each ticker."""

from __future__ import annotations

import pytest
from vendors import CLOSE, PERMNO, SHARES, rows

import eventstudy as es


def long(folder, currency):
    text = rows(
        "date,ticker,close,currency\n",
        lambda t, d, at: f"{d:%Y-%m-%d},{t},{CLOSE[t][d]},{currency(t, at)}",
        SHARES,
    )
    path = folder / "p.csv"
    path.write_text(text)
    return path


def test_a_change_of_currency_within_a_ticker_is_refused(tmp_path):
    path = long(tmp_path, lambda t, at: "EUR" if t == "NVDA" and at < 20 else "USD")
    with pytest.raises(es.InputError) as error:
        es.load_prices(path)
    assert {"currency", "NVDA", "EUR", "USD"} <= set(str(error.value).replace(":", " ").split())
    assert f"{CLOSE.index[20]:%Y-%m-%d}" in str(error.value)


def test_tickers_of_different_currencies_are_named(tmp_path):
    prices = es.load_prices(long(tmp_path, lambda t, _: "EUR" if t == "NVDA" else "USD"))
    assert any("EUR: NVDA" in line and "USD: AMD" in line for line in prices.dropped)


def test_one_currency_and_gaps_in_it_need_no_word(tmp_path):
    prices = es.load_prices(long(tmp_path, lambda _, at: "" if at == 5 else "USD"))
    assert not any("currencies" in line for line in prices.dropped)
    assert prices.tickers == ("AMD", "NVDA")


def test_pence_and_pounds_of_compustat_are_two_currencies(tmp_path):
    text = rows(
        "gvkey,iid,datadate,tic,ajexdi,prccd,curcdd\n",
        lambda t, d, at: (
            f"{PERMNO[t]},01W,{d:%Y%m%d},{t},1,{CLOSE[t][d]},{'GBX' if at > 9 else 'GBP'}"
        ),
        SHARES,
    )
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(es.InputError, match=r"curcdd: NVDA is in GBP .* in GBX"):
        es.load_prices(tmp_path / "p.csv")
