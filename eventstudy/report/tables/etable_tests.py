"""Several tests side by side in a table for print: groups and windows down, tests across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.report.tables.etable_rows import (
    left_out_notes,
    listed_names,
    setting_foot,
    starred,
    stars_note,
    title_of,
)
from eventstudy.result.by_label import means_by
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.significance.registry import chosen_tests
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Column, PlainTable, Row

T_TESTS = ("t", "portfolio_t", "csect_t")
""""t" is the first of these that is valid: of one observation, of one date, of several."""
QUOTED = "quoted"
"""The name of the column of tests that are quoted, where none is asked for."""
FIGURES = ("statistic", "p")

_Key = tuple[str, int, int]
_Means = dict[_Key, tuple[float, int]]


@dataclass(frozen=True, eq=False)
class TestFigures:
    """Groups and windows down, tests across."""

    table: pd.DataFrame
    """group, start, end, n, estimate, column (as asked for), test, statistic, p, refused: one row a
    group, window and test, in the order of print."""
    columns: tuple[str, ...]
    """The tests as they were asked for."""
    unlabelled: int
    """Observations without a value of the label."""


def figures_of_tests(
    result: StudyResult,
    windows: Sequence[Window],
    tests: Sequence[str],
    by: str,
    groups: Sequence[str] | None,
) -> TestFigures:
    """The figures of tests by a label of the observations.

    Args:
        result: The study.
        windows: Days of the event window or CAR windows.
        tests: Their names; none for the quoted ones.
        by: The label.
        groups: Those wanted; None for all.

    Raises:
        InputError: For an unknown label, group or test, a window that is not tested, and for tests
            that a loaded result cannot compute.
    """
    if not result.n:
        raise InputError("The result has no estimate to show; see result.exclusions.")
    chosen_tests(tuple(tests))
    outcomes = _outcomes(result, tests, by)
    names = list(dict.fromkeys(outcomes["group"]))
    for name in groups or ():
        if name not in names:
            raise unknown_name("group in this result", str(name), names)
    wanted = [name for name in names if groups is None or name in groups]
    tested = set(zip(outcomes["start"], outcomes["end"], strict=True))
    for window in windows:
        if tuple(window) not in tested:
            raise InputError(f"No test was made over {window}; add it to car= and run again.")
    means = _means(result, windows, by)
    keys = zip(outcomes["group"], outcomes["start"], outcomes["end"], strict=True)
    known: dict[_Key, dict[str, dict[Any, Any]]] = {}
    for key, row in zip(keys, outcomes.to_dict("records"), strict=True):
        known.setdefault(key, {})[row["test"]] = row
    rows = [
        {
            **_mean(means, name, window),
            **_outcome(known.get((name, window.start, window.end), {}), test, bool(tests)),
        }
        for name in wanted
        for window in windows
        for test in (tests or (QUOTED,))
    ]
    unlabelled = int(result.assets.labels[by].isna().sum())
    return TestFigures(pd.DataFrame(rows), tuple(tests or (QUOTED,)), unlabelled)


def _outcomes(result: StudyResult, tests: Sequence[str], by: str) -> pd.DataFrame:
    """The tests of the study where it made all that are wanted, else computed now."""
    spelled = list(dict.fromkeys(one for name in tests for one in _meant(name)))
    have = set(result.tests["test"])
    if by == "group" and all(have & set(_meant(name)) for name in tests):
        return result.tests
    if by == "group" and result.context is not None:
        absent = listed_names([name for name in tests if not have & set(_meant(name))])
        raise InputError(
            f"The study did not run {absent}; add it to tests= of EventStudy and run again."
        )
    return result.tests_by(by, spelled or None)


def _meant(test: str) -> tuple[str, ...]:
    return T_TESTS if test == "t" else (test,)


def _means(result: StudyResult, windows: Sequence[Window], by: str) -> _Means:
    """By group, first and last day: the mean and its observations."""
    keys = ["group", "start", "end"]
    known = result.averages
    if by != "group":
        apart = means_by(result.assets, by, windows).rename(columns={by: "group"})
        apart = apart[apart["group"].notna()].assign(group=lambda t: t["group"].astype(str))
        known = pd.concat([known[known["group"] == "all"], apart], ignore_index=True)
    once = known.drop_duplicates(keys)
    at = zip(*(once[key] for key in keys), strict=True)
    return dict(zip(at, zip(once["estimate"], once["n"], strict=True), strict=True))


def _mean(means: _Means, group: str, window: Window) -> dict[str, Any]:
    estimate, n = means.get((group, window.start, window.end), (np.nan, 0))
    return {"group": group, "start": window.start, "end": window.end, "n": n, "estimate": estimate}


def _outcome(known: Mapping[str, Mapping[Any, Any]], test: str, asked: bool) -> dict[str, Any]:
    """One test of a group over a window, under the name that was asked for.

    Args:
        known: The tests of that group and window.
        test: The name of the column.
        asked: Whether that is a test, and not the quoted one.
    """
    rows = [known[one] for one in _meant(test) if one in known]
    if not asked:
        rows = [row for row in known.values() if row["headline"]]
    valid = [row for row in rows if not row["refused"]]
    if valid:
        row = valid[0]
        figures = {"statistic": row["statistic"], "p": row["p_value"], "refused": ""}
        return {"column": test, "test": row["test"], **figures}
    why = rows[-1]["refused"] if rows else "no test is valid for these observations"
    name = rows[-1]["test"] if rows else test
    return {"column": test, "test": name, "statistic": np.nan, "p": np.nan, "refused": why}


def printed_tests(
    result: StudyResult,
    figures: TestFigures,
    by: str,
    shown: Sequence[str],
    levels: Sequence[float],
    beside: bool,
    digits: int,
    title: str,
) -> PlainTable:
    """The table of print.

    Args:
        result: The study.
        figures: Its tests.
        by: The label of the groups.
        shown: "statistic", "p" or both.
        levels: Of stars.
        beside: Whether the second stands in a column of its own.
        digits: Decimals of the means.
        title: The caption, or empty.
    """
    columns = [Column("Days", "left"), Column("N", "right"), Column(headed("Mean, %"))]
    for name in figures.columns:
        own = list(dict.fromkeys(figures.table.loc[figures.table["column"] == name, "test"]))
        columns.append(Column(own[0] if name == QUOTED and len(own) == 1 else name))
        columns += [Column("p")] * (beside and len(shown) > 1)
    groups = list(dict.fromkeys(figures.table["group"]))
    rows: list[Row] = []
    for group, table in figures.table.groupby("group", sort=False):
        indent = "" if groups == ["all"] else "   "
        if indent:
            rows.append(Row((_heading(result, str(group), by),), group=True))
        for _, tests in table.groupby(["start", "end"], sort=False):
            first = tests.iloc[0]
            cells = [_cells(test, shown, levels) for test in tests.to_dict("records")]
            head = (
                f"{indent}{window_text((first['start'], first['end']))}",
                f"{first['n']:,.0f}",
                percent(first["estimate"], digits, signed=False, unit=False),
            )
            if beside:
                rows.append(Row((*head, *(text for cell in cells for text in cell))))
                continue
            rows.append(Row((*head, *(cell[0] for cell in cells))))
            if len(shown) > 1:
                rows.append(Row(("", "", "", *(_bracketed(cell[1]) for cell in cells)), below=True))
    notes = _notes(result, figures, by, shown, levels, beside)
    foot = setting_foot(result)
    return PlainTable(tuple(columns), rows, title=title or title_of(result), notes=notes, foot=foot)


def _heading(result: StudyResult, group: str, by: str) -> str:
    if group == "all":
        return "All"
    return Participants(result).group_label(group) if by == "group" else group


def _cells(test: Mapping[Any, Any], shown: Sequence[str], levels: Sequence[float]) -> list[str]:
    stars = starred(test["p"], levels)
    texts = {
        "statistic": number(test["statistic"]),
        "p": p_text(test["p"], prefix=False),
    }
    first, *more = [texts[name] for name in shown]
    if not np.isfinite(test["p"]):
        return [MISSING, *("" for _ in more)]
    if first == MISSING and more:  # a test that ranks has a p and no statistic
        first = ""
    return [f"{first}{stars}", *more]


def _bracketed(text: str) -> str:
    return f"({text})" if text else ""


def _notes(
    result: StudyResult,
    figures: TestFigures,
    by: str,
    shown: Sequence[str],
    levels: Sequence[float],
    beside: bool,
) -> tuple[str, ...]:
    what = f"Mean abnormal returns and tests of them by {by}, in sessions around day 0."
    if len(shown) > 1:
        what += " p beside each statistic." if beside else " In parentheses: p."
    elif shown == ("p",):
        what += " Shown are the p-values."
    if levels:
        what += f" {stars_note(levels)}"
    table = figures.table
    renamed = table[(table["column"] != table["test"]) & (table["refused"] == "")]
    if len(set(renamed["test"])) == 1:  # then it stands above the column
        renamed = renamed[renamed["column"] != QUOTED]
    meant = [
        f"{name} is {listed_names(list(dict.fromkeys(tests)))}."
        for name, tests in renamed.groupby("column", sort=False)["test"]
    ]
    refused = [
        f"{MISSING} {reason} ({listed_names(list(dict.fromkeys(rows['group'])))})."
        for reason, rows in table[table["refused"] != ""].groupby("refused", sort=False)
    ]
    without = f"Without a value of {by}, in no group: {figures.unlabelled:,}."
    unlabelled = [without] if figures.unlabelled else []
    return (" ".join([what, *meant]), *refused, *unlabelled, *left_out_notes(result))
