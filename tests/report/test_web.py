"""The report as one HTML file: whole, its own, escaped, and the same bytes on every run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import eventstudy as es
from eventstudy.evidence.parts.evidence import write_evidence
from eventstudy.report.drawing import marks, theme
from eventstudy.report.drawing.blocks import Chart, Page, Table, Text
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.formats.web import render, web_page, whole, write_web_page
from eventstudy.report.formats.web_tables import LIMIT
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, setting, source_line
from eventstudy.report.tables.tidy import evidence_tables, result_tables
from eventstudy.result.storage import write_result
from eventstudy.text.table import Column, Row

EVENT = "deepseek-app-store"
VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></svg>",
    "a & b' {{ 7*7 }}",
)
PROGRAM = """
import sys
import eventstudy as es
from eventstudy.evidence.parts.evidence import load_evidence
from eventstudy.report.story import Story
from eventstudy.report.formats.web import write_web_page
from pathlib import Path
place = Path(sys.argv[1])
write_web_page(Story(es.load(place), sys.argv[2], load_evidence(place)), Path(sys.argv[3]))
"""


class Reader(HTMLParser):
    """Elements with their attributes, and the text in each; fails where tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, [self.elements[i][0] for i in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open.pop()][0] == tag, tag

    def handle_data(self, data: str) -> None:
        for index in self.open:
            self.texts[index] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def texts_of(self, tag: str) -> list[str]:
        pairs = zip(self.elements, self.texts, strict=True)
        return [text for (name, _), text in pairs if name == tag]

    def said(self, *tags: str) -> list[str]:
        pairs = zip(self.elements, self.texts, strict=True)
        return [" ".join(text.split()) for (name, _), text in pairs if name in tags]


@pytest.fixture(scope="module")
def story(flagship) -> Story:
    return flagship.story(EVENT)


@pytest.fixture(scope="module")
def html(story: Story) -> str:
    return web_page(story)


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    return Reader(html)


ABOUT = {
    "figures_are": "Returns in percent.",
    "title": "Event study: something",
    "event": "Something happened",
    "event_id": "something",
    "method": "Market model",
    "source": "Prices: a file.",
    "digest": "",
    "maker": "eventstudy 0",
}


def line(fig: Figure, rect: Rect) -> None:
    rect.add_axes(fig).plot([0, 1], color=theme.ink().blue)


def page(name: str, *blocks: Chart | Text | Table, finding: str = "A finding") -> Page:
    return Page(name, finding, "On what it rests. Market model", blocks)


class TestContent:
    def test_the_finding_and_the_answer_come_first(self, story, read):
        assert read.said("h1") == [story.finding()]
        assert read.said("title") == [story.title]
        items = read.said("li")
        for sentence in story.answer():
            assert " ".join(sentence.split()) in items

    def test_every_page_has_its_section_in_order(self, story, read):
        pages = list(tell(story).values())
        assert len(pages) == 16
        sections = [a["id"] for a in read.all("section")]
        assert sections == [*(p.name for p in pages), "tables"]
        assert read.said("h2")[1:-1] == [p.finding for p in pages[1:]]
        links = [a["href"] for a in read.all("a") if a.get("class") != "anchor"]
        assert links == ["#findings", *(f"#{s}" for s in sections)]
        anchors = [a["href"] for a in read.all("a") if a.get("class") == "anchor"]
        assert anchors == [f"#{s}" for s in sections[:-1]]

    def test_a_chart_is_drawn_for_wide_and_narrow_with_its_alternative(self, story, read):
        charts = [chart for p in tell(story).values() for chart in p.charts]
        drawn = read.all("svg")
        assert [d["aria-label"] for d in drawn] == [c.alt for c in charts for _ in range(2)]
        assert [d["class"] for d in drawn] == ["wide", "narrow"] * len(charts)
        assert all(c.alt.strip() for c in charts)

    def test_every_figure_of_the_headline_table_appears(self, story, read):
        table = next(b for b in next(iter(tell(story).values())).blocks if isinstance(b, Table))
        cells = Counter(read.said("th", "td"))
        wanted = Counter(cell.strip() for row in table.rows for cell in row.cells)
        assert not wanted - cells
        assert "−13.26" in wanted

    def test_every_table_of_the_bundle_is_there_with_its_length_and_file(self, story, read, html):
        tables = {**result_tables(story.result), **evidence_tables(story.evidence)}
        summaries = [
            s for s, (tag, _) in zip(read.texts, read.elements, strict=True) if tag == "summary"
        ]
        lengths = [
            int(re.search(rf"([\d,]+) rows?(?:, {LIMIT} here)?$", s.strip())[1].replace(",", ""))
            for s in summaries
        ]
        assert lengths == [len(t) for t in tables.values() if len(t)]
        codes = read.said("code")
        for name in tables:
            assert f"tables/{name}.csv" in codes
        assert f"The first {LIMIT} of 1,248 rows; all of them are in <code>tables/tests.csv" in html
        assert "nothing: <code>tables/exclusions.csv</code> has no row" in html

    def test_the_foot_says_who_made_it_of_what(self, story, read):
        foot = read.said("footer")[0]
        assert setting(story) in foot
        assert source_line(story) in foot
        assert f"eventstudy {es.__version__}" in foot
        assert story.result.context.origin["sha256"] in foot


