"""Which of a company's filings are wanted, and what of the others is named."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eventstudy.errors import DataMissingError, some_names
from eventstudy.origins.asked_span import AskedSpan
from eventstudy.origins.edgar_records import EarlierList, Filing
from eventstudy.text.numbers import counted

LATEST_FILED = dt.timedelta(days=7)
"""How much later than its acceptance a filing can be dated: an evening before a long weekend."""
_FEW = 5


@dataclass(frozen=True, slots=True)
class WantedFilings:
    """What is asked for of every company."""

    forms: tuple[str, ...] = ("8-K",)
    """In capitals; "8-K" means "8-K/A" too, which is then left out as an amendment."""
    items: tuple[str, ...] = ()
    """A filing has one of them at least; all filings if empty."""
    span: AskedSpan = field(default_factory=AskedSpan)
    """Of the days of acceptance in New York."""
    amendments: bool = False
    """Whether amendments and repeated filings are kept."""

    def __str__(self) -> str:
        items = f" with item {' or '.join(self.items)}" if self.items else ""
        return f"{' or '.join(self.forms)}{items}{self.span}"

    def may_lie_in(self, earlier: EarlierList) -> bool:
        """Whether a further list can have filings of the span.

        Args:
            earlier: The list, whose days are official dates of filing.
        """
        first, last = self.span.first, self.span.last
        after = first is None or earlier.last >= first
        return after and (last is None or earlier.first <= last + LATEST_FILED)

    def may_want(self, filing: Filing) -> bool:
        """Whether form, items and official date fit; the day of acceptance is not known yet.

        Args:
            filing: One of the list.
        """
        forms = {*self.forms, *(f"{form}/A" for form in self.forms)}
        first, last = self.span.first, self.span.last
        return (
            filing.form in forms
            and (not self.items or bool(set(self.items) & set(filing.items)))
            and (first is None or filing.filed >= first)
            and (last is None or filing.filed <= last + LATEST_FILED)
        )


@dataclass(frozen=True, slots=True)
class ChosenFilings:
    """The filings to date, the newest first, and what was left out."""

    filings: tuple[Filing, ...]
    notes: tuple[str, ...]


def chosen_filings(listed: Iterable[Filing], wanted: WantedFilings) -> ChosenFilings:
    """The wanted filings; amendments and repeated ones are named and left out unless asked for.

    A filing is repeated if another has its number, or its form, items, day of report and size.

    Args:
        listed: All filings of one company.
        wanted: What is asked for.
    """
    fitting = [filing for filing in listed if wanted.may_want(filing)]
    once = list({filing.accession: filing for filing in fitting}.values())
    twice = [
        f"{next(each for each in once if each.accession == number)}"
        for number, count in Counter(filing.accession for filing in fitting).items()
        if count > 1
    ]
    notes = []
    if twice:
        notes.append(
            f"EDGAR lists these filings twice; each is counted once: {some_names(twice, _FEW)}."
        )
    if wanted.amendments:
        return ChosenFilings(tuple(once), tuple(notes))
    amended = [filing for filing in once if filing.amends and filing.form not in wanted.forms]
    left = [filing for filing in once if filing not in amended]
    first_of: dict[object, Filing] = {}
    for filing in sorted(left, key=lambda each: (each.filed, each.accession)):
        first_of.setdefault(_same(filing), filing)
    kept = set(first_of.values())
    repeated = [filing for filing in left if filing not in kept]
    for what, those in (("amendment", amended), ("repeated filing", repeated)):
        if those:
            named = some_names([str(filing) for filing in those], _FEW)
            notes.append(
                f"{counted(len(those), what)} left out (--amendments keeps them): {named}."
            )
    return ChosenFilings(tuple(filing for filing in left if filing in kept), tuple(notes))


def _same(filing: Filing) -> object:
    """What two filings of the same report share; the number where that cannot be told."""
    if not (filing.report_day and filing.size):
        return filing.accession
    return filing.form, filing.items, filing.report_day, filing.size


def no_filings(name: str, listed: Sequence[Filing], wanted: WantedFilings) -> DataMissingError:
    """For a company that filed nothing of what is wanted, with what it did file.

    Args:
        name: The ticker.
        listed: Its filings that were looked at.
        wanted: What is asked for.
    """
    counts = Counter(filing.form for filing in listed)
    same = [filing.filed for filing in listed if filing.form in wanted.forms]
    if same:
        filed = f"its {' and '.join(wanted.forms)} filings date from {min(same)} to {max(same)}"
    elif counts:
        most = [f"{form} ({count:,})" for form, count in counts.most_common()]
        filed = f"it filed {some_names(most, _FEW)}"
    else:
        filed = "EDGAR lists no filings of it in this period"
    return DataMissingError(f"{name} filed no {wanted}; {filed}.")
