"""The base classes of the evidence's parts, which print and draw themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.plotting import plotted_part
from eventstudy.result.entities import Entity
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.brief import MOST_ROWS, Shown
from eventstudy.text.numbers import between, percent, window_text
from eventstudy.text.table import PlainTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class EvidencePart(Shown):
    """A part of the evidence: frozen tables, the function that computes them, and their finding."""

    __slots__ = ()

    computed_by: ClassVar[str]
    """Module and function inside `eventstudy.evidence` that compute it from a case."""
    takes: ClassVar[tuple[str, ...]] = ()
    """Options of `gather_evidence` that this function takes as well."""
    in_short: ClassVar[str]
    """The table that results.json repeats."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader of the study should see."""
        return ()

    def tells_of(self, _lead: str, /) -> bool:
        """Whether it has figures for a page on the entity of this key."""
        return True


class DrawnPart(EvidencePart):
    """A part of the evidence with a chart."""

    __slots__ = ()

    def plot(self, ax: Any = None, *, ink: str = "colour") -> Figure:
        """The chart of its page in a figure of its own, or in `ax`.

        Args:
            ax: axes of matplotlib, one a panel.
            ink: "colour" or "grey".

        Raises:
            InputError: there is nothing to draw, or the axes are not as many as the panels.
        """
        return plotted_part(self, ax, ink)


class ChosenPart(DrawnPart):
    """A part with a chart for each entity and window, the rows of its summary."""

    __slots__ = ()

    summary: pd.DataFrame

    def plot(  # type: ignore[override]
        self,
        entity: str | None = None,
        window: tuple[int, int] | None = None,
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """The chart of an entity and window.

        Args:
            entity: key or name; the first if None.
            window: relative sessions, both ends included; day 0 if None.
            ax: axes of matplotlib, one a panel: placebos have one for each kind that there is, a
                curve one for the estimates and one for the choices behind them.
            ink: "colour" or "grey".

        Raises:
            InputError: no such entity or window, nothing to draw, or axes that are not as many as
                the panels.
        """
        return plotted_part(self, ax, ink, entity=entity, window=window)

    def chosen(self, entity: str | None, window: Any) -> pd.Series:
        """The summary's row of an entity, by key or name, and window; by default of day 0.

        Raises:
            InputError: there is no such row.
        """
        if self.summary.empty:
            raise InputError(f"There are no figures in this {type(self).__name__}.")
        keys, names = self.summary["entity"], self.summary["name"]
        if entity is None:
            entity = str(keys.iloc[0])
        mine = self.summary[(keys == entity) | (names == entity)]
        if mine.empty:
            known = [*dict.fromkeys(keys), *dict.fromkeys(names)]
            raise unknown_name("entity", str(entity), list(dict.fromkeys(known)))
        if window is None:
            day = mine[(mine["window_start"] == 0) & (mine["window_end"] == 0)]
            return (day if len(day) else mine).iloc[0]
        days = as_window(window)
        at = mine[(mine["window_start"] == days.start) & (mine["window_end"] == days.end)]
        if at.empty:
            there = ", ".join(dict.fromkeys(str(row_window(row)) for _, row in mine.iterrows()))
            raise InputError(
                f"There are no figures of {entity} over {days}; there are over {there}."
            )
        return at.iloc[0]


def row_window(row: Any) -> Window:
    """The window of a summary's row."""
    return Window(int(row["window_start"]), int(row["window_end"]))


def rows_at(table: pd.DataFrame, entity: str, window: Window) -> pd.DataFrame:
    """The rows of a table that are of an entity, by key, and window."""
    same = (table["window_start"] == window.start) & (table["window_end"] == window.end)
    return table[same & (table["entity"] == entity)].reset_index(drop=True)


def row_and_rows(
    summary: pd.DataFrame, rows: pd.DataFrame, entity: Entity, window: Window, none: str
) -> tuple[pd.Series, pd.DataFrame]:
    """The summary's row of an entity and window, and the rows behind it.

    Args:
        summary: one row an entity and window.
        rows: what the summary is of.
        entity: whose.
        window: over which sessions.
        none: how the error begins where there is none, such as "There is no curve".

    Raises:
        InputError: there is none.
    """
    own, behind = (rows_at(table, entity.key, window) for table in (summary, rows))
    if own.empty:
        raise InputError(f"{none} of {entity.name} over {window}.")
    return own.iloc[0], behind


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows that can be printed at most."""
    return [{str(k): v for k, v in row.items()} for row in table.head(MOST_ROWS).to_dict("records")]


def listing(
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    table: pd.DataFrame,
    more: str,
    words: tuple[int, ...] = (0,),
) -> PlainTable:
    """The first rows of a table in print; `more` is what the table is called."""
    return PlainTable.of(heads, list(rows), len(table), words, more=more)


def window_cell(row: dict[str, Any], start: str = "start", end: str = "end") -> str:
    """The window of a row in words, from its columns `start` and `end`."""
    return window_text((int(row[start]), int(row[end])))


def range_cell(low: float, high: float, digits: int = 2) -> str:
    """An interval of fractions in percent, without the unit."""
    return between(percent(low, digits, unit=False), percent(high, digits, unit=False))


def reasons(table: pd.DataFrame, name: str) -> list[str]:
    """Why figures are missing, each reason once with whom it concerns."""
    lost = table[table["reason"].astype(str) != ""]
    return [
        f"{', '.join(dict.fromkeys(map(str, part[name])))}: {why}."
        for why, part in lost.groupby("reason", sort=False)
    ]
