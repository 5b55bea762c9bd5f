"""The session through which yfinance asks: bounded in size and time, and each answer judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from eventstudy.prices.sources.curl import BROKEN, NO_CONNECTION, Arrived
from eventstudy.prices.sources.retry import TIMEOUT, seconds
from eventstudy.prices.sources.yahoo_answer import check_answer
from eventstudy.prices.sources.yahoo_errors import YAHOO, delisted

CHART, EARNINGS = "/v8/finance/chart/", "/calendar/earnings"


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
            body = Arrived()
            bounds = {"timeout": seconds(TIMEOUT), "content_callback": body.take}
            try:
                answer = super().request(method, url, **{**options, **bounds})
            except OSError:
                if body.too_large:
                    raise YAHOO.not_understood(ticker or "this ticker", body.fault) from None
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
        return YAHOO.unreachable(ticker, NO_CONNECTION[code])
    return YAHOO.cut_off(ticker, BROKEN.get(code or 0, "the connection failed"))


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
        raise YAHOO.server_failed(ticker, status)
    if status not in (200, 429):
        raise YAHOO.not_understood(ticker, f"its page of earnings has the status {status}")


def _judge_chart(ticker: str, answer: Any) -> None:
    """Raise what an answer of the chart endpoint means; rate limits are left to yfinance."""
    status = answer.status_code
    if status >= 500:
        raise YAHOO.server_failed(ticker, status)
    if status == 404:
        raise (delisted if b"delisted" in answer.content else YAHOO.unknown)(ticker)
    if status == 200:
        check_answer(ticker, answer.content)
