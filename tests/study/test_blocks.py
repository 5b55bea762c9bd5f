"""A table of CARs is made block by block: no block sees what the others have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.estimation import estimates

WINDOWS = {"estimation": (-130, -11), "window": (-2, 2), "min_obs": 100}


@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted", "garch"])
@pytest.mark.parametrize("saved", [False, True])
def test_blocks_of_any_size_give_the_same_bytes(tmp_path, monkeypatch, model, saved) -> None:
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2023-01-02", periods=200)
    wide = pd.DataFrame(rng.normal(0, 0.01, (200, 6)), days, [*"ABCDE", "mkt"])
    wide.loc[days[150], "B"] = np.nan
    rows = {"ticker": [*"ABCDEAB"], "date": days[[150, 150, 150, 160, 151, 170, 180]]}
    study = es.EventStudy(model=model, benchmark="mkt", **WINDOWS)
    result = study.run(pd.DataFrame(rows), returns=wide)
    if saved:
        result.save(tmp_path / "kept")
        result = es.load(tmp_path / "kept")
    whole = result.car((-1, 1))
    assert whole["reason"].str.len().gt(0).sum() == 1
    monkeypatch.setattr(estimates, "BLOCK", 2)
    again = es.load(tmp_path / "kept") if saved else study.run(pd.DataFrame(rows), returns=wide)
    pd.testing.assert_frame_equal(again.car((-1, 1)), whole, check_exact=True)
