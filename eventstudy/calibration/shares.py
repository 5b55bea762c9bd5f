"""How often each test rejected in every setting, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.calibration.setting import SETTING_COLUMNS, Setting, varied
from eventstudy.significance.outcome import Outcome
from eventstudy.spec.study_spec import StudySpec

BAND = (0.5, 1.5)
"""A share between these multiples of α is near enough to it."""
ERRORS = 2.0
"""So is one within this many Monte-Carlo standard errors."""


@dataclass(slots=True)
class RejectionCount:
    """One test in one setting."""

    answered: int = 0
    """Samples with a p-value."""
    rejections: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Refusals by their reason."""

    def add(self, outcome: Outcome, alpha: float) -> None:
        """Count one sample; two-sided, p ≤ α rejects."""
        if outcome.refused:
            self.reasons[outcome.refused] += 1
        else:
            self.answered += 1
            self.rejections += outcome.p_value <= alpha

    def merge(self, other: RejectionCount) -> None:
        """Add the samples of another chunk."""
        self.answered += other.answered
        self.rejections += other.rejections
        self.reasons += other.reasons


def mc_error(alpha: float, samples: int) -> float:
    """Standard error of the rejection share of an exact test over that many samples."""
    return sqrt(alpha * (1 - alpha) / samples)


def nominal(rate: float, alpha: float, samples: int) -> bool:
    """Whether a share is as good as α: within two standard errors, or from 0.5α to 1.5α."""
    near = abs(rate - alpha) <= ERRORS * mc_error(alpha, samples)
    return near or BAND[0] * alpha <= rate <= BAND[1] * alpha


@dataclass(frozen=True, eq=False)
class RejectionShares:
    """Rejection shares of the tests in every setting."""

    table: pd.DataFrame
    """One row a setting and test: rho, variance, tails (inf is normal), thin and ar of the setting
    (missing where the user's own panel decides), dates (common or dispersed), n_events, test,
    samples (those with a p-value), rejections, rate (a fraction), mc_se (its Monte-Carlo standard
    error), refused (why and how often, or empty), nominal (whether the size holds; missing where
    ar is not 0 or nothing was answered)."""
    settings: tuple[Setting, ...]
    alpha: float
    n_events: int
    samples: int
    clustered: bool
    spec: StudySpec
    source: str
    """Where the returns come from, in words."""
    simulated: bool
    untraded: str
    notes: tuple[str, ...] = ()
    """What looks wrong in the user's own panel."""

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests, in the order of the table."""
        return tuple(dict.fromkeys(self.table["test"]))

    @property
    def varied(self) -> tuple[str, ...]:
        """The fields in which the settings differ."""
        return varied(self.settings)

    @property
    def mc_error(self) -> float:
        """Monte-Carlo standard error of the share of an exact test, √(α(1 − α)/samples)."""
        return mc_error(self.alpha, self.samples)

    def by_setting(self) -> pd.DataFrame:
        """The rates as fractions, tests × settings; columns are the settings' labels."""
        rates = self.table["rate"].to_numpy().reshape(len(self.settings), len(self.tests)).T
        index = pd.Index(self.tests, name="test")
        return pd.DataFrame(rates, index=index, columns=self.labels())

    def labels(self) -> list[str]:
        """One label a setting, naming what differs."""
        return [s.label(self.varied) or "all samples" for s in self.settings]


def dates_text(clustered: bool) -> str:
    """Whether all events of a sample are on one date: "common", else "dispersed"."""
    return "common" if clustered else "dispersed"


def shares_table(
    counts: Mapping[Setting, Sequence[RejectionCount]],
    tests: Sequence[str],
    *,
    alpha: float,
    n_events: int,
    clustered: bool,
    simulated: bool,
) -> pd.DataFrame:
    """The tidy table of a calibration, settings in order and tests inside them."""
    rows = []
    for setting, tests_of in counts.items():
        world = {name: getattr(setting, name) for name in SETTING_COLUMNS}
        if not simulated:
            world = {name: value if name == "ar" else np.nan for name, value in world.items()}
        world |= {"dates": dates_text(clustered), "n_events": n_events}
        rows += [
            {**world, **_counted(name, tally, alpha, setting.is_null)}
            for name, tally in zip(tests, tests_of, strict=True)
        ]
    table = pd.DataFrame(rows)
    return table.astype({"nominal": "boolean", "test": "str", "dates": "str", "refused": "str"})


def _counted(test: str, tally: RejectionCount, alpha: float, is_null: bool) -> dict[str, Any]:
    n = tally.answered
    rate = tally.rejections / n if n else np.nan
    refused = sum(tally.reasons.values())
    reason = tally.reasons.most_common(1)[0][0] if refused else ""
    return {
        "test": test,
        "samples": n,
        "rejections": tally.rejections,
        "rate": rate,
        "mc_se": float(np.sqrt(rate * (1 - rate) / n)) if n else np.nan,
        "refused": f"{refused} of {n + refused}: {reason}" if refused else "",
        "nominal": nominal(rate, alpha, n) if n and is_null else pd.NA,
    }
