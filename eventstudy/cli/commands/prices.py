"""`eventstudy prices`: fetch them, write them to a file, manage the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.console import echo, print_json, print_rows, say
from eventstudy.cli.options import (
    PARTLY_DONE,
    AsJson,
    Offline,
    Source,
    argument,
    option,
    with_file_options,
)
from eventstudy.errors import DataMissingError, InputError
from eventstudy.files.reading import reading_errors
from eventstudy.prices.source import SOURCES, PriceSource
from eventstudy.spec.study_spec import DEFAULTS

if TYPE_CHECKING:
    from eventstudy.prices.prices import Prices
    from eventstudy.prices.sources.cache import Holding, PriceCache


FROM_YAHOO = ["yahoo"]
ENDINGS = (".csv", ".txt", "")
FIRST_LINE = b"date,ticker,close,adj_close"
"""How a file begins that `prices fetch` wrote."""


@with_file_options
def fetch_prices(
    tickers: Annotated[list[str], argument("TICKER", "Tickers, such as NVDA ^GSPC.")],
    start: Annotated[str | None, option("", "DAY", "First day, such as 2023-01-01.")] = None,
    end: Annotated[str | None, option("", "DAY", "Last day.")] = None,
    source: Source = FROM_YAHOO,
    out: Annotated[Path | None, option("", "FILE", "Write the prices to this CSV.")] = None,
    force: Annotated[
        bool, option("", "", "Let --out replace a file that prices fetch did not write.", "--force")
    ] = False,
    offline: Offline = False,
    *,
    files: dict[str, Any],
) -> None:
    """Prices in the cache are not fetched again.

    After a rate limit, give the same command again to continue.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 nothing found, 4 network or
    rate limit, 5 some tickers are missing.

    Examples:
        eventstudy prices fetch NVDA AMD ^GSPC --start 2023-01-01
        eventstudy prices fetch NVDA ^GSPC --source bundled --out prices.csv
        eventstudy prices fetch DGS10 DGS2 --source fred --start 2020-01-01
    """
    from eventstudy.cli.progress import Steps
    from eventstudy.cli.stopping import Remains, say_when_stopped
    from eventstudy.prices.load import load_prices

    if out is not None:
        _require_place(out, force=force)
    online = [each for each in source if each in SOURCES and SOURCES[each].network]
    calendar = _calendar_of(source)
    with Steps(shown=True) as steps:
        if online:
            say_when_stopped(
                lambda: Remains(
                    "What was fetched is in the cache; the same command fetches the rest."
                )
            )
            steps.say(f"fetching {len(tickers)} tickers")
        opened = {
            name: _opened(
                name,
                calendar,
                offline=offline,
                progress=lambda last, done, total: steps.say(f"fetched {done} of {total}: {last}"),
            )
            for name in online
        }
        prices = load_prices(
            [opened.get(each, each) for each in source],
            tickers=tickers,
            start=start,
            end=end,
            calendar=calendar,
            offline=offline,
            **files,
        )
    if out is not None:
        _write_prices(prices, out)
    echo(
        f"{len(prices.tickers)} of {len(tickers)} tickers, {len(prices.sessions)} sessions "
        f"from {prices.sessions[0]:%Y-%m-%d} to {prices.sessions[-1]:%Y-%m-%d}."
    )
    cached = [name for name in online if SOURCES[name].cached]
    said = _notes(prices, cached, offline=offline) if cached else prices.dropped
    for sentence in (*prices.flags, *said):
        say(f"Note: {sentence}")
    if out is not None:
        say(f"Wrote {out}")
        if prices.returns is not None:
            say(
                f"Note: {out} holds closes alone: the source's own returns, with dividends and "
                "delistings, are not in it. Name the source itself to study them."
            )
    for reason in prices.unavailable.values():
        say(f"Missing: {reason.rstrip('.')}.")
    if prices.unavailable:
        raise typer.Exit(PARTLY_DONE)


def _calendar_of(source: Sequence[str]) -> str:
    """The calendar of the sources' own days; of those that have none the default one.

    Raises:
        InputError: They have different ones.
    """
    own = {name: SOURCES[name].calendar or DEFAULTS.calendar for name in source if name in SOURCES}
    if len({*own.values()}) > 1:
        listed = ", ".join(f"{name} {calendar}" for name, calendar in own.items())
        raise InputError(
            f"Option source: the sources have prices on different days ({listed}); fetch from "
            "each of them apart."
        )
    return next(iter(own.values()), DEFAULTS.calendar)


def _opened(
    name: str, calendar: str, *, offline: bool, progress: Callable[[str, int, int], None]
) -> PriceSource:
    """A source on the network, for a file that may hold what no study can hold together."""
    found: Any = SOURCES[name].open(calendar=calendar, offline=offline)
    wished = {"progress": progress, "one_currency": False}
    known = {each.name: wished[each.name] for each in fields(found) if each.name in wished}
    opened: PriceSource = replace(found, **known)
    return opened


def _require_place(out: Path, *, force: bool) -> None:
    """InputError where nothing can or may be written; a note where a file is replaced by force."""
    if not out.parent.is_dir():
        raise InputError(f"Option out: there is no folder {out.parent}; create it or name another.")
    if out.suffix.lower() not in ENDINGS:
        raise InputError(
            f"Option out: the prices are written as CSV; name a file such as {out.stem}.csv."
        )
    if not out.exists():
        return
    if not out.is_file():
        kind = "a folder" if out.is_dir() else "a pipe or a device"
        raise InputError(f"Option out: {out} is {kind}, not a file; name a file.")
    with reading_errors(out, "file"), out.open("rb") as stream:
        earlier = stream.readline(len(FIRST_LINE) + 1).rstrip() == FIRST_LINE
    if not earlier and not force:
        raise InputError(
            f"Option out: {out} is not an output of prices fetch; name another file, or replace it "
            "with --force."
        )
    if not earlier:
        say(f"Note: {out} was not an output of prices fetch; --force replaces it.")


def _notes(prices: Prices, online: Sequence[str], *, offline: bool) -> list[str]:
    """What the cache's notes say of these tickers: their age, short spans, moved history."""
    from datetime import UTC, datetime

    from eventstudy.prices.currencies import main_unit
    from eventstudy.prices.sources.cache import default_cache

    cache = default_cache()
    looked = [cache.look(name, ticker) for ticker in prices.tickers for name in online]
    entries = [held.entry for held in looked if held is not None and held.entry is not None]
    sentences = [f"{entry.moved}." for entry in entries if entry.moved]
    currencies = {main_unit(e.currency): e.ticker for e in reversed(entries) if e.currency}
    if len(currencies) > 1:
        named = ", ".join(f"{currencies[each]} in {each}" for each in reversed(currencies))
        sentences.append(f"Quoted in different currencies, no study can hold them: {named}.")
    if offline and entries:
        oldest = min(entries, key=lambda entry: entry.retrieved)
        age = (datetime.now(UTC) - datetime.fromisoformat(oldest.retrieved)).days
        sentences.append(
            f"From the cache alone; the oldest, {oldest.ticker}, was retrieved "
            f"{oldest.retrieved[:10]}, {age} day{'' if age == 1 else 's'} ago."
        )
        sentences += [
            f"{entry.ticker} is cached from {entry.start} to {entry.end} only."
            for entry in entries
            if f"{entry.ticker} is cached from" in prices.provenance.note
        ]
    return sentences


