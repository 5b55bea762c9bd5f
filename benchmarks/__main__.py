"""Measure this package against the ways in which people do without it.

    python -m benchmarks [--quick] [--rows a,b] [--busy] [--out docs/benchmarks.md] [--json FILE]

Figures go to stdout, progress to stderr. Nothing is timed that does not agree with the others. A
long run can be cut in parts, each with its --json; --read FILE FILE --out PAGE joins them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answer import DisagreementError
from benchmarks.machine import describe
from benchmarks.page import render
from benchmarks.report import CaseReport, Report
from benchmarks.rows import ROWS
from benchmarks.run import run
from benchmarks.scenes import Plan
from benchmarks.streamed import HUNDRED_MILLION, measure_streamed
from benchmarks.table import case_table

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000)
GAPS = (3_000, 100_000, 1_000_000)
TEN_MILLION = 10_000_000
RIVALS = tuple(name for name, row in ROWS.items() if row.rival)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 when a row is wrong or failed."""
    options = _parser().parse_args(arguments)
    try:
        report = _report(options)
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


def _report(options: argparse.Namespace) -> Report:
    if options.read:
        return Report.joined([Report.load(path) for path in options.read])
    if options.hundred_million:
        sizes = options.sizes or (HUNDRED_MILLION,)
        studies = [measure_streamed(options.hundred_million, size) for size in sizes]
        return Report(describe(), _command(options), runs=1, cases=[], streamed=studies)
    return run(_plan(options), _say, _show)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=_summary())
    parser.add_argument("--quick", action="store_true", help="small sizes, fewer runs, no universe")
    parser.add_argument("--rows", type=_names, default=tuple(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--sizes", type=_numbers, help="numbers of synthetic events, as 1000,10000")
    parser.add_argument("--ten-million", action="store_true", help="ten million events too")
    parser.add_argument(
        "--gaps", type=_numbers, help="numbers of events on a panel with missing returns"
    )
    parser.add_argument(
        "--busy",
        type=_names,
        nargs="?",
        const=tuple(ROWS),
        default=(),
        metavar="ROWS",
        help="these rows, or all, again beside an endless loop on each core",
    )
    parser.add_argument(
        "--peer",
        type=_peer,
        action="append",
        default=[],
        metavar="ROW=PYTHON",
        help=f"an interpreter with another package: {', '.join(RIVALS)}; may be repeated",
    )
    parser.add_argument(
        "--hundred-million",
        type=Path,
        metavar="FOLDER",
        help="only this: that many events (or --sizes) from Parquet files into the folder",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--out", type=Path, help="write the page to this file")
    parser.add_argument(
        "--read", type=Path, nargs="+", help="take the figures from these JSONs, measure nothing"
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


def _peer(text: str) -> tuple[str, str]:
    name, _, python = text.partition("=")
    if name not in RIVALS or not python:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PYTHON with {', '.join(RIVALS)}")
    return name, python


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
        gaps=options.gaps or (() if options.quick or options.sizes else GAPS),
        busy=options.busy,
        universe=not options.quick,
        quick=options.quick,
        rivals=dict(options.peer),
        command=_command(options),
    )


def _command(options: argparse.Namespace) -> str:
    """What repeats the run elsewhere: no path of this machine."""
    words = ["python -m benchmarks"]
    words += ["--quick"] if options.quick else []
    words += [f"--rows {','.join(options.rows)}"] if options.rows != tuple(ROWS) else []
    words += [f"--sizes {','.join(map(str, options.sizes))}"] if options.sizes else []
    words += ["--ten-million"] if options.ten_million else []
    words += [f"--gaps {','.join(map(str, options.gaps))}"] if options.gaps else []
    busy = "" if options.busy == tuple(ROWS) else f" {','.join(options.busy)}"
    words += [f"--busy{busy}"] if options.busy else []
    words += [f"--peer {name}=PYTHON" for name, _ in options.peer]
    words += ["--hundred-million FOLDER"] if options.hundred_million else []
    words += ["--out docs/benchmarks.md"] if options.out else []
    return " ".join(words)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def _show(case: CaseReport) -> None:
    sys.stdout.write(case_table(case) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
