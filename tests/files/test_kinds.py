"""Every kind of file gives the same table, packed or not; what is damaged or too large is said."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from eventstudy.errors import InputError
from eventstudy.files.tables import columnar, limits, workbooks
from eventstudy.files.tables.read import read_sheet
from eventstudy.files.tables.sheet import Sheet

DAYS = pd.to_datetime(["2025-01-24", "2025-01-27"])
TABLE = pd.DataFrame({"date": DAYS, "ticker": ["NVDA", "Ä"], "close": [142.62, np.nan]})
CSV = "date,ticker,close\n2025-01-24,NVDA,142.62\n2025-01-27,Ä,\n".encode()


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def arrow(table: pa.Table, compression: str | None = None) -> bytes:
    options = pa.ipc.IpcWriteOptions(compression=compression)

    def write(stream: io.BytesIO) -> None:
        with pa.ipc.new_file(stream, table.schema, options=options) as writer:
            writer.write_table(table)

    return written(write)


def ods(rows: str) -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )

    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            content = f"<office:document-content{spaces}>{rows}</office:document-content>"
            archive.writestr("content.xml", content)

    return written(write)


def ods_cell(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%d}"/>'
    if isinstance(value, str):
        text = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    if pd.isna(value):
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def ods_row(*values: object) -> str:
    return f"<table:table-row>{''.join(map(ods_cell, values))}</table:table-row>"


def ods_sheet(name: str, *rows: str) -> str:
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


ODS_ROWS = (ods_row(*TABLE.columns), *(ods_row(*row) for row in TABLE.itertuples(index=False)))
BLANK_ODS_ROWS = (
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
    'table:number-columns-repeated="16384"/></table:table-row>'
)
TYPED = {
    "a.parquet": written(TABLE.to_parquet),
    "a.feather": written(TABLE.to_feather),
    "a.arrow": arrow(pa.Table.from_pandas(TABLE), "zstd"),
    "a.dta": written(lambda to: TABLE.to_stata(to, write_index=False, version=118)),
    "b.dta": written(lambda to: TABLE.assign(ticker=["NVDA", "A"]).to_stata(to, write_index=False)),
}
CELLS = {
    "a.xlsx": written(lambda to: TABLE.to_excel(to, index=False, engine="openpyxl")),
    "a.ods": ods(ods_sheet("Prices", *ODS_ROWS, BLANK_ODS_ROWS) + ods_sheet("Two")),
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], Sheet]:
    def read(name: str, content: bytes) -> Sheet:
        (tmp_path / name).write_bytes(content)
        return read_sheet(tmp_path / name, "price file")

    return read


@pytest.fixture
def refused(read, tmp_path) -> Callable[..., str]:
    def refused(name: str, content: bytes, *facts: str) -> str:
        with pytest.raises(InputError) as caught:
            read(name, content)
        (sentence,) = caught.value.problems
        assert str(tmp_path / name) in sentence
        assert sentence.endswith(".")
        assert not [fact for fact in facts if fact not in sentence], sentence
        return sentence

    return refused


@pytest.mark.parametrize("name", TYPED)
def test_kinds_with_types_keep_them(name, read):
    sheet = read(name, TYPED[name])
    assert sheet.headers == (("date", "ticker", "close"),)
    assert not sheet.text
    assert sheet.sha256 == hashlib.sha256(TYPED[name]).hexdigest()
    assert list(sheet.cells.index) == [2, 3]
    assert list(sheet.cells.columns) == [0, 1, 2]
    assert sheet.cells[0].tolist() == list(DAYS)
    assert sheet.cells[1].tolist() == ["NVDA", "A" if name == "b.dta" else "Ä"]
    assert sheet.cells[2].iloc[0] == 142.62
    assert np.isnan(sheet.cells[2].iloc[1])


@pytest.mark.parametrize("name", CELLS)
def test_workbooks_keep_their_header_among_the_cells(name, read):
    sheet = read(name, CELLS[name])
    assert not sheet.headers
    assert not sheet.text
    assert list(sheet.cells.index) == [1, 2, 3]
    first, second, third = sheet.cells.itertuples(index=False, name=None)
    assert first == ("date", "ticker", "close")
    assert second == (datetime(2025, 1, 24), "NVDA", 142.62)  # noqa: DTZ001
    assert third == (datetime(2025, 1, 27), "Ä", None)  # noqa: DTZ001
    assert sheet.top(1) == [("date", "ticker", "close")]


def zipped(*members: tuple[str, bytes]) -> bytes:
    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)

    return written(write)


def zst(raw: bytes) -> bytes:
    return pa.compress(raw, codec="zstd", asbytes=True)


PACK = {
    ".gz": partial(gzip.compress, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zst,
}


@pytest.mark.parametrize("name", ["a.csv", *TYPED, *CELLS])
@pytest.mark.parametrize("packing", [*PACK, ".zip"])
def test_each_kind_can_be_packed(name, packing, read):
    content = {"a.csv": CSV, **TYPED, **CELLS}[name]
    raw = PACK[packing](content) if packing in PACK else zipped((name, content))
    plain, sheet = read(name, content), read(name + packing, raw)
    pd.testing.assert_frame_equal(sheet.cells, plain.cells)
    assert sheet.headers == plain.headers
    assert sheet.sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("p.csv", content) for content in (*TYPED.values(), *CELLS.values())),
        ("p.csv", gzip.compress(CSV, mtime=0)),
        ("p", zipped(("a.csv", CSV))),
        ("p.txt", CSV),
        ("p.dat", CSV),
    ],
)
def test_bytes_go_before_the_name(name, content, read):
    assert read(name, content).cells.shape[1] == 3


def test_an_index_becomes_columns(read):
    two = TABLE.set_index(["date", "ticker"])
    assert read("a.parquet", written(two.to_parquet)).headers == (("date", "ticker", "close"),)
    nameless = TABLE.set_index("date").rename_axis(None)
    assert read("a.parquet", written(nameless.to_parquet)).headers[0][0] == ""
    levels = pd.DataFrame({("Close", "NVDA"): [1.0], ("Close", "AMD"): [2.0]}, index=DAYS[:1])
    sheet = read("a.parquet", written(levels.rename_axis("Date").to_parquet))
    assert sheet.headers == (("Date", "Close", "Close"), ("", "NVDA", "AMD"))
    assert sheet.cells[2].tolist() == [2.0]


def test_categories_and_bytes_become_text_and_days_dates(read):
    table = pa.table(
        {
            "date": pa.array([date(2025, 1, 27)] * 2),
            "ticker": pa.array(["A", "A"]).dictionary_encode(),
            "name": pa.array([b"\xc3\x84", b"\xff"]),
        }
    )
    for name, raw in (
        ("a.parquet", written(lambda to: pa.parquet.write_table(table, to))),
        ("a.arrow", arrow(table)),
    ):
        cells = read(name, raw).cells
        assert cells[0].tolist() == [DAYS[1]] * 2
        assert cells[1].tolist() == ["A", "A"]
        assert not isinstance(cells[1].dtype, pd.CategoricalDtype)
        assert cells[2].tolist() == ["Ä", "\\xff"]
    labelled = TABLE.assign(ticker=pd.Categorical(["B", "A"]))
    stata = read("a.dta", written(lambda to: labelled.to_stata(to, write_index=False)))
    assert stata.cells[1].tolist() == ["B", "A"]


def test_several_sheets_are_named_and_empty_ones_do_not_count(read, refused):
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    book.active.append(["date", "A"])
    book.active["D5"] = "=1/0"
    book.create_sheet("Empty")
    sheet = read("a.xlsx", written(book.save))
    assert list(sheet.cells.index) == [1]
    book.create_sheet("Notes").append(["Source"])
    sentence = refused("a.xlsx", written(book.save), "2 sheets", "Prices", "Notes")
    assert "Empty" not in sentence
    refused("a.ods", ods(ods_sheet("P", *ODS_ROWS) + ods_sheet("N", ods_row("x"))), "'P', 'N'")
    refused("a.xlsx", written(openpyxl.Workbook().save), "is empty")
    refused("a.ods", ods(ods_sheet("P", BLANK_ODS_ROWS)), "is empty")


def test_a_sheet_keeps_the_numbers_of_its_rows_and_repeats_what_is_repeated(read):
    repeated = ods_row("x", 1.5).replace(
        "<table:table-row", '<table:table-row table:number-rows-repeated="2"', 1
    )
    far = (
        '<table:table-row><table:table-cell table:number-columns-repeated="2"/>'
        + ods_cell("y")
        + "</table:table-row>"
    )
    gap = '<table:table-row table:number-rows-repeated="7"><table:table-cell/></table:table-row>'
    cells = read("a.ods", ods(ods_sheet("P", gap, repeated, far))).cells
    assert list(cells.index) == [8, 9, 10]
    assert cells.values.tolist() == [["x", 1.5, None], ["x", 1.5, None], [None, None, "y"]]
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1.0  # what lays all cells out would take 500 GB
    cells = read("a.xlsx", written(book.save)).cells
    assert cells.shape == (1, 16384)
    assert list(cells.index) == [1048576]


DAMAGED = {
    "a.parquet": (CSV, b"PAR1 not really", TYPED["a.parquet"][:-9]),
    "a.feather": (CSV, b"ARROW1\0\0 no", b"FEA1", TYPED["a.feather"][:200]),
    "a.dta": (CSV, TYPED["a.dta"][:300], b"r\x02\x01\0" + bytes(200)),
    "a.sas7bdat": (CSV, bytes.fromhex("00" * 12 + "c2ea8160b31411cfbd92080009c7318c181f1011")),
    "a.xpt": (CSV, b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + bytes(400)),
    "a.xlsx": (CSV, b"PK\x03\x04 book", CELLS["a.xlsx"][:-40], zipped(("xl/workbook.xml", b"<"))),
    "a.ods": (CSV, zipped(("content.xml", b"<a>")), zipped(("content.xml", b"<a>"), ("b", b""))),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_or_another_kind_is_told(name, refused):
    for content in DAMAGED[name]:
        refused(name, content, "damaged")
    for content in (b"",):
        refused(name, content, "is empty")


def test_what_cannot_be_unpacked_is_told(refused):
    for suffix, pack in PACK.items():
        refused(f"a.csv{suffix}", CSV, "cannot be unpacked")
        refused(f"a.csv{suffix}", pack(CSV * 99)[:-20], "cannot be unpacked")
        refused(f"a.csv{suffix}", pack(b""), "is empty")
    refused("a.zip", CSV, "cannot be unpacked")
    refused("a.zip", zipped(), "it holds 0 files")
    refused("a.zip", zipped(("a.csv", CSV), ("b.csv", CSV)), "it holds 2 files")
    refused("a.csv.gz", gzip.compress(gzip.compress(CSV)), "compressed by gzip")


def test_a_version_of_sas_transport_that_is_not_read_is_told(refused):
    refused("a.xpt", b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!", "version 8", "version 5")


def xport() -> bytes:
    """A transport file of version 5 with a day, a moment, a text and a figure."""
    lead = "HEADER RECORD*******"
    stamp = "27JAN25:00:00:00".ljust(80)
    fields = (
        ("DAY", 1, 8, "DATE"),
        ("AT", 1, 8, "DATETIME"),
        ("TICKER", 2, 4, ""),
        ("CLOSE", 1, 8, ""),
    )
    names, place = b"", 0
    for number, (name, kind, length, form) in enumerate(fields, 1):
        names += b"".join(part.to_bytes(2, "big") for part in (kind, 0, length, number))
        names += name.ljust(8).encode() + b" " * 40 + form.ljust(8).encode() + bytes(8)
        names += b" " * 8 + bytes(4) + place.to_bytes(4, "big") + bytes(52)
        place += length
    rows = b"".join(
        ibm(day) + ibm(day * 86400 + 60) + ticker.ljust(4).encode() + ibm(close)
        for day, ticker, close in ((23765, "NVDA", 142.5), (23768, "A", None))
    )
    heads = (
        f"{lead}LIBRARY HEADER RECORD!!!!!!!{'0' * 30}  "
        f"{'SAS     SAS     SASLIB  9.4     LINUX':<64}{stamp[:16]}{stamp}"
        f"{lead}MEMBER  HEADER RECORD!!!!!!!{'0' * 16}01600000000140  "
        f"{lead}DSCRPTR HEADER RECORD!!!!!!!{'0' * 30}  "
        f"{'SAS     A       SASDATA 9.4     LINUX':<64}{stamp[:16]}{stamp[:16]:<80}"
        f"{lead}NAMESTR HEADER RECORD!!!!!!!{f'{len(fields):010}':<30}  "
    )
    observations = f"{lead}OBS     HEADER RECORD!!!!!!!{'0' * 30}  "
    padded = [part + b" " * (-len(part) % 80) for part in (names, rows)]
    return heads.encode() + padded[0] + observations.encode() + padded[1]


def ibm(value: float | None) -> bytes:
    """A positive double in the format of IBM's mainframes; a full stop is missing."""
    if value is None:
        return b"." + bytes(7)
    exponent = 0
    while value >= 1:
        value, exponent = value / 16, exponent + 1
    return bytes([64 + exponent]) + int(value * 2**56).to_bytes(7, "big")


