"""Commands in processes forked from one that has loaded everything: quick, and each kill counts."""

from __future__ import annotations

import os
import sys


def start(*args: str, out: str = os.devnull) -> int:
    """Fork a process that runs `eventstudy ARGS`, its output into a file; the process id."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        for descriptor, place in ((1, out), (2, os.devnull)):
            os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        os.setsid()  # so that it can be killed with its workers
        sys.argv = ["eventstudy", *args]
        from eventstudy.cli.app import main

        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


def ended(child: int) -> int:
    """The exit code of a process, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
