"""The same bytes whatever surrounds a run: processor, zone, locale, seeds, threads, pandas."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.files.formats import write_parquet
from eventstudy.files.manifest import MANIFEST, OF_A_MACHINE, hashes_of
from eventstudy.text.rounding import rounded

EVENTS = Path(__file__).parents[2] / "events.csv"
FLAGSHIP, FORMATS = "deepseek-app-store", "html,xlsx,tex,md"
OTHERS = [
    {
        "PANDAS_FUTURE_INFER_STRING": "0",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    },
    {
        "PANDAS_FUTURE_INFER_STRING": "1",
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "America/Los_Angeles",
        "PYTHONHASHSEED": "4294967295",
        "OPENBLAS_NUM_THREADS": "4",
        "OMP_NUM_THREADS": "4",
        "SOURCE_DATE_EPOCH": "0",
    },
]
"""All that differs at once: what changes a byte does so in company too."""


def bundles(folder: Path, surroundings: dict[str, str], *options: str) -> dict[str, dict[str, str]]:
    """Event → path → hash of what a run in these surroundings writes, machine's files apart."""
    folder.mkdir()
    shutil.copy(EVENTS, folder)
    command = [sys.executable, "-m", "eventstudy", "run", *options, "--no-progress", "-q"]
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, **surroundings})
    made = {}
    for place in sorted((folder / "outputs").iterdir()):
        hashes = hashes_of(place)
        hashes["figures"] = json.loads((place / MANIFEST).read_text("utf-8"))["figures_sha256"]
        del hashes[MANIFEST]
        made[place.name] = {n: h for n, h in hashes.items() if not n.startswith(OF_A_MACHINE)}
    return made


@pytest.mark.slow
def test_one_event_elsewhere(tmp_path: Path) -> None:
    strange = {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
        "PANDAS_FUTURE_INFER_STRING": "0",
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
        "LC_ALL": "C",
        "OPENBLAS_NUM_THREADS": "1",
    }
    here, there = (
        bundles(tmp_path / name, each, "deepseek-r1", "--format", "html,xlsx")["deepseek-r1"]
        for name, each in (("here", {}), ("there", strange))
    )
    assert {name for name in here if here[name] != there.get(name)} == set()
    assert here.keys() == there.keys()
    assert len(here) > 60


@pytest.mark.slow
@pytest.mark.weekly
def test_the_flagship_in_all_formats_but_pictures_wherever_it_runs(
    tmp_path: Path, kernels: list[dict[str, str]]
) -> None:
    def made(at: int, surroundings: dict[str, str]) -> dict[str, dict[str, str]]:
        found = bundles(tmp_path / str(at), surroundings, FLAGSHIP, "--format", FORMATS)
        shutil.rmtree(tmp_path / str(at))
        return found

    processors = itertools.islice(itertools.cycle(kernels or [{}]), max(len(kernels), len(OTHERS)))
    every = [{}, *({**a, **b} for a, b in zip(processors, itertools.cycle(OTHERS), strict=False))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the work is done by other processes
        here, *elsewhere = pool.map(made, range(len(every)), every)
    assert len(here[FLAGSHIP]) > 60
    differing = [where for where, there in zip(every[1:], elsewhere, strict=True) if there != here]
    assert differing == []


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (0.1 + 0.2, 0.3),
        (-0.13259979157912345, -0.132599791579),
        (589123456789.1234, 589123456789.0),
        (6.040483014175702e-21, 6.04048301418e-21),
        (np.inf, np.inf),
        (0.0, 0.0),
    ],
)
def test_figures_have_twelve_digits(figure: float, told: float) -> None:
    assert rounded(figure) == told
    assert rounded({"a": [figure, "x", 3]}) == {"a": [told, "x", 3]}
    table = pd.DataFrame({0: [figure, np.nan], "text": ["x", None], "n": [1, 2]})
    found = rounded(table)
    assert found[0].iloc[0] == told
    assert found["n"].tolist() == [1, 2]
    assert list(found.dtypes) == list(table.dtypes)
    assert table[0].iloc[0] == figure, "what it was given is left as it was"


def test_texts_in_parquet_do_not_depend_on_what_pandas_takes_them_for(tmp_path: Path) -> None:
    columns = {"text": ["ü", None], "none": [None, None], "figure": [0.5, np.nan]}
    written = []
    for kind in ("object", "str"):
        texts = dict.fromkeys(("text", "none"), kind)
        table = pd.DataFrame(columns).astype(texts)
        table.columns = table.columns.astype(kind)
        write_parquet(table, tmp_path / kind)
        written.append((tmp_path / kind).read_bytes())
        read = pd.read_parquet(tmp_path / kind)
        assert read["text"].iloc[0] == "ü"
        assert read["text"].isna().tolist() == [False, True]
        assert read["none"].isna().all()
    assert written[0] == written[1]
