"""Event studies of other packages on PyPI, each in the interpreter that has it installed.

Each is given its frames in the layout that it asks for, which is not timed.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.answer import Answer
from benchmarks.panel import ESTIMATION, LENGTH, MARKET, SPAN, WINDOW, Case


@dataclass(frozen=True, slots=True)
class Rival:
    """A package in an environment of its own."""

    distribution: str
    """Its name on PyPI."""
    probe: str
    """A statement that runs only where it is installed."""


PYPI = Rival("eventstudy", "from eventstudy import Single")
"""Its import name is that of this package, which has no `Single`."""
STATSPAI = Rival("StatsPAI", "from statspai import abnormal_returns")
ML4T = Rival(
    "ml4t-diagnostic", "from ml4t.diagnostic.evaluation.event_analysis import EventStudyAnalysis"
)
EASY_ES = Rival("easy-es", "from easy_es.event_study_model import EventStudy")
VIBE = Rival("vibe-trading-ai", "from src.quantlib.eventstudy import event_study")


def pypi(case: Case) -> Callable[[], Any]:
    """Single.market_model for every event, then Multiple."""
    package = import_module("eventstudy")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "returns.csv"
        case.wide().to_csv(path)
        package.Single.import_returns(str(path))
    events = case.events()
    listed = [
        {
            "security_ticker": ticker,
            "market_ticker": MARKET,
            "event_date": date,
        }
        for ticker, date in zip(events["ticker"], events["date"].to_numpy(), strict=True)
    ]

    def run() -> Any:
        return package.Multiple.from_list(
            [dict(event) for event in listed],
            package.Single.market_model,
            event_window=WINDOW,
            estimation_size=LENGTH,
            buffer_size=0,
            ignore_errors=False,
        )

    return run


def pypi_answer(found: Any) -> Answer:
    """Its AR; it does not keep coefficients, and its variances differ."""
    return Answer(ar=np.array([event.AR for event in found.sample]))


def statspai(case: Case) -> Callable[[], Any]:
    """abnormal_returns on long frames."""
    study = import_module("statspai").abnormal_returns
    market = pd.Series(case.market, index=case.sessions)
    data = case.long("date", "id", "ret")
    data = data.assign(mkt=data["date"].map(market))
    events = case.events().rename(columns={"ticker": "id", "date": "event_date"})

    def run() -> Any:
        return study(data, events, market="mkt", event_window=WINDOW, estimation_window=ESTIMATION)

    return run


def statspai_answer(found: Any) -> Answer:
    """AR and s."""
    return Answer(s=np.sqrt(found.events["resid_var"].to_numpy()), ar=found.ar.to_numpy().T)


def ml4t(case: Case) -> Callable[[], Any]:
    """EventStudyAnalysis on long polars frames."""
    pl = import_module("polars")
    config = import_module("ml4t.diagnostic.config.event_config")
    analysis = import_module(ML4T.probe.split()[1]).EventStudyAnalysis
    windows = config.WindowSettings(
        estimation_start=ESTIMATION[0],
        estimation_end=ESTIMATION[1],
        event_start=WINDOW[0],
        event_end=WINDOW[1],
        gap=0,
    )
    configured = config.EventConfig(window=windows, model="market_model", test="boehmer")
    returns = pl.from_pandas(case.long("date", "asset", "return"))
    market = pl.from_pandas(pd.DataFrame({"date": case.sessions, "return": case.market}))
    events = pl.from_pandas(case.events().rename(columns={"ticker": "asset"}))

    def run() -> Any:
        return analysis(returns, events, market, configured).run()

    return run


def ml4t_answer(found: Any) -> Answer:
    """Coefficients, s and AR."""
    events = found.individual_results
    fits = [(e.estimation_alpha, e.estimation_beta, e.estimation_residual_std) for e in events]
    alpha, beta, s = np.array(fits).T
    days = range(WINDOW[0], WINDOW[1] + 1)
    ar = np.array([[event.ar_by_day[day] for day in days] for event in events])
    return Answer(alpha, beta, s, ar)


def easy_es(case: Case) -> Callable[[], Any]:
    """EventStudy with the estimator capm on long frames.

    It reads as many calendar days before an event as it wants sessions, too few of them; so
    sessions are renamed to days that follow one another. Without a riskless rate capm is the market
    model.
    """
    warnings.simplefilter("ignore")
    study = import_module("easy_es.event_study_model").EventStudy(
        estimation_days=LENGTH,
        gap_days=WINDOW[0] - ESTIMATION[1] - 1,
        window_before=-WINDOW[0],
        window_after=WINDOW[1],
        n_cores=1,
    )
    days = pd.date_range("2000-01-01", periods=len(case.sessions)).date
    renamed = pd.Series(days, index=case.sessions, dtype=object)
    returns = case.long("Date", "ticker", "Ret").assign(Volume=1.0)
    study.add_returns(ret_df=returns.assign(Date=returns["Date"].map(renamed)))
    study.add_factors(pd.DataFrame({"Date": days, "Mkt-RF": case.market}))
    events = case.events().rename(columns={"date": "event_date"})
    events["event_date"] = events["event_date"].map(renamed)

    def run() -> Any:
        return study.run_study(events)

    return run


def easy_es_answer(found: Any) -> Answer:
    """AR; its standard deviations differ."""
    return Answer(ar=found["ar"].to_numpy().reshape(-1, SPAN - LENGTH))


def vibe(case: Case) -> Callable[[], Any]:
    """event_study on a wide frame."""
    study = import_module("src.quantlib.eventstudy").event_study
    returns = case.wide().drop(columns=MARKET)
    market = pd.Series(case.market, index=returns.index)
    listed = case.events()
    events = list(zip(listed["ticker"], listed["date"], strict=True))

    def run() -> Any:
        return study(
            returns,
            market,
            events,
            event_window=WINDOW,
            estimation_window=LENGTH,
            estimation_gap=WINDOW[0] - ESTIMATION[1] - 1,
        )

    return run


def vibe_answer(found: Any) -> Answer:
    """Coefficients, s and AR."""
    alpha, beta, s = np.array(
        [(each.fit.alpha, each.fit.beta, each.fit.residual_std) for each in found.events]
    ).T
    return Answer(alpha, beta, s, np.array([each.abnormal_returns for each in found.events]))
