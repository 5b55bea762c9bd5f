"""How each layout is recognised in the first rows of a sheet, and which column is what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from eventstudy.prices.dialects.currency import CURRENCY
from eventstudy.prices.dialects.days import is_date
from eventstudy.prices.dialects.dialect import Dialect, Found, Series, Top
from eventstudy.prices.dialects.words import plain_head

MOST_PREAMBLE = 30
"""Rows that may stand above the row of names."""
MOST_NAMES = 2_000
"""Columns among which those of a table of rows are looked for."""

FIELDS = {
    "close": "close",
    "last": "close",
    "px_last": "close",
    "last_price": "close",
    "px_settle": "close",
    "settle": "close",
    "closing_price": "close",
    "price_close": "close",
    "adj_close": "adj_close",
    "adjclose": "adj_close",
    "adjusted": "adj_close",
    "tot_return_index_gross_dvds": "adj_close",
    **dict.fromkeys(("day_to_day_tot_return_gross_dvds", "chg_pct_1d"), "percent"),
    **dict.fromkeys(
        (
            *("open", "high", "low", "volume", "dividends", "stock_splits", "capital_gains"),
            *("px_open", "px_high", "px_low", "px_volume", "repaired?", "vwap", "adj_open"),
            *("adj_high", "adj_low", "adj_volume"),
        ),
        "",
    ),
}
"""Names of fields where each ticker has several, and their roles; "" is not read, and "percent"
where there are prices."""

DATASTREAM_TYPES = {"RI": "adj_close", "P": "close", "PI": "close", "": "close"}
"""Datatype in brackets → its role; others, such as (MV), are no prices."""
DATASTREAM_REQUEST = ("start", "start_date", "end", "end_date", "frequency", "freq", "datatype")
"""Rows of what was asked for, which may stand above those of names and codes."""
DATASTREAM_SUFFIX = re.compile(r"[~#][A-Z0-9$£€]*$")
"""A currency or a way of filling behind a code: U:NVDA(P)~E, U:NVDA(RI)#T."""


@lru_cache(maxsize=2 * MOST_PREAMBLE)
def _plain_heads(row: tuple[str, ...]) -> tuple[str, ...]:
    """Of a row that many dialects look at."""
    return tuple(plain_head(cell) for cell in row)


def find_rows(top: Top, dialect: Dialect) -> Found | None:
    """A row for each day, or each day and ticker, under a row of names.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    for at, row in enumerate(top[:MOST_PREAMBLE]):
        names = _plain_heads(row[:MOST_NAMES])
        if not set(dialect.header) <= set(names) or set(dialect.without) & set(names):
            continue
        where = {name: column for column, name in reversed(list(enumerate(names)))}
        where |= {cell.strip(): column for column, cell in reversed(list(enumerate(row)))}
        roles = {
            role: next(where[name] for name in known if name in where)
            for role, known in {**dialect.roles, "currency": CURRENCY}.items()
            if any(name in where for name in known)
        }
        if dialect.refusal or (
            "date" in roles and roles.keys() & {"close", "adj_close", "returns"}
        ):
            return Found(
                head=at + 1,
                names=tuple(cell.strip() for cell in row),
                roles=roles,
                ids=tuple(where[name] for name in dialect.ids if name in where),
                benchmarks={
                    ticker: where[name]
                    for name, ticker in dialect.benchmarks.items()
                    if name in where
                },
            )
    return None


def find_columns_of(top: Top, dialect: Dialect) -> Found | None:
    """A column for each ticker, whose names all match the dialect's pattern.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    for at, row in enumerate(top[:MOST_PREAMBLE]):
        names = [cell.strip() for cell in row]
        date, others = plain_head(names[0]) if names else "", [name for name in names[1:] if name]
        if date not in dialect.header or not others:
            continue
        if all(re.fullmatch(dialect.pattern, name) for name in others):
            series = tuple(
                Series(dialect.ticker(name), "close", column, 0)
                for column, name in enumerate(names)
                if column and name
            )
            return Found(at + 1, tuple(names), series=series)
    return None


def find_fields(top: Top, dialect: Dialect) -> Found | None:
    """Two rows of names, one of fields and one of tickers, in either order, above the figures.

    Args:
        top: The first rows of the sheet; a third row that names the index belongs to the head.
        dialect: The one that is looked for.
    """
    if len(top) < 3:
        return None
    first, second = ([cell.strip() for cell in row] for row in top[:2])
    if is_date(second[0]) or any(re.fullmatch(r"[-+]?[\d.,]+", cell) for cell in (*first, *second)):
        return None
    first, second = _carried(first, second), _carried(second, first)
    for fields, tickers in ((first, second), (second, first)):
        inside = [at for at, cell in enumerate(fields) if plain_head(cell) in FIELDS and at]
        named = all(tickers[at] for at in inside)
        words = {plain_head(tickers[at]) for at in inside}  # LOW is a share too
        named = named and (not words <= FIELDS.keys() or len(words) == 1)
        if not inside or not named or len(inside) < sum(bool(cell) for cell in fields[1:]):
            continue
        series = tuple(
            Series(dialect.ticker(tickers[at]), role, at, 0)
            for at in inside
            if (role := FIELDS[plain_head(fields[at])])
        )
        index = top[2][0] and not is_date(top[2][0]) and not any(top[2][1:])
        names = tuple(
            f"{a} {b}".strip() if at else (top[2][0] if index else a or b)
            for at, (a, b) in enumerate(zip(fields, tickers, strict=True))
        )
        series = _priced(series)
        return Found(3 if index else 2, names, series=series) if series else None
    return None


