"""Events by column: each distinct text is checked once, an event made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from eventstudy.events.event import FIELD_CHECKS, Event

_ABSENT: dict[str, Any] = {
    name: field.default for name, field in Event.model_fields.items() if not field.is_required()
}


@dataclass(frozen=True, slots=True, eq=False)
class EventColumns(Sequence[Event]):
    """Checked events, held by column: a million of them take no more than their texts."""

    values: Mapping[str, Sequence[Any]]
    """Each field of an event that is there, one value an event; event_id is."""

    def __len__(self) -> int:
        return len(self.values["event_id"])

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | Sequence[Event]:
        if isinstance(place, slice):
            return EventColumns({name: values[place] for name, values in self.values.items()})
        return _event({name: values[place] for name, values in self.values.items()})

    def __iter__(self) -> Iterator[Event]:
        names = tuple(self.values)
        for row in zip(*self.values.values(), strict=True):
            yield _event(dict(zip(names, row, strict=True)))

    def column(self, name: str) -> Sequence[Any]:
        """The values of a field, one an event.

        Args:
            name: A field of `Event`.
        """
        return self.values[name] if name in self.values else (_ABSENT[name],) * len(self)


def _event(checked: dict[str, Any]) -> Event:
    """An event of values that are checked already."""
    return Event.model_construct(set(checked), **checked)


def check_column(name: str, texts: Sequence[str]) -> tuple[list[Any], list[tuple[int, str]]]:
    """The values of one column, and its wrong cells: their places and what is wrong.

    A text that is there many times is checked once.

    Args:
        name: A field of `Event`.
        texts: Its cells.
    """
    check = FIELD_CHECKS[name]
    known: dict[str, Any] = dict.fromkeys(texts)
    wrong: dict[str, str] = {}
    for text in known:
        try:
            known[text] = check(text)
        except ValueError as error:
            wrong[text] = str(error)
    if not wrong:
        return [known[text] for text in texts], []
    problems = [(place, wrong[text]) for place, text in enumerate(texts) if text in wrong]
    return [known[text] for text in texts], problems
