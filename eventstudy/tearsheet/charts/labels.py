"""Placing labels so that none covers another: pure geometry in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Placed(NamedTuple):
    """A label's horizontal extent and its lane; lane 0 is nearest to the plot."""

    left: float
    right: float
    lane: int


def stack(centres: Sequence[float], width: float) -> list[int]:
    """Lanes for equally wide marks on their anchors; each takes the lowest free lane."""
    lanes: list[float] = []
    chosen = [0] * len(centres)
    for index in sorted(range(len(centres)), key=lambda i: centres[i]):
        free = [k for k, end in enumerate(lanes) if centres[index] - width / 2 >= end]
        lane = free[0] if free else len(lanes)
        if not free:
            lanes.append(0.0)
        lanes[lane] = centres[index] + width / 2
        chosen[index] = lane
    return chosen


def flag_labels(
    anchors: Sequence[float], widths: Sequence[float], low: float, high: float, gap: float = 4.0
) -> list[Placed]:
    """Labels flying from vertical staffs at `anchors`, all inside [low, high].

    Each flies to the right of its staff, or to the left where it finds no room; a label that
    covers another's staff flies higher, so that no staff runs through a text.
    """
    order = sorted(range(len(anchors)), key=lambda i: anchors[i])
    spans: dict[int, tuple[float, float]] = {}
    for index in reversed(order):
        x, width = anchors[index], widths[index]
        span = (x, x + width + gap)
        mutual = any(
            spans[k][0] <= x < anchors[k] <= span[1] and spans[k][0] < anchors[k] for k in spans
        )
        if span[1] > high or mutual:
            start = max(low, x - width - gap)
            span = (start, max(x, start + width))
        spans[index] = span
    lanes: dict[int, int] = {}
    waiting = list(reversed(order))
    while waiting:
        index = next((i for i in waiting if not _covered(i, waiting, spans, anchors)), waiting[0])
        waiting.remove(index)
        under = [lanes[k] for k in lanes if _covers(spans[index], anchors[k])]
        lane = max(under, default=-1) + 1
        while any(lanes[k] == lane and _meet(spans[index], spans[k]) for k in lanes):
            lane += 1
        lanes[index] = lane
    return [Placed(*spans[i], lanes[i]) for i in range(len(anchors))]


def _covered(
    index: int,
    waiting: Sequence[int],
    spans: dict[int, tuple[float, float]],
    anchors: Sequence[float],
) -> bool:
    """Whether the label covers the staff of one that has no lane yet."""
    return any(k != index and _covers(spans[index], anchors[k]) for k in waiting)


def _covers(span: tuple[float, float], x: float) -> bool:
    return span[0] <= x <= span[1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
