"""The plots of a result: what each shows, and the finding that stands over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.arrays import Floats
from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.quoted import quoted_table
from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.figures import EntityFigures, figures_over, labelled_path, path_window
from eventstudy.report.plots import words
from eventstudy.report.plots.canvas import Given, Sketch, grid, put_on
from eventstudy.result.dollars import focus_of
from eventstudy.result.multiple_testing import adjust
from eventstudy.result.participants import LEADS, Participants
from eventstudy.result.result import StudyResult
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.measure import headed, measure
from eventstudy.text.numbers import between, p_text, percent, window_text
from eventstudy.text.words import level_text, listed, unusual_moves

MOST_PANELS = 12


def plot_car(
    result: StudyResult, tickers: Sequence[str] | str | None, ax: Given, ink: str
) -> Figure:
    """See `StudyResult.plot_car`."""
    if not result.n:
        raise InputError("No observation could be estimated, so there is no path to draw.")
    wanted = _paths_wanted(result, tickers)
    most = MOST_PANELS if ax is None else min(np.size(np.asarray(ax, dtype=object)), MOST_PANELS)
    if tickers is not None and len(wanted) > MOST_PANELS:
        raise InputError(
            f"{len(wanted)} paths were asked for and {MOST_PANELS} panels can be drawn; name "
            "fewer tickers, or draw the means of groups with plot_caar()."
        )
    shown = wanted if tickers is not None else wanted[: max(int(most), 1)]
    paths = pd.concat(
        [labelled_path(one.estimates, one.row, one.label) for one in shown], ignore_index=True
    )
    left_out = len(wanted) - len(shown)
    rows = -(-len(shown) // 4) if len(shown) > 3 else 1
    window, level = path_window(result.spec.window), level_text(result.spec.confidence)
    ends = [(one.label, one.estimates.once(figures_over, window)[one.row]) for one in shown]

    def paint(axes: Sequence[Axes]) -> None:
        draw_car_paths(axes, paths, words.marker_text(result), f"{level} bands")

    more = f" … and {left_out} more; name them in tickers=." if left_out else ""
    subtitle = (
        f"Cumulated from day {words.day_text(window.start)}, in percent. "
        f"{words.setting_text(result)}.{more}"
    )
    height = 340.0 if rows == 1 else 205.0 * rows
    split = grid(len(shown))
    sketch = Sketch(paths_finding(ends, window), subtitle, paint, height, len(shown), split)
    return put_on(sketch, ax, ink)


@dataclass(frozen=True)
class _Wanted:
    """A path to draw: a row of estimates, under a name."""

    estimates: Estimates
    row: int
    label: str


def _paths_wanted(result: StudyResult, tickers: Sequence[str] | str | None) -> list[_Wanted]:
    """The paths that are meant, in order; by default the groups, else the assets."""
    if tickers is None:
        parts = list(result.parts.values()) or [result]
        return [one for part in parts for one in _default_paths(part, len(parts) > 1)]
    names = [tickers] if isinstance(tickers, str) else list(tickers)
    if not names:
        raise InputError("No ticker was named; name some, or leave out tickers=.")
    paths = []
    for name in dict.fromkeys(names):
        source, rows = result.named(name)
        labels = words.observation_labels(result, source, rows)
        paths += [_Wanted(source, int(r), text) for r, text in zip(rows, labels, strict=True)]
    return paths


def _default_paths(part: StudyResult, several: bool) -> list[_Wanted]:
    """The groups of one event as portfolios or by their asset; else the assets."""
    events = part.assets.labels["event_id"].unique()
    if len(events) != 1:
        rows = np.arange(min(part.n, MOST_PANELS + 1))
        labels = words.observation_labels(part, part.assets, rows)
        paths = [_Wanted(part.assets, int(r), text) for r, text in zip(rows, labels, strict=True)]
        return paths + paths[-1:] * max(0, part.n - len(paths))
    at = f", {events[0]}" if several else ""
    cast = Participants(part)
    return [_Wanted(*cast.row_of(entity), f"{entity.name}{at}") for entity in cast.entities]


def paths_finding(ends: Sequence[tuple[str, EntityFigures]], window: Window) -> str:
    """Which paths end significantly, with their figures; of many the lowest and the highest.

    Args:
        ends: what each path is called, and its CAR over the window.
        window: the days that the paths are cumulated over.
    """
    over = f"{'from day 0 to' if window.start == 0 else 'by'} day {words.day_text(window.end)}"
    known = [(name, end) for name, end in ends if np.isfinite(end.car)]
    if not known:
        return f"No cumulative abnormal return is known {over}"
    sure = sorted(((n, end) for n, end in known if end.significant), key=lambda one: one[1].car)
    if not sure and len(known) == 1:
        name, end = known[0]
        return (
            f"{over[0].upper()}{over[1:]}, the cumulative abnormal return of {name} is not "
            f"significant ({p_text(end.p)})"
        )
    if not sure:
        named = f" for {listed([name for name, _ in known], 'or')}" if len(ends) <= LEADS else ""
        return f"{over[0].upper()}{over[1:]}, no cumulative abnormal return is significant{named}"
    if len(ends) <= LEADS:
        told = [f"{name} {percent(end.car)} ({p_text(end.p)})" for name, end in sure]
        others = [name for name, end in known if not end.significant]
        rest = f"; not significant: {listed(others)}" if others else ""
        return f"Cumulative abnormal return {over}: {'; '.join(told)}{rest}"
    (first, low), (last, high) = sure[0], sure[-1]
    count = f"{len(sure)} of {len(known)} cumulative abnormal returns {over} are significant"
    if len(sure) == 1:
        return f"{count.replace('are', 'is')}: {first} {percent(low.car)}"
    return f"{count}, from {percent(low.car)} ({first}) to {percent(high.car)} ({last})"


def plot_forest(result: StudyResult, window: object, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_forest`."""
    days = as_window(window)
    table = words.drawn_cars(result, days)
    rows, note = forest_rows(result, table), ""
    kept = words.furthest(table["t"])
    if len(kept) < len(rows):
        rows, note = rows.iloc[kept], f"; the {len(kept)} furthest from zero of {len(rows):,}"
    what = words.what_text(days)
    confidence = result.spec.confidence
    kind = "t" if not result.assets.has_placebo else "the placebo test"
    adjusted = "; BH: after Benjamini and Hochberg" if len(rows) > 1 else ""
    subtitle = (
        f"{what} {words.when_text(days)} in percent with {level_text(confidence)} interval and p "
        f"of {kind}{adjusted}. "
        f"{words.setting_text(result)}."
    )
    label = headed(f"{what} {words.when_text(days)}, %{note}")
    more = f"result.car({tuple(days)})"
    draw = partial(draw_forest, rows=rows, xlabel=label, confidence=confidence, more=more)
    height = float(np.clip(78.0 + 13.0 * len(rows), 130.0, 680.0))
    title = forest_finding(result, table, days)
    return put_on(Sketch.of(title, subtitle, [draw], height=height), ax, ink)


