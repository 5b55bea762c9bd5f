"""What each part of the evidence amounts to, in one sentence made of its figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.claims import CONTRADICTED, MIXED, SUPPORTED, UNTESTABLE, Claims
from eventstudy.evidence.contrasts import Contrasts
from eventstudy.evidence.multiplicity import quoted
from eventstudy.evidence.recovery import ALL_DAYS, Recovery
from eventstudy.evidence.value import Value
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
from eventstudy.spec import Window

LEVEL = 0.05
"""Below it a p stands out."""
EARLY = 5
"""The first of the two horizons that a finding on recovery quotes, or the one nearest to it."""


def _of(name: str) -> str:
    """ "Nvidia's", "Hyperscalers'"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def curve_finding(said: pd.Series) -> str:
    """How far an entity's estimate depends on choices."""
    name = str(said["name"])
    start, end = int(said["window_start"]), int(said["window_end"])
    what = "day-0 abnormal return" if start == end == 0 else f"CAR {Window(start, end)}"
    count = int(said["n_specifications"])
    if not count:
        return f"{name} has no {what} under any specification"
    found = int(said["n_significant"])
    sign = "negative" if said["median"] < 0 else "positive"
    if count == 1:
        stands = "significant" if found else "not significant"
        value = percent(float(said["median"]))
        return f"{_of(name)} {what} is {value} in the only specification, {stands}"
    same = round(float(said["share_same_sign"]) * count)
    distinct = int(said["n_distinct"])
    different = f" ({distinct:,} different estimates)" if distinct < count else ""
    which = "all" if same == count else f"{same:,} of"
    low, high = (percent(float(said[name])) for name in ("minimum", "maximum"))
    significant = (
        "all of them significant"
        if found == count == same
        else f"{found:,} of them significant"
        if found
        else "none of them significant"
    )
    return (
        f"{_of(name)} {what} is {sign} in {which} "
        f"{counted(count, 'specification')}{different}, {significant}; median "
        f"{percent(float(said['median']))}, from {low} to {high}"
    )


def recovery_finding(found: Recovery, *, first: bool = False) -> str:
    """What each lead, or the first alone, had won back, early and by the last known horizon."""
    summary = found.summary[found.summary["lead"] & (found.summary["days"] == ALL_DAYS)]
    said, still, begun = [], [], False
    for lead in summary.head(1 if first else len(summary)).to_dict("records"):
        if not np.isfinite(lead["ar0"]):
            said.append(f"{lead['label']} has no abnormal return on day 0")
        elif lead["abnormal"]:
            said.append(_progress(found, lead["key"], lead["label"], not begun))
            begun = True
        else:
            still.append(lead["label"])
    if said and still:
        said.append(f"{listed(still)}: within chance on day 0, nothing to win back")
    elif still:
        said.append(f"{listed(still)} moved within chance on day 0: nothing to win back")
    return "; ".join(said)


def _progress(found: Recovery, key: str, name: str, first: bool) -> str:
    table = found.table
    rows = table[(table["key"] == key) & (table["days"] == ALL_DAYS) & table["share"].notna()]
    if rows.empty:
        return f"{name}: what was won back is not known"
    nearest = (rows["horizon"] - EARLY).abs().to_numpy().argmin()
    early, last = rows.iloc[nearest], rows.iloc[-1]
    fell = bool(last["ar0"] < 0)
    what = f" of its day-0 abnormal {'loss' if fell else 'gain'}"
    when = [f" after {early['horizon']} sessions", f" after {last['horizon']}"]
    what, when = (what, when) if first else ("", ["", ""])
    text = f"{name} had {_moved(early['share'], fell)}{what}{when[0]}"
    if early["horizon"] == last["horizon"]:
        return f"{text} ({_surely(last)})"
    same = (early["share"] < 0) == (last["share"] < 0)
    then = _size(last["share"]) if same else _moved(last["share"], fell)
    return f"{text} and {then}{when[1]} ({_surely(last)})"


def _surely(row: pd.Series[Any]) -> str:
    """How sure the last share is: its interval, and the one-sided p that anything came back."""
    return f"interval {share_interval(row)} %, one-sided {p_text(row['p_back'])}"


def _size(share: float) -> str:
    return percent(abs(share), 0, signed=False)


def _moved(share: float, fell: bool) -> str:
    """ "won back 12 %", "lost a further 12 %"; of a gain "given back", "added a further"."""
    if share < 0:
        return f"{'lost' if fell else 'added'} a further {_size(share)}"
    return f"{'won' if fell else 'given'} back {_size(share)}"


