"""The pages of groups of a pooled study: their means, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from eventstudy.errors import some_names
from eventstudy.report.charts.lines import MOST_SHADED, draw_lines
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.pages.pooled_answer import mean_place
from eventstudy.report.pooled.by_value import by_values, quoted_differences
from eventstudy.report.pooled.story import MOST_GROUPS, MeanFigures, PooledStory
from eventstudy.report.story import setting
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed, worded
from eventstudy.text.numbers import (
    MISSING,
    between,
    counted,
    gap_text,
    number,
    p_text,
    percent,
    share,
    window_text,
)
from eventstudy.text.rounding import rounded
from eventstudy.text.table import Column, Row

_ROW = 12.5
"""Points of height that a row of the table takes in legible type."""
LEAST_DRAWN = 10
"""Observations of a group below which its path is noise that would hide the others."""


def groups_page(story: PooledStory) -> Page:
    """The paths of the groups beside their means over every window."""
    shown, too_few = _drawn(story)
    paths = pd.concat([story.path(group) for group in shown], ignore_index=True)
    unit = headed("Mean cumulative abnormal return, %")
    shaded = f"; shaded: {story.level} interval of each day alone"
    note = f"Sessions from day 0{shaded if len(shown) <= MOST_SHADED else ''}."
    note += f" Not drawn: {too_few}." if too_few else ""
    draw = on_axes(draw_lines, paths, "day 0", note, unit)
    names = ", ".join(story.group_name(group) for group in shown)
    alt = f"A line of the mean cumulative abnormal return for each of {names}."
    chart = Chart("group-paths", draw, alt, 320.0, 340.0)
    table = _groups_table(story, story.windows)
    over = window_text(story.focus)
    subtitle = f"Means by group, in percent; the finding is of {over}. {setting(story)}"

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.0, 1.0, gap=16)
        chart.draw(fig, left)
        _groups_table(story, _fitting(story, right.height)).draw(fig, right)

    finding, basis = _groups_finding(story), _groups_basis(story)
    return Page("groups", finding, subtitle, (chart, table), arrange, basis=basis)


def _groups_basis(story: PooledStory) -> Basis:
    sure = [group for group in story.groups if story.mean(group, story.focus).significant]
    figures = {"significant": len(sure), "groups": len(story.groups)}
    return Basis(tuple(mean_place(group, story.focus) for group in sure), figures)


def _drawn(story: PooledStory) -> tuple[list[str], str]:
    """The groups whose path is drawn, and what is said of the others."""
    sizes = {group: story.mean(group, story.focus).n for group in story.groups}
    large = [group for group, n in sizes.items() if n >= LEAST_DRAWN] or list(sizes)
    shown = large[:MOST_GROUPS]
    others = [f"{story.group_name(g)} (N = {sizes[g]:,})" for g in sizes if g not in shown]
    return shown, some_names(others, 4)


def _groups_finding(story: PooledStory) -> str:
    """Where the groups with a significant mean lie."""
    means = [story.mean(group, story.focus) for group in story.groups]
    sure = sorted((m for m in means if m.significant), key=lambda m: m.tested)
    if not sure:
        return f"No group has a significant mean over {window_text(story.focus)}"
    named = sure if len(sure) <= 3 else [sure[0], sure[-1]]
    said = "; ".join(f"{story.group_name(m.group)} {percent(m.tested)}" for m in named)
    return (
        f"{len(sure)} of {counted(len(means), 'group')} {'has' if len(sure) == 1 else 'have'} a "
        f"significant mean over {window_text(story.focus)}: {said}"
    )


def _fitting(story: PooledStory, height: float) -> tuple[Window, ...]:
    """The windows whose groups fit on paper in legible type: the finding's, then the others."""
    count = max(1, int(height / _ROW) // (len(story.groups) + 1))
    ranked = sorted(story.windows, key=lambda window: window != story.focus)
    return tuple(window for window in story.windows if window in ranked[:count])


def _groups_table(story: PooledStory, windows: Sequence[Window]) -> Table:
    """Each window under its heading, a row a group: N, means, interval, test, p."""
    rows: list[Row] = []
    tests = dict.fromkeys(
        story.mean(group, w).test for w in story.windows for group in story.groups
    )
    several = len([name for name in tests if name]) > 1
    for window in windows:
        rows.append(Row([window_text(window)], group=True))
        for group in story.groups:
            mean = story.mean(group, window)
            rows.append(Row(_cells(story, mean, several), mean.significant))
    columns = (
        Column("Group", "left"),
        Column("\nN", "right"),
        Column(headed("Mean\n%")),
        *([Column(headed("Weighted\n%"))] if story.weighted else []),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("Positive\n%"),
        Column("p"),
        *([Column("Test", "left")] if several else []),
    )
    only = next((name for name in tests if name), "")
    notes = [f"p and interval: {only}; bold: significant"] if only and not several else []
    notes += ["other windows: tables/averages.csv"] if len(windows) < len(story.windows) else []
    note = "; ".join(notes)
    return Table(columns, tuple(rows), "tables/averages.csv", note=note, size=8.0)


def _cells(story: PooledStory, mean: MeanFigures, several: bool) -> list[str]:
    return [
        f"   {story.group_name(mean.group)}",
        f"{mean.n:,}",
        percent(mean.estimate, unit=False),
        *([percent(mean.tested, unit=False)] if story.weighted else []),
        between(percent(mean.low, unit=False), percent(mean.high, unit=False)),
        share(mean.positive / mean.n, 0, unit=False) if mean.n else MISSING,
        p_text(mean.p, prefix=False),
        *([mean.test or MISSING] if several else []),
    ]


def differences_page(story: PooledStory) -> Page:
    """Each pair of groups over each window, and the means by the values of other columns."""
    table = rounded(quoted_differences(story))
    shown = table[table["p_value"].notna()] if len(table) else table
    blocks: list[Text | Table] = []
    if len(shown):
        blocks.append(_pairs_table(story, shown))
    by_value = rounded(by_values(story))
    if len(by_value):
        own = (by_value["start"] == story.focus.start) & (by_value["end"] == story.focus.end)
        blocks.append(_values_table(story, by_value[own]))
    subtitle = (
        "Differences of plain means with errors clustered by date, which allow for windows that "
        f"overlap. {setting(story)}"
    )
    finding = _differences_finding(story, table)
    basis = _differences_basis(story, table)
    if len(blocks) < 2:
        return Page("differences", finding, subtitle, tuple(blocks), basis=basis)

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.15, 1.0, gap=18)
        blocks[0].draw(fig, left)
        blocks[1].draw(fig, right)

    return Page("differences", finding, subtitle, tuple(blocks), arrange, basis=basis)


