"""Means of CARs by a label, with or without weights, and their spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.estimation.labels import weights_in
from eventstudy.models.kernel.batch import Floats
from eventstudy.spec.study_spec import PRECISION, StudySpec


def mean_weights(spec: StudySpec, labels: pd.DataFrame, se: Floats) -> Floats:
    """(N,) weights of any sum: all 1 where observations weigh alike, NaN where one has none.

    Args:
        spec: The study's options.
        labels: One row an observation.
        se: (N,) standard error of each CAR.
    """
    if spec.weights == PRECISION:
        return np.asarray(1 / se)
    known = weights_in(labels, spec)
    return np.ones(len(labels)) if known is None else known


def spread_means(values: Floats, by: pd.Series[Any], weights: Floats) -> pd.DataFrame:
    """Mean, standard error, count and positives by label: columns estimate, se, n, positive.

    se = √(Σw²(x − mean)²·N/(N − 1)) with w of sum 1, which is sd/√N where all weigh alike.

    Args:
        values: (N,) CARs, NaN where missing.
        by: (N,) labels.
        weights: (N,) of any sum; NaN leaves an observation out.
    """
    table = pd.DataFrame({"x": values, "w": weights, "by": by.to_numpy()})
    table["x"] = table["x"].where(table["w"].notna())
    table["w"] = table["w"].where(table["x"].notna())
    sums = table.groupby("by", dropna=False)
    w = table["w"] / sums["w"].transform("sum")
    mean = (w * table["x"]).groupby(table["by"], dropna=False).sum(min_count=1)
    apart = table["x"] - mean.reindex(table["by"]).to_numpy()
    n = sums["x"].count()
    squares = ((w * apart) ** 2).groupby(table["by"], dropna=False).sum(min_count=1)
    several = n.where(n > 1)
    return pd.DataFrame(
        {
            "estimate": mean,
            "se": np.sqrt(squares * several / (several - 1)),
            "n": n,
            "positive": (table["x"] > 0).groupby(table["by"], dropna=False).sum(),
        }
    )