def listed(names: list[str]) -> str:
    """ "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def share_interval(row: pd.Series[Any]) -> str:
    """The interval of a share, or a dash."""
    low, high = (percent(row[c], 0, unit=False) for c in ("share_low", "share_high"))
    return f"{low} to {high}" if np.isfinite(row["share_low"]) else MISSING


def contrasts_finding(found: Contrasts) -> str:
    """How many differ from the lead on day 0, and which of its events stand out."""
    said = [text for text in (_across_groups(found), _across_events(found)) if text]
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}" if text else f"Nothing to compare {found.lead} with"


def _across_groups(found: Contrasts) -> str:
    day = found.pairs[(found.pairs["start"] == 0) & (found.pairs["end"] == 0)]
    if day.empty:
        return ""
    known = day[day["car"].notna()]
    if known.empty:
        return f"nothing can be compared with {found.lead}: {day['reason'].iloc[0]}"
    if len(known) == 1:
        one = known.iloc[0]
        by = f"{percent(abs(one['car']), 1, signed=False)} {_side(one['car'])}"
        p = p_text(float(quoted(known).iloc[0]))
        return f"on day 0 {one['a']} did {by} than {found.lead} ({p})"
    sure = quoted(known) < LEVEL
    if not sure.any():
        return (
            f"on day 0, none of {len(known)} groups differed from {found.lead} by more than "
            "ordinary days bring"
        )
    better, worse = ((sure & (sign * known["car"] > 0)).sum() for sign in (1, -1))
    return (
        f"on day 0, {better} of {len(known)} groups did better and {worse} did worse than "
        f"{found.lead} by more than ordinary days bring"
    )


def _side(value: float) -> str:
    return "better" if value > 0 else "worse"


def _across_events(found: Contrasts) -> str:
    events = lead_events(found)
    known = events[events["ar"].notna()]
    if known.empty:
        return ""
    out = known.loc[known["p_holm"] < LEVEL, "day0"].drop_duplicates()
    if len(known) == 1:
        stands = "stands out" if len(out) else "does not stand out"
        return f"the one registered event that names {found.lead} {stands}"
    days = " and ".join(short_date(day) for day in out)
    verb = "stands" if len(out) == 1 else "stand"
    stands = f"only {days} {verb} out" if len(out) else "none stands out"
    names = f"{len(known)} registered events that name {found.lead}"
    return f"of {names}, {stands} after Holm's correction"


def lead_events(found: Contrasts) -> pd.DataFrame:
    """The lead on each registered event that names it."""
    return found.history[found.history["label"] == found.lead]


def short_date(day: pd.Timestamp) -> str:
    """ "27 Jan 2025"."""
    return f"{day.day} {day:%b %Y}"


def value_finding(found: Value) -> str:
    """The largest abnormal amount and the total, as one sentence; without any the first index."""
    known, total = found.known, found.total
    if known.empty:
        return _index_finding(found)
    first: Any = known.iloc[int(known["abnormal"].abs().to_numpy().argmax())]
    largest = (
        f"{first['name']} {_gained(first['abnormal'])} of market value on {value_date(found)} "
        f"(raw: {dollars(first['raw'], signed=True)})"
    )
    if len(known) == 1:
        return largest
    return (
        f"{largest}; the {counted(len(known), 'asset')} with known shares "
        f"{_gained(total['abnormal'])} together{_beside_zero(total, level_text(found.confidence))}"
    )


def _index_finding(found: Value) -> str:
    index: Any = found.indices.iloc[0]
    if not np.isfinite(index["abnormal"]):
        return f"{index['name']}: {index['reason']}"
    moved = "lost" if index["raw"] < 0 else "gained"
    level = level_text(found.confidence)
    interval = f"{level} interval {points(index['low'])} to {points(index['high'])}"
    return (
        f"{index['name']} {moved} {number(abs(index['raw']), 1)} points on {value_date(found)}; "
        f"{points(index['abnormal'])} are abnormal ({interval})"
    )


def _gained(amount: float) -> str:
    return f"{'lost' if amount < 0 else 'gained'} an abnormal {dollars(abs(amount))}"


def _beside_zero(total: Any, level: str) -> str:
    low, high = total["low"], total["high"]
    if not np.isfinite(low):
        return ""
    chance = "" if low > 0 or high < 0 else ", no more than chance brings"
    interval = f"{dollars(low, signed=True)} to {dollars(high, signed=True)}"
    return f"{chance} ({level} interval {interval})"


def value_date(found: Value) -> str:
    """The day that is valued, written out; its relative day where the data end before."""
    return (
        date_text(pd.Timestamp(found.date)) if found.date else window_text((found.day, found.day))
    )


def placebos_finding(
    name: str,
    what: str,
    in_time: pd.Series | None,
    in_space: pd.Series | None,
    when: str = "that day",
) -> str:
    """How many ordinary days and other assets are as far out as `what`, an event's day.

    The rows are those of a summary, None for a kind that there is not.
    """
    rows = [row for row in (in_time, in_space) if row is not None]
    if not np.isfinite(rows[0]["statistic"]):
        return f"{name} has no abnormal return on {what}; its placebos alone"
    parts = []
    if in_time is not None and np.isfinite(in_time["rank"]):
        beyond, of = int(in_time["rank"]) - 1, counted(int(in_time["n_placebos"]), "other day")
        none = "none" if not beyond else f"{beyond:,}"
        verb = "moves" if beyond in (0, 1) else "move"
        parts.append(
            f"Refitted at {of}, {none} {verb} {name} as far as {what} did "
            f"({p_text(float(in_time['p_value']))})"
        )
    elif in_time is not None:
        parts.append(f"{name} has no placebo days: {in_time['reason']}")
    if in_space is not None and np.isfinite(in_space["rank"]):
        among = f"among {counted(int(in_space['n_placebos']) + 1, 'asset')} {when}"
        at = "it is" if parts else f"{name} is"
        furthest = f"{at} the {ordinal(int(in_space['rank']))} furthest out"
        said = f"{among} {furthest} ({p_text(float(in_space['p_value']))})"
        parts.append(said if parts else f"{said[0].upper()}{said[1:]}")
    return "; ".join(parts) or f"{name} has no placebos: {rows[0]['reason']}"


def ordinal(count: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    teen = 10 <= count % 100 <= 20
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count:,}{ending}"


def claims_finding(found: Claims) -> str:
    """How many claims came out how."""
    counts = found.claims["verdict"].value_counts()
    said = [
        f"{counts[name]} {name}"
        for name in (SUPPORTED, CONTRADICTED, MIXED, UNTESTABLE)
        if counts.get(name)
    ]
    return f"Of {counted(len(found.claims), 'claim')}: {', '.join(said) or 'none'}"


def date_text(day: pd.Timestamp) -> str:
    """ "27 January 2025"."""
    return f"{day.day} {day:%B %Y}"


def level_text(confidence: float) -> str:
    """ "95 %"."""
    return f"{100 * confidence:g} %"
