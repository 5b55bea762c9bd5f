"""calibrate(): seeds, chunks, layouts, refusals, errors, and what it leaves behind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy.calibration import calibrate as calibration
from eventstudy.calibration.rejections import pack, unpack
from eventstudy.calibration.shares import RejectionCount
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sample import Layout


def test_figures_do_not_depend_on_workers_or_chunks(small: dict[str, Any], monkeypatch):
    run = {**small, "rho": [0, 0.2], "thin": 0.1, "seed": 4}
    serial = es.calibrate(**run)
    assert_frame_equal(es.calibrate(**run, engine="processes").table, serial.table)
    monkeypatch.setattr(calibration, "CHUNK", 7)
    assert_frame_equal(es.calibrate(**run).table, serial.table)
    watched = es.calibrate(**run, progress=lambda done, total: None)
    assert_frame_equal(watched.table, serial.table)


def test_another_seed_gives_other_figures(small: dict[str, Any]):
    tables = [es.calibrate(**small, rho=0.1, seed=seed).table for seed in (0, 1)]
    assert not tables[0].equals(tables[1])


def test_a_setting_does_not_depend_on_its_neighbours(small: dict[str, Any]):
    alone = es.calibrate(**small, rho=0.1).table
    beside = es.calibrate(**small, rho=[0, 0.1]).table
    assert_frame_equal(beside[beside["rho"] == 0.1].reset_index(drop=True), alone)


def test_progress_ends_at_the_total(small: dict[str, Any]):
    seen: list[tuple[int, int]] = []
    es.calibrate(
        **{**small, "samples": 100},
        tests="csect_t",
        rho=[0, 0.1],
        progress=lambda *at: seen.append(at),
    )
    assert seen[-1] == (200, 200)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


@pytest.mark.parametrize(
    ("options", "layout"),
    [
        ({"n_events": 1}, Layout.ONE),
        ({}, Layout.ONE_DATE),
        ({"clustered": False}, Layout.MANY_DATES),
    ],
)
def test_every_test_that_fits_the_layout_is_run(small: dict[str, Any], options, layout):
    found = es.calibrate(**{**small, "samples": 5, **options}, tests="all")
    fitting = [t.name for t in list_tests().values() if layout in t.layouts]
    assert list(found.tests) == fitting
    light = es.calibrate(**{**small, "samples": 5, **options})
    resampling = {t.name for t in list_tests().values() if t.resamples}
    assert {"bootstrap", "permutation"} < resampling
    assert set(light.tests) == set(fitting) - resampling


def test_refusals_are_shown_with_their_reason(small: dict[str, Any]):
    found = es.calibrate(**small, tests="csect_t,calendar_time,t")
    table = found.table.set_index("test")
    assert table.loc["t", "refused"].startswith(
        "30 of 30: t is a test for one observation; this group is"
    )
    assert table.loc["t", "samples"] == 0
    assert pd.isna(table.loc["t", "rate"])
    assert pd.isna(table.loc["t", "nominal"])
    assert table.loc["csect_t", "refused"] == ""
    assert found.advice.endswith("Refused, so unknown: calendar_time and t.")
    assert "t refused 30 of 30" in found.summary()
    everything = es.calibrate(**small, tests="t")
    assert "their size is unknown" in everything.advice
    everything.plot()


def test_samples_with_missing_returns_count_what_answers(small: dict[str, Any]):
    found = es.calibrate(**{**small, "n_events": 2}, thin=0.5, tests="csect_t,cda_t", min_obs=10)
    table = found.table.set_index("test")
    assert 0 < table.loc["csect_t", "samples"] < 30
    assert " of 30: " in table.loc["csect_t", "refused"]


@pytest.mark.parametrize("model", ["mean", "market_adjusted"])
def test_other_models(small: dict[str, Any], model: str):
    found = es.calibrate(**small, model=model, tests="bmp_kp_t")
    assert found.table["samples"].item() == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rho": 1.0}, "Option rho: give a correlation from 0 to below 1 (given: 1)."),
        ({"rho": "0,x"}, "Option rho: '0,x' is neither a number nor a list of numbers."),
        ({"rho": []}, "Option rho: give a correlation from 0 to below 1 (given: nothing)."),
        ({"variance": [1, 0]}, "Option variance: give a positive factor (given: 0)."),
        (
            {"tails": 2},
            "Option tails: give degrees of freedom above 2, inf for the normal (given: 2).",
        ),
        ({"thin": 1}, "Option thin: give a share from 0 to below 1 (given: 1)."),
        (
            {"ar": float("nan")},
            "Option ar: give a return in decimals above −1, such as 0.01 (given: nan).",
        ),
        ({"samples": 1}, "Option samples: give a whole number from 2 to 1,000,000 (given: 1)."),
        ({"n_events": 0}, "Option n_events: give a whole number from 1 to 100,000 (given: 0)."),
        (
            {"seed": -1},
            "Option seed: give a whole number from 0 to 9,223,372,036,854,775,807 (given: -1).",
        ),
        ({"alpha": 5}, "Option alpha: give a level between 0 and 1 (given: 5)."),
        ({"alpha": "5%"}, "Option alpha: give a level between 0 and 1 (given: '5%')."),
        ({"untraded": "nan"}, "Option untraded: 'nan' is not known; known: missing, zero."),
        ({"sigma": (0.04, 0.01)}, "Option sigma: give a standard deviation a day in decimals"),
        ({"sigma": "x"}, "Option sigma: give a standard deviation a day in decimals"),
        ({"model": "ff3"}, "which simulated returns do not have"),
        ({"engine": "threads"}, "There is no engine 'threads'."),
        ({"tests": "patel_z"}, "There is no test 'patel_z'. Did you mean 'patell_z'?"),
        ({"tests": ","}, "Option tests: name at least one test"),
        ({"model": "markt"}, "There is no model 'markt'. Did you mean 'market'?"),
        ({"window": (-20, 0)}, "overlap"),
        ({"benchmark": "X"}, "simulated returns have one market of their own; leave it out."),
    ],
)
def test_bad_options_give_a_sentence(options: dict[str, Any], said: str):
    with pytest.raises(es.InputError) as error:
        es.calibrate(**options)
    assert said in str(error.value)
    assert len(error.value.problems) == 1


def test_all_bad_options_are_named_at_once():
    with pytest.raises(es.InputError) as error:
        es.calibrate(rho=2, variance=-1)
    assert len(error.value.problems) == 2


def test_summary_has_80_columns_and_marks_what_fails(small: dict[str, Any]):
    found = es.calibrate(
        **{**small, "samples": 8},
        rho=[0, 0.02, 0.05, 0.1, 0.5, 0.9],
        variance=[1, 2],
        tails=[5, 99],
    )
    lines = found.summary().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("*" in line for line in lines)
    assert any(line.startswith("Trust ") for line in lines)
    assert sum(line.startswith("bmp_kp_t ") for line in lines) > 1
    assert repr(found) == f"Calibration({len(found.tests)} tests, 24 settings, 8 samples each)"
    assert found.plot().get_label()


def test_save_writes_the_whole_or_nothing(small: dict[str, Any], tmp_path: Path):
    found = es.calibrate(**small, rho=[0, 0.5], tests="bmp_t,grank_t", seed=9)
    place = found.save(tmp_path / "cal")
    names = {"calibration.csv", "calibration.json", "calibration.pdf", "calibration.png"}
    assert {p.name for p in place.iterdir()} == names
    read = pd.read_csv(place / "calibration.csv", keep_default_na=False, na_values=[""])
    assert read["rate"].tolist() == pytest.approx(found.table["rate"].tolist(), rel=1e-11)
    meta = json.loads((place / "calibration.json").read_text("utf-8"))
    assert meta["advice"] == found.advice
    assert meta["table"][0]["tails"] is None
    assert meta["spec"]["seed"] == 9
    first = {p.name: p.read_bytes() for p in place.iterdir()}
    found.save(place)
    assert {p.name: p.read_bytes() for p in place.iterdir()} == first
    (place / "notes.txt").write_text("mine")
    with pytest.raises(es.InputError, match=r"notes\.txt"):
        found.save(place)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(es.InputError, match="not an earlier result"):
        found.save(tmp_path / "mine")


@pytest.mark.parametrize("world", ["simulated", "own panel"])
def test_a_calibration_broken_off_goes_on(world, tmp_path) -> None:
    given: dict[str, Any] = {"samples": 100, "n_events": 5, "tests": ["csect_t", "cda_t"]}
    if world == "own panel":
        given["prices"] = es.load_prices()
    whole = es.calibrate(**given)

    def stop(done: int, total: int) -> None:
        if done == 80:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        es.calibrate(**given, checkpoints=tmp_path, progress=stop)
    chunks = list(tmp_path.rglob("*.npz"))
    assert len(chunks) == 2
    again = es.calibrate(**given, checkpoints=tmp_path)
    pd.testing.assert_frame_equal(again.table, whole.table, check_exact=True)
    assert not list(tmp_path.rglob("*.npz"))


def test_tallies_survive_a_file() -> None:
    tallies = [
        RejectionCount(3, 1, Counter({"too few": 2, "b": 1})),
        RejectionCount(),
        RejectionCount(5, 0, Counter(b=7)),
    ]
    assert unpack(pack(tallies)) == tallies
    assert unpack(pack([RejectionCount()])) == [RejectionCount()]
