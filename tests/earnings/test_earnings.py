"""The earnings study on the whole universe, as docs/earnings.md tells it."""

from __future__ import annotations

import importlib.util
from inspect import signature
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

pytestmark = [pytest.mark.needs_shared, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "earnings_universe.py"
ONE_DATE_OR_ONE_EVENT = {
    "t",
    "placebo",
    "donor_placebo",
    "portfolio_t",
    "portfolio_placebo",
    "joint_f",
}


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("earnings_universe", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def announcements(example: ModuleType, returns: pd.DataFrame, shared: Path) -> pd.DataFrame:
    return example.read_announcements(shared / "data", returns)


@pytest.fixture(scope="module")
def returns(example: ModuleType, shared: Path) -> pd.DataFrame:
    return example.read_returns(shared / "data")


@pytest.fixture(scope="module")
def result(
    example: ModuleType, announcements: pd.DataFrame, returns: pd.DataFrame
) -> es.StudyResult:
    return example.study_earnings(announcements, returns)


def about_twenty_thousand_announcements(announcements, result) -> None:
    assert len(announcements) == 21_154
    assert 19_500 < result.n < 20_500
    groups = result.assets.labels["group"].value_counts()
    assert groups["good news"] > 7_000
    assert groups["bad news"] > 1_800


def every_announcement_is_in_the_result_or_left_out_with_a_reason(announcements, result) -> None:
    out = result.exclusions[~result.exclusions["stage"].str.startswith("CAR")]
    assert result.n + len(out) == len(announcements)
    assert not set(out["event_id"]) & set(result.assets.labels["event_id"])
    assert (result.exclusions["reason"].str.len() > 20).all()


def prices_follow_the_sign_of_the_surprise(example, result) -> None:
    good, bad = (example.mean_of(result, name) for name in ("good news", "bad news"))
    assert 0.005 < good["estimate"] < 0.012
    assert -0.025 < bad["estimate"] < -0.012
    for name, sign in (("good news", 1), ("bad news", -1)):
        tests = result.tests[result.tests["group"] == name]
        rows = tests[(tests["start"] == -1) & (tests["end"] == 1)].set_index("test")
        assert sign * rows.loc["bmp_kp_t", "statistic"] > 5
        assert rows.loc["bmp_kp_t", "p_value"] < 1e-6
        assert rows.loc["bmp_kp_t", "headline"]
        given = rows[rows["refused"] == ""]
        directed = given[~given["distribution"].isin(["binomial", "signed rank"])]
        assert (sign * directed["statistic"] > 0).all()
        assert (given["p_value"] < 0.02).all()


def no_test_fails(result) -> None:
    """Only tests for another layout are refused; every figure is finite, every p in its range."""
    refused = result.tests["refused"] != ""
    assert set(result.tests.loc[refused, "test"]) <= ONE_DATE_OR_ONE_EVENT | {
        *("calendar_time", "bootstrap", "bhar_skew_t"),
    }
    large = result.tests["group"] != "as expected"
    assert set(result.tests.loc[refused & large, "test"]) <= ONE_DATE_OR_ONE_EVENT
    assert np.isfinite(result.tests.loc[~refused, "statistic"]).all()
    assert result.tests.loc[~refused, "p_value"].between(0, 1).all()


def nothing_happens_before_and_most_on_the_day_and_the_next(result) -> None:
    """Reports after the close react on day +1: [−1, +1] holds the reaction."""
    table = result.averages.query("start == end").set_index(["group", "start"])["estimate"]
    for name, sign in (("good news", 1), ("bad news", -1)):
        reaction = sign * table[name].loc[[0, 1]].sum()
        assert reaction > 4 * abs(table[name].drop([0, 1])).max()


def the_figure_and_the_table_of_the_page(example, result, tmp_path: Path) -> None:
    picture = example.draw(result, tmp_path / "earnings")
    assert picture.read_bytes()[:4] == b"\x89PNG"
    paths = example.caar_paths(result, ["good news", "bad news"])
    assert len(paths) == 2 * 16
    assert ((paths["low"] < paths["car"]) & (paths["car"] < paths["high"])).all()
    page = (EXAMPLE.parents[1] / "docs" / "earnings.md").read_text(encoding="utf-8")
    for name in ("good news", "bad news"):
        row = result.by("group").loc[(name, -1, 1)]
        assert f"{row['n']:,}" in page
        assert f"{100 * row['estimate']:+.2f}".replace("-", "−") in page
    table = example.test_table(result)
    for test in table.index.difference(["bootstrap", "permutation"]):
        shown = f"{table.loc[test, ('good news', 'statistic')]:,.2f}"
        assert f"| `{test}` | {shown}" in page or f"[`{test}`](tests/{test}.md) | {shown}" in page


def test_the_earnings_study(
    example: ModuleType,
    announcements: pd.DataFrame,
    result: es.StudyResult,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    """All in one test, so that one process makes the study, which takes longest, once."""
    known = {
        "example": example,
        "announcements": announcements,
        "result": result,
        "tmp_path": tmp_path,
    }
    for check in (
        about_twenty_thousand_announcements,
        every_announcement_is_in_the_result_or_left_out_with_a_reason,
        prices_follow_the_sign_of_the_surprise,
        no_test_fails,
        nothing_happens_before_and_most_on_the_day_and_the_next,
        the_figure_and_the_table_of_the_page,
    ):
        with subtests.test(check.__name__):
            check(**{name: known[name] for name in signature(check).parameters})
