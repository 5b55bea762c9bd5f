"""A made-up market: eight shares, an index and two factors over 340 sessions, one event."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.calendars import sessions_between
from eventstudy.event_study import EventStudy
from eventstudy.events.groups import Group, Groups
from eventstudy.events.registry import Events, read_events
from eventstudy.plans.expectations import read_expectation
from eventstudy.plans.files import SealedPlan, write_plan
from eventstudy.plans.make import PlanInputs, make_plan
from eventstudy.prices.load import load_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import parse_day
from eventstudy.prices.sources.cache import default_cache

TICKERS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH")
FIRST, DAY0, LAST = "2023-06-01", "2024-06-12", "2024-10-04"
BEFORE = "2024-06-11"
"""The session before the event."""
EVENTS = """event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes
launch,A launch,2024-06-12,,news,AAA;chips,,yes,a paper,a note
recall,A recall,2024-02-06,,news,BBB,,no,,
"""
GROUPS = """[groups.chips]
label = "Chips"
members = ["BBB", "CCC", "DDD"]
"""
SPEC = {"estimation": (-160, -11), "window": (-5, 8), "car": [(0, 0), (0, 5)], "min_obs": 60}


@dataclass(frozen=True)
class Market:
    """What a plan is made of, in a folder of its own."""

    folder: Path
    closes: pd.DataFrame

    @property
    def groups(self) -> Groups:
        return Groups({"chips": Group("Chips", ("BBB", "CCC", "DDD"))}, {})

    @property
    def events(self) -> Events:
        return read_events(self.folder / "events.csv")

    def prices(self, until: str | None = None, closes: pd.DataFrame | None = None) -> Prices:
        return load_prices(self.closes if closes is None else closes, end=until)

    def plan(
        self,
        *expected: str,
        until: str | None = BEFORE,
        as_of: str | None = None,
        prices: Prices | None = None,
        name: str = "plan.toml",
        **options: object,
    ) -> SealedPlan:
        """A plan on prices to a day, written and read back."""
        study = EventStudy(**{**SPEC, **options})
        events = self.events
        made = make_plan(
            PlanInputs(
                study=study,
                events=events,
                chosen=(events["launch"],),
                groups=self.groups,
                expectations=[
                    read_expectation(text, study.spec.unit)
                    for text in expected or ("AAA rises 0,0", "chips falls 0,5 -1%")
                ],
                prices=self.prices(until) if prices is None else prices,
                as_of=parse_day(as_of, "as-of"),
                power=0.8,
                source=["prices.csv"],
                files={},
                events_file="events.csv",
                groups_file="groups.toml",
            )
        )
        default_cache().keep(made.vintage)
        return write_plan(made.plan, self.folder / name)


def made_up_closes(jump: float = 0.06) -> pd.DataFrame:
    """Closes of a random walk in which AAA jumps at the event."""
    days = pd.DatetimeIndex(
        sessions_between(parse_day(FIRST, "a"), parse_day(LAST, "b")).astype("datetime64[ns]"),
        name="date",
    )
    draw = np.random.default_rng(11)
    market = 0.0005 + 0.008 * draw.standard_normal(len(days))
    moves = np.column_stack(
        [
            market,
            *(
                b * market + 0.01 * draw.standard_normal(len(days))
                for b in np.linspace(0.6, 1.4, 8)
            ),
        ]
    )
    moves[days.get_loc(pd.Timestamp(DAY0)), 1] += jump
    closes = 100 * np.cumprod(1 + moves, axis=0)
    return pd.DataFrame(np.round(closes, 4), index=days, columns=["^GSPC", *TICKERS])


def write_long(closes: pd.DataFrame, path: Path, until: str | None = None) -> None:
    """A long price file of these closes."""
    shown = closes.loc[:until]
    long = (
        shown.rename_axis("date").reset_index().melt("date", var_name="ticker", value_name="close")
    )
    long.dropna().to_csv(path, index=False)


Steps = tuple[str | int, ...]


def leaves(content: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Where every value of a plan lies, single entries of lists included."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, (*steps, name))
    elif isinstance(content, list) and content:
        for at, value in enumerate(content):
            yield from leaves(value, (*steps, at))
    else:
        yield steps


def other(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 1e-9
    return ["more"] if isinstance(value, list) else f"{value}x"


def put(content: dict[str, Any], steps: Steps, change: Callable[[Any], Any]) -> dict[str, Any]:
    made = copy.deepcopy(content)
    inner: Any = made
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = change(inner[steps[-1]])
    return made


def content_of(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def name_in(steps: Steps, content: dict[str, Any]) -> str:
    """The path of the field that holds a value: entries of a list of values are one field."""
    parts, inner = [], content
    for step in steps:
        tables = isinstance(inner, list) and isinstance(inner[0], dict)
        if isinstance(inner, list) and not tables:
            break
        parts.append(str(step + 1) if isinstance(step, int) else step)
        inner = inner[step]
    return ".".join(parts)
