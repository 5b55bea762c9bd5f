"""CRSP and Compustat: returns that are stated, codes, averages, delistings, identifiers, factors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from vendors import ADJUSTED, CLOSE, DAYS, PERMNO, RETURNS, SHARES, crsp, rows

import eventstudy as es
from eventstudy.prices.returns import returns_of


def put(folder, text, name="p.csv"):
    path = folder / name
    path.write_text(text)
    return path


def returns(prices: es.Prices) -> pd.DataFrame:
    return returns_of(prices.adj_close, prices.returns)


def edited(text: str, day: str, ticker: str, **cells: str) -> str:
    """CRSP's row of a day and ticker with other cells."""
    lines = text.splitlines()
    names = lines[0].split(",")
    for at, line in enumerate(lines):
        parts = line.replace(", NEW", " NEW").split(",")
        if parts[1:3] == [day, ticker]:
            for name, value in cells.items():
                parts[names.index(name)] = value
            lines[at] = ",".join(parts)
    return "\n".join(lines) + "\n"


def test_stated_returns_are_used_where_prices_are_missing(tmp_path):
    text = edited(crsp(), "20250115", "NVDA", prc="")
    got = returns(es.load_prices(put(tmp_path, text)))["NVDA"]
    assert got.notna().sum() == len(DAYS) - 1
    np.testing.assert_allclose(got.dropna(), RETURNS["NVDA"].dropna(), atol=1e-6)


@pytest.mark.parametrize("code", ["B", "C", "-66.0", "-77.0", "-88.0", "-99.0", "."])
def test_codes_are_missing_returns(tmp_path, code):
    text = edited(crsp(), "20250115", "NVDA", ret=code)
    got = returns(es.load_prices(put(tmp_path, text)))["NVDA"]
    assert np.isnan(got["2025-01-15"])
    assert got.isna().sum() == 2


def test_averages_are_taken_without_their_minus_and_counted(tmp_path):
    prices = es.load_prices(put(tmp_path, crsp(minus=7)))
    np.testing.assert_allclose(prices.close["NVDA"], CLOSE["NVDA"], rtol=1e-6)
    assert any(line.startswith("2 ") and "in prc:" in line for line in prices.dropped)


def test_repeated_rows_are_one_and_those_that_differ_are_refused(tmp_path):
    prices = es.load_prices(put(tmp_path, crsp(repeat=9)))
    assert any("2 repeated rows" in line for line in prices.dropped)
    text = crsp() + f"{PERMNO['NVDA']},20250115,NVDA,NVDA,,,1.5,0.25,1.0,,\n"
    with pytest.raises(es.InputError, match=r"NVDA on 2025-01-15 .*twice"):
        es.load_prices(put(tmp_path, text))


def test_delisting_returns_are_compounded(tmp_path):
    last = f"{DAYS[-1]:%Y%m%d}"
    text = edited(crsp(), last, "AMD", ret="-0.10", dlret="-0.50")
    text = edited(text, last, "NVDA", ret="", dlret="-0.30")
    prices = es.load_prices(put(tmp_path, text))
    got = returns(prices).iloc[-1]
    assert got["AMD"] == pytest.approx(0.9 * 0.5 - 1)
    assert got["NVDA"] == pytest.approx(-0.3)
    assert any("2 delisting returns" in line for line in prices.dropped)


def test_a_total_loss_is_a_return(tmp_path):
    text = edited(crsp(), f"{DAYS[-1]:%Y%m%d}", "AMD", dlret="-1.0")
    assert returns(es.load_prices(put(tmp_path, text)))["AMD"].iloc[-1] == -1
    with pytest.raises(es.InputError, match=r"row \d+, column ret \(AMD\): -1.2"):
        es.load_prices(put(tmp_path, edited(crsp(), "20250115", "AMD", ret="-1.2")))


def test_the_market_of_the_file_is_a_benchmark(tmp_path):
    prices = es.load_prices(put(tmp_path, crsp()))
    assert prices.benchmarks == ("^GSPC", "vwretd")
    for name in prices.benchmarks:
        np.testing.assert_allclose(returns(prices)[name].iloc[1:], RETURNS["^GSPC"].iloc[1:], atol=1e-6)  # fmt: skip
    text = edited(crsp(), "20250115", "NVDA", sprtrn="0.5")
    with pytest.raises(es.InputError, match="sprtrn: the rows of 2025-01-15 differ"):
        es.load_prices(put(tmp_path, text))


def test_permno_is_the_ticker_where_there_is_no_other(tmp_path):
    text = crsp().replace(",ticker,", ",x,")
    assert set(es.load_prices(put(tmp_path, text)).tickers) == {"61241", "86580", "^GSPC", "vwretd"}
    named = es.load_prices(put(tmp_path, crsp()), ticker_col="permno")
    assert {"61241", "86580"} <= set(named.tickers)


