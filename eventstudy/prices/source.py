"""Where prices come from: one protocol, and the function that picks the source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from eventstudy.prices.prices import Prices


Layout = Literal["auto", "long", "wide"]


class PriceSource(Protocol):
    """Anything that delivers prices for tickers and a span of days, both ends included.

    A ticker it cannot deliver stands in `Prices.unavailable` with the reason.
    """

    def load(
        self,
        tickers: Sequence[str] | None,
        start: str | date | None,
        end: str | date | None,
    ) -> Prices:
        """Prices of `tickers` (None: all that the source has) from `start` to `end`."""
        ...
