"""A study of sixty events on made-up prices, half of which rise, with traits for a regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.report.pooled.story import PooledStory
from eventstudy.result.result import StudyResult
from eventstudy.significance.names import SIDE_BY_SIDE

N = 60
SHOCK = 0.04


def made_returns() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2022-01-03", periods=600)
    market = rng.normal(0, 0.01, 600)
    names = [f"F{i}" for i in range(N)]
    frame = pd.DataFrame(rng.normal(0, 0.015, (600, N)), days, names).add(market, axis=0)
    return frame.assign(mkt=market)


def made_events(returns: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    at = rng.integers(300, 570, N)
    frame = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(N)],
            "ticker": [f"F{i}" for i in range(N)],
            "date": returns.index[at],
            "group": np.where(np.arange(N) % 2, "up", "down"),
            "sector": np.where(np.arange(N) % 3, "goods", "services"),
            "size": rng.normal(0, 1, N),
        }
    )
    lost = frame.iloc[:1].assign(event_id="early", date=returns.index[10])
    gone = frame.iloc[:1].assign(event_id="gone", ticker="NONE")
    return pd.concat([frame, lost, gone], ignore_index=True)


def made_result(returns: pd.DataFrame, events: pd.DataFrame) -> StudyResult:
    moved = returns.copy()
    for row in events.itertuples():
        if row.ticker in moved:
            moved.loc[row.date, row.ticker] += SHOCK if row.group == "up" else -SHOCK / 4
    study = es.EventStudy(
        benchmark="mkt", window=(-5, 5), car=[(0, 0), (-1, 1)], tests=SIDE_BY_SIDE
    )
    return study.run(events, returns=moved)


def made_story(result: StudyResult) -> PooledStory:
    return PooledStory(result, "list", es.regress(result, "car ~ size + C(sector)"))


def with_an_outlier(result: StudyResult) -> StudyResult:
    """The result in which the fourth event has 200% more on every day."""
    wild = result.assets.fits.ar.copy()
    wild[3] += 2.0
    fits = replace(result.assets.fits, ar=wild)
    return replace(result, assets=replace(result.assets, fits=fits))


def made() -> StudyResult:
    """The study itself."""
    returns = made_returns()
    return made_result(returns, made_events(returns))
