"""Plain arguments of functions that are no options of a study: shares, counts, lists."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from eventstudy.errors import InputError, quoted


def share_between(value: object, name: str) -> float:
    """A share strictly between 0 and 1.

    Args:
        value: What was given.
        name: Of the argument.

    Raises:
        InputError: It is none.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < 1:
        return float(value)
    raise InputError(
        f"Option {name}: {quoted(value)} is not between 0 and 1; give one such as 0.9."
    )


def whole_number(value: object, name: str, least: int = 0) -> int:
    """A whole number.

    Args:
        value: What was given.
        name: Of the argument.
        least: The smallest that it may be.

    Raises:
        InputError: It is none, or smaller.
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least:
        return int(value)
    raise InputError(
        f"Option {name}: give a whole number, {least} or more (given: {quoted(value)})."
    )


def several(value: object, name: str) -> list[Any]:
    """One text, or the members of a list.

    Args:
        value: What was given.
        name: Of the argument.

    Raises:
        InputError: It is neither.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        return list(value)
    raise InputError(f"Option {name}: give a list (given: {quoted(value)}).")