class TestDocument:
    def test_nothing_is_loaded(self, read, html):
        for tag, attributes in read.elements:
            assert not {"src", "srcset", "data", "action", "poster", "style"} & set(attributes), tag
            assert attributes.get("href", "#").startswith(("#", "data:")), attributes
            assert not [name for name in attributes if name.startswith("on")], attributes
        assert not re.search(r"@import|url\((?!\"?data:|#)", html)
        assert "http://" not in html
        assert "https://" not in html

    def test_the_policy_forbids_the_network(self, read):
        policy = next(m["content"] for m in read.all("meta") if m.get("http-equiv"))
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert rules["style-src"].startswith("'sha256-")
        assert rules["script-src"].startswith("'sha256-")
        assert {rules["font-src"], rules["img-src"]} == {"data:"}
        assert "unsafe" not in policy

    def test_ids_are_unique_and_references_lead_somewhere(self, read, html):
        ids = Counter(a["id"] for _, a in read.elements if "id" in a)
        assert [name for name, count in ids.items() if count > 1] == []
        for _, attributes in read.elements:
            for name in ("href", "aria-labelledby", "clip-path"):
                for target in re.findall(r"#([\w-]+)", attributes.get(name, "")):
                    assert target in ids
                if name == "aria-labelledby" and name in attributes:
                    assert attributes[name] in ids
        assert set(re.findall(r"url\(#([\w-]+)\)", html)) <= set(ids)

    def test_tables_say_what_their_cells_are(self, read):
        tables = read.all("table")
        assert len(tables) == len(read.said("caption")) > 30
        assert all(read.said("caption"))
        assert {a["scope"] for a in read.all("th")} == {"col", "row", "rowgroup"}
        named = zip(read.said("th"), read.all("th"), strict=True)
        assert all(text for text, attributes in named if attributes["scope"] == "col")

    def test_it_has_a_language_and_landmarks(self, read):
        assert read.all("html") == [{"lang": "en"}]
        for landmark in ("header", "nav", "main", "footer"):
            assert len(read.all(landmark)) == 1
        assert read.elements[[t for t, _ in read.elements].index("body") + 1][1]["class"] == "skip"

    def test_it_stays_below_two_megabytes(self, html):
        assert len(html.encode()) < 2_000_000


class TestBytes:
    @pytest.mark.slow
    @pytest.mark.weekly
    def test_two_processes_write_the_same(self, story, html, tmp_path):
        (tmp_path / "saved").mkdir()
        write_result(story.result, tmp_path / "saved")
        write_evidence(story.evidence, tmp_path / "saved")
        running = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(tmp_path), EVENT, str(tmp_path / seed)],
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
            for seed in ("1", "2")
        ]
        assert [process.wait(timeout=600) for process in running] == [0, 0]
        assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes() == html.encode()

    def test_line_ends_are_the_same_everywhere(self, story, tmp_path):
        short = replace(story, evidence=None)
        write_web_page(short, tmp_path / "page.html")
        content = (tmp_path / "page.html").read_bytes()
        assert b"\r" not in content
        assert content.endswith(b"</html>\n")