def test_sas_transport_files_state_dates_by_their_format(read):
    sheet = read("a.xpt", xport())
    assert sheet.headers == (("DAY", "AT", "TICKER", "CLOSE"),)
    assert sheet.cells[0].tolist() == list(DAYS)
    assert sheet.cells[1].tolist() == [day + pd.Timedelta(minutes=1) for day in DAYS]
    assert sheet.cells[2].tolist() == ["NVDA", "A"]
    assert sheet.cells[3].iloc[0] == 142.5
    assert np.isnan(sheet.cells[3].iloc[1])


def test_a_reader_that_is_not_installed_is_named_with_its_extra(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match=r"eventstudy-kit\[excel\]"):
        read("a.xlsx", CELLS["a.xlsx"])
    assert read("a.ods", CELLS["a.ods"]).cells.shape == (3, 3)


def test_limits_hold_before_cells_take_memory(refused, monkeypatch):
    book = written(lambda to: pd.DataFrame(np.ones((50, 4))).to_excel(to, engine="openpyxl"))
    for name, value, file, content, fact in (
        (limits, "MOST_CELLS", "a.parquet", TYPED["a.parquet"], "2 rows and 3 columns"),
        (limits, "MOST_CELLS", "a.feather", TYPED["a.feather"], "2 rows and 3 columns"),
        (limits, "MOST_CELLS", "a.dta", TYPED["a.dta"], "and 3 columns"),
        (limits, "MOST_TEXTS", "a.csv", CSV, "9 cells"),
        (limits, "MOST_ROWS", "a.csv", CSV, "3 rows"),
        (workbooks, "MOST_SEEN", "a.xlsx", book, "more than 2 cells"),
        (workbooks, "MOST_LAID_OUT", "a.xlsx", book, "cells"),
        (workbooks, "MOST_SEEN", "a.ods", CELLS["a.ods"], "more than 2 cells"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(name, value, 2)
            refused(file, content, fact)


@pytest.mark.parametrize("packing", [*PACK, ".zip"])
def test_no_more_is_unpacked_than_a_file_may_have(packing, tmp_path):
    content = bytes(3 * 2**20)
    raw = PACK[packing](content) if packing in PACK else zipped(("a.csv", content))
    (tmp_path / f"a.csv{packing}").write_bytes(raw)
    with pytest.raises(InputError, match=r"unpacked has \d MB and a price file may have 1 MB"):
        read_sheet(tmp_path / f"a.csv{packing}", "price file", most=2**20)


def test_texts_that_many_cells_share_are_counted_as_often(refused, monkeypatch):
    table = pa.table({"date": [DAYS[0]] * 3000, "note": ["x" * 1000] * 3000})
    raw = written(lambda to: pa.parquet.write_table(table, to))
    assert len(raw) < 5000
    monkeypatch.setattr(columnar, "LARGEST", 2**20)
    refused("a.parquet", raw, "unpacked has 3 MB")
    lists = pa.table({"date": [DAYS[0]], "many": [[0] * 3000]})
    monkeypatch.setattr(limits, "MOST_CELLS", 1000)
    refused("a.parquet", written(lambda to: pa.parquet.write_table(lists, to)), "1 row")


def test_memory_that_is_full_is_said(refused, monkeypatch):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(columnar, "require_small_parquet", full)
    refused("a.parquet", TYPED["a.parquet"], "memory")
