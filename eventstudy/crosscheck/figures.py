"""Figures in one long table, so that those of two programs can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

KEY = ["kind", "event_id", "name", "place", "window", "quantity"]
"""What tells a figure from the others.

kind is asset, portfolio or group; name the ticker or group; place counts the observations of one
event and ticker from 0; window is "start,end", empty for the fit.
"""
ASSET, PORTFOLIO, GROUP = "asset", "portfolio", "group"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one program."""

    kind: str
    event_id: str
    name: str
    place: int
    window: str
    quantity: str
    value: float
    scale: float = 0.0
    """What the figure is measured against where it is smaller, such as its standard error."""


def window_key(start: object, end: object) -> str:
    """A window as it stands in a key.

    Args:
        start: First relative session.
        end: Last relative session.
    """
    return f"{int(str(start))},{int(str(end))}"


def table_of_figures(figures: Iterable[Figure]) -> pd.DataFrame:
    """KEY, value, scale; one row a figure, the first of each key.

    Args:
        figures: Of one program.
    """
    columns = [*KEY, "value", "scale"]
    table = pd.DataFrame(
        [tuple(getattr(each, name) for name in columns) for each in figures], columns=columns
    )
    kinds = {**dict.fromkeys(KEY, "str"), "place": "int64", "value": "float64", "scale": "float64"}
    return table.astype(kinds).drop_duplicates(KEY, ignore_index=True)


def records_of(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """The rows of a table; none where there is no table.

    Args:
        table: With names of columns that are texts.
    """
    if table is None:
        return []
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