Tickers = Annotated[list[str] | None, argument("TICKER", "Tickers; by default all.")]


def status_prices(tickers: Tickers = None, json: AsJson = False) -> None:
    """The network is not used.

    Exit codes: 0 done, 3 none of the tickers is in the cache, 5 some are damaged or missing.

    Examples:
        eventstudy prices status
        eventstudy prices status NVDA ^GSPC --json
    """
    from eventstudy.prices.sources.cache import default_cache

    cache = default_cache()
    holdings, absent = _held(cache, tickers)
    sound = [held for held in holdings if held.entry is not None]
    damaged = [held for held in holdings if held.entry is None]
    if json:
        print_json(
            {
                "folder": str(cache.folder),
                "entries": [_figures(held) for held in sound],
                "damaged": [
                    {"ticker": held.ticker, "file": held.path.name, "reason": held.damaged}
                    for held in damaged
                ],
                "absent": absent,
            }
        )
    elif sound:
        print_rows([_row(held) for held in sound], figures=("sessions", "size"))
    elif not holdings and not tickers:
        echo(f"The cache {cache.folder} is empty.")
    for held in damaged:
        say(
            f"Damaged: {held.ticker} ({held.path}: {held.damaged}); the next fetch replaces it, "
            "prices clear removes it."
        )
    _say_absent(cache, holdings, absent)
    if damaged or absent:
        raise typer.Exit(PARTLY_DONE)


