"""Why Yahoo delivers nothing, where it has reasons of its own."""

from __future__ import annotations

import re

from eventstudy.errors import DataMissingError
from eventstudy.prices.sources.refusals import Service

YAHOO = Service("yahoo", "Yahoo", instead=("--source bundled", "a file"))

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9.\-=&_^]{0,31}")


class DelistedError(DataMissingError):
    """Yahoo has no prices for the symbol any more, or never had."""


def no_symbol(ticker: str) -> str:
    """Why a name cannot be a ticker of Yahoo, which would be part of an address; else empty."""
    if _SYMBOL.fullmatch(ticker):
        return ""
    return (
        f"{ticker[:80]!r} cannot be a ticker of Yahoo; write it with letters, digits and "
        ". - ^ = & _, such as BRK-B or ^GSPC"
    )


def delisted(ticker: str) -> DelistedError:
    """Yahoo says this of names that are gone and of many that never were."""
    return DelistedError(
        f"Yahoo has no prices for {ticker}: it says that the symbol may be delisted; check the "
        "symbol, or take the prices from a file"
    )
