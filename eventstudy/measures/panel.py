"""Assets with an event against assets without one: estimators of panels, by diff-diff.

A study compares each asset with its own history. These compare it with other assets over the same
days: stacked event studies (Wing, Freedman & Hollingsworth 2024) and synthetic
difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021). The estimates are
the library's; this module makes its panel of a study's returns and one table of its answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.compute.threads import one_blas_thread
from eventstudy.errors import InputError, needs_extra
from eventstudy.measures.controls import controls_over
from eventstudy.measures.formula import require
from eventstudy.measures.model_column import ComparableModel, ModelColumn
from eventstudy.measures.ordinary_days import least_days, ranked_slopes
from eventstudy.spec.arguments import share_between, whole_number
from eventstudy.spec.windows import as_window
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted, number, p_text, percent, session_text, span_text
from eventstudy.text.table import PlainTable

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.result.result import StudyResult
    from eventstudy.spec.windows import Window


REFERENCE = -1
"""The day to which a stacked event study relates all others."""
MOST_NOTES = 5
_CALLED = {"stacked_did": "Stacked event study", "synthetic_did": "Synthetic diff-in-diff"}
_COLUMNS = ("estimate", "se", "t", "p_value", "ci_low", "ci_high", "n")


@dataclass(frozen=True, eq=False, repr=False)
class PanelEstimate(ComparableModel, Shown):
    """The effect of events on cumulated returns, from a panel of assets with and without them."""

    method: str
    """"stacked_did" or "synthetic_did"."""
    library: str
    """Name and version of the library that estimated it."""
    window: Window
    confidence: float
    table: pd.DataFrame
    """start, end (index); estimate (mean CAR of the treated against the controls, in decimals), se,
    t, p_value, ci_low, ci_high, n (treated assets). In a stacked study the windows that end on day
    −1 come before the event: their CAR should be zero."""
    n_treated: int
    n_controls: int
    """Assets that were compared with; in a stacked study they may have an event later."""
    weights: pd.DataFrame
    """ticker (index), weight: of each control in synthetic_did; empty for stacked_did."""
    left_out: pd.DataFrame
    """event_id (empty for controls), ticker, reason."""
    notes: tuple[str, ...]
    """What the library warned of."""

    def column(self) -> ModelColumn:
        """The estimate as a column of `eventstudy.etable`, and of the package maketables."""
        terms = [span_text(start, end) for start, end in self.table.index]
        named = self.table.rename(columns={"estimate": "coef"}).drop(columns="n")
        return ModelColumn(
            dependent="CAR",
            table=named.set_axis(pd.Index(terms, name="term")),
            stats={"N": self.n_treated, "N_controls": self.n_controls},
            facts={"Estimator": _CALLED[self.method]},
            cluster="",
            confidence=self.confidence,
            notes=self.notes,
        )

    def _brief(self) -> Brief:
        last = self.table.iloc[-1]
        share = number(100 * self.confidence, 0 if (100 * self.confidence).is_integer() else 1)
        heads = ("days", "estimate %", "se %", "t", "p", f"low {share}%", f"high {share}%", "n")
        rows = [
            (
                f"{session_text(row['start'])} to {session_text(row['end'])}",
                percent(row["estimate"], unit=False),
                percent(row["se"], signed=False, unit=False),
                number(row["t"]),
                p_text(row["p_value"], prefix=False),
                percent(row["ci_low"], unit=False),
                percent(row["ci_high"], unit=False),
                str(row["n"]),
            )
            for row in self.table.reset_index().to_dict("records")
        ]
        finding = f"{_CALLED[self.method]}: {percent(last['estimate'])} ({p_text(last['p_value'])})"
        about = (
            f"{counted(self.n_treated, 'treated asset')}, {counted(self.n_controls, 'control')}, "
            f"by {self.library}"
        )
        left = [
            f"Left out: {row.ticker}: {row.reason}."
            for row in self.left_out.head(MOST_NOTES).itertuples()
        ]
        more = len(self.left_out) - MOST_NOTES
        left += [f"… and {more} more; see left_out."] if more > 0 else []
        tables = (PlainTable.of(heads, rows, more="table"),)
        return Brief(finding, about, tables, (*left, *self.notes))


@one_blas_thread()
def stacked_did(
    result: StudyResult,
    *,
    controls: pd.DataFrame | None = None,
    window: tuple[int, int] | str = (-5, 5),
    confidence: float | None = None,
) -> PanelEstimate:
    """A stacked event study: each date's assets against those without an event so far.

    Each date is an experiment of its own, with clean controls: assets whose event comes after its
    window, or that have none. The experiments are stacked with weights that keep the estimate a
    mean of their effects. The outcome is the cumulated return, and day −1 the reference: the
    estimate of day e is the mean cumulated return of the treated over [0, e] less that of the
    controls. Errors are clustered by asset with t(assets − 1); they do not know of shocks that only
    the treated of one date have in common. Needs the extra `panel`.

    Args:
        result: Of a study as it was run; a saved one lacks the days between. An asset is treated at
            its first event.
        controls: Sessions × tickers, returns in decimals of assets without an event; with events
            on several dates the study's own later ones are controls too.
        window: The days around each event; from before −1 to 0 or later.
        confidence: Level of the intervals; the study's if None.

    Raises:
        InputError: The extra is missing, a window or frame is wrong, or there is no control.
    """
    days = as_window(window)
    require(
        days.start < REFERENCE and days.end >= 0,
        f"Option window: {days} must run from before −1, the reference, to 0 or later.",
    )
    level = _level(result, confidence)
    with needs_extra("A stacked event study", "panel"):
        from diff_diff import StackedDiD
    rows, later = _first_events(result)
    day0 = result.assets.positions.day0
    require(len(rows) > 0, "The study has no observation to compare.")
    span = np.arange(int(day0[rows].min()) + days.start, int(day0[rows].max()) + days.end + 1)
    panel = _panel(result, rows, later, controls, span)
    long = _long(panel.returns.cumsum(axis=0), span)
    events = pd.Series(day0[panel.rows], index=panel.returns.columns[: len(panel.rows)])
    long["first_treat"] = long["unit"].map(events).fillna(np.inf)
    estimator = StackedDiD(
        kappa_pre=-days.start, kappa_post=days.end, alpha=1 - level, df_convention="cluster"
    )
    columns = {"outcome": "outcome", "unit": "unit", "time": "time"}
    found, notes = _asked(
        lambda: estimator.fit(long, **columns, first_treat="first_treat"), "The stacked study"
    )
    return PanelEstimate(
        method="stacked_did",
        library=_library(),
        window=days,
        confidence=level,
        table=_by_days(found.event_study_effects),
        n_treated=int(found.n_treated_units),
        n_controls=int(found.n_control_units),
        weights=_no_weights(),
        left_out=_with_trimmed(result, panel, found.trimmed_groups),
        notes=tuple(note for note in notes if not note.startswith("Trimmed")),
    )


@one_blas_thread()
def synthetic_did(
    result: StudyResult,
    controls: pd.DataFrame,
    *,
    window: tuple[int, int] | str = (0, 0),
    draws: int = 200,
    seed: int = 0,
    confidence: float | None = None,
) -> PanelEstimate:
    """Synthetic difference-in-differences of the assets of one date against others.

    Controls are weighted so that their returns follow those of the treated over the estimation
    window, and its sessions so that they foretell the controls' returns of the window; the
    estimate is the difference in differences with both weights, times the days of the window: the
    mean CAR of the treated. p = (1 + #)/(B + 1), # of B placebo draws (as many controls as there
    are treated assets, taken for treated) at least as far from their mean; the interval is what
    that rank does not reject, se their spread. Needs the extra `panel`.

    Args:
        result: Of a study whose observations share one date, as it was run.
        controls: Sessions × tickers, returns in decimals of assets that the event did not touch;
            more of them than treated assets.
        window: The days of the effect, from 0 or later.
        draws: Placebos, B.
        seed: Of the draws.
        confidence: Level of the intervals; the study's if None.

    Raises:
        InputError: The extra is missing, dates differ, a window, frame or number is wrong, or the
            controls are too few.
    """
    days = as_window(window)
    assets = result.assets
    level = _level(result, confidence)
    least, seed = least_days(1 - level), whole_number(seed, "seed")
    require(
        whole_number(draws, "draws") >= least,
        f"Option draws: a rank at that confidence needs {least} or more.",
    )
    day0 = assets.positions.day0
    require(
        len(day0) > 0 and bool((day0 == day0[0]).all()),
        "Synthetic difference-in-differences needs observations of one date; take one event of the "
        "study with only(), or use stacked_did.",
    )
    before = np.asarray([day for day in assets.spec.estimation_days if day < days.start])
    require(
        days.start >= 0 and len(before) > 1,
        f"Option window: {days} must begin at 0 or later, after the estimation window.",
    )
    with needs_extra("Synthetic difference-in-differences", "panel"):
        from diff_diff import SyntheticDiD
    rows, later = _first_events(result)
    span = int(day0[0]) + np.concatenate([before, np.asarray(days.days)])
    require(controls is not None, "Option controls: give the returns of assets without the event.")
    panel = _panel(result, rows, later, controls, span)
    require(
        panel.returns.shape[1] > 2 * len(panel.rows),
        f"Option controls: {panel.returns.shape[1] - len(panel.rows)} for "
        f"{counted(len(panel.rows), 'treated asset')}; placebos need more controls than that.",
    )
    long = _long(panel.returns, np.arange(len(span)))
    treated = set(panel.returns.columns[: len(panel.rows)])
    long["treated"] = long["unit"].isin(treated).astype(np.int64)
    estimator = SyntheticDiD(n_bootstrap=draws, seed=seed, alpha=1 - level)
    post = list(range(len(before), len(span)))
    columns = {"outcome": "outcome", "treatment": "treated", "unit": "unit", "time": "time"}
    found, notes = _asked(
        lambda: estimator.fit(long, **columns, post_periods=post), "The synthetic control"
    )
    placebos = np.asarray(found.variance_effects, dtype=np.float64)[:, None] * days.length
    estimate = np.array([float(found.att) * days.length])
    figures = ranked_slopes(estimate, placebos, 1 - level)
    low, high = (estimate - figures.mean + side * figures.reach for side in (-1, 1))
    row = (estimate, figures.se, figures.t, figures.p_rank, low, high)
    values = [*(float(part[0]) for part in row), int(found.n_treated)]
    index = pd.MultiIndex.from_tuples([(days.start, days.end)], names=["start", "end"])
    weights = found.get_unit_weights_df().set_index("unit")[["weight"]].rename_axis("ticker")
    return PanelEstimate(
        method="synthetic_did",
        library=_library(),
        window=days,
        confidence=level,
        table=pd.DataFrame([values], index, list(_COLUMNS)),
        n_treated=int(found.n_treated),
        n_controls=int(found.n_control),
        weights=weights,
        left_out=panel.left_out,
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Panel:
    """The returns of treated assets and controls without a hole."""

    returns: pd.DataFrame
    """Sessions × tickers, the treated first."""
    rows: Ints
    """Which observations the treated are."""
    left_out: pd.DataFrame
    """event_id, ticker, reason."""


def _panel(
    result: StudyResult, rows: Ints, later: Ints, controls: pd.DataFrame | None, span: Ints
) -> _Panel:
    """Returns over the sessions `span`; assets with a missing one are left out.

    Args:
        result: Of the study.
        rows: Its treated observations, one an asset.
        later: Observations that are no first event of their asset.
        controls: Returns of assets without an event.
        span: Sessions of the study's data.
    """
    assets = result.assets
    labels = assets.labels
    require(
        assets.panel.shape[1] == len(assets.sessions),
        "A saved study keeps only the days around its events; run it again and use that result.",
    )
    require(
        int(span.min()) >= 0 and int(span.max()) < len(assets.sessions),
        "The window leaves the data of the study; shorten it.",
    )
    days = pd.DatetimeIndex(assets.sessions[span])
    values = assets.panel[assets.positions.asset[rows]][:, span].T
    treated = pd.DataFrame(values, days, labels["ticker"].astype(str).to_numpy()[rows])
    others = controls_over(controls, days, labels["ticker"].astype(str), assets.spec)
    whole, kept = treated.notna().all().to_numpy(), others.notna().all().to_numpy()
    missing = f"a return is missing between {days[0]:%Y-%m-%d} and {days[-1]:%Y-%m-%d}"
    again = labels.iloc[later][["event_id", "ticker"]].assign(reason="not the asset's first event")
    holes = labels.iloc[rows[~whole]][["event_id", "ticker"]].assign(reason=missing)
    lost = pd.DataFrame({"event_id": "", "ticker": others.columns[~kept], "reason": missing})
    parts = [part.astype(object) for part in (again, holes, lost)]
    left_out = pd.DataFrame(pd.concat(parts, ignore_index=True))
    require(bool(whole.any()), f"No treated asset can be used: {missing}.")
    joined = pd.concat([treated.loc[:, whole], others.loc[:, kept]], axis=1)
    return _Panel(joined, rows[whole], left_out)


def _with_trimmed(result: StudyResult, panel: _Panel, trimmed: Sequence[int]) -> pd.DataFrame:
    """What was left out, and the observations whose date the library could not compare."""
    dates = result.assets.positions.day0[panel.rows]
    rows = panel.rows[np.isin(dates, np.asarray(trimmed, dtype=np.float64))]
    more = result.assets.labels.iloc[rows][["event_id", "ticker"]].astype(object)
    more = more.assign(reason="no asset without an event in these days to compare with")
    return pd.DataFrame(pd.concat([panel.left_out, more], ignore_index=True))


def _first_events(result: StudyResult) -> tuple[Ints, Ints]:
    """Which observations are the first of their asset, and which are not."""
    positions = result.assets.positions
    order = np.lexsort((np.arange(len(positions)), positions.day0))
    _, first = np.unique(positions.asset[order], return_index=True)
    rows = np.sort(order[first])
    return rows, np.setdiff1d(np.arange(len(positions)), rows)


def _long(values: pd.DataFrame, time: Ints) -> pd.DataFrame:
    """unit, time, outcome: one row an asset and session."""
    sessions, assets = values.shape
    return pd.DataFrame(
        {
            "unit": np.repeat(np.asarray(values.columns, dtype=object), sessions),
            "time": np.tile(time, assets),
            "outcome": values.to_numpy(dtype=np.float64).T.ravel(),
        }
    )


def _asked(fit: Callable[[], Any], what: str) -> tuple[Any, tuple[str, ...]]:
    """The library's answer, and what it warned of; its refusals are input errors."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = fit()
        except ValueError as error:
            nobody = "trimmed" in str(error)
            why = (
                "no date has an asset without an event to compare with; give controls=."
                if nobody
                else error
            )
            raise InputError(f"{what} cannot be estimated: {why}") from None
    return found, tuple(dict.fromkeys(str(one.message) for one in caught))


def _by_days(effects: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    """CAR from the reference to each day, and from each day before it to the reference.

    The library gives levels relative to day −1; that of an earlier day e is minus the CAR over
    [e + 1, −1].
    """
    rows, index = [], []
    for day in sorted(set(effects) - {REFERENCE}):
        effect, sign = effects[day], 1 if day > REFERENCE else -1
        low, high = sorted(sign * end for end in effect["conf_int"])
        figures = (sign * effect["effect"], effect["se"], sign * effect["t_stat"])
        rows.append([*figures, effect["p_value"], low, high, int(effect["n_obs"])])
        index.append((0, day) if sign > 0 else (day + 1, REFERENCE))
    names = ["start", "end"]
    return pd.DataFrame(rows, pd.MultiIndex.from_tuples(index, names=names), list(_COLUMNS))


def _level(result: StudyResult, confidence: float | None) -> float:
    return share_between(result.spec.confidence if confidence is None else confidence, "confidence")


def _library() -> str:
    import diff_diff

    return f"diff-diff {diff_diff.__version__}"


def _no_weights() -> pd.DataFrame:
    return pd.DataFrame({"weight": pd.Series(dtype=np.float64)}).rename_axis("ticker")
