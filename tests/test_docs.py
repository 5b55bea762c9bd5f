"""The examples of README and docs run as they are printed."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.crosscheck.deviations import deviations
from eventstudy.models.registry import list_models
from eventstudy.significance.registry import list_tests

ROOT = Path(__file__).parents[1]
OF_ONE = ("docs/models", "docs/tests")
"""Folders of pages whose example finds its data made; they have a test of their own below."""
LANGUAGES = {"sql", "python", "sh", "toml", "csv", "json", "text", "console"}
WORDS = re.compile(r"^\s*(\$ )?(\S*/)?(eventstudy|python3? -m eventstudy)\s", re.MULTILINE)
"""A line that calls the command."""
NOT_RUN = "$ eventstudy --install-completion\n"
"""Writes to the start-up file of the reader's own shell."""


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


run_of = tool("pages")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [block.code for block in run_of.blocks_of(text_of(page)) if block.language == language]


PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
RUNNING = [
    page
    for page in PAGES
    if not page.startswith(OF_ONE) and any(b.runs for b in run_of.blocks_of(text_of(page)))
]


def test_no_page_with_code_is_forgotten():
    assert {"README.md", "docs/tutorial.md", "docs/evidence.md", "docs/gallery.md"} <= set(RUNNING)
    assert len(RUNNING) >= 20


LONG = (
    *("docs/formats.md", "docs/gallery.md", "docs/howto/large.md", "docs/command-line.md"),
    *("docs/tutorial.md", "docs/evidence.md", "docs/howto/plan.md", "docs/howto/court.md"),
    *("docs/howto/crypto.md", "docs/howto/pipelines.md", "docs/howto/cross-check.md"),
)
"""Pages whose code takes longest; tests of their own hold most of what it shows."""


@pytest.mark.representative(page="docs/howto/events.md")
@pytest.mark.sampled(page=tuple(page for page in RUNNING if page not in LONG))
@pytest.mark.parametrize("page", RUNNING)
def test_the_code_of_a_page_runs_and_prints_what_stands_there(page, tmp_path):
    """Without network: where a command downloads, yfinance answers from the packaged sample."""
    text = text_of(page)
    printed = run_of.run_page(text, tmp_path)
    shown = run_of.blocks_of(text)
    for i, j in run_of.outputs_of(text).items():
        assert run_of.agrees(printed[i], shown[j].code), f"{shown[i].code}\n{printed[i]}"


@pytest.mark.parametrize("page", PAGES)
def test_code_stands_in_blocks_that_say_what_they_are(page):
    """What is marked as text is output, or no call of the command that could as well be run."""
    text = text_of(page)
    found = run_of.blocks_of(text)
    assert {block.language for block in found} <= LANGUAGES
    assert text.count("\n```") == 2 * len(found), "a block is not closed, or lies in a list"
    outputs = set(run_of.outputs_of(text).values())
    for number, block in enumerate(found):
        if block.language in ("text", "console") and number not in outputs:
            assert not WORDS.search(block.code.replace(NOT_RUN, "")), block.code


READ_ON_THE_PAGE = "docs/howto/vendors.md"
"""Its files are of vendors, and each is read below where it stands."""

SHOWN_FILES = [
    (page, number, block)
    for page in PAGES
    for number, block in enumerate(run_of.blocks_of(text_of(page)))
    if block.language in ("toml", "csv") and page != READ_ON_THE_PAGE
]


@pytest.mark.parametrize(
    ("page", "block"), [pytest.param(p, b, id=f"{p}-{n}") for p, n, b in SHOWN_FILES]
)
def test_a_file_shown_on_a_page_is_one_that_can_be_read(page, block, tmp_path):
    path = tmp_path / f"shown.{block.language}"
    path.write_text(block.code, encoding="utf-8")
    readers = {
        r"event_id,|Symbol,Company,|ticker,date,": es.read_events,
        r"date,": es.load_prices,
        r"\[groups\.": es.read_groups,
        r"\[\[claim\]\]": es.read_claims,
        r"\[[A-Z.^]+\]\nshares = ": es.load_shares,
        r"(?:#.*\n|\n)*\[(?:run|report|claims|calibrate|events|prices)\b": read_configuration,
    }
    (reader,) = [reader for start, reader in readers.items() if re.match(start, block.code)]
    assert reader(path)


def read_configuration(path: Path) -> object:
    import typer

    from eventstudy.cli.app import app
    from eventstudy.cli.config import options_of, read_settings

    return read_settings(path, options_of(typer.main.get_command(app))).values


def test_printed_output_is_compared_as_told():
    assert run_of.agrees("a\nb\n\n", "a\nb\n")
    assert run_of.agrees("a\nb\nc\n", "a\n…\n")
    assert run_of.agrees("a 3.11.2\nb\n", "a 3.1…\nb\n")
    assert not run_of.agrees("a\nb\n", "a\n")
    assert not run_of.agrees("a\n", "A…\n")
    assert run_of.outputs_of("```sh\nls\n```\n\n```text\nx\n```\n") == {0: 1}
    assert run_of.outputs_of("```sh\nls\n```\nThen:\n\n```text\nx\n```\n") == {}


