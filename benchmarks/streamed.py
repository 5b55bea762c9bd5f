"""Events by the hundred million, from Parquet files into a folder: time, memory and disk, once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import loops, own
from benchmarks.answer import Answer, compare
from benchmarks.measure import held_mib, peak_mib
from benchmarks.panel import MARKET, WINDOW, Case, places, synthetic
from benchmarks.report import Streamed
from benchmarks.worker import CHECKED

HUNDRED_MILLION = 100_000_000
GROUP = 1_000_000
"""Events written at once."""
PANEL, EVENTS, RESULT = "panel.parquet", "events.parquet", "result"
EVERY = 0.05
"""Seconds between two readings of the memory."""


def measure_streamed(folder: Path, events: int) -> Streamed:
    """Write the files, then study them in a new process; the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    first = _write(folder, events)
    command = [sys.executable, "-m", "benchmarks.streamed", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    compare(_found(folder), loops.statsmodels(first)().head(CHECKED), "streamed")
    return Streamed(events=events, **json.loads(done.stdout.splitlines()[-1]))


def _write(folder: Path, events: int) -> Case:
    """The panel in long form and the events, a group at a time; returns the first events."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    case = synthetic(min(CHECKED, events))
    market = pd.DataFrame({"date": case.sessions, "ticker": MARKET, "ret": case.market})
    pd.concat([case.long("date", "ticker", "ret"), market]).to_parquet(folder / PANEL, index=False)
    tickers, writer = pa.array(case.tickers.tolist()), None
    for start in range(0, events, GROUP):
        size = min(GROUP, events - start)
        asset, day = places(size, *reversed(case.returns.shape), seed=start)
        if start == 0:
            case = replace(case, asset=asset[:CHECKED], day=day[:CHECKED])
        ticker = pa.DictionaryArray.from_arrays(pa.array(asset.astype(np.int32)), tickers)
        table = pa.table(
            {
                "event_id": np.arange(start, start + size),
                "ticker": ticker,
                "date": case.sessions[day].astype("datetime64[ms]"),
            }
        )
        writer = writer or pq.ParquetWriter(folder / EVENTS, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()
    return case


def _found(folder: Path) -> Answer:
    """Figures of the first events from the result's table."""
    import pyarrow.parquet as pq

    names = ["alpha", "beta", "s", *(f"ar_{day}" for day in range(WINDOW[0], WINDOW[1] + 1))]
    rows = next(
        pq.ParquetFile(folder / RESULT / "observations.parquet").iter_batches(
            CHECKED, columns=[*names, "t_-1_1"]
        )
    )
    alpha, beta, s, *ar, scar = (rows.column(name).to_numpy() for name in [*names, "t_-1_1"])
    return Answer(alpha, beta, s, np.column_stack(ar), scar=scar)


def main() -> None:
    """Study the files in the folder; print time, memory and disk used."""
    import eventstudy as es

    folder = Path(sys.argv[1])
    with _memory() as own_mib:
        clock = [time.perf_counter()]
        events = pd.read_parquet(folder / EVENTS)
        clock.append(time.perf_counter())
        panel = es.read_panel(folder / PANEL, folder=folder)
        clock.append(time.perf_counter())
        base = peak_mib()
        result = own.configured().run(events, returns=panel, folder=folder / RESULT)
        if result.tests.empty:
            raise SystemExit("There are no tests.")
        clock.append(time.perf_counter())
    seconds = dict(zip(("events", "panel", "study"), np.diff(clock).tolist(), strict=True))
    files = [file for file in (folder / RESULT).rglob("*") if file.is_file()]
    sys.stdout.write(
        json.dumps(
            {
                "seconds": seconds,
                "base_mib": base,
                "peak_mib": peak_mib(),
                "own_mib": own_mib[0],
                "disk_mib": sum(file.stat().st_size for file in files) / 2**20,
            }
        )
        + "\n"
    )


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Peak memory inside the with block without pages of files; NaN where unknown."""
    most, done = [held_mib()], threading.Event()

    def look() -> None:
        while not done.wait(EVERY):
            most[0] = max(most[0], held_mib())

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield most
    finally:
        done.set()
        looking.join()


if __name__ == "__main__":
    main()
