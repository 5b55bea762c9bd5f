"""How CARs of many events are spread, which of them lie far out, and what was left out."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.report.pooled.story import PooledStory, unestimated

FAR = 5.0
"""Robust standard deviations from the median beyond which a CAR is an outlier."""
ROBUST = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""
TAIL = 0.01
"""What the trimmed mean leaves out and the winsorised one pulls in at each end, in whole
observations: of fewer than 100 none."""
NAMED = 12
"""Outliers that the page names, on each side."""
SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_FIGURE = re.compile(r"\d{4}-\d{2}-\d{2}|[+−-]?\d[\d,.]*\d|[+−-]?\d")


def known_cars(story: PooledStory) -> Floats:
    """(N,) the CARs over the focus window that exist."""
    cars = story.cars["car"].to_numpy(dtype=np.float64)
    return np.asarray(cars[np.isfinite(cars)])


def distribution(story: PooledStory) -> pd.DataFrame:
    """Mean, spread, quantiles and robust means of the CARs over the focus window."""
    x = known_cars(story)
    names = ["mean", "sd", *(f"quantile_{100 * share:g}" for share in SHARES)]
    names += ["trimmed_mean", "winsorised_mean"]
    if not len(x):
        return pd.DataFrame({"quantity": names, "value": np.nan})
    sd = x.std(ddof=1) if len(x) > 1 else np.nan
    outer = int(TAIL * len(x))
    inside = np.sort(x)[outer : len(x) - outer]
    winsorised = np.clip(x, inside[0], inside[-1])
    values = [x.mean(), sd, *np.quantile(x, SHARES), inside.mean(), winsorised.mean()]
    return pd.DataFrame({"quantity": names, "value": values})


def outliers(story: PooledStory) -> pd.DataFrame:
    """The observations whose CAR lies far from the median, the furthest first.

    Columns event_id, ticker, group, day0, car and distance, in robust standard deviations
    (1.4826 times the median absolute deviation).
    """
    columns = ["event_id", "ticker", "group", "day0", "car"]
    table = story.cars[columns][story.cars["car"].notna().to_numpy()]
    x = table["car"].to_numpy(dtype=np.float64)
    if not len(x):
        return table.assign(distance=np.empty(0))
    middle = np.median(x)
    spread = ROBUST * np.median(np.abs(x - middle))
    if not spread > 0:
        return table.iloc[:0].assign(distance=np.empty(0))
    distance = (x - middle) / spread
    far = table.assign(distance=distance)[np.abs(distance) > FAR]
    order = np.argsort(-np.abs(far["distance"].to_numpy()), kind="stable")
    return pd.DataFrame(far.iloc[order].reset_index(drop=True))


def mean_without(story: PooledStory, far: pd.DataFrame) -> float:
    """The plain mean of the CARs without the outliers."""
    keys = pd.MultiIndex.from_frame(far[["event_id", "ticker"]])
    own = pd.MultiIndex.from_frame(story.cars[["event_id", "ticker"]])
    return float(story.cars["car"][~own.isin(keys)].mean())


def counted_reasons(story: PooledStory) -> pd.DataFrame:
    """Why observations were left out, counted: stage, kind, count, example.

    Reasons that differ in a ticker, a date or a number alone are of one kind; the example is the
    first of them. Windows that lack a day come last: their observations are in the other figures.
    """
    out = story.result.exclusions
    if out.empty:
        return pd.DataFrame(columns=["stage", "kind", "count", "example"])
    kinds = [
        reason_kind(str(reason), str(ticker))
        for reason, ticker in zip(out["reason"], out["ticker"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "stage": out["stage"].astype(str).to_numpy(),
            "kind": kinds,
            "example": [
                f"{ticker} at {event}: {reason}"
                for ticker, event, reason in zip(
                    out["ticker"], out["event_id"], out["reason"], strict=True
                )
            ],
        }
    )
    grouped = table.groupby(["stage", "kind"], sort=False)
    counts = grouped["example"].agg(["size", "first"]).reset_index()
    counts.columns = pd.Index(["stage", "kind", "count", "example"])
    window = counts["stage"].str.startswith("CAR ")
    order = np.lexsort((-counts["count"].to_numpy(), window.to_numpy()))
    return pd.DataFrame(counts.iloc[order].reset_index(drop=True))


def reason_kind(reason: str, ticker: str) -> str:
    """A reason without its ticker, dates and numbers: "has no return until …".

    Args:
        reason: A cell of the exclusions.
        ticker: Of its row.
    """
    words = " ".join("the asset" if word == ticker else word for word in reason.split(" "))
    return _FIGURE.sub("…", words)


def dates_shared(story: PooledStory) -> pd.DataFrame:
    """Each day 0 with how many observations share it: day0, count."""
    counts = story.result.assets.labels["day0"].value_counts().sort_index()
    return pd.DataFrame({"day0": counts.index, "count": counts.to_numpy()})


def estimated_share(story: PooledStory) -> tuple[int, int]:
    """Observations with an estimate, and all that were asked for."""
    return story.result.n, story.result.n + len(unestimated(story.result))
