"""How far DeepSeek moved the market on 27 January 2025, offline.

    python examples/deepseek.py [FOLDER]

Prints the groups, Nvidia's place among ordinary days, what was won back and the verdicts on what
was written. With a FOLDER it writes the bundle there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import eventstudy as es

EVENTS = Path(__file__).resolve().parents[1] / "events.csv"


def main() -> None:
    """One event, its evidence, its bundle."""
    prices = es.load_prices("bundled")
    result = es.EventStudy().run(es.read_events(EVENTS), prices).only("deepseek-app-store")
    print(result.summary())

    nvidia = result.car((0, 0)).xs("NVDA", level="ticker").iloc[0]
    interval = f"{nvidia['ci_low']:+.1%} to {nvidia['ci_high']:+.1%}"
    print(f"\nNvidia {nvidia['car']:+.2%} ({interval}), placebo p {nvidia['p_placebo']:.3f}")

    evidence = es.gather_evidence(result, prices)
    back = evidence.recovery.table.query("label == 'Nvidia' and days == 'all'")
    print(back[["horizon", "share", "share_low", "share_high"]].round(2).to_string(index=False))
    print(evidence.claims.claims[["id", "verdict"]].to_string(index=False))

    if len(sys.argv) > 1:
        print(f"Wrote {es.write_bundle(result, sys.argv[1], evidence=evidence)}")


if __name__ == "__main__":
    main()
