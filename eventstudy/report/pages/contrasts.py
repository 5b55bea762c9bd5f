"""The page on comparisons: every group against the lead, and the lead on every registered event."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError
from eventstudy.evidence.parts.contrasts import (
    Contrasts,
    better_and_worse,
    contrasts_finding,
    lead_events,
    pairs_of_day,
    significant_days,
)
from eventstudy.evidence.parts.part import range_cell
from eventstudy.report.charts.contrasts import draw_contrasts
from eventstudy.report.drawing.blocks import Block, Chart, Page, Table, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.plots.canvas import Paint, Sketch, beside
from eventstudy.report.story import Story, setting
from eventstudy.result.multiple_testing import quoted_p
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import p_text, percent, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text, short_date, significance_key

_ALONE = 1.6
"""Of its usual height, the most that a chart takes which has the page for itself."""


def contrasts_page(story: Story) -> Page:
    """Differences from the lead at the left; its events, and pairs of events, at the right."""
    contrasts = story.part(Contrasts)
    subtitle = (
        f"Differences of abnormal returns in percent, {story.date}; each is estimated in one "
        "regression, so that shocks common to the day cancel; placebo p where there is one. "
        f"{setting(story)}"
    )
    pairs = _pairs_chart(contrasts) if len(contrasts.pairs) else None
    history = _history_chart(contrasts) if len(lead_events(contrasts)) > 1 else None
    rivals = _rivals(contrasts, story) if len(contrasts.headlines) else None

    def arrange(fig: Figure, body: Rect) -> None:
        if pairs is not None and len(there) == 1:
            height = min(body.height, _ALONE * pairs.height)
            right = Rect(body.x, body.top - height, body.width, height)
        elif pairs is None:
            right = body
        else:
            left, right = body.columns(1.0, 1.0, gap=26)
            pairs.draw(fig, left)
        side = [block for block in there if block is not pairs] or there
        rects = right.rows(1.35, 1.0, gap=12) if len(side) > 1 else [right]
        for block, rect in zip(side, rects, strict=True):
            block.draw(fig, rect)

    blocks: tuple[Block | None, ...] = (pairs, history, rivals)
    there = tuple(block for block in blocks if block is not None)
    finding = contrasts_finding(contrasts, story.date)
    return Page("contrasts", finding, subtitle, there, arrange, basis=_basis(contrasts))


def _basis(contrasts: Contrasts) -> Basis:
    """The counts of the finding, and the only difference where there is one."""
    (_, known), events = pairs_of_day(contrasts), lead_events(contrasts)
    better, worse = better_and_worse(contrasts)
    figures = {
        "better": better,
        "worse": worse,
        "groups": len(known),
        "p": float(quoted_p(known).iloc[0]) if len(known) == 1 else None,
        "events": int(events["ar"].notna().sum()),
        "days": list(significant_days(contrasts)),
    }
    only = [at("evidence", "contrasts").over(Window(0, 0))] if len(known) == 1 else []
    return Basis(tuple(only), figures)


def _pairs_chart(contrasts: Contrasts) -> Chart:
    """Every group minus the lead."""
    alt = (
        f"Each group's abnormal return minus that of {contrasts.lead}, with its interval, by "
        "window."
    )
    height = 110.0 + 15.0 * len(contrasts.pairs)
    draw = on_axes(_draw_pairs, contrasts, "tables/contrasts_pairs.csv")
    return Chart("differences", draw, alt, height, height)


def _history_chart(contrasts: Contrasts) -> Chart:
    """The lead on every registered event that names it."""
    alt = (
        f"The abnormal return of {contrasts.lead} on day 0 of each registered event, with interval."
    )
    height = 110.0 + 15.0 * len(lead_events(contrasts))
    draw = on_axes(_draw_history, contrasts, "tables/contrasts_history.csv")
    return Chart("history", draw, alt, height, height)


def contrasts_sketch(contrasts: Contrasts) -> Sketch:
    """Both charts by themselves.

    Raises:
        InputError: there is nothing to compare the lead with.
    """
    pairs, events = contrasts.pairs, lead_events(contrasts)
    panels: list[Paint] = []
    if len(pairs):
        panels.append(partial(_draw_pairs, contrasts=contrasts, more="pairs"))
    if len(events):
        panels.append(partial(_draw_history, contrasts=contrasts, more="history"))
    if not panels:
        raise InputError(f"There is nothing to compare {contrasts.lead} with.")
    subtitle = (
        "Differences of abnormal returns in percent; each is estimated in one regression, so "
        "that shocks common to the day cancel; placebo p where there is one."
    )
    most = max(len(pairs) + 2 * pairs["start"].nunique(), len(events))
    height = float(np.clip(100.0 + 16.0 * most, 180.0, 640.0))
    split = beside(*[1.0] * len(panels))
    title = contrasts_finding(contrasts)
    return Sketch.of(title, subtitle, panels, height=height, split=split)


def _draw_pairs(ax: Axes, contrasts: Contrasts, more: str) -> None:
    """Every group minus the lead, a heading a window."""
    pairs = contrasts.pairs.sort_values(
        ["start", "end"], key=lambda days: days.abs(), kind="stable"
    )
    quoted = contrasts.quoted(pairs)
    heads = [
        window_text((s, e)).capitalize() if s == e else f"CAR {window_text((s, e))}"
        for s, e in zip(pairs["start"], pairs["end"], strict=True)
    ]
    rows = _forest_rows(quoted, heads, pairs["a"])
    label = f"Difference of abnormal returns, %, with {level_text(contrasts.confidence)} interval"
    columns = {"%": _percents(pairs["car"]), "p": _p_texts(quoted["p"])}
    title = f"Each minus {contrasts.lead}"
    draw_contrasts(ax, rows, pd.DataFrame(columns), title, label, _key(contrasts), more)


def _draw_history(ax: Axes, contrasts: Contrasts, more: str) -> None:
    """The lead on every registered event that names it, in order of their days."""
    events = lead_events(contrasts)
    names = [
        f"{title.rstrip('.')}, {short_date(day)}"
        for title, day in zip(events["title"], events["day0"], strict=True)
    ]
    quoted = contrasts.quoted(events, "ar")
    rows = _forest_rows(quoted, "", names)
    columns = {
        "%": _percents(events["ar"]),
        "p": _p_texts(quoted["p"]),
        "Holm p": _p_texts(events["p_holm"]),
    }
    level = level_text(contrasts.confidence)
    label = f"Abnormal return, %, with {level} interval; Holm over these days"
    title = f"{contrasts.lead} on day 0 of each registered event"
    draw_contrasts(ax, rows, pd.DataFrame(columns), title, label, _key(contrasts), more)


def _forest_rows(quoted: pd.DataFrame, group: object, label: object) -> pd.DataFrame:
    """Rows as `draw_contrasts` takes them, of what is quoted."""
    rows = {name: quoted[name].to_numpy() for name in ("estimate", "low", "high")}
    named = {"group": group, "label": np.asarray(label, dtype=object)}
    table = pd.DataFrame({**named, **rows, "sure": quoted["significant"].to_numpy()})
    return table.replace([np.inf, -np.inf], np.nan)


def _percents(values: pd.Series) -> list[str]:
    return [percent(value, 1, unit=False) for value in values]


def _p_texts(values: pd.Series) -> list[str]:
    return [p_text(value, prefix=False) for value in values]


def _key(contrasts: Contrasts) -> str:
    """What filled and empty markers mean."""
    return significance_key("p", 1 - contrasts.confidence)


def _rivals(contrasts: Contrasts, story: Story) -> Table:
    """This event minus each other headline event: the leads, day 0 and the longest window."""
    table = contrasts.headlines
    length = table["end"] - table["start"]
    table = table[(length == length.max()) | ((table["start"] == 0) & (table["end"] == 0))]
    shared = int(table["shared"].max())
    overlap = f"; up to {shared} sessions lie in both windows" if shared else ""
    columns = (
        Column("", "left"),
        Column("", "left"),
        Column("This\n%"),
        Column("Other\n%"),
        Column("Difference\n%"),
        Column(f"{story.level} interval\n%", "right"),
        Column("\np"),
    )
    rows: list[Row] = []
    for (_, title), part in table.groupby(["event_id", "title"], sort=False):
        day = short_date(part["day0"].iloc[0])
        rows.append(Row([f"{day}: {str(title).rstrip('.')}"], group=True))
        for row in part.to_dict("records"):
            cells = [
                str(row["label"]) if row["start"] == row["end"] else "",
                window_text((row["start"], row["end"])),
                *(percent(row[name], 1, unit=False) for name in ("car_a", "car_b", "car")),
                range_cell(row["ci_low"], row["ci_high"], 1),
                p_text(row["p_value"], prefix=False),
            ]
            rows.append(Row(cells))
    return Table(
        columns,
        tuple(rows),
        "tables/contrasts_headlines.csv",
        title="This event minus the other headline events",
        note=f"The same asset on two days, exact variance{overlap}",
        size=8.0,
    )
