"""Diagnostics of the fits against direct computation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es


def run(wide, observations, **options) -> es.StudyResult:
    given = {"benchmark": "mkt", "window": (-1, 1), "car": [(0, 0)], **options}
    return es.EventStudy(**given).run(observations, returns=wide)


def test_each_figure_by_hand(wide, observations, result) -> None:
    table = result.diagnostics
    assert list(table.columns) == [
        *("durbin_watson", "ljung_box_p", "arch_lm_p", "jarque_bera_p"),
        *("stability_p", "zero_returns", "autocorrelation", "flags"),
    ]
    row = observations.iloc[13]
    at = wide.index.get_loc(row["date"])
    y = wide[row["ticker"]].to_numpy()[at - 260 : at - 10]
    x = wide["mkt"].to_numpy()[at - 260 : at - 10]
    X = np.column_stack([np.ones(250), x])
    e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    mine = table.loc[(row["event_id"], row["ticker"])]
    assert mine["durbin_watson"] == pytest.approx((np.diff(e) ** 2).sum() / (e**2).sum())
    assert mine["autocorrelation"] == pytest.approx((e[1:] * e[:-1]).sum() / (e**2).sum())
    late = (np.arange(250) >= 125) * (x - x.mean())
    full = np.column_stack([X, late])
    rest = y - full @ np.linalg.lstsq(full, y, rcond=None)[0]
    f = ((e**2).sum() - (rest**2).sum()) / ((rest**2).sum() / 247)
    assert mine["stability_p"] == pytest.approx(stats.f.sf(f, 1, 247), rel=1e-9)
    assert mine["zero_returns"] == 0


def test_a_beta_that_changes_is_flagged(wide, observations) -> None:
    broken = wide.copy()
    at = wide.index.get_loc(observations["date"].iloc[0])
    broken.iloc[: at - 135, 0] += 2.5 * broken["mkt"].iloc[: at - 135]
    table = run(broken, observations).diagnostics
    assert "beta not stable" in table["flags"].iloc[0]
    assert table["stability_p"].iloc[0] < 1e-4
    assert (table["stability_p"].iloc[1:] < 0.01).mean() < 0.1


def test_without_slopes_the_mean_is_tested(wide, observations) -> None:
    broken = wide.copy()
    at = wide.index.get_loc(observations["date"].iloc[0])
    broken.iloc[: at - 135, 0] += 0.02
    for model in ("mean", "market_adjusted"):
        table = run(broken, observations, model=model).diagnostics
        assert "mean not stable" in table["flags"].iloc[0]
    y = broken.iloc[at - 260 : at - 10, 0].to_numpy()
    t = stats.ttest_ind(y[:125], y[125:])
    mine = run(broken, observations, model="mean").diagnostics["stability_p"].iloc[0]
    assert mine == pytest.approx(t.pvalue, rel=1e-8)


def test_zero_returns_are_counted_among_the_valid(wide, observations) -> None:
    thin = wide.copy()
    at = wide.index.get_loc(observations["date"].iloc[0])
    thin.iloc[at - 260 : at - 220, 0] = 0.0
    thin.iloc[at - 220 : at - 170, 0] = np.nan
    table = run(thin, observations).diagnostics
    assert table["zero_returns"].iloc[0] == pytest.approx(40 / 200)
    assert "thin trading" in table["flags"].iloc[0]
    assert not table["flags"].iloc[1:].str.contains("thin").any()


def test_an_autocorrelated_series_shows(wide, observations) -> None:
    moved = wide.copy()
    own = moved["F00"].to_numpy()
    moved["F00"] = own + 0.6 * np.append(0, own[:-1])
    table = run(moved, observations).diagnostics
    assert table["autocorrelation"].iloc[0] == pytest.approx(0.6 / 1.36, abs=0.12)
    assert "autocorrelated" in table["flags"].iloc[0]


def test_saved_results_still_answer(wide, observations, tmp_path) -> None:
    thin = wide.copy()
    thin.iloc[50:120, :5] = 0.0
    result = run(thin, observations)
    result.save(tmp_path / "r")
    pd.testing.assert_frame_equal(es.load(tmp_path / "r").diagnostics, result.diagnostics)


def test_large_studies_and_short_windows_have_none(wide, observations) -> None:
    lean = run(wide, observations, placebo=False)
    assert lean.diagnostics.empty
    assert "zero_return_share" not in lean.assets.labels
    short = run(wide, observations, estimation=(-25, -11), min_obs=10).diagnostics
    assert (short["flags"] == "only 15 residuals: no diagnostics").all()
    assert short.drop(columns="flags").isna().all().all()


def test_no_observation_no_row(wide, observations) -> None:
    none = run(wide, observations.assign(ticker="ZZZ"))
    assert none.n == 0
    assert len(none.diagnostics) == 0
