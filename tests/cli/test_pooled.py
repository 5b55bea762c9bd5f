"""Lists of many events on the command line: one study, one bundle, unless asked otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.pooled_run import MANY, bundle_name
from eventstudy.events.figures import written_figures
from eventstudy.events.observations import read_observations
from eventstudy.prices.mean_benchmark import with_mean_benchmark
from eventstudy.significance.names import SIDE_BY_SIDE
from eventstudy.spec.study_spec import MEAN_BENCHMARK

TICKERS = [f"F{i}" for i in range(32)]
SHORT = ("--window=-1,1", "--car=0,0", "--estimation=-130,-11", "--min-obs", "100", "--no-progress")


@pytest.fixture
def listed(folder: Path) -> Path:
    """Prices of 32 tickers without an index, and 40 dates of theirs with two traits."""
    rng = np.random.default_rng(3)
    days = es.load_prices("bundled").sessions[:300]
    steps = rng.normal(0, 0.015, (300, 32)) + rng.normal(0, 0.01, (300, 1))
    prices = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), days, TICKERS)
    prices.to_csv("wide.csv")
    rows = pd.DataFrame(
        {
            "ticker": rng.choice(TICKERS, 40),
            "date": days[rng.integers(150, 290, 40)].strftime("%Y-%m-%d"),
            "group": np.where(np.arange(40) % 2, "a", "b"),
            "size": rng.normal(0, 1, 40).round(3),
            "sector": np.where(np.arange(40) % 3, "x", "y"),
        }
    ).drop_duplicates(["ticker", "date"])
    rows.to_csv("list.csv", index=False)
    return folder


def figures(name: str = "list") -> dict:
    return json.loads(Path("outputs", name, "results.json").read_text("utf-8"))


def test_a_list_is_one_bundle_with_the_figures_of_the_library(call, listed) -> None:
    answer = call(
        "run", "--events", "list.csv", "--source", "wide.csv", *SHORT, "--regress", "size"
    )
    assert answer.code == 0, answer.err
    assert [each.name for each in Path("outputs").iterdir()] == ["list"]
    rows = pd.read_csv("list.csv")
    study = es.EventStudy(
        benchmark=MEAN_BENCHMARK,
        window=(-1, 1),
        car=[(0, 0)],
        estimation=(-130, -11),
        min_obs=100,
        tests=SIDE_BY_SIDE,
    )
    own = study.run(rows, with_mean_benchmark(es.load_prices("wide.csv")))
    saved = es.load("outputs/list")
    pd.testing.assert_frame_equal(saved.caar, own.caar, check_exact=True)
    columns = ["group", "start", "end", "test", "statistic", "p_value"]
    pd.testing.assert_frame_equal(saved.tests[columns], own.tests[columns], check_exact=True)
    assert figures()["headline"].rstrip(".") in " ".join(answer.out.split())
    head = next(line for line in answer.out.splitlines() if line.startswith("group"))
    assert head.endswith("p, day 0")
    assert MEAN_BENCHMARK in answer.err
    assert figures()["regression"]["formula"] == "car ~ size"


@pytest.mark.parametrize(("repeated", "said"), [(True, "list.csv row 43: "), (False, "")])
def test_a_date_given_twice_is_named_by_its_row(call, listed, repeated, said) -> None:
    lines = Path("list.csv").read_text().splitlines()[:41]
    rows = [lines[0], "", *lines[1:], lines[1] if repeated else ""]
    Path("list.csv").write_text("\n".join(rows) + "\n")
    answer = call("run", "--events", "list.csv", "--source", "wide.csv", *SHORT, "--no-report")
    assert answer.code == (2 if repeated else 0), answer.err
    assert said in answer.err


def test_two_means_of_one_window_are_told_apart(call, listed) -> None:
    prices = pd.read_csv("wide.csv", index_col=0, parse_dates=True)
    days = prices.index[150:190]
    for at, ticker in enumerate(TICKERS):  # the noisier the stock, the larger its move
        prices.loc[days[at] :, ticker] *= 1.05 + 0.05 * (at % 2)
        prices[ticker] *= np.exp(np.random.default_rng(at).normal(0, 0.03 * (at % 2), len(prices)))
    prices.to_csv("wide.csv")
    dates = {"ticker": TICKERS, "date": days[: len(TICKERS)].strftime("%Y-%m-%d")}
    pd.DataFrame(dates).to_csv("list.csv", index=False)
    answer = call("run", "--events", "list.csv", "--source", "wide.csv", *SHORT)
    assert answer.code == 0, answer.err
    window = es.load("outputs/list").caar.loc[(0, 0)]
    plain, tested = (f"+{window[name]:.2%}" for name in ("estimate", "tested"))
    assert plain != tested
    finding, _, rest = answer.out.partition("\n\n")
    assert tested in finding
    assert plain in rest.replace("\n", " ").partition("weighted by precision")[2]


@pytest.mark.slow
def test_one_row_or_one_date_has_the_benchmark_of_a_list(call, listed) -> None:
    rows = Path("list.csv").read_text().splitlines()
    Path("one.csv").write_text(f"{rows[0]}\n{rows[1]}\n")
    ticker, date = rows[1].split(",")[:2]
    answers = [
        call("run", "--events", "one.csv", "--source", "wide.csv", *SHORT),
        call("run", ticker, "--date", date, "--source", "wide.csv", *SHORT),
    ]
    for answer in answers:
        assert answer.code == 0, answer.err
        assert MEAN_BENCHMARK in answer.err
    cars = [es.load(each).car((0, 0))["car"].item() for each in sorted(Path("outputs").iterdir())]
    assert len(cars) == 2
    assert cars[0] == cars[1]


@pytest.mark.slow
def test_an_index_in_the_source_stays_the_benchmark(call, folder) -> None:
    Path("list.csv").write_text("ticker,date\nNVDA,2025-01-27\nAMD,2025-02-05\nMSFT,2025-01-30\n")
    assert call("run", "--events", "list.csv", *SHORT).code == 0
    assert set(es.load("outputs/list").assets.labels["benchmark"]) == {"^GSPC"}


@pytest.mark.slow
def test_each_makes_single_bundles_of_a_list(call, listed, evidence) -> None:
    Path("two.csv").write_text("ticker,date\nNVDA,2025-01-27\nAMD,2025-02-05\n")
    assert call("run", "--events", "two.csv", "--each", *SHORT).code == 0
    assert {p.name for p in Path("outputs").iterdir()} == {"NVDA-2025-01-27", "AMD-2025-02-05"}


def test_a_named_event_of_a_list_has_its_own_bundle(call, folder, evidence) -> None:
    Path("two.csv").write_text("ticker,date\nNVDA,2025-01-27\nAMD,2025-02-05\n")
    assert call("run", "AMD-2025-02-05", "--events", "two.csv", *SHORT).code == 0
    assert [p.name for p in Path("outputs").iterdir()] == ["AMD-2025-02-05"]


@pytest.mark.slow
def test_a_long_registry_is_pooled_and_says_how_not_to(call, folder) -> None:
    days = es.load_prices("bundled").sessions[300 : 300 + 5 * (MANY + 1) : 5]
    lines = [f"e{i},Event {i},{day:%Y-%m-%d},NVDA;AMD,yes" for i, day in enumerate(days)]
    head = "event_id,title,announced_at,groups,headline"
    Path("many.csv").write_text("\n".join([head, *lines]) + "\n")
    answer = call("run", "--events", "many.csv", *SHORT)
    assert answer.code == 0, answer.err
    assert [p.name for p in Path("outputs").iterdir()] == ["many"]
    assert (figures("many")["events"], figures("many")["estimated"]) == (MANY + 1, 2 * (MANY + 1))
    assert "--each" in answer.err


def test_a_regression_needs_a_list(call, folder) -> None:
    answer = call("run", "deepseek-r1", "--regress", "car ~ size")
    assert answer.code == 2
    assert "regress" in answer.err
    assert not Path("outputs").exists()


@pytest.mark.slow
def test_resume_keeps_a_finished_bundle_of_the_same_input(call, listed) -> None:
    line = ("run", "--events", "list.csv", "--source", "wide.csv", *SHORT)
    assert call(*line).code == 0
    before = Path("outputs/list/manifest.json").stat().st_mtime_ns
    assert call(*line, "--resume").code == 0
    assert Path("outputs/list/manifest.json").stat().st_mtime_ns == before
    assert call(*line, "--resume", "--regress", "size").code == 0
    assert Path("outputs/list/manifest.json").stat().st_mtime_ns != before


@pytest.mark.slow
def test_a_pooled_bundle_is_drawn_again_with_its_regression(call, listed) -> None:
    line = ("run", "--events", "list.csv", "--source", "wide.csv", *SHORT, "--regress", "size")
    assert call(*line).code == 0
    before = figures()
    assert call("report", "outputs/list", "--format", "md").code == 0
    assert figures() == before
    assert Path("outputs/list/tables/regression.md").exists()


@pytest.mark.slow
def test_what_is_left_out_is_counted(call, listed) -> None:
    with Path("list.csv").open("a") as file:
        file.writelines(f"{ticker},2023-04-20,a,1,x\n" for ticker in TICKERS[:9])
    answer = call("run", "--events", "list.csv", "--source", "wide.csv", *SHORT)
    assert answer.code == 5
    lines = [line for line in answer.err.splitlines() if line.startswith("Left out: ")]
    assert len(lines) == 1
    assert lines[0].startswith("Left out: 9 ")


def test_columns_of_a_list_are_numbers_or_words(folder) -> None:
    Path("list.csv").write_text(
        "ticker,date,size,sector,note\nNVDA,2025-01-27,1.5,chips,\nAMD,2025-02-05,,chips,3 or 4\n"
    )
    listed = read_observations("list.csv")
    assert listed is not None
    frame = listed.frame
    assert list(frame.columns) == ["date", "ticker", "size", "sector", "note"]
    assert frame["size"].dtype == np.float64
    assert frame["size"].isna().tolist() == [False, True]
    assert frame["note"].isna().tolist() == [True, False]
    assert read_observations("events.csv") is None


def test_an_id_of_several_tickers_is_several_observations(folder) -> None:
    Path("list.csv").write_text(
        "id,ticker,date,size\nx,NVDA,2025-01-27,1\nx,AMD,2025-01-27,2\ny,AMD,2025-02-05,3\n"
    )
    listed = read_observations("list.csv")
    assert listed is not None
    assert listed.frame[["event_id", "ticker", "size"]].to_numpy().tolist() == [
        ["x", "NVDA", 1.0],
        ["x", "AMD", 2.0],
        ["y", "AMD", 3.0],
    ]


def test_the_mean_of_a_file_of_returns_is_their_mean_from_its_first_row(folder) -> None:
    days = es.load_prices("bundled").sessions[:40]
    returns = pd.DataFrame(np.random.default_rng(5).normal(0, 0.01, (40, 32)), days, TICKERS)
    returns.iloc[3:5, 7] = np.nan
    returns.to_csv("returns.csv")
    prices = with_mean_benchmark(es.load_prices("returns.csv", values="returns"))
    assert prices.returns is not None
    made = prices.returns[MEAN_BENCHMARK].to_numpy()
    np.testing.assert_allclose(made, returns.mean(axis=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "n/a", "2.5"], [1.0, None, 2.5]),
        (["1,5", "2,50", "3"], [1.5, 2.5, 3.0]),
        (["1,500", "2,500.5", "−3"], [1500.0, 2500.5, -3.0]),
        (["1.500,5", "2,5", ""], [1500.5, 2.5, None]),
        (["1.5%", "-2%", "NULL"], [1.5, -2.0, None]),
        (["$1,500.00", "$3", "inf"], None),
        (["1,500", "2,500", "900"], None),
        (["1", "x", "3"], None),
        (["none", "some", "none"], None),
    ],
)
def test_figures_of_a_list_in_the_ways_they_are_written(cells, values) -> None:
    assert written_figures(cells, [2, 3, 4]).values == (None if values is None else tuple(values))


def test_a_column_that_looks_like_figures_and_stays_words_is_named(folder) -> None:
    Path("list.csv").write_text(
        "ticker,date,size,cap,kind\n"
        'NVDA,2025-01-27,1.5,"1,500",none\nAMD,2025-02-05,big,"2,500",some\n'
        'AVGO,2025-02-05,2,"3,000",none\n'
    )
    listed = read_observations("list.csv")
    assert listed is not None
    said = " ".join(listed.notes)
    assert "'big' in row 3" in said
    assert "'1,500'" in said
    assert listed.frame["kind"].tolist() == ["none", "some", "none"]
    assert "kind" not in said


def test_groups_that_differ_in_case_alone_are_one(folder) -> None:
    Path("list.csv").write_text(
        "ticker,date,group\nNVDA,2025-01-27,Tech\nAMD,2025-02-05,tech\nMU,2025-02-05, TECH \n"
    )
    listed = read_observations("list.csv")
    assert listed is not None
    assert listed.frame["group"].tolist() == ["Tech"] * 3
    assert any("'tech'" in note and "'TECH'" in note for note in listed.notes)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/my list.csv", "my-list"), ("x.csv.gz", "x"), ("Ü.csv", "events"), (".csv", "events")],
)
def test_the_bundle_has_the_name_of_the_file(path: str, name: str) -> None:
    assert bundle_name(Path(path)) == name


def test_the_mean_benchmark_is_the_mean_of_each_day(listed) -> None:
    prices = es.load_prices("wide.csv")
    level = with_mean_benchmark(prices).adj_close[MEAN_BENCHMARK]
    mean = (prices.adj_close / prices.adj_close.shift(1) - 1).mean(axis=1)
    made = level / level.shift(1) - 1
    np.testing.assert_allclose(made.iloc[1:], mean.iloc[1:], rtol=1e-10)


def test_few_series_are_no_market(listed) -> None:
    few = es.load_prices("wide.csv", tickers=TICKERS[:5])
    with pytest.raises(es.DataMissingError, match="5 series"):
        with_mean_benchmark(few)
