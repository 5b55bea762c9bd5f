"""On PYTHONPATH: commands of the documentation run as they are printed, anywhere and quickly.

`yfinance.Ticker` answers from the packaged sample instead of the network; FRED, the ECB and Binance
answer with figures that are made up. Figures of a report are built and then saved empty, in their
size: setting their thousands of texts is four fifths of a run's time, and what they show is tested
where they are drawn.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import zlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


class Sample:
    """A ticker of the packaged sample, in the shape of Yahoo's answers."""

    def __init__(self, ticker: str, session: object = None) -> None:
        self.ticker = ticker

    def history(self, start: str, end: str, auto_adjust: bool, actions: bool) -> Any:
        """Daily prices from `start` to the day before `end`, times in New York."""
        import pandas as pd
        from yfinance.exceptions import YFTickerMissingError

        from eventstudy.prices.sources.bundled import BundledSource

        held = BundledSource().load(None, None, None)
        if self.ticker not in held.tickers:
            raise YFTickerMissingError(self.ticker, "not in the packaged sample")
        table = pd.DataFrame(
            {
                "Close": held.close[self.ticker],
                "Adj Close": held.adj_close[self.ticker],
                "Dividends": 0.0,
                "Stock Splits": 0.0,
            }
        )
        last = pd.Timestamp(end) - pd.Timedelta(days=1)
        return table.loc[pd.Timestamp(start) : last].tz_localize("America/New_York")


def with_sample(yfinance: Any) -> None:
    """Exchange the class that asks Yahoo."""
    yfinance.Ticker = Sample


def with_empty_files(figure: Any) -> None:
    """Save an empty figure of the same size in the place of each."""
    save = figure.Figure.savefig

    def savefig(self: Any, fname: Any, **options: Any) -> None:
        save(figure.Figure(figsize=self.get_size_inches()), fname, **options)

    figure.Figure.savefig = savefig


def with_made_up_rates(sessions: Any) -> None:
    """Answer for FRED and the ECB with yields that were never quoted, as their files are."""
    import io
    import math
    from datetime import date, timedelta

    head = {"fred": "observation_date,{}", "ecb": "KEY,TIME_PERIOD,OBS_VALUE,UNIT,UNIT_MULT"}
    line = {"fred": "{1},{2}", "ecb": "{0},{1},{2},PCPA,0"}

    def request(_: Any, method: str, url: str, params: Any = None, **__: Any) -> Any:
        service = "fred" if "fred.stlouisfed.org" in url else "ecb"
        assert service == "fred" or "data-api.ecb.europa.eu" in url, url
        path = url.partition("?id=" if service == "fred" else "/service/data/")[2]
        series = path.replace("/", ".")
        days = [date(2022, 1, 3) + timedelta(days=i) for i in range(1270)]
        levels = {day: 4 + math.sin(hash_of(f"{series}{day}")) / 20 for day in days}
        rows = [
            line[service].format(series, day, round(level, 2))
            for day, level in levels.items()
            if day.weekday() < 5
        ]
        answer = sessions.Response()
        answer.status_code = 200
        answer.raw = io.BytesIO("\n".join([head[service].format(series), *rows]).encode())
        return answer

    sessions.Session.request = request


def with_made_up_candles(ccxt: Any) -> None:
    """Answer for Binance with closes that were never paid: 2022-01-01 to 2025-06-30, UTC."""
    import math

    first, last, day = 1_640_995_200_000, 1_751_241_600_000, 86_400_000

    def fetch_ohlcv(_: Any, pair: str, step: str, since: int, limit: int) -> list[list[Any]]:
        assert step == "1d"
        stamps = range(max(since, first), last, day)[:limit]
        closes = [
            3000 * math.exp(math.sin(stamp / day / 90) + math.sin(hash_of(f"{pair}{stamp}")) / 60)
            for stamp in stamps
        ]
        return [
            [stamp, close, close, close, close, 1.0]
            for stamp, close in zip(stamps, closes, strict=True)
        ]

    ccxt.binance.load_markets = lambda _: {"BTC/USDT": {}}
    ccxt.binance.fetch_ohlcv = fetch_ohlcv


def hash_of(text: str) -> int:
    """The same on every run."""
    return zlib.crc32(text.encode())


CHANGES: dict[str, Callable[[Any], None]] = {
    "yfinance": with_sample,
    "requests.sessions": with_made_up_rates,
    "ccxt": with_made_up_candles,
    "matplotlib.figure": with_empty_files,
}
"""Module → what is changed in it once it is loaded."""


class Patched(importlib.abc.Loader):
    """A module as it is, then changed."""

    def __init__(self, loader: importlib.abc.Loader, change: Callable[[Any], None]) -> None:
        self.loader = loader
        self.change = change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The module that the real loader makes."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the real module, then change it."""
        self.loader.exec_module(module)
        self.change(module)


class Finder(importlib.abc.MetaPathFinder):
    """Stands before the usual finders and knows the modules to change."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module to change, with the loader that does; None for every other."""
        if fullname not in CHANGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = Patched(spec.loader, CHANGES[fullname])
        return spec


sys.meta_path.insert(0, Finder())