def test_an_asset_keeps_one_name_through_a_change_of_ticker(tmp_path):
    text = crsp()
    for day in DAYS[:20]:
        text = text.replace(f"86580,{day:%Y%m%d},NVDA", f"86580,{day:%Y%m%d},NVID")
    prices = es.load_prices(put(tmp_path, text))
    assert prices.close["NVDA"].notna().all()
    assert any("86580" in line and "NVID, NVDA" in line for line in prices.dropped)


def test_a_ticker_of_two_assets_is_refused_with_a_way_out(tmp_path):
    text = crsp().replace(",AMD,", ",NVDA,")
    with pytest.raises(es.InputError, match=r"ticker of several assets.*--ticker-col permno"):
        es.load_prices(put(tmp_path, text))
    assert {"61241", "86580"} <= set(
        es.load_prices(put(tmp_path, text), ticker_col="permno").tickers
    )


def test_prices_are_put_on_one_basis_of_splits(tmp_path):
    text = crsp()
    for day in DAYS[:20]:  # before a split of 10:1
        text = edited(text, f"{day:%Y%m%d}", "NVDA", prc=str(10 * CLOSE["NVDA"][day]), cfacpr="10")
    prices = es.load_prices(put(tmp_path, text))
    np.testing.assert_allclose(prices.close["NVDA"], CLOSE["NVDA"], rtol=1e-6)
    assert prices.flags == ()


def compustat(trfd) -> str:
    return rows("gvkey,iid,datadate,tic,ajexdi,prccd,trfd\n", lambda t, d, at: (
        f"{PERMNO[t]:06d},01,{d:%Y-%m-%d},{t},1,{CLOSE[t][d]},{trfd(t, d)}"), SHARES)  # fmt: skip


def test_compustat_with_and_without_total_return_factors(tmp_path):
    with_factor = compustat(lambda t, d: ADJUSTED[t][d] / CLOSE[t][d])
    prices = es.load_prices(put(tmp_path, with_factor))
    np.testing.assert_allclose(prices.adj_close["NVDA"], ADJUSTED["NVDA"], rtol=1e-9)
    prices = es.load_prices(put(tmp_path, compustat(lambda t, d: "")))
    np.testing.assert_allclose(prices.adj_close["NVDA"], CLOSE["NVDA"], rtol=1e-9)
    assert any("dividends are not in the prices" in line for line in prices.dropped)


MONTHS = es.load_prices("bundled", tickers=["NVDA", "AMD", "^GSPC"]).adj_close.resample("ME").last()


@pytest.mark.parametrize(
    "head",
    ["PERMNO,date,TICKER,PRC,RET,sprtrn", "PERMNO,MthCalDt,Ticker,MthPrc,MthRet,sprtrn"],
)
def test_months_of_crsp_move_further_than_days_and_are_no_per_cent(tmp_path, head):
    moves = MONTHS.pct_change()
    text = "".join(
        f"{PERMNO[t]},{day:%Y-%m-%d},{t},{MONTHS[t][day]},{moves[t][day]},{moves['^GSPC'][day]}\n"
        for t in SHARES
        for day in MONTHS.index
    ).replace("nan", "")
    prices = es.load_prices(put(tmp_path, f"{head}\n{text}"))
    assert prices.frequency == "monthly"
    for ticker in (*SHARES, "^GSPC"):
        np.testing.assert_allclose(prices.returns[ticker], moves[ticker], rtol=1e-9)


def test_two_issues_of_one_company_are_told_apart_by_a_way_that_ends(tmp_path):
    text = compustat(lambda t, d: "")
    head, _, body = text.partition("\n")
    text += "".join(
        f"{line}\n".replace(",01,", ",90,") for line in body.splitlines() if "NVDA" in line
    )
    path = put(tmp_path, text)
    for options in ({}, {"ticker_col": "gvkey"}):
        with pytest.raises(es.InputError, match=r"gvkey/iid 086580/01, 086580/90.*keep the rows"):
            es.load_prices(path, **options)
    assert "086580" in es.load_prices(put(tmp_path, f"{head}\n{body}"), ticker_col="gvkey").tickers


def test_the_minus_of_crsp_is_explained_in_a_plain_table(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("date,TICKER,PRC\n1997-03-07,ODP,16.5\n1997-03-10,ODP,-16.75\n")
    with pytest.raises(es.InputError, match=r"row 3.*-16\.75.*CRSP.*absolute value"):
        es.load_prices(path)
