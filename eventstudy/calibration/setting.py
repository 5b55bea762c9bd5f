"""What a calibration varies: one frozen setting a cell, and what is common to all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import product
from math import inf, isinf
from typing import Literal

from eventstudy.errors import InputError

Values = float | str | Sequence[float]
"""A number, several, or text such as "0,0.02,0.1"."""
Untraded = Literal["missing", "zero"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One state of the world in which the tests are tried."""

    rho: float = 0.0
    """Correlation of any two residuals on a day."""
    variance: float = 1.0
    """Residual variance on the event days over the ordinary one."""
    tails: float = inf
    """Degrees of freedom of the residuals' Student t, scaled to unit variance; inf is normal."""
    thin: float = 0.0
    """Share of the days without a trade."""
    ar: float = 0.0
    """Abnormal return planted on day 0, in decimals."""

    @property
    def is_null(self) -> bool:
        """Whether there is nothing to find, so that the rejection share is the size."""
        return self.ar == 0

    def label(self, names: Sequence[str]) -> str:
        """Such as "ρ 0.1, variance ×2" for the named fields."""
        return ", ".join(_WORDS[name].format(_figure(name, getattr(self, name))) for name in names)

    def short(self, names: Sequence[str]) -> str:
        """Such as "ρ 0.1 ×2", for the head of a column."""
        words = (_figure(name, getattr(self, name)) for name in names)
        return " ".join(_SHORT[name].format(w) for name, w in zip(names, words, strict=True))


SETTING_COLUMNS = tuple(field.name for field in fields(Setting))

_WORDS = {
    "rho": "ρ {}",
    "variance": "variance ×{}",
    "tails": "tails {}",
    "thin": "thin {}",
    "ar": "AR {}",
}

_SHORT = {"rho": "ρ{}", "variance": "×{}", "tails": "{}", "thin": "thin {}", "ar": "AR{}"}


def _figure(name: str, value: float) -> str:
    if name in ("ar", "thin"):
        return f"{100 * value:g}%"
    if name == "tails":
        return "normal" if isinf(value) else f"t({value:g})"
    return f"{value:g}"


def varied(settings: Sequence[Setting]) -> tuple[str, ...]:
    """The fields in which the settings differ, in their order."""
    return tuple(name for name in SETTING_COLUMNS if len({getattr(s, name) for s in settings}) > 1)


_ALLOWED: dict[str, tuple[Callable[[float], bool], str]] = {
    "rho": (lambda value: 0 <= value < 1, "a correlation from 0 to below 1"),
    "variance": (lambda value: 0 < value < inf, "a positive factor"),
    "tails": (lambda value: value > 2, "degrees of freedom above 2, inf for the normal"),
    "thin": (lambda value: 0 <= value < 1, "a share from 0 to below 1"),
    "ar": (lambda value: -1 < value < 10, "a return in decimals above −1, such as 0.01"),
}
"""What a value of each field may be, and how that is said; missing ones are none."""


def make_settings(
    rho: Values, variance: Values, tails: Values | None, thin: Values, ar: Values
) -> tuple[Setting, ...]:
    """All combinations of the values, each a number, a list or text such as "0,0.02".

    Args:
        rho: correlation of the residuals of a day.
        variance: residual variance on the event days over the ordinary one.
        tails: degrees of freedom of Student's t; None is normal.
        thin: share of days without a trade.
        ar: abnormal return on day 0, in decimals.

    Raises:
        InputError: invalid values, each field named.
    """
    given = {
        "variance": variance,
        "tails": inf if tails is None else tails,
        "thin": thin,
        "ar": ar,
        "rho": rho,
    }
    lists: dict[str, list[float]] = {}
    problems: list[str] = []
    for name, value in given.items():
        try:
            lists[name] = _list(value)
        except (TypeError, ValueError):
            problems.append(f"Option {name}: {value!r} is neither a number nor a list of numbers.")
            continue
        admits, words = _ALLOWED[name]
        wrong = [v for v in lists[name] if not admits(v)]
        if wrong or not lists[name]:
            bad = f"{wrong[0]:g}" if wrong else "nothing"
            problems.append(f"Option {name}: give {words} (given: {bad}).")
    if problems:
        raise InputError(problems)
    return tuple(
        dict.fromkeys(
            Setting(**dict(zip(lists, values, strict=True))) for values in product(*lists.values())
        )
    )


def _list(value: Values) -> list[float]:
    if isinstance(value, str):
        return [float(part) + 0.0 for part in value.split(",") if part.strip()]
    return [float(v) + 0.0 for v in (value if isinstance(value, Iterable) else (value,))]
