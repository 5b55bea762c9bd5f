"""A plan from events, options, expectations and the prices that are known."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.compute.fingerprint import installed_version
from eventstudy.errors import DataMissingError, InputError, some_names
from eventstudy.event_study import EventStudy
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.events.event import Event, event_cells
from eventstudy.events.groups import Groups
from eventstudy.events.registry import Events
from eventstudy.evidence.needed_prices import needed_tickers
from eventstudy.models.registry import expand
from eventstudy.models.rolling import model_for
from eventstudy.plans.design import WindowRows, design_prices, require_before, window_rows
from eventstudy.plans.expectations import Expectation
from eventstudy.plans.model import (
    FORMAT,
    PROSPECTIVE,
    RETROSPECTIVE,
    EventRow,
    GroupRow,
    Hypothesis,
    Plan,
    Source,
    Vintage,
    clash_of,
    day_at,
)
from eventstudy.plans.vintage import Used, used_prices, vintage_of
from eventstudy.prices.prices import Prices
from eventstudy.prices.sources.sql.url import shared_url
from eventstudy.prices.sources.vintages import FACTOR, vintage_bytes
from eventstudy.result.result import StudyResult
from eventstudy.spec.study_spec import StudySpec

UNITS = {"percent": "fraction", "bp": "bp", "points": "points"}
"""What thresholds and effects of a plan are in, by the unit of the study."""


@dataclass(frozen=True, eq=False)
class PlanInputs:
    """What a plan is made of."""

    study: EventStudy
    events: Events
    """All events of the list."""
    chosen: Sequence[Event]
    """Those to plan for."""
    groups: Groups
    expectations: Sequence[Expectation]
    prices: Prices
    """As far as they are known, or cut by `as_of`."""
    as_of: dt.date | None
    power: float
    source: Sequence[str]
    files: Mapping[str, Any]
    events_file: str
    groups_file: str


@dataclass(frozen=True, eq=False)
class MadePlan:
    """A plan, and its prices as the cache is to keep them."""

    plan: Plan
    vintage: bytes
    notes: tuple[str, ...]


def make_plan(inputs: PlanInputs) -> MadePlan:
    """Work out what the tests could find, and write down all that the study will do.

    Args:
        inputs: What it is made of.

    Raises:
        InputError: An expectation names what the events do not study, or a day outside of the
            studied ones.
        DataMissingError: The estimation window has too few prices.
    """
    spec, groups = inputs.study.spec, inputs.groups
    require_before(spec)
    aligned = AlignedRegistry.of(inputs.events, groups, spec.calendar)
    layouts = {
        event.event_id: window_rows(inputs.prices, aligned.alignments[event.event_id].session, spec)
        for event in inputs.chosen
    }
    results = {
        event_id: _designed(inputs, aligned, event_id, layout)
        for event_id, layout in layouts.items()
    }
    hypotheses = _hypotheses(inputs, results)
    used = used_prices(inputs.prices, _wanted(inputs, layouts))
    kept = vintage_bytes(used.table)
    prices_to = _last_day(inputs.prices, used)
    rows = _event_rows(inputs, aligned)
    vintage = vintage_of(
        used,
        prices_to,
        inputs.as_of.isoformat() if inputs.as_of else "",
        hashlib.sha256(kept).hexdigest(),
    )
    plan = _plan(inputs, hypotheses, rows, vintage)
    notes = dict.fromkeys(note for result in results.values() for note in _left_out(result))
    return MadePlan(plan, kept, tuple(notes))


def _designed(
    inputs: PlanInputs, aligned: AlignedRegistry, event_id: str, layout: WindowRows
) -> StudyResult:
    """The study of an event whose days go on as the estimation window did on average."""
    spec = inputs.study.spec
    options = {**{name: getattr(spec, name) for name in type(spec).model_fields}, "compare": ()}
    prices = design_prices(inputs.prices, layout, spec)
    result = EventStudy(**options).run(aligned, prices, event_ids=[event_id])
    if not result.n:
        why = "; ".join(dict.fromkeys(str(reason) for reason in result.exclusions["reason"]))
        raise DataMissingError(
            f"Event {event_id} cannot be planned: {why}. Choose tickers or a source whose prices "
            "cover the estimation window, or another estimation window."
        )
    return result


def _left_out(result: StudyResult) -> list[str]:
    return [
        f"The plan leaves out {row.ticker} at {row.event_id}: {row.reason}."
        for row in result.exclusions.itertuples()
    ]


def _hypotheses(inputs: PlanInputs, results: Mapping[str, StudyResult]) -> tuple[Hypothesis, ...]:
    """Each expectation at each event that studies its asset or group."""
    made: list[Hypothesis] = []
    for expected in inputs.expectations:
        here = [
            _hypothesis(inputs, expected, event_id, entity, result)
            for event_id, result in results.items()
            if (entity := _entity(inputs, expected.name, event_id, result))
        ]
        if not here:
            known = _known(results)
            raise InputError(
                f"Option expect: {expected.name!r} is not an asset or group of these events with "
                f"enough prices; choose from {some_names(known, 12)}."
            )
        made += here
    if clash := clash_of(made):
        raise InputError(f"Option expect: {clash}; leave one out.")
    return tuple(made)


def _known(results: Mapping[str, StudyResult]) -> list[str]:
    each = (
        [*result.assets.labels["ticker"], *result.portfolios.labels["ticker"]]
        for result in results.values()
    )
    return list(dict.fromkeys(str(name) for names in each for name in names if name != "all"))


def _entity(inputs: PlanInputs, name: str, event_id: str, result: StudyResult) -> str:
    """The asset or portfolio of an event that a name stands for; empty for none."""
    (typed,) = inputs.groups.typed([name]) or (name,)
    known = _known({event_id: result})
    if typed in known:
        return typed
    group = inputs.groups.groups.get(typed)
    if group is not None and len(group.members) == 1 and group.members[0] in known:
        return group.members[0]
    return ""


def _hypothesis(
    inputs: PlanInputs, expected: Expectation, event_id: str, entity: str, result: StudyResult
) -> Hypothesis:
    window = result.assets.inside(expected.window)
    source, rows = result.named(entity, event_id)
    portfolio = source is result.portfolios
    table = result.detectable(window, None, inputs.power)
    wanted = (table["ticker"] == entity) & (
        table["kind"] == ("portfolio" if portfolio else "asset")
    )
    row = table[wanted & (table["event_id"] == event_id)].iloc[0]
    members = str(source.labels["members"].iloc[rows[0]]).split(";") if portfolio else [entity]
    return Hypothesis(
        event=event_id,
        entity=entity,
        kind="group" if portfolio else "asset",
        members=tuple(members),
        window=(window.start, window.end),
        direction=expected.direction,
        threshold=expected.threshold,
        test=str(row["test"]),
        se=_rounded(row["se"]),
        detectable=_rounded(row["detectable"]),
    )


def _rounded(value: float) -> float | None:
    """Nine digits, which do not depend on the processor."""
    return float(f"{value:.9g}") if np.isfinite(value) else None


def _wanted(inputs: PlanInputs, layouts: Mapping[str, WindowRows]) -> dict[str, pd.DatetimeIndex]:
    """Series → the days of the estimation windows that use it, as far as there are prices."""
    spec, prices = inputs.study.spec, inputs.prices
    model = model_for(spec)
    regressors = [name for name in expand(model.regressors, spec) if name]
    factors = () if prices.factors is None else prices.factors.columns
    named = [FACTOR + name for name in dict.fromkeys(regressors) if name in factors]
    wanted: dict[str, pd.DatetimeIndex] = {}
    for event in inputs.chosen:
        layout = layouts[event.event_id]
        days = layout.rows[layout.estimation(spec)]
        days = days[days <= prices.sessions[-1]]
        tickers = [
            name
            for name in (*needed_tickers([event], inputs.groups, spec), *spec.factors)
            if name in prices.close
        ]
        for name in dict.fromkeys([*tickers, *named]):
            wanted[name] = days if name not in wanted else wanted[name].union(days)
    return wanted


def _last_day(prices: Prices, used: Used) -> str:
    """The last day with a price of any of the series."""
    names = [name for name in used.rows if name in prices.close]
    known = prices.close[names].dropna(how="all").index
    return f"{known[-1]:%Y-%m-%d}"


def row_hash(cells: Mapping[str, str]) -> str:
    """SHA-256 of a row of an events file.

    Args:
        cells: Column → text.
    """
    return hashlib.sha256("\x1f".join(f"{n}={t}" for n, t in cells.items()).encode()).hexdigest()


def _event_rows(inputs: PlanInputs, aligned: AlignedRegistry) -> tuple[EventRow, ...]:
    """The studied events; all of the list where the others keep days or assets out."""
    spec = inputs.study.spec
    chosen = {event.event_id for event in inputs.chosen}
    all_count = spec.clean_estimation or spec.drop_confounded
    return tuple(
        EventRow(
            **(cells := event_cells(event)),
            studied=event.event_id in chosen,
            day0=aligned.alignments[event.event_id].session.isoformat(),
            sha256=row_hash(cells),
        )
        for event in inputs.events
        if all_count or event.event_id in chosen
    )


def _plan(
    inputs: PlanInputs,
    hypotheses: tuple[Hypothesis, ...],
    rows: tuple[EventRow, ...],
    vintage: Vintage,
) -> Plan:
    spec, origin = inputs.study.spec, inputs.prices.provenance
    dumped = spec.model_dump(mode="json")
    named = dict.fromkeys(name for row in rows for name in row.event.groups)
    return Plan(
        format=FORMAT,
        kind=_kind(hypotheses, rows, vintage, spec),
        made_with=f"eventstudy-kit {installed_version('eventstudy-kit')}",
        power=inputs.power,
        unit=UNITS[spec.unit],
        events_file=inputs.events_file,
        groups_file=inputs.groups_file,
        left_open=tuple(name for name, value in dumped.items() if value is None),
        specification={name: value for name, value in dumped.items() if value is not None},
        source=Source(
            names=tuple(shared_url(str(name)) for name in inputs.source),
            files=dict(inputs.files),
            description=origin.description,
            retrieved=origin.retrieved,
            currency=origin.currency,
        ),
        hypotheses=hypotheses,
        events=rows,
        groups=tuple(
            GroupRow(name=name, label=group.label, members=group.members)
            for name, group in inputs.groups.groups.items()
            if name in named
        ),
        vintage=vintage,
    )


def _kind(
    hypotheses: Sequence[Hypothesis],
    rows: Sequence[EventRow],
    vintage: Vintage,
    spec: StudySpec,
) -> Any:
    """Retrospective where a price of a planned window was there, else prospective."""
    day0 = {row.event_id: row.day0 for row in rows}
    first = min(
        day_at(day0[h.event], h.window[0], spec.calendar, spec.frequency) for h in hypotheses
    )
    return RETROSPECTIVE if vintage.prices_to >= first else PROSPECTIVE
