"""Who takes part in the study of one event: its assets, its groups, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from eventstudy.estimation.context import Context
from eventstudy.estimation.estimates import Estimates
from eventstudy.result.entities import Entity, is_index
from eventstudy.result.record import StudyRecord

LEADS = 3
"""Groups that a report leads with, by their order in the event."""


@dataclass(frozen=True, eq=False)
class Participants:
    """The entities of one event of a result that has a context."""

    result: StudyRecord

    @property
    def context(self) -> Context:
        """The registry, names and closes around the event; only of a result that has them."""
        assert self.result.context is not None
        return self.result.context

    @cached_property
    def day0(self) -> pd.Timestamp:
        """The session of day 0."""
        return pd.Timestamp(self.result.assets.labels["day0"].iloc[0])

    @cached_property
    def benchmark(self) -> str:
        """The benchmark of the event's own estimates; empty where the model has none."""
        return str(self.result.assets.labels["benchmark"].iloc[0])

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """One a group: its asset, its first index, or its portfolio.

        Without placebo tests there are no portfolios; then each asset of the group.
        """
        return tuple(entity for group in self.groups for entity in self._entities(group))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The event's groups in order; those of which each asset is in an earlier one come last."""
        first = self.result.assets.labels["group"]
        return tuple(dict.fromkeys([*first, *self.result.portfolios.labels["group"]]))

    @cached_property
    def assets(self) -> tuple[Entity, ...]:
        """Every single asset with an estimate."""
        labels = self.result.assets.labels
        pairs = zip(labels["ticker"], labels["group"], strict=True)
        return tuple(self.asset(str(ticker), str(group)) for ticker, group in pairs)

    @property
    def leads(self) -> tuple[Entity, ...]:
        """The entities that a report leads with."""
        return self.entities[:LEADS]

    def _entities(self, group: str) -> list[Entity]:
        tickers = self.members(group)
        if all(map(is_index, tickers)):
            return [self.asset(tickers[0], group)]
        if len(tickers) == 1 or not len(self.result.portfolios.rows_of("ticker", group)):
            return [self.asset(ticker, group) for ticker in tickers]
        return [Entity(group, self.group_label(group), group, True, tuple(tickers))]

    def row_of(self, entity: Entity) -> tuple[Estimates, int]:
        """The assets or the portfolios, and which of their rows is the entity's."""
        source = self.result.portfolios if entity.portfolio else self.result.assets
        return source, source.once(_first_rows)[entity.key]

    def asset(self, ticker: str, group: str) -> Entity:
        """A single asset as an entity."""
        return Entity(ticker, self.name(ticker), group, False, (ticker,))

    def members(self, group: str) -> list[str]:
        """The group's tickers with an estimate, also those that another group lists first."""
        together = self.result.portfolios.rows_of("group", group)
        if len(together):
            return str(self.result.portfolios.labels["members"].iloc[together[0]]).split(";")
        labels = self.result.assets.labels
        return list(labels.loc[labels["group"] == group, "ticker"])

    def name(self, ticker: str) -> str:
        """A ticker's written-out name."""
        names = self.result.context.names if self.result.context else {}
        return names.get(ticker, ticker)

    def lower_name(self, ticker: str) -> str:
        """A ticker's name inside a sentence: "the S&P 500", "Nvidia"."""
        name = self.name(ticker)
        return f"the {name}" if is_index(ticker) and name != ticker else name

    def group_label(self, group: str) -> str:
        """A group's name in print."""
        labels = self.result.context.group_labels if self.result.context else {}
        return labels.get(group, group)


def _first_rows(estimates: Estimates) -> dict[str, int]:
    """Each ticker's first row."""
    tickers = estimates.labels["ticker"].tolist()
    return {str(ticker): row for row, ticker in reversed(list(enumerate(tickers)))}
