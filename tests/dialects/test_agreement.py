"""Returns stated beside prices that contradict them are refused."""

from __future__ import annotations

import pytest
from vendors import ADJUSTED, CLOSE, RETURNS

import eventstudy as es

WRONG = {
    "a row early": RETURNS.shift(-1),
    "a row late": RETURNS.shift(1),
    "the other sign": -RETURNS,
    "another share's": RETURNS.rename(columns={"AMD": "NVDA", "NVDA": "AMD"}),
}


def put(folder, returns, close=CLOSE):
    text = "date,ticker,close,ret\n" + "".join(
        f"{d:%Y-%m-%d},{t},{close[t][d]},{returns[t][d]}\n"
        for t in ("AMD", "NVDA")
        for d in CLOSE.index
    )
    (folder / "p.csv").write_text(text.replace("nan", ""))
    return folder / "p.csv"


@pytest.mark.parametrize("kind", WRONG)
def test_returns_that_are_not_those_of_the_prices(tmp_path, kind):
    with pytest.raises(es.InputError, match="NVDA"):
        es.load_prices(put(tmp_path, WRONG[kind]), returns_col="ret")


def test_dividends_splits_and_gaps_contradict_nothing(tmp_path):
    split = CLOSE.copy()
    split.iloc[:20] *= 10
    gaps = RETURNS.copy()
    gaps.iloc[5:9] = float("nan")
    for returns, close in (
        (ADJUSTED.pct_change() + 0.0001, CLOSE),
        (RETURNS, split),
        (gaps, CLOSE),
    ):
        prices = es.load_prices(put(tmp_path, returns, close), returns_col="ret")
        assert prices.returns["NVDA"].notna().sum() > 50
