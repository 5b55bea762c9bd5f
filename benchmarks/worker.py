"""One row on one case in a process of its own: a job file in, an answer file out."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answer import Answer, DisagreementError, compare
from benchmarks.measure import children_mib, measure, peak_mib
from benchmarks.panel import Case
from benchmarks.rows import BASIS, ROWS

CHECKED = 200
"""Events whose every figure is compared with the statsmodels loop before anything is timed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure."""

    row: str
    case: str
    """Path of the case."""
    reference: str
    """Path of the statsmodels loop's answer on the checked events; written if there is none."""
    most: int | None
    runs: int


def main() -> None:
    """Do the job of the file named first, write the outcome to the file named second."""
    job_file, outcome_file = (Path(name) for name in sys.argv[1:3])
    job = Job(**json.loads(job_file.read_text("utf-8")))
    try:
        outcome = do(job)
    except DisagreementError as error:
        outcome = {"disagreement": str(error)}
    outcome_file.write_text(json.dumps(outcome), "utf-8")


def do(job: Job) -> dict[str, Any]:
    """Check the row on a few events, then run it on all of them, check again, and time it."""
    row, case = ROWS[job.row], Case.load(Path(job.case))
    few = case.head(CHECKED)
    wanted = _reference(Path(job.reference), few)
    compare(row.answer(row.prepare(few)()), wanted, job.row)

    case = case.head(job.most)
    run = row.prepare(case)
    less = row.less(case) if row.less else None
    base = peak_mib()
    tests: dict[str, list[float]] = {}

    def check(result: Any) -> None:
        found = row.answer(result)
        size = min(len(case), CHECKED)
        compare(found.head(size), wanted.head(size), job.row)
        for name in ("patell", "bmp"):
            if (values := getattr(found, name)) is not None:
                tests[name] = values.tolist()

    timing, peak = measure(run, less, job.runs, check)
    return {
        "timed": len(case),
        "seconds": timing,
        "added": less is not None,
        "base_mib": base,
        "peak_mib": peak,
        "child_mib": children_mib(),
        "tests": tests,
    }


def _reference(path: Path, few: Case) -> Answer:
    """The statsmodels loop's answer; the first row of a case, which is that loop, stores it."""
    if not path.exists():
        ROWS[BASIS].prepare(few)().save(path)
    return Answer.load(path)


if __name__ == "__main__":
    main()
