"""Lists of events as vendors write them: one entry each, the most particular first.

Names of columns are compared by letters and digits alone, in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DATES = (
    "date eventdate edate day eventday announcementdate announceddate announcedate anndate "
    "dateannounced announced declarationdate earningsdate reportdate timestamp datetime datum"
)
TICKERS = "ticker symbol tic tickersymbol eventticker stock"
TIMINGS_OF = (
    "timing calltime earningscalltime time hour session timeofday timeoftheday when bmoamc amcbmo"
)
TITLES = "title eventname"
IDS = "eventid id"


@dataclass(frozen=True, slots=True)
class EventDialect:
    """How one vendor's list is told from others, and which of its columns is what.

    A role names the columns that may hold it, the preferred one first.
    """

    name: str
    """How a sentence calls the list."""
    date: str = ""
    ticker: str = ""
    needs: str = ""
    """Columns that must all be there, beside one for the date and one for the ticker."""
    timing: str = ""
    """Columns that say before or after the session, or give a time of day."""
    clock: str = ""
    """Columns with a time of day; midnight and an empty cell are none."""
    event_id: str = ""
    title: str = ""
    benchmark: str = ""
    category: str = ""
    zone: str = ""
    """The time zone of times of day that do not state one."""
    dayfirst: bool | None = None
    """The order of 01/02/2025 where the vendor always writes the same; None where it varies."""
    asks: Sequence[str] = ()
    """Roles for which several of the columns may be meant, so that the user has to say."""
    sparse: bool = True
    """Whether rows without a ticker or a date are usual and left out; else they are refused."""
    cells: Sequence[str] = ()
    """Of a list without a header: a pattern for each cell of a row."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Of a list without a header: role → place of its column."""
    news: bool = False
    """Whether an event has many rows, of which the first of a session counts."""
    warning: str = ""
    """What a reader of such a list should know, as a sentence."""


DIALECTS = (
    EventDialect(
        "a request file of EventStudyTools",
        cells=(
            *(r"\d+", r"[^;]+", r"[^;]+", r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}", r".*"),
            *(r"[+-]?\d+", r"[+-]?\d+", r"[+-]?\d+", r"\d+"),
        ),
        places={"event_id": 0, "ticker": 1, "benchmark": 2, "date": 3, "category": 4},
        dayfirst=True,
        sparse=False,
    ),
    EventDialect(
        "SDC deals",
        needs="dateannounced",
        date="dateannounced",
        ticker=(
            "targetticker targettickersymbol targetprimarytickersymbol targetprimaryticker "
            "acquirorticker acquirortickersymbol acquirorprimarytickersymbol "
            "acquirerticker acquirertickersymbol issuerticker ticker tickersymbol"
        ),
        event_id="sdcdealno sdcdealnumber dealnumber dealno",
        title="targetname issuer",
        dayfirst=False,
        asks=("ticker",),
    ),
    EventDialect(
        "I/B/E/S announcements",
        date="anndats anndatsact",
        ticker="oftic ticker",
        clock="anntims anntimsact",
        zone="America/New_York",
        asks=("date",),
    ),
    EventDialect(
        "RavenPack events",
        needs="timestamputc",
        date="timestamputc",
        ticker=f"{TICKERS} rpentityid",
        title="headline eventtext entityname",
        zone="UTC",
        news=True,
    ),
    EventDialect("Compustat report dates", needs="rdq", date="rdq", ticker="tic gvkey"),
    EventDialect(
        "CRSP events",
        needs="permno",
        date=f"{DATES} dclrdt exdt dlstdt dlydeldt",
        ticker="ticker tsymbol permno",
        event_id=IDS,
        asks=("date",),
    ),
    EventDialect(
        "an earnings calendar",
        date="earningsdate reportdate earningsannouncementdate",
        ticker=TICKERS,
        timing=TIMINGS_OF,
        title="eventname",
    ),
    EventDialect(
        "a list of tickers and dates",
        date=DATES,
        ticker=TICKERS,
        timing=TIMINGS_OF,
        event_id=IDS,
        title=TITLES,
        asks=("date", "ticker"),
        sparse=False,
    ),
)

INDICES = {"SP500": "^GSPC", "SPX": "^GSPC", "NASDAQ100": "^NDX", "DJIA": "^DJI", "DAX": "^GDAXI"}
"""What vendors call an index → its ticker; others stay as they are written."""

NAMED = EventDialect("a list with the columns named", sparse=False)
"""What a list is whose columns the user names."""

ROLES = ("event_id", "title", "date", "clock", "timing", "ticker", "benchmark", "category")


def column_key(name: str) -> str:
    """The letters and digits of a column's name, in lower case."""
    return re.sub(r"[\W_]+", "", name).lower()


def candidates(dialect: EventDialect, role: str, plain: Sequence[str]) -> list[int]:
    """The columns that may hold a role, the preferred first.

    Args:
        dialect: Whose names are looked for.
        role: One of `ROLES`.
        plain: The plain names of the columns.
    """
    return [plain.index(name) for name in getattr(dialect, role).split() if name in plain]


def dialect_of(header: Sequence[str]) -> EventDialect | None:
    """The vendor whose list has these cells as its header, or as its first row.

    Args:
        header: The cells of a row.
    """
    plain = [column_key(name) for name in header]
    for dialect in DIALECTS:
        if dialect.cells:
            alike = len(header) == len(dialect.cells)
            if alike and all(map(re.fullmatch, dialect.cells, header)):
                return dialect
        elif (
            set(dialect.needs.split()) <= set(plain)
            and candidates(dialect, "date", plain)
            and candidates(dialect, "ticker", plain)
        ):
            return dialect
    return None
