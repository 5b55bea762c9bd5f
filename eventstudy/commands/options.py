"""What several verbs take, and the checks that they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.console import grouped_exclusions
from eventstudy.errors import DataMissingError, InputError

if TYPE_CHECKING:
    from eventstudy.result import StudyResult

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
