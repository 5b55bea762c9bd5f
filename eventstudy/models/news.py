"""EGARCH as arch has it, with the signs that the model's story needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from arch.univariate.volatility import VolatilityProcess

PERSISTENCE = 0.999
"""|b| stays below this: the variance has a mean to return to."""


def news_egarch() -> VolatilityProcess:
    """EGARCH(1,1) in which a large |z| never calms the next session: a ≥ 0, 0 ≤ b < 1.

    Unbounded, half of the daily windows of large shares end with a < 0, a likelihood that fits
    single outliers by a low variance the day before, and forecasts that are too low.
    """
    from arch.univariate import EGARCH

    class NewsEGARCH(EGARCH):
        def bounds(self, resids: Any) -> list[tuple[float, float]]:
            """Of ω, a, g and b."""
            omega, _, leverage, _ = super().bounds(resids)
            return [omega, (0.0, np.inf), leverage, (0.0, PERSISTENCE)]

    return NewsEGARCH(p=1, o=1, q=1)
