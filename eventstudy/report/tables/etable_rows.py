"""The rows, the foot and the notes of a table for print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.significance.date_layouts import ONE_ASSET
from eventstudy.significance.names import STANDARDISED
from eventstudy.significance.validity import caution
from eventstudy.text.measure import headed
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.words import level_text

if TYPE_CHECKING:
    from eventstudy.report.tables.etable_figures import TableFigures

MOST_NAMED = 5
"""Reasons, exclusions or benchmarks that a note names; of more it says how many."""
_HEADS = {"se": "s.e.", "ci": "interval", "t": "t", "p": "p"}


def printed_of(
    result: StudyResult,
    figures: TableFigures,
    shown: Sequence[str],
    levels: Sequence[float],
    beside: bool,
    digits: int,
    title: str,
) -> PlainTable:
    """The printed table of `figures`, with what `shown` names below or beside each estimate."""
    beside_names = shown if beside else ()
    columns = [Column(headed("Abnormal return, %"), "left")]
    for window in figures.windows:
        columns.append(
            Column(headed(f"{window_text(window)}\n%") if beside_names else window_text(window))
        )
        columns += [Column(f"\n{_HEADS[name]}") for name in beside_names]
    rows: list[Row] = []
    heading = ""
    keys = zip(figures.keys["label"], figures.keys["heading"], strict=True)
    for at, (label, above) in enumerate(keys):
        if above and above not in (heading, label):
            rows.append(Row((above,), group=True))
        heading = above
        name = f"   {label}" if above and above != label else label
        cells = [_cells(table.iloc[at], shown, levels, digits, beside) for table in figures.tables]
        if beside:
            rows.append(Row((name, *(text for cell in cells for text in cell.values()))))
            continue
        rows.append(Row((name, *(cell["car"] for cell in cells))))
        below = [[cell[name] for cell in cells] for name in shown]
        rows += [Row(("", *texts), below=True) for texts in below if any(texts)]
    return PlainTable(
        columns=tuple(columns),
        rows=rows,
        title=title or title_of(result),
        notes=tuple(_notes(result, figures, shown, levels, beside)),
        foot=_foot(result, figures, len(beside_names)),
    )


def _cells(
    row: pd.Series[Any], shown: Sequence[str], levels: Sequence[float], digits: int, bare: bool
) -> dict[str, str]:
    """The estimate and what stands with it, `bare` where a head says what it is.

    A missing estimate is a dash above nothing.
    """
    if not np.isfinite(row["car"]):
        return {"car": MISSING, **dict.fromkeys(shown, "")}
    stars = starred(row["p"], levels)
    car, se, low, high = (
        percent(row[name], digits, signed=False, unit=False)
        for name in ("car", "se", "ci_low", "ci_high")
    )
    texts = {
        "se": f"({se})",
        "ci": f"[{low}, {high}]" if np.isfinite(row["ci_low"]) else MISSING,
        "t": number(row["t"]) if bare else f"t = {number(row['t'])}",
        "p": p_text(row["p"], prefix=not bare),
    }
    return {"car": f"{car}{stars}", **{name: texts[name] for name in shown}}


def starred(p: float, levels: Sequence[float]) -> str:
    """A star for each level that p is below."""
    return "*" * sum(p < level for level in levels)


def stars_note(levels: Sequence[float]) -> str:
    """What the stars mean."""
    marks = [f"{'*' * (i + 1)} p < {level:g}" for i, level in enumerate(levels)]
    return f"{', '.join(marks)}."


def _foot(result: StudyResult, figures: TableFigures, beside: int) -> tuple[Row, ...]:
    counts = [cell for count in figures.count for cell in (f"{count:,}", *[""] * beside)]
    return (Row(("N", *counts)), *setting_foot(result))


def setting_foot(result: StudyResult) -> tuple[Row, ...]:
    """Estimation window, model and benchmark of a study."""
    return (
        Row(("Estimation window", _estimation(result))),
        Row(("Model", result.model_label)),
        Row(("Benchmark", _benchmarks(result))),
    )


def _estimation(result: StudyResult) -> str:
    spec = result.spec
    windows = " and ".join(
        str(window) for window in (spec.estimation, spec.post_estimation) if window is not None
    )
    return f"{windows}, rolling" if spec.rolling else windows


def _benchmarks(result: StudyResult) -> str:
    cast = Participants(result)
    used = [name for name in dict.fromkeys(result.assets.labels["benchmark"].astype(str)) if name]
    names = [n if cast.name(n) == n else f"{cast.name(n)} ({n})" for n in used]
    return listed_names(names) or "none"


def title_of(result: StudyResult) -> str:
    """What is in the table, and of which event where it is one registered event."""
    events = result.assets.labels["event_id"].unique()
    if result.context is None or len(events) != 1:
        return "Abnormal returns"
    registry = result.context.events
    title = registry.loc[registry["event_id"] == str(events[0]), "title"].iloc[0]
    return f"Abnormal returns: {str(title).rstrip('.')}"


def _notes(
    result: StudyResult,
    figures: TableFigures,
    shown: Sequence[str],
    levels: Sequence[float],
    beside: bool,
) -> list[str]:
    sentences = [_what(result, figures)]
    where = "s.e." if beside else "In parentheses"
    if "se" in shown:
        sentences.append(f"{where}: {_error(figures)}.")
    if "ci" in shown:
        where = "interval" if beside else "In brackets"
        level = level_text(result.spec.confidence)
        sentences.append(f"{where}: {level} interval {_interval_of(figures)}.")
    if "p" in shown or levels:
        sentences.append(_p_note(figures, result.spec.confidence))
    if levels:
        sentences.append(stars_note(levels))
    return [" ".join(sentences), *_missing(figures), *left_out_notes(result)]


def _what(result: StudyResult, figures: TableFigures) -> str:
    several = any(window.length > 1 for window in figures.windows)
    kind = "Abnormal return of a day" + (", cumulative over a window" if several else "")
    days = result.assets.labels["day0"].unique()
    day0 = f"; day 0 is {pd.Timestamp(days[0]):%Y-%m-%d}" if len(days) == 1 else ""
    return f"{kind}, in sessions around day 0{day0}. {figures.remark}".rstrip()


def _error(figures: TableFigures) -> str:
    """What the standard error includes."""
    if STANDARDISED in figures.means:
        return "standard error of the weighted mean, from the spread of standardised figures"
    if "cross-section" in figures.means:
        return "standard error of the mean, from the spread across observations"
    return "standard error, which includes the forecast error of the estimated parameters" + (
        " (of the group as a portfolio)" if "portfolio" in figures.means else ""
    )


def _kinds(figures: TableFigures) -> list[str]:
    """The tests that are quoted."""
    tables = [table[table["car"].notna()] for table in figures.tables]
    return list(dict.fromkeys(kind for table in tables for kind in table["kind"] if kind))


def _interval_of(figures: TableFigures) -> str:
    """Whose interval it is: that of the test whose p is quoted."""
    kinds = _kinds(figures)
    return "of the quoted test" + (f" ({listed_names(kinds)})" if kinds else "")


def _p_note(figures: TableFigures, confidence: float) -> str:
    """Which p is quoted, and its caution."""
    tables = [table[table["car"].notna()] for table in figures.tables]
    kinds = _kinds(figures)
    if figures.means:
        which = listed_names(kinds) or "of which there is none"
        return f"p: of the test to quote for each group, {which}."
    if kinds == ["placebo"]:
        which = "p: placebo p, the rank of the figure among those of ordinary days"
    elif kinds == ["t"]:
        which = "p: of t, two-sided"
    else:
        which = "p: placebo p where there is one, else that of t"
    lengths = [
        window.length
        for window, table in zip(figures.windows, tables, strict=True)
        if "placebo" in set(table["kind"])
    ]
    known = (caution("placebo", (ONE_ASSET,), length, confidence) for length in lengths)
    return f"{which}{next((f'; {text}' for text in known if text), '')}."


def _missing(figures: TableFigures) -> list[str]:
    """Why there is a dash: each reason with its rows and windows."""
    reasons: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for window, table in zip(figures.windows, figures.tables, strict=True):
        absent = figures.keys["label"][table["car"].isna()]
        for reason, labels in absent.groupby(table["reason"], sort=False):
            windows = reasons.setdefault(str(reason) or "no figure", {})
            windows.setdefault(tuple(labels), []).append(window_text(window))
    lines = []
    for reason, at in reasons.items():
        where = [f"{listed_names(names)} over {', '.join(days)}" for names, days in at.items()]
        lines.append(f"{reason} ({'; '.join(where)})")
    return [f"{MISSING} {'; '.join(lines)}."] if lines else []


def left_out_notes(result: StudyResult) -> list[str]:
    """What was to be studied and has no row."""
    out, labels = result.exclusions, result.assets.labels
    if out.empty:
        return []
    there = set(zip(labels["event_id"], labels["ticker"], strict=True))
    several = len(set(labels["event_id"])) > 1
    rows = zip(out["event_id"], out["ticker"], out["reason"], strict=True)
    names = {
        f"{ticker}{f' at {event}' if several else ''} ({reason})": None
        for event, ticker, reason in rows
        if (event, ticker) not in there
    }
    return [f"Left out: {listed_names(list(names), '; ')}."] if names else []


def listed_names(names: Sequence[str], between: str = ", ") -> str:
    """The first names of a list and how many more there are."""
    more = [f"{len(names) - MOST_NAMED:,} more"] if len(names) > MOST_NAMED else []
    return between.join([*names[:MOST_NAMED], *more])
