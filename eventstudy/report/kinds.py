"""The kinds of report: what makes the tables, the printed tables and the figures of each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.report.told import Told
    from eventstudy.text.table import PlainTable


@dataclass(frozen=True, slots=True)
class ReportKind:
    """Functions of a story as "module:name" in `eventstudy.report`, loaded on use."""

    tables: str
    printed: str
    figures: str


KINDS = {
    "event": ReportKind(
        "tables.tidy:story_tables", "tables.printed:printed_tables", "event_json:event_results"
    ),
    "pooled": ReportKind(
        "tables.pooled_tidy:pooled_tables",
        "tables.pooled_printed:pooled_printed_tables",
        "pooled_json:pooled_results",
    ),
}


def all_tables(story: Told) -> dict[str, pd.DataFrame]:
    """Every table of the bundle by name, its figures `rounded`."""
    return dict(_made(KINDS[story.kind].tables, story))


def all_printed(story: Told) -> dict[str, PlainTable]:
    """Every table for LaTeX and Markdown by the name of its file."""
    return dict(_made(KINDS[story.kind].printed, story))


def machine_figures(story: Told) -> dict[str, Any]:
    """What results.json says."""
    return dict(_made(KINDS[story.kind].figures, story))


def _made(maker: str, story: Told) -> Any:
    module, name = maker.split(":")
    return getattr(import_module(f"eventstudy.report.{module}"), name)(story)
