"""A new events file, laid out as events.csv."""

from __future__ import annotations

import os
from pathlib import Path

from eventstudy.errors import InputError
from eventstudy.events.event import COLUMNS, event_cells
from eventstudy.events.registry import Events
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.csv_text import csv_line


def write_new_file(path: Path, events: Events) -> None:
    """Write events to a file that is not there yet.

    Args:
        path: The file.
        events: Its rows.

    Raises:
        InputError: There is a file of that name, or it cannot be written.
    """
    if os.path.lexists(path):
        raise InputError(f"{path} already exists; nothing was written. Name another file.")
    lines = [csv_line(COLUMNS), *(csv_line(event_cells(event).values()) for event in events.rows)]
    with writing(path, "check the folder", InputError), replace_file(path) as stream:
        stream.write("".join(lines).encode())
