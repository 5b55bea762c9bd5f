"""The table of a paper: assets or groups down, CAR windows across, as LaTeX, Markdown or text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.report.tables.etable_figures import TableFigures, figures_of
from eventstudy.report.tables.etable_rows import printed_of
from eventstudy.result.result import StudyResult
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.html import html_of
from eventstudy.text.latex import latex_of
from eventstudy.text.markdown import markdown_of
from eventstudy.text.measure import measured_in
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import terminal_of

MOST_ROWS = 2_000
"""Rows that a table in print has at most."""
SHOWN = ("se", "ci", "t", "p")
LEVELS = (0.1, 0.05, 0.01)
"""Of one, two and three stars."""


@dataclass(frozen=True, eq=False)
class ETable:
    """A table in print; `to_frame` has its figures unrounded.

    `print` shows it in 80 columns, a notebook as HTML.
    """

    figures: TableFigures
    printed: PlainTable

    def to_frame(self) -> pd.DataFrame:
        """The figures as numbers, returns in decimals: one row a window and asset or group.

        Columns event_id, group, ticker (group alone for groups), start, end, car, se, t, ci_low,
        ci_high, p (the one that is quoted); NaN where there is none.
        """
        return self.figures.frame()

    def to_latex(self, *, label: str = "", bare: bool = False) -> str:
        r"""LaTeX that needs booktabs alone: floats with caption and notes.

        A table longer than a page is continued in a further float.

        Args:
            label: What \\ref refers to.
            bare: Only the tabular, without float, caption and notes.
        """
        return latex_of(self.printed, label=label, bare=bare)

    def to_markdown(self) -> str:
        """A pipe table as GitHub reads it, with its title above and its notes below."""
        return markdown_of(self.printed)

    def __repr__(self) -> str:
        return terminal_of(self.printed)

    def _repr_html_(self) -> str:
        return html_of(self.printed)


def etable(
    result: StudyResult,
    windows: Sequence[tuple[int, int]] | tuple[int, int] | None = None,
    *,
    rows: str = "assets",
    group: str | Sequence[str] | None = None,
    show: str | Sequence[str] = ("se", "p"),
    stars: bool | Sequence[float] = False,
    beside: bool = False,
    digits: int = 2,
    title: str = "",
) -> ETable:
    """Abnormal returns as a table for print: LaTeX, Markdown, HTML or text.

    The foot says N, estimation window, model and benchmark, the notes what is behind the figures,
    why one is missing and what was left out.

    Args:
        result: The study, of one event or of several.
        windows: One window or several; those of `car=` unless named.
        rows: "assets", under headings of their groups, or "groups": portfolios where all share a
            date, else means over observations with the headline test.
        group: The groups wanted; None for all.
        show: What stands with each estimate: its standard error ("se"), interval ("ci"), t ("t")
            and p ("p": the placebo p where there is one, else that of t).
        stars: True marks p below 10, 5 and 1%; or the levels of one star, two and so on.
        beside: Whether it stands in columns of its own instead of below the estimate.
        digits: Decimals of the estimates, which are in percent.
        title: The caption; what the table holds and of which event unless named.

    Raises:
        InputError: For an unknown option or group, a window outside the estimated days, and for
            more than 2,000 rows.
    """
    if rows not in ("assets", "groups"):
        raise unknown_name("kind of rows", rows, ["assets", "groups"])
    chosen = _windows(result, windows)
    shown = _shown(show)
    levels = _levels(stars)
    if not 0 <= digits <= 8:
        raise InputError(f"Option digits: {digits} decimals; give 0 to 8.")
    groups = (group,) if isinstance(group, str) else tuple(group) if group is not None else None
    if rows == "assets":
        _check_length(result, groups)
    with measured_in(result.spec.unit, result.spec.frequency):
        return _made(result, chosen, rows, groups, shown, levels, beside, digits, title)


def _made(
    result: StudyResult,
    chosen: tuple[Window, ...],
    rows: str,
    groups: tuple[str, ...] | None,
    shown: tuple[str, ...],
    levels: tuple[float, ...],
    beside: bool,
    digits: int,
    title: str,
) -> ETable:
    figures = figures_of(result, chosen, rows, groups)
    if figures.means and set(shown) & {"ci", "t"}:
        raise InputError(
            "Means over observations have a standard error and a test, but no t and no interval "
            "of their own; leave them out of show=."
        )
    return ETable(figures, printed_of(result, figures, shown, levels, beside, digits, title))


def _windows(
    result: StudyResult, windows: Sequence[tuple[int, int]] | tuple[int, int] | None
) -> tuple[Window, ...]:
    """The windows asked for, each once."""
    if windows is None:
        asked: Sequence[object] = result.spec.car
    else:
        pairs = isinstance(windows, (list, tuple)) and all(
            isinstance(window, (str, tuple, list)) for window in windows
        )
        asked = windows if pairs else (windows,)
    if not asked:
        raise InputError("The study has no CAR windows; name some with windows=.")
    return tuple(dict.fromkeys(as_window(window) for window in asked))


def _shown(show: str | Sequence[str]) -> tuple[str, ...]:
    asked = (show,) if isinstance(show, str) else tuple(show)
    for name in asked:
        if name not in SHOWN:
            raise unknown_name("figure to show", str(name), SHOWN)
    return tuple(dict.fromkeys(asked))


def _levels(stars: bool | Sequence[float]) -> tuple[float, ...]:
    """The levels of stars from the largest down; none without stars."""
    if isinstance(stars, bool):
        return LEVELS if stars else ()
    levels = tuple(sorted({float(level) for level in stars}, reverse=True))
    if not levels or not all(0 < level < 1 for level in levels):
        raise InputError(
            "Option stars: give True, or levels between 0 and 1 such as (0.1, 0.05, 0.01)."
        )
    return levels


def _check_length(result: StudyResult, groups: tuple[str, ...] | None) -> None:
    """Refuse before anything is computed."""
    labels = result.assets.labels
    count = len(labels) if groups is None else int(labels["group"].isin(groups).sum())
    if count > MOST_ROWS:
        raise InputError(
            f"The table would have {count:,} rows; one for print has at most {MOST_ROWS:,}. Name "
            'some groups with group=, take rows="groups", or use result.car(...), which has all.'
        )
