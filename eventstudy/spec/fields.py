"""How the options of a study are declared, and how their values are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from eventstudy.spec.windows import Window, as_window


def _as_windows(value: Any) -> Any:
    single = isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int) for v in value)
    return (value,) if single or isinstance(value, (str, Window)) else value


def _as_names(value: Any) -> Any:
    """Several names from a list, or from one text with commas."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, bytes) else value


def _as_tests(value: Any) -> Any:
    return value if isinstance(value, str) and value in ("default", "all") else _as_names(value)


def _once(value: Any) -> Any:
    """Each of several once: a window that stands twice would count twice in the tests' family."""
    return tuple(dict.fromkeys(value)) if isinstance(value, tuple) else value


def _unless_empty(value: Any) -> Any:
    """None for an empty text, which counts as left out."""
    return None if isinstance(value, str) and not value else value


Pair = tuple[int, int]
Given = TypeVar("Given", contravariant=True)
Held = TypeVar("Held", covariant=True)

if TYPE_CHECKING:

    class Read(Generic[Given, Held]):
        """Tells a type checker that a field takes one type and holds another."""

        def __get__(self, instance: object, owner: Any = None) -> Held: ...
        def __set__(self, instance: object, value: Given) -> None: ...

    OneWindow = Read[Pair | str, Window]
    MaybeWindow = Read[Pair | str | None, Window | None]
    Windows = Read[Sequence[Pair | str] | Pair | str, tuple[Window, ...]]
    Names = Read[Sequence[str] | str, tuple[str, ...]]
    MaybeNames = Read[Sequence[str] | str | None, tuple[str, ...] | None]
    TestNames = Read[Sequence[str] | str, Literal["default", "all"] | tuple[str, ...]]
else:
    OneWindow = Annotated[Window, BeforeValidator(as_window)]
    MaybeWindow = OneWindow | None
    Once = AfterValidator(_once)
    Windows = Annotated[tuple[OneWindow, ...], BeforeValidator(_as_windows), Once]
    Names = Annotated[tuple[str, ...], BeforeValidator(_as_names), Once]
    MaybeNames = Annotated[tuple[str, ...] | None, BeforeValidator(_as_names), Once]
    TestNames = Annotated[
        Literal["default", "all"] | tuple[str, ...], BeforeValidator(_as_tests), Once
    ]
MaybeName = Annotated[str | None, BeforeValidator(_unless_empty)]


def choice(
    default: Any,
    help: str,
    metavar: str = "",
    *,
    unit: str = "",
    names: str = "",
    more: str = "",
    panel: str = "How to estimate",
    **limits: Any,
) -> Any:
    """Declare an option of a study: all that command line, help and docs say about it.

    Args:
        default: Its value unless set.
        help: What it is, without a full stop.
        metavar: Placeholder of its value on the command line; empty for a flag.
        unit: Unit of its numbers.
        names: The registry of its allowed names, as "module:attribute".
        more: Further sentences, for the docs and `help`.
        panel: Heading in the command line's help.
        limits: Bounds of a number, as pydantic takes them.
    """
    about = {"metavar": metavar, "unit": unit, "names": names, "more": more, "panel": panel}
    return Field(default=default, description=help, json_schema_extra={**about}, **limits)


def window_choice(default: Any, help: str) -> Any:
    """Declare an option that is a window, or several."""
    return choice(default, help, "FROM,TO", unit="sessions from day 0")
