"""Panels from long Parquet files: every shape that is read, every fault that is named."""

from __future__ import annotations

import datetime
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import eventstudy as es
from eventstudy.prices import long_parquet
from eventstudy.prices.panel import read_panel


def wide(days: int = 6, tickers: int = 4, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(0, 0.02, (days, tickers))
    return pd.DataFrame(
        values,
        index=pd.DatetimeIndex(
            pd.bdate_range("2024-01-01", periods=days).astype("datetime64[ns]"), name="date"
        ),
        columns=pd.Index([f"T{i:04d}" for i in range(tickers)], name="ticker"),
    )


def long(frame: pd.DataFrame, value: str = "ret") -> pd.DataFrame:
    """A row for each day and ticker, in no order."""
    rows = frame.unstack().rename(value).reset_index()  # noqa: PD010
    return rows.sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    long(wide()).to_parquet(tmp_path / "p.parquet")
    return tmp_path / "p.parquet"


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_freq=False)


def rows(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"date": ["2024-01-01", "2024-01-02"], "ticker": "A", **columns})


def test_a_long_file_is_read_as_a_view_of_a_file(panel: Path) -> None:
    found = es.read_panel(panel)
    same(found, wide())
    assert found.index.dtype == "datetime64[ns]"
    values = found.to_numpy()
    assert values.T.flags.c_contiguous
    base = values
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert np.shares_memory(values, base)
    with pytest.raises(ValueError, match="read-only"):
        found.iloc[0, 0] = 1.0


def test_folder_glob_and_text_paths(tmp_path: Path) -> None:
    whole = long(wide())
    folder = tmp_path / "all" / "deep"
    folder.mkdir(parents=True)
    whole.iloc[:5].to_parquet(folder / "a.parquet")
    whole.iloc[5:].to_parquet(tmp_path / "all" / "b.pq")
    for name in ("_metadata.parquet", ".hidden.parquet", "notes.txt"):
        (folder / name).write_text("none of it")
    same(read_panel(tmp_path / "all"), wide())
    same(read_panel(str(tmp_path / "all" / "**" / "[ab].p*q*")), wide())


def test_a_name_with_the_marks_of_a_pattern_is_that_file_alone(tmp_path: Path) -> None:
    for name, value in (("a[1]", 1.0), ("a1", 2.0), ("b*", 3.0), ("bb", 4.0), ("c'; --", 5.0)):
        rows(ret=value).to_parquet(tmp_path / f"{name}.parquet")
    for name, value in (("a[1]", 1.0), ("b*", 3.0), ("c'; --", 5.0)):
        assert read_panel(tmp_path / f"{name}.parquet")["A"].tolist() == [value, value]


def test_hive_partitions(tmp_path: Path) -> None:
    for ticker, folder in (("^GSPC", "%5EGSPC"), ("007", "007"), ("008", "008")):
        place = tmp_path / "set" / "year=2024" / f"ticker={folder}"
        place.mkdir(parents=True)
        own = {"^GSPC": 1.0, "007": 2.0, "008": 3.0}[ticker]
        rows(ret=own).drop(columns="ticker").to_parquet(place / "x.parquet")
    expected = {"007": 2.0, "008": 3.0, "^GSPC": 1.0}
    for path in (tmp_path / "set", tmp_path / "set" / "*" / "*" / "*.parquet"):
        assert read_panel(path).iloc[0].to_dict() == expected
    single = tmp_path / "set" / "year=2024" / "ticker=007"
    for path in (single, single / "x.parquet"):
        assert read_panel(path).iloc[0].to_dict() == {"007": 2.0}


def test_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ticker=B").mkdir()
    rows(ret=1.0).drop(columns="ticker").to_parquet(tmp_path / "ticker=B" / "x.parquet")
    monkeypatch.chdir(tmp_path)
    assert list(read_panel(".")) == ["B"]


