"""`eventstudy events from-…`: an events file made of filings, earnings dates or a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.completion import one_of
from eventstudy.cli.console import echo, print_json, say
from eventstudy.cli.event_list import EventList, with_event_options
from eventstudy.cli.options import (
    OUTPUT,
    PARTLY_DONE,
    RUNNING,
    WHAT,
    AsJson,
    argument,
    option,
    parts,
    with_study_options,
)
from eventstudy.errors import InputError
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from eventstudy.events.event import Event
    from eventstudy.origins.dated_news import GatheredNews

ListFile = Annotated[Path, argument("FILE", "List of events, in any layout that run accepts.")]
Since = Annotated[str | None, option(WHAT, "DAY", "First day: 2020, 2020-05 or 2020-05-20.")]
Until = Annotated[str | None, option(WHAT, "DAY", "Last day, in the same form.")]
Out = Annotated[Path | None, option(OUTPUT, "FILE", "Write the events to this CSV file.")]
Force = Annotated[bool, option(OUTPUT, "", "Let --out replace an existing file.", "--force")]


@with_study_options("calendar")
def events_from_edgar(
    context: typer.Context,
    tickers: Annotated[
        list[str],
        argument("TICKER", "Tickers; with the CIK if no longer listed, as in TWTR=1418091."),
    ],
    form: Annotated[str, option(WHAT, "NAME,...", "Forms, such as 8-K,10-Q.")] = "8-K",
    items: Annotated[
        str, option(WHAT, "NO,...", "Items of form 8-K, such as 2.02; one of them is enough.")
    ] = "",
    since: Since = None,
    until: Until = None,
    amendments: Annotated[
        bool, option(WHAT, "", "Keep amendments and repeated filings.", "--amendments")
    ] = False,
    identity: Annotated[
        str, option(RUNNING, "TEXT", "Your name and e-mail address, sent to the SEC only.")
    ] = "",
    out: Out = None,
    force: Force = False,
    json: AsJson = False,
    **study: Any,
) -> None:
    """Prints the events file, unless --out or --json is given.

    Day 0 follows from the second of acceptance in New York, as the filing's own page gives it: for
    a filing at the close or later, it is the next session. Filings of one company with the same day
    0 become one event. After a rate limit, run the same command again to continue.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 no such filing, 4 network or
    rate limit, 5 some tickers are missing.

    Examples:
        eventstudy events from-edgar NVDA --items 2.02 --since 2020 --out events.csv
        eventstudy events from-edgar NVDA AMD --form 8-K,10-Q --since 2023-05
    """
    from eventstudy.cli.identity import edgar_identity
    from eventstudy.cli.progress import Steps
    from eventstudy.origins.asked_span import asked_span
    from eventstudy.origins.edgar import filings_as_news
    from eventstudy.origins.edgar_choice import WantedFilings
    from eventstudy.origins.edgar_items import require_items
    from eventstudy.origins.edgar_site import EdgarSite
    from eventstudy.origins.edgar_times import KeptTimes

    _require_new(out, force=force)
    forms, numbers = tuple(each.upper() for each in parts(form)), parts(items)
    if not forms:
        raise InputError("Option form: it is empty; name a form such as 8-K.")
    require_items(numbers, forms)
    wanted = WantedFilings(forms, numbers, asked_span(since, until), amendments)
    site = EdgarSite(edgar_identity(identity, context.obj))
    with Steps(shown=True) as steps:
        gathered = filings_as_news(
            tickers,
            wanted,
            site,
            study["calendar"],
            KeptTimes.usual(),
            lambda name, done, total: steps.item("dating filings", name, done, total),
        )
    _hand_over(gathered, "filing", study["calendar"], out, json=json)


@with_study_options("calendar")
def events_from_yahoo(
    tickers: Annotated[list[str], argument("TICKER", "Tickers, such as NVDA AMD.")],
    since: Since = None,
    until: Until = None,
    out: Out = None,
    force: Force = False,
    json: AsJson = False,
    **study: Any,
) -> None:
    """Prints the events file, unless --out or --json is given.

    Yahoo gives the hour, not the minute: an event has a date and a timing before, in or after the
    session. The category says whether earnings beat or missed expectations, the notes by how much.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 no earnings, 4 network or rate
    limit, 5 some tickers are missing.

    Examples:
        eventstudy events from-yahoo NVDA AMD --since 2023 --out earnings.csv
        eventstudy events from-yahoo NVDA --until 2024-12 --json
    """
    from eventstudy.cli.progress import Steps
    from eventstudy.origins.asked_span import asked_span
    from eventstudy.origins.yahoo_earnings import earnings_as_news

    _require_new(out, force=force)
    with Steps(shown=True) as steps:
        gathered = earnings_as_news(
            tickers,
            asked_span(since, until),
            study["calendar"],
            lambda name, done, total: steps.say(f"fetched {done} of {total}: {name}"),
        )
    _hand_over(gathered, "date", study["calendar"], out, json=json)


@with_study_options("calendar")
def events_from_wrds(
    tickers: Annotated[list[str], argument("TICKER", "Tickers or PERMNOs, such as NVDA 10107.")],
    dates: Annotated[
        str,
        option(
            WHAT,
            "NAME",
            "Source of the dates: ibes (with times of day) or compustat (dates only).",
            complete=one_of("ibes", "compustat"),
        ),
    ] = "ibes",
    since: Since = None,
    until: Until = None,
    out: Out = None,
    force: Force = False,
    json: AsJson = False,
    **study: Any,
) -> None:
    """Prints the events file, unless --out or --json is given.

    An event has the ticker as given, or the PERMNO if the company had another ticker on that day;
    --source wrds finds prices by either.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 no earnings, 4 network, 5 some
    tickers are missing.

    Examples:
        eventstudy events from-wrds NVDA AMD --since 2019 --out earnings.csv
        eventstudy events from-wrds 86580 --since 2019 --dates compustat
    """
    from eventstudy.origins.asked_span import asked_span
    from eventstudy.origins.wrds_earnings import wrds_earnings_as_news

    _require_new(out, force=force)
    gathered = wrds_earnings_as_news(
        tickers,
        asked_span(since, until),
        dates=dates,  # type: ignore[arg-type]
    )
    _hand_over(gathered, "announcement", study["calendar"], out, json=json)


@with_study_options("calendar")
@with_event_options(short=True, declared=ListFile)
def events_from_csv(
    events: EventList,
    out: Out = None,
    force: Force = False,
    json: AsJson = False,
    **study: Any,
) -> None:
    """Prints the events file, unless --out or --json is given, and says how each column was read.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input.

    Examples:
        eventstudy events from-csv earnings.csv --out events.csv
        eventstudy events from-csv list.csv --date-col Datum --ticker-col Aktie
    """
    from eventstudy.origins.dated_news import GatheredNews
    from eventstudy.origins.listed_events import registry_as_news

    _require_new(out, force=force)
    gathered = GatheredNews(*registry_as_news(events.read()))
    _hand_over(gathered, "row", study["calendar"], out, json=json)


def _require_new(out: Path | None, *, force: bool) -> None:
    """InputError where nothing can or may be written, before anything is asked for."""
    if out is None:
        return
    if not out.parent.is_dir():
        raise InputError(
            f"Option out: the folder {out.parent} does not exist; create it or name another."
        )
    if out.suffix.lower() != ".csv":
        raise InputError(
            f"Option out: the events are written as CSV; name a file such as {out.stem}.csv."
        )
    if out.is_dir() or (out.exists() and not force):
        raise InputError(
            f"Option out: {out} already exists; name another file"
            f"{'' if out.is_dir() else ', or replace it with --force'}."
        )


def _hand_over(
    gathered: GatheredNews, noun: str, calendar: str, out: Path | None, *, json: bool
) -> None:
    """Print or write the events, and say what was merged, left out and missing."""
    from eventstudy.events.event import event_cells
    from eventstudy.origins.dated_news import merged_by_day

    dated = merged_by_day(gathered.news, calendar, noun)
    events = dated.events()
    if out is not None:
        _write(events, out)
    if json:
        cells = zip(events, dated.days, strict=True)
        print_json([{**event_cells(event), "day 0": str(day)} for event, day in cells])
    elif out is None:
        echo(_as_csv(events).rstrip("\n"))
    else:
        days = f"{dated.days[0]} to {dated.days[-1]}"
        echo(f"{counted(len(events), 'event')}, day 0 from {days}.")
    for note in (*gathered.notes, *dated.notes):
        say(f"Note: {note}")
    if out is not None:
        say(f"Wrote {out}")
    for reason in gathered.missing:
        say(f"Missing: {reason}")
    if gathered.missing:
        raise typer.Exit(PARTLY_DONE)


def _write(events: Sequence[Event], out: Path) -> None:
    from eventstudy.files.atomic import replace_file, writing

    with writing(out), replace_file(out) as stream:
        stream.write(_as_csv(events).encode())


def _as_csv(events: Sequence[Event]) -> str:
    """The events file."""
    from eventstudy.events.event import COLUMNS, event_cells
    from eventstudy.files.csv_text import csv_line

    lines = (csv_line(event_cells(event).values()) for event in events)
    return "".join((csv_line(COLUMNS), *lines))
