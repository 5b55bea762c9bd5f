"""Wrong price files: one sentence a problem, the right code, outputs untouched."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_helpers import GOOD, events_csv


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object)


def _put(frame: pd.DataFrame, value: object) -> pd.DataFrame:
    frame = _text(frame)
    frame.iloc[100, 0] = value
    return frame


def _long(frame: pd.DataFrame) -> pd.DataFrame:
    long = frame.melt(ignore_index=False, var_name="ticker", value_name="close")
    return long.dropna().reset_index()


PRICES = {
    "text where a price belongs": (
        lambda f: _put(f, "oops").to_csv(),
        2,
        ["p.csv, row 102, column NVDA: 'oops'"],
    ),
    "negative price": (
        lambda f: _put(f, -1).to_csv(),
        2,
        ["p.csv, row 102, column NVDA: the price -1 is not positive"],
    ),
    "zero price": (
        lambda f: _put(f, 0).to_csv(),
        2,
        ["p.csv, row 102, column NVDA: the price 0 is not positive"],
    ),
    "infinite price": (lambda f: _put(f, "inf").to_csv(), 2, ["row 102", "NVDA", "infinite"]),
    "negative price in a long file": (
        lambda f: _long(_put(f, -1)).to_csv(index=False),
        2,
        ["p.csv, row 102, column close (NVDA): the price -1"],
    ),
    "impossible date": (
        lambda f: f.to_csv().replace("2023-04-04", "2023-04-31"),
        2,
        ["p.csv, row 3, column date: '2023-04-31'"],
    ),
    "day twice": (
        lambda f: f.to_csv().replace("2023-04-05", "2023-04-04"),
        2,
        ["p.csv, row 4", "2023-04-04", "twice", "row 3"],
    ),
    "midnights in Tokyo, in UTC": (
        lambda f: f.set_axis(f.index - pd.Timedelta(hours=9)).to_csv(
            date_format="%Y-%m-%dT%H:%M:%SZ"
        ),
        2,
        ["p.csv", "GOOGL", "one day early", "not sessions of XNYS", "the exchange's own dates"],
    ),
    "ticker and day twice": (
        lambda f: _long(f).to_csv(index=False) + "2023-04-03,NVDA,1\n",
        2,
        ["NVDA on 2023-04-03", "first in row 2"],
    ),
    "not UTF-8": (
        lambda f: f.to_csv().replace("NVDA", "NVDÄ").encode("latin-1"),
        2,
        ["p.csv line 1 is not UTF-8 text (byte 0xc4)"],
    ),
    "empty": (lambda f: b"", 2, ["p.csv is empty"]),
    "header only": (lambda f: f.iloc[:0].to_csv(), 2, ["p.csv has a header but no rows"]),
    "binary": (lambda f: bytes(range(256)), 2, ["p.csv line 3 is not UTF-8 text (byte 0x80)"]),
    "no date": (lambda f: f.to_csv(index=False), 2, ["p.csv has no column for the date"]),
    "ragged": (
        lambda f: f.to_csv() + "2025-07-01,1,2,3,4,5,6,7,8\n",
        2,
        ["p.csv, row 564 has 9 cells where the header has 6"],
    ),
    "no benchmark": (
        lambda f: f.drop(columns="^GSPC").to_csv(),
        3,
        ["The benchmark ^GSPC is not in the prices", "NVDA"],
    ),
    "none of the assets": (
        lambda f: f[["^GSPC"]].to_csv(),
        3,
        ["Nothing could be estimated", "NVDA, MSFT at good (prices): each is not in the prices"],
    ),
    "too short": (
        lambda f: f.loc["2024-12-01":].to_csv(),
        3,
        ["NVDA, MSFT at good (estimation): 25 valid returns", "minimum 120 (min_obs)"],
    ),
    "ends before the event": (
        lambda f: f.loc[:"2025-01-24"].to_csv(),
        3,
        ["2025-01-27 lies after the last session of the data, 2025-01-24"],
    ),
    "constant prices": (
        lambda f: f.assign(NVDA=100.0, MSFT=50.0).to_csv(),
        3,
        ["NVDA does not move from 2023-04-03", "day 0"],
    ),
}


def swapped(old: str, new: str):
    return lambda f: f.to_csv().replace(old, new)


def cell(value: object):
    return lambda f: _put(f, value).to_csv()


DAY = "2025-01-27"
NO_NUMBER = "is not a number; write prices as 118.42"

PRICES |= {
    "UTF-16": (lambda f: f.to_csv().encode("utf-16"), 2, ["p.csv is UTF-16 text; save it as"]),
    "UTF-16 without a mark": (
        lambda f: f.to_csv().encode("utf-16-be"),
        2,
        ["p.csv seems to be UTF-16 text"],
    ),
    "NUL": (swapped("MSFT", "MS\0FT"), 2, ["p.csv line 1 has the control character U+0000"]),
    "bell in a ticker": (swapped("MSFT", "MS\x07FT"), 2, ["p.csv line 1 has the control"]),
    "spaces": (lambda f: f.to_csv(sep=" "), 2, ["p.csv has no column for the date"]),
    "header twice": (
        lambda f: f.to_csv().partition("\n")[0] + "\n" + f.to_csv(),
        2,
        ["row 2, column date: 'date'"],
    ),
    "last row cut off": (
        lambda f: f.to_csv().rstrip().rpartition(",")[0] + "\n",
        2,
        ["has 5 cells where the header has 6", "a row that was cut off"],
    ),
    "quotation mark left open": (
        swapped(DAY, f'"{DAY}'),
        2,
        ["has a quotation mark that does not"],
    ),
    "thousands separator": (cell("1,234.5"), 2, [f"row 102, column NVDA: '1,234.5' {NO_NUMBER}"]),
    "decimal comma": (cell("1234,5"), 2, [f"column NVDA: '1234,5' {NO_NUMBER}"]),
    "dollar sign": (cell("$118.42"), 2, [f"column NVDA: '$118.42' {NO_NUMBER}"]),
    "euro sign": (cell("118.42 €"), 2, [f"column NVDA: '118.42 €' {NO_NUMBER}"]),
    "per cent": (cell("5%"), 2, [f"column NVDA: '5%' {NO_NUMBER}"]),
    "dash for missing": (cell("-"), 2, [f"column NVDA: '-' {NO_NUMBER}"]),
    "spreadsheet error": (cell("#VALUE!"), 2, [f"column NVDA: '#VALUE!' {NO_NUMBER}"]),
    "formula": (cell("=1+1"), 2, [f"column NVDA: '=1+1' {NO_NUMBER}"]),
    "truth": (cell("True"), 2, [f"column NVDA: 'True' {NO_NUMBER}"]),
    "hexadecimal": (cell("0x10"), 2, [f"column NVDA: '0x10' {NO_NUMBER}"]),
    "underscore": (cell("1_000"), 2, [f"column NVDA: '1_000' {NO_NUMBER}"]),
    "Arabic digits": (cell("١٢٣"), 2, [f"column NVDA: '١٢٣' {NO_NUMBER}"]),
    "digits of full width": (cell("１２３"), 2, [f"column NVDA: '１２３' {NO_NUMBER}"]),
    "true minus sign": (cell("−5"), 2, [f"column NVDA: '−5' {NO_NUMBER}"]),
    "line break in a cell": (cell("12\n34"), 2, ["column NVDA: '12\\n34'"]),
    "1e400": (cell("1e400"), 2, ["row 102, column NVDA: the price is infinite"]),
    "1e308": (cell("1e308"), 2, ["row 102, column NVDA: 1e+308"]),
    "1e-320": (cell("1e-320"), 2, ["row 102, column NVDA: 9.99989e-321"]),
    "minus nought": (cell("-0.0"), 2, ["row 102, column NVDA: the price -0 is not positive"]),
    "cell of 200 kB": (
        cell("x" * 200_000),
        2,
        ["p.csv, row 102 has a cell of more than 131,072 characters"],
    ),
    "long cell": (
        cell("x" * 100_000),
        2,
        ["column NVDA: 'xxx", "(100,000 characters)"],
    ),
    "long ticker": (
        swapped("MSFT", "M" * 9_000),
        2,
        ["row 1: 'MMM", "(9,000 characters)"],
    ),
    "long date": (
        swapped(DAY, "x" * 9_000),
        2,
        ["column date: 'xxx", "(9,000 characters)"],
    ),
    "European date among others": (
        swapped(DAY, "27/01/2025"),
        2,
        ["column date: '27/01/2025'", "the column mixes"],
    ),
    "American date among others": (swapped(DAY, "01/27/2025"), 2, ["'01/27/2025'"]),
    "three ways of writing dates": (
        lambda f: (
            f.to_csv()
            .replace(DAY, "27/01/2025")
            .replace("2025-01-28", "01/28/2025")
            .replace("2025-01-29", "45686")
        ),
        2,
        ["'27/01/2025'", "'01/28/2025'", "'45686'"],
    ),
    "Excel's serial numbers": (
        lambda f: f.set_axis(range(45_000, 45_000 + len(f))).rename_axis("date").to_csv(),
        2,
        ["column date holds day numbers: 45000 is 2023-03-15 in Excel", "as yyyy-mm-dd"],
    ),
    "year of two digits": (swapped(DAY, "25-01-27"), 2, ["'25-01-27'"]),
    "rubbish after the time": (swapped(DAY, f"{DAY} 16:00 or so"), 2, ["16:00 or so'"]),
    "impossible time": (swapped(DAY, f"{DAY} 99:99"), 2, [f"'{DAY} 99:99'"]),
    "year 25": (swapped(DAY, "0025-01-27"), 2, ["'0025-01-27'"]),
    "year 9999": (swapped(DAY, "9999-12-31"), 2, ["'9999-12-31'"]),
    "future": (swapped(DAY, "2199-01-28"), 2, ["column date: 2199-01-28"]),
    "before the calendar": (
        swapped("2023-04-03", "1701-01-03"),
        2,
        ["In the file p.csv: 1701-01-03"],
    ),
    "same day by two offsets": (
        swapped(DAY, "2025-01-28T02:00:00+05:00"),
        2,
        ["column date: 2025-01-28"],
    ),
    "ticker twice but for blanks": (swapped("MSFT", " NVDA "), 2, ["p.csv has two columns 'NVDA'"]),
    "tickers that differ in case": (
        swapped("MSFT", "nvda"),
        2,
        ["p.csv has the tickers NVDA and nvda, which differ in upper and lower case alone"],
    ),
    "tickers that differ in case, long": (
        lambda f: _long(f).replace({"ticker": {"MSFT": "nvda"}}).to_csv(index=False),
        2,
        ["p.csv has the tickers NVDA and nvda"],
    ),
    "all tickers in small letters": (
        lambda f: f.rename(columns=str.lower).to_csv(),
        3,
        ["The benchmark ^GSPC is not in the prices"],
    ),
    "blank for a ticker": (swapped("MSFT", "   "), 2, ["row 1: column 3 has no name"]),
    "blanks for tickers, long": (
        lambda f: _long(f).replace({"ticker": {"MSFT": "  "}}).to_csv(index=False),
        2,
        ["column ticker: the ticker is missing."],
    ),
    "empty column": (
        lambda f: f.assign(NVDA=None, MSFT=None).to_csv(),
        3,
        ["Nothing could be estimated", "MSFT at good (prices): MSFT has no price from"],
    ),
    "no price at all": (
        lambda f: f.assign(**dict.fromkeys(f.columns)).to_csv(),
        3,
        ["the file p.csv delivers none of the tickers"],
    ),
    "one column": (lambda f: f[[]].to_csv(), 2, ["p.csv has no price column besides 'date'"]),
    "one word": (lambda f: "hello", 2, ["p.csv has a header but no rows; add one row per day."]),
    "web page": (lambda f: "<html><p>404</p></html>", 2, ["p.csv is HTML or XML"]),
    "JSON": (lambda f: '[{"date": "2025-01-27"}]', 2, ["p.csv is JSON"]),
    "PDF": (lambda f: b"%PDF-1.7\n\xe2\xe3", 2, ["p.csv is not a text file but a PDF"]),
    "workbook": (lambda f: b"PK\x03\x04" + bytes(90), 2, ["p.csv cannot be unpacked"]),
    "old workbook": (lambda f: b"\xd0\xcf\x11\xe0" + bytes(90), 2, ["of an old format (xls)"]),
    "gzip by another name": (lambda f: gzip.compress(b"date,A\n"), 2, ["a header but no rows"]),
    "Parquet by another name": (lambda f: b"PAR1" + bytes(90), 2, ["Parquet file"]),
    "a million columns": (
        lambda f: "date," + ",".join(f"T{number}" for number in range(1_000_000)) + "\n",
        2,
        ["p.csv, row 1 has 1,000,001 columns, and a table may have 50,000", "es.read_panel"],
    ),
    "a first line without end": (
        lambda f: "x" * (9 * 2**20),
        2,
        ["p.csv, row 1 has a cell of more than 131,072 characters"],
    ),
}


def run_on(name: str, content: str | bytes, folder: Path) -> list[str]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "events.csv").write_bytes(events_csv(GOOD))
    return ["run", "--source", name]


@pytest.mark.parametrize("case", PRICES)
def test_run_refuses(case, refused, folder, closes):
    make, code, says = PRICES[case]
    args = run_on("p.csv", make(closes.rename_axis("date")), folder)
    refused(*args, code=code, says=says)


def _zip_of(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "date,A\n2025-01-27,1\n")
    return packed.getvalue()


CSV = b"date,A\n2025-01-27,1\n" * 50
PACKED = {
    "gzip that ends early": ("p.csv.gz", gzip.compress(CSV)[:-20], "cannot be unpacked"),
    "gzip with a wrong sum": (
        "p.csv.gz",
        gzip.compress(CSV)[:-8] + b"12345678",
        "cannot be unpacked",
    ),
    "no gzip": ("p.csv.gz", CSV, "cannot be unpacked"),
    "empty gzip": ("p.csv.gz", gzip.compress(b""), "p.csv.gz is empty"),
    "xz that ends early": ("p.csv.xz", lzma.compress(CSV)[:-20], "cannot be unpacked"),
    "no ZIP": ("p.zip", b"PK\x03\x04x", "cannot be unpacked"),
    "empty ZIP": ("p.zip", _zip_of(), "it holds 0 files; leave one table in it"),
    "two files in a ZIP": ("p.zip", _zip_of("a.csv", "b.csv"), "it holds 2 files"),
    "a workbook": ("p.xlsx", _zip_of("xl/workbook.xml"), "workbook"),
    "no Parquet": ("p.parquet", CSV, "Parquet file"),
    "empty Parquet": ("p.parquet", b"", "p.parquet is empty"),
    "Parquet that ends early": ("p.parquet", b"PAR1 not really", "Parquet file"),
}


@pytest.mark.parametrize("case", PACKED)
def test_what_is_packed_or_damaged(case, refused, folder):
    name, content, says = PACKED[case]
    refused(*run_on(name, content, folder), says=[says])


def parquet(**columns: object) -> pa.Table:
    return pa.table({"date": pa.array([DAY]), "A": pa.array([1.0])} | columns)


def at(moment: str, unit: str) -> pa.Array:
    return pa.array([np.datetime64(moment, unit)])


TABLES = {
    "truth": (parquet(A=[True]), "row 2, column A: True"),
    "bytes": (parquet(A=[b"x"]), "row 2, column A: 'x'"),
    "dates for prices": (parquet(A=at(DAY, "s")), "column A: '2025-01-27 00:00:00'"),
    "lists": (parquet(A=[[1.0, 2.0]]), "column A: [1.0, 2.0]"),
    "structures": (parquet(A=[{"close": 1}]), "column A: {'close': 1}"),
    "infinite": (parquet(A=[float("inf")]), "column A: the price is infinite"),
    "text": (parquet(A=["oops"]), "column A: 'oops'"),
    "categories of text": (
        parquet(A=pa.array(["oops"]).dictionary_encode()),
        "column A: 'oops'",
    ),
    "no dates": (parquet(date=pa.nulls(1)), "row 2, column date: the date is missing."),
    "a gap among written dates": (
        pa.table({"date": [None, DAY], "A": [1.0, 2.0]}),
        "row 2, column date: the date is missing.",
    ),
    "dates as figures": (parquet(date=[20250127.0]), "'20250127.0'"),
    "times of day": (
        parquet(date=pa.array([1000], type=pa.time64("us"))),
        "'00:00:00.001000'",
    ),
    "year 9999": (parquet(date=at("9999-01-01", "us")), "'9999-01-01 00:00:00'"),
    "year 1": (parquet(date=at("0001-01-01", "us")), "'0001-01-01 00:00:00'"),
    "year 2500": (parquet(date=at("2500-01-01", "s")), "'2500-01-01 00:00:00'"),
    "column twice": (
        pa.table([pa.array([DAY]), pa.array([1.0]), pa.array([1.0])], names=["date", "A", "A"]),
        "p.parquet has two columns 'A'",
    ),
    "blank for a ticker": (parquet(**{" ": [1.0]}), "row 1: column 3 has no name"),
    "no rows": (parquet().slice(0, 0), "p.parquet has a header but no rows"),
    "no columns": (pa.table({}), "p.parquet has a header but no rows"),
}


@pytest.mark.parametrize("case", TABLES)
def test_parquet_of_wrong_types(case, refused, folder):
    table, says = TABLES[case]
    packed = io.BytesIO()
    pq.write_table(table, packed)
    refused(*run_on("p.parquet", packed.getvalue(), folder), says=[says])


def test_every_bad_row_is_named_up_to_ten(call, folder, closes):
    frame = _text(closes.rename_axis("date"))
    frame.iloc[:25, 1] = "x"
    answer = call(*run_on("p.csv", frame.to_csv(), folder))
    assert answer.code == 2
    assert answer.err.count("column MSFT: 'x'") == 10
    assert answer.err.splitlines()[-1] == "Error: and 15 more."
