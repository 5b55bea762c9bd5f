"""The benchmarks run, refuse to time wrong numbers, and say what they found; no speed is tested."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import answer, page, panel, peers, table
from benchmarks.report import Report

REPOSITORY = Path(__file__).resolve().parents[2]


def python_m_benchmarks(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_quick_run_measures_every_row_it_is_asked_for(tmp_path):
    rows = ("serial", "gather", "prefix", "lstsq", "pandas")
    wanted = ["--quick", "--sizes", 60, "--rows", ",".join((*rows, "pypi"))]
    files = ["--json", tmp_path / "report.json", "--out", tmp_path / "page.md"]
    done = python_m_benchmarks(*wanted, *files)
    assert done.returncode == 0, done.stderr
    report = Report.load(tmp_path / "report.json")
    (case,) = report.cases
    assert (case.name, case.events) == ("synthetic", 60)
    assert {row.row for row in case.rows} >= {*rows, "statsmodels"}
    assert [row.timed for row in case.rows if row.row != "pandas"] == [60] * (len(case.rows) - 1)
    assert all(len(row.seconds) == 3 and min(row.seconds) > 0 for row in case.rows)
    assert all(0 < row.base_mib <= row.peak_mib for row in case.rows)
    assert case.row("pypi") or "Left out. eventstudy on PyPI: this interpreter" in done.stdout
    assert "vectorised numpy" in done.stdout
    assert (tmp_path / "page.md").read_text("utf-8") == page.render(report)
    assert str(tmp_path) not in page.render(report)


def test_an_unknown_row_is_refused_with_the_known_ones():
    done = python_m_benchmarks("--rows", "fortran")
    assert done.returncode == 2
    assert "no row fortran; there are serial, processes" in done.stderr


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(answer.Answer)])
def test_a_row_that_differs_in_anything_is_not_timed(name):
    right = peers.gather(panel.synthetic(30))()
    assert answer.compare(right, right, "row") == 0
    values = getattr(right, name).copy()
    values.flat[3] += 1e-8 * np.abs(values).max()
    wrong = dataclasses.replace(right, **{name: values})
    with pytest.raises(answer.DisagreementError, match=f"^row: {name} differs by 1.0e-08"):
        answer.compare(wrong, right, "row")
    values.flat[3] = np.nan
    with pytest.raises(answer.DisagreementError, match=f"^row: {name} differs"):
        answer.compare(wrong, right, "row")


def test_a_row_without_figures_or_events_does_not_pass():
    right = peers.gather(panel.synthetic(30))()
    with pytest.raises(answer.DisagreementError, match="nothing to compare"):
        answer.compare(answer.Answer(), right, "row")
    with pytest.raises(answer.DisagreementError, match=r"alpha has the shape \(29,\)"):
        answer.compare(right.head(29), right, "row")


def test_synthetic_events_are_the_same_every_time_and_have_full_windows(tmp_path):
    case = panel.synthetic(5_000, assets=20, sessions=300)
    assert case.first.min() == 0
    assert case.first.max() + panel.SPAN == 300
    case.save(tmp_path / "case.npz")
    again, stored = panel.synthetic(5_000, 20, 300), panel.Case.load(tmp_path / "case.npz")
    for name in ("returns", "market", "sessions", "tickers", "asset", "day"):
        assert (getattr(case, name) == getattr(again, name)).all()
        assert (getattr(case, name) == getattr(stored, name)).all()


@pytest.mark.needs_shared
def test_announcements_of_the_universe_have_full_windows(shared):
    case = panel.universe(shared / "data")
    assert len(case) > 10_000
    rows = case.first[:, None] + np.arange(panel.SPAN)
    assert np.isfinite(case.returns[rows[:500], case.asset[:500, None]]).all()
    assert len(case.head(500)) == 500


def row_of(name: str, label: str, seconds: list[float], **more: object) -> dict[str, object]:
    fixed = {"timed": 1_000, "added": False, "base_mib": 100, "peak_mib": 150, "child_mib": 0}
    return {"row": name, "label": label, "seconds": seconds, **fixed, **more}


@pytest.fixture
def report() -> Report:
    rows = [
        row_of("serial", "this package", [0.5, 0.4, 2.0]),
        row_of("processes", "on all cores", [0.25], child_mib=1_234.4),
        row_of("bootstrap", "draws", [0.003, 0.002, 0.004], added=True),
        row_of("gather", "vectorised numpy", [1.0]),
        row_of("statsmodels", "statsmodels loop", [2.0], timed=100),
    ]
    case = {"assets": 500, "sessions": 2_500, "rows": rows}
    cases = [
        {"name": "synthetic", "events": 1_000, **case},
        {"name": "universe", "events": 19_072, **case, "rows": rows[:1]},
    ]
    machine = {"processor": "P", "cores": "2", "memory": "8 GiB", "system": "S", "Python": "3.11"}
    values = {"machine": machine, "command": "python -m benchmarks", "runs": 5, "cases": cases}
    return Report.of({**values, "left_out": ["The rest: it is not there."]})


def test_the_page_gives_ratios_then_rates_then_seconds(report):
    text = page.render(report)
    assert "`python -m benchmarks`" in text
    assert "2 cores (P), 8 GiB of memory, S; Python 3.11." in text
    expected = [
        "| 1,000 | serial | 40 | 2 |",
        "| 1,000 | processes | 80 | 4 |",
        "| universe (19,072) | serial | – | – |",
        "| this package | 2,000 | 2,000 |",
        "| statsmodels OLS loop | 50 |  |",
        "| this package | 0.5 | 0.4 to 2 | 3 | 1,000 | 150 | 100 |",
        "| on all cores | 0.25 | 0.25 to 0.25 | 1 | 1,000 | 150 (+1,234) | 100 |",
        "| draws | 0.003 | 0.002 to 0.004 | 3 | 1,000 | 150 | 100 |",
        "- The rest: it is not there.",
    ]
    places = [text.index(line) for line in expected]
    assert places == sorted(places)
    assert "nan" not in text


def test_the_table_gives_what_adds_to_a_row_no_rate(report):
    lines = table.case_table(report.cases[0]).splitlines()
    assert lines[0] == "1,000 events, synthetic, 500 assets × 2,500 sessions"
    assert lines[2].split()[2:6] == ["2,000", "40", "0.5", "5"]
    assert lines[4].split()[1:5] == ["–", "–", "0.003", "2"]


def test_a_report_survives_its_file(report, tmp_path):
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == report