def clear_prices(
    tickers: Annotated[list[str] | None, argument("TICKER", "Tickers to remove.")] = None,
    all: Annotated[bool, option("", "", "Remove every ticker.", "--all")] = False,
) -> None:
    """Exit codes: 0 done, 2 wrong input, 3 none of the tickers is in the cache, 5 some are missing.

    Examples:
        eventstudy prices clear NVDA
        eventstudy prices clear --all
    """
    from eventstudy.prices.sources.cache import default_cache

    if bool(tickers) == all:
        raise InputError("Name the tickers to remove, or --all for every one, not both.")
    cache = default_cache()
    holdings, absent = _held(cache, tickers)
    for held in holdings:
        gone = cache.remove(held.source, held.ticker)
        if gone is not None:
            row = _row(gone) if gone.entry is not None else None
            what = f"{row['from']} to {row['to']}" if row else "damaged"
            echo(f"Removed {gone.ticker} ({what}, {_size(gone.size)}).")
    if not holdings and not tickers:
        echo(f"The cache {cache.folder} is empty.")
    _say_absent(cache, holdings, absent)
    if absent:
        raise typer.Exit(PARTLY_DONE)


def _held(cache: PriceCache, tickers: Sequence[str] | None) -> tuple[list[Holding], list[str]]:
    """What the cache has of the tickers, or of all, and the tickers that it lacks."""
    from eventstudy.prices.request import parse_tickers

    asked = parse_tickers(tickers) if tickers else None
    services = [name for name, source in SOURCES.items() if source.network]
    if asked is None:
        return [held for name in services for held in cache.holdings(name)], []
    looked = {ticker: [cache.look(name, ticker) for name in services] for ticker in asked}
    holdings = [held for found in looked.values() for held in found if held is not None]
    return holdings, [ticker for ticker, found in looked.items() if not any(found)]


def _say_absent(cache: PriceCache, holdings: Sequence[Holding], absent: Sequence[str]) -> None:
    sentence = f"not in the cache {cache.folder}; eventstudy prices fetch gets them."
    if absent and not holdings:
        raise DataMissingError(f"{', '.join(absent)}: {sentence}")
    for ticker in absent:
        say(f"Missing: {ticker} is {sentence.replace('them', 'it')}")


def _figures(held: Holding) -> dict[str, Any]:
    assert held.entry is not None
    assert held.table is not None
    days = held.table["close"].dropna().index
    return {
        "ticker": held.entry.ticker,
        "source": held.entry.source,
        "from": f"{days[0]:%Y-%m-%d}" if len(days) else None,
        "to": f"{days[-1]:%Y-%m-%d}" if len(days) else None,
        "sessions": len(days),
        "retrieved": held.entry.retrieved,
        "currency": held.entry.currency,
        "unit": held.entry.unit,
        "timezone": held.entry.timezone,
        "asked_from": held.entry.start,
        "asked_to": held.entry.end,
        "adjustment": held.entry.adjustment,
        "moved": held.entry.moved,
        "bytes": held.size,
        "sha256": held.entry.sha256,
    }


def _row(held: Holding) -> dict[str, str]:
    figures = _figures(held)
    return {
        "ticker": figures["ticker"],
        "source": figures["source"],
        "from": figures["from"] or "–",
        "to": figures["to"] or "–",
        "sessions": f"{figures['sessions']:,}",
        "retrieved": figures["retrieved"][:10],
        "currency": figures["currency"] or "–",
        "size": _size(held.size),
    }


def _size(bytes_: int) -> str:
    return f"{bytes_ / 1000:,.1f} kB"


def _write_prices(prices: Prices, out: Path) -> None:
    from eventstudy.files.atomic import replace_file, writing
    from eventstudy.files.csv_text import csv_text

    frames = {"close": prices.close, "adj_close": prices.adj_close}
    columns = {name: f.melt(ignore_index=False, var_name="ticker") for name, f in frames.items()}
    long = columns["close"].rename(columns={"value": "close"})
    long["adj_close"] = columns["adj_close"]["value"].to_numpy()
    long = long.dropna(subset="close")
    with writing(out), replace_file(out) as stream:
        stream.write(csv_text(long.reset_index(names="date")).encode())
