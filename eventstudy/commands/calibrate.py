"""`eventstudy calibrate`: size and power of every test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventstudy.commands.options import AsJson, require_folder
from eventstudy.console import print_json, say


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
        require_folder(out)
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
