"""How often the t and placebo tests of a model reject on ordinary days of real shares.

python tools/model_sizes.py prices.parquet --model egarch --n 400 [--day-before] [--donors 30]

The file has columns date, ticker and adj_close. Shares and days are drawn with a seed; the market
is the mean return of all shares. Of trade_to_trade 30% of the closes are taken away at random.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.estimation.trades import trade_designs
from eventstudy.models.kernel.batch import Batch, Panel, Positions, cut_batch
from eventstudy.models.kernel.fits import Fits, Problem, sum_window
from eventstudy.models.registry import DONORS, Model, between_trades, get_model
from eventstudy.prices.returns import compute_returns
from eventstudy.significance.sums.placebo_runs import Reference, placebo_p, placebo_statistics
from eventstudy.spec.windows import Window

ESTIMATION, SPAN = range(-260, -10), Window(-10, 10)
WINDOWS = (Window(0, 0), Window(0, 10))
LEVELS = (0.01, 0.05, 0.10)
UNTRADED = 0.3


def read_closes(path: Path) -> pd.DataFrame:
    """Sessions × tickers."""
    table = pd.read_parquet(path, columns=["date", "ticker", "adj_close"])
    wide = table.pivot_table("adj_close", "date", "ticker", observed=True)
    return wide.astype(np.float64)


def drawn(closes: pd.DataFrame, model: Model, n: int, donors: int, seed: int) -> Batch:
    """n shares, each at a day around which it has all returns (trade_to_trade: one on day 0)."""
    rng = np.random.default_rng(seed)
    if between_trades(model):
        market = np.exp(compute_returns(closes, "log").mean(axis=1).cumsum())
        thin = closes.mask(rng.random(closes.shape) < UNTRADED).assign(market=market)
        returns = compute_returns(thin, "trade").to_numpy()
        asset, day0 = _places(np.isfinite(returns[:, :-1]), n, rng, complete=False)
        designs, of = trade_designs(returns, asset, np.full(n, returns.shape[1] - 1))
        at = Positions(asset, day0, of)
        return cut_batch(Panel(returns.T.copy(), designs), at, ESTIMATION, SPAN.days)
    returns = compute_returns(closes).to_numpy()
    known = np.isfinite(returns)
    asset, day0 = _places(known, n, rng, complete=True)
    if DONORS not in model.regressors:
        design = np.append(np.nan, np.nanmean(returns[1:], axis=1))[None, :, None]
        at = Positions(asset, day0, np.zeros(n, dtype=np.int64))
        return cut_batch(Panel(returns.T.copy(), design), at, ESTIMATION, SPAN.days)
    batches = []
    for share, day in zip(asset, day0, strict=True):
        rows = slice(day + ESTIMATION.start, day + SPAN.end + 1)
        there = np.flatnonzero(known[rows].all(axis=0))
        others = rng.choice(there[there != share], donors, replace=False)
        batches.append((returns[rows, share], returns[rows][:, others]))
    y, x = (np.array(part) for part in zip(*batches, strict=True))
    cut = len(ESTIMATION)
    return Batch(y[:, :cut], x[:, :cut], y[:, cut:], x[:, cut:], ESTIMATION, SPAN.days)


def _places(known: Bools, n: int, rng: np.random.Generator, *, complete: bool) -> tuple[Ints, Ints]:
    assets: list[int] = []
    days: list[int] = []
    while len(assets) < n:
        asset = int(rng.integers(known.shape[1]))
        day = int(rng.integers(1 - ESTIMATION.start, len(known) - SPAN.end - 1))
        around = known[day + ESTIMATION.start : day + SPAN.end + 1, asset]
        if around.all() if complete else known[day, asset] and around.mean() > UNTRADED:
            assets.append(asset)
            days.append(day)
    return np.array(assets), np.array(days)


def sizes(fits: Fits) -> Iterator[tuple[Window, str, int, tuple[float, ...]]]:
    """Window, test, observations, shares of p at or below each level."""
    fits = fits.take(fits.problem == Problem.NONE)
    reference = Reference.of(fits)
    for window in WINDOWS:
        z = sum_window(fits, SPAN, window).scar
        there = np.isfinite(z)
        by_t = 2 * special.stdtr(fits.df, -np.abs(z))
        placebo = placebo_p(placebo_statistics(reference, window.length), z)
        for name, p in (("t", by_t), ("placebo", placebo)):
            yield window, name, int(there.sum()), _shares(p[there & np.isfinite(p)])


def _shares(p: Floats) -> tuple[float, ...]:
    return tuple(float((p <= level).mean()) if len(p) else np.nan for level in LEVELS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices", type=Path)
    parser.add_argument("--model", default="market")
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--donors", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--day-before", action="store_true")
    args = parser.parse_args()
    model = get_model(args.model)
    fit = model.day_before if args.day_before and model.day_before else model.fit
    fits = fit(drawn(read_closes(args.prices), model, args.n, args.donors, args.seed))
    print(f"{args.model}, {(fits.problem == Problem.NONE).sum()} of {args.n} fitted")
    for window, test, n, shares in sizes(fits):
        error = 100 * np.sqrt(0.05 * 0.95 / max(n, 1))
        print(f"{window!s:>9} {test:8} {n:5} ", *(f"{100 * s:6.1f}" for s in shares), end=" ")
        print(f" ± {error:.1f}")


if __name__ == "__main__":
    main()
