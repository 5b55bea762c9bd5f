"""The page on recovery: what the sessions after day 0 undid of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.recovery import ALL_DAYS, CLEAR_DAYS, Recovery
from eventstudy.numbers import MISSING, number, p_text, percent, window_text
from eventstudy.spec import Window
from eventstudy.tearsheet.blocks import Chart, Page, Table, Text, axes_in, panels
from eventstudy.tearsheet.charts.recovery import draw_recovery
from eventstudy.tearsheet.geometry import Rect
from eventstudy.tearsheet.story import Story
from eventstudy.tearsheet.story_page import setting
from eventstudy.tearsheet.table import Column, Row
from eventstudy.tearsheet.text import Paragraph

EARLY = 5
"""The first of the two horizons that a title quotes, or the one nearest to it."""


def recovery_page(story: Story) -> Page:
    """How much of day 0 was won back: paths of the leads, and shares with their tests."""
    found = _evidence(story)
    marks = _marks(found)
    chart = _paths(found, marks, story) if found.path["lead"].any() else None
    key = Text((_key(marks),)) if len(marks) else None
    columns, rows = recovery_rows(found)
    table = Table(tuple(columns), tuple(rows), "tables/recovery_table.csv", size=8.0)

    def arrange(fig: Figure, body: Rect) -> None:
        top, below = body.rows(1.12, 1.0, gap=10)
        if chart is not None:
            chart.draw(fig, top)
        if key is not None:
            room = Rect(below.x, below.top - 44, below.width, 44)
            below = below.below(key.draw(fig, room))
        table.draw(fig, below)

    blocks = tuple(block for block in (chart, key, table) if block is not None)
    finding = recovery_finding(found, first=True)
    return Page("recovery", finding, _subtitle(story, found), blocks, arrange)


def _paths(found: Recovery, marks: pd.DataFrame, story: Story) -> Chart:
    """The leads' paths from day 0 on, a panel each."""
    paths = found.path[found.path["lead"]]
    names = list(dict.fromkeys(paths["label"]))
    words = [_words(found, name) for name in names]
    each = marks.drop_duplicates(["label", "day"])
    band = f"{story.level} band, day by day"

    def draw(fig: Figure, rect: Rect) -> None:
        draw_recovery(axes_in(fig, panels(rect, len(names), gap=10)), paths, each, words, band)

    alt = (
        f"Cumulative abnormal return from day 0 on of {_listed(names)}, a panel each, with lines "
        "at the level of day 0 and at zero, where all is undone."
    )
    return Chart("paths", draw, alt, height=250, narrow=200.0 * len(names))


def _evidence(story: Story) -> Recovery:
    assert story.evidence is not None
    assert story.evidence.recovery is not None
    return story.evidence.recovery


def _subtitle(story: Story, found: Recovery) -> str:
    window = window_text((1, max(found.last, 1)))
    cut = f"; {found.cut}" if found.cut else ""
    return (
        f"Share won back = −CAR[+1, +h] / AR of day 0, {story.date}; sessions {window}{cut}; p: "
        "one-sided, that CAR[+1, +h] runs against day 0; shares with "
        f"Fieller's {story.level} interval. {setting(story)}"
    )


def recovery_finding(found: Recovery, *, first: bool = False) -> str:
    """What each lead, or the first alone, had won back, early and by the last known horizon."""
    summary = found.summary[found.summary["lead"] & (found.summary["days"] == ALL_DAYS)]
    said, still, begun = [], [], False
    for lead in summary.head(1 if first else len(summary)).to_dict("records"):
        if not np.isfinite(lead["ar0"]):
            said.append(f"{lead['label']} has no abnormal return on day 0")
        elif lead["abnormal"]:
            said.append(_progress(found, lead["key"], lead["label"], not begun))
            begun = True
        else:
            still.append(lead["label"])
    if said and still:
        said.append(f"{_listed(still)}: within chance on day 0, nothing to win back")
    elif still:
        said.append(f"{_listed(still)} moved within chance on day 0: nothing to win back")
    return "; ".join(said)


def _progress(found: Recovery, key: str, name: str, first: bool) -> str:
    table = found.table
    rows = table[(table["key"] == key) & (table["days"] == ALL_DAYS) & table["share"].notna()]
    if rows.empty:
        return f"{name}: what was won back is not known"
    nearest = (rows["horizon"] - EARLY).abs().to_numpy().argmin()
    early, last = rows.iloc[nearest], rows.iloc[-1]
    fell = bool(last["ar0"] < 0)
    what = f" of its day-0 abnormal {'loss' if fell else 'gain'}"
    when = [f" after {early['horizon']} sessions", f" after {last['horizon']}"]
    what, when = (what, when) if first else ("", ["", ""])
    text = f"{name} had {_moved(early['share'], fell)}{what}{when[0]}"
    if early["horizon"] == last["horizon"]:
        return f"{text} ({_surely(last)})"
    same = (early["share"] < 0) == (last["share"] < 0)
    then = _size(last["share"]) if same else _moved(last["share"], fell)
    return f"{text} and {then}{when[1]} ({_surely(last)})"


