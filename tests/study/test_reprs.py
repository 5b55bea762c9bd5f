"""What every object prints: short and plain in a terminal, escaped and aligned in a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.evidence.parts.evidence import PARTS
from eventstudy.files.manifest import Difference
from eventstudy.result.answer import answer_of
from eventstudy.text.brief import MOST_ROWS, Brief, Shown, brief_html, brief_text
from eventstudy.text.lines import WIDTH, first_lines, one_line
from eventstudy.text.numbers import dollars, number, p_text, percent
from eventstudy.text.table import PlainTable

REPOSITORY = Path(__file__).resolve().parents[2]
MOST = 25
HOSTILE = '<b onclick="x">&'


class Reader(HTMLParser):
    """The tags and the text of a fragment; fails where tags do not match."""

    VOID = ("br",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.cells.append([])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1].append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


ALLOWED = {"div", "p", "strong", "small", "br"}
ALLOWED |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def check(one: Any, *, html: bool = True) -> tuple[str, str]:
    """Both forms of an object, after what holds for every object."""
    text = repr(one)
    lines = text.split("\n")
    assert len(lines) <= MOST
    assert max(map(len, lines)) <= WIDTH
    assert not any(line != line.rstrip() for line in lines)
    assert not re.search(r"\d\.\d{7}", text)
    if not html:
        return text, ""
    page = one._repr_html_()
    read = Reader(page)
    assert {tag for tag, _ in read.tags} <= ALLOWED
    for tag, attributes in read.tags:
        assert set(attributes) <= {"style", "scope"}, tag
        assert re.fullmatch(r"(text-align:(left|right))?", attributes.get("style") or "")
    assert sum(tag == "tr" for tag, _ in read.tags) <= 2 * (MOST_ROWS + 1) + 1
    assert not re.search(r"\d\.\d{7}", read.text)
    return text, page


@pytest.fixture(scope="module")
def prices() -> Any:
    return es.load_prices("bundled")


@pytest.fixture(scope="module")
def one(registered: es.StudyResult) -> es.StudyResult:
    return registered.only("deepseek-app-store")


@pytest.fixture(scope="module")
def evidence(one: es.StudyResult, prices: Any) -> es.Evidence:
    return es.gather_evidence(one, prices)


@pytest.fixture(scope="module")
def many() -> es.StudyResult:
    """Sixty observations at sixty dates in forty groups, with a covariate."""
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2022-01-03", periods=420)
    market = rng.normal(0, 0.01, 420)
    returns = market[:, None] + rng.normal(0, 0.02, (420, 60))
    frame = pd.DataFrame(returns, days, [f"F{i}" for i in range(60)]).assign(mkt=market)
    observations = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(60)],
            "ticker": [f"F{i}" for i in range(60)],
            "date": days[rng.integers(300, 400, 60)],
            "group": [f"g{i % 40}" for i in range(60)],
            "size": rng.normal(size=60),
        }
    )
    study = es.EventStudy(benchmark="mkt", car=[(0, 0), (-1, 1)])
    return study.run(observations, returns=frame)


@pytest.fixture(scope="module")
def calibration() -> Any:
    return es.calibrate(
        n_events=8, samples=10, rho=[0, 0.1], variance=[1, 2, 3, 4], estimation=(-60, -6)
    )


def reference() -> es.Benchmarks:
    """Fourteen firms, each against the others."""
    days = pd.bdate_range("2024-01-01", periods=40)
    names = [f"F{i}" for i in range(14)]
    wide = pd.DataFrame(np.random.default_rng(1).normal(0, 0.01, (40, 14)), days, names)
    traits = pd.DataFrame({"ticker": names, "market_value": np.arange(1.0, 15.0)})
    events = pd.DataFrame({"ticker": [*names, "absent"], "date": days[20]})
    by = {"market_value": 1}
    return es.reference_portfolios(events, traits, returns=wide, by=by, held=(0, 5))


@pytest.fixture(scope="module")
def objects(
    registered: es.StudyResult,
    one: es.StudyResult,
    many: es.StudyResult,
    evidence: es.Evidence,
    prices: Any,
    calibration: Any,
) -> dict[str, Any]:
    events = es.read_events(REPOSITORY / "events.csv")
    return {
        "two events": registered,
        "one event": one,
        "many events": many,
        "context": one.context,
        "estimates": one.assets,
        "portfolios": one.portfolios,
        "prices": prices,
        "events": events,
        "event": events["deepseek-r1"],
        "groups": es.read_groups(),
        "spec": one.spec,
        "case": es.Case(one, prices),
        "evidence": evidence,
        **{name: getattr(evidence, name) for name in PARTS},
        "calibration": calibration,
        "regression": es.regress(many, "size"),
        "wide regression": es.regress(many, "size + np.log(size**2) + C(event_id < 'e3')"),
        "panel": es.stacked_did(many, window=(-2, 2)),
        "benchmarks": reference(),
        "volatility": es.volatility_study(one),
        "verification": es.Verification(
            Path("outputs/own"), "0" * 64, 90, (Difference("report.pdf", "altered"),), "1" * 64
        ),
    }


NAMES = (
    *("two events", "one event", "many events", "context", "estimates", "portfolios", "prices"),
    *("events", "event", "groups", "spec", "case", "evidence", *PARTS, "calibration"),
    *("regression", "wide regression", "panel", "benchmarks", "volatility", "verification"),
)


@pytest.mark.parametrize("name", NAMES)
def test_every_object_has_both_forms_short_and_plain(objects, name):
    text, page = check(objects[name])
    assert text
    assert "object at 0x" not in text
    assert "DataFrame" not in text
    assert "<strong>" in page


def test_every_public_class_is_among_them(objects):
    """What a user gets back from a public function, by its class."""
    shown = {type(one).__name__ for one in objects.values()}
    classes = {n for n in es.__all__ if n[0].isupper() and isinstance(getattr(es, n), type)}
    classes -= {n for n in classes if issubclass(getattr(es, n), Exception)}
    assert classes - shown == {"EventStudy", "Grid", "Window", "ETable"} & classes


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("event", "spec")])
def test_numbers_stand_right_and_words_left(objects, name):
    page = objects[name]._repr_html_()
    body = re.findall(r'<td style="text-align:(left|right)">([^<]*)</td>', page)
    assert body
    figure = re.compile(r"[−+]?[\d,]+\.\d+( %)?|[<]?0\.\d{3}|&lt;0\.001")
    for side, cell in body:
        if figure.fullmatch(cell):
            assert side == "right", cell
        if re.fullmatch(r"[A-Za-z]{4,}[a-z ]*", cell) and cell not in ("yes", "default"):
            assert side == "left", cell


def test_the_result_says_its_finding_with_its_figures(one, registered):
    table = one.by("group")
    page = Reader(one._repr_html_())
    nvidia = table.loc[("nvidia", 0, 0)]
    assert page.words[0] == answer_of(one).title_sentence
    row = next(cells for cells in page.cells if cells[0] == "ai-power")
    assert row[2] == percent(table.loc[("ai-power", 0, 0), "tested"])
    assert row[-1] == p_text(table.loc[("ai-power", 0, 0), "p_value"], prefix=False)
    text = repr(registered)
    assert "56 observations at 2 events" in text
    assert percent(nvidia["tested"]) in text
    assert re.search(r"… and \d more rows; see summary\(\)\.", text)


def test_a_long_summary_is_cut_and_says_where_the_rest_is(many, monkeypatch):
    assert "… and" in repr(many)
    monkeypatch.setattr(type(many), "summary", lambda self: "\n".join(map(str, range(60))))
    lines = repr(many).split("\n")
    assert lines[0] == "0"
    assert lines[-1] == f"… and {60 - (len(lines) - 1)} more lines; see summary()."


def test_more_rows_than_fit_are_counted(many):
    page = Reader(many._repr_html_())
    groups = len(many.by("group").reset_index()["group"].unique())
    assert groups == 41
    assert len(page.cells) == MOST_ROWS + 1
    assert f"… and {groups - MOST_ROWS} more rows; see by('group')." in page.text


def test_what_was_left_out_stands_below(one):
    lost = one.exclusions.iloc[:0]
    row = pd.DataFrame(
        [{**dict.fromkeys(lost.columns, ""), "ticker": "ZZZ", "reason": "no prices"}]
    )
    page = Reader(replace(one, exclusions=row)._repr_html_())
    assert "ZZZ" in page.text
    assert "no prices" in page.text


def test_the_parts_of_the_evidence_say_their_figures(evidence):
    curve = evidence.curve.summary.iloc[0]
    text = repr(evidence.curve)
    assert percent(curve["median"], unit=False) in text
    assert p_text(curve["p_median"], prefix=False) in text
    placebo = evidence.placebos.summary.iloc[0]
    assert number(placebo["statistic"], signed=True) in repr(evidence.placebos)
    total = evidence.value.total
    assert dollars(total["abnormal"], signed=True) in repr(evidence.value)
    pair = evidence.contrasts.pairs.iloc[0]
    assert percent(pair["car"], unit=False) in repr(evidence.contrasts)
    back = evidence.recovery.table.query("key == 'NVDA' and days == 'all' and horizon == 60")
    assert percent(back["share"].item(), 0, unit=False) in repr(evidence.recovery)
    assert f"{int(evidence.contamination.table['flagged'].sum())} of" in repr(
        evidence.contamination
    )
    verdicts = evidence.claims.claims["verdict"].value_counts()
    assert f"{verdicts['supported']} of {verdicts.sum()} claims" in repr(evidence.claims)
    assert f"{verdicts['mixed']} are not shown" in repr(evidence.claims)


def test_a_missing_figure_has_its_reason(evidence):
    table = evidence.recovery
    absent = es.Evidence(event_id="e", absent={"value": "no shares are known"})
    text, page = check(absent)
    assert "none: no shares are known" in text
    assert "none: no shares are known" in Reader(page).text
    unknown = [r for r in set(evidence.value.assets["reason"]) if r]
    assert unknown
    assert all(reason in repr(evidence.value).replace("\n", " ") for reason in unknown)
    assert "–" in repr(table)


@pytest.mark.parametrize("part", PARTS)
def test_parts_without_rows_still_print(evidence, part):
    found = getattr(evidence, part)
    empty = {
        f.name: getattr(found, f.name).iloc[:0]
        for f in fields(found)
        if isinstance(getattr(found, f.name), pd.DataFrame)
    }
    if part == "value":  # the total is a row of it
        empty["totals"] = found.totals.iloc[[-1]]
        empty["indices"] = found.indices
    if part == "damages":  # the event day is a row of it
        empty["per_share"] = found.per_share.iloc[:1]
    check(replace(found, **empty))


@pytest.mark.parametrize("part", PARTS)
def test_hostile_names_are_escaped_in_every_part(evidence, part):
    """Names, titles and reasons come from files that anyone wrote."""
    found = getattr(evidence, part)
    words = ("name", "label", "title", "says", "source", "why", "reason", "a")
    changed = {
        f.name: table.assign(**{w: table[w].astype(str) + HOSTILE for w in words if w in table})
        for f in fields(found)
        if isinstance(table := getattr(found, f.name), pd.DataFrame)
    }
    for name in {"contrasts": ["lead"], "damages": ["name"]}.get(part, []):
        changed[name] = f"{getattr(found, name)}{HOSTILE}"
    _, page = check(replace(found, **changed))
    assert "<b" not in re.sub(r"<br>", "", page)
    assert "&lt;b onclick=&quot;x&quot;&gt;&amp;" in page


def test_hostile_tickers_and_groups_are_escaped():
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2023-01-02", periods=300)
    names = [f"{HOSTILE}{i}" for i in range(3)]
    frame = pd.DataFrame(rng.normal(0, 0.02, (300, 3)), days, names).assign(mkt=0.01)
    frame["mkt"] = rng.normal(0, 0.01, 300)
    seen = pd.DataFrame(
        {"event_id": f"{HOSTILE}e", "ticker": [*names, "<i>none"], "date": days[280]}
    ).assign(group=[f"{HOSTILE}g", f"{HOSTILE}g", "a & b <p>", "h"])
    study = es.EventStudy(benchmark="mkt", estimation=(-200, -11), window=(-2, 2), car=[(0, 0)])
    result = study.run(seen, returns=frame)
    for shown in (result, result.assets, es.volatility_study(result)):
        _, page = check(shown)
        assert "&lt;b onclick" in page
    assert "&lt;i&gt;none" in result._repr_html_()


def test_prices_say_what_they_hold_and_what_is_missing(prices):
    text, page = check(replace(prices, unavailable={"X<y": "X<y is not listed"}, flags=("A & B",)))
    assert "33 tickers on 562 sessions of XNYS, 2023-04-03 to 2025-06-30" in text.replace("\n", " ")
    assert "X<y: X<y is not listed." in text
    assert "X&lt;y: X&lt;y is not listed." in page
    assert "A &amp; B" in page
    row = next(cells for cells in Reader(page).cells if cells[0] == "ARM")
    close = prices.close["ARM"]
    assert row[1] == f"{close.first_valid_index():%Y-%m-%d}"
    assert row[3:] == [number(close.dropna().iloc[-1]), str(close.isna().sum())]


def test_an_empty_panel_of_prices_prints(prices):
    check(replace(prices, close=prices.close.iloc[:0], adj_close=prices.adj_close.iloc[:0]))


def test_a_specification_prints_as_it_is_written():
    study = es.EventStudy(model="mean", tests=["t"], car=[(0, 0), (-1, 1)], min_obs=60)
    text, page = check(study.spec)
    assert "model='mean'" in text
    assert "car=((0, 0), (-1, 1))" in text.replace("\n          ", " ")
    assert "seed" not in text
    again = eval(text.replace("StudySpec", "dict"))
    assert es.StudySpec(**again) == study.spec
    assert repr(study).startswith("EventStudy(model='mean', ")
    check(study, html=False)
    rows = {cells[0]: cells[1:] for cells in Reader(page).cells}
    assert rows["seed"] == ["0", "default"]
    assert rows["min_obs"] == ["60"]


def test_registered_things_print_on_a_line():
    events = es.read_events(REPOSITORY / "events.csv")
    things = [*es.read_claims(), *events, *es.list_models().values(), *es.list_tests().values()]
    for thing in things:
        assert "\n" not in repr(thing)
        assert len(repr(thing)) <= WIDTH
    shares = es.load_shares(REPOSITORY / "eventstudy" / "data" / "shares.toml")
    assert repr(shares["NVDA"]) == "Shares('NVDA', 24,490,000,000, as of 2024-11-15)"
    assert "deepseek-r1" in repr(events["deepseek-r1"])
    assert "2 in the headline" in repr(events)


def test_a_calibration_shows_its_rates_and_counts_further_settings(calibration):
    page = Reader(calibration._repr_html_())
    rates = calibration.by_setting()
    assert page.cells[0][1:] == list(rates.columns[:6])
    first = page.cells[1]
    assert first[0] == rates.index[0]
    assert first[1].rstrip("*") == percent(rates.iloc[0, 0], 1, signed=False, unit=False)
    assert "… and 2 more settings; see by_setting()." in page.text


def test_a_regression_names_the_terms_that_stand_out(many):
    found = es.regress(many, "size")
    p = found.table.loc["size", "p_value"]
    page = Reader(found._repr_html_())
    assert page.words[0].startswith(f"{int(p < 0.05)} of 1 term differ")
    row = next(cells for cells in page.cells if cells[0] == "size")
    assert row[1] == number(found.table.loc["size", "coef"], 5)


def test_volatility_says_its_ratio_first(objects):
    found = objects["volatility"]
    ratio = found.averages.query("group == 'all' and start == 0 and end == 0")["ratio"].item()
    assert Reader(found._repr_html_()).words[0].startswith(f"all: {number(ratio)} times")
    assert found.summary().split("\n")[2].split()[:4] == ["all", "day", "0", number(ratio)]


# The room itself.


class Thing(Shown):
    def __init__(self, brief: Brief) -> None:
        self.brief = brief

    def _brief(self) -> Brief:
        return self.brief


def table(rows: int, *, title: str = "") -> PlainTable:
    cells = [(f"name {i}", str(i), "a long text " * 9) for i in range(rows)]
    return PlainTable.of(("name", "figure", "words"), cells, rows, (0, 2), title, "table")


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 400])
@pytest.mark.parametrize("listings", [1, 2])
@pytest.mark.parametrize("notes", [0, 1, 3, 40])
def test_whatever_an_object_holds_it_stays_short(rows, listings, notes):
    brief = Brief(
        "A finding of many words, " * 6,
        "About it",
        tuple(table(rows, title="Titled") for _ in range(listings)),
        tuple(f"note {i} " + "with words " * 20 for i in range(notes)),
    )
    text, page = check(Thing(brief))
    assert text.startswith("A finding")
    if rows > MOST_ROWS:
        assert text.count("more rows; see table.") == listings
        assert page.count(f"… and {rows - MOST_ROWS} more rows; see table.") == listings
    if notes > 8:
        assert "more notes." in text
        assert f"… and {notes - 8} more notes." in page


def test_no_line_ends_inside_a_figure():
    text = brief_text(Brief(" ".join(["−12.5%", "(p = 0.004)", "[−1, +1]"] * 12)))
    for line in text.split("\n"):
        assert not line.endswith(("=", "[−1,", "−12.5"))
        assert "\N{NO-BREAK SPACE}" not in line


def test_wide_letters_count_double():
    rows = [("日本銀行", "1"), ("Fed", "20")]
    text = brief_text(Brief("Found", "", (PlainTable.of(("bank", "x"), rows, 2),)))
    assert text.split("\n")[-2:] == ["日本銀行   1", "Fed       20"]


def test_cut_and_one_line() -> None:
    assert first_lines("a\nb", 2) == "a\nb"
    assert first_lines("a\nb\n\nc\nd", 4, "all()") == "a\nb\n… and 3 more lines; see all()."
    assert one_line("a\n b") == "a b"
    assert len(one_line("x" * 100)) == WIDTH


def test_a_brief_is_required() -> None:
    maker: Callable[[], str] = lambda: repr(Shown())  # noqa: E731
    with pytest.raises(NotImplementedError):
        maker()
    assert brief_html(Brief("<x>")) == "<div><p><strong>&lt;x&gt;</strong></p></div>"


@pytest.mark.parametrize("order", [("known", "unknown"), ("unknown", "known")])
def test_an_event_without_estimates_leaves_the_others_printed(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    groups = {"known": "NVDA;MSFT", "unknown": "ZZZZ"}
    rows = [f"{one},A title,2025-01-27,{groups[one]}" for one in order]
    events = tmp_path / "events.csv"
    events.write_text("\n".join(["event_id,title,announced_at,groups", *rows]))
    printed = repr(es.EventStudy().run(es.read_events(events), es.load_prices("bundled")))
    assert {"NVDA", "MSFT", "−13.26%"} <= set(printed.split())


@pytest.mark.parametrize("placebo", [True, False])
def test_a_printed_table_of_cars_shows_the_quoted_p_and_its_interval(placebo):
    study = es.EventStudy(placebo=placebo)
    events, prices = es.read_events(REPOSITORY / "events.csv"), es.load_prices("bundled")
    table = study.run(events, prices, event_ids=["deepseek-app-store"]).car((0, 0))
    with pd.option_context("display.width", 80, "display.max_columns", 0):
        printed = repr(table)
    assert max(map(len, printed.splitlines())) <= 80
    heads = printed.splitlines()[0].split()
    quoted = "p_placebo placebo_low placebo_high" if placebo else "p_value ci_low ci_high"
    for name in ("car", *quoted.split()):
        assert name in heads
