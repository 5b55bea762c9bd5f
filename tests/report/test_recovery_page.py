"""The page on recovery: publishable, and its sentence follows the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import assert_publishable, printed, text_boxes

from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.recovery import (
    NOTHING,
    Recovery,
    recovery_finding,
    share_interval,
)
from eventstudy.evidence.recovery import recovery
from eventstudy.report.charts.axes import spread
from eventstudy.report.charts.recovery import draw_recovery
from eventstudy.report.drawing.page import new_page
from eventstudy.report.pages.recovery import recovery_page, recovery_rows
from eventstudy.report.story import Story


@pytest.fixture(scope="module")
def studied(flagship):
    return flagship.both, flagship.prices


@pytest.fixture(scope="module")
def told(studied):
    result, prices = studied

    def tell(event_id: str, **changed: Any) -> Story:
        part = result.only(event_id)
        found = replace(recovery(Case(part, prices)), **changed)
        return Story(part, event_id, Evidence(recovery=found))

    return tell


@pytest.fixture(scope="module")
def found(told) -> Recovery:
    return told("deepseek-app-store").evidence.recovery


def changed(found: Recovery, key: str, **figures: Any) -> Recovery:
    """The same with figures of one entity's table and summary overwritten, all days."""
    table, summary = found.table.copy(), found.summary.copy()
    for name, value in figures.items():
        for frame in (table, summary):
            rows = (frame["key"] == key) & (frame["days"] == "all")
            if name in frame:
                frame.loc[rows, name] = value
    return replace(found, table=table, summary=summary)


def texts(fig) -> str:
    return "\n".join(text for text, _ in text_boxes(fig))


@pytest.mark.parametrize("event_id", ["deepseek-r1", "deepseek-app-store"])
def test_the_page_is_publishable(told, event_id):
    fig = printed(recovery_page, told(event_id), 9)
    assert_publishable(fig)
    assert not fig.get_label().endswith("…")
    if event_id == "deepseek-app-store":
        assert "Tariff orders on most trading partners" in " ".join(texts(fig).split())


def of_nvidia(found: Recovery) -> pd.DataFrame:
    table = found.table[(found.table["key"] == "NVDA") & (found.table["days"] == "all")]
    return table.set_index("horizon")


def test_the_title_quotes_only_a_share_that_is_sure(found):
    """Not the 51% after 60 sessions, whose interval reaches from −228 to +360%."""
    rows = of_nvidia(found)
    assert rows["p_value"][1] <= 0.05
    assert (rows["p_value"][1:] > 0.05).all()
    said = recovery_finding(found, first=True)
    assert f"{100 * rows['share'][1]:.0f}%" in said
    assert share_interval(rows.loc[1]) in said
    assert f"{100 * rows['share'][60]:.0f}%" not in said
    assert "60" in said
    assert "Hyperscalers" not in said
    assert recovery_finding(found).endswith(NOTHING)


def test_without_a_sure_share_the_title_has_none(found):
    said = recovery_finding(changed(found, "NVDA", p_value=0.3, abnormal=True), first=True)
    assert "%" not in said
    assert "60 sessions" in said


def test_other_figures_make_another_sentence(found):
    rows = of_nvidia(found)
    said = recovery_finding(changed(found, "NVDA", share=0.31, p_value=0.02), first=True)
    assert "recovered 31% of its day-0 abnormal loss after 60 sessions" in said
    assert share_interval(rows.loc[60]) in said
    said = recovery_finding(changed(found, "NVDA", share=-0.31, p_value=0.02), first=True)
    assert "fallen further, by 31% of its day-0 abnormal loss" in said
    gain = {"ar0": 0.1, "p_value": 0.02}
    said = recovery_finding(changed(found, "NVDA", share=0.31, **gain), first=True)
    assert "given back 31% of its day-0 abnormal gain" in said
    said = recovery_finding(changed(found, "NVDA", share=-0.31, **gain), first=True)
    assert "risen further, by 31% of its day-0 abnormal gain" in said
    assert "Nvidia has no abnormal return on day 0" in recovery_finding(
        changed(found, "NVDA", ar0=np.nan, abnormal=False)
    )
    unknown = recovery_finding(changed(found, "NVDA", share=np.nan), first=True)
    assert "Nvidia" in unknown
    assert "%" not in unknown


