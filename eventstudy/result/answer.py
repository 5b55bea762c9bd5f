"""The answer of one event in sentences: how much was abnormal, how sure is that, did it last?

Terminal, notebook and report print the same sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.quoted import PLACEBO, quoted_cars
from eventstudy.result.dollars import focus_of
from eventstudy.result.entities import Entity
from eventstudy.result.neighbours import headline_shares
from eventstudy.result.participants import Participants
from eventstudy.result.record import StudyRecord
from eventstudy.significance.quoted import Quoted
from eventstudy.spec.windows import Window
from eventstudy.text.measure import scale, worded
from eventstudy.text.numbers import (
    MISSING,
    between,
    counted,
    gap_text,
    p_text,
    percent,
    window_text,
)
from eventstudy.text.rounding import rounded
from eventstudy.text.words import level_text, listed, moved_text

MOST_WINDOWS = 3
"""CAR windows that are told of."""


@dataclass(frozen=True, slots=True)
class Against:
    """What is quoted of the lead against one benchmark, each figure `rounded`."""

    name: str
    """The benchmark inside a sentence; empty for a model without one."""
    moved: float
    """The benchmark's own return on the day; NaN where its price is not kept."""
    day: Quoted
    """The abnormal return of the focus day."""
    as_extreme: int
    """Ordinary days that lie at least as far from expectation; 0 without placebos."""
    ordinary: int
    """Ordinary days that the placebo test counts; 0 without it."""
    later: tuple[tuple[Window, Quoted], ...]
    """The CAR windows of several days."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One event's answer for its lead: the first asset, index or group."""

    title: str
    """What happened; the event's id where no list names it."""
    name: str
    """The lead."""
    moved: float
    """The observed return of the focus day."""
    when: str
    """Such as "on 27 January 2025"."""
    against: tuple[Against, ...]
    """The study's own benchmark first; the others where the lead is one asset."""
    inside: tuple[str, ...]
    """What other headline events add to the lead's last CAR, a sentence each."""

    @property
    def known(self) -> bool:
        """Whether there is an abnormal return on the focus day."""
        return bool(np.isfinite(self.against[0].day.estimate))

    @property
    def before(self) -> str:
        """The event's name before a sentence, unless the sentence says the same."""
        same = re.fullmatch(rf"{re.escape(self.name)} on \d+ \w+ \d{{4}}", self.title)
        return "" if same else f"{self.title}: "

    @property
    def implied(self) -> str:
        """What the move is compared with: "the market implied", or "expected" without one."""
        return "the market implied" if self.against[0].name else "expected"

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest abnormal return over the benchmarks, by their size."""
        each = sorted((one.day.estimate for one in self.against), key=abs)
        return each[0], each[-1]

    @property
    def verdicts(self) -> set[bool]:
        """Whether the day is significant: one verdict, or both where benchmarks disagree."""
        return {one.day.significant for one in self.against}

    @property
    def certain(self) -> bool:
        """Whether the day is significant with every benchmark, and to the same side."""
        sides = {one.day.estimate > 0 for one in self.against}
        return self.verdicts == {True} and len(sides) == 1

    @property
    def title_sentence(self) -> str:
        """The finding with the event's name; no figure where its interval covers zero."""
        return worded(f"{self.before}{_title(self)}")

    @property
    def sentences(self) -> tuple[str, ...]:
        """How much, with the event's name before it; how sure; did it last."""
        first, *others = self.paragraphs
        return (worded(f"{self.before}{first}"), *others)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The same below a title that names the event."""
        if not self.known:
            return (worded(f"{self.name} has no return {self.when}."),)
        each = (_how_much(self), _how_sure(self), _lasted(self))
        return tuple(worded(text) for text in each)


def answer_of(result: StudyRecord) -> Answer | None:
    """The answer of a study of one event; None for several events or none.

    Args:
        result: The study.
    """
    labels = result.assets.labels
    if not result.n or len(set(labels["event_id"])) != 1:
        return None
    cast = Participants(result)
    lead = cast.entities[0]
    source, row = cast.row_of(lead)
    focus = focus_of(result.spec)
    at = focus.start - result.spec.span.start
    session = pd.Timestamp(source.dates[row, at])
    against = [_against(cast, source, row, cast.benchmark)]
    against += [] if lead.portfolio else _others(cast, lead)
    return Answer(
        _title_of(result),
        _called(lead),
        rounded(float(source.returns[row, at])),
        f"on {window_text(focus)}"
        if pd.isna(session)
        else moved_text(session, result.spec.frequency),
        tuple(against),
        tuple(share.sentence for share in headline_shares(cast, lead, _longest(against[0], focus))),
    )


def _longest(own: Against, focus: Window) -> Window:
    """The window that ends last."""
    return max((window for window, _ in own.later), default=focus, key=lambda w: (w.end, w.length))


def _title_of(result: StudyRecord) -> str:
    """What the list of events calls it, else its id."""
    event_id = str(result.assets.labels["event_id"].iloc[0])
    if result.context is None:
        return event_id
    events = result.context.events
    named = events.loc[events["event_id"] == event_id, "title"].astype(str)
    return (named.iloc[0] if len(named) else event_id).rstrip(".")


def _called(lead: Entity) -> str:
    return f"the {counted(len(lead.members), 'asset')}" if lead.key == "all" else lead.name


def _others(cast: Participants, lead: Entity) -> list[Against]:
    """The lead against each other benchmark that has an abnormal return of it."""
    told = []
    for benchmark, estimates in cast.result.comparison.items():
        for row in estimates.rows_of("ticker", lead.key)[:1]:
            one = _against(cast, estimates, int(row), benchmark)
            if np.isfinite(one.day.estimate):
                told.append(one)
    return told


def _against(cast: Participants, source: Estimates, row: int, benchmark: str) -> Against:
    spec = cast.result.spec
    focus = focus_of(spec)
    day = rounded(quoted_cars(source, focus)[row])
    ranks = source.placebos(1)[row] if day.test == PLACEBO else np.empty(0)
    ranks = np.abs(ranks[np.isfinite(ranks)])
    beyond = round(day.p * (len(ranks) + 1)) - 1 if len(ranks) else 0
    windows = [window for window in spec.car if window.length > 1][:MOST_WINDOWS]
    later = tuple((window, rounded(quoted_cars(source, window)[row])) for window in windows)
    name = cast.lower_name(benchmark) if benchmark else ""
    return Against(name, _move_of(cast, benchmark), day, beyond, len(ranks), later)


def _move_of(cast: Participants, ticker: str) -> float:
    """The price change of a benchmark on the focus day; NaN beside levels, whose unit it lacks."""
    context = cast.result.context
    levels = cast.result.spec.returns == "difference"
    if context is None or levels or ticker not in context.closes:
        return float("nan")
    closes = context.closes[ticker].to_numpy(dtype=np.float64)
    at = int(context.closes.index.searchsorted(cast.day0)) + focus_of(cast.result.spec).start
    if not 1 <= at < len(closes):
        return float("nan")
    return rounded(float(closes[at] / closes[at - 1] - 1))


# The sentences.


def move_text(moved: float, digits: int = 2) -> str:
    """Such as "fell 16.97%", "rose 1.91%", "did not move".

    Args:
        moved: An observed return.
        digits: Decimals in print.
    """
    if not np.isfinite(moved):
        return "has no return"
    if round(scale() * moved, digits) == 0:
        return "did not move"
    return f"{'rose' if moved > 0 else 'fell'} {percent(abs(moved), digits, signed=False)}"


def _title(answer: Answer) -> str:
    """The finding without the event's name."""
    name, when = answer.name, answer.when
    if not answer.known:
        return f"{name} has no return {when}"
    if answer.verdicts == {False}:
        own = f"{name} {move_text(answer.moved)} {when}"
        return f"{own}, within its normal range ({_p_values(answer)})"
    if not answer.certain:
        own = f"{name} {move_text(answer.moved)} {when}"
        return f"{own}; whether that is unusual depends on the benchmark"
    return f"{name} {move_text(answer.moved)} {when}{_beyond(answer)}"


