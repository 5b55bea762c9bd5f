"""Tickers from vendors' names of assets, and from the names of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from eventstudy.files.tables.kinds import KINDS
from eventstudy.files.tables.packed import PACKINGS

INDICES: Mapping[str, tuple[str, ...]] = {
    "^GSPC": ("SPX", "SP500", "S&PCOMP", "INX", "SPRTRN"),
    "^IXIC": ("CCMP", "NASCOMP", "NASDAQCOM", "NDQ"),
    "^NDX": ("NASA100", "NASDAQ100"),
    "^DJI": ("INDU", "DJINDUS", "DJIA"),
    "^RUT": ("RTY", "FRUSSL2"),
    "^VIX": ("CBOEVIX", "VIXCLS"),
    "^SOX": (),
    "^FTSE": ("UKX", "FTSE100"),
    "^GDAXI": ("DAX", "DAXINDX"),
    "^STOXX50E": ("SX5E", "DJES50I"),
    "^N225": ("NKY", "JAPDOWA", "NKX"),
    "^HSI": ("HNGKNGI",),
}
"""Index → what vendors call it besides."""

_INDEX = {
    spelling: name
    for name, others in INDICES.items()
    for spelling in (name.removeprefix("^"), *others)
}
FILE_NAME = re.compile(
    r"(?P<ticker>\^?[A-Z]{1,5}(?:[-.][A-Z])?)(?:_\d{4}.*)?|"
    r"(?P<index>\^[a-z0-9]{2,7})(?:_d)?|"
    r"(?P<lower>[a-z]{1,5}(?:-[a-z])?)[._]us(?:_d)?|"
    r"(?:.*_)?(?:NASDAQ|NYSE|AMEX|BATS|ARCA)(?:_DLY)?_(?P<listed>[A-Z]{1,5}(?:\.[A-Z])?), 1D.*"
)
LONGEST_SHARE = 4
"""Letters of a name that may be a share as well as an index, such as INDU."""
NO_TICKERS = {"DATA", "PRICE", "CLOSE", "STOCK", "INDEX", "TABLE", "CSV", "DAILY", "HIST"}
"""Words that name a file and no ticker."""
SUFFIXES = {*PACKINGS, ".zip", *(suffix for kind in KINDS.values() for suffix in kind.suffixes)}
"""Of files whose kind can be read, packed ones too."""


def index_ticker(name: str) -> str | None:
    """The ticker of an index by a vendor's name of it; None where it is not known.

    Args:
        name: Such as SPX, ^SPX, .SPX or S&PCOMP.
    """
    return _INDEX.get(name.strip().upper().lstrip("^."))


def bloomberg_ticker(name: str) -> str:
    """NVDA US Equity → NVDA, BRK/B US Equity → BRK-B, SPX Index → ^GSPC."""
    found = re.fullmatch(r"(\S+)(?: [A-Z0-9]{2})? (Equity|Index|Curncy|Comdty)", name.strip(), re.I)
    if found is None:
        return name
    if found[2].lower() == "index":
        return index_ticker(found[1]) or found[1]
    return found[1].replace("/", "-")


def datastream_ticker(name: str) -> str:
    """U:NVDA(RI) → NVDA, @AMD(RI) → AMD, S&PCOMP(PI) → ^GSPC."""
    bare = re.sub(r"\([A-Z0-9]+\)$", "", name.strip())
    return index_ticker(bare) or re.sub(r"^([A-Z]{1,2}:|@)", "", bare)


def refinitiv_ticker(name: str) -> str:
    """NVDA.O → NVDA, .SPX → ^GSPC; names of other exchanges stay."""
    text = name.strip()
    if text.startswith("."):
        return index_ticker(text) or text
    return re.sub(r"\.(O|OQ|N|K|P|A)$", "", text)


def stooq_ticker(name: str) -> str:
    """NVDA.US → NVDA, ^SPX → ^GSPC; names of other exchanges stay."""
    text = name.strip().upper()
    if text.startswith("^"):
        return index_ticker(text) or text
    return text.removesuffix(".US")


def quantmod_ticker(name: str) -> str:
    """GSPC, which quantmod makes of ^GSPC, back to it; other names stay."""
    return f"^{name}" if f"^{name}" in INDICES else name


def named_index(name: str) -> str:
    """SP500 → ^GSPC; names that are no index or could be a share stay."""
    return (index_ticker(name) if len(name) > LONGEST_SHARE else None) or name


def file_ticker(path: str) -> str:
    """The ticker that a file's name plainly is, such as NVDA.csv, nvda.us.txt or ^spx_d.csv.

    Args:
        path: The file; suffixes do not count.
    """
    stem = Path(path).name
    while (suffix := Path(stem).suffix.lower()) in SUFFIXES:
        stem = stem[: -len(suffix)]
    found = FILE_NAME.fullmatch(re.sub(r" \(\d+\)$", "", stem))
    if found is None or stem in NO_TICKERS:
        return ""
    if found["index"]:
        return index_ticker(found["index"]) or ""
    ticker = found["ticker"] or found["listed"] or found["lower"].upper()
    if ticker in NO_TICKERS:
        return ""
    return (index_ticker(ticker) or ticker) if ticker.startswith("^") else ticker
