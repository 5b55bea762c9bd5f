"""The whole study by `bare`: every observation, every portfolio, every group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from eventstudy.crosscheck.bare import (
    BareFit,
    fit_bare,
    observed_windows,
    portfolio_of,
    same_sessions,
)
from eventstudy.crosscheck.figures import Figure, table_of_figures
from eventstudy.crosscheck.groups import BareGroup, group_figures, groups_of
from eventstudy.crosscheck.saved import SavedStudy


@dataclass(frozen=True, slots=True, eq=False)
class BareStudy:
    """Everything estimated again."""

    study: SavedStudy
    fits: tuple[BareFit, ...]
    groups: Mapping[str, BareGroup]
    figures: pd.DataFrame
    """As `table_of_figures`."""


def repeat_bare(study: SavedStudy) -> BareStudy:
    """Estimate a saved study again with statsmodels.

    Args:
        study: Its returns and options.
    """
    level, asked, regression = study.spec.confidence, study.windows, study.regression
    observed = observed_windows(study.returns, regression)
    fits = [fit_bare(each, regression, asked, level) for each in observed]
    figures: list[Figure] = [figure for fit in fits for figure in fit.figures]
    first = {(each.event_id, each.name): each for each in reversed(observed)}
    for (event_id, group), names in study.members.items():
        own = [first[event_id, name] for name in names if (event_id, name) in first]
        if len(own) > 1 and same_sessions(own):
            joint = portfolio_of(own, event_id, group)
            figures += fit_bare(joint, regression, asked, level).figures
    table = study.tables.get("car")
    car = _without_rows() if table is None else table
    named = groups_of(car, study.members, fits)
    groups = {name: BareGroup(name, own, study.spec.kp) for name, own in named.items()}
    for each in groups.values():
        figures += group_figures(each, regression, asked, level)
    return BareStudy(study, tuple(fits), groups, table_of_figures(figures))


def _without_rows() -> pd.DataFrame:
    return pd.DataFrame({"event_id": [], "ticker": [], "group": []})
