"""Means of CARs by a label, with or without weights, and their spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.estimation.labels import weights_in
from eventstudy.models.kernel.batch import Floats
from eventstudy.spec.study_spec import PRECISION, StudySpec

ROUNDING = 1e-12
"""A share of the variance that is left by rounding."""


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


def small_sample(s2: Floats, s3: Floats) -> Floats:
    """The c with which cΣw²(x − Σwx)² is unbiased for σ²Σw², the variance of a weighted mean.

    Σw²/(Σw² − 2Σw³ + (Σw²)²), for weights of sum 1 whatever their range: N/(N − 1) where all weigh
    alike, and large where one observation has nearly all of the weight and so makes the mean its
    own. NaN where it has all of it up to rounding.

    Args:
        s2: Σw².
        s3: Σw³.
    """
    left = s2 - 2 * s3 + s2**2
    known = left > ROUNDING
    return np.where(known, s2 / np.where(known, left, 1.0), np.nan)


def spread_means(values: Floats, by: pd.Series[Any], weights: Floats) -> pd.DataFrame:
    """Mean, standard error, count and positives by label: columns estimate, se, n, positive.

    se = √(cΣw²(x − mean)²) with w of sum 1 and c of `small_sample`: sd/√N where all weigh alike.

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
    squares, s2, s3 = (
        part.groupby(table["by"], dropna=False).sum(min_count=1)
        for part in ((w * apart) ** 2, w**2, w**3)
    )
    correction = small_sample(s2.to_numpy(), s3.to_numpy())
    return pd.DataFrame(
        {
            "estimate": mean,
            "se": np.sqrt(squares * correction).where(n > 1),
            "n": n,
            "positive": (table["x"] > 0).groupby(table["by"], dropna=False).sum(),
        }
    )