def test_spans_and_tickers(panel: Path) -> None:
    whole = wide()
    same(read_panel(panel, start="2024-01-02", end="2024-01-04"), whole.iloc[1:4])
    same(read_panel(panel, start=datetime.date(2024, 1, 6)), whole.iloc[5:])
    same(read_panel(panel, tickers="T0003, T0001"), whole[["T0001", "T0003"]])
    same(read_panel(panel, tickers=["T0002", "XYZ"]), whole[["T0002"]])


def test_days_and_tickers_are_those_with_rows_in_the_span(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "date": ["2024-01-01", "2024-01-02", "2024-01-03"],
            "ticker": ["A", "B", "B"],
            "ret": [1.0, 2.0, None],
        }
    )
    frame.to_parquet(tmp_path / "p.parquet")
    later = read_panel(tmp_path / "p.parquet", start="2024-01-02")
    assert list(later) == ["B"]
    only = read_panel(tmp_path / "p.parquet", tickers="A")
    assert len(only) == 3
    np.testing.assert_array_equal(only["A"], [1.0, np.nan, np.nan])


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-02", "2024-01-01T09:30:00"],
        [20240102, 20240101],
        [datetime.date(2024, 1, 2), datetime.date(2024, 1, 1)],
        pd.to_datetime(["2024-01-02 16:00", "2024-01-01 09:30"]).astype("datetime64[ns]"),
        pd.to_datetime(["2024-01-02 16:00", "2024-01-01 09:30"]).astype("datetime64[ms]"),
        pd.to_datetime(["2024-01-02 00:00", "2024-01-01 00:00"]).tz_localize("Asia/Tokyo"),
        pd.to_datetime(["2024-01-02 23:00", "2024-01-01 23:00"]).tz_localize("America/New_York"),
        pd.to_datetime(["2024-01-02 23:00", "2024-01-01 23:00"]).tz_localize("UTC"),
        pd.to_datetime(["2024-01-02 00:00", "2024-01-01 00:00"])
        .tz_localize("Asia/Tokyo")
        .as_unit("ns"),
    ],
    ids=["text", "number", "date", "ns", "ms", "tokyo", "new york", "utc", "tokyo in ns"],
)
def test_dates_as_they_are_written(tmp_path: Path, dates: object) -> None:
    pd.DataFrame({"Day": dates, "Symbol": ["A", "A"], "ret": [2.0, 1.0]}).to_parquet(
        tmp_path / "p.parquet"
    )
    found = read_panel(tmp_path / "p.parquet")
    assert list(found.index.strftime("%Y-%m-%d")) == ["2024-01-01", "2024-01-02"]
    assert found["A"].tolist() == [1.0, 2.0]


def test_named_columns_whole_numbers_and_blanks(tmp_path: Path) -> None:
    frame = pd.DataFrame({"tag": ["2024-01-01"] * 2, "permno": [10002, 9999], "prc": [2, 1]})
    frame.to_parquet(tmp_path / "p.parquet")
    found = read_panel(
        tmp_path / "p.parquet",
        value="prc",
        date_col="tag",
        ticker_col="permno",
        tickers="10002,9999",
    )
    assert found.iloc[0].to_dict() == {"10002": 2.0, "9999": 1.0}
    frame.assign(permno=["B ", " A"]).to_parquet(tmp_path / "p.parquet")
    blank = read_panel(tmp_path / "p.parquet", value="prc", date_col="tag", ticker_col="permno")
    assert blank.iloc[0].to_dict() == {"A": 1.0, "B": 2.0}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, None], pa.int32()), [1.0, np.nan]),
        (pa.array([0.5, float("nan")], pa.float32()), [0.5, np.nan]),
        (pa.array([None, "1.25"]).cast(pa.decimal128(9, 2)), [np.nan, 1.25]),
        (pa.nulls(2), [np.nan, np.nan]),
    ],
    ids=["int", "float32", "decimal", "nothing"],
)
def test_kinds_of_numbers_and_missing_ones(
    tmp_path: Path, values: pa.Array, expected: list[float]
) -> None:
    dates = pa.array(["2024-01-01", "2024-01-02"])
    table = pa.table({"date": dates, "ticker": pa.array(["A", "A"]), "ret": values})
    pq.write_table(table, tmp_path / "p.parquet")
    np.testing.assert_array_equal(read_panel(tmp_path / "p.parquet")["A"], expected)


