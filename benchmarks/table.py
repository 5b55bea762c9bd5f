"""The figures as text for the terminal."""

from __future__ import annotations

import math

from benchmarks.report import CaseReport, Measured
from benchmarks.rows import BASIS
from benchmarks.scenes import UNIVERSE

HEADS = (
    *("", "events/s", "× statsmodels", "seconds", "slowest/fastest", "runs", "events"),
    *("peak MiB", "base MiB"),
)


def case_table(case: CaseReport) -> str:
    """One case: a title, a line for each row, and what the reader must know of them."""
    lines = [list(HEADS), *(_line(case, row) for row in case.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    text = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]
    return "\n".join([title(case), *text, ""])


def title(case: CaseReport) -> str:
    """The case in words."""
    kind = "earnings announcements" if case.name == UNIVERSE else "events"
    panel = f"{case.assets:,} assets × {case.sessions:,} sessions"
    return ", ".join([f"{case.events:,} {kind}", case.name, panel, *filter(None, [case.setting])])


def _line(case: CaseReport, row: Measured) -> list[str]:
    return [
        row.label,
        figure(row.rate),
        times(case.ratio(row, BASIS)),
        figure(row.median),
        times(row.spread),
        str(len(row.seconds)),
        f"{row.timed:,}",
        memory(row),
        f"{row.base_mib:,.0f}",
    ]


def figure(value: float) -> str:
    """At least three digits; a dash for no figure."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def times(ratio: float | None) -> str:
    """A ratio; a dash where there is none."""
    return "–" if ratio is None else figure(ratio)


def memory(row: Measured) -> str:
    """The peak, and beside it that of the largest child process."""
    child = f" (+{row.child_mib:,.0f})" if row.child_mib else ""
    return f"{row.peak_mib:,.0f}{child}"
