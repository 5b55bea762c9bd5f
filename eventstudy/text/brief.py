"""How an object prints itself: its finding and a short table, as text and as HTML.

Every object that a user gets back is short in a terminal, and escaped and right-aligned in a
notebook, whose colours it inherits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eventstudy.text.html import html_of, words_html
from eventstudy.text.lines import MOST_LINES, shortened, wrapped
from eventstudy.text.table import PlainTable

MOST_ROWS = 30
"""Rows of a table in a notebook."""
_NOTE_LINES = 4
_NOTES = 8


@dataclass(frozen=True, slots=True)
class Brief:
    """What an object says of itself: the finding first, then what it is, tables, notes."""

    finding: str
    about: str = ""
    tables: tuple[PlainTable, ...] = ()
    notes: tuple[str, ...] = ()


class Shown:
    """Prints itself by its brief."""

    __slots__ = ()

    def _brief(self) -> Brief:
        raise NotImplementedError

    def __repr__(self) -> str:
        return brief_text(self._brief())

    def _repr_html_(self) -> str:
        return brief_html(self._brief())


def brief_text(brief: Brief, most: int = MOST_LINES) -> str:
    """The brief in at most `most` lines of 80 columns."""
    lines = [line for text in (brief.finding, brief.about) for line in _lines_of(text)]
    notes = _note_lines(brief.notes)
    tables = [table for table in brief.tables if table.total]
    heads = sum(2 + bool(table.title) for table in tables)
    room = most - len(lines) - len(notes) - bool(notes) - heads
    for index, table in enumerate(tables):
        here = max(room // (len(tables) - index), 2)
        body = _table_lines(table, here)
        room -= len(body) - 1
        lines += ["", *_lines_of(table.title), *body]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def brief_html(brief: Brief) -> str:
    """The brief as HTML without a colour, everything escaped."""
    parts = [f"<p><strong>{words_html(brief.finding)}</strong></p>"]
    if brief.about:
        parts.append(f"<p>{words_html(brief.about)}</p>")
    parts += [html_of(table, MOST_ROWS) for table in brief.tables if table.total]
    shown = list(brief.notes[:_NOTES])
    if len(brief.notes) > len(shown):
        shown.append(_more_notes(len(brief.notes) - len(shown)))
    if shown:
        parts.append(f"<p><small>{'<br>'.join(map(words_html, shown))}</small></p>")
    return f"<div>{''.join(parts)}</div>"


def _table_lines(table: PlainTable, most: int) -> list[str]:
    """The header and `most` lines: the first rows, and how many there are more."""
    from eventstudy.text.terminal import listing_lines

    at_hand = len(table.rows)
    shown = at_hand if table.total <= most else min(at_hand, most - 1)
    return listing_lines(replace(table, rows=table.rows[:shown], count=table.total))


def _lines_of(text: str) -> list[str]:
    return wrapped(" ".join(text.split()))


def _note_lines(notes: Sequence[str]) -> list[str]:
    """The notes in a few lines; the last line says how many are left out."""
    lines: list[str] = []
    for index, note in enumerate(notes):
        more = _lines_of(note)
        last = index == len(notes) - 1
        if len(lines) + len(more) > _NOTE_LINES - (not last) and lines:
            return [*lines, _more_notes(len(notes) - index)]
        if len(more) > _NOTE_LINES:
            more = [*more[: _NOTE_LINES - 1], shortened(f"{more[_NOTE_LINES - 1]} …")]
        lines += more
    return lines


def _more_notes(count: int) -> str:
    return f"… and {count:,} more {'note' if count == 1 else 'notes'}."
