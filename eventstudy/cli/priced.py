"""The prices of a run, and their mean as its benchmark where the source has no index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.cli.wanted import Wanted
from eventstudy.event_study import EventStudy
from eventstudy.evidence.needed_prices import load_needed
from eventstudy.models.registry import needs_benchmark
from eventstudy.models.rolling import model_for
from eventstudy.prices.mean_benchmark import LEAST, mean_note, with_mean_benchmark
from eventstudy.prices.prices import Prices
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, MEAN_BENCHMARK

if TYPE_CHECKING:
    from eventstudy.events.event import Event


def priced(
    wanted: Wanted, since: dt.date | None = None, until: dt.date | None = None
) -> tuple[Prices, EventStudy, tuple[str, ...]]:
    """The prices, the study and what to note: a large source without an index lends its mean.

    Args:
        wanted: What to do.
        since: A day from which prices are needed, beside those of the study.
        until: The last day of any price.

    Raises:
        DataMissingError: No price is there, or too few for a mean that was asked for.
    """
    spec = wanted.study.spec
    prices = load_needed(
        wanted.events,
        wanted.chosen,
        wanted.groups,
        spec,
        wanted.prices.sources,
        wanted.prices.files,
        wanted.claims,
        offline=wanted.prices.offline,
        since=since,
        until=until,
    )
    return with_mean(prices, wanted.study, wanted.chosen)


def with_mean(
    prices: Prices, study: EventStudy, chosen: Sequence[Event]
) -> tuple[Prices, EventStudy, tuple[str, ...]]:
    """Their mean as the benchmark where it is asked for, or where a large source has no index.

    Args:
        prices: Of the source.
        study: As asked for.
        chosen: The events to study.

    Raises:
        DataMissingError: There are too few series for a mean that was asked for.
    """
    spec = study.spec
    asked = spec.benchmark == MEAN_BENCHMARK
    named = any(event.benchmark for event in chosen)
    lacking = spec.benchmark is None and not named and DEFAULT_BENCHMARK not in prices.close
    large = len(prices.tickers) >= LEAST
    if not (asked or (lacking and large and needs_benchmark(model_for(spec)))):
        return prices, study, ()
    study = study if asked else changed(study, benchmark=MEAN_BENCHMARK)
    why = "" if asked else f"The source has no {DEFAULT_BENCHMARK}: "
    return with_mean_benchmark(prices), study, (f"{why}{mean_note(prices)}.",)


def changed(study: EventStudy, **options: Any) -> EventStudy:
    """The study with other options.

    Args:
        study: As the user asked for it.
        options: Those that change, by name.
    """
    given = {name: getattr(study.spec, name) for name in study.spec.model_fields_set}
    return EventStudy(**{**given, **options})
