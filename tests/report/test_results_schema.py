"""results.json: its schema holds for every kind of report, and its sentences name their keys."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from pooled_helpers import made_events, made_result, made_returns, with_an_outlier
from pydantic import ValidationError

import eventstudy as es
from eventstudy.files.formats import json_text
from eventstudy.report.drawing.theme import dressed
from eventstudy.report.machine import keys
from eventstudy.report.machine.places import Said, at
from eventstudy.report.machine.schema import (
    SCHEMA_FILE,
    SCHEMA_VERSION,
    checked_document,
    require_valid,
    results_schema,
)
from eventstudy.report.machine.sentences import Keyed, Keyring, leaves
from eventstudy.report.pages.contents import tell
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.results_json import results_document, sentences_of
from eventstudy.report.story import Story
from eventstudy.report.told import Told
from eventstudy.text.measure import measured_in

SHIPPED = json.loads(files("eventstudy").joinpath("data", SCHEMA_FILE).read_text("utf-8"))


def app_store(flagship: Any) -> Told:
    return flagship.story("deepseek-app-store")


def released(flagship: Any) -> Told:
    return flagship.story("deepseek-r1")


def without_evidence(flagship: Any) -> Told:
    return Story(flagship.both.only("deepseek-app-store"), "deepseek-app-store")


def one_asset(flagship: Any) -> Told:
    result = es.study("NVDA", "2025-01-27", source=flagship.prices)
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


def no_benchmark(flagship: Any) -> Told:
    result = es.study("NVDA,AMD", "2025-01-27", source=flagship.prices, model="mean", placebo=False)
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


def two_fell_short(flagship: Any) -> Told:
    """An event with assets that are left out, and windows of its own."""
    result = es.study(
        "NVDA,GEV,^IXIC",
        "2024-05-06",
        source=flagship.prices,
        window=(0, 3),
        car=[(0, 1), (0, 3)],
        confidence=0.9,
    )
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


def weekly(flagship: Any) -> Told:
    closes = flagship.prices.adj_close[["NVDA", "MSFT", "^GSPC"]].resample("W-FRI").last()
    options = {"frequency": "weekly", "estimation": (-70, -5), "window": (-1, 2), "compare": ()}
    prices = es.load_prices(closes)
    result = es.study("NVDA,MSFT", "2025-01-27", source=prices, car=[(0, 0), (0, 2)], **options)
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


def levels(flagship: Any) -> Told:
    index = flagship.prices.adj_close["^GSPC"].dropna()
    steps = 0.04 * np.random.default_rng(7).normal(size=(len(index), 2))
    frame = pd.DataFrame(steps.cumsum(axis=0), index.index, ["Y2", "SPREAD"])
    frame.loc["2025-01-27":, "Y2"] -= 0.30
    options = {"returns": "difference", "levels": "Y2,SPREAD", "compare": ()}
    prices = es.load_prices(frame.assign(**{"^GSPC": index}), values="levels")
    result = es.study("Y2,SPREAD", "2025-01-27", source=prices, **options)
    return Story(result, str(result.assets.labels["event_id"].iloc[0]))


@cache
def _pooled() -> Any:
    returns = made_returns()
    return made_result(returns, made_events(returns))


def pooled(_flagship: Any) -> Told:
    return PooledStory(_pooled(), "list", es.regress(_pooled(), "car ~ size + C(sector)"))


def pooled_with_an_outlier(_flagship: Any) -> Told:
    return PooledStory(with_an_outlier(_pooled()), "list 2024")


def pooled_without_windows(_flagship: Any) -> Told:
    returns = made_returns()
    events = made_events(returns).drop(columns=["group", "sector", "size"])
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=(), placebo=False)
    return PooledStory(study.run(events.iloc[:30], returns=returns), "list")


STORIES: list[Callable[[Any], Told]] = [
    *(app_store, released, without_evidence, one_asset, no_benchmark, two_fell_short),
    *(weekly, levels, pooled, pooled_with_an_outlier, pooled_without_windows),
]
Case = tuple[Told, dict[str, Any], list[tuple[str, str, Keyed]]]


@pytest.fixture(params=STORIES, ids=lambda make: make.__name__)
def case(request: pytest.FixtureRequest, flagship: Any, kept: dict[str, Case]) -> Iterator[Case]:
    """A story, its results.json and its sentences, printed in its own unit."""
    name = request.param.__name__
    if name not in kept:
        story = request.param(flagship)
        with in_print(story):
            document = results_document(story)
            said = list(sentences_of(story, tell(story).values(), document))
        kept[name] = story, document, said
    with in_print(kept[name][0]):
        yield kept[name]


@pytest.fixture(scope="module")
def kept() -> dict[str, Case]:
    return {}


class in_print:  # noqa: N801
    """As a bundle is written: on paper, in the unit of the study."""

    def __init__(self, story: Told) -> None:
        spec = story.result.spec
        self._blocks = dressed("a4", "colour"), measured_in(spec.unit, spec.frequency)

    def __enter__(self) -> None:
        for block in self._blocks:
            block.__enter__()

    def __exit__(self, *error: Any) -> None:
        for block in self._blocks:
            block.__exit__(*error)


def broken(document: Any) -> list[str]:
    checker = jsonschema.Draft202012Validator(SHIPPED)
    return [error.message for error in checker.iter_errors(document)]


# The schema.


def test_the_shipped_schema_is_the_declaration() -> None:
    assert json.loads(json_text(results_schema())) == SHIPPED, "run python tools/schema.py"
    jsonschema.Draft202012Validator.check_schema(SHIPPED)
    assert SCHEMA_VERSION in SHIPPED["$id"]


def test_results_keep_to_the_shipped_schema(case: Case) -> None:
    _, document, _ = case
    assert broken(document) == []
    assert document["schema_version"] == SCHEMA_VERSION
    assert checked_document(json_text(document).encode()).valid


def test_a_key_more_less_or_misspelt_breaks_it(case: Case) -> None:
    document = _short(case[1])
    assert checked_document(json_text(document).encode()).valid
    for place in _objects(document, ()):
        for change in (_misspelt, _added):
            spoilt = copy.deepcopy(document)
            inner = spoilt
            for step in place:
                inner = inner[step]
            if change(inner):
                assert not checked_document(json_text(spoilt).encode()).valid, (place, change)
    for change in (_misspelt, _added):
        spoilt = copy.deepcopy(document)
        change(spoilt["sentences"][0])
        assert broken(spoilt)


def _short(value: Any) -> Any:
    """The document with one object of each list: all of its kinds of object, quickly checked."""
    if isinstance(value, Mapping):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [_short(value[0])]
    return value


def _objects(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The first object at each kind of place, without those whose keys are the user's."""
    if isinstance(value, Mapping):
        yield place
        for name, inner in value.items():
            if name not in ("absent", "spec"):
                yield from _objects(inner, (*place, name))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield from _objects(value[0], (*place, 0))


