"""Dates of earnings from Yahoo Finance as dated news, before or after the session by their hour."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from eventstudy.errors import DataMissingError, EventStudyError, NetworkError, some_names
from eventstudy.origins.asked_span import AskedSpan
from eventstudy.origins.dated_news import DatedNews, GatheredNews, timing_in
from eventstudy.prices.sources.retry import in_waves, patiently
from eventstudy.prices.sources.yahoo import quiet_but_honest
from eventstudy.prices.sources.yahoo_errors import YAHOO, no_symbol
from eventstudy.prices.sources.yahoo_session import failed_connection, judging_session
from eventstudy.text.numbers import counted, number

if TYPE_CHECKING:
    import pandas as pd

MOST_DATES = 100
"""Dates of a ticker that Yahoo gives at once."""
PAGE = "https://finance.yahoo.com/calendar/earnings?symbol="
_SURPRISE, _EXPECTED, _REPORTED = "Surprise(%)", "EPS Estimate", "Reported EPS"
_FEW = 5


def fetch_earnings(ticker: str) -> pd.DataFrame:
    """Dates of earnings with their hour, estimates and surprises, the newest first; one attempt.

    Args:
        ticker: As Yahoo writes it.

    Raises:
        DataMissingError: Yahoo shows no dates for it.
        NetworkError: Yahoo cannot be reached, refuses, or its answer is not understood.
    """
    import yfinance
    from peewee import OperationalError
    from yfinance.exceptions import YFException, YFRateLimitError

    try:
        with quiet_but_honest(yfinance.config):
            asked = yfinance.Ticker(ticker, session=judging_session())
            table: pd.DataFrame | None = asked.get_earnings_dates(limit=MOST_DATES)
    except EventStudyError:
        raise
    except YFRateLimitError:
        raise YAHOO.rate_limited(ticker) from None
    except OperationalError:  # yfinance's cache of cookies, which processes share
        raise YAHOO.cut_off(ticker, "the cache of yfinance is locked") from None
    except OSError as error:  # what curl_cffi raises derives from it
        raise failed_connection(ticker, error) from None
    except (YFException, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise YAHOO.not_understood(ticker, "it is not Yahoo's table of earnings") from error
    if table is None or table.empty:
        raise DataMissingError(f"Yahoo has no earnings dates for {ticker}; check the symbol.")
    if not {_EXPECTED, _REPORTED, _SURPRISE} <= set(table.columns):
        raise YAHOO.not_understood(ticker, "its table of earnings has unexpected columns")
    return table


def earnings_as_news(
    tickers: Sequence[str],
    span: AskedSpan,
    calendar: str,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    fetch: Callable[[str], pd.DataFrame] = fetch_earnings,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> GatheredNews:
    """The earnings of companies that are over, each with its date and place in the day.

    Args:
        tickers: As Yahoo writes them.
        span: The days that are wanted, at the exchange.
        calendar: Name of the exchange's calendar, such as XNYS.
        progress: Called with a ticker, how many are done and how many there are.
        fetch: What asks Yahoo for one ticker.
        sleep: What waits, in seconds.
        now: The present; later dates are announced and not over.

    Raises:
        DataMissingError: No ticker has earnings in these days.
        NetworkError: Yahoo cannot be reached, limits the rate, or its answer is not understood.
    """
    names = list(dict.fromkeys(ticker.upper() for ticker in tickers))
    wrong = {name: reason for name in names if (reason := no_symbol(name))}
    asked = [name for name in names if name not in wrong]
    tables, refused = in_waves(asked, lambda name: patiently(lambda: fetch(name), sleep), progress)
    for error in refused.values():
        if isinstance(error, NetworkError):
            raise error
    missing = [f"{reason}." for reason in wrong.values()]
    missing += [f"{str(error).rstrip('.')}." for error in refused.values()]
    news: list[DatedNews] = []
    notes: list[str] = []
    for name, table in tables.items():
        own, said = earnings_of(name, table, span, calendar, now())
        news += own
        notes += said
        if not own:
            missing.append(f"Yahoo has no past earnings dates of {name}{span}.")
    if not news:
        raise DataMissingError(" ".join((*missing, *notes)))
    return GatheredNews(tuple(news), tuple(notes), tuple(missing))


def earnings_of(
    ticker: str, table: pd.DataFrame, span: AskedSpan, calendar: str, now: dt.datetime
) -> tuple[list[DatedNews], list[str]]:
    """Yahoo's table of one ticker as news, and what was left out of it.

    Yahoo gives the hour alone, so that the event has a date and before, in or after the session,
    and no time of day. Midnight stands for an hour that is not known.

    Args:
        ticker: Whose earnings they are.
        table: Time of each, as index, and the columns of estimates.
        span: The days that are wanted.
        calendar: Name of the exchange's calendar, such as XNYS.
        now: The present.
    """
    kinds = table["Event Type"] if "Event Type" in table.columns else None
    news, ahead, vague = [], [], []
    for place, (stamp, row) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        if kinds is not None and kinds.iloc[place] != "Earnings":
            continue  # a call or a meeting
        moment: dt.datetime = stamp.to_pydatetime()
        day = moment.date()
        if day not in span:
            continue
        if moment > now:
            ahead.append(str(day))
            continue
        known = moment.time() != dt.time(0)
        if not known:
            vague.append(str(day))
        news.append(_one(ticker, moment, row, timing_in(moment, calendar) if known else ""))
    notes = []
    if ahead:
        notes.append(f"{ticker}: {counted(len(ahead), 'future date')} left out: {_few(ahead)}.")
    if vague:
        notes.append(
            f"{ticker}: {counted(len(vague), 'date')} without a time of day, taken as day 0; check "
            f"against the 8-K with item 2.02: {_few(vague)}."
        )
    if len(table) >= MOST_DATES and (span.first is None or table.index.min().date() > span.first):
        notes.append(
            f"{ticker}: Yahoo gives at most {MOST_DATES} dates; some before "
            f"{table.index.min():%Y-%m-%d} may be missing."
        )
    return news, notes


def _one(ticker: str, moment: dt.datetime, row: dict[Any, Any], timing: str) -> DatedNews:
    surprise, expected, reported = (
        _figure(row[name]) for name in (_SURPRISE, _EXPECTED, _REPORTED)
    )
    category = "earnings"
    if surprise is not None:
        category += " beat" if surprise > 0 else " miss" if surprise < 0 else " as expected"
    said = []
    if reported is not None:
        said.append(f"EPS {number(reported)}")
    if expected is not None:
        said.append(f"expected {number(expected)}")
    if surprise is not None:
        said.append(f"surprise {number(surprise, signed=True)}%")
    hour = f"hour given by Yahoo Finance: {moment:%H:%M %Z}" if moment.time() != dt.time(0) else ""
    base = DatedNews(
        tickers=(ticker,),
        moment=moment.date(),
        title=f"{ticker} earnings",
        timing=timing,
        category=category,
        source=f"{PAGE}{quote(ticker, safe='')}",
    )
    return replace(base, notes="; ".join(filter(None, (", ".join(said), hour))))


def _figure(value: object) -> float | None:
    """A cell as a figure; None for what is none."""
    try:
        figure = float(str(value))
    except ValueError:
        return None
    return figure if figure == figure and abs(figure) != float("inf") else None


def _few(days: Sequence[str]) -> str:
    return some_names(days, _FEW)
