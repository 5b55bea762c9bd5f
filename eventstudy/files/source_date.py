"""The date that files may hold instead of today's."""

from __future__ import annotations

import os

from eventstudy.errors import InputError, quoted

VARIABLE = "SOURCE_DATE_EPOCH"
LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""


def require_source_date() -> None:
    """Look at the variable that libraries for drawing read, before anything is computed.

    Raises:
        InputError: They could not read it.
    """
    date = os.environ.get(VARIABLE, "0")
    if not (date.isascii() and date.isdigit()) or int(date[:20]) > LAST_SECOND:
        raise InputError(
            f"The environment variable {VARIABLE} is {quoted(date)}; it must be a whole number of "
            "seconds since 1970, such as 1700000000. Correct it, or unset it."
        )
