"""Ctrl-C where it does no harm: one that strikes while a pool holds a lock leaves it locked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

LOOK_AGAIN = 1.0
"""Seconds after which a task is looked at that may have ended without a word."""


class Interrupts:
    """Holds Ctrl-C back, but for where a task is waited for and where its result is used."""

    def __init__(self) -> None:
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        self._struck = False
        self._ended: SimpleQueue[Future[Any] | None] = SimpleQueue()
        """Tasks that ended, and None for Ctrl-C: the one queue that a signal may write to."""

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Until the end of the block, or until `wait`."""
        with self._handled_by(self._strike):
            yield
        self._raise_if_struck()

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Inside a block that holds interrupts back, let them through."""
        self._raise_if_struck()
        with self._handled_by(signal.default_int_handler):
            yield

    def watch(self, future: Future[Any]) -> Future[Any]:
        """The task, whose end `wait` will be told."""
        future.add_done_callback(self._ended.put)
        return future

    def wait(self, future: Future[Any]) -> None:
        """Until a watched task has ended; raises KeyboardInterrupt for a Ctrl-C held back."""
        while not (self._struck or future.done()):
            try:
                self._ended.get(timeout=LOOK_AGAIN)
            except Empty:
                continue
        self._raise_if_struck()

    @contextmanager
    def _handled_by(self, handler: Any) -> Iterator[None]:
        if not self._ours:
            yield
            return
        before = signal.signal(signal.SIGINT, handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _strike(self, *_: object) -> None:
        self._struck = True
        self._ended.put(None)

    def _raise_if_struck(self) -> None:
        if self._struck:
            raise KeyboardInterrupt
