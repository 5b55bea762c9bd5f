"""The command line: the verbs put together, and every foreseen error as one sentence."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from eventstudy.cli.config import (
    PREFIX,
    Settings,
    options_of,
    read_settings,
    settings_file,
    unknown_variables,
)
from eventstudy.cli.console import (
    echo,
    let_streams_hold_all,
    open_closed_streams,
    say,
    say_command,
)
from eventstudy.cli.help import Verbs
from eventstudy.cli.stopping import INTERRUPTED, Remains, end_stopped, say_when_stopped
from eventstudy.compute.pool import safe_path
from eventstudy.errors import EventStudyError, InputError, plainly, refusal_behind
from eventstudy.files.failures import system_refused, unforeseen
from eventstudy.files.interrupts import catch_stops, raise_if_told, told_by
from eventstudy.files.source_date import require_source_date
from eventstudy.prices.sources.sql.url import safe_text

NEW_OBJECTS = 50_000
"""Allocations between garbage collections; at Python's 700 they take a tenth of a run."""
HELP_OPTIONS = ("-h", "--help")
WITHOUT_SETTINGS = ("init", "doctor")
"""Verbs that must work where the configuration file is wrong."""

app = typer.Typer(
    name="eventstudy",
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": list(HELP_OPTIONS),
        "auto_envvar_prefix": PREFIX,
    },
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        echo(version("eventstudy-kit"))
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Configuration file, instead of eventstudy.toml in this folder."
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help="Show the traceback of an error.",
            allow_from_autoenv=False,  # EVENTSTUDY_DEBUG takes any text, see _fail
        ),
    ] = False,
    _show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            callback=_version,
            is_eager=True,
            allow_from_autoenv=False,
        ),
    ] = False,
) -> None:
    """How much did news move which assets, how sure is that, did it last?

    Every option of a verb can also be set in eventstudy.toml, under the verb's name, or in the
    environment: EVENTSTUDY_RUN_MODEL is --model of run. The command line goes before the
    environment, the environment before the file. eventstudy doctor shows what is set where.

    Examples:
        eventstudy init my-study
        eventstudy run
        eventstudy run --help
    """
    if debug:
        os.environ["EVENTSTUDY_DEBUG"] = "1"
    require_source_date()  # numpy reads it too, when it is loaded
    context.obj = _settings(context, config)
    context.default_map = context.obj.default_map()


def _settings(context: typer.Context, config: Path | None) -> Settings:
    """The configuration file's; a wrong file is no obstacle to help and to repair."""
    verb = context.invoked_subcommand
    one = None if settings_file(config) else verb  # a file may set the options of all
    options = options_of(context.command, one)
    try:
        settings = read_settings(config, options)
    except InputError:
        if verb in WITHOUT_SETTINGS or set(HELP_OPTIONS) & set(sys.argv[1:]):
            return Settings()
        raise
    if verb not in WITHOUT_SETTINGS:
        for sentence in unknown_variables(options, os.environ, verb):
            say(f"Note: {sentence}")
    return settings


def main() -> None:
    """Entry point: every foreseen error becomes one sentence and its exit code."""
    if "_EVENTSTUDY_COMPLETE" in os.environ:
        os.environ["COLUMNS"] = "1000"  # a shell takes each line for a candidate
    open_closed_streams()
    let_streams_hold_all()
    gc.set_threshold(NEW_OBJECTS)
    say_when_stopped(lambda: Remains("No file has changed."))
    restore = catch_stops()
    try:
        try:
            with safe_path():
                code = _answer()
        except KeyboardInterrupt:
            code = INTERRUPTED
        if told_by() or code == INTERRUPTED:
            code = end_stopped()
    finally:
        restore()
        gc.freeze()  # else Python collects garbage among all objects before it ends
    sys.exit(code)


def _answer() -> int:
    try:
        code = app(prog_name="eventstudy", standalone_mode=False)
    except InputError as error:
        _fail(error, error.exit_code, *error.problems)
    except EventStudyError as error:
        _fail(error, error.exit_code, str(error))
    except typer.Abort:  # newer versions of typer return the code instead
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a raw traceback
        if hasattr(error, "format_message"):
            _refuse_usage(error)
        if (refusal := refusal_behind(error)) is not None:
            _fail(error, 1, system_refused(refusal))
        _fail(error, *unforeseen(error, " (--debug shows more)"))
    return code if isinstance(code, int) else 0


def _refuse_usage(error: Any) -> NoReturn:
    """What click found wrong, as a sentence like our own."""
    problem = _wrong_value(error) or error.format_message().rstrip()
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # the help is the answer
        echo(problem, err=True)
        sys.exit(error.exit_code)
    if hasattr(error, "possibilities"):
        close = [name for name in error.possibilities or () if name.startswith("--")]
        problem = f"There is no option {error.option_name}."
        problem += f" Did you mean {close[0]}?" if close else ""
    sentences = [problem if problem.endswith((".", "?")) else f"{problem}."]
    if context is not None:
        sentences += [*_given_by(error, context), f"See {context.command_path} --help."]
    _fail(error, error.exit_code, " ".join(sentences))


def _wrong_value(error: Any) -> str:
    """A value of the wrong type with its option: "--min-obs abc: give a whole number"."""
    found = getattr(error.__cause__, "errors", None)
    param = getattr(error, "param", None)
    if found is None or param is None:
        return ""
    first = found()[0]
    name = param.opts[0] if param.param_type_name == "option" else param.metavar
    return f"{name} {first['input']}: {plainly(first['msg'])}"


def _given_by(error: Any, context: Any) -> list[str]:
    """Where a refused value comes from, if from the environment."""
    param: Any = getattr(error, "param", None)
    source = context.get_parameter_source(param.name) if param is not None else None
    if getattr(source, "name", "") != "ENVIRONMENT":
        return []
    return [f"It comes from {context.auto_envvar_prefix}_{param.name.upper()}."]


def _fail(error: Exception, code: int, *problems: str) -> NoReturn:
    raise_if_told()  # some libraries make an error of their own of an interrupt
    if "--debug" in sys.argv or os.environ.get("EVENTSTUDY_DEBUG"):
        echo(safe_text("".join(traceback.format_exception(error)).rstrip()), err=True)
    for problem in problems:
        say(f"Error: {problem}")
    for note in getattr(error, "__notes__", ()):
        say(f"Note: {note}")
    for command in getattr(error, "commands", ()):
        say_command("Try", command)
    sys.exit(code)
