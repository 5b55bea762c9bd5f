"""A whole market on one date: evidence and pages cost as much again for each asset, no more."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.evidence import refits
from eventstudy.report.event_json import event_results
from eventstudy.report.pages import contents
from eventstudy.report.story import Story
from eventstudy.significance import outcome

SIZES = (8, 16, 32)


def market_of(count: int, grouped: bool, place: Path) -> tuple[es.StudyResult, es.Prices]:
    """The study of one event with so many assets, each named by itself or all as a group."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2023-06-01", periods=420)
    market = rng.normal(0, 0.01, len(days))
    returns = market[:, None] + rng.normal(0, 0.02, (len(days), count))
    tickers = [f"A{i:03}" for i in range(count)]
    closes = pd.DataFrame(50 * np.cumprod(1 + returns, axis=0), days, tickers)
    closes["MKT"] = 100 * np.cumprod(1 + market)
    closes.to_csv(place / "prices.csv", index_label="date")
    named = "market" if grouped else ";".join(tickers)
    (place / "events.csv").write_text(
        "event_id,title,announced_at,groups,headline\n"
        f"one,One,{days[330]:%Y-%m-%d},{named},yes\n"
        f"two,Two,{days[350]:%Y-%m-%d},{named},yes\n"
    )
    members = ", ".join(f'"{ticker}"' for ticker in tickers)
    (place / "groups.toml").write_text(
        f'[groups.market]\nlabel = "Market"\nmembers = [{members}]\n'
    )
    prices = es.load_prices(place / "prices.csv")
    study = es.EventStudy(benchmark="MKT")
    events, groups = es.read_events(place / "events.csv"), es.read_groups(place / "groups.toml")
    return study.run(events, prices, event_ids=["one"], groups=groups), prices


def work_of(job: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many functions a job calls, and how many figures it has looked up in Student's t."""
    sizes: list[int] = []
    stdtr, p_values = refits.special.stdtr, outcome._p_values

    def counted(df: object, t: object) -> object:
        sizes.append(np.size(t))
        return stdtr(df, t)

    def many(t: np.ndarray, df: np.ndarray) -> np.ndarray:
        sizes.append(np.size(t))
        return p_values(t, df)

    profile = cProfile.Profile()
    with monkeypatch.context() as patched:
        patched.setattr(refits.special, "stdtr", counted)
        patched.setattr(outcome, "_p_values", many)
        profile.runcall(job)
    return sum(entry.callcount for entry in profile.getstats()), sum(sizes)


@pytest.mark.parametrize("grouped", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_work_grows_with_the_assets_alone(grouped, tmp_path, monkeypatch) -> None:
    work = []
    for count in (SIZES[0], *SIZES):  # the first one loads modules
        result, prices = market_of(count, grouped, tmp_path)

        def job(result=result, prices=prices) -> None:
            story = Story(result, "one", es.gather_evidence(result, prices))
            assert len(event_results(story)["assets"]) == result.n
            contents.tell(story)

        work.append(work_of(job, monkeypatch))
    first, second = np.diff(np.array(work[1:]), axis=0)
    assert (first > 0).all()
    assert (second < 2.5 * first).all()  # twice as many assets more; squares would take four times
