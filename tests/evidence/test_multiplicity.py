"""Adjusted p-values, against the definitions written out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.report.tables.tidy import tidy_cars, with_adjusted
from eventstudy.result.multiple_testing import (
    adjust,
    adjusted,
    joint_placebo_p,
    quoted_p,
    remaining,
)
from eventstudy.spec.windows import Window

REPOSITORY = Path(__file__).resolve().parents[2]


def holm(p: list[float]) -> list[float]:
    """Step down: the k-th smallest times what is left, never below the one before."""
    order, found, worst = sorted(range(len(p)), key=lambda i: p[i]), [0.0] * len(p), 0.0
    for k, i in enumerate(order):
        worst = max(worst, (len(p) - k) * p[i])
        found[i] = min(1.0, worst)
    return found


def benjamini_hochberg(p: list[float]) -> list[float]:
    """Step up: the k-th smallest times M/k, never above the one after."""
    order, found, best = sorted(range(len(p)), key=lambda i: p[i]), [0.0] * len(p), 1.0
    for k in range(len(p), 0, -1):
        i = order[k - 1]
        best = min(best, p[i] * len(p) / k)
        found[i] = best
    return found


def test_both_methods() -> None:
    p = [0.04, 0.001, 0.3, 0.02, 0.02, 0.9]
    found = adjust(p)
    assert found["p_holm"].tolist() == pytest.approx(holm(p))
    assert found["p_bh"].tolist() == pytest.approx(benjamini_hochberg(p))


def test_missing_p_values_do_not_count() -> None:
    found = adjust([0.01, np.nan, 0.04])
    assert found["p_holm"].tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert found["p_bh"].tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert adjust([np.nan, np.nan]).isna().all().all()
    assert adjust([]).empty


def table(p: list[float], placebo: list[float], n_obs: int = 250) -> pd.DataFrame:
    return pd.DataFrame({"p_value": p, "p_placebo": placebo, "n_obs": n_obs})


def test_the_quoted_p_is_adjusted() -> None:
    rows = table([0.5, 0.01, np.nan], [0.02, np.nan, np.nan])
    assert quoted_p(rows).tolist() == pytest.approx([0.02, 0.01, np.nan], nan_ok=True)
    found = adjusted(rows)
    assert found["p_holm"].tolist() == pytest.approx([0.02, 0.02, np.nan], nan_ok=True)
    assert found["family"].tolist() == [2, 2, 2]


def test_what_remains() -> None:
    nan = np.nan
    found = remaining(table([0.001, 0.03, 0.04, 0.8], [nan] * 4), 0.05)
    assert (found.family, found.raw, found.holm, found.bh, found.least) == (4, 3, 1, 1, 0.0)
    assert re.findall(r"\d+%?", found.sentence) == ["3", "4", "5%", "1", "5%", "1"]
    assert remaining(table([], []), 0.05).family == 0


def test_placebo_steps_can_be_too_coarse_for_holm() -> None:
    steps = 1 / 251
    found = remaining(table([1e-9] * 14, [steps] * 14), 0.05)
    assert found.least == pytest.approx(14 * steps)
    assert (found.raw, found.holm, found.bh) == (14, 0, 14)
    assert "0.056" in found.sentence
    mixed = remaining(table([1e-9] * 14, [steps] * 13 + [np.nan]), 0.05)
    assert (mixed.least, mixed.holm) == (0.0, 1)


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    events, prices = es.read_events(REPOSITORY / "events.csv"), es.load_prices("bundled")
    return es.EventStudy(compare=(), car=[(0, 0), (0, 5)]).run(
        events, prices, event_ids=["deepseek-app-store"]
    )


def test_the_exported_table(result: es.StudyResult) -> None:
    plain = tidy_cars(result.assets)
    found = with_adjusted(plain)
    assert found["family"].tolist() == [2 * result.n] * len(plain)
    assert found["p_quoted"].tolist() == plain["p_placebo"].tolist()
    assert found["p_holm"].tolist() == pytest.approx(holm(plain["p_placebo"].tolist()))
    assert found["p_bh"].tolist() == pytest.approx(benjamini_hochberg(plain["p_placebo"].tolist()))
    assert list(found.drop(columns=["p_quoted", "p_holm", "p_bh", "family"])) == list(plain)


@pytest.mark.parametrize("window", [Window(0, 0), Window(0, 5)])
def test_joint_placebos_step_down(result: es.StudyResult, window: Window) -> None:
    """Against the definition, asset by asset."""
    t = np.abs(result.car(window)["t"].to_numpy())
    ordinary = np.abs(result.assets.placebos(window.length))
    expected, worst = np.full(len(t), np.nan), 0.0
    for i in sorted(range(len(t)), key=lambda i: -t[i]):
        rest = [j for j in range(len(t)) if t[j] <= t[i]]
        beyond = [np.nanmax(ordinary[rest, k]) >= t[i] for k in range(ordinary.shape[1])]
        worst = max(worst, (1 + sum(beyond)) / (1 + len(beyond)))
        expected[i] = worst
    found = joint_placebo_p(result.assets, window)
    assert found.tolist() == pytest.approx(expected.tolist())
    alone = result.car(window)["p_placebo"].to_numpy()
    assert (found >= alone - 1e-12).all()
    assert (found < 0.05).any() == (window.length == 1)


def test_joint_placebos_of_one_asset_are_its_own(result: es.StudyResult) -> None:
    one = result.assets.take(np.array([0]))
    day = Window(0, 0)
    assert joint_placebo_p(one, day)[0] == one.car_table(day)["p_placebo"].iloc[0]


def test_an_asset_without_a_figure_has_no_joint_p() -> None:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2020-01-01", periods=300)
    returns = pd.DataFrame(0.01 * rng.standard_normal((300, 4)), days, ["A", "B", "C", "mkt"])
    returns.loc[days[280], "B"] = np.nan
    frame = pd.DataFrame({"event_id": "e", "ticker": ["A", "B", "C"], "date": days[280]})
    study = es.EventStudy(benchmark="mkt", window=(0, 1), car=[(0, 0)])
    found = joint_placebo_p(study.run(frame, returns=returns).assets, Window(0, 0))
    assert np.isnan(found).tolist() == [False, True, False]


@pytest.mark.weekly
@pytest.mark.slow
def test_joint_placebos_hold_the_family_under_the_null() -> None:
    """Correlated assets with heavy tails, ten a family, and nothing happens: at most 5% err."""
    rng = np.random.default_rng(11)
    T, families = 130, 200
    days = pd.bdate_range("2020-01-01", periods=T)
    study = es.EventStudy(
        returns="other",
        benchmark="mkt",
        estimation=(-119, -1),
        window=(0, 0),
        car=[(0, 0)],
        min_obs=50,
        tests=(),
    )
    frame = pd.DataFrame({"event_id": "e", "ticker": list("ABCDEFGHIJ"), "date": days[125]})
    erring = 0
    for _ in range(families):
        noise = 0.02 * rng.standard_t(3, (T, 10)) + 0.02 * rng.standard_t(3, (T, 1))
        returns = pd.DataFrame(noise, days, list("ABCDEFGHIJ")).assign(
            mkt=0.01 * rng.standard_normal(T)
        )
        found = joint_placebo_p(study.run(frame, returns=returns).assets, Window(0, 0))
        erring += bool((found <= 0.05).any())
    assert 0.01 < erring / families < 0.10


def test_joint_placebos_are_of_one_date(result: es.StudyResult) -> None:
    labels = result.assets.labels.copy()
    labels.loc[0, "day0"] += pd.Timedelta(days=1)
    from dataclasses import replace

    with pytest.raises(es.InputError, match="need the placebos of one event's assets"):
        joint_placebo_p(replace(result.assets, labels=labels), Window(0, 0))