def forest_finding(result: StudyResult, table: pd.DataFrame, days: Window) -> str:
    """How many of the rows of a CAR table stand out; of one observation its figure."""
    car, when = table["car"], words.when_text(days)
    if len(table) == 1:
        name = words.observation_labels(result, result.assets, np.arange(1))[0]
        if not np.isfinite(car.iloc[0]):
            return f"{name} has no figure {when}: {table['reason'].iloc[0]}"
        row = quoted_table(table, result.spec.confidence).iloc[0]
        interval = between(percent(row["low"], unit=False), percent(row["high"]))
        what = "an abnormal return" if days.length == 1 else "a cumulative abnormal return"
        return (
            f"{name}: {what} of {percent(row['estimate'])} {when} "
            f"({level_text(result.spec.confidence)} interval {interval}, {p_text(row['p'])})"
        )
    counts = moved_counts(result, table)
    lost = f"; {counts.absent:,} without a figure" if counts.absent else ""
    whose = "its" if counts.usual == 1 else "their"
    within = f"; {counts.usual:,} moved within {whose} normal range"
    moved = unusual_moves(counts.fell, counts.rose, words.observations_text(result))
    shown = within if counts.usual and (counts.fell or counts.rose) else ""
    return f"{moved[0].upper()}{moved[1:]}{shown}{lost}"


