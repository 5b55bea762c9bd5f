"""The options of a study of one date, which needs no events file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

from eventstudy.cli.completion import one_of
from eventstudy.cli.options import WHAT, VerbFunction, option
from eventstudy.errors import InputError, quoted

if TYPE_CHECKING:
    from eventstudy.events.groups import Groups
    from eventstudy.one_date import OneDate

_TIMINGS = "eventstudy.events.timing:TIMINGS"
_OPTIONS: Mapping[str, Any] = {
    "date": Annotated[
        str | None,
        option(WHAT, "WHEN", "Study tickers on this date; no events file is read."),
    ],
    "timing": Annotated[
        str | None,
        option(
            WHAT,
            "NAME",
            "With --date: pre, intraday or post, if the date has no time.",
            complete=one_of(_TIMINGS),
        ),
    ],
    "title": Annotated[str | None, option(WHAT, "TEXT", "With --date: what happened.")],
    "peers": Annotated[
        list[str] | None,
        option(WHAT, "TICKER,...", "With --date: companies to compare with."),
    ],
    "group": Annotated[
        list[str] | None,
        option(WHAT, "NAME=TICKER,...", "With --date: a group; repeat for several."),
    ],
}
"""By name: type and declaration."""


@dataclass(frozen=True, slots=True)
class DateAsked:
    """One date as typed, not yet checked; without a `date` a run reads an events file."""

    date: str | None = None
    timing: str | None = None
    title: str | None = None
    peers: Sequence[str] | None = None
    group: Sequence[str] | None = None

    def __bool__(self) -> bool:
        return self.date is not None

    def require_whole(self, tickers: Sequence[str], *, events_given: bool) -> None:
        """Refuse options that say nothing together.

        Args:
            tickers: What to study, as typed.
            events_given: Whether the command line names an events file.

        Raises:
            InputError: --date without a ticker or with a file, or its options without --date.
        """
        if self.date is None:
            alone = [each.name for each in fields(self) if getattr(self, each.name)]
            if alone:
                raise InputError(f"--{alone[0]} belongs to --date, which is missing; add it.")
            return
        if not tickers:
            raise InputError(
                "--date needs a ticker to study; name one or more.",
                (f"eventstudy run NVDA --date {self.date}",),
            )
        if events_given:
            raise InputError("--date needs no events file; leave out --events, or --date.")

    def registered(self, tickers: Sequence[str], known: Groups) -> OneDate:
        """The event, as a registry of its own.

        Args:
            tickers: What to study, as typed.
            known: The groups that names can stand for.

        Raises:
            InputError: Tickers, date or groups are wrong.
        """
        from eventstudy.one_date import one_date

        return one_date(
            tickers,
            self.date or "",
            title=self.title or "",
            timing=self.timing or "",
            peers=self.peers or (),
            groups=_named_groups(self.group or ()),
            known=known,
        )


NO_DATE = DateAsked()


def with_date_options(verb: VerbFunction) -> VerbFunction:
    """Give a verb the options of a study of one date; it receives them as `dated`.

    Args:
        verb: Its parameter `dated` takes a `DateAsked`.
    """
    taken = inspect.signature(verb, eval_str=True)
    before = list(taken.parameters.values())
    place = [each.name for each in before].index("dated")
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]

    @wraps(verb)
    def read_as(**values: Any) -> None:
        asked = {name: values.pop(name) for name in _OPTIONS}
        verb(**values, dated=DateAsked(**asked))

    named = [
        each if each.kind is each.VAR_KEYWORD else each.replace(kind=each.KEYWORD_ONLY)
        for each in before
    ]
    parameters = [*named[:place], *added, *named[place + 1 :]]
    read_as.__dict__["__signature__"] = taken.replace(parameters=parameters)
    return read_as  # type: ignore[return-value]


def _named_groups(texts: Sequence[str]) -> dict[str, list[str]]:
    """Each group with its members; one that is named again, in whatever case, gets more of them."""
    members: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name, listed in map(_named_group, texts):
        members.setdefault(spelled.setdefault(name.casefold(), name), []).append(listed)
    return members


def _named_group(text: str) -> tuple[str, str]:
    name, separator, members = text.partition("=")
    if not (separator and name.strip() and members.strip()):
        raise InputError(
            f"--group {quoted(text)}: give a name and its tickers, such as chips=AMD,MU."
        )
    return name.strip(), members
