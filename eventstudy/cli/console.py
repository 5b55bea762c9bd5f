"""How the command line prints: data to standard output, messages to standard error, 80 columns."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import typer

from eventstudy.errors import LONGEST_QUOTE
from eventstudy.prices.sources.sql.url import safe_text

WHOLE = ("report.*", "brief.pdf", "share.png")
"""The files of a bundle that a reader may want."""
PARTS = ("figures", "slides", "tables")
"""The folders of a bundle that a reader may want."""
LONGEST_WORD = 300
"""Characters of a word, such as a name or a path, that a message repeats in full."""
NEAREST = {
    **dict.fromkeys("−–‐‑", "-"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    "—": "-",
    "…": "...",
    "×": "x",
    "≤": "<=",
    "≥": ">=",
    "\N{NO-BREAK SPACE}": " ",
}
"""What stands for a character that a stream cannot hold; a question mark for any other."""
HEAD = r"(Error|Note|Missing|Left out): "
"""What a message may begin with; its further lines stand below the text."""

TIED = "\N{NO-BREAK SPACE}"
"""Stands for the blanks at which no line may end, until it is printed."""
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_AT_ONCE = 10_000
"""Rows of JSON that are printed at once."""


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], as_json: bool = False) -> None:
    """A table of words without an end in sight: JSON is printed some rows at a time.

    Args:
        heads: The names of the columns.
        rows: The cells of each row.
        as_json: Print JSON instead of text.
    """
    from eventstudy.text.table import PlainTable
    from eventstudy.text.terminal import hanging_lines

    if not as_json:
        table = PlainTable.of(tuple(heads), list(rows), words=range(len(heads)))
        echo("\n".join(hanging_lines(table, columns())))
        return
    from json import JSONEncoder

    from eventstudy.text.lines import COMMANDS

    encode = JSONEncoder(ensure_ascii=False).encode
    names = [f"    {encode(head)}: " for head in heads]
    items = (",\n".join(map("".join, zip(names, map(encode, row), strict=True))) for row in rows)
    opening = "[\n"
    while some := list(islice(items, _AT_ONCE)):
        text = ",\n".join(f"  {{\n{item}\n  }}" for item in some)
        shown = COMMANDS.sub(lambda command: f"\\u{ord(command[0]):04x}", text)
        typer.echo(f"{opening}{shown}", nl=False)
        opening = ",\n"
    typer.echo("\n]")


def print_rows(
    rows: Sequence[Mapping[str, str]], as_json: bool = False, figures: Sequence[str] = ()
) -> None:
    """A table no wider than the terminal: the last column wraps, or each row becomes a block.

    `figures` names the columns that are aligned right.
    """
    if as_json:
        print_json(rows)
        return
    from eventstudy.text.table import PlainTable
    from eventstudy.text.terminal import hanging_lines

    words = [i for i, name in enumerate(rows[0]) if name not in figures]
    table = PlainTable.of(tuple(rows[0]), [tuple(row.values()) for row in rows], words=words)
    echo("\n".join(hanging_lines(table, columns())))


def hanging(prefix: str, text: str, indent: int | None = None) -> str:
    """Text wrapped to the terminal, its further lines indented as the prefix or by `indent`."""
    from eventstudy.text.lines import wrapped

    lines = wrapped(text, columns(), prefix, len(prefix) if indent is None else indent)
    return "\n".join(lines)


def columns() -> int:
    """The width of the terminal, 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def open_closed_streams() -> None:
    """Have streams that the caller closed lead nowhere, so that no file takes their numbers."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(nowhere, True)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


def let_streams_hold_all() -> None:
    """Have both streams replace what their encoding lacks: figures first, and no error for it."""
    codecs.register_error("eventstudy.nearest", _nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="eventstudy.nearest")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(NEAREST.get(one, "?") for one in lacking), error.end


def echo(text: str = "", *, err: bool = False) -> None:
    """Print text, the only way to the screen: no title, name or path can command the terminal."""
    from eventstudy.text.lines import visible

    _put(visible(text), err=err)


def _put(text: str, *, err: bool = False) -> None:
    # Given its stream, typer takes its encoding as it is.
    typer.echo(text, file=sys.stderr if err else sys.stdout)


def sentence(text: str) -> str:
    """A message on one line, so that no name in it looks like a second one; long words are cut."""
    joined = text.replace("\r", r"\r").replace("\n", r"\n")
    return re.sub(
        rf"\S{{{LONGEST_WORD + 1},}}",
        lambda word: f"{word[0][:LONGEST_QUOTE]} … ({len(word[0]):,} characters)",
        joined,
    )


def print_json(data: Any) -> None:
    """JSON in which what a terminal would obey is written as its code, so that it reads back."""
    from eventstudy.files.formats import json_text

    _put(json_text(data))


def print_line(text: str) -> None:
    """One JSON object in one line, at once: a reader at the other end of a pipe waits for it.

    Args:
        text: The object, as `json_text` writes it.
    """
    _put(text)
    sys.stdout.flush()


def say(message: str) -> None:
    """A message on standard error: wrapped on a terminal, else one line, so that grep finds it.

    No secret of an address of a database is in it.
    """
    message = sentence(safe_text(message))
    if sys.stderr.isatty():
        head = re.match(HEAD, message)
        message = hanging("", message, len(head[0]) if head else 2)
    echo(message, err=True)


def continued(command: str, width: int) -> list[str]:
    """A command in lines that a shell reads as one.

    Args:
        command: The command.
        width: Columns of a line.
    """
    if len(command) <= width:
        return [command]
    whole = _QUOTED.sub(lambda words: words[0].replace(" ", TIED), command)
    *lines, last = textwrap.wrap(
        whole, width - 2, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(TIED, " ") for line in (*(f"{line} \\" for line in lines), last)]


def say_command(head: str, command: str) -> None:
    """A command to paste, on standard error: in lines on a narrow terminal, else in one.

    Args:
        head: What it is for, such as "Try".
        command: The command.
    """
    if not sys.stderr.isatty() or len(head) + len(command) + 2 <= columns():
        say(f"{head}: {command}")
        return
    echo("\n".join([f"{head}:", *continued(sentence(safe_text(command)), columns())]), err=True)


def say_gap() -> None:
    """An empty line between data and messages where both are on the screen."""
    if sys.stdout.isatty() and sys.stderr.isatty():
        echo(err=True)


def say_written(folder: Path) -> None:
    """Name what a bundle holds: each report by its path, the folders of its parts in a line."""
    place = short_path(folder)
    found = (path for name in WHOLE for path in folder.glob(name))
    reports = sorted(found, key=lambda path: (path.name != "report.pdf", path.name))
    for word, path in zip_longest(["Wrote"], reports, fillvalue=""):
        echo(sentence(f"{word:5} {place / Path(path).name}"), err=True)
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
