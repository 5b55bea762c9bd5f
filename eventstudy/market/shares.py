"""Shares outstanding, to turn a price move into dollars."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares outstanding of one company, on the split basis of the sample's closes.

    `as_of` is an ISO month or day, `source` the filing that states the figure, `note` what else
    matters: which classes are counted, what a depositary receipt stands for.
    """

    ticker: str
    shares: float
    as_of: str
    source: str
    note: str


@cache
def read_shares() -> Mapping[str, Shares]:
    """Shares outstanding by ticker, from the packaged list."""
    text = (resources.files("eventstudy") / "data" / "shares.toml").read_text("utf-8")
    return MappingProxyType(
        {
            ticker: Shares(
                ticker=ticker,
                shares=float(entry["shares"]),
                as_of=entry["as_of"],
                source=entry["source"],
                note=entry["note"],
            )
            for ticker, entry in tomllib.loads(text).items()
        }
    )