@dataclass(frozen=True, slots=True)
class MovedCounts:
    """How many observations moved how; indices hold assets and are not counted."""

    fell: int
    """Unusually far."""
    rose: int
    """Unusually far."""
    usual: int
    absent: int
    """Without a figure."""
    assets: int
    """All of them."""


def moved_counts(result: StudyResult, table: pd.DataFrame) -> MovedCounts:
    """How the rows of a CAR table moved."""
    rows = words.counted_rows(result)
    sure = quoted_table(table, result.spec.confidence)["significant"][rows]
    car = table["car"][rows]
    fell, rose = int((sure & (car < 0)).sum()), int((sure & (car > 0)).sum())
    usual, absent = int((~sure & car.notna()).sum()), int(car.isna().sum())
    return MovedCounts(fell, rose, usual, absent, len(car))


def forest_rows(result: StudyResult, table: pd.DataFrame) -> pd.DataFrame:
    """Rows for `draw_forest` of a CAR table, with the test that is quoted.

    Columns group, label, estimate, low, high, p_value, significant, and p_adjusted of several.
    """
    cast = Participants(result)
    quoted = quoted_table(table, result.spec.confidence).reset_index(drop=True)
    quoted = quoted.replace([np.inf, -np.inf], np.nan)
    p = quoted["p"]
    rows = pd.DataFrame(
        {
            "group": [words.group_text(cast, group) for group in table["group"]],
            "label": words.observation_labels(result, result.assets, np.arange(result.n)),
            **quoted[["estimate", "low", "high"]],
            "p_value": p,
            "significant": quoted["significant"],
        }
    )
    return rows if len(rows) < 2 else rows.assign(p_adjusted=adjust(p)["p_bh"].to_numpy())


