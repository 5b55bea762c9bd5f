"""The pages for a court: money a share with the inflation ribbon; the share beside its peers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eventstudy.errors import InputError
from eventstudy.evidence.parts.damages import (
    PEERS_THEMSELVES,
    STUDY,
    Damages,
    beside_peers,
    damages_finding,
    peers_finding,
    power_sentence,
    significant,
)
from eventstudy.evidence.parts.part import range_cell
from eventstudy.report.charts.inflation import draw_inflation
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, axes_in, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, evidence_row
from eventstudy.report.plots.canvas import Sketch, stacked
from eventstudy.report.story import Story, setting
from eventstudy.text.measure import headed
from eventstudy.text.numbers import between, counted, number, p_text, percent, share, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import date_text, level_text, listed, short_date

_SIZE = 8.0
_PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
MOST_ROWS = 18
"""Rows of the inflation table, beyond which its periods are longer."""
_BETWEEN = 9.0
"""Points between the blocks of a column."""


def damages_page(story: Story) -> Page:
    """Money a share over each window, and inflation through the class period.

    Without a significant abnormal return there is no inflation to show. Needs
    `story.evidence.damages`.
    """
    found = story.part(Damages)
    day, base = (pd.Timestamp(each) for each in (found.date, found.base_date))
    about = f"Abnormal return × the close before the window, with {story.level} interval of the "
    about += "quoted test."
    if not found.significant:
        known = (_per_share_table(found), _limits(story, found))
        about = f"{about} {setting(story)}"
        return Page("damages", damages_finding(found), about, known, basis=_basis(found))
    subtitle = (
        f"{about} Inflation before {date_text(day)}: constant dollar −AR × close of "
        f"{short_date(base)}; constant percentage −AR × each close. {setting(story)}"
    )
    table, course, limits = _per_share_table(found), _inflation_table(found), _limits(story, found)
    chart = _ribbon(found)

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.12, 1.0, gap=24)
        chart.draw(fig, left)
        below = right.below(table.draw(fig, right) - _BETWEEN)
        reading = sum(paragraph.height(right.width) for paragraph in limits.paragraphs)
        room = Rect(below.x, below.bottom + reading, below.width, below.height - reading)
        limits.draw(fig, right.below(course.draw(fig, room) - _BETWEEN))

    blocks = (chart, table, course, limits)
    finding, basis = damages_finding(found), _basis(found)
    return Page("damages", finding, subtitle, blocks, arrange, basis=basis)


def _basis(found: Damages) -> Basis:
    """The row of the event day."""
    return Basis((evidence_row("damages", found.day, "start", "end"),))


def _ribbon(found: Damages) -> Chart:
    first, last = (short_date(pd.Timestamp(day)) for day in (found.class_start, found.base_date))
    alt = (
        f"Two panels from {first} to {last}: the close of {found.name} above what it would have "
        "been without the inflation, and the inflation a share with its interval, as a constant "
        f"amount of {found.money(-found.day['per_share'])} and as a constant share of the price."
    )

    def draw(fig: Figure, rect: Rect) -> None:
        _draw(axes_in(fig, rect.rows(1.15, 1.0, gap=12)), found)

    return Chart("ribbon", draw, alt, 440, 440)


def _draw(axes: Sequence[Axes], found: Damages) -> None:
    table = found.inflation.replace([np.inf, -np.inf], np.nan)
    draw_inflation(axes, table, found.currency, f"{level_text(found.confidence)} interval")


def damages_sketch(found: Damages) -> Sketch:
    """The ribbon by itself.

    Raises:
        InputError: the event day has no abnormal return.
    """
    if not np.isfinite(found.day["car"]):
        raise InputError(f"There is no inflation to draw: {found.day['reason']}.")
    subtitle = (
        f"Closes from {found.class_start} to {found.base_date}, in {found.currency} a share, and "
        "the part of them that the abnormal return of the event day implies as inflation."
    )
    paint = partial(_draw, found=found)
    split = stacked(1.15, 1.0, gap=12)
    return Sketch(damages_finding(found), subtitle, paint, 420.0, 2, split, apart=True)


def _per_share_table(found: Damages) -> Table:
    unit = found.currency
    columns = (
        Column("Window", "left"),
        Column("AR or CAR\n%"),
        Column(f"A share\n{unit}", "right"),
        Column(f"{level_text(found.confidence)} interval\n{unit}", "right"),
        Column("\np", "right"),
        Column(f"Detectable\nat {share(found.power, 0)}, {unit}", "right"),
    )
    rows = [
        Row(
            [
                window_text((int(row["start"]), int(row["end"]))),
                percent(row["car"], unit=False),
                number(row["per_share"], 2, signed=True),
                _range(row["per_share_low"], row["per_share_high"], signed=True),
                p_text(row["p"], prefix=False),
                number(row["detectable_per_share"], 2),
            ],
            bold=significant(row, found.confidence),
        )
        for row in found.per_share.to_dict("records")
    ]
    return Table(columns, tuple(rows), "tables/damages_per_share.csv", size=_SIZE)


def _range(low: float, high: float, *, signed: bool = False) -> str:
    """An interval of amounts, whose unit stands in the head."""
    if np.isinf(low) or np.isinf(high):
        return "unbounded"
    return between(number(low, 2, signed=signed), number(high, 2, signed=signed))


def _inflation_table(found: Damages) -> Table:
    """The last session of each month of the class period, of a long one of each quarter or year."""
    table, unit = found.inflation, found.currency
    days = pd.DatetimeIndex(table["date"])
    called, ends = next(
        (name, last)
        for name, period in _PERIODS.items()
        if (last := ~pd.Series(days.to_period(period)).duplicated(keep="last")).sum() <= MOST_ROWS
        or name == "year"
    )
    shown = table[ends.to_numpy()]
    level = level_text(found.confidence)
    columns = (
        Column("Date", "left"),
        Column(f"Close\n{unit}", "right"),
        Column(f"Constant\ndollar, {unit}", "right"),
        Column(f"Constant\npercentage, {unit}", "right"),
        Column(f"{level} interval of\nthe percentage, {unit}", "right"),
    )
    rows = [
        Row(
            [
                short_date(row["date"]),
                number(row["close"], 2),
                number(row["constant_dollar"], 2),
                number(row["constant_percentage"], 2),
                _range(row["constant_percentage_low"], row["constant_percentage_high"]),
            ]
        )
        for row in shown.to_dict("records")
    ]
    title = f"Inflation a share at {called}-ends"
    return Table(columns, tuple(rows), "tables/damages_inflation.csv", title, size=7.5)


def _limits(story: Story, found: Damages) -> Text:
    """What the figures rest on, for a reader who doubts them."""
    on_day = story.confounders[story.confounders["rel_day"] == story.focus.start]
    others = listed([str(title) for title in dict.fromkeys(on_day["title"])]) if len(on_day) else ""
    news = f"; registered for the same day: {others}" if others else ""
    above = int((found.inflation["constant_dollar"] > found.inflation["close"]).sum())
    beyond = (
        f" On {counted(above, 'session')} the constant amount exceeds the close; it is not capped."
        if above
        else ""
    )
    since = date_text(pd.Timestamp(found.class_start))
    assumed = (
        "Inflation assumes that the same news would have moved the price by the same amount, or "
        f"the same percentage, on every session since {since}.{beyond}"
        if found.significant
        else "No inflation is derived from an abnormal return that is not significant."
    )
    sentences = (
        power_sentence(found),
        *_other_amounts(found),
        _look_back(found),
        f"The whole abnormal return of the event day is attributed to the disclosure{news}. "
        f"{assumed}",
        f"The interval covers the estimation error of the abnormal return alone. {found.closes}",
    )
    return Text(tuple(Paragraph(text, size=7.5, space=3.0, quiet=True) for text in sentences))


def _look_back(found: Damages) -> str:
    since = date_text(pd.Timestamp(found.date))
    law = "which caps damages under 15 U.S.C. § 78u-4(e)"
    subject = f"The mean close of the 90 days from {since}, {law},"
    closes = counted(found.lookback_sessions, "session")
    if found.lookback is None:
        return f"{subject} is not known: the prices have {closes} of them."
    return f"{subject} is {found.money(found.lookback)} ({closes})."


def _other_amounts(found: Damages) -> list[str]:
    """The range of the event day's amount under other benchmarks and the peers."""
    day = _on_day(found)
    others = day[day["per_share"].notna() & (day["kind"] != STUDY)]["per_share"]
    if others.empty:
        return []
    ends = dict.fromkeys(found.money(end, signed=True) for end in (others.min(), others.max()))
    which = "peers and other benchmarks" if found.peers else "other benchmarks"
    return [f"Expected from {which}, the amount is {' to '.join(ends)} a share."]


