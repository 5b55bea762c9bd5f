"""How the parts of the evidence print themselves: their finding, and their summary in print."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import Any

import pandas as pd

from eventstudy.evidence.case import Case
from eventstudy.evidence.claim_text import MEASURES, about, figure, stated
from eventstudy.evidence.claims import Claims
from eventstudy.evidence.contamination import Contamination
from eventstudy.evidence.contrasts import Contrasts
from eventstudy.evidence.curve import Curve
from eventstudy.evidence.findings import (
    claims_finding,
    contrasts_finding,
    curve_finding,
    lead_events,
    level_text,
    placebos_finding,
    recovery_finding,
    share_interval,
    short_date,
    value_finding,
)
from eventstudy.evidence.gathered import PARTS, Evidence
from eventstudy.evidence.multiplicity import quoted
from eventstudy.evidence.placebos import Placebos
from eventstudy.evidence.recovery import ALL_DAYS, Recovery
from eventstudy.evidence.value import ALL, Value
from eventstudy.numbers import (
    MISSING,
    counted,
    dollars,
    number,
    p_text,
    percent,
    points,
    window_text,
)
from eventstudy.reprs import MOST_ROWS, Brief, Listing
from eventstudy.spec import Window

NONE = "Nothing was found"


@singledispatch
def brief_of(part: Any) -> Brief:
    """What a part of the evidence says of itself."""
    return Brief(type(part).__name__)


@brief_of.register
def _of_evidence(part: Evidence) -> Brief:
    there = {name: getattr(part, name) for name in PARTS if getattr(part, name) is not None}
    rows = [(name, brief_of(one).finding) for name, one in there.items()]
    rows += [(name, f"none: {why}") for name, why in part.absent.items()]
    on = f" on {part.event_id}" if part.event_id else ""
    warned = () if part.contamination is None else part.contamination.sentences
    finding = f"Evidence{on}: {counted(len(there), 'part')} of {len(PARTS)}"
    return Brief(finding, "", (_listing(("part", "finding"), rows, words=(0, 1)),), warned)


@brief_of.register
def _of_case(part: Case) -> Brief:
    rows = [(e.name, e.key, str(len(e.members))) for e in part.entities]
    against = f", benchmark {part.benchmark}" if part.benchmark else ""
    sessions = part.sessions
    return Brief(
        f"The case of {part.event_id}: day 0 is {part.day0:%Y-%m-%d}",
        f"{part.result.model_label}{against}; prices of "
        f"{counted(len(part.prices.tickers), 'ticker')}, {sessions[0]:%Y-%m-%d} to "
        f"{sessions[-1]:%Y-%m-%d}; the first {len(part.leads)} lead.",
        (_listing(("entity", "key", "assets"), rows, words=(0, 1), more="entities"),),
    )


@brief_of.register
def _of_placebos(part: Placebos) -> Brief:
    table = part.summary
    heads = ("placebos", "entity", "window", "CAR %", "s.e.", "rank", "of", "p")
    rows = [
        (
            f"in {row['kind']}",
            str(row["name"]),
            _window(row["window_start"], row["window_end"]),
            percent(row["car"], unit=False),
            number(row["statistic"], signed=True),
            number(row["rank"], 0),
            number(row["n_placebos"] + 1.0, 0),
            p_text(row["p_value"], prefix=False),
        )
        for row in _records(table)
    ]
    listing = _listing(heads, rows, len(table), words=(0, 1), more="summary")
    if table.empty:
        return Brief("There are no placebos", "", (listing,))
    first = table.iloc[0]
    same = table[
        (table["entity"] == first["entity"])
        & (table["window_start"] == first["window_start"])
        & (table["window_end"] == first["window_end"])
    ].set_index("kind")
    time, space = (same.loc[k] if k in same.index else None for k in ("time", "space"))
    days = Window(int(first["window_start"]), int(first["window_end"]))
    when = "that day" if days.length == 1 else "over the same days"
    said = placebos_finding(str(first["name"]), window_text(days), time, space, when)
    return Brief(said, "", (listing,), tuple(_reasons(table, "name")))


@brief_of.register
def _of_curve(part: Curve) -> Brief:
    table = part.summary
    heads = ("entity", "window", "specs", "median %", "range %", "signif. %", "p")
    rows = [
        (
            str(row["name"]),
            _window(row["window_start"], row["window_end"]),
            number(row["n_specifications"], 0),
            percent(row["median"], unit=False),
            _range(row["minimum"], row["maximum"]),
            number(100 * row["share_significant"], 0),
            p_text(row["p_median"], prefix=False),
        )
        for row in _records(table)
    ]
    listing = _listing(heads, rows, len(table), more="summary")
    said = curve_finding(table.iloc[0]) if len(table) else "There is no specification curve"
    notes = [*_reasons(table, "name"), *_left_out(part.left_out)]
    return Brief(said, "p: by the median, among ordinary days.", (listing,), tuple(notes))


@brief_of.register
def _of_recovery(part: Recovery) -> Brief:
    table = part.table[part.table["days"] == ALL_DAYS]
    last = table[table["share"].notna()].groupby("key", sort=False)["horizon"].max()
    heads = ("entity", "AR day 0 %", "p", "after", "back %", "interval %", "p back")
    summary = part.summary[part.summary["days"] == ALL_DAYS]
    rows = []
    for row in _records(summary):
        at = table[(table["key"] == row["key"]) & (table["horizon"] == last.get(row["key"], -1))]
        cells = [MISSING] * 4
        if len(at) and row["abnormal"]:
            end = at.iloc[0]
            back = percent(end["share"], 0, unit=False), share_interval(end)
            cells = [f"+{end['horizon']}", *back, p_text(end["p_back"], prefix=False)]
        ar0 = percent(row["ar0"], unit=False), p_text(row["p_value"], prefix=False)
        rows.append((str(row["label"]), *ar0, *cells))
    said = recovery_finding(part, first=True) or NONE
    notes = (f"Cut short: {part.cut}.",) if part.cut else ()
    about_ = f"Share of day 0 undone, {level_text(part.confidence)} intervals; p one-sided."
    return Brief(said, about_, (_listing(heads, rows, len(summary), more="summary"),), notes)


@brief_of.register
def _of_contrasts(part: Contrasts) -> Brief:
    pairs, events = part.pairs, lead_events(part)
    interval = f"{level_text(part.confidence)} interval"
    rows = [
        (
            str(row["a"]),
            _window(row["start"], row["end"]),
            percent(row["car"], unit=False),
            _range(row["ci_low"], row["ci_high"]),
            p_text(p, prefix=False),
        )
        for row, p in zip(_records(pairs), quoted(pairs), strict=False)
    ]
    heads = (f"minus {part.lead}", "window", "%", interval, "p")
    first = _listing(heads, rows, len(pairs), more="pairs")
    rows = [
        (
            str(row["title"]),
            short_date(row["day0"]),
            percent(row["ar"], unit=False),
            p_text(p, prefix=False),
            p_text(row["p_holm"], prefix=False),
        )
        for row, p in zip(_records(events), quoted(events), strict=False)
    ]
    heads = (f"{part.lead} on day 0 of", "date", "AR %", "p", "Holm p")
    second = _listing(heads, rows, len(events), more="history")
    notes = _reasons(pairs, "a", "reason") + _reasons(events, "title", "reason")
    return Brief(contrasts_finding(part), "", (first, second), tuple(notes))


@brief_of.register
def _of_value(part: Value) -> Brief:
    totals, indices = part.totals, part.indices
    heads = ("sum", "members", "abnormal", "interval", "raw")
    rows = [
        (
            str(row["label"]),
            number(row["n"], 0),
            dollars(row["abnormal"], signed=True),
            _between(dollars(row["low"], signed=True), dollars(row["high"], signed=True)),
            dollars(row["raw"], signed=True),
        )
        for row in sorted(_records(totals), key=lambda row: row["group"] != ALL)
    ]
    first = _listing(heads, rows, len(totals), more="totals")
    indexes = [
        (
            str(row["name"]),
            points(row["abnormal"]),
            _between(points(row["low"]), points(row["high"])),
            points(row["raw"]),
        )
        for row in _records(indices)
    ]
    second = _listing(("index, points", *heads[2:]), indexes, len(indices), more="indices")
    about_ = f"On {part.date or window_text((part.day, part.day))}, in dollars."
    notes = tuple(_reasons(part.assets, "name"))
    return Brief(value_finding(part), about_, (first, second), notes)


@brief_of.register
def _of_contamination(part: Contamination) -> Brief:
    table = part.table
    heads = ("name", "window", "own %", "against %", "difference %", "in s.e.", "flagged")
    # What differs most comes first.
    order = table.sort_values("in_se", key=lambda v: -v.abs(), kind="stable", na_position="last")
    rows = [
        (
            str(row["name"]),
            _window(row["start"], row["end"]),
            percent(row["own"], unit=False),
            percent(row["against"], unit=False),
            percent(row["difference"], unit=False),
            number(row["in_se"], 1, signed=True),
            "yes" if row["flagged"] else "no",
        )
        for row in _records(order)
    ]
    known = table[table["difference"].notna()]
    against = ", ".join(part.others)
    said = (
        f"Against {against} instead of {part.benchmark or 'none'}, {int(known['flagged'].sum())} "
        f"of {counted(len(known), 'figure')} differ by more than one standard error"
        if part.others
        else "The study has no benchmark to compare its own with"
    )
    return Brief(said, "", (_listing(heads, rows, len(table), more="table"),), part.sentences)


@brief_of.register
def _of_claims(part: Claims) -> Brief:
    claims, parts = part.claims, part.parts
    rows = [
        (str(row["says"]), str(row["verdict"]), str(row["why"] or MISSING))
        for row in _records(claims)
    ]
    first = _listing(("claim", "verdict", "why"), rows, len(claims), words=(0, 1, 2), more="claims")
    measured = [
        (
            f"{about(row, str(row['event_id']))}: {MEASURES[str(row['measure'])]}",
            stated(row),
            figure(row, row["figure"], unit=True),
            p_text(row["p_value"], prefix=False),
            str(row["verdict"]),
        )
        for row in _records(parts)
    ]
    heads = ("part", "stated", "measured", "p", "verdict")
    second = _listing(heads, measured, len(parts), words=(0, 4), more="parts")
    return Brief(claims_finding(part), "", (first, second))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows that can be printed at most."""
    return [{str(k): v for k, v in row.items()} for row in table.head(MOST_ROWS).to_dict("records")]


def _listing(
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    count: int | None = None,
    *,
    words: tuple[int, ...] = (0,),
    more: str = "",
) -> Listing:
    shown = list(rows)
    return Listing(heads, shown, len(shown) if count is None else count, words, more=more)


def _window(start: int, end: int) -> str:
    return window_text((int(start), int(end)))


def _range(low: float, high: float) -> str:
    return _between(percent(low, unit=False), percent(high, unit=False))


def _between(low: str, high: str) -> str:
    return MISSING if MISSING in (low, high) else f"{low} to {high}"


def _reasons(table: pd.DataFrame, name: str, reason: str = "reason") -> list[str]:
    """Why figures are missing, each reason once with whom it concerns."""
    lost = table[table[reason].astype(str) != ""]
    return [
        f"{', '.join(dict.fromkeys(map(str, part[name])))}: {why}."
        for why, part in lost.groupby(reason, sort=False)
    ]


def _left_out(table: pd.DataFrame) -> list[str]:
    return [f"Left out: {why}." for why in dict.fromkeys(table["reason"])]
