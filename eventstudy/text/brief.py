"""How an object prints itself: its finding and a short table, as text and as HTML.

One room for both, so that every object that a user gets back is short in a terminal, and escaped
and right-aligned in a notebook, whose colours it inherits.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import combining, east_asian_width

WIDTH = 80
MOST_LINES = 24
"""Of an object in a terminal."""
MOST_ROWS = 30
"""Of a table in a notebook."""
_GLUE = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r"\[[^\[\]]{1,20}\]|\d (?:%|bn|mn|tn)|p [=<] \d|[<>≥≤=] \d")
COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls, which a terminal obeys; marks that turn the order of reading; halves of characters."""
_LEAST_WORDS = 8
"""Columns that a shortened cell keeps."""
_NOTE_LINES = 4
_NOTES = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """A table in print: heads, and the rows that are at hand of `count` in all.

    `words` are the columns of text, aligned left and shortened where lines would be too long; the
    others are figures. `more` says where the other rows are.
    """

    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    count: int
    words: tuple[int, ...] = (0,)
    title: str = ""
    more: str = ""

    def left_out(self, shown: int) -> str:
        """ "… and 12 more rows; see table"; empty where all are shown."""
        rest = self.count - shown
        noun = "row" if rest == 1 else "rows"
        where = f"; see {self.more}" if self.more else ""
        return f"… and {rest:,} more {noun}{where}." if rest > 0 else ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What an object says of itself: the finding first, then what it is, tables, notes."""

    finding: str
    about: str = ""
    listings: tuple[Listing, ...] = ()
    notes: tuple[str, ...] = ()


class Shown:
    """Prints itself by its brief."""

    __slots__ = ()

    def _brief(self) -> Brief:
        raise NotImplementedError

    def __repr__(self) -> str:
        return text_of(self._brief())

    def _repr_html_(self) -> str:
        return html_of(self._brief())


def visible(text: str) -> str:
    """Text for a terminal: whatever it would obey instead of show stands there as its code.

    Line ends and tabs stay.
    """
    return COMMANDS.sub(lambda found: repr(found[0])[1:-1], text)


def text_of(brief: Brief, most: int = MOST_LINES) -> str:
    """The brief in at most `most` lines of 80 columns."""
    opening = [line for said in (brief.finding, brief.about) for line in _wrapped(said)]
    notes = _note_lines(brief.notes)
    listings = [listing for listing in brief.listings if listing.count]
    heads = sum(2 + bool(listing.title) for listing in listings)
    room = most - len(opening) - len(notes) - bool(notes) - heads
    lines = opening
    for index, listing in enumerate(listings):
        here = max(room // (len(listings) - index), 2)
        shown = len(listing.rows) if listing.count <= here else min(len(listing.rows), here - 1)
        table = _table_lines(listing, shown)
        room -= len(table) - 1
        lines += ["", *_wrapped(listing.title), *table]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def html_of(brief: Brief) -> str:
    """The brief as HTML without a colour, everything escaped."""
    parts = [f"<p><strong>{_html(brief.finding)}</strong></p>"]
    if brief.about:
        parts.append(f"<p>{_html(brief.about)}</p>")
    parts += [_html_table(listing) for listing in brief.listings if listing.count]
    shown = brief.notes[:_NOTES]
    if len(brief.notes) > len(shown):
        shown = (*shown, _more_notes(len(brief.notes) - len(shown)))
    if shown:
        parts.append(f"<p><small>{'<br>'.join(_html(note) for note in shown)}</small></p>")
    return f"<div>{''.join(parts)}</div>"


def cut(text: str, most: int = MOST_LINES, more: str = "summary()") -> str:
    """A longer text in at most `most` lines; the last says where the others are."""
    lines = text.split("\n")
    if len(lines) <= most:
        return text
    kept = lines[: most - 1]
    while kept and not kept[-1]:
        kept.pop()
    return "\n".join([*kept, f"… and {len(lines) - len(kept)} more lines; see {more}."])


def one_line(text: str) -> str:
    """A text on one line of at most 80 columns, `visible`."""
    return _shortened(" ".join(visible(text).split()), WIDTH)


def wrapped(text: str, width: int = WIDTH, prefix: str = "", indent: int = 0) -> list[str]:
    """Text in lines of at most `width`, broken at blanks.

    Never inside a window, a percentage, an amount or "p = 0.012". The first line begins with
    `prefix`, the others with `indent` blanks. The text is made `visible`.
    """
    joined = _TOGETHER.sub(lambda found: found[0].replace(" ", _GLUE), visible(text))
    lines = textwrap.wrap(
        joined,
        width,
        initial_indent=prefix,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines]


def _wrapped(text: str) -> list[str]:
    return wrapped(" ".join(text.split()))


def _note_lines(notes: Sequence[str]) -> list[str]:
    """The notes in a few lines; the last line says how many are left out."""
    lines: list[str] = []
    for index, note in enumerate(notes):
        more = _wrapped(note)
        last = index == len(notes) - 1
        if len(lines) + len(more) > _NOTE_LINES - (not last) and lines:
            return [*lines, _more_notes(len(notes) - index)]
        if len(more) > _NOTE_LINES:
            more = [*more[: _NOTE_LINES - 1], _shortened(more[_NOTE_LINES - 1] + " …", WIDTH)]
        lines += more
    return lines


def _more_notes(count: int) -> str:
    return f"… and {count:,} more {'note' if count == 1 else 'notes'}."


def _table_lines(listing: Listing, shown: int) -> list[str]:
    """Heads, the first rows and how many there are more, no line wider than 80 columns."""
    table = [listing.heads, *(tuple(row) for row in listing.rows[:shown])]
    columns = [
        [" ".join(visible(str(row[i])).split()) for row in table] for i in range(len(listing.heads))
    ]
    widths = [max(map(_columns, column)) for column in columns]
    excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    while excess > 0 and any(widths[i] > _LEAST_WORDS for i in listing.words):
        widest = max(listing.words, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    cells = [
        [_padded(_shortened(cell, width), width, i in listing.words) for cell in column]
        for i, (column, width) in enumerate(zip(columns, widths, strict=True))
    ]
    lines = [_shortened("  ".join(row).rstrip(), WIDTH) for row in zip(*cells, strict=True)]
    rest = listing.left_out(shown)
    return [*lines, *([_shortened(rest, WIDTH)] if rest else [])]


def _columns(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _shortened(text: str, width: int) -> str:
    if _columns(text) <= width:
        return text
    while text and _columns(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _padded(text: str, width: int, left: bool) -> str:
    air = " " * (width - _columns(text))
    return text + air if left else air + text


def _html(text: str) -> str:
    return escape(" ".join(str(text).split()))


def _html_table(listing: Listing) -> str:
    left = ["left" if i in listing.words else "right" for i in range(len(listing.heads))]

    def row(cells: Sequence[str], tag: str) -> str:
        made = (
            f'<{tag} style="text-align:{side}">{_html(cell)}</{tag}>'
            for cell, side in zip(cells, left, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    shown = min(len(listing.rows), MOST_ROWS)
    body = "".join(row(cells, "td") for cells in listing.rows[:shown])
    title = f"<p>{_html(listing.title)}</p>" if listing.title else ""
    rest = listing.left_out(shown)
    after = f"<p>{_html(rest)}</p>" if rest else ""
    return (
        f"{title}<table><thead>{row(listing.heads, 'th')}</thead><tbody>{body}</tbody></table>"
        f"{after}"
    )