def _beyond(answer: Answer) -> str:
    """How far the move went beyond expectation, no more precisely than its interval."""
    low, high = answer.range
    widest = max(one.day.high - one.day.low for one in answer.against)
    digits = 0 if scale() * widest >= 4 and scale() * abs(low) >= 2 else 1
    implied = answer.implied
    moved = answer.moved if round(scale() * answer.moved, 2) else 0.0
    if moved == 0:
        return f", {gap_text(low, high, digits)} {'less' if low < 0 else 'more'} than {implied}"
    more = "more" if low * moved > 0 else "less"
    return f", {gap_text(low, high, digits)} {more} than {implied}"


def _how_much(answer: Answer) -> str:
    """The move, the abnormal return against each benchmark, and why it can exceed the move."""
    each = [f"{percent(one.day.estimate)}{_beside(one)}" for one in answer.against]
    plural = "returns are" if len(each) > 1 else "return is"
    figures = ", and ".join(each) if len(each) == 2 else listed(each)
    moved = f"{answer.name} {move_text(answer.moved)} {answer.when}"
    return f"{moved}; the abnormal {plural} {figures}.{_why_more(answer)}"


def _beside(one: Against) -> str:
    """The benchmark with its own move."""
    own = f", which {move_text(one.moved)}" if np.isfinite(one.moved) else ""
    return f" against {one.name}{own}" if one.name else ""


