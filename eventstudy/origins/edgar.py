"""Filings of companies as dated news: each with the second of its acceptance by EDGAR."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from eventstudy.errors import DataMissingError, InputError, nearest, quoted, some_names
from eventstudy.origins.dated_news import DatedNews, GatheredNews, timing_in
from eventstudy.origins.edgar_choice import (
    WantedFilings,
    chosen_filings,
    no_filings,
)
from eventstudy.origins.edgar_items import reported
from eventstudy.origins.edgar_records import (
    Company,
    Filing,
    accepted_at,
    companies_of,
    earlier_filings,
    filing_list,
    listed_as,
)
from eventstudy.origins.edgar_site import EdgarSite
from eventstudy.origins.edgar_times import KeptTimes
from eventstudy.text.numbers import counted

_NUMBERED = re.compile(r"([^=\s]{1,80})=(?:CIK)?(\d{1,10})", re.IGNORECASE)
_FEW = 5


@dataclass(frozen=True, slots=True)
class DatedFiling:
    """A filing with the time of its acceptance."""

    filing: Filing
    accepted: dt.datetime
    tickers: tuple[str, ...]


def filings_as_news(
    names: Sequence[str],
    wanted: WantedFilings,
    site: EdgarSite,
    calendar: str,
    kept: KeptTimes,
    progress: Callable[[str, int, int], None] | None = None,
) -> GatheredNews:
    """The filings of companies, each with the time on its own page at EDGAR.

    Args:
        names: Tickers; or TICKER=CIK for a company without a ticker today.
        wanted: Which filings.
        site: EDGAR, asked under somebody's name.
        calendar: Name of the exchange's calendar, such as XNYS.
        kept: Times that were read before; those that are read now are added.
        progress: Called with a ticker, how many of its filings are dated, and how many it has.

    Raises:
        InputError: A name cannot be a ticker.
        DataMissingError: No company has such a filing.
        NetworkError: EDGAR cannot be reached, refuses, or its answer is not understood.
    """
    found, missing = _companies(names, site)
    dated: list[DatedFiling] = []
    notes: list[str] = []
    for company, tickers in found.items():
        try:
            own, said = _filings_of(company, tickers, wanted, site, kept, progress)
        except DataMissingError as error:
            missing.append(str(error))
            continue
        dated += own
        notes += said
    together = _joint(dated)
    if not together:
        raise DataMissingError(" ".join(missing) or "No filing has a time of acceptance.")
    news = tuple(_as_news(each, calendar) for each in together)
    return GatheredNews(news, tuple(notes), tuple(missing))


def _companies(
    names: Sequence[str], site: EdgarSite
) -> tuple[dict[Company, tuple[str, ...]], list[str]]:
    """Company → the tickers that were asked for, and a sentence for each unknown one."""
    known: Mapping[str, Company] | None = None
    tickers: dict[int, list[str]] = {}
    companies: dict[int, Company] = {}
    missing: list[str] = []
    for name in dict.fromkeys(names):
        company: Company | None
        if "=" in name:
            ticker, company = _numbered(name)
        else:
            known = _all_companies(site) if known is None else known
            ticker, company = name.upper(), known.get(name.upper().replace(".", "-"))
        if company is None:
            close = nearest(ticker, list(known or ()), most=1, cutoff=0.6)
            hint = f" (did you mean {close[0]}?)" if close else ""
            missing.append(
                f"EDGAR has no company with the ticker {ticker}{hint}; for one that is no longer "
                "listed, add its number (CIK), as in TWTR=1418091."
            )
            continue
        companies.setdefault(company.cik, company)
        tickers.setdefault(company.cik, []).append(ticker)
    return {companies[cik]: tuple(dict.fromkeys(own)) for cik, own in tickers.items()}, missing


def _all_companies(site: EdgarSite) -> dict[str, Company]:
    what = "the list of companies"
    content = site.get(f"{site.archive}/files/company_tickers.json", what)
    if content is None:
        raise DataMissingError(f"EDGAR has no page for {what}; give companies as TICKER=CIK.")
    return companies_of(content)


def _numbered(name: str) -> tuple[str, Company]:
    found = _NUMBERED.fullmatch(name)
    if found is None:
        raise InputError(
            f"{quoted(name)} is not a ticker with a number (CIK); write it like TWTR=1418091."
        )
    ticker, cik = found[1].upper(), int(found[2])
    return ticker, Company(cik, ticker)


def _filings_of(
    company: Company,
    tickers: tuple[str, ...],
    wanted: WantedFilings,
    site: EdgarSite,
    kept: KeptTimes,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[list[DatedFiling], list[str]]:
    """The dated filings of one company, and what is to be said of them."""
    name = tickers[0]
    company, listed = _listed(company, name, wanted, site)
    chosen = chosen_filings(listed, wanted)
    tell = progress and partial(progress, name)
    times = _times(chosen.filings, company.cik, site, kept, tell)
    undated = [str(filing) for filing in chosen.filings if filing.accession not in times]
    dated = [
        DatedFiling(filing, times[filing.accession], tickers)
        for filing in chosen.filings
        if filing.accession in times and times[filing.accession].date() in wanted.span
    ]
    notes = [f"{name}: {note}" for note in chosen.notes]
    if len(tickers) > 1:
        notes.append(
            f"{' and '.join(tickers)} are one company; each filing is one event with all these "
            "tickers."
        )
    notes += _on_times(name, dated)
    if undated:
        notes.append(
            f"{name}: {counted(len(undated), 'filing')} left out because the page gives no time of "
            f"acceptance: {some_names(undated, _FEW)}."
        )
    if not dated:
        error = no_filings(name, listed, wanted)
        raise DataMissingError(" ".join((str(error), *notes)))
    return dated, notes


def _times(
    filings: Sequence[Filing],
    cik: int,
    site: EdgarSite,
    kept: KeptTimes,
    progress: Callable[[int, int], None] | None,
) -> dict[str, dt.datetime]:
    """Number of a filing → its time, of those that are kept and those whose page says it.

    What was read before EDGAR refuses is kept: the same command goes on from there.
    """
    times = kept.read(cik)
    known = len(times)
    try:
        for done, filing in enumerate(filings):
            if filing.accession in times:
                continue
            if progress is not None:
                progress(done, len(filings))
            page = site.get(site.archive + filing.page, f"the page of {filing}")
            accepted = None if page is None else accepted_at(page, filing.accession)
            if accepted is not None:
                times[filing.accession] = accepted
    finally:
        if len(times) > known:
            kept.write(cik, times)
    return times


def _listed(
    company: Company, name: str, wanted: WantedFilings, site: EdgarSite
) -> tuple[Company, list[Filing]]:
    """The company by EDGAR's name for it, and its filings of the days that are wanted."""
    address = f"{site.data}/submissions/CIK{company.cik:010d}.json"
    content = site.get(address, f"the filings of {name}")
    if content is None:
        raise DataMissingError(
            f"EDGAR has no company with the number (CIK) {company.cik} ({name}); check it."
        )
    first = filing_list(content, company.cik)
    listed = list(first.filings)
    for earlier in first.earlier:
        if wanted.may_lie_in(earlier):
            what = f"the earlier filings of {name}"
            more = site.get(f"{site.data}/submissions/{earlier.name}", what)
            if more is None:
                raise DataMissingError(
                    f"EDGAR does not deliver its list {earlier.name} of {name}; ask for filings "
                    f"--since {earlier.last + dt.timedelta(days=1)}."
                )
            listed += earlier_filings(more, first.company)
    return first.company, listed


