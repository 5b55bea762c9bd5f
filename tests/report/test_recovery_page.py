"""The page on recovery: publishable, and its sentence follows the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import assert_publishable, printed, text_boxes

from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.recovery import Recovery, recovery_finding
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
    assert "Tariff orders on most trading partners" in " ".join(texts(fig).split())


def test_the_title_says_shares_of_the_evidence(found):
    said = recovery_finding(found)
    table = found.table[(found.table["key"] == "NVDA") & (found.table["days"] == "all")]
    share = table.set_index("horizon")["share"]
    assert share[5] < 0 < share[60]
    assert (
        f"Nvidia had lost a further {abs(100 * share[5]):.0f}% of its day-0 abnormal loss" in said
    )
    assert f"won back {100 * share[60]:.0f}% after 60" in said
    assert said.endswith("Hyperscalers: no significant move on day 0, so no recovery to measure")


def test_other_figures_make_another_sentence(found):
    said = recovery_finding(changed(found, "NVDA", share=0.31, p_value=0.02))
    assert said.startswith(
        "Nvidia had won back 31% of its day-0 abnormal loss after 5 sessions and 31% after 60 "
        "(interval −228 to +360%, p = 0.020)"
    )
    said = recovery_finding(changed(found, "NVDA", share=0.31, ar0=0.1))
    assert said.startswith("Nvidia had given back 31% of its day-0 abnormal gain")
    said = recovery_finding(changed(found, "NVDA", share=-0.31, ar0=0.1))
    assert said.startswith("Nvidia had added a further 31% of its day-0 abnormal gain")
    assert "Nvidia has no abnormal return on day 0" in recovery_finding(
        changed(found, "NVDA", ar0=np.nan, abnormal=False)
    )
    assert "Nvidia: what was won back is not known" in recovery_finding(
        changed(found, "NVDA", share=np.nan)
    )


def test_nothing_abnormal_means_nothing_to_win_back(told):
    r1 = told("deepseek-r1").evidence.recovery
    said = recovery_finding(r1)
    assert said.endswith(": no significant move on day 0, so no recovery to measure")
    assert "%" not in said
    columns, rows = recovery_rows(r1)
    assert set(rows[0].cells[3:]) == {"–"}
    assert len(rows[0].cells) == len(columns)


def test_the_table_prints_the_evidence(found):
    _, rows = recovery_rows(found)
    assert [r.cells[0] for r in rows[:4]] == [
        *("Nvidia", "   without the marked days"),
        *("Nasdaq Composite", "   without the marked days"),
    ]
    assert rows[0].cells[-1] == f"+{found.summary['stays_back'][0]:.0f}"
    never = changed(found, "NVDA", stays_back=np.nan)
    assert recovery_rows(never)[1][0].cells[-1] == "never"
    late = changed(found, "NVDA", half_life=np.nan, half_reason="not within 60 sessions")
    assert recovery_rows(late)[1][0].cells[-2] == "never"


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
