"""Every verdict of the packaged register, by hand from the raw prices.

What is expected here is made of the packed CSV file and numpy alone: groups, days, confounders and
the parts of the claims are written out below, the market model is refitted with each run of
sessions left out, and the rule of verdicts is stated anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.check import check_claims
from eventstudy.evidence.claims.register import Claim, ClaimPart, read_claims
from eventstudy.evidence.claims.verdicts import Measured, claim_verdict, part_verdict
from eventstudy.evidence.parts.claims import PART_VERDICTS, Claims, part_line, stated
from eventstudy.prices.prices import Prices

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "eventstudy" / "data" / "prices.csv.xz"
REGISTRY = REPOSITORY / "events.csv"

APP_STORE, META_CAPEX = "deepseek-app-store", "meta-capex"
DAY0 = {APP_STORE: "2025-01-27", META_CAPEX: "2025-01-24"}
BENCHMARKS = ("^GSPC", "EW_EX_AI")

HYPERSCALERS = ("MSFT", "GOOGL", "AMZN", "META", "ORCL")
CUSTOM_SILICON = ("AVGO", "MRVL", "AMD", "ARM")
AI_POWER = ("VST", "CEG", "GEV", "ETN", "VRT")
AI_SERVERS = ("SMCI", "DELL", "ANET")
ADOPTERS = ("CRM", "NOW", "IBM")
BUILDERS = ("TSM", "MU", "ASML", *AI_POWER, *AI_SERVERS)


class Said(NamedTuple):
    """A part of a claim: whose figure, less whose, over which sessions, on which side of what."""

    claim: str
    measure: str
    of: tuple[str, ...]
    direction: str
    window: tuple[int, int] = (0, 0)
    minus: tuple[str, ...] = ()
    threshold: float = 0.0
    within: float = 0.0
    event: str = APP_STORE


REGISTER = (
    Said("nvidia-down-17", "raw_return", ("NVDA",), "about", threshold=-0.17, within=0.005),
    Said("nasdaq-600-points", "index_points", ("^IXIC",), "below", threshold=-600),
    Said("us-ai-hit-hard", "car", ("NVDA",), "below"),
    Said("us-ai-hit-hard", "car", ("AVGO",), "below"),
    Said("us-ai-hit-hard", "car", ("AMD",), "below"),
    Said("us-ai-hit-hard", "car", ("MRVL",), "below"),
    Said("us-ai-hit-hard", "car", ("GOOGL",), "below"),
    Said("us-ai-hit-hard", "car", ("META",), "below"),
    Said("us-ai-hit-hard", "raw_return", ("META",), "below"),
    Said("us-ai-hit-hard", "car", ("OpenAI",), "below"),
    Said("reaction-exaggerated", "car", ("NVDA",), "above", (1, 20)),
    Said("reaction-exaggerated", "car", ("NVDA",), "above", (1, 60)),
    Said("reaction-exaggerated", "share_back", ("NVDA",), "above", (1, 60), threshold=0.5),
    Said("no-zero-sum", "car", (*ADOPTERS, "AAPL"), "above", minus=BUILDERS),
    Said("no-zero-sum", "car", BUILDERS, "above", (1, 60)),
    Said("no-zero-sum", "car", (*ADOPTERS, "AAPL"), "above", (0, 60)),
    Said("nvidia-need-not-lose", "car", ("NVDA",), "above", (1, 60)),
    Said("inference-hardware", "car", CUSTOM_SILICON, "above", minus=("NVDA",)),
    Said("inference-hardware", "car", CUSTOM_SILICON, "above", (0, 20), ("NVDA",)),
    Said("inference-hardware", "car", CUSTOM_SILICON, "above"),
    Said("clouds-lose-moat", "car", HYPERSCALERS, "below", minus=("^IXIC",)),
    Said("clouds-lose-moat", "car", HYPERSCALERS, "below", (0, 20), ("^IXIC",)),
    Said("cheaper-gpus", "car", ("AMD", "INTC"), "above", minus=("NVDA",)),
    Said("cheaper-gpus", "car", ("AMD", "INTC"), "above", (0, 20), ("NVDA",)),
    Said("adopters-gain", "car", ADOPTERS, "above"),
    Said("adopters-gain", "car", ADOPTERS, "above", (0, 20)),
    Said("fewer-data-centres", "car", AI_POWER, "below"),
    Said("fewer-data-centres", "car", AI_SERVERS, "below"),
    Said("meta-spending-calmed", "car", ("META",), "above", event=META_CAPEX),
    Said("meta-spending-calmed", "car", ("NVDA",), "above", event=META_CAPEX),
)

SOURCES = {
    "nvidia-down-17": "Computerworld",
    "nasdaq-600-points": "Computerworld",
    "us-ai-hit-hard": "Computerworld",
    "reaction-exaggerated": "Computerworld",
    "no-zero-sum": "Computerworld",
    "nvidia-need-not-lose": "an essay on LinkedIn",
    "inference-hardware": "two essays on LinkedIn",
    "clouds-lose-moat": "an essay on LinkedIn",
    "cheaper-gpus": "an essay on LinkedIn",
    "adopters-gain": "two essays on LinkedIn",
    "fewer-data-centres": "Computerworld",
    "meta-spending-calmed": "an essay on LinkedIn",
}

# Everything registered from January to April 2025: the session on which it counts, the name, the
# assets that it concerns; none of them where it concerns the market.
EVERYONE = ("NVDA", "^IXIC", *HYPERSCALERS, *CUSTOM_SILICON, *BUILDERS, *ADOPTERS, "AAPL")
REGISTERED = (
    ("2025-01-21", "DeepSeek-R1 and R1-Zero released as open weights", EVERYONE),
    ("2025-01-22", "Stargate data-centre venture announced", ()),
    ("2025-01-24", "Meta announces capital spending of $60 to 65 billion for 2025", EVERYONE),
    ("2025-01-27", "DeepSeek reaches the top of Apple's US App Store", EVERYONE),
    ("2025-01-29", "ASML reports earnings", ("ASML",)),
    ("2025-01-29", "FOMC statement", ()),
    ("2025-01-30", "Microsoft reports earnings", ("MSFT",)),
    ("2025-01-30", "Meta reports earnings", ("META",)),
    ("2025-01-30", "Tesla reports earnings", ("TSLA",)),
    ("2025-01-31", "Apple reports earnings", ("AAPL",)),
    ("2025-02-03", "Tariff orders on Canada, Mexico and China", ()),
    ("2025-02-05", "Alphabet reports earnings", ("GOOGL",)),
    ("2025-02-05", "AMD reports earnings", ("AMD",)),
    ("2025-02-07", "Amazon reports earnings", ("AMZN",)),
    ("2025-02-27", "Nvidia reports earnings", ("NVDA",)),
    ("2025-04-03", "Tariff orders on most trading partners", ()),
)


# --- By hand: prices and figures -----------------------------------------------------------------


FACTS = ("raw_return", "index_points")
UNLISTED = (
    "OpenAI is not listed on an exchange: it has no share price, so no market reaction can be "
    "measured"
)
NO_LOSS = "no abnormal loss on day 0, so no recovery to measure"


class Found(NamedTuple):
    value: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True)
class World:
    """The sample with the day-0 return of each asset multiplied by a number."""

    name: str
    times: float = 1.0
    day: str = DAY0[APP_STORE]

    @cached_property
    def close(self) -> pd.DataFrame:
        return self._of("close")

    @cached_property
    def adj_close(self) -> pd.DataFrame:
        return self._of("adj_close")

    def _of(self, column: str) -> pd.DataFrame:
        table = raw_prices().pivot_table(index="date", columns="ticker", values=column)
        at = table.index.get_loc(self.day)
        before, after = table.iloc[at - 1], table.iloc[at]
        change = (1 + self.times * (after / before - 1)) / (after / before)
        return pd.concat([table.iloc[:at], table.iloc[at:] * change])

    @cached_property
    def returns(self) -> dict[str, np.ndarray]:
        made = {}
        for ticker in self.adj_close:
            price = self.adj_close[ticker].to_numpy()
            made[ticker] = np.full(len(price), np.nan)
            made[ticker][1:] = price[1:] / price[:-1] - 1
        return made

    def portfolio(self, tickers: Sequence[str]) -> np.ndarray:
        """The mean over the assets with a return, session by session."""
        table = np.array([self.returns[ticker] for ticker in tickers])
        known = np.isfinite(table)
        count = known.sum(axis=0)
        total = np.where(known, table, 0.0).sum(axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def at(self, day: str) -> int:
        return int(self.adj_close.index.get_loc(day))


@cache
def raw_prices() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


AS_IT_WAS = World("as it was")
TURNED = World("turned", -1.0)
FAINT = World("faint", 0.02)
WORLDS = (AS_IT_WAS, TURNED, FAINT)


def fit(y: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Coefficients, residual standard deviation and (X'X)⁻¹ of ordinary least squares."""
    b = np.linalg.lstsq(X, y, rcond=None)[0]
    e = y - X @ b
    return b, float(np.sqrt((e @ e) / (len(y) - X.shape[1]))), np.linalg.inv(X.T @ X)


