"""A result as text of 80 columns and as HTML: what happened, how sure, what to mind."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.numbers import p_text, percent

if TYPE_CHECKING:
    from eventstudy.result import StudyResult

WIDTH = 80
MOST_ROWS = 12


def summary_text(result: StudyResult) -> str:
    """The result in lines of at most 80 columns."""
    parts = result.parts or {"": result}
    lines = [_headline(result)]
    for part in parts.values():
        lines += ["", *_event_lines(part)]
    if not result.parts:
        lines += ["", *_table_lines(group_rows(result))]
    else:
        for event_id, part in result.parts.items():
            lines += ["", event_id, *_table_lines(group_rows(part))]
    return "\n".join([*lines, *(_closing_lines(result))])


def _headline(result: StudyResult) -> str:
    spec = result.spec
    events = result.assets.labels["event_id"].nunique()
    return (
        f"{result.n} observation{_s(result.n)} at {events} event{_s(events)} · "
        f"{result.model_label} · estimation {spec.estimation}"
    )


def _event_lines(result: StudyResult) -> list[str]:
    return [f"Day 0: {row.reason}." for row in result.alignments.itertuples() if row.shifted][:5]


def group_rows(result: StudyResult) -> pd.DataFrame:
    """Each group's day-0 AAR and CAARs as text, with the headline test of day 0."""
    table = result.by("group").reset_index()
    rows = []
    for group, part in table.groupby("group", sort=False):
        by_window = part.set_index(["start", "end"])
        row = {"group": str(group), "n": int(part["n"].max())}
        for window in result.spec.car:
            name = f"day {window.label}" if window.length == 1 else window.label
            row[name] = percent(by_window.loc[tuple(window), "estimate"])
        first = by_window.iloc[0]
        row["test"] = str(first["test"]) if pd.notna(first["test"]) else "–"
        row["p"] = p_text(first["p_value"])
        rows.append(row)
    return pd.DataFrame(rows)


def _table_lines(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return ["No observation could be estimated."]
    shown = table.head(MOST_ROWS)
    text = shown.to_string(index=False).splitlines()
    more = len(table) - len(shown)
    return [*text, *([f"… and {more} more groups"] if more else [])]


def _closing_lines(result: StudyResult) -> list[str]:
    warned = sorted(set(result.tests["warning"]) - {""})
    notes = [f"Mind: {text}." for text in warned[:1]]
    out = result.exclusions
    if len(out):
        notes.append(f"Left out: {len(out)} observation{_s(len(out))}; see exclusions.")
        notes += [
            f"  {row.ticker} at {row.event_id}: {row.reason}." for row in out[:5].itertuples()
        ]
    return ["", *notes] if notes else []


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def summary_html(result: StudyResult) -> str:
    """The same for a notebook."""
    blocks = [f"<p><b>{escape(_headline(result))}</b></p>"]
    for event_id, part in (result.parts or {"": result}).items():
        lines = "<br>".join(escape(line) for line in _event_lines(part))
        title = f"<p><b>{escape(event_id)}</b></p>" if event_id else ""
        table = group_rows(part)
        html = table.to_html(index=False, border=0) if len(table) else "<p>No estimate.</p>"
        blocks.append(f"{title}<p>{lines}</p>{html}")
    closing = "<br>".join(escape(line) for line in _closing_lines(result) if line)
    return "\n".join([*blocks, f"<p>{closing}</p>"])
