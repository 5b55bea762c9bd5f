"""Price files: every shape that is read, and every fault that is named."""

import gzip
import hashlib
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import DataMissingError, InputError
from eventstudy.prices.load import load_prices
from eventstudy.prices.sources.file import FileSource

LONG = """date,ticker,close,adj_close,volume
2025-01-24,NVDA,142.62,142.5,1
2025-01-24,META,647.49,646.9,2
2025-01-27,NVDA,118.42,118.3,3
2025-01-27,META,659.88,659.2,
"""
WIDE = """date,NVDA,META
2025-01-24,142.62,647.49
2025-01-27,118.42,659.88
"""


def write(folder: Path, content: str | bytes, name: str = "p.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_long(tmp_path: Path) -> None:
    path = write(tmp_path, LONG)
    prices = load_prices(path)
    assert prices.tickers == ("META", "NVDA")
    assert prices.close["NVDA"].tolist() == [142.62, 118.42]
    assert prices.adj_close["META"].tolist() == [646.9, 659.2]
    assert prices.provenance.name == "p.csv"
    assert prices.provenance.sha256 == hashlib.sha256(LONG.encode()).hexdigest()
    assert prices.provenance.note == ""
    assert prices.benchmarks == ()
    assert prices.factors is None


def test_wide(tmp_path: Path) -> None:
    prices = load_prices(str(write(tmp_path, WIDE)), tickers="NVDA,XYZ")
    assert prices.close["NVDA"].tolist() == [142.62, 118.42]
    assert prices.adj_close["NVDA"].tolist() == [142.62, 118.42]
    assert (
        prices.provenance.note
        == "One price per ticker and date: the adjusted close is taken to be the close."
    )
    assert prices.unavailable == {"XYZ": "XYZ is not in the file p.csv"}


def test_one_price_column_is_both_and_noted(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Symbol,Adj Close\n2025-01-27,NVDA,118.42\n")
    prices = load_prices(path)
    assert (
        prices.close.loc["2025-01-27", "NVDA"]
        == prices.adj_close.loc["2025-01-27", "NVDA"]
        == 118.42
    )
    assert "Only one price column, 'Adj Close'" in prices.provenance.note


def test_any_column_names(tmp_path: Path) -> None:
    path = write(tmp_path, "tag,wkn,kurs,bereinigt\n20250127,NVDA,118.42,118.3\n")
    prices = load_prices(
        path, date_col="tag", ticker_col="wkn", close_col="kurs", adj_close_col="bereinigt"
    )
    assert prices.close.loc["2025-01-27", "NVDA"] == 118.42
    assert prices.adj_close.loc["2025-01-27", "NVDA"] == 118.3


def test_layout_can_be_forced(tmp_path: Path) -> None:
    path = write(tmp_path, "date,ticker,price\n2025-01-27,1,2\n")
    assert load_prices(path, layout="wide").tickers == ("price", "ticker")


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zip"])
def test_compressed(tmp_path: Path, suffix: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("p.csv", LONG)
    packed = {
        ".gz": gzip.compress(LONG.encode()),
        ".xz": lzma.compress(LONG.encode()),
        ".zip": buffer.getvalue(),
    }
    prices = load_prices(write(tmp_path, packed[suffix], f"p.csv{suffix}"))
    assert prices.close["NVDA"].tolist() == [142.62, 118.42]


def test_parquet_long_and_wide(tmp_path: Path) -> None:
    long = pd.read_csv(io.StringIO(LONG), parse_dates=["date"])
    long.to_parquet(tmp_path / "long.parquet")
    assert load_prices(tmp_path / "long.parquet").adj_close["META"].tolist() == [646.9, 659.2]
    wide = long.pivot(index="date", columns="ticker", values="close")  # noqa: PD010
    wide.index = pd.DatetimeIndex(wide.index).tz_localize("America/New_York")
    wide.astype("float32").to_parquet(tmp_path / "wide.parquet")
    prices = load_prices(tmp_path / "wide.parquet")
    assert prices.close["NVDA"].tolist() == pytest.approx([142.62, 118.42], rel=1e-6)
    assert prices.sessions[-1] == pd.Timestamp("2025-01-27")


def test_parquet_faults_are_named_too(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"date": [pd.Timestamp("2025-01-27"), pd.NaT], "ticker": ["A", None], "close": [-1.0, 2.0]}
    )
    table.to_parquet(tmp_path / "p.parquet")
    with pytest.raises(InputError) as caught:
        load_prices(tmp_path / "p.parquet")
    assert [problem.partition("p.parquet, ")[2] for problem in caught.value.problems] == [
        "row 2, column close (A): the price -1 is not positive; correct it or leave the cell empty.",
        "row 3, column date: the date is missing.",
        "row 3, column ticker: the ticker is missing.",
    ]


def test_pandas_own_export_with_unnamed_dates(tmp_path: Path) -> None:
    path = write(tmp_path, ",NVDA\n2025-01-27 00:00:00-05:00,118.42\n")
    assert load_prices(path).close.loc["2025-01-27", "NVDA"] == 118.42


def test_missing_cells_stay_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "date,A,B\n2025-01-27,,1\n\n2025-01-28,NA,2\n2025-01-29, 3 ,\n")
    prices = load_prices(path)
    np.testing.assert_array_equal(prices.close["A"], [np.nan, np.nan, 3])
    np.testing.assert_array_equal(prices.close["B"], [1, 2, np.nan])


def test_byte_order_mark_and_many_digits(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffdate,A\n2025-01-27,0.1234567890123456\n")
    assert load_prices(path).close["A"].iloc[0] == 0.1234567890123456


def test_split_is_flagged(tmp_path: Path) -> None:
    path = write(tmp_path, "date,A\n2025-01-27,100\n2025-01-28,10.05\n")
    assert "10:1 split" in load_prices(path).flags[0]


def test_none_of_the_tickers(tmp_path: Path) -> None:
    with pytest.raises(
        DataMissingError,
        match=r"the file p\.csv delivers none of the tickers\. XYZ is not in the file",
    ):
        load_prices(write(tmp_path, WIDE), tickers=["XYZ"])


HEAD = "date,ticker,close\n"
OK = "2025-01-24,A,1\n"


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        ("", ["p.csv is empty; it needs a header and rows below it."]),
        ("\n \n", ["p.csv is empty; it needs a header"]),
        ("date,ticker,close\n", ["p.csv has a header but no rows; add one row per day."]),
        (b"date,ticker,close\n2025-01-24,A,1\n2025-01-24,\xc4,1\n", ["p.csv line 3 is not UTF-8 text (byte 0xc4); save it as UTF-8, which spreadsheets call “CSV UTF-8”."]),
        (b"PK\x03\x04rest", ["p.csv cannot be unpacked"]),
        ("day,ticker,kurs\n2025-01-24,A,1\n", ["p.csv has no column for the close; found: 'day', 'ticker', 'kurs'. Name it 'close' or say which it is with close_col, or with returns_col"]),
        ("ticker,close\nA,1\n", ["p.csv has no column for the date; found: 'ticker', 'close'. Name it 'date' or say which it is with date_col."]),
        ("date\n2025-01-24\n", ["p.csv has no price column besides 'date'; add one for each ticker."]),
        ("date,A,A\n2025-01-24,1,2\n", ["p.csv has two columns 'A'; delete or rename one."]),
        ("date,A,\n2025-01-24,1,2\n", ["p.csv, row 1: column 3 has no name; give it a ticker."]),
        (HEAD + OK + "2025-01-27,A,1,9,9\n", ["p.csv, row 3 has 5 cells where the header has 3; an empty cell needs its comma"]),
        (HEAD + OK + "2025-02-30,A,1\n", ["p.csv, row 3, column date: '2025-02-30'", "write dates as 2025-01-27"]),
        (HEAD + OK + "9999-12-31,A,1\n", ["row 3, column date: '9999-12-31'"]),
        (HEAD + OK + "27.01.2025,A,1\n", ["row 3, column date: '27.01.2025'", "the column mixes", "write dates as 2025-01-27"]),
        (HEAD + "01/02/2025,A,1\n", ["column date: '01/02/2025' could be month/day or day/month", "--dayfirst"]),
        (HEAD + OK + ",A,1\n", ["row 3, column date: the date is missing."]),
        (HEAD + OK + "2025-01-27, ,1\n", ["row 3, column ticker: the ticker is missing."]),
        (HEAD + OK + "\n2025-01-27,A,1\n2025-01-24,A,2\n", ["row 5, column date: A on 2025-01-24", "twice, first in row 2; delete one"]),
        ("date,A\n2025-01-24,1\n2025-01-24,2\n", ["row 3, column date: 2025-01-24", "twice, first in row 2; delete one"]),
        (HEAD + OK + "2025-01-27,A,abc\n", ["row 3, column close (A): 'abc'", "118.42", "leave the cell empty"]),
        (HEAD + OK.replace(",1", ",1.5") + '2025-01-27,A,"118,42"\n', ["row 3, column close (A): '118,42'"]),
        (HEAD + OK + '2025-01-27,A,"1,234"\n', ["'1,234' could have a decimal comma or a comma between thousands"]),
        ("date,NVDA\n2025-01-27,$118\n", ["row 2, column NVDA: '$118'"]),
        (HEAD + OK + "2025-01-27,A,-3.5\n", ["row 3, column close (A): the price -3.5 is not positive; correct it or leave the cell empty."]),
        (HEAD + OK + "2025-01-27,A,0\n", ["row 3, column close (A): the price 0 is not positive"]),
        (HEAD + OK + "2025-01-27,A,inf\n", ["row 3, column close (A): the price is infinite; leave the cell empty."]),
    ],
)  # fmt: skip
def test_malformed(tmp_path: Path, content: str | bytes, sentences: list[str]) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as caught:
        load_prices(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2
    for sentence in sentences:
        assert sentence in str(caught.value)


def test_all_problems_at_once_in_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [f"2025-01-{day:02d},A,0" for day in range(1, 16)]
    rows[1] = "2025-13-02,A,x"
    with pytest.raises(InputError) as caught:
        load_prices(write(tmp_path, HEAD + "\n".join(rows)))
    problems = caught.value.problems
    assert len(problems) == 11
    assert [problem.split(", ")[1] for problem in problems[:4]] == [
        "row 2",
        "row 3",
        "row 3",
        "row 4",
    ]
    assert problems[-1] == "and 6 more."


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("p.csv.gz", b"no gzip", "cannot be unpacked"),
        ("p.csv.gz", gzip.compress(b"date,A\n", mtime=0)[:-9], "cannot be unpacked"),
        ("p.csv.xz", b"no xz", "cannot be unpacked"),
        ("p.zip", b"no zip", "cannot be unpacked"),
        ("p.parquet", b"no parquet", "Parquet file"),
        ("p.xlsx", b"PK\x03\x04 book", "workbook"),
    ],
)
def test_broken_containers(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        load_prices(write(tmp_path, content, name))


def test_archive_with_two_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a.csv", WIDE)
        archive.writestr("b.csv", WIDE)
    with pytest.raises(
        InputError,
        match=r"cannot be unpacked \(it holds 2 files; leave one table in it\)",
    ):
        load_prices(tmp_path / "p.zip")


def test_paths_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InputError, match="holds no price file; give a folder with a file for each ticker"
    ):
        load_prices(tmp_path)
    for missing in (str(tmp_path / "no.csv"), tmp_path / "no", "no.csv"):
        with pytest.raises(InputError, match=r"There is no price file .*no"):
            load_prices(missing)
    with pytest.raises(InputError, match="There is no price file"):
        FileSource(tmp_path / "no.csv").load()
    path = write(tmp_path, WIDE)

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(
        InputError, match=r"p\.csv cannot be read: permission denied; check its path\."
    ):
        load_prices(path)


