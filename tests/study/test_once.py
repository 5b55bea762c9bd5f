"""What a run computes once: the day 0 of every registered event."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventstudy as es
from eventstudy.events import align
from eventstudy.events.aligned import AlignedRegistry

EVENTS = Path(__file__).resolve().parents[2] / "events.csv"


@pytest.fixture
def counted(monkeypatch):
    """Ids of the events that were aligned, in their order."""
    ids: list[str] = []
    once = align.align_columns

    def note(event_ids, *columns):
        ids.extend(event_ids)
        return once(event_ids, *columns)

    monkeypatch.setattr(align, "align_columns", note)
    return ids


@pytest.mark.parametrize("drop", [False, True])
def test_a_run_of_many_events_aligns_each_once(counted, drop):
    registry, prices = es.read_events(EVENTS), es.load_prices()
    ids = [event.event_id for event in registry if event.groups][:4]
    result = es.EventStudy(drop_confounded=drop).run(registry, prices, event_ids=ids)
    assert counted == [event.event_id for event in registry]
    assert list(result.parts) == ids


def test_runs_of_one_registry_share_its_alignment(counted):
    registry, prices = es.read_events(EVENTS), es.load_prices()
    study = es.EventStudy()
    ids = [event.event_id for event in registry if event.groups][:2]
    alone = [study.run(registry, prices, event_ids=[one]) for one in ids]
    counted.clear()
    aligned = AlignedRegistry.of(registry, es.read_groups(None), study.calendar)
    shared = [study.run(aligned, prices, event_ids=[one]) for one in ids]
    assert counted == [event.event_id for event in registry]
    for one, other in zip(alone, shared, strict=True):
        assert one.car((0, 0)).equals(other.car((0, 0)))
        assert one.context.confounders.equals(other.context.confounders)
        assert one.alignments.equals(other.alignments)


def test_without_prices_of_a_source_only_the_chosen_are_aligned(counted):
    registry, prices = es.read_events(EVENTS), es.load_prices()
    chosen = next(event.event_id for event in registry if event.groups)
    es.EventStudy().run(registry, prices.adj_close, event_ids=[chosen])
    assert counted == [chosen]
