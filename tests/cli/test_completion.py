"""What the shell is offered when a user asks it to complete a word."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from eventstudy.compute.engine import ENGINES
from eventstudy.models.registry import list_models
from eventstudy.prices.source import SOURCES
from eventstudy.report.formats.registry import FORMATS
from eventstudy.significance.registry import list_tests

IDS = ["deepseek-v2", "deepseek-v3", "deepseek-r1", "deepseek-app-store"]


@pytest.fixture
def offered(call, folder, monkeypatch):
    """The completions of the last word of a line, as bash asks for them."""

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        monkeypatch.setenv("COLUMNS", "80")  # which the command widens for a shell
        monkeypatch.setenv("_EVENTSTUDY_COMPLETE", "complete_bash")
        answer = call()
        assert (answer.code, answer.err) == (0, "")
        return answer.out.split()

    return complete


def test_what_is_registered_is_offered(offered):
    assert offered("eventstudy run --model ") == list(list_models())
    assert offered("eventstudy run --tests ") == ["default", "all", *list_tests()]
    assert offered("eventstudy run --engine ") == list(ENGINES)
    assert offered("eventstudy run --format ") == list(FORMATS)


MADE_FROM = ["from-edgar", "from-yahoo", "from-wrds", "from-csv"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("eventstudy ca", ["calibrate"]),
        ("eventstudy events ", ["list", "show", "validate", "add", *MADE_FROM]),
        ("eventstudy events from-", MADE_FROM),
        ("eventstudy run --post", ["--post-estimation"]),
        ("eventstudy run --model m", ["market", "mean", "market_adjusted"]),
        ("eventstudy claims --model gar", ["garch"]),
        ("eventstudy run --tests portfolio", ["portfolio_t", "portfolio_placebo"]),
        ("eventstudy run --tests t,portfolio", ["t,portfolio_t", "t,portfolio_placebo"]),
        ("eventstudy run --tests t,portfolio_t,portfolio", ["t,portfolio_t,portfolio_placebo"]),
        ("eventstudy run --source ", [*SOURCES]),
        ("eventstudy run --source prices.c", []),
        ("eventstudy run --engine d", ["dask"]),
        ("eventstudy run --format html,x", ["html,xlsx"]),
        ("eventstudy report outputs/x --format x", ["xlsx"]),
        ("eventstudy run --paper ", ["a4", "letter", "slide"]),
        ("eventstudy run --ink g", ["grey", "gray"]),
        ("eventstudy run --returns l", ["log"]),
        ("eventstudy run --kp e", ["event"]),
        ("eventstudy events add x --timing i", ["intraday"]),
        ("eventstudy run deepseek", IDS),
        ("eventstudy run deepseek-r1 deepseek", [name for name in IDS if name != "deepseek-r1"]),
        ("eventstudy claims deepseek-app", ["deepseek-app-store"]),
        ("eventstudy events show star", ["stargate"]),
    ],
)
def test_values(line, expected, offered):
    assert offered(line) == expected


def test_events_are_those_of_the_file_in_use(offered, folder):
    (folder / "mine.csv").write_text("event_id,title\nmine,A\nmine-2,\n,no id\n")
    assert offered("eventstudy run --events mine.csv ") == ["mine", "mine-2"]
    (folder / "eventstudy.toml").write_text('[run]\nevents = "mine.csv"\n')
    assert offered("eventstudy run m") == ["mine", "mine-2", "meta-capex"][:2]
    assert offered("eventstudy claims mi") == []
    (folder / "other.toml").write_text('[claims]\nevents = "mine.csv"\n')
    assert offered("eventstudy --config other.toml claims mi") == ["mine", "mine-2"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b"title,at\na,b\n", b'event_id\n"a'])
def test_a_broken_events_file_offers_nothing(content, offered, folder):
    (folder / "events.csv").unlink()
    if content is not None:
        (folder / "events.csv").write_bytes(content)
    assert offered("eventstudy run deep") == []


@pytest.mark.parametrize("content", ["[run", "run = 1\n", "[run]\nseed = 1\n"])
def test_a_configuration_file_without_events_offers_the_usual(content, offered, folder):
    (folder / "eventstudy.toml").write_text(content)
    assert offered("eventstudy run deepseek-r") == ["deepseek-r1"]


@pytest.fixture
def in_fish(call, folder, monkeypatch) -> Callable[[str], str]:
    """What fish is printed for a line."""

    def complete(line: str) -> str:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        monkeypatch.setenv("_EVENTSTUDY_COMPLETE", "complete_fish")
        return call().out

    return complete


def test_titles_stand_beside_the_ids(in_fish):
    event_id, title = in_fish("eventstudy run deepseek-r").split(maxsplit=1)
    assert event_id == "deepseek-r1"
    assert title == "DeepSeek-R1 and R1-Zero released as open weights\n"


@pytest.mark.parametrize("verb", ["run", "report", "calibrate"])
def test_an_option_is_one_line_however_long_its_help(verb, in_fish):
    lines = in_fish(f"eventstudy {verb} --").splitlines()
    assert lines
    assert all(line.startswith("--") for line in lines)


@pytest.mark.parametrize("line", ["eventstudy run --model m", "eventstudy run deep"])
def test_nothing_heavy_is_loaded(line, folder):
    code = (
        "import json, sys\nfrom eventstudy.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "COMP_WORDS": line,
            "COMP_CWORD": str(line.count(" ")),
            "_EVENTSTUDY_COMPLETE": "complete_bash",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert done.stdout.strip()
    assert not {"pandas", "numpy", "matplotlib", "scipy"} & set(json.loads(done.stderr))


def test_completion_is_installed_for_a_shell(folder, monkeypatch, call):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    answer = call("--install-completion")
    assert answer.code == 0
    assert "bash completion installed" in answer.out
    script = (folder / ".bash_completions" / "eventstudy.sh").read_text()
    assert "_EVENTSTUDY_COMPLETE=complete_bash" in script
