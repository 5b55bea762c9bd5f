"""From tickers to PERMNOs: a ticker is the security that had it on the day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from eventstudy.errors import some_names
from eventstudy.prices.request import span_words

OPEN_END = date(9999, 12, 31)
MOST_NAMED = 3
"""Securities or earlier tickers that one sentence names."""
MOST_TAKEN = 12
"""Tickers whose PERMNO is said."""

_PERMNO = re.compile(r"[1-9]\d{3,5}", re.ASCII)
_PARTS = re.compile(r"[.\-/ ]")


@dataclass(frozen=True, slots=True)
class Name:
    """What a security was called from one day to another, both included."""

    permno: int
    since: date
    until: date
    ticker: str
    symbol: str
    """As traded, with the share class: BRKA in legacy files, BRK A in v2."""
    share_class: str
    company: str
    kind: str
    """The codes that say what the security is, as CRSP writes them."""
    common: bool
    """Whether they are those of a common share of a US company."""

    def covers(self, day: date) -> bool:
        """Whether the name was in use on a day.

        Args:
            day: The day.
        """
        return self.since <= day <= self.until

    @property
    def said(self) -> str:
        """The security in a sentence."""
        own = f", class {self.share_class}" if self.share_class else ""
        return f"PERMNO {self.permno} ({self.company}{own})"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Tickers as PERMNOs, why others are none, and which of them were called otherwise."""

    permnos: Mapping[str, int] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()
    """All names of the securities that ever had one of the tickers."""

    def label(self, ticker: str, day: date) -> str:
        """A ticker where it was the security's on a day, else the PERMNO.

        Args:
            ticker: One of `permnos`.
            day: The day.
        """
        number = self.permnos[ticker]
        own = [name for name in self.names if name.permno == number and name.covers(day)]
        return ticker if _bearing(ticker, own) else str(number)


def is_permno(ticker: str) -> bool:
    """Whether a ticker is a PERMNO: US tickers are no numbers.

    Args:
        ticker: As the user writes it.
    """
    return _PERMNO.fullmatch(ticker) is not None


def keys_of(tickers: Iterable[str]) -> tuple[list[str], list[str]]:
    """What to look for in CRSP's columns of tickers and of trading symbols.

    Args:
        tickers: As the user writes them; BRK-B, BRK.B and BRK/B are the class B of BRK.
    """
    wanted, symbols = set(), set()
    for ticker in tickers:
        whole = ticker.upper()
        base, cls = _split(whole)
        wanted |= {whole, base}
        symbols |= {whole, f"{base}{cls}", f"{base} {cls}".strip()}
    return sorted(wanted), sorted(symbols)


def names_of(rows: pd.DataFrame, common: Mapping[str, tuple[str, ...]]) -> tuple[Name, ...]:
    """The rows of a table of names; rows that are there twice are one.

    Args:
        rows: permno, since, until, ticker, symbol, share_class, company and the columns of
            `common`; `until` is missing while a name is in use.
        common: Which codes are those of common shares, by column.
    """
    made: dict[Name, None] = {}
    for row in rows.to_dict("records"):
        codes = {column: _text(row[column]) for column in common}
        made[
            Name(
                permno=int(row["permno"]),
                since=_day(row["since"], date.min),
                until=_day(row["until"], OPEN_END),
                ticker=_text(row["ticker"]).upper(),
                symbol=_text(row["symbol"]).upper(),
                share_class=_text(row["share_class"]),
                company=_text(row["company"]),
                kind=" ".join(f"{column} {code or 'empty'}" for column, code in codes.items()),
                common=all(code in common[column] for column, code in codes.items()),
            )
        ] = None
    return tuple(sorted(made, key=lambda name: (name.permno, name.since)))


def resolve(
    names: Sequence[Name],
    tickers: Sequence[str],
    span: tuple[date | None, date | None],
    days: Mapping[str, Collection[date]],
    *,
    common_only: bool,
    table: str,
) -> Resolved:
    """The PERMNO of each ticker, or why there is none.

    Args:
        names: All names of the securities that ever had one of the tickers.
        tickers: Tickers and PERMNOs as the user writes them.
        span: First and last day of the prices.
        days: The days on which tickers are asked for; without any, a ticker is whatever security
            had it in the span.
        common_only: Leave out what is no common share of a US company.
        table: What a sentence calls the database.
    """
    by_permno: dict[int, list[Name]] = {}
    for name in names:
        by_permno.setdefault(name.permno, []).append(name)
    permnos: dict[str, int] = {}
    absent: dict[str, str] = {}
    notes: list[str] = []
    taken: list[str] = []
    for ticker in tickers:
        found = (
            _of_number(ticker, by_permno, span, table)
            if is_permno(ticker)
            else _of_ticker(ticker, names, by_permno, span, sorted(days.get(ticker, ())), table)
        )
        if isinstance(found, str):
            absent[ticker] = found
        elif common_only and not found.common:
            absent[ticker] = (
                f"{ticker} is {found.said}, not a common share of a US company ({found.kind}); "
                'to study it, set EVENTSTUDY_WRDS_SHARES=all (in Python shares="all")'
            )
        else:
            permnos[ticker] = found.permno
            if is_permno(ticker):
                continue
            taken.append(f"{ticker} {found.said}")
            notes += _renamed(ticker, found, by_permno[found.permno], span)
    if taken:
        notes.insert(0, f"Securities: {some_names(taken, MOST_TAKEN)}.")
    return Resolved(permnos, absent, tuple(notes), tuple(names))


