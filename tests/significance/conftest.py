"""A group of observations straight from arrays, without frames, dates or files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.sample import FittedGroup
from eventstudy.spec.study_spec import StudySpec

MakeGroup = Callable[..., FittedGroup]


def _group(
    returns: np.ndarray,
    market: np.ndarray,
    day0: Sequence[int],
    *,
    asset: Sequence[int] | None = None,
    design: Sequence[int] | None = None,
    model: str = "market",
    **options: Any,
) -> FittedGroup:
    """Observation i is row asset[i] of `returns` (A, T) at session day0[i]; `market` (T,) or (D, T)."""
    given = {
        "estimation": (-60, -11),
        "window": (-5, 5),
        "car": ((-1, 1),),
        "min_obs": 5,
        **options,
    }
    spec = StudySpec(**given)
    market = np.atleast_2d(market)
    x = market[:, :, None] if model != "mean" else np.empty((*market.shape, 0))
    panel = Panel(returns, x)
    n = len(day0)
    at = Positions(
        np.arange(n) if asset is None else np.asarray(asset),
        np.asarray(day0, dtype=np.int64),
        np.zeros(n, dtype=np.int64) if design is None else np.asarray(design),
    )
    chosen = get_model(model)
    return FittedGroup(
        name="g",
        fits=estimate(panel, at, chosen, spec, keep_windows=True),
        positions=at,
        model=chosen,
        spec=spec,
        panel=panel,
        rows=np.arange(n),
    )


@pytest.fixture
def make_group() -> MakeGroup:
    return _group
