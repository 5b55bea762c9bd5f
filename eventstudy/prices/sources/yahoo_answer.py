"""What Yahoo's chart endpoint answers, read strictly before anything is made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eventstudy.prices.sources.yahoo_errors import YAHOO

MOST_ROWS = 100_000
"""Of one answer: a price a day for some hundred years has no more."""
MOST_CELLS = 20 * MOST_ROWS
"""Commas in an answer; beyond, it is not even parsed, which would take many times its size."""
LONGEST_SHOWN = 40

Stamp = Annotated[int, Field(strict=True, ge=-5_000_000_000, le=10_000_000_000)]
"""Seconds since 1970, of the years 1811 to 2286."""
Close = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Figure = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Meta(_Part):
    symbol: str = Field(max_length=64)
    granularity: Literal["1d"] = Field(alias="dataGranularity")
    currency: str | None = Field(None, pattern="^[A-Za-z]{0,6}$")
    zone: str = Field(alias="exchangeTimezoneName", max_length=64)


class _Quote(_Part):
    open: list[Figure | None] = Field([], max_length=MOST_ROWS)
    high: list[Figure | None] = Field([], max_length=MOST_ROWS)
    low: list[Figure | None] = Field([], max_length=MOST_ROWS)
    close: list[Close | None] = Field([], max_length=MOST_ROWS)
    volume: list[Figure | None] = Field([], max_length=MOST_ROWS)


class _Adjusted(_Part):
    adjclose: list[Figure | None] = Field([], max_length=MOST_ROWS)


class _Indicators(_Part):
    quote: list[_Quote] = Field(min_length=1, max_length=1)
    adjclose: list[_Adjusted] = Field([], max_length=1)


class _Result(_Part):
    meta: _Meta
    timestamp: list[Stamp] = Field([], max_length=MOST_ROWS)
    indicators: _Indicators


class _Chart(_Part):
    result: list[_Result] | None = Field(max_length=1)


class _Answer(_Part):
    chart: _Chart


_FAULTS = {
    "symbol": "it does not say which symbol it is for",
    "dataGranularity": "its prices are not daily ones",
    "currency": "its currency is not a currency code",
    "exchangeTimezoneName": "it does not say the exchange's time zone",
    "timestamp": "it has times that are not whole seconds since 1970",
    "close": "it has a close that is not a positive number",
    "adjclose": "it has an adjusted close that is not a number",
}
"""Field → what is said where it is wrong, in the order of the answer."""


def check_answer(ticker: str, body: bytes) -> None:
    """See that a body is daily prices of a ticker, or says in Yahoo's way that there are none.

    Args:
        ticker: What was asked for.
        body: What came with status 200, unpacked.

    Raises:
        NetworkError: It is anything else.
    """
    text = body.strip()
    if body.count(b",") > MOST_CELLS:
        raise YAHOO.not_understood(ticker, f"it has more than {MOST_CELLS:,} figures")
    try:
        answer = _Answer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid" and text.startswith(b"{"):
            raise YAHOO.cut_off(ticker, "it is incomplete") from None
        raise YAHOO.not_understood(ticker, _fault(first)) from None
    for result in answer.chart.result or ():
        if fault := _contradiction(ticker, result):
            raise YAHOO.not_understood(ticker, fault)


def _fault(first: Any) -> str:
    if first["type"] == "json_invalid":
        return "it is a web page, not prices"
    if first["type"] == "too_long" and first["loc"][-1] in ("timestamp", *_Quote.model_fields):
        return f"it has more than {MOST_ROWS:,} days"
    return next(
        (said for name, said in _FAULTS.items() if name in first["loc"][2:]),
        "it is not in Yahoo's price format",
    )


def _contradiction(ticker: str, result: _Result) -> str:
    """What in an answer of the right form cannot be; empty if nothing."""
    meta, stamps = result.meta, result.timestamp
    if _spelled(meta.symbol) != _spelled(ticker):
        return f"it is for {meta.symbol[:LONGEST_SHOWN]!r}"
    if not _is_zone(meta.zone):
        return f"the time zone {meta.zone[:LONGEST_SHOWN]!r} is unknown"
    quote, adjusted = result.indicators.quote[0], result.indicators.adjclose
    columns = [getattr(quote, name) for name in _Quote.model_fields]
    columns += [each.adjclose for each in adjusted]
    if any(len(column) not in (0, len(stamps)) for column in columns):
        return "it does not have as many prices as days"
    if stamps and not (quote.close and adjusted and adjusted[0].adjclose):
        return "it has days without closes"
    # The last day may come twice: as a day of the past and as that of the latest trade.
    earlier, later = stamps[:-1], stamps[1:]
    falls = any(a >= b for a, b in zip(earlier[:-1], later[:-1], strict=True))
    if falls or stamps[-1:] < earlier[-1:]:
        return "its days are not in order"
    return ""


def _spelled(symbol: str) -> str:
    """A symbol in one spelling: Yahoo writes BRK-B where others write brk.b."""
    return symbol.upper().replace(".", "-")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
