"""The tables of a report that go to LaTeX and Markdown, by the names of their files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.placebos import Placebos
from eventstudy.report.drawing.blocks import Page, Table
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, setting
from eventstudy.report.tables.etable import etable
from eventstudy.spec import Window
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Head, Line, PlainTable, plain_of

MOST_REFUSED = 8
"""Refusals that a note repeats; of more it says where they are."""
_KINDS = {
    "time": "In time: the same asset on ordinary days",
    "space": "In space: other assets on the same days",
}


def printed_tables(story: Story) -> dict[str, PlainTable]:
    """Name of the file → table: those of the study, then those of the report's pages.

    Without CAR windows there is neither car nor portfolios, and the focus day stands for them.
    """
    result = story.result
    windows = result.spec.car or (story.focus,)
    found = {
        "car": etable(result, windows).printed,
        "portfolios": etable(result, windows, rows="groups").printed,
        "tests": headline_tests(story),
    }
    if result.comparison:
        found["benchmarks"] = benchmarks_table(story)
    placebos = (story.evidence or Evidence()).placebos
    if placebos is not None and len(placebos.summary):
        found["placebos"] = placebos_table(story, placebos)
    for page in tell(story).values():
        found |= dict(_of_page(page))
    return found


def _of_page(page: Page) -> Iterator[tuple[str, PlainTable]]:
    """The tables of a page: under its name, several under the names of the files behind them."""
    tables = [block for block in page.blocks if isinstance(block, Table) and block.rows]
    for block in tables:
        behind = block.more.rpartition("/")[2].removesuffix(".csv")
        name = page.name.replace("-", "_") if len(tables) == 1 else behind
        table = plain_of(block, title=page.finding)
        yield name, _noted(table, f"{page.subtitle.rstrip('.')}.")


def _noted(table: PlainTable, note: str) -> PlainTable:
    return PlainTable(table.heads, table.lines, table.foot, table.title, (*table.notes, note))


def headline_tests(story: Story) -> PlainTable:
    """The test to quote for each group and CAR window; the refused ones and why in the notes."""
    tests = story.result.tests
    windows = story.result.spec.car or (story.focus,)
    pairs = zip(tests["start"], tests["end"], strict=True)
    asked = tests[np.array([pair in windows for pair in pairs], dtype=bool)]
    quoted = asked[asked["headline"].astype(bool) & (asked["refused"] == "")]
    lines = []
    for group, part in quoted.groupby("group", sort=False):
        lines.append(Line((_group(story, str(group)),), group=True))
        for row in part.to_dict("records"):
            df = [number(row[name], 0) for name in ("df", "df2") if np.isfinite(row[name])]
            lines.append(
                Line(
                    (
                        f"   {window_text((row['start'], row['end']))}",
                        str(row["test"]),
                        number(row["statistic"]),
                        ", ".join(df) or MISSING,
                        p_text(row["p_value"], prefix=False),
                        f"{row['n']:,}",
                    )
                )
            )
    heads = [Head(("Group and window",), "left"), Head(("Test",), "left")]
    heads += [Head((name,)) for name in ("Statistic", "df", "p", "N")]
    return PlainTable(
        tuple(heads),
        tuple(lines),
        title="The tests to quote",
        notes=(f"Two-sided. {setting(story)}.", *_warned(quoted), *_refused(story, asked)),
    )


def _group(story: Story, name: str) -> str:
    return "All" if name == "all" else story.group_label(name)


def _warned(quoted: pd.DataFrame) -> tuple[str, ...]:
    """What the quoted tests carry as warnings, each once."""
    found = dict.fromkeys(text for text in quoted["warning"] if text)
    return tuple(f"Mind: {text}." for text in found)


def _refused(story: Story, asked: pd.DataFrame) -> tuple[str, ...]:
    """Which tests have no figure, and why."""
    refused = asked[asked["refused"] != ""]
    reasons = refused.groupby(["test", "refused"], sort=False)
    said = []
    for (test, reason), part in list(reasons)[:MOST_REFUSED]:
        groups = ", ".join(_group(story, name) for name in dict.fromkeys(part["group"]))
        said.append(f"{test} for {groups}: {reason}")
    if len(reasons) > MOST_REFUSED:
        said.append(f"{len(reasons) - MOST_REFUSED} more in tables/tests.csv")
    return (f"Refused: {'; '.join(said)}.",) if said else ()


def benchmarks_table(story: Story) -> PlainTable:
    """Every asset's figures under the study's benchmark and under each other one."""
    result = story.result
    windows = result.spec.car or (story.focus,)
    others = list(result.comparison)
    heads = [Head(("", "Abnormal return, %"), "left")]
    for window in windows:
        heads += [Head((window_text(window), name)) for name in (story.benchmark, *others)]
    own = [result.car(window)["car"].to_numpy() for window in windows]
    labels = result.assets.labels
    lines: list[Line] = []
    group = ""
    for row, (ticker, name) in enumerate(zip(labels["ticker"], labels["group"], strict=True)):
        heading, label = story.group_label(str(name)), story.name(str(ticker))
        if heading not in (group, label):
            lines.append(Line((heading,), group=True))
        group = heading
        cells = [f"   {label}" if heading != label else label]
        for window, figures in zip(windows, own, strict=True):
            cells.append(_figure(figures[row]))
            cells += [_under(story, other, str(ticker), window) for other in others]
        lines.append(Line(tuple(cells)))
    names = [f"{ticker}: {story.name(ticker)}" for ticker in (story.benchmark, *others)]
    notes = (f"{'; '.join(names)}.", f"{setting(story)}.")
    title = "Abnormal returns under each benchmark"
    return PlainTable(tuple(heads), tuple(lines), title=title, notes=notes)


def _figure(value: float) -> str:
    return percent(value, signed=False, unit=False)


def _under(story: Story, other: str, ticker: str, window: Window) -> str:
    found = story.under(other, ticker, window)
    return MISSING if found is None else _figure(found.car)


def placebos_table(story: Story, placebos: Placebos) -> PlainTable:
    """The rank of each lead among ordinary days and among other assets, window by window."""
    lines: list[Line] = []
    reasons: dict[str, None] = {}
    for kind, part in placebos.summary.groupby("kind", sort=False):
        lines.append(Line((_KINDS.get(str(kind), str(kind)),), group=True))
        name = ""
        for row in part.to_dict("records"):
            label, name = ("" if row["name"] == name else row["name"]), row["name"]
            ranked = np.isfinite(row["rank"])
            of = f"{row['rank']:.0f} of {row['n_placebos'] + 1:,}" if ranked else MISSING
            window = (row["window_start"], row["window_end"])
            cells = [f"   {label}" if label else "", window_text(window), _figure(row["car"])]
            cells += [number(row["statistic"]), of, p_text(row["p_value"], prefix=False)]
            lines.append(Line(tuple(cells)))
            if row["reason"]:
                reasons[f"{row['name']} over {window_text(window)}: {row['reason']}"] = None
    heads = [Head(("",), "left"), Head(("Window",), "left"), Head(("CAR, %",)), Head(("z",))]
    heads += [Head(("Rank",), "right"), Head(("p",))]
    notes = [
        "Rank: of |z|, the abnormal return in standard errors of its forecast, the furthest out "
        f"being 1; p: one plus those as far out, over one plus all. {setting(story)}.",
        *(["; ".join(reasons) + "."] if reasons else []),
    ]
    title = "The event among ordinary days and among other assets"
    return PlainTable(tuple(heads), tuple(lines), title=title, notes=tuple(notes))
