"""Rates and yields from the data portal of the European Central Bank."""

from __future__ import annotations

import csv
import io
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise

from eventstudy.errors import needs_extra
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.sources.answers import judging_requests
from eventstudy.prices.sources.cache import PriceCache, default_cache
from eventstudy.prices.sources.downloads import (
    Delivered,
    Download,
    Downloads,
    Progress,
    final_span,
    required_tickers,
)
from eventstudy.prices.sources.levels import ADJUSTMENT, REVISED, download_of, load_levels
from eventstudy.prices.sources.refusals import Service
from eventstudy.spec.study_spec import DEFAULTS

ECB = Service(
    "ecb", "the ECB", "series", "figures", "check the key on data.ecb.europa.eu, and the days"
)
TITLE = "European Central Bank"
ADDRESS = "https://data-api.ecb.europa.eu/service/data"
FIRST_DAY = date(1970, 1, 1)
DAY, VALUE, KEY, UNIT, POWER = "TIME_PERIOD", "OBS_VALUE", "KEY", "UNIT", "UNIT_MULT"
"""Columns of the answer."""
UNITS = {"PCPA": "per cent per annum", "PC": "per cent", "PCT": "per cent"}
"""The ECB's code of a unit → what it means."""

_ID = re.compile(r"[A-Z0-9_]{2,12}(\.[A-Z0-9_]+){2,20}")
_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_MISSING = ("", "NaN")


@dataclass(frozen=True, slots=True)
class EcbSource:
    """The ECB's data portal, the cache first; tickers are keys such as FM.D.U2.EUR.4F.KR.DFR.LEV.

    `progress` is called with a series, how many are done and how many there are. `address`, `sleep`
    and `now` can be replaced for tests.
    """

    calendar: str | None = DEFAULTS.calendar
    offline: bool = False
    progress: Progress | None = None
    cache: PriceCache = field(default_factory=default_cache)
    address: str = ADDRESS
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Levels of the series, both days included; at the latest yesterday's (UTC).

        A missing figure stays missing. Refusals are treated as those of Yahoo.

        Raises:
            InputError: No series are named, or requests is not installed.
            DataMissingError: The ECB has none of the series (offline: the cache).
            NetworkError: The ECB refuses and nothing is cached.
        """
        asked = required_tickers(tickers, ECB.key, "FM.D.U2.EUR.4F.KR.DFR.LEV")
        downloads = Downloads(
            ECB,
            partial(fetch_ecb, self.address),
            self.cache,
            self.offline,
            self.sleep,
            self.now,
            self.progress,
            adjustment=ADJUSTMENT,
            revised=REVISED,
        )
        span = final_span(start, end, FIRST_DAY, self.now())
        return load_levels(
            downloads, "European Central Bank", asked, span, self.calendar, _no_key, _units
        )


def fetch_ecb(address: str, ticker: str, start: date, end: date) -> Download:
    """One series of the ECB, `start` and `end` included.

    One attempt. A month is dated its first day.

    Args:
        address: Of the data service.
        ticker: The key of the series, with its data set.
        start: First day.
        end: Last day.

    Raises:
        InputError: requests is not installed.
        DataMissingError: The ECB has no such series, or no figure on these days.
        NetworkError: The ECB cannot be reached, refuses, or its answer is not understood.
    """
    data_set, _, key = ticker.partition(".")
    asked = {"format": "csvdata", "startPeriod": f"{start}", "endPeriod": f"{end}"}
    with needs_extra("Source ecb", "rates"):
        session = judging_requests(ECB, ticker, lambda _: None)
    with session:
        body = session.get(f"{address}/{data_set}/{key}", params=asked).content
    if not body.strip():
        raise ECB.no_data(ticker, start, end)
    return _download(ticker, body.decode("utf-8-sig", "replace"), (start, end))


def _download(ticker: str, text: str, span: tuple[date, date]) -> Download:
    """The figures of an answer in the span."""
    rows = csv.DictReader(io.StringIO(text))
    try:
        if {DAY, VALUE, KEY} - {*(rows.fieldnames or ())}:
            raise ECB.not_understood(ticker, "it is a page, not figures")
        held = [(*_observation(ticker, row), _unit(row)) for row in rows]
    except csv.Error:
        raise ECB.not_understood(ticker, "it is not a table") from None
    if any(first[0] >= second[0] for first, second in pairwise(held)):
        raise ECB.not_understood(ticker, "its days are not in order")
    return download_of(
        [(day, level) for day, level, _ in held if span[0] <= day <= span[1]],
        ", ".join(sorted({unit for _, _, unit in held} - {""})),
    )


def _observation(ticker: str, row: dict[str, str]) -> tuple[date, float]:
    """The day of a row, and its figure."""
    day, value = row[DAY] or "", row[VALUE] or ""
    if row[KEY] != ticker:
        raise ECB.not_understood(ticker, f"it is for {str(row[KEY])[:40]!r}")
    try:
        on = date.fromisoformat(day if len(day) > len("2025-01") else f"{day}-01")
    except ValueError:
        on = None
    if on is None or not _DAY.fullmatch(day):
        raise ECB.not_understood(ticker, f"it has the period {day[:40]!r}, not a day or month")
    try:
        figure = math.nan if value in _MISSING else float(value)
    except ValueError:
        figure = math.inf
    if math.isinf(figure):
        raise ECB.not_understood(ticker, f"it has the figure {value[:40]!r}")
    return on, figure


def _unit(row: dict[str, str]) -> str:
    """The unit of a row: "PCPA (per cent per annum)"; empty where it does not say."""
    code, power = row.get(UNIT) or "", row.get(POWER) or "0"
    means = f" ({UNITS[code]})" if code in UNITS else ""
    times = f" × 10^{power}" if power not in ("0", "") else ""
    return f"{code[:20]}{means}{times[:10]}"


def _no_key(ticker: str) -> str:
    """Why a name cannot be the key of one series; empty where it can."""
    if _ID.fullmatch(ticker):
        return ""
    return (
        f"{ticker[:80]!r} cannot be a series of the ECB; write its whole key, data set first, such "
        "as FM.D.U2.EUR.4F.KR.DFR.LEV"
    )


def _units(found: Delivered) -> list[str]:
    """The units that the ECB states, series alike together."""
    stated: dict[str, list[str]] = {}
    for entry in found.entries:
        stated.setdefault(entry.unit or "not stated", []).append(entry.ticker)
    listed = [f"{' '.join(names)}: {unit}" for unit, names in stated.items()]
    return [f"Units: {'; '.join(listed)}"] if listed else []
