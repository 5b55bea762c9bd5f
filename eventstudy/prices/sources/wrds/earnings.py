"""Days of earnings announcements at WRDS, laid out as a list of events."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd

from eventstudy.errors import DataMissingError, InputError, say_some
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers, span_words
from eventstudy.prices.sources.wrds.asking import rows_of, wrds_connection
from eventstudy.prices.sources.wrds.names import Resolved
from eventstudy.prices.sources.wrds.source import chosen_layout, chosen_shares, permnos_of
from eventstudy.prices.sources.wrds.tables import LAYOUTS, Layout, Shares, require_choice

Announcements = Literal["ibes", "compustat"]
"""Where the days come from: I/B/E/S has times of day, Compustat has days alone."""
ZONE = ZoneInfo("America/New_York")
"""In which I/B/E/S writes times."""
CATEGORY = "earnings"
WORST_LINK = 2
"""Score of WRDS's link between I/B/E/S and CRSP up to which it is taken; 1 is the best."""

IBES = f"""
SELECT l.permno, a.cname AS company, a.pends AS quarter, a.anndats AS day, a.anntims AS clock
FROM ibes.actu_epsus a
JOIN wrdsapps_link_crsp_ibes.ibcrsphist l ON a.ticker = l.ticker
WHERE a.measure = 'EPS' AND a.pdicity = 'QTR' AND l.score <= {WORST_LINK}
  AND l.permno IN :permnos AND a.anndats BETWEEN :first AND :last
  AND a.anndats >= l.sdate AND (l.edate IS NULL OR a.anndats <= l.edate)
ORDER BY l.permno, a.anndats, a.pends, a.anntims
"""
COMPUSTAT = """
SELECT l.lpermno AS permno, f.conm AS company, f.datadate AS quarter, f.rdq AS day, NULL AS clock
FROM comp.fundq f
JOIN crsp.ccmxpf_lnkhist l ON f.gvkey = l.gvkey
WHERE f.indfmt = 'INDL' AND f.datafmt = 'STD' AND f.popsrc = 'D' AND f.consol = 'C'
  AND l.linktype IN ('LC', 'LU') AND l.linkprim IN ('P', 'C')
  AND l.lpermno IN :permnos AND f.rdq BETWEEN :first AND :last
  AND (l.linkdt IS NULL OR f.rdq >= l.linkdt) AND (l.linkenddt IS NULL OR f.rdq <= l.linkenddt)
ORDER BY l.lpermno, f.rdq, f.datadate
"""
ASKED: Mapping[str, tuple[str, str]] = {
    "ibes": (IBES, "ibes.actu_epsus with wrdsapps_link_crsp_ibes.ibcrsphist"),
    "compustat": (COMPUSTAT, "comp.fundq with crsp.ccmxpf_lnkhist"),
}
"""Name → statement and the tables that it asks."""


@dataclass(frozen=True, slots=True, eq=False)
class EarningsDates:
    """Announcements as `read_events` takes them, a row each."""

    rows: pd.DataFrame
    """event_id, title, announced_at, category, groups, source and notes. The group is the ticker as
    asked for where it was the security's on the day, else the PERMNO."""
    absent: Mapping[str, str]
    """Ticker → why it has no row."""


def earnings_dates(
    tickers: TickerList,
    start: Day,
    end: Day,
    *,
    dates: Announcements = "ibes",
    tables: Layout | None = None,
    shares: Shares | None = None,
) -> EarningsDates:
    """Announcements of quarterly earnings of companies, from first to last day.

    With a time of day, which only I/B/E/S has, an announcement is a moment in New York; midnight
    there means that no time is known, and the announcement is a date.

    Args:
        tickers: Tickers or PERMNOs.
        start: First day, included.
        end: Last day, included.
        dates: "ibes" (ibes.actu_epsus) or "compustat" (comp.fundq, rdq).
        tables: The layout of CRSP's tables, for tickers.
        shares: Which securities a ticker may be.

    Raises:
        InputError: An option is wrong, or a table cannot be read.
        DataMissingError: None of the tickers has an announcement.
        NetworkError: The server cannot be reached or refuses the user.
    """
    require_choice(dates, Announcements, "dates")
    asked, span = parse_tickers(tickers), parse_span(start, end)
    if asked is None or span[0] is None or span[1] is None:
        raise InputError("Earnings dates need tickers and a first and a last day; name them.")
    layout = LAYOUTS[chosen_layout(tables)]
    common = chosen_shares(shares) == "common"
    statement, names = ASKED[dates]
    rows = None
    with wrds_connection() as connection:
        found = permnos_of(connection, layout, asked, span, {}, common_only=common)
        permnos = sorted(set(found.permnos.values()))
        if permnos:
            given = {"permnos": permnos, "first": span[0], "last": span[1]}
            rows = rows_of(connection, statement, names, "permnos", **given)
    made = [] if rows is None else _events(rows, found, dates)
    absent = dict(found.absent)
    known = set() if rows is None else {int(permno) for permno in rows["permno"]}
    for ticker, number in found.permnos.items():
        if number not in known:
            absent[ticker] = f"{ticker} (PERMNO {number}) has no row {span_words(*span)} in {names}"
    if not made:
        reasons = say_some([f"{reason}." for reason in absent.values()])
        raise DataMissingError(" ".join(["There are no announcements.", *reasons]))
    return EarningsDates(pd.DataFrame(made), absent)


def _events(rows: pd.DataFrame, found: Resolved, dates: Announcements) -> list[dict[str, str]]:
    """One event for each security and day: the last quarter, the first time of day."""
    source = {"ibes": "I/B/E/S (ibes.actu_epsus)", "compustat": "Compustat (comp.fundq, rdq)"}
    asked = {number: ticker for ticker, number in reversed(list(found.permnos.items()))}
    made = []
    for (permno, day), group in rows.groupby(["permno", "day"], sort=True):
        number, last = int(permno), group["quarter"].dropna().max()
        clocks = map(clock_of, group.loc[group["quarter"] == last, "clock"])
        label = found.label(asked[number], day)
        made.append(
            {
                "event_id": f"{re.sub(r'[^A-Za-z0-9.-]', '-', label)}-{day}",
                "title": f"{group['company'].iloc[-1]}: earnings of the quarter to {last}",
                "announced_at": _moment(day, min(filter(None, clocks), default=None)),
                "category": CATEGORY,
                "groups": label,
                "source": source[dates],
                "notes": f"PERMNO {number}",
            }
        )
    return made


def clock_of(cell: Any) -> dt.time | None:
    """The time of day of a cell; None where it is empty or midnight, which stands for unknown.

    Args:
        cell: A time, text such as 16:05:00, or seconds after midnight.

    Raises:
        InputError: It is none of these.
    """
    if cell is None or cell != cell or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        if isinstance(cell, dt.time):
            clock = cell
        elif isinstance(cell, str):
            hour, minute, *rest = (int(part) for part in cell.strip().split(":"))
            clock = dt.time(hour, minute, rest[0] if rest else 0)
        else:
            whole = cell.total_seconds() if isinstance(cell, dt.timedelta) else float(cell)
            minutes, second = divmod(int(whole), 60)
            clock = dt.time(*divmod(minutes, 60), second)
    except (ValueError, TypeError, OverflowError):
        raise InputError(
            f"ibes.actu_epsus has the time {str(cell)[:40]!r}, which is no time of day."
        ) from None
    return clock if clock != dt.time() else None


def _moment(day: dt.date, clock: dt.time | None) -> str:
    if clock is None:
        return str(day)
    return dt.datetime.combine(day, clock, ZONE).isoformat(timespec="seconds")