def test_options_that_do_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path, WIDE)
    with pytest.raises(InputError) as caught:
        load_prices(path, date_col="tag", close_col="kurs")
    assert caught.value.problems == (
        f"{path} has no column 'tag' (option date_col); found: 'date', 'NVDA', 'META'.",
        f"{path} has no column 'kurs' (option close_col); found: 'date', 'NVDA', 'META'.",
    )
    with pytest.raises(
        InputError, match="Option layout: 'tall' is not known; known: auto, long, wide"
    ):
        load_prices(path, layout="tall")  # type: ignore[arg-type]
    many = ",".join(f"c{number}" for number in range(20))
    with pytest.raises(InputError, match="'c9' and 10 more"):
        load_prices(write(tmp_path, f"{many}\n{many}\n", "many.csv"))


def test_words_that_are_no_source() -> None:
    with pytest.raises(InputError, match=r"'yahu'.*mean yahoo\?.*bundled.*path of a file"):
        load_prices("yahu")
    with pytest.raises(InputError, match="Source yahoo needs tickers; name them"):
        load_prices("yahoo")


def test_a_source_of_your_own_is_asked_directly(tmp_path: Path) -> None:
    prices = load_prices(FileSource(write(tmp_path, WIDE)), tickers="META", start="2025-01-27")
    assert prices.close.shape == (1, 1)


@pytest.mark.needs_shared
def test_the_long_panel_reads_in_good_time() -> None:
    panel = Path(__file__).parents[3] / "shared" / "data" / "universe_prices.parquet"
    prices = load_prices(panel, tickers=["AAPL", "AMD"], calendar="XNYS")
    assert prices.dropped == ()
    assert prices.close.shape[0] > 2700
