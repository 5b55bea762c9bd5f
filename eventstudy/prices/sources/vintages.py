"""The prices that a plan was made on, kept in the cache under the hash of their table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, InputError
from eventstudy.files.csv_text import csv_text, dated_table, unguarded
from eventstudy.files.formats import read_toml
from eventstudy.files.reading import shown_path
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.sources.cache import PriceCache, default_cache
from eventstudy.spec.study_spec import DEFAULTS

FACTOR = "factor "
"""How the name of a factor begins among the series."""
COLUMNS = ["date", "series", "close", "adj_close", "returns"]


def vintage_bytes(table: pd.DataFrame) -> bytes:
    """A table of prices as its hash is taken of it: CSV, every digit, sorted by series and day.

    Args:
        table: With the `COLUMNS`.
    """
    ordered = table[COLUMNS].sort_values(["series", "date"], kind="stable")
    return csv_text(ordered).encode()


def kept_table(sha256: str, cache: PriceCache | None = None) -> pd.DataFrame | None:
    """The table of that hash; None where the cache has none, or a damaged one.

    Args:
        sha256: Of its bytes.
        cache: The user's if None.
    """
    content = (cache or default_cache()).kept(sha256)
    if content is None or hashlib.sha256(content).hexdigest() != sha256:
        return None
    table = dated_table(content)[COLUMNS]
    return table.assign(series=table["series"].map(unguarded))


@dataclass(frozen=True, slots=True)
class VintageSource:
    """The prices of the estimation windows of a plan, as they were when it was made."""

    path: Path
    calendar: str | None = DEFAULTS.calendar
    cache: PriceCache = field(default_factory=default_cache)

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """The prices of the tickers asked for (None: all), both days included, with factors.

        Raises:
            InputError: The file is no plan.
            DataMissingError: The cache of this machine has not kept them.
        """
        name = shown_path(self.path)
        sha256 = _hash_in(self.path)
        table = kept_table(sha256, self.cache)
        if table is None:
            raise DataMissingError(
                f"The cache of this machine does not have the prices of {name} ({sha256[:12]}…); "
                "read them on the machine where the plan was made."
            )
        wide = {
            kind: table.pivot(index="date", columns="series", values=kind)  # noqa: PD010
            for kind in ("close", "adj_close", "returns")
        }
        factor = wide["close"].columns.str.startswith(FACTOR)
        factors = wide["close"].loc[:, factor].rename(columns=lambda n: n.removeprefix(FACTOR))
        returns = wide["returns"].loc[:, ~factor].dropna(axis=1, how="all")
        return make_prices(
            wide["close"].loc[:, ~factor],
            wide["adj_close"].loc[:, ~factor],
            provenance=Provenance(
                name="vintage",
                description=f"the prices with which {name} was made",
                sha256=sha256,
                note="They end with the estimation windows of the plan.",
            ),
            tickers=tickers,
            start=start,
            end=end,
            calendar=self.calendar,
            factors=factors if factors.shape[1] else None,
            returns=returns if returns.shape[1] else None,
            levels=bool(np.nanmin(wide["close"].loc[:, ~factor].to_numpy()) <= 0),
        )


def _hash_in(path: Path) -> str:
    content = read_toml(path, "plan.toml", "plan")
    vintage = content.get("vintage")
    sha256 = vintage.get("sha256") if isinstance(vintage, dict) else None
    if not isinstance(sha256, str):
        raise InputError(
            f"{shown_path(path)} is not a plan, so no prices were kept for it; give a file written "
            "by eventstudy plan, or a table of prices."
        )
    return sha256
