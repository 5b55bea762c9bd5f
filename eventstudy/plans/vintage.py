"""The prices that a plan was made on: their hashes, and what has changed since.

A price has up to three figures: the close, the adjusted close and the return that the source
states. Each series has a hash of each over its days, and a mark a day: the first digits of the
hash of the day's figures, so that a changed price is found without the price being in the plan.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.plans.model import DIGITS, SeriesHashes, Vintage
from eventstudy.prices.prices import Prices
from eventstudy.prices.sources.vintages import FACTOR
from eventstudy.result.planned import ChangedPrice

KINDS = ("close", "adj_close", "returns")
MISSING, UNUSED = "-" * DIGITS, "." * DIGITS
"""The mark of a day without a price, and of one that the plan does not use."""
_SAME = 1e-6
"""How far closes may be from one factor, relatively, to be the same up to it: vendors round."""


@dataclass(frozen=True, eq=False)
class Used:
    """The figures of each series on the days that a plan uses."""

    days: pd.DatetimeIndex
    """The rows of all series."""
    rows: Mapping[str, pd.DataFrame]
    """Series → close, adj_close and returns on the days that the plan uses it; NaN if missing."""

    @property
    def table(self) -> pd.DataFrame:
        """All of it, a row a series and day: date, series, close, adj_close, returns."""
        parts = [
            frame.rename_axis("date").reset_index().assign(series=name)
            for name, frame in self.rows.items()
        ]
        return pd.concat(parts, ignore_index=True)[["date", "series", *KINDS]]


def used_prices(prices: Prices, wanted: Mapping[str, pd.DatetimeIndex]) -> Used:
    """The figures of the series on the days wanted; what is not in the prices is missing.

    Args:
        prices: The prices.
        wanted: Series → days.
    """
    rows = {name: _figures(prices, name).reindex(days) for name, days in wanted.items()}
    days = pd.DatetimeIndex(sorted({day for each in wanted.values() for day in each}), name="date")
    return Used(days, rows)


def _figures(prices: Prices, name: str) -> pd.DataFrame:
    """The figures of one series on every row of the prices."""
    factors = prices.factors
    if name.startswith(FACTOR):
        key = name.removeprefix(FACTOR)
        column = factors[key] if factors is not None and key in factors else np.nan
        found = {"close": column, "adj_close": np.nan, "returns": np.nan}
    else:
        stated = prices.returns
        found = {
            "close": prices.close.get(name, np.nan),
            "adj_close": prices.adj_close.get(name, np.nan),
            "returns": stated[name] if stated is not None and name in stated else np.nan,
        }
    return pd.DataFrame(found, index=prices.sessions, columns=list(KINDS), dtype=np.float64)


def vintage_of(used: Used, prices_to: str, as_of: str, sha256: str) -> Vintage:
    """The hashes of the prices of a plan.

    Args:
        used: The prices.
        prices_to: The last day with a price, an ISO date.
        as_of: The last day that the source was asked for; empty where none was named.
        sha256: Of the table as it is kept.
    """
    names = _iso(used.days)
    series = tuple(_series(name, frame, used.days) for name, frame in used.rows.items())
    return Vintage(
        sha256=sha256, prices_to=prices_to, as_of=as_of, days=tuple(names), series=series
    )


def _series(name: str, frame: pd.DataFrame, days: pd.DatetimeIndex) -> SeriesHashes:
    hashes = {kind: _hash_of(frame[kind]) for kind in KINDS}
    if not frame["returns"].notna().any():
        hashes["returns"] = ""
    return SeriesHashes(name=name, **hashes, marks="".join(_marks(frame, days)))


def _hash_of(column: pd.Series[float]) -> str:
    known = column.dropna()
    lines = zip(_iso(known.index), known.tolist(), strict=True)
    return hashlib.sha256("".join(f"{day} {x!r}\n" for day, x in lines).encode()).hexdigest()


def _iso(days: pd.Index) -> list[str]:
    """Days as ISO dates."""
    dates: list[str] = days.to_numpy().astype("datetime64[D]").astype(str).tolist()
    return dates


def _marks(frame: pd.DataFrame, days: pd.DatetimeIndex) -> list[str]:
    """The mark of each day."""
    rows = zip(_iso(frame.index), frame.to_numpy(dtype=np.float64).tolist(), strict=True)
    known = {day: _mark(day, row) for day, row in rows}
    return [known.get(day, UNUSED) for day in _iso(days)]


def _mark(day: str, row: Sequence[float]) -> str:
    figures = ["" if math.isnan(x) else repr(x) for x in row]
    if not any(figures):
        return MISSING
    return hashlib.sha256(f"{day} {' '.join(figures)}".encode()).hexdigest()[:DIGITS]


def wanted_days(vintage: Vintage) -> dict[str, pd.DatetimeIndex]:
    """Series → the days on which a plan uses it.

    Args:
        vintage: Of the plan.
    """
    days = pd.DatetimeIndex(vintage.days, name="date").as_unit("ns")
    wanted = {}
    for series in vintage.series:
        used = [mark != UNUSED for mark in _split(series.marks)]
        wanted[series.name] = days[np.array(used, dtype=bool)]
    return wanted


def _split(marks: str) -> list[str]:
    return [marks[at : at + DIGITS] for at in range(0, len(marks), DIGITS)]


def changed_prices(
    vintage: Vintage, prices: Prices, kept: pd.DataFrame | None
) -> tuple[ChangedPrice, ...]:
    """The prices of a plan that are others now, one a series, day and figure.

    Args:
        vintage: Of the plan.
        prices: As they are now.
        kept: The table of the plan's prices, where the cache still has it; without it the figure
            that changed and what it was are not known.
    """
    now = used_prices(prices, wanted_days(vintage))
    before = {} if kept is None else dict(iter(kept.groupby("series")))
    changed: list[ChangedPrice] = []
    for series in vintage.series:
        fresh = now.rows[series.name]
        if _series(series.name, fresh, now.days) == series:
            continue
        old = before.get(series.name)
        old = None if old is None else old.set_index("date")[list(KINDS)]
        changed += _changes(series, fresh, now.days, old)
    return tuple(changed)


def _changes(
    series: SeriesHashes, fresh: pd.DataFrame, days: pd.DatetimeIndex, old: pd.DataFrame | None
) -> list[ChangedPrice]:
    """What changed of one series."""
    if old is not None:
        return _compared(series.name, old.reindex(fresh.index), fresh)
    pairs = zip(days, _split(series.marks), _marks(fresh, days), strict=True)
    others = [day for day, was, now in pairs if was != now]
    kinds = [kind for kind in KINDS if getattr(series, kind) != _hash_of_kind(fresh, kind)]
    what = " or ".join(kinds) if len(kinds) > 1 else kinds[0] if kinds else ""
    if not others:
        return [ChangedPrice(series.name, "", what)]
    new = fresh.reindex(others)
    return [
        ChangedPrice(
            series.name,
            f"{day:%Y-%m-%d}",
            what,
            None,
            _plain(float(new[kinds[0]][day])) if len(kinds) == 1 else None,
        )
        for day in others
    ]


def _hash_of_kind(frame: pd.DataFrame, kind: str) -> str:
    empty = kind == "returns" and not frame["returns"].notna().any()
    return "" if empty else _hash_of(frame[kind])


def _compared(name: str, old: pd.DataFrame, new: pd.DataFrame) -> list[ChangedPrice]:
    """Old and new figure of each price that changed."""
    found = []
    for kind in KINDS:
        was, now = (frame[kind].to_numpy(dtype=np.float64) for frame in (old, new))
        differs = ~((was == now) | (np.isnan(was) & np.isnan(now)))
        if kind != "returns" and differs.any() and (factor := _one_factor(was, now)):
            found.append(ChangedPrice(name, "", kind, None, None, factor))
            continue
        for at in np.flatnonzero(differs).tolist():
            day = f"{new.index[at]:%Y-%m-%d}"
            found.append(ChangedPrice(name, day, kind, _plain(was[at]), _plain(now[at])))
    return found


def _one_factor(was: Floats, now: Floats) -> float | None:
    """What all closes were multiplied by, where it is one factor: a later dividend or split."""
    if len(was) < 2 or not (np.isfinite(was) == np.isfinite(now)).all():
        return None
    ratio = (now / was)[np.isfinite(was)]
    if len(ratio) < 2 or not np.isfinite(ratio).all():
        return None
    same = np.abs(ratio / ratio[0] - 1).max() <= _SAME
    return float(ratio[0]) if same and abs(ratio[0] - 1) > _SAME else None


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