def _why_more(answer: Answer) -> str:
    """Why an abnormal return exceeds the move itself; empty where none does."""
    noun = "rise" if answer.moved > 0 else "fall"
    for one in answer.against:
        figure = one.day.estimate
        if figure * answer.moved <= 0 or abs(figure) <= abs(answer.moved):
            continue
        if one.name and one.moved * answer.moved < 0:
            opposite = (
                f"rose while {answer.name} fell"
                if noun == "fall"
                else (f"fell while {answer.name} rose")
            )
            why = f"that benchmark {opposite}"
        else:
            why = f"the model expected {percent(answer.moved - figure)}"
        return f" {percent(figure)} exceeds the {noun} itself because {why}."
    return ""


def _how_sure(answer: Answer) -> str:
    """The verdict of the quoted test with each benchmark, its interval and p."""
    words = dict.fromkeys(one.day.evidence for one in answer.against)
    if len(words) > 1:
        text = "; ".join(
            f"with {one.name}: {one.day.evidence} ({_interval([one])}{p_text(one.day.p)})"
            for one in answer.against
        )
        return f"It depends on the benchmark: {text}.{_ranks(answer)}"
    several = len(answer.against) > 1
    where = f" with {'either' if len(answer.against) == 2 else 'any'} benchmark" if several else ""
    word = next(iter(words))
    return (
        f"{word[0].upper()}{word[1:]}{where} ({_interval(answer.against)}{_p_values(answer)})."
        f"{_ranks(answer)}"
    )


def _interval(against: Sequence[Against]) -> str:
    """Such as "95% interval −18.54 to −7.98%, "; empty where the test gives none."""
    each = [between(percent(one.day.low, unit=False), percent(one.day.high)) for one in against]
    if MISSING in each:
        return ""
    level = level_text(1 - against[0].day.level)
    return f"{level} interval{'s' if len(each) > 1 else ''} {listed(each)}, "


def _p_values(answer: Answer) -> str:
    """The p of each benchmark, or the one that they share: "p = 0.884 and p = 0.765"."""
    return listed(list(dict.fromkeys(p_text(one.day.p) for one in answer.against)))


def _ranks(answer: Answer) -> str:
    """How many ordinary days were as extreme, and where p can be no smaller."""
    ranked = [one for one in answer.against if one.ordinary]
    if not ranked:
        return ""
    beyond = list(dict.fromkeys(one.as_extreme for one in ranked))
    total = listed([f"{days:,}" for days in dict.fromkeys(one.ordinary for one in ranked)])
    if beyond == [0]:
        return (
            f" None of {total} ordinary days was as extreme; with so many days, no p can be "
            "smaller."
        )
    counts = listed([f"{count:,}" for count in beyond])
    verb = "was" if beyond == [1] else "were"
    return f" Of {total} ordinary days, {counts} {verb} as extreme."


def _lasted(answer: Answer) -> str:
    """The CARs from day 0 on, and whether the last of them is significant."""
    own = _after(answer.against[0])
    if not own:
        return "No window after the event was studied, so whether it lasted is not known."
    known = [(window, one) for window, one in own if np.isfinite(one.estimate)]
    absent = [window_text(window) for window, one in own if not np.isfinite(one.estimate)]
    subject = f"The cumulative abnormal return of {answer.name}"
    lost = f"not known over {listed(absent)}, where days are missing" if absent else ""
    if not known:
        return f"{subject} is {lost}."
    each = listed(
        [
            f"{percent(one.estimate)} over {window_text(window)} ({p_text(one.p)})"
            for window, one in known
        ]
    )
    verdict = f"; it is {lost}" if absent else f": {_verdict(answer)}"
    inside = "".join(f" {text}" for text in answer.inside)
    return f"{subject} was {each}{verdict}.{inside}"


def _after(one: Against) -> tuple[tuple[Window, Quoted], ...]:
    """The windows that say whether it lasted: from day 0 on, else those that end after it."""
    later = [pair for pair in one.later if pair[0].end > 0]
    return tuple([pair for pair in later if pair[0].start >= 0] or later)


def _verdict(answer: Answer) -> str:
    """Whether what remained at the end of the last window is significant, with each benchmark."""
    first = answer.against[0].day.significant
    ends = [_last(one) for one in answer.against]
    word = ("still " if first else "") if ends[0].significant else "no longer " if first else "not "
    text = f"at the end it was {word}significant"
    alone = len(answer.against) == 2
    others = [
        f"against {'the other benchmark' if alone else one.name} it was {percent(end.estimate)}, "
        f"{_plainly(end)} ({p_text(end.p)})"
        for one, end in zip(answer.against[1:], ends[1:], strict=True)
        if np.isfinite(end.estimate)
    ]
    return "; ".join([text, *others])


def _last(one: Against) -> Quoted:
    return max(_after(one), key=lambda pair: (pair[0].end, pair[0].length))[1]


def _plainly(one: Quoted) -> str:
    return "significant" if one.significant else "not significant"
