"""What every format needs of a report: of one event, or of many events pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.evidence.parts.evidence import Evidence
    from eventstudy.result.result import StudyResult


class KeyFigure(NamedTuple):
    """The figure that a report is about, of the quoted test."""

    whose: str
    when: str
    estimate: float
    low: float
    high: float
    significant: bool


class Told(Protocol):
    """A story that formats set: `Story` of one event, `PooledStory` of many."""

    kind: ClassVar[str]
    """A name of `kinds.KINDS`."""

    @property
    def result(self) -> StudyResult:
        """The study."""

    @property
    def evidence(self) -> Evidence | None:
        """The evidence on the event, where there is any."""

    @property
    def event_id(self) -> str:
        """The name of the bundle: the event's id, or that of the list."""

    @property
    def title(self) -> str:
        """The title of the documents."""

    @property
    def subject(self) -> str:
        """What was studied, without a finding."""

    @property
    def noun(self) -> str:
        """What one observation is called: "asset", "event"."""

    @property
    def origin(self) -> Mapping[str, str]:
        """Of the prices: description, retrieved, sha256, note; empty for returns handed in."""

    @property
    def benchmark(self) -> str:
        """The benchmark of the estimates; empty for none or several."""

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """Label and sentence of what was studied and when."""

    @property
    def lines(self) -> Sequence[tuple[str, pd.DataFrame]]:
        """Name and path of each line of the workbook's charts: day, car, low, high and bands."""

    @property
    def bars(self) -> tuple[str, str, pd.DataFrame]:
        """Of the workbook's bars: what they are of, when, and label, estimate, low, high."""

    @property
    def level(self) -> str:
        """The level of the intervals: 95%."""

    @property
    def key_figure(self) -> KeyFigure:
        """The figure that the finding is about."""

    def name(self, ticker: str) -> str:
        """A ticker's written-out name."""

    def finding(self) -> str:
        """The finding in one sentence."""

    def answer(self) -> list[str]:
        """The answer in a few sentences."""
