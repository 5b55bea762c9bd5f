"""The statements that ask a database for the rows that a study needs, and for no others.

Names are quoted by SQLAlchemy and values are bound, so that no table, column or ticker is read as
SQL.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from eventstudy.prices.dialects.dialect import Dialect, Found

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.sql.elements import ColumnClause

    from eventstudy.prices.sources.sql.answers import ShortAnswer
    from eventstudy.prices.sources.sql.relation import Relation

MOST_BOUND = {"mssql": 2_000, "oracle": 1_000}
USUALLY_BOUND = 10_000
"""Values that a statement of a kind of database may bind."""
_KNOWN_TYPES = {
    *(16, 20, 21, 23, 700, 701, 1700),  # bool, integers, floats, numeric
    *(18, 19, 25, 1042, 1043, 2950),  # texts, uuid
    *(1082, 1114, 1184),  # date, timestamps
}
"""What PostgreSQL calls the types that its drivers read in lists, too."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?", re.ASCII | re.S)
_DIGITS = re.compile(r"\d{8}", re.ASCII)
_YEARS = (17000101, 22001231)


@dataclass(frozen=True, slots=True, eq=False)
class SqlColumns:
    """Which columns of a relation are read, and what the first rows say of their types.

    `found` counts the columns as they are asked for; those that are not read follow by name alone.
    """

    dialect: Dialect
    found: Found
    columns: tuple[str, ...]
    sample: tuple[tuple[Any, ...], ...]
    as_text: frozenset[str] = frozenset()
    """Columns of types that only their database knows."""

    @property
    def role(self) -> dict[str, str]:
        """The names of the columns by role."""
        return {role: self.columns[at] for role, at in self.found.roles.items()}

    def cells(self, name: str) -> list[Any]:
        """The cells of a column in the first rows, without gaps."""
        at = self.columns.index(name)
        return [row[at] for row in self.sample if row[at] is not None]


def columns_read(
    dialect: Dialect,
    found: Found,
    sample: Sequence[Sequence[Any]],
    asked: Sequence[str] | None,
    unknown: Collection[str] = (),
) -> SqlColumns:
    """The columns to read: of a wide table those of the tickers asked for.

    Args:
        dialect: The one that was recognised.
        found: Which of all columns is what.
        sample: The first rows, of all columns.
        asked: The tickers; None for all.
        unknown: Columns of types that the driver does not know.
    """
    series = tuple(each for each in found.series if asked is None or each.ticker in asked)
    needed = [
        *found.roles.values(),
        *found.ids,
        *found.benchmarks.values(),
        *(at for each in series for at in (each.date, each.column)),
    ]
    kept = list(dict.fromkeys(needed))
    where = {at: place for place, at in enumerate(kept)}
    others = [name for at, name in enumerate(found.names) if at not in where]
    names = [found.names[at] for at in kept]
    narrowed = replace(
        found,
        names=(*names, *others),
        roles={role: where[at] for role, at in found.roles.items()},
        ids=tuple(where[at] for at in found.ids),
        benchmarks={ticker: where[at] for ticker, at in found.benchmarks.items()},
        series=tuple(
            replace(each, column=where[each.column], date=where[each.date]) for each in series
        ),
    )
    rows = tuple(tuple(row[at] for at in kept) for row in sample)
    return SqlColumns(dialect, narrowed, tuple(names), rows, frozenset(unknown))


def unknown_types(answer: ShortAnswer, kind: str) -> list[str]:
    """Columns whose cells a driver does not read in lists, such as those of an enumeration.

    Args:
        answer: The first rows.
        kind: Of database, as SQLAlchemy calls it.
    """
    if kind != "postgresql":
        return []
    pairs = zip(answer.names, answer.types, strict=True)
    return [name for name, number in pairs if number not in _KNOWN_TYPES]


def first_rows(relation: Relation, count: int) -> Select[Any]:
    """All columns of the first rows that the database gives.

    Args:
        relation: The table or query.
        count: How many rows.
    """
    from sqlalchemy import literal_column, select

    return select(literal_column("*")).select_from(relation.rows).limit(count)


def all_names(relation: Relation, shape: SqlColumns) -> Select[Any]:
    """The names of all assets, each once.

    Args:
        relation: The table or query.
        shape: Its columns, one of which holds the names.
    """
    from sqlalchemy import select

    return select(_cells(shape, shape.role["ticker"])).distinct().select_from(relation.rows)


def groups(shape: SqlColumns, kind: str) -> bool:
    """Whether rows come as one for each asset, with lists of its cells: a tenth of the work.

    Args:
        shape: The columns.
        kind: Of database, as SQLAlchemy calls it.
    """
    return kind == "postgresql" and "ticker" in shape.found.roles


