"""Studies above the placebo limit: the same bytes on every engine, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

import eventstudy as es
from eventstudy.compiled import kernel
from eventstudy.models import estimate as estimates
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import ARRAYS, Fits
from eventstudy.significance.sums import estimation_windows as scan
from eventstudy.significance.sums import moments as tally

N = 1_500
OPTIONS = {
    "benchmark": "mkt",
    "estimation": (-60, -11),
    "window": (-2, 2),
    "car": [(-1, 1)],
    "min_obs": 20,
}


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2020-01-01", periods=300)
    market = 0.01 * rng.normal(size=300)
    values = 0.02 * rng.standard_t(5, size=(300, 10)) + market[:, None]
    values[rng.random(values.shape) < 0.002] = np.nan
    names = [f"F{i}" for i in range(10)]
    return pd.DataFrame(np.column_stack([values, market]), index=days, columns=[*names, "mkt"])


@pytest.fixture(scope="module")
def observations(wide: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "event_id": np.arange(N),
            "ticker": rng.choice(wide.columns[:10], N),
            "date": wide.index[rng.integers(30, 297, N)],
            "group": rng.choice(["good", "bad"], N),
        }
    )


def assert_same_bytes(ours: es.StudyResult, theirs: es.StudyResult) -> None:
    for name in (*ARRAYS, "root"):
        a, b = getattr(ours.assets.fits, name), getattr(theirs.assets.fits, name)
        assert a.tobytes() == b.tobytes(), name
    for name in ("tests", "averages", "exclusions"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name), check_exact=True)


@pytest.fixture(scope="module")
def serial(wide: pd.DataFrame, observations: pd.DataFrame) -> es.StudyResult:
    return es.EventStudy(tests="all", **OPTIONS).run(observations, returns=wide)


@pytest.mark.slow
@pytest.mark.weekly
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_every_engine_gives_the_same_bytes(
    engine: str, wide: pd.DataFrame, observations: pd.DataFrame, serial: es.StudyResult
) -> None:
    told: list[tuple[str, int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimates, "TASK", 256)
        patch.setattr(scan, "TASK", 1)
        result = es.EventStudy(tests="all", **OPTIONS).run(
            observations, returns=wide, engine=engine, progress=lambda *step: told.append(step)
        )
    assert_same_bytes(result, serial)
    assert {stage for stage, _, _ in told} == {"fitting", "testing"}
    assert all(done <= total for _, done, total in told)
    assert not result.tests["refused"].eq("").all()  # one-date tests are refused, with a reason
    assert set(result.tests["group"]) == {"all", "good", "bad"}


@pytest.mark.slow
@pytest.mark.parametrize("large", [1, 10**9])
def test_the_size_of_tasks_changes_nothing(
    large: int, wide: pd.DataFrame, observations: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "LARGE", large)
    monkeypatch.setattr(estimates, "BLOCK", 64)
    monkeypatch.setattr(tally, "BLOCK", 64)
    study = es.EventStudy(tests="all", **OPTIONS)
    whole = study.run(observations, returns=wide)
    monkeypatch.setattr(estimates, "TASK", 64)
    monkeypatch.setattr(estimates, "ALONE", 64)
    monkeypatch.setattr(scan, "TASK", 1)
    assert_same_bytes(study.run(observations, returns=wide), whole)


MARK = "EVENTSTUDY_TEST_MARK"


def dies_once(batch: Batch) -> Fits:
    """The market model; the first process that fits kills itself."""
    mark = Path(os.environ[MARK])
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        from eventstudy.models.kernel.least_squares import fit_linear

        return fit_linear(batch)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@pytest.mark.slow
def test_a_worker_killed_in_mid_job_changes_nothing(
    wide: pd.DataFrame,
    observations: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clean_registries: None,
) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setenv(MARK, str(mark))
    monkeypatch.setattr(estimates, "BLOCK", 100)
    monkeypatch.setattr(estimates, "TASK", 100)
    register = es.register_model(
        "mortal", label="x", regressors=("benchmark",), coefficients=("alpha", "beta")
    )
    register(dies_once)
    study = es.EventStudy(model="mortal", tests=["bmp_kp_t", "corrado_z"], **OPTIONS)
    result = study.run(observations, returns=wide, engine="processes")
    assert mark.exists()
    assert_same_bytes(result, study.run(observations, returns=wide))


def test_event_level_figures_on_disk(
    wide: pd.DataFrame, observations: pd.DataFrame, serial: es.StudyResult, tmp_path: Path
) -> None:
    study = es.EventStudy(tests="all", **OPTIONS)
    result = study.run(observations, returns=wide, folder=tmp_path / "big")
    assert_same_bytes(result, serial)
    assert isinstance(result.assets.fits.ar, np.memmap)
    table = pd.read_parquet(tmp_path / "big" / "observations.parquet")
    pd.testing.assert_frame_equal(
        table[["event_id", "ticker", "date"]], serial.assets.labels[["event_id", "ticker", "date"]]
    )
    ar = table[[f"ar_{day}" for day in range(-2, 3)]].to_numpy()
    np.testing.assert_array_equal(ar, serial.abnormal_returns.to_numpy())
    np.testing.assert_array_equal(table["beta"], serial.fits["beta"])
    car = serial.car((-1, 1))
    for name in ("car", "se", "t", "p_value"):
        np.testing.assert_array_equal(table[f"{name}_-1_1"], car[name])
    again = study.run(observations, returns=wide, folder=tmp_path / "big")  # replaces the earlier
    assert_same_bytes(again, serial)
    first = result.save(tmp_path / "saved")
    assert_same_bytes(es.load(first), serial)


def test_the_table_on_disk_names_every_column_once(
    wide: pd.DataFrame, observations: pd.DataFrame, tmp_path: Path
) -> None:
    few = observations.head(40).assign(estimation_start=-80, s=range(40))
    spec = {**OPTIONS, "min_obs": 20, "clean_estimation": True}
    result = es.EventStudy(**spec).run(few, returns=wide, folder=tmp_path / "big")
    table = pd.read_parquet(tmp_path / "big" / "observations.parquet")
    assert (table["estimation_start"] == -80).all()
    np.testing.assert_array_equal(table["s"], result.fits["s"])
    np.testing.assert_array_equal(table["label_s"], result.assets.labels["s"])
    np.testing.assert_array_equal(table["n_left_out"], result.fits["n_left_out"])


def test_a_folder_of_other_files_is_left_alone(
    wide: pd.DataFrame, observations: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("x")
    study = es.EventStudy(**OPTIONS)
    with pytest.raises(es.InputError, match="holds files that are not an earlier result"):
        study.run(observations, returns=wide, folder=tmp_path)
    with pytest.raises(es.EventStudyError, match=r"mine\.txt.* cannot be written: not a directory"):
        study.run(observations, returns=wide, folder=tmp_path / "mine.txt" / "x")
    with pytest.raises(es.InputError, match="not for a registry"):
        study.run(es.read_events("events.csv"), returns=wide, folder=tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
@pytest.mark.weekly
def test_an_optimiser_ends_at_the_same_place_everywhere() -> None:
    """With another number of BLAS threads, as Dask's workers have, sums round otherwise."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2018-01-01", periods=600)
    market = 0.01 * rng.standard_normal(600)
    returns = 0.02 * rng.standard_normal((600, 20)) + market[:, None]
    wide = pd.DataFrame(returns, index=days, columns=[f"T{i}" for i in range(20)]).assign(
        mkt=market
    )
    rows = {"event_id": range(70), "ticker": [f"T{i % 20}" for i in range(70)]}
    observations = pd.DataFrame({**rows, "date": days[rng.integers(270, 590, 70)]})
    study = es.EventStudy("garch", "mkt", window=(-1, 1), car=[(0, 0)], tests=(), placebo=False)
    found = [study.run(observations, returns=wide, engine=e) for e in ("serial", "dask")]
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append(study.run(observations, returns=wide))
    assert len({result.fits.to_numpy().tobytes() for result in found}) == 1
