"""One look for every page: A4 landscape, DejaVu Sans, a palette that survives grey print.

All sizes are in points (1/72 inch). Anything that creates or saves an artist runs inside
`themed()`, which starts from matplotlib's defaults, so that a user's matplotlibrc changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import matplotlib.style
from matplotlib.font_manager import fontManager

PAGE_WIDTH: Final = 841.89
PAGE_HEIGHT: Final = 595.28
MARGIN: Final = 40.0

FAMILIES: Final = ("Tearsheet Sans", "DejaVu Sans")
"""DejaVu Sans, cut to the glyphs in use (see fonts/build.py); the full font for any other."""
TITLE_SIZE: Final = 17.0
SUBTITLE_SIZE: Final = 9.5
BODY_SIZE: Final = 9.0
LABEL_SIZE: Final = 8.0
NOTE_SIZE: Final = 7.0
FLOOR_SIZE: Final = 6.5
"""No text is ever smaller."""

INK: Final = "#1A1A1A"
GREY: Final = "#595F66"
RULE: Final = "#B4BAC1"
GRID: Final = "#E1E4E8"
PAPER: Final = "#FFFFFF"
BLUE: Final = "#0072B2"
DEEP_BLUE: Final = "#00426B"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
BAND: Final = "#C7DFEE"
EVENT: Final = VERMILION

DIVERGING: Final = ("#8F3B00", "#D55E00", "#F6C6A4", "#FFFFFF", "#A6CEE8", "#0072B2", DEEP_BLUE)
"""Negative to positive, equally spaced, lightest at zero."""

RC: Final[dict[str, Any]] = {
    "pdf.fonttype": 42,
    "ps.fonttype": 42,  # also sizes the PDF font subsets; at 3 every minus sign costs a font more
    "pdf.compression": 6,
    "font.family": list(FAMILIES),
    "font.size": LABEL_SIZE,
    "text.parse_math": False,  # two dollar amounts in one sentence are no formula
    "text.color": INK,
    "text.hinting": "no_hinting",
    "axes.unicode_minus": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": GREY,
    "axes.labelsize": LABEL_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": LABEL_SIZE,
    "ytick.labelsize": LABEL_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "hatch.color": RULE,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "butt",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "savefig.bbox": None,
    "path.simplify": False,
}


for _file in sorted((Path(__file__).parent / "fonts").glob("*.ttf")):
    fontManager.addfont(_file)


_inside: ContextVar[bool] = ContextVar("inside the theme", default=False)


@contextmanager
def themed() -> Iterator[None]:
    """The theme for the length of a `with` block or of a decorated function.

    Setting it costs more than a small drawing, so inside itself it does nothing.
    """
    if _inside.get():
        yield
        return
    token = _inside.set(True)
    try:
        with matplotlib.style.context(["default", RC]):
            yield
    finally:
        _inside.reset(token)
