"""Figures that several tests ask for, computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar, cast

Figure = TypeVar("Figure")


class ComputesOnce:
    """An owner that remembers what was computed from it; for frozen dataclasses."""

    @cached_property
    def _computed(self) -> dict[tuple[Hashable, ...], Any]:
        return {}

    def once(self, compute: Callable[..., Figure], *values: Hashable) -> Figure:
        """What `compute(self, *values)` gives, computed once however many ask for it.

        Args:
            compute: A module's function of this object, so that it serves as a key.
            values: Its other arguments.
        """
        key = (compute, *values)
        if key not in self._computed:
            self._computed[key] = compute(self, *values)
        return cast("Figure", self._computed[key])

    def latest(self, compute: Callable[..., Figure], *values: Hashable) -> Figure:
        """The same, keeping only the latest result: for large ones.

        Args:
            compute: A module's function of this object, so that it serves as a key.
            values: Its other arguments.
        """
        found = self._computed.get((compute,))
        if found is None or found[0] != values:
            self._computed.pop((compute,), None)  # freed before the next is computed
            found = self._computed[(compute,)] = (values, compute(self, *values))
        return cast("Figure", found[1])
