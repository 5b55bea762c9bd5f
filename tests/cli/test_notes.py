"""What looks wrong in prices is said by every verb that takes a price file."""

from __future__ import annotations

import pytest

import eventstudy as es

SPLIT = ("NVDA", "2024-06-10", "10:1")
EVENTS = "event_id,title,announced_at,groups\ndeepseek-app-store,DeepSeek,2025-01-27,NVDA\n"


@pytest.fixture
def unadjusted(folder):
    """The packaged prices with the split of NVDA of 10 June 2024 forgotten."""
    prices = es.load_prices("bundled", tickers=["NVDA", "AMD", "^GSPC", "^IXIC"]).adj_close.copy()
    prices.loc[:"2024-06-07", "NVDA"] *= 10
    prices.to_csv(folder / "p.csv")
    (folder / "e.csv").write_text(EVENTS)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "run --events e.csv --source p.csv --no-progress",
        "claims deepseek-app-store --events e.csv --source p.csv",
        "prices fetch NVDA AMD --source p.csv",
        "calibrate --source p.csv --samples 5 --events 1 --tests t",
    ],
)
def test_a_split_is_told_by_every_verb(call, unadjusted, words: str) -> None:
    answer = call(*words.split())
    told = " ".join(f"{answer.out} {answer.err}".split())
    assert all(fact in told for fact in SPLIT), answer.err
