"""Seconds and memory of one function in this process."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONG, VERY_LONG = 20.0, 120.0
"""Seconds of the warm-up above which fewer runs are timed: three, then one."""


def clock(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result of one run; what earlier runs left is released before."""
    gc.collect()
    began = time.perf_counter()
    result = run()
    return time.perf_counter() - began, result


def measure(
    run: Callable[[], Any],
    less: Callable[[], Any] | None,
    runs: int,
    check: Callable[[Any], None],
) -> tuple[list[float], float]:
    """Seconds of the timed runs, less those of `less`, after a warm-up whose result is checked.

    And the most memory held in MiB, before the check, which is no part of the work.
    """
    warm_up, result = clock(run)
    peak = peak_mib()
    check(result)
    del result
    if less is not None:
        warm_up += clock(less)[0]
    if warm_up > LONG:
        runs = min(runs, 1 if warm_up > VERY_LONG else 3)
    return [_once(run, less) for _ in range(runs)], peak


def _once(run: Callable[[], Any], less: Callable[[], Any] | None) -> float:
    with_it = clock(run)[0]
    return with_it if less is None else with_it - clock(less)[0]


def peak_mib() -> float:
    """The most memory that this process has held so far, in MiB."""
    # ru_maxrss may begin with the peak of the process that started this one.
    peak = _status_mib("VmHWM")
    return _ru_maxrss_mib("RUSAGE_SELF") if math.isnan(peak) else peak


def held_mib() -> float:
    """Memory that this process now holds, without pages of files; NaN where unknown."""
    return _status_mib("RssAnon")


def _status_mib(name: str) -> float:
    """The status of this process on Linux."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    found = [float(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")]
    return found[0] if found else float("nan")


def children_mib() -> float:
    """The most memory that any one finished child has held, in MiB; 0 without children."""
    return _ru_maxrss_mib("RUSAGE_CHILDREN")


def _ru_maxrss_mib(who: str) -> float:
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    used = resource.getrusage(getattr(resource, who)).ru_maxrss
    return used / 1024 / (1024 if sys.platform == "darwin" else 1)
