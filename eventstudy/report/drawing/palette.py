"""Papers and inks: every size of a page and every colour that is drawn with, each in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

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
    """Whether the report is a deck of a few findings in large type."""

    @property
    def upright(self) -> Paper:
        """The paper turned so that it is higher than wide; A4 in the place of a screen."""
        sheet = PAPERS["a4"] if self.slides else self
        sides = sorted((sheet.width, sheet.height))
        return replace(sheet, width=sides[0], height=sides[1])


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
    """Negative to positive, equally spaced, nearest to the paper at zero."""

    @property
    def named(self) -> dict[str, str]:
        """Name → colour, of all that is one colour."""
        names = [field.name for field in fields(self)]
        return {name: getattr(self, name) for name in names if name not in ("name", "diverging")}


PAPERS: Final = {
    paper.name: paper
    for paper in (
        Paper("a4", 841.89, 595.28, 40.0, 150),
        Paper("letter", 792.0, 612.0, 40.0, 150),
        # 1,920 × 1,080 pixels; shown at 13⅓ inches of width, 10 points of type become 19.
        Paper("slide", 500.0, 281.25, 20.0, 276.48, slides=True),
    )
}


SHARED: Final = Paper("share", 400.0, 210.0, 20.0, 216.0)
"""An image for links and messages: 1,200 × 630 pixels."""


def _by_day_and_night(
    name: str, diverging: tuple[tuple[str, ...], tuple[str, ...]], **colours: tuple[str, str]
) -> tuple[Ink, Ink]:
    by_day, by_night = (
        Ink(name=name, diverging=diverging[at], **{key: pair[at] for key, pair in colours.items()})
        for at in (0, 1)
    )
    return by_day, by_night


_BOTH: Final = (
    # Okabe and Ito's colours, which colour-blind readers tell apart.
    _by_day_and_night(
        "colour",
        diverging=(
            ("#8F3B00", "#D55E00", "#F6C6A4", "#FFFFFF", "#A6CEE8", "#0072B2", "#00426B"),
            ("#FFC79E", "#E07B39", "#6B3513", "#15181C", "#143C57", "#3A9BD6", "#A9D6F2"),
        ),
        text=("#1A1A1A", "#E9E7E4"),
        grey=("#595F66", "#A9B0B8"),
        rule=("#B4BAC1", "#5B636C"),
        grid=("#E1E4E8", "#2D333A"),
        paper=("#FFFFFF", "#15181C"),
        blue=("#0072B2", "#5BB4E5"),
        deep_blue=("#00426B", "#A9D6F2"),
        orange=("#E69F00", "#E9A820"),
        vermilion=("#D55E00", "#F08A4B"),
        event=("#D55E00", "#F08A4B"),
        band=("#C7DFEE", "#1F3F55"),
        outer_band=("#E6F0F7", "#19293A"),
        missing=("#F1F2F4", "#22272D"),
    ),
    # Falls are dark and rises light, so that the sign survives where the figures do not fit.
    _by_day_and_night(
        "grey",
        diverging=(
            ("#1F1F1F", "#5A5A5A", "#A8A8A8", "#FFFFFF", "#F0F0F0", "#DCDCDC", "#C6C6C6"),
            ("#E6E6E6", "#B0B0B0", "#585858", "#161616", "#232323", "#343434", "#464646"),
        ),
        text=("#1A1A1A", "#E6E6E6"),
        grey=("#595959", "#AFAFAF"),
        rule=("#B5B5B5", "#606060"),
        grid=("#E2E2E2", "#303030"),
        paper=("#FFFFFF", "#161616"),
        blue=("#333333", "#D2D2D2"),
        deep_blue=("#1A1A1A", "#F2F2F2"),
        orange=("#8C8C8C", "#8F8F8F"),
        vermilion=("#6B6B6B", "#A8A8A8"),
        event=("#000000", "#FFFFFF"),
        band=("#D4D4D4", "#3C3C3C"),
        outer_band=("#EDEDED", "#292929"),
        missing=("#F2F2F2", "#262626"),
    ),
)
"""Each colour on light ground and on dark: the same hue, as far from its ground."""
INKS: Final = {ink.name: ink for ink, _ in _BOTH}
NIGHT: Final = {ink.name: ink for _, ink in _BOTH}
_DARK: Final = 0.2
"""Luminance below which white reads better than black."""
SPELLED: Final = {"color": "colour", "gray": "grey"}


def luminance(rgb: Sequence[float]) -> float:
    """Relative luminance (WCAG) of red, green and blue between 0 and 1."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def is_dark(rgb: Sequence[float]) -> bool:
    """Whether letters in the colour of the paper read better on a colour than those of the text."""
    return luminance(rgb) < _DARK


def paper_named(name: str) -> Paper:
    """A paper by its name, in any case.

    Raises:
        InputError: For an unknown name.
    """
    known = str(name).strip().lower()
    if known not in PAPERS:
        raise unknown_name("paper", name, list(PAPERS))
    return PAPERS[known]


def ink_named(name: str) -> Ink:
    """An ink by its name, in any case, in British or American spelling.

    Raises:
        InputError: For an unknown name.
    """
    known = str(name).strip().lower()
    known = SPELLED.get(known, known)
    if known not in INKS:
        raise unknown_name("ink", name, list(INKS))
    return INKS[known]
