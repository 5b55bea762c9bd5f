"""The plots of the parts of the evidence: the charts of their pages, by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, singledispatch
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError, unknown_name
from eventstudy.evidence.parts.contrasts import Contrasts, contrasts_finding, lead_events
from eventstudy.evidence.parts.curve import Curve, curve_finding
from eventstudy.evidence.parts.placebos import Placebos, placebos_finding
from eventstudy.evidence.parts.recovery import Recovery, recovery_finding
from eventstudy.evidence.parts.value import Value, value_date, value_finding
from eventstudy.report.charts.curve import draw_curve
from eventstudy.report.charts.placebo import draw_days, draw_placebo, draw_places
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.plots.canvas import Given, Sketch, put_on
from eventstudy.report.plots.evidence_charts import (
    CHOICES,
    against_text,
    curve_rows,
    draw_history,
    draw_lead_paths,
    draw_pairs,
    draw_value,
    lead_names,
    marks_of,
    marks_text,
    rank_text,
)
from eventstudy.report.plots.words import when_text
from eventstudy.spec import Window, as_window
from eventstudy.text.numbers import window_text
from eventstudy.text.words import date_text, level_text


def plot_part(part: Any, ax: Given, ink: str, **chosen: Any) -> Figure:
    """Draw a part of the evidence; `chosen` are its own options, see its `plot`."""
    return put_on(_sketch(part, **chosen), ax, ink)


@singledispatch
def _sketch(part: Any) -> Sketch:
    raise InputError(f"A {type(part).__name__} has no picture.")


@_sketch.register
def _of_curve(part: Curve, entity: str | None = None, window: Any = None) -> Sketch:
    said = _row(part.summary, entity, window, "specification curve")
    days = Window(int(said["window_start"]), int(said["window_end"]))
    rows = part.specifications
    mine = (rows["entity"] == said["entity"]) & (rows["window_start"] == days.start)
    rows = rows[mine & (rows["window_end"] == days.end)].reset_index(drop=True)
    if not int(said["n_specifications"]):
        raise InputError(f"There is no curve of {said['name']} to draw: {said['reason']}.")
    level = level_text(part.confidence)

    def paint(axes: Sequence[Axes]) -> None:
        draw_curve(axes[0], axes[1], curve_rows(rows), CHOICES, level)

    subtitle = (
        f"{_what(days)} of {said['name']} {when_text(days)} in percent, by model, benchmark, "
        f"estimation window and kind of returns; {level} intervals. {against_text(said)}."
    )
    split = _stacked(1.0, 1.25)
    return Sketch(curve_finding(said), subtitle, paint, 400.0, 2, split, apart=True)


@_sketch.register
def _of_placebos(part: Placebos, entity: str | None = None, window: Any = None) -> Sketch:
    first = _row(part.summary, entity, window, "placebos")
    days = Window(int(first["window_start"]), int(first["window_end"]))
    found: dict[str, tuple[pd.Series, pd.DataFrame]] = {}
    for kind in ("time", "space"):
        row, draws = (
            table[
                (table["kind"] == kind)
                & (table["entity"] == first["entity"])
                & (table["window_start"] == days.start)
                & (table["window_end"] == days.end)
            ]
            for table in (part.summary, part.draws)
        )
        if len(row) and len(draws):
            found[kind] = row.iloc[0], draws.reset_index(drop=True)
    name = str(first["name"])
    if not found:
        raise InputError(f"{name} has no placebos {when_text(days)}: {first['reason']}.")
    rows = {kind: row for kind, (row, _) in found.items()}
    day0 = found["space"][1]["date"].iloc[0] if "space" in found else None
    on_day = days.length == 1 and days.start == 0
    own = f"its {'' if days.length == 1 else 'window '}{window_text(days)}"
    what = date_text(day0) if day0 is not None and on_day else own
    when = "that day" if days.length == 1 else "over the same days"
    title = placebos_finding(name, what, rows.get("time"), rows.get("space"), when)
    panels = _placebo_panels(name, found, day0, days)

    def paint(axes: Sequence[Axes]) -> None:
        for ax, panel in zip(axes, panels, strict=True):
            panel(ax)

    refitted = {
        "time": "at every session with no registered event around it",
        "space": "for every other asset of the prices",
    }
    subtitle = (
        f"{_what(days)} {when_text(days)} in standard errors of its forecast; the study is "
        f"refitted {' and '.join(refitted[kind] for kind in found)}."
    )
    split = _beside(1.75, 1.0) if len(panels) == 2 else _alone
    return Sketch(title, subtitle, paint, 320.0, len(panels), split, apart=True)


def _placebo_panels(
    name: str,
    found: dict[str, tuple[pd.Series, pd.DataFrame]],
    day0: pd.Timestamp | None,
    days: Window,
) -> list[Callable[[Axes], None]]:
    """What each panel draws; without a date of the event its placebos in time are bars."""
    panels: list[Callable[[Axes], None]] = []
    if "time" in found:
        row, draws = found["time"]
        observed, head = float(row["statistic"]), rank_text("In time", row)
        if day0 is None:
            values, text = draws["statistic"].to_numpy(), window_text(days)
            panels.append(lambda ax: draw_placebo(ax, values, observed, text, title=head))
        else:
            panels.append(partial(draw_days, days=draws, day0=day0, observed=observed, title=head))
    if "space" in found:
        at, others = found["space"]
        value, over = float(at["statistic"]), rank_text("In space", at)
        panels.append(partial(draw_places, assets=others, name=name, observed=value, title=over))
    return panels


@_sketch.register
def _of_recovery(part: Recovery) -> Sketch:
    names = lead_names(part)
    if not names:
        raise InputError("No lead has a path from day 0 on; see summary for the reasons.")
    marks = marks_of(part)
    key = f" {marks_text(marks)}." if len(marks) else ""
    subtitle = (
        f"CAR from day 0 on in percent, sessions {window_text((1, max(part.last, 1)))} after it."
        f"{key}"
    )

    def paint(axes: Sequence[Axes]) -> None:
        draw_lead_paths(axes, part)

    split = _beside(*[1.0] * len(names)) if len(names) > 1 else _alone
    title = recovery_finding(part, first=True)
    return Sketch(title, subtitle, paint, 280.0, len(names), split, apart=True)


@_sketch.register
def _of_contrasts(part: Contrasts) -> Sketch:
    events = lead_events(part)
    panels: list[Callable[[Axes], None]] = []
    if len(part.pairs):
        panels.append(partial(draw_pairs, found=part, more="pairs"))
    if len(events):
        panels.append(partial(draw_history, found=part, more="history"))
    if not panels:
        raise InputError(f"There is nothing to compare {part.lead} with.")

    def paint(axes: Sequence[Axes]) -> None:
        for ax, panel in zip(axes, panels, strict=True):
            panel(ax)

    subtitle = (
        "Differences of abnormal returns in percent; both sides on one regression, so that what "
        "they share that day cancels; placebo p where there is one."
    )
    most = max(len(part.pairs) + 2 * part.pairs["start"].nunique(), len(events))
    height = float(np.clip(100.0 + 16.0 * most, 180.0, 640.0))
    split = _beside(1.0, 1.0) if len(panels) == 2 else _alone
    title = contrasts_finding(part)
    return Sketch(title, subtitle, paint, height, len(panels), split, apart=True)


@_sketch.register
def _of_value(part: Value) -> Sketch:
    if part.known.empty:
        raise InputError(
            "No asset has both known shares and an abnormal amount, so that there is nothing to "
            "add up; the index points are in indices."
        )

    def paint(axes: Sequence[Axes]) -> None:
        draw_value(axes[0], part)

    subtitle = (
        f"Abnormal change on {value_date(part)}: AR × previous close × shares outstanding; raw: "
        "change of the close × shares."
    )
    height = float(np.clip(80.0 + 16.0 * len(part.known), 160.0, 560.0))
    return Sketch(value_finding(part), subtitle, paint, height)


def _row(summary: pd.DataFrame, entity: str | None, window: Any, what: str) -> pd.Series:
    """The summary's row of an entity, by key or name, and window; by default the first at day 0."""
    if summary.empty:
        raise InputError(f"There are no {what}.")
    keys, names = summary["entity"], summary["name"]
    if entity is None:
        entity = str(keys.iloc[0])
    mine = summary[(keys == entity) | (names == entity)]
    if mine.empty:
        known = [*dict.fromkeys(keys), *dict.fromkeys(names)]
        raise unknown_name("entity", str(entity), list(dict.fromkeys(known)))
    if window is None:
        day = mine[(mine["window_start"] == 0) & (mine["window_end"] == 0)]
        return (day if len(day) else mine).iloc[0]
    days = as_window(window)
    at = mine[(mine["window_start"] == days.start) & (mine["window_end"] == days.end)]
    if at.empty:
        pairs = dict.fromkeys(zip(mine["window_start"], mine["window_end"], strict=True))
        there = ", ".join(str(Window(int(a), int(b))) for a, b in pairs)
        raise InputError(f"There are no figures of {entity} over {days}; there are over {there}.")
    return at.iloc[0]


def _what(days: Window) -> str:
    return "Abnormal return" if days.length == 1 else "CAR"


def _alone(rect: Rect) -> list[Rect]:
    return [rect]


def _beside(*shares: float) -> Callable[[Rect], list[Rect]]:
    return lambda rect: rect.columns(*shares, gap=26.0 if len(shares) == 2 else 10.0)


def _stacked(*shares: float) -> Callable[[Rect], list[Rect]]:
    return lambda rect: rect.rows(*shares, gap=6.0)
