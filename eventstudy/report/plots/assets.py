"""The plots of a result: what each shows, and the finding that stands over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.paths import car_paths
from eventstudy.evidence.parts.part import LEVEL
from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.plots.canvas import Given, Sketch, grid, put_on
from eventstudy.report.plots.words import (
    car_table,
    day_text,
    days_of,
    furthest,
    group_text,
    level_text,
    marker_text,
    observation_labels,
    observations_text,
    setting_text,
    when_text,
)
from eventstudy.result.dollars import focus_of
from eventstudy.result.entities import Cast
from eventstudy.result.multiple_testing import adjust, quoted_p
from eventstudy.result.result import StudyResult
from eventstudy.spec import Window
from eventstudy.text.numbers import counted, p_text, percent, window_text

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
    paths = pd.concat([_path(one) for one in shown], ignore_index=True)
    left_out = len(wanted) - len(shown)
    rows = -(-len(shown) // 4) if len(shown) > 3 else 1
    level = level_text(result)

    def paint(axes: Sequence[Axes]) -> None:
        draw_car_paths(axes, paths, marker_text(result), f"{level} bands")

    more = f" … and {left_out} more; name them in tickers=." if left_out else ""
    subtitle = (
        f"CAR from day {day_text(result.spec.window.start)} on, in percent. "
        f"{setting_text(result)}.{more}"
    )
    height = 340.0 if rows == 1 else 205.0 * rows
    split = grid(len(shown))
    sketch = Sketch(_paths_finding(paths), subtitle, paint, height, len(shown), split)
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
    found = []
    for name in dict.fromkeys(names):
        source = result.assets if len(result.assets.rows_of("ticker", name)) else result.portfolios
        rows = source.rows_of("ticker", name)
        if not len(rows):
            known = [*result.assets.labels["ticker"], *result.portfolios.labels["ticker"]]
            raise unknown_name("asset or group", name, list(dict.fromkeys(known)))
        labels = observation_labels(result, source, rows)
        found += [_Wanted(source, int(r), text) for r, text in zip(rows, labels, strict=True)]
    return found


def _default_paths(part: StudyResult, several: bool) -> list[_Wanted]:
    """The groups of one event as portfolios or by their asset; else the assets."""
    events = part.assets.labels["event_id"].unique()
    if len(events) != 1:
        rows = np.arange(min(part.n, MOST_PANELS + 1))
        labels = observation_labels(part, part.assets, rows)
        found = [_Wanted(part.assets, int(r), text) for r, text in zip(rows, labels, strict=True)]
        return found + found[-1:] * max(0, part.n - len(found))
    at = f", {events[0]}" if several else ""
    found = []
    for entity in Cast(part).entities:
        source = part.portfolios if entity.portfolio else part.assets
        row = int(source.rows_of("ticker", entity.key)[0])
        found.append(_Wanted(source, row, f"{entity.name}{at}"))
    return found


def _path(wanted: _Wanted) -> pd.DataFrame:
    """label, day, car, low, high and the band of one path."""
    found = car_paths(wanted.estimates, np.array([wanted.row]))
    names = {"rel_day": "day", "ci_low": "low", "ci_high": "high"}
    columns = ["day", "car", "low", "high", "band_low", "band_high"]
    return found.rename(columns=names)[columns].assign(label=wanted.label)


def _paths_finding(paths: pd.DataFrame) -> str:
    """Where the paths end, and how many leave chance when each is judged at once."""
    known = paths[paths["car"].notna()]
    if known.empty:
        return "No path is known: the first day has no abnormal return"
    out = known.assign(out=(known["band_low"] > 0) | (known["band_high"] < 0))
    days = out.groupby("label", sort=False)["out"].sum()
    ends = known.groupby("label", sort=False).last()
    if len(ends) == 1:
        name, end = ends.index[0], ends.iloc[0]
        count = int(days.iloc[0])
        on = f"on {counted(count, 'day')}" if count else "on no day"
        return (
            f"{name}: a cumulative abnormal return of {percent(end['car'])} by day "
            f"{day_text(int(end['day']))}; {on} beyond chance, the path judged as a whole"
        )
    order = ends.sort_values("car", kind="stable")
    low, high = order.iloc[0], order.iloc[-1]
    return (
        f"Cumulative abnormal returns end between {percent(low['car'])} ({low.name}) and "
        f"{percent(high['car'])} ({high.name}); {(days > 0).sum()} of {len(ends)} paths are beyond "
        "chance on some day, each judged as a whole"
    )


def plot_forest(result: StudyResult, window: object, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_forest`."""
    days = days_of(window)
    table = car_table(result, days)
    rows, note = forest_rows(result, table), ""
    kept = furthest(table["t"])
    if len(kept) < len(rows):
        rows, note = rows.iloc[kept], f"; the {len(kept)} furthest from zero of {len(rows):,}"
    what = "Abnormal return" if days.length == 1 else "CAR"
    kind = "placebo p" if result.assets.has_placebo else "p of t"
    adjusted = "; BH: after Benjamini and Hochberg" if len(rows) > 1 else ""
    subtitle = (
        f"{what} in percent with {level_text(result)} interval; {kind}{adjusted}. "
        f"{setting_text(result)}."
    )
    label = f"{what} {when_text(days)}, %{note}"
    more = f"result.car({tuple(days)})"

    def paint(axes: Sequence[Axes]) -> None:
        draw_forest(axes[0], rows, label, LEVEL, more, level_text(result))

    height = float(np.clip(78.0 + 13.0 * len(rows), 130.0, 680.0))
    return put_on(Sketch(_forest_finding(result, table, days), subtitle, paint, height), ax, ink)


