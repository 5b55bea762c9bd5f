"""The rows of figures between preamble and tail, days that are there twice, and what is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd

from eventstudy.errors import quoted, some_names
from eventstudy.prices.dialects.cells import Findings, texts_of
from eventstudy.prices.dialects.days import is_date
from eventstudy.prices.dialects.dialect import Dialect, FileOptions, Found
from eventstudy.prices.dialects.values import KINDS
from eventstudy.prices.dialects.words import OTHERS, plain_head
from eventstudy.text.numbers import counted

SAID = {
    "date": "date",
    "ticker": "ticker",
    "close": "close",
    "adj_close": "adjusted close",
    "returns": "returns",
    "delisting": "delisting returns",
    "divisor": "split factor",
    "multiplier": "total return factor",
    "currency": "currency",
}
"""How a sentence calls the roles."""


def body_of(cells: pd.DataFrame, date: int, dialect: Dialect) -> tuple[pd.DataFrame, list[str]]:
    """The rows that hold figures, and sentences on those that hold something else.

    Left out are rows that the dialect skips, and lines of text after the last day.

    Args:
        cells: All below the row of names.
        date: The column of days.
        dialect: How the vendor writes.
    """
    said = []
    end = len(cells)
    while end and _is_text(tuple(texts_of(cells.iloc[end - 1])), date):
        end -= 1
    if end and end < len(cells):
        rest = [str(text) for row in range(end, len(cells)) for text in texts_of(cells.iloc[row])]
        lines = "one line" if end + 1 == len(cells) else f"{len(cells) - end} lines"
        if first := next(filter(None, rest), ""):
            said.append(f"Left out below the last day: {lines}, {quoted(first)}.")
    body = cells.iloc[: end or len(cells)]
    if dialect.skip:
        skip = re.compile(dialect.skip)
        other = [bool(skip.fullmatch(str(text))) for text in texts_of(body.iloc[:, date + 1])]
        if any(other):
            said.append(f"Left out: {counted(sum(other), 'row')} of {dialect.skipped}.")
            body = body[[not each for each in other]]
    return body, said


def _is_text(row: Sequence[str], date: int) -> bool:
    """Whether a row is a line of text alone, such as a copyright or the number of rows."""
    filled = [text for text in row if text]
    return not filled or (len(filled) == 1 and bool(row[0]) and not is_date(row[date]))


def require_once(
    table: pd.DataFrame, keys: list[str], findings: Findings, what: Callable[[int], str]
) -> None:
    """Note every row whose keys an earlier row has too.

    Args:
        table: Its columns `keys`, with a range as index.
        keys: The names of the columns.
        findings: Takes the rows.
        what: What a sentence calls the row at a position.
    """
    known = table[keys]
    repeated = known.duplicated(keep="first").to_numpy() & known["date"].notna().to_numpy()
    if repeated.any():
        first = known.groupby(keys, dropna=False).ngroup()
        start = first.drop_duplicates().reset_index().set_index(0)["index"]
        findings.add(
            repeated,
            lambda at: (
                f"column date: {what(at)} appears twice, first in row "
                f"{findings.row(int(start[first.iloc[at]]))}; delete one of the two."
            ),
        )


def say_recognised(
    dialect: Dialect, found: Found, asked: FileOptions, dates: str, origin: str
) -> str:
    """Read as which dialect, and which column is what; empty where a plain table needs no word.

    Args:
        dialect: The one that was recognised.
        found: Which column is what.
        asked: What the user says, which is repeated.
        dates: How dates were read, where that is worth saying.
        origin: Where the ticker of a file with one comes from.
    """
    kind = KINDS.get(asked.values, "")
    unread = () if dialect.name or found.series else _unread(found)
    if not (dialect.name or dates or origin or kind or asked.named or unread):
        return ""
    named = {
        role: found.names[at]
        for role, at in found.roles.items()
        if role != "adj_close" or at != found.roles.get("close")
    }
    if found.series:
        named["date"] = found.names[found.series[0].date]
        for role in ("close", "adj_close"):
            if heads := [found.names[each.column] for each in found.series if each.role == role]:
                named[role] = heads[0] if len(heads) == 1 else f"{heads[0]} … {heads[-1]}"
    words = [
        f"{SAID[role]} from {name or 'the first column'}"
        f"{f' ({dates})' if role == 'date' and dates else ''}"
        for role, name in named.items()
        if name == name.strip() and len(quoted(name)) < 80
    ]
    words += [f"{ticker} from {found.names[at]}" for ticker, at in found.benchmarks.items()]
    words += [origin] if origin else []
    words += [f"figures as {kind}"] if kind else []
    rest = f"; not read: {some_names([quoted(name) for name in unread], 6)}" if unread else ""
    return f"Read as {dialect.name or 'a plain table'}: {', '.join(words)}{rest}."


def _unread(found: Found) -> tuple[str, ...]:
    """The columns of a plain table that no usual word explains."""
    used = {found.names[at] for at in found.roles.values()}
    return tuple(
        name for name in found.names if name and name not in used and plain_head(name) not in OTHERS
    )