class TestEscaping:
    @pytest.mark.parametrize("word", HOSTILE)
    def test_words_stay_words_wherever_they_stand(self, word):
        columns = (Column(word, "left"), Column(f"{word}\n{word}"))
        table = Table(columns, (Row([word], group=True), Row([word, word])), word, word, word)
        text = Text((Paragraph(word), Paragraph(word, bullet="•"), Paragraph(word, weight="bold")))

        def draw(fig: Figure, rect: Rect) -> None:
            rect.add_axes(fig).set_title(word)

        pages = [
            page("headline", text, table, finding=word),
            page("other", Chart("c", draw, word), finding=word),
        ]
        about = {**ABOUT, **dict.fromkeys(("title", "event", "event_id", "method", "source"), word)}
        frame = pd.DataFrame({word: ["a", "b"], "ticker": [word, "–"]})
        html = render(pages, {"tests": frame}, about)
        read = Reader(html)
        plain = Reader(
            render([page("headline", text), page("other", Chart("c", line, "x"))], {}, ABOUT)
        )
        assert len(read.all("script")) == len(plain.all("script")) == 2
        assert not read.all("img")
        said = " ".join(word.split())
        assert read.said("h1") == [said]
        assert read.said("title") == [said]
        assert said in read.said("td")
        assert said in [text.strip() for text in read.said("text")]
        assert [a["aria-label"] for a in read.all("svg")] == [word] * 2
        assert "49" not in " ".join(read.said("h1", "h2", "td"))

    def test_a_figure_stays_with_its_unit(self):
        assert whole("fell 16.97% on 27 January 2025 <b>") == (
            'fell 16.97% on <span class="whole">27 January 2025</span> &lt;b&gt;'
        )
        assert whole("over [−1, +1] (p = 0.048)") == (
            'over <span class="whole">[−1, +1]</span> <span class="whole">(p = 0.048)</span>'
        )
        assert whole("is −$25.77 a share") == 'is <span class="whole">−$25.77</span> a share'
        assert whole("AR day 0 as on day +3") == (
            'AR <span class="whole">day 0</span> as on <span class="whole">day +3</span>'
        )

    def test_a_range_is_not_parted(self):
        assert whole("2025, 13 to 18 times") == ('2025, <span class="whole">13 to 18</span> times')
        assert whole("(−25.24% to −$1.1bn), up to 9") == (
            '<span class="whole">(−25.24% to −$1.1bn),</span> up to 9'
        )


class TestBlocks:
    def test_prose_is_headings_lists_and_notes(self):
        text = Text(
            (
                Paragraph("Head", weight="bold"),
                Paragraph("One.", bullet="•"),
                Paragraph("Two.", bullet="•"),
                Paragraph("Body."),
                Paragraph("Line.", space=1.0),
                Paragraph("Note.", quiet=True),
            )
        )
        read = Reader(render([page("headline"), page("methods", text)], {}, ABOUT))
        assert read.said("h3") == ["Head"]
        assert [s for s in read.said("li") if s.endswith(".")] == ["One.", "Two."]
        kinds = {
            text: a.get("class")
            for (tag, a), text in zip(read.elements, read.texts, strict=True)
            if tag == "p"
        }
        assert [kinds[t] for t in ("Body.", "Line.", "Note.")] == ["body", "tight", "small"]

    def test_the_method_is_told_at_the_top_and_in_the_footer(self):
        pages = [page("headline"), page("forest", Chart("c", line, "x")), page("claims")]
        read = Reader(render(pages, {}, ABOUT))
        subtitles = [
            text
            for (_, a), text in zip(read.elements, read.texts, strict=True)
            if a.get("class") == "subtitle"
        ]
        assert subtitles[:3] == [
            "On what it rests. Market model",
            "On what it rests.",
            "On what it rests.",
        ]
        assert "Market model. Prices: a file." in read.said("footer")[0]

    def test_an_unknown_page_is_called_by_its_name(self):
        read = Reader(render([page("headline"), page("some-new-page")], {}, ABOUT))
        assert "Some new page" in read.said("a")

    def test_shades_keep_their_light_ground(self):
        def shades(fig: Figure, rect: Rect) -> None:
            rect.add_axes(fig).pcolormesh([[0.0, 1.0], [2.0, 3.0]], cmap="viridis")

        pages = [page("headline"), page("a", Chart("c", line, "x"), Chart("d", shades, "y"))]
        read = Reader(render(pages, {}, ABOUT))
        classes = [a["class"] for a in read.all("div") if "chart" in a["class"]]
        assert classes == ["chart", "chart card"]


def embedded(read: Reader) -> dict[str, Any]:
    """What the page holds for its script."""
    kinds = zip(read.all("script"), read.texts_of("script"), strict=True)
    return json.loads(next(text for a, text in kinds if a.get("type") == "application/json"))


