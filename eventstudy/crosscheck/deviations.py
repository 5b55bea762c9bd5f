"""The catalogue of what other packages compute differently, read from deviations.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One thing that another package does differently; the fields are described in the file."""

    id: str
    rival: str
    what: str
    seen: str = ""
    size: str = ""
    held_off_by: tuple[str, ...] = ()
    program: str = ""
    quantities: tuple[str, ...] = ()
    predicts: str = ""
    reason: str = ""
    source: str = ""


_LISTS = ("held_off_by", "quantities")


@cache
def deviations() -> tuple[Deviation, ...]:
    """All of them, in the order of the file."""
    text = Path(__file__).with_suffix(".toml").read_text("utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["deviation"]
    return tuple(_deviation(entry) for entry in entries)


def _deviation(entry: dict[str, Any]) -> Deviation:
    lists: dict[str, Any] = {name: tuple(entry.get(name, ())) for name in _LISTS}
    return Deviation(**{**entry, **lists})


def deviations_of(program: str, quantity: str) -> tuple[Deviation, ...]:
    """Those that could explain a difference.

    Args:
        program: The rival as a cross-check calls it.
        quantity: The figure that differs.
    """
    return tuple(
        each for each in deviations() if each.program == program and quantity in each.quantities
    )
