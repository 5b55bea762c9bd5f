"""The standard table of an event study: days and windows down, tests side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.report.pooled.story import ALL, MeanFigures, PooledStory
from eventstudy.significance.names import SIDE_BY_SIDE
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed
from eventstudy.text.numbers import MISSING, number, p_text, percent, share, window_text
from eventstudy.text.table import Column, Row
from eventstudy.text.words import evidence_text

HEADS = {
    "csect_t": "t",
    "patell_z": "Patell",
    "bmp_t": "BMP",
    "bmp_kp_t": "KP",
    "grank_t": "GRANK",
    "gsign_z": "Sign",
}
"""Test → what the column is called."""
MOST_TESTS = 8


@dataclass(frozen=True, slots=True)
class Tested:
    """What one test says of one window."""

    statistic: float
    p: float


def shown_tests(story: PooledStory, group: str = ALL) -> tuple[str, ...]:
    """The tests of the table: the usual ones that answered, then those that are quoted."""
    tests = story.result.tests
    answered = tests[(tests["group"] == group) & (tests["refused"] == "")]
    known = dict.fromkeys(answered["test"])
    quoted = dict.fromkeys(answered.loc[answered["headline"].astype(bool), "test"])
    usual = [name for name in SIDE_BY_SIDE if name in known]
    others = [name for name in (*quoted, *known) if name not in usual]
    return tuple(dict.fromkeys([*usual, *others]))[:MOST_TESTS]


def tested(story: PooledStory, group: str) -> dict[tuple[str, int, int], Tested]:
    """(test, start, end) → what it says of the group."""
    table = story.result.tests
    mine = table[(table["group"] == group) & (table["refused"] == "")]
    columns = (mine[name].tolist() for name in ("test", "start", "end", "statistic", "p_value"))
    return {
        (test, start, end): Tested(statistic, p)
        for test, start, end, statistic, p in zip(*columns, strict=True)
    }


def heads_of(tests: Sequence[str]) -> list[Column]:
    """The columns of the tests."""
    return [Column(HEADS.get(name, name)) for name in tests]


def standard_columns(story: PooledStory, tests: Sequence[str], first: str) -> tuple[Column, ...]:
    """The head of the standard table."""
    return (
        Column(first, "left"),
        Column("\nN", "right"),
        Column(headed("Mean\n%")),
        *([Column(headed("Weighted\n%"))] if story.weighted else []),
        Column(f"{story.level} interval\n{headed('%')}", "right"),
        Column("Positive\n%"),
        *(Column(f"\n{column.title}") for column in heads_of(tests)),
    )


def standard_rows(
    story: PooledStory, windows: Sequence[Window], tests: Sequence[str], group: str = ALL
) -> list[Row]:
    """A row a window with the statistics, and below it their p; bold where the quoted rejects."""
    found, rows = story.once(tested_all)[group], []
    for window in windows:
        mean = story.mean(group, window)
        answers = [found.get((name, window.start, window.end)) for name in tests]
        statistics = [number(a.statistic, signed=True) if a else MISSING for a in answers]
        p_values = [f"({p_text(a.p, prefix=False)})" if a else "" for a in answers]
        rows.append(
            Row([window_text(window), *mean_cells(story, mean), *statistics], mean.significant)
        )
        blank = [""] * (1 + len(mean_cells(story, mean)))
        rows.append(Row([*blank, *p_values], below=True))
    return rows


def starred_rows(story: PooledStory, windows: Sequence[Window], tests: Sequence[str]) -> list[Row]:
    """The same on one line a window, with a star for evidence and two for strong evidence."""
    found, rows = story.once(tested_all)[ALL], []
    for window in windows:
        mean = story.mean(ALL, window)
        answers = [found.get((name, window.start, window.end)) for name in tests]
        cells = [
            f"{number(a.statistic, signed=True)}{stars(a.p, mean.level)}" if a else MISSING
            for a in answers
        ]
        rows.append(Row([window_text(window), *mean_cells(story, mean), *cells], mean.significant))
    return rows


def stars(p: float, level: float) -> str:
    """Two stars for strong evidence, one for evidence, else none."""
    said = evidence_text(p, level)
    return "" if said == "not significant" else "*" * (2 if said.startswith("strong") else 1)


def tested_all(story: PooledStory) -> dict[str, dict[tuple[str, int, int], Tested]]:
    """What every test says of every group."""
    return {str(g): tested(story, str(g)) for g in story.result.averages["group"].unique()}


def mean_cells(story: PooledStory, mean: MeanFigures) -> list[str]:
    """N, mean, tested mean where it is weighted by precision, interval, share of positives."""
    interval = (percent(mean.low, unit=False), percent(mean.high, unit=False))
    known = bool(np.isfinite(mean.low) and np.isfinite(mean.high))
    return [
        f"{mean.n:,}",
        percent(mean.estimate, unit=False),
        *([percent(mean.tested, unit=False)] if story.weighted else []),
        " to ".join(interval) if known else MISSING,
        share(mean.positive / mean.n, 0, unit=False) if mean.n else MISSING,
    ]


def day_windows(story: PooledStory) -> list[Window]:
    """Each day of the event window."""
    return [Window(day, day) for day in story.result.spec.window.days]


def daily_means(story: PooledStory) -> pd.DataFrame:
    """The tested mean of each day: day, mean, low, high, significant."""
    means = [story.mean(ALL, window) for window in day_windows(story)]
    rows = [(m.window.start, m.tested, m.low, m.high, m.significant) for m in means]
    return pd.DataFrame(rows, columns=["day", "mean", "low", "high", "significant"])
