"""The claims register: what was said about an event, and by which measure it stands or falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from eventstudy.errors import InputError
from eventstudy.files import read_toml
from eventstudy.spec import Window, as_window

FACTS = ("raw_return", "index_points")
"""Measures that are read off the prices and have no standard error."""

Names = Annotated[tuple[str, ...], Field(min_length=1)]


class Part(BaseModel):
    """One measurable statement of a claim.

    `measure`: "raw_return" and "index_points" over `window` are facts; "car" is the cumulative
    abnormal return of `of` (an equal-weighted portfolio where these are several), less that of
    `minus` where it is given; "share_back" is the share of day 0's abnormal return that was undone
    by the last day of `window`. The statement is that the figure lies "above" or "below"
    `threshold`, or "about" there: at most `within` away. A CAR is held against zero alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Literal["raw_return", "index_points", "car", "share_back"]
    of: Names
    minus: tuple[str, ...] = ()
    window: Annotated[Window, BeforeValidator(as_window)] = Window(0, 0)
    direction: Literal["above", "below", "about"]
    threshold: float = 0.0
    within: float = Field(default=0.0, ge=0)
    event: str | None = None
    """Another registered event than the claim's own."""

    @model_validator(mode="after")
    def _measurable(self) -> Part:
        if self.direction == "about" and not (self.measure in FACTS and self.within > 0):
            raise ValueError("'about' is for raw_return and index_points and needs within above 0")
        if self.measure == "car" and self.threshold:
            raise ValueError("a CAR is held against zero; leave threshold out")
        if self.minus and self.measure != "car":
            raise ValueError("minus is for the measure car")
        if self.measure in (*FACTS, "share_back") and len(self.of) > 1:
            raise ValueError(f"{self.measure} is of one asset or group; split the part")
        if self.measure == "share_back" and self.window.start != 1:
            raise ValueError("share_back is over a window that starts at 1, such as [1, 60]")
        return self


class Claim(BaseModel):
    """What somebody said about an event, in a short paraphrase, and its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")
    says: str = Field(min_length=3)
    source: str = Field(min_length=1)
    event: str
    part: tuple[Part, ...] = Field(min_length=1)


def claimed_events(
    claims: Sequence[Claim], registered: Sequence[str], asked: Sequence[str] | None
) -> list[str]:
    """The events of a registry that claims are about; of those asked for.

    Raises InputError with a sentence where an event has no claim, or none of all has one.
    """
    about = {claim.event for claim in claims}
    if asked:
        without = [
            event_id for event_id in asked if event_id in registered and event_id not in about
        ]
        if without:
            raise InputError(
                f"No claim is about {', '.join(without)}; claims are about "
                f"{', '.join(sorted(about))}."
            )
        return list(asked)
    found = [event_id for event_id in registered if event_id in about]
    if not found:
        raise InputError(
            f"No claim is about an event of this events file; they are about "
            f"{', '.join(sorted(about))}. Name a claims file with --claims."
        )
    return found


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: tuple[Claim, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> _File:
        ids = [claim.id for claim in self.claim]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the id {', '.join(twice)} is there more than once")
        return self


def read_claims(path: str | Path | None = None) -> tuple[Claim, ...]:
    """Read a claims register (TOML), by default the one that comes with the package.

    Tables `[[claim]]` with id, says, source, event and tables `[[claim.part]]`; see `Claim` and
    `Part`. Raises InputError with a sentence for every problem at once.
    """
    name = "claims.toml" if path is None else str(path)
    content = read_toml(path, "claims.toml", "claims file")
    try:
        return _File.model_validate(content).claim
    except ValidationError as error:
        raise InputError(list(_sentences(name, content, error))) from None


def _sentences(name: str, content: object, error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        message = item["msg"].removeprefix("Value error, ")
        message = f"{message[0].lower()}{message[1:]}"
        where, field = _place(content, item["loc"])
        given = "" if item["type"] in ("missing", "value_error") else f" (given: {item['input']!r})"
        yield f"{name}{where}{f', {field}' if field else ''}: {message}{given}."


def _place(content: object, loc: tuple[int | str, ...]) -> tuple[str, str]:
    """Which claim and part, and which field of it."""
    where, found = "", content
    for step in loc:
        if isinstance(step, int):
            found = found[step] if isinstance(found, (list, tuple)) else None
            own = found.get("id") if isinstance(found, dict) else None
            where += f", claim {own}" if own else f", {'part' if where else 'claim'} {step + 1}"
        elif isinstance(found, dict):
            found = found.get(step)
    named = [str(step) for step in loc if isinstance(step, str) and step not in ("claim", "part")]
    return where, ".".join(named)
