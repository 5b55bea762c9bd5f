"""A study's figures to the last bit: on any engine, threads, tasks and instructions.

Both for studies that numpy computes and for those large enough for compiled loops.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import eventstudy as es
from eventstudy.compiled import kernel
from eventstudy.compute import threads
from eventstudy.models import estimate as estimates
from eventstudy.models.kernel.fits import ARRAYS
from eventstudy.significance.sums import estimation_windows as scan

ROOT = Path(__file__).resolve().parents[2]
SMALL = 150
ONLY_BASELINE = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
}
"""numpy and compiled loops without the instructions that not every processor has."""
ASSETS, DAYS = 24, 300

Figures = dict[str, str]


SIZES = [
    pytest.param(SMALL, id="small"),
    pytest.param(kernel.LARGE, id="large", marks=pytest.mark.slow),
]


def studied(n: int, engine: str = "serial") -> es.StudyResult:
    """N events on assets of which a third have gaps, two of the dates shared by many."""
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2020-01-01", periods=DAYS)
    market = 0.01 * rng.standard_normal(DAYS)
    values = 0.02 * rng.standard_t(5, (DAYS, ASSETS)) + market[:, None]
    values[:, ::3][rng.random(values[:, ::3].shape) < 0.03] = np.nan
    values[:, 1::3] = np.round(values[:, 1::3], 3)  # ties
    names = [f"F{i}" for i in range(ASSETS)]
    wide = pd.DataFrame(np.column_stack([values, market]), days, [*names, "mkt"])
    at = np.where(rng.random(n) < 0.2, 150, rng.integers(75, DAYS - 5, n))
    events = pd.DataFrame(
        {"event_id": np.arange(n), "ticker": rng.choice(names, n), "date": days[at]}
    )
    study = es.EventStudy(
        benchmark="mkt",
        estimation=(-70, -11),
        window=(-2, 2),
        car=[(-1, 1), (0, 0)],
        min_obs=40,
        tests="all",
    )
    return study.run(events, returns=wide, engine=engine)


def figures(result: es.StudyResult) -> Figures:
    """A hash of every array and of every column of every table."""
    found = {name: hashed(getattr(result.assets.fits, name)) for name in (*ARRAYS, "root")}
    tables = {
        "fits": result.fits,
        "abnormal returns": result.abnormal_returns,
        "averages": result.averages,
        "exclusions": result.exclusions,
        "tests": result.tests.set_index(["test", "group", "start", "end"]),
        **{f"CAR {window}": result.car(window) for window in result.spec.car},
    }
    for name, table in tables.items():
        rows = table.reset_index()
        found |= {f"{name}, {column}": hashed(rows[column].to_numpy()) for column in rows}
    for test, rows in result.tests.groupby("test"):
        found[f"statistics of {test}"] = hashed(rows["statistic"].to_numpy())
    return found


def hashed(values: np.ndarray) -> str:
    """Of numbers their bytes, of anything else its text."""
    numbers = values.dtype.kind in "fiub"
    return sha256(values.tobytes() if numbers else repr(values.tolist()).encode()).hexdigest()


def differing(ours: Figures, theirs: Figures) -> list[str]:
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


@pytest.fixture(scope="module")
def here() -> Callable[[int], Figures]:
    """The figures of a study of so many events as it runs by default, once."""
    made: dict[int, Figures] = {}

    def figures_of(n: int) -> Figures:
        if n not in made:
            made[n] = figures(studied(n))
        return made[n]

    return figures_of


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("ours", [1, 2, 3])
@pytest.mark.representative(ours=(1, 2))
def test_any_number_of_threads(
    n: int, ours: int, here: Callable[[int], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(threads.OF_THREADS, raising=False)
    monkeypatch.setattr(threads, "usable_cores", lambda: ours)
    with threadpool_limits(ours, "blas"):
        assert differing(figures(studied(n)), here(n)) == []


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("size", [1, 512, 4_096])
@pytest.mark.representative(size=1)
def test_tasks_of_any_size(
    n: int, size: int, here: Callable[[int], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "TASK", size)
    monkeypatch.setattr(scan, "TASK", size)
    assert differing(figures(studied(n)), here(n)) == []


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("engine", ["processes", "dask"])
@pytest.mark.representative(engine="processes")
def test_any_engine(
    n: int, engine: str, here: Callable[[int], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "TASK", 2_048)
    monkeypatch.setattr(scan, "TASK", 1)
    assert differing(figures(studied(n, engine)), here(n)) == []


def elsewhere(n: int, surroundings: dict[str, str]) -> tuple[str, Figures]:
    """The instructions that BLAS uses in a process with these surroundings, and its figures."""
    script = "from tests.study.test_same_bytes import tell; tell()"
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    told = subprocess.run(
        [sys.executable, "-c", script, str(n)],
        env={**os.environ, **surroundings, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    kind, found = json.loads(told.stdout)
    return kind, found


def tell() -> None:
    """What a process answers to `elsewhere`."""
    json.dump([instructions(), figures(studied(int(sys.argv[1])))], sys.stdout)


def instructions() -> str:
    """Those that OpenBLAS has chosen."""
    return " ".join(sorted({str(each.get("architecture")) for each in threadpool_info()}))


@pytest.mark.slow
def test_a_plain_processor(here: Callable[[int], Figures], kernels: list[dict[str, str]]) -> None:
    """numpy and BLAS with the fewest instructions that a processor of today has."""
    fewest = kernels[0] if kernels else {}
    kind, found = elsewhere(SMALL, {**fewest, **ONLY_BASELINE, "OPENBLAS_NUM_THREADS": "1"})
    assert kind != instructions() or len(kernels) < 2, "OpenBLAS chose the same instructions"
    assert differing(found, here(SMALL)) == []


@pytest.mark.slow
@pytest.mark.sampled(n=SMALL)
@pytest.mark.parametrize("n", SIZES)
def test_any_processor(
    n: int, here: Callable[[int], Figures], kernels: list[dict[str, str]]
) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the work is done by other processes
        told = list(pool.map(elsewhere, [n] * (len(kernels) + 1), [*kernels, ONLY_BASELINE]))
    assert len({kind for kind, _ in told}) > 1 or len(kernels) < 2
    where = [*(each["OPENBLAS_CORETYPE"] for each in kernels), "the baseline"]
    found = {name: differing(each, here(n)) for name, (_, each) in zip(where, told, strict=True)}
    assert {name: names for name, names in found.items() if names} == {}
