"""A Yahoo on 127.0.0.1: cookie, crumb, time zone and charts, in all the moods of the real one.

A ticker is what it does: `Loopback.moods` names the mood of each, anything else is a good series.
"""

from __future__ import annotations

import gzip
import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

Lie = Callable[[dict[str, Any]], Any]
"""Changes the one result of an answer."""
FIRST = date(2023, 1, 2)
LISTINGS = {
    "": ("USD", "America/New_York"),
    ".L": ("GBp", "Europe/London"),
    ".DE": ("EUR", "Europe/Berlin"),
    ".TW": ("TWD", "Asia/Taipei"),
}
CURRENCIES = {"^FTSE": ("GBP", "Europe/London"), "^GDAXI": ("EUR", "Europe/Berlin")}
SPLIT, DIVIDEND = date(2025, 1, 23), date(2025, 1, 22)


def listing(ticker: str) -> tuple[str, str]:
    """Currency and time zone."""
    suffix = f".{ticker.rpartition('.')[2]}" if "." in ticker else ""
    return CURRENCIES.get(ticker) or LISTINGS[suffix]


def close_of(ticker: str, day: date, factor: float = 1.0) -> float:
    """A smooth price that differs by ticker and day."""
    number = (day - FIRST).days
    seed = sum(map(ord, ticker))
    return round(factor * (100 + seed % 50 + 10 * math.sin(number * (1 + seed % 7) / 9)), 4)


def chart(ticker: str, first: date, last: date, mood: str, factor: float) -> dict[str, Any]:
    """The JSON of the chart endpoint for the days from `first` to before `last`."""
    currency, zone = listing(ticker)
    days = [first + timedelta(days=i) for i in range(max((last - first).days, 0))]
    days = [day for day in days if day.weekday() < 5 and day >= FIRST]
    days = [] if mood in ("empty", "never") else days
    if mood == "twice" and days:
        days = [*days, days[-1]]
    stamps = [
        int(datetime(d.year, d.month, d.day, 9, 30, tzinfo=ZoneInfo(zone)).timestamp())
        for d in days
    ]
    closes = [close_of(ticker, day, factor) for day in days]
    adjusted = [
        close * (0.99 if day < DIVIDEND else 1) for close, day in zip(closes, days, strict=True)
    ]
    events: dict[str, Any] = {}
    if mood == "split":
        at = dict(zip(days, stamps, strict=False))
        if DIVIDEND in at:
            events["dividends"] = {str(at[DIVIDEND]): {"amount": 1.0, "date": at[DIVIDEND]}}
        if SPLIT in at:
            ratio = {"numerator": 2.0, "denominator": 1.0, "splitRatio": "2:1"}
            events["splits"] = {str(at[SPLIT]): {"date": at[SPLIT], **ratio}}
    meta = {
        "currency": currency,
        "symbol": ticker,
        "instrumentType": "EQUITY",
        "exchangeTimezoneName": zone,
        "timezone": "X",
        "gmtoffset": 0,
        "validRanges": ["1d"],
        "dataGranularity": "1d",
        "priceHint": 2,
        "regularMarketTime": stamps[-1] if stamps else 0,
    }
    prices = dict.fromkeys(("open", "high", "low", "close"), closes)
    indicators: dict[str, Any] = {
        "quote": [{**prices, "volume": [1] * len(days)} if days else {}],
        "adjclose": [{"adjclose": adjusted} if days else {}],
    }
    result: dict[str, Any] = {"meta": meta, "indicators": indicators}
    if days:
        result["timestamp"] = stamps
    if events:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def said(name: str, value: Any) -> Lie:
    """A lie in what an answer says of itself."""
    return lambda result: result["meta"].update({name: value})


def stamped(change: Callable[[list[Any]], list[Any]]) -> Lie:
    """A lie in the times of the days."""
    return lambda result: result.update(timestamp=change(result["timestamp"]))


def priced(change: Callable[[list[Any]], list[Any]], where: str = "quote") -> Lie:
    """A lie in the closes, or in the adjusted ones."""

    def lie(result: dict[str, Any]) -> None:
        columns = result["indicators"][where][0]
        name = "close" if where == "quote" else where
        columns[name] = change(columns[name])

    return lie


