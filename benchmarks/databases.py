"""Prices of a database against the same ones of a Parquet file: time, memory, and that they agree.

    python -m benchmarks.databases [--rows 5000000] [--postgres postgresql://user@host/database]

Half of the tickers and nine tenths of the days are asked for, each time in a new process. Without
an address only SQLite is measured. The table eventstudy_benchmark is made there and dropped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import peak_mib
from eventstudy.prices.load import load_prices
from eventstudy.prices.sources.sql.engine import open_engine

TABLE = "eventstudy_benchmark"
SESSIONS = 2_500
COLUMNS = "date date, ticker varchar(8), close double precision, primary key (ticker, date)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill, measure and print a line for each source; 1 where prices differ."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        sources = _filled(Path(folder), made_up(options.rows), options.postgres)
        measured = {name: _measured(url, options.rows) for name, url in sources.items()}
    if options.postgres:
        _run(options.postgres, f"drop table {TABLE}")
    whole = measured["Parquet"]
    for name, found in measured.items():
        times = found["seconds"] / whole["seconds"]
        sys.stdout.write(
            f"{name:<10} {found['seconds']:7.1f} s {times:5.2f} x Parquet "
            f"{found['mib']:7,.0f} MiB  {found['cells']:,} prices\n"
        )
    agree = len({found["sha256"] for found in measured.values()}) == 1
    sys.stdout.write("All agree to the last bit.\n" if agree else "They differ.\n")
    return int(not agree)


def made_up(rows: int) -> pd.DataFrame:
    """Random walks of many tickers, a row a ticker and day.

    Args:
        rows: How many, about.
    """
    days = pd.bdate_range("2015-01-01", periods=SESSIONS)
    names = [f"T{at:04d}" for at in range(max(2, rows // SESSIONS))]
    steps = np.random.default_rng(1).normal(0, 0.02, (len(names), SESSIONS))
    closes = np.round(50 * np.exp(steps.cumsum(axis=1)), 4)
    return pd.DataFrame(
        {
            "date": np.tile(days.to_numpy(), len(names)),
            "ticker": np.repeat(names, SESSIONS),
            "close": closes.ravel(),
        }
    )


def _asked(rows: int) -> dict[str, Any]:
    names = [f"T{at:04d}" for at in range(0, max(2, rows // SESSIONS), 2)]
    return {"tickers": names, "start": "2016-01-04", "calendar": None}


def _filled(folder: Path, table: pd.DataFrame, server: str) -> dict[str, str]:
    """The rows in a Parquet file and in databases: name → source."""
    table.to_parquet(folder / "prices.parquet", index=False)
    with sqlite3.connect(folder / "prices.db") as connection:
        connection.execute(f"create table {TABLE} ({COLUMNS})")
        connection.executemany(f"insert into {TABLE} values (?, ?, ?)", _rows(table))
    connection.close()
    found = {
        "Parquet": str(folder / "prices.parquet"),
        "SQLite": f"sqlite:///{folder}/prices.db?table={TABLE}",
    }
    if server:
        _copied(server, table)
        found["PostgreSQL"] = f"{server}{'&' if '?' in server else '?'}table={TABLE}"
    return found


def _copied(server: str, table: pd.DataFrame) -> None:
    _run(server, f"drop table if exists {TABLE}")
    _run(server, f"create table {TABLE} ({COLUMNS})")
    connection = open_engine(server).raw_connection()
    cursor: Any = connection.cursor()
    with cursor:
        with cursor.copy(f"copy {TABLE} from stdin") as copy:
            for row in _rows(table):
                copy.write_row(row)
        cursor.execute(f"analyze {TABLE}")
    connection.commit()
    connection.close()


def _run(server: str, statement: str) -> None:
    with open_engine(server).begin() as connection:
        connection.exec_driver_sql(statement)


def _rows(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    days = table["date"].dt.strftime("%Y-%m-%d")
    return zip(days, table["ticker"], table["close"], strict=True)


def _measured(source: str, rows: int) -> dict[str, Any]:
    """Loaded in a new process, so that no source finds the memory of another."""
    command = [sys.executable, "-m", "benchmarks.databases", "--rows", str(rows), "--load", source]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _load(source: str, rows: int) -> int:
    begun = time.perf_counter()
    close = load_prices(source, **_asked(rows)).close
    seconds = time.perf_counter() - begun
    figures = {
        "seconds": seconds,
        "mib": peak_mib(),
        "cells": int(close.notna().to_numpy().sum()),
        "sha256": hashlib.sha256(close.to_numpy().tobytes()).hexdigest(),
    }
    sys.stdout.write(json.dumps(figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--postgres", default="", metavar="URL")
    parser.add_argument("--load", default="", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    given = _parser().parse_args()
    sys.exit(_load(given.load, given.rows) if given.load else main())