def _differences_finding(story: PooledStory, table: pd.DataFrame) -> str:
    if table.empty:
        return f"Mean abnormal returns over {window_text(story.focus)} by the columns of the list"
    known, sure = _compared(story, table)
    over = window_text(story.focus)
    if known.empty:
        return f"The groups cannot be compared over {over}; the table gives the reasons"
    if sure.empty:
        return f"No two groups differ significantly over {over}"
    row = _largest(sure)
    first, second = row["a"], row["b"]
    gap = row["difference"]
    if gap < 0:
        first, second, gap = second, first, -gap
    return (
        f"{story.group_name(str(first))} exceeds {story.group_name(str(second))} by "
        f"{gap_text(gap, gap)} over {over} ({p_text(row['p_value'])}); {len(sure)} of "
        f"{counted(len(known), 'pair')} differ{'s' if len(sure) == 1 else ''} significantly"
    )


def _compared(story: PooledStory, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs with a figure over the finding's window, and those that differ significantly."""
    own = (table["start"] == story.focus.start) & (table["end"] == story.focus.end)
    known = table[own & table["p_value"].notna()]
    return known, known[known["p_value"] <= 1 - story.result.spec.confidence]


def _largest(sure: pd.DataFrame) -> pd.Series:
    return sure.iloc[int(sure["difference"].abs().to_numpy().argmax())]


def _differences_basis(story: PooledStory, table: pd.DataFrame) -> Basis:
    """The largest difference that is significant, and how many are."""
    if table.empty:
        return Basis()
    known, sure = _compared(story, table)
    counts = {"significant": len(sure), "pairs": len(known)}
    if sure.empty:
        return Basis(figures=counts)
    row = _largest(sure)
    pair = {"a": row["a"], "b": row["b"], "start": story.focus.start, "end": story.focus.end}
    return Basis((at("differences", pair),), counts)


def _pairs_table(story: PooledStory, table: pd.DataFrame) -> Table:
    rows: list[Row] = []
    level = 1 - story.result.spec.confidence
    for window in story.windows:
        part = table[(table["start"] == window.start) & (table["end"] == window.end)]
        rows += [Row([window_text(window)], group=True)] if len(part) else []
        for row in part.to_dict("records"):
            pair = f"   {story.group_name(str(row['a']))} − {story.group_name(str(row['b']))}"
            interval = between(*(percent(row[e], unit=False) for e in ("ci_low", "ci_high")))
            cells = [
                pair,
                percent(row["difference"], unit=False),
                interval,
                number(row["statistic"], signed=True),
                p_text(row["p_value"], prefix=False),
            ]
            rows.append(Row(cells, bold=bool(row["p_value"] <= level)))
    columns = (
        Column("Groups", "left"),
        Column(headed("Difference\n%")),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("t"),
        Column("p"),
    )
    return Table(columns, tuple(rows), "tables/differences.csv", "Group against group", size=8.0)


def _values_table(story: PooledStory, table: pd.DataFrame) -> Table:
    rows: list[Row] = []
    for column, part in table.groupby("column", sort=False):
        rows.append(Row([str(column)], group=True))
        for row in part.to_dict("records"):
            interval = between(*(percent(row[e], unit=False) for e in ("ci_low", "ci_high")))
            cells = [
                f"   {row['value']}",
                f"{row['n']:,}",
                percent(row["estimate"], unit=False),
                interval,
                share(row["positive"] / row["n"], 0, unit=False) if row["n"] else MISSING,
            ]
            rows.append(Row(cells))
    columns = (
        Column("Value", "left"),
        Column("N", "right"),
        Column(headed("Mean\n%")),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("Positive\n%"),
    )
    note = worded(f"Mean over {window_text(story.focus)}; intervals from the spread across events")
    title = "By the other columns of the list"
    return Table(columns, tuple(rows), "tables/by_value.csv", title, note, size=8.0)
