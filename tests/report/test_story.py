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
    def test_follows_the_return(self, tell, planted, said):
        story = tell({"NVDA": planted})
        figures = lead_figures(story)
        assert story.finding().startswith(f"{said}; {percent(figures.car)} is abnormal")
        assert p_text(figures.p_placebo) in story.finding()
        assert story.answer()[0].startswith(said)

    def test_tells_chance_from_more(self, tell):
        assert "strong evidence" in tell({"NVDA": -0.17}).finding()
        quiet = tell({"NVDA": -0.03})
        assert not lead_figures(quiet).significant
        assert "not significant" in quiet.finding()

    def test_no_return_that_day(self, tell, sample):
        prices = sample.copy()
        prices.loc[DAY, "NVDA"] = np.nan
        story = tell(prices=prices)
        assert story.finding() == "Nvidia: no return on 27 January 2025"
        how_much, who_else, lasted = story.answer()
        assert how_much == "Nvidia has no return on 27 January 2025, so nothing can be said of it."
        assert who_else.startswith("Nasdaq Composite fell 3.07% (−612.47 points)")
        assert "of 6 assets had" in who_else
        assert lasted == (
            "The cumulative abnormal return of Nvidia is not known over [−1, +1] and [0, +5] and "
            "[0, +20], where days have no abnormal return."
        )

    def test_names_the_day_of_its_figures_where_day_0_is_not_studied(self, tell, sample):
        story = tell(window=(1, 5), car=[(1, 5)])
        assert story.focus == Window(1, 1)
        assert story.date == "27 January 2025"
        assert story.focus_date == "28 January 2025"
        rose = sample["NVDA"].pct_change(fill_method=None)["2025-01-28"]
        assert story.finding().startswith(
            f"Nvidia rose {percent(rose, signed=False)} on 28 January 2025"
        )
        assert "27 January" not in " ".join(story.answer())

    def test_days_before_the_event(self, tell):
        story = tell(window=(-5, -1), car=[(-5, -1)])
        assert story.focus_date == "17 January 2025"


class TestHowMuch:
    def test_expected_and_abnormal_add_up(self, tell):
        story = tell({"NVDA": -0.12})
        figures, raw = lead_figures(story), story.raw(story.leads[0])
        assert raw == pytest.approx(-0.12)
        said = story.answer()[0]
        assert f"the market model expected {percent(raw - figures.car)}" in said
        assert f"so {percent(figures.car)} is abnormal" in said
        low, high = percent(figures.low, unit=False), percent(figures.high)
        assert f"(95% interval {low} to {high}, placebo {p_text(figures.p_placebo)})" in said
        assert figures.low < figures.car < figures.high

    def test_level_of_the_interval(self, tell):
        assert "(90% interval " in tell(confidence=0.9).answer()[0]

    def test_no_other_benchmark_no_comparison(self, tell):
        assert " against " not in tell().answer()[0]

    def test_other_benchmark_is_compared(self, tell):
        story = tell(compare=("EW_EX_AI",))
        other = story.under("EW_EX_AI", "NVDA", story.focus)
        assert other is not None
        assert f", and {percent(other.car)} against " in story.answer()[0]
        assert story.under("EW_EX_AI", "ZZZ", story.focus) is None

    def test_without_placebo_the_p_is_not_called_one(self, tell):
        story = tell(placebo=False)
        figures = lead_figures(story)
        assert np.isnan(figures.p_placebo)
        said = story.answer()[0]
        assert "placebo" not in said
        assert f", {p_text(figures.p_value)})" in said
        assert [entity.key for entity in story.leads] == ["NVDA", "^IXIC", "MSFT"]


class TestWhoElse:
    def test_counts_and_names_the_extremes(self, tell):
        story = tell({"MSFT": -0.2, "GOOGL": 0.15})
        table = story.day_table
        said = story.answer()[1]
        assert f"{(table['car'] < 0).sum()} of 7 assets had a negative abnormal return." in said
        low = percent(table["car"].min())
        assert f"from {low} (Microsoft) to {percent(table['car'].max())} (Alphabet)" in said

    def test_a_member_without_a_return_is_no_extreme(self, tell, sample):
        prices = sample.copy()
        prices.loc[DAY, "MSFT"] = np.nan
        said = tell(prices=prices).answer()[1]
        assert "Microsoft" not in said
        assert "(Oracle) to " in said
        assert "of 6 assets" in said

    def test_an_index_has_points(self, tell):
        story = tell({"^IXIC": 0.01})
        points = story.points(story.leads[1])
        assert points > 0
        assert f"rose 1.00% (+{points:,.2f} points)" in story.answer()[1]
        assert np.isnan(story.points(story.leads[0]))

    def test_one_asset_alone(self, tell):
        assert tell(groups="NVDA").answer()[1] == "No other asset was studied."

    def test_nobody_has_a_return(self, tell, sample):
        story = tell(prices=sample.drop(index=pd.Timestamp(DAY)), at="2025-01-24")
        assert story.answer()[1].endswith("abnormal return.")
        gone = sample.copy()
        gone.loc[DAY] = np.nan
        said = tell(prices=gone).answer()[1]
        assert said.startswith("Nasdaq Composite has no abnormal return on 27 January 2025; ")
        assert said.endswith("; no asset has an abnormal return.")


class TestDidItLast:
    def test_what_no_longer_lasts(self, tell):
        assert tell().answer()[2].endswith("what remained at the end is no longer significant.")

    def test_what_never_was(self, tell):
        said = tell({"NVDA": -0.03}).answer()[2]
        assert said.endswith("what remained at the end is not significant.")

    def test_what_still_holds(self, tell):
        said = tell({"NVDA": -0.6}).answer()[2]
        assert said.endswith("what remained at the end is still significant.")

    def test_every_window_with_its_figure(self, tell):
        story = tell(car=[(0, 0), (0, 3), (-2, 8)])
        lead = story.leads[0]
        for window in (Window(0, 3), Window(-2, 8)):
            found = story.figures(lead, window)
            assert f"{percent(found.car)} over {window} ({p_text(found.p)})" in story.answer()[2]

    def test_the_end_is_the_window_that_ends_last(self, tell):
        forth, back = tell(car=[(0, 1), (0, 20)]), tell(car=[(0, 20), (0, 1)])
        assert forth.answer()[2].split(": ")[1] == back.answer()[2].split(": ")[1]

    def test_windows_beyond_the_data(self, tell, sample):
        story = tell(prices=sample.loc[:"2025-01-29"])
        found = story.figures(story.leads[0], Window(-1, 1))
        assert story.answer()[2] == (
            f"The cumulative abnormal return of Nvidia was {percent(found.car)} over [−1, +1] "
            f"({p_text(found.p)}); it is not known over [0, +5] and [0, +20], where days have no "
            "abnormal return."
        )

    def test_a_single_day(self, tell):
        story = tell(window=(0, 0), car=[(0, 0)])
        assert story.answer()[2] == "Only day 0 was studied, so nothing is said about later days."


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
        assert "Of 1 fit, flagged" in said

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
