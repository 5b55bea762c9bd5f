"""How the command line prints: data to standard output, messages to standard error, 80 columns."""

from __future__ import annotations

import re
import shutil
import sys
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd


LEAST_LAST_COLUMN = 20
PARTS = ("figures", "slides", "tables")
"""The folders of a bundle that a reader may want."""
HEAD = r"(Error|Note|Missing|Left out): "
"""What a message may begin with; its further lines stand below the text."""


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
        echo(hanging("".join(cells), row[last]))


def print_blocks(rows: list[dict[str, str]]) -> None:
    """For tables too wide for the terminal: the first column, the others indented below."""
    for row in rows:
        first, *others = row.items()
        echo(first[1])
        for name, value in others:
            if value:
                echo(hanging(f"    {name}: ", value))


def hanging(prefix: str, text: str, indent: int | None = None) -> str:
    """Text wrapped to the terminal, its further lines indented as the prefix or by `indent`."""
    from eventstudy.text.brief import wrapped

    lines = wrapped(text, columns(), prefix, len(prefix) if indent is None else indent)
    return "\n".join(lines)


def columns() -> int:
    return shutil.get_terminal_size((80, 24)).columns


def echo(text: str = "", *, err: bool = False) -> None:
    """Print text, the only way to the screen: no title, name or path can command the terminal."""
    from eventstudy.text.brief import visible

    typer.echo(visible(text), err=err)


def print_json(data: Any) -> None:
    """JSON in which what a terminal would obey is written as its code, so that it reads back."""
    import json

    from eventstudy.files.formats import json_text
    from eventstudy.text.brief import COMMANDS

    typer.echo(COMMANDS.sub(lambda found: json.dumps(found[0])[1:-1], json_text(data)))


def say(message: str) -> None:
    """A message on standard error: wrapped on a terminal, else one line, so that grep finds it."""
    if sys.stderr.isatty():
        head = re.match(HEAD, message)
        message = hanging("", message, len(head[0]) if head else 2)
    echo(message, err=True)


def say_gap() -> None:
    """An empty line between data and messages where both are on the screen."""
    if sys.stdout.isatty() and sys.stderr.isatty():
        echo(err=True)


def say_written(folder: Path) -> None:
    """Name what a bundle holds: each report by its path, the folders of its parts in a line."""
    place = short_path(folder)
    reports = sorted(folder.glob("report.*"), key=lambda path: (path.suffix != ".pdf", path.name))
    for word, path in zip_longest(["Wrote"], reports, fillvalue=""):
        echo(f"{word:5} {place / Path(path).name}", err=True)
    counts = {
        name: len({path.stem for path in (folder / name).glob("*") if path.suffix != ".json"})
        for name in PARTS
    }
    held = [f"{name}/ ({count})" for name, count in counts.items() if count]
    if held:
        echo(f"      beside it {', '.join(held)}", err=True)


def short_path(path: Path) -> Path:
    """A path inside the working folder from there, any other as it is."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
