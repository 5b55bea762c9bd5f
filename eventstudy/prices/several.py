"""Prices from one or several sources together: for a ticker in several of them the first counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eventstudy.errors import InputError, say_some, some_names
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.checks.days import frequency_of
from eventstudy.prices.dialects.dialect import Reading
from eventstudy.prices.dialects.names import file_ticker
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import Day, TickerList, parse_tickers
from eventstudy.text.numbers import counted

MOST_LINES = 5
"""Sentences on how files were read."""
MOST_NAMED = 3
"""Files of one dialect that a sentence names."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one source says, and where it comes from."""

    reading: Reading
    origin: Provenance
    factors: pd.DataFrame | None = None
    unavailable: Mapping[str, str] | None = None
    levels: bool = False
    """Whether its figures are levels that are no prices."""


def part_of_sheet(sheet: Sheet, reading: Reading) -> Part:
    """A file, or a frame, as a part.

    Args:
        sheet: Names it.
        reading: What it says.
    """
    name = Path(sheet.name).name
    from_where = f"the file {name}" if sheet.sha256 else "the frame of prices"
    return Part(reading, Provenance(name, from_where, sha256=sheet.sha256, note=reading.note))


def part_of_prices(prices: Prices) -> Part:
    """Prices that a source has delivered, to be joined with others.

    Args:
        prices: The prices.
    """
    reading = Reading(
        prices.close,
        prices.adj_close,
        prices.returns,
        prices.benchmarks,
        dropped=prices.dropped,
        note=prices.provenance.note,
    )
    return Part(
        reading, prices.provenance, prices.factors, prices.unavailable, levels=prices.levels
    )


def joined_prices(
    parts: Sequence[Part],
    *,
    tickers: TickerList = None,
    start: Day = None,
    end: Day = None,
    calendar: str | None = None,
    levels: bool = False,
) -> Prices:
    """The prices of all parts.

    Args:
        parts: In the order in which they count.
        tickers: Those asked for; None for all.
        start: First day, included.
        end: Last day, included.
        calendar: The exchange whose sessions the rows are; None keeps the days of the parts.
        levels: Whether figures may be levels that are no prices; they may where a part says so.

    Raises:
        InputError: A day is given twice, a price is not positive, or the parts have rows of
            different frequency.
        DataMissingError: No ticker or no day is left.
    """
    _require_one_frequency(parts)
    wanted = parse_tickers(tickers)
    owners: dict[str, Part] = {}
    overlaps: dict[str, list[str]] = {}
    for part in parts:
        for ticker in part.reading.close.columns:
            first = owners.setdefault(str(ticker), part)
            if first is not part:
                overlaps.setdefault(first.origin.name, []).append(str(ticker))
    _require_the_named(owners, parts, wanted)
    kept = [
        (part.reading, [str(name) for name in part.reading.close if owners[str(name)] is part])
        for part in parts
    ]
    close = pd.concat([read.close[own] for read, own in kept], axis=1, sort=True)
    adjusted = pd.concat(
        [(read.close if read.adj_close is None else read.adj_close)[own] for read, own in kept],
        axis=1,
        sort=True,
    )
    returns = [
        read.returns[[name for name in own if name in read.returns]]
        for read, own in kept
        if read.returns is not None
    ]
    sentences = [
        f"{some_names(names)} {'is' if len(names) == 1 else 'are'} in several sources and taken "
        f"from {origin}."
        for origin, names in overlaps.items()
    ]
    unavailable: dict[str, str] = {}
    for part in parts:
        unavailable |= part.unavailable or {}
    return make_prices(
        close,
        adjusted,
        provenance=_origin([part.origin for part in parts]),
        tickers=tickers,
        start=start,
        end=end,
        calendar=calendar,
        benchmarks=list(dict.fromkeys(name for part in parts for name in part.reading.benchmarks)),
        factors=next((part.factors for part in parts if part.factors is not None), None),
        returns=pd.concat(returns, axis=1, sort=True) if returns else None,
        unavailable={name: why for name, why in unavailable.items() if name not in owners},
        dropped=(
            *_recognised(parts),
            *_supplied(owners, parts, wanted),
            *sentences,
            *_dropped(parts),
        ),
        levels=levels or any(part.levels for part in parts),
    )


