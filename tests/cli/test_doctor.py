"""`eventstudy doctor`: what is well, what is missing and what for, and which options are set where."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from pathlib import Path

import pytest

from eventstudy.cli.commands import doctor
from eventstudy.cli.config import FILE


@pytest.fixture(autouse=True)
def _own_cache(folder, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(folder / "kept"))


@pytest.fixture
def absent(monkeypatch):
    """Make distributions look as if they were not installed, or of another version."""

    def hide(**versions: str | None) -> None:
        known = metadata.version

        def version(name: str) -> str:
            found = versions.get(name.replace("-", "_"), known(name))
            if found is None:
                raise metadata.PackageNotFoundError(name)
            return found

        monkeypatch.setattr(metadata, "version", version)

    return hide


def told(call) -> dict[str, list[dict]]:
    """The checks of --json by name."""
    found: dict[str, list[dict]] = {}
    for check in json.loads(call("doctor", "--json").out)["checks"]:
        found.setdefault(check["name"], []).append(check)
    return found


def test_all_is_well(call):
    answer = call("doctor")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert {line[:9] for line in lines if line and line[:1] != " "} == {"ok       ", "Every opt"}
    assert "typeface: Tearsheet Sans" in answer.out
    assert "calendar: XNYS from 1900-01-01 to 2100-12-31" in answer.out
    assert lines[-1] == "Every option is at its default."


def test_json_says_the_same(call):
    answer = call("doctor", "--json")
    said = json.loads(answer.out)
    assert (answer.code, said["well"], said["options"]) == (0, True, [])
    assert {check["status"] for check in said["checks"]} == {"ok"}
    assert [c["name"] for c in said["checks"]][:3] == ["python", "eventstudy", "packages"]


def test_every_extra_says_what_it_is_for(call):
    extras = set(metadata.metadata(doctor.DISTRIBUTION).get_all("Provides-Extra"))
    assert extras - {*doctor.DEVELOPMENT} >= {"dask", "duckdb", "factors", "peers"}
    found = told(call)
    for extra in extras - {*doctor.DEVELOPMENT}:
        assert doctor.PURPOSES[extra] in found[f"extra {extra}"][0]["said"]
    assert not any(f"extra {name}" in found for name in doctor.DEVELOPMENT)


def test_an_absent_kernel_of_notebooks_is_optional_with_its_command(call, absent):
    absent(ipykernel=None)
    answer = call("doctor")
    assert answer.code == 0
    line = " ".join(answer.out.partition("optional notebooks: ")[2].split())
    assert line.startswith("ipykernel is not installed")
    assert "pip install jupyterlab" in line.partition(" ok ")[0]


def test_a_missing_extra_is_named_with_its_purpose_and_is_no_fault(call, absent):
    absent(distributed=None, scikit_learn=None)
    answer = call("doctor")
    assert answer.code == 0
    said = " ".join(answer.out.split())
    assert (
        "optional extra dask: distributed is not installed; only needed for --engine dask: pip install "
        "'eventstudy-kit[dask]'"
    ) in said
    assert (
        "optional extra peers: scikit-learn is not installed; only needed for the model peers"
        in said
    )


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (None, "missing packages: scipy is not installed; install the package again: pip"),
        ("0.19", "missing packages: scipy is 0.19 and must be >="),
    ],
)
def test_a_package_that_is_required_is_a_fault(call, absent, version, said):
    absent(scipy=version)
    answer = call("doctor")
    assert (answer.code, answer.err) == (1, "")
    assert said in " ".join(answer.out.split())
    assert json.loads(call("doctor", "--json").out)["well"] is False


def test_a_damaged_packaged_file_is_named(call, monkeypatch):
    whole = doctor.packaged
    monkeypatch.setattr(
        doctor,
        "packaged",
        lambda name: whole(name)[:-1] + b"\0" if name == "prices.csv.xz" else whole(name),
    )
    answer = call("doctor")
    assert answer.code == 1
    assert re.search(
        r"wrong packaged data: prices\.csv\.xz .*\bhash\b.* pip install --force-reinstall "
        r"eventstudy-kit\.",
        " ".join(answer.out.split()),
    )


def test_an_absent_packaged_file_is_named(call, monkeypatch):
    whole = doctor.packaged

    def lost(name: str) -> bytes:
        if name == "factors.csv.xz":
            raise FileNotFoundError(2, "No such file or directory", name)
        return whole(name)

    monkeypatch.setattr(doctor, "packaged", lost)
    (check,) = told(call)["packaged data"]
    assert check["status"] == "wrong"
    assert "factors.csv.xz cannot be used" in check["said"]


def test_a_broken_packaged_list_is_named(call, monkeypatch):
    from eventstudy.errors import InputError
    from eventstudy.events import groups

    def broken(_: object) -> None:
        raise InputError("groups.toml is not valid TOML: here.")

    monkeypatch.setattr(groups, "read_groups", broken)
    (check,) = told(call)["packaged data"]
    assert check["status"] == "wrong"
    assert "groups.toml cannot be used (groups.toml is not valid TOML: here.)" in check["said"]


def test_the_cache_is_told_with_its_size(call, folder):
    (check,) = told(call)["cache"]
    assert check["said"] == f"{folder / 'kept'}, nothing downloaded yet"
    (folder / "kept" / "prices").mkdir(parents=True)
    (folder / "kept" / "prices" / "a.csv.gz").write_bytes(bytes(1_500_000))
    (folder / "kept" / "prices" / "a.json").write_bytes(bytes(50_000))
    (check,) = told(call)["cache"]
    assert check["said"] == f"{folder / 'kept'}, 2 files, 1.6 MB"


def test_a_wrong_configuration_file_is_a_fault_and_no_obstacle(call, folder):
    (folder / FILE).write_text('[run]\nmodle = "mean"\nseed = "x"\n')
    answer = call("doctor")
    assert (answer.code, answer.err) == (1, "")
    said = " ".join(answer.out.split())
    assert "wrong configuration: eventstudy.toml, table [run]: There is no key 'modle'." in said
    assert 'wrong configuration: eventstudy.toml, table [run], key seed: "x" is not a whole' in said


def test_options_that_are_set_and_where(call, folder, monkeypatch):
    (folder / "mine.toml").write_text(
        '[run]\nmodel = "mean"\nseed = 0\n[events.list]\ncalendar = "XLON"\n'
    )
    monkeypatch.setenv("EVENTSTUDY_RUN_MIN_OBS", "100")
    monkeypatch.setenv("EVENTSTUDY_RUN_MODLE", "x")
    answer = call("--config", "mine.toml", "doctor")
    assert answer.code == 0
    assert answer.out.split("defaults:\n")[1].splitlines() == [
        "  run --model             mean  (mine.toml)",
        "  run --min-obs           100  (EVENTSTUDY_RUN_MIN_OBS)",
        "  events list --calendar  XLON  (mine.toml)",
    ]
    assert "configuration: mine.toml, 3 options set" in answer.out
    assert "ignored environment: EVENTSTUDY_RUN_MODLE is set" in " ".join(answer.out.split())
    said = json.loads(call("--config", "mine.toml", "doctor", "--json").out)
    assert said["options"][1] == {
        "verb": "run",
        "option": "--min-obs",
        "value": "100",
        "source": "EVENTSTUDY_RUN_MIN_OBS",
    }


def test_a_long_value_stands_alone(call, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_RUN_DONORS", ",".join(f"TICKER{i}" for i in range(6)))
    lines = call("doctor").out.splitlines()
    assert lines[-1].strip() == "(EVENTSTUDY_RUN_DONORS)"
    assert lines[-2].startswith("  run --donors  TICKER0,TICKER1,")


@pytest.mark.parametrize("place", ["closed", "closed/below", "file"])
def test_an_output_folder_that_cannot_be_written(place, call, folder, monkeypatch):
    (folder / "closed").mkdir()
    (folder / "file").write_text("mine")
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path).name != "closed" and access(path, mode)
    )
    monkeypatch.setenv("EVENTSTUDY_RUN_OUT", place)
    answer = call("doctor")
    assert answer.code == 0  # a run can write to another place
    assert f"wrong    outputs: {place} cannot be written" in answer.out
    assert not (folder / "closed" / "below").exists()


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        ("eventstudy.calendars", "sessions_of", "calendar: RuntimeError: broken; install the"),
        (
            "eventstudy.prices.sources.cache",
            "default_cache",
            "cache: RuntimeError: broken; install the",
        ),
    ],
)
def test_a_look_that_fails_is_a_finding(module, name, said, call, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(f"{module}.{name}", broken)
    answer = call("doctor")
    assert f"wrong    {said}" in answer.out
    assert answer.code == (1 if name == "sessions_of" else 0)  # the cache is not required


def test_a_typeface_that_is_gone(call, monkeypatch):
    monkeypatch.setattr("eventstudy.report.drawing.theme.FAMILIES", ("No Such Sans",))
    answer = call("doctor")
    assert answer.code == 1
    assert "wrong    typeface: ValueError: Failed to find font" in answer.out


def test_no_network_is_used(call, monkeypatch):
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert call("doctor").code == 0
