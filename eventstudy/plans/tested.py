"""The tests of a plan, run as it says, and the verdict on each hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, InputError, some_names
from eventstudy.estimation.quoted import quoted_cars
from eventstudy.event_study import EventStudy
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.events.groups import Groups
from eventstudy.plans.files import SealedPlan
from eventstudy.plans.model import Hypothesis, Plan
from eventstudy.plans.vintage import changed_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.sources.vintages import kept_table
from eventstudy.result.planned import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNTESTABLE,
    PlannedTest,
    PlannedTests,
)
from eventstudy.result.result import StudyResult
from eventstudy.significance.quoted import Quoted, portfolio_test
from eventstudy.text.numbers import counted
from eventstudy.text.rounding import rounded


@dataclass(frozen=True)
class Ran:
    """What is known of a run of a plan beside its prices."""

    sealed: SealedPlan
    groups: Groups
    """Of the run, for the names of tickers."""
    stamp: str
    """What is known of the time of the seal, a sentence."""
    deviations: tuple[str, ...]


def planned_tests(ran: Ran, prices: Prices) -> dict[str, PlannedTests]:
    """event_id → its tests, under the plan's own specification, events and groups.

    Args:
        ran: The plan, and what differs from it.
        prices: As they are now.

    Raises:
        DataMissingError: No price of any planned window is there yet.
    """
    plan = ran.sealed.plan
    require_prices_of(plan, prices)
    groups = plan.known_groups(ran.groups)
    study = EventStudy(**plan.options)
    aligned = AlignedRegistry.of(plan.registry, groups, study.spec.calendar)
    changed = changed_prices(plan.vintage, prices, kept_table(plan.vintage.sha256))
    moved = _moved_days(plan, aligned)
    return {
        event.event_id: PlannedTests(
            seal=ran.sealed.seal,
            altered=ran.sealed.altered,
            kind=plan.kind,
            prices_to=plan.vintage.prices_to,
            as_of=plan.vintage.as_of,
            stamp=ran.stamp,
            power=plan.power,
            tests=_tests(plan, event.event_id, study, aligned, prices, groups),
            deviations=(*ran.deviations, *moved),
            prices=changed,
            others=tuple(e.event_id for e in plan.studied if e.event_id != event.event_id),
        )
        for event in plan.studied
    }


def require_prices_of(plan: Plan, prices: Prices) -> None:
    """Refuse to run a plan before there is a price of any of its windows.

    Args:
        plan: The plan.
        prices: As they are now.

    Raises:
        DataMissingError: It says from which day on it can be run.
    """
    names = [name for h in plan.hypotheses for name in h.members if name in prices.close]
    known = prices.close[list(dict.fromkeys(names))].dropna(how="all").index
    last = f"{known[-1]:%Y-%m-%d}" if len(known) else ""
    first = min(plan.first_day(event) for event in plan.studied)
    if last < first:
        ends = f"the prices of its assets end on {last}" if last else "its assets have no prices"
        raise DataMissingError(
            f"The plan cannot be tested yet: its first window begins on {first}, and {ends}. Run "
            "it again once these prices are available."
        )


def _moved_days(plan: Plan, aligned: AlignedRegistry) -> list[str]:
    """Events whose day 0 is another session than in the plan, as after a change of calendars."""
    return [
        f"Event {row.event_id}: day 0 is {now}; in the plan it is {row.day0}."
        for row in plan.studied
        if (now := aligned.alignments[row.event_id].session.isoformat()) != row.day0
    ]


def _tests(
    plan: Plan,
    event_id: str,
    study: EventStudy,
    aligned: AlignedRegistry,
    prices: Prices,
    groups: Groups,
) -> tuple[PlannedTest, ...]:
    wanted = [h for h in plan.hypotheses if h.event == event_id]
    try:
        result = study.run(aligned, prices, event_ids=[event_id])
    except DataMissingError as error:
        return tuple(_untestable(h, groups, str(error).rstrip(".")) for h in wanted)
    return tuple(_tested(h, result, groups) for h in wanted)


def _tested(h: Hypothesis, result: StudyResult, groups: Groups) -> PlannedTest:
    try:
        source, rows = result.named(h.entity, h.event)
    except InputError:
        return _untestable(h, groups, _why_absent(h, result.exclusions))
    row = int(rows[0])
    if source is result.portfolios:
        members = str(source.labels["members"].iloc[row]).split(";")
        if set(members) != set(h.members):
            return _untestable(h, groups, _other_members(h, members, result.exclusions))
    quoted = rounded(quoted_cars(source, h.days)[row])
    if not np.isfinite(quoted.estimate):
        reason = str(source.car_table(h.days)["reason"].iloc[row])
        return _untestable(h, groups, reason or "no estimate")
    if (now := _test_of(h, quoted)) != h.test:
        reason = f"the quoted test would be {now or 'none'}, not {h.test} as planned"
        return _untestable(h, groups, reason, quoted)
    verdict, reason = verdict_on(h, quoted)
    return _made(h, groups, quoted, verdict, reason)


def _test_of(h: Hypothesis, quoted: Quoted) -> str:
    """The id of the test behind an estimate; empty for none."""
    return portfolio_test(quoted.test) if h.kind == "group" else quoted.test


def verdict_on(h: Hypothesis, quoted: Quoted) -> tuple[str, str]:
    """The verdict on a hypothesis, and why where it is not supported.

    It is supported where the interval of the quoted test lies beyond the threshold as a whole,
    which for a threshold of zero is a significant estimate of the expected sign.

    Args:
        h: The hypothesis.
        quoted: The estimate with its test.
    """
    beyond = {
        "rises": quoted.low > h.threshold,
        "falls": quoted.high < h.threshold,
        "either": quoted.low > h.threshold or quoted.high < -h.threshold,
    }
    if beyond[h.direction]:
        return SUPPORTED, ""
    what = "the threshold" if h.threshold else "zero"
    against = {
        "rises": quoted.high < h.threshold,
        "falls": quoted.low > h.threshold,
        "either": -h.threshold < quoted.low and quoted.high < h.threshold,
    }
    if against[h.direction]:
        where = "within" if h.direction == "either" else "on the other side of"
        return NOT_SUPPORTED, f"the interval lies {where} {what}"
    return NOT_SUPPORTED, f"the interval includes {what}"


def _why_absent(h: Hypothesis, exclusions: pd.DataFrame) -> str:
    here = exclusions[exclusions["ticker"].isin(h.members)]
    reasons = list(dict.fromkeys(map(str, here["reason"])))
    return "; ".join(reasons[:3]) or f"{h.entity} has no estimate"


def _other_members(h: Hypothesis, members: Sequence[str], exclusions: pd.DataFrame) -> str:
    lost = [name for name in h.members if name not in members]
    new = [name for name in members if name not in h.members]
    said = []
    if lost:
        why = "; ".join(
            dict.fromkeys(map(str, exclusions.loc[exclusions["ticker"].isin(lost), "reason"]))
        )
        said.append(
            f"of the {counted(len(h.members), 'planned asset')}, {some_names(lost)} "
            f"{'has' if len(lost) == 1 else 'have'} no estimate" + (f" ({why})" if why else "")
        )
    if new:
        said.append(f"{some_names(new)} had no estimate when the plan was made")
    return "; ".join(said)


def _untestable(
    h: Hypothesis, groups: Groups, reason: str, quoted: Quoted | None = None
) -> PlannedTest:
    return _made(h, groups, quoted, UNTESTABLE, reason)


def _made(
    h: Hypothesis, groups: Groups, quoted: Quoted | None, verdict: str, reason: str
) -> PlannedTest:
    def figure(name: str) -> float | None:
        value = float(getattr(quoted, name)) if quoted is not None else np.nan
        return value if np.isfinite(value) else None

    return PlannedTest(
        entity=h.entity,
        name=groups.label(h.entity),
        start=h.window[0],
        end=h.window[1],
        direction=h.direction,
        threshold=h.threshold,
        estimate=figure("estimate"),
        low=figure("low"),
        high=figure("high"),
        p=figure("p"),
        test=h.test if quoted is None else _test_of(h, quoted),
        detectable=h.detectable,
        verdict=verdict,
        reason=reason,
    )
