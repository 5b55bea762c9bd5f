"""Names that are not known: the nearest are named, never thousands."""

from __future__ import annotations

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import nearest, some_nearest, unknown_name
from eventstudy.events.columns import EventColumns
from eventstudy.events.registry import Events, read_events

MANY = [f"e{number:06d}" for number in range(100_000)]


def test_of_few_names_all_are_listed() -> None:
    said = str(unknown_name("paper", "Leter", ["slide", "a4", "letter"]))
    assert said == "There is no paper 'Leter'. Did you mean 'letter'? Known: a4, letter, slide."


def test_of_many_names_the_five_nearest_are_listed_the_nearest_first() -> None:
    said = str(unknown_name("event", "e04200", MANY))
    listed = said.split("Known: ")[1]
    assert listed.count("e0") == 5
    assert "99,995 more" in listed
    assert len(said) < 200


@pytest.mark.parametrize(
    ("name", "known"),
    [("e012x345", "e012345"), ("E012345", "e012345"), ("012345", "e012345"), ("e0123456", "e012345")],
)  # fmt: skip
def test_one_letter_more_or_less_or_in_another_case_is_near(name, known) -> None:
    assert known in nearest(name, MANY)


def test_what_is_nothing_like_any_name_is_not_suggested() -> None:
    assert nearest("zzz", MANY, cutoff=0.6) == []
    assert "Did you mean" not in str(unknown_name("event", "zzz", MANY))
    assert nearest("x" * 5_000, MANY, cutoff=0.6) == []
    assert some_nearest("x" * 5_000, MANY).endswith("99,995 more")


def test_an_unknown_event_and_an_unknown_benchmark_among_many(tmp_path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("ticker,date,id\n" + "".join(f"T,2024-01-02,{each}\n" for each in MANY))
    events = read_events(path)
    with pytest.raises(es.InputError) as caught:
        _ = events["e10000"]
    assert len(str(caught.value)) < 200
    days = pd.bdate_range("2023-01-02", periods=300)
    wide = pd.DataFrame(0.01, days, [f"T{number}" for number in range(5_000)])
    with pytest.raises(es.DataMissingError) as missing:
        es.EventStudy(benchmark="T48O0").run(
            pd.DataFrame({"ticker": ["T1"], "date": ["2024-01-10"]}), returns=wide
        )
    assert "T4800" in str(missing.value)
    assert len(str(missing.value)) < 300


def test_events_held_by_column_are_the_events() -> None:
    columns = EventColumns({"event_id": ["a", "b"], "title": ["A", "B"], "announced_at": MANY[:2]})
    assert [event.event_id for event in columns] == ["a", "b"]
    assert columns[1].title == "B"
    assert columns[1].groups == ()
    assert [event.event_id for event in columns[:1]] == ["a"]
    assert Events(columns).field("headline") == (False, False)
