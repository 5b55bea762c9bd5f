"""Ctrl-C, SIGTERM and SIGHUP where they do no harm, and clearing up that they cannot break off.

In Python's own handling, Ctrl-C raises KeyboardInterrupt wherever it strikes. `Interrupts` holds
it back where it would leave a lock locked or a folder half moved. `catch_stops`, for the command
line, treats the three signals alike: the first raises, and others do not disturb what it began.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # this is loaded first, and until it is, Ctrl-C ends in a traceback
    from concurrent.futures import Future

LOOK_AGAIN = 1.0
"""Seconds after which a task is looked at that may have ended without a word."""
ONE_STOP = 2.0
"""Seconds within which further signals belong to the first; after them another one raises too."""
AT_ONCE = 0.01
"""Seconds after which an interrupt that a library swallowed is raised again."""
STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that tell a command to stop."""


class Stopped(KeyboardInterrupt):
    """A signal told the command to stop.

    A kind of its own, for Python ends by SIGINT where exec() once met KeyboardInterrupt itself,
    whatever the exit code.
    """


class _Told:
    """What told this process to stop, and when; 0 where nothing did."""

    signum = 0
    at = 0.0


_told = _Told()


def catch_stops() -> Callable[[], None]:
    """From here on, each of STOPS raises Stopped, but for one that a shell has ignored.

    `told_by` says which it was. Outside the main thread, nothing changes. Returns what puts
    everything back as it was.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    handled = {one: signal.getsignal(one) for one in STOPS}
    hook, sys.unraisablehook = sys.unraisablehook, _raise_again
    for one, handler in handled.items():
        if handler != signal.SIG_IGN:
            signal.signal(one, _stop)

    def restore() -> None:
        sys.unraisablehook = hook
        for one, handler in handled.items():
            signal.signal(one, handler)
        if _stop not in handled.values():
            _told.signum = 0

    return restore


def ignore_stops() -> None:
    """From here on no signal disturbs, so that clearing up comes to its end."""
    for one in (*STOPS, *_alarms()):
        signal.signal(one, signal.SIG_IGN)


def told_by() -> int:
    """The number of the signal that told this process to stop, or 0."""
    return _told.signum


def raise_if_told() -> None:
    """Stopped where this process was told to stop and some library swallowed that."""
    if _told.signum:
        raise Stopped


def _stop(signum: int, _frame: FrameType | None) -> None:
    if _told.signum and monotonic() - _told.at < ONE_STOP:
        return
    _told.signum, _told.at = _told.signum or signum, monotonic()
    raise Stopped


def _once_more(*_: object) -> None:
    raise Stopped


def _raise_again(lost: Any) -> None:
    """Python drops what is raised in a destructor or a callback of C: an interrupt returns."""
    if not (_told.signum and issubclass(lost.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)
        return
    for alarm in _alarms():
        signal.signal(alarm, _once_more)
        signal.setitimer(signal.ITIMER_REAL, AT_ONCE)


def _alarms() -> list[signal.Signals]:
    return [signal.SIGALRM] if hasattr(signal, "SIGALRM") else []


class Interrupts:
    """Holds interrupts back, but for where a task is waited for and where its result is used."""

    def __init__(self) -> None:
        main = threading.current_thread() is threading.main_thread()
        self._raising = {
            one: handler
            for one in STOPS
            if main and (handler := signal.getsignal(one)) in (_stop, signal.default_int_handler)
        }
        """The handlers in whose place held-back interrupts are noted."""
        self._struck = False
        self._ended: SimpleQueue[Future[Any] | None] = SimpleQueue()
        """Tasks that ended, and None for an interrupt: the one queue a signal may write to."""

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Until the end of the block, or until `wait`."""
        with self._handled_by(dict.fromkeys(self._raising, self._strike)):
            yield
        self._raise_if_struck()

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Inside a block that holds interrupts back, let them through."""
        self._raise_if_struck()
        with self._handled_by(self._raising):
            yield

    def watch(self, future: Future[Any]) -> Future[Any]:
        """The task, whose end `wait` will be told."""
        future.add_done_callback(self._ended.put)
        return future

    def wait(self, future: Future[Any]) -> None:
        """Until a watched task has ended; raises KeyboardInterrupt for one held back."""
        while not (self._struck or future.done()):
            try:
                self._ended.get(timeout=LOOK_AGAIN)
            except Empty:
                continue
        self._raise_if_struck()

    @contextmanager
    def _handled_by(self, handlers: dict[signal.Signals, Any]) -> Iterator[None]:
        before: dict[signal.Signals, Any] = {}
        try:
            for one, handler in handlers.items():
                before[one] = signal.signal(one, handler)
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _strike(self, signum: int, _frame: FrameType | None) -> None:
        if self._raising[signal.Signals(signum)] is _stop and not _told.signum:
            _told.signum, _told.at = signum, monotonic()
        self._struck = True
        self._ended.put(None)

    def _raise_if_struck(self) -> None:
        if self._struck:
            raise_if_told()
            raise KeyboardInterrupt
