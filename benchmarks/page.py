"""docs/benchmarks.md from a report: ratios first, then rates, then seconds and memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.answer import TOLERANCE
from benchmarks.busy import QUIET
from benchmarks.measure import LONG
from benchmarks.panel import CAR, ESTIMATION, GAPPY, MISSING, WINDOW
from benchmarks.report import CaseReport, Measured, Report, Streamed
from benchmarks.rows import BASIS, FIRST, OTHERS, OWN, ROWS
from benchmarks.scenes import GAPS, SYNTHETIC
from benchmarks.table import figure, memory, times
from benchmarks.worker import CHECKED


def render(report: Report) -> str:
    """The page as Markdown."""
    plain = [case for case in report.cases if case.setting == QUIET and case.name != GAPS]
    sections = {
        "How many times as fast as vectorised numpy": _ratios(plain, "gather"),
        "How many times as fast as the statsmodels loop": _ratios(plain, BASIS),
        "How many times as fast as other packages": _others(plain),
        "What makes it slower": _multiples(report),
        "The first call": _first(plain),
        "Events per second": _rates(plain),
        "From Parquet into a folder": _streamed(report.streamed),
        "Seconds and memory": _all_seconds(report),
        "What each row does": _rows(report.cases),
        "Left out": "\n".join(f"- {each}" for each in (*report.left_out, *report.failures)),
    }
    parts = [f"## {head}\n\n{text}" for head, text in sections.items() if text]
    return "\n\n".join(["# Benchmarks", _intro(report), *parts]) + "\n"


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
        "complete windows and prices that move. Seconds and rates hold for this machine; ratios "
        "are from one run and carry over better to others.\n\n"
        "Nothing is timed that is wrong: alpha, beta, s, every abnormal return, t, Patell and BMP, "
        f"as far as a row has them, must agree with the statsmodels loop on {CHECKED} events to "
        f"{TOLERANCE:.0e} of the largest value, and Patell and BMP over all events between the "
        "rows."
    )


def _ratios(cases: Sequence[CaseReport], basis: str) -> str:
    """This package against one row, as events per second; below 1 it is slower."""
    shown = [case for case in cases if case.row(basis)]
    lines = [
        [ROWS[name].label, *(_ratio(case, name, basis) for case in shown)]
        for name in OWN
        if any(case.row(name) for case in shown)
    ]
    return _table(["", *map(_name, shown)], lines) if lines else ""


def _others(cases: Sequence[CaseReport]) -> str:
    shown = [case for case in cases if any(case.row(name) for name in OTHERS)]
    lines = [
        [ROWS[name].label, *(_ratio(case, OWN[0], name) for case in shown)]
        for name in OTHERS
        if any(case.row(name) for case in shown)
    ]
    return _table(["", *map(_name, shown)], lines) if lines else ""


def _ratio(case: CaseReport, name: str, basis: str) -> str:
    row = case.row(name)
    return times(case.ratio(row, basis)) if row else ""


def _multiples(report: Report) -> str:
    """Time with gaps or beside other work over the time without, for each row."""
    slower = [case for case in report.cases if case.setting != QUIET or case.name == GAPS]
    sizes = sorted({case.events for case in slower})
    found: dict[tuple[str, str], dict[int, str]] = {}
    for case in slower:
        quiet = report.case(SYNTHETIC, case.events)
        for row in case.rows:
            if quiet and (other := quiet.row(row.row)):
                line = found.setdefault((_circumstance(case), row.label), {})
                line[case.events] = times(row.median / other.median)
    lines = [[*words, *(line.get(n, "") for n in sizes)] for words, line in found.items()]
    if not lines:
        return ""
    note = (
        "Time as a multiple of the same row's time on the same events without gaps and with "
        f"nothing else running. With gaps, {100 * GAPPY:.0f}% of the columns lack "
        f"{100 * MISSING:.0f}% of their returns; rows that cannot handle gaps are omitted. Busy: "
        "an endless loop is pinned to each core, which leaves half of the machine, so 2 is to be "
        "expected; BLAS uses its default number of threads, then one."
    )
    table = _table(["", "", *(f"{size:,}" for size in sizes)], lines, text=2)
    return f"{note}\n\n{table}"


def _circumstance(case: CaseReport) -> str:
    return ", ".join(filter(None, ["gaps" if case.name == GAPS else "", case.setting]))


def _first(cases: Sequence[CaseReport]) -> str:
    shown = [case for case in cases if any(case.row(name) for name in FIRST[:2])]
    lines = [
        [ROWS[name].label, *(figure(m.median) if (m := case.row(name)) else "" for case in shown)]
        for name in FIRST
    ]
    note = (
        "Seconds that a script takes in a new process, from start to end: imports, reading returns "
        "and events from two Parquet files, the study, its tables. First call ever: nothing has "
        "been compiled yet. The last row is the call alone, in a process that has made one before."
    )
    return f"{note}\n\n{_table(['', *map(_name, shown)], lines)}" if shown else ""


def _rates(cases: Sequence[CaseReport]) -> str:
    measured = {row.row for case in cases for row in case.rows}
    measured -= {*FIRST[:2]}
    shown = [row for row in ROWS.values() if row.less is None and row.name in measured]
    lines = [
        [row.label, *(figure(m.rate) if (m := case.row(row.name)) else "" for case in cases)]
        for row in shown
    ]
    return _table(["", *map(_name, cases)], lines) if lines else ""


def _streamed(studies: Sequence[Streamed]) -> str:
    if not studies:
        return ""
    note = (
        "Events and returns come from Parquet files, event-level figures go to a folder, and the "
        "tests are read. Peak memory includes pages of mapped files, which the system can reclaim "
        "at any time; the next column leaves them out."
    )
    heads = ["", "events/s", "read s", "study s", "peak MiB", "without files MiB", "disk GiB"]
    lines = [
        [
            f"{each.events:,}",
            figure(each.events / each.seconds["study"]),
            figure(each.seconds["events"] + each.seconds["panel"]),
            figure(each.seconds["study"]),
            figure(each.peak_mib),
            figure(each.own_mib),
            figure(each.disk_mib / 1024),
        ]
        for each in studies
    ]
    return f"{note}\n\n{_table(heads, lines)}"


def _all_seconds(report: Report) -> str:
    if not report.cases:
        return ""
    note = (
        f"Median of {report.runs} runs after one warm-up (fewer above {LONG:.0f} s a run, see the "
        "column), each row in a process of its own; runs far apart mean a busy machine. The loops "
        "are timed on as many events, drawn at random, as the column says; above stands their "
        "rate. Memory is the peak of the "
        "process, data and libraries included; base is the peak before the work. The processes "
        "that a row starts come on top: the peak of the largest one is in brackets."
    )
    return "\n\n".join([note, *(f"**{_name(case)}**\n\n{_seconds(case)}" for case in report.cases)])


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
        "Up to 1,000 events this package also computes a placebo p-value for every CAR. The numpy "
        "rows are given arrays, without the checks and look-ups that this package makes on frames. "
        "Other packages run in environments of their own and are given frames in the layout they "
        "require; preparing it is not timed."
    )
    return "\n\n".join(["\n".join(lines), note]) if lines else ""


def _name(case: CaseReport) -> str:
    name = f"{case.name} ({case.events:,})"
    known = {SYNTHETIC: f"{case.events:,}", GAPS: f"{case.events:,} with gaps"}
    return ", ".join([known.get(case.name, name), *filter(None, [case.setting])])


def _window(days: tuple[int, int]) -> str:
    return "[" + ", ".join(f"{'−' if d < 0 else '+'}{abs(d)}" for d in days) + "]"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]], text: int = 1) -> str:
    """Markdown; the first `text` columns to the left, figures to the right."""
    rule = ["---"] * text + ["---:"] * (len(heads) - text)
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rule, *lines))
