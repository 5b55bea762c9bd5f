"""CRSP's daily prices and returns, asked of WRDS."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.errors import InputError, some_names
from eventstudy.prices.dialects.dialect import Reading
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList, parse_span, parse_tickers, span_words
from eventstudy.prices.sources.wrds.asking import AT_ONCE, answer_to, wrds_connection
from eventstudy.prices.sources.wrds.names import Resolved, is_permno, keys_of, names_of, resolve
from eventstudy.prices.sources.wrds.rows import read_market, read_securities
from eventstudy.prices.sources.wrds.tables import (
    LAYOUTS,
    Layout,
    Shares,
    Tables,
    require_choice,
)
from eventstudy.spec.study_spec import DEFAULTS
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES, SHARES = "EVENTSTUDY_WRDS_TABLES", "EVENTSTUDY_WRDS_SHARES"
"""The variables with the layout of the tables and the securities that are taken."""
INDICES = {"vwretd": "vwretd", "ewretd": "ewretd", "sprtrn": "sprtrn", "^gspc": "sprtrn"}
"""Ticker in lower case → column of the market's returns."""
NOBODY, NO_TICKER = -1, "-"
"""What stands in a list that has no PERMNO, or no ticker; an empty ticker would match."""
FIRST, LAST = date(1925, 12, 31), date(2199, 12, 31)
NO_DIVIDENDS = "Returns of the S&P 500 (sprtrn) exclude dividends; those of vwretd include them."


@dataclass(frozen=True, slots=True)
class WrdsSource:
    """CRSP daily at WRDS: the tickers and days asked for, and no others.

    A ticker is the security that had it on the `days` given for it, else in the whole span; a
    PERMNO can stand for a ticker. `vwretd`, `ewretd` and ^GSPC are CRSP's market returns. `tables`
    is "v2" (crsp.dsf_v2, the default) or "legacy" (crsp.dsf, until 2024). `shares` is "all", the
    default, or "common" for ordinary shares of US companies alone. Both are read from
    EVENTSTUDY_WRDS_TABLES and EVENTSTUDY_WRDS_SHARES where they are not given. `now` can be
    replaced for tests.
    """

    calendar: str | None = DEFAULTS.calendar
    offline: bool = False
    days: Mapping[str, Collection[date]] = field(default_factory=dict)
    tables: Layout | None = None
    shares: Shares | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Closes adjusted for splits and CRSP's total returns, both days included.

        Raises:
            InputError: No tickers are named, a table cannot be read, or a figure is wrong.
            DataMissingError: None of the tickers or days is in CRSP.
            NetworkError: The server cannot be reached or refuses the user.
        """
        asked, span = parse_tickers(tickers), parse_span(start, end)
        tables = LAYOUTS[chosen_layout(self.tables)]
        common = chosen_shares(self.shares) == "common"
        if asked is None:
            raise InputError("Source wrds needs tickers; name them, for example NVDA,vwretd.")
        if self.offline:
            raise InputError(
                "Source wrds asks a server and keeps no copy; leave out --offline (in Python "
                "offline=True), or give the prices as a file."
            )
        indices = {ticker: INDICES[ticker.lower()] for ticker in asked if ticker.lower() in INDICES}
        securities = [ticker for ticker in asked if ticker not in indices]
        with wrds_connection() as connection:
            found = permnos_of(connection, tables, securities, span, self.days, common_only=common)
            stocks, said = _stocks(connection, tables, found.permnos, span)
            market = _market(connection, tables, indices, span)
        parts = [part for part in (stocks, market) if part is not None]
        absent = {**found.absent, **_without_rows(found.permnos, stocks, tables, span)}
        return self._made(parts, asked, span, tables, absent, (*said, *found.notes))

    def _made(
        self,
        parts: Sequence[Reading],
        asked: Sequence[str],
        span: tuple[date | None, date | None],
        tables: Tables,
        absent: Mapping[str, str],
        said: Sequence[str],
    ) -> Prices:
        empty = pd.DataFrame(index=pd.DatetimeIndex([], name="date"))
        close = pd.concat([empty, *(part.close for part in parts)], axis=1).sort_index()
        stated = [part.returns for part in parts if part.returns is not None]
        returns = pd.concat([empty, *stated], axis=1).sort_index()
        benchmarks = [name for part in parts for name in part.benchmarks]
        prices = make_prices(
            close,
            provenance=Provenance(
                name="wrds",
                description=f"CRSP daily at WRDS ({tables.daily})",
                retrieved=self.now().date().isoformat(),
                sha256=_sha256(close, returns),
                note=NO_DIVIDENDS if "^GSPC" in close or "sprtrn" in close else "",
                currency="USD",
            ),
            tickers=asked,
            start=span[0],
            end=span[1],
            calendar=self.calendar,
            benchmarks=benchmarks,
            returns=returns if returns.shape[1] else None,
            unavailable=absent,
            dropped=(*said, *(line for part in parts if part.benchmarks for line in part.dropped)),
        )
        return _with_lost_days(prices, returns)


def chosen_layout(given: str | None) -> str:
    """The layout of the tables: as given, by the environment, or v2.

    Args:
        given: The choice, if there is one.

    Raises:
        InputError: It is not known.
    """
    layout = given or os.environ.get(TABLES) or "v2"
    require_choice(layout, Layout, f"tables ({TABLES})")
    return layout


def chosen_shares(given: str | None) -> str:
    """Which securities are taken: as given, by the environment, or all.

    Args:
        given: The choice, if there is one.

    Raises:
        InputError: It is not known.
    """
    shares = given or os.environ.get(SHARES) or "all"
    require_choice(shares, Shares, f"shares ({SHARES})")
    return shares


def permnos_of(
    connection: Connection,
    tables: Tables,
    tickers: Sequence[str],
    span: tuple[date | None, date | None],
    days: Mapping[str, Collection[date]],
    *,
    common_only: bool,
) -> Resolved:
    """The PERMNOs of tickers, of which some may be PERMNOs themselves.

    Args:
        connection: Of `wrds_connection`.
        tables: The layout.
        tickers: As the user writes them.
        span: First and last day.
        days: The days on which tickers are asked for.
        common_only: Leave out what is no common share of a US company.
    """
    if not tickers:
        return Resolved()
    rows = pd.concat(
        [
            _names(connection, tables, tickers[start : start + AT_ONCE])
            for start in range(0, len(tickers), AT_ONCE)
        ],
        ignore_index=True,
    )
    names = names_of(rows, tables.common)
    return resolve(names, tickers, span, days, common_only=common_only, table=tables.daily)


def _names(connection: Connection, tables: Tables, tickers: Sequence[str]) -> pd.DataFrame:
    numbers = [int(ticker) for ticker in tickers if is_permno(ticker)]
    wanted, symbols = keys_of(ticker for ticker in tickers if not is_permno(ticker))
    return answer_to(
        connection,
        tables.names,
        f"the names of {tables.daily}",
        {
            "permnos": numbers or [NOBODY],
            "tickers": wanted or [NO_TICKER],
            "symbols": symbols or [NO_TICKER],
        },
    )


def _stocks(
    connection: Connection,
    tables: Tables,
    permnos: Mapping[str, int],
    span: tuple[date | None, date | None],
) -> tuple[Reading | None, tuple[str, ...]]:
    """The securities' prices under the names by which they are asked for."""
    if not permnos:
        return None, ()
    given = {"permnos": sorted(set(permnos.values())), **_span(span)}
    rows = answer_to(connection, tables.rows, tables.daily, given, "permnos")
    if not len(rows):
        return None, ()
    delistings = answer_to(
        connection, tables.delistings, "the delistings of CRSP", given, "permnos"
    )
    read, said = read_securities(rows, delistings, tables)
    return _renamed(read, permnos), said


