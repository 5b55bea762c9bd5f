"""The parts of the evidence as their charts take them, for the pages and for plots."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from eventstudy.evidence.grid import MARKET_FACTOR, NO_BENCHMARK
from eventstudy.evidence.parts.contrasts import Contrasts, lead_events
from eventstudy.evidence.parts.part import LEVEL
from eventstudy.evidence.parts.recovery import ALL_DAYS, Recovery
from eventstudy.evidence.parts.value import Value
from eventstudy.report.charts.contrasts import draw_contrasts
from eventstudy.report.charts.recovery import draw_recovery
from eventstudy.report.charts.waterfall import draw_waterfall
from eventstudy.result.multiple_testing import quoted_p
from eventstudy.text.numbers import counted, number, p_text, percent, window_text
from eventstudy.text.words import level_text, ordinal, short_date

CHOICES = ("Model", "Benchmark", "Sessions", "Ending", "Returns")
"""What a specification chooses, in the order of a curve's rows."""


def curve_rows(rows: pd.DataFrame, name: Callable[[str], str] = str) -> pd.DataFrame:
    """Specifications of a curve as `draw_curve` takes them; `name` writes a ticker out."""
    known = {NO_BENCHMARK: "None", MARKET_FACTOR: "Market factor"}
    benchmark = {b: known.get(b, name(b)) for b in rows["benchmark"].unique()}
    return pd.DataFrame(
        {
            "estimate": rows["estimate"],
            "low": rows["ci_low"],
            "high": rows["ci_high"],
            "significant": rows["significant"],
            "own": rows["own"],
            "Model": rows["model_label"],
            "Benchmark": rows["benchmark"].map(benchmark),
            "Sessions": [f"{length} sessions" for length in rows["length"]],
            "Ending": [f"session {number(end, 0, signed=True)}" for end in rows["end"]],
            "Returns": rows["returns"].str.capitalize(),
        }
    )


def against_text(said: pd.Series) -> str:
    """The curve among those of ordinary days, in a sentence."""
    if not np.isfinite(said["p_median"]):
        return f"No p of the curve: {said['reason']}."
    p = [p_text(float(said[name])) for name in ("p_median", "p_significant", "p_z")]
    return (
        f"Among the same curves of {counted(int(said['n_placebos']), 'ordinary day')}: "
        f"{p[0]} by the median, {p[1]} by how many are significant, {p[2]} by their mean z"
    )


def words_of(found: Recovery, name: str) -> tuple[str, str]:
    """What the level of day 0 and zero stand for in a panel."""
    summary = found.summary[(found.summary["label"] == name) & (found.summary["days"] == ALL_DAYS)]
    lead = summary.iloc[0]
    if not lead["abnormal"]:
        return "day 0", "zero"
    verb = "won" if lead["ar0"] < 0 else "given"
    return f"none {verb} back", f"all {verb} back"


def marks_of(found: Recovery) -> pd.DataFrame:
    """The leads' confounders: label, day, number (the same for the same day), date, title."""
    leads = found.summary.loc[found.summary["lead"], ["key", "label"]].drop_duplicates()
    marks = found.confounders.merge(leads, on="key")
    marks = marks[marks["day"] <= found.last].sort_values("day", kind="stable")
    marks["number"] = pd.factorize(marks["day"])[0] + 1
    return marks


def marks_text(marks: pd.DataFrame) -> str:
    """The marked days by number."""
    said = []
    for number_, same in marks.groupby("number", sort=True):
        titles = "; ".join(dict.fromkeys(str(t).rstrip(".") for t in same["title"]))
        date = same["date"].iloc[0]
        said.append(f"{number_} = {titles} ({date.day} {date:%B})")
    return f"Marked days, which other registered events share: {' · '.join(said)}"


def lead_names(found: Recovery) -> list[str]:
    """The leads that have a path."""
    return list(dict.fromkeys(found.path.loc[found.path["lead"], "label"]))


