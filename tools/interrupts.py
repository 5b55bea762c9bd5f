"""Stop runs at random moments, twice within a third of a second, and count what is left of them.

Run from the repository: python tools/interrupts.py [TRIALS [SEED]]
A third of the trials strike while the program loads, a third in the whole run, a third while
bundles are written. Each is sent to the whole group, as a terminal does. 200 take half an hour.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = (sys.executable, "-m", "eventstudy", "run", "--no-progress")
KINDS = (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOADING = 0.05, 0.8
"""Seconds from the start in which the program loads; earlier, Python itself does."""
BETWEEN = 0.3
"""Seconds to the second signal at most."""


def started(folder: Path) -> subprocess.Popen[str]:
    """A run as a terminal starts it: in a group of its own, no signal ignored."""
    return subprocess.Popen(
        RUN,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=unignored,  # noqa: PLW1509 - there is one thread
    )


def unignored() -> None:
    """A background job begins with Ctrl-C ignored."""
    for kind in KINDS:
        signal.signal(kind, signal.SIG_DFL)


def wait_for_moment(run: subprocess.Popen[str], turn: int, whole: float, outputs: Path) -> None:
    """Sleep until the signal of this trial is due."""
    if turn % 3 == 0:
        time.sleep(random.uniform(*LOADING))
    elif turn % 3 == 1:
        time.sleep(random.uniform(LOADING[0], whole))
    else:
        while run.poll() is None and not list(outputs.glob(".*")):
            time.sleep(0.005)
        time.sleep(random.uniform(0, whole / 3))


def strike(run: subprocess.Popen[str], kind: signal.Signals) -> bool:
    """The signal twice to the whole group; whether the first one still met the run."""
    met = run.poll() is None
    for pause in (random.uniform(0, BETWEEN), 0):
        if run.poll() is None:
            os.killpg(run.pid, kind)
            time.sleep(pause)
    return met


def unsound(folder: Path) -> list[str]:
    """What lies in the folder and is neither a whole bundle nor was there before."""
    from eventstudy.errors import InputError
    from eventstudy.files.manifest import verify_bundle

    outputs = folder / "outputs"
    left = {path.name for path in folder.iterdir()} - {"events.csv", "outputs"}
    for place in outputs.iterdir() if outputs.exists() else ():
        try:
            whole = verify_bundle(place).sound
        except InputError:
            whole = False
        left |= set() if whole else {place.name}
    return sorted(left)


def main(trials: int, seed: int) -> int:
    """Print the counts; 1 where anything was left, or a run ended otherwise than told."""
    random.seed(seed)
    counts: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(ROOT / "events.csv", folder)
        begun = time.monotonic()
        assert started(folder).wait() == 0
        whole = time.monotonic() - begun
        for turn in range(trials):
            if turn % 2:
                shutil.rmtree(folder / "outputs", ignore_errors=True)
            kind = random.choice(KINDS)
            run = started(folder)
            wait_for_moment(run, turn, whole, folder / "outputs")
            met = strike(run, kind)
            _, said = run.communicate()
            code = run.returncode
            left = unsound(folder)
            lines = said.splitlines()
            early = turn % 3 == 0 and code == -kind  # Python had not come to the program yet
            done = code == 0 and not any("Stopped" in line for line in lines)
            good = not left and (early or done or (code == 128 + kind and len(lines) == 1))
            counts[f"{kind.name} {'stopped' if code == 128 + kind else f'exit {code}'}"] += 1
            if not good or (met and code == 0):
                wrong += not good
                print(f"trial {turn}: {kind.name}, exit {code}, left {left}, said {said[-400:]!r}")
    for what, count in sorted(counts.items()):
        print(f"  {what:<18} {count}")
    print("as it must be" if not wrong else f"NOT as it must be: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(*map(int, [*sys.argv[1:], *("200", "0")[len(sys.argv) - 1 :]])))
