"""What a run is asked for: read and checked, nothing estimated yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from eventstudy.event_study import EventStudy
    from eventstudy.events.event import Event
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.evidence.claims.register import Claim
    from eventstudy.plans.tested import Ran
    from eventstudy.prices.shares import Shares
    from eventstudy.report.bundle import BundleOptions


@dataclass(frozen=True, slots=True)
class PriceOrder:
    """Where prices come from."""

    sources: Sequence[str]
    """Names of sources, files and folders; the first that has a ticker counts."""
    files: Mapping[str, Any]
    """What is said of price files, as `load_prices` takes it."""
    offline: bool
    """Whether sources that use the network read their cache only."""


@dataclass(frozen=True, slots=True)
class Printing:
    """What a run prints."""

    as_json: bool
    quiet: bool
    verbose: bool
    origins: Sequence[str]
    """Where options come from that were not typed, a sentence each."""
    progress: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run of the command line."""

    study: EventStudy
    events: Events
    """All events of the list: those that are not studied may confound."""
    chosen: Sequence[Event]
    """Those to study."""
    groups: Groups
    claims: Sequence[Claim]
    shares: Mapping[str, Shares] | None
    class_start: date | None
    """First day of the class period, for inflation per share."""
    prices: PriceOrder
    out: Path
    """The folder for the bundles."""
    bundle: BundleOptions
    """Without the hash of its input."""
    engine: str
    resume: bool
    report: bool
    """Whether evidence is gathered and bundles are written."""
    command: str
    """As typed."""
    printing: Printing
    plan: Ran | None = None
    """The sealed plan that the run follows."""

    @property
    def resumed(self) -> str:
        """The command that does the rest of a stopped run."""
        return self.command if self.resume else f"{self.command} --resume"
