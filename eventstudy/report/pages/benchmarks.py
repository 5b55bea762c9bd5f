"""The same estimates under the study's benchmark and another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.estimation.quoted import quoted_table
from eventstudy.evidence.parts.contamination import Contamination
from eventstudy.report.charts.rows import draw_benchmarks
from eventstudy.report.drawing.blocks import Chart, Page, on_axes
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.story import Story, setting
from eventstudy.text.measure import headed
from eventstudy.text.numbers import counted, percent, window_text

_BOUNDS = ("estimate", "low", "high")


def benchmarks_page(story: Story) -> Page:
    """The same estimates under the study's benchmark and another."""
    other = next(iter(story.result.comparison))
    records = []
    quoted = quoted_table(story.day_table, story.result.spec.confidence)
    for row in story.day_table.join(quoted[list(_BOUNDS)]).itertuples():
        ticker = str(row.ticker)
        second = story.under(other, ticker, story.focus)
        shared = {"group": story.group_label(str(row.group)), "label": story.name(ticker)}
        own = {name: getattr(row, name) for name in _BOUNDS}
        alt = {name: getattr(second.quoted, name) for name in _BOUNDS} if second else {}
        records.append({**shared, "benchmark": story.benchmark, **own})
        records.append({**shared, "benchmark": other, **alt})
    rows = pd.DataFrame(records).replace([np.inf, -np.inf], np.nan)
    finding = _benchmark_finding(story, other, rows)
    lower, count = _lower(story, other, rows)
    subtitle = (
        f"Abnormal return on {window_text(story.focus)} in percent with "
        f"{story.level} interval; {other}: {story.name(other)}{_apart(story, other)}. "
        f"{setting(story)}"
    )
    xlabel = headed(f"Abnormal return on {window_text(story.focus)}, %")
    shows = (
        f"Each asset's abnormal return with its interval twice: against "
        f"{story.name(story.benchmark)} and against {story.lower_name(other)}."
    )
    height = 90.0 + 13.0 * len(story.day_table)
    draw = on_axes(draw_benchmarks, rows, xlabel, level=story.level)
    narrow = height + 20.0 * rows["group"].nunique()
    chart = Chart("benchmarks", draw, shows, height, narrow)
    basis = Basis((at("lead", "against"),), {"lower": lower, "assets": count})
    return Page("benchmarks", finding, subtitle, (chart,), basis=basis)


def _apart(story: Story, other: str) -> str:
    """For how many assets the benchmarks differ by more than one standard error."""
    if not story.has_part("contamination"):
        return ""
    table = story.part(Contamination).table
    day = table[(table["start"] == story.focus.start) & (table["end"] == story.focus.end)]
    assets = day[(day["other"] == other) & ~day["portfolio"] & day["difference"].notna()]
    differ = int(assets["flagged"].sum())
    verb = "differs" if differ == 1 else "differ"
    return f"; {differ} of {counted(len(assets), 'row')} {verb} by more than one standard error"


def _lower(story: Story, other: str, rows: pd.DataFrame) -> tuple[int, int]:
    """For how many of how many assets the other benchmark's abnormal return is lower."""
    assets = [not str(ticker).startswith("^") for ticker in story.day_table["ticker"]]
    own, second = (
        rows.loc[rows["benchmark"] == b, "estimate"].to_numpy()[assets]
        for b in (story.benchmark, other)
    )
    return int((second < own).sum()), len(own)


def _benchmark_finding(story: Story, other: str, rows: pd.DataFrame) -> str:
    """The lead's two figures and for how many assets the other benchmark's is lower."""
    lower, count = _lower(story, other, rows)
    verb = "has a lower abnormal return" if lower == 1 else "have lower abnormal returns"
    some = f"all {count} assets" if lower == count > 1 else f"{lower} of {counted(count, 'asset')}"
    worse = f"{some} {verb} against"
    lead = story.leads[0]
    second = None if lead.portfolio else story.under(other, lead.key, story.focus)
    if second is None or not np.isfinite(second.car):
        text = f"{worse} {story.lower_name(other)} {story.on_focus_date}"
        return f"{text[0].upper()}{text[1:]}"
    first = story.figures(lead, story.focus)
    if not (first.significant or second.significant):
        return (
            f"{lead.name}'s abnormal return {story.on_focus_date} is not significant with either "
            f"benchmark; {worse} {story.lower_name(other)}"
        )
    figures = (
        f"{lead.name} {story.on_focus_date}: {percent(first.car)} against "
        f"{story.name(story.benchmark)}, {percent(second.car)} against {story.lower_name(other)}"
    )
    return f"{figures}; {worse} the latter" if count else figures
