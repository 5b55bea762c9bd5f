"""The first page and the layout of a report: one chart beside one table, and only pages with one
finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tearsheet_helpers import assert_publishable, text_boxes

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.report.charts.asset_ranking import draw_asset_ranking
from eventstudy.report.charts.price import draw_price
from eventstudy.report.drawing.blocks import Chart, Table
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.theme import dressed
from eventstudy.report.formats.sheets import sheets
from eventstudy.report.pages.answer import answer_page
from eventstudy.report.pages.assets import paths_page, timeline_page
from eventstudy.report.pages.contents import PAGES, not_shown, tell
from eventstudy.report.pages.methods import provenance_paragraphs
from eventstudy.report.story import Story
from eventstudy.result.answer import answer_of
from eventstudy.text.numbers import p_text, percent

DAY = "2025-01-27"
APP, R1 = "deepseek-app-store", "deepseek-r1"


@pytest.fixture(scope="module")
def alone(flagship) -> Story:
    """One asset, one event, in a list of one row."""
    event = make_event(event_id="e", title="E", announced_at=DAY, groups="NVDA", headline=True)
    result = es.EventStudy().run(Events((event,)), flagship.prices)
    return Story(result, "e", es.gather_evidence(result, flagship.prices))


def table_of(story: Story) -> Table:
    return next(block for block in answer_page(story).blocks if isinstance(block, Table))


def words_of(fig) -> str:
    return " ".join(text for text, _ in text_boxes(fig))


class TestFirstPage:
    def test_slides_begin_with_the_answer_and_its_chart(self, flagship, alone) -> None:
        for story in (flagship.story(APP), alone):
            with dressed("slide", "colour"):
                words, chart = sheets(story, ["headline"])
                for sheet in (words, chart):
                    assert_publishable(sheet.figure)
            assert "−18.07%" in words_of(words.figure)
            assert len(chart.figure.axes) == 1

    @pytest.mark.parametrize("paper", ["a4", "letter"])
    def test_one_chart_beside_one_table_on_one_sheet(self, flagship, alone, paper) -> None:
        for story in (flagship.story(APP), alone):
            with dressed(paper, "colour"):
                (sheet,) = sheets(story, ["headline"])
                assert_publishable(sheet.figure)
                said = words_of(sheet.figure)
            blocks = answer_page(story).blocks
            assert len([block for block in blocks if isinstance(block, Chart)]) == 1
            assert len([block for block in blocks if isinstance(block, Table)]) == 1
            assert "27 January 2025" in said
            assert "−18.07%" in said

    def test_terminal_and_page_print_the_same(self, flagship) -> None:
        story = flagship.story(R1)
        answer = answer_of(story.result)
        assert story.answer()[:3] == list(answer.paragraphs)
        assert answer_page(story).finding == answer.title_sentence

    def test_many_assets_are_ranked_and_one_is_a_price(self, flagship, alone) -> None:
        kinds = [answer_page(story).charts[0].name for story in (flagship.story(APP), alone)]
        assert kinds == ["ranking", "price"]

    def test_one_asset_has_a_column_for_each_benchmark(self, alone) -> None:
        rows = {row.cells[0].strip(): row.cells[1:] for row in table_of(alone).rows}
        other = alone.result.comparison["EW_EX_AI"].car_table((0, 0)).iloc[0]
        own = alone.result.car((0, 0)).iloc[0]
        assert rows["Abnormal"] == [percent(one["car"], unit=False) for one in (own, other)]
        raw = alone.raw(alone.leads[0])
        expected = [percent(raw - one["car"], unit=False) for one in (own, other)]
        assert rows["Expected"] == expected

    def test_groups_have_the_other_benchmark_beside_their_own(self, flagship) -> None:
        story = flagship.story(APP)
        table = story.evidence.contamination.table
        day = table[(table["start"] == 0) & (table["end"] == 0)].set_index("key")
        rows = {row.cells[0].split(" (")[0]: row for row in table_of(story).rows}
        for key, name in (("NVDA", "Nvidia"), ("hyperscalers", "Hyperscalers")):
            assert rows[name].cells[5] == percent(day.loc[key, "against"], unit=False)
            assert rows[name].cells[4] == p_text(
                story.figures(story.leads[0 if key == "NVDA" else 2], story.focus).p, prefix=False
            )


class TestPaths:
    def test_other_headlines_are_marked_and_their_share_is_said(self, flagship) -> None:
        story = flagship.story(R1)
        page = paths_page(story)
        share = percent(story.result.car((4, 4)).iloc[0]["car"], unit=False)
        whole = percent(story.result.car((0, 10)).iloc[0]["car"])
        for said in (share, whole, "27 January 2025"):
            assert said in page.finding
        assert "−25.03" not in page.finding
        (sheet,) = sheets(story, ["car-paths"])
        assert "27 Jan 2025" in [text for text, _ in text_boxes(sheet.figure)]

    def test_no_title_has_a_figure_whose_interval_covers_zero(self, flagship) -> None:
        assert "%" not in paths_page(flagship.story(APP)).finding


class TestLayout:
    def test_one_asset_has_six_pages_and_the_rest_is_named_once(self, alone) -> None:
        shown = [page.name for page in tell(alone).values()]
        assert 5 <= len(shown) <= 6
        assert not {"forest", "heatmap", "timeline", "contrasts"} & set(shown)
        labels = [label for labels in not_shown(alone).values() for label in labels]
        assert len(labels) == len(set(labels)) == len(PAGES) - len(shown)
        said = " ".join(paragraph.text for paragraph in provenance_paragraphs(alone))
        for label in labels:
            assert said.count(f"{label}") == 1
        assert "not searched" in said

    def test_each_page_left_out_has_its_own_reason(self, flagship) -> None:
        reasons = {
            label: why for why, labels in not_shown(flagship.story(R1)).items() for label in labels
        }
        assert "recovery" in reasons["Did it last?"]
        assert "claim" in reasons["What was said"]

    def test_nothing_moved_so_there_is_no_recovery(self, flagship) -> None:
        shown = [page.name for page in tell(flagship.story(R1)).values()]
        assert "recovery" not in shown
        assert "recovery" in [page.name for page in tell(flagship.story(APP)).values()]

    def test_a_page_left_out_cannot_be_asked_for(self, alone) -> None:
        with pytest.raises(es.InputError, match="forest"):
            tell(alone, ["forest"])


class TestTimeline:
    def test_the_move_is_written_at_its_day(self, flagship) -> None:
        (sheet,) = sheets(flagship.story(APP), ["timeline"])
        assert "−16.97%" in [text for text, _ in text_boxes(sheet.figure)]
        assert_publishable(sheet.figure)

    def test_the_title_names_the_other_headlines(self, flagship) -> None:
        finding = timeline_page(flagship.story(R1)).finding
        assert finding.startswith("12 other events")
        assert "27 January 2025" in finding


def ranked(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    estimate = rng.normal(0, 0.05, count)
    return pd.DataFrame(
        {
            "label": [f"Firm {i:02d}" for i in range(count)],
            "estimate": estimate,
            "raw": estimate + 0.01,
            "significant": np.abs(estimate) > 0.05,
            "lead": np.arange(count) == 0,
        }
    )


class TestCharts:
    @pytest.mark.parametrize("count", [1, 25, 200])
    def test_a_ranking_is_sorted_and_counts_what_it_leaves_out(self, count) -> None:
        fig, body = new_page("A finding", "", "", "e")
        rows = ranked(count)
        draw_asset_ranking(body.columns(1, 1)[0].add_axes(fig), rows)
        assert_publishable(fig)
        names = [text for text, _ in text_boxes(fig) if text.startswith("Firm")]
        order = rows.set_index("label").loc[names, "estimate"]
        assert order.is_monotonic_increasing
        assert f"; {count - len(names)} more" in words_of(fig) or len(names) == count
        furthest = rows.loc[rows["estimate"].abs().idxmax(), "label"]
        assert furthest in names

    def test_a_price_has_its_move_and_what_was_implied(self) -> None:
        days = pd.bdate_range("2024-12-02", periods=60)
        close = pd.Series(np.r_[np.full(30, 100.0), np.full(30, 84.0)], days)
        fig, body = new_page("A finding", "", "", "e")
        implied = {"S&P 500": 98.5, "a benchmark with a long name and more of it": 101.0}
        draw_price(body.columns(1, 1)[0].add_axes(fig), close, days[30], "−16.00%", implied)
        assert_publishable(fig)
        said = words_of(fig)
        for text in ("−16.00%", "S&P 500", "more of it"):
            assert text in said


def test_the_names_of_pages_left_out_reach_the_pdf(alone, tmp_path: Path) -> None:
    es.write_bundle(alone.result, tmp_path / "e", evidence=alone.evidence)
    names = sorted(path.stem for path in (tmp_path / "e" / "figures").glob("*.png"))
    assert "forest" not in names
    assert len(names) <= 6
