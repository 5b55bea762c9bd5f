"""CSV files of any separator, read by pyarrow after their rows were counted and measured."""

from __future__ import annotations

import codecs
import csv
import re

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Ints
from eventstudy.errors import InputError
from eventstudy.files.csv_text import TOO_LONG, csv_rows
from eventstudy.files.reading import CSV_TEXT, SMALL, require_text
from eventstudy.files.tables.layout import QUOTE, RowShapes, row_shapes, separator_of
from eventstudy.files.tables.limits import INSTEAD, MOST_COLUMNS, require_few_texts
from eventstudy.files.tables.sheet import Sheet
from eventstudy.text.numbers import counted

LONGEST_PREAMBLE = 40
"""Rows above the header that may be of any width."""
LEAST_RUN = 10
"""So many rows of one width in a row were written so; fewer were cut off."""
MOST_RAGGED = 1_000
"""Rows of other widths that are looked at one by one."""
LONGEST_LINE = 8 * 2**20
"""Bytes of a row."""
LEAST_BLOCK, MOST_PIECES = 2**22, 2**20
"""Bytes that are parsed at once; so many pieces of columns there may be."""
LONGEST_CELL = 131_072
"""Bytes of a cell: what Python's parser takes."""
FAULT = "has a quotation mark that does not end its cell; close it or take it out"
CALLED = {ord(","): "comma", ord(";"): "semicolon", ord("\t"): "tab", ord("|"): "bar"}
_NAMED_AMOUNT = re.compile(rb"[0-9.,:/]+ [A-Z][A-Za-z ]+")
"""The last cell of a row that stands between prices and holds none, such as 0.01 Dividend."""
_FIGURE = re.compile(rb'[ "\']*[-+$]?\.?[0-9]')


def read_delimited(name: str, raw: bytes) -> Sheet:
    """The cells of a CSV file as text; "" where a row is shorter than the table.

    The separator (comma, semicolon, tab or bar) is the one that most of the first rows have as
    often. Rows without any content are left out. Rows of another width than the table may stand
    above the data and, after a blank row or as a single cell of text, below; so may those of one
    width that follow each other, as where a column begins late. Others were cut off.

    Args:
        name: How sentences call the file.
        raw: Its bytes.

    Raises:
        InputError: It is not text, empty, too large, or has a row that was cut off.
    """
    require_text(raw, name, CSV_TEXT)
    text = _with_line_feeds(raw)
    separator = separator_of(text)
    if not text.strip(b' \t\n\r"' + bytes([separator])):
        raise InputError(f"{name} is empty; it needs a header and rows below it.")
    lines = text.count(b"\n")
    require_few_texts(name, lines, lines + text.count(separator))
    shapes = row_shapes(text, separator)
    if shapes.odd is not None:
        text = _rewritten(name, text, separator, shapes.odd)
        shapes = row_shapes(text, separator)
    _require_lengths(name, shapes)
    width = _usual_width(shapes.widths)
    kept = _kept(name, text, separator, shapes, width)
    cells = _full_rows(name, text, separator, shapes, width)
    if len(kept):
        others = _ragged_rows(text, separator, shapes, kept)
        cells = pd.concat([cells, others]).sort_index().fillna("").astype(cells.dtypes.iloc[0])
    return Sheet(name, cells[~_blank_rows(cells)])


def _with_line_feeds(raw: bytes) -> bytes:
    """The text without its byte order mark; lines that end in a lone carriage return end anew."""
    text = raw.removeprefix(codecs.BOM_UTF8)
    if text.count(b"\r") == text.count(b"\r\n"):
        return text
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _rewritten(name: str, text: bytes, separator: int, row: int) -> bytes:
    """The text with quotation marks as they should be; InputError where one is left open."""
    if len(text) > SMALL:
        raise InputError(f"{name}, row {row + 1} {FAULT}.")
    mark = chr(separator)
    lines = (
        mark.join(f'"{cell.replace(chr(QUOTE), 2 * chr(QUOTE))}"' for cell in cells)
        for _, cells in csv_rows(text.decode(), f"{name}, row", FAULT, mark)
    )
    return "\n".join(lines).encode()


def _require_lengths(name: str, shapes: RowShapes) -> None:
    """InputError for a cell, a row or a number of columns beyond what any table has."""
    if shapes.longest > LONGEST_CELL:
        raise InputError(f"{name}, row {shapes.longest_row + 1} {TOO_LONG}.")
    row = int(shapes.widths.argmax())
    if shapes.widths[row] > MOST_COLUMNS:
        raise InputError(
            f"{name}, row {row + 1} has {shapes.widths[row]:,} columns, and a table may have "
            f"{MOST_COLUMNS:,}; {INSTEAD}."
        )


def _usual_width(widths: Ints) -> int:
    """The number of cells that most rows have, but for those with one; of two, the earlier."""
    counts = np.bincount(widths)
    if len(counts) > 2:
        counts[:2] = 0
    usual = np.flatnonzero(counts == counts.max())
    return int(widths[np.isin(widths, usual)][0])


