"""What all parts of the evidence can do: say what they found in a few lines, and draw it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.text.brief import MOST_ROWS, Brief, Shown
from eventstudy.text.numbers import MISSING, percent, window_text
from eventstudy.text.table import PlainTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 0.05
"""Below it a p stands out."""


class EvidencePart(Shown):
    """A part of the evidence, as it prints itself."""

    __slots__ = ()

    def _brief(self) -> Brief:

        return brief_of(self)


class DrawnPart(EvidencePart):
    """A part of the evidence that has a picture."""

    __slots__ = ()

    def plot(self, ax: Any = None, *, ink: str = "colour") -> Figure:
        """The chart of its page in a figure of its own, or in `ax`: axes, one a panel.

        Raises InputError where there is nothing to draw or the axes are not as many.
        """
        return self._plot(ax, ink)

    def _plot(self, ax: Any, ink: str, **chosen: Any) -> Figure:
        from eventstudy.report.plots.evidence import plot_part

        return plot_part(self, ax, ink, **chosen)


class ChosenPart(DrawnPart):
    """A part that has a picture for each entity and window."""

    __slots__ = ()

    def plot(  # type: ignore[override]
        self,
        entity: str | None = None,
        window: tuple[int, int] | None = None,
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """The chart of an entity (key or name) and window, by default the first on day 0.

        Placebos have a panel for each kind that there is, a curve one for the estimates and one
        for the choices behind them: `ax` takes as many axes. Raises InputError for an entity or
        window that there is not, and where the axes are not as many.
        """
        return self._plot(ax, ink, entity=entity, window=window)


NONE = "Nothing was found"


@singledispatch
def brief_of(part: Any) -> Brief:
    """What a part of the evidence says of itself."""
    return Brief(type(part).__name__)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows that can be printed at most."""
    return [{str(k): v for k, v in row.items()} for row in table.head(MOST_ROWS).to_dict("records")]


def _listing(
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    count: int | None = None,
    *,
    words: tuple[int, ...] = (0,),
    more: str = "",
) -> PlainTable:
    shown = list(rows)
    return PlainTable.of(heads, shown, len(shown) if count is None else count, words, more=more)


def _window(start: int, end: int) -> str:
    return window_text((int(start), int(end)))


def _range(low: float, high: float) -> str:
    return _between(percent(low, unit=False), percent(high, unit=False))


def _between(low: str, high: str) -> str:
    return MISSING if MISSING in (low, high) else f"{low} to {high}"


def _reasons(table: pd.DataFrame, name: str, reason: str = "reason") -> list[str]:
    """Why figures are missing, each reason once with whom it concerns."""
    lost = table[table[reason].astype(str) != ""]
    return [
        f"{', '.join(dict.fromkeys(map(str, part[name])))}: {why}."
        for why, part in lost.groupby(reason, sort=False)
    ]


def _left_out(table: pd.DataFrame) -> list[str]:
    return [f"Left out: {why}." for why in dict.fromkeys(table["reason"])]
