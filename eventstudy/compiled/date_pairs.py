"""Sums over pairs of dates."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel


@kernel
def add_date_pairs(
    date: Ints,
    n: Floats,
    z: Floats,
    seen: Floats,
    own: Floats,
    first: int,
    last: int,
    sums: Floats,
) -> None:
    """Add Σ ρ_ij of the pairs whose later date is one of those from `first` to before `last`.

    Args:
        date: (d,) sessions in ascending order.
        n: (d,) observations.
        z: (d, T) as by `date_sums`, like the next two.
        seen: (d, T)
        own: (d,)
        first: Index of the first of these dates.
        last: Index of the one after the last.
        sums: (lags,) added to, by the number of sessions between the dates.
    """
    lags, width = len(sums), z.shape[1]
    for later in range(first, last):
        earlier = later
        while earlier >= 0 and date[later] - date[earlier] < lags:
            lag = date[later] - date[earlier]
            products = _dot(z[earlier, lag:], z[later, : width - lag])
            shared = _dot(seen[earlier, lag:], seen[later, : width - lag])
            pairs = n[earlier] * n[later]
            if lag == 0:
                products -= own[later]
                shared -= seen[later].sum()
                pairs -= n[later]
            if shared > 0:
                sums[lag] += pairs * products / shared
            earlier -= 1


@kernel
def date_products(z: Floats, first: Ints, second: Ints, s: int, lag: int, length: int) -> Floats:
    """(C,) Σ of the products of two dates' sums over the sessions that both have.

    Args:
        z: (dates, S, L′) by `date_sums.sums_by_date`.
        first: (C,) the earlier dates.
        second: (C,) the dates `lag` sessions later.
        s: The sum of the earlier ones; that of the later ones is the next.
        lag: How many sessions lie between them.
        length: Sessions that both have.
    """
    found = np.empty(len(first))
    for pair in range(len(first)):
        early, late = z[first[pair], s], z[second[pair], s + 1]
        found[pair] = _dot(early[lag : lag + length], late[:length])
    return found


@kernel
def _dot(a: Floats, b: Floats) -> float:
    """Σ a·b in four parts, so that the additions do not depend on each other."""
    n, whole = len(a), len(a) - len(a) % 4
    one = two = three = four = 0.0
    for at in range(0, whole, 4):
        one += a[at] * b[at]
        two += a[at + 1] * b[at + 1]
        three += a[at + 2] * b[at + 2]
        four += a[at + 3] * b[at + 3]
    for at in range(whole, n):
        one += a[at] * b[at]
    return (one + two) + (three + four)