def _misspelt(value: dict[str, Any]) -> bool:
    name = next(iter(value), None)
    if name is not None:
        value[f"{name}_"] = value.pop(name)
    return name is not None


def _added(value: dict[str, Any]) -> bool:
    value["one_more"] = 1
    return True


def test_a_figure_as_words_breaks_it(case: Case) -> None:
    _, document, _ = case
    spoilt = document | {"confidence": "95%"}
    assert broken(spoilt)
    with pytest.raises(ValidationError):
        require_valid(json_text(spoilt))


def test_every_key_is_described_with_its_unit() -> None:
    for name, schema in SHIPPED["$defs"].items():
        if name in ("Window", "Line"):
            continue
        assert schema["additionalProperties"] is False, name
        for key, about in schema["properties"].items():
            assert about.get("description"), (name, key)
            if name != "StudySpec":
                assert about["unit"] in keys.UNITS, (name, key)


def test_a_key_cannot_be_declared_without_description_or_unit() -> None:
    with pytest.raises(TypeError):
        keys.key()
    with pytest.raises(AssertionError):
        keys.key("Height", "furlongs")
    with pytest.raises(AssertionError):
        keys.key("")


def test_another_version_is_not_judged() -> None:
    for raw, version in ((b'{"schema_version": "9.1"}', "9.1"), (b"{}", "")):
        found = checked_document(raw)
        assert (found.version, found.valid) == (version, None)
        assert SCHEMA_VERSION in found.faults[0]
    assert checked_document(b"[1]").valid is False
    assert checked_document(b"{").valid is False


# The sentences.


def test_every_number_of_a_sentence_is_one_of_its_keys(case: Case) -> None:
    _, _, sentences = case
    assert [(said.text, said.unkeyed) for _, _, said in sentences if said.unkeyed] == []


