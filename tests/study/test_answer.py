"""The answer of one event: its figures are the study's, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.result.answer import Answer, answer_of
from eventstudy.spec.windows import Window
from eventstudy.text.measure import measured_in
from eventstudy.text.numbers import p_text, percent

DAY = "2025-01-27"
BEYOND = "S&P 500 members excluding AI stocks, equal-weighted"


@pytest.fixture(scope="module")
def sample() -> es.Prices:
    return es.load_prices("bundled")


@pytest.fixture(scope="module")
def headlines(sample) -> dict[str, es.StudyResult]:
    events = es.read_events(Path(__file__).parents[2] / "events.csv")
    study = es.EventStudy()
    return {
        name: study.run(events, sample, event_ids=[name])
        for name in ("deepseek-r1", "deepseek-app-store")
    }


@pytest.fixture(scope="module")
def run(sample):
    """The result of one event of Nvidia, on any prices."""

    def make(groups: str = "NVDA", at: str = DAY, prices=sample, **options) -> es.StudyResult:
        event = make_event(event_id="e", title="E", announced_at=at, groups=groups, headline=True)
        return es.EventStudy(**options).run(Events((event,)), prices)

    return make


def sentences(result: es.StudyResult) -> tuple[str, ...]:
    return answered(result).sentences


def answered(result: es.StudyResult) -> Answer:
    answer = answer_of(result)
    assert answer is not None
    return answer


def figure(result: es.StudyResult, window: tuple[int, int], benchmark: str = "") -> pd.Series:
    source = result.comparison[benchmark] if benchmark else result.assets
    return source.car_table(window).iloc[0]


def test_nvidia_on_27_january_in_one_sentence(run) -> None:
    how_much = sentences(run())[0].split(". ")[0]
    for said in ("fell 16.97%", "−13.26%", "−18.07%", "27 January 2025", "the S&P 500", BEYOND):
        assert said in how_much
    assert "which fell 1.46%" in how_much
    assert "which rose 0.84%" in how_much


def test_the_terminal_begins_with_the_answer(run) -> None:
    result = run()
    text = " ".join(result.summary().split())
    assert text.startswith(" ".join(sentences(result)))
    assert max(map(len, result.summary().splitlines())) <= 80


def test_why_the_abnormal_return_exceeds_the_move(run) -> None:
    with_both, alone = (sentences(run(compare=c))[0] for c in (("EW_EX_AI",), ()))
    assert "−18.07% exceeds the fall" in with_both
    assert "exceeds" not in alone
    assert "−18.07%" not in alone


def test_intervals_and_p_with_each_benchmark(run) -> None:
    result = run()
    how_sure = sentences(result)[1]
    for benchmark in ("", "EW_EX_AI"):
        row = figure(result, (0, 0), benchmark)
        low, high = percent(row["placebo_low"], unit=False), percent(row["placebo_high"])
        assert f"{low} to {high}" in how_sure
        assert p_text(row["p_placebo"]) in how_sure
    assert "250 ordinary days" in how_sure
    assert "90% interval" in sentences(run(confidence=0.9))[1]


def test_how_many_ordinary_days_were_as_extreme(run) -> None:
    quiet = run(at="2025-01-14")
    statistics = np.abs(quiet.assets.placebos(1)[0])
    beyond = int((statistics >= abs(figure(quiet, (0, 0))["t"])).sum())
    assert beyond > 12
    assert answered(quiet).against[0].as_extreme == beyond
    assert f" {beyond} " in sentences(quiet)[1]


def test_without_placebos_no_day_is_counted(run) -> None:
    result = run(placebo=False)
    how_sure = sentences(result)[1]
    assert "ordinary" not in how_sure
    assert p_text(figure(result, (0, 0))["p_value"]) in how_sure


def test_benchmarks_that_disagree_are_both_told(run) -> None:
    answer = answered(run())
    unsure = replace(answer.against[1], day=replace(answer.against[1].day, p=0.4))
    both = replace(answer, against=(answer.against[0], unsure))
    assert both.verdicts == {True, False}
    assert "p = 0.004" in both.sentences[1]
    assert "p = 0.400" in both.sentences[1]
    assert "percentage points" not in both.title_sentence


def test_every_window_from_day_0_on_with_its_figure(run) -> None:
    result = run(car=[(-1, 1), (0, 3), (0, 8)])
    lasted = sentences(result)[2]
    for window in ((0, 3), (0, 8)):
        row = figure(result, window)
        assert percent(row["car"]) in lasted
        assert p_text(row["p_placebo"]) in lasted
    assert percent(figure(result, (-1, 1))["car"]) not in lasted


@pytest.mark.parametrize("order", [[(0, 1), (0, 20)], [(0, 20), (0, 1)]])
def test_the_verdict_is_of_the_window_that_ends_last(run, order) -> None:
    assert not figure(run(car=order), (0, 20))["p_placebo"] <= 0.05
    assert "no longer significant" in sentences(run(car=order))[2]


def test_a_single_day_says_nothing_of_later_ones(run) -> None:
    assert "not known" in sentences(run(window=(0, 0), car=[(0, 0)]))[2]


def test_windows_beyond_the_data_are_named(run, sample) -> None:
    short = sample.adj_close.loc[:"2025-01-29", ["NVDA", "^GSPC"]]
    result = es.EventStudy().run(
        pd.DataFrame({"ticker": ["NVDA"], "date": [DAY]}),
        returns=short.pct_change(fill_method=None).iloc[1:],
    )
    assert "[0, +5] and [0, +20]" in sentences(result)[2]


def test_other_headlines_say_how_much_of_the_longest_window_is_theirs(headlines) -> None:
    result = headlines["deepseek-r1"]
    ar = figure(result, (4, 4))["car"]
    lasted = sentences(result)[2]
    assert "27 January 2025" in lasted
    assert percent(ar, unit=False) in lasted
    assert answered(headlines["deepseek-app-store"]).inside == ()


def test_titles_name_the_event(headlines) -> None:
    for name, result in headlines.items():
        event = result.context.events.set_index("event_id").loc[name, "title"]
        assert answered(result).title_sentence.startswith(f"{event}: ")
    assert "13 to 18 percentage points" in answered(headlines["deepseek-app-store"]).title_sentence


def test_an_event_named_by_asset_and_day_is_not_said_twice(run) -> None:
    answer = replace(answered(run()), title="Nvidia on 27 January 2025")
    for text in (answer.title_sentence, answer.sentences[0]):
        assert text.count("27 January 2025") == 1


def test_one_asset_has_one_row_in_the_terminal(run) -> None:
    lines = run().summary().splitlines()
    assert sum(line.startswith("NVDA ") for line in lines) == 1
    assert not [line for line in lines if line.startswith("all ")]


def test_several_events_have_no_single_answer(sample) -> None:
    frame = pd.DataFrame({"ticker": ["NVDA", "MSFT"], "date": [DAY, "2025-01-14"]})
    assert answer_of(es.EventStudy().run(frame, sample)) is None


def test_basis_points_are_no_percentage_points(run) -> None:
    answer = answered(run())
    with measured_in("bp"):
        assert "percent" not in answer.title_sentence
        assert " bp" in answer.title_sentence


def test_a_window_after_the_event_names_its_own_day(run) -> None:
    answer = answered(run(window=(1, 5), car=[(1, 5)]))
    assert "28 January 2025" in answer.sentences[0]
    assert "27 January" not in " ".join(answer.sentences)
    assert Window(1, 5) in [window for window, _ in answer.against[0].later]
