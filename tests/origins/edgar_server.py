"""An EDGAR on 127.0.0.1: tickers, lists of filings with earlier pages, the page of each filing.

Companies and filings are made up. A filing's true time is New York's; what the list says of it
depends on the mood of the company's clock.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EASTERN_HOURS = {"EST": 5, "EDT": 4}


@dataclass(frozen=True)
class Made:
    """A filing: its number, form, New York time of acceptance with the zone's name, items."""

    number: str
    form: str
    accepted: str
    """As "2024-05-22 16:20:55 EDT"."""
    items: str = ""
    report: str = ""
    size: int = 0
    filed: str = ""
    page: str | None = None
    """Instead of its true page."""

    @property
    def clock(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.accepted[:19])

    @property
    def offset(self) -> dt.timedelta:
        return dt.timedelta(hours=EASTERN_HOURS[self.accepted[20:]])

    @property
    def accession(self) -> str:
        return f"0001045810-{self.clock:%y}-{self.number}"

    def listed(self, clock: str) -> str:
        """What the list says: UTC as it should, New York's clock, or moved twice."""
        moved = {"UTC": 1, "New York": 0, "twice": 2}[clock]
        return f"{self.clock + moved * self.offset:%Y-%m-%dT%H:%M:%S}.000Z"


@dataclass
class MadeCompany:
    cik: int
    ticker: str
    name: str
    filings: list[Made]
    earlier: list[Made] = field(default_factory=list)
    clock: str = "UTC"


def columns(filings: list[Made], clock: str) -> dict[str, list[Any]]:
    return {
        "accessionNumber": [each.accession for each in filings],
        "filingDate": [each.filed or each.accepted[:10] for each in filings],
        "reportDate": [each.report for each in filings],
        "acceptanceDateTime": [each.listed(clock) for each in filings],
        "form": [each.form for each in filings],
        "items": [each.items for each in filings],
        "size": [each.size for each in filings],
        "primaryDocument": ["a.htm" for _ in filings],
    }


def page_of(filing: Made) -> str:
    if filing.page is not None:
        return filing.page
    return (
        '<!DOCTYPE html><html><body><div class="formGrouping">\n'
        f'<div class="infoHead">Filing Date</div>\n<div class="info">{filing.accepted[:10]}</div>\n'
        '<div class="infoHead">Accepted</div>\n'
        f'      <div class="info">{filing.accepted[:19]}</div>\n'
        f'<a href="/Archives/{filing.accession}.txt">all</a>'
        '<div class="infoHead">Documents</div>\n<div class="info">3</div></div></body></html>'
    )


Answer = tuple[int, bytes, dict[str, str]]


class StandIn:
    """The server, what it holds, what it was asked and by whom."""

    def __init__(self, *companies: MadeCompany) -> None:
        self.companies = list(companies)
        self.asked: list[tuple[str, str]] = []
        """Path and User-Agent of each request."""
        self.moods: list[Callable[[str], Answer | None]] = []
        """Asked first, in turn; the first answer counts."""
        handler = type("Bound", (_Handler,), {"edgar": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> StandIn:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def pages(self) -> dict[str, bytes]:
        pages = {
            "/files/company_tickers.json": json.dumps(
                {
                    str(place): {"cik_str": each.cik, "ticker": each.ticker, "title": each.name}
                    for place, each in enumerate(self.companies)
                }
            )
        }
        for each in self.companies:
            own = f"CIK{each.cik:010d}"
            days = [filing.filed or filing.accepted[:10] for filing in each.earlier]
            files = [
                {
                    "name": f"{own}-submissions-001.json",
                    "filingCount": len(days),
                    "filingFrom": min(days, default=""),
                    "filingTo": max(days, default=""),
                }
            ]
            pages[f"/submissions/{own}.json"] = json.dumps(
                {
                    "cik": str(each.cik),
                    "name": each.name,
                    "filings": {
                        "recent": columns(each.filings, each.clock),
                        "files": files if days else [],
                    },
                }
            )
            pages[f"/submissions/{own}-submissions-001.json"] = json.dumps(
                columns(each.earlier, each.clock)
            )
            for filing in (*each.filings, *each.earlier):
                folder = filing.accession.replace("-", "")
                place = f"/Archives/edgar/data/{each.cik}/{folder}/{filing.accession}-index.htm"
                pages[place] = page_of(filing)
        return {path: text.encode() for path, text in pages.items()}


class _Handler(BaseHTTPRequestHandler):
    edgar: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        edgar = self.edgar
        edgar.asked.append((self.path, self.headers.get("User-Agent", "")))
        moods = (mood(self.path) for mood in edgar.moods)
        answer = next((each for each in moods if each is not None), None)
        if answer is None:
            body = edgar.pages.get(self.path)
            answer = (404, b"no such page", {}) if body is None else (200, body, {})
        status, body, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
