"""The verbs by name, one line each; a verb's module is loaded when the verb is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

STUDY, FILES, SETUP = "Study", "Look up", "Set up"
"""The panels of the verbs in the help."""


@dataclass(frozen=True, slots=True)
class VerbEntry:
    """A verb, or a group of verbs."""

    name: str
    help: str
    """Its first sentence; the docstring of its function has the others."""
    panel: str = ""
    place: str = ""
    """Its function, as "module:name" under `commands`, if the names differ from the verb's."""
    verbs: tuple[VerbEntry, ...] = ()

    def function(self) -> Callable[..., None]:
        """Load the function that the verb calls."""
        module_name, _, name = (self.place or f"{self.name}:{self.name}").partition(":")
        module = import_module(f"eventstudy.cli.commands.{module_name}")
        verb: Callable[..., None] = getattr(module, name)
        return verb

    @property
    def text(self) -> str:
        """What the verb does, for its help; its function is loaded."""
        return f"{self.help}\n\n{inspect.getdoc(self.function())}"


def _group(
    name: str, help: str, verbs: Mapping[str, str], places: Mapping[str, str] | None = None
) -> VerbEntry:
    """A group of verbs; the function of `events add` is events:add_events unless `places` says."""
    where = {verb: f"{name}:{verb}_{name}" for verb in verbs} | dict(places or {})
    entries = [VerbEntry(verb, text, place=where[verb]) for verb, text in verbs.items()]
    return VerbEntry(name, help, FILES, verbs=tuple(entries))


VERBS = (
    VerbEntry("run", "Study events and write a bundle for each.", STUDY),
    VerbEntry("plan", "Write a sealed plan before the prices are known.", STUDY),
    VerbEntry("report", "Draw the bundle again from a saved run.", STUDY),
    VerbEntry("claims", "Fact-check claims about an event against the measured figures.", STUDY),
    VerbEntry("power", "Find the smallest effect that a study detects.", STUDY),
    VerbEntry("calibrate", "Measure size and power of every test.", STUDY),
    VerbEntry("verify", "Check a bundle against its manifest.", STUDY),
    VerbEntry(
        "cross-check", "Repeat a saved study with other programs.", STUDY, "cross_check:cross_check"
    ),
    VerbEntry("models", "List the normal-return models.", FILES, "lists:models"),
    VerbEntry(
        "tests", "List the tests, their null distributions and papers.", FILES, "lists:tests"
    ),
    _group(
        "events",
        "Read, check and extend the events file.",
        {
            "list": "List the events with their day 0.",
            "show": "Show one event: its fields, its day 0 with the reason, its tickers.",
            "validate": "Check the events file and name every bad row.",
            "add": "Append an event to the events file and print its day 0.",
            "from-edgar": "Make events from companies' filings, dated to the second by EDGAR.",
            "from-yahoo": "Make events from companies' earnings, dated by Yahoo Finance.",
            "from-wrds": "Make events from companies' earnings, dated by I/B/E/S or Compustat.",
            "from-csv": "Make an events file from a list in another layout.",
        },
        {
            "from-edgar": "events_from:events_from_edgar",
            "from-yahoo": "events_from:events_from_yahoo",
            "from-wrds": "events_from:events_from_wrds",
            "from-csv": "events_from:events_from_csv",
        },
    ),
    _group(
        "prices",
        "Fetch prices and manage the cache.",
        {
            "fetch": "Fetch prices into the cache, or write them to a file for run --source.",
            "status": "List the cache: days, time of retrieval, currency and size.",
            "clear": "Remove tickers from the cache.",
        },
    ),
    VerbEntry("guide", "Print the guide for agents and scripts.", SETUP),
    VerbEntry("mcp", "Serve studies to agents over the Model Context Protocol.", SETUP),
    VerbEntry("init", "Write an events file and a configuration file to start from.", SETUP),
    VerbEntry("doctor", "Check the installation and show where options are set.", SETUP),
)


class LoadedVerbs(Mapping[str, Any]):
    """The commands of a group by name; a command is made when it is asked for."""

    def __init__(self, entries: Sequence[VerbEntry], make: Callable[[VerbEntry], Any]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._make = cache(make)

    def __getitem__(self, name: str) -> Any:
        return self._make(self._entries[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
