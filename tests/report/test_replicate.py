"""The replication scripts of a bundle: what they hold, and that R finds the figures with them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.estimation_returns import estimation_returns
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.report.formats.replicate import SCRIPTS, write_replication
from eventstudy.report.story import Story
from eventstudy.report.tables.tidy import bundle_tables, write_tables
from tests.conftest import rscript

HEAD = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
TITLE = 'A rout */ of $chips `x\' // "y"'


@pytest.fixture(scope="module")
def prices() -> Any:
    return es.load_prices("bundled")


def bundle(prices: Any, folder: Path, **options: Any) -> tuple[Story, Path]:
    """The tables and scripts of a study of two shares."""
    quoted = TITLE.replace('"', '""')
    row = f'rout,"{quoted}",2025-01-27,,rout,NVDA;AVGO,,yes,a newspaper,\n'
    (folder / "events.csv").write_text(HEAD + row, "utf-8")
    study = es.EventStudy(**{"car": [(0, 0), (-1, 1), (0, 5)], "compare": (), **options})
    result = study.run(es.read_events(folder / "events.csv"), prices)
    evidence = Evidence("rout", estimation=estimation_returns(Case(result, prices)))
    out = folder / "bundle"
    (out / "tables").mkdir(parents=True)
    write_tables(bundle_tables(result, evidence), out / "tables")
    story = Story(result, "rout", evidence)
    write_replication(story, out)
    return story, out


def run_r(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [rscript(), str(folder / "replicate.R")],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=300,
    )


@pytest.mark.needs_r
@pytest.mark.representative(model="market")
@pytest.mark.parametrize("model", ["market", "mean", "market_adjusted", "capm", "ff3", "dimson"])
def test_r_finds_the_figures_of_the_study(prices: Any, tmp_path: Path, model: str) -> None:
    """The script compares with 1e-10 itself; here its printed figures are those of the study."""
    story, out = bundle(prices, tmp_path, model=model)
    done = run_r(out)
    assert done.returncode == 0, done.stderr
    day = story.result.car((0, 0)).droplevel(0).loc["NVDA"]
    words = done.stdout.splitlines()[0].split()
    assert words[:3] == ["NVDA", "[0,", "0]:"]
    told = dict(zip(words[3::2], map(float, words[4::2]), strict=True))
    names = ["car", "se", "t", "df", "p_value", "p_placebo"]
    assert list(told.values()) == pytest.approx(day[names].tolist(), rel=1e-6)
    assert "33 figures of 6 estimates agree" in done.stdout


@pytest.mark.needs_r
def test_r_stops_where_a_return_was_changed(prices: Any, tmp_path: Path) -> None:
    _, out = bundle(prices, tmp_path)
    place = out / "tables" / "estimation_returns.csv"
    table = pd.read_csv(place)
    table.loc[100, "return"] += 1e-6
    table.to_csv(place, index=False)
    done = run_r(out)
    assert done.returncode != 0
    assert "differ" in done.stderr


def test_the_scripts_hold_the_figures_and_where_they_are(prices: Any, tmp_path: Path) -> None:
    story, out = bundle(prices, tmp_path)
    table = pd.read_csv(out / "tables" / "estimation_returns.csv")
    for name in SCRIPTS:
        text = (out / name).read_text("utf-8")
        for window in ((0, 0), (-1, 1), (0, 5)):
            for figure in ("car", "se", "t"):
                for value in story.result.car(window)[figure]:
                    assert f"{value:.12g}" in text, (name, window, figure)
    stata = (out / "replicate.do").read_text("utf-8")
    columns = list(table.columns)
    for name, renamed in (("return", "y"), ("benchmark_return", "x1"), ("rel_day", "rel_day")):
        assert f"rename v{columns.index(name) + 1} {renamed}\n" in stata
    assert f"used = v{columns.index('used') + 1} ==" in stata
    for ticker in ("NVDA", "AVGO"):
        rows = np.flatnonzero(table["ticker"] == ticker) + 1
        assert f"{rows[0]}, {rows[-1]}" in stata


def test_a_title_stays_a_comment(prices: Any, tmp_path: Path) -> None:
    _, out = bundle(prices, tmp_path)
    for name in SCRIPTS:
        head = (out / name).read_text("utf-8").splitlines()[0]
        assert not set('$`/"') & set(head)
        assert "rout" in head


def test_the_headline_is_the_one_with_a_placebo_p(prices: Any, tmp_path: Path) -> None:
    story, out = bundle(prices, tmp_path)
    text = (out / "replicate.R").read_text("utf-8")
    rows = [line.split() for line in text.splitlines() if line[:2] in ("1 ", "2 ")]
    assert [row[0] for row in rows if row[-1] != "NA"] == ["1"] * 3
    p = story.result.car((0, 0)).droplevel(0).loc["NVDA", "p_placebo"]
    assert rows[0][-1] == f"{p:.12g}"


def test_no_script_without_a_regression_or_a_table(prices: Any, tmp_path: Path) -> None:
    story, out = bundle(prices, tmp_path, model="robust")
    assert not any((out / name).exists() for name in SCRIPTS)
    for evidence in (None, Evidence("rout")):
        write_replication(replace(story, evidence=evidence), out)
        assert not any((out / name).exists() for name in SCRIPTS)


def test_the_same_study_writes_the_same_scripts(prices: Any, tmp_path: Path) -> None:
    story, out = bundle(prices, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    write_replication(story, other)
    for name in SCRIPTS:
        assert (other / name).read_bytes() == (out / name).read_bytes()
