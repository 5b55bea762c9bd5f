"""What a study takes where its user names nothing: tests of many dates, a benchmark of a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.event_study import EventStudy
from eventstudy.models.registry import needs_benchmark
from eventstudy.models.rolling import model_for
from eventstudy.prices.mean_benchmark import LEAST, mean_note, with_mean_benchmark
from eventstudy.prices.prices import Prices
from eventstudy.significance.names import SIDE_BY_SIDE
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, MEAN_BENCHMARK

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.event import Event


def with_usual_tests(study: EventStudy, observations: pd.DataFrame) -> EventStudy:
    """The tests that papers print side by side, unless all observations share one date.

    Args:
        study: Whose user named no tests.
        observations: With their `date`.
    """
    return study if observations["date"].nunique() < 2 else changed(study, tests=SIDE_BY_SIDE)


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
