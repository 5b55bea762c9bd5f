"""A stand-in for EDGAR, and `events from-edgar` turned to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from edgar_server import Made, MadeCompany, StandIn

WHO = "Jane Doe jane.doe@example.org"


def nvidia() -> MadeCompany:
    """Results after the close in summer and winter, one before the open, an amendment, a cluster."""
    return MadeCompany(
        1045810,
        "NVDA",
        "MADE-UP CHIPS CORP",
        [
            Made("000009", "8-K", "2025-02-26 16:21:20 EST", "2.02,9.01", "2025-02-26", 900),
            Made("000008", "10-Q", "2024-11-20 16:35:00 EST", "", "2024-10-27", 800),
            Made("000007", "8-K", "2024-11-20 16:20:10 EST", "2.02,9.01", "2024-11-20", 700),
            Made("000006", "8-K/A", "2024-06-10 09:01:02 EDT", "5.02", "2024-06-05", 600),
            Made("000005", "8-K", "2024-06-05 08:00:00 EDT", "5.02", "2024-06-05", 500),
            Made("000004", "8-K", "2024-05-22 16:20:55 EDT", "2.02,9.01", "2024-05-22", 400),
            Made("000003", "8-K", "2024-03-05 15:59:59 EST", "8.01", "2024-03-05", 300),
            Made("000002", "8-K", "2024-03-05 07:30:00 EST", "7.01,9.01", "2024-03-05", 200),
            Made("000001", "8-K", "2024-03-04 17:31:00 EST", "5.02", "2024-03-01", 100, "2024-03-05"),
        ],
        [Made("000100", "8-K", "2019-08-15 16:21:00 EDT", "2.02,9.01", "2019-08-15", 100)],
    )  # fmt: skip


@pytest.fixture
def edgar() -> Iterator[StandIn]:
    with StandIn(nvidia()) as server:
        yield server


@pytest.fixture
def here(
    edgar: StandIn, call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """`eventstudy …` in an empty folder, its EDGAR the stand-in, its waits not waited."""
    from eventstudy.origins import edgar_site

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGAR_IDENTITY", WHO)
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache" / "prices"))
    monkeypatch.setattr(edgar_site, "WWW", edgar.base)
    monkeypatch.setattr(edgar_site, "DATA", edgar.base)
    monkeypatch.setattr(edgar_site, "PER_SECOND", 1000)
    monkeypatch.setattr(edgar_site, "FIRST_WAIT", 0.01)
    return call