def peers_page(story: Story) -> Page:
    """The event day's abnormal return under the study's benchmark, the others and the peers.

    Needs `story.evidence.damages` with peers.
    """
    found = story.part(Damages)
    day = _on_day(found)
    names = [story.name(ticker) for ticker in found.peers]
    subtitle = (
        f"Abnormal return of {found.name} on {story.focus_day}, {story.focus_date}, with "
        f"{story.level} interval of the quoted test. Peers: {listed(names)}. {setting(story)}"
    )
    own = day[day["kind"] != PEERS_THEMSELVES]
    chart = _estimates_chart(own, found)
    table, note = _estimates_table(day, found), _peers_note(day, found)

    def arrange(fig: Figure, body: Rect) -> None:
        top, below = body.rows(1.0, 1.25, gap=14)
        chart.draw(fig, top)
        note.draw(fig, below.below(table.draw(fig, below) - _BETWEEN))

    finding, basis = peers_finding(found), Basis(figures=_beside(found))
    return Page("peers", finding, subtitle, (chart, table, note), arrange, basis=basis)


def _beside(found: Damages) -> dict[str, Any]:
    """The figures of the finding."""
    own, row = beside_peers(found)
    names = {"with_peers": "car", "low": "low", "high": "high", "p": "p"}
    both = {name: None if row is None else row[column] for name, column in names.items()}
    return {"peers": len(found.peers), "own": own["car"], **both}


