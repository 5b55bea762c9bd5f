"""How verbs explain themselves: a line, what they do, options in panels, examples at the end.

Plain text through click's own formatter: boxes and colours would cost more than the rest of the
start, and a printed example can be copied.
"""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from eventstudy.errors import EventStudyError

EXAMPLES = "\n\nExamples:\n"
"""Heads the last paragraph of a docstring: a command a line."""
DEFAULT = re.compile(r"\\?\[default: \(?([^()\]]*)\)?\]$")
TIED = "\N{NO-BREAK SPACE}"
"""Stands for the blanks at which no line of the help may end, until it is printed."""
ARGUMENTS, OPTIONS, VERBS = "Arguments", "Options", "Verbs"


def split_help(text: str | None) -> tuple[str, tuple[str, ...]]:
    """A docstring without its examples, and the examples."""
    said, _, examples = (text or "").partition(EXAMPLES)
    return said, tuple(line.strip() for line in examples.splitlines() if line.strip())


class Verb(TyperCommand):
    """A verb with examples; its errors say which values the command line did not give."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        said, self.examples = split_help(settings.pop("help", None))
        super().__init__(*args, help=said, **settings)
        _hide_variables(self.params)

    def get_help(self, ctx: Any) -> str:
        return super().get_help(ctx).replace(TIED, " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_sections(formatter, _sections(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        del ctx
        _write_examples(formatter, self.examples)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EventStudyError as error:
            for note in origins(ctx):
                error.add_note(note)
            raise


class Verbs(TyperGroup):
    """A group of verbs, in panels, before its own options."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        said, self.examples = split_help(settings.pop("help", None))
        super().__init__(*args, help=said, **settings)
        _hide_variables(self.params)

    def get_help(self, ctx: Any) -> str:
        return super().get_help(ctx).replace(TIED, " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = getattr(command, "rich_help_panel", None) or VERBS
                first = " ".join((command.help or "").partition("\n\n")[0].split())
                panels.setdefault(panel, []).append((name, first))
        _write_sections(formatter, panels | _sections(self.get_params(ctx), ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        del ctx
        _write_examples(formatter, self.examples)


def _hide_variables(params: Any) -> None:
    """They are many and of one pattern, which the root's help tells once."""
    for param in params:
        param.show_envvar = False


def _sections(params: Any, ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """Arguments and options with their help, by panel."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        left, said = record
        argument = param.param_type_name == "argument"
        if argument and param.metavar:  # without the type
            left = param.metavar
        said = DEFAULT.sub(lambda found: f"[default: {found[1]}]".replace(" ", TIED), said)
        panel = getattr(param, "rich_help_panel", None)
        if panel is None and not argument and OPTIONS not in panels:  # --help, in the last of all
            panel = next(reversed(panels), OPTIONS) if panels.keys() - {ARGUMENTS} else OPTIONS
        panels.setdefault(panel or (ARGUMENTS if argument else OPTIONS), []).append((left, said))
    return panels


def _write_sections(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    """One column for all panels, so that the eye can run down the help."""
    width = max(len(left) for rows in panels.values() for left, _ in rows)
    for title, rows in panels.items():
        with formatter.section(title):
            formatter.write_dl([(left.ljust(width), said) for left, said in rows])


def _write_examples(formatter: Any, examples: tuple[str, ...]) -> None:
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{' ' * formatter.current_indent}{line}\n")


def origins(ctx: Any) -> list[str]:
    """Which options come from the configuration file, and which from the environment."""
    found: dict[str, list[str]] = {}
    for param in ctx.command.params:
        source = ctx.get_parameter_source(param.name)
        name = getattr(source, "name", "")
        if name == "DEFAULT_MAP":
            found.setdefault(str(ctx.obj.path), []).append(param.opts[0])
        elif name == "ENVIRONMENT":
            variable = f"{ctx.auto_envvar_prefix}_{param.name.upper()}"
            found.setdefault(variable, []).append(param.opts[0])
    return [
        f"{', '.join(options)} {'comes' if len(options) == 1 else 'come'} from {source}."
        for source, options in found.items()
    ]
