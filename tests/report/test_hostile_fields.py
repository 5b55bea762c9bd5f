"""Every field that comes from outside, hostile in every way at once, in every file of a bundle."""

from __future__ import annotations

import csv
import json
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pymupdf
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.groups import Group, Groups
from eventstudy.events.registry import Events
from eventstudy.files.csv_text import SIGNS, guarded
from eventstudy.text.lines import COMMANDS, visible


def hostile(field: str) -> str:
    """Formula, escape sequence, tag, command, cell, mathematics, order, link, line ends."""
    return (
        f"={field}\x1b[31m\x07\x9b<b>{field}</b>\\input{{{field}}}|$x$&amp;%s\u202e\u2066"
        f"[{field}](http://x.y)\r\nError: forged\u2028=1+1"
    )


def commands_in(text: str) -> list[str]:
    return COMMANDS.findall(text)


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    """One whose context, tables and names say something hostile wherever they hold a text."""
    events = [
        make_event(event_id=name, title="t", announced_at=f"2025-01-2{day}", groups="one;two")
        for name, day in (("own", 7), ("other", 8))
    ]
    groups = Groups(
        {"one": Group(hostile("label"), ("NVDA", "MSFT")), "two": Group("b", ("AMD", "^IXIC"))},
        {"NVDA": hostile("name")},
    )
    study = es.EventStudy(car=[(0, 0)], window=(-5, 5))
    made = study.run(
        Events(tuple(events)), es.load_prices("bundled"), groups=groups, event_ids=["own"]
    )
    assert made.context is not None
    texts = ("title", "category", "source", "notes", "shift_reason")
    context = replace(
        made.context,
        events=made.context.events.assign(**{name: hostile(name) for name in texts}),
        confounders=made.context.confounders.assign(title=hostile("confounder")),
        origin={name: hostile(name) for name in (*made.context.origin, "currency")},
    )
    left_out = {name: [hostile(name)] for name in ("event_id", "ticker", "stage", "reason")}
    return replace(
        made,
        context=context,
        assets=replace(made.assets, coefficients=("alpha", hostile("column"))),
        exclusions=pd.DataFrame(left_out),
        notes=(hostile("note"),),
    )


@pytest.fixture(scope="module")
def bundle(result: es.StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fields") / "own"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of characters that the typeface lacks
        es.write_bundle(result, folder, formats=("pdf", "html", "xlsx", "tex", "md", "png"))
    return folder


@pytest.mark.parametrize("ending", ["md", "tex", "html"])
def test_no_file_that_is_shown_commands_its_reader(bundle: Path, ending: str) -> None:
    files = sorted(bundle.rglob(f"*.{ending}"))
    assert files
    for path in files:
        text = path.read_text("utf-8")
        assert not commands_in(text), path
        assert not re.search(r"(?<!\\)<b>", text), path
        if ending == "tex":
            assert "\\input" not in text, path
        if ending != "html":
            assert not [line for line in text.splitlines() if line.startswith("Error: forged")]


def test_json_is_plain_and_reads_back_as_it_was(bundle: Path) -> None:
    for name in ("results.json", "manifest.json", "figures/alt_text.json"):
        assert not commands_in((bundle / name).read_text("utf-8")), name
    read = json.loads((bundle / "results.json").read_text("utf-8"))
    assert read["notes"] == [hostile("note")]
    assert read["title"] == hostile("title")
    assert read["exclusions"][0]["reason"] == hostile("reason")
    origin = json.loads((bundle / "manifest.json").read_text("utf-8"))["data"]
    assert origin["currency"] == hostile("currency")


def test_csv_has_every_text_in_one_cell_behind_an_apostrophe(bundle: Path) -> None:
    cells: set[str] = set()
    for path in sorted((bundle / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            head, *rows = list(csv.reader(stream, strict=True))
        assert {len(row) for row in rows} <= {len(head)}, path
        cells |= {*head, *(cell for row in rows for cell in row)}
    fields = ("ticker", "stage", "reason", "confounder", "column")
    assert {guarded(hostile(field)) for field in fields} <= cells
    assert not [cell for cell in cells if cell.startswith(SIGNS) and not cell[1:2].isdigit()]


def _xml(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in book.namelist():
        if name.endswith(("xml", "rels")):
            yield name, book.read(name).decode()


def test_a_workbook_is_whole_and_computes_nothing(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / "report.xlsx") as book:
        for name, text in _xml(book):
            ElementTree.fromstring(text)
            if name.startswith(("docProps", "xl/drawings")):
                assert not commands_in(text), name
    found = openpyxl.load_workbook(bundle / "report.xlsx")
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    said = [cell for cell in cells if isinstance(cell.value, str) and "reason" in cell.value]
    assert [cell for cell in said if cell.value.startswith("=reason") and cell.quotePrefix]


def test_a_pdf_says_and_shows_text(bundle: Path) -> None:
    for path in (bundle / "report.pdf", *sorted((bundle / "figures").glob("*.pdf"))):
        with pymupdf.open(path) as document:
            told = [*filter(None, document.metadata.values()), *(t[1] for t in document.get_toc())]
            pages = "".join(page.get_text().replace("\n", " ") for page in document)
            assert not [link for page in document for link in page.get_links()]
        assert not commands_in("".join([*told, pages])), path
    with pymupdf.open(bundle / "report.pdf") as document:
        assert visible("=title\x1b[31m") in document.metadata["title"]


def test_the_terminal_shows_codes(result: es.StudyResult) -> None:
    shown = "".join([result.summary(), repr(result), repr(result.context), repr(result.exclusions)])
    assert not commands_in(result.summary() + repr(result) + repr(result.context))
    assert r"\x1b[31m" in shown
