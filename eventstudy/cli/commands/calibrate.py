"""`eventstudy calibrate`: size and power of every test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from eventstudy.cli.completion import one_of
from eventstudy.cli.console import echo, print_json, say
from eventstudy.cli.options import (
    HOW,
    OUTPUT,
    WHAT,
    AsJson,
    Engine,
    Resume,
    require_folder,
    with_study_options,
)
from eventstudy.prices.source import SOURCES


@with_study_options("tests", "model", "estimation", "seed")
def calibrate(
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Placebo events on these prices: {', '.join(SOURCES)} or a file; simulated if "
            "left out.",
            autocompletion=one_of("eventstudy.prices.source:SOURCES"),
            rich_help_panel=WHAT,
        ),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(metavar="N", help="Samples in each setting.", rich_help_panel=WHAT),
    ] = 2_000,
    events: Annotated[
        int, typer.Option(metavar="N", help="Events in a sample.", rich_help_panel=WHAT)
    ] = 50,
    rho: Annotated[
        str | None,
        typer.Option(
            metavar="X,...", help="Correlations. Default 0,0.02,0.1.", rich_help_panel=WHAT
        ),
    ] = None,
    variance: Annotated[
        str | None,
        typer.Option(
            metavar="X,...",
            help="Variance factors on the event day. Default 1,2.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    tails: Annotated[
        str,
        typer.Option(
            metavar="X,...",
            help="Student-t degrees of freedom; inf: normal.",
            rich_help_panel=WHAT,
        ),
    ] = "inf",
    thin: Annotated[
        str,
        typer.Option(metavar="X,...", help="Shares of days without a trade.", rich_help_panel=WHAT),
    ] = "0",
    ar: Annotated[
        str,
        typer.Option(
            metavar="X,...",
            help="Abnormal returns on day 0: 0,0.01 adds power.",
            rich_help_panel=WHAT,
        ),
    ] = "0",
    clustered: Annotated[
        bool,
        typer.Option(
            "--clustered/--dispersed",
            help="One date a sample, or one an event.",
            rich_help_panel=WHAT,
        ),
    ] = True,
    benchmark: Annotated[
        str | None,
        typer.Option(metavar="TICKER", help="Benchmark, with --source.", rich_help_panel=HOW),
    ] = None,
    window: Annotated[
        str, typer.Option(metavar="FROM,TO", help="The tested window.", rich_help_panel=HOW)
    ] = "0,0",
    alpha: Annotated[
        float, typer.Option(metavar="X", help="Level of the tests.", rich_help_panel=HOW)
    ] = 0.05,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for CSV, figure and JSON.", rich_help_panel=OUTPUT
        ),
    ] = None,
    json: AsJson = False,
    engine: Engine = "processes",
    resume: Resume = False,
    **study: Any,
) -> None:
    """How often a test rejects where nothing happened, and where an abnormal return was put in.

    On simulated returns, or on placebo events among your own prices. Finished samples are kept, so
    that --resume goes on with them.

    Exit codes: 0 done, 1 a place cannot be written, 2 wrong input, 3 data missing, 4 network.

    Examples:
        eventstudy calibrate
        eventstudy calibrate --source bundled --samples 200 --ar 0,0.02
        eventstudy calibrate --source my.csv --events 20 --out calibration
    """
    from eventstudy.cli.progress import Steps

    if out is not None:
        require_folder(out)
    with Steps(shown=True) as steps:
        steps.say("loading")
        from eventstudy.calibration.calibrate import calibrate as measure
        from eventstudy.compute.checkpoints import Checkpoints
        from eventstudy.prices.load import load_prices
        from eventstudy.prices.sources.cache import cache_folder

        calibration = measure(
            load_prices(source) if source else None,
            samples=samples,
            n_events=events,
            rho=rho or ("0" if source else "0,0.02,0.1"),
            variance=variance or ("1" if source else "1,2"),
            tails=tails,
            thin=thin,
            ar=ar,
            clustered=clustered,
            benchmark=benchmark,
            window=window,
            alpha=alpha,
            **study,
            engine=engine,
            checkpoints=Checkpoints(cache_folder() / "calibrations", anew=not resume),
            progress=lambda done, total: steps.say(f"{done:,} of {total:,} samples"),
        )
    if json:
        print_json(calibration.to_dict())
    else:
        echo(calibration.summary())
    if out is not None:
        say(f"Wrote {calibration.save(out)}/calibration.csv, .json, .pdf and .png")
