"""`eventstudy run`: studies and their bundles."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.command_line import command_line
from eventstudy.cli.completion import known_events
from eventstudy.cli.console import say
from eventstudy.cli.date_options import NO_DATE, DateAsked, with_date_options
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.help import origins
from eventstudy.cli.options import (
    BUNDLED,
    OUTPUT,
    RUNNING,
    WHAT,
    ClaimsFile,
    Engine,
    Formats,
    GroupsFile,
    Ink,
    JsonLines,
    Offline,
    Paper,
    Resume,
    Source,
    argument,
    given_by,
    given_options,
    option,
    parts,
    require_folder,
    with_file_options,
    with_study_options,
)
from eventstudy.cli.wanted import PriceOrder, Printing, Wanted
from eventstudy.errors import InputError
from eventstudy.prices.sources.sql.url import safe_text

if TYPE_CHECKING:
    from eventstudy.cli.progress import Steps
    from eventstudy.event_study import EventStudy
    from eventstudy.one_date import OneDate


@with_file_options
@with_study_options()
@with_event_options()
@with_date_options
def run(
    context: typer.Context,
    event_ids: Annotated[
        list[str] | None,
        argument(
            "EVENT_ID",
            "Events to study, by default every headline event; with --date, tickers.",
            complete=known_events,
        ),
    ] = None,
    dated: DateAsked = NO_DATE,
    plan: Annotated[
        Path | None,
        option(WHAT, "FILE", "Sealed plan to run, with its events, options and price sources."),
    ] = None,
    stamp_roots: Annotated[
        Path | None,
        option(WHAT, "FILE", "With --plan: trusted certificates (PEM) that verify its time stamp."),
    ] = None,
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    source: Source = BUNDLED,
    claims: ClaimsFile = None,
    shares: Annotated[
        Path | None, option(WHAT, "FILE", "Shares outstanding (TOML), for dollar values.")
    ] = None,
    class_start: Annotated[
        str | None,
        option(WHAT, "DATE", "First day of a class period, for inflation per share."),
    ] = None,
    out: Annotated[Path, option(OUTPUT, "DIR", "Folder for the bundles.")] = Path("outputs"),
    format: Formats = "pdf",
    paper: Paper = "a4",
    ink: Ink = "colour",
    each: Annotated[
        bool,
        option(
            OUTPUT,
            "",
            "One bundle per event, even for a list of tickers and dates or more than 20 headline "
            "events, which otherwise make one bundle.",
            "--each",
        ),
    ] = False,
    regress: Annotated[
        str,
        option(
            OUTPUT,
            "FORMULA",
            'Regress the CARs of a list on its columns, such as "car ~ size + C(sector)".',
        ),
    ] = "",
    no_report: Annotated[
        bool,
        option(
            OUTPUT,
            "",
            "Print the figures only; gather no evidence, draw and write nothing.",
            "--no-report",
        ),
    ] = False,
    json: JsonLines = False,
    quiet: Annotated[bool, option(OUTPUT, "", "Print errors only.", "-q", "--quiet")] = False,
    verbose: Annotated[
        bool,
        option(OUTPUT, "", "Also print the fits and where options come from.", "-v", "--verbose"),
    ] = False,
    engine: Engine = "serial",
    offline: Offline = False,
    resume: Resume = False,
    no_progress: Annotated[bool, option(RUNNING, "", "No progress line.", "--no-progress")] = False,
    *,
    files: dict[str, Any],
    **study: Any,
) -> None:
    """How far did each asset and group move beyond expectation, how sure is that, did it last?

    With --date, it studies tickers on one date and needs no events file. Prices come from the
    sample shipped with eventstudy where it has them, else from Yahoo Finance.

    Prints a summary and writes the report, its figures, tables and JSON to DIR/EVENT_ID, where it
    replaces an earlier bundle. A list of many tickers and dates makes one bundle, named after the
    file. With --resume, it keeps complete bundles that were made from the same input with the same
    options. With --json, it prints one JSON object per line instead, for each event as it
    finishes.
    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 data missing, 4 network,
    5 done in part, with a list of what was left out.

    Examples:
        eventstudy run NVDA --date 2025-01-27 --peers AMD,AVGO
        eventstudy run deepseek-r1 --benchmark EW_EX_AI --format html,xlsx
        eventstudy run --events list.csv --source prices.csv --regress "car ~ size"
    """
    from eventstudy.cli.asked_names import require_file, require_ids
    from eventstudy.cli.progress import Steps

    asked = event_ids or []
    dated.require_whole(asked, events_given=given_by(context, "events") == "COMMANDLINE")
    if stamp_roots is not None and plan is None:
        raise InputError("--stamp-roots belongs to --plan, which is missing; add it.")
    if plan is not None:
        _require_plain(dated, each=each, regress=regress)
    elif not dated:  # before anything heavy is loaded
        require_file(events.path, asked)
        require_ids(events.path, asked)
    if no_report and (resume or regress):
        other = "resume" if resume else "regress"
        raise InputError(f"Option no-report writes no bundle; leave it out, or --{other}.")
    printing = Printing(json, quiet, verbose, origins(context), not (quiet or no_progress))
    with Steps(shown=printing.progress) as steps:
        steps.say("loading")
        from eventstudy.cli.pooled_run import Pool, pools, run_pooled
        from eventstudy.cli.single_runs import run_each
        from eventstudy.compute.engine import check_engine
        from eventstudy.estimation.observations import chosen_events
        from eventstudy.event_study import EventStudy
        from eventstudy.events.groups import read_groups
        from eventstudy.evidence.claims.register import read_claims
        from eventstudy.one_date import require_past
        from eventstudy.prices.request import parse_day
        from eventstudy.prices.shares import load_shares
        from eventstudy.report.bundle import BundleOptions

        bundle = BundleOptions.of(  # before anything is loaded
            parts(format), paper, ink, command=command_line(context)
        )
        event_study = EventStudy(**({} if plan else given_options(context, study)))
        check_engine(engine)
        counted = None if shares is None else load_shares(shares)
        require_folder(out, "Option out: ")
        known = read_groups(groups)
        ran = None
        if plan is not None:
            from eventstudy.cli.planned_run import follow

            own = follow(
                *(context, plan, asked, events, groups, source, files, study, stamp_roots),
                quiet=quiet,
            )
            event_study, registry, chosen, known = own.study, own.events, own.chosen, own.groups
            source, files, ran = own.source, dict(own.files), own.ran
        elif dated:
            one = dated.registered(asked, known)
            registry, chosen, known = one.events, tuple(one.events), one.groups
            require_past(one, event_study.calendar)
            if given_by(context, "source") == "DEFAULT":
                source = [_chosen_source(one, event_study, steps, quiet=quiet)]
        else:
            registry = events.read(quiet=True)
            chosen = chosen_events(registry, asked or None)
        listed = None if dated or asked or ran else events.read_rows()
        wanted = Wanted(
            study=event_study,
            events=registry,
            chosen=chosen,
            groups=known,
            claims=read_claims(claims),
            shares=counted,
            class_start=parse_day(class_start, "class-start"),
            prices=PriceOrder(source, files, offline),
            out=out,
            bundle=bundle,
            engine=engine,
            resume=resume,
            report=not no_report,
            command=shlex.join(["eventstudy", *map(safe_text, sys.argv[1:])]),
            printing=printing,
            plan=ran,
        )
        if not each and not dated and not ran and pools(chosen, listed, asked):
            tests_given = given_by(context, "tests") != "DEFAULT"
            run_pooled(wanted, Pool(events.path, listed, regress, tests_given), steps)
            return
        if regress:
            raise InputError(
                "Option regress: a regression needs a list of many tickers and dates, studied "
                "together; leave out --each and the names of events."
            )
        run_each(wanted, steps)


def _require_plain(dated: DateAsked, *, each: bool, regress: str) -> None:
    """Refuse what a plan decides, or cannot hold."""
    if dated:
        raise InputError("--plan names the events itself; leave out --date, or --plan.")
    if each or regress:
        raise InputError("--plan makes one bundle per event; leave out --each and --regress.")


def _chosen_source(dated: OneDate, study: EventStudy, steps: Steps, *, quiet: bool) -> str:
    """The source that has the prices of one date, said unless the run is to be quiet."""
    from eventstudy.one_date import choose_source

    chosen = choose_source(dated, study.spec)
    if not quiet:
        with steps.aside():
            say(chosen.why)
    return chosen.name
