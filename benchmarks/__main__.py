"""Measure this package against the ways in which people do without it.

    python -m benchmarks [--quick] [--rows a,b] [--out docs/benchmarks.md] [--json FILE]

Figures go to stdout, progress to stderr. Nothing is timed that does not agree with the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answer import DisagreementError
from benchmarks.page import render
from benchmarks.report import CaseReport, Report
from benchmarks.rows import ROWS
from benchmarks.run import Plan, run
from benchmarks.table import case_table

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000)
TEN_MILLION = 10_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 when a row is wrong or failed."""
    options = _parser().parse_args(arguments)
    try:
        report = Report.load(options.read) if options.read else run(_plan(options), _say, _show)
    except DisagreementError as error:
        _say(f"Stopped: {error}")
        return 1
    for sentence in [*report.left_out, *report.failures]:
        sys.stdout.write(f"Left out. {sentence}\n")
    if options.json:
        report.save(options.json)
    if options.out:
        options.out.write_text(render(report), "utf-8")
    return int(bool(report.failures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=_summary())
    parser.add_argument("--quick", action="store_true", help="small sizes, fewer runs, no universe")
    parser.add_argument("--rows", type=_names, default=tuple(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--sizes", type=_numbers, help="numbers of synthetic events, as 1000,10000")
    parser.add_argument("--ten-million", action="store_true", help="ten million events too")
    parser.add_argument("--peer-python", help="an interpreter with the PyPI package eventstudy")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--out", type=Path, help="write the page to this file")
    parser.add_argument(
        "--read", type=Path, help="take the figures from this JSON, measure nothing"
    )
    return parser


def _summary() -> str:
    return (__doc__ or "").split("\n", maxsplit=1)[0]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in ROWS]:
        raise argparse.ArgumentTypeError(
            f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}"
        )
    return names


def _numbers(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        sizes = ()
    if not sizes or sizes[0] < 10:
        raise argparse.ArgumentTypeError(f"{text!r} are no whole numbers from 10 on")
    return sizes


def _plan(options: argparse.Namespace) -> Plan:
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    return Plan(
        sizes=(*sizes, TEN_MILLION) if options.ten_million else sizes,
        rows=options.rows,
        universe=not options.quick,
        quick=options.quick,
        peer_python=options.peer_python,
        command=_command(options),
    )


def _command(options: argparse.Namespace) -> str:
    """What repeats the run elsewhere: no path of this machine."""
    words = ["python -m benchmarks"]
    words += ["--quick"] if options.quick else []
    words += [f"--rows {','.join(options.rows)}"] if options.rows != tuple(ROWS) else []
    words += [f"--sizes {','.join(map(str, options.sizes))}"] if options.sizes else []
    words += ["--ten-million"] if options.ten_million else []
    words += ["--peer-python PYTHON"] if options.peer_python else []
    words += ["--out docs/benchmarks.md"] if options.out else []
    return " ".join(words)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def _show(case: CaseReport) -> None:
    sys.stdout.write(case_table(case) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