def leave_out(y: np.ndarray, X: np.ndarray, days: int) -> np.ndarray:
    """|CAR/(s√V)| of all runs of `days` sessions, each forecast without itself, largest first."""
    found = []
    for start in range(len(y) - days + 1):
        run = np.arange(start, start + days)
        b, s, inverse = fit(np.delete(y, run), np.delete(X, run, axis=0))
        x = X[run].sum(axis=0)
        car = float((y[run] - X[run] @ b).sum())
        found.append(abs(car) / (s * np.sqrt(days + x @ inverse @ x)))
    return np.sort(found)[::-1]


def kept(runs: np.ndarray) -> float:
    """How many standard errors the placebo test keeps at 5%: beyond it fewer than 5% lie."""
    return float(runs[int(0.05 * (len(runs) + 1)) - 1])


@cache
def by_hand(world: World, part: Said, benchmark: str) -> Found:
    """The figure of a part, its 95% interval and its p; `benchmark` "" is the constant mean.

    The p is the placebo p, and above 10 days the larger one of it and that of t.
    """
    if "OpenAI" in part.of:
        return Found(np.nan, reason=UNLISTED)
    at, (first, last) = world.at(DAY0[part.event]), part.window
    if part.measure in FACTS:
        (ticker,) = part.of
        price = world.close[ticker].to_numpy()
        before, after = price[at + first - 1], price[at + last]
        return Found(after - before if part.measure == "index_points" else after / before - 1)

    y = world.portfolio(part.of)
    if part.minus:
        y = y - world.portfolio(part.minus)
    X = np.ones((len(y), 1))
    if benchmark:
        X = np.column_stack([X, world.returns[benchmark]])
    estimation = np.arange(at - 260, at - 10)
    assert np.isfinite(y[estimation]).all()
    b, s, inverse = fit(y[estimation], X[estimation])
    quantile = stats.t.ppf(0.975, len(estimation) - X.shape[1])

    event = np.arange(at + first, at + last + 1)
    x = X[event].sum(axis=0)
    car = float((y[event] - X[event] @ b).sum())
    se = float(s * np.sqrt(len(event) + x @ inverse @ x))
    if part.measure == "share_back":
        loss, x0 = float(y[at] - X[at] @ b), X[at]
        if loss >= 0:
            return Found(np.nan, reason=NO_LOSS)
        v_loss = float(s**2 * (1 + x0 @ inverse @ x0))
        of_loss, of_rest = (
            kept(leave_out(y[estimation], X[estimation], days)) for days in (1, len(event))
        )
        shared = -float(s**2 * (x @ inverse @ x0))  # of −CAR with AR0, through the estimates alone
        low, high = ratio_interval(
            -car, loss, (of_rest * se) ** 2, of_loss**2 * v_loss, of_loss * of_rest * shared, 1.0
        )
        return Found(-car / loss, low, high)
    runs = leave_out(y[estimation], X[estimation], len(event))
    p, kind = (1 + (runs >= abs(car / se)).sum()) / (1 + len(runs)), "placebo"
    reach = kept(runs) * se
    of_t = float(2 * stats.t.sf(abs(car / se), len(estimation) - X.shape[1]))
    if len(event) > 10 and of_t > p:
        p, kind, reach = of_t, "t", quantile * se
    return Found(car, car - reach, car + reach, p, kind)


def ratio_interval(
    a: float, b: float, v_a: float, v_b: float, v_ab: float, quantile: float
) -> tuple[float, float]:
    """Fieller (1954): the ratios r with (a − r b)² ≤ t²(v_a − 2 r v_ab + r² v_b)."""
    square = [
        b**2 - quantile**2 * v_b,
        -2 * (a * b - quantile**2 * v_ab),
        a**2 - quantile**2 * v_a,
    ]
    if square[0] <= 0:
        return np.nan, np.nan
    low, high = sorted(np.roots(square).real)
    return float(low), float(high)


# --- By hand: verdicts and confounders -----------------------------------------------------------


def stands(part: Said, value: float) -> bool:
    if part.direction == "about":
        return abs(value - part.threshold) <= part.within
    return value > part.threshold if part.direction == "above" else value < part.threshold


def answer(part: Said, found: Found) -> str:
    """What one figure says of a part."""
    if part.measure in FACTS:
        return "supported" if stands(part, found.value) else "contradicted"
    if part.measure == "share_back":
        if np.isnan(found.low):
            return "the interval has no bounds"
        if found.low <= part.threshold <= found.high:
            return "the interval includes the threshold"
    elif not found.p <= 0.05:
        return "not significant"
    return "supported" if stands(part, found.value) else "contradicted"


def verdict_by_hand(
    world: World, part: Said, benchmarks: Sequence[str] = BENCHMARKS
) -> tuple[str, str]:
    mine, *others = (by_hand(world, part, name) for name in benchmarks)
    if mine.reason:
        return "untestable", mine.reason
    answers = [answer(part, found) for found in (mine, *others) if not found.reason]
    yes, no = (name in answers for name in ("supported", "contradicted"))
    if not yes and not no:
        return "mixed", answers[0]
    if yes and no:
        return "mixed", "depends on the benchmark"
    firm = "supported" if yes else "contradicted"
    if answers.count(firm) < len(answers):
        return "mixed", f"{SAID[firm]} against only 1 of 2 benchmarks"
    return firm, ""


def holm(p: Sequence[float]) -> np.ndarray:
    """Holm (1979): the k-th smallest of m times m − k + 1, never below a smaller one, at most 1."""
    given = np.array(p)
    known = np.flatnonzero(np.isfinite(given))
    out = np.full(len(given), np.nan)
    worst = 0.0
    for k, place in enumerate(sorted(known, key=lambda n: given[n])):
        worst = max(worst, min(1.0, (len(known) - k) * given[place]))
        out[place] = worst
    return out


def overall(verdicts: Sequence[str]) -> str:
    testable = {verdict for verdict in verdicts if verdict != "untestable"}
    if not testable:
        return "untestable"
    return testable.pop() if len(testable) == 1 else "mixed"


def confounders_by_hand(part: Said) -> str:
    at = AS_IT_WAS.at(DAY0[part.event])
    days = AS_IT_WAS.adj_close.index[at + part.window[0] : at + part.window[1] + 1]
    assets = {*part.of, *part.minus}
    return "; ".join(
        title
        for day, title, concerned in REGISTERED
        if day in days
        and (not concerned or assets & set(concerned))
        and not (day == DAY0[part.event] and concerned == EVERYONE)
    )


# --- By the package ------------------------------------------------------------------------------


@cache
def sample() -> Prices:
    return es.load_prices("bundled")


