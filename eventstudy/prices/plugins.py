"""Sources of prices that other packages bring: entry points of the group eventstudy.sources.

An entry point names a class that is built with `calendar=`, and with `offline=` too where its
attribute `network` is true; its objects have the method `load` of `PriceSource`. What they deliver
passes the checks of files. Packages are looked for when a name is not one of the package's own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eventstudy.errors import EventStudyError, InputError, quoted
from eventstudy.prices.source import SOURCES, PriceSource

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from eventstudy.prices.prices import Prices
    from eventstudy.prices.request import Day

GROUP = "eventstudy.sources"
NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What a source may be called: never like a path or an address."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed source: its name, the package that brings it, and where its class is."""

    name: str
    package: str
    """With its version."""
    entry: EntryPoint

    @property
    def described(self) -> str:
        """How sentences call it."""
        return f"The source {self.name} of the package {self.package}"

    @property
    def problem(self) -> str:
        """Why the name cannot be used, as the end of a sentence; empty where it can."""
        if self.name in SOURCES:
            return f"is not used: eventstudy itself has a source {self.name}"
        if not NAME.fullmatch(self.name):
            return "is not used: its name may have only small letters, digits, - and _"
        return ""

    def built(self) -> Any:
        """The class behind the entry point.

        Raises:
            InputError: It cannot be imported, or is not a class or function.
        """
        with _guest(f"{self.described} cannot be loaded", "update or uninstall it"):
            kind = self.entry.load()
        if not callable(kind):
            raise InputError(
                f"{self.described} is a {type(kind).__name__}, not a class with a method load; "
                "update or uninstall it."
            )
        return kind

    @property
    def network(self) -> bool:
        """Whether it uses the network, and so is asked only for what a study needs."""
        return bool(getattr(self.built(), "network", False))

    def open(self, *, calendar: str | None, offline: bool) -> PriceSource:
        """Build the source; what it delivers will be checked.

        Args:
            calendar: The exchange whose sessions the rows are; None keeps the source's days.
            offline: Whether a source that uses the network reads its cache only.

        Raises:
            InputError: It cannot be loaded or built, or has no method `load`.
        """
        kind = self.built()
        options = {"offline": offline} if getattr(kind, "network", False) else {}
        with _guest(f"{self.described} cannot be created", "update or uninstall it"):
            source = kind(calendar=calendar, **options)
        if not callable(getattr(source, "load", None)):
            raise InputError(
                f"{self.described} has no method load(tickers, start, end); update or uninstall it."
            )
        return Checked(self, source, calendar)


@dataclass(frozen=True, slots=True)
class Checked:
    """A source of another package, whose prices pass the checks of files."""

    plugin: Plugin
    source: Any
    calendar: str | None

    def load(self, tickers: Sequence[str] | None, start: Day, end: Day) -> Prices:
        """What the source delivers, cut to what was asked for and checked.

        Args:
            tickers: Those asked for; None for all that the source has.
            start: First day, included.
            end: Last day, included.

        Raises:
            InputError: The source fails, delivers no prices, or prices that are wrong.
        """
        from eventstudy.prices.prices import Prices
        from eventstudy.prices.several import joined_prices, part_of_prices

        said = self.plugin.described
        with _guest(f"{said} failed", "tell its authors"):
            delivered = self.source.load(tickers, start, end)
        if not isinstance(delivered, Prices):
            raise InputError(
                f"{said} delivers a {type(delivered).__name__} instead of Prices, as "
                "eventstudy.load_prices(frame) makes them; tell its authors."
            )
        with _guest(f"{said} delivers invalid Prices", "tell its authors"):
            try:
                return joined_prices(
                    [part_of_prices(delivered)],
                    tickers=tickers,
                    start=start,
                    end=end,
                    calendar=self.calendar,
                    levels=bool(delivered.levels),
                )
            except InputError as error:
                raise InputError([f"{said}: {problem}" for problem in error.problems]) from None


class Plugins(Mapping[str, Plugin]):
    """The sources of other packages by name, found when they are first asked for."""

    @cached_property
    def found(self) -> tuple[Plugin, ...]:
        """All of them, those that cannot be used too, in the order of their names."""
        from importlib.metadata import entry_points

        plugins = (
            Plugin(entry.name, _package(entry), entry) for entry in entry_points(group=GROUP)
        )
        return tuple(sorted(plugins, key=lambda each: (each.name, each.package)))

    def __getitem__(self, name: str) -> Plugin:
        """The source of a name.

        Raises:
            KeyError: There is none.
            InputError: Two packages have one.
        """
        those = [each for each in self.found if each.name == name and not each.problem]
        if not those:
            raise KeyError(name)
        if len(those) > 1:
            packages = " and ".join(each.package for each in those)
            raise InputError(
                f"The packages {packages} both have a source named {name}; uninstall one of them."
            )
        return those[0]

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(each.name for each in self.found if not each.problem))

    def __len__(self) -> int:
        return sum(1 for _ in self)


PLUGINS = Plugins()
"""The sources that installed packages bring."""


def _package(entry: EntryPoint) -> str:
    """The package of an entry point, with its version."""
    if entry.dist is None:
        return entry.module
    return f"{entry.dist.name} {entry.dist.version}"


@contextmanager
def _guest(fault: str, advice: str) -> Iterator[None]:
    """Run code of another package: it prints to standard error, and fails in a sentence.

    Standard output is that of `--json` and of the server for agents. An EventStudyError is the
    source's own sentence and leaves as it is.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except EventStudyError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{fault} ({_short(error)}); {advice}.") from error


def _short(error: BaseException) -> str:
    """An error of another package in a few words."""
    try:
        text = str(error).strip().partition("\n")[0]
    except Exception:  # noqa: BLE001 - an error that cannot even be printed
        text = ""
    return f"{type(error).__name__}: {quoted(text)[1:-1]}" if text else type(error).__name__
