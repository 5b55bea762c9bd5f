"""The command line: parse, call, print. No numbers here."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.console import grouped_exclusions, hanging, print_json, print_rows, say
from eventstudy.errors import DataMissingError, EventStudyError, InputError

if TYPE_CHECKING:
    from eventstudy.market.prices import Prices
    from eventstudy.result import StudyResult

PARTLY_DONE = 5

app = typer.Typer(
    name="eventstudy",
    help="How much did a piece of news move which assets, how sure is that, did it last?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
events_app = typer.Typer(no_args_is_help=True, help="Read, check and extend the events file.")
prices_app = typer.Typer(no_args_is_help=True, help="Fetch prices.")
app.add_typer(events_app, name="events")
app.add_typer(prices_app, name="prices")

EventsFile = Annotated[Path, typer.Option("--events", help="Events file (CSV).")]
GroupsFile = Annotated[
    Path | None, typer.Option("--groups", help="Groups file (TOML); the packaged one if left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Source = Annotated[str, typer.Option(help="bundled, yahoo, or a CSV or Parquet file.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network.")]
Calendar = Annotated[str, typer.Option(help="Exchange calendar, such as XNYS.")]
DEFAULT_EVENTS = Path("events.csv")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("eventstudy-kit"))
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """How much did a piece of news move which assets, how sure is that, did it last?"""
    if debug:
        os.environ["EVENTSTUDY_DEBUG"] = "1"


@app.command()
def run(
    event_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="EVENT_ID", help="Events to study; all headline ones if none."),
    ] = None,
    events: EventsFile = DEFAULT_EVENTS,
    groups: GroupsFile = None,
    source: Source = "bundled",
    model: Annotated[str, typer.Option(help="See: eventstudy models.")] = "market",
    benchmark: Annotated[
        str | None, typer.Option(help="Ticker; each event's own, else ^GSPC, if left out.")
    ] = None,
    estimation: Annotated[str, typer.Option(help="Sessions before day 0.")] = "-260,-11",
    window: Annotated[str, typer.Option(help="Event window in sessions.")] = "-10,10",
    car: Annotated[
        list[str] | None,
        typer.Option(help="CAR window; repeat for several. Default 0,0 -1,1 0,5 0,20."),
    ] = None,
    tests: Annotated[str, typer.Option(help="default, all, or names: a,b.")] = "default",
    min_obs: Annotated[int, typer.Option(help="Least valid estimation returns.")] = 120,
    returns: Annotated[str, typer.Option(help="simple or log.")] = "simple",
    kp: Annotated[str, typer.Option(help="Correlation in calendar or event time.")] = "calendar",
    factors: Annotated[str, typer.Option(help="Columns for the model factors: a,b.")] = "",
    donors: Annotated[str, typer.Option(help="Assets for peers and synthetic: A,B.")] = "",
    post_estimation: Annotated[
        str | None, typer.Option(help="A second estimation window, such as 30,120.")
    ] = None,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="Move the estimation window with each event day.")
    ] = False,
    calendar: Calendar = "XNYS",
    out: Annotated[Path, typer.Option(help="Folder for the bundles.")] = Path("outputs"),
    engine: Annotated[str, typer.Option(help="serial, processes or dask.")] = "serial",
    seed: Annotated[int, typer.Option(help="For everything that draws at random.")] = 0,
    offline: Offline = False,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Errors only.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print the fits too.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress line.")] = False,
) -> None:
    """Study events and write a bundle for each: PDF, figures, tables, JSON, manifest.

    Examples: eventstudy run · eventstudy run deepseek-r1 --benchmark EW_EX_AI ·
    eventstudy run my-event --events my.csv --source prices.csv --car=-1,1
    """
    from eventstudy.engine import check_engine
    from eventstudy.progress import Steps

    steps = Steps(shown=not (quiet or no_progress))
    with steps:
        steps.say("loading")
        from eventstudy.events.groups import read_groups
        from eventstudy.events.registry import read_events
        from eventstudy.intake import chosen_events
        from eventstudy.needs import load_needed
        from eventstudy.study import EventStudy
        from eventstudy.tearsheet.bundle import write_bundles

        study = EventStudy(
            model=model,
            benchmark=benchmark or None,
            estimation=estimation,
            window=window,
            car=car or ("0,0", "-1,1", "0,5", "0,20"),
            tests=tests,
            min_obs=min_obs,
            returns=returns,  # type: ignore[arg-type]  # checked by the specification
            calendar=calendar,
            seed=seed,
            kp=kp,  # type: ignore[arg-type]  # checked by the specification
            factors=factors,
            donors=donors,
            post_estimation=post_estimation,
            rolling=rolling,
        )
        chosen_engine = check_engine(engine)
        _require_folder(out)
        registry, known = read_events(events), read_groups(groups)
        chosen = chosen_events(registry, event_ids or None)
        prices = load_needed(chosen, known, study.spec, source, offline=offline)
        results = []
        for event in chosen:
            steps.say(f"{event.event_id}: estimating")
            results.append(
                study.run(
                    registry,
                    prices,
                    groups=known,
                    event_ids=[event.event_id],
                    engine=chosen_engine,
                    progress=partial(steps.count, event.event_id),
                )
            )
        _require_estimates(results)
        steps.say("drawing")
        written = write_bundles(
            {
                out / event.event_id: result
                for event, result in zip(chosen, results, strict=True)
                if result.n
            }
        )
    _report_run(results, written, as_json=as_json, quiet=quiet, verbose=verbose)


def _require_folder(out: Path) -> None:
    taken = next((place for place in (out, *out.parents) if place.exists()), None)
    if taken is not None and not taken.is_dir():
        raise InputError(f"Option out: {taken} is a file, not a folder; give another place.")


def _require_estimates(results: Sequence[StudyResult]) -> None:
    if not any(result.n for result in results):
        lines = [line for result in results for line in grouped_exclusions(result.exclusions)]
        raise DataMissingError(
            f"Nothing could be estimated. {' '.join(lines[:6])} "
            "Choose tickers that the source has and dates whose estimation window it covers."
        )


def _report_run(
    results: Sequence[StudyResult],
    written: Sequence[Path],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    if as_json:
        print_json(
            {
                path.name: json.loads((path / "results.json").read_text(encoding="utf-8"))
                for path in written
            }
        )
    elif not quiet:
        typer.echo("\n\n".join(result.summary() for result in results))
        for result in results if verbose else ():
            typer.echo(f"\n{result.fits.to_string(float_format='{:.4f}'.format)}")
    if not quiet:
        for note in dict.fromkeys(n for r in results for n in r.notes):
            say(f"Note: {note}")
        for path in written:
            say(f"Wrote {path}/report.pdf")
    left_out = [line for result in results for line in grouped_exclusions(result.exclusions)]
    for line in left_out:
        say(f"Left out: {line}")
    if left_out:
        raise typer.Exit(PARTLY_DONE)


@app.command()
def report(run_dir: Annotated[Path, typer.Argument(help="A folder that a run left.")]) -> None:
    """Draw the bundle again from a saved run: no network, no refit."""
    from zipfile import BadZipFile

    from eventstudy.storage import load
    from eventstudy.tearsheet.bundle import write_bundle

    try:
        result = load(run_dir)
    except EventStudyError:
        raise
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(
            f"The saved result in {run_dir} is damaged ({type(error).__name__}); "
            "run the study again."
        ) from error
    say(f"Wrote {write_bundle(result, run_dir)}/report.pdf")


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the normal-return models."""
    from eventstudy.models.registry import list_models

    rows = [
        {"name": m.name, "label": m.label, "paper": m.reference} for m in list_models().values()
    ]
    print_rows(rows, as_json)


