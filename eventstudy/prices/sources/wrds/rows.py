"""From rows of CRSP's tables to prices and returns, by the rules for CRSP's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import some_names
from eventstudy.files.frames import sheet_of
from eventstudy.prices.checks.units import CODES
from eventstudy.prices.dialects.dialect import FileOptions, Reading
from eventstudy.prices.dialects.reading import read_prices
from eventstudy.prices.dialects.values import checked_returns, index_of
from eventstudy.prices.sources.wrds.tables import Tables
from eventstudy.text.numbers import counted

PERFORMANCE = frozenset({500, *range(520, 585)})
"""Delisting codes of legacy files for failing companies (Shumway 1997)."""
MOST_NAMED = 5
"""Securities that one sentence names."""
NO_REASON = "no code"


def read_securities(
    rows: pd.DataFrame, delistings: pd.DataFrame, tables: Tables
) -> tuple[Reading, tuple[str, ...]]:
    """Closes and returns by PERMNO, and what is to be said of them.

    Args:
        rows: Of `tables.rows`, sorted by PERMNO and day; at least one.
        delistings: Of `tables.delistings`. In legacy tables a delisting return is compounded with
            the return of the last day up to the delisting; v2's returns include it.
        tables: The layout.

    Raises:
        InputError: A price or a return is none, or two rows of one day differ.
    """
    legacy = "dlstcd" in delistings
    rows = rows.assign(permno=rows["permno"].astype(int))
    rows[tables.day] = pd.to_datetime(rows[tables.day])
    delistings = delistings.assign(permno=delistings["permno"].astype(int))
    table = _with_delistings(rows, delistings, tables.day) if legacy else rows
    own = ["permno", tables.day, tables.close, tables.returns]
    own += [name for name in ("cfacpr", "dlycumfacpr", "dlret") if name in table]
    reading = read_prices(sheet_of(table[own], tables.daily), FileOptions(ticker_col="permno"))
    said = _missing_delistings(delistings, rows) if len(delistings) else []
    said += _missing_returns(rows, tables)
    if not legacy:
        said += _flags(rows)
    return reading, (reading.recognised, *reading.dropped, *said)


def read_market(rows: pd.DataFrame, columns: Mapping[str, str]) -> Reading | None:
    """Returns of indices as prices that begin at 100; None where there are none.

    Args:
        rows: Of `Tables.market`.
        columns: Ticker → column.

    Raises:
        InputError: They are no returns in decimals.
    """
    days = pd.DatetimeIndex(pd.to_datetime(rows["day"]), name="date")
    returns = pd.DataFrame(
        {ticker: pd.to_numeric(rows[column]).to_numpy(float) for ticker, column in columns.items()},
        index=days,
    )
    known = returns.loc[:, returns.notna().any()]
    if known.empty:
        return None
    said = checked_returns(known)
    return Reading(index_of(known), None, known, tuple(known.columns), dropped=said)


def _with_delistings(rows: pd.DataFrame, delistings: pd.DataFrame, day: str) -> pd.DataFrame:
    """The rows with dlret on the last day of each security up to its delisting."""
    table = rows.reset_index(drop=True)
    known = delistings.assign(dlret=_numbers(delistings["dlret"])).dropna(subset="dlret")
    days = pd.DataFrame({"permno": table["permno"], "left_on": table[day], "row": table.index})
    last = pd.merge_asof(
        known.assign(left_on=pd.to_datetime(known["left_on"]).astype(table[day].dtype))
        .sort_values("left_on")
        .reset_index(drop=True),
        days.sort_values("left_on", kind="stable"),
        on="left_on",
        by="permno",
    ).dropna(subset="row")
    table["dlret"] = np.nan
    table.loc[last["row"].astype(int), "dlret"] = last["dlret"].to_numpy()
    return table


def _missing_delistings(delistings: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """Securities whose delisting return is missing, those that failed apart."""
    absent = delistings[_numbers(delistings["dlret"]).isna()]
    absent = absent[absent["permno"].isin(set(rows["permno"]))]
    if "dlstcd" not in delistings:
        each = [
            f"{permno} on {left:%Y-%m-%d} ({action or NO_REASON}, {reason or NO_REASON})"
            for permno, left, action, reason in zip(
                absent["permno"],
                pd.to_datetime(absent["left_on"]),
                absent["action"],
                absent["reason"],
                strict=True,
            )
        ]
        return [f"{_no_delisting_return(each)}."] if each else []
    codes = absent["dlstcd"].astype(int)
    lines = [
        f"{permno} on {left:%Y-%m-%d} (code {code})"
        for permno, left, code in zip(
            absent["permno"], pd.to_datetime(absent["left_on"]), codes, strict=True
        )
    ]
    failed = [line for line, code in zip(lines, codes, strict=True) if code in PERFORMANCE]
    others = [line for line, code in zip(lines, codes, strict=True) if code not in PERFORMANCE]
    said = []
    if failed:
        said.append(
            f"{_no_delisting_return(failed)}. These codes mark failing companies, whose missing "
            "delisting returns are large losses on average (Shumway 1997). Nothing is filled in, "
            "so the last return omits the loss."
        )
    if others:
        said.append(f"{_no_delisting_return(others)}.")
    return said


def _no_delisting_return(each: Sequence[str]) -> str:
    return f"No delisting return in CRSP: PERMNO {some_names(each, MOST_NAMED)}"


def _missing_returns(rows: pd.DataFrame, tables: Tables) -> list[str]:
    """How many returns CRSP leaves out, by its code where it gives one."""
    returns = rows[tables.returns]
    absent = _numbers(returns).isna()
    if not absent.any():
        return []
    codes = rows["dlyretmissflg"] if "dlyretmissflg" in rows else returns.astype(object)
    words = codes[absent].map(_code)
    counts = words.value_counts().sort_index()
    by_code = ", ".join(f"{code} {count}" for code, count in counts.items())
    return [
        f"{counted(int(absent.sum()), 'return')} missing in {tables.daily}, not filled in, by "
        f"CRSP's code: {by_code}."
    ]


def _code(cell: object) -> str:
    """Why a return is missing, as CRSP writes it."""
    text = "" if cell is None or cell != cell else str(cell).strip()
    return text or NO_REASON


def _numbers(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Returns as numbers; letters and the numbers that stand for a missing one are missing."""
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    return numbers.mask(numbers.isin(CODES))


def _flags(rows: pd.DataFrame) -> list[str]:
    """What v2 says of its closes and of the rows of delistings."""
    said = []
    averages = rows["dlyprcflg"].eq("BA")
    if averages.any():
        said.append(
            f"{counted(int(averages.sum()), 'close')} in dlyprc marked BA, the average of bid and "
            "ask."
        )
    last = rows[rows["dlydelflg"].eq("Y") & _numbers(rows["dlyret"]).notna()]
    if len(last):
        each = [
            f"{permno} on {day:%Y-%m-%d}"
            for permno, day in zip(last["permno"], last["dlycaldt"], strict=True)
        ]
        said.append(f"Delisting returns included in dlyret: {some_names(each, MOST_NAMED)}.")
    return said
