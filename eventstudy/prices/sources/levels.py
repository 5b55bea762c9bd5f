"""Levels from the network, such as yields: as published, missing where nothing was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.prices.checks.days import frequency_of
from eventstudy.prices.prices import Prices, make_prices
from eventstudy.prices.sources.downloads import Delivered, Download, Downloads, provenance_of

ADJUSTMENT = "none: levels as they were published"
REVISED = "a revision"


def load_levels(
    downloads: Downloads,
    description: str,
    asked: tuple[str, ...],
    span: tuple[date, date],
    calendar: str | None,
    impossible: Callable[[str], str],
    units: Callable[[Delivered], list[str]],
) -> Prices:
    """Levels of series, both days included.

    Args:
        downloads: How they are fetched.
        description: Of the service, in reports.
        asked: The ids of the series.
        span: First and last day.
        calendar: The exchange whose sessions the rows are; None keeps the days of the series.
        impossible: Why a name cannot be an id; empty where it can.
        units: Sentences on their units.

    Raises:
        InputError: Their observations are differently far apart.
        DataMissingError: None of them is there.
        NetworkError: The service refuses and nothing is cached.
    """
    found = downloads.find(asked, span, impossible)
    levels = found.wide("close")
    _require_one_frequency(levels)
    return make_prices(
        levels,
        provenance=provenance_of(
            found,
            span,
            downloads.service.key,
            description,
            ["Levels as published, not prices; nothing missing is filled in", *units(found)],
        ),
        tickers=asked,
        start=span[0],
        end=span[1],
        calendar=calendar,
        unavailable=found.unavailable,
        levels=True,
    )


def download_of(levels: Sequence[tuple[date, float]], unit: str = "") -> Download:
    """A series as a download: the level stands as close and as adjusted close.

    Args:
        levels: Days in order and levels, NaN where missing.
        unit: As the service writes it; empty if it does not say.
    """
    days = [day for day, _ in levels]
    values = np.array([level for _, level in levels], dtype=np.float64)
    index = pd.DatetimeIndex(np.array(days, dtype="datetime64[ns]"), name="date")
    return Download(pd.DataFrame({"close": values, "adj_close": values}, index), unit=unit)


def _require_one_frequency(levels: pd.DataFrame) -> None:
    """InputError with two series that have different steps, as beside days all months are gaps."""
    steps = {
        str(name): frequency_of(pd.DatetimeIndex(levels[name].dropna().index)) for name in levels
    }
    first = next(iter(steps), "")
    other = next((name for name, step in steps.items() if step != steps[first]), None)
    if other is not None:
        raise InputError(
            f"{first} is {steps[first]} and {other} is {steps[other]}, but a study needs one "
            "frequency; study them separately."
        )
