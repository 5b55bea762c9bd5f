"""The study again by StatsPAI, from the same returns.

`statspai.abnormal_returns` takes one window a call and tests the mean of all events that it is
given, so that it is called for every group and window.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.crosscheck.bare import BareFit, Windows
from eventstudy.crosscheck.bare_study import BareStudy
from eventstudy.crosscheck.figures import ASSET, GROUP, Figure, table_of_figures, window_key
from eventstudy.crosscheck.saved import SavedStudy

TESTS = {
    "cross_sectional": "csect_t",
    "patell": "patell_z",
    "bmp": "bmp_t",
    "adj_patell": "patell_kp_z",
    "kp": "bmp_kp_t",
    "grank": "grank_t",
    "sign_rank": "wilcoxon_z",
}
"""Its tests → ours."""
EVERY_DAY = 100
"""Observations up to which every day of the event window is repeated beside the CAR windows."""
_MODELS = {"market": "market", "market_adjusted": "market_adjusted", "mean": "mean_adjusted"}


def why_not_statspai(bare: BareStudy) -> str:
    """Why StatsPAI cannot repeat a study, as a sentence; empty where it can.

    Args:
        bare: The study by statsmodels.
    """
    from importlib.util import find_spec

    spec = bare.study.spec
    if find_spec("statspai") is None:
        return "StatsPAI is not installed: pip install StatsPAI."
    if spec.post_estimation or spec.estimation.end >= spec.span.start:
        return "StatsPAI needs one estimation window that ends before the event window."
    return ""


def repeat_statspai(bare: BareStudy) -> pd.DataFrame:
    """Estimate a saved study again with StatsPAI; what it computes as `table_of_figures`.

    Args:
        bare: The study by statsmodels, for its options and the observations of each group.
    """
    study = bare.study
    windows = study.windows
    if len(bare.fits) > EVERY_DAY:
        days = [(0, 0)] if 0 in study.days else []
        windows = tuple(dict.fromkeys([*days, *((w.start, w.end) for w in study.spec.car)]))
    figures: list[Figure] = []
    for name, group in bare.groups.items():
        data = _data(study, group.fits)
        for window in windows:
            figures += _of_group(study, name, group.fits, data, window)
    return table_of_figures(figures)


def _data(study: SavedStudy, fits: Sequence[BareFit]) -> pd.DataFrame:
    """Long returns, an id an observation; what the study left out of a fit is missing."""
    twice = fits if len(fits) > 1 else [*fits, *fits]  # it wants two events at least
    return pd.concat(
        [_rows(study, str(place), fit.windows) for place, fit in enumerate(twice)],
        ignore_index=True,
    )


def _rows(study: SavedStudy, name: str, each: Windows) -> pd.DataFrame:
    estimation = np.isin(each.days, study.spec.estimation_days)
    ret = np.where(estimation & ~each.used, np.nan, each.net)
    columns = {f"x{k}": each.x[:, k] for k in range(each.x.shape[1])}
    if not study.regression.fitted:  # the offset is off the return already
        columns = {"x0": np.zeros(len(each.days))}
    frame = pd.DataFrame({"id": name, "date": each.dates, "ret": ret, **columns})
    return frame.assign(event_date=each.dates[each.days == 0][0])


def _of_group(
    study: SavedStudy,
    group: str,
    fits: Sequence[BareFit],
    data: pd.DataFrame,
    window: tuple[int, int],
) -> Iterator[Figure]:
    found = _asked(study, data, window)
    if found is None:
        return
    at = window_key(*window)
    for row in found.events.reset_index().to_dict("records"):
        place = int(str(row["id"]))
        if place < len(fits):
            yield from _of_event(fits[place].windows, row, at)
    if len(fits) < 2:
        return
    key = (GROUP, "", group, 0, at)
    yield Figure(*key, "mean", float(found.caar), float(found.events["car"].abs().mean()))
    yield Figure(*key, "n", float(found.n_events))
    for theirs, ours in TESTS.items():
        statistic, p = (float(found.tests.loc[theirs, head]) for head in ("statistic", "pvalue"))
        yield Figure(*key, ours, statistic, max(1.0, abs(statistic)))
        yield Figure(*key, f"{ours} p", p)


def _of_event(windows: Windows, row: Mapping[str, Any], at: str) -> Iterator[Figure]:
    key = (ASSET, windows.event_id, windows.name, windows.place)
    for ours, theirs in (("n_obs", "n_est"), ("df", "dof")):
        yield Figure(*key, "", ours, float(row[theirs]))
    yield Figure(*key, "", "s", float(row["resid_var"]) ** 0.5)
    se, t = float(row["se"]), float(row["t"])
    yield Figure(*key, at, "car", float(row["car"]), se)
    yield Figure(*key, at, "se", se)
    yield Figure(*key, at, "t", t, max(1.0, abs(t)))
    yield Figure(*key, at, "p_value", float(row["pvalue"]))


def _asked(study: SavedStudy, data: pd.DataFrame, window: tuple[int, int]) -> Any:
    """What StatsPAI finds of one window; None where fewer than two events have it."""
    import statspai
    from statspai.exceptions import DataInsufficient

    spec = study.spec
    model = _MODELS.get(spec.model, "factor")
    regressors = [name for name in data.columns if name.startswith("x")]
    explained: dict[str, Any] = {"factors": regressors} if model == "factor" else {}
    if model in ("market", "market_adjusted"):
        explained = {"market": "x0"}
    events = data.drop_duplicates("id")[["id", "event_date"]].reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the events that have no CAR
        try:
            return statspai.abnormal_returns(
                data,
                events,
                model=model,
                event_window=window,
                estimation_window=(spec.estimation.start, spec.estimation.end),
                min_obs=spec.min_obs,
                correlation=spec.kp,
                **explained,
            )
        except DataInsufficient:
            return None
