"""No page contradicts itself: p, interval, marker, bold type and adjective are one test's.

Two hundred simulated studies of one event, with effects from none to large, normal and fat-tailed
returns, groups of one and of several assets, models, levels and lengths of estimation windows with
which the placebo p meets the level exactly. What is printed is read back from the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.groups import Group, Groups
from eventstudy.events.registry import Events
from eventstudy.evidence.case import Case
from eventstudy.evidence.contrasts import contrasts
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.parts.recovery import NOTHING
from eventstudy.evidence.recovery import recovery
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.report.drawing.blocks import Page, Table, Text
from eventstudy.report.pages.contents import tell
from eventstudy.report.pages.contrasts import _forest_rows
from eventstudy.report.plots.assets import forest_rows
from eventstudy.report.story import Story

STUDIES = 200
SESSIONS = 300
AT = 270
INDICES = ("Nasdaq Composite", "Nasdaq 100", "PHLX Semiconductor")
"""Which are shown but not counted as assets."""
TICKERS = ["A", "B", "C", "D", "E", "F"]
GROUPS = Groups(
    {"pair": Group("Pair", ("B", "C")), "rest": Group("Rest", ("D", "E", "F"))},
    {ticker: f"Firm {ticker}" for ticker in TICKERS},
)
NUMBER = r"[−+]?[\d,]+\.?\d*"

INTERVAL = re.compile(rf"({NUMBER}) to ({NUMBER})")
WITH_INTERVAL = re.compile(
    rf"\((?:{NUMBER}% weighted by 1/s\.e\., )?(?:(?P<level>[\d.]+)% )?interval "
    rf"(?P<low>{NUMBER}) to (?P<high>{NUMBER})%, (?:placebo )?(?P<p>p [=<] 0\.\d+)\)"
)
JUDGED = re.compile(r"(?P<words>strong evidence|evidence|not significant) \((?P<p>p [=<] 0\.\d+)\)")


def read(text: str) -> float:
    return float(text.replace("−", "-").replace("+", "").replace(",", ""))


def read_p(text: str) -> tuple[float, float]:
    """Between what a printed p lies: "0.044", "p = 0.044", "<0.001", "p < 0.001"."""
    if "<" in text:
        return 0.0, 0.001
    value = float(text.split()[-1])
    return value - 0.0005, value + 0.0005


def significant(text: str, level: float) -> bool | None:
    """What a printed p says; None where its rounding leaves it open."""
    low, high = read_p(text)
    return True if high <= level else False if low > level else None


def outside(low: str, high: str) -> bool | None:
    """Whether a printed interval leaves out zero; None where its rounding leaves it open."""
    if "–" in (low, high):
        return None
    a, b = read(low), read(high)
    return None if a == 0 or b == 0 else a > 0 or b < 0


@dataclass
class Reader:
    """Compares verdicts of the same figure, and counts the comparisons that were made."""

    level: float
    where: str
    compared: int = 0

    def same(self, what: str, *verdicts: bool | None) -> None:
        known = {verdict for verdict in verdicts if verdict is not None}
        self.compared += len([v for v in verdicts if v is not None]) > 1
        assert len(known) < 2, f"{self.where}: {what}: {verdicts}"

    def sentence(self, text: str) -> None:
        """Every interval beside a p, and every adjective beside a p, in running text."""
        for found in WITH_INTERVAL.finditer(text):
            if found["level"]:
                assert float(found["level"]) == pytest.approx(100 * (1 - self.level))
            agree = outside(found["low"], found["high"]), significant(found["p"], self.level)
            self.same(found[0], *agree)
        for found in JUDGED.finditer(text):
            low, high = read_p(found["p"])
            if found["words"] == "not significant":
                self.same(found[0], False, significant(found["p"], self.level))
            elif found["words"] == "strong evidence":
                assert low <= self.level / 5, found[0]
            else:
                assert self.level / 5 <= high, found[0]
                assert low <= self.level, found[0]


def texts(page: Page) -> Iterator[str]:
    yield page.finding
    yield page.subtitle
    for block in page.blocks:
        if isinstance(block, Text):
            yield from (paragraph.text for paragraph in block.paragraphs)


def table_of(page: Page) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table))


def answer_table(reader: Reader, page: Page) -> dict[str, bool | None]:
    """The first page: interval, p and bold type of every row; what each entity is said to be."""
    verdicts = {}
    for row in table_of(page).rows:
        if row.group:
            assert row.cells[0].endswith(f"{100 * reader.level:g}%") or "bold" not in row.cells[0]
            continue
        between = INTERVAL.fullmatch(row.cells[3])
        p = significant(row.cells[4], reader.level) if row.cells[4] != "–" else None
        reader.same(row.cells[0], p, outside(*between.groups()) if between else None, row.bold)
        verdicts[re.sub(r" \(\d+\)$", "", row.cells[0].strip())] = row.bold
    return verdicts


def forest(reader: Reader, rows: pd.DataFrame) -> dict[str, bool]:
    """The markers of the forest against its intervals and p."""
    for row in rows.to_dict("records"):
        crosses = (
            None
            if np.isnan(row["low"]) or np.isnan(row["high"])
            else row["low"] > 0 or row["high"] < 0
        )
        by_p = bool(row["p_value"] <= reader.level + 1e-12) if row["p_value"] >= 0 else None
        reader.same(f"forest, {row['label']}", row["significant"], crosses, by_p)
    return dict(zip(rows["label"], rows["significant"], strict=True))


def forest_sentence(page: Page, rows: pd.DataFrame) -> None:
    """The counts of the title are those of the markers."""
    rows = rows[~rows["label"].isin(INDICES)]
    if len(rows) == 1:
        return
    said = dict.fromkeys(("fell", "rose", "moved"), 0)
    for count, verb in re.findall(
        r"(\d+)(?: of \d+ assets)? (fell|rose|moved within)", page.finding
    ):
        said[verb.split()[0]] = int(count)
    sure = rows["significant"]
    fell, rose = (int((sure & (sign * rows["estimate"] > 0)).sum()) for sign in (-1, 1))
    usual = int((~sure & rows["estimate"].notna()).sum()) if fell or rose else 0
    assert said == {"fell": fell, "rose": rose, "moved": usual}, page.finding


def recovery_table(reader: Reader, page: Page, story: Story) -> dict[str, bool]:
    """Day 0, what follows it, and the interval of the last share."""
    part = story.evidence.recovery
    last = int(part.table.loc[part.table["share"].notna(), "horizon"].max())
    at = list(dict.fromkeys(part.table["horizon"])).index(last)
    verdicts = {}
    for row in table_of(page).rows:
        name, _, p0, *rest = row.cells
        day0 = significant(p0, reader.level) if p0 != "–" else False
        shown = rest[0] != "–"
        if name.startswith(" "):
            continue
        reader.same(f"recovery, {name}", True, day0, shown or None)  # others have no row
        interval = INTERVAL.fullmatch(rest[-3])
        if shown and interval:
            agree = significant(rest[2 * at + 1], reader.level), outside(*interval.groups())
            reader.same(f"recovery, {name}, last share", *agree)
        verdicts[name] = True
    return verdicts


def unmoved(page: Page) -> dict[str, bool]:
    """Of whom it is said that there is nothing to recover."""
    said = re.findall(rf"(?:^|; )([^;]*): {NOTHING}", "; ".join(texts(page)))
    return dict.fromkeys(re.split(r", | and ", ", ".join(said)), False) if said else {}


def differences(reader: Reader, story: Story) -> None:
    """The markers of contrasts against their intervals and p."""
    part = story.evidence.contrasts
    for table, estimate in ((part.pairs, "car"), (part.history, "ar")):
        quoted = part.quoted(table, estimate)
        rows = _forest_rows(quoted, "", quoted.index)
        for p, row in zip(quoted["p"], rows.to_dict("records"), strict=True):
            bounded = np.isfinite(row["low"]) and np.isfinite(row["high"])
            crosses = (row["low"] > 0 or row["high"] < 0) if bounded else None
            reader.same("contrasts", row["sure"], crosses, bool(p <= reader.level + 1e-12))


def last_verdict(reader: Reader, text: str, first: bool) -> None:
    """The third sentence: what remained at the end, against the p of the window that ends last."""
    windows = re.findall(r"over \[(−?\d+|[+\d]+), (\+?\d+)\] \((p [=<] 0\.\d+)\)", text)
    said = re.search(r"at the end it was (still |no longer |not )?significant", text)
    if not (windows and said):
        return
    *_, p = max(windows, key=lambda one: (read(one[1]), read(one[1]) - read(one[0])))
    reader.same(text, said[1] in ("still ", None), significant(p, reader.level))
    assert first or said[1] not in ("still ", "no longer "), text
    assert not first or said[1] in ("still ", "no longer "), text


def claims(reader: Reader, story: Story) -> None:
    """Interval, p and verdict of every claim about a CAR."""
    parts = story.evidence.claims.parts
    for part in parts[parts["p_value"].notna()].to_dict("records"):
        crosses = part["low"] > 0 or part["high"] < 0
        sure = bool(part["p_value"] <= reader.level + 1e-12)
        reader.same(f"{part['id']}, {part['label']}", crosses, sure)
        assert sure or part["verdict"] not in ("supported", "contradicted"), part
        assert not sure or part["why"] != "not significant", part


def check(story: Story) -> int:
    """Read every page of a story back; returns how many verdicts were compared."""
    level = 1 - story.result.spec.confidence
    reader = Reader(level, f"{story.event_id}, {story.result.spec.confidence:g}")
    pages = {page.name: page for page in tell(story).values()}
    for page in pages.values():
        for text in texts(page):
            reader.sentence(text)
    for text in (story.result.summary(), repr(story.result), story.result._repr_html_()):
        reader.sentence(" ".join(text.split()))
    by_row = answer_table(reader, pages["headline"])
    assert [by_row[e.name] for e in story.leads] == [
        story.figures(e, story.focus).significant for e in story.leads
    ]
    rows = forest_rows(story.result, story.day_table)
    markers = forest(reader, rows)
    forest_sentence(pages["forest"], rows)
    for name in by_row.keys() & markers.keys():
        reader.same(f"{name} on two pages", by_row[name], markers[name])
    own = re.match(r"(\d+) of", pages["heatmap"].finding)
    counted = sum(sure for name, sure in markers.items() if name not in INDICES)
    assert own is None or int(own[1]) == counted, pages["heatmap"].finding
    for sentence in story.answer():
        last_verdict(reader, sentence, story.figures(story.leads[0], story.focus).significant)
    if "recovery" in pages:
        recovered = recovery_table(reader, pages["recovery"], story)
        still = unmoved(pages["recovery"])
        assert not recovered.keys() & still.keys(), still
        recovered |= still
        for name in by_row.keys() & recovered.keys():
            reader.same(f"{name}, recovery and page 1", by_row[name], recovered[name])
    if "contrasts" in pages:
        differences(reader, story)
    if "claims" in pages:
        claims(reader, story)
    return reader.compared


@pytest.mark.parametrize("event_id", ["deepseek-r1", "deepseek-app-store"])
def test_the_deepseek_reports_contradict_themselves_nowhere(flagship, event_id: str) -> None:
    assert check(flagship.story(event_id)) > 70


@dataclass(frozen=True)
class Design:
    """One simulated study."""

    seed: int

    def story(self) -> Story:
        rng = np.random.default_rng(self.seed)
        frame = self.closes(rng)
        first = int(rng.integers(1, 4))
        groups = ";".join([*TICKERS[: rng.integers(1, 3)], "pair", "rest"][: first + 1])
        day = f"{frame.index[AT]:%Y-%m-%d}"
        before = f"{frame.index[AT - 40]:%Y-%m-%d}"
        events = Events(
            (
                make_event(event_id="e", title="E", announced_at=day, groups=groups, headline=True),
                make_event(event_id="b", title="B", announced_at=before, groups="A"),
            )
        )
        length = int(rng.choice([99, 119, 199, 250]))
        study = es.EventStudy(
            model=str(rng.choice(["market", "mean", "market_adjusted"])),
            confidence=float(rng.choice([0.9, 0.95, 0.99])),
            estimation=(-10 - length, -11),
            window=(-2, 3),
            car=[(0, 0), (-1, 1), (0, 3), (0, 12)],
            min_obs=60,
            placebo=bool(rng.random() < 0.85),
            compare=(),
            benchmark="^GSPC",
        )
        prices = prices_of(frame)
        result = study.run(events, prices, event_ids=["e"], groups=GROUPS)
        case = Case(result, prices)
        evidence = Evidence("e", recovery=recovery(case, (1, 5)), contrasts=contrasts(case))
        return Story(result, "e", evidence)

    def closes(self, rng: np.random.Generator) -> pd.DataFrame:
        """Random walks on a market; on the day and after it a shock of −4 to 4 daily spreads."""
        size = (SESSIONS, len(TICKERS))
        noise = rng.standard_normal(size) if rng.random() < 0.5 else rng.standard_t(3, size) / 1.7
        market = 0.01 * rng.standard_normal(SESSIONS)
        shared = rng.uniform(0, 1) * rng.standard_normal(SESSIONS)
        returns = market[:, None] + 0.015 * (noise + 0.5 * shared[:, None])
        effect = rng.uniform(-4, 4) * rng.integers(0, 2)
        returns[AT] += 0.015 * effect * rng.uniform(0, 1.2, len(TICKERS))
        returns[AT + 1] -= 0.015 * effect * rng.uniform(-0.2, 0.8)
        table = np.column_stack([returns, market])
        days = sessions()
        return pd.DataFrame(100 * np.exp(table.cumsum(axis=0)), days, [*TICKERS, "^GSPC"])


@cache
def sessions() -> pd.DatetimeIndex:
    """Sessions of New York."""
    return es.load_prices("bundled").sessions[:SESSIONS]


def prices_of(closes: pd.DataFrame) -> Prices:
    return make_prices(closes, provenance=Provenance("file", "the file p.csv"))


@pytest.fixture(autouse=True)
def _no_collecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """statsmodels collects garbage at every correction of p-values, which takes most of the time."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)


@pytest.mark.slow
@pytest.mark.representative(block=0)
@pytest.mark.sampled(block=(1, 2))
@pytest.mark.parametrize("block", range(STUDIES // 10))
def test_simulated_studies_contradict_themselves_nowhere(block: int) -> None:
    compared = []
    for seed in range(10 * block, 10 * block + 10):
        try:
            compared.append(check(Design(seed).story()))
        except Exception as error:
            raise AssertionError(f"study {seed}") from error
    assert min(compared) > 5
    assert sum(compared) > 15 * 10  # who did not move has no row of shares