@app.command()
def tests(as_json: AsJson = False) -> None:
    """List the tests, their null distributions and papers."""
    from eventstudy.significance.registry import list_tests

    rows = [
        {
            "name": t.name,
            "for": " / ".join(t.layouts),
            "null": t.null,
            "paper": t.reference,
        }
        for t in list_tests().values()
    ]
    print_rows(rows, as_json)


@events_app.command("list")
def list_events(
    events: EventsFile = DEFAULT_EVENTS, calendar: Calendar = "XNYS", as_json: AsJson = False
) -> None:
    """List the events with their day 0."""
    from eventstudy.events.align import align_all
    from eventstudy.events.registry import read_events

    registry = read_events(events)
    rows = [
        {
            "event_id": event.event_id,
            "day 0": f"{at.session}{'*' if at.shifted else ''}",
            "headline": "yes" if event.headline else "",
            "title": event.title,
        }
        for event, at in zip(registry, align_all(registry, calendar), strict=True)
    ]
    print_rows(rows, as_json)
    if not as_json and any(row["day 0"].endswith("*") for row in rows):
        say("* day 0 is not the date of the announcement; eventstudy events show EVENT_ID")


@events_app.command("show")
def show_event(
    event_id: Annotated[str, typer.Argument()],
    events: EventsFile = DEFAULT_EVENTS,
    groups: GroupsFile = None,
    calendar: Calendar = "XNYS",
    as_json: AsJson = False,
) -> None:
    """Show one event: its fields, its day 0 with the reason, its tickers."""
    from eventstudy.events.align import align
    from eventstudy.events.event import cells_of
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import read_events

    event = read_events(events)[event_id]
    at = align(event, calendar)
    members = read_groups(groups).resolve(event.groups)
    fields = {
        **cells_of(event),
        "day 0": str(at.session),
        "shifted because": at.reason,
        "tickers": " ".join(member.ticker for member in members),
    }
    if as_json:
        print_json(fields)
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        if value:
            typer.echo(hanging(f"{name:<{width}}  ", value))


