"""The benchmarks run, refuse to time wrong numbers, and say what they found; no speed is tested."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    __main__,
    answer,
    busy,
    first,
    loops,
    own,
    page,
    panel,
    peers,
    streamed,
    table,
)
from benchmarks.report import Report
from benchmarks.scenes import Plan, scenes

REPOSITORY = Path(__file__).resolve().parents[2]


def python_m_benchmarks(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.weekly
def test_a_quick_run_measures_every_row_it_is_asked_for(tmp_path):
    rows = ("serial", "gather", "prefix", "lstsq", "pandas")
    wanted = ["--quick", "--sizes", 60, "--rows", ",".join((*rows, "pypi")), "--gaps", 80]
    files = ["--json", tmp_path / "report.json", "--out", tmp_path / "page.md"]
    done = python_m_benchmarks(*wanted, *files)
    assert done.returncode == 0, done.stderr
    report = Report.load(tmp_path / "report.json")
    case, without, gaps = report.cases
    assert (case.name, case.events) == ("synthetic", 60)
    assert [(each.name, each.events) for each in (without, gaps)] == [
        ("synthetic", 80),
        ("gaps", 80),
    ]
    assert {row.row for row in without.rows} == {row.row for row in gaps.rows}
    assert {row.row for row in case.rows} >= {*rows, "statsmodels"}
    assert [row.timed for row in case.rows if row.row != "pandas"] == [60] * (len(case.rows) - 1)
    assert all(len(row.seconds) == 3 and min(row.seconds) > 0 for row in case.rows)
    assert all(0 < row.base_mib <= row.peak_mib for row in case.rows)
    assert case.row("pypi") or "Left out. eventstudy (PyPI): this interpreter" in done.stdout
    assert "vectorised numpy" in done.stdout
    assert (tmp_path / "page.md").read_text("utf-8") == page.render(report)
    assert str(tmp_path) not in page.render(report)


def test_an_unknown_row_is_refused_with_the_known_ones():
    done = python_m_benchmarks("--rows", "fortran")
    assert done.returncode == 2
    assert "no row fortran; there are serial, arrays" in done.stderr


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


def test_the_same_must_be_missing_in_both():
    right = answer.Answer(scar=np.array([1.0, np.nan, 2.0]))
    assert answer.compare(right, right, "row") == 0
    for values in ([1.0, 3.0, 2.0], [np.nan, np.nan, 2.0], [np.nan] * 3):
        with pytest.raises(answer.DisagreementError, match=r"^row: scar differs"):
            answer.compare(answer.Answer(scar=np.array(values)), right, "row")


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


def test_gaps_lie_inside_windows_and_the_package_agrees_with_the_loop():
    full = panel.synthetic(150, assets=40, sessions=400)
    case = panel.with_gaps(full)
    columns = np.isnan(case.returns).any(axis=0)
    assert columns.sum() == 3
    assert 0.01 < np.isnan(case.returns[:, columns]).mean() < 0.03
    wanted = loops.statsmodels(case)()
    assert np.isnan(wanted.ar).any()
    assert not np.isnan(wanted.alpha).any()
    assert wanted.patell is None
    answer.compare(own.answer(own.study(placebo=False)(case)()), wanted, "row")
    again = np.nan_to_num(case.returns[~np.isnan(case.returns)])
    assert (again == full.returns[~np.isnan(case.returns)]).all()


def test_polars_frames_give_the_same():
    case = panel.synthetic(40, assets=20, sessions=300)
    found = own.answer(own.study(polars=True, placebo=False)(case)())
    answer.compare(found, peers.gather(case)(), "row")


def test_plain_arrays_hold_the_same():
    case = panel.synthetic(40, assets=20, sessions=300)
    found = own.arrays_answer(own.study(read=own.arrays, placebo=False)(case)())
    answer.compare(found, peers.gather(case)(), "row")


@pytest.mark.slow
def test_a_script_in_a_new_process_gives_the_same():
    case = panel.synthetic(40, assets=20, sessions=300)
    answer.compare(first.study(cached=False)(case)(), peers.gather(case)(), "row")


def plan(**more: object) -> Plan:
    fixed = {"rows": ("serial", "first", "gather"), "gaps": (), "busy": (), "universe": False}
    values = {"sizes": (1_000, 100_000), "quick": False, "rivals": {}, "command": "", **fixed}
    return Plan(**{**values, **more})


def seen(given: Plan) -> list[tuple[str, int, str, list[str]]]:
    return [(s.kind, s.events, s.setting, [row.name for row in s.rows]) for s in scenes(given)]


def test_gaps_are_measured_beside_the_same_events_without():
    both, all_rows = ["serial", "statsmodels"], ["serial", "first", "gather", "statsmodels"]
    assert seen(plan(gaps=(3_000, 100_000))) == [
        ("synthetic", 1_000, "", all_rows),
        ("synthetic", 100_000, "", all_rows),
        ("synthetic", 3_000, "", both),
        ("gaps", 3_000, "", both),
        ("gaps", 100_000, "", both),
    ]
    assert len(seen(plan(gaps=(3_000,), rows=("gather",)))) == 2


def test_rows_beside_other_work_run_from_ten_thousand_events_on():
    found = seen(plan(busy=("gather", "lstsq")))[2:]
    assert found == [("synthetic", 100_000, setting, ["gather"]) for setting in busy.SETTINGS[1:]]


def test_every_core_is_busy_inside_the_block_only(monkeypatch):
    started = []
    start = subprocess.Popen

    def noted(*words: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(start(*words, **more))
        return started[-1]

    monkeypatch.setattr(busy.subprocess, "Popen", noted)
    with busy.beside(busy.QUIET):
        assert not started
    with busy.beside(busy.BUSY):
        assert len(started) == len(busy.core_numbers()) > 0
        assert all(loop.poll() is None for loop in started)
    assert all(loop.poll() is not None for loop in started)


def test_blas_has_its_own_number_of_threads_or_one():
    given = {"OPENBLAS_NUM_THREADS": "3", "PATH": "/bin"}
    assert busy.environment(busy.QUIET, given) == {"PATH": "/bin"}
    assert busy.environment(busy.BUSY, given) == {"PATH": "/bin"}
    assert busy.environment(busy.ONE_THREAD, given)["OPENBLAS_NUM_THREADS"] == "1"


def test_another_package_is_named_with_its_interpreter(capsys):
    options = __main__._parser().parse_args(["--peer", "vibe=/v/python", "--peer", "pypi=p"])
    assert __main__._plan(options).rivals == {"vibe": "/v/python", "pypi": "p"}
    assert "--peer vibe=PYTHON --peer pypi=PYTHON" in __main__._command(options)
    with pytest.raises(SystemExit):
        __main__._parser().parse_args(["--peer", "serial=/v/python"])
    assert "is not NAME=PYTHON with pypi, statspai" in capsys.readouterr().err


@pytest.mark.slow
def test_events_from_parquet_into_a_folder_agree_with_the_loop(tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "GROUP", 250)
    found = streamed.measure_streamed(tmp_path, 400)
    assert found.events == 400
    assert found.disk_mib > 0
    assert found.peak_mib >= found.base_mib
    assert set(found.seconds) == {"events", "panel", "study"}


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
        row_of("first", "first call ever", [3.0]),
        row_of("gather", "vectorised numpy", [1.0]),
        row_of("statsmodels", "statsmodels loop", [2.0], timed=100),
    ]
    case = {"assets": 500, "sessions": 2_500, "rows": rows}
    cases = [
        {"name": "synthetic", "events": 1_000, **case},
        {"name": "universe", "events": 19_072, **case, "rows": rows[:1]},
        {"name": "gaps", "events": 1_000, **case, "rows": [row_of("serial", "own", [0.6])]},
        {**case, "name": "synthetic", "events": 1_000, "rows": rows[:1], "setting": "busy"},
    ]
    machine = {"processor": "P", "cores": "2", "memory": "8 GiB", "system": "S", "Python": "3.11"}
    values = {"machine": machine, "command": "python -m benchmarks", "runs": 5, "cases": cases}
    return Report.of({**values, "left_out": ["The rest: it is not there."]})


def test_the_page_gives_ratios_then_rates_then_seconds(report):
    text = page.render(report)
    assert "`python -m benchmarks`" in text
    assert "2 cores (P), 8 GiB of memory, S; Python 3.11." in text
    expected = [
        "## How many times as fast as vectorised numpy\n\n|  | 1,000 |",
        "| this package | 2 |",
        '| this package, engine="processes" | 4 |',
        "## How many times as fast as the statsmodels loop\n\n|  | 1,000 |",
        "| this package | 40 |",
        "| gaps | own | 1.2 |",
        "| busy | this package | 1 |",
        "| this package, first call ever | 3 |",
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


def test_reports_of_parts_make_one(report):
    studied = {"events": 5, "seconds": {"events": 1.0, "panel": 2.0, "study": 4.0}}
    memory = {"base_mib": 1, "peak_mib": 200, "own_mib": 120, "disk_mib": 2048}
    other = {"machine": {"vibe": "1"}, "command": "other", "runs": 1, "cases": []}
    part = Report.of({**other, "streamed": [{**studied, **memory}]})
    joined = Report.joined([report, part])
    assert joined.cases == report.cases
    text = page.render(joined)
    assert "`python -m benchmarks`, `other`" in text
    assert "Python 3.11, vibe 1." in text
    assert "| 5 | 1.25 | 3 | 4 | 200 | 120 | 2 |" in text


def test_a_report_survives_its_file(report, tmp_path):
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == report