def _priced(series: Sequence[Series]) -> tuple[Series, ...]:
    """The series of prices; where there is none, those of returns in per cent, to be asked for."""
    prices = tuple(each for each in series if each.role != "percent")
    return prices or tuple(replace(each, role="close") for each in series)


def _carried(row: list[str], other: list[str]) -> list[str]:
    """A row of names with those that span several columns, as in a workbook, in each of them."""
    filled = list(row)
    for at in range(2, len(row)):
        if not filled[at] and other[at] and filled[at - 1] and other[at - 1]:
            filled[at] = filled[at - 1]
    return filled


def find_prefixed(top: Top, dialect: Dialect) -> Found | None:
    """One row of names such as NVDA.Close and NVDA.Adjusted.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    names = [cell.strip() for cell in top[0]]
    parts = {at: name.rpartition(".") for at, name in enumerate(names) if "." in name}
    known = {at: each for at, each in parts.items() if plain_head(each[2]) in FIELDS}
    others = [at for at in range(len(names)) if at not in known]
    dates = [at for at in others if len(top) > 1 and is_date(top[1][at])]
    if len(known) < 2 or len(known) != len(parts) or len(dates) != 1 or len(others) > 2:
        return None
    series = tuple(
        Series(dialect.ticker(ticker), role, at, dates[0])
        for at, (ticker, _, name) in known.items()
        if (role := FIELDS[plain_head(name)])
    )
    return Found(1, tuple(names), series=series) if series else None


def find_blocks(top: Top, dialect: Dialect) -> Found | None:
    """Blocks side by side, each with a column of days: securities above "Date" and the field.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    for at in range(1, min(len(top), MOST_PREAMBLE)):
        dates = [column for column, cell in enumerate(top[at]) if cell.lower() in ("date", "dates")]
        above = [cell.strip() for cell in top[at - 1]]
        if not dates or not any(re.fullmatch(dialect.pattern, cell) for cell in above):
            continue
        series, owner, date = [], "", dates[0]
        for column, name in enumerate(map(plain_head, top[at])):
            owner = above[column] or owner
            date = column if column in dates else date
            if role := FIELDS.get(name, ""):
                series.append(Series(dialect.ticker(owner), role, column, date))
        heads = tuple(f"{a} {b.strip()}".strip() for a, b in zip(above, top[at], strict=True))
        return Found(at + 1, heads, series=_priced(series)) if series else None
    return None


def find_datastream(top: Top, dialect: Dialect) -> Found | None:
    """Rows of names, codes and currencies above the days, or columns of them before the days.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    asked = next(
        (i for i, row in enumerate(top) if plain_head(row[0]) not in DATASTREAM_REQUEST), 0
    )
    top = top[asked:]
    if not top or plain_head(top[0][0]) not in ("name", "code"):
        return None
    if not asked and sum(map(is_date, top[0])) > len(top[0]) // 2:
        return Found(0, (), transposed=True)
    rows = next((at for at, row in enumerate(top) if is_date(row[0])), None)
    return None if rows is None else _coded(top[:rows], asked + rows, dialect)


def _coded(heads: Sequence[tuple[str, ...]], rows: int, dialect: Dialect) -> Found | None:
    by_label = {plain_head(row[0]): [cell.strip() for cell in row] for row in heads}
    codes = by_label.get("code") or by_label["name"]
    bare = [DATASTREAM_SUFFIX.sub("", code) for code in codes]
    types = [re.search(r"\(([A-Z0-9]+)\)$", code) for code in bare]
    roles = [
        None if "#(" in code else DATASTREAM_TYPES.get(found[1] if found else "")
        for code, found in zip(bare, types, strict=True)
    ]
    names = by_label.get("name", codes)
    failed = [at for at in range(1, len(codes)) if "ERROR" in codes[at] or "ERROR" in names[at]]
    other = [at for at in range(1, len(codes)) if roles[at] is None and at not in failed]
    series = tuple(
        Series(dialect.ticker(bare[at]), role, at, 0)
        for at in range(1, len(codes))
        if (role := roles[at]) and codes[at] and at not in failed
    )
    dropped = (
        *(f"Column {at + 1} holds a vendor's error message and is left out." for at in failed),
        *(f"Column {codes[at]} holds no price and is left out." for at in other),
    )
    return Found(rows, tuple(codes), series=series, dropped=dropped) if series else None


def find_headless(top: Top, dialect: Dialect) -> Found | None:
    """Ticker, day and price without a row of names.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    del dialect
    first = top[:2]
    plain = all(
        len(row) == 3 and row[0] and is_date(row[1]) and re.fullmatch(r"-?[\d.,]+", row[2])
        for row in first
    )
    names = ("1 (ticker)", "2 (date)", "3 (close)")
    return Found(0, names, {"ticker": 0, "date": 1, "close": 2}) if first and plain else None


def find_request(top: Top, dialect: Dialect) -> Found | None:
    """EventStudyTools' list of events: nine cells, the fourth a day, windows after it.

    Args:
        top: The first rows of the sheet.
        dialect: The one that is looked for.
    """
    del dialect
    row = top[0] if top else ()
    fits = len(row) == 9 and is_date(row[3]) and re.fullmatch(r"-?\d+", row[5])
    return Found(0, row) if fits else None