def _on_times(name: str, dated: Sequence[DatedFiling]) -> Iterator[str]:
    """A sentence where the times of EDGAR's list are not what they are marked as."""
    kinds = Counter(listed_as(each.filing.listed_at, each.accepted) for each in dated)
    said = {
        "New York": "are New York time marked as UTC",
        "twice": "are shifted twice by New York's offset",
        "": "are wrong",
    }
    for kind, what in said.items():
        if kinds[kind]:
            yield (
                f"{name}: EDGAR's list has times of {counted(kinds[kind], 'filing')} that {what}; "
                "the events take the time from the filing's own page."
            )


def _joint(dated: Sequence[DatedFiling]) -> list[DatedFiling]:
    """Filings by several companies as one, with all of their tickers."""
    first: dict[str, DatedFiling] = {}
    for each in dated:
        number = each.filing.accession
        if number in first:
            tickers = dict.fromkeys((*first[number].tickers, *each.tickers))
            first[number] = DatedFiling(first[number].filing, each.accepted, tuple(tickers))
        else:
            first[number] = each
    return list(first.values())


def _as_news(each: DatedFiling, calendar: str) -> DatedNews:
    filing = each.filing
    about = reported(filing.items) or (
        f"report for the period ended {filing.report_day}" if filing.report_day else ""
    )
    return DatedNews(
        tickers=each.tickers,
        moment=each.accepted,
        title=f"{filing.company.name} {filing.form}{f': {about}' if about else ''}",
        timing=timing_in(each.accepted, calendar),
        category=" ".join((filing.form, *filing.items)),
        source=filing.link,
        notes=f"accepted by EDGAR {each.accepted:%Y-%m-%d %H:%M:%S} New York time",
    )
