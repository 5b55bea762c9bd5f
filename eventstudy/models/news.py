"""EGARCH as arch has it, with the signs that the model's story needs.

A module of its own, because arch is imported only where a model needs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from arch.univariate import EGARCH

PERSISTENCE = 0.999
"""|b| stays below this: the variance has a mean to return to."""


class NewsEGARCH(EGARCH):
    """EGARCH(1,1) in which a large |z| never calms the next session: a ≥ 0, 0 ≤ b < 1.

    Unbounded, half of the daily windows of large shares end with a < 0, a likelihood that fits
    single outliers by a low variance the day before, and forecasts that are too low.
    """

    def bounds(self, resids: Any) -> list[tuple[float, float]]:
        """Of ω, a, g and b."""
        omega, _, leverage, _ = super().bounds(resids)
        return [omega, (0.0, np.inf), leverage, (0.0, PERSISTENCE)]
