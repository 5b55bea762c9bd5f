"""The first page: the answer in sentences, one chart and one table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.evidence.parts.contamination import Contamination
from eventstudy.evidence.parts.curve import Curve, curve_finding
from eventstudy.evidence.parts.part import range_cell
from eventstudy.report.charts.asset_ranking import draw_asset_ranking
from eventstudy.report.charts.price import draw_price
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph, balance
from eventstudy.report.drawing.theme import BODY_SIZE
from eventstudy.report.figures import EntityFigures
from eventstudy.report.machine.places import Basis, Said, at
from eventstudy.report.pages.curve import curve_places
from eventstudy.report.story import Story, setting
from eventstudy.result.entities import Entity, counted_assets, is_index
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed, measure
from eventstudy.text.numbers import MISSING, p_text, percent
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text

FEW = 4
"""Fewer assets than these are shown by the lead's price; from these on they are ranked."""
AROUND = 35
"""Sessions of the price on either side of the event."""
_HEAD = 110.0
"""Points that a benchmark's name over its column takes at most."""
_TEXT = 0.42
"""Of the body's height, the most that the sentences may take."""


def answer_page(story: Story) -> Page:
    """How much was abnormal, how sure, did it last: sentences, a chart and a table."""
    said = [*story.said(), *_other_choices(story)]
    sizes: dict[str, Any] = {"size": BODY_SIZE + 1, "space": 3.5, "bullet": "•"}
    text = Text(tuple(Paragraph(each.text, **sizes) for each in said))
    chart, table = _chart(story), _table(story)

    def arrange(fig: Figure, body: Rect) -> None:
        above = Rect(body.x, body.top - _TEXT * body.height, body.width, _TEXT * body.height)
        left, right = body.below(text.draw(fig, above) - 6).columns(*_shares(story), gap=24)
        chart.draw(fig, left)
        table.draw(fig, right)

    subtitle = f"Day 0 is {story.date}. {setting(story)}"
    blocks = (text, chart, table)
    return Page("headline", story.finding(), subtitle, blocks, arrange, basis=_basis(story, said))


def _shares(story: Story) -> tuple[float, float]:
    """Of the width, what chart and table take."""
    return (0.8, 1.0) if _ranked(story) else (1.1, 1.0)


def _other_choices(story: Story) -> list[Said]:
    """What other choices of model and window give, where there is evidence on it."""
    if not story.has_part("curve"):
        return []
    row = story.part(Curve).chosen(story.leads[0].key, None)
    return [Said(f"{curve_finding(row)}.", curve_places(row))]


def _basis(story: Story, said: Sequence[Said]) -> Basis:
    """The lead's figures of the day, who else moved, and the sentences."""
    day = at("lead", "against", {}, "windows").over(story.focus).each("estimate", "p")
    fell, rose, known = story.unusual_counts()
    assets, indices = counted_assets(known)
    counts = {"fell": fell, "rose": rose, "assets": assets, "indices": indices}
    return Basis((at("lead", "moved"), *day), counts, tuple(said))


# The chart.


def _ranked(story: Story) -> bool:
    """Whether the page ranks assets, else it shows one price."""
    shares = [asset for asset in story.assets if not is_index(asset.key)]
    return len(shares) >= FEW or story.leads[0].portfolio or not _priced(story)


def _priced(story: Story) -> bool:
    """Whether there are closes of the lead on the focus day and the session before."""
    close = story.context.closes.get(story.leads[0].members[0])
    at = story.context.closes.index.searchsorted(story.day0) + story.focus.start
    if close is None or at < 1:
        return False
    return int(close.iloc[at - 1 : at + 1].notna().sum()) == 2


def _chart(story: Story) -> Chart:
    return _ranking(story) if _ranked(story) else _price(story)


def _ranking(story: Story) -> Chart:
    leads = {story.leads[0].key}
    each = [asset for asset in story.assets if not is_index(asset.key)] or list(story.assets)
    records = []
    for asset in each:
        figures = story.figures(asset, story.focus)
        lead = asset.key in leads
        records.append((asset.name, figures.car, story.raw(asset), figures.significant, lead))
    rows = pd.DataFrame(records, columns=["label", "estimate", "raw", "significant", "lead"])
    title = f"Abnormal return on {story.focus_day}, %"
    alt = (
        f"Bars of the abnormal return of {len(rows)} assets on {story.focus_day}, sorted, with a "
        "tick at the observed return; filled bars are significant."
    )
    height = 80.0 + 12.0 * len(rows)
    return Chart("ranking", on_axes(draw_asset_ranking, rows, title), alt, height, height)


def _price(story: Story) -> Chart:
    lead = story.leads[0]
    closes = story.context.closes[lead.key]
    at = int(closes.index.searchsorted(story.day0)) + story.focus.start
    shown = closes.iloc[max(at - AROUND, 0) : at + AROUND + 1]
    before = float(closes.iloc[at - 1])
    implied = {
        one.name.removeprefix("the ") or "the model": _level(
            before, story.raw(lead) - one.day.estimate
        )
        for one in story.reply.against
    }
    move, day = percent(story.raw(lead)), pd.Timestamp(closes.index[at])
    unit = "points" if is_index(lead.key) else "$"
    label = "Level" if measure().level else f"Close, {unit}"
    draw = on_axes(draw_price, shown, day, move, implied, label)
    alt = (
        f"The price of {lead.name} with {story.focus_date} marked, a move of {move}, and the "
        f"closes implied by {', '.join(implied)}."
    )
    return Chart("price", draw, alt, 300, 280)


