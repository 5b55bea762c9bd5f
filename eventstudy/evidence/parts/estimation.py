"""The returns that the estimates are made of, day by day, and the regression that made them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eventstudy.evidence.parts.part import EvidencePart, listing, records
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import counted


@dataclass(frozen=True, eq=False, repr=False)
class EstimationReturns(EvidencePart):
    """Every return that went into the estimates of one event, or why it did not."""

    event_id: str
    model: str
    """The model as reports call it."""
    response: str
    """The column of `returns` that the regression explains."""
    regressors: tuple[str, ...]
    """The columns that explain it, beside the constant."""
    constant: bool
    """Whether the regression has a constant; without one the expected value is zero."""
    not_replicable: str
    """Why the bundle has no replication scripts; empty where it has."""
    returns: pd.DataFrame
    """One row an asset and session, from the first of the estimation window to the last event day:
    event_id, ticker, benchmark (its ticker), date, rel_day, return, one column a regressor and, for
    excess returns, the columns that are regressed; return_<ticker> of each comparison benchmark;
    used (whether the fit used the session), reason (why it did not, or empty). Decimals."""
    summary: pd.DataFrame
    """One row an asset: ticker, name, benchmark, first and last (session used), used and unused
    (sessions of the estimation window)."""

    computed_by = "estimation_returns.estimation_returns"
    in_short = "summary"

    def _brief(self) -> Brief:
        table = self.summary
        rows = [
            (
                str(row["name"]),
                f"{row['first']:%Y-%m-%d}",
                f"{row['last']:%Y-%m-%d}",
                str(row["used"]),
                str(row["unused"]),
            )
            for row in records(table)
        ]
        heads = ("name", "first", "last", "used", "unused")
        finding = (
            f"Returns behind the estimates of {counted(len(table), 'asset')}: "
            f"{counted(int(table['used'].sum()), 'session')} used, {int(table['unused'].sum()):,} "
            "not used"
        )
        notes = (f"No replication scripts: {self.not_replicable}.",) if self.not_replicable else ()
        return Brief(finding, "", (listing(heads, rows, table, "summary"),), notes)