def _of_number(
    ticker: str,
    by_permno: Mapping[int, Sequence[Name]],
    span: tuple[date | None, date | None],
    table: str,
) -> Name | str:
    own = by_permno.get(int(ticker))
    if own is None:
        return f"PERMNO {ticker} is not in {table}"
    within = [name for name in own if _overlaps(name, span) and name.ticker]
    return (within or own)[-1]


def _of_ticker(
    ticker: str,
    names: Sequence[Name],
    by_permno: Mapping[int, Sequence[Name]],
    span: tuple[date | None, date | None],
    days: Sequence[date],
    table: str,
) -> Name | str:
    """The name by which a ticker is known, or why it is not one security's."""
    bearing = _bearing(ticker, names)
    if not bearing:
        return f"{ticker} is not a ticker in {table}"
    if not days:
        held = [name for name in bearing if _overlaps(name, span)]
        if not held:
            return f"{ticker} belonged to no security {span_words(*span)}: {_held(bearing)}"
        return _only(ticker, held, span_words(*span))
    holders: dict[int, tuple[Name, date]] = {}
    for day in days:
        held = [name for name in bearing if name.covers(day)]
        if not held:
            if renamed := _elsewhere(ticker, bearing, by_permno, day):
                return renamed
            continue  # nobody is listed under the name or another one: there is no price either
        one = _only(ticker, held, f"on {day}")
        if isinstance(one, str):
            return one
        holders.setdefault(one.permno, (one, day))
    if not holders:
        return f"{ticker} belonged to no security on {days[0]}: {_held(bearing)}"
    if len(holders) > 1:
        each = [f"{name.said} on {day}" for name, day in holders.values()]
        return (
            f"{ticker} is the ticker of several securities: {some_names(each, MOST_NAMED)}; give "
            "the PERMNO in the events"
        )
    return next(iter(holders.values()))[0]


def _bearing(ticker: str, names: Sequence[Name]) -> list[Name]:
    """The names that a ticker spells: by ticker, by ticker and class, else as traded."""
    whole = ticker.upper()
    base, cls = _split(whole)
    found = [name for name in names if name.ticker == whole]
    if not found and cls:
        found = [name for name in names if name.ticker == base and name.share_class == cls]
    return found or [name for name in names if name.symbol and _bare(name.symbol) == _bare(whole)]


def _only(ticker: str, held: Sequence[Name], when: str) -> Name | str:
    """The last name of the one security, or that there are several."""
    if len({name.permno for name in held}) == 1:
        return held[-1]
    return (
        f"{ticker} is the ticker of several securities {when}: {_held(held)}; give the PERMNO "
        "instead of the ticker"
    ).replace("  ", " ")


def _elsewhere(
    ticker: str, bearing: Sequence[Name], by_permno: Mapping[int, Sequence[Name]], day: date
) -> str:
    """The sentence where a security has a ticker, and had another one on the day."""
    for permno in dict.fromkeys(name.permno for name in bearing):
        for other in by_permno[permno]:
            if other.covers(day) and other.ticker:
                return (
                    f"{ticker} belonged to no security on {day}: {_held(bearing)}; on that day "
                    f"PERMNO {permno} had {other.ticker}: give {other.ticker} or {permno}"
                )
    return ""


def _held(names: Sequence[Name]) -> str:
    """Who has had a ticker, and when."""
    spans: dict[int, list[Name]] = {}
    for name in names:
        spans.setdefault(name.permno, []).append(name)
    each = [
        f"{own[-1].said} had it from {min(n.since for n in own)} to "
        f"{_until(max(n.until for n in own))}"
        for own in spans.values()
    ]
    return some_names(each, MOST_NAMED)


def _renamed(
    ticker: str, found: Name, own: Sequence[Name], span: tuple[date | None, date | None]
) -> list[str]:
    """A sentence where the security had other tickers in the span."""
    others = {
        name.ticker: name
        for name in own
        if name.ticker and name.ticker != found.ticker and _overlaps(name, span)
    }
    if not others:
        return []
    each = [f"{name.ticker} ({name.since} to {_until(name.until)})" for name in others.values()]
    return [
        f"{ticker} also had other tickers: {some_names(each, MOST_NAMED)}. The study takes all "
        f"days of PERMNO {found.permno}."
    ]


def _overlaps(name: Name, span: tuple[date | None, date | None]) -> bool:
    first, last = span
    return (last is None or name.since <= last) and (first is None or name.until >= first)


def _until(day: date) -> str:
    return "today" if day == OPEN_END else str(day)


def _split(ticker: str) -> tuple[str, str]:
    """BRK-B → BRK and B; a ticker without a class as it is."""
    base, *rest = _PARTS.split(ticker, maxsplit=1)
    return base, rest[0] if rest else ""


def _bare(symbol: str) -> str:
    return _PARTS.sub("", symbol)


def _text(cell: Any) -> str:
    """A cell as text; numbers without decimals, and nothing where it is empty or N/A."""
    if cell is None or cell != cell:
        return ""
    text = str(int(cell)) if not isinstance(cell, str) else cell.strip()
    return "" if text == "N/A" else text


def _day(cell: Any, otherwise: date) -> date:
    if cell is None or cell != cell:
        return otherwise
    day: date = cell.date() if hasattr(cell, "date") else cell
    return day
