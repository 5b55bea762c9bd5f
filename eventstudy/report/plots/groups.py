"""The plots of groups: their mean paths, and what each test says of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from eventstudy.arrays import Floats, Ints
from eventstudy.errors import InputError, unknown_name
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.paths import car_paths
from eventstudy.report.charts.lines import MOST_LINES, MOST_SHADED, draw_lines
from eventstudy.report.charts.p_values import draw_p_values
from eventstudy.report.plots import words
from eventstudy.report.plots.canvas import Given, Sketch, put_on
from eventstudy.result.means import mean_weights, spread_means
from eventstudy.result.participants import Participants
from eventstudy.result.result import StudyResult
from eventstudy.significance.outcome import t_quantile
from eventstudy.significance.quoted import rejects
from eventstudy.significance.registry import list_tests
from eventstudy.significance.sums.bands import path_covariance
from eventstudy.spec.study_spec import EQUAL
from eventstudy.spec.windows import as_window
from eventstudy.text.measure import headed
from eventstudy.text.numbers import counted, p_text, percent, window_text
from eventstudy.text.words import level_text

_SAME = 1e-6
"""Relative difference up to which the days of a group give the same residual spread."""
_SPREADS = {"cross-section", "standardised cross-section"}
_SAID = {
    "portfolio": "of the group's portfolio",
    "forecast error": "of the forecast",
    "cross-section": "sd/√N across observations",
}


def plot_caar(result: StudyResult, by: str, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_caar`."""
    if not result.n:
        raise InputError("No observation could be estimated, so there is no mean to draw.")
    paths = group_paths(result) if by == "group" else column_paths(result, by)
    names = list(dict.fromkeys(paths["label"]))
    shown = paths[paths["label"].isin(names[:MOST_LINES])]
    more = len(names) - MOST_LINES
    left_out = f" … and {more} more; see result.by({by!r})." if more > 0 else ""
    shade = _shade(shown, level_text(result.spec.confidence))
    note = f"Sessions from day 0; {shade}.{left_out}"
    marker, unit = words.marker_text(result), headed("Mean cumulative abnormal return, %")
    draw = partial(draw_lines, paths=shown, event_label=marker, note=note, unit=unit)
    subtitle = (
        f"CAAR from day {words.day_text(result.spec.window.start)} on, in percent, by {by}. "
        f"{words.setting_text(result)}."
    )
    return put_on(Sketch.of(_means_finding(shown), subtitle, [draw], height=350.0), ax, ink)


def _shade(paths: pd.DataFrame, level: str) -> str:
    """What is shaded, and what it rests on."""
    kinds = [_SAID[str(kind)] for kind in dict.fromkeys(paths["se_from"]) if kind]
    if not kinds:
        return "the result does not hold a standard error of these means"
    if paths["label"].nunique() > MOST_SHADED:
        return f"no intervals are drawn for more than {MOST_SHADED} lines"
    return f"shaded: {level} interval of each day alone, s.e. {' or '.join(kinds)}"


def _means_finding(paths: pd.DataFrame) -> str:
    known = paths[paths["car"].notna()]
    if known.empty:
        return "No mean is known: the first day has no abnormal return"
    ends = known.groupby("label", sort=False).last().sort_values("car", kind="stable")
    low, high = ends.iloc[0], ends.iloc[-1]
    last = f"by day {words.day_text(int(known['day'].max()))}"
    if len(ends) == 1:
        interval = f" ({percent(low['low'])} to {percent(low['high'])})"
        return (
            f"{low.name}: a mean cumulative abnormal return of {percent(low['car'])} {last}"
            f"{interval if np.isfinite(low['low']) else ''}"
        )
    return (
        f"Mean cumulative abnormal returns {last} run from {percent(low['car'])} ({low.name}) to "
        f"{percent(high['car'])} ({high.name})"
    )


def group_paths(result: StudyResult) -> pd.DataFrame:
    """Mean CAR of each group from the first event day on: label, day, car, low, high, se, se_from.

    The figures continue those of `result.averages`: for one asset the forecast's standard error;
    for assets on one date that of their portfolio; else sd/√N. All observations together stand
    for a study without groups. A figure that the result does not hold is NaN.
    """
    cast = Participants(result)
    names = [str(name) for name in result.averages["group"].unique()]
    names = [name for name in names if name != "all"] or names
    parts = []
    for name in names:
        path = mean_path(result, name)
        everything = "All assets" if words.one_event(result) else "All observations"
        text = words.group_text(cast, name) or everything
        parts.append(path.assign(label=text))
    return pd.concat(parts, ignore_index=True)