def long_ago(result: dict[str, Any]) -> None:
    """Two million days."""
    days = 2_000_000
    result["timestamp"] = [60 * day for day in range(days)]
    for columns in (result["indicators"]["quote"][0], result["indicators"]["adjclose"][0]):
        for name in columns:
            columns[name] = [1] * days


LIES: dict[str, Lie] = {
    "other symbol": said("symbol", "AMD"),
    "symbol of escapes": said("symbol", "\x1b[31mXX\u202e\n"),
    "weekly": said("dataGranularity", "1wk"),
    "no granularity": lambda result: result["meta"].pop("dataGranularity"),
    "currency a list": said("currency", ["USD"]),
    "currency a number": said("currency", 7),
    "currency NaN": said("currency", math.nan),
    "currency of 1 MB": said("currency", "U" * 1_000_000),
    "currency of markup": said("currency", "<b>"),
    "zone of nowhere": said("exchangeTimezoneName", "Mars/Olympus"),
    "zone outside": said("exchangeTimezoneName", "../../etc/passwd"),
    "zone a number": said("exchangeTimezoneName", 3),
    "same stamps": stamped(lambda stamps: stamps[:1] * len(stamps)),
    "null stamps": stamped(lambda stamps: [None, *stamps[1:]]),
    "NaN stamps": stamped(lambda stamps: [math.nan, *stamps[1:]]),
    "text stamps": stamped(lambda stamps: ["1737469800", *stamps[1:]]),
    "stamps backwards": stamped(lambda stamps: stamps[::-1]),
    "stamps of aeons": stamped(lambda stamps: [*stamps[:-1], 10**18]),
    "a stamp less": stamped(lambda stamps: stamps[:-1]),
    "a close more": priced(lambda closes: [*closes, 1.0]),
    "close of 400 digits": priced(lambda closes: [10**400, *closes[1:]]),
    "close 1e400": priced(lambda closes: [math.inf, *closes[1:]]),
    "close NaN": priced(lambda closes: [math.nan, *closes[1:]]),
    "close negative": priced(lambda closes: [-1.0, *closes[1:]]),
    "close a text": priced(lambda closes: ["12", *closes[1:]]),
    "close a list": priced(lambda closes: [[12.0], *closes[1:]]),
    "adjusted a text": priced(lambda closes: ["12", *closes[1:]], "adjclose"),
    "no closes": priced(lambda closes: []),
    "two million days": long_ago,
    "no indicators": lambda result: result.pop("indicators"),
    "meta a list": lambda result: result.update(meta=[]),
}
"""What an answer can say that is not so; each is a mood."""


def earnings_page(ticker: str, rows: Iterable[tuple[str, ...]], mood: str) -> str:
    """The page of earnings of a ticker."""
    heads = ["Symbol", "Company", "Earnings Date", "EPS Estimate", "Reported EPS", "Surprise (%)"]
    heads = ["Other", *heads[1:]] if mood == "other columns" else heads
    lines = [heads, *((ticker, "Made Up Corp", *row) for row in rows)]
    table = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines[1:]
    )
    head = f"<thead><tr>{''.join(f'<th>{cell}</th>' for cell in heads)}</tr></thead>"
    body = f"<table>{head}<tbody>{table}</tbody></table>"
    return f"<!doctype html><html><body>{'' if mood == 'no table' else body}</body></html>"


def failure(code: str, description: str) -> dict[str, Any]:
    """An error as the chart endpoint tells it."""
    return {"chart": {"result": None, "error": {"code": code, "description": description}}}


FAILURES = {
    "unknown": (404, failure("Not Found", "Quote not found for symbol")),
    "delisted": (404, failure("Not Found", "No data found, symbol may be delisted")),
    "500": (500, failure("Internal Server Error", "Something broke")),
}


