"""llms.txt of the documentation site: its pages by section, with a line on each.

As https://llmstxt.org describes it: a title, a summary, and lists of links; what may be skipped
stands in the section Optional.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
START, OPTIONAL = "Start", "Optional"
SKIPPED = ("About",)
"""Sections of the navigation that may be skipped."""
LONGEST = 160
"""Characters of a line on a page."""
NOT_PROSE = re.compile(r"^(#|!\[|<|>|[-*] |\d+\. )")
TABLE = re.compile(r"^\|", re.MULTILINE)
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
EMPHASIS = re.compile(r"\*\*|(?<!\w)\*|\*(?!\w)")
SENTENCE = re.compile(r".+?[.?!](?=\s|$)")
FENCED = re.compile(r"^(`{3,}).*?^\1[ ]*$", re.DOTALL | re.MULTILINE)


class Entry(NamedTuple):
    """A page of the navigation."""

    section: str
    title: str
    uri: str
    """From docs/."""


def llms_text(name: str, summary: str, nav: Any, text_of: Callable[[str], str]) -> str:
    """The content of llms.txt.

    Args:
        name: Of the site.
        summary: What it is about.
        nav: The navigation of mkdocs.yml, with every page named.
        text_of: The Markdown of a page.
    """
    sections: dict[str, list[str]] = {}
    for entry in entries_of(nav):
        section = OPTIONAL if entry.section in SKIPPED else entry.section
        sections.setdefault(section, []).append(line_on(entry, text_of(entry.uri)))
    last = sections.pop(OPTIONAL, [])
    parts = [*sections.items(), *([(OPTIONAL, last)] if last else [])]
    body = "\n\n".join(f"## {title}\n\n" + "\n".join(lines) for title, lines in parts)
    return f"# {name}\n\n> {summary}\n\n{body}\n"


def entries_of(nav: Any, section: str = "") -> Iterator[Entry]:
    """The pages of a navigation in its order; those above all sections are of the first.

    Args:
        nav: A list of pages and sections.
        section: The one that they belong to.
    """
    for each in nav:
        for title, content in [("", each)] if isinstance(each, str) else each.items():
            if isinstance(content, str):
                yield Entry(section or START, title, content)
            else:
                yield from entries_of(content, section or title)


def line_on(entry: Entry, text: str) -> str:
    """A page as an entry of a list: its link and its first sentence.

    Args:
        entry: The page.
        text: Its Markdown.
    """
    heading = HEADING.search(text)
    title = entry.title or (heading[1] if heading else entry.uri)
    about = first_sentence(text)
    return f"- [{title}]({address(entry.uri)}){f': {about}' if about else ''}"


def first_sentence(text: str) -> str:
    """The first sentence of the prose that a page begins with, without links; empty for none.

    Args:
        text: Markdown.
    """
    before_tables = TABLE.split(FENCED.sub("", text), maxsplit=1)[0]
    blocks = re.split(r"\n\s*\n", before_tables)
    prose = (block.strip() for block in blocks if not NOT_PROSE.match(block.strip()))
    found = next(filter(None, prose), "")
    plain = " ".join(EMPHASIS.sub("", LINKED.sub(r"\1", found)).split())
    sentence = SENTENCE.match(plain)
    said = (sentence[0] if sentence else plain).rstrip(":")
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(' ', 1)[0]} …"


def address(uri: str) -> str:
    """Where a page stands on the site.

    Args:
        uri: From docs/.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base: str = project["urls"]["Documentation"]
    path = PurePosixPath(uri).with_suffix("")
    place = path.parent if path.name == "index" else path
    return base if str(place) == "." else f"{base}{place}/"
