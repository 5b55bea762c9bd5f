"""The sentences of a report, and where in results.json each of their figures stands.

A page names the places that its sentences draw on (`Basis`); here each number of a sentence is
looked up among the figures there, printed as their units are. What is not found is `unkeyed`: a
test fails for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eventstudy.report.machine.keys import COUNT, DATE, NAME, SESSION, TEXT
from eventstudy.report.machine.places import Place, Said, at, escaped
from eventstudy.report.machine.printed import (
    Number,
    dates_of,
    is_figure,
    numbers_in,
    stands_for,
)
from eventstudy.report.machine.schema import results_schema

EVERYWHERE = (
    *(at(name) for name in ("title", "event_id", "day0", "focus", "confidence", "benchmarks")),
    at("lead", "name"),
    at("lead", "date"),
    at("lead", "other_headlines"),
)
"""What any sentence may say: the event, its day, the level, names."""
_NAMED = tuple(at(name) for name in ("title", "event_id", "assets", "groups", "means", "lead"))
"""Where names stand whose digits are no figures, such as that of the S&P 500."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a document with its place and the unit of its key."""

    pointer: str
    value: Any
    unit: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """A sentence with the keys of its figures."""

    text: str
    keys: tuple[str, ...]
    unkeyed: tuple[str, ...]
    """Its numbers that none of the places has."""


class Keyring:
    """The figures of one document, looked up by place."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._by_place: dict[str, list[Leaf]] = {}
        for leaf in leaves(document):
            for place in _places_of(leaf.pointer):
                self._by_place.setdefault(place, []).append(leaf)
        self._names = [
            leaf for leaf in self._below(_NAMED) if leaf.unit == NAME and _has_digit(leaf.value)
        ]

    def keyed(self, said: Said) -> Keyed:
        """A sentence with the keys of its figures, all of which must be at its places.

        Args:
            said: The sentence as it is printed, with its places; what is not there is looked up
                `EVERYWHERE`.
        """
        own, common = (self._below(places) for places in (said.places, EVERYWHERE))
        words = [leaf for leaf in (*own, *common) if leaf.unit in (NAME, TEXT)]
        keys, rest = _without_words(said.text, [*self._names, *words])
        dated, rest = _without_dates(rest, [*own, *common])
        numbers = numbers_in(rest)
        found = [_standing(number, own) or _standing(number, common) for number in numbers]
        for place, number in enumerate(numbers):
            if number.window == 1:
                found[place : place + 2] = _both_ends(*found[place : place + 2])
        unkeyed = [number.text for number, of in zip(numbers, found, strict=True) if not of]
        every = (*keys, *dated, *(leaf.pointer for of in found for leaf in of))
        return Keyed(said.text, tuple(dict.fromkeys(every)), tuple(unkeyed))

    def _below(self, places: Sequence[Place]) -> list[Leaf]:
        """The leaves at or below places."""
        wanted = (pointer for place in places for pointer in place.pointers(self._document))
        found = (leaf for pointer in wanted for leaf in self._by_place.get(pointer, ()))
        return list({leaf.pointer: leaf for leaf in found}.values())


def _standing(number: Number, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The figures that a number stands for; of a single session one is enough, a count precedes."""
    found = [
        leaf
        for leaf in leaves
        if is_figure(leaf.value) and stands_for(number, leaf.value, leaf.unit)
    ]
    counts = [leaf for leaf in found if leaf.unit != SESSION]
    return found if number.window else counts or found[:1]


def _both_ends(starts: Sequence[Leaf], ends: Sequence[Leaf]) -> tuple[list[Leaf], list[Leaf]]:
    """Of the first and the last sessions those of windows that have both."""
    first, last = ({_above(leaf) for leaf in leaves} for leaves in (starts, ends))
    both = first & last
    return [s for s in starts if _above(s) in both], [e for e in ends if _above(e) in both]


def _above(leaf: Leaf) -> str:
    return leaf.pointer.rpartition("/")[0]


def _without_words(text: str, words: Sequence[Leaf]) -> tuple[list[str], str]:
    """The keys of names and reasons with digits in a text, and the text without them."""
    keys = []
    quoted = [leaf for leaf in words if _has_digit(leaf.value)]
    for leaf in sorted(quoted, key=lambda leaf: -len(leaf.value)):
        name = leaf.value.rstrip(".")
        if name in text:
            text = text.replace(name, " ")
            keys.append(leaf.pointer)
    return keys, text


def _without_dates(text: str, candidates: Sequence[Leaf]) -> tuple[list[str], str]:
    """The keys of the dates in a text, and the text without them."""
    keys = []
    printed = [
        (words, leaf.pointer)
        for leaf in candidates
        if leaf.unit == DATE and isinstance(leaf.value, str)
        for words in dates_of(leaf.value)
    ]
    for words, pointer in sorted(printed, key=lambda pair: -len(pair[0])):
        # A month by itself is none behind a day: "28 January 2025" is not "January 2025".
        without = re.sub(rf"(?<!\d )(?<!\d){re.escape(words)}", " ", text)
        keys += [pointer] if without != text else []
        text = without
    return keys, text


def _has_digit(value: Any) -> bool:
    return isinstance(value, str) and any(letter.isdigit() for letter in value)


def _places_of(pointer: str) -> Iterator[str]:
    """The pointer and all that are above it but the document itself."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def leaves(document: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every value of a results.json with its place and unit, as the schema has them.

    Args:
        document: As it is written.
    """
    name = "PooledReport" if document["kind"] == "pooled" else "EventReport"
    yield from _leaves("", document, {"$ref": f"#/$defs/{name}"}, COUNT)


def _leaves(pointer: str, value: Any, schema: Mapping[str, Any], unit: str) -> Iterator[Leaf]:
    unit = schema.get("unit", unit)
    known = _resolved(schema)
    if isinstance(value, Mapping):
        properties = known.get("properties", {})
        for name, inner in value.items():
            yield from _leaves(f"{pointer}/{escaped(name)}", inner, properties.get(name, {}), unit)
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _leaves(f"{pointer}/{number}", inner, known.get("items", {}), unit)
    else:
        yield Leaf(pointer, value, unit)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema behind its reference, or that of its values which are not null."""
    if "$ref" in schema:
        return _definition(schema["$ref"].rpartition("/")[2])
    for each in schema.get("anyOf", ()):
        if each.get("type") != "null":
            return _resolved(each)
    return schema


@cache
def _definition(name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = results_schema()["$defs"][name]
    return schema
