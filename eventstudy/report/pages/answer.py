"""The first page: the answer, what the evidence adds to it, and the table of the lead groups."""

from __future__ import annotations

from eventstudy.estimation.quoted import T
from eventstudy.evidence.parts.curve import Curve, curve_finding
from eventstudy.evidence.parts.part import range_cell
from eventstudy.evidence.parts.recovery import Recovery, recovery_finding
from eventstudy.report.drawing.blocks import Page, Table, Text
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.drawing.theme import BODY_SIZE
from eventstudy.report.story import Story, setting
from eventstudy.result.entities import Entity
from eventstudy.text.measure import headed
from eventstudy.text.numbers import dollars, number, p_text, percent
from eventstudy.text.table import Column, Row
from eventstudy.text.words import level_text


def answer_page(story: Story) -> Page:
    """The answer, what the evidence adds to it, and the table of the lead groups."""
    title = f"{str(story.event['title']).rstrip('.')}. Returns in percent. "
    sentences = [*story.answer(), *_from_evidence(story)]
    text = Text(tuple(Paragraph(s, size=BODY_SIZE + 1, bullet="•") for s in sentences))
    columns, rows = _figures_table(story)
    table = Table(tuple(columns), tuple(rows), "tables/car.csv")
    return Page("headline", story.finding(), f"{title}{setting(story)}", (text, table))


def _from_evidence(story: Story) -> list[str]:
    """Would others have found the same, and was it undone; as far as there is evidence."""
    sentences = []
    if story.has_part("curve"):
        row = story.part(Curve).chosen(story.leads[0].key, None)
        sentences.append(f"{curve_finding(row)}.")
    if story.has_part("recovery"):
        sentences.append(f"{recovery_finding(story.part(Recovery))}.")
    return sentences


def _figures_table(story: Story) -> tuple[list[Column], list[Row]]:
    columns = [
        Column("", "left"),
        Column(headed("Raw\n%")),
        Column(headed("Abnormal\n%")),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("t"),
        Column("Placebo\np" if _all_placebo(story) else "\np"),
        *(Column(headed(f"CAR {window}\n%")) for window in story.longer),
        Column("Index\npoints"),
        Column("Raw\n$", "right"),
        Column("Abnormal\n$", "right"),
    ]
    level = level_text(1 - story.result.spec.confidence)
    head = f"{story.focus_day.capitalize()}, the lead groups; bold: significant at {level}"
    rows = [Row([head], group=True)]
    for entity in story.leads:
        rows.append(_figures_row(story, entity))
        if entity.portfolio:
            assets = [story.asset(ticker, entity.group) for ticker in entity.members]
            rows += [_figures_row(story, asset, indent="   ") for asset in assets]
    others = story.entities[len(story.leads) :]
    if others:
        several = any(entity.portfolio for entity in others)
        how = story.result.spec.weighting
        heading = f"The other groups, {how} where of several" if several else "The others"
        rows.append(Row([heading], group=True))
        rows += [_figures_row(story, entity) for entity in others]
    used = [
        i
        for i in range(len(columns))
        if i < 6 or any(i < len(row.cells) and row.cells[i] != "–" for row in rows)
    ]
    kept = [r if r.group else Row([r.cells[i] for i in used], bold=r.bold) for r in rows]
    return [columns[i] for i in used], kept


def _all_placebo(story: Story) -> bool:
    """Whether the placebo test is quoted of every entity of the table."""
    quoted = [story.figures(entity, story.focus).quoted.test for entity in story.entities]
    return story.result.assets.has_placebo and T not in quoted


def _figures_row(story: Story, entity: Entity, indent: str = "") -> Row:
    """A row of the table, bold where the quoted test is significant on the focus day."""
    figures = story.figures(entity, story.focus)
    of_several = f" ({len(entity.members)})" if entity.portfolio else ""
    return Row(
        [
            f"{indent}{entity.name}{of_several}",
            percent(story.raw(entity), unit=False),
            percent(figures.car, unit=False),
            range_cell(figures.low, figures.high),
            number(figures.t, signed=True),
            p_text(figures.p, prefix=False),
            *(percent(story.figures(entity, w).car, unit=False) for w in story.longer),
            number(story.points(entity), signed=True),
            *(dollars(amount, signed=True) for amount in story.dollars(entity)),
        ],
        bold=figures.significant,
    )
