"""The report of many events: its figures are the library's, its pages, tables and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from pooled_helpers import N, made_events, made_result, made_returns, made_story, with_an_outlier

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.files.manifest import verify_bundle
from eventstudy.report.bundle import bundle_options
from eventstudy.report.charts.histogram import draw_histogram
from eventstudy.report.kinds import all_printed, all_tables, machine_figures
from eventstudy.report.pages.contents import not_shown, tell
from eventstudy.report.pooled import spread
from eventstudy.report.pooled.spread import FAR, ROBUST, counted_reasons, outliers, reason_kind
from eventstudy.report.pooled.standard import shown_tests
from eventstudy.report.pooled.story import ALL, PooledStory, focus_window
from eventstudy.result.result import StudyResult
from eventstudy.significance.names import SIDE_BY_SIDE
from eventstudy.spec.windows import Window


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    return made_returns()


@pytest.fixture(scope="module")
def events(returns: pd.DataFrame) -> pd.DataFrame:
    return made_events(returns)


@pytest.fixture(scope="module")
def result(returns: pd.DataFrame, events: pd.DataFrame) -> StudyResult:
    return made_result(returns, events)


@pytest.fixture(scope="module")
def story(result: StudyResult) -> PooledStory:
    return made_story(result)


@pytest.fixture(scope="module")
def bundle(story: PooledStory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pooled") / "list"
    return es.write_bundle(
        story.result,
        folder,
        regression=story.regression,
        formats=["html", "xlsx", "tex", "md"],
    )


def test_means_are_those_of_the_result(story: PooledStory) -> None:
    result = story.result
    for window in result.spec.car:
        own = story.mean(ALL, window)
        library = result.caar.loc[tuple(window)]
        assert own.estimate == pytest.approx(library["estimate"], rel=1e-11)
        assert own.tested == pytest.approx(library["tested"], rel=1e-11)
        assert (own.low, own.high) == pytest.approx((library["ci_low"], library["ci_high"]))
        assert own.p == pytest.approx(result.headline("all", window)["p_value"], rel=1e-11)
        assert own.n == result.n == N


def test_the_finding_has_the_tested_mean_its_interval_and_p(story: PooledStory) -> None:
    mean = story.mean(ALL, story.focus)
    assert story.focus == Window(-1, 1)
    assert mean.significant
    for figure in (mean.tested, mean.low, mean.high):
        assert f"{100 * figure:.2f}".lstrip("-") in story.finding()
    assert f"{N} events" in story.finding()


def test_a_mean_that_is_not_significant_has_no_figure_in_the_title(
    returns: pd.DataFrame, events: pd.DataFrame
) -> None:
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(-1, 1)])
    quiet = PooledStory(study.run(events, returns=returns), "list")
    assert not quiet.mean(ALL, quiet.focus).significant
    assert "%" not in quiet.finding()
    assert "not significant" in " ".join(quiet.answer())


@pytest.mark.parametrize(
    ("car", "focus"),
    [
        ([(0, 0), (-1, 1), (0, 5)], (-1, 1)),
        ([(0, 0), (2, 5)], (0, 0)),
        ([(2, 5)], (2, 5)),
        ([], (0, 0)),
    ],
)
def test_the_window_of_the_finding(car: list[tuple[int, int]], focus: tuple[int, int]) -> None:
    assert focus_window(es.EventStudy(car=car).spec) == focus


def test_the_usual_tests_stand_side_by_side(story: PooledStory) -> None:
    assert shown_tests(story) == SIDE_BY_SIDE
    table = all_printed(story)["standard"]
    heads = [column.title.strip() for column in table.columns]
    assert heads[-6:] == ["t", "Patell", "BMP", "KP", "GRANK", "Sign"]
    # Two windows and eleven days of which day 0 is one of the windows, two lines each.
    assert len(table.rows) == 2 * (2 + 11 - 1)
    own = story.result.tests.query("group == 'all' and start == -1 and end == 1")
    row = next(row for row in table.rows if row.cells[0] == "[−1, +1]")
    printed = [float(cell.replace("−", "-")) for cell in row.cells[-6:]]
    by_name = own.set_index("test")["statistic"]
    assert printed == pytest.approx([by_name[name] for name in SIDE_BY_SIDE], abs=0.005)


def test_groups_and_their_difference(story: PooledStory) -> None:
    pages = {page.name: page for page in tell(story).values()}
    table = all_tables(story)["differences"]
    row = table.query("method == 'date_cluster' and start == -1 and end == 1").iloc[0]
    own = story.result.compare("group").query("method == 'date_cluster' and start == -1").iloc[0]
    assert row["difference"] == pytest.approx(own["difference"], rel=1e-11)
    assert row["p_value"] == pytest.approx(own["p_value"], rel=1e-11)
    assert f"{100 * abs(row['difference']):.2f}" in pages["differences"].finding
    assert set(all_tables(story)["by_value"]["value"]) == {"goods", "services"}


def test_outliers_lie_far_from_the_median_and_are_named(story: PooledStory) -> None:
    changed = with_an_outlier(story.result)
    far = outliers(PooledStory(changed, "list"))
    assert far["event_id"].iloc[0] == "e3"
    cars = changed.car((-1, 1))["car"].to_numpy()
    spread = ROBUST * np.median(np.abs(cars - np.median(cars)))
    assert (np.abs(far["distance"]) > FAR).all()
    assert far["distance"].iloc[0] == pytest.approx((cars[3] - np.median(cars)) / spread)
    assert len(far) == (np.abs(cars - np.median(cars)) > FAR * spread).sum()


def test_what_is_left_out_is_counted_by_reason(story: PooledStory) -> None:
    table = counted_reasons(story)
    assert table["count"].sum() == len(story.result.exclusions) == 2
    assert any("NONE" in example for example in table["example"])
    assert f"{N} of {N + 2}" in story.coverage()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ABC has no return until 2020-12-11", "ABC"), ("X has no return until 2019-01-02", "X")),
        (("71 valid returns, minimum 120", "A"), ("8 valid returns, minimum 120", "B")),
    ],
)
def test_reasons_that_differ_in_figures_alone_are_of_one_kind(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert reason_kind(*one) == reason_kind(*other)


def test_the_bundle_has_all_files_and_is_sound(bundle: Path) -> None:
    assert verify_bundle(bundle).sound
    names = {path.name for path in bundle.rglob("*") if path.is_file()}
    assert {"report.pdf", "report.html", "report.xlsx", "results.json", "standard.tex"} <= names
    assert {"standard.md", "differences.csv", "reasons.csv", "regression.csv"} <= names
    said = json.loads((bundle / "results.json").read_text("utf-8"))
    assert said["event_id"] == "list"
    assert (said["estimated"], said["asked"]) == (N, N + 2)
    tests = pd.read_csv(bundle / "tables" / "tests.csv")
    assert set(tests["test"]) == set(SIDE_BY_SIDE)


def test_the_figures_for_machines_are_the_means(story: PooledStory) -> None:
    means = machine_figures(story)["means"]
    assert [(m["group"], m["start"], m["end"]) for m in means] == [
        (group, *window) for group in (ALL, *story.groups) for window in story.windows
    ]


@pytest.mark.slow
def test_a_saved_bundle_is_drawn_again_to_the_byte(bundle: Path, tmp_path: Path) -> None:
    again = es.write_bundle(
        es.load(bundle),
        tmp_path / "list",
        regression=es.regress(es.load(bundle), "car ~ size + C(sector)"),
        formats=bundle_options(bundle).formats,
    )
    for name in ("report.pdf", "report.html", "report.xlsx", "tables/standard.tex"):
        assert (again / name).read_bytes() == (bundle / name).read_bytes(), name


def test_windows_beyond_the_data_leave_the_bundle_whole(
    returns: pd.DataFrame, events: pd.DataFrame, tmp_path: Path
) -> None:
    late = events.head(6).assign(date=returns.index[-2])
    study = es.EventStudy(benchmark="mkt", window=(-1, 5), car=[(0, 0), (0, 5)])
    folder = es.write_bundle(study.run(late, returns=returns), tmp_path / "late")
    crate = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    root = next(each for each in crate["@graph"] if each["@id"] == "./")
    assert root["datePublished"] == f"{returns.index[-1]:%Y-%m-%d}"


def test_every_chart_on_the_web_has_colours_for_both_grounds(bundle: Path) -> None:
    page = (bundle / "report.html").read_text("utf-8")
    assert page.count("<figure ") >= 5
    assert 'class="chart card"' not in page


def test_one_observation_and_a_regression_of_registered_events_are_refused(
    result: StudyResult, returns: pd.DataFrame, events: pd.DataFrame, tmp_path: Path
) -> None:
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(0, 0)])
    single = study.run(events.head(1), returns=returns)
    with pytest.raises(InputError, match="one observation"):
        es.write_bundle(single, tmp_path / "single")


def test_one_date_is_quoted_by_its_portfolio(returns: pd.DataFrame, events: pd.DataFrame) -> None:
    same = events.head(N).assign(date=returns.index[400])
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(0, 0)])
    story = PooledStory(study.run(same, returns=returns), "day")
    assert story.mean(ALL, story.focus).test.startswith("portfolio")
    assert all(page.blocks for page in tell(story).values())


def test_a_histogram_counts_every_value() -> None:
    from matplotlib.figure import Figure

    values = np.random.default_rng(1).normal(0, 0.02, 400)
    figure = Figure()
    draw_histogram(figure.add_subplot(), values)
    bars = [p for p in figure.axes[0].patches if p.get_facecolor()[:3] != (1, 1, 1)]
    assert sum(bar.get_height() for bar in bars) == 400
    edges = sorted(float(bar.get_x()) for bar in bars)
    assert min(abs(edge) for edge in edges) == 0  # no bar holds rises and falls
    assert np.allclose(np.diff(edges) * 100 % 1, 0)


@pytest.mark.parametrize("n", [1, 2, 3, 150])
def test_the_trimmed_mean_leaves_out_one_per_cent_at_each_end_and_no_more(
    story: PooledStory, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    values = np.random.default_rng(1).standard_t(3, n)
    monkeypatch.setattr(spread, "known_cars", lambda _: values)
    found = spread.distribution(story).set_index("quantity")["value"]
    assert found["trimmed_mean"] == pytest.approx(scipy.stats.trim_mean(values, 0.01), abs=1e-14)
    winsorised = scipy.stats.mstats.winsorize(values, (0.01, 0.01)).mean()
    assert found["winsorised_mean"] == pytest.approx(winsorised, abs=1e-14)


def test_many_groups_are_not_compared_and_the_report_says_so(
    returns: pd.DataFrame, events: pd.DataFrame
) -> None:
    groups = [f"g{i % 8}" for i in range(len(events))]
    many = made_result(returns, events.drop(columns="sector").assign(group=groups))
    told = PooledStory(many, "list")
    assert "differences" not in [page.name for page in tell(told).values()]
    assert ["Against each other"] in not_shown(told).values()


def test_groups_too_many_to_compare_leave_no_empty_page(
    returns: pd.DataFrame, events: pd.DataFrame
) -> None:
    many = events.head(N).drop(columns="sector").assign(group=[f"g{i % 15}" for i in range(N)])
    story = PooledStory(made_result(returns, many), "list")
    pages = {page.name: page for page in tell(story).values()}
    assert "differences" not in pages
    assert "Against each other" in str(not_shown(story))
    assert all(page.blocks for page in pages.values())
