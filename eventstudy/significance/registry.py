"""The tests by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from eventstudy.errors import InputError, unknown_name
from eventstudy.significance.names import BUILT_IN, TESTS
from eventstudy.significance.outcome import Outcome
from eventstudy.significance.sample import Layout, Sample, ScanOf

TestFunction = Callable[[Sample], Outcome]

MANY = (Layout.ONE_DATE, Layout.MANY_DATES)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Test:
    """A registered test of the null of no abnormal return."""

    name: str
    label: str
    function: TestFunction
    layouts: tuple[Layout, ...]
    """The samples for which the test is valid; others are refused."""
    null: str
    """The distribution under the null, in words."""
    reference: str
    """The paper."""
    default: bool
    """Whether it is one of the default tests."""
    assumes_independence: bool
    """Over-rejects when observations share a date; carries a warning then, unless its size
    was measured (`significance.validity`)."""
    of_returns: bool
    """Compounds returns or regresses them on factors, so it means nothing for volume."""
    resamples: bool = False
    """Draws or regresses again for each sample; a calibration runs it only if asked to."""
    scans: tuple[ScanOf, ...] = ()
    """What it needs of the estimation windows, see `FittedGroup.scanned`."""

    def __repr__(self) -> str:
        return f"Test({self.name!r}: {self.label})"


HEADLINE: Mapping[Layout, tuple[str, ...]] = {
    Layout.ONE: ("placebo", "t"),
    Layout.ONE_DATE: ("portfolio_placebo", "portfolio_t"),
    Layout.MANY_DATES: ("bmp_kp_t",),
}
"""The tests to quote for each layout, the first that is not refused."""

_TESTS: dict[str, Test] = {}


def register_test(
    name: str,
    *,
    label: str,
    null: str,
    layouts: Sequence[Layout] = MANY,
    reference: str = "",
    default: bool = False,
    assumes_independence: bool = False,
    of_returns: bool = False,
    resamples: bool = False,
    scans: Sequence[ScanOf] = (),
) -> Callable[[TestFunction], TestFunction]:
    """Register a function Sample → Outcome as a test.

    What cannot be computed is answered by `refusal(reason, n)`, not by NaN.

    Args:
        name: Its name in `tests=` and `--tests`.
        label: Its name in lists and reports.
        null: The distribution under the null, in words.
        layouts: The samples for which the test is valid; others are refused.
        reference: The paper.
        default: Whether it is one of the default tests.
        assumes_independence: Over-rejects when observations share a date; carries a warning
            then. The package's own tests carry one where they were measured to.
        of_returns: Compounds returns or regresses them on factors, so it means nothing for volume.
        resamples: Draws or regresses again for each sample; a calibration runs it only if asked to.
        scans: Sums over the estimation windows, for which all tests share one pass.

    Returns:
        A decorator that registers its function and returns it.

    Raises:
        InputError: The name is taken.
    """

    def register(function: TestFunction) -> TestFunction:
        if name in _TESTS:
            raise InputError(f"A test named {name!r} is registered already; choose another name.")
        _TESTS[name] = Test(
            name=name,
            label=label,
            function=function,
            layouts=tuple(layouts),
            null=null,
            reference=reference,
            default=default,
            assumes_independence=assumes_independence,
            of_returns=of_returns,
            resamples=resamples,
            scans=tuple(scans),
        )
        return function

    return register


def list_tests() -> Mapping[str, Test]:
    """All registered tests by name: those of the package in its order, then the user's."""
    _register_built_in()
    return {name: _TESTS[name] for name in dict.fromkeys([*TESTS, *_TESTS])}


@cache
def _register_built_in() -> None:
    for module in BUILT_IN:
        import_module(f"eventstudy.significance.{module}")


def chosen_tests(choice: str | Sequence[str]) -> tuple[Test, ...]:
    """The tests of a study.

    Args:
        choice: "default", "all", a name or several.

    Raises:
        InputError: A name is unknown, the error lists the known ones; or "all" or "default" does
            not stand alone.
    """
    known = list_tests()
    if choice == "all":
        return tuple(known.values())
    if choice == "default":
        return tuple(test for test in known.values() if test.default)
    names = [choice] if isinstance(choice, str) else choice
    if "all" in names or "default" in names:
        raise InputError(
            'Option tests: "all" and "default" stand alone; give one of them or names.'
        )
    for name in names:
        if name not in known:
            raise unknown_name("test", name, list(known))
    return tuple(known[name] for name in names)
