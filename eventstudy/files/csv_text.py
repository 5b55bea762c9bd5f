"""Text in the cells of a CSV file: never a formula in a spreadsheet, always the text it was.

A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises
on CSV injection. Figures stay figures.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What a table that is not separated by commas is separated by."""
TOO_LONG = "has a cell of more than 131,072 characters; shorten it or close a quotation mark"
"""What is said of a row with a cell longer than Python's parser takes."""
MOST_LINES, MOST_MARKS = 2_000_000, 50_000
"""Lines of a text, and separators in one, that become cells one by one."""

GUARD = "'"
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # full-width forms are folded to the others
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
BLANKS = ("\t", "\r", "\n")
_ONE = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_FIGURES = re.compile(rf"{_ONE}(, ?{_ONE})*")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula; figures are none, ^GSPC neither."""
    bare = text.lstrip(GUARD)
    opens = bare.startswith(BLANKS) or bare.lstrip().startswith(SIGNS)
    return opens and not _FIGURES.fullmatch(bare)


def guarded(text: str) -> str:
    """The text as it stands in a cell; `unguarded` gives it back."""
    return GUARD + text if looks_like_formula(text) else text


def unguarded(cell: str) -> str:
    """The text behind a cell that `guarded` wrote."""
    return cell[1:] if cell.startswith(GUARD) and looks_like_formula(cell) else cell


def csv_line(cells: Iterable[str], newline: str = "\n") -> str:
    """One line of CSV, its texts guarded."""
    text = io.StringIO()
    csv.writer(text, lineterminator=newline).writerow(guarded(cell) for cell in cells)
    return text.getvalue()


def csv_rows(
    text: str, where: str, fault: str, separator: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text, each with its number as a spreadsheet shows it.

    Args:
        text: What the file holds.
        where: How a sentence on a row begins, such as "events.csv row".
        fault: What it says of a row whose quotation marks do not match; may hold "{error}".
        separator: What stands between cells.

    Raises:
        InputError: A quotation mark is open at the end, a cell is longer than the parser takes, or
            there are more lines, or in a line more cells, than any table has.
    """
    number = 0
    lines = _lines(text, where, separator)
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True, delimiter=separator), 1):
            yield number, cells
    except csv.Error as error:
        why = TOO_LONG if "limit" in str(error) else fault.format(error=error)
        raise InputError(f"{where} {number + 1} {why}.") from None


def _lines(text: str, where: str, separator: str) -> Iterator[str]:
    """The lines with their ends, none of a length that would fill memory with cells."""
    for number, line in enumerate(_LINE.finditer(text), 1):
        if number > MOST_LINES or line[0].count(separator) > MOST_MARKS:
            raise InputError(
                f"{where} {number} is beyond what a table may have ({MOST_LINES:,} rows, "
                f"{MOST_MARKS:,} columns); check that it is the file you mean."
            )
        yield line[0]


def dated_table(raw: bytes) -> pd.DataFrame:
    """A table that this package wrote as CSV, with days under `date` and figures else."""
    import pandas as pd

    # pyarrow reads every digit right; the default parser of older pandas may miss the last.
    table = pd.read_csv(io.BytesIO(raw), engine="pyarrow", dtype={"date": "str"})
    return table.assign(date=pd.to_datetime(table["date"], format="%Y-%m-%d").dt.as_unit("ns"))


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV with unix line ends, texts and heads guarded; a missing figure is empty.

    The index is not written.
    """
    return _guarded_table(table).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """`csv_text` in UTF-8."""
    path.write_text(csv_text(table), encoding="utf-8", newline="\n")


def _guarded_table(table: pd.DataFrame) -> pd.DataFrame:
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    plain = (is_numeric_dtype, is_bool_dtype, is_datetime64_any_dtype)
    texts = {
        name: column.map(_guarded_value)
        for name, column in table.items()
        if not any(is_plain(column.dtype) for is_plain in plain)
    }
    return table.assign(**texts).rename(columns=_guarded_value)  # type: ignore[arg-type]


def _guarded_value(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value
