"""Which column of a price file is what: named by option, or found by its usual name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError, quoted, say_some

USUAL = {
    "date": ("date", "datetime", "day", "timestamp"),
    "ticker": ("ticker", "symbol"),
    "close": ("close", "price", "prc"),
    "adj_close": ("adj_close", "adjclose", "adjusted_close", "adjusted"),
}
"""The names looked for, in this order; case and blanks do not matter."""

LONGEST_TICKER = 80
"""Characters of a ticker, of whatever exchange or data provider."""


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
        f"{file} has two columns {quoted(name)}; delete or rename one."
        for name, count in Counter(found).items()
        if count > 1 and name
    ]
    if problems:
        raise InputError(problems)
    at = {role: name or _usual(role, found) for role, name in asked.items()}
    if at["date"] is None and found and found[0] == "":
        at["date"] = "" if found.count("") == 1 else None  # as pandas writes an index
    wide = layout == "wide" or (layout == "auto" and at["ticker"] is None)
    needed = ["date"] if wide else ["date", "ticker"]
    problems = [_missing(role, file, found) for role in needed if at[role] is None]
    if not wide and at["close"] is None and at["adj_close"] is None:
        problems.append(_missing("close", file, found))
    day = at["date"]
    if problems or day is None:
        raise InputError(problems)
    return _wide(found, day, file) if wide else _long(at, day)


def _wide(found: Sequence[str], date: str, file: str) -> Columns:
    tickers = tuple(name for name in found if name != date)
    nameless = [number for number, name in enumerate(found, 1) if name == "" and name != date]
    if nameless:
        raise InputError(f"{file}, row 1: column {nameless[0]} has no name; give it a ticker.")
    if not tickers:
        raise InputError(f"{file} has no price column besides {date!r}; add one for each ticker.")
    problems = [
        f"{file}, row 1: {quoted(name)} is no ticker; correct the column's name."
        for name in tickers
        if len(name) > LONGEST_TICKER or not name.isprintable()
    ]
    if problems:
        raise InputError(say_some(problems))
    require_one_case(tickers, file)
    note = "One price per ticker and day: the adjusted close is taken to be the close."
    return Columns(date=date, tickers=tickers, note=note)


def require_one_case(tickers: Iterable[str], file: str) -> None:
    """InputError for tickers that differ in upper and lower case alone.

    They are read as they are written, so that NVDA and nvda would be two assets.
    """
    first: dict[str, str] = {}
    alike = [
        (known, name) for name in tickers if (known := first.setdefault(name.upper(), name)) != name
    ]
    if alike:
        raise InputError(
            say_some(
                [
                    f"{file} has the tickers {known} and {name}, which differ in upper and lower "
                    "case alone; write both the same way or delete one."
                    for known, name in alike
                ]
            )
        )


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


def _listed(found: Sequence[str], limit: int = 10) -> str:
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(quoted(name) for name in found[:limit]) + more
