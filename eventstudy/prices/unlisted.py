"""Names that are asked for and have no share price: the answer says so, no source is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from eventstudy.errors import some_names
from eventstudy.files.formats import read_toml


@cache
def _reasons() -> dict[str, str]:
    return {
        _key(spelling): (
            f"{entry['name']} is {entry['status']}: it has no share price, so no market reaction "
            "can be measured"
        )
        for entry in read_toml(None, "unlisted.toml", "list")["company"]
        for spelling in (entry["name"], *entry["also"])
    }


def unlisted_reason(name: str) -> str | None:
    """Why `name` has no share price, or None if nothing is known against it.

    Case, blanks, hyphens and dots do not matter.
    """
    return _reasons().get(_key(name))


def alike(reasons: Mapping[str, str]) -> list[str]:
    """Reasons by ticker as few sentences: three or more that differ in the ticker become one."""
    shared: dict[str, list[str]] = {}
    for ticker, reason in reasons.items():
        shared.setdefault(reason.removeprefix(f"{ticker} is "), []).append(ticker)
    sentences: list[str] = []
    for ending, tickers in shared.items():
        if len(tickers) < 3 or ending == reasons[tickers[0]]:
            sentences += dict.fromkeys(reasons[ticker] for ticker in tickers)
        else:
            sentences.append(f"{some_names(tickers)} are {ending}")
    return sentences


def _key(name: str) -> str:
    return re.sub(r"[\s.\-_]+", "", name).casefold()
