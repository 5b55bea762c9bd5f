"""`eventstudy calibrate` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eventstudy.cli.app import app, main

SMALL = (
    "calibrate",
    "--samples",
    "20",
    "--events",
    "8",
    "--estimation=-45,-6",
    "--engine",
    "serial",
)


def test_table_on_stdout_and_files_on_request(tmp_path: Path):
    answer = CliRunner().invoke(app, [*SMALL, "--out", str(tmp_path / "cal"), "--seed", "3"])
    assert answer.exit_code == 0
    assert "ρ0.1 ×2" in answer.stdout
    assert "Trust " in answer.stdout
    assert answer.stderr.startswith("Wrote ")
    assert (tmp_path / "cal" / "calibration.pdf").is_file()


def test_json():
    answer = CliRunner().invoke(
        app, [*SMALL, "--rho", "0", "--variance", "1", "--dispersed", "--json", "--tests", "bmp_t"]
    )
    found = json.loads(answer.stdout)
    assert found["dates"] == "dispersed"
    assert [row["test"] for row in found["table"]] == ["bmp_t"]


def test_own_prices():
    answer = CliRunner().invoke(
        app,
        ["calibrate", "--source", "bundled", "--events", "10", "--samples", "20", "--ar", "0,0.02",
         "--engine", "serial", "--tests", "portfolio_t,bmp_t"],
    )  # fmt: skip
    assert answer.exit_code == 0
    assert "placebo events on" in answer.stdout
    assert "AR2%" in answer.stdout


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--rho", "2"], 2, "Option rho: give a correlation from 0 to below 1"),
        (["--tests", "nothing"], 2, "There is no test 'nothing'."),
        (["--source", "nowhere.csv"], 2, "There is no price file 'nowhere.csv'"),
        (
            ["--source", "bundled", "--benchmark", "XXX"],
            3,
            "The benchmark XXX is not in the prices",
        ),
        (["--source", "bundled", "--events", "99"], 2, "ask for fewer events"),
    ],
)
def test_errors(args: list[str], code: int, said: str, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["eventstudy", *SMALL, *args])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    streams = capsys.readouterr()
    assert said in streams.err
    assert streams.out == ""


def test_an_output_that_is_a_file_is_refused_before_any_work(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr("sys.argv", ["eventstudy", "calibrate", "--out", str(tmp_path / "file")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "is a file, not a folder" in capsys.readouterr().err