def _kept(name: str, text: bytes, separator: int, shapes: RowShapes, width: int) -> Ints:
    """Rows of another width that belong to the table nevertheless; InputError for one cut off."""
    begins = np.concatenate(([0], shapes.ends[:-1]))
    blank = (shapes.widths == 1) & (shapes.ends - begins <= 2)
    full = np.flatnonzero((shapes.widths == width) & ~blank)
    if width == 1:
        return full[:0]
    other = (shapes.widths != width) & ~blank
    runs = _in_runs(shapes.widths) & (shapes.widths > 1) & (shapes.widths < width)
    data = _first_data(text, separator, begins, shapes.ends, full)
    rows = list(np.flatnonzero(other & runs))
    last_blank = int(np.flatnonzero(blank)[-1]) if blank.any() else -1
    one_by_one = np.flatnonzero(other & ~runs)
    for row in one_by_one:
        line = text[begins[row] : shapes.ends[row]].strip()
        cells = [cell for cell in line.split(bytes([separator])) if cell.strip(b' "')]
        if not cells:
            last_blank = max(last_blank, int(row))
            continue
        words = not _FIGURE.match(line)
        above = row < min(full[0], LONGEST_PREAMBLE) or (
            words and row < min(data, LONGEST_PREAMBLE)
        )
        below = full[-1] < last_blank < row
        short = shapes.widths[row] < width
        alone = words and len(cells) == 1 and short
        named = short and _NAMED_AMOUNT.fullmatch(cells[-1].strip(b' "'))
        if not (above or below or alone or named) or len(rows) > MOST_RAGGED + runs.sum():
            raise _cut_off(name, int(row), int(shapes.widths[row]), width, separator)
        rows.append(row)
    return np.sort(np.array(rows, dtype=np.int64))


def _in_runs(widths: Ints) -> Bools:
    """Rows among so many of one width that it is no accident."""
    changes = np.flatnonzero(np.diff(widths, prepend=-1, append=-1))
    lengths = np.diff(changes)
    return np.repeat(lengths >= LEAST_RUN, lengths)


def _first_data(text: bytes, separator: int, begins: Ints, ends: Ints, full: Ints) -> int:
    """The first row of the usual width in which a cell begins like a figure or a date."""
    for row in full[:LONGEST_PREAMBLE]:
        cells = text[begins[row] : ends[row]].split(bytes([separator]))
        if any(_FIGURE.match(cell) for cell in cells):
            return int(row)
    return len(ends)


def _cut_off(name: str, row: int, cells: int, width: int, separator: int) -> InputError:
    mark = CALLED[separator]
    return InputError(
        f"{name}, row {row + 1} has {counted(cells, 'cell')} where the header has {width}; an "
        f"empty cell needs its {mark}, a cell with a {mark} needs quotation marks, and a row that "
        "was cut off must be completed."
    )


def _full_rows(
    name: str, text: bytes, separator: int, shapes: RowShapes, width: int
) -> pd.DataFrame:
    """All rows of the usual width, under their numbers."""
    import pyarrow
    import pyarrow.csv

    begins = np.concatenate(([0], shapes.ends[:-1]))
    longest_line = int((shapes.ends - begins).max())
    if longest_line > LONGEST_LINE:
        row = int((shapes.ends - begins).argmax())
        raise InputError(
            f"{name}, row {row + 1} has {longest_line // 2**20} MB, and a row may have "
            f"{LONGEST_LINE // 2**20} MB; check the line ends."
        )
    names = [str(column) for column in range(width)]
    block = max(LEAST_BLOCK, 2 * longest_line, len(text) // MOST_PIECES * width)
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=block),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=chr(separator),
                newlines_in_values=shapes.across,
                invalid_row_handler=lambda _: "skip",
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pyarrow.ArrowInvalid:
        raise _unreadable(name) from None
    rows = np.flatnonzero((shapes.widths == width) & ((width > 1) | (shapes.ends - begins > 2)))
    if len(rows) != len(table):
        raise _unreadable(name)
    cells: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return cells.set_axis(rows + 1, axis="index").set_axis(range(width), axis="columns")


def _unreadable(name: str) -> InputError:
    return InputError(f"{name} cannot be read as a table; save it as CSV with commas.")


def _ragged_rows(text: bytes, separator: int, shapes: RowShapes, rows: Ints) -> pd.DataFrame:
    """Rows of other widths, under their numbers, empty where they are short."""
    begins = np.concatenate(([0], shapes.ends[:-1]))
    lines = (text[begins[row] : shapes.ends[row]].decode() for row in rows)
    read = [next(csv.reader([line], delimiter=chr(separator))) for line in lines]
    width = max(map(len, read))
    return pd.DataFrame([[*cells, *[""] * (width - len(cells))] for cells in read], index=rows + 1)


def _blank_rows(cells: pd.DataFrame) -> Bools:
    """Rows of empty cells and blanks alone; most rows are out by their first cell."""
    blank = cells.iloc[:, 0].str.strip().eq("").to_numpy(copy=True)
    others = cells[blank].apply(lambda column: column.str.strip().eq(""))
    blank[blank] = others.all(axis=1).to_numpy()
    return np.asarray(blank)
