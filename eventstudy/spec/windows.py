"""Windows of relative sessions."""

from __future__ import annotations

from typing import Any, NamedTuple

from eventstudy.errors import InputError, quoted
from eventstudy.text.numbers import session_text, span_text

FARTHEST = 200_000
"""Sessions from day 0 that a window may reach: eight centuries of days, two years of minutes."""


class Window(NamedTuple):
    """A span of relative sessions, both ends included; day 0 is the event's session."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Number of sessions, L."""
        return self.end - self.start + 1

    @property
    def days(self) -> range:
        """The relative sessions, in order."""
        return range(self.start, self.end + 1)

    def covers(self, other: Window) -> bool:
        """Whether every session of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    @property
    def label(self) -> str:
        """The day "+3" or the window "[−1, +1]", with a true minus sign."""
        return session_text(self.start) if self.length == 1 else str(self)

    def __str__(self) -> str:
        return span_text(self.start, self.end)


def as_window(value: Any) -> Window:
    """Read a window from a pair or from text such as "-1,1".

    Args:
        value: Two whole numbers of sessions from day 0, or a text with both.

    Raises:
        InputError: It is neither, or it ends before it starts.
    """
    if isinstance(value, str):
        parts: list[Any] = value.strip().strip("[]()").split(",")
    elif isinstance(value, (tuple, list)):
        parts = list(value)
    else:
        parts = []
    try:
        if any(isinstance(part, float) and not part.is_integer() for part in parts):
            raise ValueError
        start, end = (int(part) for part in parts)
    except (TypeError, ValueError):
        raise InputError(
            f"{quoted(value)} is not a valid window; give two whole numbers of sessions such as "
            "-1,1."
        ) from None
    if max(abs(start), abs(end)) > FARTHEST:
        raise InputError(
            f"{quoted(value)} reaches further than {FARTHEST:,} sessions; no exchange has so many."
        )
    if end < start:
        raise InputError(f"the window {start},{end} ends before it starts.")
    return Window(start, end)
