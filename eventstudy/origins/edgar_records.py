"""EDGAR's records as filings: the list of companies, lists of filings, the page of one filing.

The times in EDGAR's lists cannot be relied on. Their acceptanceDateTime ends in Z; for most
companies it is UTC, for others New York's clock with a Z, and for some it has been moved twice.
The page of a filing always has the time in New York, as the header of the submission does, so
every time comes from there and the list's is only compared with it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from eventstudy.origins.edgar_errors import edgar_not_understood

ARCHIVE = "https://www.sec.gov"
"""Where the page of a filing lies for everybody."""
EASTERN = ZoneInfo("America/New_York")
_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}", re.ASCII)
_PAGE = re.compile(r"CIK\d{10}-submissions-\d{3}\.json", re.ASCII)
_ACCEPTED = re.compile(
    rb"Accepted\s*</div>\s*<div[^>]*>\s*(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\s*</div>"
)
_COLUMNS = ("accessionNumber", "form", "filingDate", "acceptanceDateTime")
_MORE = ("reportDate", "items", "size")
_UNFIT = (AttributeError, KeyError, TypeError, ValueError, OverflowError)
"""What reading an answer of another form raises; the last for a number of company 1e400."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company as EDGAR knows it."""

    cik: int
    name: str


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing as EDGAR's list has it."""

    company: Company
    accession: str
    form: str
    filed: dt.date
    """The official date, a later one than that of acceptance if accepted in the evening."""
    listed_at: str
    """The acceptanceDateTime of the list, as written."""
    report_day: str = ""
    items: tuple[str, ...] = ()
    size: str = ""

    @property
    def amends(self) -> bool:
        """Whether it amends an earlier filing."""
        return self.form.endswith("/A")

    @property
    def page(self) -> str:
        """Where its page lies below the archive."""
        folder = self.accession.replace("-", "")
        return f"/Archives/edgar/data/{self.company.cik}/{folder}/{self.accession}-index.htm"

    @property
    def link(self) -> str:
        """The address of its page at the SEC."""
        return ARCHIVE + self.page

    def __str__(self) -> str:
        return f"{self.form} of {self.filed} ({self.accession})"


@dataclass(frozen=True, slots=True)
class EarlierList:
    """A further list of a company's filings."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class FilingList:
    """What EDGAR's first list of a company holds."""

    company: Company
    filings: tuple[Filing, ...]
    earlier: tuple[EarlierList, ...]


def companies_of(content: bytes) -> dict[str, Company]:
    """Ticker → company, of EDGAR's list of all companies with a ticker.

    Args:
        content: company_tickers.json.

    Raises:
        NetworkError: It has another form.
    """
    what = "the list of companies"
    rows = _parsed(content, what)
    try:
        companies = {
            str(row["ticker"]).upper(): Company(int(row["cik_str"]), _plain(row["title"]))
            for row in rows.values()
        }
    except _UNFIT:
        companies = {}
    if not companies:
        raise edgar_not_understood(what, "it lacks tickers and company numbers")
    return companies


def filing_list(content: bytes, cik: int) -> FilingList:
    """A company's newest filings, and where the earlier ones are.

    Args:
        content: CIK##########.json.
        cik: The company's number.

    Raises:
        NetworkError: It has another form.
    """
    what = f"the filings of company {cik}"
    record = _parsed(content, what)
    try:
        company = Company(cik, _plain(record.get("name") or f"CIK {cik}"))
        if int(record.get("cik", cik)) != cik:
            raise edgar_not_understood(what, f"it is about company {_plain(record['cik'])}")
        recent, files = record["filings"]["recent"], record["filings"].get("files") or []
        earlier = tuple(
            EarlierList(
                each["name"],
                dt.date.fromisoformat(each["filingFrom"]),
                dt.date.fromisoformat(each["filingTo"]),
            )
            for each in files
            if _PAGE.fullmatch(each["name"]) or _refuse(what)
        )
    except _UNFIT:
        raise edgar_not_understood(what, "it has no list of filings") from None
    return FilingList(company, _filings(recent, company, what), earlier)


def earlier_filings(content: bytes, company: Company) -> tuple[Filing, ...]:
    """The filings of a further list.

    Args:
        content: CIK##########-submissions-001.json.
        company: Whose filings they are.

    Raises:
        NetworkError: It has another form.
    """
    what = f"the earlier filings of {company.name}"
    return _filings(_parsed(content, what), company, what)


def accepted_at(page: bytes, accession: str) -> dt.datetime | None:
    """When a filing was accepted, to the second, in New York's time.

    None where the page says no time, or is not that of the filing.

    Args:
        page: The page of the filing.
        accession: The filing's number, which its page names.
    """
    found = _ACCEPTED.search(page)
    if found is None or accession.encode() not in page:
        return None
    try:
        written = dt.datetime.fromisoformat(b" ".join(found.groups()).decode())
    except ValueError:
        return None
    return written.replace(tzinfo=EASTERN)


def listed_as(listed: str, accepted: dt.datetime) -> str:
    """What the time of EDGAR's list is, held against that of the filing's page.

    Args:
        listed: As written, such as "2024-05-22T20:20:55.000Z".
        accepted: The time of the page.

    Returns:
        "UTC", "New York", "twice" (moved by New York's offset once too often) or "" for any other.
    """
    try:
        written = dt.datetime.fromisoformat(listed).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return ""
    clock = accepted.replace(tzinfo=None)
    offset = accepted.utcoffset()
    assert offset is not None
    meant = {clock - offset: "UTC", clock: "New York", clock - 2 * offset: "twice"}
    return meant.get(written, "")


def _parsed(content: bytes, what: str) -> Any:
    if content.lstrip()[:1] == b"<":
        raise edgar_not_understood(what, "it is a web page and not data")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise edgar_not_understood(what, "it is not JSON") from None


def _filings(columns: Any, company: Company, what: str) -> tuple[Filing, ...]:
    table = _table(columns, what)
    try:
        return tuple(
            Filing(
                company=company,
                accession=accession,
                form=_plain(form).upper(),
                filed=dt.date.fromisoformat(filed),
                listed_at=str(listed),
                report_day=_plain(report or ""),
                items=tuple(filter(None, (each.strip() for each in str(items or "").split(",")))),
                size=str(size),
            )
            for accession, form, filed, listed, report, items, size in zip(
                *(table[name] for name in (*_COLUMNS, *_MORE)), strict=True
            )
            if _ACCESSION.fullmatch(accession) or _refuse(what)
        )
    except (TypeError, ValueError):
        raise edgar_not_understood(what, "a filing has no number or date") from None


def _table(columns: Any, what: str) -> Mapping[str, Sequence[Any]]:
    """The columns of a list of filings, all of one length."""
    if not isinstance(columns, dict) or not all(
        isinstance(columns.get(name), list) for name in _COLUMNS
    ):
        raise edgar_not_understood(what, f"it lacks one of {', '.join(_COLUMNS)}")
    length = len(columns[_COLUMNS[0]])
    table = {name: columns[name] for name in _COLUMNS}
    table |= {name: columns.get(name) or [""] * length for name in _MORE}
    if any(len(column) != length for column in table.values()):
        raise edgar_not_understood(what, "its columns differ in length")
    return table


def _refuse(what: str) -> bool:
    raise edgar_not_understood(what, "the name of a filing or a list has an unexpected form")


def _plain(text: object) -> str:
    """A text on one line, without characters that steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
