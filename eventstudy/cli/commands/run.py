"""`eventstudy run`: studies and their bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from eventstudy.cli.completion import known_events
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.help import origins
from eventstudy.cli.options import (
    BUNDLED,
    OUTPUT,
    RUNNING,
    WHAT,
    AsJson,
    ClaimsFile,
    Engine,
    Formats,
    GroupsFile,
    Ink,
    Offline,
    Paper,
    Resume,
    Source,
    argument,
    given_options,
    option,
    parts,
    require_folder,
    with_file_options,
    with_study_options,
)
from eventstudy.cli.wanted import PriceOrder, Printing, Wanted
from eventstudy.errors import InputError


@with_file_options
@with_study_options()
@with_event_options()
def run(
    context: typer.Context,
    event_ids: Annotated[
        list[str] | None,
        argument(
            "EVENT_ID",
            "Events to study; by default every headline event of the file.",
            complete=known_events,
        ),
    ] = None,
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    source: Source = BUNDLED,
    claims: ClaimsFile = None,
    shares: Annotated[
        Path | None, option(WHAT, "FILE", "Shares outstanding (TOML), for dollar values.")
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
            "One bundle an event also of a list of tickers and dates, or of a registry of more "
            "than 20 headline events, which else make one bundle together.",
            "--each",
        ),
    ] = False,
    regress: Annotated[
        str,
        option(
            OUTPUT,
            "FORMULA",
            'Regress the CARs of such a list on its columns: "car ~ size + C(sector)".',
        ),
    ] = "",
    json: AsJson = False,
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

    Prints a summary and writes the report, its figures, tables and JSON to DIR/EVENT_ID, where it
    replaces an earlier bundle. A list of many tickers and dates makes one bundle, named after the
    file. With --resume, it keeps complete bundles that were made from the
    same input with the same options.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 data missing, 4 network,
    5 done in part, with a list of what was left out.

    Examples:
        eventstudy run
        eventstudy run deepseek-r1 --benchmark EW_EX_AI --format html,xlsx
        eventstudy run my-event --events my.csv --source prices.csv --car=-1,1
        eventstudy run --events list.csv --source universe.parquet --regress "car ~ size"
    """
    from eventstudy.cli.progress import Steps

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
        from eventstudy.prices.shares import load_shares
        from eventstudy.report.bundle import BundleOptions

        bundle = BundleOptions.of(parts(format), paper, ink)  # before anything is loaded
        event_study = EventStudy(**given_options(context, study))
        check_engine(engine)
        counted = None if shares is None else load_shares(shares)
        require_folder(out, "Option out: ")
        registry = events.read(quiet=True)
        listed = None if event_ids else events.read_rows()
        wanted = Wanted(
            study=event_study,
            events=registry,
            groups=read_groups(groups),
            claims=read_claims(claims),
            chosen=chosen_events(registry, event_ids or None),
            shares=counted,
            prices=PriceOrder(source, files, offline),
            out=out,
            bundle=bundle,
            engine=engine,
            resume=resume,
            printing=printing,
        )
        if each or not pools(wanted.chosen, listed, event_ids or []):
            if regress:
                raise InputError(
                    "Option regress: a regression needs a list of many tickers and dates, "
                    "which is studied at once."
                )
            run_each(wanted, steps)
            return
        source_of_tests = getattr(context.get_parameter_source("tests"), "name", "DEFAULT")
        tests_given = source_of_tests != "DEFAULT"
        run_pooled(wanted, Pool(events.path, listed, regress, tests_given), steps)
