"""What a calibration says in words: which tests keep their size, and the table as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from eventstudy.calibration.shares import RejectionShares
from eventstudy.text.lines import wrapped
from eventstudy.text.numbers import percent
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.terminal import plain_lines
from eventstudy.text.words import level_text, listed

FLAG = "*"


def answered_nulls(shares: RejectionShares) -> pd.DataFrame:
    """The rows without an abnormal return of the tests that answered in every such setting."""
    table = shares.table
    null = table[(table["ar"] == 0) & (table["samples"] > 0)]
    count = sum(s.is_null for s in shares.settings)
    return null.groupby("test", sort=False).filter(lambda part: len(part) == count)


def kept_by(shares: RejectionShares) -> tuple[str, ...]:
    """The tests that keep their size in every setting without an abnormal return."""
    grouped = answered_nulls(shares).groupby("test", sort=False)
    return tuple(str(name) for name, part in grouped if part["nominal"].all())


def advice_text(shares: RejectionShares) -> str:
    """The sentences that say which tests to trust; every setting with ar = 0 counts."""
    table, answered = shares.table, answered_nulls(shares)
    level = level_text(shares.alpha)
    if answered.empty:
        return (
            "No test gave a result in settings without an abnormal return, so their size is "
            "unknown; add ar = 0 before trusting any power."
        )
    count = sum(s.is_null for s in shares.settings)
    where = "here" if count == 1 else f"in all {count} settings without an abnormal return"
    good = list(kept_by(shares))
    sentences = []
    if good:
        rates = answered[answered["test"].isin(good)]["rate"]
        span = f"{_share(rates.min())} to {_share(rates.max())}"
        rejects = "it rejects" if len(good) == 1 else "they reject"
        sentences.append(
            f"Trust {listed(good)}: at the {level} level {rejects} in {span} of the samples "
            f"{where}."
        )
        sentences += _most_powerful(table, good)
    else:
        sentences.append(f"Trust none of these tests at the {level} level: none keeps it {where}.")
    sentences += _failures(shares, answered)
    silent = [name for name in shares.tests if name not in set(answered["test"])]
    if silent:
        sentences.append(f"Refused, so unknown: {listed(silent)}.")
    return " ".join(sentences)


def _failures(shares: RejectionShares, answered: pd.DataFrame) -> Iterator[str]:
    """Which tests over-reject and which under-reject, each with the worst case."""
    bad = answered[~answered["nominal"].astype(bool)]
    often = bad[bad["rate"] > shares.alpha].sort_values("rate", ascending=False, kind="stable")
    rarely = bad[bad["rate"] < shares.alpha].sort_values("rate", kind="stable")
    for rows, words in ((often, "Over-rejecting"), (rarely, "Under-rejecting")):
        if len(rows):
            names = [name for name in shares.tests if name in set(rows["test"])]
            who = f"worst: {rows['test'].iloc[0]}, " if len(names) > 1 else ""
            where = _at(shares, int(rows.index[0]))
            yield (f"{words}: {listed(names)} ({who}{_share(rows['rate'].iloc[0])}{where}).")


def _most_powerful(table: pd.DataFrame, good: list[str]) -> Iterator[str]:
    power = table[(table["ar"] != 0) & table["test"].isin(good) & (table["samples"] > 0)]
    if len(power):
        mean = power.groupby("test", sort=False)["rate"].mean()
        where = " on average" if len(power) > len(mean) else ""
        best, worst = _share(mean.max()), _share(mean.min())
        if len(mean) == 1:
            yield f"{mean.index[0]} has {best} power{where}."
        elif best == worst:
            every = "Both" if len(mean) == 2 else "All"
            yield f"{every} have {best} power{where}."
        else:
            yield (
                f"{mean.idxmax()} has the most power ({best}{where}), {mean.idxmin()} the least "
                f"({worst})."
            )


def _at(shares: RejectionShares, row: int) -> str:
    position = row // len(shares.tests)
    label = shares.settings[position].label([name for name in shares.varied if name != "ar"])
    return f" at {label}" if label else ""


def _share(rate: float) -> str:
    return percent(rate, 1, signed=False)


def summary_lines(shares: RejectionShares) -> list[str]:
    """Headline, table in blocks of at most 80 columns, marks, refusals, advice."""
    level = level_text(shares.alpha)
    error = percent(shares.mc_error, 1, signed=False)
    kind = "on one date" if shares.clustered else "each on its own date"
    kind = "" if shares.n_events == 1 else f" {kind}"
    events = "one event" if shares.n_events == 1 else f"{shares.n_events} events"
    opening = (
        f"{shares.samples:,} samples of {events}{kind}; {shares.source}. "
        f"Shares in % that the {level} test rejects, two-sided; Monte-Carlo standard error of an "
        f"exact test {error}."
    )
    table = rates_table(shares, [s.short(shares.varied) or "share" for s in shares.settings])
    lines = [*wrapped(opening), "", *plain_lines(table)]
    if (shares.table["nominal"] == False).any():  # noqa: E712 - a column with missing values
        lines += ["", f"{FLAG} the size is not kept"]
    refused = shares.table[shares.table["refused"] != ""].drop_duplicates("test")
    if len(refused):
        lines.append("")
        for row in refused.itertuples():
            lines += wrapped(f"{row.test} refused {row.refused}", indent=2)
    noted = [line for note in shares.notes for line in wrapped(f"Note: {note}", indent=2)]
    return [*lines, "", *wrapped(advice_text(shares)), *([""] if noted else []), *noted]


def rates_table(shares: RejectionShares, heads: Sequence[str]) -> PlainTable:
    """The rejection shares in percent: a row a test, a column each of the first settings."""
    cells = [
        _cell(rate, ok)
        for rate, ok in zip(shares.table["rate"], shares.table["nominal"], strict=True)
    ]
    tests = shares.tests
    rows = [Row([name, *cells[at :: len(tests)][: len(heads)]]) for at, name in enumerate(tests)]
    return PlainTable((Column("test", "left"), *map(Column, heads)), rows, more="table")


def _cell(rate: float, ok: object) -> str:
    mark = FLAG if ok is not pd.NA and not ok else ""
    return percent(rate, 1, signed=False, unit=False) + mark