def test_every_page_and_the_whole_answer_are_there(case: Case) -> None:
    story, document, _ = case
    findings = {s["page"]: s["text"] for s in document["sentences"] if s["kind"] == "finding"}
    assert findings == {page.name: page.finding for page in tell(story).values()}
    answer = [s["text"] for s in document["sentences"] if s["kind"] == "answer"]
    assert [text for text in answer if text in story.answer()] == story.answer()
    assert findings["headline"] == document["headline"]


def test_keys_lead_to_figures_of_the_document(case: Case) -> None:
    _, document, _ = case
    known = {leaf.pointer for leaf in leaves(document)}
    for sentence in document["sentences"]:
        assert set(sentence["keys"]) <= known
        for pointer in sentence["keys"]:
            value: Any = document
            for step in pointer.split("/")[1:]:
                value = value[int(step) if isinstance(value, list) else step]
            assert isinstance(value, (int, float, str)), pointer


NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def test_a_planted_number_is_found(case: Case) -> None:
    """Each number in turn is another one: hardly one of these is a figure of the place too."""
    _, document, sentences = case
    ring = Keyring({**document, "sentences": []})
    story = case[0]
    places = {page.name: page.basis for page in tell(story).values()}
    planted = found = 0
    for page, kind, said in sentences:
        if kind != "finding":
            continue
        basis = places[page]
        own = (*basis.places, at("figures", page.replace("-", "_")))
        for number in NUMBER.finditer(said.text):
            changed = str(int(number[0][-1] != "7") * 7 or 3)
            text = f"{said.text[: number.end() - 1]}{changed}{said.text[number.end() :]}"
            if ring.keyed(Said(said.text, own)).unkeyed == ring.keyed(Said(text, own)).unkeyed:
                planted += 1
                continue
            planted, found = planted + 1, found + 1
    assert planted
    assert found >= 0.75 * planted, (found, planted)


def test_a_figure_altered_behind_a_sentence_is_found(case: Case) -> None:
    """A sentence that is not changed along with its figure no longer stands on it."""
    story, document, sentences = case
    if document["kind"] == "pooled":
        return
    moved = document["lead"]["moved"]
    spoilt = {**document, "lead": {**document["lead"], "moved": moved + 0.123}}
    said = list(sentences_of(story, tell(story).values(), spoilt))
    before = {one.text: one.unkeyed for _, _, one in sentences}
    assert any(one.unkeyed != before[one.text] for _, _, one in said)


@pytest.mark.parametrize(
    ("text", "unkeyed"),
    [
        ("It fell 16.97% on 27 January 2025", ()),
        ("It fell 16.98%", ("16.98",)),
        ("It rose +16.97%", ("+16.97",)),
        ("It is −16.97 to −13.26%", ()),
        ("It is −16.97 to −13.27%", ("−13.27",)),
        ("13 to 17 percentage points", ()),
        ("17 of 250", ("17",)),  # a return is no count
        ("250%", ("250",)),  # and a count no return
        ("(p = 0.004)", ()),
        ("(p < 0.001)", ("0.001",)),
        ("over [0, +20]", ()),
        ("over [0, +21]", ("0", "+21")),
        ("over [+5, +20]", ("+5", "+20")),  # ends of two windows are no window
        ("$593bn", ()),
        ("$593mn", ("$593",)),
        ("on 28 January 2025", ("28", "2025")),
        ("95% interval", ()),
        ("94% interval", ("94",)),
    ],
)
def test_numbers_are_held_against_figures_as_they_are_printed(
    text: str, unkeyed: tuple[str, ...]
) -> None:
    asset = {
        "key": "A1",
        "raw_return": -0.1697,
        "raw_dollars": -5.93e11,
        "windows": [
            {"start": 0, "end": 20, "car": -0.13259, "p_placebo": 0.003984, "n_obs": 250},
            {"start": 0, "end": 5},
        ],
    }
    document = {"kind": "event", "day0": "2025-01-27", "confidence": 0.95, "assets": [asset]}
    said = Keyring(document).keyed(Said(text, (at("assets", {"key": "A1"}),)))
    assert said.unkeyed == unkeyed


def test_digits_of_names_are_no_figures(flagship: Any) -> None:
    document = {
        "kind": "event",
        "benchmarks": [{"ticker": "^GSPC", "name": "S&P 500"}],
        "assets": [{"key": "A", "raw_return": 0.01}],
    }
    said = Keyring(document).keyed(Said("1.00% against the S&P 500", (at("assets"),)))
    assert said == replace(said, unkeyed=(), keys=("/benchmarks/0/name", "/assets/0/raw_return"))