def _forest_finding(result: StudyResult, table: pd.DataFrame, days: Window) -> str:
    """How many stand out; of one observation its figure."""
    p, car, when = quoted_p(table), table["car"], when_text(days)
    if len(table) == 1:
        name = observation_labels(result, result.assets, np.arange(1))[0]
        row = table.iloc[0]
        if not np.isfinite(row["car"]):
            return f"{name} has no figure {when}: {row['reason']}"
        interval = f"{percent(row['ci_low'], unit=False)} to {percent(row['ci_high'])}"
        what = "an abnormal return" if days.length == 1 else "a cumulative abnormal return"
        return (
            f"{name}: {what} of {percent(row['car'])} {when} ({level_text(result)} interval "
            f"{interval}, {p_text(p.iloc[0])})"
        )
    fell, rose = ((p[side] < LEVEL).sum() for side in (car < 0, car > 0))
    absent = int(car.isna().sum())
    lost = f"; {absent:,} without a figure" if absent else ""
    return (
        f"{when[0].upper()}{when[1:]}, {fell:,} of {observations_text(result)} fell and {rose:,} "
        f"rose by more than ordinary days bring{lost}"
    )


def forest_rows(result: StudyResult, table: pd.DataFrame) -> pd.DataFrame:
    """Rows for `draw_forest` of a CAR table: group, label, estimate, low, high, p_value, BH p."""
    cast = Cast(result)
    p = quoted_p(table)
    rows = pd.DataFrame(
        {
            "group": [group_text(cast, group) for group in table["group"]],
            "label": observation_labels(result, result.assets, np.arange(result.n)),
            "estimate": table["car"].to_numpy(),
            "low": table["ci_low"].to_numpy(),
            "high": table["ci_high"].to_numpy(),
            "p_value": p.to_numpy(),
        }
    )
    return rows if len(rows) < 2 else rows.assign(p_adjusted=adjust(p)["p_bh"].to_numpy())


