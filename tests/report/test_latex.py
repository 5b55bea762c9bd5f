"""LaTeX and Markdown: nothing in a cell is markup, rows have equal columns, and it is all there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events, read_events
from eventstudy.report.story import Story
from eventstudy.report.tables.printed import (
    MOST_REFUSED,
    headline_tests,
    printed_tables,
    write_latex,
    write_markdown,
)
from eventstudy.text.latex import beyond_pdflatex, escape_latex, latex_of
from eventstudy.text.lines import visible
from eventstudy.text.markdown import escape_markdown, markdown_of
from eventstudy.text.numbers import percent
from eventstudy.text.table import Column, PlainTable, Row

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"

WORDS = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "ldots": "…"}
SIGNS = {
    "-": "−",
    "<": "<",
    ">": ">",
    "|": "|",
    r"\leq": "≤",
    r"\geq": "≥",
    r"\neq": "≠",
    r"\approx": "≈",
    r"\pm": "±",
    r"\times": "×",
    r"\cdot": "·",
    r"\rightarrow": "→",
    r"\surd": "√",
    r"\infty": "∞",
    r"\bullet": "●",
    r"\circ": "○",
    "^{2}": "²",
    r"\Sigma": "Σ",
    r"\Delta": "Δ",
    r"\alpha": "α",
    r"\beta": "β",
    r"\gamma": "γ",
    r"\delta": "δ",
    r"\varepsilon": "ε",
    r"\mu": "μ",
    r"\rho": "ρ",
    r"\sigma": "σ",
    r"\tau": "τ",
}
GROUPS = {"": "", "`": "`", "'": "’", "''": '"', "``": "“", "--": "–", "---": "—"}
ALIKE = str.maketrans({"‘": "`", "”": '"'})
"""Signs that TeX writes as another one."""
TOKEN = re.compile(
    r"\\(?P<escaped>[{}&%$#_])|\\(?P<word>[a-z]+)\{\}|\$(?P<sign>[^$]*)\$|\{(?P<group>[^{}]*)\}"
    r"|(?P<plain>[^\\{}&%$#_~^])"
)


def read_latex(text: str) -> str:
    """What TeX would print of escaped text; fails on anything that it would take for markup."""
    found, at = [], 0
    while at < len(text):
        token = TOKEN.match(text, at)
        assert token, f"{text[at : at + 20]!r} is markup"
        kind, value = token.lastgroup, token[token.lastgroup]
        meaning = {"word": WORDS, "sign": SIGNS, "group": GROUPS}.get(kind)
        found.append(value if meaning is None else meaning[value])
        at = token.end()
    return "".join(found)


def spoken(text: str) -> str:
    """The text with single blanks for whatever cannot be printed."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return unicodedata.normalize("NFC", " ".join(printable.split())).translate(ALIKE)


