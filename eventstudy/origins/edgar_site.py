"""Requests to EDGAR: declared, slower than its limit, patient where it asks for patience.

Plain HTTPS through libcurl. The identity goes to the two hosts of the SEC in the header
User-Agent, as its rules of fair access ask for; no redirect is followed, so that it goes nowhere
else.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from eventstudy.errors import NetworkError
from eventstudy.origins.edgar_errors import (
    BusyEdgarError,
    edgar_cut_off,
    edgar_failed,
    edgar_limits,
    edgar_not_understood,
    edgar_refuses,
    edgar_unreachable,
)
from eventstudy.origins.edgar_records import ARCHIVE
from eventstudy.prices.sources.curl import BROKEN, NO_CONNECTION, Arrived

WWW, DATA = ARCHIVE, "https://data.sec.gov"
PER_SECOND = 8
"""Requests; the SEC allows ten a second for all of a person's programs."""
ATTEMPTS_AT_EDGAR = 4
FIRST_WAIT, MOST_WAIT = 2.0, 120.0
"""Seconds before the second attempt, doubled before each later one; and the most that is waited
once, whoever asks for it."""
SECONDS_FOR_AN_ANSWER = 30.0

_UNDECLARED, _TOO_FAST = b"Undeclared Automated Tool", b"Request Rate Threshold Exceeded"
_ABSENT = b"<Code>AccessDenied</Code>"
"""What the store behind the archive says, with status 403, of a file that it does not have."""
_HEAD = 4096
"""Bytes at the beginning of an answer that tell a page of refusal, which may have status 200."""


@dataclass(slots=True)
class EdgarSite:
    """EDGAR as one person asks it: `get` waits its turn.

    Args:
        identity: Name and e-mail address.
        archive: Address of the archive; another one for tests.
        data: Address of the data interface; another one for tests.
        sleep: What waits, in seconds.
        clock: Seconds.
    """

    identity: str
    archive: str = field(default_factory=lambda: WWW)
    data: str = field(default_factory=lambda: DATA)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _session: Any = None
    _next: float = -math.inf

    def get(self, address: str, what: str) -> bytes | None:
        """The content at an address; None where there is no such page.

        Args:
            address: In full.
            what: How a sentence calls it, such as "the list of companies".

        Raises:
            NetworkError: EDGAR cannot be reached or refuses, after a bounded wait where it limits
                the rate.
        """
        import tenacity

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS_AT_EDGAR),
            wait=_wait,
            retry=tenacity.retry_if_exception(_worth_waiting),
            sleep=self.sleep,
            reraise=True,
        )
        content: bytes | None = retrying(self._asked, address, what)
        return content

    def _asked(self, address: str, what: str) -> bytes | None:
        from curl_cffi.requests import Session

        pause = self._next - self.clock()
        if pause > 0:
            self.sleep(pause)
        self._next = max(self._next, self.clock()) + 1 / PER_SECOND
        if self._session is None:
            self._session = Session()
        body = Arrived()
        try:
            answer = self._session.get(
                address,
                headers={"User-Agent": self.identity, "Accept-Encoding": "gzip, deflate"},
                timeout=SECONDS_FOR_AN_ANSWER,
                allow_redirects=False,
                content_callback=body.take,
            )
        except OSError as error:  # what curl_cffi raises derives from it
            if body.too_large:
                raise edgar_not_understood(what, body.fault) from None
            raise _failed(error) from None
        return _judged(answer, bytes(body.content), what, self.identity)


def _judged(answer: Any, content: bytes, what: str, identity: str) -> bytes | None:
    status, head = int(answer.status_code), content[:_HEAD]
    wait = _seconds_asked(answer.headers.get("Retry-After"))
    too_fast = status in (403, 429) or _TOO_FAST in head
    if status == 200 and not too_fast:
        return content
    if status == 404 or _ABSENT in head:
        return None
    if status == 403 and _UNDECLARED in head and _TOO_FAST not in head:
        raise edgar_refuses(identity)
    if too_fast:
        raise edgar_limits(status, wait)
    if status >= 500:
        raise edgar_failed(status, wait)
    raise edgar_not_understood(what, f"it has the status {status}")


def _seconds_asked(header: str | None) -> float | None:
    """What Retry-After asks for: seconds, or the time of a date; None if nothing."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)


def _worth_waiting(error: BaseException) -> bool:
    return isinstance(error, BusyEdgarError) and (error.wait is None or error.wait <= MOST_WAIT)


def _wait(state: Any) -> float:
    error = state.outcome.exception()
    doubled = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), MOST_WAIT)
    return float(doubled if error.wait is None else error.wait)


def _failed(error: OSError) -> NetworkError:
    """What an error of the connection means; one that broke may hold the next time."""
    code = getattr(error, "code", None) or 0
    if code in BROKEN:
        return edgar_cut_off(BROKEN[code])
    return edgar_unreachable(NO_CONNECTION.get(code, "the connection failed"))
