"""The plots of results and evidence: publishable at every size, drawn where they should be, true."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from tearsheet_helpers import assert_publishable, text_boxes

import eventstudy as es
from eventstudy.report.charts.lines import MOST_SHADED, draw_lines
from eventstudy.report.drawing import theme
from eventstudy.report.drawing.palette import luminance
from eventstudy.report.plots.groups import column_paths, group_paths
from eventstudy.text.numbers import p_text, percent

REPOSITORY = Path(__file__).resolve().parents[2]
WINDOW = (-5, 10)
WINDOW_OF_ONE = (-10, 10)


def simulated(
    n: int, *, one_date: bool = True, groups: int = 0, missing: bool = False, **options: Any
) -> es.StudyResult:
    """A study of n observations of simulated returns, on one date or on many."""
    rng = np.random.default_rng(n + groups)
    days = pd.bdate_range("2022-01-03", periods=420)
    names = [f"F{i:03d}" for i in range(min(n, 320))]
    market = rng.normal(0, 0.01, len(days))
    returns = market[:, None] + rng.normal(0, 0.02, (len(days), len(names)))
    frame = pd.DataFrame(returns, days, names).assign(mkt=market)
    if missing:
        frame.iloc[342:344, ::3] = np.nan
    at = np.full(n, 340) if one_date else rng.integers(300, 405, n)
    observations = pd.DataFrame(
        {
            "event_id": "e" if one_date else [f"e{i}" for i in range(n)],
            "ticker": [names[i % len(names)] for i in range(n)],
            "date": days[at],
            "size": ["small", "large"][n % 2] if n == 1 else np.where(np.arange(n) % 2, "s", "l"),
        }
    )
    if groups:
        observations["group"] = [f"group {i % groups}" for i in range(n)]
    options = {"car": [(0, 0), (-1, 1), WINDOW]} | options
    study = es.EventStudy(
        benchmark="mkt", estimation=(-250, -11), window=WINDOW, min_obs=60, **options
    )
    return study.run(observations, returns=frame)


SIZES: dict[str, Callable[[], es.StudyResult]] = {
    "one asset": lambda: simulated(1),
    "28 assets": lambda: simulated(28),
    "300 assets": lambda: simulated(300, groups=9),
    "groups of many dates": lambda: simulated(120, one_date=False, groups=3),
    "missing days": lambda: simulated(30, groups=2, missing=True),
}
PLOTS: dict[str, Callable[..., Figure]] = {
    "car": lambda result, **kw: result.plot_car(**kw),
    "caar": lambda result, **kw: result.plot_caar(**kw),
    "caar by size": lambda result, **kw: result.plot_caar("size", **kw),
    "forest": lambda result, **kw: result.plot_forest((-1, 1), **kw),
    "heatmap": lambda result, **kw: result.plot_heatmap(**kw),
    "placebo": lambda result, **kw: result.plot_placebo(first(result), **kw),
    "tests": lambda result, **kw: result.plot_tests((-1, 1), **kw),
}


def first(result: es.StudyResult) -> tuple[object, str]:
    event, ticker = result.assets.index[0]
    return event, ticker


@pytest.fixture(scope="module")
def studies() -> dict[str, es.StudyResult]:
    return {name: make() for name, make in SIZES.items()}


@pytest.fixture(scope="module")
def deepseek() -> tuple[es.StudyResult, es.Evidence]:
    """The day on which DeepSeek reached the top of the App Store, with its evidence."""
    prices = es.load_prices("bundled")
    study = es.EventStudy(car=[(0, 0), (0, 5)])
    both = study.run(es.read_events(REPOSITORY / "events.csv"), prices)
    return both, es.gather_evidence(both.only("deepseek-app-store"), prices)


@pytest.fixture(scope="module")
def one(deepseek: tuple[es.StudyResult, es.Evidence]) -> es.StudyResult:
    return deepseek[0].only("deepseek-app-store")


@pytest.fixture(scope="module")
def evidence(deepseek: tuple[es.StudyResult, es.Evidence]) -> es.Evidence:
    return deepseek[1]


def texts(fig: Figure) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def png(fig: Figure) -> bytes:
    room = io.BytesIO()
    fig.savefig(room, format="png")
    return room.getvalue()


@pytest.mark.representative(ink="colour")
@pytest.mark.parametrize("ink", ["colour", "grey"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_of_every_size_is_publishable(studies, name, size, ink):
    fig = PLOTS[name](studies[size], ink=ink)
    assert isinstance(fig, Figure)
    assert_publishable(fig)
    assert fig.get_size_inches()[0] * 72 == pytest.approx(760)
    assert fig.get_size_inches()[1] * 72 < 800
    finding = fig.get_label()
    assert finding
    assert finding.split()[0] in " ".join(texts(fig))


@pytest.mark.parametrize("which", ["both", "one"])
@pytest.mark.parametrize("name", [n for n in PLOTS if n != "caar by size"])
def test_plots_of_registered_events_write_names_out(deepseek, one, name, which):
    result = deepseek[0] if which == "both" else one
    draw = (lambda r: r.plot_tests()) if name == "tests" else PLOTS[name]
    if name == "forest":
        draw = lambda r: r.plot_forest()  # noqa: E731
    fig = draw(result)
    assert_publishable(fig)
    if name != "tests":
        assert "Nvidia" in " ".join(texts(fig))
        assert "NVDA" not in " ".join(texts(fig))


PARTS = {"curve": 2, "placebos": 2, "recovery": 2, "contrasts": 2, "value": 1}


@pytest.mark.parametrize("ink", ["colour", "grey"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_evidence_with_a_picture_is_publishable(evidence, part, ink):
    fig = getattr(evidence, part).plot(ink=ink)
    assert_publishable(fig)
    assert len(fig.axes) == PARTS[part]
    assert "Nvidia" in fig.get_label()


@pytest.mark.parametrize("part", PARTS)
def test_parts_draw_into_axes_of_ones_own_without_a_title(evidence, part):
    fig = Figure(figsize=(11, 6))
    axes = fig.subplots(1, PARTS[part] + 1)
    found = getattr(evidence, part).plot(ax=list(axes[:-1]))
    assert found is fig
    assert all(ax.has_data() for ax in axes[:-1])
    assert not axes[-1].has_data()
    assert not fig.texts
    assert len(fig.axes) == PARTS[part] + 1


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_into_the_given_axes_and_nowhere_else(studies, name):
    fig = Figure(figsize=(11, 5))
    left, right = fig.subplots(1, 2)
    assert PLOTS[name](studies["28 assets"], ax=left) is fig
    assert left.has_data()
    assert not right.has_data()
    assert not fig.texts
    assert fig.axes == [left, right]
    assert left.texts
    assert not right.texts
    assert not [*right.lines, *right.collections, *right.patches]


def test_panels_take_axes_that_share_a_scale_and_default_to_as_many(studies):
    result = studies["28 assets"]
    fig = Figure(figsize=(12, 4))
    axes = fig.subplots(1, 3, sharey=True)
    assert result.plot_car(["F001", "F002", "F003"], ax=axes) is fig
    assert any(label.get_text() for label in axes[0].get_yticklabels())
    heads = [t.get_text() for ax in axes for t in ax.texts if t.get_weight() == "bold"]
    assert [h for h in heads if h.startswith("F")] == ["F001", "F002", "F003"]
    pair = Figure(figsize=(8, 4)).subplots(1, 2)
    result.plot_car(ax=pair)
    assert all(ax.has_data() for ax in pair)


def test_wrong_axes_are_one_clear_sentence(studies, evidence):
    result = studies["28 assets"]
    two = Figure().subplots(1, 2)
    cases = [
        (
            lambda: result.plot_car(["F001", "F002", "F003"], ax=two),
            r"3 axes, one a panel.*2 given",
        ),
        (lambda: result.plot_forest(ax=two), "needs one axes, in ax=; 2 given"),
        (lambda: result.plot_forest(ax=Figure()), "a Figure was given"),
        (
            lambda: evidence.curve.plot(ax=[Figure().subplots(), Figure().subplots()]),
            "axes of one figure",
        ),
        (lambda: result.plot_heatmap(ax=Figure().subfigures(1, 2)[0].subplots()), "subfigure"),
        (lambda: evidence.curve.plot(ax=Figure().subplots(2, 1, sharex=True)), "without sharex"),
        (lambda: result.plot_heatmap(ink="blood"), "no ink 'blood'"),
    ]
    for draw, said in cases:
        with pytest.raises(es.InputError, match=said) as caught:
            draw()
        assert len(caught.value.problems) == 1


@pytest.mark.slow
def test_no_plot_needs_pyplot_and_none_is_left_open():
    program = (
        "import sys, numpy as np, pandas as pd, eventstudy as es\n"
        "days = pd.bdate_range('2022-01-03', periods=200)\n"
        "frame = pd.DataFrame(np.random.default_rng(0).normal(0, .02, (200, 3)), days, list('ABm'))\n"
        "seen = pd.DataFrame({'event_id': 'e', 'ticker': ['A', 'B'], 'date': days[150]})\n"
        "r = es.EventStudy(benchmark='m', estimation=(-120, -11), window=(-2, 2), car=[(0, 0)],\n"
        "                  min_obs=60).run(seen, returns=frame)\n"
        "assert 'matplotlib' not in sys.modules\n"
        "for fig in (r.plot_car(), r.plot_caar(), r.plot_forest(), r.plot_heatmap(),\n"
        "            r.plot_placebo('A'), r.plot_tests()):\n"
        "    assert fig._repr_png_()[0][:4] == b'\\x89PNG'\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=600)


def test_a_notebook_gets_a_picture_with_its_size(studies):
    fig = studies["one asset"].plot_forest()
    data, shown = fig._repr_png_()
    width = int.from_bytes(data[16:20], "big")
    assert shown["width"] == 760
    assert width == 2 * shown["width"]


GARISH = {
    "font.size": 30,
    "font.family": "serif",
    "axes.grid": True,
    "axes.facecolor": "red",
    "figure.facecolor": "red",
    "savefig.facecolor": "red",
    "savefig.bbox": "tight",
    "text.color": "red",
    "text.hinting": "force_autohint",
    "axes.labelcolor": "red",
    "xtick.color": "red",
    "xtick.major.size": 20,
    "lines.linewidth": 9,
    "axes.spines.right": True,
    "path.simplify": True,
}


@pytest.mark.representative(name=("caar", "tests"))
@pytest.mark.parametrize("name", PLOTS)
def test_a_matplotlibrc_changes_nothing(studies, name):
    plain = png(PLOTS[name](studies["28 assets"]))
    with mpl.rc_context(GARISH):
        fig = PLOTS[name](studies["28 assets"])
        assert png(fig) == plain
        # Axes made under the user's settings lose them too, though the figure keeps its own.
        own = Figure(figsize=(8, 5), facecolor="white")
        ax = own.subplots()
        PLOTS[name](studies["28 assets"], ax=ax)
        assert to_hex(ax.get_facecolor(), keep_alpha=True).endswith("00")
        sizes = {t.get_fontsize() for t in ax.findobj(Text) if t.get_text()}
        assert max(sizes) <= 10


@pytest.mark.slow
def test_the_same_plot_gives_the_same_bytes(one, tmp_path):
    for kind in ("png", "pdf"):
        files = [tmp_path / f"{i}.{kind}" for i in (1, 2)]
        for path in files:
            one.plot_caar().savefig(path)
        assert files[0].read_bytes() == files[1].read_bytes()
    assert b"CreationDate" not in files[0].read_bytes()


# What is drawn is what the result says.


def line_of(ax: Any, length: int) -> np.ndarray:
    """The data of the one line with as many points."""
    found = [line for line in ax.lines if len(line.get_xdata()) == length]
    assert len(found) == 1
    return np.column_stack(found[0].get_data())


def test_paths_and_bands_begin_at_day_0_and_are_those_of_the_result(one):
    names = ["NVDA", "hyperscalers"]
    fig = one.plot_car(names)
    for ax, name in zip(fig.axes, names, strict=True):
        source, rows = one.named(name)
        tables = [source.car_table((0, day)).iloc[rows[0]] for day in range(11)]
        drawn, before = line_of(ax, 12), line_of(ax, 10)
        assert drawn[:, 0].tolist() == [-1, *range(11)]
        assert drawn[0, 1] == before[-1, 1] == 0
        assert drawn[1:, 1] == pytest.approx([100 * table["car"] for table in tables])
        run_up = source.car_table((-9, -1)).iloc[rows[0]]["car"]
        assert before[0].tolist() == [-10, pytest.approx(-100 * run_up)]
        inner = ax.collections[1].get_paths()[0].vertices[:, 1]
        assert inner.min() == pytest.approx(100 * min(t["placebo_low"] for t in tables))
        assert inner.max() == pytest.approx(100 * max(t["placebo_high"] for t in tables))


def test_the_title_of_paths_has_figures_of_significant_ones_alone(one):
    p = one.car((0, 10))["p_placebo"]["deepseek-app-store", "NVDA"]
    assert p > 0.05
    title = one.plot_car(["NVDA"]).get_label()
    assert p_text(p) in title
    assert "%" not in title


def test_the_default_paths_are_the_groups_or_the_first_assets(one, studies):
    heads = [t for t in texts(one.plot_car()) if t in ("Nvidia", "Hyperscalers", "Apple")]
    assert heads == ["Nvidia", "Hyperscalers", "Apple"]
    many = studies["groups of many dates"].plot_car()
    assert len(many.axes) == 12
    assert "… and 108 more" in " ".join(texts(many))
    assert len(studies["missing days"].plot_car().axes) == 2


def test_an_asset_with_several_events_has_a_panel_for_each(deepseek):
    fig = deepseek[0].plot_car("NVDA")
    assert {"Nvidia, deepseek-r1", "Nvidia, deepseek-app-store"} <= set(texts(fig))


def test_too_many_and_unknown_paths_are_refused(studies):
    result = studies["300 assets"]
    with pytest.raises(es.InputError, match="13 paths were asked for and 12 panels"):
        result.plot_car([f"F{i:03d}" for i in range(13)])
    with pytest.raises(es.InputError, match=r"no asset or group 'F00'.*mean"):
        result.plot_car("F00")


def averaged(result: es.StudyResult, group: str) -> pd.Series:
    table = result.averages.set_index(["group", "start", "end"])
    return table.loc[(group, *WINDOW)]


@pytest.mark.parametrize(
    ("size", "se_from"),
    [
        ("one asset", "forecast error"),
        ("28 assets", "portfolio"),
        ("300 assets", "portfolio"),
        ("groups of many dates", "cross-section"),
    ],
)
def test_mean_paths_end_at_the_averages_of_the_study(studies, size, se_from):
    """Both figure and standard error on the last day are those of the CAR over the whole window."""
    result = studies[size]
    paths = group_paths(result)
    for name, path in paths.groupby("label", sort=False):
        group = name if name.startswith("group") else "all"
        row, last = averaged(result, group), path.iloc[-1]
        assert last["se_from"] == se_from
        if se_from == "cross-section":  # the plain mean; what is tested is weighted
            members = result.assets.labels["group"].to_numpy() == group
            cars = result.car(WINDOW)["car"].to_numpy()[members]
            assert last["car"] == pytest.approx(row["estimate"], rel=1e-9)
            assert last["se"] == pytest.approx(cars.std(ddof=1) / np.sqrt(len(cars)), rel=1e-9)
            continue
        assert row["se_from"] == se_from
        assert last["car"] == pytest.approx(row["tested"], rel=1e-9)
        assert last["se"] == pytest.approx(row["se"], rel=1e-9)
        day = result.averages.set_index(["group", "start", "end"]).loc[(group, -5, -5)]
        assert path["se"].iloc[0] == pytest.approx(day["se"], rel=1e-9)


def test_the_interval_of_one_asset_is_that_of_its_path(studies):
    result = studies["one asset"]
    path, own = group_paths(result), result.paths()
    assert path["low"].to_numpy() == pytest.approx(own["placebo_low"].to_numpy())
    assert path["high"].to_numpy() == pytest.approx(own["placebo_high"].to_numpy())


def test_means_by_another_column_are_those_of_by(studies):
    result = studies["groups of many dates"]
    found = column_paths(result, "size").groupby("label").last()
    wanted = result.by("size").xs(WINDOW, level=("start", "end"))
    assert found["car"].to_numpy() == pytest.approx(wanted["estimate"].to_numpy(), rel=1e-9)
    assert found["se"].to_numpy() == pytest.approx(wanted["se"].to_numpy(), rel=1e-9)
    with pytest.raises(es.InputError, match="no column of the observations 'siz'"):
        result.plot_caar("siz")


def test_groups_of_registered_events_count_members_of_several_groups(deepseek):
    both, _ = deepseek
    paths = group_paths(both)
    for label, group in (("Chip supply", "chip-supply"), ("Nasdaq", "nasdaq")):
        mean = paths[paths["label"] == label].set_index("day")
        table = both.averages[both.averages["group"] == group].set_index(["start", "end"])
        assert mean.loc[-10, "car"] == pytest.approx(table.loc[(-10, -10), "estimate"])
        every = [
            part.abnormal_returns.loc[pd.IndexSlice[:, members.split(";")], -10]
            for part in both.parts.values()
            for members in part.portfolios.labels.set_index("ticker").loc[[group], "members"]
        ]
        values = pd.concat(every)
        assert len(values) == table.loc[(-10, -10), "n"]
        spread = values.std(ddof=1) / np.sqrt(len(values))
        assert mean.loc[-10, "se"] == pytest.approx(spread)


def test_lines_and_names_at_their_ends_are_those_of_the_means(studies):
    result = studies["groups of many dates"]
    fig = result.plot_caar()
    paths = group_paths(result)
    ax = fig.axes[0]
    drawn = {
        tuple(np.round(line.get_ydata(), 9)) for line in ax.lines if len(line.get_xdata()) == 16
    }
    for name, path in paths.groupby("label"):
        assert tuple(np.round(100 * path["car"].to_numpy(), 9)) in drawn
        assert f"{name}  {percent(path['car'].iloc[-1], 1)}" in texts(fig)
    assert len(ax.collections) == 3
    assert "sd/√N across observations" in " ".join(texts(fig))


def test_more_lines_than_can_be_told_apart_are_left_out_and_counted():
    result = simulated(140, one_date=False, groups=14)
    fig = result.plot_caar()
    assert_publishable(fig)
    said = " ".join(texts(fig))
    assert "… and 2 more; see result.by('group')" in said
    assert f"no intervals are drawn for more than {MOST_SHADED} lines" in said
    assert not fig.axes[0].collections
    looks = {(line.get_color(), str(line._dash_pattern)) for line in lines(fig)}
    assert len(looks) == 12


def lines(fig: Figure) -> list[Any]:
    return [line for line in fig.axes[0].lines if len(line.get_xdata()) == 16]


@pytest.mark.parametrize("count", [1, 6, 12])
def test_names_of_lines_that_end_together_are_moved_apart(count):
    fig = Figure(figsize=(8, 4))
    day = np.arange(-5, 6)
    parts = [
        pd.DataFrame({"label": f"Name {i}", "day": day, "car": 0.001 * i, "low": -0.1, "high": 0.1})
        for i in range(count)
    ]
    with theme.themed():
        draw_lines(fig.subplots(), pd.concat(parts), "day 0", "A note.", "A unit")
    assert_publishable(fig)


def test_a_group_without_a_value_is_named():
    fig = Figure(figsize=(8, 4))
    day = np.arange(3)
    known = {"label": "A", "day": day, "car": 0.01, "low": 0.0, "high": 0.02}
    rows = pd.DataFrame(known)
    with theme.themed():
        draw_lines(fig.subplots(), pd.concat([rows, rows.assign(label="B", car=np.nan)]))
    assert "No value: B." in texts(fig)


def test_the_forest_shows_the_cars_of_the_window(one):
    fig = one.plot_forest((0, 5))
    table = one.car((0, 5))
    ax = fig.axes[0]
    drawn = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() == "o"])
    assert sorted(drawn) == pytest.approx(sorted(100 * table["car"]))
    shares = ~table.index.get_level_values("ticker").str.startswith("^")
    fell = (shares & (table["car"] < 0) & (table["p_placebo"] < 0.05)).sum()
    assert f"{fell} of {shares.sum()} assets fell" in fig.get_label()
    for ticker, name in (("NVDA", "Nvidia"), ("AAPL", "Apple")):
        row = table.loc[("deepseek-app-store", ticker)]
        assert name in texts(fig)
        assert p_text(row["p_placebo"], prefix=False) in texts(fig)


def test_of_many_observations_the_furthest_are_drawn_and_the_choice_is_said(studies):
    result = studies["300 assets"]
    fig = result.plot_forest()
    drawn = np.concatenate(
        [dot.get_xdata() for dot in fig.axes[0].lines if dot.get_marker() == "o"]
    )
    t = result.car((0, 0))["t"].abs().sort_values(ascending=False)
    wanted = 100 * result.car((0, 0)).loc[t.index[:45], "car"]
    assert sorted(drawn) == pytest.approx(sorted(wanted))
    assert any("the 45 furthest from zero of 300" in text for text in texts(fig))
    heat = result.plot_heatmap()
    assert any("the 45 furthest from zero on day 0 of 300" in text for text in texts(heat))


def test_too_many_observations_are_refused_with_what_to_do(monkeypatch, studies):
    monkeypatch.setattr("eventstudy.report.plots.words.MOST_OBSERVATIONS", 100)
    for draw in (studies["300 assets"].plot_forest, studies["300 assets"].plot_heatmap):
        with pytest.raises(es.InputError, match=r"300 observations, too many.*plot_caar\(\)"):
            draw()


def test_the_heatmap_shows_every_abnormal_return(one):
    mesh = one.plot_heatmap().axes[0].collections[0]
    shown = np.ma.getdata(mesh.get_array()).ravel()
    wanted = 100 * one.abnormal_returns.to_numpy().ravel()
    assert np.sort(shown) == pytest.approx(np.sort(wanted))


def test_the_placebo_plot_ranks_the_event(one):
    fig = one.plot_placebo("NVDA")
    heights = sum(bar.get_height() for bar in fig.axes[0].patches if hasattr(bar, "get_height"))
    row = one.car((0, 0)).loc[("deepseek-app-store", "NVDA")]
    assert heights >= 250
    assert p_text(row["p_placebo"]) in fig.get_label()
    assert any(text.startswith("day 0: −5.1 s.e.") for text in texts(fig))
    runs = one.plot_placebo("hyperscalers", (0, 5))
    assert any("ordinary runs of 6 days" in text for text in texts(runs))


def test_placebos_of_an_ambiguous_or_unknown_name_are_refused(deepseek, studies):
    both, _ = deepseek
    with pytest.raises(es.InputError, match=r"NVDA has 2 observations.*'deepseek-r1', 'NVDA'"):
        both.plot_placebo("NVDA")
    fig = both.plot_placebo(("deepseek-r1", "NVDA"))
    assert "Nvidia" in fig.get_label()
    with pytest.raises(es.InputError, match="has no observation at the event 'x'"):
        both.plot_placebo(("x", "NVDA"))
    with pytest.raises(es.InputError, match="no asset or group 'NVDB'"):
        both.plot_placebo("NVDB")
    bare = simulated(3, placebo=False)
    with pytest.raises(es.InputError, match="placebo=True"):
        bare.plot_placebo("F000")


def test_the_tests_stand_at_their_p_and_the_quoted_one_is_marked(one):
    fig = one.plot_tests((0, 5), "hyperscalers")
    tests = one.tests
    mine = tests[(tests["group"] == "hyperscalers") & (tests["start"] == 0) & (tests["end"] == 5)]
    dots = {line.get_marker(): line for line in fig.axes[0].lines if len(line.get_xdata())}
    quoted = mine.loc[mine["headline"], "p_value"].item()
    assert dots["D"].get_xdata() == pytest.approx([quoted])
    drawn = [
        x for line in fig.axes[0].lines if line.get_linestyle() == "None" for x in line.get_xdata()
    ]
    assert sorted(drawn) == pytest.approx(sorted(mine["p_value"].clip(lower=1e-5)))
    assert p_text(quoted) in fig.get_label()


def test_refused_tests_say_why_and_tiny_p_are_arrows(one):
    fig = simulated(40, one_date=False, groups=2, tests="all").plot_tests((-1, 1))
    assert_publishable(fig)
    assert any(text.startswith("refused: ") for text in texts(fig))
    assert "cannot be computed here" in fig.get_label()
    day = one.plot_tests()
    arrows = [line for line in day.axes[0].lines if line.get_marker() == ">"]
    assert (
        sum(len(line.get_xdata()) for line in arrows)
        == (one.tests.query("group == 'all' and start == 0 and end == 0")["p_value"] < 1e-5).sum()
    )


def test_untested_windows_and_unknown_groups_are_refused(one):
    with pytest.raises(es.InputError, match=r"\[0, \+7\] was not tested.*\[0, \+5\]"):
        one.plot_tests((0, 7))
    with pytest.raises(es.InputError, match="no group 'nvidea'"):
        one.plot_tests(group="nvidea")
    with pytest.raises(es.InputError, match="is not a valid window"):
        one.plot_forest((1, 0, 3))
    with pytest.raises(es.InputError, match="leaves the estimated days"):
        one.plot_forest((0, 60))


def test_an_empty_result_has_nothing_to_draw():
    days = pd.bdate_range("2022-01-03", periods=50)
    frame = pd.DataFrame({"A": 0.0, "mkt": 0.0}, days)
    seen = pd.DataFrame({"event_id": ["e"], "ticker": ["A"], "date": [days[5]]})
    empty = es.EventStudy(benchmark="mkt", placebo=False).run(seen, returns=frame)
    for draw in (empty.plot_car, empty.plot_caar, empty.plot_forest, empty.plot_heatmap):
        with pytest.raises(es.InputError, match="No observation could be estimated"):
            draw()


# The parts of the evidence.


def test_the_curve_of_another_entity_and_window(evidence):
    fig = evidence.curve.plot("Hyperscalers", (0, 5))
    row = evidence.curve.summary.query("name == 'Hyperscalers' and window_end == 5").iloc[0]
    assert percent(row["median"], 1) in fig.get_label()
    dots = fig.axes[0].collections[1].get_offsets()
    assert len(dots) == row["n_specifications"]
    assert np.median(np.ma.getdata(dots)[:, 1]) == pytest.approx(100 * row["median"])
    with pytest.raises(es.InputError, match="no entity 'Hyperscaler'"):
        evidence.curve.plot("Hyperscaler")
    with pytest.raises(es.InputError, match=r"no figures of NVDA over \[0, \+9\]; there are over"):
        evidence.curve.plot("NVDA", (0, 9))


@pytest.mark.parametrize("kind", ["time", "space"])
def test_placebos_of_one_kind_alone_have_one_panel(evidence, kind):
    found = evidence.placebos
    alone = replace(
        found,
        summary=found.summary[found.summary["kind"] == kind].reset_index(drop=True),
        draws=found.draws[found.draws["kind"] == kind].reset_index(drop=True),
    )
    fig = alone.plot()
    assert_publishable(fig)
    assert len(fig.axes) == 1
    row = alone.summary.iloc[0]
    assert f"{row['n_placebos']} other" in fig.get_label()
    assert (p_text(row["p_value"]) in fig.get_label()) == (kind == "time")


def test_recovery_draws_the_paths_of_the_leads(evidence):
    fig = evidence.recovery.plot()
    leads = evidence.recovery.path.query("lead and label != 'Hyperscalers'")
    for ax, (_, path) in zip(fig.axes, leads.groupby("label", sort=False), strict=True):
        drawn = [tuple(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) == 61]
        assert tuple(100 * path["car"].to_numpy()) in drawn


def test_value_without_known_shares_has_no_picture(evidence):
    none = replace(evidence.value, assets=evidence.value.assets.assign(abnormal=np.nan))
    with pytest.raises(es.InputError, match="nothing to rank"):
        none.plot()
    with pytest.raises(AttributeError):
        _ = evidence.claims.plot


@pytest.mark.parametrize("ink", ["colour", "grey"])
def test_the_names_of_lines_read_well_on_paper(one, ink):
    fig = one.plot_caar(ink=ink)
    names = [t for t in fig.axes[0].texts if t.get_weight() == "bold"]
    assert len(names) == 9
    for name in names:
        light = luminance(to_rgb(name.get_color()))
        assert 1.05 / (light + 0.05) >= 4.5, name.get_text()
