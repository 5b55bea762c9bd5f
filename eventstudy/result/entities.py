"""What a study is about: an asset, or a group taken as one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """An asset, or a group of several taken as a portfolio."""

    key: str
    name: str
    group: str
    portfolio: bool
    members: tuple[str, ...]
