"""`eventstudy calibrate`: size and power of every test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from eventstudy.cli.completion import one_of
from eventstudy.cli.console import columns, echo, print_json, say
from eventstudy.cli.options import (
    HOW,
    OUTPUT,
    PLUGINS,
    SOURCES,
    WHAT,
    AsJson,
    Engine,
    Resume,
    option,
    require_folder,
    with_file_options,
    with_study_options,
)


@with_file_options
@with_study_options("tests", "model", "estimation", "seed")
def calibrate(
    source: Annotated[
        list[str] | None,
        option(
            WHAT,
            "NAME",
            "Prices for placebo events, as in run; by default returns are simulated.",
            complete=one_of(SOURCES, PLUGINS),
        ),
    ] = None,
    samples: Annotated[int, option(WHAT, "N", "Samples in each setting.")] = 2_000,
    events: Annotated[int, option(WHAT, "N", "Events in a sample.")] = 50,
    rho: Annotated[str | None, option(WHAT, "X,...", "Correlations. Default 0,0.02,0.1.")] = None,
    variance: Annotated[
        str | None, option(WHAT, "X,...", "Variance factors on the event day. Default 1,2.")
    ] = None,
    tails: Annotated[str, option(WHAT, "X,...", "Student-t degrees of freedom, or inf.")] = "inf",
    thin: Annotated[str, option(WHAT, "X,...", "Shares of days without a trade.")] = "0",
    ar: Annotated[
        str, option(WHAT, "X,...", "Abnormal returns on day 0; 0,0.01 also measures power.")
    ] = "0",
    clustered: Annotated[
        bool, option(WHAT, "", "One date per sample, or per event.", "--clustered/--dispersed")
    ] = True,
    benchmark: Annotated[str | None, option(HOW, "TICKER", "Benchmark, with --source.")] = None,
    window: Annotated[str, option(HOW, "FROM,TO", "Window to test.")] = "0,0",
    alpha: Annotated[float, option(HOW, "X", "Significance level of the tests.")] = 0.05,
    out: Annotated[Path | None, option(OUTPUT, "DIR", "Folder for CSV, figure and JSON.")] = None,
    json: AsJson = False,
    engine: Engine = "processes",
    resume: Resume = False,
    *,
    files: dict[str, Any],
    **study: Any,
) -> None:
    """How often does each test reject without an abnormal return, and how often with one?

    Returns are simulated, or taken from placebo events on your own prices. Finished samples are
    kept, and --resume continues from them.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 data missing, 4 network.

    Examples:
        eventstudy calibrate
        eventstudy calibrate --source bundled --samples 200 --ar 0,0.02
        eventstudy calibrate --source my.csv --events 20 --out calibration
    """
    from eventstudy.cli.progress import Steps
    from eventstudy.cli.stopping import Remains, say_when_stopped

    if out is not None:
        require_folder(out, "Option out: ")
    with Steps(shown=True) as steps:
        steps.say("loading")
        from eventstudy.calibration.calibrate import calibrate as measure
        from eventstudy.compute.checkpoints import Checkpoints
        from eventstudy.prices.load import load_prices
        from eventstudy.prices.sources.cache import cache_folder
        from eventstudy.text.lines import lines_of

        say_when_stopped(
            lambda: Remains(
                "Nothing was kept for --resume."
                if checkpoints.given_up
                else "Finished samples are kept; the same command with --resume does the rest."
            )
        )
        checkpoints = Checkpoints(cache_folder() / "calibrations", not resume, needed=False)
        calibration = measure(
            load_prices(source, **files) if source else None,
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
            checkpoints=checkpoints,
            progress=lambda done, total: steps.say(f"{done:,} of {total:,} samples"),
        )
    for why in checkpoints.given_up:
        say(f"Note: Nothing was kept for --resume. {why}")
    if json:
        print_json(calibration.to_dict())
    else:
        with lines_of(columns()):
            echo(calibration.summary())
    if out is not None:
        say(f"Wrote {calibration.save(out)}/calibration.csv, .json, .pdf and .png")
