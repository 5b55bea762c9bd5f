"""Workbooks, row by row: xlsx through openpyxl, ods from its XML, which states every value."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any
from xml.etree import ElementTree

import pandas as pd

from eventstudy.errors import InputError, quoted, some_names
from eventstudy.files.reading import oversized
from eventstudy.files.tables.limits import reading_as
from eventstudy.files.tables.packed import archive_in
from eventstudy.files.tables.sheet import Sheet
from eventstudy.text.numbers import counted

CALLED = "workbook"
MOST_SEEN, MOST_LAID_OUT = 500_000, 10_000_000
"""Cells of a workbook that are read, blank ones with a format included, and places of the table
that they make: 2,000 days of 250 tickers take some seconds."""
MOST_BYTES, MOST_OF_STYLES = 192 * 2**20, 4 * 2**20
"""Bytes of a workbook unpacked, and of the parts of it that are no cells."""
STYLES = ("xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml", "docProps/custom.xml")
STRINGS = "xl/sharedStrings.xml"
INSTEAD = "save the sheet as CSV, or leave out tickers and days"
MOST_COLUMNS = 16_384
"""Of a sheet in every program."""
TABLE, OFFICE, TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "office", "text")
)
Cells = tuple[Any, ...]


def read_xlsx(name: str, raw: bytes) -> Sheet:
    """The cells of the only sheet of a workbook that has any; formulas by their last value.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, too large, empty, or several sheets have cells.
    """
    import openpyxl

    with reading_as(name, CALLED), archive_in(raw) as archive:
        _require_small(name, archive)
        if STRINGS in archive.namelist() and archive.read(STRINGS).count(b"<si") > MOST_SEEN:
            raise _too_many(name)
        book = openpyxl.load_workbook(
            io.BytesIO(raw), read_only=True, data_only=True, keep_links=False
        )
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # those in the file may be wrong
        rows = (
            (sheet.title, number, cells)
            for sheet in book.worksheets
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        return _only_sheet(name, rows)


def read_ods(name: str, raw: bytes) -> Sheet:
    """The cells of the only sheet of an OpenDocument workbook that has any.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is damaged, too large, empty, or several sheets have cells.
    """
    with reading_as(name, CALLED), archive_in(raw) as archive:
        _require_small(name, archive)
        with archive.open("content.xml") as content:
            return _only_sheet(name, _ods_rows(content))


def _require_small(name: str, archive: zipfile.ZipFile) -> None:
    sizes = {part.filename: part.file_size for part in archive.infolist()}
    for most, members in ((MOST_BYTES, sizes), (MOST_OF_STYLES, STYLES)):
        size = sum(sizes.get(member, 0) for member in members)
        if size > most:
            raise oversized(f"{name} unpacked", size, most, CALLED, INSTEAD)


def _too_many(name: str) -> InputError:
    return InputError(f"{name} has more than {counted(MOST_SEEN, 'cell')}; {INSTEAD}.")


def _only_sheet(name: str, rows: Iterable[tuple[str, int, Cells]]) -> Sheet:
    """The rows with content of the one sheet that has any."""
    found: dict[str, dict[int, Cells]] = {}
    seen = 0
    for title, number, cells in rows:
        seen += len(cells)
        if seen > MOST_SEEN:
            raise _too_many(name)
        if any(cell is not None and str(cell).strip() for cell in cells):
            found.setdefault(title, {})[number] = cells
    if not found:
        raise InputError(f"{name} is empty; it needs a header and rows below it.")
    if len(found) > 1:
        titles = some_names([quoted(title) for title in found])
        raise InputError(
            f"{name} has {len(found)} sheets with cells ({titles}); leave one in it, or save the "
            "one that is meant as CSV."
        )
    ((_, lines),) = found.items()
    width = max(map(len, lines.values()))
    if width * len(lines) > MOST_LAID_OUT:
        raise _too_many(name)
    even = [(*cells, *[None] * (width - len(cells))) for cells in lines.values()]
    table = pd.DataFrame(even, index=list(lines), dtype=object)
    return Sheet(name, table.where(table.notna(), None), text=False)


def _ods_rows(content: IO[bytes]) -> Iterator[tuple[str, int, Cells]]:
    """Sheet, number and cells of every row that has any."""
    title, number = "", 0
    for event, element in ElementTree.iterparse(content, events=("start", "end")):
        if event == "start":
            if element.tag == f"{TABLE}table":
                title, number = element.get(f"{TABLE}name", ""), 0
        elif element.tag == f"{TABLE}table-row":
            times = int(element.get(f"{TABLE}number-rows-repeated", "1"))
            if cells := _ods_cells(element):
                for again in range(times):
                    yield title, number + again + 1, cells
            number += times
            element.clear()


def _ods_cells(row: ElementTree.Element) -> Cells:
    """The values of a row without the blank cells at its end."""
    cells: list[Any] = []
    blank = 0
    for cell in row:
        times = min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), MOST_COLUMNS)
        value = _ods_value(cell)
        if value is None:
            blank += times
        elif blank + times + len(cells) <= MOST_COLUMNS:
            cells += [None] * blank + [value] * times
            blank = 0
    return tuple(cells)


def _ods_value(cell: ElementTree.Element) -> Any:
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return float(cell.attrib[f"{OFFICE}value"])
    if kind == "date":
        return datetime.fromisoformat(cell.attrib[f"{OFFICE}date-value"])
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    text = "\n".join("".join(part.itertext()) for part in cell.findall(f"{TEXT}p"))
    return text or None
