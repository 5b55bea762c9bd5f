"""Your own prices and events, from CSV files to the bundle.

    python examples/own_csv.py [FOLDER]

The files are made here, in the FOLDER or in a temporary one, and look as yours may look: prices
as a row for each day and ticker, events as a row each. Alpha and Beta fall by 6% on the session
after the news, Gamma does not; the study should find that.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es

EVENTS = """\
event_id,title,announced_at,groups,benchmark
recall,Alpha and Beta call back a product,2025-02-12T16:30:00-05:00,makers;GAMMA,INDEX
strike,Strike at Beta,2025-02-20,BETA,INDEX
"""
GROUPS = """\
[groups.makers]
label = "Makers"
members = ["ALPHA", "BETA"]

[names]
ALPHA = "Alpha Corp."
"""


def write_files(folder: Path) -> None:
    """prices.csv, events.csv and groups.toml, the same on every run."""
    days = es.load_prices("bundled").sessions  # the days on which the New York exchange was open
    rng = np.random.default_rng(7)
    market = rng.normal(0.0003, 0.008, len(days))
    prices = {"INDEX": 4_000 * np.cumprod(1 + market)}
    for name, beta, shock in (("ALPHA", 1.2, -0.06), ("BETA", 0.9, -0.06), ("GAMMA", 1.0, 0.0)):
        returns = beta * market + rng.normal(0, 0.012, len(days))
        returns[days == "2025-02-13"] += shock
        prices[name] = 50 * np.cumprod(1 + returns)
    wide = pd.DataFrame(prices, pd.Index(days.strftime("%Y-%m-%d"), name="date")).round(2)
    long = wide.melt(ignore_index=False, var_name="ticker", value_name="adj_close")
    long.to_csv(folder / "prices.csv")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    (folder / "groups.toml").write_text(GROUPS, encoding="utf-8")


def study(folder: Path) -> es.StudyResult:
    """Read the three files, study the recall, write the bundle beside them."""
    prices = es.load_prices(folder / "prices.csv")
    result = es.EventStudy(car=[(0, 0), (0, 1), (0, 5)]).run(
        es.read_events(folder / "events.csv"),
        prices,
        groups=folder / "groups.toml",
        event_ids=["recall"],
    )
    evidence = es.gather_evidence(result, prices)
    es.write_bundle(result, folder / "recall", evidence=evidence)
    return result


def main() -> None:
    """Make the files, study them, say what was found."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        write_files(folder)
        result = study(folder)
        print("".join((folder / "prices.csv").read_text(encoding="utf-8").splitlines(True)[:3]))
        print(result.summary())
        print(result.car((0, 0))[["car", "ci_low", "ci_high", "p_placebo"]].round(4))
        print("\nWrote", ", ".join(sorted(path.name for path in (folder / "recall").iterdir())))


if __name__ == "__main__":
    main()
