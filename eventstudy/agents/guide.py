"""The guide for agents and scripts, which the package brings along."""

from __future__ import annotations

import re
from importlib.resources import files

from eventstudy.errors import unknown_name

GUIDE = "guide.md"
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def guide_text(section: str = "") -> str:
    """The guide in Markdown of at most 80 columns, or one of its sections.

    Args:
        section: A word of its heading, such as "units"; all if empty.

    Raises:
        InputError: There is no such section.
    """
    text = files("eventstudy").joinpath("data", GUIDE).read_text(encoding="utf-8")
    if not section:
        return text
    _, *parts = _SECTION.split(text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    sought = section.casefold()
    found = next((head for head in sections if sought in head.casefold()), None)
    if found is None:
        raise unknown_name("section of the guide", section, list(sections))
    return f"## {found}{sections[found].rstrip()}\n"
