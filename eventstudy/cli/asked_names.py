"""What is asked for by name, looked up before anything heavy is loaded: ids, or tickers."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from eventstudy.cli.options import DEFAULT_EVENTS
from eventstudy.errors import InputError, nearest, quoted, some_names, unknown_name
from eventstudy.files.formats import read_toml

_TICKER = re.compile(r"\^?[A-Z][A-Z0-9]{0,5}([.=-][A-Z0-9]{1,4})?")
_GROUPS = re.compile(r"[;,\s]+")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
A_DATE = "2025-01-27"
"""The date of the examples."""
_ALIKE = 0.7
"""How alike, by difflib's ratio, a file is that may be meant."""
LONGEST_LIST = 5_000_000
"""Bytes of an events file that are looked through twice."""


def require_file(events: Path, asked: Sequence[str]) -> None:
    """Refuse a file of events that is not there, with what to type instead.

    Args:
        events: The file.
        asked: What to study, as typed.

    Raises:
        InputError: There is no such file.
    """
    if os.path.lexists(events):
        return
    names = _single(asked)
    if names and all(_is_studied(name) or _is_date(name) for name in names):
        raise _not_events(names, events, ())
    missing = f"There is no events file {quoted(str(events))}."
    if events != DEFAULT_EVENTS:
        raise InputError(f"{missing}{_meant(events)} A list needs the columns ticker and date.")
    raise InputError(
        f"{missing} One date needs none; init writes one to start from, and events add makes your "
        "own.",
        (
            _one_date(["NVDA"], A_DATE),
            "eventstudy init",
            f"eventstudy events add my-event --title News --at {A_DATE} --groups NVDA",
        ),
    )


def require_ids(events: Path, asked: Sequence[str]) -> None:
    """Refuse what is no id of an events file; a file in another layout is left to its reader.

    Args:
        events: The file, which is there.
        asked: The ids, as typed.

    Raises:
        InputError: One is a ticker, or no id.
    """
    rows = _rows_of(events) if asked else []
    known = [row["event_id"].strip() for row in rows if row.get("event_id")]
    unknown = [name for name in asked if name not in known]
    if not known or not unknown:
        return
    names = _single(unknown)
    if names and all(_is_studied(name) or _is_date(name) for name in names):
        typed = {name.upper() for name in names} | {name.casefold() for name in names}
        concerned = [
            row["event_id"].strip()
            for row in rows
            if row.get("event_id") and typed & set(_GROUPS.split(row.get("groups") or ""))
        ]
        raise _not_events(names, events, concerned)
    raise unknown_name("event", unknown[0], known)


def require_verb(name: str, verbs: Sequence[str]) -> None:
    """Refuse a ticker in the place of a verb, with what to type instead.

    Args:
        name: What was typed.
        verbs: The verbs that there are.

    Raises:
        InputError: It is written like a ticker and like no verb.
    """
    if _TICKER.fullmatch(name) and not nearest(name.casefold(), verbs, most=1, cutoff=0.6):
        raise InputError(
            f"{name} is not a command; to study a ticker, use run.", (_one_date([name], A_DATE),)
        )


def _not_events(names: Sequence[str], events: Path, concerned: Sequence[str]) -> InputError:
    """That these are tickers, groups or a date, what to type, and which events concern them."""
    dates = [name for name in names if _is_date(name)]
    studied = [name for name in names if name not in dates]
    one = len(studied) == 1
    grouped = not any(map(_is_ticker, studied))
    kind = ("group" if one else "groups") if grouped else ("ticker" if one else "tickers")
    said = [f"{some_names(studied)} {f'is a {kind}' if one else f'are {kind}'}"] if studied else []
    said += [f"{some_names(dates)} is a date"] if dates else []
    has = f" {events} has events of {'it' if one else 'them'}: {some_names(concerned)}."
    return InputError(
        f"{' and '.join(said)}, not {'an event' if len(names) == 1 else 'events'}; give the date "
        f"with --date.{has if concerned else ''}",
        (_one_date(studied or ["NVDA"], dates[0] if dates else A_DATE),),
    )


def _one_date(tickers: Sequence[str], date: str) -> str:
    return f"eventstudy run {' '.join(map(quote, tickers))} --date {date}"


def _single(asked: Sequence[str]) -> list[str]:
    """The names one by one, also where commas hold several together."""
    return [name for text in asked for name in _GROUPS.split(text) if name]


def _meant(path: Path) -> str:
    """The file of the same folder whose name is nearest, as a question; empty without one."""
    try:
        held = [each.name for each in path.parent.iterdir() if each.is_file()]
    except OSError:
        held = []
    close = nearest(path.name, held, most=1, cutoff=_ALIKE)
    return f" Did you mean {path.parent / close[0]}?" if close else ""


def _is_date(name: str) -> bool:
    return _DATE.fullmatch(name) is not None


def _is_studied(name: str) -> bool:
    """Whether a name is a ticker, or a packaged group."""
    return _is_ticker(name) or name.casefold() in _packaged()["groups"]


def _is_ticker(name: str) -> bool:
    """Whether a name is a ticker that the packaged groups know, or is written like one."""
    if _TICKER.fullmatch(name):
        return True
    content = _packaged()
    known = {ticker for group in content["groups"].values() for ticker in group["members"]}
    return name.upper() in known | set(content["names"])


def _packaged() -> Mapping[str, Any]:
    return read_toml(None, "groups.toml", "groups file")


def _rows_of(events: Path) -> list[dict[str, str]]:
    """The rows of a plain events.csv; none of anything else."""
    try:
        if events.stat().st_size > LONGEST_LIST:
            return []
        with events.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, ValueError, csv.Error):
        return []
