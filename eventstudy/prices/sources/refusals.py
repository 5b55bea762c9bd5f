"""Why a service delivers nothing: one error for each reason, each with its own sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from eventstudy.errors import DataMissingError, NetworkError
from eventstudy.text.words import listed

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked; thirty years of prices have two million, the largest list of a
company's filings five."""


def too_large(most: int) -> str:
    """Why an answer was cut off.

    Args:
        most: Bytes that it may have.
    """
    return f"it is larger than {most // 1024**2:,} MB"


class RateLimitError(NetworkError):
    """The service asks to slow down; trying again later helps."""


class BrokenAnswerError(NetworkError):
    """A failure on the way or of the server, which may be over in a moment."""


class UnreachableError(NetworkError):
    """No connection at all: no other ticker needs to be tried."""


class UnknownTickerError(DataMissingError):
    """The service knows no such symbol."""


class NoDataInRangeError(DataMissingError):
    """The symbol is known, and has no figures on the days asked for."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service on the network, as its cache is named and as sentences speak of it.

    `key` names it in the cache, `name` in sentences; `thing` is what a ticker is called there,
    `figures` what it delivers, `check` how a name is put right and `instead` what else to use.
    """

    key: str
    name: str
    thing: str = "ticker"
    figures: str = "prices"
    check: str = "check the symbol"
    instead: tuple[str, ...] = ("a file",)

    def rate_limited(self, ticker: str) -> RateLimitError:
        """For status 429."""
        return RateLimitError(
            f"{self._begin} limits the rate of requests (at {ticker}). Wait some minutes and run "
            f"the same command again, {self._or_use}"
        )

    def server_failed(self, ticker: str, status: int) -> BrokenAnswerError:
        """For status 500 and above."""
        return BrokenAnswerError(
            f"{self._begin}'s server failed for {ticker} (status {status}). Try again later, "
            f"{self._or_use}"
        )

    def cut_off(self, ticker: str, how: str) -> BrokenAnswerError:
        """For a connection that broke, an answer that came half or too late."""
        return BrokenAnswerError(
            f"The answer of {self.name} for {ticker} did not arrive ({how}). Try again, "
            f"{self._or_use}"
        )

    def unreachable(self, ticker: str, how: str) -> UnreachableError:
        """For no network, no name server, a dead proxy."""
        others = listed([*self.instead[:-1], "--offline", self.instead[-1]], "or")
        return UnreachableError(
            f"{self._begin} cannot be reached for {ticker} ({how}). Check the connection, or use "
            f"{others}."
        )

    def not_understood(self, ticker: str, how: str) -> NetworkError:
        """For a page instead of data, such as the sign-in of a hotel's network."""
        return NetworkError(
            f"{self._begin}'s answer for {ticker} was not understood ({how}). Try again later, "
            f"{self._or_use}"
        )

    def unknown(self, ticker: str) -> UnknownTickerError:
        """For a symbol that was not found."""
        return UnknownTickerError(f"{self._begin} has no {self.thing} {ticker}; {self.check}")

    def no_data(self, ticker: str, start: date, end: date) -> NoDataInRangeError:
        """For a known symbol without a figure in the span."""
        return NoDataInRangeError(
            f"{self._begin} has {ticker} but no {self.figures} from {start} to {end}; ask for "
            "other days"
        )

    @property
    def _begin(self) -> str:
        return self.name[0].upper() + self.name[1:]

    @property
    def _or_use(self) -> str:
        return f"or use {listed(list(self.instead), 'or')}."