class Loopback:
    """The server, its moods and what it was asked: `with Loopback() as yahoo: yahoo.base`."""

    def __init__(self) -> None:
        self.moods: dict[str, str] = {}
        self.factor = 1.0
        self.delay = 0.0
        self.over = threading.Event()
        """Set when the server goes: until then a mute one answers nobody."""
        self.earnings: dict[str, list[tuple[str, ...]]] = {}
        """By ticker: the rows of its page of earnings, each a date, estimate, report, surprise."""
        self.asked: Counter[str] = Counter()
        """Charts of more than a time zone, by ticker."""
        self.lock = threading.Lock()
        handler = type("Bound", (Handler,), {"yahoo": self})
        self.server = Quiet(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Loopback:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Quiet(ThreadingHTTPServer):
    """Clients that are killed are nothing to report."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    yahoo: Loopback
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if "/finance/chart/" in parts.path:
            self.chart(unquote(parts.path.rpartition("/")[2]), parse_qs(parts.query))
        elif parts.path.endswith("/calendar/earnings"):
            self.earnings(parse_qs(parts.query)["symbol"][0])
        else:
            self.answer(200, b"crumb" if parts.path.endswith("getcrumb") else b"<p>cookie</p>")

    def chart(self, ticker: str, query: dict[str, list[str]]) -> None:
        yahoo = self.yahoo
        mood = yahoo.moods.get(ticker, "good")
        history = "period1" in query
        with yahoo.lock:
            yahoo.asked[ticker] += history
            nth = yahoo.asked[ticker]
        if yahoo.delay and history:
            time.sleep(yahoo.delay)
        zone = ZoneInfo(listing(ticker)[1])
        ends = [query.get(name, [""])[0] for name in ("period1", "period2")]
        first, last = (
            [datetime.fromtimestamp(int(end), zone).date() for end in ends]
            if history
            else (date(2025, 1, 30), date(2025, 1, 31))
        )
        data = chart(ticker, first, last, mood, yahoo.factor)
        if mood in LIES:
            LIES[mood](data["chart"]["result"][0])
        good = json.dumps(data).encode()
        if mood.endswith(" once"):  # yfinance itself asks twice where it is limited
            times = 2 if mood == "429 once" else 1
            mood = mood.removesuffix(" once") if history and nth <= times else "good"
        if mood == "never" and history:
            data = failure("Bad Request", "Data doesn't exist for startDate = 1, endDate = 2")
            self.answer(400, json.dumps(data).encode())
        elif mood in FAILURES:
            status, data = FAILURES[mood]
            self.answer(status, json.dumps(data).encode())
        elif mood == "429":
            self.answer(429, b"Too Many Requests")
        elif mood == "truncated":
            self.answer(200, good[: len(good) // 2])
        elif mood == "short":  # fewer bytes than the header promises
            self.answer(200, good[: len(good) // 2], length=len(good))
            self.close_connection = True
        elif mood == "html":
            self.answer(200, b"<!doctype html> sign in to the hotel network")
        elif mood == "null":
            self.answer(200, b"null")
        elif mood == "other form":
            self.answer(200, b'{"quoteResponse": {"result": []}}')
        elif mood == "deep":
            self.answer(200, b"[" * 1_000_000)
        elif mood in ("blanks", "chunks", "drip"):
            self.endless(b" " if mood == "blanks" else b"7,", 0.05 if mood == "drip" else 0.0)
        elif mood == "bomb":
            self.answer(200, gzip.compress(b" " * 40_000_000), packed="gzip")
        elif mood == "slow":
            time.sleep(0.5)
            self.answer(200, good)
        elif mood == "mute":
            yahoo.over.wait()
            self.close_connection = True
        elif mood == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        else:
            self.answer(200, good)

    def earnings(self, ticker: str) -> None:
        mood = self.yahoo.moods.get(ticker, "good")
        self.yahoo.asked[ticker] += 1
        status = int(mood) if mood.isdigit() else 200
        rows = self.yahoo.earnings.get(ticker, ())
        self.answer(status, earnings_page(ticker, rows, mood).encode())

    def endless(self, part: bytes, pause: float) -> None:
        """An answer in chunks that never ends."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        part *= 1 if pause else 50_000
        while not self.yahoo.over.is_set():
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            time.sleep(pause)

    def answer(self, status: int, body: bytes, length: int | None = None, packed: str = "") -> None:
        self.send_response(status)
        if packed:
            self.send_header("Content-Encoding", packed)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def variables(server: Loopback, folder: Path) -> dict[str, str]:
    """What turns a process to the server, and makes it wait little."""
    return {
        "YAHOO_LOOPBACK": server.base,
        "PYTHONPATH": str(Path(__file__).parent / "site"),
        "EVENTSTUDY_CACHE_DIR": str(folder / "cache"),
        "EVENTSTUDY_YAHOO_WAIT": "0.02",
        "EVENTSTUDY_YAHOO_TIMEOUT": "60",
        "XDG_CACHE_HOME": str(folder / "home"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "COLUMNS": "80",
    }
