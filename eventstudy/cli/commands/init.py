"""`eventstudy init`: an events file and a configuration file to start from."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from eventstudy.cli.config import FILE, Option, as_toml, options_of
from eventstudy.cli.console import echo, say
from eventstudy.cli.options import DEFAULT_EVENTS, argument, require_folder
from eventstudy.errors import InputError
from eventstudy.files.atomic import writing
from eventstudy.files.reading import shown_path
from eventstudy.text.words import listed

GROUPS = (
    "nvidia;nasdaq;hyperscalers;custom-silicon;chip-supply;ai-power;ai-servers;software-adopters;"
    "devices"
)
STARTERS = (
    {
        "event_id": "deepseek-r1",
        "title": "DeepSeek-R1 and R1-Zero released as open weights",
        "announced_at": "2025-01-20",
        "category": "model-release",
        "source": "DeepSeek release announcement",
        "notes": "US markets were closed that day",
    },
    {
        "event_id": "deepseek-app-store",
        "title": "DeepSeek reaches the top of Apple's US App Store",
        "announced_at": "2025-01-26",
        "category": "adoption",
        "source": "Apple App Store ranking",
        "notes": "Past ChatGPT over the weekend; read by markets on Monday 2025-01-27",
    },
)
"""Events that the packaged prices cover, so that a bare run works at once."""

TOP = """\
# Options of eventstudy: a table for each verb, its keys are the options without
# their dashes. A key behind a # has the default that it shows; take the # away
# to set it. An empty text counts as left out.
#
# The command line goes before the environment (EVENTSTUDY_RUN_MODEL is model of
# run), and the environment before this file: `eventstudy doctor` shows what is
# in force. Paths are those seen from the folder that you work in. Other verbs
# have tables of the same kind, such as [claims] or [events.list], with the
# options that `eventstudy VERB --help` names.

[run]
"""


def init(
    context: typer.Context,
    folder: Annotated[Path, argument("DIR", "Folder to write to; created if needed.")] = Path(),
) -> None:
    """Existing files are never overwritten.

    events.csv has two events that the packaged prices cover, so that eventstudy run works at once;
    replace them with your own. eventstudy.toml has every option of run with its default.

    Exit codes: 0 written, 1 the folder cannot be written, 2 a file already exists.

    Examples:
        eventstudy init
        eventstudy init my-study
    """
    from eventstudy.events.event import make_event
    from eventstudy.events.registry import add_event

    events, settings = folder / DEFAULT_EVENTS, folder / FILE
    require_folder(folder)
    _require_free(events, settings)
    options = options_of(context.find_root().command, "run")
    with writing(shown_path(settings), "choose another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        with settings.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(starter_settings(options))
    for cells in STARTERS:
        add_event(events, make_event(**cells, groups=GROUPS, headline=True))
    echo(f"{events}\n{settings}")
    into = "" if folder.resolve() == Path.cwd() else f"cd {quote(str(folder))} && "
    say(f"Next: {into}eventstudy run")


def _require_free(*files: Path) -> None:
    there = [str(path) for path in files if os.path.lexists(path)]
    if there:
        raise InputError(
            f"{listed(there)} already exist{'s' if len(there) == 1 else ''}; nothing was written. "
            "Give another folder, or move what is there."
        )


def starter_settings(options: Sequence[Option]) -> str:
    """A configuration file that sets nothing: every option with its help and its default."""
    lines = [TOP]
    panel = ""
    for option in options:
        if option.panel != panel:
            panel = option.panel
            lines.append(f"# -- {panel} --\n")
        lines += [f"# {line}" for line in textwrap.wrap(option.help, 78)]
        lines.append(f"#{option.key} = {as_toml(option.default)}\n")
    return "\n".join(lines)
