"""Names of folders that come from event ids: the same folder on every system, and never another.

Bundles are handed on, so that the rules of Windows hold on Linux too.
"""

from __future__ import annotations

import re
import unicodedata

from eventstudy.errors import InputError, quoted

LONGEST = 80
"""Characters; folders at work add a prefix, and file systems end at 255 bytes."""
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST - 1}}}")
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows takes for a device, whatever ending they have."""
_RULE = (
    "use letters, digits, '.', '_' and '-', starting with a letter or digit, "
    f"at most {LONGEST} characters."
)


def name_problem(name: object) -> str | None:
    """Why `name` cannot name a folder, as the end of a sentence; None where it can."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        strange = next((char for char in str(name) if not char.isascii()), None)
        if strange is None:
            return f"{quoted(name)} is not a valid id; {_RULE}"
        called = unicodedata.name(strange, f"U+{ord(strange):04X}")
        return f"{quoted(name)} is not a valid id: it has the character {called}; {_RULE}"
    if name.endswith("."):
        return f"{quoted(name)} is not a valid id: Windows drops a final dot; remove it."
    if device := DEVICE.fullmatch(name):
        return (
            f"{quoted(name)} is not a valid id: {device[1].upper()} is a device on Windows and "
            "cannot name a folder; add a word."
        )
    return None


def folder_name(event_id: str) -> str:
    """The event id as the name of a folder; InputError where it cannot be one."""
    if problem := name_problem(event_id):
        raise InputError(f"The event_id {problem}")
    return event_id
