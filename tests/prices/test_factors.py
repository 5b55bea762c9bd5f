"""Factors from the sample, from files and from Kenneth French's library, without a network."""

from __future__ import annotations

import io
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.prices.factors import CACHED, FACTORS, load_factors


def test_the_bundled_factors_are_those_of_the_sample() -> None:
    factors = load_factors()
    pd.testing.assert_frame_equal(factors, es.load_prices("bundled").factors)
    assert set(factors.columns) == set(FACTORS)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "csv.gz"])
def test_a_file_is_read_as_it_was_written(tmp_path: Path, suffix: str) -> None:
    factors = load_factors().iloc[:50]
    factors.iloc[3, 2] = np.nan
    path = tmp_path / f"factors.{suffix}"
    factors.to_parquet(path) if suffix == "parquet" else factors.to_csv(path)
    read = load_factors(path)
    pd.testing.assert_frame_equal(read, factors, check_freq=False, rtol=1e-14)
    assert load_factors(str(path)).equals(read)


def test_french_names_and_compact_days(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Date,Mkt-RF, SMB ,RF\n20240103,0.001,-0.002,0.0002\n20240102,-0.01,0.003,0.0002\n"
    )
    factors = load_factors(path)
    assert list(factors.columns) == ["mkt_rf", "smb", "rf"]
    assert list(factors.index) == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")]
    assert factors["mkt_rf"].tolist() == [-0.01, 0.001]


def test_per_cent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "percent.csv"
    (100 * load_factors()).to_csv(path)
    with pytest.raises(es.InputError, match=r"percent\.csv.*mkt_rf.*in per cent.*Divide by 100"):
        load_factors(path)
    (100 * load_factors()[["rf"]]).to_csv(path)
    with pytest.raises(es.InputError, match=r"rf are in per cent.*Divide by 100"):
        load_factors(path)


def test_bad_cells_and_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("date,smb\n2024-01-02,x\n2024-13-02,0.1\n2024-01-04,0.1\n2024-01-04,0.2\n")
    with pytest.raises(es.InputError) as caught:
        load_factors(path)
    text = str(caught.value)
    assert "row 2, column smb: 'x' is not" in text
    assert "row 3, column date: '2024-13-02'" in text
    assert "row 5, column date: 2024-01-04" in text
    with pytest.raises(es.InputError, match="neither bundled nor live nor an existing file"):
        load_factors("bundle")


def test_factors_reach_a_study_through_prices_or_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    load_factors().rename(columns={"mom": "mine"}).to_csv(path)
    prices = es.load_prices("bundled", tickers=["NVDA", "^GSPC"])
    frame = pd.DataFrame({"event_id": [1], "ticker": ["NVDA"], "date": ["2025-01-27"]})
    study = es.EventStudy(model="factors", factors=["mkt_rf", "mine"], compare=())
    through = (
        study.run(frame, replace(prices, factors=load_factors(path))).car((0, 0))["car"].item()
    )
    returns = prices.adj_close.pct_change(fill_method=None).join(load_factors(path))
    beside = study.run(frame, returns=returns).car((0, 0))["car"].item()
    np.testing.assert_allclose(beside, through, rtol=1e-12)


FIVE = """This file was created using the 202506 CRSP database.
The 1-month TBill rate data until 202405 are from Ibbotson Associates.

,Mkt-RF,SMB,HML,RMW,CMA,RF
{rows}

Copyright 2025 Eugene F. Fama and Kenneth R. French
"""


def zipped(name: str) -> bytes:
    """A file as the library has it: text, table, copyright; CRLF; per cent; −99.99 for none."""
    days = pd.bdate_range("2024-01-01", periods=60).strftime("%Y%m%d")
    width = {"F-F_Momentum_Factor_daily": 1, "F-F_Research_Data_Factors_daily": 4}.get(name, 6)
    rows = "\n".join(
        f"{day}," + ",".join(f"{(i + j) / 100:8.2f}" for j in range(width))
        for i, day in enumerate(days)
    )
    header = {1: ",Mom   ", 4: ",Mkt-RF,SMB,HML,RF", 6: ",Mkt-RF,SMB,HML,RMW,CMA,RF"}[width]
    text = FIVE.replace(",Mkt-RF,SMB,HML,RMW,CMA,RF", header).format(rows=rows)
    if width == 1:
        text = text.replace(f"{days[4]},    0.04", f"{days[4]},  -99.99")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{name}.csv", text.replace("\n", "\r\n"))
    return out.getvalue()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The real reader, with its download answered here; the names asked for."""
    from pandas_datareader.famafrench import FamaFrenchReader

    asked: list[str] = []

    def answer(self, url, params=None, headers=None):
        asked.append(self.symbols)
        return SimpleNamespace(content=zipped(self.symbols))

    monkeypatch.setattr(FamaFrenchReader, "_get_response", answer)
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path))
    return asked


def test_live_factors_are_read_joined_and_cached(library: list[str], tmp_path: Path) -> None:
    with pytest.raises(es.NetworkError, match="No downloaded factors are in the cache"):
        load_factors("live", offline=True)
    factors = load_factors("live")
    assert list(factors.columns) == list(FACTORS)
    assert (factors.index[0], len(factors)) == (pd.Timestamp("2024-01-01"), 60)
    first = factors.iloc[7]
    expected = {
        "mkt_rf": 7,
        "smb": 8,
        "hml": 9,
        "rmw": 10,
        "cma": 11,
        "mom": 7,
        "rf": 12,
        "smb_ff3": 8,
    }
    np.testing.assert_allclose(first, [expected[name] / 1e4 for name in FACTORS], rtol=1e-12)
    assert np.isnan(factors["mom"].iloc[4])
    assert factors.drop(columns="mom").notna().all().all()
    assert len(library) == 3
    for again in (load_factors("live"), load_factors("live", offline=True)):
        pd.testing.assert_frame_equal(again, factors, check_freq=False)
    assert len(library) == 3
    assert (tmp_path / "factors" / CACHED).is_file()


def test_a_library_that_cannot_be_reached(library, monkeypatch: pytest.MonkeyPatch) -> None:
    from pandas_datareader.famafrench import FamaFrenchReader

    def fail(self, url, params=None, headers=None):
        raise ConnectionError("no route")

    monkeypatch.setattr(FamaFrenchReader, "_get_response", fail)
    with pytest.raises(
        es.NetworkError, match=r"did not deliver F-F_Research_Data_5.*try again later"
    ):
        load_factors("live")


def test_a_changed_format_is_named(library, monkeypatch: pytest.MonkeyPatch) -> None:
    from eventstudy.prices import factors as module

    wanted = {"F-F_Momentum_Factor_daily": {"UMD": "mom"}}
    monkeypatch.setattr(module, "SETS", wanted)
    with pytest.raises(es.NetworkError, match="without UMD; its format has changed"):
        load_factors("live")


def test_live_without_its_extra_says_what_to_install(
    library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas_datareader.famafrench", None)
    with pytest.raises(es.EventStudyError, match=r"pip install 'eventstudy-kit\[factors\]'"):
        load_factors("live")
