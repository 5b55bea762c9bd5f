"""What several verbs take, and the checks that they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.completion import (
    ENGINES,
    FORMAT_NAMES,
    INK_NAMES,
    MODELS,
    PAPER_NAMES,
    TESTS,
    known_sources,
    one_of,
    some_of,
)
from eventstudy.cli.console import grouped_exclusions, say
from eventstudy.errors import DataMissingError, InputError
from eventstudy.prices.source import SOURCES
from eventstudy.report.formats.registry import formats_help

if TYPE_CHECKING:
    from eventstudy.events.event import Event
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.evidence.claims.register import Claim
    from eventstudy.prices.prices import Prices
    from eventstudy.result.result import StudyResult
    from eventstudy.spec import StudySpec


PARTLY_DONE = 5

WHAT, HOW, OUTPUT, RUNNING = "What to study", "How to estimate", "Output", "Running"
"""The panels of the options in the help, in this order."""

EventsFile = Annotated[
    Path,
    typer.Option("--events", metavar="FILE", help="Events file (CSV).", rich_help_panel=WHAT),
]
GroupsFile = Annotated[
    Path | None,
    typer.Option(
        "--groups",
        metavar="FILE",
        help="Groups file (TOML); the packaged one if left out.",
        rich_help_panel=WHAT,
    ),
]
ClaimsFile = Annotated[
    Path | None,
    typer.Option(
        "--claims",
        metavar="FILE",
        help="Claims file (TOML); the packaged one if left out.",
        rich_help_panel=WHAT,
    ),
]
Source = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"Prices: {', '.join(SOURCES)}, or a CSV or Parquet file.",
        autocompletion=known_sources,
        rich_help_panel=WHAT,
    ),
]
Calendar = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Exchange calendar, such as XNYS or XLON.", rich_help_panel=WHAT
    ),
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="NAME",
        help="Normal-return model; eventstudy models lists them.",
        autocompletion=one_of(MODELS),
        rich_help_panel=HOW,
    ),
]
Benchmark = Annotated[
    str | None,
    typer.Option(
        "--benchmark",
        metavar="TICKER",
        help="Benchmark; each event's own, else ^GSPC, if left out.",
        rich_help_panel=HOW,
    ),
]
Estimation = Annotated[
    str,
    typer.Option(
        "--estimation",
        metavar="FROM,TO",
        help="Estimation window, in sessions from day 0.",
        rich_help_panel=HOW,
    ),
]
Tests = Annotated[
    str,
    typer.Option(
        metavar="NAME,...",
        help="default, all, or names; eventstudy tests lists them.",
        autocompletion=some_of(TESTS),
        rich_help_panel=HOW,
    ),
]
Formats = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME,...",
        help=formats_help(),
        autocompletion=some_of(FORMAT_NAMES),
        rich_help_panel=OUTPUT,
    ),
]
Paper = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="a4, letter or slide.",
        autocompletion=one_of(PAPER_NAMES),
        rich_help_panel=OUTPUT,
    ),
]
Ink = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="colour or grey.",
        autocompletion=one_of(INK_NAMES),
        rich_help_panel=OUTPUT,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="serial, processes, dask, or the address of a Dask scheduler.",
        autocompletion=one_of(ENGINES),
        rich_help_panel=RUNNING,
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never use the network.", rich_help_panel=RUNNING)
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on from what the same command had finished.",
        rich_help_panel=RUNNING,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead of text.", rich_help_panel=OUTPUT)
]
DEFAULT_EVENTS = Path("events.csv")


def parts(text: str) -> tuple[str, ...]:
    """ "html, xlsx" as ("html", "xlsx")."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def require_folder(out: Path) -> None:
    """InputError where a file stands in the way of the output folder."""
    taken = next((place for place in (out, *out.parents) if place.exists()), None)
    if taken is not None and not taken.is_dir():
        raise InputError(f"Option out: {taken} is a file, not a folder; give another place.")


def require_estimates(results: Sequence[StudyResult]) -> None:
    """DataMissingError with the reasons where no event has an estimate."""
    if not any(result.n for result in results):
        lines = [line for result in results for line in grouped_exclusions(result.exclusions)]
        raise DataMissingError(
            f"Nothing could be estimated. {' '.join(lines[:6])} "
            "Choose tickers that the source has and dates whose estimation window it covers."
        )


def say_left_out(results: Sequence[StudyResult]) -> None:
    """Name what was asked for and left out; exits with 5 where there is something."""
    left_out = [line for result in results for line in grouped_exclusions(result.exclusions)]
    for line in left_out:
        say(f"Left out: {line}")
    if left_out:
        raise typer.Exit(PARTLY_DONE)


def load_for_evidence(
    registry: Events,
    chosen: Sequence[Event],
    groups: Groups,
    spec: StudySpec,
    source: str,
    claims: Sequence[Claim],
    *,
    offline: bool,
) -> Prices:
    """The prices that the studies of the chosen events and the evidence on them need."""
    from eventstudy.cli.needed_prices import load_needed
    from eventstudy.evidence.claims.register import needs_of
    from eventstudy.evidence.recovery import HORIZONS

    needs = needs_of(claims, [event.event_id for event in chosen])
    return load_needed(
        chosen,
        groups,
        spec,
        source,
        offline=offline,
        also=needs.tickers,
        around=[event for event in registry if event.event_id in needs.events],
        last=max(*HORIZONS, needs.last),
    )
