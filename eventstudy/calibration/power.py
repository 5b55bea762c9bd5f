"""The power that a test has in theory."""

from __future__ import annotations

from math import isfinite, sqrt

from scipy import special

from eventstudy.errors import InputError


def analytic_power(n: int, sigma: float, ar: float, alpha: float = 0.05) -> float:
    """Share of samples in which a two-sided test of zero mean abnormal return rejects.

    MacKinlay (1997), section 6: Φ(−c + √N·ar/σ) + Φ(−c − √N·ar/σ), c the (1 − α/2) quantile, for
    independent observations with known standard deviation.

    Args:
        n: observations.
        sigma: their standard deviation over the tested window, in decimals (0.02 is 2%).
        ar: the mean abnormal return over it, in decimals.
        alpha: level of the test.

    Raises:
        InputError: an argument is out of range.
    """
    if n < 1 or not sigma > 0 or not 0 < alpha < 1 or not isfinite(ar):
        raise InputError(
            f"No power for n = {n}, sigma = {sigma}, ar = {ar}, alpha = {alpha}: n is 1 or more, "
            "sigma positive, ar a number, alpha between 0 and 1."
        )
    critical = special.ndtri(1 - alpha / 2)
    shift = sqrt(n) * ar / sigma
    return float(special.ndtr(shift - critical) + special.ndtr(-shift - critical))
