"""Asking a service for a file through requests: bounded in size and time, each refusal judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventstudy.errors import NetworkError
from eventstudy.prices.sources.refusals import LARGEST, Service, too_large
from eventstudy.prices.sources.retry import TIMEOUT, seconds

if TYPE_CHECKING:
    import requests

LONGEST = 12
"""An answer may take this many times the wait for its first byte."""
PART = 64 * 1024
UNKNOWN = (400, 404)
"""What services answer for a series that they do not have."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that came with status 200, in the form that pandas-datareader reads."""

    content: bytes
    status_code: int = 200


def judging_requests(
    service: Service, ticker: str, check: Callable[[bytes], None]
) -> requests.Session:
    """A session whose `get` returns a whole and sound answer, or raises what it means.

    Args:
        service: Who is asked.
        ticker: What for.
        check: Raises what is wrong with a body.
    """
    import requests

    class Judging(requests.Session):
        def get(  # type: ignore[override]  # only the body is asked for
            self, url: str | bytes, **options: Any
        ) -> Body:
            limits = {"timeout": seconds(TIMEOUT), "stream": True}
            try:
                with super().get(url, **{**options, **limits}) as response:
                    _judge(service, ticker, response.status_code)
                    body = _body_of(service, ticker, response)
            except requests.RequestException as error:
                raise broken_connection(service, ticker, error) from None
            check(body)
            return Body(body)

    return Judging()


def broken_connection(service: Service, ticker: str, error: BaseException) -> NetworkError:
    """What an error of requests means for a ticker, in words.

    Args:
        service: Who was asked.
        ticker: What for.
        error: What was raised.
    """
    from requests import exceptions
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, exceptions.ProxyError):
        return service.unreachable(ticker, "its proxy does not answer")
    if isinstance(error, exceptions.SSLError):
        return service.cut_off(ticker, "no secure connection")
    if isinstance(error, exceptions.Timeout):
        return service.cut_off(ticker, "it took too long")
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NewConnectionError):
        return service.unreachable(ticker, "no connection")
    if isinstance(error, (exceptions.ConnectionError, exceptions.ChunkedEncodingError)):
        return service.cut_off(ticker, "the connection broke")
    return service.cut_off(ticker, "the connection failed")


def _judge(service: Service, ticker: str, status: int) -> None:
    """Raise what a status means for a ticker; nothing for 200."""
    if status == 429:
        raise service.rate_limited(ticker)
    if status >= 500:
        raise service.server_failed(ticker, status)
    if status in UNKNOWN:
        raise service.unknown(ticker)
    if status != 200:
        raise service.not_understood(ticker, f"status {status}")


def _body_of(service: Service, ticker: str, response: requests.Response) -> bytes:
    """What arrives of an answer, unpacked, at most `LARGEST` bytes and in time."""
    body = bytearray()
    until = time.monotonic() + LONGEST * seconds(TIMEOUT)
    for part in response.iter_content(PART):
        body += part
        if len(body) > LARGEST:
            raise service.not_understood(ticker, too_large(LARGEST))
        if time.monotonic() > until:
            raise service.cut_off(ticker, "it took too long")
    return bytes(body)
