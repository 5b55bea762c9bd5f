"""How large an effect a test can find, and what a significant estimate of a smaller one is worth.

Gelman & Carlin (2014), "Beyond power calculations: assessing type S (sign) and type M (magnitude)
errors", with the errors of ordinary days in place of a t distribution where there are any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from eventstudy.models.kernel.batch import Floats


@dataclass(frozen=True, slots=True)
class Errors:
    """What N tests estimate where nothing happened, in standard errors; symmetric about zero."""

    ordinary: Floats
    """(N, B) statistics of ordinary days, NaN where there is none; (N, 0) for Student's t."""
    df: Floats
    """(N,) degrees of freedom of Student's t, where there are no ordinary days."""
    critical: Floats
    """(N,) the |statistic| above which the test rejects; infinite where it never can."""

    @classmethod
    def of_ordinary_days(cls, statistics: Floats, critical: Floats) -> Errors:
        """Errors as the ordinary days show them.

        Args:
            statistics: (N, B) placebo statistics, NaN for those that do not exist.
            critical: (N,) the test's critical value.
        """
        both = np.concatenate([statistics, -statistics], axis=1)
        return cls(np.sort(both, axis=1), np.full(len(both), np.nan), critical)

    @classmethod
    def of_t(cls, df: Floats, level: float) -> Errors:
        """Errors that are t(df), for a two-sided test.

        Args:
            df: (N,) degrees of freedom.
            level: Of the test, such as 0.05.
        """
        df = np.asarray(df, dtype=np.float64)
        return cls(np.empty((len(df), 0)), df, np.asarray(special.stdtrit(df, 1 - level / 2)))

    def least_effect(self, power: float) -> Floats:
        """(N,) the least effect, in standard errors, that is found with this probability.

        Found is rejected in the direction of the effect. Infinite where the test never rejects.

        Args:
            power: Such as 0.8.
        """
        if not self.ordinary.shape[1]:
            return np.asarray(self.critical + special.stdtrit(self.df, power))
        count = np.isfinite(self.ordinary).sum(axis=1)
        # The ordinary days are sorted, those missing last: the share `power` of them lies above.
        below = count - np.ceil(power * count - 1e-9).astype(np.int64)
        at = np.minimum(below, self.ordinary.shape[1] - 1)
        error = np.take_along_axis(self.ordinary, at[:, None], axis=1)[:, 0]
        return np.asarray(np.where(np.isfinite(self.critical), self.critical - error, np.inf))

    def under(self, effect: Floats) -> Retrodesign:
        """What the test makes of a true effect.

        Args:
            effect: (N,) in standard errors; its sign does not matter.
        """
        size = np.abs(effect)
        if not self.ordinary.shape[1]:
            return self._under_t(size)
        estimate = self.ordinary + size[:, None]
        found = np.abs(estimate) >= self.critical[:, None]
        count = np.isfinite(self.ordinary).sum(axis=1)
        rejected = found.sum(axis=1)
        wrong = (found & (estimate < 0)).sum(axis=1)
        total = np.where(found, np.abs(estimate), 0.0).sum(axis=1)
        return _retrodesign(size, rejected / np.maximum(count, 1), wrong, total, rejected)

    def _under_t(self, size: Floats) -> Retrodesign:
        right = special.stdtr(self.df, size - self.critical)
        wrong = special.stdtr(self.df, -size - self.critical)
        # ∫_a^∞ t f(t) dt = f(a)(df + a²)/(df − 1) for the density f of t(df).
        beyond = _beyond(self.critical - size, self.df) + size * right
        below = _beyond(self.critical + size, self.df) - size * wrong
        return _retrodesign(size, right + wrong, wrong, beyond + below, right + wrong)


@dataclass(frozen=True, slots=True)
class Retrodesign:
    """What N tests make of a true effect."""

    power: Floats
    """(N,) the probability to reject."""
    type_s: Floats
    """(N,) of the estimates that are significant, the share of the wrong sign; NaN where none is
    or there is no effect."""
    type_m: Floats
    """(N,) the mean size of a significant estimate over the true effect; NaN likewise."""


def _beyond(point: Floats, df: Floats) -> Floats:
    """(N,) E[T; T > point] of Student's t; NaN for a df of 1, which has no mean."""
    log_density = (
        special.gammaln((df + 1) / 2)
        - special.gammaln(df / 2)
        - 0.5 * np.log(df * np.pi)
        - (df + 1) / 2 * np.log1p(point**2 / df)
    )
    several = df > 1
    mean = np.exp(log_density) * (df + point**2) / np.where(several, df - 1, 1.0)
    return np.where(several, mean, np.nan)


def _retrodesign(
    size: Floats, power: Floats, wrong: Floats, total: Floats, rejected: Floats
) -> Retrodesign:
    """Power, and type S and type M from the rejected, the wrong among them and their total size."""
    known = (rejected > 0) & (size > 0)
    share = np.where(known, rejected, 1.0)
    return Retrodesign(
        power=power,
        type_s=np.where(known, wrong / share, np.nan),
        type_m=np.where(known, total / share / np.where(size > 0, size, 1.0), np.nan),
    )
