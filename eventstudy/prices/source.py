"""The price sources by name, and the protocol that a source follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from eventstudy.prices.prices import Prices
    from eventstudy.prices.request import Day


FileLayout = Literal["auto", "long", "wide"]
"""How a price file is laid out; "auto" finds it from the columns."""

Values = Literal["auto", "prices", "returns", "percent", "growth", "log", "levels"]
"""What the figures of a file are: prices; returns in decimals or per cent; growth factors
1 + R; log returns; levels that are no prices, such as yields, beside which prices may stand.
"auto" takes them for prices and refuses those that plainly are none."""


class PriceSource(Protocol):
    """Anything that delivers prices for tickers and a span of days.

    `Prices.unavailable` lists each ticker that it cannot deliver, with the reason.
    """

    def load(self, tickers: Sequence[str] | None, start: Day, end: Day) -> Prices:
        """Prices of the tickers on the exchange's sessions.

        Args:
            tickers: Those asked for; None for all that the source has.
            start: First day, included; None for the source's first.
            end: Last day, included; None for the source's last.
        """
        ...


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A price source in the registry.

    The class at `place` is built with the field `calendar`, and with `offline` if the source uses
    the `network`. Such a source is asked only for the tickers and days that a study needs.
    """

    place: str
    network: bool = False
    calendar: str = ""
    """The calendar of its days, where it has one of its own."""
    cached: bool = True
    """Whether what comes by network is kept, with notes of its own."""
    dated: bool = False
    """Whether its field `days` takes the days on which tickers are asked for: they change hands."""

    def open(
        self,
        *,
        calendar: str | None,
        offline: bool,
        days: Mapping[str, Collection[date]] | None = None,
    ) -> PriceSource:
        """Load the module of the source and build it.

        Args:
            calendar: The exchange whose sessions the rows are; None keeps the source's days.
            offline: Whether a source that uses the network reads its cache only.
            days: The days on which tickers are asked for, which a `dated` source is told.
        """
        from importlib import import_module

        module, _, kind = self.place.rpartition(".")
        options: dict[str, Any] = {"offline": offline} if self.network else {}
        if self.dated and days:
            options["days"] = days
        source: PriceSource = getattr(import_module(module), kind)(calendar=calendar, **options)
        return source


_FOLDER = "eventstudy.prices.sources"
SOURCES: Mapping[str, NamedSource] = {
    "bundled": NamedSource(f"{_FOLDER}.bundled.BundledSource"),
    "yahoo": NamedSource(f"{_FOLDER}.yahoo.YahooSource", network=True),
    "fred": NamedSource(f"{_FOLDER}.fred.FredSource", network=True),
    "ecb": NamedSource(f"{_FOLDER}.ecb.EcbSource", network=True),
    "ccxt": NamedSource(f"{_FOLDER}.crypto.CcxtSource", network=True, calendar="24/7"),
    "wrds": NamedSource(
        f"{_FOLDER}.wrds.source.WrdsSource", network=True, cached=False, dated=True
    ),
}
"""The sources by name. A new one is a module in `sources` and a line here."""
