"""Tables with a column for each ticker, or for each field of each ticker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools
from eventstudy.errors import InputError, quoted
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.body import body_of, require_once, say_recognised
from eventstudy.prices.dialects.cells import (
    Findings,
    figures,
    has_decimal_commas,
    note_no_prices,
    texts_of,
    undressed,
)
from eventstudy.prices.dialects.columns import require_one_case
from eventstudy.prices.dialects.days import read_days
from eventstudy.prices.dialects.dialect import Dialect, FileOptions, Found, Reading
from eventstudy.prices.dialects.values import (
    AS_THEY_ARE,
    checked_returns,
    in_decimals,
    index_of,
    note_no_returns,
    require_kind,
    returns_note,
)

ROLES = ("close", "adj_close")


def read_series(
    cells: pd.DataFrame, found: Found, dialect: Dialect, asked: FileOptions, sheet: Sheet
) -> Reading:
    """What a table of columns says.

    Args:
        cells: Those below the rows of names.
        found: The series and their columns.
        dialect: How the vendor writes.
        asked: What the user says.
        sheet: Names the file.

    Raises:
        InputError: Wrong cells, all named at once, or what cannot be told without guessing.
    """
    _require_one_each(found, sheet.name)
    body, said = body_of(cells, found.series[0].date, dialect)
    comma = has_decimal_commas([body[each.column] for each in found.series], sheet.name)
    blocks = [
        _read_block(body, date, found, dialect, asked, sheet, comma=comma)
        for date in dict.fromkeys(each.date for each in found.series)
    ]
    prices = {role: _joined([block.frames[role] for block in blocks]) for role in ROLES}
    close, adjusted = (
        pd.DataFrame(
            {t: prices[first if t in prices[first] else other][t] for t in _tickers(found)}
        )
        for first, other in (ROLES, ROLES[::-1])
    )
    line = say_recognised(dialect, found, asked, next((b.dates for b in blocks if b.dates), ""), "")
    dropped = (*found.dropped, *said)
    if asked.values not in AS_THEY_ARE:
        returns = close.apply(lambda column: in_decimals(column.to_numpy(), asked.values))
        return Reading(
            index_of(returns),
            None,
            returns,
            (),
            line,
            dropped=(*dropped, *checked_returns(returns)),
            note=returns_note(asked.values),
        )
    stated = adjusted if prices["adj_close"].size else None
    note = "" if asked.values == "levels" else found.note
    return Reading(close, stated, recognised=line, dropped=dropped, note=note)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Series that share a column of days: days × tickers by role, and how dates were read."""

    frames: dict[str, pd.DataFrame]
    dates: str


def _read_block(
    body: pd.DataFrame,
    date: int,
    found: Found,
    dialect: Dialect,
    asked: FileOptions,
    sheet: Sheet,
    *,
    comma: bool,
) -> _Block:
    own = [each for each in found.series if each.date == date]
    rows = body[~_without_content(body, [date, *(each.column for each in own)])]
    findings = Findings(sheet.name, list(rows.index))
    days = read_days(
        rows[date],
        found.names[date],
        findings,
        sheet.name,
        dates=dialect.dates,
        dayfirst=asked.dayfirst,
        exchange=asked.calendar,
    )
    values = {
        each.column: figures(
            undressed(rows[each.column], comma=True) if comma else rows[each.column],
            found.names[each.column],
            findings,
        )
        for each in own
    }
    require_kind(np.column_stack(list(values.values())), asked.values, sheet.name)
    if asked.values in AS_THEY_ARE:
        for column, each in values.items():
            if asked.values != "levels":
                note_no_prices(each, found.names[column], findings)
    else:
        for column, each in values.items():
            note_no_returns(in_decimals(each, asked.values), found.names[column], findings)
    require_once(
        pd.DataFrame({"date": days.days}), ["date"], findings, lambda at: str(days.days[at])[:10]
    )
    findings.raise_if_any()
    index = pd.DatetimeIndex(days.days, name="date")
    return _Block(
        {
            role: pd.DataFrame(
                {s.ticker: values[s.column] for s in own if s.role == role}, index=index
            )
            for role in ROLES
        },
        days.said,
    )


def _without_content(body: pd.DataFrame, columns: list[int]) -> Bools:
    """Rows of a block that is shorter than another; most rows are out by their first cell."""
    empty: Bools = texts_of(body[columns[0]]) == ""
    if empty.any():
        empty[empty] = [
            not any(row)
            for row in zip(*(texts_of(body.loc[empty, at]) for at in columns), strict=True)
        ]
    return empty


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames, axis=1, sort=True)


def _tickers(found: Found) -> list[str]:
    return list(dict.fromkeys(each.ticker for each in found.series))


def _require_one_each(found: Found, file: str) -> None:
    """InputError where two columns are the same series, or tickers differ in case alone."""
    first: dict[tuple[str, str], str] = {}
    for each in found.series:
        name = found.names[each.column]
        known = first.setdefault((each.ticker, each.role), name)
        if known is not name:
            raise InputError(
                f"{file} has {quoted(known)} and {quoted(name)}, which are both {each.ticker}; "
                "delete or rename one."
            )
    require_one_case(_tickers(found), file)
