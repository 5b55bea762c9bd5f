"""Every vendor's layout is read out of the box, with the figures of the truth."""

from __future__ import annotations

import numpy as np
import pytest
from vendors import ADJUSTED, CLOSE, LAYOUTS, RETURNS, bdh

import eventstudy as es


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_vendors_file(name, tmp_path):
    layout = LAYOUTS[name]
    path = tmp_path / layout.file
    path.write_bytes(layout.text.encode())
    prices = es.load_prices(path, **layout.options)
    assert set(layout.tickers) <= set(prices.tickers) <= {*layout.tickers, "vwretd"}
    assert layout.said in " ".join(prices.dropped)
    adjusted = ADJUSTED if layout.adjusted else CLOSE
    for ticker in layout.tickers:
        if layout.returns:
            stated = prices.returns[ticker]
            np.testing.assert_allclose(stated, RETURNS[ticker], atol=1e-6)
        if ticker in CLOSE.columns and not (layout.returns and ticker == "^GSPC"):
            np.testing.assert_allclose(
                prices.adj_close[ticker].dropna(), adjusted[ticker], rtol=layout.digits
            )


def test_blocks_of_different_length(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(bdh())
    prices = es.load_prices(path)
    assert prices.tickers == ("AMD", "NVDA", "^GSPC")
    assert prices.close["AMD"].isna().sum() == 5
    for ticker in prices.tickers:
        known = prices.close[ticker].dropna()
        np.testing.assert_allclose(known, CLOSE[ticker][known.index], rtol=1e-6)
