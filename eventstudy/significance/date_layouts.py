"""How events lie in time: the layouts in which every test's size is measured, and any sample's own.

What inflates the spread of a mean is how much of an observation's window others share with it, on
its date or on near ones, and what some tests need is a number of dates that share nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np

from eventstudy.models.kernel.batch import Ints
from eventstudy.significance.sample import FittedGroup, Layout

APART = 30
"""Sessions between dates that lie far apart: more than any measured window is long."""

LONE = 1.0
"""An observation whose window is shared by no more others than this, counted in whole windows,
stands alone: 50 events drawn from ten years come to .45 at 21 days."""


FAR_MORE = 1.5
"""What was measured is too little said of a sample that shares this many times as much."""

NEAR = 3
"""Shorter windows are compared as if they had so many sessions: neighbouring days are alike."""


@dataclass(frozen=True, slots=True)
class DateLayout:
    """So many dates with so many assets each."""

    name: str
    """As in the file of measured sizes."""
    dates: int
    firms: int
    """Assets on each date, none twice in a sample."""
    spacing: int = 0
    """Sessions from one date to the next: exactly 1 where it is 1, above that at least so many, 0
    for observations drawn anywhere, one by one."""

    @property
    def n(self) -> int:
        """Observations."""
        return self.dates * self.firms

    @property
    def drawn_singly(self) -> bool:
        """Whether each observation has a date of its own, drawn anywhere."""
        return self.spacing == 0 and self.dates > 1

    @property
    def reach(self) -> int:
        """Sessions from the first date to the last, at the least."""
        return 1 + self.spacing * (self.dates - 1)

    @property
    def day0(self) -> Ints:
        """(N,) sessions that lie as those of the layout do, as near as they may."""
        spacing = APART if self.drawn_singly else self.spacing
        return np.repeat(spacing * np.arange(self.dates), self.firms)

    @property
    def kind(self) -> Layout:
        """Which tests mean something here."""
        if self.n == 1:
            return Layout.ONE
        return Layout.ONE_DATE if self.dates == 1 else Layout.MANY_DATES

    @property
    def words(self) -> str:
        """Such as "with 40 events in 10 consecutive sessions"."""
        if self.n == 1:
            return "with one asset at one event"
        if self.dates == 1:
            return f"with {self.n} assets on one date"
        if self.drawn_singly:
            return f"with {self.n} dispersed events"
        if self.spacing == 1:
            return f"with {self.n} events in {self.dates} consecutive sessions"
        return f"with {self.n} events on {self.dates} dates far apart"


ONE_ASSET = DateLayout("asset", 1, 1)
FEW_ASSETS = DateLayout("date-5", 1, 5)
ONE_DATE = DateLayout("date-30", 1, 30)
FEW_DISPERSED = DateLayout("dispersed-5", 5, 1)
DISPERSED = DateLayout("dispersed-50", 50, 1)
TEN_DATES = DateLayout("dates-10", 10, 4, APART)
SIX_DATES = DateLayout("dates-6", 6, 8, APART)
CONSECUTIVE = DateLayout("consecutive-10", 10, 4, 1)

MEASURED = {
    layout.name: layout
    for layout in (
        *(ONE_ASSET, FEW_ASSETS, ONE_DATE, FEW_DISPERSED, DISPERSED),
        *(TEN_DATES, SIX_DATES, CONSECUTIVE),
    )
}
"""The layouts in which sizes are measured."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the observations of a group share their windows of one length."""

    n: int
    dates: int
    chains: int
    """Runs of dates whose windows overlap from one to the next; different ones share no session."""
    same: float
    """Other observations on an observation's own date, on average."""
    other: float
    """Others on other dates, each counted by the share of the window that it has in common."""

    @property
    def others(self) -> float:
        """With how many others an observation shares its window, counted in whole windows."""
        return self.same + self.other

    @property
    def lone(self) -> bool:
        """Whether observations share so little that they count as dispersed."""
        return self.others <= LONE


def sharing_of(day0: Ints, length: int) -> Sharing:
    """How observations share their windows.

    Args:
        day0: (N,) their sessions; at least one.
        length: Sessions in a window.
    """
    return _sharing(np.bincount(day0 - day0.min()), length)


def _sharing(each: Ints, length: int) -> Sharing:
    """From the number of observations on each session, beginning with the first date."""
    dates = np.flatnonzero(each)
    n = int(each.sum())
    common = 1 - np.abs(np.arange(1 - length, length)) / length
    near = np.convolve(each, common)[length - 1 : length - 1 + len(each)]
    return Sharing(
        n=n,
        dates=len(dates),
        chains=1 + int((np.diff(dates) >= length).sum()),
        same=float((each * (each - 1)).sum() / n),
        other=float((each * (near - each)).sum() / n),
    )


def group_sharing(group: FittedGroup, length: int) -> Sharing:
    """How the fitted observations of a group share their windows; short ones count as NEAR."""
    return _sharing(group.once(_each_session), max(length, NEAR))


def _each_session(group: FittedGroup) -> Ints:
    day0 = group.positions.day0
    return np.bincount(day0 - day0.min())


def shares_more(layout: DateLayout, sharing: Sharing, length: int) -> bool:
    """Whether observations share far more of their windows than those of a layout do.

    Args:
        layout: A measured layout.
        sharing: How the observations of a sample share their windows.
        length: Sessions in the window.
    """
    return sharing.others > max(LONE, FAR_MORE * _others_in(layout, max(length, NEAR)))


@cache
def _others_in(layout: DateLayout, length: int) -> float:
    return sharing_of(layout.day0, length).others


def nearest_layouts(kind: Layout, sharing: Sharing) -> Sequence[DateLayout]:
    """The measured layouts between which a sample lies: what holds in all of them holds there.

    Args:
        kind: Its kind of layout.
        sharing: How its observations share their windows.
    """
    if kind is Layout.ONE:
        return (ONE_ASSET,)
    if kind is Layout.ONE_DATE:
        return _around(sharing.n, FEW_ASSETS, ONE_DATE)
    found = []
    if sharing.n <= sqrt(FEW_DISPERSED.n * DISPERSED.n):
        found.append(FEW_DISPERSED)
    if sharing.lone:
        return (*found, DISPERSED) if sharing.n > FEW_DISPERSED.n else found
    if sharing.other > LONE:
        found.append(CONSECUTIVE)
    if sharing.chains > SIX_DATES.dates:
        found.append(TEN_DATES)
    if sharing.chains < TEN_DATES.dates or sharing.same > TEN_DATES.firms - 1:
        found.append(SIX_DATES)
    if sharing.same > SIX_DATES.firms - 1:
        found.append(ONE_DATE)
    return found


def _around(n: int, few: DateLayout, many: DateLayout) -> Sequence[DateLayout]:
    return (few,) if n <= few.n else (many,) if n >= many.n else (few, many)
