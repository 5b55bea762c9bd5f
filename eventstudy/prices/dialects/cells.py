"""The cells of a file: figures read, every bad row named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Texts
from eventstudy.errors import LONGEST_QUOTE, InputError, quoted, say_some

LIMIT = 10
MISSING = ("", ".", "na", "n/a", "#n/a", "nan", "null", "none", "nat", "<na>")
DRESSED = re.compile(r"[$€£]?\s*([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d*\.?\d+)")
WITH_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}([. \u00a0\u202f'’]\d{3})+),\d+")
THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3}\b)")
"""Blanks and apostrophes between thousands, as in 6 101,24."""
GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3}){2,}")
"""Thousands with points and no decimals, which no figure with a decimal point looks like."""
PROBED = 100
"""Cells that mostly tell whether there are decimal commas."""
AVERAGES = (
    "CRSP writes a minus before the average of bid and ask where there was no trade: take the "
    "absolute value"
)
LEAST_PRICE, MOST_PRICE = 1e-15, 1e15
"""No quoted price is beyond these; a ratio of two that are has no meaning, or none at all."""


class Findings:
    """What is wrong with a file: the first ten rows as sentences, all of them counted."""

    def __init__(self, file: str, rows: Sequence[int]) -> None:
        self._file = file
        self._rows = rows
        self._sentences: list[tuple[int, str]] = []
        self._count = 0

    def add(self, bad: Bools, say: Callable[[int], str]) -> None:
        """Note every position where `bad` is true; `say(position)` ends the sentence."""
        positions = np.flatnonzero(bad)
        self._count += len(positions)
        self._sentences += [
            (self._rows[at], f"{self._file}, row {self._rows[at]}, {say(int(at))}")
            for at in positions[:LIMIT]
        ]

    def row(self, at: int) -> int:
        """The spreadsheet row of a position."""
        return self._rows[at]

    def raise_if_any(self) -> None:
        """Refuse the file where anything is wrong.

        Raises:
            InputError: The first ten sentences in the order of the rows, and how many more.
        """
        if self._sentences:
            sentences = [sentence for _, sentence in sorted(self._sentences)]
            raise InputError(say_some(sentences, LIMIT, self._count))


def figures(
    cells: pd.Series[Any],
    name: str,
    findings: Findings,
    whose: Callable[[int], str] = lambda _: "",
    example: str = "prices as 118.42",
) -> Floats:
    """Figures as float64, NaN where the cell is empty.

    Args:
        cells: Those of one column.
        name: Of the column.
        findings: Takes what is not a number.
        whose: What a sentence says after the column's name, by position.
        example: How figures are written, for sentences.
    """
    values, no_number = numbers_of(cells)
    texts = cells.astype(object)
    findings.add(
        no_number,
        lambda at: (
            f"column {name[:LONGEST_QUOTE]}{whose(at)}: {quoted(_plain(texts.iloc[at]))} is not "
            f"a number; write {example}, or leave the cell empty if there is none."
        ),
    )
    return values


def note_no_prices(
    values: Floats, name: str, findings: Findings, whose: Callable[[int], str] = lambda _: ""
) -> None:
    """Note every figure that is not a possible price.

    Args:
        values: The figures of one column.
        name: Of the column.
        findings: Takes what is wrong.
        whose: What a sentence says after the column's name, by position.
    """
    with np.errstate(invalid="ignore"):
        infinite, below = np.isinf(values), values <= 0
        impossible = (values < LEAST_PRICE) | (values > MOST_PRICE)
    of_crsp = name.strip().lower() == "prc" and AVERAGES
    for bad, why in (
        (infinite, "the price is infinite; leave the cell empty"),
        (
            below & ~infinite,
            "the price {:g} is not positive; " + (of_crsp or "correct it or leave the cell empty"),
        ),
        (
            impossible & ~below & ~infinite,
            "{:g} is not a possible price; correct it or leave the cell empty",
        ),
    ):
        findings.add(
            bad,
            lambda at, why=why: (  # type: ignore[misc]
                f"column {name[:LONGEST_QUOTE]}{whose(at)}: {why.format(values[at])}."
            ),
        )


def texts_of(cells: pd.Series[Any]) -> Texts:
    """Cells as text without blanks around them; a gap is empty, and bytes are read as UTF-8.

    Args:
        cells: Those of one column, of any type.
    """
    if isinstance(cells.dtype, pd.StringDtype):
        return np.asarray(cells.str.strip().fillna("").to_numpy(dtype=object))
    absent = cells.isna().to_numpy()
    return np.array(
        [
            ""
            if gap
            else cell.decode(errors="backslashreplace").strip()
            if isinstance(cell, bytes)
            else str(cell).strip()
            for gap, cell in zip(absent, cells.astype(object).to_numpy(), strict=True)
        ],
        dtype=object,
    )


def _plain(cell: Any) -> Any:
    """A cell as the user knows it: what a library wraps a date or a list in is no matter."""
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return cell if isinstance(cell, (str, bytes, bool, int, float, list, dict)) else str(cell)


def numbers_of(cells: pd.Series[Any]) -> tuple[Floats, Bools]:
    """Cells as float64, NaN where one is empty, and which of them hold something else."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.zeros(len(values), dtype=bool)
    if isinstance(cells.dtype, pd.StringDtype) and (plain := _plain_figures(cells)) is not None:
        return plain, np.zeros(len(plain), dtype=bool)
    texts = texts_of(cells)
    try:  # numbers and empty cells only
        _require_plain("".join(texts))
        values = np.array([float(text) if text else np.nan for text in texts], dtype=np.float64)
        return values, np.zeros(len(texts), dtype=bool)
    except ValueError:
        codes, distinct = pd.factorize(texts)
        read = [_number(text) for text in distinct]
        values = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
        return values[codes], np.array([value is None for value in read], dtype=bool)[codes]


