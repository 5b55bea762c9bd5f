"""Who asks EDGAR: a name and an e-mail address, asked for once and kept in the configuration."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from eventstudy.cli.config import FILE, Settings
from eventstudy.cli.console import say
from eventstudy.errors import InputError, quoted

VARIABLE = "EDGAR_IDENTITY"
"""Variable of the environment that other programs for EDGAR read as well."""
_EXAMPLE = "Jane Doe jane.doe@example.org"
_TABLE = ("events", "from-edgar")
_LONGEST = 200
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def edgar_identity(given: str, settings: Settings) -> str:
    """The identity of the command line, configuration or environment; else it is asked for.

    An answer is kept in the configuration file, in the table [events.from-edgar].

    Args:
        given: What the option says, from wherever; empty if nothing.
        settings: The configuration file in use.

    Raises:
        InputError: There is none and nobody to ask, or it is not a name with an address.
    """
    known = given or os.environ.get(VARIABLE, "")
    if known:
        return checked_identity(known)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(
            "The SEC asks programs that read EDGAR to identify their user: give a name and an "
            f'e-mail address once as --identity "{_EXAMPLE}", as {VARIABLE} in the environment, or '
            f"as identity under [{'.'.join(_TABLE)}] in {FILE}."
        )
    import typer

    say(
        "The SEC asks programs that read EDGAR to identify their user. Your answer goes to sec.gov "
        "only."
    )
    identity = checked_identity(typer.prompt(f"Name and e-mail address, as {_EXAMPLE}", err=True))
    place = settings.path or Path(FILE)
    keep_identity(identity, place)
    say(f"Kept in {place} as identity under [{'.'.join(_TABLE)}].")
    return identity


def checked_identity(text: str) -> str:
    """A name with an e-mail address, on one line.

    Args:
        text: As typed.

    Raises:
        InputError: It has no address, no name, or characters that a header cannot hold.
    """
    plain = " ".join(text.split())
    address = _ADDRESS.search(plain)
    name = plain.replace(address[0], "").strip("<> ,;") if address else ""
    if not name or not plain.isascii() or not plain.isprintable() or len(plain) > _LONGEST:
        raise InputError(
            f"Option identity: {quoted(text)} is not a name with an e-mail address in plain "
            f"letters; write it as {_EXAMPLE}."
        )
    return plain


def keep_identity(identity: str, place: Path) -> None:
    """Write the identity to a configuration file; all else in it stays.

    Args:
        identity: Name and address.
        place: The file; it is made where there is none.

    Raises:
        EventStudyError: It cannot be written.
    """
    import tomlkit

    from eventstudy.files.atomic import replace_file, writing
    from eventstudy.files.reading import decoded, read_file

    text = decoded(read_file(place, "configuration file"), str(place)) if place.exists() else ""
    document = tomlkit.parse(text)
    table = document
    for name in _TABLE:
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name != _TABLE[-1])
        table = table[name]
    table["identity"] = identity
    with writing(place), replace_file(place.resolve()) as stream:
        stream.write(tomlkit.dumps(document).lstrip("\n").encode())