def needed_rows(
    relation: Relation,
    shape: SqlColumns,
    names: Sequence[str] | None,
    span: tuple[date | None, date | None],
    kind: str,
) -> Iterator[Select[Any]]:
    """The statements that give the rows of the names and days.

    Args:
        relation: The table or query.
        shape: Its columns.
        names: The assets as the database writes them; None for all.
        span: First and last day, included; None for the first or last that there is.
        kind: Of database, as SQLAlchemy calls it, which limits how many values are bound.
    """
    rows = _selected(shape, grouped=groups(shape, kind)).select_from(relation.rows)
    rows = rows.where(*_days(shape, span))
    if names is None or "ticker" not in shape.found.roles:
        yield rows
        return
    values = _like_the_cells(names, shape.cells(shape.role["ticker"]))
    most = MOST_BOUND.get(kind, USUALLY_BOUND)
    for start in range(0, len(values), most):
        yield rows.where(_of_assets(relation, shape, values[start : start + most]))


def _selected(shape: SqlColumns, *, grouped: bool) -> Select[Any]:
    """The columns; grouped by the asset, those beside it are lists in one order of rows."""
    from sqlalchemy import func, select

    if not grouped:
        return select(*(_cells(shape, name) for name in shape.columns))
    asset = _cells(shape, shape.role["ticker"])
    lists = (
        asset if name == shape.role["ticker"] else func.array_agg(_bare(_cells(shape, name)))
        for name in shape.columns
    )
    return select(*lists).group_by(asset)


def _bare(cells: ColumnElement[Any]) -> ColumnElement[Any]:
    """Cells of the type that a domain is made of: drivers know no lists of domains."""
    from sqlalchemy import func, null

    return func.coalesce(cells, null())


def _of_assets(relation: Relation, shape: SqlColumns, values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows with the names; where identifiers outlive names, all rows of those identifiers."""
    from sqlalchemy import select

    named = _cells(shape, shape.role["ticker"]).in_(values)
    if not shape.found.ids:
        return named
    asset = _column(shape.columns[shape.found.ids[0]])
    return asset.in_(select(asset).select_from(relation.rows).where(named))


def _days(shape: SqlColumns, span: tuple[date | None, date | None]) -> list[ColumnElement[bool]]:
    """Conditions on the day, in the type that the column has; none where it cannot be compared."""
    from sqlalchemy import and_, or_

    at = {shape.found.roles.get("date"), *(each.date for each in shape.found.series)} - {None}
    if len(at) != 1:
        return []
    name = shape.columns[next(each for each in at if each is not None)]
    column = _cells(shape, name)
    cells = shape.cells(name)
    first, last, beyond = _bounds(cells, *span)
    if shape.found.ids:
        last = beyond = None  # a name that an asset has later is its name
    conditions = [column >= first] if first is not None else []
    conditions += [column <= last] if last is not None else []
    conditions += [column < beyond] if beyond is not None else []
    if not conditions:
        return []
    return [or_(and_(*conditions), *_of_another_form(column, cells))]


def _of_another_form(column: ColumnElement[Any], cells: Sequence[Any]) -> list[ColumnElement[bool]]:
    """Days in another form than those of the first rows, which do not compare with these."""
    from sqlalchemy import not_

    if isinstance(cells[0], str):
        form = "_" * 8 if _DIGITS.fullmatch(cells[0].strip()) else "____-__-__%"
        return [not_(column.like(form))]
    if type(cells[0]) is int:
        return [not_(column.between(*_YEARS))]
    return []


def _bounds(cells: Sequence[Any], first: date | None, last: date | None) -> tuple[Any, Any, Any]:
    """The least value, the greatest one, and the least beyond it: one of the last two or none."""
    beyond = None if last is None else last + timedelta(days=1)
    kinds = set(map(type, cells))
    if kinds == {date}:
        return first, last, None
    if kinds == {datetime}:
        margin = timedelta(days=any(cell.tzinfo is not None for cell in cells))
        low, high = _midnight(first), _midnight(beyond)
        return low and low - margin, None, high and high + margin
    if kinds == {str}:
        texts = [cell.strip() for cell in cells]
        if all(map(_ISO.fullmatch, texts)):
            return first and f"{first}", None, beyond and f"{beyond}"
        if all(map(_DIGITS.fullmatch, texts)):
            return first and f"{first:%Y%m%d}", last and f"{last:%Y%m%d}", None
    if kinds == {int} and all(_YEARS[0] <= cell <= _YEARS[1] for cell in cells):
        return first and int(f"{first:%Y%m%d}"), last and int(f"{last:%Y%m%d}"), None
    return None, None, None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min)


def _like_the_cells(names: Sequence[str], cells: Sequence[Any]) -> list[Any]:
    """Names in the type of the column: numbers where it holds numbers, such as PERMNO."""
    if cells and all(isinstance(cell, (int, float, Decimal)) for cell in cells):
        return [int(name) for name in names if name.isascii() and name.isdigit()]
    return list(names)


def _cells(shape: SqlColumns, name: str) -> ColumnElement[Any]:
    """A column, as text where its type is known to its database alone."""
    from sqlalchemy import Text, cast

    return cast(_column(name), Text) if name in shape.as_text else _column(name)


def _column(name: str) -> ColumnClause[Any]:
    from sqlalchemy import column

    return column(name)
