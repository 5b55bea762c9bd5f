"""Many downloads from a source that may refuse: a few at a time, with limited retries."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

import tenacity

from eventstudy.compute.processors import starts_threads
from eventstudy.errors import EventStudyError, InputError, NetworkError
from eventstudy.prices.sources.refusals import (
    BrokenAnswerError,
    RateLimitError,
    UnreachableError,
)

T = TypeVar("T")
THREADS = 3
ATTEMPTS = 3
LIMITS_IN_A_ROW = 3
"""After so many rate-limited tickers in a row the rest is left for a later call."""
WAIT, TIMEOUT = "EVENTSTUDY_YAHOO_WAIT", "EVENTSTUDY_YAHOO_TIMEOUT"
"""Variables: seconds before the second attempt (2), and for an answer to arrive (10)."""
DEFAULTS = {WAIT: 2.0, TIMEOUT: 10.0}
LONGEST_WAIT = 30.0


def seconds(variable: str) -> float:
    """What the environment says, else the default; InputError for what is no time."""
    text = os.environ.get(variable)
    if not text:
        return DEFAULTS[variable]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"{variable} is {text!r} in the environment; give seconds, such as 2.")
    return value


def patiently(call: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """`call`, again after a growing and jittered wait where the refusal may be over by then."""
    wait = seconds(WAIT)
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=wait, max=LONGEST_WAIT)
        + tenacity.wait_random(0, wait / 2),
        retry=tenacity.retry_if_exception_type((RateLimitError, BrokenAnswerError)),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)


def in_waves(
    names: Sequence[str],
    one: Callable[[str], T],
    progress: Callable[[str, int, int], None] | None = None,
    threads: int = THREADS,
) -> tuple[dict[str, T], dict[str, EventStudyError]]:
    """What `one` answers for each name and what it refuses, both in the order of the names.

    `threads` names at a time; whether to go on is decided between these waves, so that the outcome
    depends on the answers alone and not on which thread was faster.
    """
    got: dict[str, T] = {}
    refused: dict[str, EventStudyError] = {}
    limits = 0
    stop: NetworkError | None = None
    # A pool that takes names as threads come free would stop after more or fewer of them from run
    # to run. All of a wave are asked, and their answers counted in the order of the names.
    threads = threads if starts_threads() else 1
    waves = [names[at : at + threads] for at in range(0, len(names), threads)]
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        asked = map if pool is None else pool.map
        for wave in waves:
            if stop is not None:
                refused |= dict.fromkeys(wave, stop)
                continue
            outcomes = asked(partial(_outcome, one), wave)
            for name, outcome in zip(wave, outcomes, strict=True):
                if isinstance(outcome, EventStudyError):
                    refused[name] = outcome
                else:
                    got[name] = outcome
                limits = limits + 1 if isinstance(outcome, RateLimitError) else 0
                if isinstance(outcome, UnreachableError) or (
                    isinstance(outcome, RateLimitError) and limits >= LIMITS_IN_A_ROW
                ):
                    stop = outcome
            if progress is not None:
                progress(wave[-1], len(got) + len(refused), len(names))
    return got, refused


def _outcome(one: Callable[[str], T], name: str) -> T | EventStudyError:
    try:
        return one(name)
    except EventStudyError as error:
        return error
