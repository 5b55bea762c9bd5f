"""`python -m eventstudy` is the command `eventstudy`."""

import sys

from eventstudy.files.interrupts import catch_stops, ignore_stops


def command() -> None:
    """Entry point: the command, which may be stopped before all of it is loaded."""
    catch_stops()  # for good: the end of Python is not to be disturbed either
    try:
        from eventstudy.cli.app import main

        main()
    except KeyboardInterrupt:
        ignore_stops()
        from eventstudy.cli.stopping import end_stopped

        sys.exit(end_stopped())
    finally:
        ignore_stops()


if __name__ == "__main__":
    command()
