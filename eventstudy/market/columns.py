"""Which column of a price file is what: named by option, or found by its usual name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError

USUAL = {
    "date": ("date", "datetime", "day", "timestamp"),
    "ticker": ("ticker", "symbol"),
    "close": ("close", "price", "prc"),
    "adj_close": ("adj_close", "adjclose", "adjusted_close", "adjusted"),
}
"""The names looked for, in this order; case and blanks do not matter."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file. Wide: `tickers` are the price columns; long: the other three."""

    date: str
    ticker: str = ""
    close: str = ""
    adj_close: str = ""
    tickers: tuple[str, ...] = ()
    note: str = ""

    @property
    def wide(self) -> bool:
        """Whether each ticker has its own column."""
        return bool(self.tickers)


def find_columns(
    found: Sequence[str],
    *,
    file: str,
    layout: str = "auto",
    date: str | None = None,
    ticker: str | None = None,
    close: str | None = None,
    adj_close: str | None = None,
) -> Columns:
    """Tell long from wide and find each column.

    Raises InputError that names the missing column, what was found and the option that names it.
    """
    if layout not in ("auto", "long", "wide"):
        raise InputError(f"Option layout: {layout!r} is not known; known: auto, long, wide.")
    asked = {"date": date, "ticker": ticker, "close": close, "adj_close": adj_close}
    problems = [
        f"{file} has no column {name!r} (option {role}_col); found: {_listed(found)}."
        for role, name in asked.items()
        if name is not None and name not in found
    ]
    problems += [
        f"{file} has two columns {name!r}; delete or rename one."
        for name in dict.fromkeys(n for n in found if list(found).count(n) > 1)
    ]
    if problems:
        raise InputError(problems)
    at = {role: name or _usual(role, found) for role, name in asked.items()}
    if at["date"] is None and found and found[0] == "":
        at["date"] = ""  # an unnamed first column, as pandas writes an index
    wide = layout == "wide" or (layout == "auto" and at["ticker"] is None)
    needed = ["date"] if wide else ["date", "ticker"]
    problems = [_missing(role, file, found) for role in needed if at[role] is None]
    if not wide and at["close"] is None and at["adj_close"] is None:
        problems.append(_missing("close", file, found))
    day = at["date"]
    if problems or day is None:
        raise InputError(problems + _hint(found))
    return _wide(found, day, file) if wide else _long(at, day)


def _wide(found: Sequence[str], date: str, file: str) -> Columns:
    tickers = tuple(name for name in found if name != date)
    nameless = [number for number, name in enumerate(found, 1) if name == "" and name != date]
    if nameless:
        raise InputError(f"{file}, row 1: column {nameless[0]} has no name; give it a ticker.")
    if not tickers:
        raise InputError([f"{file} has no price column besides {date!r}.", *_hint(found)])
    note = "One price per ticker and day: the adjusted close is taken to be the close."
    return Columns(date=date, tickers=tickers, note=note)


def _long(at: dict[str, str | None], date: str) -> Columns:
    close, adjusted = at["close"] or at["adj_close"], at["adj_close"] or at["close"]
    note = ""
    if close == adjusted:
        note = f"Only one price column, {close!r}: close and adjusted close are taken to be equal."
    return Columns(
        date=date,
        ticker=at["ticker"] or "",
        close=close or "",
        adj_close=adjusted or "",
        note=note,
    )


def _usual(role: str, found: Sequence[str]) -> str | None:
    plain = {name.strip().lower().replace(" ", "_"): name for name in reversed(found) if name}
    return next((plain[name] for name in USUAL[role] if name in plain), None)


def _missing(role: str, file: str, found: Sequence[str]) -> str:
    return (
        f"{file} has no column for the {role.replace('_', ' ')}; found: {_listed(found)}. "
        f"Name it {USUAL[role][0]!r} or say which it is with {role}_col."
    )


def _hint(found: Sequence[str]) -> list[str]:
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(found) == 1 and mark in found[0]:
            return [f"Its columns seem to be separated by {name}; save it separated by commas."]
    return []


def _listed(found: Sequence[str], limit: int = 10) -> str:
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(repr(name) for name in found[:limit]) + more
