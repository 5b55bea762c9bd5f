"""The bundled sample: the DeepSeek study's prices and factors, packaged, no network."""

from __future__ import annotations

import hashlib
import lzma
from dataclasses import dataclass, replace
from importlib import resources

import pandas as pd

from eventstudy.files.csv_text import dated_table
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList

BENCHMARKS = ("^GSPC", "EW_EX_AI")
RETRIEVED = "2026-08"
"""The month of the newest of the downloads that the sample was compiled from."""
SAMPLE_CALENDAR = "XNYS"


@dataclass(frozen=True, slots=True)
class BundledSource:
    """The packaged sample, 2023-04-03 to 2025-06-30; see eventstudy/data/PROVENANCE.md."""

    calendar: str | None = SAMPLE_CALENDAR

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Prices of the tickers asked for (None: all), both days included, with factors.

        Raises:
            DataMissingError: None of the tickers, or no day, is in the sample.
        """
        packed = _packed("prices.csv.xz")
        rows = _table(packed)
        close, adjusted = (
            rows.pivot(index="date", columns="ticker", values=name)  # noqa: PD010
            for name in ("close", "adj_close")
        )
        prices = make_prices(
            close,
            adjusted,
            provenance=Provenance(
                name="bundled",
                description="the sample shipped with eventstudy",
                retrieved=RETRIEVED,
                sha256=hashlib.sha256(packed).hexdigest(),
                currency="USD",
                note=(
                    "Daily closes 2023-04-03 to 2025-06-30, median over several public downloads, "
                    "mostly copies of one vendor, checked against two others. Factors from the "
                    "data library of Kenneth R. French. Details: eventstudy/data/PROVENANCE.md."
                ),
            ),
            tickers=tickers,
            start=start,
            end=end,
            # The sample's days were checked against XNYS when it was compiled.
            calendar=None if self.calendar == SAMPLE_CALENDAR else self.calendar,
            benchmarks=BENCHMARKS,
            factors=_table(_packed("factors.csv.xz")).set_index("date"),
            why_absent=lambda name: (
                f"{name} is not in the bundled sample; use --source yahoo or a file"
            ),
        )
        return replace(prices, calendar=self.calendar)


def _packed(name: str) -> bytes:
    return (resources.files("eventstudy") / "data" / name).read_bytes()


def _table(packed: bytes) -> pd.DataFrame:
    return dated_table(lzma.decompress(packed))
