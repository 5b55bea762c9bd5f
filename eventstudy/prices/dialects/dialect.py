"""What the reading of a price file hands on: what the user says, a dialect, what was found, read.

The flow is Sheet → recognised Dialect → Found (which column is what) → Reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from eventstudy.prices.source import FileLayout, Values

Top: TypeAlias = Sequence[tuple[str, ...]]
"""The first rows of a sheet as text, rows of names included."""

DATES = ("iso", "ymd", "dotted", "slash", "day month", "month day")
"""The ways of writing a date that every file may use; `days.FORMS` has the others too."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the user says of a price file; None, empty and "auto" where nothing is said."""

    layout: FileLayout = "auto"
    date_col: str | None = None
    ticker_col: str | None = None
    close_col: str | None = None
    adj_close_col: str | None = None
    returns_col: str | None = None
    ticker: str = ""
    """Of a file that holds one and does not name it."""
    dayfirst: bool | None = None
    """Whether 02/01/2025 is 2 January."""
    values: Values = "auto"
    calendar: str | None = None
    """The exchange in whose time zone stamps in seconds become days; UTC if None."""

    @property
    def named(self) -> dict[str, str]:
        """The columns that the user names, by role."""
        asked = {
            "date": self.date_col,
            "ticker": self.ticker_col,
            "close": self.close_col,
            "adj_close": self.adj_close_col,
            "returns": self.returns_col,
        }
        return {role: name for role, name in asked.items() if name is not None}


@dataclass(frozen=True, slots=True)
class Series:
    """A column of figures of one ticker, and the column of its days."""

    ticker: str
    role: str
    """close, adj_close or returns."""
    column: int
    date: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a dialect has what: `roles` for a row a day and ticker, else `series`."""

    head: int
    """How many of the top rows are above the figures."""
    names: tuple[str, ...]
    """Of the columns, as sentences say them."""
    roles: Mapping[str, int] = field(default_factory=dict)
    """date, ticker, currency, close, adj_close, returns, delisting, divisor, multiplier → the
    column."""
    ids: tuple[int, ...] = ()
    """Columns that identify an asset whose ticker may change."""
    benchmarks: Mapping[str, int] = field(default_factory=dict)
    """Ticker → column of returns that stand beside every asset of a day."""
    series: tuple[Series, ...] = ()
    dropped: tuple[str, ...] = ()
    note: str = ""
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one vendor writes prices; everything is declared here and read by one reader."""

    name: str
    """As the user hears it: "Stooq daily"."""
    find: Callable[[Top, Dialect], Found | None]
    """Finds the columns in the top rows, or that they are of another dialect."""
    header: tuple[str, ...] = ()
    """Names that the row of names must hold, in lower case with _ for blanks."""
    without: tuple[str, ...] = ()
    """Names that it must not hold."""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role → the names that it may have, the best first."""
    ids: tuple[str, ...] = ()
    benchmarks: Mapping[str, str] = field(default_factory=dict)
    """Name of a column of benchmark returns → its ticker."""
    dates: tuple[str, ...] = DATES
    """Ways of writing dates that are possible."""
    ticker: Callable[[str], str] = str
    """From the vendor's name of an asset to its ticker."""
    pattern: str = ""
    """What the names of all columns of a wide file match."""
    dressed: bool = False
    """Whether figures may have currency signs and commas between thousands."""
    comma: bool | None = None
    """Whether decimals stand after a comma; None where the figures have to tell."""
    letters: bool = False
    """Whether letters and −66, −77, −88, −99 in returns are codes for a missing one."""
    averages: bool = False
    """Whether a negative price is the average of bid and ask, and a price of 0 is none."""
    repeats: bool = False
    """Whether rows that say the same twice are one."""
    skip: str = ""
    """A pattern of cells whose rows hold no price."""
    skipped: str = ""
    """What those rows are: "dividends and splits"."""
    refusal: str = ""
    """Why such a file is not read and what to do, where it holds no prices."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a file says, days × tickers; see `make_prices`."""

    close: pd.DataFrame
    adj_close: pd.DataFrame | None = None
    returns: pd.DataFrame | None = None
    benchmarks: tuple[str, ...] = ()
    recognised: str = ""
    """Read as which dialect, and which column is what; empty for plain files."""
    dropped: tuple[str, ...] = ()
    """Sentences on what was left out or turned."""
    note: str = ""
    """What the reader of a result should know of the prices."""
