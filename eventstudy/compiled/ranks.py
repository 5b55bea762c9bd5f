"""Sums of ranks and signs over observations whose days are sorted.

`significance.sums.ties` defines a tie. Ranks are doubled, which makes them whole numbers, so that
sums over observations with the same number of days are exact.
"""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Floats, Ints
from eventstudy.compiled.kernel import kernel
from eventstudy.compiled.sorting import Array, Sorted, small_type


@kernel
def _rank(
    rows: Sorted, i: int, column: Array, same: float, days: Array, row: Floats, ranks: Array
) -> int:
    """Twice the ranks of a row among the days that have a column, 0 where missing.

    Args:
        rows: Sorted rows (n, D).
        i: Which of them.
        column: (D,) the number of each day among d chosen ones; d for those left out.
        same: The tolerance of ties.
        days: (d + 1,) becomes the chosen days from the lowest to the highest value.
        row: (d + 1,) becomes their values.
        ranks: (d + 1,) becomes their doubled ranks from 1.

    Returns:
        How many of them are not missing.
    """
    order, ascending, known, width = rows.order[i], rows.ascending[i], rows.known[i], len(row) - 1
    at = 0
    for place in range(known):
        # A value that is not kept is overwritten by the next one: a branch would cost more.
        day = column[order[place]]
        days[at], row[at], ranks[day] = day, ascending[place], 2 * at + 2
        at += day < width
    for place in range(known, len(order)):
        ranks[column[order[place]]] = 0
    if not rows.tied[i] or not at:
        return at
    typical, first = _typical_size(row, at), 0
    while first < at:
        end = first + 1
        if end < at and row[end] - row[first] <= same * max(row[end], -row[first], typical):
            end = _end_of_tie(row, first, at, typical, same)
            for place in range(first, end):
                ranks[days[place]] = first + 1 + end
        first = end
    return at


@kernel
def _end_of_tie(row: Floats, first: int, known: int, typical: float, same: float) -> int:
    """The place after the last value that ties with the first of its kind, in a sorted row."""
    size_first = max(abs(row[first]), typical)
    before, place = size_first, first + 1
    while place < known:
        size = max(abs(row[place]), typical)
        if row[place] - row[place - 1] > same * max(size, before):
            break
        if row[place] - row[first] > same * max(size, size_first):
            break
        before = size
        place += 1
    return place


