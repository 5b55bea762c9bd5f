"""The verbs by name: one line for each, and its module is loaded when it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

STUDY, FILES, SETUP = "Study", "Look up", "Set up"
"""The panels of the verbs in the help."""


@dataclass(frozen=True, slots=True)
class VerbEntry:
    """A verb, or a group of verbs."""

    name: str
    help: str
    """Its first sentence; the docstring of its function goes on from there."""
    panel: str = ""
    place: str = ""
    """The function, as "module:name" under `commands`; none for a group."""
    verbs: tuple[VerbEntry, ...] = ()

    def function(self) -> Callable[..., None]:
        """Load the function that the verb calls."""
        module_name, _, name = self.place.partition(":")
        module = import_module(f"eventstudy.cli.commands.{module_name}")
        verb: Callable[..., None] = getattr(module, name)
        return verb

    @property
    def text(self) -> str:
        """What the verb does, for its help; its function is loaded."""
        return f"{self.help}\n\n{inspect.getdoc(self.function())}"


VERBS = (
    VerbEntry("run", "Study events and write a bundle for each.", STUDY, "run:run"),
    VerbEntry("report", "Draw the bundle again from a saved run.", STUDY, "report:report"),
    VerbEntry(
        "claims",
        "Hold what was said about an event against the measured figures.",
        STUDY,
        "claims:claims",
    ),
    VerbEntry("calibrate", "Measure size and power of every test.", STUDY, "calibrate:calibrate"),
    VerbEntry("verify", "Check that a bundle is as its manifest says.", STUDY, "verify:verify"),
    VerbEntry("models", "List the normal-return models.", FILES, "lists:models"),
    VerbEntry(
        "tests", "List the tests, their null distributions and papers.", FILES, "lists:tests"
    ),
    VerbEntry(
        "events",
        "Read, check and extend the events file.",
        FILES,
        verbs=(
            VerbEntry("list", "List the events with their day 0.", place="events:list_events"),
            VerbEntry(
                "show",
                "Show one event: its fields, its day 0 with the reason, its tickers.",
                place="events:show_event",
            ),
            VerbEntry(
                "validate",
                "Check the events file: every bad row is named at once.",
                place="events:validate_events",
            ),
            VerbEntry(
                "add",
                "Append an event to the events file, and say its day 0.",
                place="events:add_to_events",
            ),
        ),
    ),
    VerbEntry(
        "prices",
        "Fetch prices; look after the cache.",
        FILES,
        verbs=(
            VerbEntry(
                "fetch",
                "Fetch prices into the cache, or write them to a file that run --source reads.",
                place="prices:fetch_prices",
            ),
            VerbEntry(
                "status",
                "List what the cache has: days, when it was retrieved, currency and size.",
                place="prices:status",
            ),
            VerbEntry(
                "clear", "Remove tickers from the cache, and say which.", place="prices:clear"
            ),
        ),
    ),
    VerbEntry(
        "init",
        "Write an events file and a configuration file to start from.",
        SETUP,
        "init:init",
    ),
    VerbEntry(
        "doctor",
        "Check the installation, and show which options are set where.",
        SETUP,
        "doctor:doctor",
    ),
)


class LoadedVerbs(MutableMapping[str, Any]):
    """The commands of a group by name; a command is made when it is asked for."""

    def __init__(self, entries: Sequence[VerbEntry], make: Callable[[VerbEntry], Any]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        self._make = make
        self._commands: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._commands:
            self._commands[name] = self._make(self.entries[name])
        return self._commands[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)
