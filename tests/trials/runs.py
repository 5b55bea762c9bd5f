"""Runs that are killed at any moment, or that share a cache and an output folder.

A script, because it forks: `runs.py kill NUMBER SEED` or `runs.py share PROCESSES ROUNDS` in an
environment that leads to a loopback Yahoo and in a folder of its own prints its counts as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from forks import ended, start

ONE, TWO = "first", "second"
HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes"
EVENTS = f"""{HEADER}
{ONE},First,2025-01-20,,,AA;BB,,yes,,
{TWO},Second,2025-01-27,,,AA,,yes,,
"""
OUT = Path("outputs")
RUN = ("run", "--events", "trial.csv", "--source", "yahoo", "--car=0,0", "--no-progress")


def digest(folder: Path) -> dict[str, str]:
    """Path → hash of every file below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def alone(place: Path, *events: str) -> tuple[dict[str, str], str]:
    """What a run by itself leaves in a folder and prints."""
    assert ended(start(*RUN, *events, "--out", str(place), out="alone.txt")) == 0
    return digest(place), Path("alone.txt").read_text("utf-8")


def kill(number: int, seed: int) -> Counter[str]:
    """Kill `number` runs with signal 9 and look at what is there; then run again to the end.

    A run that was done before its moment is a trial and no kill. Runs of one event draw in their
    own process, those of two in workers; in every second trial an earlier bundle is there. A third
    of the kills fall within milliseconds around the last file and the swap, the others anywhere in
    the run. Counts bundles that were whole or absent, any other (`partial`), work folders that
    were left, unreadable cache entries, next runs that succeeded, and those that left every byte
    of a run by itself and nothing else.
    """
    from eventstudy.files.manifest import verify_bundle
    from eventstudy.prices.sources.cache import default_cache

    chance = random.Random(seed)
    both, _ = alone(Path("lone"))
    counts: Counter[str] = Counter(partial=0, damaged=0)
    lone, longest = {}, {}
    for events in ((ONE,), ()):
        begun = time.monotonic()
        lone[events], _ = alone(Path("timing"), *events)
        longest[events] = time.monotonic() - begun
        shutil.rmtree("timing")
    while counts["killed"] < number:
        turn = counts["trials"]
        counts["trials"] += 1
        events = (ONE,) if turn % 4 < 2 else ()
        shutil.rmtree(OUT, ignore_errors=True)
        if turn % 2:
            shutil.copytree("lone", OUT)
        child = start(*RUN, *events, "--seed=1", "--out", str(OUT))
        if turn % 3:
            time.sleep(chance.uniform(0, longest[events]))
        else:
            until = time.monotonic() + 10 * longest[events]
            while not list(OUT.glob(".*.part/new/manifest.json")) and time.monotonic() < until:
                time.sleep(0.0002)
            time.sleep(chance.uniform(0, 0.004))
        if turn % 5:
            os.kill(child, signal.SIGKILL)
        else:
            os.killpg(child, signal.SIGKILL)
        counts["killed"] += ended(child) == -signal.SIGKILL
        time.sleep(0.05)  # for its workers to see it
        for name in (ONE, TWO):
            if not (OUT / name).exists():
                counts["absent"] += 1
            elif verify_bundle(OUT / name).sound:
                counts["whole"] += 1
            else:
                counts["partial"] += 1
        counts["left"] += len(list(OUT.glob(".*"))) if OUT.exists() else 0
        counts["damaged"] += sum(not one.entry for one in default_cache().holdings("yahoo"))
        again = ended(start(*RUN, *events, "--out", str(OUT)))
        counts["next succeeded"] += again == 0
        others = {p: h for p, h in both.items() if Path(p).parts[0] == TWO}
        wanted = lone[events] | (others if turn % 2 and events else {})
        counts["next identical"] += digest(OUT) == wanted
    return counts


def share(processes: int, rounds: int) -> Counter[str]:
    """Run in `processes` at once, `rounds` times: half of them into one folder, half each alone.

    In every second round the cache is empty at the beginning. A run by itself on the same cache
    says what each of them should have left and printed.
    """
    from eventstudy.prices.sources.cache import default_cache

    counts: Counter[str] = Counter()
    for turn in range(rounds):
        if turn % 2 == 0:
            for held in default_cache().holdings("yahoo"):
                held.path.unlink()
        for place in Path().glob("out-*"):
            shutil.rmtree(place)
        places = [Path("out-shared" if i % 2 else f"out-{i}") for i in range(processes)]
        children = [
            start(*RUN, ONE, "--out", str(place), out=f"said-{i}.txt")
            for i, place in enumerate(places)
        ]
        counts["succeeded"] += sum(ended(child) == 0 for child in children)
        left, said = alone(Path("out-lone"), ONE)
        counts["identical folder"] += sum(digest(place) == left for place in places)
        counts["identical text"] += sum(
            Path(f"said-{i}.txt").read_text("utf-8") == said for i in range(processes)
        )
        held = default_cache().holdings("yahoo")
        counts["sound entries"] += sum(one.entry is not None for one in held)
        counts["damaged entries"] += sum(one.entry is None for one in held)
    return counts


def load() -> None:
    """What every forked process would have to load and compute."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads do not survive a fork
    start_up = ("eventstudy.evidence.gather", "eventstudy.report.formats.sheets", "yfinance")
    for name in (
        *start_up,
        "eventstudy.prices.sources.yahoo",
        "eventstudy.event_study",
        "pyarrow.parquet",
    ):
        __import__(name)


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    load()
    Path("trial.csv").write_text(EVENTS, encoding="utf-8")
    print(json.dumps({"kill": kill, "share": share}[what](*map(int, numbers))))  # noqa: T201
