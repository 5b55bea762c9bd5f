"""How the command line prints: data to standard output, messages to standard error, 80 columns."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

LEAST_LAST_COLUMN = 20


def grouped_exclusions(exclusions: pd.DataFrame) -> list[str]:
    """One line an event, stage and reason, with the tickers named."""
    lines = []
    shared: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for row in exclusions.itertuples():
        ticker, reason = str(row.ticker), str(row.reason)
        key = (str(row.event_id), str(row.stage), reason.removeprefix(f"{ticker} is "))
        shared.setdefault(key, []).append((ticker, reason))
    for (event_id, stage, rest), found in shared.items():
        names = ", ".join(ticker for ticker, _ in found[:8])
        more = f" and {len(found) - 8} more" if len(found) > 8 else ""
        reason = found[0][1]
        said = f"each is {rest}" if len(found) > 1 and rest != reason else reason
        lines.append(f"{names}{more} at {event_id} ({stage}): {said}.")
    return lines


def print_rows(rows: list[dict[str, str]], as_json: bool) -> None:
    """A table no wider than the terminal: the last column wraps, or all become blocks."""
    if as_json:
        print_json(rows)
        return
    *names, last = rows[0]
    widths = [max(len(name), *(len(row[name]) for row in rows)) for name in names]
    if sum(widths) + 2 * len(widths) + LEAST_LAST_COLUMN > columns():
        print_blocks(rows)
        return
    header = {name: name for name in rows[0]}
    for row in [header, *rows]:
        cells = (f"{row[name]:<{width}}  " for name, width in zip(names, widths, strict=True))
        typer.echo(hanging("".join(cells), row[last]))


def print_blocks(rows: list[dict[str, str]]) -> None:
    """For tables too wide for the terminal: the first column, the others indented below."""
    for row in rows:
        first, *others = row.items()
        typer.echo(first[1])
        for name, value in others:
            if value:
                typer.echo(hanging(f"    {name}: ", value))


def hanging(prefix: str, text: str, indent: int | None = None) -> str:
    """Text wrapped to the terminal, its further lines indented as the prefix or by `indent`."""
    return textwrap.fill(
        text,
        width=columns(),
        initial_indent=prefix,
        subsequent_indent=" " * (len(prefix) if indent is None else indent),
        break_on_hyphens=False,
    )


def columns() -> int:
    return shutil.get_terminal_size((80, 24)).columns


def print_json(data: Any) -> None:
    from eventstudy.files import json_text

    typer.echo(json_text(data))


def say(message: str) -> None:
    typer.echo(message, err=True)
