"""How verbs explain themselves: a line, what they do, options in panels, examples at the end.

Plain text through click's own formatter: boxes and colours would cost more than the rest of the
start, and a printed example can be copied.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from eventstudy.cli.console import TIED, continued, say
from eventstudy.cli.verbs import VERBS, LoadedVerbs, VerbEntry
from eventstudy.errors import EventStudyError
from eventstudy.prices.sources.sql.url import safe_text

EXAMPLES = "\n\nExamples:\n"
"""Heads the last paragraph of a docstring: a command a line."""
DEFAULT = re.compile(r"\\?\[default: \(?([^()\]]*)\)?\]$")
ARGUMENTS, OPTIONS, VERBS_HEAD = "Arguments", "Options", "Verbs"


def split_help(text: str | None) -> tuple[str, tuple[str, ...]]:
    """A docstring without its examples, and the examples."""
    description, _, examples = (text or "").partition(EXAMPLES)
    return description, tuple(line.strip() for line in examples.splitlines() if line.strip())


class _WithExamples:
    """What ends its help with examples."""

    examples: tuple[str, ...]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        del ctx
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    for line in continued(example, formatter.width - formatter.current_indent):
                        formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def _say_if_outside(context: Any) -> None:
    out = context.params.get("out")
    source = context.get_parameter_source("out")
    if out is None or getattr(source, "name", "") != "DEFAULT_MAP":
        return
    place = Path(out).resolve()
    if not place.is_relative_to(Path.cwd()):
        settings = context.obj.path if context.obj else None
        say(f"Note: {settings} sends the output outside this folder, to {place}.")


class Verb(_WithExamples, TyperCommand):
    """A verb with examples; its errors say which values the command line did not give."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        text, self.examples = split_help(settings.pop("help", None))
        super().__init__(*args, help=text, **settings)
        _hide_variables(self.params)

    def get_help(self, ctx: Any) -> str:
        """The help, with its blanks as they are printed."""
        return super().get_help(ctx).replace(TIED, " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, options and verbs in panels."""
        _write_sections(formatter, _sections(self.get_params(ctx), ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; its errors name the sources of options that were not typed."""
        _say_if_outside(ctx)
        try:
            return super().invoke(ctx)
        except EventStudyError as error:
            for note in origins(ctx):
                error.add_note(note)
            raise


class Verbs(_WithExamples, TyperGroup):
    """A group of verbs, in panels, before its own options; without `entries` it is the root."""

    def __init__(self, *args: Any, entries: tuple[VerbEntry, ...] = VERBS, **settings: Any) -> None:
        text, self.examples = split_help(settings.pop("help", None))
        super().__init__(*args, help=text, **settings)
        self.commands: Any = LoadedVerbs(entries, _command)
        self.entries = entries
        _hide_variables(self.params)

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the verbs; none is loaded for it."""
        del ctx
        return [entry.name for entry in self.entries]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb in any case; a ticker in its place is answered with the line that studies it."""
        verbs = self.list_commands(ctx)
        if self.entries is VERBS and args[0].casefold() not in verbs:
            from eventstudy.cli.asked_names import require_verb

            require_verb(args[0], verbs)
        return super().resolve_command(ctx, [args[0].casefold(), *args[1:]])

    def get_help(self, ctx: Any) -> str:
        """The help, with its blanks as they are printed."""
        return super().get_help(ctx).replace(TIED, " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, options and verbs in panels."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for entry in self.entries:
            panels.setdefault(entry.panel or VERBS_HEAD, []).append((entry.name, entry.help))
        _write_sections(formatter, panels | _sections(self.get_params(ctx), ctx))


def _command(entry: VerbEntry) -> Any:
    """The click command of a verb or of a group of verbs."""
    if entry.verbs:
        return Verbs(
            name=entry.name,
            entries=entry.verbs,
            help=entry.help,
            no_args_is_help=True,
            rich_markup_mode=None,
        )
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(entry.name, cls=Verb, help=entry.text)(entry.function())
    return typer.main.get_command(alone)


def _hide_variables(params: Any) -> None:
    """They are many and of one pattern, which the root's help tells once."""
    for param in params:
        param.show_envvar = False
        if param.name == "source":  # a path may hold blanks
            param.split_envvar_value = _sources_of


def _sources_of(value: str) -> list[str]:
    """The sources of a variable; an address of a database, which has colons, stands alone."""
    return [value] if "://" in value else value.split(os.pathsep)


def _sections(params: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """Arguments and options with their help, by panel."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        left, help_text = record[0], safe_text(record[1])  # a default of the configuration file
        argument = param.param_type_name == "argument"
        if argument and param.metavar:  # without the type
            left = param.metavar
        help_text = DEFAULT.sub(
            lambda default: f"[default: {default[1]}]".replace(" ", TIED), help_text
        )
        panel = getattr(param, "rich_help_panel", None)
        if panel is None and not argument and OPTIONS not in panels:  # --help, in the last of all
            panel = next(reversed(panels), OPTIONS) if panels.keys() - {ARGUMENTS} else OPTIONS
        panels.setdefault(panel or (ARGUMENTS if argument else OPTIONS), []).append(
            (left, help_text)
        )
    return panels


_WIDEST = 30
"""Columns of an option beside its help; the help of a longer one stands below it."""


def _write_sections(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    """One column for all panels, so that the eye can run down the help."""
    width = max(min(len(left), _WIDEST) for rows in panels.values() for left, _ in rows)
    for title, rows in panels.items():
        with formatter.section(title):
            formatter.write_dl([(left.ljust(width), help_text) for left, help_text in rows])


def origins(ctx: Any) -> list[str]:
    """Which options come from the configuration file, and which from the environment."""
    options_by_source: dict[str, list[str]] = {}
    for param in ctx.command.params:
        source = ctx.get_parameter_source(param.name)
        name = getattr(source, "name", "")
        if name == "DEFAULT_MAP":
            options_by_source.setdefault(str(ctx.obj.path), []).append(param.opts[0])
        elif name == "ENVIRONMENT":
            variable = f"{ctx.auto_envvar_prefix}_{param.name.upper()}"
            options_by_source.setdefault(variable, []).append(param.opts[0])
    return [
        f"{', '.join(options)} {'comes' if len(options) == 1 else 'come'} from {source}."
        for source, options in options_by_source.items()
    ]
