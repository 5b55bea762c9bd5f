"""What the tools answer: each key once, with its unit.

The keys of a study are those of results.json. A figure that does not exist is null.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

UNITS = {
    "returns (car, estimate, tested, se, low, high, moved, raw_return)": (
        "fraction: -0.05 is -5%; basis points or points where `unit` says so"
    ),
    "start, end, focus": "sessions from day 0, both ends included; weeks or months in such studies",
    "p, p_value, p_placebo": "probability, two-sided",
    "raw_dollars, abnormal_dollars": "US dollars of market value",
    "n, n_obs, positive, as_extreme, ordinary": "counts",
}
"""Keys → their unit, in every answer with figures."""

Figure = float | None


class AnswerPart(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SpanFigures(AnswerPart):
    """Figures over a window."""

    start: int = Field(description="First session from day 0.")
    end: int = Field(description="Last session from day 0.")


class WindowFigures(SpanFigures):
    """An asset or group over a window."""

    car: Figure = Field(description="Abnormal return, cumulative over several sessions; fraction.")
    se: Figure = Field(description="Its standard error; fraction.")
    t: Figure = Field(description="car over se.")
    p_value: Figure = Field(description="Two-sided p of t.")
    p_placebo: Figure = Field(description="Two-sided p among the asset's ordinary days.")
    low: Figure = Field(description="Lower end of the interval of quoted_test; fraction.")
    high: Figure = Field(description="Upper end of it; fraction.")
    n_obs: int | None = Field(description="Returns of the estimation window.")
    significant: bool = Field(description="Whether quoted_test rejects zero. Quote this verdict.")
    quoted_test: str = Field(description="The test to quote; low, high and significant are its.")


class AssetFigures(AnswerPart):
    """An asset, or a group taken as one."""

    key: str = Field(description="Ticker of an asset, name of a group.")
    name: str = Field(description="As it is called in print.")
    group: str = Field(description="The group it belongs to.")
    members: list[str] = Field(description="Tickers of its members.")
    raw_return: Figure = Field(description="Observed return of the day of the finding; fraction.")
    raw_dollars: Figure = Field(description="Change of market value that day; US dollars.")
    abnormal_dollars: Figure = Field(description="The abnormal part of it; US dollars.")
    windows: list[WindowFigures] = Field(description="The day of the finding, the CAR windows.")


class QuotedFigures(SpanFigures):
    """A figure of the lead by the quoted test."""

    estimate: Figure = Field(description="Abnormal return, cumulative over several sessions.")
    low: Figure = Field(description="Lower end of its interval; fraction.")
    high: Figure = Field(description="Upper end of it; fraction.")
    p: Figure = Field(description="Its two-sided p.")
    test: str = Field(description="The quoted test; empty for none.")
    significant: bool = Field(description="Whether the test rejects zero.")


class AgainstFigures(AnswerPart):
    """The lead against one benchmark: the figures of the answer's sentences."""

    benchmark: str = Field(description="As a sentence calls it; empty for a model without one.")
    moved: Figure = Field(description="Its own return of the day; fraction.")
    as_extreme: int = Field(description="Ordinary days as far from expectation; 0 without them.")
    ordinary: int = Field(description="Ordinary days that p counts; 0 where it counts none.")
    windows: list[QuotedFigures] = Field(description="The day of the finding, then CAR windows.")


class LeadFigures(AnswerPart):
    """Whom the answer is about: the figures of its sentences by key."""

    name: str = Field(description="The first asset, index or group.")
    moved: Figure = Field(description="Its observed return of the day; fraction.")
    against: list[AgainstFigures] = Field(description="The study's own benchmark first.")


class MeanOfWindow(SpanFigures):
    """The mean of a group over a window."""

    group: str = Field(description="The group; all for all observations.")
    estimate: Figure = Field(description="Mean abnormal return (AAR or CAAR); fraction.")
    tested: Figure = Field(description="What the test is of: the mean by precision, or estimate.")
    low: Figure = Field(description="Lower end of the interval of tested; fraction.")
    high: Figure = Field(description="Upper end of it; fraction.")
    n: int = Field(description="Observations.")
    positive: int = Field(description="Those above zero.")
    test: str = Field(description="The test to quote; empty where none could be computed.")
    p: Figure = Field(description="Its two-sided p.")
    significant: bool = Field(description="Whether it rejects zero. Quote this verdict.")


class GroupTest(SpanFigures):
    """The test to quote of a group over a window."""

    group: str = Field(description="The group; all for all observations.")
    test: str = Field(description="Its id; look_up_tests says what it is.")
    statistic: Figure = Field(description="Its statistic.")
    df: Figure = Field(description="Degrees of freedom.")
    p_value: Figure = Field(description="Two-sided p.")
    n: int = Field(description="Observations that it uses.")
    distribution: str = Field(description="The null, such as t, N or placebo.")
    warning: str = Field(description="What was measured against the test in this design.")


class LeftOutRow(AnswerPart):
    """What went in and did not come out."""

    event_id: str = Field(description="The event.")
    ticker: str = Field(description="The asset.")
    stage: str = Field(description="Where it was left out; CAR and a window: only that is missing.")
    reason: str = Field(description="Why.")


