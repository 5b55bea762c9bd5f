"""The figures of a table for print, row by row and window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.quoted import quoted_table
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.significance.names import STANDARDISED
from eventstudy.spec.windows import Window

FIGURES = ("car", "se", "t", "ci_low", "ci_high", "p")


@dataclass(frozen=True, eq=False)
class TableFigures:
    """N rows of figures over W windows."""

    keys: pd.DataFrame
    """(N rows) event_id, group, ticker of assets; group alone of groups; label and heading are
    what is printed."""
    windows: tuple[Window, ...]
    tables: tuple[pd.DataFrame, ...]
    """W tables of N rows: FIGURES, kind (of p: placebo, t or the name of a test), reason."""
    count: tuple[int, ...]
    """Observations with a figure, by window."""
    remark: str = ""
    """What the rows are, where they are not assets."""
    means: tuple[str, ...] = ()
    """For means over observations: what their standard errors are from."""

    def frame(self) -> pd.DataFrame:
        """The figures as a tidy table: rows by window, in the order of print."""
        keys = self.keys.drop(columns=["label", "heading"])
        parts = [
            keys.assign(start=window.start, end=window.end, **table[list(FIGURES)])
            for window, table in zip(self.windows, self.tables, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)


def figures_of(
    result: StudyResult, windows: Sequence[Window], rows: str, groups: Sequence[str] | None
) -> TableFigures:
    """The figures of the assets or groups wanted.

    Raises:
        InputError: For a result without an estimate, and for a group that is not there.
    """
    if not result.n:
        raise InputError("The result has no estimate to show; see result.exclusions.")
    if rows == "assets":
        return _assets(result, windows, groups)
    if len(result.portfolios.labels) and len(set(result.assets.labels["event_id"])) == 1:
        return _portfolios(result, windows, groups)
    return _means(result, windows, groups)


def _check_groups(groups: Sequence[str] | None, known: Sequence[str]) -> None:
    for name in groups or ():
        if name not in known:
            raise unknown_name("group in this result", str(name), known)


def _inside(result: StudyResult, groups: Sequence[str] | None) -> npt.NDArray[np.bool_]:
    """(N,) which assets are in the groups, also in one that is not the first to list them."""
    labels = result.assets.labels
    if groups is None:
        return np.ones(len(labels), dtype=bool)
    cast, first = Participants(result), set(labels["group"])
    also = [ticker for group in groups if group not in first for ticker in cast.members(group)]
    return (labels["group"].isin(list(groups)) | labels["ticker"].isin(also)).to_numpy()


def _assets(
    result: StudyResult, windows: Sequence[Window], groups: Sequence[str] | None
) -> TableFigures:
    cast = Participants(result)
    _check_groups(groups, cast.groups)
    chosen = _inside(result, groups)
    keys = result.assets.labels.loc[chosen, ["event_id", "group", "ticker"]].reset_index(drop=True)
    several = len(set(keys["event_id"])) > 1
    grouped = len(set(keys["group"])) > 1 or groups is not None
    headings = [
        " · ".join([str(event)] * several + [cast.group_label(str(group))] * grouped)
        for event, group in zip(keys["event_id"], keys["group"], strict=True)
    ]
    keys = keys.assign(label=[cast.name(t) for t in keys["ticker"]], heading=headings)
    keys = _together(keys)
    tables = tuple(
        _quoted_cars(result.assets, window).loc[chosen].iloc[keys.index] for window in windows
    )
    return TableFigures(
        keys.reset_index(drop=True),
        tuple(windows),
        tuple(table.reset_index(drop=True) for table in tables),
        tuple(int(table["car"].notna().sum()) for table in tables),
    )


def _together(keys: pd.DataFrame) -> pd.DataFrame:
    """The rows of one heading after one another, headings in order of their first row."""
    order = pd.Series(pd.factorize(keys["heading"])[0], index=keys.index)
    return keys.loc[order.sort_values(kind="stable").index]


def _quoted_cars(estimates: Estimates, window: Window) -> pd.DataFrame:
    table = estimates.car_table(window).reset_index()
    quoted = quoted_table(table, estimates.spec.confidence)
    names = {"low": "ci_low", "high": "ci_high", "p": "p", "test": "kind"}
    figures = table[["car", "se", "t"]].join(quoted[list(names)].rename(columns=names))
    return figures.assign(reason=table["reason"])


def _portfolios(
    result: StudyResult, windows: Sequence[Window], groups: Sequence[str] | None
) -> TableFigures:
    """The groups of one event, each as a portfolio or as its only asset."""
    cast = Participants(result)
    _check_groups(groups, cast.groups)
    entities = [e for e in cast.entities if groups is None or e.group in groups]
    members = list(dict.fromkeys(ticker for entity in entities for ticker in entity.members))
    tables, count = [], []
    for window in windows:
        assets, portfolios = (_quoted_cars(s, window) for s in (result.assets, result.portfolios))
        own = [(portfolios if e.portfolio else assets).iloc[[cast.row_of(e)[1]]] for e in entities]
        tables.append(pd.concat(own, ignore_index=True))
        inside = result.assets.labels["ticker"].isin(members).to_numpy()
        count.append(int(assets.loc[inside, "car"].notna().sum()))
    names = [f"{e.name} ({len(e.members)})" if e.portfolio else e.name for e in entities]
    keys = pd.DataFrame({"group": [e.group for e in entities], "label": names, "heading": ""})
    remark = f"Groups are portfolios, {result.spec.weighting}, the number of assets behind the name"
    if any(len(cast.members(e.group)) > 1 and e.key.startswith("^") for e in entities):
        remark += "; the first of several indices stands for its group"
    return TableFigures(keys, tuple(windows), tuple(tables), tuple(count), f"{remark}.")


def _means(
    result: StudyResult, windows: Sequence[Window], groups: Sequence[str] | None
) -> TableFigures:
    """Means over the observations of each group, with the headline test."""
    cast, averages = Participants(result), result.averages
    _check_groups(groups, list(dict.fromkeys(averages["group"])))
    tested = result.tests[result.tests["headline"].astype(bool)]
    names = [name for name in dict.fromkeys(averages["group"]) if groups is None or name in groups]
    tables, sources, count = [], [], []
    for window in windows:
        mine = _over(averages, window).set_index("group").reindex(names)
        if mine["n"].isna().all():
            raise InputError(
                f"There is no mean over {window}; add it to car= and run again, or take "
                'rows="assets".'
            )
        quoted_tests = _over(tested, window).set_index("group").reindex(names)
        tables.append(
            pd.DataFrame(
                {
                    **dict.fromkeys(FIGURES, np.nan),
                    "car": mine["tested"].to_numpy(),
                    "se": mine["se"].to_numpy(),
                    **{end: mine[end].to_numpy() for end in ("ci_low", "ci_high") if end in mine},
                    "p": quoted_tests["p_value"].to_numpy(),
                    "kind": quoted_tests["test"].fillna("").to_numpy(),
                    "reason": np.where(mine["tested"].isna(), "no observation has a figure", ""),
                }
            )
        )
        sources += [source for source in mine["se_from"].dropna() if source]
        inside = _inside(result, None if "all" in names else names)
        count.append(int(np.isfinite(result.car(window)["car"].to_numpy()[inside]).sum()))
    sizes = averages.groupby("group", sort=False)["n"].max()
    labels = [f"{'All' if n == 'all' else cast.group_label(n)} ({sizes[n]:,})" for n in names]
    keys = pd.DataFrame({"group": names, "label": labels, "heading": ""})
    means = tuple(dict.fromkeys(sources))
    weighted = ", weighted by 1/s.e. of each forecast" if means == (STANDARDISED,) else ""
    remark = f"Groups are means over observations{weighted}, their number behind the name."
    return TableFigures(keys, tuple(windows), tuple(tables), tuple(count), remark, means)


def _over(table: pd.DataFrame, window: Window) -> pd.DataFrame:
    return table[(table["start"] == window.start) & (table["end"] == window.end)]
