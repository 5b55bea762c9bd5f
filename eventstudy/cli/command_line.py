"""The command line as a manifest keeps it: what was asked for, without secrets and places."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Iterator

import typer

from eventstudy.prices.sources.sql.url import is_database, public_url

NOT_ASKED = frozenset(
    {"out", "engine", "resume", "json", "quiet", "verbose", "no_progress", "debug"}
)
"""Options that say where and how a run is carried out; they change no figure and no file."""
_URL = re.compile(r"(?P<scheme>\w[\w+.-]*://)(?:[^/@\s]*@)?(?P<place>[^?#\s]*)(?P<rest>[?#]\S*)?")


def command_line(context: typer.Context) -> str:
    """The words of this run as a shell takes them, from "eventstudy" on.

    What `NOT_ASKED` names is left out, so that the same study gives the same manifest in any
    folder. A URL loses user name, password and all that follows a question mark.
    """
    flags: set[str] = set()
    valued: set[str] = set()
    for level in (context.find_root().command, context.command):
        for param in level.params:
            if param.name in NOT_ASKED:
                names = {*param.opts, *param.secondary_opts}
                (flags if getattr(param, "is_flag", False) else valued).update(names)
    words = _asked(sys.argv[1:], flags, valued)
    return shlex.join(["eventstudy", *map(without_secrets, words)])


def _asked(words: Iterable[str], flags: set[str], valued: set[str]) -> Iterator[str]:
    letters = {flag[1] for flag in flags if len(flag) == 2}
    rest = iter(words)
    for word in rest:
        if word in valued:
            next(rest, None)
            continue
        together = word[:1] == "-" and word[:2] != "--" and len(word) > 1
        if word in flags or word.partition("=")[0] in valued:
            continue
        if together and set(word[1:]) <= letters:
            continue
        yield word


def without_secrets(word: str) -> str:
    """A word of the command line in which each URL has its scheme, host and path alone.

    The address of a database also keeps which table or query of it is read.
    """
    option, _, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if is_database(value):
        return f"{option}{'=' if option else ''}{public_url(value)}"
    return _URL.sub(lambda url: f"{url['scheme']}{url['place']}{'?…' if url['rest'] else ''}", word)
