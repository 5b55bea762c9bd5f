"""The tables of a report as LaTeX and Markdown files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.placebos import Placebos
from eventstudy.report.drawing.blocks import Page, Table
from eventstudy.report.kinds import all_printed
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, setting, source_line
from eventstudy.report.tables.etable import etable
from eventstudy.report.told import Told
from eventstudy.spec.windows import Window
from eventstudy.text.latex import latex_of
from eventstudy.text.markdown import markdown_of
from eventstudy.text.measure import headed
from eventstudy.text.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.text.table import Column, PlainTable, Row

MOST_REFUSED = 8
"""Refusals that a note repeats; of more it says where they are."""
_KINDS = {
    "time": "Other days: the same asset on ordinary days",
    "space": "Other companies: other assets on the same days",
}


def printed_tables(story: Story) -> dict[str, PlainTable]:
    """Name of the file → table: those of the study, then those of the report's pages.

    Without CAR windows there is neither car nor portfolios, and the focus day stands for them.
    """
    result = story.result
    windows = result.spec.car or (story.focus,)
    tables = {
        "car": etable(result, windows).printed,
        "portfolios": etable(result, windows, rows="groups").printed,
        "tests": headline_tests(story),
    }
    if result.comparison:
        tables["benchmarks"] = printed_benchmarks(story)
    placebos = (story.evidence or Evidence()).placebos
    if placebos is not None and len(placebos.summary):
        tables["placebos"] = printed_placebos(story, placebos)
    for page in tell(story).values():
        tables |= dict(page_tables(page))
    return tables


def page_tables(page: Page) -> Iterator[tuple[str, PlainTable]]:
    """The tables of a page: under its name, several under the names of the files behind them."""
    tables = [block for block in page.blocks if isinstance(block, Table) and block.rows]
    for block in tables:
        behind = block.more.rpartition("/")[2].removesuffix(".csv")
        name = page.name.replace("-", "_") if len(tables) == 1 else behind
        notes = (f"{page.subtitle.rstrip('.')}.",)
        yield name, replace(block, title=block.title or page.finding, notes=notes)


def headline_tests(story: Story) -> PlainTable:
    """The test to quote for each group and CAR window; the refused ones and why in the notes."""
    tests = story.result.tests
    windows = story.result.spec.car or (story.focus,)
    pairs = zip(tests["start"], tests["end"], strict=True)
    asked = tests[np.array([pair in windows for pair in pairs], dtype=bool)]
    quoted = asked[asked["headline"].astype(bool) & (asked["refused"] == "")]
    rows = []
    for group, part in quoted.groupby("group", sort=False):
        rows.append(Row((_group(story, str(group)),), group=True))
        for row in part.to_dict("records"):
            df = [number(row[name], 0) for name in ("df", "df2") if np.isfinite(row[name])]
            cells = (
                f"   {window_text((row['start'], row['end']))}",
                str(row["test"]),
                number(row["statistic"]),
                ", ".join(df) or MISSING,
                p_text(row["p_value"], prefix=False),
                f"{row['n']:,}",
            )
            rows.append(Row(cells))
    columns = [Column("Group and window", "left"), Column("Test", "left")]
    columns += [Column(name) for name in ("Statistic", "df", "p", "N")]
    return PlainTable(
        tuple(columns),
        rows,
        title="The tests to quote",
        notes=(f"Two-sided. {setting(story)}.", *_warned(quoted), *_refused(story, asked)),
    )


def _group(story: Story, name: str) -> str:
    return "All" if name == "all" else story.group_label(name)


def _warned(quoted: pd.DataFrame) -> tuple[str, ...]:
    """What the quoted tests carry as warnings, each once."""
    warnings = dict.fromkeys(text for text in quoted["warning"] if text)
    return tuple(f"Caution: {text}." for text in warnings)


def _refused(story: Story, asked: pd.DataFrame) -> tuple[str, ...]:
    """Which tests have no figure, and why."""
    refused = asked[asked["refused"] != ""]
    reasons = refused.groupby(["test", "refused"], sort=False)
    named = []
    for (test, reason), part in list(reasons)[:MOST_REFUSED]:
        groups = ", ".join(_group(story, name) for name in dict.fromkeys(part["group"]))
        named.append(f"{test} for {groups}: {reason}")
    if len(reasons) > MOST_REFUSED:
        named.append(f"{len(reasons) - MOST_REFUSED} more in tables/tests.csv")
    return (f"Refused: {'; '.join(named)}.",) if named else ()


def printed_benchmarks(story: Story) -> PlainTable:
    """Every asset's figures under the study's benchmark and under each other one."""
    result = story.result
    windows = result.spec.car or (story.focus,)
    others = list(result.comparison)
    columns = [Column(headed("\nAbnormal return, %"), "left")]
    for window in windows:
        names = (story.benchmark, *others)
        columns += [Column(f"{window_text(window)}\n{name}") for name in names]
    own = [result.car(window)["car"].to_numpy() for window in windows]
    labels = result.assets.labels
    rows: list[Row] = []
    group = ""
    for at, (ticker, name) in enumerate(zip(labels["ticker"], labels["group"], strict=True)):
        heading, label = story.group_label(str(name)), story.name(str(ticker))
        if heading not in (group, label):
            rows.append(Row((heading,), group=True))
        group = heading
        cells = [f"   {label}" if heading != label else label]
        for window, figures in zip(windows, own, strict=True):
            cells.append(_figure(figures[at]))
            cells += [_under(story, other, str(ticker), window) for other in others]
        rows.append(Row(cells))
    named = [f"{ticker}: {story.name(ticker)}" for ticker in (story.benchmark, *others)]
    return PlainTable(
        tuple(columns),
        rows,
        title="Abnormal returns under each benchmark",
        notes=(f"{'; '.join(named)}.", f"{setting(story)}."),
    )


def _figure(value: float) -> str:
    return percent(value, signed=False, unit=False)


def _under(story: Story, other: str, ticker: str, window: Window) -> str:
    figures = story.under(other, ticker, window)
    return MISSING if figures is None else _figure(figures.car)


def printed_placebos(story: Story, placebos: Placebos) -> PlainTable:
    """The rank of each lead among ordinary days and among other assets, window by window."""
    rows: list[Row] = []
    reasons: dict[str, None] = {}
    for kind, part in placebos.summary.groupby("kind", sort=False):
        rows.append(Row((_KINDS.get(str(kind), str(kind)),), group=True))
        name = ""
        for row in part.to_dict("records"):
            label, name = ("" if row["name"] == name else row["name"]), row["name"]
            ranked = np.isfinite(row["rank"])
            of = f"{row['rank']:.0f} of {row['n_placebos'] + 1:,}" if ranked else MISSING
            window = window_text((row["window_start"], row["window_end"]))
            cells = [f"   {label}" if label else "", window, _figure(row["car"])]
            cells += [number(row["statistic"]), of, p_text(row["p_value"], prefix=False)]
            rows.append(Row(cells))
            if row["reason"]:
                reasons[f"{row['name']} over {window}: {row['reason']}"] = None
    columns = [Column("", "left"), Column("Window", "left"), Column(headed("CAR, %")), Column("z")]
    columns += [Column("Rank", "right"), Column("p")]
    rank = (
        "Rank: of |z|, the abnormal return in standard errors of its forecast, the furthest out "
        f"being 1; p: one plus those as far out, over one plus all. {setting(story)}."
    )
    return PlainTable(
        tuple(columns),
        rows,
        title="The event among ordinary days and among other assets",
        notes=(rank, *([f"{'; '.join(reasons)}."] if reasons else [])),
    )


def write_latex(story: Told, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .tex file each."""
    for name, table in all_printed(story).items():
        text = latex_of(table, label=f"tab:{story.event_id}-{name}", source=source_line(story))
        (folder / f"{name}.tex").write_text(text, encoding="utf-8", newline="\n")


def write_markdown(story: Told, folder: Path) -> None:
    """Write the report's tables into `folder`, which must exist, as one .md file each."""
    for name, table in all_printed(story).items():
        text = markdown_of(table, source_line(story))
        (folder / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
