"""Frames of any library: pandas internally; polars, pyarrow, DuckDB and others as input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, needs_extra

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from eventstudy.files.tables.sheet import Sheet


DAY_COLUMNS = ("date", "datetime", "timestamp", "day", "time", "index", "caldt", "dlycaldt")
"""Names, in lower case and without blanks and bars, of the column that is the index of a wide
frame."""
TICKER_COLUMNS = ("ticker", "symbol", "tic", "permno", "ric", "instrument")
"""Names of the column that makes a frame a long one."""

MANY = 100
"""A frame with at least so many columns is wide."""


def is_frame(value: object) -> bool:
    """Whether a value is a frame that `as_pandas` takes.

    Args:
        value: Anything.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(value, pd.DataFrame):  # narwhals refuses names that are there twice
        return True
    native = _native(value)
    if isinstance(native, nw.Series):
        return False
    return native is not None or hasattr(value, "__arrow_c_stream__")


def as_pandas(frame: object, what: str) -> pd.DataFrame:
    """A frame of any library as one of pandas; one of pandas is given back as it is.

    Args:
        frame: A frame of pandas, polars (lazy too), pyarrow, DuckDB, Modin, or any that narwhals or
            Arrow's stream interface understands.
        what: What a sentence calls it, such as "returns".

    Raises:
        InputError: It is no frame.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    if not is_frame(frame):
        raise InputError(
            f"The {what} are a {type(frame).__name__}; give a DataFrame of pandas or polars, an "
            "Arrow table or a DuckDB relation."
        )
    native = _native(frame)
    if native is None:  # a stream of Arrow, which can be read once
        native = nw.from_arrow(frame, backend="pyarrow")
    if isinstance(native, nw.LazyFrame):
        native = native.collect(backend="pyarrow")
    if native.implementation.is_pandas_like():
        converted: pd.DataFrame = native.to_pandas()
        return converted
    table = native.to_arrow()
    # A long frame shares the columns' memory; a wide one is laid out by rows, as it will be read.
    long = table.num_columns < MANY
    plain: pd.DataFrame = table.to_pandas(date_as_object=False, split_blocks=long)
    return plain


def by_day(frame: object, what: str) -> pd.DataFrame:
    """A wide frame with its days as index: those of its column of days where it has one.

    A long frame, with a column of tickers, and one with an index of its own stay as they are.

    Args:
        frame: A frame of any library.
        what: What a sentence calls it.

    Raises:
        InputError: It is no frame.
    """
    import pandas as pd

    table = as_pandas(frame, what)
    if not isinstance(table.index, pd.RangeIndex) or isinstance(table.columns, pd.MultiIndex):
        return table
    plain = [plain_label(name) for name in table.columns]
    if set(plain) & set(TICKER_COLUMNS):
        return table
    place = next((plain.index(name) for name in DAY_COLUMNS if name in plain), None)
    return table if place is None else table.set_index(table.columns[place])


def sheet_of(frame: object, name: str) -> Sheet:
    """The cells of a frame before its columns have a meaning; levels of its index are columns.

    Args:
        frame: A frame of any library.
        name: What a sentence calls it, such as "The prices".

    Raises:
        InputError: It is no frame.
    """
    import pandas as pd

    from eventstudy.files.tables.sheet import Sheet

    table = as_pandas(frame, name.removeprefix("The ").lower())
    if not isinstance(table.index, pd.RangeIndex) or table.index.name is not None:
        table = table.reset_index()
    levels = range(table.columns.nlevels)
    headers = tuple(
        tuple(_shown(label) for label in table.columns.get_level_values(level)) for level in levels
    )
    cells = table.set_axis(range(table.shape[1]), axis=1)
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return Sheet(name, cells, headers, text=False)


def to_arrow(table: pd.DataFrame) -> pa.Table:
    """A table of a result as an Arrow table; levels of its index become columns.

    Args:
        table: Such as `result.car((-1, 1))`.
    """
    import pyarrow as pa

    return pa.Table.from_pandas(_flat(table), preserve_index=False, nthreads=1)


def to_polars(table: pd.DataFrame) -> pl.DataFrame:
    """A table of a result as a polars frame; levels of its index become columns.

    Args:
        table: Such as `result.car((-1, 1))`.

    Raises:
        InputError: polars is not installed.
    """
    with needs_extra("A table for polars", "polars"):
        import polars as pl
    converted = pl.from_arrow(to_arrow(table))
    assert isinstance(converted, pl.DataFrame)
    return converted


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table without an index that says something, its columns named by text."""
    import pandas as pd

    bare = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    flat = table if bare else table.reset_index()
    return flat.set_axis([_shown(name) for name in flat.columns], axis=1)


def _shown(label: Any) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " ".join(str(part) for part in parts if not _is_missing(part))


def _is_missing(label: Any) -> bool:
    return label is None or label != label


def plain_label(name: Any) -> str:
    """A name of a column in lower case, without blanks and bars."""
    return str(name).strip().lower().replace(" ", "").replace("_", "")


def _native(value: object) -> Any:
    """A frame or a series as narwhals holds it; None for anything else."""
    import narwhals as nw

    wrapped: Any = nw.from_native(value, pass_through=True, allow_series=True)
    return wrapped if isinstance(wrapped, (nw.DataFrame, nw.LazyFrame, nw.Series)) else None
