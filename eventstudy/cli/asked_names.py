"""What is asked for by name, looked up before anything heavy is loaded: ids, or tickers."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from eventstudy.errors import InputError, quoted, some_names, unknown_name
from eventstudy.files.formats import read_toml

_TICKER = re.compile(r"\^?[A-Z][A-Z0-9]{0,5}([.=-][A-Z0-9]{1,4})?")
_GROUPS = re.compile(r"[;,\s]+")
A_DATE = "2025-01-27"
"""The date of the examples."""
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
    if asked and all(map(_is_ticker, asked)):
        raise _of_tickers(asked, events, ())
    raise InputError(
        f"There is no events file {quoted(str(events))}. One date needs none; init writes one to "
        "start from, and events add makes your own.",
        (
            _one_date(["NVDA"]),
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
    if all(map(_is_ticker, unknown)):
        tickers = {name.upper() for name in unknown}
        concerned = [
            row["event_id"].strip()
            for row in rows
            if row.get("event_id") and tickers & set(_GROUPS.split(row.get("groups") or ""))
        ]
        raise _of_tickers(unknown, events, concerned)
    raise unknown_name("event", unknown[0], known)


def _of_tickers(tickers: Sequence[str], events: Path, concerned: Sequence[str]) -> InputError:
    """That these are tickers, with what to type; and which events of the file concern them."""
    one = len(tickers) == 1
    has = f" {events} has events of {'it' if one else 'them'}: {some_names(concerned)}."
    return InputError(
        f"{some_names(tickers)} {'is a ticker' if one else 'are tickers'}, not "
        f"{'an event' if one else 'events'}; give the date with --date.{has if concerned else ''}",
        (_one_date(tickers),),
    )


def _one_date(tickers: Sequence[str]) -> str:
    return f"eventstudy run {' '.join(map(quote, tickers))} --date {A_DATE}"


def _is_ticker(name: str) -> bool:
    """Whether a name is a ticker that the packaged groups know, or is written like one."""
    if _TICKER.fullmatch(name):
        return True
    content = read_toml(None, "groups.toml", "groups file")
    known = {ticker for group in content["groups"].values() for ticker in group["members"]}
    return name.upper() in known | set(content["names"])


def _rows_of(events: Path) -> list[dict[str, str]]:
    """The rows of a plain events.csv; none of anything else."""
    try:
        if events.stat().st_size > LONGEST_LIST:
            return []
        with events.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, ValueError, csv.Error):
        return []