def test_the_first_file_does_not_decide_the_type(tmp_path: Path) -> None:
    empty = pa.table({"date": ["2024-01-01"], "ticker": ["A"], "ret": pa.nulls(1)})
    whole = pa.table({"date": ["2024-01-02"], "ticker": ["A"], "ret": pa.array([1])})
    part = pa.table({"ret": [0.25], "ticker": ["A"], "date": ["2024-01-03"], "more": [1]})
    for name, table in (("a", empty), ("b", whole), ("c", part)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    np.testing.assert_array_equal(read_panel(tmp_path)["A"], [np.nan, 1.0, 0.25])


@pytest.mark.parametrize("name", ['a"; drop', 'ret"', "select", "a b", "Rendite %", "é", "$files"])
def test_any_column_name_is_harmless(tmp_path: Path, name: str) -> None:
    frame = long(wide()).rename(columns={"ret": name, "ticker": f"t{name}", "date": f"d{name}"})
    frame.to_parquet(tmp_path / "p.parquet")
    same(
        read_panel(tmp_path / "p.parquet", value=name, date_col=f"d{name}", ticker_col=f"t{name}"),
        wide(),
    )


def test_tickers_are_never_sql(tmp_path: Path) -> None:
    names = ["a' OR 1=1 --", "$low", "é", "日本", "%_", '"']
    frame = pd.DataFrame({"date": "2024-01-01", "ticker": names, "ret": np.arange(6.0)})
    frame.to_parquet(tmp_path / "p.parquet")
    assert list(read_panel(tmp_path / "p.parquet")) == sorted(names)
    assert read_panel(tmp_path / "p.parquet", tickers=[names[0]]).iloc[0].tolist() == [0.0]


@pytest.mark.parametrize("batch", [1, 6, 13, 40])
def test_batches_make_no_difference(
    panel: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(long_parquet, "BATCH", batch)
    same(read_panel(panel), wide())
    with_hole = long(wide()).query("ticker != 'T0003' or date > '2024-01-03'")
    with_hole.to_parquet(panel)
    expected = wide()
    expected.loc[:"2024-01-03", "T0003"] = np.nan
    same(read_panel(panel), expected)


@pytest.mark.parametrize(
    ("frame", "sentences"),
    [
        (rows(price=1.0), ["p.parquet has no column 'ret' (option value); found: 'date', 'ticker', 'price'."]),
        (rows(ret=1.0).drop(columns="ticker"), ["p.parquet has no column for the ticker; found: 'date', 'ret'. Name it 'ticker' or say which it is with ticker_col."]),
        (rows(ret=1.0).drop(columns="date"), ["p.parquet has no column for the date; found: 'ticker', 'ret'. Name it 'date' or say which it is with date_col."]),
        (rows(x=1.0).drop(columns="date"), ["has no column 'ret' (option value)", "has no column for the date"]),
        (rows(ret=["0.1", "n/a"]), ["p.parquet: the column 'ret' holds text; write numbers, and nothing where one is missing."]),
        (rows(ret=[True, False]), ["the column 'ret' holds BOOLEAN; write numbers"]),
        (rows(ret=[0.1, -np.inf]), ["p.parquet, column ret: the value of A on 2024-01-02 is infinite; leave it empty."]),
        (rows(ret=1.0).assign(date="2024-01-02"), ["p.parquet has A on 2024-01-02 more than once; leave one row for each day and ticker."]),
        (rows(ret=[np.nan, np.nan]).assign(date=pd.to_datetime(["2024-01-02 09:30", "2024-01-02 09:31"])), ["has A on 2024-01-02 more than once"]),
        (rows(ret=1.0).assign(date=[0.5, 1.5]), ["p.parquet: the column 'date' holds DOUBLE; write dates as 2025-01-27."]),
        (rows(ret=1.0).assign(ticker=[0.5, 1.5]), ["p.parquet: the column 'ticker' holds DOUBLE; write tickers as text."]),
        (rows(ret="x").assign(date=True), ["the column 'date' holds BOOLEAN", "the column 'ret' holds text"]),
        (rows(ret=1.0).assign(date=["2024-01-01", "03/02/2024"]), ["p.parquet, column date: '03/02/2024' is not a possible date; write dates as 2025-01-27."]),
        (rows(ret=1.0).assign(date=["2024-01-01", "2024-02-30"]), ["column date: '2024-02-30' is not a possible date"]),
        (rows(ret=1.0).assign(date=np.array(["9999-12-31", "2024-01-01"], "datetime64[us]")), ["column date: 9999-12-31 is not a possible date"]),
        (rows(ret=1.0).assign(date=["2024-01-01", None]), ["p.parquet, column date: the date is missing in some rows; fill or delete them."]),
        (rows(ret=1.0).assign(ticker=["A", None]), ["p.parquet, column ticker: the ticker is missing in some rows; fill or delete them."]),
        (rows(ret=1.0).assign(ticker=["A", " "]), ["column ticker: the ticker is missing in some rows"]),
        (rows(ret=1.0).iloc[:0].astype({"ret": float}), ["p.parquet has no rows; give a panel with some."]),
        (rows(ret=1.0).iloc[:0].astype({"ret": float, "date": object, "ticker": object}), ["p.parquet has no rows; give a panel with some."]),
    ],
)  # fmt: skip
def test_faults_are_named(tmp_path: Path, frame: pd.DataFrame, sentences: list[str]) -> None:
    frame.to_parquet(tmp_path / "p.parquet", index=False)
    with pytest.raises(es.InputError) as caught:
        read_panel(tmp_path / "p.parquet")
    assert str(tmp_path / "p.parquet") in str(caught.value)
    assert len(caught.value.problems) == len(sentences)
    for problem, sentence in zip(caught.value.problems, sentences, strict=True):
        assert sentence in problem


def test_the_first_of_several_doubles_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = long(wide())
    twice = whole[(whole["ticker"] > "T0001") & (whole["date"] > "2024-01-04")]
    pd.concat([whole, twice]).to_parquet(tmp_path / "p.parquet")
    for batch in (2**20, 6):
        monkeypatch.setattr(long_parquet, "BATCH", batch)
        with pytest.raises(es.InputError, match="has T0002 on 2024-01-05 more than once"):
            read_panel(tmp_path / "p.parquet")


def test_what_is_not_in_the_panel(panel: Path) -> None:
    with pytest.raises(es.DataMissingError) as caught:
        read_panel(panel, start="2025-01-01", end="2025-02-01")
    assert str(caught.value) == (
        f"{panel} has no rows from 2025-01-01 to 2025-02-01: it runs from 2024-01-01 to 2024-01-08."
    )
    with pytest.raises(es.DataMissingError, match="has no row of X, Y from 2024-01-01 to 2024"):
        read_panel(panel, tickers=["X", "Y"])
    with pytest.raises(es.DataMissingError, match="of A, B, C, D, E and 2 more from"):
        read_panel(panel, tickers=[*"ABCDEFG"])
    with pytest.raises(es.InputError, match="Option end: 2024-01-01 lies before start"):
        read_panel(panel, start="2024-01-02", end="2024-01-01")
    with pytest.raises(es.InputError, match="Option value: None is not a column name"):
        read_panel(panel, value=None)  # type: ignore[arg-type]


def test_places_without_a_panel(tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match=r"There is no file or folder .*no\.parquet; check"):
        read_panel(tmp_path / "no.parquet")
    with pytest.raises(es.InputError, match=r"holds no Parquet file \(\.parquet, \.pq\)"):
        read_panel(tmp_path)
    with pytest.raises(es.InputError, match=r"No file matches .*\*\.parquet; check the pattern"):
        read_panel(tmp_path / "*.parquet")
    (tmp_path / "p.csv").write_text("date,ticker,ret\n2024-01-01,A,1\n")
    with pytest.raises(es.InputError, match=r"p\.csv cannot be read as Parquet: .*\.$"):
        read_panel(tmp_path / "p.csv")


def test_a_damaged_file_is_named(panel: Path) -> None:
    raw = bytearray(panel.read_bytes())
    raw[4:200] = bytes(196)
    panel.write_bytes(raw)
    with pytest.raises(es.InputError, match=r"p\.parquet cannot be read as Parquet: "):
        read_panel(panel)


def test_every_file_needs_the_columns(tmp_path: Path) -> None:
    rows(ret=1.0).to_parquet(tmp_path / "a.parquet")
    rows(price=1.0).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(es.InputError, match=r"b\.parquet has no column 'ret', which other files"):
        read_panel(tmp_path)


def test_the_extra_is_named(panel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(es.InputError, match=r"pip install 'eventstudy-kit\[duckdb\]'"):
        read_panel(panel)


def test_too_little_room(panel: Path, tmp_path: Path) -> None:
    import duckdb

    with (
        pytest.raises(
            es.EventStudyError, match=r"p needs more disk space than there is: full\. Name a"
        ),
        long_parquet.connect("p", tmp_path),
    ):
        raise duckdb.OutOfMemoryException("full\nmore")
    with pytest.raises(es.EventStudyError, match=r"cannot be written: file exists; name"):
        read_panel(panel, folder=panel)


def stamp(file: Path) -> tuple[int, int]:
    return file.stat().st_ino, file.stat().st_mtime_ns


def test_a_kept_panel_is_used_again_until_its_files_change(panel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept" / "here"
    first = read_panel(panel, folder=folder)
    (data,) = folder.glob("*.npy")
    made = stamp(data)
    same(np_frame(data, first), first)
    same(read_panel(panel, folder=folder), first)
    assert stamp(data) == made
    assert {file.suffix for file in folder.iterdir()} == {".npy", ".json"}

    later = panel.stat().st_mtime_ns + 10**9
    os.utime(panel, ns=(later, later))
    same(read_panel(panel, folder=folder), first)
    touched = stamp(data)
    assert touched != made

    long(wide(seed=1)).to_parquet(panel)
    same(read_panel(panel, folder=folder), wide(seed=1))
    same(first, wide())
    assert stamp(data) != touched
    assert len(list(folder.iterdir())) == 2


def np_frame(data: Path, like: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.load(data).T, index=like.index, columns=like.columns)


def test_a_kept_panel_answers_its_own_question_only(panel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    whole = read_panel(panel, folder=folder)
    same(read_panel(panel, folder=folder, tickers="T0001"), whole[["T0001"]])
    same(read_panel(panel, folder=folder, end="2024-01-02"), whole.iloc[:2])
    assert len(list(folder.glob("*.npy"))) == 3
    same(read_panel(panel, folder=folder), whole)


@pytest.mark.parametrize("harm", ["no note", "torn note", "other note", "cut data", "no data"])
def test_a_damaged_kept_panel_is_made_anew(panel: Path, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "kept"
    expected = read_panel(panel, folder=folder).copy()
    (data,), (note,) = folder.glob("*.npy"), folder.glob("*.json")
    if harm == "no note":
        note.unlink()
    elif harm == "torn note":
        note.write_text(note.read_text()[:50])
    elif harm == "other note":
        note.write_text(json.dumps([1]))
    elif harm == "cut data":
        data.write_bytes(data.read_bytes()[:-8])
    else:
        data.unlink()
    same(read_panel(panel, folder=folder), expected)


def test_a_failed_reading_leaves_the_kept_panel_and_no_rest(panel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    read_panel(panel, folder=folder)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    rows(ret=1.0).assign(date="2024-01-02").to_parquet(panel)
    with pytest.raises(es.InputError, match="more than once"):
        read_panel(panel, folder=folder)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_the_temporary_file_goes_with_the_last_view(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    found = read_panel(panel)
    assert len(list(place.iterdir())) == 1
    column = found.to_numpy()[:, 1]
    del found
    gc.collect()
    np.testing.assert_array_equal(column, wide()["T0001"])
    assert len(list(place.iterdir())) == 1
    del column
    gc.collect()
    assert not list(place.iterdir())
    with pytest.raises(es.InputError):
        read_panel(panel, value="none")
    assert not list(place.iterdir())


def test_the_temporary_file_goes_at_exit_but_not_with_a_fork(panel: Path, tmp_path: Path) -> None:
    program = f"""
import os, tempfile
from pathlib import Path
import eventstudy as es
from eventstudy.prices.panel import _remove
found = es.read_panel({str(panel)!r})
(place,) = Path(tempfile.gettempdir()).iterdir()
_remove(place, os.getpid() + 1)
assert place.exists()
"""
    place = tmp_path / "temporary"
    place.mkdir()
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        check=True,
        env={**os.environ, "TMPDIR": str(place)},
        timeout=600,
    )
    assert not list(place.iterdir())


@pytest.mark.slow
def test_reading_holds_a_batch_and_not_the_panel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, tickers = 2000, 4000
    values = np.random.default_rng(0).normal(size=(tickers, days)).astype(np.float64)
    table = pa.table(
        {
            "date": np.tile(np.arange(days).astype("datetime64[D]"), tickers),
            "ticker": pa.DictionaryArray.from_arrays(
                np.repeat(np.arange(tickers, dtype=np.int32), days),
                [f"T{i:04d}" for i in range(tickers)],
            ),
            "ret": values.reshape(-1),
        }
    )
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=100_000)
    del table
    read_panel(tmp_path / "p.parquet", tickers="T0000")  # imports and caches
    monkeypatch.setattr(long_parquet, "BATCH", 2**17)
    gc.collect()
    tracemalloc.start()
    try:
        found = read_panel(tmp_path / "p.parquet")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found.to_numpy().T, values)
    assert peak < values.nbytes / 2, f"{peak / 1e6:.1f} MB for a panel of {values.nbytes / 1e6} MB"


def test_a_study_of_a_read_panel_is_the_study_of_the_frame(tmp_path: Path) -> None:
    frame = wide(400, 12)
    frame.iloc[300, 3] = np.nan
    long(frame).to_parquet(tmp_path / "p.parquet")
    observations = pd.DataFrame(
        {
            "event_id": range(11),
            "ticker": [*frame.columns[1:11], "XYZ"],
            "date": frame.index[320:331],
        }
    )
    study = es.EventStudy(benchmark="T0000", tests="all", min_obs=60)
    read = study.run(observations, returns=read_panel(tmp_path / "p.parquet"))
    held = study.run(observations, returns=frame)
    for name in ("abnormal_returns", "fits", "tests", "exclusions", "caar"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(held, name), check_exact=True)
    assert re.search("XYZ is not in the prices", read.exclusions["reason"].to_string())


def test_a_study_does_not_copy_a_read_panel(panel: Path) -> None:
    from eventstudy.estimation.frames import check_returns

    found = read_panel(panel)
    assert np.shares_memory(check_returns(found).to_numpy(), found.to_numpy())
