"""Peak memory and time of every refusal: files that are made on the spot, one process each.

Run it in the root of a checkout. It prints the table of docs/security.md; `python tools/refusals.py
NAME …` measures the named cases alone. Files of up to 600 MB are written to the temporary folder,
one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MB = 2**20
READ = """
import sys
from eventstudy.errors import InputError
from eventstudy.files.tables.read import read_sheet
try:
    read_sheet(sys.argv[1], "price file")
except InputError as error:
    sys.exit("Error: " + str(error)) if not print(error, file=sys.stderr) else None
"""
SHEET = ("-c", READ)
CLI = ("-m", "eventstudy")
EVENTS = b"event_id,title,announced_at,groups\n"


@dataclass(frozen=True, slots=True)
class Attack:
    """A file that must be refused: how it is made, and who reads it."""

    said: str
    """What it is, as the table says."""
    file: str
    pieces: Callable[[], Iterable[bytes]]
    command: tuple[str, ...] = SHEET
    limit: int = 512 * MB
    """The limit that the reader names."""


def times(piece: bytes, size: int) -> Iterator[bytes]:
    """A piece again and again, up to about so many bytes."""
    block = piece * max(1, MB // len(piece))
    for _ in range(size // len(block)):
        yield block