@kernel
def _typical_size(row: Floats, known: int) -> float:
    """The median absolute value of a row in ascending order."""
    above = 0
    while above < known and row[above] < 0:
        above += 1
    below, size = above - 1, 0.0
    for _ in range(known // 2 + 1):
        if below < 0 or (above < known and row[above] <= -row[below]):
            size = row[above]
            above += 1
        else:
            size = -row[below]
            below -= 1
    return size


def _numbered(columns: Ints, width: int) -> Array:
    """(D,) the number of each day among d chosen columns, d of the others."""
    number = np.full(width, len(columns), dtype=small_type(width))
    number[columns] = np.arange(len(columns))
    return number


def sums_by_day(days: Sorted, columns: Ints, same: float) -> tuple[Floats, ...]:
    """By day: Σ K, Σ K/(1 + count), Σ signs about the median and observations.

    K is a rank among the chosen days less the mean rank.

    Args:
        days: Sorted rows (n, D).
        columns: (d,) which of the days to rank, in ascending order.
        same: The tolerance of ties.

    Returns:
        Four arrays (d,).
    """
    width, column = len(columns), _numbered(columns, days.order.shape[1])
    plain, signs, seen = (np.zeros(width, dtype=np.int64) for _ in range(3))
    scaled = np.zeros(width)
    _sums_by_day(days, column, same, plain, scaled, signs, seen)
    return plain / 2, scaled / 2, signs.astype(np.float64), seen.astype(np.float64)


@kernel
def _sums_by_day(
    rows: Sorted, column: Array, same: float, plain: Ints, scaled: Floats, signs: Array, seen: Array
) -> None:
    width, small = len(scaled), rows.order.dtype
    days, row, ranks = np.empty(width + 1, small), np.empty(width + 1), np.empty(width + 1, small)
    for i in range(len(rows.known)):
        known = _rank(rows, i, column, same, days, row, ranks)
        weight = 1.0 / (1 + known)
        for day in range(width):
            valid = ranks[day] > 0
            middle = ranks[day] - (known + 1) if valid else 0
            plain[day] += middle
            scaled[day] += middle * weight
            seen[day] += valid
        if not rows.tied[i] or not known:
            for day in range(width):
                signs[day] += (ranks[day] > known + 1) - (0 < ranks[day] < known + 1)
            continue
        median = (row[(known - 1) // 2] + row[known // 2]) / 2
        slack = same * max(abs(median), _typical_size(row, known))
        for place in range(known):
            above, below = row[place] > median + slack, row[place] < median - slack
            signs[days[place]] += np.int64(above) - np.int64(below)


def sums_with_star(
    days: Sorted, columns: Ints, n_obs: Ints, s: Floats, star: Floats, same: float
) -> tuple[Floats, ...]:
    """Ranks and signs of SCAR* and of the SARs among all of them, for Q windows.

    Args:
        days: Sorted rows (n, D) of abnormal returns.
        columns: (T,) which of the days are of the estimation window.
        n_obs: (n,) how many of these are not missing.
        s: (n,) what a SAR is standardised by.
        star: (n, Q) SCAR* of each window; NaN where missing.
        same: The tolerance of ties.

    Returns:
        (Q, T) Σ U and Σ signs and observations by estimation day; (Q,) Σ U, Σ U² and Σ signs of the
        event. U = rank/(valid + 1) − ½, the valid being SARs and SCAR*.
    """
    width, windows = len(columns), star.shape[1]
    column = _numbered(columns, days.order.shape[1])
    totals = np.zeros((windows, width))
    signs, seen = np.zeros((2, windows, width), dtype=np.int32)
    event = np.zeros((3, windows))
    # Sums of whole numbers are added to the totals where the number of days changes.
    by_count = np.argsort(n_obs, kind="stable")
    _sums_with_star(days, by_count, column, s, star, same, totals, signs, seen, event)
    return totals - seen / 2, signs.astype(np.float64), seen.astype(np.float64), *event


@kernel
def _sums_with_star(
    rows: Sorted,
    by_count: Ints,
    column: Array,
    s: Floats,
    star: Floats,
    same: float,
    totals: Floats,
    signs: Array,
    seen: Array,
    event: Floats,
) -> None:
    (windows, width), small = totals.shape, rows.order.dtype
    days, row, ranks = np.empty(width + 1, small), np.empty(width + 1), np.empty(width + 1, small)
    # Doubled ranks common to all windows, and by window which move up and which are missing.
    shared, shared_signs = np.zeros(width, np.int64), np.zeros(width, np.int64)
    shared_seen = np.zeros(width, np.int64)
    moved, lacking = np.zeros((windows, width), small), np.zeros((windows, width), np.int64)
    slack, limit, below = np.empty(windows), np.empty(windows), np.empty(windows, np.int64)
    size, since = 0, 0
    for i in by_count:
        known = _rank(rows, i, column, same, days, row, ranks)
        if size != known + 1 or since == 16_000:
            _carry(shared, moved, lacking, size, totals)
            size, since = known + 1, 0
        since += 1
        for place in range(known):
            row[place] /= s[i]
        middle = known // 2
        for day in range(width):
            shared[day] += ranks[day]
            shared_seen[day] += ranks[day] > 0
        _add_halves(days, known, middle, 1, shared_signs)
        for q in range(windows):
            slack[q] = same * max(abs(star[i, q]), 1.0)
            limit[q] = star[i, q] - slack[q]
        _count_below(row, known, limit, below)
        for q in range(windows):
            value, lower = star[i, q], below[q]
            if value != value:
                for day in range(width):
                    lacking[q, day] += ranks[day]
                    seen[q, day] -= ranks[day] > 0
                _add_halves(days, known, middle, -1, signs[q])
                continue
            upper = lower
            while upper < known and row[upper] < value + slack[q]:
                upper += 1
            up, high = moved[q], moved.dtype.type(2 * upper)
            for day in range(width):
                up[day] += ranks[day] > high
            for day in range(width if lower < upper else 0):  # half a rank, doubled
                lacking[q, day] -= 2 * lower < ranks[day] <= 2 * upper
            score = (1 + (lower + upper) / 2) / (size + 1) - 0.5
            event[0, q] += score
            event[1, q] += score * score
            # Without ties the place of the median is known, and at most one day lies elsewhere.
            if rows.tied[i] or lower < upper or not known:
                event[2, q] += _add_signs(days, row, known, value, lower, same, signs[q])
            elif known % 2:
                signs[q, days[middle]] -= 2 * (lower > middle)
                event[2, q] += 1 if lower > middle else -1
            else:
                signs[q, days[middle - 1]] += lower < middle
                signs[q, days[middle]] -= lower > middle
                event[2, q] += np.int64(lower > middle) - np.int64(lower < middle)
    _carry(shared, moved, lacking, size, totals)
    for q in range(windows):
        for day in range(width):
            signs[q, day] += shared_signs[day]
            seen[q, day] += shared_seen[day]


@kernel
def _carry(shared: Ints, moved: Array, lacking: Ints, size: int, totals: Floats) -> None:
    """Add the doubled ranks among so many values plus one to the totals, and reset them."""
    for q in range(totals.shape[0]):
        for day in range(totals.shape[1]):
            doubled = shared[day] - lacking[q, day] + 2 * moved[q, day]
            totals[q, day] += doubled / (2.0 * (size + 1))
    shared[:] = 0
    moved[:] = 0
    lacking[:] = 0


@kernel
def _count_below(row: Floats, known: int, limit: Floats, below: Ints) -> None:
    """How many of the known values in ascending order lie below each limit (Q,)."""
    below[:] = 0
    left = known
    while left > 0:
        half = (left + 1) // 2
        for q in range(len(limit)):
            below[q] += half if row[below[q] + half - 1] < limit[q] else 0
        left -= half


@kernel
def _add_halves(days: Array, known: int, middle: int, sign: int, signs: Array) -> None:
    """Add a sign to the days in the upper half of a sorted row, and take it off the lower half."""
    for place in range(middle):
        signs[days[place]] -= sign
    for place in range(middle, known):
        signs[days[place]] += sign


@kernel
def _add_signs(
    days: Array, row: Floats, known: int, value: float, lower: int, same: float, signs: Array
) -> int:
    """Add to signs of a row about its middle what makes them those about a median.

    Args:
        days: The days of the row in the order of their values.
        row: The values.
        known: How many there are.
        value: One more value, among which the median is taken.
        lower: How many lie below it.
        same: The tolerance of ties.
        signs: (T,) is added to.

    Returns:
        The sign of the value.
    """
    middle, high = known // 2, (known + 1) // 2
    one = value if middle == lower else row[middle - (middle > lower)]
    other = value if high == lower else row[high - (high > lower)]
    median = (one + other) / 2
    slack = same * max(abs(median), 1.0)
    # Right unless there are ties.
    below = middle + (lower > middle) if middle < high else middle - (lower < middle)
    above = below if middle < high else middle + (lower > middle)
    while below > 0 and not row[below - 1] < median - slack:
        below -= 1
    while below < known and row[below] < median - slack:
        below += 1
    while above > 0 and not row[above - 1] < median + slack:
        above -= 1
    while above < known and row[above] < median + slack:
        above += 1
    for place in range(min(below, middle), max(below, middle)):
        signs[days[place]] += 1 if below < middle else -1
    for place in range(min(above, middle), max(above, middle)):
        signs[days[place]] += 1 if above < middle else -1
    return 1 if value > median + slack else -1 if value < median - slack else 0


def date_sums(
    days: Sorted, columns: Ints, date: Ints, dates: int, same: float
) -> tuple[Floats, Floats, Floats]:
    """Standardised ranks summed over the observations of each date.

    Args:
        days: Sorted rows (n, D).
        columns: (T,) which of the days are of the estimation window.
        date: (n,) which date each has, from 0.
        dates: How many dates there are, d.
        same: The tolerance of ties.

    Returns:
        (d, T) Σ of the ranks, each observation's with mean 0 and variance 1; (d, T) observations
        with a return; (d,) Σ of all squared ranks.
    """
    width, column = len(columns), _numbered(columns, days.order.shape[1])
    z, seen, own = np.zeros((dates, width)), np.zeros((dates, width)), np.zeros(dates)
    _date_sums(days, column, date, same, z, seen, own)
    return z, seen, own


@kernel
def _date_sums(
    rows: Sorted, column: Array, date: Ints, same: float, z: Floats, seen: Array, own: Floats
) -> None:
    width, small = z.shape[1], rows.order.dtype
    days, row, ranks = np.empty(width + 1, small), np.empty(width + 1), np.empty(width + 1, small)
    for i in range(len(rows.known)):
        known = _rank(rows, i, column, same, days, row, ranks)
        total, valid = z[date[i]], seen[date[i]]
        squares = np.int64(0)
        for day in range(width):
            apart = np.int64(ranks[day]) - (known + 1) if ranks[day] > 0 else 0
            squares += apart * apart
        # Doubled ranks: the spread is doubled too.
        scale = 1.0 / np.sqrt(squares / max(known, 1)) if squares > 0 else 1.0
        for day in range(width):
            apart = np.int64(ranks[day]) - (known + 1) if ranks[day] > 0 else 0
            total[day] += apart * scale
            valid[day] += ranks[day] > 0
        own[date[i]] += squares * scale * scale


@kernel
def signed_ranks(size: Floats, positive: Ints, same: float) -> tuple[float, float, int]:
    """W⁺, Σ(t³ − t) over ties of t values and the most values in a tie.

    Args:
        size: (n,) absolute values in ascending order, none of them zero.
        positive: (n,) 1 where the value is positive, else 0.
        same: The tolerance of ties.
    """
    n, typical = len(size), size[len(size) // 2]
    doubled, ties, most, first = np.int64(0), 0.0, 1, 0
    while first < n:
        end, inside = first + 1, positive[first]
        if end < n and size[end] - size[first] <= same * max(size[end], typical):
            end = _end_of_tie(size, first, n, typical, same)
            for place in range(first + 1, end):
                inside += positive[place]
            ties += float(end - first) ** 3 - (end - first)
            most = max(most, end - first)
        doubled += inside * (first + 1 + end)
        first = end
    return doubled / 2, ties, most
