"""The tools by name: what each takes and answers, and the function behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from eventstudy.agents.answers import (
    AnswerPart,
    BundleAnswer,
    EventAnswer,
    EventsAnswer,
    ExclusionAnswer,
    GuideAnswer,
    KnownModels,
    KnownTests,
    ListAnswer,
)
from eventstudy.agents.arguments import (
    Arguments,
    ExplainExclusion,
    LookUpEvents,
    LookUpNames,
    ReadBundle,
    StudyDate,
    StudyEvent,
    StudyList,
    read_arguments,
)
from eventstudy.errors import EventStudyError, InputError, refusal_behind, unknown_name
from eventstudy.files.failures import system_refused, unforeseen

if TYPE_CHECKING:
    from eventstudy.agents.desk import Desk, Progress

LARGEST_ANSWER = 2**20
"""Characters of an answer."""


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A tool; its function is loaded when it is called."""

    name: str
    title: str
    text: str
    """What it does and when to use it."""
    takes: type[Arguments]
    answers: type[AnswerPart]
    place: str
    """Its function, as "module:function" under `agents`."""
    studies: bool = False
    """Whether it estimates: such calls run one after the other, and may write tables."""

    def run(self, raw: Mapping[str, Any], desk: Desk, progress: Progress) -> AnswerPart:
        """Check the arguments of a call and answer it.

        Args:
            raw: The arguments as they came.
            desk: Where the tool works.
            progress: Told how far a study is.

        Raises:
            EventStudyError: Something is wrong, in a sentence.
        """
        given = read_arguments(self.takes, raw)
        module, _, function = self.place.partition(":")
        found = getattr(import_module(f"eventstudy.agents.{module}"), function)
        answer: AnswerPart = found(given, desk, progress)
        size = len(answer.model_dump_json(by_alias=True))
        if size > LARGEST_ANSWER:
            raise InputError(
                f"The answer has {size:,} characters; at most {LARGEST_ANSWER:,} are allowed. Ask "
                "for fewer assets, groups or windows."
            )
        return answer


TOOLS = (
    AgentTool(
        "study_date",
        "Study tickers on one date",
        "How far assets moved on a date beyond what the market implies, how sure that is, and "
        "whether it lasted. Needs no file. Prices come from the sample shipped with the package "
        "if it has ticker and date, else from Yahoo Finance, which needs a server started with "
        "--fetch.",
        StudyDate,
        EventAnswer,
        "studies:study_date",
        studies=True,
    ),
    AgentTool(
        "study_event",
        "Study one event of a file",
        "How far the assets of one event in an events file moved beyond what the market implies, "
        "how sure that is, and whether it lasted. The events file is in the folder.",
        StudyEvent,
        EventAnswer,
        "studies:study_event",
        studies=True,
    ),
    AgentTool(
        "study_list",
        "Study many events at once",
        "Mean abnormal returns of a list of tickers and dates, with the test that is valid for it, "
        "and the CAR of each observation. Give the list as a file in the folder or as rows in the "
        "arguments.",
        StudyList,
        ListAnswer,
        "studies:study_list",
        studies=True,
    ),
    AgentTool(
        "look_up_events",
        "Look up events",
        "The events of a file in the folder, each with its day 0; for a single event also its "
        "tickers.",
        LookUpEvents,
        EventsAnswer,
        "look_ups:look_up_events",
    ),
    AgentTool(
        "look_up_models",
        "Look up models",
        "The models of normal returns, as the option model takes them.",
        LookUpNames,
        KnownModels,
        "look_ups:look_up_models",
    ),
    AgentTool(
        "look_up_tests",
        "Look up tests",
        "The tests of abnormal returns, as the option tests takes them, and when each is valid.",
        LookUpNames,
        KnownTests,
        "look_ups:look_up_tests",
    ),
    AgentTool(
        "explain_exclusion",
        "Explain what is missing",
        "Why an event or an asset has no figure in a study of this session, or in a bundle.",
        ExplainExclusion,
        ExclusionAnswer,
        "bundles:explain_exclusion",
    ),
    AgentTool(
        "read_bundle",
        "Read a bundle",
        "The figures of a bundle that eventstudy run wrote to the folder, checked against its "
        "manifest, and rows of one of its tables.",
        ReadBundle,
        BundleAnswer,
        "bundles:read_bundle",
    ),
    AgentTool(
        "read_guide",
        "Read the guide",
        "How to ask, what keys and units mean, how to report, and what not to claim. Read this "
        "first.",
        Arguments,
        GuideAnswer,
        "look_ups:read_guide",
    ),
)


def tool_named(name: str) -> AgentTool:
    """The tool of a name.

    Args:
        name: Its name.

    Raises:
        InputError: There is none.
    """
    known = {tool.name: tool for tool in TOOLS}
    if name not in known:
        raise unknown_name("tool", name, list(known))
    return known[name]


def sentence_on(error: Exception) -> str:
    """What the command line would say of an error; what it prints below it stands below.

    Args:
        error: What a tool raised.
    """
    if isinstance(error, EventStudyError):
        return "\n".join([str(error), *getattr(error, "__notes__", ())])
    refusal = refusal_behind(error)
    return unforeseen(error)[1] if refusal is None else system_refused(refusal)
