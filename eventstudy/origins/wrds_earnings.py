"""Announcements of quarterly earnings from I/B/E/S and Compustat at WRDS as dated news."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd

from eventstudy.errors import DataMissingError, InputError
from eventstudy.origins.asked_span import AskedSpan
from eventstudy.origins.dated_news import DatedNews, GatheredNews
from eventstudy.prices.request import parse_tickers
from eventstudy.prices.sources.wrds.asking import answer_to, wrds_connection
from eventstudy.prices.sources.wrds.names import Resolved
from eventstudy.prices.sources.wrds.source import (
    FIRST,
    LAST,
    chosen_layout,
    chosen_shares,
    permnos_of,
)
from eventstudy.prices.sources.wrds.tables import LAYOUTS, Layout, Shares, require_choice

Announcements = Literal["ibes", "compustat"]
"""Where the days come from: I/B/E/S has times of day, Compustat has days alone."""
ZONE = ZoneInfo("America/New_York")
"""In which I/B/E/S writes times."""
CATEGORY = "earnings"
WORST_LINK = 2
"""Score of WRDS's link between I/B/E/S and CRSP up to which it is taken; the best are low."""

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
ASKED: Mapping[str, tuple[str, str, str]] = {
    "ibes": (IBES, "ibes.actu_epsus with wrdsapps_link_crsp_ibes.ibcrsphist", "I/B/E/S at WRDS"),
    "compustat": (COMPUSTAT, "comp.fundq with crsp.ccmxpf_lnkhist", "Compustat (rdq) at WRDS"),
}
"""Name → statement, the tables that it asks, and what an event calls its source."""


def wrds_earnings_as_news(
    tickers: Sequence[str],
    span: AskedSpan,
    *,
    dates: Announcements = "ibes",
    tables: Layout | None = None,
    shares: Shares | None = None,
) -> GatheredNews:
    """Announcements of quarterly earnings of companies.

    With a time of day, which only I/B/E/S has, an announcement is a moment in New York; midnight
    there stands for a time that is not known, and the announcement is a date. It is about the
    ticker as asked for where that was the security's on the day, else about the PERMNO.

    Args:
        tickers: Tickers or PERMNOs.
        span: The days that are wanted.
        dates: "ibes" (ibes.actu_epsus) or "compustat" (comp.fundq, rdq).
        tables: The layout of CRSP's tables, for tickers.
        shares: Which securities a ticker may be.

    Raises:
        InputError: An option is wrong, or a table cannot be read.
        DataMissingError: None of the tickers has an announcement.
        NetworkError: The server cannot be reached or refuses the user.
    """
    require_choice(dates, Announcements, "dates")
    asked = parse_tickers(tickers) or ()
    layout = LAYOUTS[chosen_layout(tables)]
    common = chosen_shares(shares) == "common"
    statement, names, source = ASKED[dates]
    rows = None
    with wrds_connection() as connection:
        found = permnos_of(
            connection, layout, asked, (span.first, span.last), {}, common_only=common
        )
        permnos = sorted(set(found.permnos.values()))
        if permnos:
            given = {"permnos": permnos, "first": span.first or FIRST, "last": span.last or LAST}
            rows = answer_to(connection, statement, names, given, "permnos")
    news = () if rows is None else announced(rows, found, source)
    known = set() if rows is None else {int(permno) for permno in rows["permno"]}
    missing = [f"{reason}." for reason in found.absent.values()]
    missing += [
        f"{ticker} (PERMNO {number}) has no earnings{span} in {names}."
        for ticker, number in found.permnos.items()
        if number not in known
    ]
    if not news:
        raise DataMissingError(" ".join(missing))
    return GatheredNews(news, found.notes, tuple(missing))


def announced(rows: pd.DataFrame, found: Resolved, source: str) -> tuple[DatedNews, ...]:
    """One piece of news for each security and day: the last quarter, the first time of day.

    Args:
        rows: permno, company, quarter, day and clock.
        found: The securities that were asked for.
        source: What an event calls its source.

    Raises:
        InputError: A time is no time of day.
    """
    asked = {number: ticker for ticker, number in reversed(list(found.permnos.items()))}
    news = []
    keys: Iterator[tuple[Any, Any]] = iter(rows.groupby(["permno", "day"], sort=True))
    for (permno, day), group in keys:
        number, last = int(permno), group["quarter"].dropna().max()
        clocks = map(clock_of, group.loc[group["quarter"] == last, "clock"])
        clock = min(filter(None, clocks), default=None)
        news.append(
            DatedNews(
                tickers=(found.label(asked[number], day),),
                moment=day if clock is None else dt.datetime.combine(day, clock, ZONE),
                title=f"{group['company'].iloc[-1]}: earnings of the quarter ended {last}",
                category=CATEGORY,
                source=source,
                notes=f"PERMNO {number}",
            )
        )
    return tuple(news)


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
            f"ibes.actu_epsus has the time {str(cell)[:40]!r}, which is not a time of day."
        ) from None
    return clock if clock != dt.time() else None
