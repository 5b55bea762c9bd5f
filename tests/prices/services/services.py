"""FRED, the ECB and an exchange on 127.0.0.1, in the form and all the moods of the real ones.

A series is what it does: `Services.moods` names the mood of each, anything else is a good series.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

FIRST, TODAY = date(2023, 1, 2), date(2025, 2, 3)
GONE = (date(2024, 11, 28), date(2025, 1, 9))
"""Days without a figure of FRED: closed, and forgotten."""
PAGE = b"<!DOCTYPE html><html><title>Sign in to the hotel network</title>"
DAY_MS = 86_400_000


def level_of(series: str, day: date) -> float:
    """A yield in per cent that wanders about zero."""
    number, seed = (day - FIRST).days, sum(map(ord, series))
    return round(0.5 * math.sin(number / 9 + seed) + 0.001 * (number * 37 % 41), 2)


def close_of(pair: str, day: date) -> float:
    """A price that differs by pair and day."""
    number, seed = (day - FIRST).days, sum(map(ord, pair))
    return round(100 + seed % 50 + 10 * math.sin(number * (1 + seed % 7) / 9), 2)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def business_days() -> list[date]:
    return [day for day in days_between(FIRST, TODAY) if day.weekday() < 5]


def fred_csv(series: str) -> str:
    """The whole series, as fredgraph.csv has it."""
    rows = [f"{day},{'.' if day in GONE else level_of(series, day)}" for day in business_days()]
    return "\n".join([f"observation_date,{series.upper()}", *rows, ""])


ECB_HEAD = (
    "KEY,FREQ,REF_AREA,CURRENCY,PROVIDER_FM,INSTRUMENT_FM,PROVIDER_FM_ID,DATA_TYPE_FM,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,TITLE,TITLE_COMPL,UNIT,UNIT_MULT"
)


def ecb_csv(key: str, first: date, last: date) -> str:
    """A series, as the data service writes csvdata."""
    parts = key.split(".")[1:]
    dimensions = ",".join((parts + [""] * 7)[:7])
    monthly = parts[0] == "M"
    days = [day for day in business_days() if first <= day <= last]
    periods = (
        {f"{day}"[:7]: day for day in reversed(days)} if monthly else {f"{d}": d for d in days}
    )
    rows = [
        f"{key},{dimensions},{period},{'' if day in GONE else level_of(key, day)},A,F,A rate,"
        '"Euro area, a rate",PCPA,0'
        for period, day in sorted(periods.items())
    ]
    return "\n".join([ECB_HEAD, *rows, ""])


def candle(pair: str, day: date) -> list[Any]:
    """A day as Binance gives it; today's is unfinished."""
    stamp = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
    close = f"{close_of(pair, day):.8f}"
    figures = [close, close, close, close, "12.5"]
    return [stamp, *figures, stamp + DAY_MS - 1, "1000.0", 7, "6.0", "500.0", "0"]


def market(base: str, quote: str) -> dict[str, Any]:
    """A pair in Binance's list of them."""
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "permissionSets": [["SPOT"]],
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": "0.01",
                "maxPrice": "1e6",
                "tickSize": "0.01",
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": "0.00001",
                "maxQty": "9000",
                "stepSize": "0.00001",
            },
        ],
    }


PAIRS = [("BTC", "USDT"), ("ETH", "USDT"), ("SOL", "USDT"), ("ETH", "BTC")]


def late(lines: list[str]) -> list[str]:
    return [*lines[:-3], lines[-2], lines[-3], lines[-1]]


