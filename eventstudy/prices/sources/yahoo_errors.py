"""Why Yahoo delivers nothing: one error for each reason, each with its own sentence."""

from __future__ import annotations

import re
from datetime import date

from eventstudy.errors import DataMissingError, NetworkError

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9.\-=&_^]{0,31}")
OTHERWISE = "or use --source bundled or a file."


class RateLimitError(NetworkError):
    """Yahoo asks to slow down; trying again later helps."""


class BrokenAnswerError(NetworkError):
    """A failure on the way or of the server, which may be over in a moment."""


class UnreachableError(NetworkError):
    """No connection at all: no other ticker needs to be tried."""


class UnknownTickerError(DataMissingError):
    """Yahoo knows no such symbol."""


class DelistedError(DataMissingError):
    """Yahoo has no prices for the symbol any more, or never had."""


class NoDataInRangeError(DataMissingError):
    """The symbol is listed, and has no prices on the days asked for."""


def rate_limited(ticker: str) -> RateLimitError:
    """For status 429."""
    return RateLimitError(
        f"Yahoo limits the rate of requests (at {ticker}). Wait some minutes and run the same "
        f"command, {OTHERWISE}"
    )


def server_failed(ticker: str, status: int) -> BrokenAnswerError:
    """For status 500 and above."""
    return BrokenAnswerError(
        f"Yahoo's server failed for {ticker} (status {status}). Try again later, {OTHERWISE}"
    )


def cut_off(ticker: str, how: str) -> BrokenAnswerError:
    """For a connection that broke, an answer that came half or too late."""
    return BrokenAnswerError(
        f"The answer of Yahoo for {ticker} did not arrive ({how}). Try again, {OTHERWISE}"
    )


def unreachable(ticker: str, how: str) -> UnreachableError:
    """For no network, no name server, a dead proxy."""
    return UnreachableError(
        f"Yahoo cannot be reached for {ticker} ({how}). Check the connection, or use "
        "--source bundled, --offline or a file."
    )


def not_understood(ticker: str, how: str) -> NetworkError:
    """For a page instead of data, such as the sign-in of a hotel's network."""
    return NetworkError(
        f"Yahoo's answer for {ticker} was not understood ({how}). Try again later, {OTHERWISE}"
    )


def no_symbol(ticker: str) -> str:
    """Why a name cannot be a ticker of Yahoo, which would be part of an address; else empty."""
    if _SYMBOL.fullmatch(ticker):
        return ""
    return (
        f"{ticker[:80]!r} cannot be a ticker of Yahoo; write it with letters, digits and "
        ". - ^ = & _, such as BRK-B or ^GSPC"
    )


def unknown(ticker: str) -> UnknownTickerError:
    """For a symbol that was not found."""
    return UnknownTickerError(f"Yahoo has no ticker {ticker}; check the symbol")


def delisted(ticker: str) -> DelistedError:
    """Yahoo says this of names that are gone and of many that never were."""
    return DelistedError(
        f"Yahoo has no prices for {ticker}: it says the symbol may be delisted; check the symbol, "
        "or take its prices from a file"
    )


def no_data(ticker: str, start: date, end: date) -> NoDataInRangeError:
    """For a listed symbol without a price in the span."""
    return NoDataInRangeError(
        f"Yahoo has {ticker} but no prices from {start} to {end}; ask for other days"
    )
