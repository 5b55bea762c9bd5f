"""Prices by the name of their source."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from eventstudy.errors import DataMissingError, InputError, nearest, quoted, some_names
from eventstudy.files.frames import is_frame, sheet_of
from eventstudy.files.tables.read import read_sheet
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.dialect import FileOptions
from eventstudy.prices.dialects.names import SUFFIXES, file_ticker
from eventstudy.prices.dialects.reading import holds_one_ticker, read_prices, require_options
from eventstudy.prices.plugins import NAME, PLUGINS
from eventstudy.prices.request import parse_span, parse_tickers
from eventstudy.prices.several import Part, joined_prices, part_of_prices, part_of_sheet
from eventstudy.prices.source import SOURCES, FileLayout, PriceSource, Values
from eventstudy.prices.sources.file import WHAT
from eventstudy.prices.sources.sql.source import SqlSource
from eventstudy.prices.sources.sql.url import (
    is_database,
    refuse_database_file,
    require_online,
    safe_text,
)
from eventstudy.prices.sources.vintages import VintageSource
from eventstudy.spec.study_spec import DEFAULTS
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.prices.prices import Prices


Source: TypeAlias = "str | Path | PriceSource | pd.DataFrame"
"""A DataFrame stands for a frame of any library."""
PLAN = ".toml"
"""How the name of a plan ends, which stands for the prices that it was made on."""
_ALIKE = 0.6
"""How alike, by difflib's ratio, a source is that may be meant."""
_Opened: TypeAlias = "str | Path | PriceSource | Sheet"


def load_prices(
    source: Source | Sequence[Source] = "bundled",
    *,
    tickers: str | Sequence[str] | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    calendar: str | None = DEFAULTS.calendar,
    layout: FileLayout = "auto",
    date_col: str | None = None,
    ticker_col: str | None = None,
    close_col: str | None = None,
    adj_close_col: str | None = None,
    returns_col: str | None = None,
    ticker: str | Sequence[str] | None = None,
    dayfirst: bool | None = None,
    values: Values = "auto",
    offline: bool = False,
) -> Prices:
    """Load daily prices, sessions × tickers, from named sources, files or sources of your own.

    Files are read as their vendor writes them, recognised by their header; nothing ambiguous
    is guessed. How a file was read is said in `Prices.dropped`.

    Args:
        source: "bundled" (the bundled sample), "yahoo", "fred" or "ecb" (levels such as yields),
            "ccxt" (crypto), "wrds", the name of a source that an installed package brings, the path
            of a file or of a folder with a file for each ticker, a plan (the prices that it was
            made on, kept in the cache), the address of a database such as
            "postgresql://user@host/database?table=prices", a frame of any library, long or wide,
            an object with the method `load` of `PriceSource`, or a list of these: for a ticker in
            several of them, the first counts.
        tickers: Those to load, a list or text with commas; None for all that the source has.
        start: First day, included: text such as "2025-01-27", a date or a timestamp.
        end: Last day, included.
        calendar: The exchange whose sessions the rows are; None keeps the days of the source.
        layout: Of a file: "long" (a row a day and ticker), "wide" (a column a ticker), or "auto".
        date_col: Column of a file that holds the days; found by its usual names if None.
        ticker_col: Column of a long file that holds the tickers; found if None.
        close_col: Column of a long file with closes adjusted for splits; found if None.
        adj_close_col: Column with closes adjusted for splits and dividends; found if None, and
            taken to equal the close where there is none.
        returns_col: Column of a long file with simple returns in decimals, which are then used as
            they are.
        ticker: The ticker of a file that holds one and does not name it; a list for several files.
        dayfirst: Whether 02/01/2025 is 2 January; None if the file itself decides.
        values: What the figures of a file are: "prices", "returns" (in decimals), "percent",
            "growth" (1 + return), "log" (log returns) or "levels" (yields, spreads and other series
            that may be zero or negative, for returns="difference"); "auto" takes them for prices
            and refuses what plainly is none.
        offline: Whether a source on the network reads its cache only.

    Raises:
        InputError: A wrong option, or bad rows of a file, all named at once.
        DataMissingError: None of the tickers or days is available.
        NetworkError: The source cannot be reached, or limits the rate of requests.
    """
    asked = parse_tickers(tickers)
    first, last = parse_span(start, end)
    options = FileOptions(
        layout=layout,
        date_col=date_col,
        ticker_col=ticker_col,
        close_col=close_col,
        adj_close_col=adj_close_col,
        returns_col=returns_col,
        dayfirst=dayfirst,
        values=values,
        calendar=calendar,
    )
    require_options(options)
    several = isinstance(source, Sequence) and not isinstance(source, str)
    sources = _expanded(source if several else [source], calendar)  # type: ignore[arg-type, list-item]
    names = parse_tickers(ticker) or ()
    if len(sources) == 1 and not isinstance(sources[0], (Path, Sheet)):
        return _opened(sources[0], options, names, offline=offline).load(asked, first, last)
    return joined_prices(
        _parts(sources, options, names, asked, (first, last), offline),
        tickers=asked,
        start=first,
        end=last,
        calendar=calendar,
        levels=values == "levels",
    )


