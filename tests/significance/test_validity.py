"""Measured sizes: what the package says of a test is what was measured where events lie alike."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.result.summary import headline_cautions, standing_sentence
from eventstudy.significance.date_layouts import (
    CONSECUTIVE,
    DISPERSED,
    FEW_DISPERSED,
    MEASURED,
    NEAR,
    ONE_ASSET,
    ONE_DATE,
    SIX_DATES,
    TEN_DATES,
    DateLayout,
    nearest_layouts,
    shares_more,
    sharing_of,
)
from eventstudy.significance.outcome import t_test
from eventstudy.significance.registry import HEADLINE, list_tests
from eventstudy.significance.run import run_tests
from eventstudy.significance.sample import Layout
from eventstudy.significance.validity import (
    LENGTHS,
    LEVELS,
    PAGE,
    caution,
    measured_cells,
    measured_length,
    worst_cell,
)
from eventstudy.spec.windows import Window

ROOT = Path(__file__).parents[2]
SESSIONS = 2_500
CELLS = list(measured_cells().values())


def drawn(layout: DateLayout, rng: np.random.Generator) -> np.ndarray:
    """The sessions of one sample of a layout."""
    if layout.drawn_singly:
        return rng.integers(0, SESSIONS, layout.n)
    return 100 + layout.day0


def test_sharing_is_what_a_loop_over_pairs_counts():
    rng = np.random.default_rng(3)
    for length in (1, 2, 5, 21):
        day0 = rng.integers(40, 90, 17)
        days = [set(range(d, d + length)) for d in day0]
        same = other = 0.0
        for i, mine in enumerate(days):
            for j, theirs in enumerate(days):
                if i != j and day0[i] == day0[j]:
                    same += 1
                elif i != j:
                    other += len(mine & theirs) / length
        chains = 1
        for before, after in zip(sorted(day0), sorted(day0)[1:], strict=False):
            chains += not (set(range(before, before + length)) & {after})
        found = sharing_of(day0, length)
        assert (found.n, found.dates, found.chains) == (17, len(set(day0)), chains)
        assert found.same == pytest.approx(same / 17)
        assert found.other == pytest.approx(other / 17)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("layout", MEASURED.values(), ids=list(MEASURED))
def test_a_measured_layout_lies_near_itself(layout: DateLayout, length: int):
    rng = np.random.default_rng(0)
    for _ in range(50):
        sharing = sharing_of(drawn(layout, rng), max(length, NEAR))
        assert layout in nearest_layouts(layout.kind, sharing)


@pytest.mark.parametrize(
    ("day0", "length", "near"),
    [
        (np.arange(40) * 30, 21, {DISPERSED}),
        (np.arange(8) * 30, 21, {FEW_DISPERSED, DISPERSED}),
        (np.repeat(np.arange(20) * 30, 3), 21, {TEN_DATES}),
        (np.repeat(np.arange(8) * 30, 4), 21, {TEN_DATES, SIX_DATES}),
        (np.repeat(np.arange(3) * 30, 40), 21, {SIX_DATES, ONE_DATE}),
        (np.repeat(np.arange(10), 4), 21, {CONSECUTIVE, SIX_DATES}),
        (np.repeat(np.arange(12) * 60, 60) + np.arange(720) % 20, 21, {CONSECUTIVE, TEN_DATES}),
    ],
)
def test_between_layouts_all_of_them_count(day0, length: int, near: set[DateLayout]):
    assert set(nearest_layouts(Layout.MANY_DATES, sharing_of(day0, length))) == near


def test_more_sharing_than_was_measured_is_seen():
    def of(day0: np.ndarray) -> bool:
        return shares_more(CONSECUTIVE, sharing_of(day0, 21), 21)

    assert not of(CONSECUTIVE.day0)
    assert not of(np.repeat(np.arange(20), 2))
    assert of(np.repeat(np.arange(20), 20))


def test_every_test_is_measured_in_every_layout_that_it_takes():
    known = set(measured_cells())
    absent = [
        (name, layout.name)
        for name, test in list_tests().items()
        for layout in MEASURED.values()
        if layout.kind in test.layouts
        and not {(name, layout.name, length) for length in LENGTHS} <= known
    ]
    assert absent == [], "run tools/size.py with --tests for these"


def test_no_test_without_a_warning_rejects_too_often():
    """More than 1.5 times its level by more than two Monte-Carlo errors, in a measured layout."""
    rng = np.random.default_rng(1)
    seen = 0
    for cell in CELLS:
        layout = MEASURED[cell.layout]
        sharing = sharing_of(drawn(layout, rng), max(cell.length, NEAR))
        near = nearest_layouts(layout.kind, sharing)
        for level in LEVELS:
            size = cell.at(level)
            if size is None:
                continue
            excess = size.rejections / size.samples - 1.5 * level
            if excess > 2 * np.sqrt(size.share * (1 - size.share) / size.samples):
                text = caution(cell.test, near, cell.length, 1 - level)
                figures = [float(one) for one in re.findall(r"rejects ([\d.]+)%", text)]
                assert figures, cell
                assert figures[0] >= round(100 * size.share, 1), cell
                assert PAGE in text
                seen += 1
    assert seen > 20


@pytest.mark.parametrize("kind", Layout)
def test_the_headline_holds_wherever_it_was_measured(kind: Layout):
    first = HEADLINE[kind][0]
    layouts = [layout for layout in MEASURED.values() if layout.kind is kind]
    assert layouts
    for layout in layouts:
        for length in LENGTHS:
            assert caution(first, [layout], length, 0.95) == "", (layout, length)


def test_a_level_takes_the_nearest_measured_and_a_length_the_next_longer():
    assert [measured_length(days) for days in (1, 2, 3, 4, 11, 12, 21, 60)] == [
        *(1, 3, 3, 11, 11, 21, 21, 21)
    ]
    cell = next(cell for cell in CELLS if cell.sizes)
    assert [cell.at(level).level for level in (0.001, 0.02, 0.03, 0.05, 0.08, 0.32)] == [
        *(0.01, 0.01, 0.05, 0.05, 0.1, 0.1)
    ]
    assert worst_cell("no_such_test", [ONE_ASSET], 1, 0.95) is None
    assert caution("no_such_test", [ONE_ASSET], 1, 0.95) == ""


@pytest.mark.usefixtures("clean_registries")
def test_a_test_of_the_users_own_keeps_the_plain_warning(make_group):
    @es.register_test("mine", label="m", null="t", assumes_independence=True)
    def mine(sample):
        return t_test(0.1, 9, sample.n)

    rng = np.random.default_rng(0)
    returns, market = rng.normal(0, 0.02, (4, 230)), rng.normal(0, 0.01, 230)
    group = make_group(returns, market, [70, 70, 90, 120], tests=("mine",))
    [row] = [r for r in run_tests([group], group.spec) if r.window == Window(0, 0)]
    assert "2 of 4 " in row.warning
    assert PAGE not in row.warning


def test_the_pages_agree_with_the_measured_figures():
    spec = importlib.util.spec_from_file_location("size", ROOT / "tools" / "size.py")
    sizes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sizes)
    assert (ROOT / "docs/size.md").read_text("utf-8") == sizes.size_page()
    for name in list_tests():
        text = (ROOT / f"docs/tests/{name}.md").read_text("utf-8")
        assert sizes.with_sizes(text, name) == text, f"{name}: run tools/size.py"
        assert sizes.MARKED in text or name == "donor_placebo"


def studied(day0: np.ndarray, tests: list[str], car: tuple[int, int]) -> es.StudyResult:
    """Events at these sessions of a simulated panel, one asset each."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2015-01-01", periods=2_400)
    names = [f"F{i}" for i in range(len(day0))]
    market = rng.normal(0, 0.01, len(days))
    returns = pd.DataFrame(rng.normal(0, 0.02, (len(days), len(names))), days, names)
    returns = returns.add(pd.Series(market, days), axis=0).assign(mkt=market)
    events = pd.DataFrame({"event_id": names, "ticker": names, "date": days[day0]})
    study = es.EventStudy(benchmark="mkt", window=(0, 0), car=[car], tests=tests)
    return study.run(events, returns=returns)


