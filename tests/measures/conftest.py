"""A panel with events, covariates and a planted rise of variance; minute bars of an exchange."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import sessions_of

FIRMS = 60


@pytest.fixture(scope="session")
def wide() -> pd.DataFrame:
    """450 weekdays of returns of 60 firms and the column mkt."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2022-01-03", periods=450)
    market = 0.01 * rng.normal(size=450)
    beta = np.linspace(0.5, 1.5, FIRMS)
    firms = market[:, None] * beta + 0.02 * rng.normal(size=(450, FIRMS))
    names = [f"F{i:02d}" for i in range(FIRMS)]
    return pd.DataFrame(firms, days, names).assign(mkt=market)


@pytest.fixture(scope="session")
def observations(wide: pd.DataFrame) -> pd.DataFrame:
    """One event a firm on 15 dates, with covariates."""
    rng = np.random.default_rng(8)
    at = rng.integers(300, 315, FIRMS)
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(FIRMS)],
            "ticker": [f"F{i:02d}" for i in range(FIRMS)],
            "date": wide.index[at],
            "size": rng.lognormal(size=FIRMS),
            "sector": np.resize(["x", "y", "z"], FIRMS),
        }
    )


@pytest.fixture(scope="session")
def result(wide: pd.DataFrame, observations: pd.DataFrame) -> es.StudyResult:
    return es.EventStudy(benchmark="mkt", window=(-5, 5), car=[(0, 0), (-1, 1), (0, 4)]).run(
        observations, returns=wide
    )


def trading_minutes(first: str, last: str, calendar: str = "XNYS", step: int = 1) -> np.ndarray:
    """The start of every bar of the sessions from `first` to `last`, UTC."""
    sessions = sessions_of(calendar)
    low = sessions.days.searchsorted(np.datetime64(first))
    high = sessions.days.searchsorted(np.datetime64(last), side="right")
    return np.concatenate(
        [
            np.arange(sessions.opens[i], sessions.closes[i], np.timedelta64(step, "m"))
            for i in range(low, high)
        ]
    )


@pytest.fixture(scope="session")
def minutes() -> pd.DataFrame:
    """Minute prices, minutes × tickers (UTC, by the bar's start), from 2024-11-01 to 2024-12-06.

    2024-11-03 ends summer time, 2024-11-28 is a holiday and 2024-11-29 a half day. AAA jumps by
    2% in the bar of 2024-12-03T15:00Z, and all jump by 5% in every night.
    """
    rng = np.random.default_rng(3)
    start = trading_minutes("2024-11-01", "2024-12-06")
    market = 0.0003 * rng.normal(size=len(start))
    night = np.append(True, np.diff(start) > np.timedelta64(1, "m"))
    prices = {}
    for name, beta in (("SPY", 0.0), ("AAA", 1.2), ("BBB", 0.8)):
        own = market if name == "SPY" else beta * market + 0.0005 * rng.normal(size=len(start))
        own = own + 0.05 * night
        if name == "AAA":
            own[start == np.datetime64("2024-12-03T15:00")] += 0.02
        prices[name] = 100 * np.cumprod(1 + own)
    return pd.DataFrame(prices, pd.DatetimeIndex(start, name="timestamp"))


def long_bars(minutes: pd.DataFrame) -> pd.DataFrame:
    """timestamp (in New York), ticker, price."""
    local = minutes.tz_localize("UTC").tz_convert("America/New_York")
    return local.melt(ignore_index=False, var_name="ticker", value_name="price").reset_index()


@pytest.fixture
def bars(minutes: pd.DataFrame) -> pd.DataFrame:
    return long_bars(minutes)
