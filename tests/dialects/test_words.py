"""Words for the figures of a day are no tickers; where several sources are given, each is named."""

from __future__ import annotations

import zipfile

import pytest
from vendors import CLOSE, one, wide

import eventstudy as es


def put(folder, head, cells, name="NVDA.csv", mark=","):
    path = folder / name
    text = one(f"{head}\n", lambda d, c, a: mark.join([f"{d:%Y-%m-%d}", *cells(1.5 * c)]))
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("head", "close"),
    [
        ("Date,First,High,Low,Last", "Last"),
        ("Date,High,Low,Last,SMA20", "Last"),
        ("Datum,Open,Hoch,Tief,Schluss", "Schluss"),
        ("Date,NAV", "NAV"),
        ("Date,Value", "Value"),
        ("Date,Open Interest,Settle", "Settle"),
        ("Date,Volume,Close*,Adj Close**", "Close*"),
    ],
)
def test_a_file_of_one_ticker_counts_before_the_next_source(tmp_path, head, close):
    others = head.count(",")
    at = head.split(",").index(close)
    last = head.split(",").index("Adj Close**") if "Adj" in head else at
    path = put(
        tmp_path,
        head,
        lambda c: [f"{c:.4f}" if i in (at, last) else "7" for i in range(1, others + 1)],
    )
    prices = es.load_prices([path, "bundled"], tickers="NVDA,AMD")
    known = prices.close["NVDA"].loc[CLOSE.index]
    assert known.to_numpy() == pytest.approx(1.5 * CLOSE["NVDA"].to_numpy(), rel=1e-5)
    said = " ".join(prices.dropped)
    assert f"close from {close}" in said
    assert "NVDA.csv gives NVDA; the sample shipped with eventstudy gives AMD" in said


def test_bid_and_ask_are_no_close(tmp_path):
    path = put(tmp_path, "Date,Bid,Ask", lambda c: [f"{c}", f"{c}"])
    with pytest.raises(es.InputError, match="no column for the close"):
        es.load_prices([path, "bundled"])


def test_a_word_beside_what_could_be_a_ticker_is_asked_for(tmp_path):
    path = put(tmp_path, "Date,Close,SMA20", lambda c: [f"{c}", f"{c}"])
    with pytest.raises(es.InputError, match=r"'Close' is a word .* --close-col"):
        es.load_prices([path, "bundled"])
    assert es.load_prices(path, close_col="Close").tickers == ("NVDA",)


def test_a_file_named_by_a_ticker_that_it_lacks_is_refused(tmp_path):
    path = put(tmp_path, "Date,XYZ", lambda c: [f"{c}"])
    with pytest.raises(es.InputError, match=r"NVDA\.csv is named by NVDA .* sample shipped"):
        es.load_prices([path, "bundled"])
    assert es.load_prices([path, "bundled"], tickers="XYZ,AMD").tickers == ("XYZ", "AMD")


@pytest.mark.parametrize("head", ["Date,LOW", "Date,LOW,HD", "Date,OPEN,NAV,HD"])
def test_shares_whose_tickers_are_words_stay_shares(tmp_path, head):
    tickers = head.split(",")[1:]
    path = put(tmp_path, head, lambda c: [f"{c}"] * len(tickers), name="p.csv")
    assert set(es.load_prices(path).tickers) == set(tickers)


def test_each_of_many_sources_is_said_once(tmp_path):
    for number in range(8):
        (tmp_path / f"p{number}.csv").write_text(
            wide(f"date,A{number},B{number},C{number}\n", "%Y-%m-%d")
        )
    said = [line for line in es.load_prices(tmp_path).dropped if " gives " in line]
    assert len(said) == 1
    assert "p0.csv gives A0, B0, C0" in said[0]
    assert "3 more sources" in said[0]


def test_a_column_of_words_is_no_ticker_and_named_once(tmp_path):
    path = put(tmp_path, "Date,Kurzname,Px", lambda c: ["NVIDIA", f"{c}"], name="p.csv")
    with pytest.raises(es.InputError) as error:
        es.load_prices(path)
    assert len(error.value.problems) == 1
    assert "--ticker-col 'Kurzname'" in str(error.value)
    prices = es.load_prices(path, ticker_col="Kurzname", close_col="Px")
    assert prices.tickers == ("NVIDIA",)


@pytest.mark.parametrize("options", [{"values": "percents"}, {"layout": "longg"}])
def test_slips_in_options_are_named_for_every_source(options):
    (slip,) = options.values()
    with pytest.raises(es.InputError, match=slip):
        es.load_prices("bundled", **options)


def test_a_lock_of_a_workbook_is_no_file_of_prices(tmp_path):
    put(tmp_path, "Date,NAV", lambda c: [f"{c}"])
    (tmp_path / "~$NVDA.csv").write_bytes(b"\x00lock")
    assert es.load_prices(tmp_path).tickers == ("NVDA",)


def test_what_macos_puts_beside_a_file_in_an_archive_does_not_count(tmp_path):
    path = put(tmp_path, "Date,NAV", lambda c: [f"{c}"])
    with zipfile.ZipFile(tmp_path / "NVDA.zip", "w") as archive:
        archive.write(path, "NVDA.csv")
        archive.writestr("__MACOSX/._NVDA.csv", b"\x00\x05\x16\x07")
    assert es.load_prices(tmp_path / "NVDA.zip").tickers == ("NVDA",)


@pytest.mark.parametrize("numbers", [False, True])
def test_what_pandas_calls_unnamed_has_no_name(tmp_path, numbers):
    table = CLOSE.reset_index() if numbers else CLOSE
    table.rename_axis("Unnamed: 0").to_csv(tmp_path / "p.csv")
    prices = es.load_prices(tmp_path / "p.csv")
    assert prices.tickers == ("AMD", "NVDA", "^GSPC")
    assert list(prices.sessions) == list(CLOSE.index)
