"""The sentences of the report: each follows the figures, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.report.pages.benchmarks import benchmarks_page
from eventstudy.report.pages.methods import method_paragraphs, provenance_paragraphs
from eventstudy.report.story import Story
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted, dollars, p_text, percent

DAY = "2025-01-27"
GROUPS = "nvidia;nasdaq;hyperscalers"


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return es.load_prices("bundled").adj_close[
        ["NVDA", "^IXIC", "MSFT", "GOOGL", "AMZN", "META", "ORCL", "^GSPC", "EW_EX_AI"]
    ]


@pytest.fixture
def tell(sample, tmp_path: Path):
    """A story on the sample with returns of day 0 planted, or with other prices altogether."""

    def make(
        planted: dict[str, float] | None = None,
        prices: pd.DataFrame | None = None,
        groups: str = GROUPS,
        at: str = DAY,
        packaged: bool = False,
        **options: object,
    ) -> Story:
        frame = (sample if prices is None else prices).copy()
        place = frame.index.get_loc(at)
        for ticker, wanted in (planted or {}).items():
            column = frame.columns.get_loc(ticker)
            had = frame.iloc[place, column] / frame.iloc[place - 1, column]
            frame.iloc[place:, column] *= (1 + wanted) / had
        frame.to_csv(tmp_path / "p.csv")
        events = Events(
            (make_event(event_id="e", title="E", announced_at=at, groups=groups, headline=True),)
        )
        loaded = es.load_prices(tmp_path / "p.csv")
        if packaged:  # as if these were the packaged closes, whose split basis the shares have
            loaded = replace(loaded, provenance=replace(loaded.provenance, name="bundled"))
        return Story(es.EventStudy(**options).run(events, loaded), "e")

    return make


def lead_figures(story: Story):
    return story.figures(story.leads[0], story.focus)


class TestBenchmarks:
    @pytest.mark.parametrize(("planted", "quoted"), [(0.003, False), (-0.2, True)])
    def test_the_title_has_figures_only_where_one_is_significant(self, tell, planted, quoted):
        story = tell({"NVDA": planted}, compare=("EW_EX_AI",))
        title = benchmarks_page(story).finding
        assert (percent(lead_figures(story).car) in title) == quoted
        assert ("not significant" in title) != quoted


class TestHeadline:
    @pytest.mark.parametrize(
        ("planted", "said"),
        [
            (-0.1, "Nvidia fell 10.00% on 27 January 2025"),
            (-0.2345, "Nvidia fell 23.45% on 27 January 2025"),
            (0.05, "Nvidia rose 5.00% on 27 January 2025"),
            (0.0, "Nvidia did not move on 27 January 2025"),
        ],
    )
    def test_follows_the_return_and_names_the_event(self, tell, planted, said):
        story = tell({"NVDA": planted})
        assert story.finding().startswith(f"E: {said}")
        assert story.answer()[0].startswith(said)
        assert percent(lead_figures(story).car) in story.answer()[0]

    def test_a_figure_stands_in_the_title_only_where_its_interval_leaves_out_zero(self, tell):
        sure, quiet = tell({"NVDA": -0.17}), tell({"NVDA": -0.03})
        assert f"{abs(100 * lead_figures(sure).car):.0f} percentage points" in sure.finding()
        assert not lead_figures(quiet).significant
        assert "percentage points" not in quiet.finding()
        assert p_text(lead_figures(quiet).p) in quiet.finding()

    def test_no_return_that_day(self, tell, sample):
        prices = sample.copy()
        prices.loc[DAY, "NVDA"] = np.nan
        story = tell(prices=prices)
        nothing, who_else = story.answer()
        assert story.finding() == f"E: {nothing.rstrip('.')}"
        assert story.finding() == "E: Nvidia has no return on 27 January 2025"
        assert who_else.startswith("Nasdaq Composite fell 3.07% (−612.47 points)")
        assert "of 5 assets" in who_else

    def test_names_the_day_of_its_figures_where_day_0_is_not_studied(self, tell, sample):
        story = tell(window=(1, 5), car=[(1, 5)])
        assert story.focus == Window(1, 1)
        assert story.date == "27 January 2025"
        assert story.focus_date == "28 January 2025"
        rose = sample["NVDA"].pct_change(fill_method=None)["2025-01-28"]
        assert f"Nvidia rose {percent(rose, signed=False)} on 28 January 2025" in story.finding()
        assert "27 January" not in " ".join(story.answer())

    def test_days_before_the_event(self, tell):
        story = tell(window=(-5, -1), car=[(-5, -1)])
        assert story.focus_date == "17 January 2025"


class TestWhoElse:
    def test_counts_assets_without_indices_and_names_the_extremes(self, tell):
        story = tell({"MSFT": -0.2, "GOOGL": 0.15})
        table = story.day_table.set_index("ticker").drop("^IXIC")
        p = table["p_placebo"].le(0.05)
        said = story.answer()[-1]
        fell, rose = (p & (table["car"] < 0)).sum(), (p & (table["car"] > 0)).sum()
        assert f"{fell} of 6 assets fell and {rose} rose" in said
        low = percent(table["car"].min())
        assert f"from {low} (Microsoft) to {percent(table['car'].max())} (Alphabet)" in said

    def test_a_member_without_a_return_is_no_extreme(self, tell, sample):
        prices = sample.copy()
        prices.loc[DAY, "MSFT"] = np.nan
        said = tell(prices=prices).answer()[-1]
        assert "Microsoft" not in said
        assert "(Oracle) to " in said
        assert "of 5 assets" in said

    def test_an_index_has_points(self, tell):
        story = tell({"^IXIC": 0.01})
        points = story.points(story.leads[1])
        assert points > 0
        assert f"rose 1.00% (+{points:,.2f} points)" in story.answer()[-1]
        assert np.isnan(story.points(story.leads[0]))

    def test_of_one_asset_nothing_is_said_of_others(self, tell):
        assert len(tell(groups="NVDA").answer()) == 3

    def test_the_value_lost_over_the_range_of_benchmarks(self, tell):
        story = tell(groups="NVDA", packaged=True, compare=("EW_EX_AI",))
        raw, abnormal = story.dollars(story.leads[0])
        other = story.under("EW_EX_AI", "NVDA", story.focus).car
        said = story.answer()[3]
        for amount in (raw, abnormal, abnormal * other / lead_figures(story).car):
            assert dollars(abs(amount)) in said

    def test_nobody_has_a_return(self, tell, sample):
        gone = sample.copy()
        gone.loc[DAY] = np.nan
        said = tell(prices=gone).answer()[-1]
        assert said.startswith("Nasdaq Composite has no abnormal return on 27 January 2025; ")
        assert said.endswith("; no asset has an abnormal return.")


class TestEntities:
    def test_group_index_asset(self, tell):
        story = tell()
        assert [(e.key, e.portfolio) for e in story.entities] == [
            ("NVDA", False),
            ("^IXIC", False),
            ("hyperscalers", True),
        ]
        assert story.entities[2].members == ("MSFT", "GOOGL", "AMZN", "META", "ORCL")

    def test_dollars_are_the_shares_times_the_move(self, tell, sample):
        story = tell({"NVDA": -0.1}, packaged=True)
        raw, abnormal = story.dollars(story.leads[0])
        before = sample["NVDA"].iloc[sample.index.get_loc(DAY) - 1]
        assert raw == pytest.approx(-0.1 * before * 24.49e9, rel=1e-3)
        assert abnormal / raw == pytest.approx(lead_figures(story).car / -0.1)
        assert np.isnan(story.dollars(story.leads[1])).all()

    def test_packaged_shares_say_nothing_about_other_prices_or_other_years(self, tell):
        assert np.isnan(tell().dollars(tell().leads[0])).all()
        from eventstudy.estimation.context import shares_near

        prices = es.load_prices("bundled")
        assert "NVDA" in shares_near(prices, pd.Series([pd.Timestamp(DAY)]))
        assert not shares_near(prices, pd.Series([pd.Timestamp("2015-01-27")]))

    def test_a_portfolio_moves_by_the_mean_of_its_members(self, tell):
        story = tell()
        members = [story.raw(story.asset(t, "hyperscalers")) for t in story.leads[2].members]
        assert story.raw(story.leads[2]) == pytest.approx(np.mean(members))


class TestMethods:
    def test_says_what_was_done(self, tell):
        said = " ".join(p.text for p in method_paragraphs(tell(returns="log")))
        assert "market model on S&P 500 (^GSPC), log returns" in said
        assert "Day 0 is 2025-01-27." in said
        assert "Joint test" not in said

    def test_one_of_a_thing_is_singular(self, tell):
        story = tell(groups="NVDA", packaged=True)
        said = " ".join(p.text for p in [*method_paragraphs(story), *provenance_paragraphs(story)])
        assert "known for 1 asset (" in said
        assert "of 1 fit" in said

    def test_data_are_named_with_their_hash(self, tell):
        said = " ".join(p.text for p in provenance_paragraphs(tell()))
        assert "Prices from the file p.csv. SHA-256 " in said


def test_counted():
    assert [counted(n, "asset") for n in (0, 1, 2, 1234)] == [
        "0 assets",
        "1 asset",
        "2 assets",
        "1,234 assets",
    ]


def test_dollars():
    assert dollars(-5.93e11, signed=True) == "−$593bn"
    assert dollars(1.2e9, signed=True) == "+$1.2bn"
