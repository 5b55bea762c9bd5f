"""One date without an events file: tickers and a day in, a registered event or its study out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from eventstudy.errors import InputError, nearest, quoted, some_names
from eventstudy.event_study import EventStudy
from eventstudy.events.align import align
from eventstudy.events.dates import typed_moment
from eventstudy.events.event import Event, problems_of
from eventstudy.events.groups import PEERS, Group, Groups, read_groups
from eventstudy.events.registry import Events, validate_groups
from eventstudy.evidence.needed_prices import load_needed, needed_tickers
from eventstudy.prices.load import Source, load_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.sources.bundled import ALIKE
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.result.result import StudyResult
from eventstudy.spec.study_spec import StudySpec
from eventstudy.text.words import listed

SAMPLE, ELSEWHERE = "bundled", "yahoo"
MOST_NAMED = 3
"""Tickers that a title or an id names one by one."""
_SESSIONS = {"daily": 1, "weekly": 5, "monthly": 21}
"""Of a row, about."""


@dataclass(frozen=True, slots=True)
class OneDate:
    """An event that no file has, as a registry of its own."""

    events: Events
    """This event alone."""
    groups: Groups
    """Its tickers, each a group, before its other groups and the known ones."""

    @property
    def event(self) -> Event:
        """The event."""
        return self.events.rows[0]


@dataclass(frozen=True, slots=True)
class ChosenSource:
    """Where the prices of one date come from, and why."""

    name: str
    why: str
    """A sentence."""


def study(
    tickers: str | Sequence[str],
    date: str | dt.date,
    *,
    source: Source | Prices | Sequence[Source] | None = None,
    title: str = "",
    timing: str = "",
    peers: str | Sequence[str] = (),
    groups: Mapping[str, str | Sequence[str]] | None = None,
    offline: bool = False,
    **options: Any,
) -> StudyResult:
    """Study how tickers moved on one date, without an events file.

    The result is that of a registered event: `gather_evidence(result)` and `write_bundle` take it.
    Other events around the date are not known and not searched for.

    Args:
        tickers: Those to study, a list or text with commas: tickers, known groups or companies.
            The first leads the report.
        date: The day of the news, such as "2025-01-27", or a time with its offset from UTC. Day 0
            is the next session where it is none, and the one after it for news after the close.
        source: The prices: what `load_prices` takes, or what it returned. If None, the sample
            shipped with the package where it has the tickers, the day and enough estimation days,
            else Yahoo Finance; `notes` of the result says which.
        title: What happened; the companies and the day if empty.
        timing: "pre", "intraday" or "post", where the date has no time of day.
        peers: Companies to compare with, a list or text with commas; the group `peers`.
        groups: Further groups of the event: name → tickers.
        offline: Whether Yahoo Finance is replaced by what its cache holds.
        options: The options of `EventStudy`, by name.

    Raises:
        InputError: Tickers, date, groups, source or options are wrong.
        DataMissingError: No price is there.
        NetworkError: Yahoo Finance cannot be reached.
    """
    event_study = EventStudy(**options)
    dated = one_date(tickers, date, title=title, timing=timing, peers=peers, groups=groups)
    require_past(dated, event_study.calendar)
    notes: tuple[str, ...] = ()
    if source is None:
        chosen = choose_source(dated, event_study.spec)
        source, notes = chosen.name, (chosen.why,)
    prices = (
        source
        if isinstance(source, Prices)
        else load_needed(
            dated.events,
            dated.events.rows,
            dated.groups,
            event_study.spec,
            _several(source),
            {},
            (),
            offline=offline,
        )
    )
    result = event_study.run(dated.events, prices, groups=dated.groups)
    return replace(result, prices=prices, notes=(*notes, *result.notes))


def one_date(
    tickers: str | Sequence[str],
    date: str | dt.date,
    *,
    title: str = "",
    timing: str = "",
    peers: str | Sequence[str] = (),
    groups: Mapping[str, str | Sequence[str]] | None = None,
    known: Groups | None = None,
) -> OneDate:
    """The event of some tickers on one date; its id is made of both.

    Args:
        tickers: As `study` takes them, and likewise the others.
        date: The day, or the time.
        title: What happened.
        timing: Before, in or after the session.
        peers: The group `peers`.
        groups: Further groups.
        known: The groups that names can stand for; the packaged ones if None.

    Raises:
        InputError: One of them is wrong.
    """
    known = read_groups() if known is None else known
    leads = known.typed(tickers)
    if not leads:
        raise InputError("Option tickers: give one ticker or more, such as NVDA.")
    if peers and groups and PEERS in (name.casefold() for name in groups):
        raise InputError("The group peers is given twice; name all its companies as peers.")
    named = {**(groups or {}), **({PEERS: peers} if peers else {})}
    others = {name: _own_group(name, known.typed(members)) for name, members in named.items()}
    _require_apart(leads, others, known)
    moment = typed_moment(_text_of(date), "Option date")
    known = known.with_own(others)
    fields = {
        "event_id": _id_of(leads, moment),
        "announced_at": moment,
        "timing": timing,
        "groups": (*leads, *others),
        "headline": True,
    }
    event = _event({**fields, "title": title or "-"})
    if not title:
        event = event.model_copy(update={"title": _title_of(leads, event, known)})
    registry = Events((event,))
    validate_groups(registry, known)
    return OneDate(registry, known.leading([*leads, *others]))


def require_past(dated: OneDate, calendar: str) -> None:
    """Refuse a date whose first session is still to come.

    Args:
        dated: The event.
        calendar: Of the exchange.

    Raises:
        InputError: No price can exist yet.
    """
    session = align(dated.event, calendar).session
    if session > dt.datetime.now(dt.UTC).date():
        raise InputError(
            f"Option date: day 0 would be {session:%Y-%m-%d}, which is in the future; no price "
            "exists yet."
        )


def choose_source(dated: OneDate, spec: StudySpec) -> ChosenSource:
    """The sample shipped with the package where it serves a study of the event, else Yahoo.

    Args:
        dated: The event.
        spec: The options of the study.
    """
    if lacking := _sample_lacks(dated, spec):
        return ChosenSource(
            ELSEWHERE, f"Prices: Yahoo Finance, as the sample shipped with eventstudy {lacking}."
        )
    return ChosenSource(SAMPLE, "Prices: sample shipped with eventstudy.")


def _sample_lacks(dated: OneDate, spec: StudySpec) -> str:
    """What the sample lacks for the study, as the end of a sentence; empty for nothing."""
    prices = load_prices(SAMPLE, calendar=spec.calendar)
    wanted = needed_tickers(dated.events.rows, dated.groups, spec)
    absent = [t for t in wanted if t not in prices.tickers and unlisted_reason(t) is None]
    if absent:
        meant = nearest(absent[0], prices.tickers, most=1, cutoff=ALIKE) if len(absent) == 1 else []
        hint = f" (did you mean {meant[0]}?)" if meant else ""
        return f"does not hold {some_names(absent)}{hint}"
    first, last = (f"{prices.sessions[end]:%Y-%m-%d}" for end in (0, -1))
    session = pd.Timestamp(align(dated.event, spec.calendar).session)
    if session not in prices.sessions:
        return f"runs from {first} to {last}"
    at = int(prices.sessions.searchsorted(session))
    rows = _SESSIONS[spec.frequency]
    start, end = (max(at + rows * day, 0) for day in (spec.estimation.start, spec.estimation.end))
    held = prices.adj_close.iloc[start : end + 1].notna().sum() // rows
    short = [t for t in wanted if t in held and held[t] < spec.min_obs]
    return f"has too few prices of {some_names(short)} before {session:%Y-%m-%d}" if short else ""


def _several(source: Source | Sequence[Source]) -> Sequence[Source]:
    if isinstance(source, Sequence) and not isinstance(source, str):
        return source
    return [source]


def _event(fields: Mapping[str, Any]) -> Event:
    """The event; a wrong field is the wrong option of the same name."""
    try:
        return Event(**fields)
    except ValidationError as error:
        options = {"announced_at": "date", "event_id": "tickers"}
        raise InputError(
            [f"Option {options.get(name, name)}: {why}" for name, why in problems_of(error)]
        ) from None


def _own_group(name: str, members: Sequence[str]) -> Group:
    label = name.replace("-", " ").replace("_", " ")
    return Group(label[:1].upper() + label[1:], tuple(members))


def _require_apart(leads: Sequence[str], others: Mapping[str, Group], known: Groups) -> None:
    """Refuse a group named like a ticker that is studied, and one that is its own peer."""
    for name, group in others.items():
        if name in known.tickers or name in leads:
            raise InputError(f"The group {name} is called like a ticker; give it another name.")
        both = [ticker for ticker in group.members if ticker in leads]
        if name == PEERS and both:
            raise InputError(
                f"{some_names(both)} is studied and named among its own peers; leave it out there."
            )


def _id_of(leads: Sequence[str], moment: str) -> str:
    """Such as nvda-2025-01-27, nvda-amd-2025-01-27 or nvda-and-4-more-2025-01-27."""
    few = len(leads) <= MOST_NAMED
    words = leads if few else (leads[0], "and", str(len(leads) - 1), "more")
    text = "-".join([*words, moment[:10]]).casefold()
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in text).strip("-.")


def _title_of(leads: Sequence[str], event: Event, groups: Groups) -> str:
    names = [groups.label(name) for name in leads]
    more = len(names) - MOST_NAMED
    shown = names if more <= 0 else [*names[: MOST_NAMED - 1], f"{more + 1} others"]
    return f"{listed(shown)} on {event.announced_at.day} {event.announced_at:%B %Y}"


def _text_of(date: object) -> str:
    """A date of whatever type as text; midnight without an offset is a day."""
    if isinstance(date, str):
        return date
    if isinstance(date, dt.date) and not isinstance(date, dt.datetime):
        return date.isoformat()
    known = isinstance(date, (dt.datetime, np.datetime64)) and not pd.isna(date)
    moment = pd.Timestamp(date) if known else None  # type: ignore[arg-type]
    if not isinstance(moment, pd.Timestamp):
        raise InputError(f"Option date: {quoted(date)} is not a date; give one such as 2025-01-27.")
    whole = moment == moment.normalize() and moment.tzinfo is None
    return f"{moment:%Y-%m-%d}" if whole else moment.isoformat()
