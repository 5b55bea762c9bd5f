"""On PYTHONPATH: `yfinance.Ticker` answers from the packaged sample instead of the network.

So that a command of the documentation that downloads prices runs as it is printed, anywhere.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
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

        from eventstudy.market.bundled import BundledSource

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


class Patched(importlib.abc.Loader):
    """yfinance as it is, with one class exchanged."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self.loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The module that the real loader makes."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the real module, then exchange the class."""
        self.loader.exec_module(module)
        module.Ticker = Sample  # type: ignore[attr-defined]


class Finder(importlib.abc.MetaPathFinder):
    """Stands before the usual finders and knows one name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of yfinance with the patching loader; None for every other module."""
        if fullname != "yfinance":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = Patched(spec.loader)
        return spec


sys.meta_path.insert(0, Finder())
