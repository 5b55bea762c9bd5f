"""Moves that prices seldom make: unadjusted splits, misplaced decimal points, other units."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats
from eventstudy.errors import say_some
from eventstudy.prices.checks.profile import Profile
from eventstudy.prices.checks.units import INDICES

FALL, RISE = -0.45, 0.80
"""Every move beyond these is named: 2:1 on a day of +10%, and any reverse split of 1:2 or more."""

LEAST_SPLIT, LEAST_REVERSE = -0.33, 0.48
"""From which fall and rise on a split is thought of: 3:2 is −33.3%, its reverse +50%. SMCI fell
32.7% on 2024-10-30 without one, and ARM rose 47.9% on 2024-02-08."""

LEAST_TOLERANCE, MOST_TOLERANCE = 0.005, 0.02
"""How far such a fall may lie from a split's: one ordinary day of the asset, within these."""
REVERSE_TOLERANCE = 0.01
ANY_TOLERANCE = 0.05
"""How far a move that is named in any case may lie from the split that explains it, at least."""

INDEX_MOVE = 0.15
"""From which move on a well-known index is named: its worst day was −20.5%, on 1987-10-19."""

OTHER_UNIT = 10
"""From which ratio on another unit or a misplaced decimal point is as likely as a split."""

MOST_FLAGS = 50
"""Moves that are named; figures with more of them are other ones than were meant."""

LIMITS = ((-INDEX_MOVE, LEAST_SPLIT), (INDEX_MOVE, LEAST_REVERSE))
"""Of well-known indices and of all else: falls, rises."""

SPLITS = tuple(Fraction(new, old) for new, old in ((3, 2), (5, 3), (7, 4), (5, 2), (7, 2)))
"""New shares for old ones in splits beside 2:1 to 100:1. Of ratios below 2:1 no others, 4:3 and 5:4
included, stand out from true falls of their size."""
MOST_SHARES = 100


def unlikely_moves(
    returns: pd.DataFrame, profile: Profile, judged: Bools | None = None
) -> tuple[str, ...]:
    """One sentence for each move that a split explains, or that is beyond −45% or +80%.

    A true move of that size is named too: nothing in a closing price tells the two apart. Indices
    (names with ^) are never split.

    Args:
        returns: Simple returns, sessions × columns.
        profile: Of their values.
        judged: (columns,) those that the study uses; None for all.
    """
    index = np.array([str(name) in INDICES for name in returns.columns.tolist()], dtype=bool)
    low, high = (np.where(index, *limits) for limits in LIMITS)
    with np.errstate(invalid="ignore"):
        suspicious = (profile.least <= low) | (profile.largest >= high)
    found, table = [], returns.to_numpy()
    for column in np.flatnonzero(suspicious if judged is None else suspicious & judged).tolist():
        values, name = table[:, column], str(returns.columns[column])
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero((values <= low[column]) | (values >= high[column]))
        found += [
            f"{name} moved {_percent(values[row])} on {str(returns.index[row])[:10]}: {why}"
            for row in rows.tolist()
            if (why := _explained(name, 1 + values[row], values))
        ]
    return say_some(found, MOST_FLAGS)


def _explained(name: str, ratio: float, values: Floats) -> str:
    """What may be behind a move, or nothing where it is not worth a word."""
    if name in INDICES:
        return "no index moves that far in a day. Check the price."
    beyond = ratio - 1 <= FALL or ratio - 1 >= RISE
    split = "" if name.startswith("^") else _split(ratio, values, beyond)
    if split and not beyond:
        return f"an unadjusted {split} would explain it. Check the price."
    if not beyond:
        return ""
    other = ratio >= OTHER_UNIT or ratio <= 1 / OTHER_UNIT
    causes = [
        *([f"an unadjusted {split}"] if split else []),
        *(["another unit or a misplaced decimal point"] if other else []),
    ]
    if causes:
        return f"{' or '.join(causes)} would explain it. Check the price."
    return "no usual split explains it. Check the price."


def _split(ratio: float, values: Floats, beyond: bool) -> str:
    """The split nearest to a ratio of prices, as words; empty where none is near enough.

    A move that is named in any case may lie farther from it.
    """
    if ratio <= 0:  # a total loss
        return ""
    falls = ratio < 1
    shares = 1 / ratio if falls else ratio
    whole = Fraction(min(max(ceil(shares - 0.5), 2), MOST_SHARES))
    others = SPLITS if falls else SPLITS[:1]
    nearest = min((whole, *others), key=lambda each: abs(each - shares))
    away = abs(shares / nearest - 1)
    if not beyond and away > max(MOST_TOLERANCE, REVERSE_TOLERANCE):
        return ""
    usual = _usual_move(values)
    if beyond:
        allowed = max(3 * usual, ANY_TOLERANCE)
    else:
        allowed = min(max(usual, LEAST_TOLERANCE), MOST_TOLERANCE) if falls else REVERSE_TOLERANCE
    if away > allowed:
        return ""
    new, old = nearest.numerator, nearest.denominator
    return f"{new}:{old} split" if falls else f"{old}:{new} reverse split"


def _usual_move(values: Floats) -> float:
    """A standard deviation that outliers do not move: 1.48 times the median absolute return."""
    known = np.abs(values[np.isfinite(values)])
    return 1.4826 * float(np.median(known)) if len(known) else 0.0


def _percent(value: float) -> str:
    return f"{100 * value:+,.1f}%".replace("-", "−")
