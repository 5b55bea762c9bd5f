"""The tools that study: one date, one registered event, a list of many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.agents.answers import EventAnswer, ListAnswer
from eventstudy.agents.arguments import Listed, Priced, StudyDate, StudyEvent, StudyList
from eventstudy.agents.desk import Desk, Progress
from eventstudy.agents.figures import event_answer, list_answer
from eventstudy.compute.fingerprint import fingerprint
from eventstudy.errors import EventStudyError, InputError, unknown_name
from eventstudy.estimation.observations import chosen_events, from_events
from eventstudy.event_study import EventStudy
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.events.event import Event
from eventstudy.events.groups import Groups, read_groups
from eventstudy.events.observations import ObservationList, read_observations
from eventstudy.events.registry import Events, read_events
from eventstudy.evidence.needed_prices import load_needed
from eventstudy.files.names import LONGEST
from eventstudy.one_date import SAMPLE, choose_source, one_date, require_past
from eventstudy.prices.prices import Prices
from eventstudy.prices.source import SOURCES
from eventstudy.result.result import StudyResult
from eventstudy.result.unestimated import require_estimates
from eventstudy.usual import with_mean, with_usual_tests

if TYPE_CHECKING:
    import pandas as pd

MOST_OBSERVATIONS = 50_000
"""Rows of a list that a tool studies."""
MOST_WINDOWS = 500
"""CAR windows that a tool studies."""
MOST_DRAWS = 100_000
"""Draws of a resampling test."""
INLINE = "list"
"""The name of a list that is given in the arguments."""
OFFLINE = "This server does not fetch prices; one started with --fetch does."
"""Printed below an error of missing prices."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be studied on which prices."""

    study: EventStudy
    events: Events
    chosen: Sequence[Event]
    groups: Groups
    sources: Sequence[str | Path]

    def priced(self, given: Priced, desk: Desk) -> tuple[Prices, EventStudy, tuple[str, ...]]:
        """The prices, the study with its benchmark, and what to note of both."""
        with _offline_told(self.sources, desk):
            prices = load_needed(
                self.events,
                self.chosen,
                self.groups,
                self.study.spec,
                self.sources,
                given.price_file.model_dump(exclude_none=True),
                (),
                offline=not desk.fetch,
            )
        return with_mean(prices, self.study, self.chosen)


@contextmanager
def _offline_told(sources: Sequence[str | Path], desk: Desk) -> Iterator[None]:
    """Say below an error that the network was kept out, where a source is in it."""
    named = [SOURCES[name] for name in sources if isinstance(name, str) and name in SOURCES]
    try:
        yield
    except EventStudyError as error:
        if not desk.fetch and any(source.network for source in named):
            error.add_note(OFFLINE)
        raise


def study_date(given: StudyDate, desk: Desk, progress: Progress) -> EventAnswer:
    """Study tickers on one date, without a file.

    Args:
        given: Tickers, date, prices and options.
        desk: Where the tool works.
        progress: Told how far the study is.

    Raises:
        EventStudyError: As `one_date.study` says.
    """
    study = _event_study(given)
    dated = one_date(
        given.tickers,
        given.date,
        title=given.title,
        timing=given.timing,
        peers=given.peers,
        groups=dict(given.groups) or None,
    )
    require_past(dated, study.calendar)
    why: tuple[str, ...] = ()
    sources = _sources(given, desk)
    if not sources:
        chosen = choose_source(dated, study.spec)
        sources, why = [chosen.name], (chosen.why,)
    order = _Order(study, dated.events, tuple(dated.events), dated.groups, sources)
    return _one_event(order, given, desk, progress, why)


def study_event(given: StudyEvent, desk: Desk, progress: Progress) -> EventAnswer:
    """Study one registered event of a file.

    Args:
        given: The event, prices and options.
        desk: Where the tool works.
        progress: Told how far the study is.

    Raises:
        EventStudyError: File, event, prices or options are wrong.
    """
    study = _event_study(given)
    events = read_listed(given, desk)
    chosen = chosen_events(events, [given.event_id])
    sources = _sources(given, desk) or [SAMPLE]
    order = _Order(study, events, chosen, read_groups(), sources)
    return _one_event(order, given, desk, progress, ())


def _one_event(
    order: _Order, given: Priced, desk: Desk, progress: Progress, why: Sequence[str]
) -> EventAnswer:
    prices, study, notes = order.priced(given, desk)
    aligned = AlignedRegistry.of(order.events, order.groups, study.calendar)
    ids = [event.event_id for event in order.chosen]
    result = study.run(aligned, prices, event_ids=ids, progress=progress)
    name = named_study(ids[0], study.spec, tuple(order.chosen), order.groups, prices.provenance)
    return event_answer(_noted(result, (*why, *notes)), name, desk)


