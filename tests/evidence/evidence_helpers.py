"""Simulated markets in which something happens, or nothing, and the case of one event in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.calendars import sessions_between
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.evidence.case import Case
from eventstudy.prices.prices import Prices, Provenance, make_prices


def world(
    assets: int,
    seed: int,
    sessions: int = 420,
    *,
    marketwide: float = 0.01,
    betas: tuple[float, float] = (1.0, 1.0),
    shock: float = 0.0,
) -> Prices:
    """A market and assets that follow it; at session 240 the first may get a shock."""
    rng = np.random.default_rng(seed)
    market = marketwide * rng.standard_normal(sessions)
    beta = rng.uniform(*betas, assets) if betas[0] < betas[1] else betas[0]
    made = beta * market[:, None] + 0.02 * rng.standard_normal((sessions, assets))
    made[240, 0] += shock
    days = sessions_between(dt.date(2018, 1, 2), dt.date(2021, 12, 31), "XNYS")[:sessions]
    frame = pd.DataFrame(
        np.column_stack([made, market]),
        index=pd.DatetimeIndex(days),
        columns=[*(f"A{i}" for i in range(assets)), "^GSPC"],
    )
    return prices_of(100 * (1 + frame).cumprod())


def prices_of(close: pd.DataFrame) -> Prices:
    origin = Provenance("simulated", "a simulated market")
    return make_prices(close, provenance=origin, benchmarks=["^GSPC"])


def case_of(prices: Prices, tickers: Sequence[str], at: int = 240, **options: object) -> Case:
    """The case of an event at session `at` that names the tickers."""
    event = make_event(
        event_id="e",
        title="E",
        announced_at=prices.sessions[at].date(),
        groups=";".join(tickers),
        headline=True,
    )
    chosen = {
        "estimation": (-70, -11),
        "window": (-2, 5),
        "car": ((0, 0), (0, 4)),
        "min_obs": 40,
        "compare": (),
        "placebo": False,
        "tests": ("csect_t",),
        **options,
    }
    return Case(es.EventStudy(**chosen).run(Events((event,)), prices), prices)
