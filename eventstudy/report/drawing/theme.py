"""One look for everything that is drawn: papers, inks, type, sizes, grid.

All sizes are in points (1/72 inch). Anything that creates or saves an artist runs inside
`themed()`, which starts from matplotlib's defaults, so that a user's matplotlibrc changes nothing.
`dressed()` chooses the paper and the ink for all that is drawn inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import matplotlib.style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import fontManager

from eventstudy.report.drawing.palette import INKS, PAPERS, Ink, Paper, ink_named, paper_named

FAMILIES: Final = ("Tearsheet Sans", "DejaVu Sans")
"""Inter, cut to Latin, Greek, Cyrillic and signs (see tools/fonts.py); DejaVu Sans for others."""
TITLE_SIZE: Final = 17.0
SUBTITLE_SIZE: Final = 9.5
BODY_SIZE: Final = 9.0
LABEL_SIZE: Final = 8.0
NOTE_SIZE: Final = 7.0
FLOOR_SIZE: Final = 6.5
"""No text is ever smaller."""

_RC: Final[dict[str, Any]] = {
    "pdf.fonttype": 42,
    "ps.fonttype": 42,  # also sizes the PDF font subsets; at 3 every minus sign costs a font more
    "font.family": list(FAMILIES),
    "font.size": LABEL_SIZE,
    "text.parse_math": False,  # two dollar amounts in one sentence are no formula
    "text.hinting": "no_hinting",
    "axes.linewidth": 0.6,
    "axes.facecolor": "none",
    "xtick.major.width": 0.6,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "butt",
    "path.simplify": False,
}

_COLOURED: Final = {
    "text.color": "text",
    "axes.edgecolor": "text",
    "axes.labelcolor": "grey",
    "xtick.color": "grey",
    "ytick.color": "grey",
    "grid.color": "grid",
    "hatch.color": "rule",
    "figure.facecolor": "paper",
    "savefig.facecolor": "paper",
}
"""matplotlib's setting → the colour of the ink that it takes."""


FONTS = Path(__file__).parent / "fonts"
"""The typeface of pages and charts: TTF for drawing, WOFF2 for the web page."""
WEIGHTS: Final = {"normal": 400, "semibold": 600, "bold": 700}
"""Weights of the typeface, by the names that drawings use."""

for _file in sorted(FONTS.glob("*.ttf")):
    fontManager.addfont(_file)
# The fallback has two weights; matplotlib would log that it takes the nearest one.
fontManager.ttflist += [
    replace(found, weight=WEIGHTS["semibold"])
    for found in fontManager.ttflist
    if found.name == FAMILIES[1] and found.weight == WEIGHTS["bold"] and found.style == "normal"
]


_inside: ContextVar[Ink | None] = ContextVar("the ink that is set", default=None)
_paper: ContextVar[Paper] = ContextVar("the paper of pages", default=PAPERS["a4"])
_ink: ContextVar[Ink] = ContextVar("the ink of everything", default=INKS["colour"])


def paper() -> Paper:
    """The paper of the pages that are drawn now."""
    return _paper.get()


def ink() -> Ink:
    """The colours that are drawn with now."""
    return _ink.get()


@lru_cache(maxsize=2 * len(INKS))
def shades(ink: Ink) -> LinearSegmentedColormap:
    """The diverging colours of an ink, from the lowest value to the highest."""
    return LinearSegmentedColormap.from_list("abnormal", ink.diverging)


@contextmanager
def dressed(paper: str | Paper = "a4", ink: str = "colour") -> Iterator[None]:
    """The theme with this paper and ink for the length of a `with` block.

    A paper that has no name, such as that of a shared image, is given itself.

    Raises:
        InputError: For an unknown name.
    """
    sheet = paper if isinstance(paper, Paper) else paper_named(paper)
    marks = _paper.set(sheet), _ink.set(ink_named(ink))
    try:
        with themed():
            yield
    finally:
        _paper.reset(marks[0])
        _ink.reset(marks[1])


@contextmanager
def themed() -> Iterator[None]:
    """The theme for the length of a `with` block or of a decorated function.

    Setting it costs more than a small drawing, so inside itself it does nothing.
    """
    if _inside.get() is ink():
        yield
        return
    token = _inside.set(ink())
    colours = {key: getattr(ink(), field) for key, field in _COLOURED.items()}
    try:
        with matplotlib.style.context(["default", _RC | colours]):
            yield
    finally:
        _inside.reset(token)
