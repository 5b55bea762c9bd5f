"""A column of a list as figures, however they are written, or as words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventstudy.errors import quoted

_ABSENT = ("", "-", "--", ".", "nan", "NaN", "NA", "N/A", "None")
"""Cells that say nothing, among words too."""
_NO_FIGURE = ("na", "n/a", "n.a.", "nm", "#n/a", "null", "none", "nat", "<na>")
"""Cells, in lower case, that say so among figures alone: "none" may be a word of its own."""
_DRESS = re.compile(r"([+-]?)\s*[$€£]?\s*([+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?)\s*(%?)")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+")
_POINTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


@dataclass(frozen=True, slots=True)
class Figures:
    """What the cells of a column say."""

    values: tuple[float | None, ...] | None
    """One a cell, None where it says nothing; None in all where the column is of words."""
    note: str
    """The end of a sentence on how they were read; empty where they are plain, or words alone."""


def says_nothing(text: str) -> bool:
    """Whether a cell has no value, in a column of words.

    Args:
        text: The cell without blanks around it.
    """
    return text in _ABSENT


def _no_figure(text: str) -> bool:
    return says_nothing(text) or text.lower() in _NO_FIGURE


def one_spelling(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names that differ in case or blanks alone as the first of them, and those of which it is so.

    Args:
        texts: The cells of a column of names.
    """
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(" ".join(text.casefold().split()), text)
    same = [first[" ".join(text.casefold().split())] for text in texts]
    changed = [(old, new) for old, new in zip(texts, same, strict=True) if old != new]
    return same, [f"{quoted(old)} is {quoted(new)}" for old, new in dict.fromkeys(changed)]


def written_figures(texts: Sequence[str], numbers: Sequence[int]) -> Figures:
    """The cells of a column as figures where every filled one is a figure.

    Read are plain figures, those with a currency sign, with a per cent sign (where all have one;
    "1.5%" is 1.5), with commas between thousands, and with a decimal comma.

    Args:
        texts: The cells.
        numbers: The row of each, for sentences.
    """
    filled = [text for text in texts if not _no_figure(text)]
    if all(_is_plain(text) for text in filled):
        return Figures(_each(texts, float) if filled else None, "")
    dressed = [_DRESS.fullmatch(text.replace("−", "-")) for text in filled]
    bare = [found[1] + found[2] for found in dressed if found]
    if len(bare) < len(filled) or len({found[3] for found in dressed if found}) > 1:
        return Figures(None, _not_figures(texts, numbers))
    percent = bool(dressed[0] and dressed[0][3])
    in_percent = "figures with % are in percent" if percent else ""
    if all(_is_plain(text) for text in bare):
        return Figures(_each(texts, lambda text: float(_bare(text))), in_percent)
    thousands = all(_is_plain(text) or _THOUSANDS.fullmatch(text) for text in bare)
    comma = all(
        text.lstrip("+-").isdigit() or _DECIMAL_COMMA.fullmatch(text) or _POINTED.fullmatch(text)
        for text in bare
    )
    if thousands and comma:
        doubtful = next(text for text in filled if "," in text)
        return Figures(
            None,
            f"read as words: {quoted(doubtful)} may have a decimal comma or a comma between "
            "thousands; write it without",
        )
    if not (thousands or comma):
        return Figures(None, _not_figures(texts, numbers))
    drop, point = (",", ".") if thousands else (".", ",")
    values = _each(texts, lambda text: float(_bare(text).replace(drop, "").replace(point, ".")))
    how = "commas stand between thousands" if thousands else "the comma is a decimal comma"
    return Figures(values, "; ".join(part for part in (how, in_percent) if part))


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text) or _INFINITE.fullmatch(text))


def _bare(text: str) -> str:
    found = _DRESS.fullmatch(text.replace("−", "-"))
    assert found is not None
    return found[1] + found[2]


def _each(texts: Sequence[str], read: Callable[[str], float]) -> tuple[float | None, ...]:
    return tuple(None if _no_figure(text) else read(text) for text in texts)


def _not_figures(texts: Sequence[str], numbers: Sequence[int]) -> str:
    """That some cells keep a column of figures from being one; empty for words."""
    filled = [(text, row) for text, row in zip(texts, numbers, strict=True) if not _no_figure(text)]
    others = [(text, row) for text, row in filled if not _DRESS.fullmatch(text)]
    if 2 * len(others) >= len(filled):
        return ""
    text, row = others[0] if others else filled[0]
    return f"read as words: {quoted(text)} in row {row} is not a number like the others"