def test_the_summary_names_the_test_that_stands():
    close = studied(400 + np.repeat(np.arange(10), 4), ["grank_t", "bmp_t", "bmp_kp_t"], (0, 20))
    rows = close.tests[close.tests["end"] == 20].set_index("test")["warning"]
    figures = re.search(r"windows of 21 days .* rejects ([\d.]+)%", rows["grank_t"])
    assert float(figures[1]) > 10
    assert rows["bmp_kp_t"] == ""
    before, _, after = standing_sentence(close).partition(";")
    assert "grank_t" in before
    assert "bmp_t" in before
    assert "bmp_kp_t" not in before
    assert "bmp_kp_t" in after
    assert " ".join(standing_sentence(close).split()) in " ".join(close.summary().split())
    apart = studied(400 + 40 * np.arange(40), ["bmp_t", "bmp_kp_t"], (0, 20))
    assert standing_sentence(apart) == ""
    assert headline_cautions(apart) == []


def test_a_quoted_test_that_does_not_hold_is_said_with_its_windows():
    few = studied(400 + 40 * np.arange(5), ["bmp_kp_t"], (-1, 1))
    assert headline_cautions(few) == []
    doubted = few.tests.assign(warning="measured to reject too often")
    [line] = headline_cautions(SimpleNamespace(tests=doubted))
    assert "bmp_kp_t" in line
    assert "[−1, +1]" in line
