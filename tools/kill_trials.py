"""Kill fetches of prices in the middle, many times, and count what the cache looks like after it.

Run from the repository: python tools/kill_trials.py [200]
It asks a Yahoo on 127.0.0.1 and needs no network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = Path(__file__).resolve().parents[1] / "tests" / "market" / "yahoo_server"
sys.path.insert(0, str(SERVER))
LONGEST = 0.3
"""Seconds until the kill at most: about as long as the fetch takes."""


def main(number: int) -> int:
    """Print the counts; 1 where an entry was damaged or a next fetch did not succeed."""
    from loopback import Loopback, variables  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder, Loopback() as yahoo:
        done = subprocess.run(
            [sys.executable, str(SERVER / "killing.py"), "kill", str(number), str(LONGEST)],
            env={**os.environ, **variables(yahoo, Path(folder))},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    seen = json.loads(done.stdout)
    for what, count in seen.items():
        print(f"{what:<16} {count}")
    return int(seen["damaged"] > 0 or seen["next succeeded"] < number)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
