"""Types of arrays for signatures, and limits on the size of values.

Squares, products and cubes of values within the limits do not overflow a double.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Stamps = npt.NDArray[np.datetime64]
"""Days or moments."""

Array = TypeVar("Array", bound=npt.NDArray[Any])

LARGEST = 1e30
"""Returns and regressors beyond this, in absolute value, are wrong input."""

SMALLEST = 1e-30
"""A spread of returns or regressors below this counts as zero."""

SHOWN = 5


def product(first: Floats, second: Floats) -> Floats:
    """The product of arrays (..., I, J) and (..., J, K), the same on every processor.

    `@` sums in an order that depends on the processor's instructions, and with it the last digits.
    For the few columns of a model this takes microseconds per observation; larger products take
    several times as long as `@` on one thread.

    Args:
        first: (..., I, J).
        second: (..., J, K).
    """
    return np.asarray(np.einsum("...ij,...jk->...ik", first, second))


def in_long_doubles(function: np.ufunc, values: npt.ArrayLike) -> Floats:
    """A function such as np.log of doubles, the same on every processor of a kind.

    numpy's own for doubles depend, in the last digit, on the processor's instructions.

    Args:
        function: Of one argument.
        values: What it is of.
    """
    return np.asarray(function(np.asarray(values, dtype=np.longdouble)), dtype=np.float64)


def beyond_largest(values: Floats) -> Bools:
    """Which values are infinite or larger than LARGEST; missing ones are not."""
    return np.asarray(np.abs(values) > LARGEST)


def require_scale(table: pd.DataFrame, what: str) -> None:
    """Check that no value of a table is too large to compute with; missing values pass.

    Args:
        table: Sessions × columns.
        what: The word for a value in messages, such as "return".

    Raises:
        InputError: Values are beyond LARGEST; column and day of each are named.
    """
    values = table.to_numpy(dtype=np.float64)
    columns = np.flatnonzero(beyond_largest(values).any(axis=0))
    if not len(columns):
        return
    problems = []
    for column in columns[:SHOWN].tolist():
        row = int(beyond_largest(values[:, column]).argmax())
        value = values[row, column]
        size = "infinite" if np.isinf(value) else f"{value:g}"
        problems.append(
            f"The {what} of {table.columns[column]} on {str(table.index[row])[:10]} is {size}; "
            f"sizes up to {LARGEST:g} can be computed with: correct it or leave it empty."
        )
    if len(columns) > SHOWN:
        problems.append(f"{len(columns) - SHOWN} more columns have values beyond {LARGEST:g}.")
    raise InputError(problems)


def read_only(values: Array) -> Array:
    """A view that cannot be written to: ten million rows are not copied to be looked at.

    Args:
        values: Of any shape and kind.
    """
    view = values.view()
    view.flags.writeable = False
    return view
