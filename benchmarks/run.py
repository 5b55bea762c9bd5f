"""All cases and rows, each in a fresh process; what they found is held against each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answer import Answer, DisagreementError, compare
from benchmarks.busy import beside, environment
from benchmarks.machine import describe
from benchmarks.panel import Case, synthetic, universe, with_gaps
from benchmarks.report import CaseReport, Measured, Report
from benchmarks.rows import BASIS, Row
from benchmarks.scenes import GAPS, UNIVERSE, Plan, Scene, scenes
from benchmarks.worker import Job

ROOT = Path(__file__).resolve().parents[1]
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
RIVAL_WORKER = (
    "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.worker import main; main()"
)
"""The project comes last on the path, so that `eventstudy` is the installed one."""

Say = Callable[[str], None]
Tests = dict[str, list[float]]


def run(plan: Plan, say: Say, show: Callable[[CaseReport], None]) -> Report:
    """Measure everything; `show` gets every finished case, `say` a line as work goes on.

    Raises DisagreementError when a row computes something else than the others.
    """
    left_out: list[str] = []
    failures: list[str] = []
    parts, machine = scenes(plan), describe()
    rows = {row.name: row for scene in parts for row in scene.rows}
    found = {name: _python(row, plan, machine, left_out.append) for name, row in rows.items()}
    pythons = {name: python for name, python in found.items() if python}
    reports = []
    for scene in parts:
        if (case := _case(scene, left_out.append)) is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            bench = _Bench(case, scene.setting, Path(folder), plan, pythons)
            chosen = [row for row in scene.rows if row.name in pythons]
            reports.append(bench.measure(chosen, say, failures.append))
        show(reports[-1])
    return Report(machine, plan.command, plan.runs, reports, left_out, failures)


def _python(row: Row, plan: Plan, machine: dict[str, str], leave_out: Say) -> str | None:
    """The interpreter that can run the row, or None and a sentence; notes a rival's version."""
    if row.needs and find_spec(row.needs) is None:
        leave_out(f"{row.label}: {row.needs} is not installed.")
        return None
    if row.rival is None:
        return sys.executable
    python = plan.rivals.get(row.name, sys.executable)
    version = f"import importlib.metadata as m; print(m.version({row.rival.distribution!r}))"
    command = [python, "-I", "-c", f"{row.rival.probe}; {version}"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode == 0:
        machine[row.label] = probe.stdout.split()[-1]
        return python
    where = "the interpreter of --peer" if row.name in plan.rivals else "this interpreter"
    leave_out(
        f"{row.label}: {where} does not have it (name one that does by --peer {row.name}=PYTHON)."
    )
    return None


def _case(scene: Scene, leave_out: Say) -> Case | None:
    if scene.kind != UNIVERSE:
        case = synthetic(scene.events)
        return with_gaps(case) if scene.kind == GAPS else case
    named = os.environ.get("EVENTSTUDY_SHARED")
    folder = (Path(named) if named else ROOT.parent / "shared") / "data"
    if (folder / "universe_prices.parquet").exists():
        return universe(folder)
    leave_out(
        "The universe: there is no shared/data/universe_prices.parquet beside the checkout (or in "
        "EVENTSTUDY_SHARED)."
    )
    return None


@dataclass(frozen=True, slots=True)
class _Bench:
    """One case, stored where the processes find it."""

    case: Case
    setting: str
    """What else the machine does."""
    folder: Path
    plan: Plan
    pythons: Mapping[str, str]

    def measure(self, rows: list[Row], say: Say, fail: Say) -> CaseReport:
        """Every row, the one that the others are compared with first."""
        case, tests = self.case, dict[str, Tests]()
        case.save(self.folder / "case.npz")
        measured = {}
        for row in sorted(rows, key=lambda row: row.name != BASIS):
            beside_it = f" ({self.setting})" if self.setting else ""
            say(f"{case.name}, {len(case):,} events{beside_it}: {row.label}")
            with beside(self.setting):
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
        return CaseReport(case.name, assets, sessions, len(case), shown, self.setting)

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
        kept = {k: v for k, v in os.environ.items() if k not in SLOWING}
        paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
        start = ["-I", "-c", RIVAL_WORKER, str(ROOT)] if row.rival else ["-m", "benchmarks.worker"]
        done = subprocess.run(
            [self.pythons[row.name], *start, *map(str, files)],
            env=environment(self.setting, {**kept, "PYTHONPATH": os.pathsep.join(paths)}),
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
