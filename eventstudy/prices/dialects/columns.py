"""Which column of a price file is what: named by option, or found by its usual name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError, quoted, say_some, some_names
from eventstudy.prices.dialects.words import (
    ADJUSTED,
    CLOSES,
    HIGHS,
    LOWS,
    NEVER_TICKERS,
    WORDS,
    plain_head,
)

USUAL = {
    "date": (
        "date",
        "datetime",
        "day",
        "timestamp",
        "observation_date",
        "datum",
        "dates",
        "fecha",
        "data",
        "exchange_date",
        "trade_date",
        "trading_date",
    ),
    "ticker": ("ticker", "symbol", "tic", "security", "instrument", "ric", "isin"),
    "close": (
        *("close", "close_price", "price_close", "price", "prc", "px_last", "last_price"),
        *("unadjusted_close", "unadjusted_price"),
    ),
    "adj_close": ADJUSTED,
}
"""The names looked for, in this order; case and blanks do not matter."""

LONGEST_TICKER = 80
"""Characters of a ticker, of whatever exchange or data provider."""


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
        layout: "long", "wide", or "auto": long where there is a column of tickers, or where the
            names are words for the figures of one ticker.
        date: Name of the column of days; found by its usual names if None, and so the others.
        ticker: Name of the column of tickers.
        close: Name of the column of closes.
        adj_close: Name of the column of adjusted closes.
        returns: Name of a column of returns; none is looked for if None.
        close_option: What the user calls the option that names `close`.

    Raises:
        InputError: A column is missing or there twice; it names what was found and the option.
    """
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
    named = any(asked[role] is not None for role in ("close", "adj_close", "returns"))
    one = layout == "auto" and at["ticker"] is None
    one = one and (named or _of_one_ticker([name for name in names if name != at["date"]]))
    if one and at["close"] is None and at["adj_close"] is None and returns is None:
        at["close"] = _first(CLOSES, names)
    figures = [role for role in ("close", "adj_close", "returns") if at[role] is not None]
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
    if wide and layout == "auto":
        _require_no_words([name for name in names if name != day], file)
    return _wide(names, day, file) if wide else _long(at, day)


def _wide(names: Sequence[str], date: str, file: str) -> Columns:
    tickers = tuple(name for name in names if name != date)
    nameless = [number for number, name in enumerate(names, 1) if name == "" and name != date]
    if nameless:
        raise InputError(f"{file}, row 1: column {nameless[0]} has no name; give it a ticker.")
    if not tickers:
        raise InputError(f"{file} has no price column besides {date!r}; add one for each ticker.")
    problems = [
        f"{file}, row 1: {quoted(name)} is not a ticker; correct the column's name."
        for name in tickers
        if not is_ticker(name)
    ]
    if problems:
        raise InputError(say_some(problems))
    require_one_case(tickers, file)
    note = "One price per ticker and date: the adjusted close is taken to be the close."
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


def _of_one_ticker(names: Sequence[str]) -> bool:
    """Whether columns are parts of a day of one ticker; LOW alone, or beside HD, is a ticker."""
    words = {plain_head(name) for name in names}
    if words & LOWS and words & HIGHS:
        return True
    return words <= WORDS and (len(words) > 1 or bool(words & {*CLOSES, *ADJUSTED}))


def _require_no_words(names: Sequence[str], file: str) -> None:
    """InputError for a table of tickers that has a column Close or Volume."""
    words = [name for name in names if plain_head(name) in NEVER_TICKERS]
    if words:
        other = next(name for name in names if plain_head(name) not in WORDS)
        raise InputError(
            f"{file}: {quoted(words[0])} is a word for figures of one ticker, and {quoted(other)} "
            f"could be another ticker. Add --close-col and the name of the column of closes (in "
            "Python close_col=), or name each column by its ticker."
        )


def _usual(role: str, names: Sequence[str]) -> str | None:
    return _first(USUAL.get(role, ()), names)


def _first(known: Sequence[str], names: Sequence[str]) -> str | None:
    """The column that has the first of the known names that is there."""
    plain = {plain_head(name): name for name in reversed(names) if name}
    return next((plain[name] for name in known if name in plain), None)