@events_app.command("validate")
def validate_events(
    events: EventsFile = DEFAULT_EVENTS, groups: GroupsFile = None, calendar: Calendar = "XNYS"
) -> None:
    """Check the events file: every bad row is named at once."""
    from eventstudy.events.align import align_all
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import read_events, validate_groups

    registry = read_events(events)
    validate_groups(registry, read_groups(groups))
    align_all(registry, calendar)
    typer.echo(f"{events}: {len(registry)} events, all valid.")


@events_app.command("add")
def add_to_events(
    event_id: Annotated[str, typer.Argument(help="Letters, digits, dots, dashes.")],
    title: Annotated[str, typer.Option(help="What happened.")],
    at: Annotated[str, typer.Option(help="2025-01-27 or 2025-01-27T16:05:00-05:00.")],
    groups: Annotated[str, typer.Option(help="Groups or tickers, separated by ;")] = "",
    timing: Annotated[str, typer.Option(help="pre, intraday, post.")] = "",
    category: str = "",
    benchmark: str = "",
    headline: Annotated[bool, typer.Option("--headline", help="Studied by a bare run.")] = False,
    source: Annotated[str, typer.Option(help="Where the date comes from.")] = "",
    notes: str = "",
    events: EventsFile = DEFAULT_EVENTS,
) -> None:
    """Append an event to the events file, and say its day 0."""
    from eventstudy.events.align import align
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import Events, add_event, make_event, validate_groups

    event = make_event(
        event_id=event_id,
        title=title,
        announced_at=at,
        timing=timing,
        category=category,
        groups=groups,
        benchmark=benchmark,
        headline=headline,
        source=source,
        notes=notes,
    )
    validate_groups(Events((event,)), read_groups())
    placed = align(event)
    add_event(events, event)
    why = f" ({placed.reason})" if placed.shifted else ""
    typer.echo(f"Added {event_id} to {events}; day 0 is {placed.session}{why}.")


@prices_app.command("fetch")
def fetch_prices(
    tickers: Annotated[
        list[str], typer.Argument(metavar="TICKER", help="Tickers, such as NVDA ^GSPC.")
    ],
    start: Annotated[str | None, typer.Option(help="First day, 2023-01-01.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day.")] = None,
    source: Source = "yahoo",
    out: Annotated[Path | None, typer.Option(help="Write the prices to this CSV.")] = None,
    offline: Offline = False,
) -> None:
    """Fetch prices into the cache, or write them to a file that `run --source` reads."""
    from eventstudy.market.source import load_prices

    if out is not None and not out.parent.is_dir():
        raise InputError(f"Option out: there is no folder {out.parent}; make it or name another.")
    prices = load_prices(source, tickers=tickers, start=start, end=end, offline=offline)
    if out is not None:
        _write_prices(prices, out)
    typer.echo(
        f"{len(prices.tickers)} of {len(tickers)} tickers, {len(prices.sessions)} sessions "
        f"from {prices.sessions[0]:%Y-%m-%d} to {prices.sessions[-1]:%Y-%m-%d}."
    )
    if out is not None:
        say(f"Wrote {out}")
    for reason in prices.unavailable.values():
        say(f"Missing: {reason}")
    if prices.unavailable:
        raise typer.Exit(PARTLY_DONE)


