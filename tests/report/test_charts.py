"""Every chart: nothing clipped, nothing overlapping, nothing too small; what it must say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tearsheet_helpers import (
    SOURCE,
    assert_publishable,
    asset_rows,
    day_matrix,
    text_boxes,
)

from eventstudy.report.charts.axes import flag_labels, stack_lanes
from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_benchmarks, draw_forest
from eventstudy.report.charts.timeline import draw_timeline
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.page import new_page


def page() -> tuple[Figure, Rect]:
    return new_page("One finding", "Units, N, model", SOURCE, "an-event · 1")


def texts(fig: Figure) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def car_paths(names: list[str], scale: float = 0.02, last: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    days = np.arange(-10, last + 1)
    frames = []
    for name in names:
        car = np.cumsum(rng.normal(0, scale, len(days)))
        half = scale * 2 * np.sqrt(np.arange(1, len(days) + 1))
        frame = {"label": name, "day": days, "car": car, "low": car - half, "high": car + half}
        frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("scale", [0.0005, 0.02, 0.3])
@pytest.mark.parametrize("names", [["Nvidia"], ["Nvidia", "Nasdaq Composite", "Hyperscalers " * 4]])
def test_car_paths(names, scale):
    fig, body = page()
    axes = [r.add_axes(fig) for r in body.columns(*[1] * len(names), gap=8)]
    paths = car_paths(names, scale)
    draw_car_paths(axes, paths, "27 Jan 2025")
    assert_publishable(fig)
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert len({round(ax.get_position().width, 6) for ax in axes}) == 1


def test_the_band_of_the_whole_path_is_drawn_and_named_where_there_is_one():
    paths = car_paths(["Nvidia"])
    wider = paths.assign(band_low=paths["low"] - 0.05, band_high=paths["high"] + 0.05)
    spans, notes = [], []
    for frame in (paths, wider):
        fig, body = page()
        ax = body.add_axes(fig)
        draw_car_paths([ax], frame)
        assert_publishable(fig)
        spans.append(np.ptp(ax.get_ylim()))
        notes.append(any("whole path" in text for text in texts(fig)))
        assert len(ax.collections) == len(spans)
    assert spans[1] > spans[0]
    assert notes == [False, True]


@pytest.mark.parametrize("day", [-4, -1, 2, 4])
def test_no_line_of_an_event_runs_through_a_date(day):
    fig, body = page()
    axes = [r.add_axes(fig) for r in body.columns(1, 1, 1, gap=8)]
    draw_car_paths(axes, car_paths(["A", "B", "C"]), "27 Jan 2025", others={day: "21 Jan 2025"})
    lines = [axes[0].transData.transform((at, 0))[0] for at in (0, day)]
    boxes = [box for text, box in text_boxes(fig) if text.endswith("Jan 2025")]
    assert len(boxes) == 6
    for left, _, right, _ in boxes:
        assert not any(left < line < right for line in lines)


def test_car_paths_with_missing_days_label_the_last_known_value():
    fig, body = page()
    paths = car_paths(["Nvidia"])
    paths.loc[paths["day"] > 5, ["car", "low", "high"]] = np.nan
    draw_car_paths([body.add_axes(fig)], paths)
    assert_publishable(fig)
    known = 100 * paths.loc[paths["day"] == 5, "car"].item()
    assert f"{abs(known):.1f}%" in " ".join(texts(fig))


def test_car_paths_in_two_rows_and_long_windows():
    fig, body = page()
    rects = [c for row in body.rows(1, 1) for c in row.columns(1, 1)]
    axes = [r.add_axes(fig) for r in rects]
    draw_car_paths(axes, car_paths(["A", "B", "C", "D"], last=60))
    assert_publishable(fig)


@pytest.mark.parametrize(("groups", "each"), [(1, 1), (8, 4), (10, 12)])
def test_forest(groups, each):
    fig, body = page()
    rows = asset_rows(groups, each)
    rows.loc[0, ["estimate", "low", "high", "p_value"]] = np.nan
    draw_forest(body.add_axes(fig), rows)
    assert_publishable(fig)
    assert any(t.startswith("… and") for t in texts(fig)) == (groups == 10)
    assert "–" in texts(fig)


def test_forest_marks_significance():
    fig, body = page()
    rows = asset_rows(1, 2)
    rows["significant"] = [True, False]
    ax = body.add_axes(fig)
    draw_forest(ax, rows)
    filled, hollow = (line for line in ax.lines if line.get_marker() == "o")
    assert filled.get_markerfacecolor() == filled.get_markeredgecolor()
    assert hollow.get_markerfacecolor() != hollow.get_markeredgecolor()


@pytest.mark.parametrize("each", [1, 4, 20])
def test_benchmarks(each):
    fig, body = page()
    one = asset_rows(7, each).assign(benchmark="^GSPC")
    other = asset_rows(7, each, seed=1).assign(benchmark="EW_EX_AI")
    draw_benchmarks(body.add_axes(fig), pd.concat([one, other]))
    assert_publishable(fig)
    assert {"^GSPC", "EW_EX_AI"} <= set(texts(fig))


@pytest.mark.parametrize(
    ("assets", "days"),
    [(1, range(1)), (12, range(-3, 4)), (30, range(-10, 11)), (90, range(-60, 61))],
)
def test_heatmap(assets, days):
    fig, body = page()
    matrix = day_matrix(assets, days)
    matrix.iloc[0, 0] = np.nan
    groups = {name: f"group {i // 5}" for i, name in enumerate(matrix.index)}
    ax = body.add_axes(fig)
    draw_heatmap(ax, matrix, groups)
    assert_publishable(fig)
    low, high = ax.collections[0].get_clim()
    assert low == -high
    assert any("Hatched" in t for t in texts(fig))
    assert any(p.get_hatch() for p in ax.patches)


def test_heatmap_states_the_clip_and_brings_groups_together():
    fig, body = page()
    matrix = day_matrix(4, range(-1, 2))
    matrix.iloc[:, :] = [[0.01] * 3, [0.02] * 3, [0.5] * 3, [-0.01] * 3]
    groups = dict(zip(matrix.index, ["a", "b", "a", "b"], strict=True))
    draw_heatmap(body.add_axes(fig), matrix, groups, limit=0.1)
    assert "Colours end at ±10%; 3 cells lie beyond." in " ".join(texts(fig))
    height = {t: box[1] for t, box in text_boxes(fig)}
    assert height["TICK0"] > height["TICK2"] > height["TICK1"] > height["TICK3"]


@pytest.mark.parametrize("observed", [-40.0, -9.1, -2.0, 0.0, 2.4, 15.0, np.nan])
@pytest.mark.parametrize("columns", [1, 3])
def test_placebo(observed, columns):
    fig, body = page()
    reference = np.random.default_rng(3).standard_t(5, 250)
    for rect in body.columns(*[1] * columns, gap=24):
        draw_placebo(rect.add_axes(fig), reference, observed, title="Nvidia")
    assert_publishable(fig)
    assert ("day 0: −9.1 s.e." in texts(fig)) == (observed == -9.1)
    assert ("none of 250 ordinary days as extreme" in texts(fig)) == (abs(observed) > 9)


def close() -> pd.Series:
    dates = pd.bdate_range("2024-04-01", "2025-05-30")
    return pd.Series(100 + np.cumsum(np.random.default_rng(2).normal(0, 2, len(dates))), dates)


def happenings(others: int, heads: list[str]) -> pd.DataFrame:
    days = close().index
    frame = [
        (pd.Timestamp(d), f"Headline event on {d}, named in full", True, "event") for d in heads
    ]
    for i in range(others):
        kind = "confounder" if i % 3 else "event"
        title = "Earnings of an asset, reported after the close" if i % 2 else "FOMC decision"
        frame.append((days[(i * 29) % len(days)], title, False, kind))
    frame.append((pd.Timestamp("2031-01-01"), "outside", False, "event"))
    return pd.DataFrame(frame, columns=["date", "title", "headline", "kind"])


@pytest.mark.parametrize("others", [0, 1, 20, 80])
@pytest.mark.parametrize(
    "heads",
    [
        [],
        ["2025-01-21", "2025-01-27"],
        ["2024-04-01", "2025-05-30"],
        ["2025-05-20", "2025-05-23", "2025-05-28", "2024-04-02", "2024-04-03"],
    ],
)
def test_timeline(others, heads):
    fig, body = page()
    draw_timeline(body.add_axes(fig), close(), happenings(others, heads))
    assert_publishable(fig)
    assert "outside" not in texts(fig)
    assert any(t.startswith("… and") for t in texts(fig)) == (others == 80)


def test_entries_of_one_day_share_a_number():
    fig, body = page()
    day = pd.Timestamp("2025-01-29")
    frame = pd.DataFrame(
        {"date": [day, day], "title": ["FOMC", "ASML"], "headline": False, "kind": "confounder"}
    )
    draw_timeline(body.add_axes(fig), close(), frame)
    assert "FOMC; ASML" in texts(fig)
    assert texts(fig).count("1") == 2
    assert "2" not in texts(fig)


def test_flags_never_meet_a_text_or_a_staff():
    rng = np.random.default_rng(5)
    for _ in range(200):
        count = int(rng.integers(1, 8))
        anchors, widths = rng.uniform(0, 500, count), rng.uniform(30, 170, count)
        flags = flag_labels(list(anchors), list(widths), 0.0, 500.0)
        for i, one in enumerate(flags):
            assert one.left >= 0
            assert one.right <= 500 + 1e-6
            for k, other in enumerate(flags):
                if i == k:
                    continue
                if one.lane == other.lane:
                    assert one.right <= other.left or other.right <= one.left
                if one.lane < other.lane:
                    assert not one.left < anchors[k] < one.right


def test_stacked_discs_do_not_touch():
    centres = [0.0, 3.0, 5.0, 14.0, 15.0, 40.0]
    lanes = stack_lanes(centres, 12.0)
    for i in range(len(centres)):
        for k in range(i):
            assert lanes[i] != lanes[k] or abs(centres[i] - centres[k]) >= 12.0


def test_a_missing_column_is_named():
    fig, body = page()
    ax = body.add_axes(fig)
    with pytest.raises(ValueError, match="p_value"):
        draw_forest(ax, asset_rows().drop(columns="p_value"))
    with pytest.raises(ValueError, match="as many axes"):
        draw_car_paths([ax], car_paths(["A", "B"]))
    with pytest.raises(ValueError, match="two benchmarks"):
        draw_benchmarks(ax, asset_rows().assign(benchmark="^GSPC"))
    with pytest.raises(ValueError, match="finite"):
        draw_placebo(ax, [np.nan], 1.0)
    with pytest.raises(ValueError, match="at least one row"):
        draw_heatmap(ax, day_matrix(0, range(2)), {})


def test_charts_leave_their_neighbours_alone():
    fig, body = page()
    left, right = body.columns(1, 1, gap=10)
    draw_forest(left.add_axes(fig), asset_rows(3, 3))
    half, _ = page()
    draw_forest(right.add_axes(half), asset_rows(3, 3))
    boxes = [box for text, box in text_boxes(half) if text not in set(texts(page()[0]))]
    assert min(box[0] for box in boxes) >= right.x - 2
    assert max(box[2] for box in boxes) <= right.right + 2
    assert_publishable(half)


@pytest.mark.parametrize("assets", [5, 30])
def test_heatmap_in_half_a_page(assets):
    fig, body = page()
    right = body.columns(1, 1)[1]
    matrix = day_matrix(assets, range(-6, 7))
    draw_heatmap(right.add_axes(fig), matrix, dict.fromkeys(matrix.index, "all"))
    assert_publishable(fig)
