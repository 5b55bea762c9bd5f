"""The session through which yfinance asks: bounded in size and time, and each answer judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from eventstudy.prices.sources.retry import TIMEOUT, seconds
from eventstudy.prices.sources.yahoo_answer import check_answer
from eventstudy.prices.sources.yahoo_errors import (
    cut_off,
    delisted,
    not_understood,
    server_failed,
    unknown,
    unreachable,
)

CHART, EARNINGS = "/v8/finance/chart/", "/calendar/earnings"
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked; thirty years of one ticker have one or two million."""
NO_CONNECTION = {5: "its proxy was not found", 6: "its address was not found", 7: "refused"}
"""libcurl's code → why there is no connection."""
BROKEN = {
    18: "it ended too early",
    28: "it took too long",
    35: "no secure connection",
    52: "it was empty",
    56: "the connection broke",
}
"""libcurl's code → why an answer did not arrive."""


@cache
def judging_session() -> Any:
    """A session like yfinance's own that judges every answer before yfinance does.

    yfinance remembers answers of past days, also those of a failing server, and takes a server's
    JSON error for a ticker without a time zone: such answers must not reach it.
    """
    from curl_cffi.requests import Session

    class Judging(Session):  # type: ignore[type-arg]
        def request(  # type: ignore[override]  # it hands on whatever it is given
            self, method: Any, url: str, **options: Any
        ) -> Any:
            ticker, judge = _judge_of(url)
            body = _Body()
            bounds = {"timeout": seconds(TIMEOUT), "content_callback": body.take}
            try:
                answer = super().request(method, url, **{**options, **bounds})
            except OSError:
                if body.too_large:
                    raise not_understood(ticker or "this ticker", body.fault) from None
                raise
            answer.content = bytes(body.content)
            if judge is not None:
                judge(ticker, answer)
            return answer

    return Judging(impersonate="chrome")


def failed_connection(ticker: str, error: OSError) -> Exception:
    """What an error of the connection means for a ticker, in words."""
    code = getattr(error, "code", None)
    if code in NO_CONNECTION:
        return unreachable(ticker, NO_CONNECTION[code])
    return cut_off(ticker, BROKEN.get(code or 0, "the connection failed"))


class _Body:
    """What has arrived of an answer, at most `LARGEST` bytes."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.too_large = False

    @property
    def fault(self) -> str:
        return f"it is larger than {LARGEST // 1024**2:,} MB"

    def take(self, part: bytes) -> int:
        """Keep a part, or tell curl to stop; bytes taken."""
        from curl_cffi.curl import CURL_WRITEFUNC_ERROR

        if len(self.content) + len(part) > LARGEST:
            self.too_large = True
            return int(CURL_WRITEFUNC_ERROR)
        self.content += part
        return len(part)


def _judge_of(url: str) -> tuple[str, Callable[[str, Any], None] | None]:
    """The ticker that an address is of, and what judges its answer."""
    parts = urlsplit(url)
    if CHART in parts.path:
        return unquote(parts.path.rpartition("/")[2]), _judge_chart
    if parts.path.endswith(EARNINGS):
        return parse_qs(parts.query).get("symbol", [""])[0], _judge_page
    return "", None


def _judge_page(ticker: str, answer: Any) -> None:
    """Raise where a page is none of earnings, which yfinance takes for one without dates."""
    status = answer.status_code
    if status >= 500:
        raise server_failed(ticker, status)
    if status not in (200, 429):
        raise not_understood(ticker, f"its page of earnings has the status {status}")


def _judge_chart(ticker: str, answer: Any) -> None:
    """Raise what an answer of the chart endpoint means; rate limits are left to yfinance."""
    status = answer.status_code
    if status >= 500:
        raise server_failed(ticker, status)
    if status == 404:
        raise (delisted if b"delisted" in answer.content else unknown)(ticker)
    if status == 200:
        check_answer(ticker, answer.content)
