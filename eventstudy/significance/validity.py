"""Where each test holds its level: shares of rejections measured on real prices without events.

The figures are those of `docs/size.md` and made with it by `tools/size.py`. A test that
over-rejected in a layout like the sample's carries a warning with the share.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt
from typing import TYPE_CHECKING

from eventstudy.significance.date_layouts import (
    MEASURED,
    DateLayout,
    group_sharing,
    nearest_layouts,
    shares_more,
)
from eventstudy.significance.sample import Layout, Sample
from eventstudy.text.numbers import percent

if TYPE_CHECKING:
    from eventstudy.significance.registry import Test

FILE = "sizes.csv"
COMMENT = "# "
PAGE = "docs/size.md"
LEVELS = (0.01, 0.05, 0.1)
LENGTHS = (1, 3, 11, 21)
"""Sessions of the measured windows."""
MOST = 1.5
"""A test holds its level where it rejects at most this many times as often ..."""
ERRORS = 2.0
"""... or less than this many Monte-Carlo errors above that."""


@dataclass(frozen=True, slots=True)
class Size:
    """How often a test rejected where nothing had happened."""

    level: float
    samples: int
    """Those in which the test answered."""
    rejections: int

    @property
    def share(self) -> float:
        """Rejections over samples."""
        return self.rejections / self.samples

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the share."""
        return sqrt(self.share * (1 - self.share) / self.samples)

    @property
    def holds(self) -> bool:
        """Whether the share is not above 1.5 times the level beyond two Monte-Carlo errors."""
        return self.share <= MOST * self.level + ERRORS * self.error


@dataclass(frozen=True, slots=True)
class Cell:
    """One test in one layout over windows of one length."""

    test: str
    layout: str
    length: int
    refused: int
    """Samples in which it refused."""
    sizes: tuple[Size, ...]
    """One a level; none where it refused in every sample."""

    def at(self, level: float) -> Size | None:
        """The size at the measured level nearest to this one."""
        return min(self.sizes, key=lambda size: abs(log(size.level / level)), default=None)


@cache
def measured_cells() -> Mapping[tuple[str, str, int], Cell]:
    """All measured cells by test, layout and length of the window."""
    cells = map(_cell, csv.DictReader(rows_of(_file_text())))
    return {(cell.test, cell.layout, cell.length): cell for cell in cells}


@cache
def measured_from() -> str:
    """Prices, model and samples of the measured cells in words: the file's first line."""
    return _file_text().partition("\n")[0].removeprefix(COMMENT)


def rows_of(text: str) -> list[str]:
    """The lines of a file of sizes but the first ones, which say where the figures come from."""
    return [line for line in text.splitlines() if not line.startswith(COMMENT)]


def _file_text() -> str:
    return files("eventstudy").joinpath("data", FILE).read_text("utf-8")


def column_of(level: float) -> str:
    """The column of the file with the rejections at a level: "at_5" for 5%."""
    return f"at_{100 * level:g}"


def _cell(row: Mapping[str, str]) -> Cell:
    samples = int(row["samples"])
    sizes = [Size(level, samples, int(row[column_of(level)])) for level in LEVELS if samples]
    return Cell(row["test"], row["layout"], int(row["length"]), int(row["refused"]), tuple(sizes))


def measured_length(length: int) -> int:
    """The measured length of window whose figures stand for this one: the next longer one."""
    return next((known for known in LENGTHS if known >= length), LENGTHS[-1])


def worst_cell(
    test: str, layouts: Iterable[DateLayout], length: int, confidence: float
) -> tuple[Cell, Size] | None:
    """Where a test rejected most often, of the layouts in which it does not hold if there are any.

    None where it was not measured.

    Args:
        test: The test's name.
        layouts: The measured layouts between which a sample lies.
        length: Sessions in the window.
        confidence: 1 − level of the tests.
    """
    days, level = measured_length(length), round(1 - confidence, 12)
    cells = [measured_cells().get((test, layout.name, days)) for layout in layouts]
    known = [(cell, size) for cell in cells if cell and (size := cell.at(level))]
    return max(known, key=lambda one: (not one[1].holds, one[1].share), default=None)


def size_sentence(cell: Cell, size: Size) -> str:
    """What was measured, such as "with 5 assets on one date a 5% test of this kind rejects 9.0%".

    Args:
        cell: The test in its layout.
        size: One of its sizes.
    """
    window = "" if cell.length == 1 else f" and windows of {cell.length} days"
    return (
        f"{MEASURED[cell.layout].words}{window} a {percent(size.level, 0, signed=False)} test of "
        f"this kind rejects {percent(size.share, 1, signed=False)}"
    )


def caution(test: str, layouts: Iterable[DateLayout], length: int, confidence: float) -> str:
    """What a test's measured sizes say against it; empty where it holds or was not measured.

    Args:
        test: The test's name.
        layouts: The measured layouts between which a sample lies.
        length: Sessions in the window.
        confidence: 1 − level of the tests.
    """
    worst = worst_cell(test, layouts, length, confidence)
    if worst is None or worst[1].holds:
        return ""
    return f"{size_sentence(*worst)} ({PAGE})"


def warning_of(test: Test, sample: Sample) -> str:
    """Why a test may not be valid for a sample, or empty; the same for all windows of one length.

    By its measured size where events are spread as in the sample. A test that assumes independence
    carries a warning where windows overlap even if it was valid there: random shares are less
    correlated than those of one industry.
    """
    group, length = sample.group, sample.window.length
    if group.layout not in test.layouts or not len(group.fits):
        return ""
    sharing = group.once(group_sharing, length)
    near = nearest_layouts(group.layout, sharing)
    worst = worst_cell(test.name, near, length, group.spec.confidence)
    size = ""
    if worst:
        more = shares_more(MEASURED[worst[0].layout], sharing, length)
        size = size_sentence(*worst) + (" or more" if more else "")
    count = group.sharing(length)
    lone = worst is not None and group.layout is Layout.MANY_DATES and sharing.lone
    if test.assumes_independence and count and not lone:
        common = (
            "fall on a common date" if count == group.sharing(1) else "have overlapping windows"
        )
        return (
            f"assumes independent observations, but {count:,} of {len(group.fits):,} {common}: "
            + (f"{size}, more where they are similar ({PAGE})" if size else "it may over-reject")
        )
    return f"{size} ({PAGE})" if worst and not worst[1].holds else ""
