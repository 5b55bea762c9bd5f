"""The bundle described as an RO-Crate: what its specification asks for, and nothing of a place."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from eventstudy.files.manifest import CRATE, MANIFEST, OF_A_MACHINE
from eventstudy.report.bundle import write_bundle
from eventstudy.report.crate import SPECIFICATION, crate

EVENT = "deepseek-app-store"


@pytest.fixture(scope="module")
def graph(flagship) -> dict[str, dict]:
    files = ["report.pdf", "tables/car.csv", "figures/a b.png", f"{OF_A_MACHINE}study.json"]
    made = crate(flagship.story(EVENT), files)
    assert made["@context"] == f"{SPECIFICATION}/context"
    found = {entity["@id"]: entity for entity in made["@graph"]}
    assert len(found) == len(made["@graph"])
    return found


def test_it_has_the_entities_that_every_crate_has(graph):
    about, root = graph[CRATE], graph["./"]
    assert about["@type"] == "CreativeWork"
    assert about["conformsTo"] == {"@id": SPECIFICATION}
    assert about["about"] == {"@id": "./"}
    assert root["@type"] == "Dataset"
    assert root["name"]
    assert "−13.26%" in root["description"]
    assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", root["datePublished"])
    licence = graph[root["license"]["@id"]]
    assert licence["name"]
    assert licence["description"]


def test_it_names_each_file_and_the_saved_study(graph):
    parts = [part["@id"] for part in graph["./"]["hasPart"]]
    assert sorted(parts) == sorted(
        ["report.pdf", "tables/car.csv", "figures/a%20b.png", MANIFEST, OF_A_MACHINE]
    )
    assert {graph[part]["@type"] for part in parts} == {"File", "Dataset"}
    assert graph["report.pdf"]["encodingFormat"] == "application/pdf"
    assert graph["tables/car.csv"]["encodingFormat"] == "text/csv"


def test_every_reference_leads_to_an_entity_and_nothing_is_nested(graph):
    for entity in graph.values():
        for key, value in entity.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    assert set(one) == {"@id"}
                    assert key == "conformsTo" or one["@id"] in graph
                else:
                    assert isinstance(one, str)


def test_it_says_what_ran_on_what(graph, flagship):
    study = graph["#study"]
    assert graph[study["instrument"]["@id"]]["softwareVersion"]
    prices = graph[study["object"]["@id"]]
    assert flagship.story(EVENT).origin["sha256"] in prices["identifier"]


def test_prices_that_were_handed_in_are_dated_by_their_last_session(flagship):
    story = flagship.story(EVENT)
    handed = SimpleNamespace(
        **{
            name: getattr(story, name)
            for name in ("event_id", "title", "facts", "finding", "answer")
        },
        **{name: getattr(story, name) for name in ("result", "noun", "benchmark", "name")},
        origin={},
    )
    graph = {one["@id"]: one for one in crate(handed, [])["@graph"]}
    last = story.result.assets.dates.max()
    assert graph["./"]["datePublished"] == str(last)[:10]


@pytest.mark.slow
def test_a_bundle_has_it_and_its_manifest_knows_it(flagship, tmp_path):
    folder = write_bundle(flagship.story(EVENT).result, tmp_path / EVENT)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    listed = {one["@id"] for one in json.loads((folder / CRATE).read_text("utf-8"))["@graph"]}
    shown = {n for n in manifest["files"] if not n.startswith(OF_A_MACHINE) and n != CRATE}
    assert shown <= listed