def _level(before: float, expected: float) -> float:
    """The close that an expected return or change implies."""
    return before + expected / 100 if measure().level else before * (1 + expected)


# The table.


def _table(story: Story) -> Table:
    if len(story.entities) == 1:
        columns, rows = _of_one(story)
        return Table(tuple(columns), tuple(rows), "tables/car.csv")
    columns, rows = _of_several(story)
    other = next(iter(story.result.comparison), "")
    note = f"Other benchmark: {story.name(other)}." if other else ""
    return Table(tuple(columns), tuple(rows), "tables/car.csv", note=note)


def _last(story: Story) -> tuple[Window, ...]:
    """The CAR windows of the table: the last two from day 0 on."""
    after = [window for window in story.longer if window.start >= 0 and window.end > 0]
    return tuple((after or list(story.longer))[-2:])


def _level_head(story: Story) -> str:
    return f"bold: significant at {level_text(1 - story.result.spec.confidence)}"


def _of_one(story: Story) -> tuple[list[Column], list[Row]]:
    """One entity: a column a benchmark, with the move that it made and the one that it implied."""
    lead, raw = story.leads[0], story.raw(story.leads[0])
    names = [story.benchmark, *(() if lead.portfolio else story.result.comparison)]
    told = [
        (name, one) for name, one in zip(names, story.reply.against, strict=False) if one.day.test
    ]
    heads = [_wrapped(story.name(name) if name else story.result.model_label) for name, _ in told]
    columns = [
        Column(f"Return on {story.focus_day}, %", "left"),
        *(Column(head, "right") for head in heads),
    ]
    lines: list[tuple[str, list[str]]] = [
        (f"{lead.name}, observed", [percent(raw, unit=False)] * len(told)),
        ("Benchmark", [percent(one.moved, unit=False) for _, one in told]),
        ("Expected", [percent(raw - one.day.estimate, unit=False) for _, one in told]),
        ("Abnormal", [percent(one.day.estimate, unit=False) for _, one in told]),
        (f"{story.level} interval", [range_cell(one.day.low, one.day.high) for _, one in told]),
        ("p", [p_text(one.day.p, prefix=False) for _, one in told]),
    ]
    for number, window in enumerate(story.longer):
        later = [one.later[number][1] for _, one in told]
        lines.append((f"CAR {window}", [percent(car.estimate, unit=False) for car in later]))
        lines.append(("   p", [p_text(car.p, prefix=False) for car in later]))
    known = [(name, cells) for name, cells in lines if set(cells) != {MISSING}]
    rows = [Row([name, *cells], bold=name == "Abnormal") for name, cells in known]
    return columns, rows


def _wrapped(name: str) -> str:
    """A benchmark's name over a column."""
    return "\n".join(balance(name, _HEAD, BODY_SIZE))


def _day_cells(figures: EntityFigures) -> list[str]:
    """The focus day: abnormal return, interval, p."""
    return [
        percent(figures.car, unit=False),
        range_cell(figures.low, figures.high),
        p_text(figures.p, prefix=False),
    ]


def _car_cell(figures: EntityFigures | None) -> str:
    return percent(np.nan if figures is None else figures.car, unit=False)


def _of_several(story: Story) -> tuple[list[Column], list[Row]]:
    """Several entities: a row each, with the first other benchmark beside the study's own."""
    other = next(iter(story.result.comparison), "")
    last = _last(story)[-1:]
    columns = [
        Column("", "left"),
        Column(headed("Observed\n%")),
        Column(headed("Abnormal\n%")),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("\np"),
        *([Column(headed("Other\nbenchmark, %"))] if other else []),
        *(Column(headed(f"CAR {window}\n%")) for window in last),
    ]
    rows = [Row([f"{story.focus_day.capitalize()}; {_level_head(story)}"], group=True)]
    for entity in story.entities:
        figures = story.figures(entity, story.focus)
        of_several = f" ({len(entity.members)})" if entity.portfolio else ""
        cells = [
            f"{entity.name}{of_several}",
            percent(story.raw(entity), unit=False),
            *_day_cells(figures),
            *([percent(_second(story, entity, other), unit=False)] if other else []),
            *(_car_cell(story.figures(entity, window)) for window in last),
        ]
        rows.append(Row(cells, bold=figures.significant))
    return columns, rows


def _second(story: Story, entity: Entity, other: str) -> float:
    """The abnormal return of the focus day against another benchmark; NaN where unknown."""
    if not entity.portfolio:
        figures = story.under(other, entity.key, story.focus)
        return np.nan if figures is None else figures.car
    if story.evidence is None or story.evidence.contamination is None:
        return np.nan
    table = story.part(Contamination).table
    day = (table["start"] == story.focus.start) & (table["end"] == story.focus.end)
    own = table[day & (table["key"] == entity.key) & (table["other"] == other)]
    return float(own["against"].iloc[0]) if len(own) else np.nan
