"""A run that was broken off goes on from the chunks it had finished, and from nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import eventstudy as es
from eventstudy.compute.fingerprint import fingerprint
from eventstudy.models.kernel.least_squares import fit_linear

N = 150
CHUNKS = 3
"""Blocks of 64 observations for a model that loops."""

fitted: list[int] = []


def counting(batch):
    fitted.append(len(batch.y_est))
    return fit_linear(batch)


@pytest.fixture
def looping(clean_registries) -> None:
    es.register_model(
        "counting",
        label="market model, counted",
        regressors=("benchmark",),
        coefficients=("alpha", "beta"),
        loops=True,
    )(counting)
    fitted.clear()


@pytest.fixture
def returns() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2020-01-01", periods=300, name="date")
    made = 0.01 * rng.standard_normal((300, 6))
    return pd.DataFrame(made, index=days, columns=[*"ABCDE", "mkt"])


@pytest.fixture
def events(returns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(N)],
            "ticker": ["ABCDE"[i % 5] for i in range(N)],
            "date": returns.index[[150 + i % 100 for i in range(N)]],
        }
    )


def study(**options) -> es.EventStudy:
    given = {"benchmark": "mkt", "estimation": (-120, -11), "min_obs": 100, "car": [(0, 0)]}
    return es.EventStudy("counting", **given, window=(-1, 1), placebo=False, **options)


def stop_after(chunks: int) -> Callable[[str, int, int], None]:
    def progress(stage: str, done: int, total: int) -> None:
        assert stage != "fitting" or total == CHUNKS
        if stage == "fitting" and done == chunks:
            raise KeyboardInterrupt

    return progress


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def same(one: es.StudyResult, two: es.StudyResult) -> None:
    pd.testing.assert_frame_equal(one.fits, two.fits, check_exact=True)
    pd.testing.assert_frame_equal(one.tests, two.tests, check_exact=True)
    assert_array_equal(one.assets.fits.leverage.root(), two.assets.fits.leverage.root())


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_run_broken_off_goes_on(looping, events, returns, tmp_path, engine) -> None:
    whole = study().run(events, returns=returns)
    with pytest.raises(KeyboardInterrupt):
        study().run(events, returns=returns, checkpoints=tmp_path, progress=stop_after(2))
    assert files(tmp_path) == ["000000.npz", "000001.npz"]
    fitted.clear()
    again = study().run(events, returns=returns, checkpoints=tmp_path, engine=engine)
    if engine == "serial":  # other processes count for themselves
        assert fitted == [N - 128]
    same(again, whole)
    assert files(tmp_path) == []


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on(looping, events, returns, tmp_path) -> None:
    def kill(stage: str, done: int, total: int) -> None:
        if done == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        study().run(events, returns=returns, checkpoints=tmp_path, progress=kill)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    again = study().run(events, returns=returns, checkpoints=tmp_path)
    assert fitted == [N - 128]
    same(again, study().run(events, returns=returns))


def other_return(returns: pd.DataFrame) -> pd.DataFrame:
    changed = returns.copy()
    changed.iloc[10, 0] += 1e-15
    return changed


@pytest.mark.parametrize(
    "other",
    [
        lambda events, returns: (study(), events, other_return(returns)),
        lambda events, returns: (study(), events.iloc[::-1], returns),
        lambda events, returns: (study(seed=1), events, returns),
    ],
    ids=["one return", "order of the events", "an option"],
)
def test_another_input_takes_nothing(looping, events, returns, tmp_path, other) -> None:
    with pytest.raises(KeyboardInterrupt):
        study().run(events, returns=returns, checkpoints=tmp_path, progress=stop_after(2))
    fitted.clear()
    its_study, its_events, its_returns = other(events, returns)
    its_study.run(its_events, returns=its_returns, checkpoints=tmp_path)
    assert sum(fitted) == N
    assert files(tmp_path) == ["000000.npz", "000001.npz"]  # those of the first stay


def test_a_damaged_chunk_is_fitted_again(looping, events, returns, tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        study().run(events, returns=returns, checkpoints=tmp_path, progress=stop_after(2))
    fitted.clear()
    first = next(tmp_path.rglob("000000.npz"))
    first.write_bytes(first.read_bytes()[:500])
    again = study().run(events, returns=returns, checkpoints=tmp_path)
    assert fitted == [64, N - 128]
    same(again, study().run(events, returns=returns))


def test_a_place_that_cannot_be_written(looping, events, returns, tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(es.InputError, match=r"Option checkpoints: .*file is a file, not a folder"):
        study().run(events, returns=returns, checkpoints=tmp_path / "file")
    with pytest.raises(
        es.EventStudyError, match=r"checkpoints in .*x cannot be written: not a dir"
    ):
        study().run(events, returns=returns, checkpoints=tmp_path / "file" / "x")


@pytest.mark.slow
@pytest.mark.weekly
def test_garch_goes_on_with_the_same_bytes(events, returns, tmp_path) -> None:
    few = events.head(70)
    make = es.EventStudy("garch", "mkt", (-120, -11), (-1, 1), [(0, 0)], min_obs=100, placebo=True)
    stop = KeyboardInterrupt()

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "fitting":
            raise stop

    with pytest.raises(KeyboardInterrupt):
        make.run(few, returns=returns, checkpoints=tmp_path, progress=progress)
    assert files(tmp_path) == ["000000.npz"]
    again = make.run(few, returns=returns, checkpoints=tmp_path)
    whole = make.run(few, returns=returns)
    same(again, whole)
    pd.testing.assert_frame_equal(again.car((0, 0)), whole.car((0, 0)), check_exact=True)


def test_a_full_disk_is_no_bus_error(looping, events, returns, tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(es.EventStudyError, match="cannot be written: no space left on device"):
        study().run(events, returns=returns, folder=tmp_path / "big")
    monkeypatch.undo()
    study().run(events, returns=returns, folder=tmp_path / "big")  # what was left is no obstacle
    assert (tmp_path / "big" / "observations.parquet").is_file()


FRAME = pd.DataFrame(
    {"a": [1.0, np.nan], "b": ["x", None]}, index=pd.to_datetime(["2020-01-01"] * 2)
)
VALUES = [
    *(1, 1.0, True, "1", b"1", None, pd.NA, ()),
    *([1, 2], [2, 1], [[1], 2], (1, 2), {"a": 1}, {"a": 2}, {"b": 1}, {1, 2}, range(2)),
    *(np.arange(4), np.arange(4.0), np.arange(4).reshape(2, 2), np.array(["a"]), np.array(3)),
    *(np.array(["2020-01-01"], "datetime64[D]"), np.array(["ab", "c"], object), np.empty(0)),
    *(np.array(["a", "bc"], object), date(2020, 1, 1), pd.Timestamp(2020, 1, 1), Path("a")),
    *(FRAME, FRAME.rename(columns={"a": "c"}), FRAME.assign(a=1.0), FRAME.iloc[:1]),
    *(es.EventStudy().spec, es.EventStudy(seed=1).spec, fit_linear, counting),
]  # fmt: skip


def test_other_values_have_other_fingerprints() -> None:
    assert len({fingerprint(value) for value in VALUES}) == len(VALUES)
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


def test_equal_values_have_one_fingerprint() -> None:
    turned = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert fingerprint(turned) == fingerprint(turned.copy("C"))
    assert fingerprint(FRAME) == fingerprint(FRAME.copy())
    assert fingerprint({3, 1, 2}) == fingerprint({2, 3, 1})
    event = es.read_events("events.csv").rows[0]
    assert fingerprint(event) == fingerprint(event.model_copy())


def test_what_cannot_be_compared_has_no_fingerprint() -> None:
    with pytest.raises(TypeError, match="a object has no fingerprint"):
        fingerprint(object())
