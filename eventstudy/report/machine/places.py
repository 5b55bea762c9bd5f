"""Where figures stand in results.json, as the code of pages says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventstudy.spec.windows import Window

Step = str | Mapping[str, object]
"""A key, or of a list those objects that have these values."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in results.json with all that is below it, found when the document is there."""

    steps: tuple[Step, ...]

    def below(self, *steps: Step) -> Place:
        """A place below this one."""
        return Place((*self.steps, *steps))

    def each(self, *names: str) -> tuple[Place, ...]:
        """These keys of an object."""
        return tuple(self.below(name) for name in names)

    def over(self, window: Window) -> Place:
        """Of a list of windows the one."""
        return self.below({"start": window.start, "end": window.end})

    def pointers(self, document: Any) -> Iterator[str]:
        """The JSON Pointers that it means in a document; none where the document lacks it."""
        found = [("", document)]
        for step in self.steps:
            found = [each for pointer, value in found for each in _below(pointer, value, step)]
        yield from (pointer for pointer, _ in found)


def at(*steps: Step) -> Place:
    """A place by its keys: `at("assets", {"key": "NVDA"}, "raw_return")`.

    Args:
        steps: Declared from the top down; of a list the values that an object must have.
    """
    return Place(steps)


def evidence_row(part: str, row: Any, *columns: str) -> Place:
    """The row of a part's table in results.json that has the values of a row of that table.

    Args:
        part: The name of the part.
        row: Of its table.
        columns: Those that tell its rows apart.
    """
    return at("evidence", part, {name: row[name] for name in columns})


def _below(pointer: str, value: Any, step: Step) -> Iterator[tuple[str, Any]]:
    if isinstance(step, str):
        if isinstance(value, Mapping) and step in value:
            yield f"{pointer}/{escaped(step)}", value[step]
        return
    for number, row in enumerate(value):
        if all(row.get(name) == wanted for name, wanted in step.items()):
            yield f"{pointer}/{number}", row


def escaped(name: str) -> str:
    """A key as a JSON Pointer writes it."""
    return name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and where results.json has its figures."""

    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of a page's sentences are taken from."""

    places: tuple[Place, ...] = ()
    """Where results.json has those of the finding."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """Those that it has for this page alone: counts, mostly. `page_figures` declares them."""
    said: tuple[Said, ...] = ()
    """The sentences of its text that are keyed too."""