def _on_day(found: Damages) -> pd.DataFrame:
    """The estimates of the event day."""
    table, row = found.estimates, found.day
    same = (table["start"] == row["start"]) & (table["end"] == row["end"])
    return pd.DataFrame(table[same]).reset_index(drop=True)


def _estimates_chart(own: pd.DataFrame, found: Damages) -> Chart:
    rows = pd.DataFrame(
        {
            "group": "",
            "label": own["label"],
            "estimate": own["car"],
            **own[["low", "high"]].replace([np.inf, -np.inf], np.nan),
            "p_value": own["p"],
            "significant": [significant(r, found.confidence) for r in own.to_dict("records")],
        }
    )
    known = own[own["car"].notna()]
    alt = (
        f"The abnormal return of {found.name} under {counted(len(known), 'expectation')}, each a "
        f"dot on its interval: from {percent(known['car'].min())} to "
        f"{percent(known['car'].max())}."
    )
    height = 90.0 + 16.0 * len(rows)
    draw = on_axes(
        draw_forest,
        rows,
        headed("Abnormal return on the event day, %"),
        found.confidence,
        "tables/damages_estimates.csv",
    )
    return Chart("estimates", draw, alt, height, height)


def _estimates_table(day: pd.DataFrame, found: Damages) -> Table:
    unit = found.currency
    columns = (
        Column("Expected from", "left"),
        Column("AR\n%"),
        Column(f"{level_text(found.confidence)} interval\n%", "right"),
        Column("\nt", "right"),
        Column("p\nof t", "right"),
        Column("placebo\np", "right"),
        Column("p among\npeers", "right"),
        Column("Slope\nmarket", "right"),
        Column("Slope\npeers", "right"),
        Column("\nR²", "right"),
        Column(f"A share\n{unit}", "right"),
    )
    rows = []
    for row in day.to_dict("records"):
        cells = [
            row["label"],
            percent(row["car"], unit=False),
            range_cell(row["low"], row["high"]),
            number(row["t"], 2, signed=True),
            p_text(row["p_value"], prefix=False),
            p_text(row["p_placebo"], prefix=False),
            p_text(row["p_donors"], prefix=False),
            number(row["beta_market"], 2),
            number(row["beta_peers"], 2),
            number(row["r_squared"], 2),
            number(row["per_share"], 2, signed=True),
        ]
        rows.append(Row(cells, bold=significant(row, found.confidence)))
    return Table(columns, tuple(rows), "tables/damages_estimates.csv", size=_SIZE)


def _peers_note(day: pd.DataFrame, found: Damages) -> Text:
    """How far the event moved the peers, who is missing, and where the rest is."""
    texts = []
    themselves = day[(day["kind"] == PEERS_THEMSELVES) & day["car"].notna()].to_dict("records")
    for row in themselves:
        moved = significant(row, found.confidence)
        amount = f"{percent(row['car'])} ({p_text(row['p'])})"
        texts.append(
            f"The peers' own abnormal return was {amount}: the event moved them too, so estimates "
            "that use them exclude the part of the effect that the peers felt as well."
            if moved
            else f"The peers' own abnormal return, {amount}, is not significant."
        )
    lost = day[day["reason"] != ""]
    texts += [f"{row['label']}: {row['reason']}." for row in lost.to_dict("records")]
    texts.append(
        "The peer index is the mean return of the peers with a return on the session; weights by "
        "value are shares outstanding × the close before. p among peers: rank of the share among "
        f"its {counted(len(found.peers), 'peer')}, each with a synthetic control of the others; it "
        f"cannot be below 1/{len(found.peers) + 1}. CAR windows: tables/damages_estimates.csv."
    )
    return Text(tuple(Paragraph(text, size=7.5, space=3.0, quiet=True) for text in texts))
