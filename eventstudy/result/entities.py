"""What a study is about: an asset, or a group taken as one; and how many of them there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eventstudy.text.numbers import counted


@dataclass(frozen=True, slots=True)
class Entity:
    """An asset, or a group of several taken as a portfolio."""

    key: str
    name: str
    group: str
    portfolio: bool
    members: tuple[str, ...]


def is_index(ticker: str) -> bool:
    """Whether a ticker is of an index, which holds assets and is none: "^GSPC"."""
    return ticker.startswith("^")


def counted_assets(tickers: Iterable[str]) -> tuple[int, int]:
    """How many are assets and how many indices.

    Args:
        tickers: One an observation.
    """
    indices = [is_index(ticker) for ticker in tickers]
    return len(indices) - sum(indices), sum(indices)


def assets_text(tickers: Iterable[str]) -> str:
    """How many assets were studied, with indices counted apart: "25 assets and 3 indices".

    Args:
        tickers: One an observation.
    """
    assets, held = counted_assets(tickers)
    named = f"{held} {'index' if held == 1 else 'indices'}"
    if not held:
        return counted(assets, "asset")
    return f"{counted(assets, 'asset')} and {named}" if assets else named
