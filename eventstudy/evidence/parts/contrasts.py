"""Contrasts: differences between groups and between events."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from eventstudy.estimation.quoted import quoted_table
from eventstudy.evidence.parts.part import (
    DrawnPart,
    listing,
    range_cell,
    reasons,
    records,
    window_cell,
)
from eventstudy.result.multiple_testing import quoted_p
from eventstudy.significance.quoted import rejects
from eventstudy.text.brief import Brief
from eventstudy.text.numbers import gap_text, p_text, percent
from eventstudy.text.words import level_text, short_date


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(DrawnPart):
    """Comparisons across groups and events; returns are fractions, a difference is a − b."""

    lead: str
    """The first entity of the headline, which the others are compared with."""
    pairs: pd.DataFrame
    """Each other entity minus the lead: a, b (names), start, end, car_a, car_b, car (the
    difference), se, t, df, p_value, p_greater, p_less, p_placebo, ci_low, ci_high, placebo_low,
    placebo_high, n_obs, reason."""
    headlines: pd.DataFrame
    """This event minus each other headline event, for the leads: key, label, event_id, title,
    day0 (of the other), start, end, shared (sessions that both windows hold), car_a (this), car_b
    (the other), car, se, t, df, p_value, ci_low, ci_high, reason."""
    history: pd.DataFrame
    """The leads on each registered event that names them: key, label, event_id, title, day0,
    studied, ar, se, t, df, p_value, p_placebo, p_holm (of the placebo p, else of that of t, over
    the days of one entity), ci_low, ci_high, placebo_low, placebo_high, n_obs, reason."""
    confidence: float
    """Of the intervals; p is significant up to 1 − confidence."""

    computed_by = "contrasts.contrasts"
    in_short = "pairs"

    def quoted(self, table: pd.DataFrame, estimate: str = "car") -> pd.DataFrame:
        """The interval, p and verdict of the test that is quoted of each row; see `quoted_table`.

        Args:
            table: Of `pairs`, `headlines` or `history`.
            estimate: The column of the figure, "ar" in `history`.
        """
        return quoted_table(table, self.confidence, estimate)

    def _brief(self) -> Brief:
        pairs, events = self.pairs, lead_events(self)
        interval = f"{level_text(self.confidence)} interval"
        rows = [
            (
                str(row["a"]),
                window_cell(row),
                percent(row["car"], unit=False),
                range_cell(quoted["low"], quoted["high"]),
                p_text(quoted["p"], prefix=False),
            )
            for row, quoted in zip(records(pairs), records(self.quoted(pairs)), strict=False)
        ]
        heads = (f"minus {self.lead}", "window", "%", interval, "p")
        differences = listing(heads, rows, pairs, "pairs")
        rows = [
            (
                str(row["title"]),
                short_date(row["day0"]),
                percent(row["ar"], unit=False),
                p_text(p, prefix=False),
                p_text(row["p_holm"], prefix=False),
            )
            for row, p in zip(records(events), quoted_p(events), strict=False)
        ]
        heads = (f"{self.lead} on day 0 of", "date", "AR %", "p", "Holm p")
        history = listing(heads, rows, events, "history")
        notes = reasons(pairs, "a") + reasons(events, "title")
        return Brief(contrasts_finding(self), "", (differences, history), tuple(notes))


def contrasts_finding(contrasts: Contrasts, date: str = "day 0") -> str:
    """How many differ from the lead on day 0, and which of its events stand out.

    Args:
        contrasts: the comparisons.
        date: of day 0, written out.
    """
    both = (_across_groups(contrasts, date), _across_events(contrasts))
    text = "; ".join(sentence for sentence in both if sentence)
    return f"{text[0].upper()}{text[1:]}" if text else f"Nothing to compare {contrasts.lead} with"


def _across_groups(contrasts: Contrasts, date: str) -> str:
    day, known = pairs_of_day(contrasts)
    if day.empty:
        return ""
    if known.empty:
        return f"nothing can be compared with {contrasts.lead}: {day['reason'].iloc[0]}"
    if len(known) == 1:
        return _one_difference(contrasts, known, date)
    better, worse = better_and_worse(contrasts)
    if not better + worse:
        return (
            f"on {date}, none of {len(known)} groups differed significantly from {contrasts.lead}"
        )
    return (
        f"on {date}, {better} of {len(known)} groups did significantly better and {worse} "
        f"significantly worse than {contrasts.lead}"
    )


def pairs_of_day(contrasts: Contrasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs on day 0, and those of them with a figure."""
    day = contrasts.pairs[(contrasts.pairs["start"] == 0) & (contrasts.pairs["end"] == 0)]
    return day, day[day["car"].notna()]


def better_and_worse(contrasts: Contrasts) -> tuple[int, int]:
    """How many did significantly better on day 0 than the lead, and how many worse."""
    _, known = pairs_of_day(contrasts)
    sure = contrasts.quoted(known)["significant"]
    better, worse = (int((sure & (sign * known["car"] > 0)).sum()) for sign in (1, -1))
    return better, worse


def _one_difference(contrasts: Contrasts, known: pd.DataFrame, date: str) -> str:
    """The only difference; its figure where the quoted test finds one."""
    one, p = known.iloc[0], p_text(float(quoted_p(known).iloc[0]))
    if not contrasts.quoted(known)["significant"].iloc[0]:
        return f"on {date}, {one['a']} and {contrasts.lead} did not differ significantly ({p})"
    gap, side = gap_text(one["car"], one["car"], 1), "more" if one["car"] > 0 else "less"
    return f"on {date}, {one['a']} returned {gap} {side} than {contrasts.lead} ({p})"


def _across_events(contrasts: Contrasts) -> str:
    events = lead_events(contrasts)
    known = events[events["ar"].notna()]
    if known.empty or len(events) < 2:
        return ""
    out = significant_days(contrasts)
    if len(known) == 1:
        stands = "is significant" if len(out) else "is not significant"
        return f"the one registered event that names {contrasts.lead} {stands}"
    days = " and ".join(short_date(day) for day in out)
    verb = "is" if len(out) == 1 else "are"
    stands = f"only {days} {verb} significant" if len(out) else "none is significant"
    names = f"{len(known)} registered events that name {contrasts.lead}"
    return f"of {names}, {stands} after Holm's correction"


def significant_days(contrasts: Contrasts) -> pd.Series:
    """Day 0 of each of the lead's events that is significant after Holm's correction."""
    events = lead_events(contrasts)
    known = events[events["ar"].notna()]
    level = 1 - contrasts.confidence
    days: pd.Series = known.loc[rejects(known["p_holm"].to_numpy(), level), "day0"]
    return days.drop_duplicates()


def lead_events(contrasts: Contrasts) -> pd.DataFrame:
    """The lead on each registered event that names it."""
    return contrasts.history[contrasts.history["label"] == contrasts.lead]