def mean_path(result: StudyResult, group: str) -> pd.DataFrame:
    """Mean CAR of one group, or of "all"; columns as of `group_paths` without label."""
    window = result.spec.window
    means = result.averages[result.averages["group"] == group]
    days = means[(means["start"] == means["end"]) & means["start"].isin(window.days)]
    kinds = set(days["se_from"]) - {"no observation"}
    rows = _members(result, group)
    spread = bool(kinds) and kinds <= _SPREADS
    if spread and int(days["n"].max()) == _most(result, rows):
        return _cross_section(result, np.zeros(len(rows), dtype=np.int64), rows, [""])
    together = result.portfolios.rows_of("ticker", group)
    if kinds == {"portfolio"} and len(together) == 1:
        return _quoted_path(result, result.portfolios, together, "portfolio")
    if kinds == {"forecast error"} and len(rows) == 1:
        return _quoted_path(result, result.assets, rows, "forecast error")
    car = days["estimate" if spread else "tested"].to_numpy(dtype=np.float64).cumsum()
    kind = kinds.pop() if len(kinds) == 1 else ""
    se = _cumulated_error(result, rows, days["se"].to_numpy(dtype=np.float64), kind)
    df = int(result.assets.fits.df[rows].max())
    reach = se * t_quantile(result.spec.confidence, np.array([df]))[0]
    return _framed(car, se, reach, result, kind if np.isfinite(se).any() else "")


def _quoted_path(
    result: StudyResult, estimates: Estimates, row: Ints, se_from: str
) -> pd.DataFrame:
    """The path of one asset or portfolio with the interval of the test that is quoted."""
    path = car_paths(estimates, row)
    placebo = path["placebo_high"].notna().any()
    reach = path["placebo_high" if placebo else "ci_high"] - path["car"]
    return _framed(path["car"], path["se"], reach, result, se_from)


def _cumulated_error(result: StudyResult, rows: Ints, daily: Floats, kind: str) -> Floats:
    """The standard error of the sums from the first day on, of that of each day by itself.

    Days of one forecast share its coefficients: Σ = s²(I + ZZ'), of which `daily` is the diagonal.
    s follows from each day; where the days disagree the sums are not known.
    """
    nothing = np.full(len(daily), np.nan)
    fits, spec = result.assets.fits, result.spec
    if kind not in ("portfolio", "forecast error") or fits.noise.shape[1] or not len(rows):
        return nothing
    first = spec.window.start - spec.span.start
    root = fits.root[rows[0], first : first + spec.window.length]
    own = np.sqrt(1 + (root**2).sum(axis=1))
    spread = daily / own
    known = np.isfinite(spread)
    if not known.all() or np.ptp(spread) > _SAME * spread.max():
        return nothing
    covariance = path_covariance(root, np.ones(len(daily)))
    return np.asarray(spread[0] * np.sqrt(np.diag(covariance)))


def _members(result: StudyResult, group: str) -> Ints:
    """The observations of a group, also those that another group lists first."""
    if group == "all":
        return np.arange(result.n)
    rows = set(result.assets.rows_of("group", group).tolist())
    index = result.assets.index
    for at in result.portfolios.rows_of("ticker", group):
        labels = result.portfolios.labels.iloc[at]
        pairs = [(labels["event_id"], ticker) for ticker in str(labels["members"]).split(";")]
        rows |= set(index.get_indexer(pd.MultiIndex.from_tuples(pairs)).tolist()) - {-1}
    return np.array(sorted(rows), dtype=np.int64)


def _most(result: StudyResult, rows: Ints) -> int:
    """The most observations of these that have a value on a day of the event window."""
    values = result.abnormal_returns.to_numpy()[rows]
    return int(np.isfinite(values).sum(axis=0).max(initial=0))


def column_paths(result: StudyResult, column: str) -> pd.DataFrame:
    """Mean CAR by a column of the observations, with sd/√N; columns as of `group_paths`."""
    labels = result.assets.labels
    if column not in labels:
        raise unknown_name("column of the observations", column, list(labels.columns))
    codes, values = pd.factorize(labels[column], sort=True, use_na_sentinel=False)
    names = [f"{column} not known" if pd.isna(value) else str(value) for value in values]
    return _cross_section(result, codes.astype(np.int64), np.arange(result.n), names)