def draw_lead_paths(axes: Sequence[Axes], found: Recovery) -> None:
    """The leads' paths from day 0 on, a panel each."""
    paths, names = found.path[found.path["lead"]], lead_names(found)
    words = [words_of(found, name) for name in names]
    each = marks_of(found).drop_duplicates(["label", "day"])
    draw_recovery(axes, paths, each, words, f"{level_text(found.confidence)} band, day by day")


def pair_rows(found: Contrasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The forest of differences, a group a window."""
    order = ["start", "end"]
    pairs = found.pairs.sort_values(order, key=lambda c: c.abs(), kind="stable")
    p = quoted_p(pairs)
    heads = [
        window_text((s, e)).capitalize() if s == e else f"CAR {window_text((s, e))}"
        for s, e in zip(pairs["start"], pairs["end"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "group": heads,
            "label": pairs["a"],
            "estimate": pairs["car"],
            "low": pairs["ci_low"],
            "high": pairs["ci_high"],
            "sure": p < LEVEL,
        }
    )
    cells = pd.DataFrame(
        {
            "%": [percent(v, 1, unit=False) for v in pairs["car"]],
            "p": [p_text(v, prefix=False) for v in p],
        }
    )
    return rows.reset_index(drop=True), cells


def event_rows(found: Contrasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lead's events in order of their days."""
    events = lead_events(found)
    adjusted = events["p_holm"]
    rows = pd.DataFrame(
        {
            "group": "",
            "label": [
                f"{title.rstrip('.')}, {short_date(day)}"
                for title, day in zip(events["title"], events["day0"], strict=True)
            ],
            "estimate": events["ar"].to_numpy(),
            "low": events["ci_low"].to_numpy(),
            "high": events["ci_high"].to_numpy(),
            "sure": (adjusted < LEVEL).to_numpy(),
        }
    )
    cells = pd.DataFrame(
        {
            "%": [percent(v, 1, unit=False) for v in events["ar"]],
            "p": [p_text(v, prefix=False) for v in quoted_p(events)],
            "Holm p": [p_text(v, prefix=False) for v in adjusted],
        }
    )
    return rows, cells


def draw_pairs(ax: Axes, found: Contrasts, more: str = "tables/contrasts_pairs.csv") -> None:
    """Every group minus the lead."""
    rows, cells = pair_rows(found)
    label = f"Difference of abnormal returns, %, with {level_text(found.confidence)} interval"
    draw_contrasts(ax, rows, cells, f"Each minus {found.lead}", label, p_key("p"), more)


def draw_history(ax: Axes, found: Contrasts, more: str = "tables/contrasts_history.csv") -> None:
    """The lead on every registered event that names it."""
    rows, cells = event_rows(found)
    title = f"{found.lead} on day 0 of each registered event"
    level = level_text(found.confidence)
    label = f"Abnormal return, %, with {level} interval; Holm over these days"
    draw_contrasts(ax, rows, cells, title, label, p_key("Holm p"), more)


def p_key(p: str) -> str:
    """What filled and empty markers mean."""
    return f"● {p} < {LEVEL:g}   ○ {p} ≥ {LEVEL:g} or unknown"


def rank_text(kind: str, row: pd.Series) -> str:
    """The heading of a panel: "In time: 1st of 182, p = 0.005"."""
    if not np.isfinite(row["rank"]):
        return f"{kind}: no rank"
    of = f"{ordinal(int(row['rank']))} of {int(row['n_placebos']) + 1:,}"
    return f"{kind}: {of}, {p_text(float(row['p_value']))}"


def draw_value(ax: Axes, found: Value) -> None:
    """Abnormal dollars company by company, and their sum; needs one that is known."""
    called = dict(zip(found.totals["group"], found.totals["label"], strict=True))
    rows = found.known.assign(
        label=found.known["name"], group=[called.get(g, g) for g in found.known["group"]]
    )
    rows["group"] = rows["group"].where(rows["group"] != rows["label"], "")
    total = pd.DataFrame([{**found.total, "label": "Total", "group": ""}])
    draw_waterfall(ax, rows, total, level=level_text(found.confidence))
