"""Everything that can go wrong, as one tree.

Each error is a sentence that names the file, row, column, ticker or option and
says what to do. `exit_code` is what the command line answers with.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

LONGEST_QUOTE = 100
"""Characters of a cell that a sentence repeats: enough to find it, and no sentence is a page."""

MOST_KNOWN = 5
"""Known names that a sentence lists of a longer list, the nearest first."""

ALL_KNOWN = 12
"""Known names that a sentence lists in full, where there are no more."""

_LEAST_PART = 3
"""Letters of a name that is looked for inside the known ones."""

_COMPARED = 500
"""Names that are compared letter by letter; of a longer list those alike at their ends."""


class EventStudyError(Exception):
    """Root of all errors raised on purpose by this package (exit code 1)."""

    exit_code = 1


class InputError(EventStudyError, ValueError):
    """Invalid input or usage: a file, a row, a column, an option (exit code 2).

    Several problems of one input are reported together, one line each, in `problems`; `commands`
    are lines to type instead, which the command line shows.
    """

    exit_code = 2

    def __init__(self, problems: str | Sequence[str], commands: Sequence[str] = ()) -> None:
        self.commands = tuple(commands)
        self.problems: tuple[str, ...] = (
            (problems,) if isinstance(problems, str) else tuple(problems)
        )
        super().__init__("\n".join(self.problems))


class DataMissingError(EventStudyError, LookupError):
    """What was asked for is not in the data: a ticker, a date, a column (exit code 3)."""

    exit_code = 3

    def __str__(self) -> str:  # LookupError would print the repr
        return str(self.args[0]) if self.args else ""


class NetworkError(EventStudyError, ConnectionError):
    """The network or a remote source refused: no connection, rate limit (exit code 4)."""

    exit_code = 4


LIMITS = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EMFILE", "ENFILE", "EROFS", "EIO", "ENOMEM")
    if hasattr(errno, name)
)
"""Refusals of the system that a library may follow up with an error of its own."""


def os_reason(error: BaseException) -> str:
    """Why the system refused, as the middle of a sentence."""
    code = error.errno if isinstance(error, OSError) else None
    if code is not None and code in LIMITS:
        return os.strerror(code).lower()  # libraries put words and paths of their own there
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def refusal_behind(error: BaseException) -> OSError | None:
    """The system's refusal that an error is, or that a library stumbled over after it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and (seen is error or seen.errno in LIMITS):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def needs_extra(what: str, extra: str) -> Iterator[None]:
    """Name the extra where what is imported inside is not installed.

    A library that is there and does not load, as where memory is full, is another matter.

    Args:
        what: The subject of the sentence, such as "The model peers".
        extra: The extra of this package that brings it.

    Raises:
        InputError: There is no such library.
    """
    try:
        yield
    except ModuleNotFoundError:
        command = f"pip install 'eventstudy-kit[{extra}]'"
        raise InputError(f"{what} needs the extra: {command}.") from None


@contextmanager
def needs_package(what: str, package: str) -> Iterator[None]:
    """Name the package that what is imported inside belongs to, where it cannot be loaded.

    For packages that are installed with this one, but not on every platform.

    Args:
        what: The subject of the sentence, such as "The model garch".
        package: Its name on PyPI.

    Raises:
        InputError: It cannot be loaded.
    """
    try:
        yield
    except ImportError:
        raise InputError(
            f"{what} needs the package {package}, which cannot be had in a browser; elsewhere: "
            f"pip install {package}."
        ) from None


_WANTED = {
    "a valid integer": "give a whole number",
    "a valid number": "give a number",
    "a finite number": "give a finite number",
    "a valid boolean": "give true or false",
    "a valid string": "give text",
    "greater than or equal to ": "give at least ",
    "greater than ": "give more than ",
    "less than or equal to ": "give at most ",
    "less than ": "give less than ",
}
"""How pydantic describes the input that it wants, and what to do."""


def plainly(message: str) -> str:
    """What pydantic or click found wrong with a value, as what to give instead.

    Args:
        message: As pydantic writes it.
    """
    said = message.partition(", unable to")[0]
    head, should, wanted = said.partition("Input should be ")
    if not should:
        return message
    meant = next((words for words in _WANTED if wanted.startswith(words)), None)
    if meant is None:
        return f"{head}give {wanted}"
    return f"{head}{_WANTED[meant]}{wanted.removeprefix(meant)}"


