"""Lines for a terminal: at most 80 columns, without control characters."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WIDTH = 80
"""Columns of a terminal."""
NARROWEST, WIDEST = 60, 120
"""Columns between which lines follow a terminal: longer ones are hard to read."""
MOST_LINES = 24
"""Lines that an object takes in a terminal."""
COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls, which a terminal obeys; marks that turn the order of reading; halves of characters."""
_width = ContextVar("width", default=WIDTH)
_GLUE = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r"\[[^\[\]]{1,20}\]|\d (?:%|bn|mn|tn)|p [=<] \d|[<>≥≤=] \d")


@contextmanager
def lines_of(columns: int) -> Iterator[None]:
    """Make lines for a terminal of that width inside, not of 80 columns.

    Args:
        columns: The width.
    """
    before = _width.set(min(max(columns, NARROWEST), WIDEST))
    try:
        yield
    finally:
        _width.reset(before)


def line_width() -> int:
    """Columns that a line has at most."""
    return _width.get()


def visible(text: str) -> str:
    """Text for a terminal: whatever it would obey instead of show stands there as its code.

    Line ends and tabs stay.
    """
    return COMMANDS.sub(lambda command: repr(command[0])[1:-1], text)


def wrapped(text: str, width: int | None = None, prefix: str = "", indent: int = 0) -> list[str]:
    """Text in lines, broken at blanks, and made `visible`.

    A line never ends inside a window, a percentage, an amount or "p = 0.012".

    Args:
        text: What to break into lines.
        width: Columns that a line has at most, `line_width` if None; a longer word is broken.
        prefix: How the first line begins.
        indent: Blanks that the other lines begin with.
    """
    width = line_width() if width is None else width
    if text.isprintable() and text.strip() == text != "" and len(prefix) + len(text) <= width:
        return [prefix + text]
    joined = _TOGETHER.sub(lambda words: words[0].replace(" ", _GLUE), visible(text))
    lines = textwrap.wrap(
        joined,
        width,
        initial_indent=prefix,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines]


def shortened(text: str, width: int = WIDTH) -> str:
    """A line that takes at most `width` columns; what is longer ends in "…"."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, width - 1).rstrip()}…"


def one_line(text: str) -> str:
    """A text on one line of at most 80 columns, `visible`."""
    return shortened(" ".join(visible(text).split()))


def first_lines(text: str, most: int = MOST_LINES, more: str = "summary()") -> str:
    """A longer text in at most `most` lines; the last says that `more` has the others."""
    lines = text.split("\n")
    if len(lines) <= most:
        return text
    kept = lines[: most - 1]
    while kept and not kept[-1]:
        kept.pop()
    return "\n".join([*kept, f"… and {len(lines) - len(kept)} more lines; see {more}."])