def _weighted(
    result: StudyResult, rows: Ints, codes: Ints, place: int, count: int
) -> tuple[Floats, Floats]:
    """(count,) means and errors of the CARs up to a day, as `StudyResult.by` has them."""
    first = result.spec.window.start
    car = result.car((first, first + place)).iloc[rows]
    values, errors = (car[name].to_numpy(dtype=np.float64) for name in ("car", "se"))
    weights = mean_weights(result.spec, result.assets.labels.iloc[rows], errors)
    means = spread_means(values, pd.Series(codes), weights).reindex(range(count))
    return means["estimate"].to_numpy(), means["se"].to_numpy()


def _cross_section(
    result: StudyResult, codes: Ints, rows: Ints, names: Sequence[str]
) -> pd.DataFrame:
    """Means of the CARs of `rows` by code, weighted as the study is, sd/√N and ± t(N − 1)."""
    count = len(names)
    cars = np.zeros(len(rows))
    everyone = result.abnormal_returns.to_numpy()
    figures = np.full((3, len(result.spec.window.days), count), np.nan)
    for place in range(everyone.shape[1]):
        cars = cars + everyone[rows, place]
        known = np.isfinite(cars)
        n, values = np.bincount(codes[known], minlength=count), cars[known]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(codes[known], values, count) / n
            squares = np.bincount(codes[known], (values - mean[codes[known]]) ** 2, count)
            se = np.sqrt(squares / (n - 1) / n)
        if result.spec.weights != EQUAL:
            mean, se = _weighted(result, rows, codes, place, count)
        several = n > 1
        se = np.where(several, se, np.nan)
        reach = np.where(
            several, se * t_quantile(result.spec.confidence, np.maximum(n - 1, 1)), np.nan
        )
        figures[:, place] = mean, se, reach
    means, errors, margins = figures
    parts = [
        _framed(means[:, i], errors[:, i], margins[:, i], result, "cross-section").assign(label=n)
        for i, n in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True)


def _framed(
    car: object, se: object, reach: object, result: StudyResult, se_from: str
) -> pd.DataFrame:
    mean, error, margin = (np.asarray(values, dtype=np.float64) for values in (car, se, reach))
    margin = np.where(np.isfinite(margin), margin, np.nan)
    return pd.DataFrame(
        {
            "day": list(result.spec.window.days),
            "car": mean,
            "low": mean - margin,
            "high": mean + margin,
            "se": error,
            "se_from": se_from,
        }
    )


def plot_tests(result: StudyResult, window: object, group: str, ax: Given, ink: str) -> Figure:
    """See `StudyResult.plot_tests`."""
    days, tests = as_window(window), result.tests
    if group not in set(tests["group"]):
        raise unknown_name("group", group, list(dict.fromkeys(tests["group"])))
    at = (tests["start"] == days.start) & (tests["end"] == days.end)
    mine = tests[at & (tests["group"] == group)]
    if mine.empty:
        raise InputError(
            f"The window {days} was not tested; name a day of the event window or one of "
            f"{', '.join(map(str, result.spec.car)) or 'car='}, or add it to car= and run again."
        )
    known = list_tests()
    rows = pd.DataFrame(
        {
            "label": [known[name].label if name in known else name for name in mine["test"]],
            "p_value": mine["p_value"].to_numpy(),
            "quoted": mine["headline"].to_numpy(dtype=bool),
            "warned": (mine["warning"] != "").to_numpy(),
            "refused": mine["refused"].to_numpy(),
        }
    )
    subtitle = f"Two-sided p of every test of no abnormal return. {words.setting_text(result)}."
    level = 1 - result.spec.confidence
    draw = partial(draw_p_values, rows=rows, level=level)
    height = float(np.clip(48.0 + 17.0 * len(rows), 120.0, 700.0))
    name = words.group_text(Participants(result), group) or "All"
    title = f"{name}, {window_text(days)}: {_tests_finding(rows, level)}"
    return put_on(Sketch.of(title, subtitle, [draw], height=height), ax, ink)


def _tests_finding(rows: pd.DataFrame, level: float) -> str:
    answered = rows[rows["p_value"].notna()]
    quoted = answered[answered["quoted"]]
    count = int(rejects(answered["p_value"].to_numpy(), level).sum())
    to_quote = (
        f"the test to quote gives {p_text(quoted['p_value'].iloc[0])}; " if len(quoted) else ""
    )
    refused = len(rows) - len(answered)
    lost = f"; {refused} cannot be computed here" if refused else ""
    verb = "rejects" if count == 1 else "reject"
    at = f"{100 * level:.4g}%"
    return f"{to_quote}{count} of {counted(len(answered), 'test')} {verb} at {at}{lost}"
