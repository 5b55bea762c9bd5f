"""The prices of a run, and their mean as its benchmark where the source has no index."""

from __future__ import annotations

import datetime as dt

from eventstudy.cli.wanted import Wanted
from eventstudy.event_study import EventStudy
from eventstudy.evidence.needed_prices import load_needed
from eventstudy.prices.prices import Prices
from eventstudy.usual import with_mean


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
    prices = load_needed(
        wanted.events,
        wanted.chosen,
        wanted.groups,
        wanted.study.spec,
        wanted.prices.sources,
        wanted.prices.files,
        wanted.claims,
        offline=wanted.prices.offline,
        since=since,
        until=until,
    )
    return with_mean(prices, wanted.study, wanted.chosen)
