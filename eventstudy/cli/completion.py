"""What the shell offers for the value of an option. Nothing heavy is loaded for it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from eventstudy.files.names import name_problem
from eventstudy.text.lines import visible

Complete = Callable[[str], list[str]]


def registered_names(*places: str) -> list[str]:
    """The allowed names: each place is a name itself, or a registry as "module:attribute"."""
    names: list[str] = []
    for place in places:
        module, is_registry, attribute = place.partition(":")
        names += getattr(import_module(module), attribute) if is_registry else [place]
    return names


def one_of(*places: str) -> Complete:
    """Names that begin like what is typed; none where it looks like a path, so that files come."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in registered_names(*places) if name.startswith(incomplete)]

    return complete


def some_of(*places: str) -> Complete:
    """The last name of a list with commas, without those that are there already."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        used = before.split(",")
        return [
            f"{before}{comma}{name}"
            for name in registered_names(*places)
            if name.startswith(last) and name not in used
        ]

    return complete


def known_events(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The ids of the events file in use, with their titles; none where it cannot be read."""
    used = ctx.params.get("event_ids") or ()
    try:
        with _events_file(ctx).open(encoding="utf-8-sig", newline="") as stream:
            rows = [
                (row["event_id"] or "", row.get("title") or "") for row in csv.DictReader(stream)
            ]
    except (OSError, ValueError, KeyError, csv.Error):
        return []
    return [
        (event_id, visible(title))
        for event_id, title in rows
        if event_id.startswith(incomplete)
        and event_id not in used
        and name_problem(event_id) is None
    ]


def _events_file(ctx: Any) -> Path:
    """The option's value, else the configuration file's, which is not loaded for a completion."""
    given = ctx.params.get("events") or "events.csv"
    if ctx.get_parameter_source("events").name != "DEFAULT":
        return Path(given)
    import tomllib

    from eventstudy.cli.config import FILE

    root = ctx.find_root()
    verb = ctx.command_path.split()[1:]
    try:
        table = tomllib.loads(Path(root.params.get("config") or FILE).read_text("utf-8-sig"))
        for name in verb:
            table = table[name]
        return Path(str(table["events"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Path(given)