def _surely(row: pd.Series[Any]) -> str:
    """How sure the last share is: its interval, and the one-sided p that anything came back."""
    return f"interval {_interval(row)} %, one-sided {p_text(row['p_back'])}"


def _size(share: float) -> str:
    return percent(abs(share), 0, signed=False)


def _moved(share: float, fell: bool) -> str:
    """ "won back 12 %", "lost a further 12 %"; of a gain "given back", "added a further"."""
    if share < 0:
        return f"{'lost' if fell else 'added'} a further {_size(share)}"
    return f"{'won' if fell else 'given'} back {_size(share)}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _words(found: Recovery, name: str) -> tuple[str, str]:
    """What the level of day 0 and zero stand for in a panel."""
    summary = found.summary[(found.summary["label"] == name) & (found.summary["days"] == ALL_DAYS)]
    lead = summary.iloc[0]
    if not lead["abnormal"]:
        return "day 0", "zero"
    verb = "won" if lead["ar0"] < 0 else "given"
    return f"none {verb} back", f"all {verb} back"


def _marks(found: Recovery) -> pd.DataFrame:
    """The leads' confounders: label, day, number (the same for the same day), date, title."""
    leads = found.summary.loc[found.summary["lead"], ["key", "label"]].drop_duplicates()
    marks = found.confounders.merge(leads, on="key")
    marks = marks[marks["day"] <= found.last].sort_values("day", kind="stable")
    marks["number"] = pd.factorize(marks["day"])[0] + 1
    return marks


def _key(marks: pd.DataFrame) -> Paragraph:
    """The marked days by number."""
    said = []
    for number_, same in marks.groupby("number", sort=True):
        titles = "; ".join(dict.fromkeys(str(t).rstrip(".") for t in same["title"]))
        date = same["date"].iloc[0]
        said.append(f"{number_} = {titles} ({date.day} {date:%B})")
    text = f"Marked days, which other registered events share: {' · '.join(said)}"
    return Paragraph(text, size=7.0, quiet=True, space=7.0)


def recovery_rows(found: Recovery) -> tuple[list[Column], list[Row]]:
    """The table: one row an entity, for leads a second one without the confounders' days."""
    table, summary = found.table, found.summary
    horizons = list(dict.fromkeys(table["horizon"]))
    known = table.loc[table["share"].notna(), "horizon"]
    last = int(known.max()) if len(known) else int(horizons[-1])
    columns = [Column("Share won back, %", "left"), Column("AR day 0\n%"), Column("\np")]
    for h in horizons:
        columns += [Column(f"{Window(h, h).label}\n%", "right"), Column("\np", "right")]
    columns += [
        Column(f"{Window(last, last).label} interval\n%", "right"),
        Column("First half\nback", "right"),
        Column("Abnormal\nno more from", "right"),
    ]
    rows = []
    for about in summary.to_dict("records"):
        second = about["days"] == CLEAR_DAYS
        if second and not (about["lead"] and about["left_out"]):
            continue
        mine = table[(table["key"] == about["key"]) & (table["days"] == about["days"])]
        cells = ["   without the marked days" if second else about["label"]]
        cells += [percent(about["ar0"], 1, unit=False), p_text(about["p_value"], prefix=False)]
        for share, p in zip(mine["share"], mine["p_back"], strict=True):
            pair = percent(share, 0, unit=False), p_text(p, prefix=False)
            cells += pair if about["abnormal"] else (MISSING, MISSING)
        end = mine[mine["horizon"] == last]
        cells.append(_interval(end.iloc[0]) if len(end) else MISSING)
        cells.append(_by(about["half_life"], about["half_reason"]))
        cells.append(_by(about["stays_back"], about["first_reason"] or "not within the days"))
        rows.append(Row(cells, bold=about["lead"] and not second))
    return columns, rows


def _interval(row: pd.Series[Any]) -> str:
    low, high = (percent(row[c], 0, unit=False) for c in ("share_low", "share_high"))
    return f"{low} to {high}" if np.isfinite(row["share_low"]) else MISSING


def _by(day: float, reason: str) -> str:
    if np.isfinite(day):
        return number(day, 0, signed=True)
    return "never" if reason.startswith("not within") else MISSING