def test_where_no_lead_moved_there_is_no_page(told):
    story = told("deepseek-r1")
    r1 = story.evidence.recovery
    assert recovery_finding(r1).endswith(NOTHING)
    assert not story.has_part("recovery")
    assert told("deepseek-app-store").has_part("recovery")
    _, rows = recovery_rows(r1)
    assert [row.cells[0] for row in rows] == ["Apple"]
    with pytest.raises(InputError, match="moved unusually"):
        r1.plot()


def test_the_table_prints_the_evidence(found):
    _, rows = recovery_rows(found, {"EW_EX_AI": "a market"}.__getitem__)
    assert [r.cells[0] for r in rows[:4]] == [
        *("Nvidia", "   against a market", "   without the marked days"),
        "Nasdaq Composite",
    ]
    assert rows[0].cells[-1] == f"+{found.summary['stays_back'][0]:.0f}"
    never = changed(found, "NVDA", stays_back=np.nan)
    assert recovery_rows(never)[1][0].cells[-1] == "never"
    late = changed(found, "NVDA", half_life=np.nan, half_reason="not within 60 sessions")
    assert recovery_rows(late)[1][0].cells[-2] == "never"
    other = found.others[found.others["key"] == "NVDA"].set_index("horizon")
    assert other["ar0"][1] == pytest.approx(-0.1807, abs=5e-5)
    assert f"{100 * other['share'][60]:.0f}".replace("-", "−") in rows[1].cells
    assert "Hyperscalers" not in {r.cells[0] for r in rows}


def test_another_benchmark_is_the_study_on_it(told, studied):
    """The shares against a comparison benchmark are those of a study that has it as its own."""
    result, prices = studied
    part = result.only("deepseek-app-store")
    case = Case(part, prices).by_benchmark()["EW_EX_AI"]
    own = of_nvidia(recovery(case))
    others = told("deepseek-app-store").evidence.recovery.others
    beside = others[others["key"] == "NVDA"].set_index("horizon")
    for name in ("ar0", "car", "share", "share_low", "share_high", "p_value"):
        np.testing.assert_array_equal(beside[name], own[name])


def test_a_path_cut_short_says_why(told):
    story = told("deepseek-app-store", cut="the data end on day +9, 2025-02-07", last=9)
    assert "the data end on day +9" in " ".join(texts(printed(recovery_page, story, 1)).split())


def test_without_confounders_there_is_no_key(told):
    none = told("deepseek-app-store").evidence.recovery.confounders.iloc[:0]
    fig = printed(recovery_page, told("deepseek-app-store", confounders=none), 1)
    assert_publishable(fig)
    assert "Marked days" not in texts(fig)
    assert "dashed" not in texts(fig)


def test_chart_with_crowded_marks_and_missing_days():
    fig, body = new_page("F", "s", "source", "x · 1")
    days = np.arange(61)
    car = np.where(days > 40, np.nan, -0.1 + 0.001 * days)
    path = pd.DataFrame(
        {"label": "A", "day": days, "car": car, "low": car - 0.1, "high": car + 0.1}
    ).assign(clear_car=-0.1)
    marks = pd.DataFrame({"label": "A", "day": range(1, 13), "number": range(1, 13)})
    draw_recovery([body.add_axes(fig)], path, marks, [("none won back", "all won back")])
    assert_publishable(fig)
    with pytest.raises(ValueError, match="as many axes"):
        draw_recovery([], path, marks, [])


def test_spread_moves_labels_apart_and_keeps_their_order():
    found = spread([50, 52, 51, 90], 10, 0, 100)
    assert sorted(range(4), key=lambda i: found[i]) == [0, 2, 1, 3]
    assert min(np.diff(sorted(found))) >= 10 - 1e-6
    assert found[3] == 90
    assert spread([1.0, 2.0], 10, 0, 100)[0] >= 0
    assert spread([99.0, 98.0], 10, 0, 100)[0] <= 100
