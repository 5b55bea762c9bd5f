"""One line of progress on a terminal's standard error; silent anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from eventstudy.text.lines import visible
from eventstudy.text.numbers import counted

SOON = 5
"""Seconds below which no time left is shown."""


def time_left(seconds: float) -> str:
    """How long something will take, as words: "20 s left", "3 min left"; empty if soon over.

    Args:
        seconds: The estimate.
    """
    if seconds < SOON:
        return ""
    if seconds < 100:
        return f"{5 * round(seconds / 5)} s left"
    if seconds < 100 * 60:
        return f"{round(seconds / 60)} min left"
    return f"{counted(round(seconds / 3600), 'hour')} left"


class Steps:
    """`with Steps() as steps: steps.say("estimating")`; nothing is left behind at the end.

    Args:
        shown: Whether a terminal shows the line.
        clock: Seconds; for tests.
    """

    def __init__(self, *, shown: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._status: Any = None
        self._clock = clock
        self._began: dict[str, float] = {}

    def __enter__(self) -> Steps:
        if self._shown:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self

    def say(self, what: str) -> None:
        """Show the step that begins now."""
        if self._status is not None:
            from rich.markup import escape

            self._status.update(escape(f"{visible(what)} …"))

    def count(self, of: str, what: str, done: int, total: int) -> None:
        """Show how far a step is; a step of one part says nothing."""
        if total > 1:
            self.say(f"{of}: {what}, {100 * done // total}%")

    def item(self, stage: str, name: str, done: int, total: int) -> None:
        """Show which of several items a stage works on, and how long the rest will take.

        Args:
            stage: What is done to each, such as "estimating".
            name: The item that begins.
            done: How many are finished.
            total: How many there are.
        """
        began = self._began.setdefault(stage, self._clock())
        each = (self._clock() - began) / done if done else 0.0
        place = f" ({done + 1} of {total})" if total > 1 else ""
        left = time_left(each * (total - done))
        self.say(", ".join(part for part in (f"{name}{place}: {stage}", left) if part))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the line away while something is printed."""
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()

    def end(self) -> None:
        """Take the line away, before anything is printed."""
        if self._status is not None:
            self._status.stop()

    def __exit__(self, *_: object) -> None:
        self.end()