def test_readme_has_one_command_to_run_and_one_to_test():
    """CI runs both as they stand: the first by hand, the second by .ci/run, which reads it here."""
    whole = [code for code in blocks("README.md", "sh") if code.startswith(run_of.INSTALLS)]
    assert [len(code.splitlines()) for code in whole] == [1, 1]
    assert text_of("README.md").count("\npython3 -m venv") == 2
    assert whole[0] == (
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/eventstudy run\n"
    )
    assert whole[1].startswith("python3 -m venv .venv && ")
    assert "install -e '.[dev]' && " in whole[1]
    assert "pytest" in whole[1]
    assert "README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_links_in_the_docs_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) >= 7
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not missing


KINDS = ["models", "tests"]


def registered(kind):
    return list(list_models() if kind == "models" else list_tests())


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_and_test_has_its_page_and_no_page_is_left_over(kind):
    pages = {page.stem for page in (ROOT / "docs" / kind).glob("*.md")}
    assert pages == set(registered(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_and_test_has_its_row_in_the_index(kind):
    assert f"<!-- table of {kind} -->" in text_of(f"docs/{kind}.md")
    text = tool("site").table_of(kind)
    rows = re.findall(rf"^\| \[`(\w+)`\]\({kind}/(\w+)\.md\) \|", text, re.MULTILINE)
    assert rows == [(name, name) for name in registered(kind)]


def test_every_option_and_verb_has_its_row():
    from eventstudy.cli.verbs import VERBS

    page, table_of = text_of("docs/command-line.md"), tool("site").table_of
    assert {"<!-- table of options -->", "<!-- table of verbs -->"} <= set(page.splitlines())
    options = re.findall(r"^\| `--.*?` \| `\w+` \| `(\w+)` \|", table_of("options"), re.MULTILINE)
    assert options == list(es.StudySpec.model_fields)
    verbs = re.findall(r"^\| \[`([\w-]+)`\]\(#([\w-]+)\) \|", table_of("verbs"), re.MULTILINE)
    assert verbs == [(verb.name, verb.name) for verb in VERBS]
    assert {name for name, _ in verbs} <= set(re.findall(r"^## ([\w-]+)$", page, re.MULTILINE))


PAGES_OF_ONE = [(kind, name) for kind in KINDS for name in registered(kind)]


@pytest.mark.parametrize(("kind", "name"), PAGES_OF_ONE)
def test_a_page_says_what_it_must_in_less_than_a_page(kind, name):
    text = (ROOT / "docs" / kind / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# `{name}`: ")
    parts = ["**Formula.**", "**Assumes.**", "**Use it when**", "**Not when**"]
    parts += ["**Missing data and few observations.**", "Paper", "Code: ["]
    parts += ["**Null and df.**" if kind == "tests" else "**Error and df.**"]
    assert [part for part in parts if part not in text] == []
    assert len(text) < 3_500
    known = list_models() if kind == "models" else list_tests()
    code = known[name].fit if kind == "models" else known[name].function
    written = re.findall(r"^Code: \[(\S+)\]", text, re.MULTILINE)[0]
    assert (ROOT / written).exists()
    folder = "models" if kind == "models" else "significance"
    assert written.startswith(f"eventstudy/{folder}/")
    assert written.removesuffix(".py").replace("/", ".") in (code.__module__, *ALSO.get(name, ()))


ALSO = {"placebo": ("eventstudy.significance.sums.placebo_runs",)}
"""Registered in one module, computed in another, which is the one to read."""


@pytest.fixture(scope="module")
def small_study():
    """What the pages' examples find: `observations`, `wide`, `donors`."""
    rng = np.random.default_rng(0)
    index = pd.bdate_range("2023-01-02", periods=330)
    names = ["A", "B", "C", "D1", "D2", "D3", "mkt", "oil", "mkt_rf", "smb", "smb_ff3"]
    names += ["hml", "rmw", "cma", "mom", "rf"]
    wide = pd.DataFrame(0.01 * rng.standard_normal((330, len(names))), index, names)
    wide[["A", "B", "C", "D1", "D2", "D3"]] += wide[["mkt"]].to_numpy()
    observations = pd.DataFrame(
        {"event_id": ["a", "b", "c"], "ticker": ["A", "B", "C"], "date": index[[290, 300, 310]]}
    )
    return {"es": es, "observations": observations, "wide": wide, "donors": ["D1", "D2", "D3"]}


@pytest.mark.parametrize(("kind", "name"), PAGES_OF_ONE)
def test_the_call_on_a_page_runs(kind, name, small_study, capsys):
    (code,) = blocks(f"docs/{kind}/{name}.md", "python")
    exec(compile(code, f"docs/{kind}/{name}.md", "exec"), dict(small_study))
    assert (f'tests=["{name}"]' if kind == "tests" else f'model="{name}"') in code
    assert capsys.readouterr().out


def test_the_comparison_names_tests_that_exist():
    text = (ROOT / "docs/comparison.md").read_text(encoding="utf-8")
    guards = set(re.findall(r"`(test_\w+)`", text))
    guards |= {name for each in deviations() for name in each.held_off_by}
    source = (ROOT / "tests/conformance/test_defects_elsewhere.py").read_text(encoding="utf-8")
    assert guards == set(re.findall(r"^def (test_\w+)", source, re.MULTILINE))
