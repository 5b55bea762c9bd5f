"""What could be meant in two ways is asked for; what decides it is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from vendors import CLOSE, DAYS, RETURNS, one, wide

import eventstudy as es


def put(folder, text, name="p.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def dated(day: str, days: pd.DatetimeIndex) -> str:
    return "date,A,B\n" + "".join(f"{d:{day}},{10 + at},{20 + at}\n" for at, d in enumerate(days))


def test_days_up_to_12_that_fit_both_orders_are_asked_for(tmp_path):
    days = pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"])
    path = put(tmp_path, dated("%m/%d/%Y", days))
    with pytest.raises(es.InputError, match=r"column date: '01/02/2025' could be .*--dayfirst"):
        es.load_prices(path)
    assert list(es.load_prices(path, dayfirst=False).sessions) == list(days)
    british = es.load_prices(path, dayfirst=True, calendar=None)
    assert [f"{day:%Y-%m-%d}" for day in british.sessions[:2]] == ["2025-02-01", "2025-03-01"]


@pytest.mark.parametrize(("day", "said"), [("%m/%d/%Y", "month/day"), ("%d/%m/%Y", "day/month")])
def test_a_day_above_12_decides_it_for_the_file_and_is_said(tmp_path, day, said):
    prices = es.load_prices(put(tmp_path, dated(day, DAYS)))
    assert list(prices.sessions) == list(DAYS)
    assert said in prices.dropped[0]


def test_weekdays_decide_it_where_one_order_alone_gives_sessions_in_order(tmp_path):
    days = pd.DatetimeIndex([d for d in pd.bdate_range("2024-01-02", "2025-02-28") if d.day <= 12])
    path = put(tmp_path, dated("%d/%m/%Y", days))
    prices = es.load_prices(path, calendar=None)
    assert list(prices.sessions) == list(days)
    assert "day/month/year" in prices.dropped[0]


def test_both_orders_in_one_column_are_named_row_by_row(tmp_path):
    text = dated("%m/%d/%Y", DAYS).replace("01/27/2025", "27/01/2025")
    with pytest.raises(es.InputError, match=r"'27/01/2025' is not a date .*the column mixes"):
        es.load_prices(put(tmp_path, text))


@pytest.mark.parametrize("text", ["1/2/24", "13/2/24", "24/1/13"])
def test_years_of_two_digits_may_stand_first(tmp_path, text):
    rows = "".join(f"{text},{at},1\n" for at in range(1, 3))
    if text == "24/1/13":  # the last is above 12 and no year, so that 24 is one
        with pytest.raises(es.InputError):
            es.load_prices(put(tmp_path, f"date,A,B\n{rows}"))
        return
    with pytest.raises(es.InputError, match="dayfirst"):
        es.load_prices(put(tmp_path, f"date,A,B\n{rows}"))


def test_numbers_of_days_are_refused_by_name(tmp_path):
    serial = [(day - pd.Timestamp("1899-12-30")).days for day in DAYS]
    text = "date,A\n" + "".join(f"{number},{at + 1}\n" for at, number in enumerate(serial))
    with pytest.raises(es.InputError, match=r"45628 is 2024-12-02 in Excel.*yyyy-mm-dd"):
        es.load_prices(put(tmp_path, text))


def test_sas_numbers_are_read_where_header_and_weekdays_leave_no_doubt(tmp_path):
    text = "permno,date,prc\n" + "".join(
        f"86580,{(day - pd.Timestamp('1960-01-01')).days},{CLOSE['NVDA'][day]}\n" for day in DAYS
    )
    prices = es.load_prices(put(tmp_path, text))
    assert prices.tickers == ("86580",)
    assert list(prices.sessions) == list(DAYS)
    assert "SAS day numbers" in prices.dropped[0]
    with pytest.raises(es.InputError, match="in Excel and"):
        es.load_prices(put(tmp_path, text.replace("permno", "share"), "other.csv"), layout="long",
                       ticker_col="share")  # fmt: skip


YAHOO = one("Date,Open,High,Low,Close,Adj Close,Volume\n",
            lambda d, c, a: f"{d:%Y-%m-%d},{c},{c},{c},{c},{a},1")  # fmt: skip


def test_the_ticker_of_a_file_with_one_is_asked_for(tmp_path):
    path = put(tmp_path, YAHOO, "prices.csv")
    with pytest.raises(es.InputError, match=r"one ticker .* add --ticker"):
        es.load_prices(path)
    prices = es.load_prices(path, ticker="NVDA")
    assert prices.tickers == ("NVDA",)
    assert "NVDA from --ticker" in prices.dropped[0]


@pytest.mark.parametrize(
    ("file", "ticker"),
    [
        ("NVDA.csv", "NVDA"),
        ("^GSPC.csv", "^GSPC"),
        ("^spx_d.csv", "^GSPC"),
        ("^xyz_d.csv", ""),
        ("NVDA (1).csv", "NVDA"),
        ("BRK-B_2020.csv", "BRK-B"),
        ("nvda.us.txt", "NVDA"),
        ("nvda_us_d.csv", "NVDA"),
        ("NASDAQ_NVDA, 1D.csv", "NVDA"),
        ("table.csv", ""),
        ("DATA.csv", ""),
        ("HistoricalData_1738000000000.csv", ""),
        ("NVIDIA Historical Data.csv", ""),
    ],
)
def test_a_file_name_that_is_plainly_a_ticker(tmp_path, file, ticker):
    path = put(tmp_path, YAHOO, file)
    if not ticker:
        with pytest.raises(es.InputError, match="add --ticker"):
            es.load_prices(path)
        return
    prices = es.load_prices(path)
    assert prices.tickers == (ticker,)
    assert "the file's name" in prices.dropped[0]


def test_a_ticker_for_a_file_that_names_its_own_is_refused(tmp_path):
    path = put(tmp_path, wide("date,AMD,NVDA,^GSPC\n", "%Y-%m-%d"))
    with pytest.raises(es.InputError, match="Option ticker"):
        es.load_prices(path, ticker="NVDA")


def test_a_folder_and_a_list_of_sources(tmp_path):
    put(tmp_path, YAHOO, "NVDA.csv")
    put(tmp_path, YAHOO, "AMD.csv")
    put(tmp_path, "notes", "readme.md")
    folder = es.load_prices(tmp_path)
    assert folder.tickers == ("AMD", "NVDA")
    both = es.load_prices([tmp_path / "NVDA.csv", "bundled"], tickers=["NVDA", "AMD", "^GSPC"])
    assert set(both.tickers) == {"NVDA", "AMD", "^GSPC"}
    assert both.close["NVDA"].notna().sum() == len(DAYS)
    assert both.close["AMD"].notna().sum() > len(DAYS)
    assert both.provenance.currency == ""
    assert "^GSPC" in both.benchmarks
    whole = es.load_prices([tmp_path / "NVDA.csv", "bundled"])
    assert any(
        "NVDA" in line and "NVDA.csv" in line and "several" in line for line in whole.dropped
    )


def test_tickers_for_several_files_with_one_each(tmp_path):
    first, second = put(tmp_path, YAHOO, "a1.csv"), put(tmp_path, YAHOO, "b1.csv")
    prices = es.load_prices([first, second], ticker="NVDA,^GSPC")
    assert prices.tickers == ("NVDA", "^GSPC")
    with pytest.raises(es.InputError, match=r"names 1 ticker, .*2 of 2 files"):
        es.load_prices([first, second], ticker="NVDA")
    named = put(tmp_path, YAHOO, "NVDA.csv")
    assert es.load_prices([named, first], ticker="^GSPC").tickers == ("NVDA", "^GSPC")


def test_a_folder_without_a_price_file(tmp_path):
    with pytest.raises(es.InputError, match="holds no price file"):
        es.load_prices(tmp_path)


FRAMES = {"returns": RETURNS, "percent": 100 * RETURNS, "growth": 1 + RETURNS}


@pytest.mark.parametrize("kind", FRAMES)
def test_returns_are_no_prices_and_are_read_where_they_are_named(tmp_path, kind):
    FRAMES[kind].to_csv(tmp_path / "p.csv")
    with pytest.raises(es.InputError, match=f"--values {kind}"):
        es.load_prices(tmp_path / "p.csv")
    prices = es.load_prices(tmp_path / "p.csv", values=kind)
    np.testing.assert_allclose(prices.returns["NVDA"].dropna(), RETURNS["NVDA"].iloc[1:], rtol=1e-9)
    assert prices.close["NVDA"].dropna().iloc[0] == 100
    ratio = prices.close["NVDA"].iloc[-1] / prices.close["NVDA"].dropna().iloc[0]
    expected = CLOSE["NVDA"].iloc[-1] / CLOSE["NVDA"].iloc[1]
    assert ratio == pytest.approx(expected, rel=1e-3)  # dividends
    assert "begins at 100" in prices.provenance.note
    assert {"returns": "in decimals", "percent": "per cent"}.get(kind, kind) in prices.dropped[0]
    assert prices.provenance.currency == ""
    for wrong in set(FRAMES) - {kind}:
        with pytest.raises(es.InputError, match="values"):
            es.load_prices(tmp_path / "p.csv", values=wrong)


def test_prices_said_to_be_returns_are_refused(tmp_path):
    CLOSE.to_csv(tmp_path / "p.csv")
    with pytest.raises(es.InputError, match="--values returns"):
        es.load_prices(tmp_path / "p.csv", values="returns")
    with pytest.raises(es.InputError, match="no kind of values 'dollars'"):
        es.load_prices(tmp_path / "p.csv", values="dollars")


def test_a_column_of_returns_is_used_as_it_is(tmp_path):
    long = RETURNS.melt(ignore_index=False, var_name="ticker", value_name="ret").reset_index()
    long.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(es.InputError, match="returns_col"):
        es.load_prices(tmp_path / "p.csv")
    prices = es.load_prices(tmp_path / "p.csv", returns_col="ret")
    np.testing.assert_allclose(prices.returns["AMD"].dropna(), RETURNS["AMD"].iloc[1:], rtol=1e-12)
    with pytest.raises(es.InputError, match="--returns-col ret"):
        es.load_prices(tmp_path / "p.csv", close_col="ret")


def test_gaps_in_returns_stay_gaps_in_their_index(tmp_path):
    holed = RETURNS.copy()
    holed.iloc[20:23, holed.columns.get_loc("AMD")] = np.nan
    holed.to_csv(tmp_path / "p.csv")
    prices = es.load_prices(tmp_path / "p.csv", values="returns")
    assert prices.close["AMD"].loc[holed.index[20:23]].isna().all()
    assert prices.close["AMD"].loc[holed.index[23]] > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (",Mkt-RF,SMB,HML,RF\n20250127,-1.5,0.1,0.2,0.02\n20250128,1.5,0.1,0.2,0.02\n", "load_factors"),
        ("1;NVDA;SP500;27.01.2025;DS;-2;2;-11;120\n2;AMD;SP500;27.01.2025;DS;-2;2;-11;120\n", "--events"),
        ('{"results": [{"t": 1, "c": 2}]}', "JSON"),
        ("date,A US Equity,A LN Equity\n2025-01-27,1,2\n2025-01-28,1,2\n", "both A"),
        ('date;A;B\n2025-01-27;1,234;2,345\n2025-01-28;1,235;2,346\n', "decimal comma or a comma"),
    ],
)  # fmt: skip
def test_files_that_are_answered_by_one_sentence(tmp_path, text, says):
    with pytest.raises(es.InputError, match=says):
        es.load_prices(put(tmp_path, text))


def test_rows_of_dividends_and_lines_below_are_named(tmp_path):
    text = YAHOO.replace("2025-01-15,", "2025-01-15,10:1 Stock Splits,,,,,\n2025-01-15,", 1)
    prices = es.load_prices(put(tmp_path, text + "\nAll rights reserved\n", "NVDA.csv"))
    assert len(prices.sessions) == len(DAYS)
    said = " ".join(prices.dropped)
    assert "1 row of dividends and splits" in said
    assert "All rights reserved" in said


def test_errors_and_other_datatypes_of_datastream_are_named(tmp_path):
    text = wide("Code,@AMD(RI),U:NVDA(RI),S&PCOMP(PI)\n", "%Y-%m-%d")
    head, _, body = text.partition("\n")
    text = f"{head},#ERROR,@AMD(MV)\n" + "".join(f"{line},$$ER: 2381,7\n" for line in body.split())
    prices = es.load_prices(put(tmp_path, text))
    assert prices.tickers == ("AMD", "NVDA", "^GSPC")
    assert "Column 5" in " ".join(prices.dropped)
    assert "@AMD(MV)" in " ".join(prices.dropped)


def test_an_index_whose_early_rows_lack_their_volume(tmp_path):
    lines = one("Date,Open,High,Low,Close,Volume\n",
                lambda d, c, a: f"{d:%Y-%m-%d},{c},{c},{c},{c},1", newest=False).splitlines()  # fmt: skip
    early = [line.rpartition(",")[0] for line in lines[1:31]]
    path = put(tmp_path, "\n".join([lines[0], *early, *lines[31:], ""]), "NVDA.csv")
    assert es.load_prices(path).close["NVDA"].notna().all()
    cut = "\n".join(lines)[:-3]
    with pytest.raises(es.InputError, match=f"row {len(lines)} has 5 cells where the header has 6"):
        es.load_prices(put(tmp_path, cut, "AMD.csv"))


def test_an_empty_column_beside_figures_near_one_is_no_fault(tmp_path):
    path = put(tmp_path, "date,A,B\n" + "".join(f"{d:%Y-%m-%d},,1.0\n" for d in DAYS))
    prices = es.load_prices(path)
    assert prices.tickers == ("B",)


def continental(value: float, mark: str) -> str:
    whole, cents = f"{value:,.2f}".split(".")
    return whole.replace(",", mark) + "," + cents


@pytest.mark.parametrize("mark", [".", " ", "\u202f", "'"])
def test_decimal_commas_with_marks_between_thousands(tmp_path, mark):
    shown = {t: [continental(x, mark) for x in CLOSE[t]] for t in ("NVDA", "^GSPC")}
    for text in (
        "date;NVDA;^GSPC\n"
        + "".join(f"{d:%Y-%m-%d};{a};{b}\n" for d, a, b in zip(DAYS, *shown.values(), strict=True)),
        "date;ticker;close\n"
        + "".join(
            f"{d:%Y-%m-%d};{t};{x}\n" for t in shown for d, x in zip(DAYS, shown[t], strict=True)
        ),
    ):
        prices = es.load_prices(put(tmp_path, text))
        for ticker in shown:
            np.testing.assert_allclose(prices.close[ticker], CLOSE[ticker], atol=0.0051)


def test_several_rows_a_day_are_hours(tmp_path):
    text = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n" + "".join(
        f"NVDA.US,60,{d:%Y%m%d},{hour}0000,9,9,9,9,1,0\n" for d in DAYS for hour in range(16, 22)
    )
    with pytest.raises(es.InputError) as error:
        es.load_prices(put(tmp_path, text))
    assert len(error.value.problems) == 1
    assert "several rows a day, of NVDA 6" in str(error.value)


@pytest.mark.parametrize("long", [False, True])
def test_log_returns_of_a_file_become_simple_ones(tmp_path, long):
    logs = np.log1p(RETURNS)
    if long:
        logs = logs.melt(ignore_index=False, var_name="ticker", value_name="ret").reset_index()
    logs.to_csv(tmp_path / "p.csv", index=not long)
    prices = es.load_prices(tmp_path / "p.csv", values="log")
    np.testing.assert_allclose(prices.returns["NVDA"], RETURNS["NVDA"], rtol=1e-10)
    assert "--values log" not in prices.provenance.note
    unsure = es.load_prices(tmp_path / "p.csv", values="returns")
    assert "--values log" in unsure.provenance.note
    with pytest.raises(es.InputError, match="values"):
        es.load_prices(put(tmp_path, CLOSE.to_csv(), "q.csv"), values="log")


@pytest.mark.parametrize("names", ["price,adjusted_price", "prc,prc_adj", "unadjusted close,adjusted close"])  # fmt: skip
def test_adjusted_prices_by_any_name_are_what_returns_are_made_of(tmp_path, names):
    text = f"date,ticker,{names}\n" + "".join(
        f"{d:%Y-%m-%d},NVDA,{10 * c},{c}\n" for d, c in CLOSE["NVDA"].items()
    )
    prices = es.load_prices(put(tmp_path, text))
    np.testing.assert_allclose(prices.adj_close["NVDA"], CLOSE["NVDA"])
    np.testing.assert_allclose(prices.close["NVDA"], 10 * CLOSE["NVDA"])


def test_columns_of_a_plain_table_that_are_not_read_are_named(tmp_path):
    text = "date,ticker,close,volume,total return price\n" + "".join(
        f"{d:%Y-%m-%d},NVDA,{c},1,{c}\n" for d, c in CLOSE["NVDA"].items()
    )
    said = " ".join(es.load_prices(put(tmp_path, text)).dropped)
    assert "not read: 'total return price'." in said


@pytest.mark.parametrize("digits", [0, 3])
def test_a_plain_table_may_count_seconds(tmp_path, digits):
    stamps = (DAYS + pd.Timedelta(hours=21)).astype("datetime64[s]").astype("int64")
    text = "date,ticker,close\n" + "".join(
        f"{stamp}{'0' * digits},NVDA,{c}\n" for stamp, c in zip(stamps, CLOSE["NVDA"], strict=True)
    )
    assert list(es.load_prices(put(tmp_path, text)).sessions) == list(DAYS)
