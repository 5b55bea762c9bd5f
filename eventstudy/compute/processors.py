"""How many processors this process may use: those it is bound to, and its share of their time."""

from __future__ import annotations

import math
import os
import sys
from functools import cache
from pathlib import Path
from threading import Thread


def usable_cores() -> int:
    """Processors that this process may use, at least one; one where no thread can be started."""
    return int(max(1, min(_bound_to(), _quota()))) if starts_threads() else 1


@cache
def starts_threads() -> bool:
    """Whether there are threads, and so processes; in a browser there are none."""
    probe = Thread(target=int)
    try:
        probe.start()
    except RuntimeError:
        return False
    probe.join()
    return True


def _bound_to() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _quota() -> float:
    return quota(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))


def quota(groups: Path, mounted: Path) -> float:
    """Processors that the quotas of the process's control groups allow, rounded up; else infinite.

    A container is such a group. The quotas of its parent groups apply too.

    Args:
        groups: The file that names the groups of the process.
        mounted: Where the groups, of version 1 or 2, are mounted.
    """
    try:
        lines = groups.read_text("utf-8").splitlines()
    except OSError:  # not Linux
        return math.inf
    least = math.inf
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mounted / "cpu" if controllers else mounted
        inner = top / path.lstrip("/")
        for folder in (inner, *inner.parents):
            least = min(least, _quota_of(folder))
            if folder == top:
                break
    return least


def _quota_of(folder: Path) -> float:
    """The quota of one group over its period, in one file, or in two of version 1."""
    for names in (["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]):
        try:
            time, period = " ".join((folder / name).read_text("utf-8") for name in names).split()
            if int(time) > 0 and int(period) > 0:
                return math.ceil(int(time) / int(period))
        except (OSError, ValueError):  # no such file, or "max", which is no limit
            continue
    return math.inf
