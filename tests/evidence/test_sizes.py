"""Measured sizes: layouts are drawn as declared, and the counts are those of a calibration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy.calibration import sizes
from eventstudy.calibration.own_prices import draw, own_panel
from eventstudy.calibration.setting import Setting
from eventstudy.calibration.sizes import measure_sizes, size_run
from eventstudy.models.registry import get_model
from eventstudy.significance.date_layouts import MEASURED, DateLayout
from eventstudy.significance.registry import chosen_tests
from eventstudy.significance.validity import measured_cells
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

WINDOWS = (Window(0, 0), Window(-1, 1))
APART = DateLayout("apart", 4, 3, 9)
CLOSE = DateLayout("close", 4, 3, 1)
SINGLY = DateLayout("singly", 12, 1)
ONE = DateLayout("one", 1, 12)


@pytest.fixture(scope="module")
def long_panel() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    market = 0.01 * rng.standard_normal(700)
    returns = market[:, None] + 0.02 * rng.standard_normal((700, 20))
    days = pd.bdate_range("2020-01-01", periods=700)
    frame = pd.DataFrame(returns, index=days, columns=[f"T{i}" for i in range(20)])
    return frame.assign(mkt=market)


@pytest.mark.parametrize("layout", [APART, CLOSE, ONE], ids=lambda one: one.name)
def test_dates_keep_their_distance_and_no_asset_comes_twice(panel: pd.DataFrame, layout):
    spec = StudySpec(estimation=(-60, -11), window=(0, 0), car=((0, 2),), min_obs=40)
    own = own_panel(
        panel.drop(columns="mkt"), model=get_model("mean"), spec=spec, layout=layout, seed=1
    )
    made = draw(own, Setting(), range(80))
    starts = set()
    for sample in range(80):
        rows = slice(layout.n * sample, layout.n * (sample + 1))
        dates, counts = np.unique(made.positions.day0[rows], return_counts=True)
        assert counts.tolist() == [layout.firms] * layout.dates
        gaps = np.diff(dates)
        assert (gaps == 1).all() if layout.spacing == 1 else (gaps >= layout.spacing).all()
        assert len(set(made.positions.asset[rows].tolist())) == layout.n
        starts.add(int(dates[0]))
    assert len(starts) > 20
    values = made.panel.returns
    for ahead in range(3):
        assert np.isfinite(values[made.positions.asset, made.positions.day0 + ahead]).all()


def test_a_panel_too_short_for_a_layout_is_refused(panel: pd.DataFrame):
    spec = StudySpec(estimation=(-60, -11), window=(0, 0), car=((0, 0),), min_obs=40)
    wide = DateLayout("wide", 3, 2, 200)
    with pytest.raises(es.InputError, match="longer panel"):
        own_panel(panel, model=get_model("mean"), spec=spec, layout=wide, seed=1)


def test_counts_are_those_of_a_calibration(long_panel: pd.DataFrame):
    tests = chosen_tests(["csect_t", "bmp_kp_t", "grank_t"])
    run = size_run(long_panel, [ONE, SINGLY], tests, WINDOWS[:1], benchmark="mkt", seed=3)
    table = measure_sizes(run, 40).set_index(["layout", "test"])
    for layout in (ONE, SINGLY):
        found = es.calibrate(
            returns=long_panel,
            n_events=12,
            clustered=layout is ONE,
            samples=40,
            tests=[test.name for test in tests],
            benchmark="mkt",
            alpha=0.1,
            seed=3,
        ).table.set_index("test")
        for test in tests:
            assert (
                table.loc[(layout.name, test.name), "at_10"] == found.loc[test.name, "rejections"]
            )
            assert table.loc[(layout.name, test.name), "samples"] == found.loc[test.name, "samples"]


def test_figures_do_not_depend_on_chunks_neighbours_or_interruption(
    long_panel: pd.DataFrame, monkeypatch, tmp_path: Path
):
    tests = chosen_tests(["csect_t", "bootstrap", "t", "portfolio_t"])
    run = size_run(long_panel, [SINGLY, ONE], tests, WINDOWS, benchmark="mkt", resampled=10)
    whole = measure_sizes(run, 30)
    assert set(map(tuple, whole[["layout", "test"]].to_numpy())) == {
        *(
            ("singly", "csect_t"),
            ("singly", "bootstrap"),
            ("one", "csect_t"),
            ("one", "portfolio_t"),
        )
    }
    given = whole["samples"] + whole["refused"]
    assert (given == np.where(whole["test"] == "bootstrap", 10, 30)).all()
    monkeypatch.setattr(sizes, "CHUNK", 7)

    def stop(layout: str, done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_sizes(run, 30, progress=stop, checkpoints=tmp_path)
    assert any(tmp_path.rglob("*.npz"))
    seen: list[int] = []
    resumed = measure_sizes(
        run, 30, progress=lambda layout, done, total: seen.append(done), checkpoints=tmp_path
    )
    assert seen[-1] == 60
    assert_frame_equal(resumed, whole)
    alone = size_run(long_panel, [ONE], tests[:1], WINDOWS, benchmark="mkt")
    mine = whole[(whole["layout"] == "one") & (whole["test"] == "csect_t")]
    assert_frame_equal(measure_sizes(alone, 30), mine.reset_index(drop=True))


@pytest.mark.slow
@pytest.mark.needs_shared
def test_some_measured_sizes_come_out_again(shared: Path):
    """Other samples of the same prices: the figures agree within three and a half errors."""
    prices = pd.read_parquet(shared / "data" / "universe_prices.parquet")
    wide = prices.pivot_table("adj_close", "date", "ticker", observed=True).astype(float)
    returns = wide.set_axis(wide.columns.astype(str), axis=1).pct_change(fill_method=None).iloc[1:]
    factors = pd.read_csv(shared / "data" / "factors_daily.csv", parse_dates=["date"])
    factors = factors.set_index("date")
    returns["market"] = (factors["mkt_rf"] + factors["rf"]).reindex(returns.index)
    layouts = [MEASURED["date-30"], MEASURED["consecutive-10"]]
    windows = (Window(0, 0), Window(0, 20))
    tests = chosen_tests(["csect_t", "bmp_kp_t", "cda_t"])
    run = size_run(
        returns.dropna(subset="market"), layouts, tests, windows, benchmark="market", seed=9
    )
    for row in measure_sizes(run, 250).itertuples():
        kept = measured_cells()[row.test, row.layout, row.length].at(0.05)
        p = (row.at_5 + kept.rejections) / (row.samples + kept.samples)
        error = np.sqrt(p * (1 - p) * (1 / row.samples + 1 / kept.samples))
        assert abs(row.at_5 / row.samples - kept.share) < 3.5 * error, row