def _write_prices(prices: Prices, out: Path) -> None:
    frames = {"close": prices.close, "adj_close": prices.adj_close}
    columns = {name: f.melt(ignore_index=False, var_name="ticker") for name, f in frames.items()}
    long = columns["close"].rename(columns={"value": "close"})
    long["adj_close"] = columns["adj_close"]["value"].to_numpy()
    long = long.dropna(subset="close")
    try:
        long.to_csv(out, lineterminator="\n", index_label="date")
    except OSError as error:
        raise EventStudyError(
            f"{out} cannot be written: {(error.strerror or str(error)).lower()}; choose another "
            "place."
        ) from None


@app.command()
def calibrate(
    source: Annotated[
        str | None, typer.Option(help="Placebo events on these prices: bundled or a file.")
    ] = None,
    samples: Annotated[int, typer.Option(help="Samples in each setting.")] = 2_000,
    events: Annotated[int, typer.Option(help="Events in a sample.")] = 50,
    rho: Annotated[str | None, typer.Option(help="Correlations. Default 0,0.02,0.1.")] = None,
    variance: Annotated[
        str | None, typer.Option(help="Variance factors on the event day. Default 1,2.")
    ] = None,
    tails: Annotated[str, typer.Option(help="Student-t degrees of freedom; inf: normal.")] = "inf",
    thin: Annotated[str, typer.Option(help="Shares of days without a trade.")] = "0",
    ar: Annotated[str, typer.Option(help="Abnormal returns on day 0: 0,0.01 adds power.")] = "0",
    clustered: Annotated[
        bool, typer.Option("--clustered/--dispersed", help="One date a sample, or one an event.")
    ] = True,
    tests: Annotated[str, typer.Option(help="default, all, or names: a,b.")] = "default",
    model: Annotated[str, typer.Option(help="See: eventstudy models.")] = "market",
    benchmark: Annotated[str | None, typer.Option(help="Ticker, with --source.")] = None,
    estimation: Annotated[str, typer.Option(help="Sessions before day 0.")] = "-260,-11",
    window: Annotated[str, typer.Option(help="The tested window.")] = "0,0",
    alpha: Annotated[float, typer.Option(help="Level of the tests.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Same seed, same figures.")] = 0,
    engine: Annotated[str, typer.Option(help="serial, processes or dask.")] = "processes",
    out: Annotated[Path | None, typer.Option(help="Folder for CSV, figure and JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Size and power of every test, on simulated returns or on your own prices.

    Examples: eventstudy calibrate · eventstudy calibrate --source my.csv --events 20 --ar 0,0.02
    """
    from eventstudy.progress import Steps

    if out is not None:
        _require_folder(out)
    with Steps(shown=True) as steps:
        steps.say("loading")
        from eventstudy.evidence.calibration import calibrate as measure
        from eventstudy.market.source import load_prices

        found = measure(
            load_prices(source) if source else None,
            samples=samples,
            n_events=events,
            rho=rho or ("0" if source else "0,0.02,0.1"),
            variance=variance or ("1" if source else "1,2"),
            tails=tails,
            thin=thin,
            ar=ar,
            clustered=clustered,
            tests=tests,
            model=model,
            benchmark=benchmark,
            estimation=estimation,
            window=window,
            alpha=alpha,
            seed=seed,
            engine=engine,
            progress=lambda done, total: steps.say(f"{done:,} of {total:,} samples"),
        )
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo(found.summary())
    if out is not None:
        say(f"Wrote {found.save(out)}/calibration.csv, .json, .pdf and .png")


def main() -> None:
    """Entry point: every foreseen error becomes one sentence and its exit code."""
    try:
        app()
    except EventStudyError as error:
        _fail(error, error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a raw traceback
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    debug = "--debug" in sys.argv or os.environ.get("EVENTSTUDY_DEBUG")
    if debug:
        traceback.print_exc()
    foreseen = isinstance(error, EventStudyError)
    problems = error.problems if isinstance(error, InputError) else (str(error),)
    for problem in problems:
        text = problem if foreseen else f"{type(error).__name__}: {problem} (--debug shows more)"
        say(f"Error: {text}")
    sys.exit(code)