def _expanded(sources: Sequence[Source], calendar: str | None) -> list[_Opened]:
    """The sources with folders as the files in them, files as paths and frames as their cells.

    A plan stands for the prices that it was made on.

    Raises:
        InputError: One is neither a known name nor an existing file, or a folder has no file.
    """
    found: list[_Opened] = []
    for source in sources:
        if isinstance(source, str) and _is_named(source):
            found.append(source)
        elif hasattr(source, "load"):
            found.append(source)  # type: ignore[arg-type]
        elif is_frame(source):
            found.append(sheet_of(source, "The frame of prices"))
        elif not isinstance(source, (str, Path)):
            raise InputError(
                f"Option source: a {type(source).__name__} is not a source of prices; give "
                f"{', '.join(SOURCES)}, the path of a file, the address of a database, a frame, "
                "or a list of these."
            )
        elif "://" in str(source):
            raise InputError(
                f"Option source: {safe_text(str(source))} is an address that is not read; download "
                "the file and give its path."
            )
        elif os.path.isdir(path := _existing(source)):
            found += _files_in(path)
        elif path.suffix.lower() == PLAN:
            found.append(VintageSource(path, calendar))
        else:
            refuse_database_file(path)
            found.append(path)
    if not found:
        raise InputError(f"Option source: give {' or '.join(SOURCES)} or the path of a file.")
    return found


def _is_named(source: str) -> bool:
    """Whether a text is the address of a database or the name of a source, and so no path."""
    return is_database(source) or source in SOURCES or _is_plugin(source)


def _is_plugin(source: str) -> bool:
    return NAME.fullmatch(source) is not None and source in PLUGINS


def asked_by_need(source: Source) -> bool:
    """Whether a source is asked only for the tickers and days that a study needs.

    Args:
        source: As `load_prices` takes it.
    """
    if not isinstance(source, str) or is_database(source):
        return isinstance(source, str)
    if source in SOURCES:
        return SOURCES[source].network
    return _is_plugin(source) and PLUGINS[source].network


def _files_in(folder: Path) -> list[Path]:
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name[0] not in "._~" and path.is_file()
    )
    if not files:
        raise InputError(
            f"{folder} holds no price file; give a folder with a file for each ticker, such as "
            "NVDA.csv."
        )
    return files


def _parts(
    sources: Sequence[_Opened],
    options: FileOptions,
    names: Sequence[str],
    asked: Sequence[str] | None,
    span: tuple[date | None, date | None],
    offline: bool,
) -> list[Part]:
    """What each source says; one that is not a file is asked for what those before it lack."""
    files = [source for source in sources if isinstance(source, Path)]
    named = _named(files, names, options) if names and files else {}
    parts: list[Part] = []
    for source in sources:
        if isinstance(source, (Path, Sheet)):
            sheet = read_sheet(source, WHAT) if isinstance(source, Path) else source
            ticker = named.get(source, "") if isinstance(source, Path) else "".join(names[:1])
            reading = read_prices(sheet, replace(options, ticker=ticker))
            parts.append(part_of_sheet(sheet, reading))
            continue
        known = {name for part in parts for name in part.reading.close.columns}
        left = None if asked is None else [name for name in asked if name not in known]
        if left == []:
            continue
        opened = _opened(source, options, names, offline=offline)
        try:
            parts.append(part_of_prices(opened.load(left, *span)))
        except DataMissingError:
            if len(sources) == 1 or not parts:
                raise
    return parts


def _named(files: Sequence[Path], names: Sequence[str], options: FileOptions) -> Mapping[Path, str]:
    """The tickers that the user names, by file: for each that holds one, or has no plain name."""
    single = [path for path in files if holds_one_ticker(read_sheet(path, WHAT), options)]
    nameless = [path for path in single if not file_ticker(str(path))]
    for chosen in (single, nameless):
        if len(chosen) == len(names):
            return dict(zip(chosen, names, strict=True))
    held = some_names([path.name for path in single])
    raise InputError(
        f"Option ticker names {counted(len(names), 'ticker')}, but "
        f"{len(single)} of {counted(len(files), 'file')} {'has' if len(single) == 1 else 'have'} "
        f"one ticker that no column names{f' ({held})' if held else ''}; give one ticker for each, "
        "in this order."
    )


def _opened(
    source: _Opened, options: FileOptions, names: Sequence[str], *, offline: bool
) -> PriceSource:
    if isinstance(source, str) and is_database(source):
        if offline:
            require_online(source)
        return SqlSource(source, replace(options, ticker="".join(names[:1])))
    if isinstance(source, str):
        named = SOURCES[source] if source in SOURCES else PLUGINS[source]
        return named.open(calendar=options.calendar, offline=offline)
    assert not isinstance(source, (Path, Sheet))
    return source


def _existing(source: str | Path) -> Path:
    path = Path(source)
    if isinstance(source, Path) or path.suffix or len(path.parts) > 1 or _exists(source):
        return path  # if it cannot be read, the reader says why
    names = [*SOURCES, *PLUGINS]
    close = nearest(source, names, most=1, cutoff=_ALIKE)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise InputError(
        f"Option source: there is no source or file {quoted(source)}.{hint} Give "
        f"{', '.join(names)}, the path of a file of prices, or the address of a database."
    )


def _exists(path: str) -> bool:
    """Whether there is anything of that name, a link that leads nowhere included."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL in the path
        return True
