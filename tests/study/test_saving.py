"""A result on disk: the same back, the same bytes, whole or not at all."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.estimation.estimates import Estimates
from eventstudy.files.atomic import refuse_others, replace_folder
from eventstudy.files.formats import write_arrays
from eventstudy.models import estimate as estimate_module
from eventstudy.models.kernel.fits import ARRAYS

TABLES = ("tests", "averages", "exclusions", "alignments")


def study(**options) -> es.EventStudy:
    given = {"benchmark": "mkt", "window": (-5, 5), "car": [(0, 0), (-1, 1), (0, 8)], **options}
    return es.EventStudy(**given)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_same_estimates(ours: Estimates, theirs: Estimates) -> None:
    pd.testing.assert_frame_equal(ours.labels, theirs.labels)
    assert (ours.coefficients, ours.spec) == (theirs.coefficients, theirs.spec)
    for name in (*ARRAYS, "root"):
        a, b = getattr(ours.fits, name), getattr(theirs.fits, name)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def assert_same(ours: es.StudyResult, theirs: es.StudyResult) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))
    assert_same_estimates(ours.assets, theirs.assets)
    assert_same_estimates(ours.portfolios, theirs.portfolios)
    assert list(ours.comparison) == list(theirs.comparison)
    for name in ours.comparison:
        assert_same_estimates(ours.comparison[name], theirs.comparison[name])
    assert (ours.spec, ours.model_label, ours.notes) == (
        theirs.spec,
        theirs.model_label,
        theirs.notes,
    )
    assert ours.summary() == theirs.summary()
    for window in ours.spec.car:
        pd.testing.assert_frame_equal(ours.car(window), theirs.car(window))
    for name in ("fits", "abnormal_returns", "returns", "aar", "caar"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))
    pd.testing.assert_frame_equal(ours.by("group"), theirs.by("group"))


@pytest.mark.slow
def test_a_registered_study_comes_back_whole(registered, tmp_path) -> None:
    back = es.load(registered.save(tmp_path / "run"))
    assert_same(registered, back)
    assert list(back.parts) == list(registered.parts)
    for event_id, part in registered.parts.items():
        assert_same(part, back.only(event_id))
        for name in ("events", "confounders", "closes"):
            ours, theirs = getattr(part.context, name), getattr(back.parts[event_id].context, name)
            pd.testing.assert_frame_equal(ours, theirs, check_freq=False)
        for name in ("names", "group_labels", "shares", "origin"):
            assert dict(getattr(part.context, name)) == getattr(back.parts[event_id].context, name)


def test_a_frame_with_covariates_of_all_kinds_comes_back_whole(
    wide, observations, tmp_path
) -> None:
    frame = observations.assign(
        group=[*"xyxy"],
        size=[1.5, 2.5, np.nan, 4.0],
        kind=pd.Categorical(["a", "b", "a", None]),
        listed=[True, False, True, True],
        mixed=[1, "a", None, 2.5],
        seen=pd.to_datetime(["2020-01-01", None, "2021-01-01", "2022-01-01"]),
        note=["", None, "ü", "x"],
    ).rename(columns={"size": 7})
    frame.loc[0, "date"] -= pd.Timedelta(days=1)
    result = study(compare=["E"]).run(frame, returns=wide)
    back = es.load(result.save(tmp_path / "run"))
    assert_same(result, back)
    assert list(result.assets.labels["mixed"].dropna()) == ["1", "a", "2.5"]
    assert "7" in back.assets.labels
    pd.testing.assert_frame_equal(result.by("kind"), back.by("kind"))
    pd.testing.assert_frame_equal(back.car((2, 7)), result.car((2, 7)))


def test_a_large_study_is_saved_without_its_estimation_window(wide, observations, tmp_path) -> None:
    result = study(placebo=False).run(observations, returns=wide)
    assert result.assets.fits.residuals.shape == (4, 0)
    back = es.load(result.save(tmp_path / "run"))
    assert back.car((0, 0))["p_placebo"].isna().all()
    pd.testing.assert_frame_equal(back.car((-1, 1)), result.car((-1, 1)))


def test_the_same_study_gives_the_same_bytes(wide, observations, tmp_path) -> None:
    frame = observations.assign(group=[*"xyxy"])
    for name in ("one", "two"):
        study().run(frame, returns=wide).save(tmp_path / name)
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")
    es.load(tmp_path / "one").save(tmp_path / "three")
    assert folder_bytes(tmp_path / "three") == folder_bytes(tmp_path / "one")


def test_every_engine_gives_the_same_bytes(
    wide, observations, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate_module, "BLOCK", 2)
    for engine in ("serial", "processes"):
        study().run(observations, returns=wide, engine=engine).save(tmp_path / engine)
    assert folder_bytes(tmp_path / "serial") == folder_bytes(tmp_path / "processes")


def test_saving_again_replaces_the_earlier_result(wide, observations, tmp_path) -> None:
    place = tmp_path / "run"
    study().run(observations, returns=wide).save(place)
    study().run(observations.iloc[:2], returns=wide).save(place)
    assert es.load(place).n == 2
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failing_save_leaves_the_old_result(
    wide, observations, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "run"
    result = study().run(observations, returns=wide)
    result.save(place)
    before = folder_bytes(place)

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eventstudy.result.storage.write_arrays", fail)
    with pytest.raises(es.EventStudyError, match="cannot be written: no space left"):
        result.save(place)
    assert folder_bytes(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_save_interrupted_at_the_last_step_leaves_the_old_result(
    wide, observations, tmp_path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """The old folder stood aside already; it was once deleted with the working folder."""
    place = tmp_path / "run"
    result = study().run(observations, returns=wide)
    result.save(place)
    before = folder_bytes(place)
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises((es.EventStudyError, KeyboardInterrupt)):
        result.save(place)
    assert folder_bytes(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_of_something_else_is_not_overwritten(tmp_path) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("years of work")
    with (
        pytest.raises(es.InputError, match="not an earlier result"),
        replace_folder(mine, marker="study.json"),
    ):
        pass
    assert (mine / "chapter.txt").read_text() == "years of work"
    with (
        pytest.raises(es.InputError, match="is a file"),
        replace_folder(mine / "chapter.txt", marker="study.json"),
    ):
        pass


def test_a_file_of_the_users_own_keeps_a_saved_study(wide, observations, tmp_path) -> None:
    result = study().run(observations, returns=wide)
    place = result.save(tmp_path / "run")
    (place / ".DS_Store").touch()
    result.save(place)
    (place / "chapter.txt").write_text("years of work")
    with pytest.raises(es.InputError, match=r"chapter\.txt"):
        result.save(place)
    assert (place / "chapter.txt").read_text() == "years of work"


def test_a_file_that_comes_while_the_folder_is_written_is_kept(tmp_path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    (place / "m").write_text("old")
    refuse = partial(refuse_others, names=["m"])

    def write() -> None:
        with replace_folder(place, marker="m", refuse=refuse) as fresh:
            (fresh / "m").write_text("new")
            (place / "mine").write_text("mine")

    with pytest.raises(es.InputError, match="mine"):
        write()
    assert {path.name: path.read_text() for path in place.iterdir()} == {"m": "old", "mine": "mine"}


def test_an_empty_folder_is_taken(tmp_path) -> None:
    (tmp_path / "out").mkdir()
    with replace_folder(tmp_path / "out", marker="m") as fresh:
        (fresh / "m").write_text("x")
    assert (tmp_path / "out" / "m").read_text() == "x"


def test_loading_what_is_no_result_says_so(wide, observations, tmp_path) -> None:
    with pytest.raises(es.InputError, match="holds no saved result"):
        es.load(tmp_path)
    place = study().run(observations, returns=wide).save(tmp_path / "run")
    meta = json.loads((place / "study.json").read_text(encoding="utf-8"))
    (place / "study.json").write_text(json.dumps({**meta, "format": 99}), encoding="utf-8")
    with pytest.raises(es.InputError, match="has format 99"):
        es.load(place)


def test_a_result_inside_a_bundle_is_found(wide, observations, tmp_path) -> None:
    study().run(observations, returns=wide).save(tmp_path / "bundle" / "saved")
    assert es.load(tmp_path / "bundle").n == 4


def test_parts_do_not_go_on_without_an_end(registered, tmp_path) -> None:
    """A part that is a link to the whole would be its own part for ever."""
    registered.save(tmp_path / "saved")
    part = tmp_path / "saved" / "part-0"
    part.rename(tmp_path / "kept")
    part.symlink_to(tmp_path / "saved", target_is_directory=True)
    with pytest.raises(es.InputError, match="is damaged; run the study again"):
        es.load(tmp_path / "saved")


def test_arrays_are_written_as_they_are_named_and_none_of_objects(tmp_path) -> None:
    write_arrays(tmp_path / "a.npz", {"x": np.arange(3), "y": np.array(["a"])})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as back:
        assert {name: back[name].tolist() for name in back.files} == {"x": [0, 1, 2], "y": ["a"]}
    with pytest.raises(TypeError, match="y holds objects"):
        write_arrays(tmp_path / "b.npz", {"y": np.array([None])})
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
