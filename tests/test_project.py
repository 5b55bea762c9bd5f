"""What GitHub, PyPI and contributors read agrees with what the project is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import eventstudy as es

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
TASK = "./.github/actions/task"
NOT_IN_A_PLAIN_RUN = {"arch", "curl_cffi", "numba", "peewee", "yfinance"}

SCHEMAS = {
    "vendor.github-workflows": "workflows/*.yml",
    "custom.github-workflows-require-timeout": "workflows/*.yml",
    "vendor.github-actions": "actions/*/action.yml",
    "vendor.dependabot": "dependabot.yml",
    "vendor.github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "vendor.github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "vendor.citation-file-format": "../CITATION.cff",
}


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_the_host_have_its_form(schema: str) -> None:
    files = sorted(GITHUB.glob(SCHEMAS[schema]))
    assert files
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema)
    done = subprocess.run(
        [*command, "--default-filetype", "yaml", *files],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def jobs(workflow: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values())


def matrix(job: dict[str, Any]) -> dict[str, Any]:
    return job.get("strategy", {}).get("matrix", {})


def steps() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (job, step) for path in WORKFLOWS for job in jobs(path) for step in job.get("steps", ())
    ]


def test_workflows_run_tasks_that_exist() -> None:
    named: set[str] = set()
    for job, step in steps():
        if step.get("uses") == TASK:
            session = step["with"]["session"]
            of_matrix = session == "${{ matrix.session }}"
            named |= set(matrix(job)["session"]) if of_matrix else {session}
    assert {
        "quick",
        "slow",
        "lowest",
        "newest",
        "lint",
        "types",
        "contracts",
        "language",
        "docs",
    } <= named
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--json", "--sessions", *sorted(named)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert listed.returncode == 0, listed.stderr
    assert {task["name"] for task in json.loads(listed.stdout)} == named


def test_actions_of_others_are_pinned_to_a_commit_and_no_secret_is_read() -> None:
    for path in [*WORKFLOWS, *GITHUB.glob("actions/*/action.yml")]:
        text = path.read_text("utf-8")
        for action in re.findall(r"\buses: (?!\./)(\S+)", text):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{path.name}: {action}"
        assert "secrets." not in text, path


def test_versions_of_python_agree() -> None:
    stated = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    (quick,) = (
        matrix(job) for job, step in steps() if step.get("with", {}).get("session") == "quick"
    )
    assert quick["python"] == stated
    assert len(quick["os"]) == 3
    lowest = stated[0]
    assert PROJECT["requires-python"] == LOCK["requires-python"] == f">={lowest}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == lowest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{lowest.replace('.', '')}"


def test_the_version_is_a_tag_and_nothing_else() -> None:
    """No commit and no date in it: what a run writes holds the version."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", es.__version__)
    assert es.__version__ == version(PROJECT["name"])
    assert "version" not in PROJECT
    fallback = PYPROJECT["tool"]["hatch"]["version"]["fallback-version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert [fallback] == released[:1] or not released


def test_dev_takes_the_other_extras_and_repeats_nothing() -> None:
    dev = [Requirement(line) for line in EXTRAS["dev"]]
    (own,) = (each for each in dev if each.name == PROJECT["name"])
    assert own.extras == set(EXTRAS) - {"dev"}
    others = [*PROJECT["dependencies"], *(line for name in own.extras for line in EXTRAS[name])]
    names = {canonicalize_name(Requirement(line).name) for line in others}
    assert not names & {canonicalize_name(each.name) for each in dev}
    assert [each.name for each in dev if each is not own] == sorted(
        {each.name for each in dev if each is not own}
    )


def declared() -> set[tuple[str, str, str]]:
    """Of every dependency the extra that asks for it (none: empty), its name, its bounds."""
    found = set()
    for extra, lines in {"": PROJECT["dependencies"], **EXTRAS}.items():
        for need in map(Requirement, lines):
            of_others = [line for name in need.extras for line in EXTRAS.get(name, ())]
            meant = of_others if need.name == PROJECT["name"] else [str(need)]
            found |= {
                (extra, canonicalize_name(each.name), str(each.specifier))
                for each in map(Requirement, meant)
            }
    return found


def locked() -> set[tuple[str, str, str]]:
    (own,) = (each for each in LOCK["package"] if each["name"] == PROJECT["name"])
    found = set()
    for need in own["metadata"]["requires-dist"]:
        extra = re.search(r"extra == '(\w+)'", need.get("marker", ""))
        bounds = str(SpecifierSet(need.get("specifier", "")))
        found.add((extra[1] if extra else "", need["name"], bounds))
    return found


def test_the_lock_file_is_up_to_date_and_names_the_public_index_only() -> None:
    assert declared() == locked(), "run uv lock"
    text = (ROOT / "uv.lock").read_text("utf-8")
    hosts = set(re.findall(r"\w+://([^/\"]+)", text))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_addresses_agree_with_those_of_the_project() -> None:
    homes = (PROJECT["urls"]["Source"], PROJECT["urls"]["Documentation"])
    assert all(address.startswith(homes) for address in PROJECT["urls"].values())
    package = f"https://pypi.org/project/{PROJECT['name']}/"
    files = [ROOT / "CITATION.cff", *(path for path in GITHUB.rglob("*") if path.is_file())]
    found = [
        address
        for path in files
        for address in re.findall(r"https://[^\s\"')]+", path.read_text("utf-8"))
    ]
    assert len(found) > 3
    assert [address for address in found if not address.startswith((*homes, package))] == []


def test_both_commands_are_the_same() -> None:
    scripts = PROJECT["scripts"]
    assert scripts["eventstudy"] == scripts[PROJECT["name"]]


PLAIN_RUN = """
import importlib, pkgutil, sys
import eventstudy as es
for module in pkgutil.walk_packages(es.__path__, "eventstudy."):
    loops = "eventstudy.compiled."  # modules of loops are loaded where they are called
    if not module.name.endswith("__main__") and module.name.removeprefix(loops) in (
        module.name, "kernel"
    ):
        importlib.import_module(module.name)
es.EventStudy().run(es.read_events("events.csv"), es.load_prices("bundled"))
print(*sys.modules)
"""


@pytest.mark.slow
def test_no_module_and_no_plain_run_needs_what_some_platforms_lack() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_RUN],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    loaded = done.stdout.split()
    assert "pandas" in loaded
    assert not NOT_IN_A_PLAIN_RUN & set(loaded)
    absent = {
        Requirement(line).name
        for line in PROJECT["dependencies"]
        if (marker := Requirement(line).marker)
        and not marker.evaluate({"sys_platform": "emscripten"})
    }
    assert absent == NOT_IN_A_PLAIN_RUN
