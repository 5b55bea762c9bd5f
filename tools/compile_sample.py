"""Compile the bundled sample: figures in, two compressed files out, byte for byte the same.

    python tools/compile_sample.py FLAGSHIP_FOLDER

The folder holds prices.csv, benchmark_ew_ex_ai.csv and factors.csv. The digits are copied as text,
so nothing is lost on the way. Prints the SHA-256 of both files for eventstudy/data/PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import lzma
from collections import Counter
from datetime import date
from pathlib import Path

from eventstudy.errors import InputError

DATA = Path(__file__).parents[1] / "eventstudy" / "data"
PRICE_COLUMNS = ("date", "ticker", "close", "adj_close")


def main() -> None:
    """Read the folder, check it, write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    for name, packed in compile_sample(options.folder).items():
        (options.out / name).write_bytes(packed)
        print(f"{hashlib.sha256(packed).hexdigest()}  {name}  {len(packed)} bytes")


def compile_sample(folder: Path) -> dict[str, bytes]:
    """The two files, by name, as compressed bytes."""
    prices = [
        [row[column] for column in PRICE_COLUMNS]
        for name in ("prices.csv", "benchmark_ew_ex_ai.csv")
        for row in read_rows(folder / name)
    ]
    # One ticker after the other: neighbouring rows are alike, which compresses to half.
    prices.sort(key=lambda row: (row[1], row[0]))
    factors = sorted(read_rows(folder / "factors.csv"), key=lambda row: row["date"])
    days = {row["date"] for row in factors}
    check(prices, days)
    return {
        "prices.csv.xz": pack([[*PRICE_COLUMNS], *prices]),
        "factors.csv.xz": pack([[*factors[0]], *([*row.values()] for row in factors)]),
    }


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, cells as text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def check(prices: list[list[str]], days: set[str]) -> None:
    """Every price positive, every (date, ticker) once, and the days the sessions of XNYS."""
    from eventstudy.calendars import sessions_between

    counts = Counter((row[0], row[1]) for row in prices)
    wrong = [f"{key} is there twice" for key, count in counts.items() if count > 1]
    wrong += [f"{row} has no positive price" for row in prices if not min(map(float, row[2:])) > 0]
    held = {row[0] for row in prices}
    first, last = (date.fromisoformat(day) for day in (min(held), max(held)))
    expected = {str(day) for day in sessions_between(first, last)}
    wrong += [f"{day} is a day of one file only" for day in sorted(held ^ days)]
    wrong += [f"{day} is no common day of sample and XNYS" for day in sorted(held ^ expected)]
    if wrong:
        raise InputError(wrong[:10])


def pack(rows: list[list[str]]) -> bytes:
    """CSV text, compressed with fixed settings."""
    text = "".join(",".join(row) + "\n" for row in rows)
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


if __name__ == "__main__":
    main()
