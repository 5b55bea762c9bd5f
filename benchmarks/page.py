"""docs/benchmarks.md from a report: ratios first, then rates, then seconds and memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.answer import TOLERANCE
from benchmarks.measure import LONG
from benchmarks.panel import CAR, ESTIMATION, WINDOW
from benchmarks.report import CaseReport, Measured, Report
from benchmarks.rows import BASIS, OWN, ROWS
from benchmarks.table import figure, memory, times
from benchmarks.worker import CHECKED

AGAINST = (BASIS, "pandas", "pypi", "gather", "prefix")
"""The rows that this package is set against, slowest kind first."""


def render(report: Report) -> str:
    """The page as Markdown."""
    parts = [
        "# Benchmarks",
        _intro(report),
        "## This package against the others",
        "How many times as many events per second as each, measured in the same run. Below 1 it is "
        "slower; prefix sums alone do a part of the work and show what is left to gain.",
        _ratios(report.cases),
        "## Events per second",
        _rates(report.cases),
        "## Seconds and memory",
        _seconds_note(report),
        *(f"**{_name(case)}**\n\n{_seconds(case)}" for case in report.cases),
        "## What each row does",
        _rows(report.cases),
    ]
    if missing := [*report.left_out, *report.failures]:
        parts += ["## Left out", "\n".join(f"- {sentence}" for sentence in missing)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _intro(report: Report) -> str:
    machine = dict(report.machine)
    on = [machine.pop(name) for name in ("processor", "cores", "memory", "system")]
    versions = ", ".join(f"{name} {version}" for name, version in machine.items())
    return (
        f"`{report.command}` measures all of this anew, on any machine. Here: {on[1]} cores "
        f"({on[0]}), {on[2]} of memory, {on[3]}; {versions}.\n\n"
        f"Market model, estimation window {_window(ESTIMATION)}, event window {_window(WINDOW)}, "
        f"CAR {_window(CAR)}. The synthetic panel misses no return, and its events lie anywhere. "
        "The universe is real: large US stocks and their earnings announcements, those with "
        "complete windows.\n\n"
        "Nothing is timed that is wrong: alpha, beta, s, every abnormal return, t, Patell and BMP, "
        f"as far as a row has them, must agree with the statsmodels loop on {CHECKED} events to "
        f"{TOLERANCE:.0e} of the largest value, and Patell and BMP over all events between the "
        "rows."
    )


def _ratios(cases: Sequence[CaseReport]) -> str:
    engines = [name for name in OWN if any(case.row(name) for case in cases)]
    against = [name for name in AGAINST if any(case.row(name) for case in cases)]
    lines = []
    for case in cases:
        for engine in engines:
            if row := case.row(engine):
                ratios = [times(case.ratio(row, name)) for name in against]
                lines.append([_name(case), engine, *ratios])
    heads = ["", "engine", *(f"/ {ROWS[name].label}" for name in against)]
    return _table(heads, lines, text=2)


def _rates(cases: Sequence[CaseReport]) -> str:
    measured = {row.row for case in cases for row in case.rows}
    shown = [row for row in ROWS.values() if row.less is None and row.name in measured]
    lines = [
        [row.label, *(figure(m.rate) if (m := case.row(row.name)) else "" for case in cases)]
        for row in shown
    ]
    return _table(["", *map(_name, cases)], lines)


def _seconds_note(report: Report) -> str:
    return (
        f"Median of {report.runs} runs after one warm-up (fewer above {LONG:.0f} s a run, see the "
        "column), each row in a process of its own; runs far apart mean a busy machine. The loops "
        "are timed on as many events, drawn at random, as the column says; above stands their "
        "rate. Memory is the peak of the "
        "process, data and libraries included; base is the peak before the work. The processes "
        "that a row starts come on top: the peak of the largest one is in brackets."
    )


def _seconds(case: CaseReport) -> str:
    heads = ["", "seconds", "lowest to highest", "runs", "events", "peak MiB", "base MiB"]
    return _table(heads, [_seconds_line(row) for row in case.rows])


def _seconds_line(row: Measured) -> list[str]:
    return [
        row.label,
        figure(row.median),
        f"{figure(min(row.seconds))} to {figure(max(row.seconds))}",
        str(len(row.seconds)),
        f"{row.timed:,}",
        memory(row),
        f"{row.base_mib:,.0f}",
    ]


def _rows(cases: Sequence[CaseReport]) -> str:
    measured = {row.row for case in cases for row in case.rows}
    lines = [f"- **{row.label}**: {row.does}." for name, row in ROWS.items() if name in measured]
    note = (
        "\n\nUp to 1,000 events this package also computes a placebo p-value for every CAR. Arrays "
        "spare the numpy rows the checks and look-ups that this package does on frames."
    )
    return "\n".join(lines) + note


def _name(case: CaseReport) -> str:
    return f"{case.events:,}" if case.name == "synthetic" else f"{case.name} ({case.events:,})"


def _window(days: tuple[int, int]) -> str:
    return "[" + ", ".join(f"{'−' if d < 0 else '+'}{abs(d)}" for d in days) + "]"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]], text: int = 1) -> str:
    """Markdown; the first `text` columns to the left, figures to the right."""
    rule = ["---"] * text + ["---:"] * (len(heads) - text)
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rule, *lines))
