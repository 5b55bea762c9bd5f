"""Options from the command line, the environment, a file, and by default; and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from eventstudy.cli.app import app
from eventstudy.cli.config import (
    FILE,
    Settings,
    as_toml,
    in_force,
    options_of,
    read_settings,
    unknown_variables,
)
from eventstudy.errors import EventStudyError

ENVIRONMENT = "EVENTSTUDY_RUN_MIN_OBS"
OPTIONS = options_of(typer.main.get_command(app))


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def seen(monkeypatch):
    """What `eventstudy run` is called with; nothing is computed."""
    from eventstudy import event_study

    found: dict = {}

    class StopError(EventStudyError):
        exit_code = 7

    def stop(**choices):
        found.update(choices)
        raise StopError("stopped before any work")

    monkeypatch.setattr(event_study, "EventStudy", stop)
    return found


class TestOrder:
    """One option, set in all four places; one place after another is taken away."""

    def test_of_a_value(self, folder, call, seen, monkeypatch):
        (folder / FILE).write_text("[run]\nmin-obs = 102\n")
        monkeypatch.setenv(ENVIRONMENT, "103")
        assert call("run", "--min-obs", "104").code == 7
        assert seen["min_obs"] == 104
        call("run")
        assert seen["min_obs"] == 103
        monkeypatch.setenv(ENVIRONMENT, "")  # an empty variable is none
        call("run")
        assert seen["min_obs"] == 102
        monkeypatch.delenv(ENVIRONMENT)
        (folder / FILE).unlink()
        call("run")
        assert seen["min_obs"] == 120

    def test_of_a_list(self, folder, call, seen, monkeypatch):
        (folder / FILE).write_text('[run]\ncar = [[0, 0], "0,7"]\n')
        monkeypatch.setenv("EVENTSTUDY_RUN_CAR", "-1,1 0,5")
        call("run", "--car=0,2")
        assert list(seen["car"]) == ["0,2"]
        call("run")
        assert list(seen["car"]) == ["-1,1", "0,5"]
        monkeypatch.delenv("EVENTSTUDY_RUN_CAR")
        call("run")
        assert list(seen["car"]) == ["0,0", "0,7"]
        (folder / FILE).unlink()
        call("run")
        assert list(seen["car"]) == ["0,0", "-1,1", "0,5", "0,20"]

    def test_of_a_flag(self, folder, call, seen, monkeypatch):
        (folder / FILE).write_text("[run]\nrolling = true\ndrop_confounded = false\n")
        call("run", "--drop-confounded")
        assert (seen["rolling"], seen["drop_confounded"]) == (True, True)
        monkeypatch.setenv("EVENTSTUDY_RUN_ROLLING", "0")
        call("run")
        assert (seen["rolling"], seen["drop_confounded"]) == (False, False)

    @pytest.mark.parametrize("tests", ['["t", "placebo"]', '"t,placebo"'])
    def test_a_text_with_commas_may_be_a_list(self, folder, call, seen, tests):
        (folder / FILE).write_text(f"[run]\ntests = {tests}\nwindow = [-2, 3]\n")
        call("run")
        assert (seen["tests"], seen["window"]) == ("t,placebo", "-2,3")

    def test_an_empty_text_is_left_out(self, folder, call, seen):
        (folder / FILE).write_text('[run]\nbenchmark = ""\ngroups = ""\nshares = ""\n')
        assert call("run").code == 7
        assert seen["benchmark"] is None

    def test_a_named_file_stands_alone(self, folder, call, seen, monkeypatch):
        (folder / FILE).write_text('[run]\nmodel = "mean"\nmin-obs = 102\n')
        (folder / "mine.toml").write_text("[run]\nmin-obs = 105\n")
        call("--config", "mine.toml", "run")
        assert (seen["min_obs"], seen["model"]) == (105, "market")
        monkeypatch.setenv("EVENTSTUDY_CONFIG", "mine.toml")
        call("run")
        assert (seen["min_obs"], seen["model"]) == (105, "market")

    def test_pyproject_is_not_read(self, folder, call, seen):
        (folder / "pyproject.toml").write_text("[tool.eventstudy.run]\nmin-obs = 102\n")
        call("run")
        assert seen["min_obs"] == 120

    def test_a_table_is_for_its_verb_alone(self, folder, call):
        (folder / FILE).write_text('[events.list]\njson = true\n[run]\nmodel = "nothing"\n')
        listed = call("events", "list")
        assert listed.code == 0
        assert json.loads(listed.out)[0]["event_id"]
        assert call("events", "show", "deepseek-r1").out.startswith("event_id ")

    def test_the_help_shows_the_default_that_the_file_gives(self, folder, call):
        (folder / FILE).write_text("[run]\nmin-obs = 102\n")
        assert "[default: 102]" in call("run", "--help").out


class TestOrigin:
    """An error after a value that was not typed says where the value comes from."""

    def test_of_a_value_that_the_study_refuses(self, folder, call, monkeypatch):
        (folder / FILE).write_text('[run]\nmodel = "markt"\n')
        monkeypatch.setenv("EVENTSTUDY_RUN_SEED", "3")
        answer = call("run")
        assert (answer.code, answer.out) == (2, "")
        error, first, second = answer.err.splitlines()
        assert error.startswith("Error: There is no model 'markt'. Did you mean 'market'?")
        assert first == "Note: --model comes from eventstudy.toml."
        assert second == "Note: --seed comes from EVENTSTUDY_RUN_SEED."

    def test_of_a_value_of_the_wrong_type(self, call, monkeypatch):
        monkeypatch.setenv(ENVIRONMENT, "many")
        answer = call("run")
        assert (answer.code, answer.out) == (2, "")
        assert "--min-obs many: give a whole number" in answer.err
        assert f"It comes from {ENVIRONMENT}." in answer.err

    def test_an_unknown_variable_is_named(self, call, seen, monkeypatch):
        monkeypatch.setenv("EVENTSTUDY_RUN_MODLE", "mean")
        monkeypatch.setenv("EVENTSTUDY_CLAIMS_MODLE", "mean")  # of another verb
        assert call("run").err.splitlines()[0] == (
            "Note: EVENTSTUDY_RUN_MODLE is set in the environment and is no option; "
            "did you mean EVENTSTUDY_RUN_MODEL?"
        )
        assert seen["model"] == "market"

    def test_other_variables_of_the_package_are_no_options(self):
        others = ("EVENTSTUDY_DEBUG", "EVENTSTUDY_SHARED", "EVENTSTUDY_REQUIRE_SHARED")
        environment = dict.fromkeys((*others, "EVENTSTUDY_CACHE_DIR", "EVENTSTUDY_CONFIG"), "1")
        assert unknown_variables(OPTIONS, environment) == []

    @pytest.mark.parametrize("value", ["1", "yes please"])
    def test_debug_takes_any_text(self, call, monkeypatch, value):
        monkeypatch.setenv("EVENTSTUDY_DEBUG", value)
        answer = call("run", "--model", "markt")
        assert answer.code == 2
        assert "Traceback" in answer.err

    def test_version_is_no_variable(self, call, monkeypatch):
        monkeypatch.setenv("EVENTSTUDY__SHOW_VERSION", "1")
        monkeypatch.setenv("EVENTSTUDY_VERSION", "1")
        assert call("models").out.startswith("name ")


# What the file holds, and what is said of it.
WRONG = {
    "no TOML": ("[run\n", ["eventstudy.toml is not valid TOML"]),
    "not UTF-8": (b"[run]\nmodel = '\xfc'\n", ["eventstudy.toml line 2 is not UTF-8 text"]),
    "unknown table": (
        "[runn]\nseed = 1\n",
        ["eventstudy.toml: There is no table 'runn'. Did you mean 'run'? Known: run, "],
    ),
    "unknown table below a group": (
        "[events.lst]\n",
        ["There is no table 'events.lst'. Did you mean 'events.list'?"],
    ),
    "unknown key": (
        '[run]\nmodle = "mean"\n',
        ["eventstudy.toml, table [run]: There is no key 'modle'. Did you mean 'model'? Known: "],
    ),
    "key of another verb": ('[claims]\nout = "x"\n', ["table [claims]: There is no key 'out'."]),
    "argument": ('[run]\nevent_ids = ["a"]\n', ["table [run]: There is no key 'event_ids'."]),
    "key outside a table": (
        'model = "mean"\n',
        [
            "eventstudy.toml, the key 'model' stands in no verb's table; put it under the verb that "
            "it is for, such as [run]."
        ],
    ),
    "key in the table of a group": (
        '[events]\ncalendar = "XNYS"\n',
        ["table [events]: the key 'calendar' stands in no verb's table", "such as [events.add]."],
    ),
    "key named like a verb": (
        'run = "x"\n',
        ["eventstudy.toml: 'run' is a verb; write its options under [run]."],
    ),
    "key twice": (
        "[run]\nmin-obs = 100\nmin_obs = 100\n",
        ["table [run]: the key min-obs appears twice; keep one."],
    ),
    "text for a number": (
        '[run]\nmin-obs = "100"\n',
        [
            'eventstudy.toml, table [run], key min-obs: "100" is not a whole number; write for example '
            "min-obs = 120."
        ],
    ),
    "flag for a number": ("[run]\nseed = true\n", ["key seed: true is not a whole number"]),
    "fraction for a whole number": ("[run]\nseed = 1.5\n", ["key seed: 1.5 is not a whole number"]),
    "text for a number that may be a fraction": (
        '[calibrate]\nalpha = "5%"\n',
        ['table [calibrate], key alpha: "5%" is not a number; write for example alpha = 0.05.'],
    ),
    "number for a flag": (
        "[run]\nrolling = 1\n",
        ["key rolling: 1 is neither true nor false; write for example rolling = false."],
    ),
    "number for a text": (
        "[run]\nmodel = 3\n",
        ['key model: 3 is not text in quotation marks; write for example model = "market".'],
    ),
    "list for a text": (
        '[run]\nmodel = ["a", "b"]\n',
        ['key model: ["a", "b"] is not text in quotation marks'],
    ),
    "number for a source": (
        "[run]\nsource = 3\n",
        ['key source: 3 is not text in quotation marks; write for example source = ["bundled"].'],
    ),
    "text for a list": (
        '[run]\ncar = "0,0"\n',
        [
            'key car: "0,0" is not a list; write for example car = ["0,0", "-1,1", "0,5", "0,20"].',
        ],
    ),
    "date for a text": (
        "[run]\nbenchmark = 2025-01-27\n",
        ['key benchmark: "2025-01-27" is not text', 'write for example benchmark = "ticker".'],
    ),
    "table for a list": (
        "[run]\ntests = {a = 1}\n",
        ["key tests: ", " is neither text nor a list"],
    ),
    "several at once": (
        '[run]\nmodle = "mean"\nseed = "x"\n[runn]\n',
        ["no key 'modle'", "key seed", "no table 'runn'"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_a_sentence_and_nothing_is_written(case, folder, call, content_of):
    content, fragments = WRONG[case]
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / FILE).write_bytes(raw)
    before = content_of(folder)
    answer = call("run")
    assert (answer.code, answer.out) == (2, "")
    for fragment in fragments:
        assert fragment in answer.err
    lines = answer.err.splitlines()
    assert all(line.startswith("Error: ") and line.endswith(".") for line in lines)
    assert len(lines) == (len(fragments) if case == "several at once" else 1)
    assert content_of(folder) == before


def test_a_named_file_that_is_not_there(call):
    answer = call("--config", "nowhere.toml", "run")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == ("Error: There is no configuration file 'nowhere.toml'; check its path.\n")


def test_a_wrong_file_is_no_obstacle_to_help(folder, call):
    (folder / FILE).write_text("[run\n")
    assert call("run", "--help").code == 0
    assert call("events", "list").code == 2


def test_the_values_in_force_and_their_sources(folder):
    (folder / FILE).write_text('[run]\nmodel = "mean"\nseed = 0\ncar = ["0,0"]\nmin-obs = 100\n')
    settings = read_settings(None, OPTIONS)
    found = in_force(OPTIONS, settings, {ENVIRONMENT: "110", "EVENTSTUDY_RUN_OUT": ""})
    assert [(one.option.key, one.value, one.source) for one in found] == [
        ("model", "mean", FILE),
        ("car", "0,0", FILE),
        ("min-obs", "110", ENVIRONMENT),
    ]


def test_every_option_can_be_set_to_its_own_default():
    """The kinds that a file is checked for are those of the defaults."""
    lines = []
    for option in OPTIONS:
        head = f"[{'.'.join(option.verb)}]"
        lines += [] if head in lines else [head]
        if option.default is not ...:  # required
            lines.append(f"{option.key} = {as_toml(option.default)}")
    Path("all.toml").write_text("\n".join(lines))
    settings = read_settings(Path("all.toml"), OPTIONS)
    assert in_force(OPTIONS, settings, {}) == []
    assert sum(map(len, settings.values.values())) > 60
    assert Settings().default_map() == {}