def plot_heatmap(result: StudyResult, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_heatmap`."""
    day = focus_of(result.spec)
    table = car_table(result, day)
    cast = Cast(result)
    labels = observation_labels(result, result.assets, np.arange(result.n))
    matrix = result.abnormal_returns.set_axis(labels)
    groups = dict(zip(labels, (group_text(cast, group) for group in table["group"]), strict=True))
    kept, unit = furthest(table["t"]), "Abnormal return, %"
    if len(kept) < len(matrix):
        unit += f", of the {len(kept)} furthest from zero on {window_text(day)} of {len(matrix):,}"
        matrix = matrix.iloc[kept]

    def paint(axes: Sequence[Axes]) -> None:
        more = "result.abnormal_returns"
        draw_heatmap(axes[0], matrix, groups, unit=unit, more=more)

    subtitle = f"Abnormal return in percent, by session from day 0. {setting_text(result)}."
    height = float(np.clip(70.0 + 14.0 * len(matrix), 130.0, 680.0))
    return put_on(Sketch(_heatmap_finding(result), subtitle, paint, height), ax, ink)


def _heatmap_finding(result: StudyResult) -> str:
    """The day on which abnormal returns were largest, and how large on day 0."""
    size = result.abnormal_returns.abs().mean()
    busiest = result.spec.window.start + int(size.to_numpy().argmax())
    own = percent(size.get(0, np.nan), signed=False)
    beside = f"; on day 0 {own}" if busiest and 0 in size.index else ""
    many = f" in the mean of {observations_text(result)}, whatever the sign"
    return (
        f"Abnormal returns were largest on day {day_text(busiest)}: "
        f"{percent(float(size.max()), signed=False)}{many if result.n > 1 else ''}{beside}"
    )


def plot_placebo(
    result: StudyResult,
    ticker: str | tuple[object, str],
    window: object,
    ax: Given,
    ink: str,
) -> Figure:
    """See `StudyResult.plot_placebo`."""
    days = days_of(window)
    estimates, row, label = _one(result, ticker)
    if not estimates.has_placebo:
        raise InputError(
            "The result does not hold the estimation windows that placebos need; run the study "
            "with placebo=True."
        )
    found = estimates.car_table(days).iloc[row]
    reference = estimates.placebos(days.length)[row]
    reference = reference[np.isfinite(reference)]
    if not len(reference):
        raise InputError(
            f"{label} has no placebo: no run of {days.length} estimation sessions is complete."
        )
    beyond = int((np.abs(reference) >= abs(found["t"])).sum())
    run = "days" if days.length == 1 else f"runs of {days.length} days"
    on = "On" if days.length == 1 else "In"
    title = (
        f"{on} {beyond} of {len(reference)} ordinary {run} {label} moved as far from its "
        f"expectation as {when_text(days)} (placebo {p_text(found['p_placebo'])})"
        if np.isfinite(found["t"])
        else f"{label} has no figure {when_text(days)}: {found['reason']}"
    )
    subtitle = (
        "In standard errors of the forecast: each run of estimation sessions is left out of its "
        f"own fit, as the event was. {setting_text(result)}."
    )

    def paint(axes: Sequence[Axes]) -> None:
        noun = "placebo days" if days.length == 1 else f"placebo runs of {days.length} days"
        band = f"95 % of the {noun}"
        t = float(found["t"])
        draw_placebo(axes[0], reference, t, window_text(days), band_label=band, noun=noun)

    return put_on(Sketch(title, subtitle, paint, 300.0), ax, ink)


def _one(result: StudyResult, ticker: str | tuple[object, str]) -> tuple[Estimates, int, str]:
    """The observation of a ticker, a group, or (event_id, ticker)."""
    event, name = (None, ticker) if isinstance(ticker, str) else ticker
    source = result.assets if len(result.assets.rows_of("ticker", name)) else result.portfolios
    rows = source.rows_of("ticker", name)
    if event is not None:
        ids = source.labels["event_id"].to_numpy()
        rows = rows[ids[rows] == event]
    if not len(rows):
        known = [*result.assets.labels["ticker"], *result.portfolios.labels["ticker"]]
        if event is not None and name in known:
            raise InputError(f"{name} has no observation at the event {event!r}.")
        raise unknown_name("asset or group", str(name), list(dict.fromkeys(known)))
    if len(rows) > 1:
        first = source.labels["event_id"].iloc[rows[0]]
        raise InputError(
            f"{name} has {len(rows)} observations; name one as (event_id, ticker), such as "
            f"({first!r}, {name!r})."
        )
    return source, int(rows[0]), observation_labels(result, source, rows)[0]
