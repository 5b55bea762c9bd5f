"""Frames as they are handed over: long, stacked, with two levels of names, of other libraries."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import eventstudy as es

OBSERVATIONS = pd.DataFrame({"ticker": ["NVDA", "AMD"], "date": ["2025-01-27"] * 2})
RIGHT = {"NVDA": -0.132600, "AMD": -0.029901}
STUDY = es.EventStudy(car=[(0, 0)], placebo=False)


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    return es.load_prices("bundled", tickers=["NVDA", "AMD", "^GSPC"]).adj_close


def long(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    return wide.melt(ignore_index=False, var_name="ticker", value_name=name).reset_index()


def cars(result: es.StudyResult) -> dict[str, float]:
    return result.car((0, 0))["car"].droplevel("event_id").round(6).to_dict()


FRAMES = {
    "wide": lambda p: p,
    "days in a column": lambda p: p.reset_index(),
    "newest first": lambda p: p.iloc[::-1],
    "long": lambda p: long(p, "close"),
    "stacked": lambda p: long(p, "Close").set_index(["date", "ticker"]),
    "yf.download": lambda p: pd.concat({"Close": p, "Open": p}, axis=1, names=["Price", "Ticker"]),
    "yf.download by ticker": lambda p: pd.concat(
        {"Close": p, "Open": p}, axis=1, names=["Price", "Ticker"]
    ).swaplevel(axis=1),
    "polars": lambda p: pl.from_pandas(p.reset_index()),
    "polars, lazy": lambda p: pl.from_pandas(p.reset_index()).lazy(),
    "polars, long": lambda p: pl.from_pandas(long(p, "close")),
    "Arrow": lambda p: pa.Table.from_pandas(p.reset_index(), preserve_index=False),
}


@pytest.mark.parametrize("form", FRAMES)
def test_every_form_of_prices_gives_the_same(wide: pd.DataFrame, form: str) -> None:
    frame = FRAMES[form](wide)
    assert cars(STUDY.run(OBSERVATIONS, frame)) == RIGHT
    loaded = es.load_prices(frame)
    assert loaded.provenance.description == "the frame of prices"
    assert cars(STUDY.run(OBSERVATIONS, loaded)) == RIGHT


@pytest.mark.parametrize(
    "form",
    [
        lambda r: r,
        lambda r: long(r, "ret"),
        lambda r: long(r, "RET").set_index(["date", "ticker"]),
        lambda r: pl.from_pandas(r.reset_index()),
        lambda r: pl.from_pandas(long(r, "ret")),
    ],
)
def test_every_form_of_returns_gives_the_same(wide: pd.DataFrame, form) -> None:
    returns = wide / wide.shift(1) - 1
    assert cars(STUDY.run(OBSERVATIONS, returns=form(returns))) == RIGHT


@pytest.mark.parametrize(
    ("change", "said"),
    [(lambda r: 100 * r, "divide by 100"), (lambda r: 1 + r, "subtract 1")],
)
def test_long_returns_pass_the_same_checks(wide: pd.DataFrame, change, said: str) -> None:
    returns = change((wide / wide.shift(1) - 1).iloc[1:])
    with pytest.raises(es.InputError, match=said):
        STUDY.run(OBSERVATIONS, returns=long(returns, "ret"))


def test_a_code_in_long_returns_is_named_with_its_row(wide: pd.DataFrame) -> None:
    returns = long(wide / wide.shift(1) - 1, "ret")
    returns.loc[800, "ret"] = -99
    with pytest.raises(es.InputError, match=r"row 801.*-99"):
        STUDY.run(OBSERVATIONS, returns=returns)


def test_bars_of_one_ticker_need_its_name(wide: pd.DataFrame) -> None:
    bars = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), wide["NVDA"]))
    with pytest.raises(es.InputError, match=r"one ticker.*rename"):
        STUDY.run(OBSERVATIONS, bars)
    named = es.load_prices([bars, "bundled"], ticker="NVDA", tickers=["NVDA", "AMD", "^GSPC"])
    assert cars(STUDY.run(OBSERVATIONS, named)) == RIGHT


def test_frames_are_cut_to_the_days_asked_for(wide: pd.DataFrame) -> None:
    loaded = es.load_prices(wide, start="2024-01-02", end="2024-01-31", tickers="AMD")
    assert loaded.tickers == ("AMD",)
    assert f"{loaded.sessions[0]:%Y-%m-%d}" == "2024-01-02"
    assert len(loaded.sessions) == 21


@pytest.mark.parametrize("source", [[1], 3, None, {"a": [1]}])
def test_what_is_no_source_is_refused(source) -> None:
    with pytest.raises(es.InputError, match="a source of prices"):
        es.load_prices(source)


@pytest.mark.parametrize("frame", [[1, 2], "prices.csv", {"a": [1]}])
def test_a_study_says_what_it_takes(frame) -> None:
    with pytest.raises(es.InputError, match="load_prices"):
        STUDY.run(OBSERVATIONS, frame)
    with pytest.raises(es.InputError, match="DataFrame"):
        STUDY.run(OBSERVATIONS, returns=frame)
