"""All evidence together: gathered, told when a part is absent, saved, read back, drawn again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.gathered import PARTS, Evidence, tables_of
from eventstudy.market.prices import Prices
from eventstudy.result import StudyResult

REGISTRY = Path(__file__).resolve().parents[2] / "events.csv"
EVENT = "deepseek-app-store"


@pytest.fixture(scope="module")
def prices() -> Prices:
    return es.load_prices("bundled")


@pytest.fixture(scope="module")
def both(prices: Prices) -> StudyResult:
    return es.EventStudy().run(es.read_events(REGISTRY), prices)


@pytest.fixture(scope="module")
def result(both: StudyResult) -> StudyResult:
    return both.only(EVENT)


@pytest.fixture(scope="module")
def evidence(result: StudyResult, prices: Prices) -> Evidence:
    return es.gather_evidence(result, prices)


@pytest.fixture(scope="module")
def bundle(
    result: StudyResult, evidence: Evidence, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return es.write_bundle(result, tmp_path_factory.mktemp("out") / EVENT, evidence=evidence)


def test_every_part_is_there(evidence: Evidence) -> None:
    assert evidence.absent == {}
    for name, kind in PARTS.items():
        assert type(getattr(evidence, name)) is kind


def test_a_bundle_brings_every_part_back(evidence: Evidence, bundle: Path) -> None:
    again = es.load_evidence(bundle)
    assert again is not None
    for name in PARTS:
        for table, content in tables_of(getattr(evidence, name)).items():
            pd.testing.assert_frame_equal(tables_of(getattr(again, name))[table], content)
            written = pd.read_csv(bundle / "tables" / f"{name}_{table}.csv")
            assert list(written.columns) == list(content.columns)
            assert len(written) == len(content)
    assert again.notes == evidence.notes
    assert es.load_evidence(bundle / "tables") is None


def test_results_json_repeats_the_short_tables(evidence: Evidence, bundle: Path) -> None:
    told = json.loads((bundle / "results.json").read_text("utf-8"))["evidence"]
    assert told["absent"] == {}
    assert told["notes"] == list(evidence.notes)
    assert evidence.claims is not None
    verdicts = [claim["verdict"] for claim in told["claims"]]
    assert verdicts == list(evidence.claims.claims["verdict"])
    assert set(told) == {*PARTS, "absent", "notes"}


def test_a_part_that_cannot_be_had_says_why(result: StudyResult, prices: Prices) -> None:
    """On prices that end on day 0 nothing is known of what came after."""
    end = result.assets.labels["day0"].iloc[0]
    short = replace(prices, close=prices.close[:end], adj_close=prices.adj_close[:end])
    bare = es.EventStudy(window=(0, 0), car=[(0, 0)], compare=())
    one = bare.run(es.read_events(REGISTRY), short, event_ids=[EVENT])
    assert one.context is not None
    unvalued = replace(one, context=replace(one.context, shares={}, names={}))
    kept = [t for t in one.assets.labels["ticker"] if not t.startswith("^")]
    rows = one.assets.labels["ticker"].isin(kept).to_numpy()
    found = es.gather_evidence(replace(unvalued, assets=one.assets.take(rows)), short)
    assert "value" in found.absent
    assert found.value is None
    assert any(note.startswith("No value in the evidence: ") for note in found.notes)
    assert found.claims is not None


def test_evidence_is_of_one_event(both: StudyResult, prices: Prices, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"result\.only\(event_id\)"):
        es.gather_evidence(both, prices)
    with pytest.raises(InputError, match="give their evidence by event_id, as a dict"):
        es.write_bundle(both, tmp_path / "out", evidence=Evidence())
    assert not (tmp_path / "out").exists()


def test_one_figure_alone(result: StudyResult, evidence: Evidence) -> None:
    drawn = es.draw_figures(result, evidence, only=["recovery"])
    assert list(drawn) == ["recovery"]
    assert "recovery" not in es.draw_figures(result, only=["headline", "forest"])
    with pytest.raises(InputError, match=r"page of this event 'recovry'.*Did you mean 'recovery'"):
        es.draw_figures(result, evidence, only=["recovry"])


def test_changed_data_change_the_first_page(result: StudyResult, prices: Prices) -> None:
    """The sentences of the evidence come from the prices: a quiet day 0, another answer."""

    def said(of: StudyResult, on: Prices) -> str:
        fig = es.draw_figures(of, es.gather_evidence(of, on), only=["headline"])["headline"]
        return " ".join(text.get_text() for text in fig.texts)

    day = result.assets.labels["day0"].iloc[0]
    calm = prices.adj_close.copy()
    at = calm.index.get_loc(day)
    factor = (calm["NVDA"].iloc[at - 1] / calm["NVDA"].iloc[at]) * 0.99
    calm.loc[day:, "NVDA"] *= factor
    quiet = replace(prices, adj_close=calm)
    other = es.EventStudy().run(es.read_events(REGISTRY), quiet, event_ids=[EVENT])
    assert "negative in all 198 specifications, all of them significant" in said(result, prices)
    assert "all of them significant" not in said(other, quiet)
