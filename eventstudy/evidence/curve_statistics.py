"""What is said of specification curves as wholes: arrays only.

Simonsohn, Simmons & Nelson (2020), "Specification curve analysis", Nature Human Behaviour 4,
1208-1214.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from eventstudy.models.kernel.batch import Floats
from eventstudy.significance.sums.placebo_runs import placebo_p


@dataclass(frozen=True, slots=True)
class CurveStatistics:
    """What is said of B curves as wholes, (B,) each."""

    median: Floats
    """Median estimate."""
    significant: npt.NDArray[np.int64]
    """Significant specifications in the direction of the median."""
    mean_z: Floats
    """Mean of the specifications' z-values, Stouffer's Z over √S."""

    def take(self, which: slice) -> CurveStatistics:
        """Some of the curves."""
        return CurveStatistics(self.median[which], self.significant[which], self.mean_z[which])


def curve_statistics(
    estimate: Floats, z: Floats, significant: npt.NDArray[np.bool_]
) -> CurveStatistics:
    """The three statistics of Simonsohn, Simmons & Nelson (2020) for curves (S, B).

    S specifications, B curves; z are the normal values of the specifications' p with the sign of
    the estimate. Nothing may be missing.
    """
    median = np.median(estimate, axis=0)
    same = np.sign(estimate) == np.sign(median)
    return CurveStatistics(median, (significant & same).sum(axis=0), z.mean(axis=0))


def curve_p_values(observed: CurveStatistics, placebos: CurveStatistics) -> Floats:
    """(3,) permutation p of one curve among B: by |median|, number significant and |mean z|.

    p = (1 + #{as extreme}) / (1 + B), uniform where the event and the B days are exchangeable;
    counts have ties, which make p larger. NaN without placebos.
    """
    statistics = np.array([placebos.median, placebos.significant, placebos.mean_z], dtype=float)
    event = np.array([observed.median, observed.significant, observed.mean_z], dtype=float)
    return placebo_p(statistics, event[:, 0])


def normal_values(t: Floats, p_value: Floats) -> Floats:
    """The z that has the two-sided p of t, with its sign; finite however small p is."""
    return -np.sign(t) * special.ndtri(np.maximum(p_value, 1e-300) / 2)
