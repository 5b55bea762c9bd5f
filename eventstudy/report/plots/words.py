"""How the plots of a result name what they show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Ints
from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.result.entities import is_index
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted, window_text
from eventstudy.text.words import date_text, short_date

MOST_ROWS = 45
"""Assets in a forest or heatmap; of more the furthest from zero."""
MOST_OBSERVATIONS = 5_000
"""Of a forest or heatmap: more have nothing to say one by one."""


def day_text(day: int) -> str:
    """A relative session: "+10", "−1", "0"."""
    return Window(day, day).label


def what_text(window: Window) -> str:
    """What is drawn over a window: of one day the abnormal return, else the CAR."""
    return "Abnormal return" if window.length == 1 else "CAR"


def when_text(window: Window) -> str:
    """Such as "on day 0", "over [0, +5]"."""
    return f"{'on' if window.length == 1 else 'over'} {window_text(window)}"


def observations_text(result: StudyResult) -> str:
    """Such as "25 assets" of one event, "400 observations" of several."""
    count = int(counted_rows(result).sum())
    return counted(count, "asset" if one_event(result) else "observation")


def counted_rows(result: StudyResult) -> Bools:
    """(N,) the observations that a count of assets is of: indices hold assets and are none.

    A study of indices alone counts them.
    """
    shares = np.array([not is_index(str(ticker)) for ticker in result.assets.labels["ticker"]])
    return shares if shares.any() else np.ones(len(shares), dtype=np.bool_)


def one_event(result: StudyResult) -> bool:
    """Whether all observations are of one event."""
    return len(result.assets.labels["event_id"].unique()) == 1


def setting_text(result: StudyResult) -> str:
    """Model, benchmark, estimation window, day 0 and N, of a result with observations."""
    labels, cast = result.assets.labels, Participants(result)
    benchmarks = [str(name) for name in labels["benchmark"].unique() if name]
    against = f" on {cast.name(benchmarks[0])}" if len(benchmarks) == 1 else ""
    days = labels["day0"].unique()
    placed = f"is {date_text(pd.Timestamp(days[0]))}"
    if len(days) > 1:
        placed = f"on {len(days):,} dates"
    return (
        f"{result.model_label}{against}, estimated on {result.spec.rows} {result.spec.estimation}; "
        f"day 0 {placed}; N = {result.n:,}"
    )


def marker_text(result: StudyResult) -> str:
    """What stands at day 0: its date where all observations share it; "" outside the window."""
    labels = result.assets.labels
    if not result.spec.window.covers(Window(0, 0)):
        return ""
    if "minute0" in labels:
        return "minute 0"
    if len(labels["day0"].unique()) != 1:
        return "day 0"
    return short_date(labels["day0"].iloc[0])


def group_text(cast: Participants, group: str) -> str:
    """A group's name; none for the group of a study without groups."""
    return "" if group == "all" else cast.group_label(str(group))


def observation_labels(result: StudyResult, estimates: Estimates, rows: Ints) -> list[str]:
    """A name an observation, each but once: its asset's, with ticker or event where these differ.

    `estimates` are the assets' or the portfolios' of the result.
    """
    cast, labels = Participants(result), estimates.labels.iloc[rows]
    together = estimates is result.portfolios
    name = cast.group_label if together else cast.name
    table = pd.DataFrame(
        {
            "name": [name(str(ticker)) for ticker in labels["ticker"]],
            "ticker": labels["ticker"].astype(str).to_numpy(),
            "event": labels["event_id"].astype(str).to_numpy(),
        }
    )
    shared = table.groupby("name")["ticker"].transform("nunique") > 1
    table["name"] = table["name"].where(~shared, table["name"] + " (" + table["ticker"] + ")")
    again = table.duplicated("name", keep=False)
    table["name"] = table["name"].where(~again, table["name"] + ", " + table["event"])
    return list(table["name"])


def furthest(statistic: pd.Series[float]) -> Ints:
    """Positions of the observations that are drawn, in order: all, or those furthest from zero."""
    size: Floats = np.abs(statistic.to_numpy(dtype=np.float64))
    if len(size) <= MOST_ROWS:
        return np.arange(len(size))
    return np.sort(np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")[:MOST_ROWS])


def drawn_cars(result: StudyResult, window: Window) -> pd.DataFrame:
    """The CAR table of observations that are drawn one by one.

    Raises:
        InputError: there are none, or too many.
    """
    if not result.n:
        raise InputError("No observation could be estimated, so there is nothing to draw.")
    if result.n > MOST_OBSERVATIONS:
        raise InputError(
            f"The result has {result.n:,} observations, too many to draw one by one "
            f"({MOST_OBSERVATIONS:,} at most); draw the means of groups with plot_caar()."
        )
    return result.car(window)