def _plain_figures(cells: pd.Series[Any]) -> Floats | None:
    """The ordinary column, numbers and empty cells only, read at once; None for any other."""
    import pyarrow
    import pyarrow.compute

    texts = pyarrow.compute.utf8_trim_whitespace(pyarrow.array(cells))
    filled = pyarrow.compute.if_else(pyarrow.compute.equal(texts, ""), None, texts)
    try:
        figures = filled.cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    except pyarrow.ArrowInvalid:
        return None
    words = np.count_nonzero(np.isnan(figures)) > filled.null_count  # such as nan(1)
    return None if words else np.asarray(figures)


def is_missing(text: str) -> bool:
    """Whether a cell says that it has no figure.

    Args:
        text: The cell without blanks around it.
    """
    return text.lower() in MISSING or text.startswith("#N/A ")  # Bloomberg gives its reason


def _number(text: str) -> float | None:
    try:
        return float("nan") if is_missing(text) else _figure(text)
    except ValueError:
        return None


def _figure(text: str) -> float:
    _require_plain(text)
    return float(text)


def _require_plain(text: str) -> None:
    """ValueError for what Python reads as a number and no table means: 1_000, other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError


def undressed(cells: pd.Series[Any], *, comma: bool = False) -> pd.Series[Any]:
    """Figures without currency sign and separators of thousands; other cells stay as they are.

    Args:
        cells: Those of one column; only text is looked at.
        comma: Whether the comma stands before the decimals, and points between thousands.
    """
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells
    swap = str.maketrans(",.", ".,") if comma else {}

    def bare(text: str) -> str:
        found = DRESSED.fullmatch(THOUSANDS.sub("", text).translate(swap))
        return found[1].replace(",", "") if found else text

    return pd.Series([bare(text) for text in texts_of(cells)], index=cells.index, dtype=object)


def has_decimal_commas(columns: Sequence[pd.Series[Any]], file: str) -> bool:
    """Whether all figures of a file have a comma before their decimals.

    Args:
        columns: The columns of figures.
        file: How sentences call the file.

    Raises:
        InputError: Every comma stands before three digits and could separate thousands.
    """
    with_comma: list[str] = []
    for column in columns:
        if pd.api.types.is_numeric_dtype(column.dtype):
            return False
        texts = (
            text for some in (column.iloc[:PROBED], column.iloc[PROBED:]) for text in texts_of(some)
        )
        for text in texts:
            if "," in text and WITH_COMMA.fullmatch(text):
                with_comma.append(text)
            elif (
                not GROUPED.fullmatch(text)
                and not is_missing(text)
                and not text.removeprefix("-").isdigit()
            ):
                return False
    if with_comma and all(text[-4] == "," for text in with_comma if len(text) > 4):
        raise InputError(
            f"{file}: {quoted(with_comma[0])} could have a decimal comma or a comma between "
            "thousands; write figures with a decimal point (27.941)."
        )
    return bool(with_comma)
