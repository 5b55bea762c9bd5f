"""A small panel with a benchmark, and the registered study run once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def wide() -> pd.DataFrame:
    """400 weekdays of returns of five firms and the column mkt."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2024-01-01", periods=400)
    market = 0.01 * rng.normal(size=400)
    firms = 1.2 * market[:, None] + 0.02 * rng.standard_t(5, size=(400, 5))
    return pd.DataFrame(np.column_stack([firms, market]), index=days, columns=[*"ABCDE", "mkt"])


@pytest.fixture
def observations(wide: pd.DataFrame) -> pd.DataFrame:
    """Four events of three firms; A recurs, and two share a date."""
    days = wide.index[[300, 310, 310, 340]]
    return pd.DataFrame({"event_id": ["e1", "e2", "e3", "e4"], "ticker": [*"ABCA"], "date": days})


@pytest.fixture(scope="session")
def registered(flagship) -> es.StudyResult:
    """The headline events of the repository's events.csv on the bundled prices."""
    return flagship.both


@pytest.fixture(scope="session")
def early() -> es.StudyResult:
    """The event at which some firms were hardly listed."""
    events = es.read_events(REPOSITORY / "events.csv")
    return es.EventStudy(compare=()).run(
        events, es.load_prices("bundled"), event_ids=["deepseek-v2"]
    )
