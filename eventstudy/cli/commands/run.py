"""`eventstudy run`: studies and their bundles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.completion import known_events
from eventstudy.cli.console import echo, print_json, say, say_gap, say_written
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
    require_estimates,
    require_folder,
    say_left_out,
    with_file_options,
    with_study_options,
)

if TYPE_CHECKING:
    from eventstudy.result.result import StudyResult
    from eventstudy.runs import Written


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
    replaces an earlier bundle. With --resume, it keeps complete bundles that were made from the
    same input with the same options.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 data missing, 4 network,
    5 done in part, with a list of what was left out.

    Examples:
        eventstudy run
        eventstudy run deepseek-r1 --benchmark EW_EX_AI --format html,xlsx
        eventstudy run my-event --events my.csv --source prices.csv --car=-1,1
    """
    from eventstudy.cli.progress import Steps
    from eventstudy.cli.stopping import finished_since_now, say_when_stopped
    from eventstudy.compute.engine import check_engine

    steps = Steps(shown=not (quiet or no_progress))
    with steps:
        steps.say("loading")
        from eventstudy.cli.needed_prices import load_needed
        from eventstudy.compute.fingerprint import fingerprint
        from eventstudy.estimation.observations import chosen_events
        from eventstudy.event_study import EventStudy
        from eventstudy.events.aligned import AlignedRegistry
        from eventstudy.events.groups import read_groups
        from eventstudy.evidence.claims.register import read_claims
        from eventstudy.files.manifest import MANIFEST, refuse_strangers
        from eventstudy.files.names import folder_name
        from eventstudy.prices.shares import load_shares
        from eventstudy.report.bundle import BundleOptions
        from eventstudy.runs import earlier_bundles, write_bundles

        BundleOptions.of(parts(format), paper, ink)  # before anything is loaded
        event_study = EventStudy(**given_options(context, study))
        chosen_engine = check_engine(engine)
        counted = None if shares is None else load_shares(shares)
        require_folder(out, "Option out: ")
        registry, known, register = (
            events.read(quiet=True),
            read_groups(groups),
            read_claims(claims),
        )
        chosen = chosen_events(registry, event_ids or None)
        places = {event.event_id: out / folder_name(event.event_id) for event in chosen}
        prices = load_needed(
            registry,
            chosen,
            known,
            event_study.spec,
            source,
            files,
            register,
            offline=offline,
        )
        inputs = (tuple(registry), known, register, counted, prices.provenance, *prices.dropped)
        say_when_stopped(finished_since_now(list(places.values()), MANIFEST))
        bundle = BundleOptions.of(parts(format), paper, ink, fingerprint(event_study.spec, *inputs))
        done = earlier_bundles(places.values(), bundle) if resume else {}
        aligned = AlignedRegistry.of(registry, known, event_study.calendar)
        results = []
        for event_id, place in places.items():
            if place in done:
                results.append(done[place].result)
                continue
            steps.say(f"{event_id}: estimating")
            results.append(
                event_study.run(
                    aligned,
                    prices,
                    event_ids=[event_id],
                    engine=chosen_engine,
                    progress=partial(steps.count, event_id),
                )
            )
        require_estimates(results)
        for place in places.values():  # before the evidence, which takes longest
            refuse_strangers(place)
        steps.say("gathering evidence and drawing")
        estimated = dict(zip(places.values(), results, strict=True))
        wanted = {at: one for at, one in estimated.items() if one.n and at not in done}
        fresh = write_bundles(wanted, prices, register, counted, bundle)
        by_place = {one.folder: one for one in (*fresh, *(each.written for each in done.values()))}
        written = [by_place[at] for at in places.values() if at in by_place]
    _report_run(results, written, as_json=json, quiet=quiet, verbose=verbose, context=context)


def _report_run(
    results: Sequence[StudyResult],
    written: Sequence[Written],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    context: typer.Context,
) -> None:
    from eventstudy.text.numbers import number

    if as_json:
        files = {one.folder.name: one.folder / "results.json" for one in written}
        print_json({name: loads(path.read_text("utf-8")) for name, path in files.items()})
    elif not quiet:
        echo("\n\n".join(result.summary() for result in results))
        for result in results if verbose else ():
            echo(f"\n{result.fits.to_string(float_format=partial(number, digits=4))}")
    if not quiet:
        say_gap()
        _say_notes(results, written, origins(context) if verbose else [])
        for bundle in written:
            say_written(bundle.folder)
    say_left_out(results)


def _say_notes(
    results: Sequence[StudyResult], written: Sequence[Written], also: Sequence[str]
) -> None:
    from eventstudy.result.neighbours import confounder_sentences

    noted = [note for result in results for note in result.notes]
    noted += [note for one in written for note in one.notes]
    for note in dict.fromkeys([*noted, *also]):
        say(f"Note: {note}")
    for line in (line for result in results for line in confounder_sentences(result)):
        say(line)
