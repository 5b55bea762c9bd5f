"""The bill of materials: all that runs, with version and licence, the same bytes every time."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from email.message import Message
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bill", REPOSITORY / "tools" / "bill.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def text(tool: ModuleType) -> str:
    return tool.bill(tool.needs())


@pytest.fixture(scope="module")
def told(text: str) -> dict:
    return json.loads(text)


def declared() -> list[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return [canonicalize_name(Requirement(line).name) for line in project["dependencies"]]


def test_every_runtime_dependency_is_there_with_version_and_licence(told: dict) -> None:
    found = {part["name"]: part for part in told["components"]}
    assert set(declared()) <= set(found)
    assert len(found) > len(declared())  # what they need, too
    for name, part in found.items():
        assert part["version"] == version(name)
        assert part["purl"] == f"pkg:pypi/{name}@{part['version']}"
        (licence,) = part["licenses"]
        stated = (
            licence.get("expression") or licence["license"].get("id") or licence["license"]["name"]
        )
        assert 2 < len(stated) < 200, name
        assert not stated.startswith("as in") or len(licence["license"]["text"]["content"]) > 500


def test_tools_for_development_are_not(told: dict) -> None:
    assert not {part["name"] for part in told["components"]} & {"pytest", "mypy", "ruff", "mkdocs"}


def test_the_package_itself_and_what_it_needs_directly(told: dict) -> None:
    root = told["metadata"]["component"]
    assert (root["name"], root["version"]) == ("eventstudy-kit", version("eventstudy-kit"))
    assert [one["license"]["id"] for one in root["licenses"]] == ["MIT"]
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    direct = {ref.rpartition("@")[0] for ref in needs[root["bom-ref"]]}
    assert direct == set(declared())
    assert {ref for refs in needs.values() for ref in refs} <= set(needs)


def test_bytes_are_the_same_in_another_process(text: str, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(REPOSITORY / "tools" / "bill.py"), str(tmp_path / "bill.json")],
        check=True,
        env={"PYTHONHASHSEED": "7"},
        timeout=600,
    )
    assert (tmp_path / "bill.json").read_bytes() == text.encode()
    assert "timestamp" not in text


def test_a_distribution_without_a_licence_stops_the_release(tool: ModuleType) -> None:
    class Bare:
        name = "bare"
        metadata = Message()

    with pytest.raises(SystemExit, match="bare states no licence"):
        tool._licence(Bare())
