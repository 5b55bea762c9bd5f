"""The column of a frame that says before or after the session, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from eventstudy.errors import quoted, some_names
from eventstudy.estimation.labels import by_text
from eventstudy.events.dates import is_clock
from eventstudy.events.dialects import TIMINGS_OF, column_key
from eventstudy.events.timing import TIMINGS, timing_of

_ROLES = ("event_id", "ticker", "date", "benchmark")
_NAMES = frozenset(TIMINGS_OF.split())
_WORDS = {"time", "timing", "hour", "hours", "session", "when", "bmo", "amc", "anntims"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_AMBIGUOUS = {"pre", "post", "before", "after", "during", "intraday", "amc"}
"""Words that mean other things as well: halves of a sample, a company."""
_MIDNIGHT = re.compile(r"0?0:00(:00(\.0+)?)?")
_LOOKED_AT = 1_000
"""Rows that tell a covariate, so that long columns of them cost nothing."""
_CLOCK, _OTHER = "clock", "other"
_OTHERWISE = 'If it says something else, add an empty column: frame.assign(timing="").'


def stated_timing(frame: pd.DataFrame, *, timed: bool) -> tuple[pd.Series[Any] | None, list[str]]:
    """The column that says before or after the session, and a sentence for each that may do so.

    The column timing rules out any other. One that is called so, or whose words leave no
    doubt, is read as it is in a list of events. Columns with other values are covariates.

    Args:
        frame: The observations.
        timed: Whether every date has its time of day, beside which a clock says nothing more.
    """
    if "timing" in frame:
        return frame["timing"], []
    found, problems = {}, []
    for name, values in frame.items():
        if name in _ROLES:
            continue
        texts = _texts(str(name), values)
        said = {kind: text for text, kind in reversed(texts.items()) if kind}
        if not said.keys() - {_OTHER}:
            continue
        if _CLOCK in said:
            problems += [] if timed else [_untimed(str(name), said[_CLOCK])]
        elif _OTHER not in said and (_is_called_so(str(name)) or _are_clear(texts)):
            found[str(name)] = values
        elif "post" in said and name != "group":
            problems.append(_doubt(str(name), said["post"]))
    if len(found) > 1:
        problems.append(
            f"The columns {some_names([quoted(name) for name in found])} all say before or after "
            "the session; rename the one that counts to timing."
        )
    return next(iter(found.values()), None), problems


def _texts(name: str, values: pd.Series[Any]) -> dict[str, str]:
    """The distinct texts of a column and what each is; none of one that is a covariate."""
    kind, called_so = values.dtype, _is_called_so(name)
    if pd.api.types.is_timedelta64_dtype(kind):
        readable = called_so
    else:
        is_text = pd.api.types.is_string_dtype(kind)
        readable = is_text or isinstance(kind, pd.CategoricalDtype)
    texts: dict[str, str] = {}
    for part in (values.head(_LOOKED_AT), values) if readable else ():
        texts = _kinds(by_text(part)[1])
        says = set(texts.values())
        if _OTHER in says and not (called_so and says - {_OTHER, ""}):
            return {}
    return texts


def _kinds(texts: Iterable[str]) -> dict[str, str]:
    """Of each text pre, intraday or post, a clock, another text, or "" where it says nothing."""
    plain = (text.strip().removeprefix("0 days ") for text in texts)
    return {text: _CLOCK if is_clock(text) else _word(text) for text in plain if not _is_void(text)}


def _is_void(text: str) -> bool:
    return not text or _MIDNIGHT.fullmatch(text) is not None


def _word(text: str) -> str:
    timing = timing_of(text)
    return _OTHER if timing is None else timing


def _is_called_so(name: str) -> bool:
    """Whether a column is named after the time of day, as in Call Time or bmo_amc."""
    words = {word.lower() for word in _WORD.findall(name)}
    return column_key(name) in _NAMES or bool(words & _WORDS)


def _are_clear(texts: dict[str, str]) -> bool:
    """Whether a word means nothing else, such as after-hours."""
    words = {column_key(text) for text, kind in texts.items() if kind in TIMINGS}
    return bool(words - _AMBIGUOUS)


def _untimed(name: str, text: str) -> str:
    return (
        f"The column {quoted(name)} gives a time of day ({quoted(text)}), which needs its offset "
        "from UTC: write it into date, such as 2025-01-27T16:30:00-05:00, or say pre, intraday or "
        f"post in a column timing. {_OTHERWISE}"
    )


def _doubt(name: str, text: str) -> str:
    return (
        f"The column {quoted(name)} ({quoted(text)}) may say that news came after the close, which "
        f"moves day 0. If it does, rename it: frame.rename(columns={{{name!r}: 'timing'}}). "
        f"{_OTHERWISE}"
    )
