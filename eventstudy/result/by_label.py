"""Means and tests of the observations by any of their labels, after the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.labels import weights_in
from eventstudy.models.rolling import model_for
from eventstudy.result.means import mean_weights, spread_means
from eventstudy.result.tables import tests_frame
from eventstudy.significance.registry import chosen_tests
from eventstudy.significance.run import run_tests
from eventstudy.significance.sample import FittedGroup

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.estimation.estimates import Estimates
    from eventstudy.models.kernel.batch import Panel
    from eventstudy.spec.windows import Window


def means_by(assets: Estimates, column: str, windows: Sequence[Window]) -> pd.DataFrame:
    """Mean AR or CAR by label: columns of the label, start, end, estimate, se, n, positive.

    Args:
        assets: The observations.
        column: One of their labels.
        windows: Days inside the estimated ones.
    """
    parts = []
    for window in windows:
        table = assets.car_table(window)
        part = spread_means(
            table["car"].to_numpy(),
            assets.labels[column],
            mean_weights(assets.spec, assets.labels, table["se"].to_numpy()),
        )
        part = part.rename_axis(column).reset_index()
        parts.append(part.assign(start=window.start, end=window.end))
    return pd.concat(parts, ignore_index=True)


def tests_by(
    assets: Estimates, panel: Panel | None, column: str, tests: str | Sequence[str] | None
) -> pd.DataFrame:
    """Tests of all observations and of each label's; see `StudyResult.tests_by`."""
    if panel is None:
        raise InputError(
            "A loaded result has no estimation windows left to test other groups or tests; run the "
            "study again, with the tests wanted in tests=."
        )
    if column not in assets.labels:
        known = [str(name) for name in assets.labels]
        raise unknown_name("column of the observations", column, known)
    if tests is not None:
        chosen_tests(tests)
    spec = assets.spec if tests is None else assets.spec.model_copy(update={"tests": tests})
    model = model_for(spec)
    if model.regression is None and not assets.has_placebo:
        raise InputError(
            f"The estimation windows of the model {model.name} were not kept; run the study with "
            "placebo=True."
        )
    weights = weights_in(assets.labels, spec)
    groups = []
    for name, rows in _members(assets.labels[column]).items():
        weighty = rows if weights is None else rows[np.isfinite(weights[rows])]
        if len(weighty):
            groups.append(
                FittedGroup(
                    name=name,
                    fits=assets.fits.take(weighty),
                    positions=assets.positions.take(weighty),
                    model=model,
                    spec=spec,
                    panel=panel,
                    rows=weighty,
                    weights=None if weights is None else weights[weighty],
                )
            )
    return tests_frame(run_tests(groups, spec))


def _members(labels: pd.Series[Any]) -> Mapping[str, Ints]:
    """All observations, then those of each label by the order of their first."""
    codes, names = pd.factorize(labels)
    rows = {str(name): np.flatnonzero(codes == at) for at, name in enumerate(names)}
    rows.pop("all", None)
    return {"all": np.arange(len(labels)), **rows}
