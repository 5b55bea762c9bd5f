"""`eventstudy run` and `eventstudy report`: studies and their bundles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.commands.options import (
    DEFAULT_EVENTS,
    AsJson,
    Benchmark,
    Calendar,
    ClaimsFile,
    Estimation,
    EventsFile,
    GroupsFile,
    ModelName,
    Offline,
    Source,
    load_for_evidence,
    require_estimates,
    require_folder,
    say_left_out,
)
from eventstudy.console import print_json, say
from eventstudy.errors import EventStudyError, InputError

if TYPE_CHECKING:
    from eventstudy.result import StudyResult
    from eventstudy.tearsheet.bundle import Written


def run(
    event_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="EVENT_ID", help="Events to study; all headline ones if none."),
    ] = None,
    events: EventsFile = DEFAULT_EVENTS,
    groups: GroupsFile = None,
    source: Source = "bundled",
    model: ModelName = "market",
    benchmark: Benchmark = None,
    estimation: Estimation = "-260,-11",
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
    drop_confounded: Annotated[
        bool,
        typer.Option(
            "--drop-confounded", help="Leave out assets with another registered event in the days."
        ),
    ] = False,
    claims: ClaimsFile = None,
    shares: Annotated[
        Path | None, typer.Option(help="Shares outstanding (TOML), for dollars.")
    ] = None,
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
        from eventstudy.evidence.claim_register import read_claims
        from eventstudy.intake import chosen_events
        from eventstudy.market.shares import load_shares
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
            drop_confounded=drop_confounded,
        )
        chosen_engine = check_engine(engine)
        counted = None if shares is None else load_shares(shares)
        require_folder(out)
        registry, known, said = read_events(events), read_groups(groups), read_claims(claims)
        chosen = chosen_events(registry, event_ids or None)
        prices = load_for_evidence(
            registry, chosen, known, study.spec, source, said, offline=offline
        )
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
        require_estimates(results)
        steps.say("gathering evidence and drawing")
        written = write_bundles(
            {
                out / event.event_id: result
                for event, result in zip(chosen, results, strict=True)
                if result.n
            },
            prices,
            said,
            counted,
        )
    _report_run(results, written, as_json=as_json, quiet=quiet, verbose=verbose)


def _report_run(
    results: Sequence[StudyResult],
    written: Sequence[Written],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    from eventstudy.summary import confounder_sentences

    if as_json:
        print_json(
            {
                bundle.folder.name: json.loads(
                    (bundle.folder / "results.json").read_text(encoding="utf-8")
                )
                for bundle in written
            }
        )
    elif not quiet:
        typer.echo("\n\n".join(result.summary() for result in results))
        for result in results if verbose else ():
            typer.echo(f"\n{result.fits.to_string(float_format='{:.4f}'.format)}")
    if not quiet:
        noted = [note for result in results for note in result.notes]
        for note in dict.fromkeys([*noted, *(note for one in written for note in one.notes)]):
            say(f"Note: {note}")
        for line in (line for result in results for line in confounder_sentences(result)):
            say(line)
        for bundle in written:
            say(f"Wrote {bundle.folder}/report.pdf")
    say_left_out(results)


def report(run_dir: Annotated[Path, typer.Argument(help="A folder that a run left.")]) -> None:
    """Draw the bundle again from a saved run: no network, no refit."""
    from zipfile import BadZipFile

    from eventstudy.evidence.gathered import load_evidence
    from eventstudy.storage import load
    from eventstudy.tearsheet.bundle import write_bundle

    try:
        result, evidence = load(run_dir), load_evidence(run_dir)
    except EventStudyError:
        raise
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(
            f"The saved result in {run_dir} is damaged ({type(error).__name__}); "
            "run the study again."
        ) from error
    say(f"Wrote {write_bundle(result, run_dir, evidence=evidence)}/report.pdf")