DATE = re.compile(r"20\d\d-\d\d-\d\d")
LIES = {
    "days of another year": lambda lines: [*lines[:-2], lines[-2].replace("-", "/"), lines[-1]],
    "a day that is none": lambda lines: [*lines[:-2], DATE.sub("2025-02-30", lines[-2]), ""],
    "days in disorder": late,
    "a day twice": lambda lines: [*lines[:-1], lines[-2], ""],
    "a word for a figure": lambda lines: [*lines[:3], lines[3][:-1] + "x", *lines[4:]],
    "an infinite figure": lambda lines: [
        *lines[:3],
        ",".join((*lines[3].split(",")[:-1], "inf")),
        *lines[4:],
    ],
    "another series": lambda lines: [line.replace("DGS10", "DGS2") for line in lines],
    "no rows": lambda lines: lines[:1],
}
"""What a table of FRED can say that is not so; each is a mood."""


class Services:
    """The servers, their moods and what they were asked: `with Services() as web: web.base`."""

    def __init__(self) -> None:
        self.moods: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.queries: list[str] = []
        self.over = threading.Event()
        handler = type("Bound", (Handler,), {"web": self})
        self.server = Quiet(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Services:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    web: Services
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.web.queries.append(self.path)
        if path == "/graph/fredgraph.csv":
            self.give(query["id"], fred_csv(query["id"]), "application/csv")
        elif path.startswith("/service/data/"):
            self.ecb(path.removeprefix("/service/data/").replace("/", "."), query)
        elif path.endswith("/exchangeInfo"):
            spot = [market(*pair) for pair in PAIRS] if path.startswith("/api/") else []
            self.give("exchangeInfo", json.dumps({"symbols": spot}))
        elif path == "/api/klines":
            self.klines(query)
        else:
            self.answer(404, b"{}")

    def ecb(self, key: str, query: dict[str, str]) -> None:
        assert query["format"] == "csvdata"
        span = [date.fromisoformat(query[name]) for name in ("startPeriod", "endPeriod")]
        self.give(key, ecb_csv(key, *span), "text/csv")

    def klines(self, query: dict[str, str]) -> None:
        assert query["interval"] == "1d"
        pair = query["symbol"]
        first = datetime.fromtimestamp(int(query["startTime"]) / 1000, UTC).date()
        days = days_between(max(first, FIRST), TODAY)[: int(query["limit"])]
        rows = [candle(pair, day) for day in days if day not in GONE]
        mood = self.web.moods.get(pair, "")
        if mood == "days of another zone":
            rows = [[row[0] - 8 * 3_600_000, *row[1:]] for row in rows]
        if mood == "a word for a close":
            rows = [[*row[:4], "x", *row[5:]] for row in rows]
        if mood == "zero":
            rows = [[*row[:4], "0.00000000", *row[5:]] for row in rows[:1]] + rows[1:]
        if mood == "candles in disorder":
            rows = [*rows, *rows[-1:]]
        self.give(pair, json.dumps(rows))

    def give(self, series: str, good: str, kind: str = "application/json") -> None:
        """What the mood of a series makes of a good answer."""
        self.web.asked[series] += 1
        mood = self.web.moods.get(series, "good")
        if mood.endswith(" once"):
            mood = mood.removesuffix(" once") if self.web.asked[series] == 1 else "good"
        if mood.isdigit():
            self.answer(int(mood), problem(int(mood), self.path), "application/problem+json")
        elif mood == "html":
            self.answer(200, PAGE, "text/html")
        elif mood == "empty":
            self.answer(200, b"", kind)
        elif mood == "short":
            body = good.encode()
            self.answer(200, body[: len(body) // 2], kind, len(body))
            self.close_connection = True
        elif mood == "mute":
            self.web.over.wait()
            self.close_connection = True
        elif mood == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif mood in LIES:
            self.answer(200, "\n".join(LIES[mood](good.split("\n"))).encode(), kind)
        else:
            self.answer(200, good.encode(), kind)

    def answer(
        self, status: int, body: bytes, kind: str = "application/json", length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def problem(status: int, path: str) -> bytes:
    """A refusal as the ECB's service words it; FRED sends a page, which nobody reads."""
    detail = "No results found." if status == 404 else "Something broke"
    return json.dumps({"type": path, "title": "x", "status": status, "detail": detail}).encode()
