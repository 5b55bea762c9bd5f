"""All evidence together: gathered, told when a part is absent, saved, read back, drawn again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.parts.evidence import PARTS, Evidence, tables_of
from eventstudy.prices.prices import Prices
from eventstudy.result.result import StudyResult
from eventstudy.text.numbers import dollars

REGISTRY = Path(__file__).resolve().parents[2] / "events.csv"
EVENT = "deepseek-app-store"


@pytest.fixture(scope="module")
def prices(flagship: Any) -> Prices:
    return flagship.prices


@pytest.fixture(scope="module")
def both(flagship: Any) -> StudyResult:
    return flagship.both


@pytest.fixture(scope="module")
def result(both: StudyResult) -> StudyResult:
    return both.only(EVENT)


@pytest.fixture(scope="module")
def evidence(flagship: Any) -> Evidence:
    return flagship.story(EVENT).evidence


@pytest.fixture(scope="module")
def bundle(ran: Any) -> Path:
    return ran.folder / "outputs" / EVENT


def test_every_part_is_there(evidence: Evidence) -> None:
    assert evidence.absent == {}
    for name, kind in PARTS.items():
        assert type(getattr(evidence, name)) is kind


def test_the_docs_name_every_part() -> None:
    text = (REGISTRY.parent / "docs" / "evidence.md").read_text("utf-8")
    assert [name for name in PARTS if f"`{name}`" not in text] == []


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


@pytest.mark.slow
def test_changed_data_change_the_first_page(
    result: StudyResult, evidence: Evidence, prices: Prices
) -> None:
    """The sentences of the evidence come from the prices: a quiet day 0, another answer."""

    def said(of: StudyResult, found: Evidence) -> str:
        fig = es.draw_figures(of, found, only=["headline"])["headline"]
        return " ".join(text.get_text() for text in fig.texts)

    day = result.assets.labels["day0"].iloc[0]
    calm = prices.adj_close.copy()
    at = calm.index.get_loc(day)
    factor = (calm["NVDA"].iloc[at - 1] / calm["NVDA"].iloc[at]) * 0.99
    calm.loc[day:, "NVDA"] *= factor
    quiet = replace(prices, adj_close=calm)
    other = es.EventStudy().run(es.read_events(REGISTRY), quiet, event_ids=[EVENT])
    assert "negative in all 180 specifications (132 different estimates), all of them" in said(
        result, evidence
    )
    assert "all of them significant" not in said(other, es.gather_evidence(other, quiet))


def test_evidence_on_another_event_is_refused(
    both: StudyResult, evidence: Evidence, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="is on deepseek-app-store and the result on deepseek-r1"):
        es.write_bundle(both.only("deepseek-r1"), tmp_path / "out", evidence=evidence)
    with pytest.raises(InputError, match="does not exist"):
        es.load_evidence(tmp_path / "nowhere")


@pytest.mark.slow
def test_shares_of_ones_own(result: StudyResult, prices: Prices, tmp_path: Path) -> None:
    file = tmp_path / "shares.toml"
    file.write_text(
        '[INTC]\nshares = 4_300_000_000\nas_of = "2024-11"\nsource = "10-Q"\n'
        '[NVDA]\nshares = 1_000\nas_of = "2024-11"\nsource = "mine"\n'
    )
    own = es.gather_evidence(result, prices, shares=es.load_shares(file))
    assert own.value is not None
    nvidia = own.value.assets.set_index("ticker").loc["NVDA"]
    close = prices.close["NVDA"]
    at = close.index.get_loc(result.assets.labels["day0"].iloc[0])
    assert nvidia["raw"] == pytest.approx(1_000 * (close.iloc[at] - close.iloc[at - 1]))
    fig = es.draw_figures(result, own, only=["headline"])["headline"]
    assert dollars(abs(nvidia["raw"])) in " ".join(text.get_text() for text in fig.texts)


def test_log_returns_make_no_amount(prices: Prices) -> None:
    study = es.EventStudy(returns="log", compare=())
    log = study.run(es.read_events(REGISTRY), prices, event_ids=[EVENT])
    found = es.value(es.Case(log, prices))
    assert found.assets["raw"].notna().any()
    assert found.assets["abnormal"].isna().all()
    known = found.assets["shares"].notna()
    assert set(found.assets.loc[known, "reason"]) == {"an abnormal amount needs simple returns"}


def test_a_model_whose_difference_has_no_error_makes_no_claim_of_cause(prices: Prices) -> None:
    study = es.EventStudy(placebo=False)
    bare = study.run(es.read_events(REGISTRY), prices, event_ids=[EVENT])
    said = es.contamination(es.Case(bare, prices)).warnings
    assert said
    assert all(
        line.endswith("whether chance explains the difference is not known for this model.")
        for line in said
    )


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda c: es.difference(c, "AMD", "NVDA", [(5, 0)]), "ends before it starts"),
        (lambda c: es.difference(c, "AMD", "NVDA", (0, 0)), "give a list of windows"),
        (lambda c: es.difference(c, "AMD", "NVDA", []), "Name at least one window"),
        (lambda c: es.difference(c, "AMD", "NVDA", day0="foo"), "'foo' is not a valid day"),
        (
            lambda c: es.difference(c, "AMD", "NVDA", day0="2025-01-20"),
            "not a session of the prices",
        ),
        (lambda c: es.recovery(c, horizons=("a",)), "whole numbers of sessions"),
        (lambda c: es.recovery(c, horizons=-1), "whole numbers of sessions"),
    ],
)
def test_bad_questions_get_one_sentence(
    result: StudyResult, prices: Prices, ask: Callable[[es.Case], object], sentence: str
) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        ask(es.Case(result, prices))


def test_one_horizon_and_one_benchmark(result: StudyResult, prices: Prices) -> None:
    case = es.Case(result, prices)
    assert set(es.recovery(case, horizons=5).table["horizon"]) == {5}
    grid = es.Grid(models=("market",), benchmarks="^GSPC", windows=((0, 5),))
    curve = es.specification_curve(case, grid)
    assert set(curve.specifications["benchmark"]) == {"^GSPC"}
    drawn = es.draw_figures(result, Evidence(curve=curve), only=["headline", "specifications"])
    assert "Nvidia's CAR [0, +5] is negative in" in drawn["specifications"].get_label()
