"""Fetches that share a cache, or are killed at any moment, and what the cache looks like then.

A script, because it forks: `fetches.py kill NUMBER SECONDS` or `fetches.py share NUMBER` in an
environment that leads to a loopback server prints its counts as JSON. Everything is loaded once,
so that it is quick and each kill falls into a fetch.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import date

from forks import ended, start

TICKERS = ("AA", "BB", "CC", "DD", "EE", "FF")
MUTE = "MUTE"
"""Where the server gives no answer for it, a fetch of it lasts until its process is killed."""
DURING = ("--start", "2024-01-01", "--end", "2025-01-31")


def trials(number: int, longest: float) -> Counter[str]:
    """Kill `number` fetches with signal 9: at any moment, when writing has begun, and in between.

    Every second moment lies within `longest` seconds, the others within ten milliseconds from the
    first new file, and when a second entry is there, of a fetch that leaves one out. After each one the cache is looked at and the same fetch is run to its end. Counts kills, those
    between the first and the last entry, entries that were whole or damaged, temporary files that
    a kill left, and next fetches that succeeded with every entry whole.
    """
    from eventstudy.prices.sources.cache import default_cache

    seen: Counter[str] = Counter(damaged=0)
    chance = random.Random(0)
    cache = default_cache()
    for turn in range(number):
        between = turn % 4 == 3
        for ticker in {*chance.sample(TICKERS, len(TICKERS) - 1), *TICKERS[:between]}:
            cache.remove("yahoo", ticker)
        before = set(os.listdir(cache.folder)) if cache.folder.is_dir() else {".locks"}
        child = start("prices", "fetch", *TICKERS[between:], MUTE, *DURING)
        while (turn % 2 and set(os.listdir(cache.folder)) <= before) or (
            between and len(cache.holdings("yahoo")) < 2
        ):
            time.sleep(0.0005)
        if not between:
            time.sleep(chance.uniform(0, 0.01 if turn % 2 else longest))
        os.kill(child, signal.SIGKILL)
        seen["killed"] += ended(child) == -signal.SIGKILL
        held = cache.holdings("yahoo")
        seen["whole"] += sum(one.entry is not None for one in held)
        seen["damaged"] += sum(one.entry is None for one in held)
        seen["between"] += 1 < len(held) < len(TICKERS)
        seen["parts"] += len(list(cache.folder.glob("*.part")))
        again = ended(start("prices", "fetch", *TICKERS, *DURING))
        after = [one.entry for one in cache.holdings("yahoo")]
        seen["next succeeded"] += again == 0 and len(after) == len(TICKERS) and None not in after
    return seen


def share(number: int) -> Counter[int]:
    """Fetch in `number` processes at once; how often they ended with each exit code."""
    children = [start("prices", "fetch", *TICKERS, *DURING) for _ in range(number)]
    return Counter(map(ended, children))


def load() -> None:
    """What every forked process would have to load and compute."""
    import yfinance  # noqa: F401

    import eventstudy.prices.sources.yahoo  # noqa: F401
    from eventstudy.calendars import sessions_between

    sessions_between(date(2024, 1, 1), date(2025, 1, 31), "XNYS")


if __name__ == "__main__":
    what, count, *longest = sys.argv[1:]
    load()
    seen = share(int(count)) if what == "share" else trials(int(count), float(longest[0]))
    print(json.dumps(seen))  # noqa: T201
