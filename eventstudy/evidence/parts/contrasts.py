"""Contrasts: differences between groups and between events."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eventstudy.evidence.parts.part import (
    LEVEL,
    DrawnPart,
    _listing,
    _range,
    _reasons,
    _records,
    _window,
    brief_of,
)
from eventstudy.result.multiple_testing import quoted_p
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import p_text, percent
from eventstudy.text.words import level_text, short_date


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(DrawnPart):
    """Comparisons across groups and events; returns are fractions, a difference is a − b."""

    lead: str
    """The first entity of the headline, which the others are compared with."""
    pairs: pd.DataFrame
    """Each other entity minus the lead: a, b (names), start, end, car_a, car_b, car (the
    difference), se, t, df, p_value, p_greater, p_less, p_placebo, ci_low, ci_high, n_obs, reason.
    """
    headlines: pd.DataFrame
    """This event minus each other headline event, for the leads: key, label, event_id, title,
    day0 (of the other), start, end, shared (sessions that both windows hold), car_a (this), car_b
    (the other), car, se, t, df, p_value, ci_low, ci_high, reason."""
    history: pd.DataFrame
    """The leads on each registered event that names them: key, label, event_id, title, day0,
    studied, ar, se, t, df, p_value, p_placebo, p_holm (of the placebo p, else of that of t, over
    the days of one entity), ci_low, ci_high, n_obs, reason."""
    confidence: float


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
        p = p_text(float(quoted_p(known).iloc[0]))
        return f"on day 0 {one['a']} did {by} than {found.lead} ({p})"
    sure = quoted_p(known) < LEVEL
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
        for row, p in zip(_records(pairs), quoted_p(pairs), strict=False)
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
        for row, p in zip(_records(events), quoted_p(events), strict=False)
    ]
    heads = (f"{part.lead} on day 0 of", "date", "AR %", "p", "Holm p")
    second = _listing(heads, rows, len(events), more="history")
    notes = _reasons(pairs, "a", "reason") + _reasons(events, "title", "reason")
    return Brief(contrasts_finding(part), "", (first, second), tuple(notes))
