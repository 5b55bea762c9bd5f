"""A study as a script, timed from the start of its process to the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from weakref import finalize

import pandas as pd

from benchmarks import own
from benchmarks.answer import Answer
from benchmarks.panel import Case

RETURNS, EVENTS, ANSWER = "returns.parquet", "events.parquet", "answer.npz"


def study(*, cached: bool) -> Callable[[Case], Callable[[], Answer]]:
    """A row: this module in a new process, with its kernels in the cache or not."""

    def prepare(case: Case) -> Callable[[], Answer]:
        folder = Path(mkdtemp())
        case.wide().to_parquet(folder / RETURNS)
        case.events().to_parquet(folder / EVENTS)

        def run() -> Answer:
            with TemporaryDirectory(dir=folder) as empty:
                kernels = str(folder / "kernels") if cached else empty
                command = [sys.executable, "-m", "benchmarks.first", str(folder)]
                environment = {**os.environ, "NUMBA_CACHE_DIR": kernels}
                subprocess.run(command, env=environment, check=True)
            return Answer.load(folder / ANSWER)

        finalize(run, shutil.rmtree, folder)
        return run

    return prepare


def main() -> None:
    """Read the frames in the folder, run the study, write the figures."""
    folder = Path(sys.argv[1])
    returns, events = (pd.read_parquet(folder / name) for name in (RETURNS, EVENTS))
    result = own.configured().run(events, returns=returns)
    own.answer(own.tables(result)).save(folder / ANSWER)


if __name__ == "__main__":
    main()
