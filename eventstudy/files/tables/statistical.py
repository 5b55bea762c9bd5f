"""Files of Stata and SAS, some rows at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files.tables.limits import reading_as, require_room
from eventstudy.files.tables.typed import put_together, typed_sheet

if TYPE_CHECKING:
    from eventstudy.files.tables.sheet import Sheet

CELLS_AT_ONCE = 2_000_000
SAS_BEGIN = pd.Timestamp("1960-01-01")
DAYS = (
    "DATE",
    "YYMMDD",
    "MMDDYY",
    "DDMMYY",
    "E8601DA",
    "B8601DA",
    "WEEKDATE",
    "WORDDATE",
    "JULIAN",
)
SECONDS = ("DATETIME", "E8601DT", "B8601DT", "DATEAMPM")
"""How the names of SAS formats of dates and of moments begin; the second are looked for first."""


def read_stata_sheet(name: str, raw: bytes) -> Sheet:
    """The variables of a Stata file; dates by their format, labelled values by their labels.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged or too large.
    """
    with reading_as(name, "Stata file"), pd.read_stata(io.BytesIO(raw), iterator=True) as reader:
        return typed_sheet(name, put_together(name, _parts(name, reader)))


def read_sas_sheet(name: str, raw: bytes) -> Sheet:
    """The variables of a SAS file; dates by their format.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged or too large.
    """
    with (
        reading_as(name, "SAS file"),
        pd.read_sas(io.BytesIO(raw), format="sas7bdat", encoding="infer", iterator=True) as reader,
    ):
        return typed_sheet(name, put_together(name, _parts(name, reader)))


def read_xport_sheet(name: str, raw: bytes) -> Sheet:
    """The variables of a SAS transport file; dates by their format.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, too large, or of version 8.
    """
    if raw[20:24] == b"LIBV":
        raise InputError(f"{name} is a SAS transport file of version 8; save it as version 5.")
    with (
        reading_as(name, "SAS transport file"),
        pd.read_sas(io.BytesIO(raw), format="xport", encoding=None, iterator=True) as reader,
    ):
        table = put_together(name, _parts(name, reader))
        for field in reader.fields:  # type: ignore[attr-defined]  # pandas leaves dates as figures
            column, form = field["name"].decode(), field["nform"].decode("latin-1")
            if form.startswith(SECONDS):
                table[column] = pd.to_timedelta(table[column], unit="s") + SAS_BEGIN
            elif form.startswith(DAYS):
                table[column] = pd.to_timedelta(table[column], unit="D") + SAS_BEGIN
        return typed_sheet(name, table)


def _parts(name: str, reader: Any) -> Iterator[pd.DataFrame]:
    """The rows, no more cells at a time than memory can spare; at least one part."""
    first = reader.read(1)
    yield first
    require_room(name, len(first), first.shape[1])
    step = max(1, CELLS_AT_ONCE // max(1, first.shape[1]))
    while True:
        try:
            part = reader.read(step)
        except StopIteration:
            return
        if part is None or part.empty:
            return
        yield part
