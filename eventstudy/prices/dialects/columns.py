"""Which column of a price file is what: named by option, or found by its usual name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError, quoted, say_some, some_names

USUAL = {
    "date": ("date", "datetime", "day", "timestamp", "observation_date", "datum"),
    "ticker": ("ticker", "symbol", "tic"),
    "close": ("close", "close_price", "price_close", "price", "prc", "px_last", "last_price"),
    "adj_close": (
        *("adj_close", "adjclose", "adjusted_close", "adjusted", "adj._close", "closeadj"),
        "adj_close_price",
    ),
}
"""The names looked for, in this order; case and blanks do not matter."""

LONGEST_TICKER = 80
"""Characters of a ticker, of whatever exchange or data provider."""


FIELDS = {
    *("open", "high", "low", "volume", "vol", "vwap", "dividends", "stock_splits", "change"),
    *(name for role in ("close", "adj_close") for name in USUAL[role]),
}
"""Names that are no ticker where a file has one besides a column of closes."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file. Wide: `tickers` are the price columns; else a row a day and ticker.

    Without a name, `ticker` says that the file has one ticker, which its cells do not name.
    """

    date: str
    ticker: str = ""
    close: str = ""
    adj_close: str = ""
    returns: str = ""
    tickers: tuple[str, ...] = ()
    note: str = ""

    @property
    def wide(self) -> bool:
        """Whether each ticker has its own column."""
        return bool(self.tickers)


def find_columns(
    names: Sequence[str],
    *,
    file: str,
    layout: str = "auto",
    date: str | None = None,
    ticker: str | None = None,
    close: str | None = None,
    adj_close: str | None = None,
    returns: str | None = None,
    close_option: str = "close_col",
) -> Columns:
    """Tell long from wide and find each column.

    Args:
        names: The names in the file, in order.
        file: How sentences call the file.
        layout: "long", "wide", or "auto": long where there is a column of tickers, or of closes
            and none that could be another ticker.
        date: Name of the column of days; found by its usual names if None, and so the others.
        ticker: Name of the column of tickers.
        close: Name of the column of closes.
        adj_close: Name of the column of adjusted closes.
        returns: Name of a column of returns; none is looked for if None.
        close_option: What the user calls the option that names `close`.

    Raises:
        InputError: A column is missing or there twice; it names what was found and the option.
    """
    if layout not in ("auto", "long", "wide"):
        raise InputError(f"Option layout: {layout!r} is not known; known: auto, long, wide.")
    asked = {
        "date": date,
        "ticker": ticker,
        "close": close,
        "adj_close": adj_close,
        "returns": returns,
    }
    options = {role: f"{role}_col" for role in asked} | {"close": close_option}
    listed = some_names([quoted(name) for name in names], 10)
    problems = [
        f"{file} has no column {name!r} (option {options[role]}); found: {listed}."
        for role, name in asked.items()
        if name is not None and name not in names
    ]
    problems += [
        f"{file} has two columns {quoted(name)}; delete or rename one."
        for name, count in Counter(names).items()
        if count > 1 and name
    ]
    at = {role: name or _usual(role, names) for role, name in asked.items()}
    if at["date"] is None and names and names[0] == "" and names.count("") == 1:
        at["date"] = ""  # as pandas writes an index
    figures = [role for role in ("close", "adj_close", "returns") if at[role] is not None]
    others = [name for name in names if name not in at.values() and _plain(name) not in FIELDS]
    named = any(asked[role] is not None for role in figures)
    one = layout == "auto" and at["ticker"] is None and figures and (named or not others)
    wide = layout == "wide" or (layout == "auto" and at["ticker"] is None and not one)
    missing = [role for role in ("date", *(() if wide or one else ("ticker",))) if at[role] is None]
    if not wide and not figures:
        missing.append("close")
    problems += [
        f"{file} has no column for the {role}; found: {listed}. "
        f"Name it {USUAL[role][0]!r} or say which it is with {options[role]}"
        f"{', or with returns_col if it holds returns' if options[role] == 'close_col' else ''}."
        for role in missing
    ]
    day = at["date"]
    if problems or day is None:
        raise InputError(problems)
    return _wide(names, day, file) if wide else _long(at, day)


def _wide(names: Sequence[str], date: str, file: str) -> Columns:
    tickers = tuple(name for name in names if name != date)
    nameless = [number for number, name in enumerate(names, 1) if name == "" and name != date]
    if nameless:
        raise InputError(f"{file}, row 1: column {nameless[0]} has no name; give it a ticker.")
    if not tickers:
        raise InputError(f"{file} has no price column besides {date!r}; add one for each ticker.")
    problems = [
        f"{file}, row 1: {quoted(name)} is no ticker; correct the column's name."
        for name in tickers
        if not is_ticker(name)
    ]
    if problems:
        raise InputError(say_some(problems))
    require_one_case(tickers, file)
    note = "One price per ticker and day: the adjusted close is taken to be the close."
    return Columns(date=date, tickers=tickers, note=note)


def is_ticker(name: str) -> bool:
    """Whether a text can be a ticker, of whatever exchange or data provider."""
    return len(name) <= LONGEST_TICKER and name.isprintable()


def require_one_case(tickers: Iterable[str], file: str) -> None:
    """InputError for tickers that differ in upper and lower case alone.

    They are read as they are written, so that NVDA and nvda would be two assets.
    """
    first: dict[str, str] = {}
    problems = [
        f"{file} has the tickers {known} and {name}, which differ in upper and lower case alone; "
        "write both the same way or delete one."
        for name in tickers
        if (known := first.setdefault(name.upper(), name)) != name
    ]
    if problems:
        raise InputError(say_some(problems))


def _long(at: dict[str, str | None], date: str) -> Columns:
    close, adjusted = at["close"] or at["adj_close"] or "", at["adj_close"] or at["close"] or ""
    note = f"Only one price column, {close!r}: close and adjusted close are taken to be equal."
    return Columns(
        date,
        at["ticker"] or "",
        close,
        adjusted,
        at["returns"] or "",
        note=note if close and close == adjusted else "",
    )


def _usual(role: str, names: Sequence[str]) -> str | None:
    plain = {_plain(name): name for name in reversed(names) if name}
    return next((plain[name] for name in USUAL.get(role, ()) if name in plain), None)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
