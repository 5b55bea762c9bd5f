"""What the marks of the page's charts stand for, as data of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventstudy.report.drawing.marks import Mark
from eventstudy.text.numbers import MISSING


def marks_data(drawings: Sequence[Sequence[Mark]]) -> dict[str, Any]:
    """The marks of one chart, drawn in several widths.

    Args:
        drawings: the marks of each drawing, the wide one first.

    Returns:
        `heads`: the heads of figures, a list for each kind of mark; `texts`: the number of a list
        in `heads`, a name, and a figure a head for each mark, in any drawing once; `places`: for
        each drawing a flat list of seven a mark, the number of its text, x, y, and left, top,
        right and bottom of its field, in points.
    """
    heads: dict[tuple[str, ...], int] = {}
    texts: dict[tuple[Any, ...], int] = {}
    places = []
    for drawn in drawings:
        flat: list[float] = []
        for mark in drawn:
            shown = _shown(mark)
            kind = heads.setdefault(tuple(shown), len(heads))
            text = (kind, mark.name, *shown.values())
            flat += [texts.setdefault(text, len(texts)), *map(_short, mark.at)]
            flat += [round(edge) for edge in mark.box] if _has_field(mark) else [0, 0, 0, 0]
        places.append(flat)
    return {"heads": list(map(list, heads)), "texts": list(map(list, texts)), "places": places}


def _shown(mark: Mark) -> dict[str, str]:
    """The figures that are there, by their heads."""
    pairs = zip(mark.heads, mark.figures, strict=True)
    return {head: text for head, text in pairs if text not in ("", MISSING)}


def _has_field(mark: Mark) -> bool:
    left, top, right, bottom = mark.box
    return right - left > 0 or bottom - top > 0


def _short(value: float) -> float:
    """A tenth of a point; whole numbers without a fraction."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded
