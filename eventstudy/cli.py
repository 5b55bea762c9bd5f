"""The command line: the verbs put together, and every foreseen error as one sentence."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from eventstudy.commands import calibrate, claims, events, lists, prices, run
from eventstudy.console import say
from eventstudy.errors import EventStudyError, InputError

app = typer.Typer(
    name="eventstudy",
    help="How much did a piece of news move which assets, how sure is that, did it last?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _verb in (run.run, run.report, claims.claims, lists.models, lists.tests, calibrate.calibrate):
    app.command()(_verb)
app.add_typer(events.app, name="events")
app.add_typer(prices.app, name="prices")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("eventstudy-kit"))
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """How much did a piece of news move which assets, how sure is that, did it last?"""
    if debug:
        os.environ["EVENTSTUDY_DEBUG"] = "1"


def main() -> None:
    """Entry point: every foreseen error becomes one sentence and its exit code."""
    try:
        app()
    except EventStudyError as error:
        _fail(error, error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a raw traceback
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    debug = "--debug" in sys.argv or os.environ.get("EVENTSTUDY_DEBUG")
    if debug:
        traceback.print_exc()
    foreseen = isinstance(error, EventStudyError)
    problems = error.problems if isinstance(error, InputError) else (str(error),)
    for problem in problems:
        text = problem if foreseen else f"{type(error).__name__}: {problem} (--debug shows more)"
        say(f"Error: {text}")
    sys.exit(code)
