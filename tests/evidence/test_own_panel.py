"""Placebo events on the user's own returns or prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy.calibration.own_prices import UNIVERSE, draw, own_panel
from eventstudy.calibration.setting import Setting
from eventstudy.models.registry import get_model
from eventstudy.significance.date_layouts import DateLayout
from eventstudy.spec.study_spec import StudySpec

SPEC = StudySpec(estimation=(-60, -11), window=(0, 0), car=((0, 0),), min_obs=40, benchmark="mkt")
RUN: dict[str, Any] = {"n_events": 10, "samples": 60, "estimation": (-60, -11), "benchmark": "mkt"}


def own(panel: pd.DataFrame, clustered: bool, n: int = 10):
    layout = DateLayout("one date", 1, n) if clustered else DateLayout("dispersed", n, 1)
    return own_panel(panel, model=get_model("market"), spec=SPEC, layout=layout, seed=1)


@pytest.mark.parametrize("clustered", [True, False])
def test_drawn_events_can_be_estimated(panel: pd.DataFrame, clustered: bool):
    made = draw(own(panel, clustered), Setting(), range(50))
    asset, day0 = made.positions.asset, made.positions.day0
    values = made.panel.returns
    assert np.isfinite(values[asset, day0]).all()
    assert day0.min() >= 60
    for a, d in zip(asset[:100], day0[:100], strict=True):
        assert np.isfinite(values[a, d - 60 : d - 10]).sum() >= 40
    for sample in range(50):
        rows = slice(10 * sample, 10 * sample + 10)
        assert len(set(zip(asset[rows].tolist(), day0[rows].tolist(), strict=True))) == 10
        assert (len(set(day0[rows].tolist())) == 1) == clustered
    assert panel.columns.get_loc("mkt") not in set(asset.tolist())


def test_planted_returns_stand_on_day_0_only(panel: pd.DataFrame):
    made = draw(own(panel, clustered=False), Setting(), range(20))
    planted = draw(own(panel, clustered=False), Setting(ar=0.07), range(20))
    at, to = made.positions, planted.positions
    assert (at.day0 == to.day0).all()
    gain = planted.panel.returns[to.asset] - made.panel.returns[at.asset]
    assert gain[np.arange(200), at.day0] == pytest.approx(0.07)
    assert np.nanmax(np.abs(made.panel.returns)) < 0.2
    twice = pd.DataFrame({"s": np.arange(200) // 10, "a": at.asset}).duplicated(keep=False)
    alone = ~twice.to_numpy()
    assert (np.abs(gain[alone]) > 1e-12).sum(axis=1).max() == 1
    same = pd.DataFrame({"s": np.arange(200) // 10, "a": at.asset, "row": to.asset})
    assert len(same.drop_duplicates()) == len(same.drop_duplicates(["s", "a"])) < len(same)


@pytest.mark.parametrize("clustered", [True, False])
def test_size_and_power_on_independent_returns(panel: pd.DataFrame, clustered: bool):
    found = es.calibrate(
        returns=panel,
        **{**RUN, "samples": 300},
        clustered=clustered,
        ar=[0, 0.02],
        tests="patell_z,bmp_kp_t,grank_t",
    )
    rates = found.by_setting()
    assert (rates["AR 0%"] < 0.12).all()
    assert (rates["AR 2%"] > 0.7).all()
    assert found.table["rho"].isna().all()
    assert "30 tickers" in found.source
    assert "benchmark mkt" in found.source


def test_prices_and_their_returns_agree(panel: pd.DataFrame):
    prices = (1 + panel.fillna(0)).cumprod()
    returns = prices / prices.shift(1) - 1
    tables = [
        es.calibrate(prices, **RUN, tests="csect_t").table,
        es.calibrate(returns=returns, **RUN, tests="csect_t").table,
    ]
    assert_frame_equal(*tables)


def test_the_benchmark_that_nobody_named(panel: pd.DataFrame):
    run = {**RUN, "benchmark": None, "samples": 10, "tests": "csect_t"}
    assert UNIVERSE in es.calibrate(returns=panel, **run).source
    assert "^GSPC" in es.calibrate(returns=panel.rename(columns={"mkt": "^GSPC"}), **run).source
    assert "benchmark" not in es.calibrate(returns=panel, **run, model="mean").source


def test_the_bundled_sample_leaves_its_benchmarks_out():
    found = es.calibrate(es.load_prices("bundled"), n_events=15, samples=20, tests="portfolio_t")
    assert "27 tickers" in found.source or "28 tickers" in found.source
    assert found.table["samples"].item() == 20


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"n_events": 40}, es.InputError, "at most 30 on one date"),
        ({"rho": 0.1}, es.InputError, "Option rho: only simulated returns can be given these"),
        ({"benchmark": "SPX"}, es.DataMissingError, "The benchmark SPX is not in the prices"),
        ({"estimation": (-500, -11)}, es.InputError, "at most 0 on one date"),
    ],
)
def test_what_cannot_be_gives_a_sentence(panel: pd.DataFrame, options, kind, said: str):
    with pytest.raises(kind, match=said):
        es.calibrate(returns=panel, **{**RUN, **options})


def test_prices_or_returns(panel: pd.DataFrame):
    with pytest.raises(es.InputError, match="not both"):
        es.calibrate(panel, returns=panel)
    with pytest.raises(es.InputError, match="prices is a list"):
        es.calibrate([1, 2])  # type: ignore[arg-type]
    with pytest.raises(es.InputError, match="no ticker besides benchmarks"):
        es.calibrate(returns=panel[["mkt"]], **RUN)
