"""What a run of a plan computes and prints beside an ordinary run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from eventstudy.text.lines import wrapped

if TYPE_CHECKING:
    from eventstudy.cli.progress import Steps
    from eventstudy.cli.wanted import Wanted
    from eventstudy.prices.prices import Prices
    from eventstudy.result.planned import PlannedTests


def planned_by_event(wanted: Wanted, prices: Prices, steps: Steps) -> Mapping[str, PlannedTests]:
    """event_id → its planned tests; none for a run without a plan.

    Args:
        wanted: What to do.
        prices: Of the run; the plan's tests take them where they hold all that these need.
        steps: Shows how far it is.

    Raises:
        DataMissingError: No price of any planned window is there yet.
    """
    if wanted.plan is None:
        return {}
    from eventstudy.cli.priced import priced
    from eventstudy.event_study import EventStudy
    from eventstudy.plans.tested import planned_tests
    from eventstudy.usual import with_mean

    steps.say("running the planned tests")
    plan = wanted.plan.sealed.plan
    study = EventStudy(**plan.options)
    own = replace(
        wanted,
        study=study,
        events=plan.registry,
        chosen=tuple(row.event for row in plan.studied),
        groups=plan.known_groups(wanted.groups),
        claims=(),
    )
    if _holds(prices, wanted, own):
        prices, _, _ = with_mean(prices, study, own.chosen)
    else:
        prices, _, _ = priced(own)
    return planned_tests(wanted.plan, prices)


def _holds(prices: Prices, wanted: Wanted, own: Wanted) -> bool:
    """Whether the prices of a run are also what its plan would load."""
    from eventstudy.evidence.needed_prices import needed_tickers
    from eventstudy.prices.source import SOURCES

    spec, plain = wanted.study.spec, own.study.spec
    if spec.calendar != plain.calendar or spec.returns != plain.returns:
        return False
    sources = [SOURCES[name] for name in wanted.prices.sources if name in SOURCES]
    if not any(source.network for source in sources):
        return True  # these are loaded whole
    needed = set(needed_tickers(own.chosen, own.groups, plain))
    same = spec == plain and tuple(own.chosen) == tuple(wanted.chosen)
    return same and needed <= {*prices.tickers, *prices.unavailable}


def planned_text(planned: PlannedTests, confidence: float) -> str:
    """The planned tests for a terminal: finding, table, what a reader must know, deviations.

    Args:
        planned: Of one event.
        confidence: Of the intervals.
    """
    from eventstudy.result.planned_table import test_in_words

    lines = [*wrapped(f"{planned.finding}."), ""]
    for test in planned.tests:
        lines += wrapped(test_in_words(test, confidence), prefix="- ", indent=2)
    lines += ["", *(line for text in planned.about for line in wrapped(text))]
    said = planned.differences
    head = "Deviations from the plan:" if said else "No deviations from the plan."
    lines += [head, *(line for text in said for line in wrapped(text, prefix="  ", indent=2))]
    return "\n".join(lines)
