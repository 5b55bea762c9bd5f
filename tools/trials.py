"""Kill fetches and runs in the middle, run many at once, and count what is left after it.

Run from the repository: python tools/trials.py [KILLS [ROUNDS]]
It asks a Yahoo on 127.0.0.1 and needs no network. 200 kills of each kind and 20 rounds of eight
runs take an hour and a half on two cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
TRIALS, SERVER = TESTS / "trials", TESTS / "prices" / "yahoo_server"
sys.path.insert(0, str(SERVER))
LONGEST = 0.3
"""Seconds until a fetch is killed at most: about as long as it takes."""
PROCESSES = 8


def main(kills: int, rounds: int) -> int:
    """Print the counts; 1 where anything was damaged, or did not succeed or differed."""
    fetches = counted("fetches.py", "kill", kills, LONGEST)
    with ThreadPoolExecutor(2) as pool:  # a run of one event keeps one core busy
        halves = pool.map(lambda i: counted("runs.py", "kill", (kills + i) // 2, i), range(2))
        runs = sum(halves, start=Counter())
    together = counted("runs.py", "share", PROCESSES, rounds)
    all_runs = PROCESSES * rounds
    good = (
        fetches["damaged"] == runs["damaged"] == runs["partial"] == together["damaged entries"] == 0
        and fetches["next succeeded"] == kills
        and runs["next succeeded"] == runs["next identical"] == runs["trials"]
        and together["succeeded"] == together["identical folder"] == all_runs
        and together["identical text"] == all_runs
    )
    print("as it must be" if good else "NOT as it must be")
    return int(not good)


def counted(script: str, *words: object) -> Counter[str]:
    """What a script of trials counts, in a folder of its own beside a server of its own."""
    from loopback import Loopback, variables  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder, Loopback() as yahoo:
        yahoo.moods["MUTE"] = "mute"
        done = subprocess.run(
            [sys.executable, str(TRIALS / script), *map(str, words)],
            cwd=folder,
            env={**os.environ, **variables(yahoo, Path(folder))},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    counts: Counter[str] = Counter(json.loads(done.stdout))
    lines = [f"  {what:<18} {count}" for what, count in counts.items()]
    print("\n".join(["", f"{script} {' '.join(map(str, words))}", *lines]), flush=True)
    return counts


if __name__ == "__main__":
    sys.exit(main(*map(int, [*sys.argv[1:], *("200", "20")[len(sys.argv) - 1 :]])))
