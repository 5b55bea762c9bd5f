"""`eventstudy plan` and `eventstudy run --plan` from the command line."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plan_helpers import (
    BEFORE,
    DAY0,
    EVENTS,
    GROUPS,
    Market,
    content_of,
    leaves,
    name_in,
    other,
    put,
    write_long,
)

import eventstudy as es
from eventstudy.prices.sources.cache import Entry, default_cache
from eventstudy.report.pages import contents
from eventstudy.spec.study_spec import StudySpec

ESTIMATION = ("--estimation=-160,-11", "--window=-5,8", "--car=0,0", "--car=0,5", "--min-obs=60")
EXPECTED = ("--expect", "AAA rises 0,0", "--expect", "chips falls 0,5 -1%")
OTHER: dict[str, str] = {
    "model": "mean",
    "benchmark": "HHH",
    "estimation": "-150,-11",
    "window": "-5,9",
    "car": "0,3",
    "tests": "t",
    "min_obs": "61",
    "returns": "log",
    "kp": "event",
    "compare": "HHH",
    "placebo": "--no-placebo",
    "confidence": "0.9",
    "calendar": "XNAS",
    "seed": "1",
    "factors": "HHH",
    "donors": "GGG",
    "post_estimation": "30,60",
    "rolling": "--rolling",
    "draws": "1000",
    "drop_confounded": "--drop-confounded",
    "frequency": "weekly",
    "weights": "precision",
    "clean_estimation": "--clean-estimation",
    "levels": "HHH",
    "level_unit": "bp",
    "variance_from": "day_before",
}
"""An option of a study → another value of it."""
WITH: dict[str, tuple[str, ...]] = {
    "levels": ("--returns", "difference"),
    "level_unit": ("--returns", "difference"),
    "rolling": ("--estimation=-160,-30",),
    "frequency": ESTIMATION,
    "variance_from": ("--model", "garch", "--window=-10,8"),
}
"""What an option needs beside it."""

Call = Callable[..., Any]


@pytest.fixture
def files(market: Market) -> Market:
    """The price file until the day before the event, and the whole one."""
    write_long(market.closes, market.folder / "then.csv", BEFORE)
    write_long(market.closes, market.folder / "now.csv")
    return market


@pytest.fixture(scope="module")
def made() -> dict[str, Path]:
    """The plan and the cache of the first test that asked for one."""
    return {}


@pytest.fixture
def plan(files: Market, call: Call, made: dict[str, Path]) -> Path:
    """A plan on the price file that ends before the event; made once, for it is always the same."""
    folder = files.folder
    if made:
        shutil.copytree(made["cache"], folder / "cache")
        shutil.copy(made["plan"], folder)
    else:
        answer = call("plan", "launch", *SOURCE("then.csv"), *ESTIMATION, *EXPECTED)
        assert answer.code == 0, answer.err
        kept = folder.with_name(f"{folder.name}-kept")
        kept.mkdir()
        made["plan"] = Path(shutil.copy(folder / "plan.toml", kept))
        made["cache"] = Path(shutil.copytree(folder / "cache", kept / "cache"))
    return folder / "plan.toml"


def SOURCE(name: str) -> tuple[str, ...]:  # noqa: N802
    return ("--source", name, "--groups", "groups.toml")


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles of the page on the plan alone, without evidence."""
    monkeypatch.setattr("eventstudy.runs.gather_evidence", lambda *_, **__: None)
    only = tuple(page for page in contents.PAGES if page.name in ("planned", "methods"))
    monkeypatch.setattr(contents, "PAGES", only)
    monkeypatch.setitem(contents.KINDS, "event", only)


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a run would do, which is not done."""
    asked: list[Any] = []
    monkeypatch.setattr(
        "eventstudy.cli.single_runs.run_each", lambda wanted, _: asked.append(wanted)
    )
    return asked


def results(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "outputs" / "launch" / "results.json").read_text("utf-8"))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def deviations(answer: Any) -> list[str]:
    head = "Note: Deviation from the plan: "
    return [line.removeprefix(head) for line in answer.err.splitlines() if line.startswith(head)]


def test_every_option_of_a_study_that_differs_from_the_plan_is_named(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    assert set(OTHER) == set(StudySpec.model_fields)
    for name, value in OTHER.items():
        flag = (value,) if value.startswith("--") else (f"--{name.replace('_', '-')}={value}",)
        answer = call("run", "--plan", "plan.toml", *flag, *WITH.get(name, ()))
        said = deviations(answer)
        assert answer.code == 0, answer.err
        assert any(f"Option {name} is " in sentence for sentence in said), (name, answer.err)
        assert name in WITH or len(said) == 1, said
    assert len(followed) == len(OTHER)


def test_an_option_given_as_the_plan_has_it_is_no_deviation(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    answer = call("run", "--plan", "plan.toml", "--model", "market", *ESTIMATION, "--seed", "0")
    assert (answer.code, deviations(answer)) == (0, [])
    (wanted,) = followed
    assert wanted.study.spec == wanted.plan.sealed.plan.spec
    assert wanted.prices.sources == ["then.csv"]


def test_other_prices_and_another_reading_of_their_files_are_named(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    answer = call("run", "--plan", "plan.toml", "--source", "now.csv")
    (said,) = deviations(answer)
    assert "now.csv" in said
    assert "then.csv" in said
    for option, value in (
        ("date_col", "day"), ("ticker_col", "name"), ("close_col", "px"), ("adj_close_col", "adj"),
        ("returns_col", "ret"), ("ticker", "AAA"), ("values", "prices"),
    ):  # fmt: skip
        answer = call("run", "--plan", "plan.toml", f"--{option.replace('_', '-')}={value}")
        (said,) = deviations(answer)
        assert option in said, said
    (said,) = deviations(call("run", "--plan", "plan.toml", "--dayfirst"))
    assert "dayfirst" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("A launch,", "The launch,", "title"),
        ("2024-06-12,,news", "2024-06-13,,news", "announced_at"),
        ("2024-06-12,,news", "2024-06-12,post,news", "timing"),
        (",news,AAA;chips", ",offer,AAA;chips", "category"),
        ("AAA;chips", "AAA;chips;EEE", "groups"),
        ("chips,,yes", "chips,HHH,yes", "benchmark"),
        (",yes,", ",no,", "headline"),
        ("a paper", "another", "source"),
        ("a note", "another", "notes"),
    ],
)
def test_every_changed_field_of_an_event_is_named(
    plan: Path, call: Call, followed: list[Any], before: str, after: str, said: str
) -> None:
    changed = EVENTS.replace(before, after, 1)
    assert changed != EVENTS
    Path("events.csv").write_text(changed)
    (sentence,) = deviations(call("run", "--plan", "plan.toml"))
    assert re.search(rf"\blaunch\b.*\b{said} is ", sentence)


def test_events_and_groups_that_were_added_or_removed_are_named(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    (said,) = deviations(call("run", "recall", "--plan", "plan.toml"))
    assert "recall" in said
    assert [event.event_id for event in followed[-1].chosen] == ["launch", "recall"]
    lines = EVENTS.splitlines(keepends=True)
    Path("events.csv").write_text("".join([lines[0], lines[2]]))
    (said,) = deviations(call("run", "--plan", "plan.toml"))
    assert "launch" in said
    assert [event.event_id for event in followed[-1].chosen] == ["launch"]
    Path("events.csv").write_text(EVENTS)
    for before, after, word in (
        ('"DDD"]', '"DDD", "EEE"]', "EEE"),
        (', "DDD"]', "]", "DDD"),
        ('"BBB", "CCC"', '"CCC", "BBB"', "order"),
        ('"Chips"', '"Silicon"', "Silicon"),
        ("groups.chips", "groups.silicon", "groups file"),
    ):
        Path("groups.toml").write_text(GROUPS.replace(before, after))
        (said,) = deviations(call("run", "--plan", "plan.toml"))
        assert "chips" in said
        assert word in said


def test_without_its_files_a_plan_runs_on_what_it_holds(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    Path("events.csv").unlink()
    Path("groups.toml").unlink()
    answer = call("run", "--plan", "plan.toml")
    assert (answer.code, deviations(answer)) == (0, [])
    assert "events.csv" in answer.err
    assert "groups.toml" in answer.err
    assert call("run", "recall", "--plan", "plan.toml").code == 2


def test_another_version_of_the_package_is_named(
    plan: Path, call: Call, followed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventstudy.plans.deviations.installed_version", lambda _: "99.0")
    (said,) = deviations(call("run", "--plan", "plan.toml"))
    assert "99.0" in said


def test_a_run_before_the_prices_are_there_says_so(plan: Path, call: Call) -> None:
    answer = call("run", "--plan", "plan.toml")
    assert answer.code == 3
    assert DAY0 in answer.said
    assert BEFORE in answer.said
    assert not Path("outputs").exists()


@pytest.mark.slow
def test_planned_results_come_first_and_unaltered_plans_give_the_same_bytes(
    plan: Path, call: Call, light: None
) -> None:
    shutil.copy("now.csv", "then.csv")  # which has grown since, as a price file does
    answer = call("run", "--plan", "plan.toml")
    assert answer.code == 0, answer.err
    assert deviations(answer) == []
    assert answer.out.index("planned hypothes") < answer.out.index("Exploratory")
    first = digests(Path("outputs"))
    again = call("run", "--plan", "plan.toml", "--out", "again")
    assert digests(Path("again")) == first
    assert again.out == answer.out
    found = results(Path())["planned"]
    assert found["sealed"]
    assert [test["verdict"] for test in found["tests"]] == ["supported", "not supported"]
    assert (found["deviations"], found["prices"], found["exploratory"]) == ([], [], [])
    manifest = json.loads(Path("outputs/launch/manifest.json").read_text())
    assert manifest["plan"]["seal"] == found["seal"]
    assert call("verify", "outputs").code == 0
    assert call("report", "outputs/launch").code == 0
    assert digests(Path("outputs")) == first
    assert es.load("outputs/launch").planned is not None


def test_an_altered_price_is_named_in_terminal_results_and_manifest(
    plan: Path, call: Call, light: None
) -> None:
    day, ticker = "2024-03-05", "BBB"
    table = pd.read_csv("now.csv")
    row = (table["date"] == day) & (table["ticker"] == ticker)
    old = float(table.loc[row, "close"].iloc[0])
    table.loc[row, "close"] = old + 0.5
    table.to_csv("now.csv", index=False)
    answer = call("run", "--plan", "plan.toml", "--source", "now.csv")
    assert answer.code == 0, answer.err
    found = results(Path())["planned"]
    changed = {(p["series"], p["day"], p["figure"], p["old"], p["new"]) for p in found["prices"]}
    assert changed == {(ticker, day, kind, old, old + 0.5) for kind in ("close", "adj_close")}
    assert day in " ".join(answer.out.split())
    manifest = json.loads(Path("outputs/launch/manifest.json").read_text())
    assert any(day in sentence for sentence in manifest["plan"]["changed_prices"])
    assert any("now.csv" in sentence for sentence in manifest["plan"]["deviations"])
    table = pd.read_csv("outputs/launch/tables/planned_prices.csv")
    assert set(table["date"]) == {day}


def test_of_a_plan_altered_by_hand_nothing_is_planned(plan: Path, call: Call, light: None) -> None:
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("threshold = -0.01", "threshold = -0.001"), "utf-8")
    answer = call("run", "--plan", "plan.toml", "--source", "now.csv")
    assert answer.code == 0, answer.err
    assert "hypotheses.2.threshold was altered" in answer.err
    found = results(Path())["planned"]
    assert (found["sealed"], found["tests"]) == (False, [])
    assert len(found["exploratory"]) == 2
    assert "supported" not in found["finding"]
    tables = {path.name for path in Path("outputs/launch/tables").iterdir()}
    assert "planned.csv" not in tables
    assert "altered_plan.csv" in tables
    assert answer.out.startswith("Exploratory")
    manifest = json.loads(Path("outputs/launch/manifest.json").read_text())
    assert manifest["plan"]["altered"] == ["hypotheses.2.threshold was altered"]


def test_options_that_deviate_change_what_is_exploratory_and_no_planned_figure(
    plan: Path, call: Call, light: None
) -> None:
    def figures() -> tuple[Any, Any]:
        found = results(Path())
        (own,) = (each for each in found["assets"] if each["key"] == "AAA")
        return found["planned"]["tests"], own["windows"][0]["car"]

    assert call("run", "--plan", "plan.toml", "--source", "now.csv").code == 0
    planned, own = figures()
    call("run", "--plan", "plan.toml", "--source", "now.csv", "--model", "mean")
    again, other = figures()
    assert again == planned
    assert other != own
    assert planned[0]["estimate"] == pytest.approx(own)


def test_a_retrospective_plan_is_called_so_when_it_is_made_and_when_it_is_run(
    files: Market, call: Call, light: None
) -> None:
    made = call("plan", "launch", *SOURCE("now.csv"), *ESTIMATION, *EXPECTED)
    assert made.code == 0
    assert "retrospective" in made.err
    assert 'kind = "retrospective"' in Path("plan.toml").read_text()
    ran = call("run", "--plan", "plan.toml")
    assert ran.code == 0, ran.err
    assert "retrospective" in ran.err
    assert "retrospective" in ran.out
    assert results(Path())["planned"]["kind"] == "retrospective"


def test_as_of_looks_at_no_later_price(files: Market, call: Call) -> None:
    """The plan is the one of a file that ends on that day, whatever comes after it."""
    made = []
    for name, closes in (("all", files.closes), ("others", files.closes * 1)):
        closes.loc[DAY0:] *= 1 if name == "all" else 1.3
        write_long(closes, Path("now.csv"))
        answer = call(
            "plan", "launch", *SOURCE("now.csv"), *ESTIMATION, *EXPECTED,
            "--as-of", BEFORE, "--out", f"{name}.toml",
        )  # fmt: skip
        assert answer.code == 0, answer.err
        assert "retrospective" not in answer.err
        assert BEFORE in answer.err
        made.append(Path(f"{name}.toml").read_bytes())
    assert made[0] == made[1]
    assert f'prices_to = "{BEFORE}"' in made[0].decode()


def test_one_date_to_come_needs_no_events_file(
    files: Market, call: Call, followed: list[Any]
) -> None:
    Path("events.csv").unlink()
    answer = call(
        "plan", "AAA", "--date", "2024-06-20", "--peers", "BBB,CCC", "--source", "then.csv",
        *ESTIMATION, "--expect", "AAA either 0,0 1%",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    ran = call("run", "--plan", "plan.toml")
    assert (ran.code, deviations(ran)) == (0, [])
    assert [event.event_id for event in followed[0].chosen] == ["aaa-2024-06-20"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "launch"), "--expect"),
        (("plan", "launch", "--expect", "AAA jumps 0,0"), "jumps"),
        (("plan", "launch", "--expect", "AAA falls 0,0", "--stamp", "nowhere"), "nowhere"),
        (("plan", "launch", "--expect", "AAA falls 0,0", "--as-of", "soon"), "as-of"),
        (("run", "--plan", "none.toml"), "none.toml"),
        (("run", "--plan", "groups.toml"), "groups.toml"),
        (("run", "AAA", "--plan", "plan.toml", "--date", "2024-06-12"), "--plan"),
        (("run", "--plan", "plan.toml", "--each"), "--each"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    files: Market, call: Call, words: tuple[str, ...], said: str
) -> None:
    answer = call(*words)
    assert answer.code == 2
    assert said in answer.said


@pytest.mark.slow
def test_a_run_of_a_plan_with_any_field_altered_names_it(
    plan: Path, call: Call, followed: list[Any]
) -> None:
    """Whether it can still be run or not: the field is named, and no test counts as planned."""
    import tomlkit

    from eventstudy.plans.tested import planned_tests

    content = content_of(plan)
    plain = {name: value for name, value in content.items() if name != "seal"}
    one_each = {
        "/".join(step for step in steps if isinstance(step, str)): steps for steps in leaves(plain)
    }
    assert len(one_each) >= 70
    prices = es.load_prices("now.csv")
    ran = 0
    for steps in one_each.values():
        followed.clear()
        plan.write_text(tomlkit.dumps(put(content, steps, other)), "utf-8")
        answer = call("run", "--plan", "plan.toml")
        assert name_in(steps, content) in answer.err, (steps, answer.err)
        assert "Traceback" not in answer.err
        assert answer.code in (0, 2), (steps, answer.err)
        if answer.code == 0:
            assert "counts as planned" in answer.err
            try:
                found = planned_tests(followed[0].plan, prices)
            except (es.InputError, es.DataMissingError):  # a sentence, after the field was named
                continue
            assert not any(each.sealed for each in found.values())
            ran += 1
    assert ran > 40


def test_a_plan_on_downloads_has_its_prices_again_after_later_ones(
    files: Market, call: Call, light: None
) -> None:
    """Each download replaces the one before in the cache; the plan's own prices stay."""

    def download(closes: pd.DataFrame, dividend: float = 1.0) -> None:
        for ticker in ("AAA", "BBB", "CCC", "DDD", "^GSPC"):
            table = pd.DataFrame({"close": closes[ticker], "adj_close": closes[ticker] * dividend})
            first, last = (f"{day:%Y-%m-%d}" for day in closes.index[[0, -1]])
            entry = Entry("yahoo", ticker, f"{last}T22:00:00+00:00", first, last, "", "USD")
            default_cache().write(entry, table)

    download(files.closes.loc[:BEFORE])
    source = ("--source", "yahoo", "--offline", "--groups", "groups.toml")
    made = call("plan", "launch", *source, *ESTIMATION, *EXPECTED)
    assert made.code == 0, made.err
    assert "retrospective" not in made.err
    now = files.closes.copy()
    now.loc["2024-03-05", "BBB"] += 0.25
    download(now, dividend=0.99)
    ran = call("run", "--plan", "plan.toml", "--offline")
    assert ran.code == 0, ran.err
    assert deviations(ran) == []
    found = results(Path())["planned"]
    by_factor = {p["series"] for p in found["prices"] if p["factor"]}
    assert by_factor == {"AAA", "CCC", "DDD", "^GSPC"}
    (close,) = [p for p in found["prices"] if p["figure"] == "close"]
    was = float(files.closes.loc["2024-03-05", "BBB"])
    assert (close["series"], close["day"], close["old"]) == ("BBB", "2024-03-05", was)
    then = es.load_prices("plan.toml")
    assert then.close["BBB"]["2024-03-05"] == was
    assert then.adj_close["AAA"].equals(then.close["AAA"])
    cut = call(
        "plan", "launch", *source, *ESTIMATION, *EXPECTED, "--as-of", BEFORE, "--out", "cut.toml"
    )
    assert cut.code == 0, cut.err
    assert f'prices_to = "{BEFORE}"' in Path("cut.toml").read_text()


def test_a_plan_of_two_events_tells_of_both(files: Market, call: Call, light: None) -> None:
    """One is studied, the other is still to come: its tests are told, and cannot be tested."""
    Path("events.csv").write_text(f"{EVENTS}sequel,A sequel,2024-10-02,,news,AAA,,no,,\n")
    made = call("plan", "launch", "sequel", *SOURCE("then.csv"), *ESTIMATION, *EXPECTED[:2])
    assert made.code == 0, made.err
    write_long(files.closes, Path("then.csv"), "2024-09-20")
    ran = call("run", "--plan", "plan.toml")
    assert ran.code == 5, ran.err
    assert "supported" in ran.out
    assert "cannot be tested" in ran.out
    found = results(Path())["planned"]
    assert found["others"] == ["sequel"]
    assert [test["verdict"] for test in found["tests"]] == ["supported"]