class TestEscape:
    @given(st.text(st.sampled_from("\\{}&%$#_~^<>|\"'`-–—…−≤ab[]*!?,.;:/=+@0 \t\n")) | st.text())
    def test_every_text_is_printed_as_it_is(self, text):
        assert read_latex(escape_latex(text)) == spoken(text)

    @given(st.text(st.sampled_from("-'`,!?")))
    def test_no_two_signs_are_joined_into_one(self, text):
        bare = re.sub(r"\{[^{}]*\}", " ", escape_latex(text))
        assert not re.search(r"--|''|,,|`", bare)

    @pytest.mark.parametrize(
        ("text", "latex"),
        [
            ("−13.26%", r"$-$13.26\%"),
            ("S&P 500 (^GSPC)", r"S\&P 500 (\textasciicircum{}GSPC)"),
            ("EW_EX_AI", r"EW\_EX\_AI"),
            ("−$593bn", r"$-$\$593bn"),
            ("p < 0.001", "p $<$ 0.001"),
            (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
            ("{x}~#1", r"\{x\}\textasciitilde{}\#1"),
            ("–", "{--}"),
            ("--", "-{}-"),
        ],
    )
    def test_the_specials(self, text, latex):
        assert escape_latex(text) == latex

    def test_letters_beyond_pdflatex_are_kept_and_told(self):
        table = PlainTable((Column("深度 Žluťoučký ą", "left"),), (Row(("x",)),))
        assert "深度 Žluťoučký ą" in latex_of(table)
        assert "% Compile with LuaLaTeX or XeLaTeX, for the sake of ą 度 深." in latex_of(table)
        assert beyond_pdflatex(escape_latex("Crédit Agricole − 5 ≤ β …")) == []


class TestEscapeMarkdown:
    @given(st.text(st.sampled_from("\\`*_{}[]()<>|~$#&;!/:.w+-= \nabc1")) | st.text())
    def test_no_cell_breaks_its_row_or_opens_markup(self, text):
        escaped = escape_markdown(text)
        assert "\n" not in escaped
        unescaped = re.sub(r"\\[\\`*_|~$\]<&:.]", " ", escaped)
        assert not re.search(r"://|www\.|[`*_|~$\\]|\]\(|\]\[|<[A-Za-z/!?]|&#?\w+;", unescaped)
        assert re.sub(r"\\([\\`*_|~$\]<&:.])", r"\1", escaped) == visible(" ".join(text.split()))

    @pytest.mark.parametrize(
        "text", ["# no heading", "1. no list", "- no list", "> no quotation", "=== no heading"]
    )
    def test_no_note_begins_a_block(self, text):
        table = PlainTable((Column("x"),), (Row(("1",)),), notes=(text,))
        last = markdown_of(table).rstrip().splitlines()[-1]
        assert not re.match(r"[#>+=-]|\d+[.)]", last)
        assert last.replace("\\", "") == text


@pytest.fixture(scope="module")
def story(flagship) -> Story:
    return flagship.story(EVENT)


@pytest.fixture(scope="module")
def folder(story, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("tables")
    write_latex(story, place)
    write_markdown(story, place)
    return place


NAMES = (
    *("car", "portfolios", "tests", "benchmarks", "placebos", "headline", "specifications"),
    *("recovery", "contrasts", "value_totals", "value_indices", "claims"),
    *("damages_per_share", "damages_inflation"),
)


def check_structure(text: str) -> None:
    """Environments balanced, every row of a tabular with the columns of its head, no raw special."""
    body = [line for line in text.splitlines() if not line.startswith("%")]
    opened: list[str] = []
    columns = 0
    for line in body:
        for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", line):
            if kind == "begin":
                opened.append(name)
            else:
                assert opened.pop() == name
        if line.startswith(r"\begin{tabular}"):
            letters = line[len(r"\begin{tabular}{@{}") : -len("@{}}")]
            columns = len(re.sub(r"\{[^}]*\}", "", letters))
        elif re.search(r"\\\\(\[2pt\])?$|\\tabularnewline(\[2pt\])?$", line):
            spans = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
            assert len(re.findall(r"(?<!\\)&", line)) + spans + 1 == columns, line
            assert not line.startswith(("[", "*"))
    assert not opened
    assert columns
    joined = "\n".join(body)
    assert joined.count("{") - joined.count(r"\{") == joined.count("}") - joined.count(r"\}")
    math = re.sub(r"\$[^$]*\$", "", re.sub(r"\\[\\&%$#_{}]", "", joined))
    assert not re.search(r"[$#_^~]|%(?!$)", math.replace("{%\n", "").replace("%\n", "")), (
        "a special"
    )
    assert beyond_pdflatex(joined) == []
    assert "−" not in joined


class TestFiles:
    def test_are_there_in_both_formats(self, folder):
        for ending in ("tex", "md"):
            assert {path.stem for path in folder.glob(f"*.{ending}")} == set(NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_latex_is_well_formed_and_needs_booktabs_alone(self, folder, name):
        text = (folder / f"{name}.tex").read_text(encoding="utf-8")
        check_structure(text)
        assert text.startswith("% Needs \\usepackage{booktabs}.\n")
        used = set(re.findall(r"\\(begin)\{(\w+)\}", text))
        assert {environment for _, environment in used} <= {"table", "tabular", "minipage"}
        assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\begin{table}")
        assert text.count(r"\label{tab:deepseek-app-store-") == 1
        assert "Prices: the sample shipped with eventstudy" in text

    @pytest.mark.parametrize("name", NAMES)
    def test_markdown_is_a_pipe_table(self, folder, name):
        lines = (folder / f"{name}.md").read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
        assert re.fullmatch(r"\|( (:---|---:) \|)+", rows[1])
        assert lines[0].startswith("**")
        assert lines[-1].startswith("Prices: the sample shipped with eventstudy")

    def test_bytes_are_the_same_every_time(self, folder, story, tmp_path):
        write_latex(story, tmp_path)
        write_markdown(story, tmp_path)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
            p.name: p.read_bytes() for p in folder.iterdir()
        }

    def test_figures_of_both_formats_agree(self, folder):
        for name in NAMES:
            tex = (folder / f"{name}.tex").read_text(encoding="utf-8").replace("$-$", "−")
            rows = (folder / f"{name}.md").read_text(encoding="utf-8").splitlines()
            figures = re.findall(r"−?\d+\.\d+", "\n".join(r for r in rows if r.startswith("|")))
            assert figures
            for figure in figures:
                assert figure in tex, f"{name}: {figure}"


class TestWhatTheyHold:
    def test_benchmarks_are_the_cars_under_each(self, story):
        table = printed_tables(story)["benchmarks"]
        nvidia = next(line for line in table.rows if line.cells[0].strip() == "Nvidia")
        other = story.result.comparison["EW_EX_AI"].car_table((0, 5)).xs("NVDA", level="ticker")
        at = [column.title for column in table.columns].index("[0, +5]\nEW_EX_AI")
        assert nvidia.cells[at] == percent(other["car"].iloc[0], signed=False, unit=False)
        assert nvidia.cells[at - 1] == "−14.41"

    def test_placebos_are_those_of_the_evidence(self, story):
        summary = story.evidence.placebos.summary
        first = summary[(summary["entity"] == "NVDA") & (summary["kind"] == "time")].iloc[0]
        table = printed_tables(story)["placebos"]
        row = next(line for line in table.rows if line.cells[0].strip() == "Nvidia")
        assert row.cells[4] == f"{first['rank']:.0f} of {first['n_placebos'] + 1}"
        assert row.cells[5] == f"{first['p_value']:.3f}"
        assert len([line for line in table.rows if not line.group]) == len(summary)

    def test_claims_have_every_claim_and_part(self, story):
        table = printed_tables(story)["claims"]
        claims = story.evidence.claims
        assert sum(line.group for line in table.rows) == len(claims.claims)
        assert sum(not line.group for line in table.rows) == len(claims.parts)

    def test_tests_are_the_headline_ones(self, story):
        table = headline_tests(story)
        groups = [line.cells[0] for line in table.rows if line.group]
        assert groups[:3] == ["All", "Nvidia", "Nasdaq"]
        quoted = story.result.headline("hyperscalers", (0, 5))
        at = next(i for i, line in enumerate(table.rows) if line.cells == ("Hyperscalers",))
        row = next(line for line in table.rows[at:] if line.cells[0].strip() == "[0, +5]")
        assert row.cells[1] == quoted["test"]
        assert row.cells[2] == f"{quoted['statistic']:.2f}"
        assert row.cells[5] == "5"

    def test_refused_tests_are_named_with_their_reason(self):
        prices = es.load_prices("bundled")
        every = es.EventStudy(tests="all").run(
            read_events(REPOSITORY / "events.csv"), prices, event_ids=[EVENT]
        )
        (said,) = (note for note in headline_tests(Story(every, EVENT)).notes if "Refused" in note)
        refused = every.tests[every.tests["refused"] != ""]
        first = refused.iloc[0]
        assert f"{first['test']} for " in said
        assert first["refused"] in said
        count = len(refused.groupby(["test", "refused"]))
        assert count > MOST_REFUSED
        assert re.search(r"; \d+ more in tables/tests\.csv\.$", said)

    def test_without_evidence_its_tables_are_left_out(self, story):
        names = set(printed_tables(Story(story.result, EVENT)))
        assert names == {"car", "portfolios", "tests", "benchmarks", "headline"}


class TestLongTables:
    def test_are_continued_under_the_same_number_with_their_heading(self, folder):
        text = (folder / "car.tex").read_text(encoding="utf-8")
        parts = text.split(r"\begin{table}")[1:]
        assert len(parts) > 1
        assert text.count(r"\addtocounter{table}{-1}") == len(parts) - 1
        assert all("(continued)}" in part for part in parts[1:])
        assert [part.count(r"\begin{minipage}") for part in parts] == [0] * (len(parts) - 1) + [1]
        for part in parts:
            rows = part.partition(r"\midrule")[2].strip().splitlines()
            assert not rows[0].startswith(" &"), "a standard error without its estimate"
            assert r"\multicolumn{5}{@{}l@{}}{\textbf" not in rows[-4]
        assert sum(part.count("p = ") + part.count("p $<$") for part in parts) == 4 * 28 + 0

    def test_bare_is_one_tabular(self, story):
        text = es.etable(story.result).to_latex(bare=True)
        assert text.count(r"\begin{tabular}") == 1
        assert r"\begin{table}" not in text
        assert r"\caption" not in text
        check_structure(text)

    def test_a_heading_is_not_left_alone_at_the_bottom(self):
        lines = []
        for group in range(40):
            lines.append(Row((f"Group {group}",), group=True))
            lines += [Row((f"   asset {group}.{i}", "1.00")) for i in range(2)]
        table = PlainTable((Column("", "left"), Column("x")), tuple(lines), title="Long")
        for part in latex_of(table).split(r"\bottomrule")[:-1]:
            assert "asset" in part.strip().splitlines()[-1]

    def test_wide_text_is_broken_into_lines(self):
        heads = (Column("", "left"), *(Column(f"{i}") for i in range(12)), Column("Why", "left"))
        lines = (
            Row(("A heading that says more than there is room for. " * 4,), group=True),
            Row(("a long name " * 4, *["−10.00"] * 12, "because of a reason " * 6)),
        )
        text = latex_of(PlainTable(heads, lines, title="Wide"))
        check_structure(text)
        assert re.search(r"\\begin\{tabular\}\{@\{\}p\{[\d.]+em\}r{12}p\{[\d.]+em\}@\{\}\}", text)
        assert r"\tabularnewline" in text
        assert "% Wider than a portrait page" in text


class TestHostile:
    TITLE = r"\input{x} 100% & $x$ #1 _a_ ^b ~c {d} [e] | <f> " + "`g`"

    def test_titles_and_names_stay_text(self, tmp_path):
        event = make_event(
            event_id="own", title=self.TITLE, announced_at="2025-01-27", groups="NVDA;MSFT"
        )
        result = es.EventStudy().run(Events((event,)), es.load_prices("bundled"), event_ids=["own"])
        story = Story(result, "own")
        write_latex(story, tmp_path)
        for path in sorted(tmp_path.glob("*.tex")):
            text = path.read_text(encoding="utf-8")
            check_structure(text)
            assert r"\input" not in text
        assert r"\textbackslash{}input\{x\} 100\% \& \$x\$ \#1" in (tmp_path / "car.tex").read_text(
            encoding="utf-8"
        )

    @pytest.mark.parametrize("name", ["[2cm]", "*", "[", "*x"])
    def test_a_name_is_not_taken_for_an_argument_of_the_row_above(self, name):
        table = PlainTable((Column(name, "left"), Column("x")), (Row((name, "1")),) * 2)
        assert text_rows(latex_of(table, bare=True)) == [
            f"{{}}{name} & x",
            *[f"{{}}{name} & 1"] * 2,
        ]

    def test_a_label_is_of_safe_letters(self):
        table = PlainTable((Column("x"),), (Row(("1",)),), title="t")
        assert r"\label{tab:a-b-c.1}" in latex_of(table, label="tab:a_b}c.1")


def text_rows(latex: str) -> list[str]:
    return [line.removesuffix(r" \\") for line in latex.splitlines() if line.endswith(r"\\")]


def test_a_study_without_car_windows_shows_the_focus_day(tmp_path):
    events = pd.read_csv(REPOSITORY / "events.csv")
    assert EVENT in set(events["event_id"])
    result = es.EventStudy(car=()).run(
        read_events(REPOSITORY / "events.csv"), es.load_prices("bundled"), event_ids=[EVENT]
    )
    table = printed_tables(Story(result, EVENT))["car"]
    assert [" ".join(column.whole_lines) for column in table.columns] == [
        "Abnormal return, %",
        "day 0",
    ]
