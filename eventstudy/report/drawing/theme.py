"""One look for everything that is drawn: papers, inks, type, sizes, grid.

All sizes are in points (1/72 inch). Anything that creates or saves an artist runs inside
`themed()`, which starts from matplotlib's defaults, so that a user's matplotlibrc changes nothing.
`dressed()` chooses the paper and the ink for all that is drawn inside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib.style
from matplotlib.font_manager import fontManager

from eventstudy.errors import unknown_name


@dataclass(frozen=True, slots=True)
class Paper:
    """The size of a page in points, its margin, and the resolution of its PNG."""

    name: str
    width: float
    height: float
    margin: float
    dpi: float
    slides: bool = False
    """Whether charts stand by themselves."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A palette: every colour that is drawn with."""

    name: str
    text: str
    grey: str
    rule: str
    grid: str
    paper: str
    blue: str
    deep_blue: str
    orange: str
    vermilion: str
    event: str
    band: str
    outer_band: str
    """Simultaneous bands, around the pointwise `band`."""
    missing: str
    diverging: tuple[str, ...]
    """Negative to positive, equally spaced, lightest at zero."""


PAPERS: Final = {
    paper.name: paper
    for paper in (
        Paper("a4", 841.89, 595.28, 40.0, 150),
        Paper("letter", 792.0, 612.0, 40.0, 150),
        # 1,920 × 1,080 pixels; shown at 13⅓ inches of width, 9 points of type become 10.
        Paper("slide", 864.0, 486.0, 32.0, 160, slides=True),
    )
}
INKS: Final = {
    ink.name: ink
    for ink in (
        # Okabe and Ito's colours, which colour-blind readers tell apart.
        Ink(
            name="colour",
            text="#1A1A1A",
            grey="#595F66",
            rule="#B4BAC1",
            grid="#E1E4E8",
            paper="#FFFFFF",
            blue="#0072B2",
            deep_blue="#00426B",
            orange="#E69F00",
            vermilion="#D55E00",
            event="#D55E00",
            band="#C7DFEE",
            outer_band="#E6F0F7",
            missing="#F1F2F4",
            diverging=(
                *("#8F3B00", "#D55E00", "#F6C6A4", "#FFFFFF"),
                *("#A6CEE8", "#0072B2", "#00426B"),
            ),
        ),
        # Falls are dark and rises light, so that the sign survives where the figures do not fit.
        Ink(
            name="grey",
            text="#1A1A1A",
            grey="#595959",
            rule="#B5B5B5",
            grid="#E2E2E2",
            paper="#FFFFFF",
            blue="#333333",
            deep_blue="#1A1A1A",
            orange="#8C8C8C",
            vermilion="#6B6B6B",
            event="#000000",
            band="#D4D4D4",
            outer_band="#EDEDED",
            missing="#F2F2F2",
            diverging=(
                *("#1F1F1F", "#5A5A5A", "#A8A8A8", "#FFFFFF"),
                *("#F0F0F0", "#DCDCDC", "#C6C6C6"),
            ),
        ),
    )
}
SPELLED: Final = {"color": "colour", "gray": "grey"}

FAMILIES: Final = ("Tearsheet Sans", "DejaVu Sans")
"""DejaVu Sans, cut to the glyphs in use (see tools/fonts.py); the full font for any other."""
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
    "pdf.compression": 6,
    "font.family": list(FAMILIES),
    "font.size": LABEL_SIZE,
    "text.parse_math": False,  # two dollar amounts in one sentence are no formula
    "text.hinting": "no_hinting",
    "axes.unicode_minus": True,
    "axes.labelsize": LABEL_SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "xtick.labelsize": LABEL_SIZE,
    "ytick.labelsize": LABEL_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "butt",
    "savefig.bbox": None,
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
"""The typeface of pages and charts, cut to the characters in use."""

for _file in sorted(FONTS.glob("*.ttf")):
    fontManager.addfont(_file)


_inside: ContextVar[Ink | None] = ContextVar("the ink that is set", default=None)
_paper: ContextVar[Paper] = ContextVar("the paper of pages", default=PAPERS["a4"])
_ink: ContextVar[Ink] = ContextVar("the ink of everything", default=INKS["colour"])


def paper() -> Paper:
    """The paper of the pages that are drawn now."""
    return _paper.get()


def ink() -> Ink:
    """The colours that are drawn with now."""
    return _ink.get()


def luminance(rgb: Sequence[float]) -> float:
    """Relative luminance (WCAG) of red, green and blue between 0 and 1."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def paper_named(name: str) -> Paper:
    """A paper by its name; InputError for any other."""
    if name not in PAPERS:
        raise unknown_name("paper", name, list(PAPERS))
    return PAPERS[name]


def ink_named(name: str) -> Ink:
    """An ink by its name, in British or American spelling; InputError for any other."""
    name = SPELLED.get(name, name)
    if name not in INKS:
        raise unknown_name("ink", name, list(INKS))
    return INKS[name]


@contextmanager
def dressed(paper: str = "a4", ink: str = "colour") -> Iterator[None]:
    """The theme with this paper and ink for the length of a `with` block.

    Raises InputError for an unknown name.
    """
    marks = _paper.set(paper_named(paper)), _ink.set(ink_named(ink))
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
