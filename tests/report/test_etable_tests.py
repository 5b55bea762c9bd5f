"""Tests side by side: the figures of the study's own tests, by any label of the observations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.text.numbers import number, p_text

TESTS = ("t", "bmp_kp_t", "grank_t")


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    days = pd.bdate_range("2022-01-03", periods=420)
    names = [*(f"F{i}" for i in range(24)), "mkt"]
    return pd.DataFrame(0.01 * np.random.default_rng(0).standard_normal((420, 25)), days, names)


@pytest.fixture(scope="module")
def observations(wide) -> pd.DataFrame:
    at = 290 + 5 * np.arange(24)
    sectors = np.resize(np.array(["chips", "banks"], dtype=object), 24)
    sectors[7] = None
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(24)],
            "ticker": [f"F{i}" for i in range(24)],
            "date": wide.index[at],
            "sector": sectors,
        }
    )


@pytest.fixture(scope="module")
def result(wide, observations) -> es.StudyResult:
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(0, 0), (-1, 1)])
    return study.run(observations, returns=wide)


def test_of_a_label_are_those_of_a_study_with_it_as_group(result, wide, observations):
    known = observations.dropna(subset="sector").rename(columns={"sector": "group"})
    theirs = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(0, 0), (-1, 1)], tests="all")
    expected = theirs.run(known, returns=wide).tests
    mine = result.tests_by("sector", "all")
    for group in ("chips", "banks"):
        pd.testing.assert_frame_equal(
            mine[mine["group"] == group].reset_index(drop=True),
            expected[expected["group"] == group].reset_index(drop=True),
        )
    assert (mine.loc[mine["group"] == "all", "n"] == 24).all()


@pytest.mark.parametrize("count", [24, 1_100])
def test_without_kept_estimation_windows_are_the_same(wide, count):
    many = np.arange(count)
    rows = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in many],
            "ticker": [f"F{i % 24}" for i in many],
            "date": wide.index[290 + many % 120],
            "group": np.resize(["a", "b"], count),
        }
    )
    study = es.EventStudy(benchmark="mkt", window=(0, 1), car=[(0, 1)], tests=["grank_t", "sign_z"])
    result = study.run(rows, returns=wide)
    pd.testing.assert_frame_equal(result.tests_by("group"), result.tests)


def test_stand_side_by_side_with_p_below(result):
    table = es.etable(result, tests=TESTS, by="sector")
    frame = table.to_frame()
    assert list(frame["group"].unique()) == ["all", "chips", "banks"]
    assert len(frame) == 3 * 2 * 3
    rows = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[0].split("|")[4:-1]] == [
        name.replace("_", r"\_") for name in TESTS
    ]
    chips = result.tests_by("sector", ["csect_t", "bmp_kp_t", "grank_t"])
    chips = chips[(chips["group"] == "chips") & (chips["start"] == 0) & (chips["end"] == 0)]
    text = repr(table)
    for row in chips.to_dict("records"):
        assert number(row["statistic"]) in text
        assert f"({p_text(row['p_value'], prefix=False)})" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "Without a value of sector, in no group: 1." in text


def test_means_and_counts_are_those_of_by(result):
    frame = es.etable(result, tests=TESTS, by="sector").to_frame()
    own = frame[frame["test"] == "bmp_kp_t"].set_index(["group", "start", "end"])
    for key, row in result.by("sector").iterrows():
        if isinstance(key[0], str):
            assert own.loc[key, "estimate"] == row["estimate"]
            assert own.loc[key, "n"] == row["n"]


def test_t_is_that_of_the_layout(result, flagship):
    assert set(es.etable(result, tests="t").to_frame()["test"]) == {"csect_t"}
    one_date = es.etable(flagship.both.only("deepseek-app-store"), (0, 0), tests="t").to_frame()
    by_group = one_date.set_index("group")["test"]
    assert by_group["nvidia"] == "t"
    assert by_group["hyperscalers"] == "portfolio_t"


def test_without_tests_by_shows_the_quoted_one(result):
    frame = es.etable(result, by="sector").to_frame()
    assert set(frame["test"]) == {"bmp_kp_t"}
    mine = frame[(frame["group"] == "all") & (frame["start"] == -1)].iloc[0]
    headline = result.headline("all", (-1, 1))
    assert (mine["statistic"], mine["p"]) == (headline["statistic"], headline["p_value"])


def test_that_is_not_valid_is_a_dash_with_its_reason(result):
    table = es.etable(result, (0, 0), tests=["bmp_kp_t", "placebo"], group="all")
    row = table.to_frame().set_index("column").loc["placebo"]
    assert np.isnan(row["p"])
    assert row["refused"]
    assert f"– {row['refused']} (all)." in " ".join(repr(table).split())


def test_show_beside_and_stars(result):
    p_alone = es.etable(result, (0, 0), tests=["bmp_kp_t"], show="p", group="all", by="sector")
    value = p_alone.to_frame()["p"].iloc[0]
    assert p_text(value, prefix=False) in repr(p_alone)
    beside = es.etable(result, (0, 0), tests=TESTS, beside=True, stars=(0.999,))
    cells = beside.to_markdown().splitlines()[4].split("|")
    assert len(cells) == 2 + 3 + 2 * 3
    assert cells[4].count("*") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tests": ["bmp_kp"]}, "Did you mean 'bmp_kp_t'?"),
        ({"by": "secto"}, "Did you mean 'sector'?"),
        ({"by": "sector", "group": "oil"}, "'oil'"),
        ({"tests": "t", "windows": (0, 1)}, "[0, +1]; add it to car="),
        ({"tests": "t", "show": "se"}, "'se'"),
        ({"fixed": "sector"}, "Option fixed"),
    ],
)
def test_errors_name_the_option(result, options, said):
    with pytest.raises(es.InputError, match=re.escape(said)):
        es.etable(result, **options)


def test_a_loaded_result_has_its_own_tests_alone(result, tmp_path):
    loaded = es.load(result.save(tmp_path / "saved"))
    own = es.etable(loaded, tests=["bmp_kp_t"]).to_frame()
    assert np.isfinite(own["p"]).all()
    with pytest.raises(es.InputError, match="tests="):
        es.etable(loaded, tests=["bmp_kp_t"], by="sector")
