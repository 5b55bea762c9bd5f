"""A fitted regression as one column of a table, for print and for other packages.

`eventstudy.etable` sets such columns side by side. The package maketables reads the attributes
that begin with `__maketables_`, and so makes tables for Word, Typst, LaTeX and HTML of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_NAMES = {
    "coef": "b",
    "se": "se",
    "t": "t",
    "p_value": "p",
    "ci_low": "ci95l",
    "ci_high": "ci95u",
}
"""The columns of our tables as maketables calls them."""
_LEVEL = 0.95
"""The level of the intervals that maketables prints."""


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """What a table prints of one model."""

    dependent: str
    """What is explained: "CAR [−1, +1]"."""
    table: pd.DataFrame
    """Term (index); coef, se, t, p_value, ci_low, ci_high, in decimals."""
    stats: Mapping[str, float]
    """By maketables' names, where they have one: N, r2, adj_r2. NaN where there is none."""
    facts: Mapping[str, str]
    """What else the foot says: estimator, standard errors."""
    cluster: str
    """What errors are clustered by; empty without clusters."""
    confidence: float
    """Of the intervals."""
    notes: tuple[str, ...] = ()
    """Cautions."""


class ComparableModel:
    """A result that is a column of a table, here and in maketables."""

    __slots__ = ()

    def column(self) -> ModelColumn:
        """The model as a column of a table."""
        raise NotImplementedError

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """Coefficients under the names b, se, t, p, and ci95l, ci95u where the level is 95%."""
        column = self.column()
        names = [*_NAMES] if np.isclose(column.confidence, _LEVEL) else [*_NAMES][:4]
        return column.table[names].rename(columns=_NAMES).rename_axis("Coefficient")

    def __maketables_stat__(self, key: str) -> Any:
        """A figure of the whole model; None where there is none of that name."""
        column = self.column()
        if key == "se_type":
            return column.facts.get("Standard errors")
        value = column.stats.get(key, np.nan)
        if not np.isfinite(value):
            return None
        return int(value) if float(value).is_integer() and key.startswith("N") else value

    @property
    def __maketables_depvar__(self) -> str:
        return self.column().dependent

    @property
    def __maketables_vcov_info__(self) -> dict[str, str]:
        column = self.column()
        found = {"vcov_type": column.facts.get("Standard errors", "")}
        return found | ({"clustervar": column.cluster} if column.cluster else {})

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        return [key for key, value in self.column().stats.items() if np.isfinite(value)]

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        return {"N": "N", "r2": "R²", "adj_r2": "Adjusted R²", "N_controls": "Controls"}
