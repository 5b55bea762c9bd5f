"""What the tools of a session share: the folder, what is allowed, the studies made so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventstudy.agents.folder import ServedFolder
from eventstudy.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

MOST_KEPT = 50
"""Studies whose exclusions are remembered."""

Progress = Callable[[str, int, int], None]
"""Told the stage of a study, the tasks done and all tasks; it raises where the call has ended."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptStudy:
    """What was left out of a study, and what was not."""

    name: str
    exclusions: pd.DataFrame
    """event_id, ticker, stage, reason."""
    estimated: pd.DataFrame
    """event_id, ticker."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Where the tools of a session work."""

    folder: ServedFolder
    fetch: bool
    """Whether sources in the network may be asked."""
    kept: dict[str, KeptStudy] = field(default_factory=dict)
    """The last studies by name, the newest last."""

    def keep(self, study: KeptStudy) -> None:
        """Remember what was left out of a study.

        Args:
            study: The newest.
        """
        self.kept.pop(study.name, None)
        self.kept[study.name] = study
        while len(self.kept) > MOST_KEPT:
            self.kept.pop(next(iter(self.kept)), None)

    def study(self, name: str) -> KeptStudy:
        """A study of this session.

        Args:
            name: The key `study` of its answer; the last one if empty.

        Raises:
            InputError: There is none of that name.
        """
        kept = dict(self.kept)
        if not kept:
            raise InputError("This session has made no study yet; make one, or name a bundle.")
        if not name:
            return [*kept.values()][-1]
        if name not in kept:
            raise unknown_name("study of this session", name, list(kept))
        return kept[name]