def told(data: dict[str, Any], chart: int) -> list[list[tuple[str, dict[str, str]]]]:
    """Name and figures of every mark, drawing by drawing."""
    heads, texts, places = (data["charts"][chart][name] for name in ("heads", "texts", "places"))
    return [
        [(texts[i][1], dict(zip(heads[texts[i][0]], texts[i][2:], strict=True))) for i in flat[::7]]
        for flat in places
    ]


class TestMarks:
    def test_every_chart_of_the_report_tells_of_its_marks(self, story, read):
        data = embedded(read)
        charts = [chart for p in tell(story).values() for chart in p.charts]
        assert len(data["charts"]) == len(charts)
        for number, chart in enumerate(charts):
            if chart.name == "curve":  # drawn by the script
                continue
            wide, narrow = told(data, number)
            assert len(wide) > 3, chart.name
            assert len(narrow) > 3, chart.name
            assert all(figures for _, figures in wide), chart.name

    def test_the_heat_map_tells_the_figure_of_every_cell(self, story, read):
        charts = [chart.name for p in tell(story).values() for chart in p.charts]
        wide, _ = told(embedded(read), charts.index("heatmap"))
        table = story.abnormal_returns
        assert len(wide) == table.size
        assert ("Nvidia, day 0", {"Abnormal return": "−13.26%"}) in wide

    def test_the_forest_tells_estimate_interval_and_p(self, story, read):
        charts = [chart.name for p in tell(story).values() for chart in p.charts]
        wide, _ = told(embedded(read), charts.index("forest"))
        figures = dict(wide)["Nvidia"]
        assert figures["Abnormal return"] == "−13.26%"
        assert figures["p"] == "0.004"

    def test_marks_are_where_they_are_drawn(self):
        def draw(fig: Figure, rect: Rect) -> None:
            ax = rect.add_axes(fig)
            ax.set(xlim=(0, 10), ylim=(0, 4))
            marks.note(ax, [5], [1], ["a point"], {"Figure": ["1"]})
            marks.note(ax, [0, 10], [0, 4], ["left", "right"], {"Figure": ["–", "2"]}, (1, None))

        pages = [page("headline"), page("other", Chart("c", draw, "x", height=400))]
        flat = embedded(Reader(render(pages, {}, ABOUT)))["charts"][0]["places"][0]
        assert flat[1:7] == [360, 300, 0, 0, 0, 0]
        assert flat[8:14] == [0, 400, -72, 0, 72, 400]
        assert flat[15:21] == [720, 0, 648, 0, 792, 400]

    def test_a_mark_without_a_place_or_a_figure_says_nothing_of_it(self):
        def draw(fig: Figure, rect: Rect) -> None:
            ax = rect.add_axes(fig)
            names, figures = ["there", "nowhere"], {"Figure": ["–", "2"], "Other": ["1", "2"]}
            marks.note(ax, [0.5, np.nan], [0.5, 0.5], names, figures)

        data = embedded(Reader(render([page("headline", Chart("c", draw, "x"))], {}, ABOUT)))
        assert told(data, 0) == [[("there", {"Other": "1"})]] * 2

    def test_noting_needs_a_figure_a_mark(self):
        with marks.collected(), pytest.raises(ValueError, match="one figure a head"):
            marks.note(Figure().add_subplot(), [1, 2], [1, 2], ["a", "b"], {"Figure": ["1"]})


class TestChoices:
    def test_the_page_holds_the_whole_curve_to_twelve_digits(self, story, read):
        data = embedded(read)["choices"]["specifications"]
        table = story.evidence.curve.specifications
        for head, column in (
            ("estimate", "estimate"),
            ("low", "ci_low"),
            ("high", "ci_high"),
            ("p", "p_value"),
        ):
            held = [v for e in data["entities"] for w in e["windows"] for v in w[head]]
            assert held == pytest.approx(table[column].tolist(), rel=1e-11)

    def test_what_is_in_no_specification_has_a_reason(self, story, read):
        data = embedded(read)["choices"]["specifications"]
        model, benchmark = (choice["options"] for choice in data["choices"][:2])
        entity = data["entities"][0]
        rows = np.array(entity["rows"]).reshape(-1, len(data["choices"]))
        there = {f"{m} {b}" for m, b in rows[:, :2]}
        pairs = {f"{m} {b}" for m in range(len(model)) for b in range(len(benchmark))}
        assert set(entity["absent"]) == pairs - there
        own = next(e for e in data["entities"] if e["name"] == "Nasdaq Composite")
        key = f"{model.index('Market model')} {benchmark.index('Nasdaq Composite')}"
        assert "is the same as" in own["absent"][key]
