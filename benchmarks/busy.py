"""Other work on the machine: one endless loop for each core."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.machine import core_numbers

LOOP = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {int(sys.argv[1])})
parent = os.getppid()
print("on", flush=True)
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""
"""Ends with the process that started it, however that ends."""

QUIET, BUSY, ONE_THREAD = "", "busy", "busy, one BLAS thread"
SETTINGS = (QUIET, BUSY, ONE_THREAD)
"""What runs beside a row: nothing; a loop on each core; the same, with one BLAS thread."""
BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@contextmanager
def beside(setting: str) -> Iterator[None]:
    """Keep every core busy inside the with block, unless the setting is quiet."""
    cores = () if setting == QUIET else core_numbers()
    loops = [
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LOOP, str(core)], stdout=subprocess.PIPE
        )
        for core in cores
    ]
    try:
        for loop in loops:
            if loop.stdout:
                loop.stdout.readline()
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.communicate()


def environment(setting: str, given: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of a row's process: default BLAS threads, or one."""
    kept = {name: value for name, value in given.items() if name not in BLAS}
    return {**kept, **dict.fromkeys(BLAS[:2], "1")} if setting == ONE_THREAD else kept