def prices_of(world: World) -> Prices:
    """The package's prices, with the numbers of a world in them."""

    def changed(frame: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
        assert [f"{day:%Y-%m-%d}" for day in frame.index] == list(table.index)
        return frame.where(frame.isna(), table[list(frame.columns)].to_numpy())

    return replace(
        sample(),
        close=changed(sample().close, world.close),
        adj_close=changed(sample().adj_close, world.adj_close),
    )


def case_of(
    prices: Prices, registry: Path = REGISTRY, event_id: str = APP_STORE, **study: Any
) -> Case:
    result = es.EventStudy(**study).run(es.read_events(registry), prices, event_ids=[event_id])
    return Case(result, prices)


@cache
def case_in(world: World) -> Case:
    return case_of(prices_of(world))


@cache
def checked(world: World) -> Claims:
    return check_claims(case_in(world))


def rows(found: Claims) -> list[dict[str, Any]]:
    return found.parts.to_dict("records")


def row_of(found: Claims, claim: str, part: int = 1) -> dict[str, Any]:
    (row,) = [row for row in rows(found) if (row["id"], row["part"]) == (claim, part)]
    return row


def verdicts(found: Claims) -> dict[str, str]:
    return dict(zip(found.claims["id"], found.claims["verdict"], strict=True))


def claim_of(*parts: dict[str, Any], event: str = APP_STORE) -> Claim:
    return Claim.model_validate(
        {"id": "own", "says": "So.", "source": "me", "event": event, "part": parts}
    )


def own(case: Case, *parts: dict[str, Any]) -> Claims:
    return check_claims(case, [claim_of(*parts)])


def without(
    prices: Prices,
    ticker: str,
    day: str,
    columns: Sequence[str] = ("close", "adj_close"),
) -> Prices:
    """The prices with one of them missing."""
    tables = {}
    for name in columns:
        tables[name] = getattr(prices, name).copy()
        tables[name].loc[day, ticker] = np.nan
    return replace(prices, **tables)


def same(given: float, wanted: float) -> bool:
    """Equal to a relative 1e-9, or both missing."""
    return bool(np.isclose(given, wanted, rtol=1e-9, atol=0.0, equal_nan=True))


# --- Every part of every packaged claim ----------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
class TestEveryPart:
    """The sample as it was; with all returns of the rout turned round; with next to no rout."""

    def test_figures_intervals_and_p(self, world: World) -> None:
        for part, row in zip(REGISTER, rows(checked(world)), strict=True):
            assert row["id"] == part.claim
            mine, other = (by_hand(world, part, name) for name in BENCHMARKS)
            if part.measure in FACTS:
                other = Found(np.nan)
            compared = "" if part.measure in FACTS else BENCHMARKS[1]
            assert (row["benchmark"], row["other"]) == (BENCHMARKS[0], compared)
            pairs = [
                (row["figure"], mine.value),
                (row["low"], mine.low),
                (row["high"], mine.high),
                (row["p_value"], mine.p),
                (row["other_figure"], other.value),
                (row["other_p"], other.p),
            ]
            assert all(same(*pair) for pair in pairs), (part, pairs)
            assert row["p_kind"] == mine.kind, part
            if mine.kind == "placebo":
                assert row["p_value"] == mine.p  # a count of runs, to the last digit
            if part.measure != "car":
                assert np.isnan([row["p_value"], row["p_holm"], row["other_p"]]).all()

    def test_p_by_holm_over_all_parts(self, world: World) -> None:
        found = [by_hand(world, part, BENCHMARKS[0]).p for part in REGISTER]
        given = [row["p_holm"] for row in rows(checked(world))]
        np.testing.assert_allclose(given, holm(found), rtol=1e-9)
        known = np.isfinite(found)
        assert 0 < known.sum() < len(found)
        assert (np.array(given)[known] >= np.array(found)[known]).all()

    def test_the_verdicts_of_parts(self, world: World) -> None:
        for part, row in zip(REGISTER, rows(checked(world)), strict=True):
            assert (row["verdict"], row["why"]) == verdict_by_hand(world, part), part

    def test_the_verdicts_of_claims(self, world: World) -> None:
        expected: dict[str, list[str]] = {}
        for part in REGISTER:
            expected.setdefault(part.claim, []).append(verdict_by_hand(world, part)[0])
        assert verdicts(checked(world)) == {name: overall(of) for name, of in expected.items()}
        for claim in checked(world).claims.to_dict("records"):
            own = expected[claim["id"]]
            if len(own) > 1:
                for verdict in set(own):
                    assert f"{own.count(verdict)} {PART_VERDICTS[verdict]}" in claim["why"]
                assert claim["why"].startswith(f"of {len(own)} parts, ")

    def test_confounders(self, world: World) -> None:
        for part, row in zip(REGISTER, rows(checked(world)), strict=True):
            assert row["confounders"] == confounders_by_hand(part), part


def test_the_worlds_hold_every_kind_of_answer() -> None:
    """Else the comparison above could not tell a wrong rule from the right one."""
    seen = {verdict_by_hand(world, part) for world in WORLDS for part in REGISTER}
    assert {verdict for verdict, _ in seen} == {"supported", "contradicted", "mixed", "untestable"}
    assert {
        "as claimed against only 1 of 2 benchmarks",
        "opposite against only 1 of 2 benchmarks",
        "not significant",
        "the interval includes the threshold",
        "the interval has no bounds",
        UNLISTED,
        NO_LOSS,
    } <= {why for _, why in seen}
    kinds = {
        (part.window[1] - part.window[0] >= 10, by_hand(world, part, BENCHMARKS[0]).kind)
        for world in WORLDS
        for part in REGISTER
        if part.measure == "car" and "OpenAI" not in part.of
    }
    assert kinds == {(False, "placebo"), (True, "placebo"), (True, "t")}
    longest = Said("", "car", (*CUSTOM_SILICON, "META"), "above", (0, 60), ("ASML",))
    assert len(confounders_by_hand(longest).split("; ")) == 6


class TestTheRegister:
    def test_every_claim_has_its_entry_and_source(self) -> None:
        assert {claim.id: claim.source for claim in read_claims()} == SOURCES
        table = checked(AS_IT_WAS).claims
        assert dict(zip(table["id"], table["source"], strict=True)) == SOURCES
        assert all(3 < len(says.split()) < 30 for says in table["says"])

    def test_the_parts_are_stated_as_written_here(self) -> None:
        for part, row in zip(REGISTER, rows(checked(AS_IT_WAS)), strict=True):
            assert (row["id"], row["measure"], row["direction"]) == (
                part.claim,
                part.measure,
                part.direction,
            )
            assert (row["start"], row["end"]) == part.window
            assert (row["threshold"], row["within"]) == (part.threshold, part.within)
            assert (row["event_id"], f"{row['day0']:%Y-%m-%d}") == (part.event, DAY0[part.event])

    def test_no_verdict_is_written_in_the_file(self) -> None:
        text = (REPOSITORY / "eventstudy" / "data" / "claims.toml").read_text("utf-8").lower()
        rest = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        for word in ("verdict", "supported", "contradicted", "mixed", "untestable"):
            assert word not in rest

    def test_the_figures_reported_that_day(self) -> None:
        found = checked(AS_IT_WAS)
        assert round(100 * row_of(found, "nvidia-down-17")["figure"], 2) == -16.97
        assert round(row_of(found, "nasdaq-600-points")["figure"], 2) == -612.47

    def test_openai_is_untestable_and_says_why(self) -> None:
        (row,) = [row for row in rows(checked(AS_IT_WAS)) if row["of"] == "OpenAI"]
        assert (row["id"], row["part"]) == ("us-ai-hit-hard", 8)
        assert (row["verdict"], row["why"]) == ("untestable", UNLISTED)
        assert row["label"] == "OpenAI"

    def test_claims_of_other_events_are_left_to_these(self) -> None:
        found = check_claims(case_of(sample(), event_id="deepseek-r1"))
        assert (len(found.claims), len(found.parts)) == (0, 0)
        assert list(found.parts.columns) == list(checked(AS_IT_WAS).parts.columns)


class TestDataDecide:
    def test_the_rout_turned_round_turns_the_verdicts(self) -> None:
        before, after = verdicts(checked(AS_IT_WAS)), verdicts(checked(TURNED))
        for claim in ("nvidia-down-17", "nasdaq-600-points", "fewer-data-centres"):
            assert (before[claim], after[claim]) == ("supported", "contradicted")
        assert row_of(checked(TURNED), "inference-hardware", 3)["verdict"] == "supported"

    def test_one_asset_turned_round(self) -> None:
        prices = sample()
        at = prices.sessions.get_loc("2025-01-27")
        r = prices.adj_close["NVDA"].pct_change(fill_method=None).iloc[at]
        tables = {}
        for name in ("close", "adj_close"):
            table = getattr(prices, name).copy()
            table.iloc[at:, table.columns.get_loc("NVDA")] *= (1 - r) / (1 + r)
            tables[name] = table
        case = case_of(replace(prices, **tables))
        found = check_claims(case)
        assert verdicts(found)["nvidia-down-17"] == "contradicted"
        assert verdicts(found)["nasdaq-600-points"] == "supported"
        assert row_of(found, "cheaper-gpus")["verdict"] == "contradicted"
        assert (
            own(case, {"measure": "car", "of": ["NVDA"], "direction": "below"})
            .claims["verdict"]
            .item()
            == "contradicted"
        )
        assert (
            own(case_in(AS_IT_WAS), {"measure": "car", "of": ["NVDA"], "direction": "below"})
            .claims["verdict"]
            .item()
            == "supported"
        )

    def test_the_order_of_parts_and_columns_does_not_matter(self) -> None:
        turned = [
            claim.model_copy(update={"part": claim.part[::-1]}) for claim in read_claims()[::-1]
        ]
        prices = sample()
        order = list(prices.close.columns[::-1])
        mixed = replace(prices, close=prices.close[order], adj_close=prices.adj_close[order])
        found = check_claims(case_of(mixed), turned)
        assert verdicts(found) == verdicts(checked(AS_IT_WAS))
        wanted = checked(AS_IT_WAS).parts["figure"].to_numpy()[::-1]
        np.testing.assert_allclose(found.parts["figure"].to_numpy(), wanted, rtol=1e-12)


# --- Own claims on the sample --------------------------------------------------------------------


BELOW = {"direction": "below"}
UNCLEAR, TURNS = "not significant", "depends on the benchmark"
SHARES = [
    ((1, 1), 0.0, "above"),
    ((1, 1), 1.5, "below"),
    ((1, 1), 1.5, "above"),
    ((1, 5), 0.5, "above"),
]


class TestShareBack:
    @pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
    @pytest.mark.parametrize(("window", "threshold", "direction"), SHARES)
    def test_by_hand(
        self, world: World, window: tuple[int, int], threshold: float, direction: str
    ) -> None:
        part = Said("own", "share_back", ("NVDA",), direction, window, threshold=threshold)
        case = case_in(world)
        given = {"measure": "share_back", "of": ["NVDA"], "window": list(window)}
        (row,) = rows(own(case, {**given, "threshold": threshold, "direction": direction}))
        wanted = by_hand(world, part, "^GSPC")
        assert same(row["figure"], wanted.value)
        assert same(row["low"], wanted.low)
        assert same(row["high"], wanted.high)
        assert (row["verdict"], row["why"]) == verdict_by_hand(world, part)

    @pytest.mark.parametrize("name", ["AAPL", "IBM"])
    def test_nothing_to_win_back(self, name: str) -> None:
        part = {"measure": "share_back", "of": [name], "window": [1, 5], "direction": "above"}
        found = own(case_in(AS_IT_WAS), part)
        (row,) = rows(found)
        gained = by_hand(AS_IT_WAS, Said("", "car", (name,), "above"), "^GSPC")
        assert gained.value > 0
        assert (row["verdict"], row["why"]) == ("untestable", NO_LOSS)
        missing = [row[key] for key in ("figure", "low", "high", "p_value", "p_holm")]
        assert np.isnan(missing).all()
        assert (found.claims["verdict"].item(), found.claims["why"].item()) == (
            "untestable",
            NO_LOSS,
        )

    def test_no_p(self) -> None:
        part = {"measure": "share_back", "of": ["NVDA"], "window": [1, 5], "direction": "above"}
        (row,) = rows(own(case_in(AS_IT_WAS), part))
        assert np.isfinite([row["figure"], row["other_figure"], row["low"]]).all()
        assert np.isnan([row["p_value"], row["p_holm"], row["other_p"]]).all()
        assert row["p_kind"] == ""

    @pytest.mark.parametrize(("name", "lost"), [("NVDA", "NVDA"), ("ai-power", "VST")])
    def test_day_0_counts_too(self, name: str, lost: str) -> None:
        """It is what the share is of: a member without a return that day is named."""
        prices = without(sample(), lost, "2025-01-24")  # no return on that day, nor on day 0
        part = {"measure": "share_back", "of": [name], "window": [1, 5], "direction": "above"}
        (row,) = rows(own(case_of(prices), part))
        assert row["verdict"] == "untestable"
        assert lost in row["why"]
        assert np.isnan(row["figure"])

    def test_these_cases_differ(self) -> None:
        seen = {
            verdict_by_hand(AS_IT_WAS, Said("", "share_back", ("NVDA",), way, w, threshold=value))
            for w, value, way in SHARES
        }
        assert {verdict for verdict, _ in seen} == {"supported", "contradicted", "mixed"}

    def test_the_interval_comes_from_the_test_of_every_ratio(self) -> None:
        """Fieller's bounds are those r at which −CAR − r·AR0 is exactly significant."""
        world, at = AS_IT_WAS, AS_IT_WAS.at("2025-01-27")
        y = world.returns["NVDA"]
        X = np.column_stack([np.ones(len(y)), world.returns["^GSPC"]])
        past = np.arange(at - 260, at - 10)
        b, s, inverse = fit(y[past], X[past])
        ar, quantile = y - X @ b, stats.t.ppf(0.975, 248)
        later, first = X[at + 1 : at + 6].sum(axis=0), X[at]
        bounds = ratio_interval(
            -ar[at + 1 : at + 6].sum(),
            ar[at],
            s**2 * (5 + later @ inverse @ later),
            s**2 * (1 + first @ inverse @ first),
            -(s**2) * (later @ inverse @ first),
            quantile,
        )
        for r in bounds:
            weights = np.array([-r, *[-1.0] * 5])
            days = np.arange(at, at + 6)
            x = weights @ X[days]
            t = (
                weights
                @ (y[days] - X[days] @ b)
                / (s * np.sqrt(weights @ weights + x @ inverse @ x))
            )
            assert abs(t) == pytest.approx(quantile, rel=1e-9)


class TestTheLevel:
    def test_p_at_the_level_is_significant(self) -> None:
        """p = 12/240 is 0.05; 1 − 0.95 is a hair more in binary."""
        assert 12 / 240 < 1 - 0.95
        for rank, verdict in ((12, "supported"), (13, "mixed")):
            (row,) = rows(own(self.ranked(rank), {"measure": "car", "of": ["NVDA"], **BELOW}))
            assert row["p_value"] == rank / 240
            assert row["verdict"] == verdict
            assert row["why"] == ("" if verdict == "supported" else UNCLEAR)

    @staticmethod
    def ranked(rank: int) -> Case:
        """Nvidia's day 0 is the rank-th largest loss of itself and 239 sessions before it."""
        at = AS_IT_WAS.at("2025-01-27")
        y, x = AS_IT_WAS.returns["NVDA"], AS_IT_WAS.returns["^GSPC"]
        X = np.column_stack([np.ones(len(y)), x])
        past = np.arange(at - 249, at - 10)
        others = []
        for day in past:
            kept = past[past != day]
            b, s, inverse = fit(y[kept], X[kept])
            v = 1 + X[day] @ inverse @ X[day]
            others.append(abs(y[day] - X[day] @ b) / (s * np.sqrt(v)))
        largest = np.sort(others)[::-1]
        t = (largest[rank - 2] + largest[rank - 1]) / 2
        b, s, inverse = fit(y[past], X[past])
        wanted = X[at] @ b - t * s * np.sqrt(1 + X[at] @ inverse @ X[at])
        prices = sample()
        tables = {}
        for name in ("close", "adj_close"):
            tables[name] = getattr(prices, name).copy()
            place = tables[name].columns.get_loc("NVDA")
            tables[name].iloc[at:, place] *= (1 + wanted) / (1 + y[at])
        return case_of(replace(prices, **tables), estimation="-249,-11", compare=())


class TestLongWindows:
    """Above 10 days p is the larger one of the placebo's and of t's."""

    ASSETS = ("NVDA", "META", "INTC", "MSFT", "ARM", "IBM", "AAPL", "DELL")

    @pytest.mark.parametrize(("window", "kinds"), [((0, 9), 1), ((0, 10), 2), ((5, 15), 2)])
    def test_from_the_eleventh_day_on(self, window: tuple[int, int], kinds: int) -> None:
        parts = [
            {"measure": "car", "of": [name], "window": window, **BELOW} for name in self.ASSETS
        ]
        found = own(case_in(AS_IT_WAS), *parts)
        for name, row in zip(self.ASSETS, rows(found), strict=True):
            part = Said("", "car", (name,), "below", window)
            wanted, other = (by_hand(AS_IT_WAS, part, b) for b in BENCHMARKS)
            assert same(row["p_value"], wanted.p), name
            assert row["p_kind"] == wanted.kind
            assert same(row["other_p"], other.p)
            assert (row["verdict"], row["why"]) == verdict_by_hand(AS_IT_WAS, part)
        assert len(set(found.parts["p_kind"])) == kinds

    def test_of_a_difference(self) -> None:
        kinds = set()
        for name in ("META", "MSFT", "IBM", "ORCL"):
            part = {"measure": "car", "of": [name], "minus": ["NVDA"], "window": [0, 10], **BELOW}
            (row,) = rows(own(case_in(AS_IT_WAS), part))
            wanted = by_hand(
                AS_IT_WAS, Said("", "car", (name,), "below", (0, 10), ("NVDA",)), "^GSPC"
            )
            assert same(row["p_value"], wanted.p)
            assert row["p_kind"] == wanted.kind
            kinds.add(wanted.kind)
        assert kinds == {"placebo", "t"}

    def test_a_window_longer_than_the_estimation_has_that_of_t(self) -> None:
        case = case_of(sample(), estimation="-60,-11", min_obs=30, compare=())
        (row,) = rows(own(case, {"measure": "car", "of": ["NVDA"], "window": [0, 60], **BELOW}))
        at, y = AS_IT_WAS.at("2025-01-27"), AS_IT_WAS.returns["NVDA"]
        X = np.column_stack([np.ones(len(y)), AS_IT_WAS.returns["^GSPC"]])
        past, event = np.arange(at - 60, at - 10), np.arange(at, at + 61)
        b, s, inverse = fit(y[past], X[past])
        x = X[event].sum(axis=0)
        t = (y[event] - X[event] @ b).sum() / (s * np.sqrt(61 + x @ inverse @ x))
        assert same(row["p_value"], 2 * stats.t.sf(abs(t), 48))
        assert row["p_kind"] == "t"


class TestHolm:
    def test_parts_without_p_are_not_counted(self) -> None:
        """Nor those that have none for want of data; a claim more raises the others' p."""
        fact = {"measure": "raw_return", "of": ["NVDA"], **BELOW}
        share_back = {"measure": "share_back", "of": ["NVDA"], "window": [1, 5], **BELOW}
        lost = {"measure": "car", "of": ["OpenAI"], **BELOW}
        one, two = ({"measure": "car", "of": [name], **BELOW} for name in ("META", "MSFT"))
        (alone,) = own(case_in(AS_IT_WAS), one).parts["p_holm"]
        found = own(case_in(AS_IT_WAS), fact, one, share_back, lost, two).parts
        p = found["p_value"].to_numpy()
        assert np.isfinite(p).tolist() == [False, True, False, False, True]
        np.testing.assert_allclose(found["p_holm"], holm(p), rtol=1e-12)
        assert alone == p[1] < 0.05
        assert found["p_holm"].iloc[1] == 2 * p[1]

    def test_over_the_claims_and_not_within_one(self) -> None:
        part = {"measure": "car", "of": ["META"], **BELOW}
        other = {"measure": "car", "of": ["IBM"], **BELOW}
        two = [claim_of(part), claim_of(other).model_copy(update={"id": "second"})]
        found = check_claims(case_in(AS_IT_WAS), two).parts
        np.testing.assert_allclose(found["p_holm"], holm(list(found["p_value"])), rtol=1e-12)
        assert (found["p_holm"] > found["p_value"]).any()

    def test_the_verdict_rests_on_the_single_p(self) -> None:
        row = row_of(checked(AS_IT_WAS), "us-ai-hit-hard", 2)
        assert row["p_value"] < 0.05 < row["p_holm"]
        assert row["verdict"] == "supported"


class TestTwoBenchmarks:
    def test_an_asset_that_is_the_other_benchmark(self) -> None:
        part = {"measure": "car", "of": ["EW_EX_AI"], **BELOW}
        (row,) = rows(own(case_in(AS_IT_WAS), part))
        wanted = by_hand(AS_IT_WAS, Said("", "car", ("EW_EX_AI",), "below"), "^GSPC")
        assert same(row["figure"], wanted.value)
        assert row["other"] == "EW_EX_AI"
        assert np.isnan([row["other_figure"], row["other_p"]]).all()
        assert row["verdict"] == answer(Said("", "car", (), "below"), wanted)
        assert row["why"] == "known against 1 of 2 benchmarks"

    def test_an_asset_that_is_the_study_s_own(self) -> None:
        (row,) = rows(own(case_in(AS_IT_WAS), {"measure": "car", "of": ["^GSPC"], **BELOW}))
        assert row["verdict"] == "untestable"
        assert np.isnan([row["figure"], row["p_value"]]).all()
        wanted = by_hand(AS_IT_WAS, Said("", "car", ("^GSPC",), "below"), "EW_EX_AI")
        assert same(row["other_figure"], wanted.value)

    def test_a_day_that_the_other_benchmark_lacks(self) -> None:
        case = case_of(without(sample(), "EW_EX_AI", "2025-01-28"))
        parts = [{"measure": "car", "of": ["META"], "window": w, **BELOW} for w in ([0, 0], [1, 3])]
        before, after = rows(own(case_in(AS_IT_WAS), *parts)), rows(own(case, *parts))
        assert after[0] == before[0] | {"p_holm": after[0]["p_holm"]}
        assert same(after[1]["figure"], before[1]["figure"])
        assert np.isnan(after[1]["other_figure"])
        alone = verdict_by_hand(AS_IT_WAS, Said("", "car", ("META",), "below", (1, 3)), ["^GSPC"])
        assert (after[1]["verdict"], after[1]["why"]) == alone

    def test_of_a_difference(self) -> None:
        """The verdict stands on the study's own benchmark, and says that it is the only one."""
        case = case_of(without(sample(), "EW_EX_AI", "2025-01-28"))
        part = {"measure": "car", "of": ["META"], "minus": ["NVDA"], "window": [0, 5], **BELOW}
        (row,) = rows(own(case, part))
        said = Said("", "car", ("META",), "below", (0, 5), ("NVDA",))
        wanted = by_hand(AS_IT_WAS, said, "^GSPC")
        assert same(row["figure"], wanted.value)
        assert wanted.value > 0
        assert wanted.p < 0.05
        assert (row["verdict"], row["why"]) == ("contradicted", "known against 1 of 2 benchmarks")
        assert np.isnan([row["other_figure"], row["other_p"]]).all()
        line = part_line(row, APP_STORE)
        assert not np.isfinite(row["other_figure"])
        assert line.endswith("known against 1 of 2 benchmarks.")

    def test_a_day_that_the_study_s_own_lacks(self) -> None:
        case = case_of(without(sample(), "^GSPC", "2025-01-28"))
        parts = [{"measure": "car", "of": ["META"], "window": w, **BELOW} for w in ([0, 0], [1, 3])]
        first, second = rows(own(case, *parts))
        assert first["verdict"] != "untestable"
        assert second["verdict"] == "untestable"
        assert second["why"]
        assert np.isnan([second["figure"], second["p_value"]]).all()

    def test_firm_answers_of_both_kinds(self) -> None:
        """Against a benchmark that fell by ten percent more, a fall becomes a rise."""
        prices = sample()
        at = prices.sessions.get_loc("2025-01-27")
        tables = {}
        for name in ("close", "adj_close"):
            tables[name] = getattr(prices, name).copy()
            tables[name].iloc[at:, tables[name].columns.get_loc("EW_EX_AI")] *= 0.9
        part = {"measure": "car", "of": ["^IXIC"], **BELOW}
        found = own(case_of(replace(prices, **tables)), part)
        (row,) = rows(found)
        assert row["figure"] < 0 < row["other_figure"]
        assert (row["verdict"], row["why"]) == ("mixed", TURNS)
        assert found.claims["why"].item() == TURNS


class TestOtherSettings:
    def test_a_model_without_a_benchmark(self) -> None:
        found = check_claims(case_of(sample(), model="mean"))
        for part, row in zip(REGISTER, rows(found), strict=True):
            assert (row["benchmark"], row["other"]) == ("", "")
            assert np.isnan(row["other_figure"])
            wanted = by_hand(AS_IT_WAS, part, "")
            assert same(row["figure"], wanted.value), part
            assert same(row["low"], wanted.low)
            assert same(row["high"], wanted.high)
            assert same(row["p_value"], wanted.p)
            assert row["p_kind"] == wanted.kind
            assert (row["verdict"], row["why"]) == verdict_by_hand(AS_IT_WAS, part, [""])

    def test_one_benchmark_alone_gives_no_other_opinion(self) -> None:
        found = check_claims(case_of(sample(), benchmark="EW_EX_AI", compare=()))
        for part, row in zip(REGISTER, rows(found), strict=True):
            assert (row["benchmark"], row["other"]) == ("EW_EX_AI", "")
            assert same(row["figure"], by_hand(AS_IT_WAS, part, "EW_EX_AI").value)
            assert np.isnan([row["other_figure"], row["other_p"]]).all()
            verdict = verdict_by_hand(AS_IT_WAS, part, ["EW_EX_AI"])
            assert (row["verdict"], row["why"]) == verdict

    def test_the_level_is_the_study_s(self) -> None:
        part = {"measure": "car", "of": ["META"], "direction": "above"}
        p = by_hand(AS_IT_WAS, Said("", "car", ("META",), "above"), "^GSPC").p
        assert 0.01 < p < 0.05
        for confidence, verdict in ((0.95, "supported"), (0.99, "mixed")):
            found = own(case_of(sample(), compare=(), confidence=confidence), part)
            assert found.confidence == confidence
            assert found.parts["verdict"].item() == verdict

    def test_log_returns_are_those_of_the_study(self) -> None:
        case = case_of(sample(), returns="log", compare=())
        row = rows(own(case, {"measure": "car", "of": ["NVDA"], "direction": "below"}))[0]
        y, x = (np.log1p(AS_IT_WAS.returns[name]) for name in ("NVDA", "^GSPC"))
        at = AS_IT_WAS.at("2025-01-27")
        X = np.column_stack([np.ones(len(y)), x])
        b = fit(y[at - 260 : at - 10], X[at - 260 : at - 10])[0]
        assert same(row["figure"], y[at] - X[at] @ b)


class TestFacts:
    @pytest.mark.parametrize("window", [(0, 0), (-1, 3), (1, 20)])
    def test_over_any_window(self, window: tuple[int, int]) -> None:
        at = AS_IT_WAS.at("2025-01-27")
        first, last = at + window[0] - 1, at + window[1]
        parts = [
            {
                "measure": "raw_return",
                "of": ["hyperscalers"],
                "window": window,
                "direction": "below",
            },
            {"measure": "index_points", "of": ["^IXIC"], "window": window, "direction": "below"},
        ]
        mean, points = rows(own(case_in(AS_IT_WAS), *parts))
        price = AS_IT_WAS.close
        wanted = np.mean(
            [price[name].iloc[last] / price[name].iloc[first] - 1 for name in HYPERSCALERS]
        )
        assert same(mean["figure"], wanted)
        index = AS_IT_WAS.close["^IXIC"]
        assert same(points["figure"], index.iloc[last] - index.iloc[first])
        for row in (mean, points):
            assert row["verdict"] == ("supported" if row["figure"] < 0 else "contradicted")

    def test_a_return_is_of_the_close_without_dividends(self) -> None:
        at = AS_IT_WAS.at("2025-01-27")
        part = {"measure": "raw_return", "of": ["IBM"], "window": [1, 20], "direction": "above"}
        (row,) = rows(own(case_in(AS_IT_WAS), part))
        close, adjusted = (
            table["IBM"].iloc[at + 20] / table["IBM"].iloc[at] - 1
            for table in (AS_IT_WAS.close, AS_IT_WAS.adj_close)
        )
        assert not same(close, adjusted)  # a dividend was paid in between
        assert same(row["figure"], close)

    def test_a_fact_needs_no_model(self) -> None:
        """Whatever the setting, the figure is the same and no other benchmark is beside it."""
        part = {"measure": "raw_return", "of": ["NVDA"], "window": [0, 5], "direction": "below"}
        at, price = AS_IT_WAS.at("2025-01-27"), AS_IT_WAS.close["NVDA"]
        for setting in ({"model": "mean"}, {"returns": "log"}, {"benchmark": "EW_EX_AI"}):
            (row,) = rows(own(case_of(sample(), **setting), part))
            assert same(row["figure"], price.iloc[at + 5] / price.iloc[at - 1] - 1)
            assert (row["other"], row["p_kind"], row["why"]) == ("", "", "")
            missing = [row[k] for k in ("low", "high", "p_value", "other_figure", "other_p")]
            assert np.isnan([*missing, row["p_holm"]]).all()

    def test_the_benchmark_itself_has_facts(self) -> None:
        part = {"measure": "index_points", "of": ["^GSPC"], "direction": "below"}
        (row,) = rows(own(case_in(AS_IT_WAS), part))
        at, index = AS_IT_WAS.at("2025-01-27"), AS_IT_WAS.close["^GSPC"]
        assert same(row["figure"], index.iloc[at] - index.iloc[at - 1])
        assert (row["verdict"], row["other"]) == ("supported", "")

    @pytest.mark.parametrize("columns", [("close", "adj_close"), ("close",), ("adj_close",)])
    @pytest.mark.parametrize("day", ["2025-01-24", "2025-01-27"])
    def test_a_missing_price_is_no_figure(self, columns: tuple[str, ...], day: str) -> None:
        prices = without(sample(), "NVDA", day, columns)
        case = Case(case_in(AS_IT_WAS).result, prices)
        row = rows(own(case, {"measure": "raw_return", "of": ["NVDA"], "direction": "below"}))[0]
        assert row["verdict"] == "untestable"
        assert "NVDA" in row["why"]
        assert np.isnan(row["figure"])


class TestUntestable:
    """What cannot be measured says why, and leaves the other parts alone."""

    def test_an_event_that_the_registry_lacks(self, tmp_path: Path) -> None:
        lines = REGISTRY.read_text("utf-8").splitlines(keepends=True)
        short = tmp_path / "events.csv"
        short.write_text(
            "".join(line for line in lines if not line.startswith(META_CAPEX)), "utf-8"
        )
        found = check_claims(case_of(sample(), short))
        for number in (1, 2):
            row = row_of(found, "meta-spending-calmed", number)
            assert (row["verdict"], row["why"]) == (
                "untestable",
                "the registry has no event meta-capex",
            )
            assert row["confounders"] == ""
            assert pd.isna(row["day0"])
        before = verdicts(checked(AS_IT_WAS))
        assert verdicts(found) == {**before, "meta-spending-calmed": "untestable"}

    def test_prices_that_end_early(self) -> None:
        prices = sample()
        last = "2025-02-24"  # day 19
        short = replace(
            prices,
            close=prices.close.loc[:last],
            adj_close=prices.adj_close.loc[:last],
            factors=None if prices.factors is None else prices.factors.loc[:last],
        )
        found = check_claims(case_of(short))
        for part, row in zip(REGISTER, rows(found), strict=True):
            if part.window[1] >= 20:
                assert row["verdict"] == "untestable"
                window = f"[{part.window[0]:+d}, {part.window[1]:+d}]".replace("+0", "0")
                assert row["why"] == f"the prices do not reach {window}"
                assert np.isnan(row["figure"])
            else:
                assert (row["verdict"], row["why"]) == verdict_by_hand(AS_IT_WAS, part)
                assert same(row["figure"], by_hand(AS_IT_WAS, part, "^GSPC").value)
        whole = verdicts(found)
        assert whole["reaction-exaggerated"] == whole["nvidia-need-not-lose"] == "untestable"
        assert whole["cheaper-gpus"] == "supported"  # by its one part that can be tested

    @pytest.mark.parametrize(
        ("part", "why"),
        [
            ({"of": ["xAI"]}, "xAI is not listed on an exchange: it has no share price"),
            ({"of": ["NVDA", "Anthropic"]}, "Anthropic is not listed on an exchange"),
            (
                {"of": ["NVDA"], "minus": ["High-Flyer"]},
                "High-Flyer is a privately held fund manager",
            ),
            (
                {"of": ["hyperscaler"]},
                "hyperscaler is neither in the prices nor a group of the event; "
                "did you mean hyperscalers?",
            ),
            (
                {"of": ["NVDA"], "minus": ["AVG"]},
                "AVG is neither in the prices nor a group of the event; did you mean AVGO?",
            ),
            (
                {"measure": "raw_return", "of": ["software-adopter"]},
                "did you mean software-adopters?",
            ),
            ({"of": ["NVDA"], "minus": ["nvidia"]}, "both sides are the same"),
            ({"of": ["NVDA"], "minus": ["^GSPC"]}, "^GSPC is the benchmark"),
            ({"of": ["^GSPC"]}, "nothing can be tested"),
            ({"of": ["NVDA"], "event": "no-such"}, "the registry has no event no-such"),
            ({"of": ["NVDA"], "event": "deepseek-v2"}, ""),
            ({"of": ["NVDA"], "window": [0, 106]}, ""),
            ({"of": ["NVDA"], "window": [0, 107]}, "the prices do not reach [0, +107]"),
            ({"of": ["NVDA"], "window": [-20, 0]}, "overlap"),
        ],
        ids=lambda value: str(value) if isinstance(value, dict) else "",
    )
    def test_reasons(self, part: dict[str, Any], why: str) -> None:
        # the sample ends 106 sessions after day 0, and holds 260 before deepseek-v2 of May 2024
        found = own(case_in(AS_IT_WAS), {"measure": "car", "direction": "below", **part})
        row = rows(found)[0]
        assert (row["verdict"] == "untestable") == bool(why)
        assert why in row["why"]
        if why:
            assert np.isnan(row["figure"])
            assert found.claims["verdict"].item() == "untestable"
            assert found.claims["why"].item() == row["why"]

    def test_one_bad_window_leaves_the_other_parts_alone(self) -> None:
        good = {"measure": "car", "of": ["NVDA"], "direction": "below"}
        bad = {"measure": "car", "of": ["META"], "window": [-20, 0], "direction": "above"}
        first, second = rows(own(case_in(AS_IT_WAS), good, bad))
        assert (first["verdict"], second["verdict"]) == ("supported", "untestable")

    def test_nor_do_several_of_every_measure(self) -> None:
        good: list[dict[str, Any]] = [
            {"measure": "car", "of": ["NVDA"]},
            {"measure": "car", "of": ["META"], "minus": ["AMD"], "window": [0, 20]},
            {"measure": "share_back", "of": ["NVDA"], "window": [1, 5]},
            {"measure": "raw_return", "of": ["NVDA"], "window": [-20, 0]},
        ]
        bad: list[dict[str, Any]] = [
            {"measure": "car", "of": ["META"], "window": [-20, 0]},
            {"measure": "car", "of": ["META"], "minus": ["AMD"], "window": [-20, 0]},
            {"measure": "car", "of": ["NVDA"], "window": [0, 107]},
            {"measure": "car", "of": ["^GSPC"]},
            {"measure": "car", "of": ["no-such"]},
        ]
        case = case_in(AS_IT_WAS)
        alone = rows(own(case, *(part | BELOW for part in good)))
        both = [part | BELOW for pair in zip(good, bad, strict=False) for part in pair]
        mixed = rows(own(case, *both, bad[-1] | BELOW))
        for row in mixed[1::2]:
            assert row["verdict"] == "untestable"
            assert row["why"]
        for given, wanted in zip(mixed[:8:2], alone, strict=True):
            for key in ("figure", "low", "high", "p_value", "other_figure", "other_p"):
                assert same(given[key], wanted[key]), key
            assert (given["verdict"], given["why"]) == (wanted["verdict"], wanted["why"])

    def test_a_member_without_a_return_is_named(self) -> None:
        prices = sample()
        holed = prices.adj_close.copy()
        holed.loc["2025-01-27", "VST"] = np.nan
        case = case_of(replace(prices, adj_close=holed))
        (row,) = rows(own(case, {"measure": "car", "of": ["ai-power"], "direction": "below"}))
        assert row["verdict"] == "untestable"
        assert "VST" in row["why"] or "Vistra" in row["why"]

    @pytest.mark.parametrize("measure", ["car", "minus", "raw_return"])
    def test_members_are_named_and_only_for_days_of_the_window(self, measure: str) -> None:
        """No price on day +2: no return on days +2 and +3."""
        prices = without(without(sample(), "VST", "2025-01-29"), "CEG", "2025-01-29")
        case = case_of(prices)
        sides: dict[str, Any] = {"measure": measure, "of": ["ai-power"]}
        if measure == "minus":
            sides = {"measure": "car", "of": ["NVDA"], "minus": ["ai-power"]}
        windows = {(0, 0): False, (0, 1): False, (2, 2): True, (3, 5): True, (0, 20): True}
        parts = [{**sides, "window": window, **BELOW} for window in [*windows, (5, 8)]]
        told = rows(own(case, *parts))
        usual = rows(own(case_in(AS_IT_WAS), *parts))
        for lost, row, before in zip([*windows.values(), False], told, usual, strict=True):
            assert (row["verdict"] == "untestable") == lost
            if lost:
                assert "VST" in row["why"]
                assert "CEG" in row["why"]
                assert "GEV" not in row["why"]
                assert np.isnan([row["figure"], row["p_value"]]).all()
            else:
                assert same(row["figure"], before["figure"])
                assert same(row["p_value"], before["p_value"])

    @pytest.mark.parametrize("minus", [[], ["NVDA"]], ids=["single", "minus"])
    def test_a_long_window_with_a_gap_spoils_no_short_one(self, minus: list[str]) -> None:
        """An asset that leaves the market on day +30, and windows measured in one call."""
        prices = sample()
        tables = {name: getattr(prices, name).copy() for name in ("close", "adj_close")}
        for table in tables.values():
            table.loc["2025-03-11":, "VST"] = np.nan
        case = case_of(replace(prices, **tables))
        windows = {(0, 0): "", (0, 29): "", (0, 30): "[0, +30]", (20, 60): "[+20, +60]"}
        sides = {"measure": "car", "of": ["ai-power"], "minus": minus, **BELOW}
        told = rows(own(case, *({**sides, "window": window} for window in windows)))
        for window, row in zip(windows, told, strict=True):
            if lost := windows[window]:
                why = f"missing returns of VST in {lost}"
                assert (row["verdict"], row["why"]) == ("untestable", why)
                assert np.isnan([row["figure"], row["p_value"], row["other_figure"]]).all()
                continue
            part = Said("", "car", AI_POWER, "below", window, tuple(minus))
            wanted = by_hand(AS_IT_WAS, part, BENCHMARKS[0])
            assert same(row["figure"], wanted.value)
            assert same(row["p_value"], wanted.p)
            assert (row["verdict"], row["why"]) == verdict_by_hand(AS_IT_WAS, part)

    def test_a_gap_in_the_estimation_window_is_no_hindrance(self) -> None:
        case = case_of(without(sample(), "VST", "2024-08-14"))
        (row,) = rows(own(case, {"measure": "car", "of": ["ai-power"], **BELOW}))
        assert row["verdict"] == "supported"
        assert np.isfinite(row["figure"])

    @pytest.mark.parametrize(
        ("of", "minus"), [("NVDA", "nvidia"), ("custom-silicon", "AVGO"), ("META", "hyperscalers")]
    )
    def test_an_asset_on_both_sides(self, of: str, minus: str) -> None:
        """The same side twice is no difference; a part of the other side is one."""
        part = {"measure": "car", "of": [of], "minus": [minus], **BELOW}
        (row,) = rows(own(case_in(AS_IT_WAS), part))
        if of == "NVDA":
            assert (row["verdict"], row["why"]) == ("untestable", "both sides are the same")
            return
        members = {"custom-silicon": CUSTOM_SILICON, "hyperscalers": HYPERSCALERS}
        said = Said(
            "", "car", members.get(of, (of,)), "below", (0, 0), members.get(minus, (minus,))
        )
        wanted = by_hand(AS_IT_WAS, said, "^GSPC")
        assert same(row["figure"], wanted.value)
        assert row["p_value"] == wanted.p


class TestConfounders:
    @pytest.mark.parametrize(
        ("part", "titles"),
        [
            ({"of": ["AAPL"]}, ""),
            (
                {"of": ["AAPL"], "window": [-1, 3]},
                "Meta announces capital spending of $60 to 65 billion for 2025; FOMC statement",
            ),
            ({"of": ["INTC"], "window": [-1, 3]}, "FOMC statement"),
            (
                {"of": ["INTC"], "minus": ["MSFT"], "window": [1, 3]},
                "FOMC statement; Microsoft reports earnings",
            ),
            (
                {"of": ["NVDA"], "window": [0, 21]},
                "FOMC statement; Tariff orders on Canada, Mexico and China",
            ),
            (
                {"of": ["NVDA"], "window": [0, 22]},
                "FOMC statement; Tariff orders on Canada, Mexico and China; Nvidia reports earnings",
            ),
            (
                {"of": ["INTC"], "event": META_CAPEX, "window": [-2, 1]},
                "Stargate data-centre venture announced",
            ),
            (
                {"of": ["NVDA"], "event": META_CAPEX, "window": [0, 1]},
                "DeepSeek reaches the top of Apple's US App Store",
            ),
        ],
    )
    def test_of_a_window(self, part: dict[str, Any], titles: str) -> None:
        row = rows(own(case_in(AS_IT_WAS), {"measure": "car", "direction": "below", **part}))[0]
        assert row["confounders"] == titles


# --- The rule ------------------------------------------------------------------------------------


def part_of(measure: str, direction: str, **more: Any) -> ClaimPart:
    if measure == "share_back":
        more.setdefault("window", [1, 5])
    of = ["^X"] if measure == "index_points" else ["X"]
    return ClaimPart.model_validate({"measure": measure, "of": of, "direction": direction, **more})


UP, DOWN = part_of("car", "above"), part_of("car", "below")
HALF = part_of("share_back", "above", threshold=0.5)
UNDER_HALF = part_of("share_back", "below", threshold=0.5)
ABOUT = part_of("raw_return", "about", threshold=-0.17, within=0.005)
POINTS = part_of("index_points", "below", threshold=-600)
OVER = part_of("raw_return", "above", threshold=0.1)


def car(value: float, p: float) -> Measured:
    return Measured(value, value - 0.01, value + 0.01, p, "placebo")


def share(low: float, high: float, p: float = np.nan) -> Measured:
    return Measured((low + high) / 2, low, high, p)


LOST = Measured(np.nan, reason="lost")
HELD, NO_BOUNDS = "the interval includes the threshold", "the interval has no bounds"
SAID = {"supported": "as claimed", "contradicted": "opposite"}
YES_ONCE, NO_ONCE = (f"{name} against only 1 of 2 benchmarks" for name in SAID.values())
U, B = "against", "benchmarks"
YES = f"as claimed {U}"
YES_TWICE = f"{YES} only 2 of 3 {B}"


class TestTheRule:
    @pytest.mark.parametrize(
        ("part", "figures", "verdict", "why"),
        [
            (UP, [car(0.1, 0.01)], "supported", ""),
            (UP, [car(-0.1, 0.01)], "contradicted", ""),
            (DOWN, [car(-0.1, 0.01)], "supported", ""),
            (DOWN, [car(0.1, 0.01)], "contradicted", ""),
            (UP, [car(0.1, 0.2)], "mixed", UNCLEAR),
            (UP, [car(-0.1, 0.2)], "mixed", UNCLEAR),
            (UP, [car(0.1, 0.0499)], "supported", ""),
            (UP, [car(0.1, 0.0501)], "mixed", UNCLEAR),
            (UP, [car(0.1, 0.05)], "supported", ""),
            (UP, [car(-0.1, 0.05)], "contradicted", ""),
            (UP, [car(0.1, np.nan)], "mixed", UNCLEAR),
            (DOWN, [car(0.1, np.nan)], "mixed", UNCLEAR),
            (UP, [car(0.1, 0.01), car(0.2, 0.04)], "supported", ""),
            (UP, [car(-0.1, 0.01), car(-0.2, 0.04)], "contradicted", ""),
            (UP, [car(0.1, 0.01), car(0.1, 0.2)], "mixed", YES_ONCE),
            (UP, [car(0.1, 0.2), car(0.1, 0.01)], "mixed", YES_ONCE),
            (UP, [car(0.1, np.nan), car(0.1, 0.01)], "mixed", YES_ONCE),
            (DOWN, [car(0.1, 0.01), car(0.1, 0.2)], "mixed", NO_ONCE),
            (DOWN, [car(0.1, 0.2), car(0.1, 0.01)], "mixed", NO_ONCE),
            (UP, [car(0.1, 0.01), car(-0.1, 0.01)], "mixed", TURNS),
            (UP, [car(-0.1, 0.01), car(0.1, 0.01)], "mixed", TURNS),
            (UP, [car(0.1, 0.01), car(-0.1, 0.01), car(0.1, 0.9)], "mixed", TURNS),
            (UP, [car(0.1, 0.2), car(-0.1, 0.3)], "mixed", UNCLEAR),
            (UP, [car(0.1, 0.01), car(0.1, 0.01), car(0.1, 0.01)], "supported", ""),
            (UP, [LOST], "untestable", "lost"),
            (UP, [LOST, car(0.1, 0.01)], "untestable", "lost"),
            (UP, [car(0.1, 0.01), LOST], "supported", "known against 1 of 2 benchmarks"),
            (UP, [car(-0.1, 0.01), LOST], "contradicted", "known against 1 of 2 benchmarks"),
            (UP, [car(0.1, 0.2), LOST], "mixed", UNCLEAR),
            (UP, [car(0.1, 0.01), LOST, car(-0.1, 0.01)], "mixed", TURNS),
            # counted among those with a figure, whichever of them is the study's own
            (UP, [car(0.1, 0.01), car(0.1, 0.2), LOST], "mixed", YES_ONCE),
            (UP, [car(0.1, 0.2), LOST, car(-0.1, 0.01)], "mixed", NO_ONCE),
            (UP, [car(0.1, 0.01), car(0.1, 0.2), car(0.1, 0.01)], "mixed", YES_TWICE),
            (UP, [car(0.1, 0.2), car(0.1, 0.01), car(0.1, 0.01)], "mixed", YES_TWICE),
            (UP, [car(0.1, 0.2), car(0.1, 0.3), car(0.1, 0.01)], "mixed", f"{YES} only 1 of 3 {B}"),
            (UP, [car(-0.1, 0.01), LOST, car(-0.1, 0.01)], "contradicted", f"known {U} 2 of 3 {B}"),
            (UP, [car(0.1, 0.01), LOST, LOST], "supported", f"known {U} 1 of 3 {B}"),
            (HALF, [share(0.6, 0.9)], "supported", ""),
            (HALF, [share(0.1, 0.4)], "contradicted", ""),
            (HALF, [share(0.4, 0.9)], "mixed", HELD),
            (UNDER_HALF, [share(0.1, 0.4)], "supported", ""),
            (UNDER_HALF, [share(0.6, 0.9)], "contradicted", ""),
            (UNDER_HALF, [share(0.4, 0.9)], "mixed", HELD),
            (HALF, [share(np.nan, np.nan)], "mixed", NO_BOUNDS),
            (HALF, [share(0.6, 0.9), share(0.4, 0.9)], "mixed", YES_ONCE),
            (HALF, [share(0.6, 0.9), share(np.nan, np.nan)], "mixed", YES_ONCE),
            (HALF, [share(np.nan, np.nan), share(0.1, 0.4)], "mixed", NO_ONCE),
            (HALF, [share(0.6, 0.9), share(0.1, 0.4)], "mixed", TURNS),
            (HALF, [share(0.4, 0.9), share(np.nan, np.nan)], "mixed", HELD),
            (HALF, [share(np.nan, np.nan), share(0.4, 0.9)], "mixed", NO_BOUNDS),
            (HALF, [share(0.6, 0.9), LOST], "supported", "known against 1 of 2 benchmarks"),
            (HALF, [share(0.6, 0.9, p=0.9)], "supported", ""),
            (HALF, [LOST], "untestable", "lost"),
            (ABOUT, [Measured(-0.17)], "supported", ""),
            (ABOUT, [Measured(-0.1655)], "supported", ""),
            (ABOUT, [Measured(-0.1745)], "supported", ""),
            (ABOUT, [Measured(-0.164)], "contradicted", ""),
            (ABOUT, [Measured(-0.176)], "contradicted", ""),
            (POINTS, [Measured(-601.0)], "supported", ""),
            (POINTS, [Measured(-600.0)], "contradicted", ""),
            (OVER, [Measured(0.11)], "supported", ""),
            (OVER, [Measured(0.09)], "contradicted", ""),
            (OVER, [Measured(0.11), Measured(0.11)], "supported", ""),
            (OVER, [LOST], "untestable", "lost"),
        ],
    )
    def test_of_a_part(
        self, part: ClaimPart, figures: list[Measured], verdict: str, why: str
    ) -> None:
        assert part_verdict(part, figures, 0.05) == (verdict, why)

    @pytest.mark.parametrize(
        ("parts", "verdict", "why"),
        [
            (["supported"], "supported", ""),
            (["contradicted"], "contradicted", ""),
            (["mixed"], "mixed", ""),
            (["untestable"], "untestable", ""),
            (["supported"] * 2, "supported", "of 2 parts, 2 as claimed"),
            (["contradicted"] * 3, "contradicted", "of 3 parts, 3 opposite"),
            (["untestable"] * 2, "untestable", "of 2 parts, 2 cannot be tested"),
            (
                ["supported", "untestable"],
                "supported",
                "of 2 parts, 1 as claimed, 1 cannot be tested",
            ),
            (
                ["untestable", "contradicted"],
                "contradicted",
                "of 2 parts, 1 opposite, 1 cannot be tested",
            ),
            (["supported", "contradicted"], "mixed", "of 2 parts, 1 as claimed, 1 opposite"),
            (["supported", "mixed", "supported"], "mixed", "of 3 parts, 2 as claimed, 1 not shown"),
            (["mixed", "untestable"], "mixed", "of 2 parts, 1 not shown, 1 cannot be tested"),
        ],
    )
    def test_of_a_claim(self, parts: list[str], verdict: str, why: str) -> None:
        assert claim_verdict(parts) == (verdict, why)


class TestWhatIsStated:
    """A threshold with the digits that it needs, and what it is allowed to be off."""

    @pytest.mark.parametrize(
        ("part", "text"),
        [
            (part_of("raw_return", "about", within=0.01), "≈ 0 ± 1%"),
            (UP, "> 0"),
            (DOWN, "< 0"),
            (HALF, "> 50%"),
            (OVER, "> 10%"),
            (POINTS, "< −600"),
            (ABOUT, "≈ −17 ± 0.5%"),
            (part_of("raw_return", "above", threshold=0.125), "> 12.5%"),
            (part_of("raw_return", "above", threshold=-0.0125), "> −1.25%"),
            (part_of("raw_return", "below", threshold=0.07), "< 7%"),
            (part_of("raw_return", "below", threshold=0.29), "< 29%"),
            (part_of("raw_return", "about", threshold=0.1234567, within=0.01), "≈ 12.35 ± 1%"),
            (part_of("share_back", "below", threshold=1.5), "< 150%"),
            (part_of("index_points", "below", threshold=-1612.25), "< −1,612.25"),
            (part_of("index_points", "about", threshold=-600, within=12.5), "≈ −600 ± 12.5"),
        ],
    )
    def test_text(self, part: ClaimPart, text: str) -> None:
        assert stated(part.model_dump()) == text