def _market(
    connection: Connection,
    tables: Tables,
    indices: Mapping[str, str],
    span: tuple[date | None, date | None],
) -> Reading | None:
    if not indices:
        return None
    rows = answer_to(connection, tables.market, "the market returns of CRSP", _span(span))
    return read_market(rows, indices)


def _span(span: tuple[date | None, date | None]) -> dict[str, date]:
    return {"first": span[0] or FIRST, "last": span[1] or LAST}


def _renamed(read: Reading, permnos: Mapping[str, int]) -> Reading:
    """Columns by PERMNO as columns by ticker; two tickers of one security are two columns."""

    def named(frame: pd.DataFrame) -> pd.DataFrame:
        own = {t: str(number) for t, number in permnos.items() if str(number) in frame}
        return frame[list(own.values())].set_axis(list(own), axis=1)

    returns = None if read.returns is None else named(read.returns)
    return Reading(named(read.close), None, returns)


def _without_rows(
    permnos: Mapping[str, int],
    stocks: Reading | None,
    tables: Tables,
    span: tuple[date | None, date | None],
) -> dict[str, str]:
    delivered = () if stocks is None else stocks.close.columns
    return {
        ticker: f"{ticker} (PERMNO {number}) has no rows in {tables.daily} {span_words(*span)}"
        for ticker, number in permnos.items()
        if ticker not in delivered
    }


def _with_lost_days(prices: Prices, stated: pd.DataFrame) -> Prices:
    """The prices, with a sentence on returns of days on which no ticker has a close."""
    from dataclasses import replace

    lost = stated.loc[~stated.index.isin(prices.sessions)].dropna(how="all")
    lost = lost[[name for name in lost if name in prices.close]].dropna(how="all")
    if not len(lost) or prices.calendar is not None:
        return prices
    days = some_names([f"{day:%Y-%m-%d}" for day in lost.index], 3)
    line = (
        f"Returns on {counted(len(lost), 'day')} without any close are left out ({days}); to keep "
        "them, name the exchange's calendar."
    )
    return replace(prices, dropped=(*prices.dropped, line))


def _sha256(*frames: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update("\n".join(map(str, frame.columns)).encode())
        digest.update(frame.index.to_numpy().astype("datetime64[D]").tobytes())
        digest.update(frame.to_numpy(dtype=float).tobytes())
    return digest.hexdigest()
