"""What was said about the event, each claim against its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import pandas as pd

from eventstudy.evidence.parts.claims import (
    MEASURES,
    UNTESTABLE,
    VERDICTS,
    Claims,
    about,
    claims_finding,
    figure,
    in_points,
    interval,
    part_verdict_text,
    stated,
    verdict_counts,
)
from eventstudy.report.drawing.blocks import Block, Page, Table, Text
from eventstudy.report.drawing.text import Paragraph, wrap_text
from eventstudy.report.machine.places import Basis
from eventstudy.report.story import Story, setting
from eventstudy.significance.quoted import rejects
from eventstudy.significance.sums.placebo_runs import LONG_RUN
from eventstudy.text.numbers import counted, p_text
from eventstudy.text.table import Column, Row

_SIZE = 9.5
_CLAIMS, _ROWS = 3, 24
"""What a sheet of paper holds at that size: claims, and rows with their headings."""
_WHAT, _VERDICT, _WHOLE = 240.0, 165.0, 740.0
"""Points that the first and the last column and a heading may take on paper."""


def claims_page(story: Story) -> Page:
    """Each claim with its verdict, and under it the parts that it rests on."""
    checked = story.part(Claims)
    subtitle = (
        f"A part is shown at p ≤ {1 - checked.confidence:.4g} with the sign claimed, against every "
        f"benchmark; placebo p, above {LONG_RUN} days the larger of it and that of t, with the "
        f"interval of the same test. {_after_holm(checked)} {setting(story)}"
    )
    columns, rows = claims_table(story, checked.claims, checked.parts)
    table = Table(tuple(columns), tuple(rows), "tables/claims_parts.csv", size=_SIZE)
    sheets = tuple(_sheets(story, checked))
    basis = Basis(figures={"claims": len(checked.claims), **verdict_counts(checked)})
    return Page("claims", claims_finding(checked), subtitle, (table,), sheets=sheets, basis=basis)


def _after_holm(checked: Claims) -> str:
    """How many parts are significant when all are tested together."""
    tested = checked.parts["p_holm"].dropna()
    left = int(rejects(tested.to_numpy(), 1 - checked.confidence).sum())
    return (
        f"After Holm's correction over {counted(len(tested), 'test')}, {left or 'none'} "
        f"{'is' if left <= 1 else 'are'} significant."
    )


def claims_table(
    story: Story, claims: pd.DataFrame, parts: pd.DataFrame
) -> tuple[list[Column], list[Row]]:
    """A heading a claim, a row a part."""
    rows = []
    for claim in claims.to_dict("records"):
        rows.append(Row([_heading(claim)], group=True))
        rows += [_part_row(story, part, parts) for part in _parts_of(claim, parts)]
    return _columns(story, parts), rows


def _columns(story: Story, parts: pd.DataFrame) -> list[Column]:
    others = list(dict.fromkeys(name for name in parts["other"] if name))
    return [
        Column("What was measured", "left"),
        Column("Claimed", "left"),
        Column("Measured"),
        Column(f"{story.level} interval", "right"),
        Column("p"),
        *([Column("Other\nbenchmark*")] if others else []),
        Column("Result", "left"),
    ]


def _heading(claim: dict[Any, Any]) -> str:
    """What was said, by whom, and the verdict."""
    says = str(claim["says"]).rstrip(".")
    return f"{says} ({claim['source']}): {VERDICTS[claim['verdict']]}"


def _parts_of(claim: dict[Any, Any], parts: pd.DataFrame) -> list[dict[Any, Any]]:
    mine: pd.DataFrame = parts[parts["id"] == claim["id"]]
    return mine.to_dict("records")


def _part_row(story: Story, part: dict[Any, Any], parts: pd.DataFrame) -> Row:
    untestable = part["verdict"] == UNTESTABLE
    unit = "" if in_points(part) else ", %"
    measure = "" if untestable else f": {MEASURES[str(part['measure'])]}{unit}"
    other = [figure(part, part["other_figure"])] if any(parts["other"]) else []
    return Row(
        [
            f"   {about(part, story.event_id)}{measure}",
            "" if untestable else stated(part).removesuffix("%"),
            figure(part, part["figure"]),
            interval(part),
            p_text(part["p_value"], prefix=False),
            *other,
            "cannot be tested" if untestable else part_verdict_text(part),
        ]
    )


def _sheets(story: Story, checked: Claims) -> Iterator[tuple[Block, ...]]:
    """The claims three a sheet, or as many as fit; a longer one goes on after its heading."""
    columns = tuple(_columns(story, checked.parts))
    here: list[Row] = []
    confounders: dict[str, None] = {}
    count = 0
    for claim in checked.claims.to_dict("records"):
        lines = wrap_text(_heading(claim), _WHOLE, _SIZE, "bold")
        head = [Row([line], group=True) for line in lines]
        waiting = [
            _wrapped(_part_row(story, p, checked.parts)) for p in _parts_of(claim, checked.parts)
        ]
        if here and (count == _CLAIMS or _length(here, head, *waiting) > _ROWS):
            yield _sheet(story, checked, columns, here, confounders)
            here, confounders, count = [], {}, 0
        here += head
        for part_rows in waiting:
            if _length(here, part_rows) > _ROWS:
                yield _sheet(story, checked, columns, here, confounders)
                here, confounders, count = [*head], {}, 0
            here += part_rows
        for part in _parts_of(claim, checked.parts):
            confounders |= dict.fromkeys(n for n in str(part["confounders"]).split("; ") if n)
        count += 1
    if here:
        yield _sheet(story, checked, columns, here, confounders)


def _length(*groups: Sequence[Row]) -> int:
    return sum(map(len, groups))


def _wrapped(row: Row) -> list[Row]:
    """The row, and rows below it for what its words do not fit in on one line."""
    what, *figures, verdict = row.cells
    names = [f"   {line}" for line in wrap_text(what.strip(), _WHAT, _SIZE)]
    results = wrap_text(verdict, _VERDICT, _SIZE)
    return [
        Row(
            [name or "", *(figures if not line else [""] * len(figures)), result or ""],
            below=line > 0,
        )
        for line, (name, result) in enumerate(zip_longest(names, results))
    ]


def _sheet(
    story: Story,
    checked: Claims,
    columns: tuple[Column, ...],
    rows: Sequence[Row],
    confounders: dict[str, None],
) -> tuple[Block, ...]:
    table = Table(columns, tuple(rows), "tables/claims_parts.csv", size=_SIZE)
    notes = []
    others = list(dict.fromkeys(name for name in checked.parts["other"] if name))
    if others:
        notes.append(f"* Against {' and '.join(map(story.lower_name, others))}.")
    if confounders:
        notes.append(f"Other registered events in these windows: {'; '.join(confounders)}.")
    if not notes:
        return (table,)
    return (table, Text((Paragraph(" ".join(notes), size=8.5, quiet=True),)))
