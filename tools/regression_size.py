"""How often regressions of a CAR reject a true null at 5%, on real prices.

    python tools/regression_size.py PRICES.parquet --firms 200 --days 3 --layout one

PRICES holds date, ticker, adj_close and volume in rows. Dates spread over the data, firms drawn
anew at each; the market is the mean return of all, the model the market model on [−260, −11], the
CAR over [0, days − 1]. Nothing is planted. The traits are each firm's beta, the logarithm of its
traded value, and a random number; every regression has one of them, that of gls_pc all three.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special
from statsmodels.regression.linear_model import OLS

from eventstudy.measures.components import rolled_gls, spans
from eventstudy.measures.ordinary_days import left_out_runs, ranked_slopes, slopes_of
from eventstudy.significance.sums.placebo_runs import Reference, running_totals

Floats = npt.NDArray[np.float64]
LEVEL = 0.05
ESTIMATION = np.arange(-260, -10)
M = len(ESTIMATION)
LAYOUTS = {
    "one": "all on one date",
    "ten": "ten dates anywhere",
    "ten10": "each in one of ten sessions in a row",
    "dispersed": "each on a date of its own",
}


def main() -> None:
    """Measure one layout and print a line a trait and kind of errors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("prices")
    parser.add_argument("--firms", type=int, default=200)
    parser.add_argument("--dates", type=int, default=500)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--layout", choices=list(LAYOUTS), default="one")
    parser.add_argument("--gls", action="store_true", help="gls_pc too: minutes instead of one")
    asked = parser.parse_args()
    returns, value = read(asked.prices)
    market, total = returns.mean(axis=0), returns.shape[1]
    rng = np.random.default_rng(7)
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for date in np.linspace(330, total - 60, asked.dates).astype(int):
        firms = rng.choice(len(returns), asked.firms, replace=False)
        at = placed(asked.layout, int(date), total, asked.firms, rng)
        one = Sample(returns, market, firms, at, asked.days)
        random = rng.normal(size=asked.firms)
        traits = {"beta": one.beta, "size": value[at - 11, firms], "random": random}
        for trait, values in traits.items():
            design = np.column_stack([np.ones(asked.firms), values / np.abs(values).max()])
            for kind, p in one.p_values(design, asked.layout == "one").items():
                found[trait, kind].append(bool(p <= LEVEL + 1e-12))
        if asked.gls:
            for trait, p in zip(traits, one.gls(np.array(list(traits.values())).T), strict=True):
                found[trait, "gls_pc"].append(bool(p <= LEVEL + 1e-12))
    print(f"{LAYOUTS[asked.layout]}, {asked.firms} firms, {asked.days} days, {asked.dates} dates")
    for (trait, kind), rejected in found.items():
        print(f"{trait:8}{kind:16}{100 * np.mean(rejected):6.1f}%")


def read(path: str) -> tuple[Floats, Floats]:
    """(A, T) returns of the tickers without a hole, and (T, A) log of their traded value."""
    rows = pd.read_parquet(path).astype({"ticker": str})
    close, volume = wide(rows, "adj_close"), wide(rows, "volume")
    returns = close.pct_change(fill_method=None).iloc[1:]
    whole = returns.columns[returns.notna().all()]
    traded = (close * volume)[whole].iloc[1:].rolling(60).mean()
    return returns[whole].to_numpy().T, np.log(traded.to_numpy())


def wide(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Sessions × tickers of a column."""
    return pd.DataFrame(rows.set_index(["date", "ticker"])[column].astype(float).unstack())  # noqa: PD010


def placed(
    layout: str, date: int, total: int, n: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(n,) the session of each firm's event."""
    if layout == "one":
        return np.full(n, date)
    if layout == "ten":
        return np.resize(rng.integers(330, total - 60, 10), n)
    if layout == "ten10":
        return min(date, total - 40) + rng.integers(0, 10, n)
    return rng.integers(330, total - 60, n)


class Sample:
    """N firms fitted to the market, each around a session of its own."""

    def __init__(
        self,
        returns: Floats,
        market: Floats,
        firms: npt.NDArray[np.int64],
        at: npt.NDArray[np.int64],
        days: int,
    ) -> None:
        before, event = at[:, None] + ESTIMATION, at[:, None] + np.arange(days)
        y, x = returns[firms[:, None], before], market[before]
        about = x - x.mean(axis=1, keepdims=True)
        squares = (about**2).sum(axis=1)
        self.beta = (about * y).sum(axis=1) / squares
        alpha = y.mean(axis=1) - self.beta * x.mean(axis=1)
        self.residuals = y - alpha[:, None] - self.beta[:, None] * x
        forecast = alpha[:, None] + self.beta[:, None] * market[event]
        self.car = (returns[firms[:, None], event] - forecast).sum(axis=1)
        away = (market[event] - x.mean(axis=1, keepdims=True)).sum(axis=1)
        self.v = days + days**2 / M + away**2 / squares
        basis = np.stack([np.full_like(x, M**-0.5), about / np.sqrt(squares)[:, None]], axis=2)
        n = len(at)
        reference = Reference(
            self.residuals, basis, np.full(n, M - 2), True, np.ones(n), np.empty((n, 0))
        )
        self.days, self.dates = days, pd.factorize(at)[0]
        self.runs = left_out_runs(reference, days, self.v)

    def p_values(self, design: Floats, one_date: bool) -> dict[str, float]:
        """p of the trait, by the kind of errors."""
        hc3 = OLS(self.car, design).fit(cov_type="HC3", use_t=True)
        rank = ranked_slopes(hc3.params, slopes_of(design, self.runs), LEVEL)
        found = {"HC3": float(hc3.pvalues[1]), "ordinary_days": float(rank.p_rank[1])}
        if not one_date:
            groups = {"groups": self.dates}
            clustered = OLS(self.car, design).fit(cov_type="cluster", cov_kwds=groups, use_t=True)
            return found | {"cluster": float(clustered.pvalues[1])}
        daily = slopes_of(design, self.residuals)
        se = np.sqrt((daily**2).sum(axis=0) / (M - 2) * self.v.mean())
        t = abs(float(hc3.params[1] / se[1]))
        found["portfolio"] = float(2 * special.stdtr(M - 2, -t))
        return found

    def gls(self, traits: Floats) -> Floats:
        """p of each of the traits (N, K) in one regression weighted by the covariance."""
        design = np.column_stack([np.ones(len(traits)), traits / np.abs(traits).max(axis=0)])
        sums = running_totals(self.residuals, self.days)
        gap = -int(ESTIMATION[0]) - sums.shape[1] + 1
        days = spans(sums.shape[1], gap)
        components = max(1, min(100, days // 10, len(design) // 10))
        rolled = rolled_gls(design, self.car, self.runs, sums, gap, components)
        return ranked_slopes(rolled.coef, rolled.slopes, LEVEL).p_rank[1:]


if __name__ == "__main__":
    main()
