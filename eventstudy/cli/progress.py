"""One line of progress on a terminal's standard error; silent anywhere else."""

from __future__ import annotations

import sys
from typing import Any

from eventstudy.text.lines import visible


class Steps:
    """`with Steps() as steps: steps.say("estimating")`; nothing is left behind at the end."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown and sys.stderr.isatty()
        self._status: Any = None

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

    def end(self) -> None:
        """Take the line away, before anything is printed."""
        if self._status is not None:
            self._status.stop()

    def __exit__(self, *_: object) -> None:
        self.end()
