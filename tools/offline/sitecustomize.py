"""On PYTHONPATH: commands of the documentation run as they are printed, anywhere and quickly.

`yfinance.Ticker` answers from the packaged sample instead of the network. Figures are built and
then saved empty, in their size: setting their thousands of texts is four fifths of a run's time,
and what they show is tested where they are drawn.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
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


CHANGES: dict[str, Callable[[Any], None]] = {
    "yfinance": with_sample,
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
