"""Tables of a paper: abnormal returns, tests or regressions, in LaTeX, Markdown, HTML, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.measures.model_column import ComparableModel, ModelColumn
from eventstudy.report.tables.etable_figures import figures_of
from eventstudy.report.tables.etable_models import PrintedModels, frame_of_models, printed_models
from eventstudy.report.tables.etable_rows import printed_of
from eventstudy.report.tables.etable_tests import FIGURES, figures_of_tests, printed_tests
from eventstudy.result.result import StudyResult
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.html import html_of
from eventstudy.text.latex import latex_of
from eventstudy.text.lines import WIDTH
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

    figures: pd.DataFrame
    printed: PlainTable

    def to_frame(self) -> pd.DataFrame:
        """The figures as numbers, returns in decimals; NaN where there is none.

        Of assets and groups one row a window and asset or group: event_id, group, ticker (group
        alone for groups), start, end, car, se, t, ci_low, ci_high, p (the one that is quoted). With
        `tests` one row a group, window and test: group, start, end, n, estimate, column (the test
        as it was asked for), test, statistic, p, refused (why there is no figure). Of regressions
        one row a model and term: model, term, coef, se, t, p, ci_low, ci_high.
        """
        return self.figures.copy()

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

    def to_html(self) -> str:
        """An HTML table without a colour of its own, everything escaped."""
        return html_of(self.printed)

    def to_text(self, width: int = WIDTH) -> str:
        """The table for a terminal.

        Args:
            width: Columns of the terminal.
        """
        return terminal_of(self.printed, width)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()


def etable(
    results: StudyResult | ComparableModel | Sequence[Any] | Mapping[str, ComparableModel],
    windows: Sequence[tuple[int, int]] | tuple[int, int] | None = None,
    *,
    rows: str = "assets",
    group: str | Sequence[str] | None = None,
    tests: str | Sequence[str] | None = None,
    by: str | None = None,
    show: str | Sequence[str] | None = None,
    stars: bool | Sequence[float] = False,
    beside: bool = False,
    digits: int | None = None,
    fixed: str | Sequence[str] | None = None,
    title: str = "",
) -> ETable:
    """A table for print: abnormal returns, tests side by side, or regressions side by side.

    LaTeX, Markdown, HTML, text and a frame of the figures. The foot says what the figures rest on,
    the notes why one is missing and what was left out.

    Args:
        results: A study, of one event or of several. Or a regression of `regress`, `stacked_did`
            or `synthetic_did`, or several: a list, or a dict of their heads.
        windows: Of a study: one window or several; those of `car=` unless named.
        rows: Of a study: "assets", under headings of their groups, or "groups": portfolios where
            all share a date, else means over observations with the headline test.
        group: Of a study: the groups wanted; None for all.
        tests: Of a study: tests that stand side by side, a column each, with the mean of each
            group and window: names such as ("t", "bmp_kp_t", "grank_t"). "t" is the t test of the
            group's layout: t, portfolio_t or csect_t.
        by: Of a study: the column of the observations that makes the groups, such as "sector";
            without `tests` the quoted test of each group.
        show: What stands with each estimate. Of a study its standard error ("se"), interval ("ci"),
            t ("t") and p ("p": the placebo p where there is one, else that of t); ("se", "p") if
            None. With `tests` or `by` "statistic" and "p"; both if None. Of regressions
            "se", "ci", "t", "p"; "se" if None.
        stars: True marks p below 10, 5 and 1%; or the levels of one star, two and so on.
        beside: Of a study: whether it stands in columns of its own instead of below the estimate.
        digits: Decimals of the estimates: 2 of a study, which are in percent, and at least 4 of
            regressions, whose CARs are in decimals.
        fixed: Of regressions: the categorical terms, such as "sector" of C(sector), that are told
            as fixed effects in the foot; those with more than 4 coefficients if None.
        title: The caption; what the table holds and of which event unless named.

    Raises:
        InputError: For anything else than such results, an unknown option, group or test, a
            window outside the estimated days, and for more than 2,000 rows.
    """
    if digits is not None and not 0 <= digits <= 8:
        raise InputError(f"Option digits: {digits} decimals; give 0 to 8.")
    levels = _levels(stars)
    given = _given(results)
    if not isinstance(given, StudyResult):
        studies = {"windows": windows, "group": group, "tests": tests, "by": by}
        unused = [name for name, value in studies.items() if value is not None]
        unused += ["rows"] * (rows != "assets") + ["beside"] * beside
        if unused:
            raise InputError(f"Option {unused[0]}: for tables of a study, not of regressions.")
        names = None if fixed is None else _texts(fixed)
        shown = _shown(("se",) if show is None else show, SHOWN)
        how = PrintedModels(shown, levels, 4 if digits is None else digits, names, title)
        return ETable(frame_of_models(given), printed_models(given, how))
    if fixed is not None:
        raise InputError("Option fixed: for tables of regressions, not of a study.")
    if rows not in ("assets", "groups"):
        raise unknown_name("kind of rows", rows, ["assets", "groups"])
    chosen = _windows(given, windows)
    groups = None if group is None else _texts(group)
    decimals = 2 if digits is None else digits
    with measured_in(given.spec.unit, given.spec.frequency):
        if tests is not None or by is not None:
            shown = _shown(FIGURES if show is None else show, FIGURES)
            return _of_tests(
                given, chosen, tests, by or "group", groups, shown, levels, beside, decimals, title
            )
        if rows == "assets":
            _check_length(given, groups)
        shown = _shown(("se", "p") if show is None else show, SHOWN)
        return _of_cars(given, chosen, rows, groups, shown, levels, beside, decimals, title)


def _given(results: object) -> StudyResult | dict[str, ModelColumn]:
    """A study, or regressions by their heads.

    Raises:
        InputError: It is neither.
    """
    if isinstance(results, Mapping):
        named = {str(name): one for name, one in results.items()}
    else:
        several = list(results) if isinstance(results, (list, tuple)) else [results]
        if len(several) == 1 and isinstance(several[0], StudyResult):
            return several[0]
        named = {f"({at})": one for at, one in enumerate(several, 1)}
    models = {name: one for name, one in named.items() if isinstance(one, ComparableModel)}
    if models and len(models) == len(named):
        return {name: one.column() for name, one in models.items()}
    others = [one for one in named.values() if not isinstance(one, ComparableModel)]
    what = f"a {type(others[0]).__name__}" if others else "nothing"
    if len(named) > 1 and all(isinstance(one, StudyResult) for one in others):
        what = "several studies, or studies and regressions, which need a table each"
    raise InputError(
        "etable takes one study of EventStudy.run, or one or more regressions of regress, "
        f"stacked_did or synthetic_did; given: {what}."
    )


def _of_tests(
    result: StudyResult,
    chosen: tuple[Window, ...],
    tests: str | Sequence[str] | None,
    by: str,
    groups: tuple[str, ...] | None,
    shown: tuple[str, ...],
    levels: tuple[float, ...],
    beside: bool,
    digits: int,
    title: str,
) -> ETable:
    names = () if tests is None else _test_names(result, tests)
    figures = figures_of_tests(result, chosen, names, by, groups)
    printed = printed_tests(result, figures, by, shown, levels, beside, digits, title)
    return ETable(figures.table, printed)


def _test_names(result: StudyResult, tests: str | Sequence[str]) -> tuple[str, ...]:
    """The tests asked for, each once; "default" and "all" are those that the study ran."""
    names = tuple(name.strip() for text in _texts(tests) for name in text.split(","))
    if names in (("default",), ("all",)):
        return tuple(dict.fromkeys(result.tests["test"]))
    return tuple(dict.fromkeys(names))


def _of_cars(
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
    printed = printed_of(result, figures, shown, levels, beside, digits, title)
    return ETable(figures.frame(), printed)


def _texts(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(map(str, names))


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


def _shown(show: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    asked = _texts(show)
    for name in asked:
        if name not in known:
            raise unknown_name("figure to show", name, known)
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