def plot_heatmap(result: StudyResult, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_heatmap`."""
    day = focus_of(result.spec)
    table = words.drawn_cars(result, day)
    cast = Participants(result)
    labels = words.observation_labels(result, result.assets, np.arange(result.n))
    matrix = result.abnormal_returns.set_axis(labels)
    names = [words.group_text(cast, group) for group in table["group"]]
    groups = dict(zip(labels, names, strict=True))
    kept, unit = words.furthest(table["t"]), headed("Abnormal return, %")
    if len(kept) < len(matrix):
        unit += f", of the {len(kept)} furthest from zero on {window_text(day)} of {len(matrix):,}"
        matrix = matrix.iloc[kept]
    more = "result.abnormal_returns"
    draw = partial(draw_heatmap, matrix=matrix, groups=groups, unit=unit, more=more)
    what = f"{headed('Abnormal return')} in {measure().name}"
    subtitle = f"{what}, by session from day 0. {words.setting_text(result)}."
    height = float(np.clip(70.0 + 14.0 * len(matrix), 130.0, 680.0))
    return put_on(Sketch.of(busiest_days(result), subtitle, [draw], height=height), ax, ink)


def _significant(result: StudyResult, window: tuple[int, int]) -> int:
    """How many observations are significant over a window."""
    quoted = quoted_table(result.car(window), result.spec.confidence)
    return int(quoted["significant"][words.counted_rows(result)].sum())


def busiest_days(result: StudyResult) -> str:
    """How many observations leave the ordinary on the focus day, and on the busiest other day."""
    counts = busy_counts(result)
    if counts is None:
        return f"Abnormal returns over days {result.spec.window}"
    level = 1 - result.spec.confidence
    other = "next busiest" if counts.own >= counts.other else "busiest other"
    return (
        f"{counts.own or 'None'} of {words.observations_text(result)} moved unusually on "
        f"{window_text(focus_of(result.spec))} (p ≤ {level:.2g}); the {other} day, "
        f"{words.day_text(counts.day)}, had {counts.other or 'none'}"
    )


@dataclass(frozen=True, slots=True)
class BusyCounts:
    """How many observations moved unusually on the focus day and on the busiest other day."""

    own: int
    day: int
    """The busiest other day."""
    other: int
    """How many did on it."""
    assets: int
    """How many were studied, without indices."""


def busy_counts(result: StudyResult) -> BusyCounts | None:
    """The counts of `busiest_days`; None where no day is left to compare the focus with."""
    window, focus = result.spec.window, focus_of(result.spec)
    counts = {day: _significant(result, (day, day)) for day in window.days if day != focus.start}
    if not window.covers(focus) or not counts:
        return None
    day = max(counts, key=lambda d: counts[d])
    total = int(words.counted_rows(result).sum())
    return BusyCounts(_significant(result, focus), day, counts[day], total)


def plot_placebo(
    result: StudyResult,
    ticker: str | tuple[object, str],
    window: object,
    ax: Given,
    ink: str,
) -> Figure:
    """See `StudyResult.plot_placebo`."""
    days = as_window(window)
    estimates, row, label = _one(result, ticker)
    if not estimates.has_placebo:
        raise InputError(
            "The result does not hold the estimation windows that placebos need; run the study "
            "with placebo=True."
        )
    figures = estimates.once(figures_over, days)[row]
    reference = placebos_of(estimates, row, days)
    if not len(reference):
        raise InputError(
            f"{label} has no placebo: no run of {days.length} estimation sessions is complete."
        )
    subtitle = (
        "In standard errors of the forecast: each run of estimation sessions is left out of its "
        f"own fit, as the event was. {words.setting_text(result)}."
    )
    noun = "ordinary days" if days.length == 1 else f"ordinary runs of {days.length} days"
    own = window_text(days)
    draw = partial(
        draw_placebo,
        reference=reference,
        observed=figures.t,
        label_text=own,
        noun=noun,
        confidence=result.spec.confidence,
    )
    title = placebo_finding(label, figures, reference, days, words.when_text(days))
    return put_on(Sketch.of(title, subtitle, [draw], height=300.0), ax, ink)


def placebos_of(estimates: Estimates, row: int, days: Window) -> Floats:
    """(M,) the placebo statistics of one observation for windows as long as `days`."""
    reference = estimates.placebos(days.length)[row]
    return np.asarray(reference[np.isfinite(reference)])


def placebo_finding(
    name: str, figures: EntityFigures, reference: Floats, days: Window, when: str
) -> str:
    """How many ordinary days were as far out as the event.

    Args:
        name: what the observation is called.
        figures: its own over `days`.
        reference: (M,) the placebo statistics.
        days: the window.
        when: the window in words, such as "on 27 January 2025".
    """
    run = "days" if days.length == 1 else f"runs of {days.length} days"
    if not np.isfinite(figures.t):
        return f"{name} has no abnormal return {when}; its ordinary {run} alone"
    beyond = as_far_out(figures, reference)
    where = "On" if days.length == 1 else "In"
    if not beyond:
        none = f"{where} none of {len(reference)} ordinary {run}"
        return f"{none} was {name} as far from expectation as {when} ({figures.p_said})"
    some = f"{where.lower()} {beyond} of {len(reference)} ordinary {run}"
    return f"{name} was as far from expectation {some} as {when} ({figures.p_said})"


def as_far_out(figures: EntityFigures, reference: Floats) -> int:
    """How many placebos are at least as far from expectation as the event."""
    return int((np.abs(reference) >= abs(figures.t)).sum())


def _one(result: StudyResult, ticker: str | tuple[object, str]) -> tuple[Estimates, int, str]:
    """The observation of a ticker, a group, or (event_id, ticker)."""
    event, name = (None, ticker) if isinstance(ticker, str) else ticker
    source, rows = result.named(name, event)
    if len(rows) > 1:
        first = source.labels["event_id"].iloc[rows[0]]
        raise InputError(
            f"{name} has {len(rows)} observations; name one as (event_id, ticker), such as "
            f"({first!r}, {name!r})."
        )
    return source, int(rows[0]), words.observation_labels(result, source, rows)[0]
