"""Currencies of listings: a hundredth is no other currency, for returns do not see it."""

from __future__ import annotations

from collections.abc import Iterable

HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ILA": "ILS", "ZAc": "ZAR"}
"""What exchanges quote in pence, agorot and cents: London, Tel Aviv, Johannesburg."""


def main_unit(currency: str) -> str:
    """GBP for GBp; any other as it is."""
    return HUNDREDTHS.get(currency, currency)


def common(currencies: Iterable[str]) -> str:
    """The one that all are written in, pounds where pence stand beside them; empty if unknown."""
    known = {currency for currency in currencies if currency}
    for written in (known, {main_unit(currency) for currency in known}):
        if len(written) == 1:
            return written.pop()
    return ""
