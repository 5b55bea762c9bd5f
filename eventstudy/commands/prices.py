"""`eventstudy prices`: fetch them, or write them to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.commands.options import PARTLY_DONE, Offline, Source
from eventstudy.commands.verb import Verb, Verbs
from eventstudy.console import say
from eventstudy.errors import EventStudyError, InputError

if TYPE_CHECKING:
    from eventstudy.market.prices import Prices

app = typer.Typer(cls=Verbs, no_args_is_help=True, help="Fetch prices.")


@app.command("fetch", cls=Verb)
def fetch_prices(
    tickers: Annotated[
        list[str], typer.Argument(metavar="TICKER", help="Tickers, such as NVDA ^GSPC.")
    ],
    start: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day, such as 2023-01-01.")
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="DAY", help="Last day.")] = None,
    source: Source = "yahoo",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the prices to this CSV.")
    ] = None,
    offline: Offline = False,
) -> None:
    """Fetch prices into the cache, or write them to a file that run --source reads.

    Exit codes: 0 done, 2 wrong input, 3 nothing found, 4 network, 5 some tickers are missing.

    Examples:
        eventstudy prices fetch NVDA AMD ^GSPC --start 2023-01-01
        eventstudy prices fetch NVDA ^GSPC --source bundled --out prices.csv
    """
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
