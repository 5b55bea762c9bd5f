"""Monthly rows: defaults of their own, words that say months, figures by brute force."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.spec.study_spec import BY_FREQUENCY, DEFAULTS, StudySpec
from eventstudy.text.measure import measured_in, worded

EVENTS = (
    "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
    "main,Day of change,2022-06-14,pre,x,A;B;C,^GSPC,yes,s,\n"
    "other,Something else,2022-08-01,pre,x,A,,no,s,\n"
)


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    """Prices of three firms and an index at the end of 160 months."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2012-01-31", periods=160, freq="ME")
    market = 0.005 + 0.04 * rng.normal(size=160)
    firms = 1.1 * market[:, None] + 0.06 * rng.normal(size=(160, 3))
    firms[days.get_loc("2022-06-30")] -= 0.25
    grown = np.cumprod(1 + np.column_stack([firms, market]), axis=0)
    return pd.DataFrame(100 * grown, index=days, columns=[*"ABC", "^GSPC"])


def test_each_frequency_has_its_own_defaults_and_days_keep_theirs() -> None:
    assert DEFAULTS.estimation == (-260, -11)
    assert StudySpec(frequency="daily") == DEFAULTS
    for frequency, options in BY_FREQUENCY.items():
        spec = StudySpec(frequency=frequency)
        assert {name: getattr(spec, name) for name in options} == dict(options)
        own = StudySpec(frequency=frequency, window=(-1, 1), min_obs=30)
        assert (own.window, own.min_obs) == ((-1, 1), 30)
        assert own.estimation == options["estimation"]
        assert StudySpec(**spec.model_dump()) == spec


def test_the_default_study_of_months_by_a_loop(months: pd.DataFrame) -> None:
    frame = pd.DataFrame({"ticker": [*"ABC"], "date": ["2022-06-14", "2022-06-30", "2021-03-02"]})
    frame["benchmark"] = "^GSPC"
    result = es.EventStudy(frequency="monthly", tests=["bhar_t", "csect_t"]).run(frame, months)
    returns = months.pct_change().to_numpy()
    held = []
    for at, (ticker, day) in enumerate(frame[["ticker", "date"]].itertuples(index=False)):
        row = int(np.searchsorted(months.index, pd.Timestamp(day)))
        rows = np.arange(row - 66, row - 6)
        y, x = returns[:, months.columns.get_loc(ticker)], returns[:, 3]
        X = np.column_stack([np.ones(60), x[rows]])
        coef = np.linalg.lstsq(X, y[rows], rcond=None)[0]
        after = np.arange(row, row + 12)
        car = (y[after] - coef[0] - coef[1] * x[after]).sum()
        assert result.car((0, 11))["car"].iloc[at] == pytest.approx(car, rel=1e-9)
        assert result.fits["n_obs"].iloc[at] == 60
        held.append(np.prod(1 + y[after]) - np.prod(1 + x[after]))
    tests = result.tests[(result.tests["start"] == 0) & (result.tests["end"] == 11)]
    t = np.mean(held) / np.std(held, ddof=1) * np.sqrt(3)
    found = tests.set_index("test").loc["bhar_t", "statistic"]
    assert found == pytest.approx(t, rel=1e-9)


def test_a_rate_of_months_is_subtracted_by_a_loop(months: pd.DataFrame) -> None:
    returns = months.pct_change().iloc[1:]
    rng = np.random.default_rng(1)
    rf = 0.001 + 0.0005 * rng.random(len(returns))
    market = returns["^GSPC"].to_numpy() - rf
    frame = pd.DataFrame({"ticker": ["A"], "date": ["2022-06-14"]})
    study = es.EventStudy("capm", frequency="monthly")
    fit = study.run(frame, returns=returns.assign(rf=rf)).fits.iloc[0]
    row = int(np.searchsorted(returns.index, pd.Timestamp("2022-06-14")))
    rows = np.arange(row - 66, row - 6)
    X = np.column_stack([np.ones(60), market[rows]])
    coef = np.linalg.lstsq(X, returns["A"].to_numpy()[rows] - rf[rows], rcond=None)[0]
    assert fit.iloc[:2].tolist() == pytest.approx(coef.tolist(), rel=1e-9)
    assert fit["n_obs"] == 60


def test_words_say_months() -> None:
    text = "CAR from day −6 on; Sessions from day 0; ordinary days, one session, Day by day"
    assert worded(text) == text
    with measured_in("percent", "monthly"):
        said = worded(text)
        assert not re.search(r"\b[Dd]ays?\b|[Ss]ession", said)
        assert len(re.findall(r"\b[Mm]onths?\b", said)) == 7
        assert worded("Day of change") == "Day of change"


@pytest.mark.slow
def test_a_run_of_months_from_the_command_line(tmp_path: Path, months: pd.DataFrame) -> None:
    from typer.testing import CliRunner

    from eventstudy.cli.app import app

    (tmp_path / "events.csv").write_text(EVENTS)
    months.to_csv(tmp_path / "months.csv", index_label="date")
    asked = ["run", "--events", tmp_path / "events.csv", "--source", tmp_path / "months.csv"]
    asked += ["--out", tmp_path / "out", "--frequency", "monthly", "--min-obs", "30"]
    done = CliRunner().invoke(app, [*map(str, asked), "--no-progress", "--format", "html"])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "main" / "results.json").read_text("utf-8"))
    assert told["spec"]["estimation"] == list(BY_FREQUENCY["monthly"]["estimation"])
    assert told["spec"]["min_obs"] == 30
    assert "month 0 is 2022-06-30" in done.output
    page = (tmp_path / "out" / "main" / "report.html").read_text("utf-8")
    assert "Months from month 0" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