class CutTable(AnswerPart):
    """Rows of a table."""

    columns: list[str] = Field(description="Names of the columns.")
    rows: list[list[Any]] = Field(description="Cells in the order of the columns; null for none.")
    first_row: int = Field(description="Row of the table that is the first here, from 0.")
    total: int = Field(description="Rows of the whole table.")
    note: str = Field(description="What is not here and where it is; empty where all is here.")
    file: str = Field(description="CSV in the folder with the whole table; empty for none.")


class StudyAnswer(AnswerPart):
    """What every study answers."""

    study: str = Field(description="Name of this study for explain_exclusion.")
    event_id: str = Field(description="Id of the event, or the name of the list.")
    title: str = Field(description="What was studied.")
    headline: str = Field(description="The finding in one sentence.")
    answer: list[str] = Field(description="The answer: how much, how sure, did it last.")
    unit: Literal["fraction", "bp", "points"] = Field(description="What returns are in.")
    units: dict[str, str] = Field(default=UNITS, description="Keys and their unit.")
    headline_tests: list[GroupTest] = Field(
        description="The test to quote of every group, over the CAR windows."
    )
    left_out: list[LeftOutRow] = Field(description="What has no figure, and why; the first.")
    left_out_total: int = Field(description="How many rows that list has in all.")
    notes: list[str] = Field(description="What a reader must know beside the figures.")
    prices: str = Field(description="Where the prices come from.")
    options: dict[str, Any] = Field(description="Model, windows, and options set.")
    cut: list[str] = Field(description="What is not in this answer, and in which file it is.")


class EventAnswer(StudyAnswer):
    """The answer on one event."""

    kind: Literal["event"] = "event"
    announced_at: str = Field(description="When it was announced.")
    day0: str = Field(description="The session on which prices could first react.")
    shift_reason: str = Field(description="Why day 0 is not the day of the announcement.")
    lead: LeadFigures | None = Field(description="The figures of `answer` by key.")
    groups: list[AssetFigures] = Field(description="The groups of the event.")
    assets: list[AssetFigures] = Field(description="Its assets.")


class ListAnswer(StudyAnswer):
    """The answer on many events."""

    kind: Literal["pooled"] = "pooled"
    first_day0: str = Field(description="The first day 0.")
    last_day0: str = Field(description="The last day 0.")
    asked: int = Field(description="Observations of the list.")
    estimated: int = Field(description="Those with an estimate.")
    events: int = Field(description="Events with an estimate.")
    focus: list[int] = Field(description="First and last session of the finding's window.")
    means: list[MeanOfWindow] = Field(description="Of all and of each group over each window.")
    cars: CutTable = Field(description="Each observation over each CAR window.")


class ListedEvent(AnswerPart):
    """An event of a list."""

    event_id: str = Field(description="Its id.")
    title: str = Field(description="What happened.")
    announced_at: str = Field(description="Date, or time with its offset from UTC.")
    day0: str = Field(description="The session on which prices could first react.")
    shift_reason: str = Field(description="Why day 0 is another day; empty where it is not.")
    headline: bool = Field(description="Whether a run studies it unasked.")
    groups: list[str] = Field(description="Groups and tickers that it names.")
    tickers: list[str] = Field(description="The assets behind them; empty in a list of several.")


class EventsAnswer(AnswerPart):
    """Events of a file."""

    events: list[ListedEvent] = Field(description="In the order of the file.")
    total: int = Field(description="How many match in all.")
    notes: list[str] = Field(description="How the file was read, and what was left out of it.")


class KnownModel(AnswerPart):
    """A model of normal returns."""

    name: str = Field(description="For the option model.")
    label: str = Field(description="What it is called.")
    regressors: list[str] = Field(description="What it regresses on.")
    paper: str = Field(description="Where it is published.")


class KnownModels(AnswerPart):
    """Models of normal returns."""

    models: list[KnownModel]


class KnownTest(AnswerPart):
    """A test of no abnormal return."""

    name: str = Field(description="For the option tests.")
    label: str = Field(description="What it is called.")
    valid_for: list[str] = Field(description="Samples for which it is valid; refused for others.")
    null: str = Field(description="Its distribution under the null.")
    shared_dates_allowed: bool = Field(
        description="Whether it is valid where observations share a date."
    )
    paper: str = Field(description="Where it is published.")


class KnownTests(AnswerPart):
    """Tests of no abnormal return."""

    tests: list[KnownTest]


class ExclusionAnswer(AnswerPart):
    """Why something is missing."""

    study: str = Field(description="The study, or the bundle.")
    answer: str = Field(description="In one sentence.")
    left_out: list[LeftOutRow] = Field(description="What was left out, with stage and reason.")
    left_out_total: int = Field(description="How many rows that list has in all.")
    estimated: list[str] = Field(description="What has an estimate nevertheless: ticker at event.")
    notes: list[str] = Field(description="Notes of the study that name it.")


class BundleAnswer(AnswerPart):
    """A bundle."""

    bundle: str = Field(description="Its folder.")
    sound: bool = Field(description="Whether every file is as the manifest says.")
    differences: list[str] = Field(description="Files that are not, and how they differ.")
    manifest_sha256: str = Field(description="Hash of its manifest.")
    tables: list[str] = Field(description="Tables that can be read.")
    event: EventAnswer | None = Field(description="Its figures, of one event.")
    pooled: ListAnswer | None = Field(description="Its figures, of many events.")
    table: CutTable | None = Field(description="The rows asked for.")


class GuideAnswer(AnswerPart):
    """The guide."""

    text: str = Field(description="Markdown.")
