"""The claims register: what was said about an event, and by which measure it stands or falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from eventstudy.errors import LONGEST_QUOTE, InputError, quoted
from eventstudy.files.formats import read_toml
from eventstudy.files.reading import control_in
from eventstudy.spec.windows import Window, as_window
from eventstudy.text.lines import one_line
from eventstudy.text.numbers import counted

FACTS = ("raw_return", "index_points")
"""Measures that are read off the prices and have no standard error."""


def _checked(names: tuple[str, ...]) -> tuple[str, ...]:
    if any(not name.strip() for name in names):
        raise ValueError("a name is empty")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} appears more than once; keep one")
    return names


Names = Annotated[tuple[str, ...], AfterValidator(_checked)]


def _plain(text: str) -> str:
    if control := control_in(text):
        raise ValueError(f"it has the control character {control}; take it out")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_plain)
]
Figure = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ClaimPart(BaseModel):
    """One measurable statement of a claim.

    `measure`: "raw_return" and "index_points" over `window` are facts; "car" is the cumulative
    abnormal return of `of` (an equal-weighted portfolio where these are several), less that of
    `minus` where it is given; "share_back" is the share of day 0's abnormal return that was undone
    by the last day of `window`. The statement is that the figure lies "above" or "below"
    `threshold`, or "about" there: at most `within` away. A CAR is compared with zero alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Literal["raw_return", "index_points", "car", "share_back"]
    of: Names
    minus: Names = ()
    window: Annotated[Window, BeforeValidator(as_window)] = Window(0, 0)
    direction: Literal["above", "below", "about"]
    threshold: Figure = 0.0
    within: Annotated[Figure, Field(ge=0)] = 0.0
    event: Text | None = None
    """Another registered event than the claim's own."""

    @model_validator(mode="after")
    def _measurable(self) -> ClaimPart:
        if not self.of:
            raise ValueError("of names nothing; give tickers or groups")
        if self.within and self.direction != "about":
            raise ValueError("within is for the direction 'about'")
        if self.measure == "raw_return" and abs(self.threshold) > 1:
            raise ValueError("a return is a fraction: write -0.17 for −17%")
        if self.measure == "index_points" and not self.of[0].startswith("^"):
            raise ValueError("index_points is of an index such as ^IXIC")
        if self.direction == "about" and not (self.measure in FACTS and self.within > 0):
            raise ValueError("'about' is for raw_return and index_points and needs within above 0")
        if self.measure == "car" and self.threshold:
            raise ValueError("a CAR is compared with zero; leave threshold out")
        if self.minus and self.measure != "car":
            raise ValueError("minus is for the measure car")
        if self.measure in (*FACTS, "share_back") and len(self.of) > 1:
            raise ValueError(f"{self.measure} is of one name in `of`; split the part")
        if self.measure == "share_back" and self.window.start != 1:
            raise ValueError("share_back is over a window that starts at 1, such as [1, 60]")
        return self


class Claim(BaseModel):
    """What somebody said about an event, in a short paraphrase, and its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")
    says: Text
    source: Text
    event: Text
    part: tuple[ClaimPart, ...] = ()

    def __repr__(self) -> str:
        return one_line(f"Claim({self.id!r}, {counted(len(self.part), 'part')}, {self.says!r})")

    __str__ = __repr__

    @model_validator(mode="after")
    def _has_parts(self) -> Claim:
        if not self.part:
            raise ValueError("it has no [[claim.part]]; add one")
        return self


def claimed_events(
    claims: Sequence[Claim], registered: Sequence[str], asked: Sequence[str] | None
) -> list[str]:
    """The events of a registry that claims are about; of those asked for.

    Args:
        claims: the register of claims.
        registered: the registry's event ids.
        asked: event ids that were named; all if None or empty.

    Raises:
        InputError: an event that was named has no claim, or none of all has one.
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
    claimed = [event_id for event_id in registered if event_id in about]
    if not claimed:
        raise InputError(
            f"No claim is about an event of this events file; they are about "
            f"{', '.join(sorted(about))}. Name a claims file with --claims."
        )
    return claimed


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: tuple[Claim, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> _File:
        if not self.claim:
            raise ValueError("it has no [[claim]]; add one")
        ids = [claim.id for claim in self.claim]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the id {', '.join(twice)} appears more than once")
        return self


@dataclass(frozen=True, slots=True)
class Needs:
    """What a register needs of a price source."""

    tickers: tuple[str, ...]
    events: tuple[str, ...]
    last: int
    """The last session after day 0."""


def needs_of(claims: Sequence[Claim], event_ids: Sequence[str]) -> Needs:
    """The names, events and days that the claims about these events measure."""
    parts = [part for claim in claims if claim.event in event_ids for part in claim.part]
    return Needs(
        tuple(dict.fromkeys(name for part in parts for name in (*part.of, *part.minus))),
        tuple(dict.fromkeys(part.event for part in parts if part.event)),
        max((part.window.end for part in parts), default=0),
    )


def read_claims(path: str | Path | None = None) -> tuple[Claim, ...]:
    """Read a claims register (TOML), by default the one that comes with the package.

    Tables `[[claim]]` with id, says, source, event and tables `[[claim.part]]`; see `Claim` and
    `ClaimPart`.

    Args:
        path: the file; the packaged register if None.

    Raises:
        InputError: the file cannot be read or is no register; a sentence for every problem.
    """
    name = "claims.toml" if path is None else str(path)
    content = read_toml(path, "claims.toml", "claims file")
    try:
        return _File.model_validate(content).claim
    except ValidationError as error:
        raise InputError(list(_sentences(name, content, error))) from None


_WORDS = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known; see docs/evidence.md for the fields",
    "tuple_type": "should be a list in brackets",
    "model_type": "should be a table",
    "model_attributes_type": "should be a table",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "has 2 to 61 small letters, digits and dashes",
}


def _sentences(name: str, content: object, error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        where, field = _place(content, item["loc"])
        message = item["msg"].removeprefix("Value error, ").removesuffix(".")
        own = message if item["type"] == "value_error" else f"{message[0].lower()}{message[1:]}"
        problem = _WORDS.get(item["type"], own)
        bare = item["type"] in ("missing", "value_error", "extra_forbidden", "string_too_short")
        given = "" if bare else f" (given: {quoted(item['input'])})"
        colon = " " if field and item["type"] in _WORDS else ": "
        yield f"{name}{where}{f', {field}' if field else ''}{colon}{problem}{given}."


def _place(content: object, loc: tuple[int | str, ...]) -> tuple[str, str]:
    """Which claim and part, and which field of it."""
    where, inside, depth = "", content, 0
    for step in loc:
        if isinstance(step, str):
            inside = inside.get(step) if isinstance(inside, dict) else None
            continue
        inside = inside[step] if isinstance(inside, (list, tuple)) else None
        own = inside.get("id") if isinstance(inside, dict) else None
        if depth < len(_LEVELS):  # deeper are the entries of a field
            where += f", {_LEVELS[depth]} {str(own or step + 1)[:LONGEST_QUOTE]}"
        depth += 1
    named = [str(step) for step in loc if isinstance(step, str) and step not in _LEVELS]
    return where, ".".join(named)


_LEVELS = ("claim", "part")
