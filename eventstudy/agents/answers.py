"""What the tools answer; the figures of a study are parts of results.json, and declared there."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from eventstudy.report.machine.event import LeadKeys
from eventstudy.report.machine.keys import UNITS
from eventstudy.report.machine.pooled import MeanKeys
from eventstudy.report.machine.rows import EntityKeys, ExclusionRow, QuotedTest


class AnswerPart(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CutTable(AnswerPart):
    """Rows of a table."""

    columns: list[str] = Field(description="Names of the columns.")
    rows: list[list[Any]] = Field(description="Cells in the order of the columns; null for none.")
    first_row: int = Field(description="Number of the first row given here, counted from 0.")
    total: int = Field(description="Number of rows of the whole table.")
    note: str = Field(description="What is missing here and where it is; empty if nothing is.")
    file: str = Field(description="CSV in the folder with the whole table; empty if there is none.")


class StudyAnswer(AnswerPart):
    """What every study answers."""

    study: str = Field(description="Name of this study for explain_exclusion.")
    event_id: str = Field(description="Id of the event, or the name of the list.")
    title: str = Field(description="What was studied.")
    headline: str = Field(description="The finding in one sentence.")
    answer: list[str] = Field(
        description="The answer in sentences: how much, how sure, did it last."
    )
    unit: Literal["fraction", "bp", "points"] = Field(description="Unit of the returns.")
    units: dict[str, str] = Field(
        default=UNITS, description="What the units of the output schema mean."
    )
    headline_tests: list[QuotedTest] = Field(
        description="The test to quote for each group, over each CAR window."
    )
    left_out: list[ExclusionRow] = Field(
        description="First rows of what has no figure, each with the reason."
    )
    left_out_total: int = Field(description="Number of rows without a figure.")
    notes: list[str] = Field(description="What a reader must know besides the figures.")
    prices: str = Field(description="Where the prices come from.")
    options: dict[str, Any] = Field(description="Model, windows and the options that were set.")
    cut: list[str] = Field(description="What this answer leaves out, and the file that has it.")


class EventAnswer(StudyAnswer):
    """The answer on one event."""

    kind: Literal["event"] = "event"
    announced_at: str = Field(description="Date or time of the announcement.")
    day0: str = Field(description="The session on which prices could first react.")
    shift_reason: str = Field(
        description="Why day 0 is not the day of the announcement; empty if it is."
    )
    lead: LeadKeys | None = Field(description="The figures of `answer` by key.")
    groups: list[EntityKeys] = Field(description="The groups of the event.")
    assets: list[EntityKeys] = Field(description="Its assets.")


class ListAnswer(StudyAnswer):
    """The answer on many events."""

    kind: Literal["pooled"] = "pooled"
    first_day0: str = Field(description="The first day 0.")
    last_day0: str = Field(description="The last day 0.")
    asked: int = Field(description="Observations in the list.")
    estimated: int = Field(description="Observations with an estimate.")
    events: int = Field(description="Events with an estimate.")
    focus: list[int] = Field(
        description="First and last session of the window that the headline is about, from day 0."
    )
    means: list[MeanKeys] = Field(
        description="Means of all observations and of each group over each window."
    )
    cars: CutTable = Field(description="CAR of each observation over each CAR window.")


class ListedEvent(AnswerPart):
    """An event of a list."""

    event_id: str = Field(description="Its id.")
    title: str = Field(description="What happened.")
    announced_at: str = Field(description="Date, or time with its offset from UTC.")
    day0: str = Field(description="The session on which prices could first react.")
    shift_reason: str = Field(
        description="Why day 0 is not the day of the announcement; empty if it is."
    )
    headline: bool = Field(description="Whether a run studies it when no event is named.")
    groups: list[str] = Field(description="Groups and tickers that it names.")
    tickers: list[str] = Field(
        description="Tickers of those groups; empty where several events are listed."
    )


class EventsAnswer(AnswerPart):
    """Events of a file."""

    events: list[ListedEvent] = Field(description="Events in the order of the file.")
    total: int = Field(description="Number of events that match.")
    notes: list[str] = Field(description="How the file was read, and what was left out.")


class KnownModel(AnswerPart):
    """A model of normal returns."""

    name: str = Field(description="Value of the option model.")
    label: str = Field(description="What it is called.")
    regressors: list[str] = Field(description="Its regressors.")
    paper: str = Field(description="Where it is published.")


class KnownModels(AnswerPart):
    """Models of normal returns."""

    models: list[KnownModel]


class KnownTest(AnswerPart):
    """A test of no abnormal return."""

    name: str = Field(description="Value of the option tests.")
    label: str = Field(description="What it is called.")
    valid_for: list[str] = Field(
        description="Samples for which it is valid; it is refused for others."
    )
    null: str = Field(description="Its distribution under the null.")
    shared_dates_allowed: bool = Field(
        description="Whether it is valid where observations have the same date."
    )
    paper: str = Field(description="Where it is published.")


class KnownTests(AnswerPart):
    """Tests of no abnormal return."""

    tests: list[KnownTest]


class ExclusionAnswer(AnswerPart):
    """Why something is missing."""

    study: str = Field(description="Name of the study, or folder of the bundle.")
    answer: str = Field(description="The reason in a sentence.")
    left_out: list[ExclusionRow] = Field(description="What was left out, with stage and reason.")
    left_out_total: int = Field(description="Number of rows left out.")
    estimated: list[str] = Field(description="What does have an estimate, as ticker at event.")
    notes: list[str] = Field(description="Notes of the study that mention it.")


class BundleAnswer(AnswerPart):
    """A bundle."""

    bundle: str = Field(description="Its folder.")
    sound: bool = Field(description="Whether every file matches the manifest.")
    differences: list[str] = Field(description="Files that do not match, and how they differ.")
    manifest_sha256: str = Field(description="SHA-256 of its manifest.")
    tables: list[str] = Field(description="Tables that can be read.")
    event: EventAnswer | None = Field(description="Its figures, if it is a study of one event.")
    pooled: ListAnswer | None = Field(description="Its figures, if it is a pooled study.")
    table: CutTable | None = Field(description="The rows asked for.")


class GuideAnswer(AnswerPart):
    """The guide."""

    text: str = Field(description="The guide in Markdown.")
