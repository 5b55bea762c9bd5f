"""Figures as they leave a result for a file or a drawing: with so many digits and no more.

The last of the 16 digits of a double depend on the processor and on how a library was built. What
a file holds does not: see "The same bytes" in docs/formats.md.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")

DIGITS = 12
"""Significant digits of a figure in a table, a document or a drawing."""

_WRITTEN = f".{DIGITS - 1}e"


def rounded(figures: T) -> T:
    """The same with each figure rounded to `DIGITS` significant digits; whole numbers stay.

    Args:
        figures: A figure, an array or table of figures, or a dict, list, tuple or dataclass of
            such. Anything else comes back as it is.
    """
    made: Any = _rounded(figures)
    return made  # type: ignore[no-any-return]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(format(value, _WRITTEN))
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_rounded, value))
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, pd.DataFrame):
        table = value.copy()
        for at, (_, column) in enumerate(value.items()):
            table.isetitem(at, _rounded(column))
        return table
    if isinstance(value, pd.Series):
        if not isinstance(value.dtype, np.dtype):
            return value
        return pd.Series(_array(value.to_numpy()), value.index, value.dtype, value.name)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _rounded(getattr(value, f.name)) for f in fields(value)})
    return value


def _array(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.dtype.kind not in "fO":
        return values
    each = values.ravel().tolist()
    made = np.empty_like(values)
    if values.dtype.kind == "f":
        made.ravel()[:] = [float(format(one, _WRITTEN)) for one in each]
    else:
        made.ravel()[:] = [_rounded(one) for one in each]
    return made
