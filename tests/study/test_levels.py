"""Levels that are no prices: changes of yields and spreads instead of returns, in their unit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.text.measure import headed, measured_in, worded
from eventstudy.text.numbers import percent

SHORT: dict[str, Any] = {"window": (-3, 5), "car": [(0, 0), (-1, 1), (0, 5)], "compare": ()}
EVENTS = (
    "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
    "cut,A cut of rates,2025-01-27,pre,x,Y2;SPREAD,^GSPC,yes,s,\n"
)


@pytest.fixture(scope="module")
def levels() -> pd.DataFrame:
    """A yield and a spread in per cent, both through zero, and an index beside them."""
    prices = es.load_prices("bundled").adj_close["^GSPC"].dropna()
    rng = np.random.default_rng(7)
    steps = 0.04 * rng.normal(size=(len(prices), 2))
    frame = pd.DataFrame(steps.cumsum(axis=0), index=prices.index, columns=["Y2", "SPREAD"])
    frame -= frame.mean()
    frame.loc["2025-01-27":, "Y2"] -= 0.30
    return frame.assign(**{"^GSPC": prices})


@pytest.fixture
def events(tmp_path: Path) -> es.Events:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS)
    return es.read_events(file)


@pytest.fixture
def source(tmp_path: Path, levels: pd.DataFrame) -> Path:
    file = tmp_path / "levels.csv"
    levels.to_csv(file, index_label="date")
    return file


def by_loop(levels: pd.DataFrame, ticker: str, scale: float) -> dict[str, float]:
    """The day-0 figure of a market model of changes on returns in per cent."""
    y = scale * levels[ticker].diff().to_numpy()
    x = 100 * (levels["^GSPC"] / levels["^GSPC"].shift() - 1).to_numpy()
    at = levels.index.get_loc("2025-01-27")
    rows = np.arange(at - 260, at - 10)
    X = np.column_stack([np.ones(250), x[rows]])
    coef = np.linalg.lstsq(X, y[rows], rcond=None)[0]
    s = np.sqrt(((y[rows] - X @ coef) ** 2).sum() / 248)
    new = np.array([1.0, x[at]])
    se = s * np.sqrt(1 + new @ np.linalg.inv(X.T @ X) @ new)
    return {"car": y[at] - new @ coef, "se": se, "beta": coef[1], "s": s}


@pytest.mark.parametrize(("unit", "scale"), [("percent", 100), ("decimal", 1e4), ("bp", 1)])
def test_changes_on_returns_by_a_loop(
    levels: pd.DataFrame, events: es.Events, source: Path, unit: str, scale: float
) -> None:
    study = es.EventStudy(returns="difference", levels="Y2,SPREAD", level_unit=unit, **SHORT)
    frame = pd.DataFrame({"event_id": "cut", "ticker": ["Y2", "SPREAD"], "date": "2025-01-27"})
    loaded = study.run(events, es.load_prices(source, values="levels"))
    handed = study.run(frame.assign(benchmark="^GSPC"), levels)
    for ticker in ("Y2", "SPREAD"):
        expected = by_loop(levels, ticker, scale)
        for result in (loaded, handed):
            row = result.car((0, 0)).loc[("cut", ticker)]
            fit = result.fits.loc[("cut", ticker)]
            found = {"car": row["car"], "se": row["se"], "beta": fit["beta"], "s": fit["s"]}
            assert found == pytest.approx(expected, rel=1e-8)


def test_all_columns_are_levels_unless_named(levels: pd.DataFrame) -> None:
    frame = pd.DataFrame({"ticker": ["Y2"], "date": ["2025-01-27"]})
    study = es.EventStudy(
        returns="difference", benchmark="SPREAD", model="market_adjusted", **SHORT
    )
    found = study.run(frame, levels[["Y2", "SPREAD"]]).abnormal_returns.iloc[0]
    change = 100 * levels[["Y2", "SPREAD"]].diff()
    at = levels.index.get_loc("2025-01-27")
    expected = (change["Y2"] - change["SPREAD"]).to_numpy()[at - 3 : at + 6]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    handed = study.run(frame, returns=change)
    np.testing.assert_allclose(handed.abnormal_returns.iloc[0], expected, rtol=1e-9)


@pytest.mark.slow
def test_every_figure_is_printed_in_basis_points(
    events: es.Events, source: Path, tmp_path: Path
) -> None:
    prices = es.load_prices(source, values="levels")
    study = es.EventStudy(returns="difference", levels="Y2,SPREAD", **SHORT)
    result = study.run(events, prices)
    car = float(result.car((0, 0)).loc[("cut", "Y2"), "car"])
    said = f"−{abs(car):.2f} bp"
    assert said in result.summary()
    evidence = es.gather_evidence(result, prices)
    assert evidence.parts == {}
    folder = es.write_bundle(
        result, tmp_path / "cut", evidence=evidence, formats=("html", "xlsx", "tex", "md")
    )
    told = json.loads((folder / "results.json").read_text("utf-8"))
    assert told["unit"] == "bp"
    assert said in told["answer"][0]
    page = re.sub(r"<style.*?</style>|<script.*?</script>", "", _text(folder, "report.html"))
    words = re.sub(r"<[^>]+>", " ", page)
    assert said in words
    assert "$" not in words
    texts = [words, result.summary(), told["headline"], *told["answer"]]
    texts += [_text(folder, f"tables/{name}") for name in ("headline.md", "car.md", "car.tex")]
    for told_text in texts:
        # Sizes of tests and probabilities are shares, whatever the figures are counted in.
        text = re.sub(r"rejects [\d.]+%|[\d.]+%\s+probability", "", told_text)
        levels = {"95", "99", "5", "1", "90", "10"}  # of tests and intervals
        shares = {found[1] for found in re.finditer(r"([\d.]+)\\?\s*\\?%", text)}
        assert shares <= levels, shares - levels
        assert not re.search(r"[Aa]bnormal return(?!s\.csv)", text.replace("_", " "))


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8").replace("\n", " ")


def test_plots_and_tables_say_the_unit(levels: pd.DataFrame) -> None:
    frame = pd.DataFrame({"ticker": ["Y2"], "date": ["2025-01-27"], "benchmark": "^GSPC"})
    study = es.EventStudy(returns="difference", levels=["Y2"], **SHORT)
    result = study.run(frame, levels[["Y2", "^GSPC"]])
    axis = result.plot_forest().axes[0]
    low, high = axis.get_xlim()
    assert low < result.car((0, 0))["car"].iloc[0] < high
    assert any("bp" in text.get_text() for text in result.plot_forest().findobj(match=_is_text))
    assert " bp" in str(es.etable(result)) or "bp" in str(es.etable(result))
    assert "s bp" in repr(result.assets)
    with measured_in("percent"):
        assert percent(0.01) == "+1.00%"


def _is_text(artist: object) -> bool:
    return hasattr(artist, "get_text")


def test_words_of_returns_become_words_of_changes() -> None:
    text = "The abnormal return; no return on day 0; Returns in percent"
    assert worded(text) == text
    assert headed("Abnormal return, %") == "Abnormal return, %"
    with measured_in("bp"):
        assert headed("Abnormal return, %") == "Abnormal change, bp"
        assert "return" not in worded(text).lower()


def test_compounding_is_refused_and_not_among_the_defaults(levels: pd.DataFrame) -> None:
    frame = pd.DataFrame({"ticker": ["Y2", "SPREAD"], "date": ["2025-01-27", "2025-03-03"]})
    frame["benchmark"] = "^GSPC"
    options = {"returns": "difference", "levels": "Y2,SPREAD", **SHORT}
    asked = es.EventStudy(**options, tests=["bhar_t", "csect_t"]).run(frame, levels).tests
    refused = asked.set_index("test")["refused"]
    assert (refused["bhar_t"] != "").all()
    assert (refused["csect_t"] == "").all()
    default = set(es.EventStudy(**options).run(frame, levels).tests["test"])
    assert not {name for name, test in es.list_tests().items() if test.of_returns} & default


def test_checks_of_prices_do_not_hold_for_levels_and_others_do(levels: pd.DataFrame) -> None:
    frame = pd.DataFrame({"ticker": ["Y2"], "date": ["2025-01-27"], "benchmark": "^GSPC"})
    study = es.EventStudy(returns="difference", levels="Y2", **SHORT)
    jumping = levels[["Y2", "^GSPC"]].copy()
    jumping.loc["2024-11-04":, "Y2"] = jumping.loc["2024-11-04":, "Y2"] * 2 + 5
    assert not [note for note in study.run(frame, jumping).notes if "split" in note]
    split = jumping.copy()
    split.loc["2024-11-04":, "^GSPC"] *= 0.5
    assert [note for note in study.run(frame, split).notes if "^GSPC" in note]
    still = jumping.copy()
    still.loc["2024-06-03":"2024-09-02", "Y2"] = 1.5
    assert [note for note in study.run(frame, still).notes if "Y2" in note]
    with pytest.raises(InputError, match="positive"):
        study.run(frame, jumping.assign(**{"^GSPC": -1.0}))
    with pytest.raises(InputError, match="weekly"):
        study.run(frame, jumping.resample("W").last())
    with pytest.raises(InputError, match="twice"):
        study.run(frame, pd.concat([jumping, jumping.tail(1)]))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"levels": "Y2"}, "difference"),
        ({"level_unit": "bp"}, "difference"),
        ({"returns": "difference", "levels": "SPREAD"}, "Y2"),
        ({"returns": "difference", "levels": "Y2,ABSENT"}, "ABSENT"),
        ({"returns": "difference", "levels": "Y2", "model": "market_adjusted"}, "GSPC"),
        ({"returns": "difference", "model": "capm"}, "risk-free"),
    ],
)
def test_what_makes_no_sense_is_refused(
    levels: pd.DataFrame, options: dict[str, Any], named: str
) -> None:
    frame = pd.DataFrame({"ticker": ["Y2"], "date": ["2025-01-27"], "benchmark": "^GSPC"})
    with pytest.raises(InputError, match=re.escape(named)):
        es.EventStudy(**options, **SHORT).run(frame, levels)


def test_levels_are_no_prices_to_a_study_of_returns(events: es.Events, source: Path) -> None:
    with pytest.raises(InputError, match="levels"):
        es.load_prices(source)
    prices = es.load_prices(source, values="levels")
    with pytest.raises(InputError, match="difference"):
        es.EventStudy(**SHORT).run(events, prices)


def test_the_command_line_takes_levels(tmp_path: Path, source: Path) -> None:
    from typer.testing import CliRunner

    from eventstudy.cli.app import app

    (tmp_path / "events.csv").write_text(EVENTS)
    asked = ["run", "--events", tmp_path / "events.csv", "--source", source, "--out"]
    asked += [tmp_path / "out", "--returns", "difference", "--levels", "Y2,SPREAD"]
    done = CliRunner().invoke(app, [*map(str, asked), "--no-progress", "--car=0,0"])
    assert done.exit_code == 0, done.output
    assert " bp" in done.output
    assert (tmp_path / "out" / "cut" / "report.pdf").is_file()
