"""What a study takes where its user names nothing: tests of many dates, a benchmark of a source."""

from __future__ import annotations

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


def with_usual_tests(study: EventStudy, observations: pd.DataFrame) -> EventStudy:
    """The tests that papers print side by side, unless all observations share one date.

    Args:
        study: Whose user named no tests.
        observations: With their `date`.
    """
    return study if observations["date"].nunique() < 2 else changed(study, tests=SIDE_BY_SIDE)


def with_usual_benchmark(
    study: EventStudy, prices: Prices, *, named: bool
) -> tuple[Prices, EventStudy, tuple[str, ...]]:
    """The prices, the study and what to note: a large source without an index lends its mean.

    Args:
        study: As the user asked for it.
        prices: Of the study.
        named: Whether an event names a benchmark of its own.

    Raises:
        DataMissingError: Too few prices for a mean that was asked for.
    """
    spec = study.spec
    asked = spec.benchmark == MEAN_BENCHMARK
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
