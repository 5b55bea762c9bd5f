"""The command line as a user meets it: what each verb prints, where, and with which exit code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("folder")


class TestBareRun:
    """`eventstudy run` and what it leaves; one run for all."""

    def test_ends_well_and_writes_both_headline_events(self, ran):
        assert ran.answer.code == 0
        written = {path.name for path in (ran.folder / "outputs").iterdir()}
        assert written == {"deepseek-r1", "deepseek-app-store"}

    def test_summary_goes_to_stdout_and_messages_to_stderr(self, ran):
        assert "deepseek-r1 · day 0 is 2025-01-21" in ran.answer.out
        assert "Martin Luther King" in ran.answer.out
        assert "deepseek-app-store · day 0 is 2025-01-27" in ran.answer.out
        assert "Wrote" not in ran.answer.out
        *said, first, beside_first, second, beside_second = ran.answer.err.splitlines()
        assert first == "Wrote outputs/deepseek-r1/report.pdf"
        assert second == "Wrote outputs/deepseek-app-store/report.pdf"
        assert re.fullmatch(r" {6}beside it figures/ \(\d+\), tables/ \(\d+\)", beside_first)
        assert re.fullmatch(r" {6}beside it figures/ \(\d+\), tables/ \(\d+\)", beside_second)
        assert all(line.startswith("Note: deepseek-app-store: Against EW_EX") for line in said[:2])
        for line, event in zip(said[2:4], ("deepseek-r1", "deepseek-app-store"), strict=True):
            assert line.startswith("12 other registered events")
            assert f"{event}'s days [−10, +20]" in line
        assert (
            "stargate (+1), meta-capex (+3), deepseek-app-store (+4), asml-earnings-2025-01-29 (+6)"
            in said[2]
        )
        assert "stargate (−3), meta-capex (−1), asml" in said[3]
        assert len(said) == 4

    def test_summary_fits_80_columns(self, ran):
        assert max(map(len, ran.answer.out.splitlines())) <= 80

    def test_summary_holds_the_known_figures(self, ran):
        line = next(
            x for x in ran.answer.out.split("app-store · ")[1].splitlines() if x[:6] == "nvidia"
        )
        assert line.split()[:3] == ["nvidia", "1", "−13.26%"]
        assert line.split()[-1] == "0.004"
        assert "p of day 0: portfolio_placebo; placebo for nvidia, devices." in ran.answer.out

    def test_results_hold_the_check_figures(self, ran):
        told = json.loads((ran.folder / "outputs/deepseek-app-store/results.json").read_text())
        assets = {entry["key"]: entry for entry in told["assets"]}
        assert assets["NVDA"]["raw_return"] == pytest.approx(-0.1697, abs=5e-5)
        assert assets["META"]["raw_return"] == pytest.approx(0.0191, abs=5e-5)
        assert assets["^IXIC"]["index_points"] == pytest.approx(-612.47, abs=0.005)
        assert assets["NVDA"]["windows"][0]["car"] == pytest.approx(-0.1326, abs=5e-5)

    @pytest.mark.slow
    def test_report_draws_the_same_bytes_again(self, ran, call, folder, content_of):
        place = folder / "outputs" / "deepseek-r1"
        shutil.copytree(ran.folder / "outputs" / "deepseek-r1", place)
        before = content_of(place)
        answer = call("report", "outputs/deepseek-r1")
        assert (answer.code, answer.out) == (0, "")
        assert answer.err.splitlines()[0] == "Wrote outputs/deepseek-r1/report.pdf"
        assert content_of(place) == before
        assert [p.name for p in place.parent.iterdir() if p.name.startswith(".")] == []

    @pytest.mark.slow
    def test_second_run_has_the_same_bytes_and_says_the_same_in_quiet(
        self, ran, call, folder, content_of
    ):
        answer = call("run", "deepseek-r1", "-q", "--offline", "--no-progress")
        assert (answer.code, answer.out, answer.err) == (0, "", "")
        first, second = (p / "outputs" / "deepseek-r1" for p in (ran.folder, folder))
        found, wanted = content_of(second), content_of(first)
        assert found.keys() == wanted.keys()
        differing = {name for name in found if found[name] != wanted[name]}
        assert differing <= {"manifest.json"}  # which holds the command line
        told = [json.loads((each / "manifest.json").read_text("utf-8")) for each in (first, second)]
        assert told[0].pop("command") != told[1].pop("command")
        assert told[0] == told[1]


class TestRun:
    @pytest.fixture(autouse=True)
    def _no_drawing(self, evidence: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """The pages are looked at elsewhere; here it is the words."""
        from eventstudy.report import bundle

        monkeypatch.setattr(bundle, "_fill", _answer_only)

    def test_part_done_names_the_missing_and_the_reason(self, call, folder):
        answer = call("run", "deepseek-v2")
        assert answer.code == 5
        assert "deepseek-v2 · day 0 is 2024-05-06 · 24 assets and 3 indices" in answer.out
        assert (
            "Left out: GEV at deepseek-v2 (estimation): 16 valid returns in the estimation window "
            "[−260, −11], minimum 120 (min_obs)."
        ) in answer.said
        table = pd.read_csv(folder / "outputs/deepseek-v2/tables/exclusions.csv")
        assert list(table["ticker"]) == ["GEV"]
        used = pd.read_csv(folder / "outputs/deepseek-v2/tables/car.csv")
        assert set(used.loc[used["ticker"] == "ARM", "n_obs"]) == {150}

    def test_part_done_is_told_in_quiet_too(self, call):
        answer = call("run", "deepseek-v2", "-q")
        assert (answer.code, answer.out) == (5, "")
        assert answer.err.startswith("Left out: GEV at deepseek-v2")

    def test_json_is_data_on_stdout(self, call):
        answer = call("run", "deepseek-app-store", "--json", "-q")
        assert (answer.code, answer.err) == (0, "")
        (line,) = answer.out.splitlines()
        told = json.loads(line)
        assert (told["kind"], told["event_id"]) == ("event", "deepseek-app-store")
        assert told["answer"][0].startswith("Nvidia fell 16.97%")

    @pytest.mark.parametrize(
        ("args", "code", "fragment"),
        [
            (["--model", "mean"], 0, "constant mean return"),
            (["--model", "market_adjusted"], 0, "market-adjusted return"),
            (["--benchmark", "EW_EX_AI"], 0, "−18.07%"),
            (["--benchmark", "^IXIC"], 5, "25 assets and 2 indices"),
            (["--returns", "log"], 0, "−14.84%"),
            (["--tests", "all"], 0, "portfolio_placebo"),
            (["--tests", "t, placebo"], 0, "placebo"),
            (["--tests", ""], 0, "25 assets and 3 indices"),
            (["--car=0,0"], 0, "day 0"),
            (["--window=1,5", "--car=1,5"], 0, "[+1, +5]"),
            (["--window", "-2,2", "--car", "-1,1"], 0, "[−1, +1]"),
            (["--min-obs", "250"], 5, "24 assets and 3 indices"),
            (["--estimation=30,200", "--min-obs=60"], 0, "sessions [+30, +200]"),
            (["--engine", "processes"], 0, "25 assets and 3 indices"),
            (["--benchmark", ""], 0, "−13.26%"),
            (["--car=5,9", *(f"--car=0,{i}" for i in range(1, 6))], 0, "p of [+5, +9]"),
        ],
    )
    def test_options_change_the_study(self, call, args, code, fragment):
        answer = call("run", "deepseek-app-store", *args)
        assert answer.code == code, answer.err
        assert fragment in " ".join(answer.out.split())
        assert max(map(len, answer.out.splitlines())) <= 80

    def test_the_benchmark_cannot_be_measured_against_itself(self, call):
        answer = call("run", "deepseek-app-store", "--benchmark", "^IXIC")
        assert "^IXIC is the benchmark itself" in answer.said

    def test_same_event_twice_is_studied_once(self, call):
        assert call("run", "deepseek-r1", "deepseek-r1").out.count("deepseek-r1 · day 0") == 1

    def test_several_events_in_the_order_asked_for(self, call):
        said = call("run", "deepseek-r1", "deepseek-v3").out
        assert 0 < said.index("deepseek-v3 · day 0 is 2024-12-26") > said.index("deepseek-r1")

    @pytest.mark.parametrize("kind", ["wide.csv", "wide.parquet", "long.csv", "long.parquet"])
    def test_the_users_own_prices(self, call, folder, closes, kind):
        frame = closes.rename_axis("date")
        if kind.startswith("long"):
            frame = frame.melt(ignore_index=False, var_name="ticker", value_name="close")
        frame = frame.reset_index()
        write = frame.to_csv if kind.endswith("csv") else frame.to_parquet
        write(folder / kind, index=False)
        answer = call("run", "deepseek-app-store", "--source", kind)
        assert answer.code == 5
        assert "−13.26%" in answer.out
        assert answer.said.count("Left out:") == 1
        assert "and 16 more at deepseek-app-store (prices): each is not in the prices." in (
            answer.said
        )

    def test_an_event_of_tickers_some_of_them_not_listed(self, call, folder):
        write_events(folder, "part,Part,2025-01-27,,,OpenAI;NVDA;ZZZZ,,yes,,")
        answer = call("run")
        assert answer.code == 5
        assert "part · day 0 is 2025-01-27 · 1 asset ·" in answer.out
        assert "OpenAI is not listed on an exchange" in answer.said
        assert "ZZZZ is not in the prices" in answer.said

    def test_missing_days_at_the_end_are_named_by_window(self, call, folder):
        write_events(folder, "last,Last,2025-06-30,,,nvidia;nasdaq,,yes,,")
        answer = call("run")
        assert answer.code == 5
        assert "(CAR [0, +5]): the data end 2025-06-30, before day +1." in answer.said

    def test_a_jump_like_a_split_is_always_noted(self, call, folder, closes):
        frame = closes.copy()
        frame.loc["2025-03-04":, "MSFT"] *= 10
        frame.to_csv(folder / "split.csv")
        loud = call("run", "deepseek-app-store", "--source", "split.csv")
        assert "Note: " in loud.err
        assert "MSFT" in loud.said.split("Note: ")[1]
        assert "2025-03-04" in loud.said
        assert "Note: " not in call("run", "deepseek-app-store", "--source", "split.csv", "-q").err

    def test_own_groups_file(self, call, folder):
        (folder / "g.toml").write_text('[groups.pair]\nlabel = "Pair"\nmembers = ["NVDA", "AMD"]\n')
        write_events(folder, "e,E,2025-01-27,,,pair,,yes,,")
        answer = call("run", "--groups", "g.toml")
        assert answer.code == 0, answer.err
        assert "pair   2 " in answer.out


def _answer_only(story, folder: Path, make) -> None:
    from eventstudy.files.formats import write_json
    from eventstudy.report.results_json import write_results
    from eventstudy.report.tables.tidy import result_tables, write_tables

    (folder / "tables").mkdir()
    write_tables(result_tables(story.result), folder / "tables")
    write_results(story, folder / "results.json")
    write_json({}, folder / "manifest.json")


HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes"


def write_events(folder: Path, *rows: str) -> None:
    (folder / "events.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")


class TestEvents:
    def test_list_marks_what_was_shifted(self, call):
        answer = call("events", "list")
        assert answer.code == 0
        rows = {line.split()[0]: line for line in answer.out.splitlines() if line[:1] != " "}
        assert rows["deepseek-r1"].split()[1:3] == ["2025-01-21*", "yes"]
        assert rows["deepseek-v2"].split()[1] == "2024-05-06"
        assert rows["stargate"].split()[1] == "2025-01-22*"
        assert max(map(len, answer.out.splitlines())) <= 80
        assert answer.err.startswith("* day 0 is not the date")

    def test_list_as_json(self, call):
        answer = call("events", "list", "--json")
        told = {row["event_id"]: row for row in json.loads(answer.out)}
        assert answer.err == ""
        assert told["deepseek-app-store"]["headline"] == "yes"

    def test_show_gives_the_reason_of_a_shift(self, call):
        answer = call("events", "show", "deepseek-r1")
        assert "Martin Luther King" in answer.out
        assert "NVDA" in answer.out
        assert max(map(len, answer.out.splitlines())) <= 80

    def test_show_as_json(self, call):
        told = json.loads(call("events", "show", "deepseek-r1", "--json").out)
        assert told["day 0"] == "2025-01-21"
        assert told["tickers"].split()[0] == "NVDA"

    def test_validate_counts(self, call):
        answer = call("events", "validate")
        assert (answer.code, answer.out) == (0, "events.csv: 21 events, all valid.\n")

    def test_add_writes_the_row_and_says_day_0(self, call, folder):
        before = (folder / "events.csv").read_bytes()
        title = 'A "quoted", title of $5 & 50%'
        answer = call(
            "events", "add", "mine", "--title", title, "--at", "2025-02-15", "--groups", "nvidia;MU"
        )
        assert answer.code == 0
        assert "day 0 is 2025-02-18" in answer.out
        after = (folder / "events.csv").read_bytes()
        assert after.startswith(before)
        assert json.loads(call("events", "show", "mine", "--json").out)["title"] == title

    def test_add_makes_the_file_where_there_is_none(self, call, folder):
        args = ("add", "a", "--title", "A", "--at", "2025-01-27", "--events", "new.csv")
        assert call("events", *args).code == 0
        assert (folder / "new.csv").read_text().splitlines()[0] == HEADER

    @pytest.mark.parametrize(
        ("args", "fragment"),
        [
            (["deepseek-r1", "--title", "x", "--at", "2025-02-11"], "already"),
            (["x", "--title", "x", "--at", "2025-02-31"], "'2025-02-31' is not a day"),
            (["x", "--title", "x", "--at", "2025-02-11T10:00"], "no offset from UTC"),
            (["x", "--title", "x", "--at", "1800-01-06"], "outside the XNYS calendar"),
            (["x", "--title", "", "--at", "2025-02-11"], "title: it is empty"),
            (["x y", "--title", "x", "--at", "2025-02-11"], "'x y' is not a valid id"),
            (["x", "--title", "x", "--at", "2025-02-11", "--timing", "noon"], "timing: 'noon'"),
            (["x", "--title", "x", "--at", "2025-02-11", "--groups", "nvdia"], "mean 'nvidia'?"),
        ],
    )
    def test_add_refuses_and_leaves_the_file(self, call, folder, args, fragment):
        before = (folder / "events.csv").read_bytes()
        answer = call("events", "add", *args)
        assert (answer.code, answer.out) == (2, "")
        assert fragment in answer.said
        assert (folder / "events.csv").read_bytes() == before
        assert not list(folder.glob(".events*"))


class TestLists:
    def test_models(self, call):
        answer = call("models")
        assert answer.code == 0
        for name in ("market", "mean", "market_adjusted"):
            assert f"\n{name} " in answer.out
        assert max(map(len, answer.out.splitlines())) <= 80
        assert {m["name"] for m in json.loads(call("models", "--json").out)} >= {"market", "mean"}

    def test_tests(self, call):
        answer = call("tests")
        assert answer.code == 0
        assert max(map(len, answer.out.splitlines())) <= 80
        told = {t["name"]: t for t in json.loads(call("tests", "--json").out)}
        assert {"t", "placebo", "portfolio_t", "joint_f", "patell_z", "bmp_t"} <= set(told)
        assert "(1991)" in told["bmp_t"]["paper"]

    def test_a_wide_terminal_gives_a_table(self, call, monkeypatch):
        monkeypatch.setenv("COLUMNS", "220")
        assert call("tests").out.splitlines()[0].split() == ["name", "for", "null", "paper"]


class TestPrices:
    def test_fetch_says_what_there_is(self, call):
        answer = call("prices", "fetch", "NVDA", "^GSPC", "--source", "bundled")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == "2 of 2 tickers, 562 sessions from 2023-04-03 to 2025-06-30.\n"

    def test_fetch_in_part(self, call):
        answer = call("prices", "fetch", "NVDA", "ABC", "OpenAI", "--source", "bundled")
        assert answer.code == 5
        assert "Missing: ABC is not in the bundled sample" in answer.said
        assert "Missing: OpenAI is not listed" in answer.said

    def test_what_fetch_writes_run_reads(self, call, folder):
        args = ("prices", "fetch", "NVDA", "^GSPC", "--source", "bundled", "--out", "p.csv")
        answer = call(*args)
        assert (answer.code, answer.err) == (0, "Wrote p.csv\n")
        table = pd.read_csv(folder / "p.csv")
        assert list(table) == ["date", "ticker", "close", "adj_close"]
        assert table["ticker"].value_counts().to_dict() == {"NVDA": 562, "^GSPC": 562}

    @pytest.mark.parametrize(
        ("args", "code", "fragment"),
        [
            (["NVDA", "--offline"], 3, "NVDA is not in the cache of downloaded prices"),
            (["ABC", "--source", "bundled"], 3, "ABC is not in the bundled sample"),
            (["A", "B", "C", "--offline"], 3, "A, B, C are not in the cache"),
            (["NVDA", "--source", "bundled", "--start", "2030-01-01"], 3, "it runs from 2023"),
            (["NVDA", "--source", "bundled", "--start", "x"], 2, "Option start: 'x' is not a date"),
            (["NVDA", "--source", "bundled", "--out", "no/p.csv"], 2, "there is no folder no"),
            (["NVDA", "--source", "nowhere"], 2, "no source or file"),
            ([], 2, "Missing argument 'TICKER'"),
        ],
    )
    def test_fetch_refuses(self, call, args, code, fragment):
        answer = call("prices", "fetch", *args)
        assert (answer.code, answer.out) == (code, "")
        assert fragment in answer.said

    def test_fetch_to_a_place_that_is_a_folder(self, call, folder):
        (folder / "there").mkdir()
        answer = call("prices", "fetch", "NVDA", "--source", "bundled", "--out", "there")
        assert answer.code == 2
        assert "there is a folder" in answer.said


class TestReport:
    @pytest.mark.parametrize("place", ["nowhere", "events.csv", "."])
    def test_a_place_without_a_result(self, call, place):
        answer = call("report", place)
        assert (answer.code, answer.out) == (2, "")
        assert "holds no saved result" in answer.said
        assert "eventstudy run" in answer.said

    def test_a_damaged_result(self, call, folder):
        (folder / "old" / "saved").mkdir(parents=True)
        (folder / "old" / "saved" / "study.json").write_text("{")
        answer = call("report", "old")
        assert answer.code == 2
        assert answer.said == ("Error: The saved result in old is damaged; run the study again.")

    def test_a_result_of_another_format(self, call, folder):
        (folder / "old").mkdir()
        (folder / "old" / "study.json").write_text('{"format": 99}')
        answer = call("report", "old")
        assert answer.code == 2
        assert "has format 99" in answer.said


class TestEntryPoint:
    """The installed script in its own process."""

    def test_messages_and_data_stand_apart(self, folder, shell):
        done = shell("events", "validate", cwd=folder)
        assert (done.returncode, done.stdout, done.stderr) == (
            0,
            "events.csv: 21 events, all valid.\n",
            "",
        )
        done = shell("events", "show", "deepsek-r1", cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Error: There is no event 'deepsek-r1'. Did you mean")
        assert "Traceback" not in done.stderr

    def test_debug_shows_the_traceback(self, folder, shell):
        done = shell("--debug", "run", "--model", "markt", cwd=folder)
        assert done.returncode == 2
        assert "Traceback" in done.stderr
        assert "Error: There is no model 'markt'. Did you mean 'market'?" in done.stderr

    def test_no_colour_on_a_pipe(self, folder, shell):
        for environment in ({}, {"NO_COLOR": "1"}):
            done = shell("models", cwd=folder, **environment)
            assert "\x1b" not in done.stdout + done.stderr

    def test_help_loads_neither_pandas_nor_matplotlib(self):
        code = (
            "import sys\nfrom typer.testing import CliRunner\nimport eventstudy.cli.app as c\n"
            "assert CliRunner().invoke(c.app, ['--help']).exit_code == 0\n"
            "print(sorted({'pandas', 'matplotlib', 'numpy', 'scipy'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=1)
        assert done.stdout == "[]\n", done.stderr


class TestUnforeseen:
    def test_is_one_sentence_and_code_1(self, call, monkeypatch):
        from eventstudy.events import registry

        monkeypatch.setattr(registry, "read_events", _broken)
        answer = call("events", "validate")
        assert (answer.code, answer.out) == (1, "")
        assert answer.err == "Error: RuntimeError: a broken thing (--debug shows more)\n"

    def test_debug_by_environment(self, call, monkeypatch):
        from eventstudy.events import registry

        monkeypatch.setattr(registry, "read_events", _broken)
        monkeypatch.setenv("EVENTSTUDY_DEBUG", "1")
        assert "Traceback" in call("events", "validate").err

    def test_an_interrupt_is_no_error(self, call, monkeypatch):
        from eventstudy.events import registry

        monkeypatch.setattr(registry, "read_events", _raiser(KeyboardInterrupt()))
        answer = call("events", "validate")
        assert (answer.code, answer.out, len(answer.err.splitlines())) == (130, "", 1)
        assert "Stopped" in answer.err

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (OSError(28, "No space left on device"), "The output cannot be read or written: no sp"),
            (
                PermissionError(13, "Permission denied", "x.csv"),
                "x.csv cannot be read or written: ",
            ),
        ],
    )
    def test_what_the_system_refuses_is_a_sentence(self, call, monkeypatch, error, sentence):
        from eventstudy.events import registry

        monkeypatch.setattr(registry, "read_events", _raiser(error))
        answer = call("events", "validate")
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith(f"Error: {sentence}")
        assert answer.err.endswith(".\n")

    def test_network_trouble_has_its_own_code(self, call, monkeypatch):
        from eventstudy.errors import NetworkError
        from eventstudy.prices import load

        monkeypatch.setattr(load, "load_prices", _raiser(NetworkError("Yahoo refuses.")))
        answer = call("prices", "fetch", "NVDA")
        assert (answer.code, answer.out, answer.err) == (4, "", "Error: Yahoo refuses.\n")


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("a broken thing")


def _raiser(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


class TestProgress:
    def test_is_silent_where_there_is_no_terminal(self, capfd):
        from eventstudy.cli.progress import Steps

        with Steps(shown=True) as steps:
            steps.say("estimating")
        assert capfd.readouterr() == ("", "")

    def test_shows_the_step_on_a_terminal_and_leaves_nothing(self, monkeypatch):
        import io

        from eventstudy.cli.progress import Steps

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        with Steps(shown=True) as steps:
            steps.say("estimating")
        assert screen.getvalue().endswith("\x1b[2K")
        with Steps(shown=False) as steps:
            assert steps._status is None


def test_the_package_run_as_a_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (f"{version('eventstudy-kit')}\n", "")
