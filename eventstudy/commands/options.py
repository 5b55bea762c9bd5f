"""What several verbs take, and the checks that they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.console import grouped_exclusions, say
from eventstudy.errors import DataMissingError, InputError

if TYPE_CHECKING:
    from eventstudy.events.event import Event
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.evidence.claim_register import Claim
    from eventstudy.market.prices import Prices
    from eventstudy.result import StudyResult
    from eventstudy.spec import StudySpec

PARTLY_DONE = 5

EventsFile = Annotated[Path, typer.Option("--events", help="Events file (CSV).")]
GroupsFile = Annotated[
    Path | None, typer.Option("--groups", help="Groups file (TOML); the packaged one if left out.")
]
ClaimsFile = Annotated[
    Path | None, typer.Option("--claims", help="Claims file (TOML); the packaged one if left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Source = Annotated[str, typer.Option(help="bundled, yahoo, or a CSV or Parquet file.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network.")]
Calendar = Annotated[str, typer.Option(help="Exchange calendar, such as XNYS.")]
ModelName = Annotated[str, typer.Option("--model", help="See: eventstudy models.")]
Benchmark = Annotated[
    str | None,
    typer.Option("--benchmark", help="Ticker; each event's own, else ^GSPC, if left out."),
]
Estimation = Annotated[str, typer.Option("--estimation", help="Sessions before day 0.")]
DEFAULT_EVENTS = Path("events.csv")


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
    from eventstudy.evidence.claim_register import needs_of
    from eventstudy.evidence.recovery import HORIZONS
    from eventstudy.needs import load_needed

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
