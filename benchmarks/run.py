"""All cases and rows, each in a fresh process; what they found is held against each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answer import Answer, DisagreementError, compare
from benchmarks.machine import describe
from benchmarks.panel import Case, synthetic, universe
from benchmarks.report import CaseReport, Measured, Report
from benchmarks.rows import BASIS, ROWS, Row, measured_at
from benchmarks.worker import Job

ROOT = Path(__file__).resolve().parents[1]
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
PEER = "eventstudy"
"""Distribution and import name of the package on PyPI; ours shares the import name only."""
PEER_PROBE = (
    f"import {PEER}, importlib.metadata as m; {PEER}.Single; print(m.version('{PEER}'), end='')"
)
PEER_WORKER = (
    "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.worker import main; main()"
)
"""The project comes last on the path, so that `eventstudy` is the installed one."""

Say = Callable[[str], None]
Tests = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    sizes: tuple[int, ...]
    """Numbers of synthetic events."""
    rows: tuple[str, ...]
    universe: bool
    """Whether to measure on the real announcements too."""
    quick: bool
    peer_python: str | None
    """An interpreter that has the PyPI package eventstudy."""
    command: str
    """How a reader repeats the run."""

    @property
    def runs(self) -> int:
        """Timed runs of a row that is not slow."""
        return 3 if self.quick else 5


def run(plan: Plan, say: Say, show: Callable[[CaseReport], None]) -> Report:
    """Measure everything; `show` gets every finished case, `say` a line as work goes on.

    Raises DisagreementError when a row computes something else than the others.
    """
    left_out: list[str] = []
    failures: list[str] = []
    rows = [row for name, row in ROWS.items() if name in {*plan.rows, BASIS}]
    machine = describe()
    pythons = {
        row.name: python for row in rows if (python := _python(row, plan, machine, left_out.append))
    }
    reports = []
    for case in _cases(plan, left_out.append):
        chosen = [row for row in rows if row.name in pythons and _fits(row, case, plan)]
        with tempfile.TemporaryDirectory() as folder:
            bench = _Bench(case, Path(folder), plan, pythons)
            reports.append(bench.measure(chosen, say, failures.append))
        show(reports[-1])
    return Report(machine, plan.command, plan.runs, reports, left_out, failures)


def _python(row: Row, plan: Plan, machine: dict[str, str], leave_out: Say) -> str | None:
    """The interpreter that can run the row, or None and a sentence; notes a peer's version."""
    if row.needs and find_spec(row.needs) is None:
        leave_out(f"{row.label}: {row.needs} is not installed.")
        return None
    if not row.peer:
        return sys.executable
    python = plan.peer_python or sys.executable
    command = [python, "-I", "-c", PEER_PROBE]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode == 0:
        machine[f"{PEER} (PyPI)"] = probe.stdout
        return python
    where = "the interpreter of --peer-python" if plan.peer_python else "this interpreter"
    leave_out(f"{row.label}: {where} does not have it (name one that does by --peer-python).")
    return None


def _cases(plan: Plan, leave_out: Say) -> Iterator[Case]:
    for size in plan.sizes:
        yield synthetic(size)
    if plan.universe:
        named = os.environ.get("EVENTSTUDY_SHARED")
        folder = (Path(named) if named else ROOT.parent / "shared") / "data"
        if (folder / "universe_prices.parquet").exists():
            yield universe(folder)
        else:
            leave_out(
                "The universe: there is no shared/data/universe_prices.parquet beside the "
                "checkout (or in EVENTSTUDY_SHARED)."
            )


def _fits(row: Row, case: Case, plan: Plan) -> bool:
    if case.name == "synthetic":
        return measured_at(row, len(case), plan.sizes)
    return not row.once


@dataclass(frozen=True, slots=True)
class _Bench:
    """One case, stored where the processes find it."""

    case: Case
    folder: Path
    plan: Plan
    pythons: Mapping[str, str]

    def measure(self, rows: list[Row], say: Say, fail: Say) -> CaseReport:
        """Every row, the one that the others are compared with first."""
        case, tests = self.case, dict[str, Tests]()
        case.save(self.folder / "case.npz")
        measured = {}
        for row in sorted(rows, key=lambda row: row.name != BASIS):
            say(f"{case.name}, {len(case):,} events: {row.label}")
            outcome = self._outcome(row)
            if "disagreement" in outcome:
                raise DisagreementError(f"On {case.name} {outcome['disagreement']}")
            if "failure" in outcome:
                fail(
                    f"{row.label} on {len(case):,} events ({case.name}) failed: "
                    f"{outcome['failure']}."
                )
                continue
            tests[row.name] = outcome.pop("tests")
            measured[row.name] = Measured(row.name, row.label, **outcome)
        _compare_tests({k: v for k, v in tests.items() if measured[k].timed == len(case)})
        sessions, assets = case.returns.shape
        shown = [measured[row.name] for row in rows if row.name in measured]
        return CaseReport(case.name, assets, sessions, len(case), shown)

    def _outcome(self, row: Row) -> dict[str, Any]:
        """What the row's process answers."""
        job = Job(
            row=row.name,
            case=str(self.folder / "case.npz"),
            reference=str(self.folder / "reference.npz"),
            most=row.most[self.plan.quick] if row.most else None,
            runs=self.plan.runs,
        )
        files = [self.folder / f"{row.name}.job.json", self.folder / f"{row.name}.json"]
        files[0].write_text(json.dumps(asdict(job)), "utf-8")
        environment = {k: v for k, v in os.environ.items() if k not in SLOWING}
        paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        start = ["-I", "-c", PEER_WORKER, str(ROOT)] if row.peer else ["-m", "benchmarks.worker"]
        done = subprocess.run(
            [self.pythons[row.name], *start, *map(str, files)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return dict(json.loads(files[1].read_text("utf-8")))
        lines = done.stderr.strip().splitlines()
        return {"failure": lines[-1] if lines else f"exit code {done.returncode}"}


def _compare_tests(tests: dict[str, Tests]) -> None:
    """Patell and BMP over all events are the same in every row that has them."""
    found = {
        name: Answer(**{k: np.array(v) for k, v in values.items()})
        for name, values in tests.items()
        if values
    }
    for name, answer in found.items():
        compare(answer, next(iter(found.values())), f"{name}, all events")