def study_list(given: StudyList, desk: Desk, progress: Progress) -> ListAnswer:
    """Study many events at once: means, tests, every CAR.

    Args:
        given: A file or rows, prices and options.
        desk: Where the tool works.
        progress: Told how far the study is.

    Raises:
        EventStudyError: List, prices or options are wrong, or the list is too long.
    """
    if bool(given.file) == bool(given.rows):
        raise InputError("Give the list as file or as rows: one of them, not both.")
    study = _event_study(given)
    events = read_listed(given, desk)
    listed = _read_rows(given, desk)
    chosen = chosen_events(events, None)
    sources = _sources(given, desk) or [SAMPLE]
    order = _Order(study, events, chosen, read_groups(), sources)
    frame = listed.frame if listed else _frame_of(order)
    if len(frame) > MOST_OBSERVATIONS:
        raise InputError(
            f"The list has {len(frame):,} observations; a tool studies at most "
            f"{MOST_OBSERVATIONS:,}. Use eventstudy run --events instead."
        )
    prices, study, notes = order.priced(given, desk)
    study = study if "tests" in given.options else with_usual_tests(study, frame)
    result = study.run(frame, prices, progress=progress)
    label = _label(Path(given.file).name.partition(".")[0] if given.file else INLINE)
    name = named_study(label, study.spec, frame, prices.provenance)
    told = (*(listed.notes if listed else events.notes), *notes)
    return list_answer(_noted(result, told), name, label, desk)


def read_listed(given: Listed, desk: Desk) -> Events:
    """The events of a file in the folder, or of rows in the arguments.

    Args:
        given: Which, and how they are laid out.
        desk: Where the tool works.

    Raises:
        InputError: The file or its rows are wrong.
    """
    return read_events(_list_of(given, desk), **given.layout.model_dump())


def _read_rows(given: Listed, desk: Desk) -> ObservationList | None:
    return read_observations(_list_of(given, desk), **given.layout.model_dump())


def _list_of(given: Listed, desk: Desk) -> Path | pd.DataFrame:
    if isinstance(given, StudyList) and given.rows:
        import pandas as pd

        return pd.DataFrame(given.rows)
    return desk.folder.inside(given.file, "file")


def _frame_of(order: _Order) -> pd.DataFrame:
    """Every asset of every event of a registry, a row each."""
    aligned = AlignedRegistry.of(order.events, order.groups, order.study.calendar)
    frame = from_events(order.chosen, aligned).observations
    return frame if frame["benchmark"].any() else frame.drop(columns="benchmark")


def _event_study(given: Priced) -> EventStudy:
    """The study with its options checked."""
    study = EventStudy(**_as_typed(given.options))
    if study.spec.draws > MOST_DRAWS:
        raise InputError(
            f"Option draws: a tool makes at most {MOST_DRAWS:,} draws; give a smaller number."
        )
    if len(study.spec.car) > MOST_WINDOWS:
        raise InputError(f"Option car: a tool studies at most {MOST_WINDOWS} windows; give fewer.")
    return study


def _as_typed(options: Mapping[str, Any]) -> dict[str, Any]:
    """One CAR window as a pair, as JSON has it, stands for a window, not for two."""
    car = options.get("car")
    pair = isinstance(car, list) and len(car) == 2 and all(isinstance(day, int) for day in car)
    return {**options, **({"car": [car]} if pair else {})}


def _sources(given: Priced, desk: Desk) -> list[str | Path]:
    """Named sources as they are, files as places inside the folder."""
    return [name if name in SOURCES else _price_file(name, desk) for name in given.source]


def _price_file(name: str, desk: Desk) -> Path:
    place = desk.folder.inside(name, "source")
    if not place.exists() and "/" not in name and "." not in name:
        raise unknown_name("source of prices", name, list(SOURCES))
    return place


def _label(name: str) -> str:
    return _UNFIT.sub("-", name).strip("-_") or INLINE


def named_study(label: str, *decided_by: Any) -> str:
    """A name that the same study always has and no other: nvda-2025-01-27-1a2b3c4d.

    Args:
        label: Its beginning.
        decided_by: All that decides its figures.
    """
    mark = fingerprint(*decided_by)[:8]
    return f"{label[: LONGEST - 20]}-{mark}"


def _noted(result: StudyResult, notes: Sequence[str]) -> StudyResult:
    """The result with notes before its own; refused where it has no estimate."""
    require_estimates([result])
    return replace(result, notes=(*notes, *result.notes))
