"""StudyResult: what a study found, with its summary, its plots and its place on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.plotting import plotted
from eventstudy.result.record import StudyRecord
from eventstudy.text.brief import brief_text
from eventstudy.text.lines import first_lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

        `tickers` are up to twelve assets or groups, which are portfolios; an asset with several
        events gets a panel for each. Without it: the groups of the event, else the first assets.
        The figures are those of `paths`. `ax` takes a sequence of axes, one a panel, or one axes
        for one. Raises InputError for unknown names and too many paths.
        """
        return plotted("assets.plot_car", self, tickers, ax, ink)

    def plot_caar(self, by: str = "group", ax: Any = None, *, ink: str = "colour") -> Figure:
        """Mean CAR of each group over the event window, one line a group, named at its end.

        Shaded is each day's own interval, ± the t quantile times a standard error as in
        `averages`: for a group of one asset that of its forecast; for assets on one date that of
        their portfolio, because they share the day's shocks; for several dates sd/√N across the
        observations, with t(N − 1). `by` names any other column of the observations: then sd/√N.
        Of more than twelve groups the first twelve are drawn. Raises InputError for an unknown
        column.
        """
        return plotted("groups.plot_caar", self, by, ax, ink)

    def plot_forest(
        self, window: tuple[int, int] = (0, 0), ax: Any = None, *, ink: str = "colour"
    ) -> Figure:
        """AR or CAR of every observation over a window, with its interval and p, by group.

        The figures are those of `car`. Of more than 45 observations the furthest from zero are
        drawn. Raises InputError for a window outside the estimated days and above 5,000
        observations.
        """
        return plotted("assets.plot_forest", self, window, ax, ink)

    def plot_heatmap(self, ax: Any = None, *, ink: str = "colour") -> Figure:
        """AR of every observation on every day of the event window, as coloured cells.

        The figures are those of `abnormal_returns`; limits as of `plot_forest`.
        """
        return plotted("assets.plot_heatmap", self, ax, ink)

    def plot_placebo(
        self,
        ticker: str | tuple[Any, str],
        window: tuple[int, int] = (0, 0),
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """Where an asset or group stands among its own ordinary days, in standard errors.

        `ticker` is (event_id, ticker) where an asset has several events. Raises InputError without
        placebos (above 1,000 observations they are made with placebo=True).
        """
        return plotted("assets.plot_placebo", self, ticker, window, ax, ink)

    def plot_tests(
        self,
        window: tuple[int, int] = (0, 0),
        group: str = "all",
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """p of every test of a group over a window, on a logarithmic scale.

        The one to quote is marked, those that can reject too often are hollow, refused ones say
        why. Raises InputError for a window that was not tested and an unknown group.
        """
        return plotted("groups.plot_tests", self, window, group, ax, ink)

    def summary(self) -> str:
        """The result in a few lines of text, 80 columns wide."""
        from eventstudy.result.summary import result_text

        return result_text(self)

    def __repr__(self) -> str:
        from eventstudy.result.summary import events_brief

        return brief_text(events_brief(self)) if self.parts else first_lines(self.summary())

    def _repr_html_(self) -> str:
        from eventstudy.result.summary import result_html

        return result_html(self)

    def save(self, directory: str | Path) -> Path:
        """Write the result to a folder, whole or not at all; `eventstudy.load` reads it back."""
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
