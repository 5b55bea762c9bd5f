"""StudyResult: the outcome of a study, with its summary, plots and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import unknown_name
from eventstudy.files.frames import to_arrow, to_polars
from eventstudy.plotting import plotted
from eventstudy.result.record import StudyRecord
from eventstudy.text.brief import brief_text
from eventstudy.text.lines import first_lines
from eventstudy.text.measure import measured_in

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from matplotlib.figure import Figure


TABLES = (
    *("abnormal_returns", "returns", "car", "paths", "by", "aar", "caar", "averages"),
    *("tests", "compare", "detectable", "fits", "diagnostics", "exclusions", "alignments"),
    "left_out",
)
"""What a result hands out as tables of pandas, polars or Arrow."""


@dataclass(frozen=True, eq=False)
class StudyResult(StudyRecord):
    """The outcome of one study.

    Tables are indexed by (event_id, ticker). Returns are in decimals, days in sessions relative
    to day 0. A figure that does not exist is NaN beside the reason for it.
    """

    def plot_car(
        self, tickers: Sequence[str] | str | None = None, ax: Any = None, *, ink: str = "colour"
    ) -> Figure:
        """CAR day by day, one panel an asset or group, with pointwise and simultaneous bands.

        The figures are those of `paths`.

        Args:
            tickers: up to twelve assets or groups, which are portfolios; an asset with several
                events gets a panel for each. The groups of the event, else the first assets, if
                None.
            ax: axes of matplotlib to draw into, one a panel; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: a name is unknown, or there are too many paths.
        """
        return self._plotted("assets.plot_car", tickers, ax, ink)

    def plot_caar(self, by: str = "group", ax: Any = None, *, ink: str = "colour") -> Figure:
        """Mean CAR of each group over the event window, one line a group, named at its end.

        Shaded is each day's own interval: of a group of one asset or of the portfolio of assets on
        one date, which share the day's shocks, that of the placebo test, or of t without placebos;
        for several dates ± t(N − 1) times sd/√N across the observations. Of more than twelve
        groups the first twelve are drawn.

        Args:
            by: "group", or any other column of the observations: then sd/√N.
            ax: axes of matplotlib to draw into; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: there is no such column.
        """
        return self._plotted("groups.plot_caar", by, ax, ink)

    def plot_forest(
        self, window: tuple[int, int] = (0, 0), ax: Any = None, *, ink: str = "colour"
    ) -> Figure:
        """AR or CAR of every observation over a window, with its interval and p, by group.

        The figures are those of `car`. Of more than 45 observations the furthest from zero are
        drawn.

        Args:
            window: relative sessions, both ends included.
            ax: axes of matplotlib to draw into; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: the window leaves the estimated days, or there are more than 5,000
                observations.
        """
        return self._plotted("assets.plot_forest", window, ax, ink)

    def plot_heatmap(self, ax: Any = None, *, ink: str = "colour") -> Figure:
        """AR of every observation on every day of the event window, as coloured cells.

        The figures are those of `abnormal_returns`. Of more than 45 observations the furthest from
        zero on day 0 are drawn.

        Args:
            ax: axes of matplotlib to draw into; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: there are more than 5,000 observations.
        """
        return self._plotted("assets.plot_heatmap", ax, ink)

    def plot_placebo(
        self,
        ticker: str | tuple[Any, str],
        window: tuple[int, int] = (0, 0),
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """Where an asset or group stands among its own ordinary days, in standard errors.

        Args:
            ticker: an asset or a group; (event_id, ticker) where an asset has several events.
            window: relative sessions, both ends included.
            ax: axes of matplotlib to draw into; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: the name is unknown or not of one observation, or there are no placebos:
                above 1,000 observations they are made with placebo=True.
        """
        return self._plotted("assets.plot_placebo", ticker, window, ax, ink)

    def plot_tests(
        self,
        window: tuple[int, int] = (0, 0),
        group: str = "all",
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """The p of every test of a group over a window, on a logarithmic scale.

        The one to quote is marked, those that may over-reject are hollow, refused ones say
        why.

        Args:
            window: a day of the event window or one of the CAR windows.
            group: a group, or "all".
            ax: axes of matplotlib to draw into; a figure of its own if None.
            ink: "colour" or "grey".

        Raises:
            InputError: the window was not tested, or there is no such group.
        """
        return self._plotted("groups.plot_tests", window, group, ax, ink)

    def _plotted(self, drawing: str, *given: Any) -> Figure:
        with measured_in(self.spec.unit, self.spec.frequency):
            return plotted(drawing, self, *given)

    def to_polars(self, table: str = "abnormal_returns", *of: Any) -> pl.DataFrame:
        """A table of the result as a polars frame; levels of its index are columns.

        Args:
            table: its name, one of `TABLES`.
            of: what the method of that name takes, such as the window of "car".

        Raises:
            InputError: there is no such table, or polars is not installed.
        """
        return to_polars(self._table(table, of))

    def to_arrow(self, table: str = "abnormal_returns", *of: Any) -> pa.Table:
        """A table of the result as an Arrow table; levels of its index are columns.

        Args:
            table: its name, one of `TABLES`.
            of: what the method of that name takes, such as the window of "car".

        Raises:
            InputError: there is no such table.
        """
        return to_arrow(self._table(table, of))

    def _table(self, name: str, of: Sequence[Any]) -> pd.DataFrame:
        if name not in TABLES:
            raise unknown_name("table of a result", name, TABLES)
        found = getattr(self, name)
        table: pd.DataFrame = found(*of) if callable(found) else found
        return table

    def summary(self) -> str:
        """The result in a few lines of text, 80 columns wide."""
        from eventstudy.result.summary import result_text

        with measured_in(self.spec.unit, self.spec.frequency):
            return result_text(self)

    def __repr__(self) -> str:
        from eventstudy.result.summary import events_brief

        with measured_in(self.spec.unit, self.spec.frequency):
            return brief_text(events_brief(self)) if self.parts else first_lines(self.summary())

    def _repr_html_(self) -> str:
        from eventstudy.result.summary import result_html

        with measured_in(self.spec.unit, self.spec.frequency):
            return result_html(self)

    def save(self, directory: str | Path) -> Path:
        """Write the result to a folder, whole or not at all; `eventstudy.load` reads it back.

        Args:
            directory: the folder; an earlier result in it is replaced.

        Raises:
            InputError: other files are in the way.
        """
        from eventstudy.result.storage import save_result

        return save_result(self, Path(directory))


def load(directory: str | Path) -> StudyResult:
    """Read a saved result back, or the one inside a bundle.

    Args:
        directory: what `StudyResult.save` or a run wrote.

    Raises:
        InputError: there is no saved result, or a damaged one.
    """
    from eventstudy.result.storage import load_result

    return load_result(directory, StudyResult)