def unknown_name(kind: str, name: str, known: Sequence[str]) -> InputError:
    """The error for a name that is not registered: it lists known ones and suggests a close one.

    Args:
        kind: What it should be a name of, such as "event".
        name: The unknown one.
        known: The names that there are; of many only the nearest are listed.
    """
    name = name if isinstance(name, str) else repr(name)
    listed = (
        some_names(sorted(known), ALL_KNOWN)
        if len(known) <= ALL_KNOWN
        else some_nearest(name, known)
    )
    holding = _holding(name, known)
    close = [] if holding else nearest(name, known, most=1, cutoff=0.6)
    *others, last = map(repr, holding or close or [""])
    meant = f"{', '.join(others)} or {last}" if others else last
    hint = f" Did you mean {meant}?" if holding or close else ""
    return InputError(f"There is no {kind} {quoted(name)}.{hint} Known: {listed}.")


def _holding(name: str, known: Sequence[str]) -> list[str]:
    """The known names of which another is a part, where these are few: "deepseek" is of two."""
    if len(name) < _LEAST_PART:
        return []
    sought = name.casefold()
    found = [other for other in known if sought in other.casefold()]
    return found if len(found) <= MOST_KNOWN else []


def some_nearest(name: str, known: Sequence[str], most: int = MOST_KNOWN) -> str:
    """The known names nearest to another with commas, and how many more there are.

    Args:
        name: What they are compared with.
        known: The names that there are.
        most: How many are listed.
    """
    first = nearest(name, known, most)
    more = f" and {len(known) - len(first):,} more" if len(known) > len(first) else ""
    return ", ".join(first) + more


def nearest(
    name: str, known: Sequence[str], most: int = MOST_KNOWN, cutoff: float = 0
) -> list[str]:
    """The known names most like another, the nearest first; case matters between equals.

    Args:
        name: What they are compared with.
        known: The names that there are, a million if need be.
        most: How many are wanted.
        cutoff: How alike they are at least, from 0 to 1 (difflib's ratio).
    """
    import difflib
    from heapq import nlargest
    from operator import eq

    if len(name) > LONGEST_QUOTE:
        return [] if cutoff else list(known[:most])
    sought = name.casefold()
    backwards = sought[::-1]

    def alike_at_ends(other: str) -> int:
        folded = other[:LONGEST_QUOTE].casefold()
        pairs = (*map(eq, sought, folded), *map(eq, backwards, folded[::-1]))
        return sum(map(bool, pairs))

    few = known if len(known) <= _COMPARED else nlargest(_COMPARED, known, alike_at_ends)
    folded, written = (difflib.SequenceMatcher(b=each) for each in (sought, name))

    def ratios(other: str) -> tuple[float, float]:
        folded.set_seq1(other[:LONGEST_QUOTE].casefold())
        written.set_seq1(other[:LONGEST_QUOTE])
        return folded.ratio(), written.ratio()

    scored = [(ratios(other), other) for other in few]
    best = nlargest(most, scored, key=lambda pair: pair[0])
    return [other for (score, _), other in best if score >= cutoff]


def say_some(items: Sequence[str], limit: int = 10, total: int | None = None) -> tuple[str, ...]:
    """The first `limit` sentences and, if there are more (`total`), one that counts the rest."""
    more = (len(items) if total is None else total) - limit
    return (*items[:limit], f"and {more} more.") if more > 0 else tuple(items)


def some_names(names: Sequence[str], limit: int = 8) -> str:
    """The first `limit` names with commas, and how many more there are."""
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def quoted(value: object, most: int = LONGEST_QUOTE) -> str:
    """How a sentence repeats what it was given: its repr, cut where it is long.

    Args:
        value: What was given.
        most: Characters of a text that are repeated.
    """
    if isinstance(value, (str, bytes)):
        if len(value) <= most:
            return repr(value)
        return f"{value[:most]!r} … ({len(value):,} characters)"
    text = repr(value)
    return text if len(text) <= 2 * most else f"{text[: 2 * most]} …"
