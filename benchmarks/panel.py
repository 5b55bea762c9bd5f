"""The data of a measurement: a panel of returns, and events on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ESTIMATION, WINDOW, CAR = (-260, -11), (-10, 10), (-1, 1)
LENGTH = ESTIMATION[1] - ESTIMATION[0] + 1
"""Estimation sessions, 250; the event window follows on the next session."""
SPAN = WINDOW[1] - ESTIMATION[0] + 1
"""Sessions from the first of the estimation to the last of the event window, 271."""
CAR_DAYS = slice(CAR[0] - WINDOW[0], CAR[1] - WINDOW[0] + 1)
"""The days of the CAR among the days of the event window."""
SEED = 20_250_127
GAPPY, MISSING = 0.08, 0.02
"""With gaps: the share of columns that have any, and the share of their returns missing."""
MARKET = "mkt"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """T sessions × S assets with their market, and N events in random order."""

    name: str
    returns: Floats
    """(T, S) in decimals; NaN where an asset has none, inside an event's windows only with gaps."""
    market: Floats
    """(T,)"""
    sessions: npt.NDArray[np.datetime64]
    """(T,) datetime64[D]."""
    tickers: npt.NDArray[np.str_]
    """(S,)"""
    asset: Ints
    """(N,) columns of `returns`."""
    day: Ints
    """(N,) rows of `returns`: day 0."""

    def __len__(self) -> int:
        return len(self.asset)

    @property
    def gaps(self) -> bool:
        """Whether returns are missing inside windows."""
        return self.name == "gaps"

    @property
    def first(self) -> Ints:
        """(N,) the row of each event's first estimation session."""
        return self.day + ESTIMATION[0]

    def head(self, most: int | None) -> Case:
        """The same panel with the first `most` events; they are in random order."""
        return self if most is None or most >= len(self) else self.take(np.arange(most))

    def take(self, events: Ints) -> Case:
        """The same panel with these events only."""
        return replace(self, asset=self.asset[events], day=self.day[events])

    def wide(self) -> pd.DataFrame:
        """The returns as a user has them: sessions × tickers, the market in a column."""
        index = pd.DatetimeIndex(self.sessions, name="date")
        wide = pd.DataFrame(self.returns, index=index, columns=self.tickers.tolist())
        return wide.assign(**{MARKET: self.market})

    def long(self, date: str, ticker: str, value: str) -> pd.DataFrame:
        """The returns without the market, a row for each ticker and session that has one."""
        wide = self.wide().drop(columns=MARKET).rename_axis(index=date)
        return wide.reset_index().melt(id_vars=date, var_name=ticker, value_name=value).dropna()

    def events(self) -> pd.DataFrame:
        """The events as a user has them: event_id, ticker, date."""
        return pd.DataFrame(
            {
                "event_id": np.arange(len(self)),
                "ticker": self.tickers.astype(object)[self.asset],
                "date": self.sessions[self.day],
            }
        )

    def save(self, path: Path) -> None:
        """Write everything to one .npz file."""
        np.savez(path, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> Case:
        """Read what `save` wrote."""
        with np.load(path) as stored:
            return cls(str(stored["name"]), *(stored[name] for name in cls.__slots__[1:]))


def with_gaps(case: Case) -> Case:
    """The same events on the same panel, some of whose columns lack some returns."""
    rng = np.random.default_rng(SEED)
    sessions, assets = case.returns.shape
    columns = rng.permutation(assets)[: round(GAPPY * assets)]
    returns = case.returns.copy()
    missing = rng.random((sessions, len(columns))) < MISSING
    returns[:, columns] = np.where(missing, np.nan, returns[:, columns])
    return replace(case, name="gaps", returns=returns)


def places(events: int, assets: int, sessions: int, *, seed: int) -> tuple[Ints, Ints]:
    """Columns and rows of events at random places with complete windows."""
    draw = np.random.default_rng([SEED, seed])
    day = (-ESTIMATION[0], sessions - WINDOW[1])
    return draw.integers(0, assets, events), draw.integers(*day, events)


def synthetic(events: int, assets: int = 500, sessions: int = 2_500) -> Case:
    """A market factor and independent residuals, no value missing; events anywhere they fit."""
    rng = np.random.default_rng(SEED)
    market = rng.normal(3e-4, 0.01, sessions)
    betas = rng.uniform(0.4, 1.6, assets)
    residuals = rng.standard_t(5, (sessions, assets)) * rng.uniform(0.008, 0.025, assets)
    asset, day = places(events, assets, sessions, seed=events)
    return Case(
        name="synthetic",
        returns=1e-4 + market[:, None] * betas + residuals,
        market=market,
        sessions=pd.bdate_range("2015-01-02", periods=sessions).to_numpy().astype("datetime64[D]"),
        tickers=np.array([f"A{i:04d}" for i in range(assets)]),
        asset=asset,
        day=day,
    )


def universe(folder: Path) -> Case:
    """Large US stocks and their earnings announcements with complete windows, in random order.

    The market is the equal-weighted mean return of the universe; a date without a session moves
    to the next one.
    """
    prices = pd.read_parquet(
        folder / "universe_prices.parquet", columns=["date", "ticker", "adj_close"]
    )
    levels = prices.pivot_table(index="date", columns="ticker", values="adj_close", observed=True)
    returns = levels.astype("float64").pct_change(fill_method=None).iloc[1:]
    reports = pd.read_csv(folder / "earnings_dates.csv", parse_dates=["report_date"])
    asset = returns.columns.astype(str).get_indexer(pd.Index(reports["ticker"]))
    sessions = pd.DatetimeIndex(returns.index).to_numpy().astype("datetime64[D]")
    dates = reports["report_date"].to_numpy().astype("datetime64[D]")
    day = np.searchsorted(sessions, dates)
    fits = (day + ESTIMATION[0] >= 0) & (day + WINDOW[1] < len(sessions)) & (asset >= 0)
    case = Case(
        name="universe",
        returns=np.ascontiguousarray(returns.to_numpy()),
        market=returns.mean(axis=1).to_numpy(),
        sessions=sessions,
        tickers=np.array(returns.columns.astype(str), dtype=np.str_),
        asset=asset[fits].astype(np.int64),
        day=day[fits].astype(np.int64),
    )
    gaps = np.vstack([np.zeros(returns.shape[1]), np.isnan(case.returns).cumsum(axis=0)])
    missing = gaps[case.first + SPAN, case.asset] - gaps[case.first, case.asset]
    # This package refuses an event whose price stands still around it.
    still = np.stack([case.returns[case.day + d, case.asset] for d in range(-4, 5)]) == 0
    complete = np.flatnonzero((missing == 0) & ~(still[:5].all(axis=0) | still[4:].all(axis=0)))
    return case.take(np.random.default_rng(SEED).permutation(complete))