def _require_the_named(
    owners: Mapping[str, Part], parts: Sequence[Part], asked: Sequence[str] | None
) -> None:
    """Refuse a file named by a ticker that it does not hold, where another source would give it."""
    for part in parts:
        ticker, name = file_ticker(part.origin.name), part.origin.name
        owner = owners.get(ticker)
        held = [str(column) for column in part.reading.close.columns]
        if owner is None or ticker in held or (asked is not None and ticker not in asked):
            continue
        raise InputError(
            f"{name} is named by {ticker} and read as prices of {some_names(held, MOST_NAMED)}; "
            f"{ticker} would come from {owner.origin.description}. If the file holds {ticker}, "
            "name its column of closes with --close-col (in Python close_col=); if not, rename it."
        )


def _supplied(
    owners: Mapping[str, Part], parts: Sequence[Part], asked: Sequence[str] | None
) -> tuple[str, ...]:
    """Which source gives which of the tickers, in one sentence."""
    if len(parts) == 1:
        return ()
    wanted = sorted(owners) if asked is None else [name for name in asked if name in owners]
    said = [
        f"{part.origin.description.removeprefix('the file ')} gives "
        + (some_names([name for name in wanted if owners[name] is part], MOST_NAMED) or "no ticker")
        for part in parts
    ]
    if (more := len(said) - MOST_LINES) > 0:
        said[MOST_LINES:] = [f"{counted(more, 'more source')} the others"]
    line = "; ".join(said)
    return (f"{line.replace('the', 'The', 1) if line.startswith('the ') else line}.",)


def _require_one_frequency(parts: Sequence[Part]) -> None:
    """Refuse weekly rows beside daily ones: their returns would nearly all be missing."""
    found = {frequency_of(_days(part)): part.origin.description for part in reversed(parts)}
    if len(found) > 1:
        each = ", ".join(f"{name} is {kind}" for kind, name in reversed(found.items()))
        raise InputError(
            f"{each[0].upper()}{each[1:]}; a study needs one frequency: give sources that share it."
        )


def _days(part: Part) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(part.reading.close.dropna(how="all").index).sort_values()


def _origin(origins: Sequence[Provenance]) -> Provenance:
    if len(origins) == 1:
        return origins[0]
    currencies = {origin.currency for origin in origins}
    return Provenance(
        name=some_names([origin.name for origin in origins], MOST_NAMED),
        description=some_names([origin.description for origin in origins], MOST_NAMED),
        retrieved=", ".join(dict.fromkeys(o.retrieved for o in origins if o.retrieved)),
        sha256=hashlib.sha256("".join(o.sha256 for o in origins).encode()).hexdigest(),
        note=" ".join(dict.fromkeys(o.note for o in origins if o.note)),
        currency=currencies.pop() if len(currencies) == 1 else "",
    )


def _recognised(parts: Sequence[Part]) -> tuple[str, ...]:
    """How the files were read, those of one dialect in one sentence."""
    files: dict[str, list[str]] = {}
    for part in parts:
        if part.reading.recognised:
            files.setdefault(part.reading.recognised, []).append(part.origin.name)
    if len(parts) == 1:
        return tuple(files)
    lines = [
        f"{some_names(names, MOST_NAMED)}: {line[0].lower()}{line[1:]}"
        for line, names in files.items()
    ]
    return say_some(lines, MOST_LINES)


def _dropped(parts: Sequence[Part]) -> tuple[str, ...]:
    if len(parts) == 1:
        return parts[0].reading.dropped
    return tuple(f"{p.origin.name}: {each}" for p in parts for each in p.reading.dropped)
