"""A cross-check as a table, and as a file of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from sys import maxsize
from typing import Any

import pandas as pd

from eventstudy.crosscheck.check import CrossCheck, Repeated, most_differing
from eventstudy.crosscheck.compare import AGREES, UNEXPLAINED
from eventstudy.crosscheck.deviations import Deviation, deviations
from eventstudy.crosscheck.figures import GROUP, records_of
from eventstudy.errors import InputError
from eventstudy.files.csv_text import csv_text
from eventstudy.spec.windows import Window
from eventstudy.text.latex import latex_of
from eventstudy.text.lines import shortened
from eventstudy.text.markdown import markdown_of
from eventstudy.text.numbers import MINUS, MISSING, counted
from eventstudy.text.rounding import rounded
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.words import listed

NARROW = 10
"""Characters of a name with which a row fits on a terminal of 80 columns."""
MOST_UNEXPLAINED = 20
"""Unexplained figures per program with a row each, unless all are asked for."""
ENDINGS = (".csv", ".md", ".tex")
_COLUMNS = (
    Column("Quantity", "left"),
    Column("Of", "left"),
    Column("N", "right"),
    Column("Ours", "right"),
    Column("Theirs", "right"),
    Column("Differs", "right"),
)
_NOTE = (
    "Differs: |ours − theirs| relative to the larger of the two or, where larger, to the figure's "
    "own scale, such as the standard error of a CAR. Figures agree where this is below 1e-9."
)
_FURTHEST = "A row shows the figure that differs most; N is the number compared."


def outcome(found: CrossCheck) -> list[str]:
    """What each program found, a sentence each.

    Args:
        found: The cross-check.
    """
    said = [_said(each) for each in found.repeated]
    if found.not_repeated:
        said.append(f"Repeated by no program: {listed(list(found.not_repeated))}.")
    return said


def _said(each: Repeated) -> str:
    if each.left_out:
        return f"{each.program}: not run. {each.left_out}"
    if not each.explained and not each.unexplained:
        return f"{each.program}: {counted(each.figures, 'figure')}, all agree."
    known, bare = f"{each.explained:,} explained", f"{each.unexplained:,} unexplained"
    return (
        f"{each.program}: {counted(each.figures, 'figure')}, "
        f"{each.explained + each.unexplained:,} differ: {known}, {bare}."
    )


def table_of(found: CrossCheck, every: bool = False, longest: int | None = None) -> PlainTable:
    """The figures of both sides: unexplained ones first, then by program and explanation.

    Args:
        found: The cross-check.
        every: Whether every figure has a row, and not only the one of each quantity that differs
            most.
        longest: Characters of a name, for a narrow terminal; None for whole names.
    """
    lines = found.lines.assign(n=1) if every else _fewer(most_differing(found.lines))
    hidden = 0 if every else found.unexplained - int((lines["explanation"] == UNEXPLAINED).sum())
    more = (f"{counted(hidden, 'further figure')} unexplained; --all lists them.",)
    several = len(set(found.lines["event_id"]) - {""}) > 1
    catalogue = {each.id: each for each in deviations()}
    used = [name for name in lines["explanation"].unique() if name in catalogue]
    explained = [_note(catalogue[name]) for name in used]
    return PlainTable(
        _COLUMNS,
        list(_rows(lines, several, longest or maxsize)),
        title="The study repeated by other programs",
        notes=(
            *explained,
            _NOTE,
            *(() if every else (_FURTHEST,)),
            *more[: bool(hidden)],
            *outcome(found),
        ),
    )


def _fewer(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with the first of the unexplained ones of each program alone."""
    bare = lines["explanation"] == UNEXPLAINED
    place = lines[bare].groupby("program").cumcount().reindex(lines.index, fill_value=0)
    return lines[~bare | (place < MOST_UNEXPLAINED)]


def _note(each: Deviation) -> str:
    return f"{each.id}: {each.program} {each.reason} ({each.source})."


def _rows(lines: pd.DataFrame, several: bool, longest: int) -> Iterator[Row]:
    order = lines["explanation"].map({UNEXPLAINED: 0, AGREES: 2}).fillna(1)
    ordered = lines.assign(order=order).sort_values("order", kind="stable")
    for (_, explanation, program), part in ordered.groupby(
        ["order", "explanation", "program"], sort=False
    ):
        said = explanation if explanation in (UNEXPLAINED, AGREES) else f"explained, {explanation}"
        yield Row((f"{program}: {said}",), group=True)
        for line in records_of(part):
            yield Row(
                (
                    str(line["quantity"]),
                    _place(line, several, longest),
                    f"{line['n']:,}",
                    _digits(line["ours"]),
                    _digits(line["theirs"]),
                    _share(line["difference"]),
                )
            )


def _place(line: Mapping[str, Any], several: bool, longest: int) -> str:
    """Whose figure it is, over which window."""
    name, event_id, window = (str(line[part]) for part in ("name", "event_id", "window"))
    if several and line["kind"] != GROUP and event_id:
        name = event_id if name in event_id else f"{name}, {event_id}"
    name = shortened(name, longest) if len(name) > longest else name
    if not window:
        return name
    first, last = map(int, window.split(","))
    return f"{name} {Window(first, last).label}"


def _digits(value: float) -> str:
    return f"{value:.6g}".replace("-", MINUS) if math.isfinite(value) else MISSING


def _share(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}" if math.isfinite(value) else MISSING


def require_ending(path: Path) -> None:
    """InputError for a file that cannot hold a table.

    Args:
        path: Where the table is to go.

    Raises:
        InputError: It ends in none of `ENDINGS`.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"--out {path}: end the name in {listed(list(ENDINGS), 'or')}.")


def write_table(found: CrossCheck, path: Path, every: bool = False) -> None:
    """Write the table to a file: CSV with all digits, Markdown or LaTeX as printed.

    Args:
        found: The cross-check.
        path: Ends in .csv, .md or .tex.
        every: As for `table_of`; CSV always has every figure.
    """
    require_ending(path)
    if path.suffix.lower() == ".csv":
        text = csv_text(rounded(found.lines))
    elif path.suffix.lower() == ".md":
        text = markdown_of(table_of(found, every))
    else:
        text = latex_of(table_of(found, every), label="tab:cross-check")
    path.write_text(text, encoding="utf-8", newline="\n")
