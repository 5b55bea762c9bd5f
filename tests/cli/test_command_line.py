"""The command line that a manifest keeps."""

from __future__ import annotations

import json
import shlex

import pytest

from eventstudy.cli.command_line import without_secrets
from eventstudy.report.bundle import BundleOptions, bundle_options


@pytest.fixture
def kept(call, folder, monkeypatch):
    """The command that a run's bundles would be made with, the run itself left out."""
    found: list[BundleOptions] = []
    monkeypatch.setattr(
        "eventstudy.cli.single_runs.run_each", lambda wanted, _: found.append(wanted.bundle)
    )

    def of(*words: str) -> str:
        assert call(*words).code == 0
        return found[-1].command

    return of


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("run deepseek-r1 --format html,xlsx", "run deepseek-r1 --format html,xlsx"),
        ("run deepseek-r1 --car=-1,1 --model market", "run deepseek-r1 --car=-1,1 --model market"),
        ("run deepseek-r1 --out elsewhere -q --no-progress", "run deepseek-r1"),
        ("run --out=elsewhere --engine serial -qv deepseek-r1", "run deepseek-r1"),
        ("run --resume --json deepseek-r1 --seed 3", "run deepseek-r1 --seed 3"),
    ],
)
def test_it_is_what_was_asked_for_without_places(kept, typed, told):
    assert kept(*typed.split()) == f"eventstudy {told}"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("https://ann:pw@host.example/p.csv", "https://host.example/p.csv"),
        ("https://host.example/p.csv?token=abc&x=1#y", "https://host.example/p.csv?…"),
        ("--source=https://token@host.example/a/b.csv", "--source=https://host.example/a/b.csv"),
        ("s3://key:secret@bucket/prices.parquet", "s3://bucket/prices.parquet"),
        ("a@b.csv", "a@b.csv"),
        (r"C:\prices\mine.csv", r"C:\prices\mine.csv"),
    ],
)
def test_addresses_keep_no_secret(word, told):
    assert without_secrets(word) == told


def test_a_drawn_bundle_keeps_the_command_of_its_run(ran):
    for place in (ran.folder / "outputs").iterdir():
        manifest = json.loads((place / "manifest.json").read_text("utf-8"))
        assert shlex.split(manifest["command"]) == ["eventstudy", "run"]
        assert "command" not in manifest["made"]
        assert bundle_options(place).command == manifest["command"]
