"""Where events meet prices: observations and returns become arrays, or exclusions with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.arrays import require_scale
from eventstudy.calendars import periods
from eventstudy.errors import DataMissingError, InputError, nearest, some_names, some_nearest
from eventstudy.estimation.gaps import far_away, gaps_over, no_rows
from eventstudy.estimation.labels import Coded, Keys, same_text, ticker_text, without_rows
from eventstudy.estimation.own_windows import own_windows
from eventstudy.estimation.rows import next_rows
from eventstudy.estimation.trades import trade_designs
from eventstudy.models.kernel.batch import Floats, Ints, Panel, Positions
from eventstudy.models.registry import (
    AFTER,
    BEFORE,
    BENCHMARK,
    DONORS,
    Model,
    between_trades,
    expand,
    needs_benchmark,
)
from eventstudy.prices.checks.days import frequency_of, require_frequency
from eventstudy.prices.checks.still import NO_STANDSTILLS, Standstills
from eventstudy.prices.factors import factors_on
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, StudySpec
from eventstudy.text.numbers import counted

EXCLUSIONS = dict.fromkeys(("event_id", "ticker", "stage", "reason"), "str")
"""Columns of the table of exclusions, and their types."""
MOST_HINTS = 5
"""Tickers that are not in the prices for which one that was perhaps meant is looked for."""
NO_DESIGN = np.array([-1])
SHIFTS = {BEFORE: 1, BENCHMARK: 0, AFTER: -1}


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """Observations that lie on the panel, and those that do not."""

    panel: Panel
    positions: Positions
    labels: pd.DataFrame
    """One row an observation: event_id, ticker, group, date, day0, benchmark, covariates."""
    exclusions: pd.DataFrame
    """event_id, ticker, stage, reason."""
    sessions: pd.DatetimeIndex
    spec: StudySpec
    """The study's options; with windows of each event's own, `estimation` spans all of them."""
    keys: Keys
    """Of `labels`."""


def assemble(
    observations: pd.DataFrame,
    returns: pd.DataFrame,
    model: Model,
    spec: StudySpec,
    *,
    factors: pd.DataFrame | None = None,
    unavailable: Mapping[str, str] | None = None,
    still: Standstills | None = NO_STANDSTILLS,
    keys: Keys | None = None,
) -> Assembly:
    """Place every observation on the sessions of `returns`; every exclusion has a reason.

    A date that is not a session moves to the next one, by at most five sessions. Weeks and
    months are found by their dates, whatever day of theirs the rows are stamped with.

    Args:
        observations: One row each: event_id, ticker, group, date and further columns.
        returns: Sessions × tickers, in decimals.
        model: The normal-return model, which names its regressors.
        spec: The study's options.
        factors: Sessions × factors, in decimals; a regressor is looked for here first.
        unavailable: Ticker → why the source does not have it.
        still: Where the prices of columns do not change; None where day 0 needs no return.
        keys: Of the observations, where they are known.

    Raises:
        DataMissingError: A regressor of the model, or every benchmark, is missing from the data.
        InputError: The model needs columns that the study does not name, a window is longer
            than the data, or an estimation window of an event's own is wrong.
    """
    sessions = pd.DatetimeIndex(returns.index)
    _require_reach(sessions, spec)
    keys = Keys.of(observations) if keys is None else keys
    needed = needs_benchmark(model)
    place_of = {name: at for at, name in enumerate(returns.columns.tolist())}
    asset = _places(keys.ticker, place_of)
    names, benchmark = _benchmarks(observations, spec, place_of)
    if needed and not (benchmark >= 0).any():
        wanted = [names] if isinstance(names, str) else names.unique().tolist()
        raise DataMissingError(_no_benchmark(wanted, list(place_of)))
    rows = periods(sessions.to_numpy(), spec.frequency)
    asked = periods(observations["date"].to_numpy(), spec.frequency)
    day0 = next_rows(rows, asked)
    late, early = day0 >= len(sessions), asked < rows[0]
    day0 = np.minimum(day0, len(sessions) - 1)
    named = names if needed else ""
    labels = observations.assign(
        benchmark=same_text(named, len(asset)) if isinstance(named, str) else named,
        day0=sessions.to_numpy().take(day0),
    )

    absent = dict(unavailable or {})
    out = Exclusions(labels)
    lost = [name for name in keys.ticker.distinct.tolist() if name not in place_of]
    if lost:
        out.add(asset < 0, "prices", "ticker", _not_there(lost, absent, returns).__getitem__)
    out.add(
        early,
        "events",
        "date",
        lambda d: f"{d:%Y-%m-%d} lies before the first session of the data, {sessions[0]:%Y-%m-%d}",
    )
    out.add(
        late,
        "events",
        "date",
        lambda d: f"{d:%Y-%m-%d} lies after the last session of the data, {sessions[-1]:%Y-%m-%d}",
    )
    out.add(
        far_away(asked, rows[day0], spec),
        "events",
        "date",
        lambda d: no_rows(d, sessions, spec.frequency),
    )
    if needed:
        out.add(
            benchmark < 0,
            "prices",
            "benchmark",
            lambda b: absent.get(b, f"its benchmark {b} is not in the prices"),
        )
        out.add(
            (asset >= 0) & (asset == benchmark),
            "model",
            "ticker",
            lambda t: f"{t} is the benchmark itself: its abnormal return is zero by construction",
        )
    if still is not None:
        for column in (asset, benchmark) if needed else (asset,):
            out.add_each("prices", *gaps_over(returns, column, day0, ~out.taken, still))
    keep = ~out.taken
    judged = benchmark if keep.all() else benchmark[keep if keep.any() else benchmark >= 0]
    used = np.flatnonzero(np.bincount(judged)) if needed else NO_DESIGN
    traded = between_trades(model)
    designs = (
        np.empty((1, len(sessions), 0))
        if traded
        else np.stack([_design(returns, factors, model, spec, at) for at in used.tolist()])
    )
    for name, last in () if traded else _ends(expand(model.regressors, spec), designs[0]):
        reason = f"the regressor {name} ends on {sessions[last]:%Y-%m-%d}, before day 0"
        out.add(day0 > last, "prices", "ticker", lambda _, reason=reason: reason)
    if out.taken.any():
        keep = ~out.taken
        asset, day0, benchmark = asset[keep], day0[keep], benchmark[keep]
        labels, keys = labels[keep].reset_index(drop=True), keys.take(keep)
    design = np.zeros_like(asset) if len(used) == 1 else np.searchsorted(used, benchmark)
    if traded:
        designs, design = trade_designs(returns.to_numpy(), asset, benchmark)
    own = own_windows(labels, day0, sessions, spec)
    return Assembly(
        Panel(np.ascontiguousarray(returns.to_numpy().T), designs, _months(sessions)),
        Positions(
            asset,
            day0,
            design,
            benchmark,
            own.bounds if own else None,
        ),
        own.labelled(labels) if own else labels,
        out.frame(),
        sessions,
        own.spec if own else spec,
        keys,
    )


def _months(sessions: pd.DatetimeIndex) -> Ints:
    """(T,) months since year 0."""
    return sessions.to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12 + 1


def _require_reach(sessions: pd.DatetimeIndex, spec: StudySpec) -> None:
    """InputError for a window that lies beyond the data whatever day is its day 0."""
    far = [w for w in (spec.window, *spec.car) if max(-w.start, w.end) >= len(sessions) > 0]
    if far:
        raise InputError(
            f"The window {far[0].start},{far[0].end} reaches beyond the data, which have "
            f"{counted(len(sessions), 'session')} ({sessions[0]:%Y-%m-%d} to "
            f"{sessions[-1]:%Y-%m-%d}); shorten it."
        )


def _ends(names: Sequence[str], design: Floats) -> Iterator[tuple[str, int]]:
    """The last row with a figure of each regressor that is no benchmark."""
    for at, name in enumerate(names):
        if name not in SHIFTS and len(known := np.flatnonzero(~np.isnan(design[:, at]))):
            yield name, int(known[-1])


class Exclusions:
    """Collects reasons; the first one of an observation counts."""

    def __init__(self, labels: pd.DataFrame) -> None:
        self._labels = labels
        self._parts: list[pd.DataFrame] = []
        self.taken = np.zeros(len(labels), dtype=bool)

    def add(
        self,
        where: npt.NDArray[np.bool_],
        stage: str,
        by: str | npt.NDArray[Any],
        reason: Callable[..., str],
    ) -> None:
        """Exclude observations that no earlier reason has excluded.

        Args:
            where: (N,) those to exclude.
            stage: The step of the study at which they fall out.
            by: What the reason is worded from, once for each value: a column, or (N,) values.
            reason: Words a value.
        """
        chosen = where & ~self.taken if where.any() else where
        if chosen.any():
            rows = self._labels[chosen]
            values = rows[by] if isinstance(by, str) else pd.Series(by[chosen], index=rows.index)
            words = {value: reason(value) for value in values.drop_duplicates()}
            part = rows[["event_id", "ticker"]].assign(stage=stage, reason=values.map(words))
            self._parts.append(part)
            self.taken |= where

    def add_each(self, stage: str, rows: Ints, reasons: Sequence[str]) -> None:
        """Exclude observations that have a reason each.

        Args:
            stage: As for `add`.
            rows: Which observations.
            reasons: One for each of them.
        """
        if len(rows):
            where, words = np.zeros_like(self.taken), np.full(len(self.taken), "", dtype=object)
            where[rows], words[rows] = True, reasons
            self.add(where, stage, words, str)

    def frame(self) -> pd.DataFrame:
        """All exclusions in the order of the observations."""
        if not self._parts:
            return without_rows(EXCLUSIONS)
        return pd.concat(self._parts).sort_index()[list(EXCLUSIONS)].reset_index(drop=True)


def joined(*tables: pd.DataFrame) -> pd.DataFrame:
    """All rows; a table without any has no say in what the columns hold."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0].copy()


def _benchmarks(
    labels: pd.DataFrame, spec: StudySpec, place_of: Mapping[str, int]
) -> tuple[pd.Series[str] | str, Ints]:
    """The study's benchmark, else the event's own, else ^GSPC; and where it is."""
    if spec.benchmark is not None or "benchmark" not in labels:
        name = DEFAULT_BENCHMARK if spec.benchmark is None else ticker_text(spec.benchmark)
        return name, np.broadcast_to(np.int64(place_of.get(name, -1)), len(labels))
    own = labels["benchmark"].fillna("").astype(str)
    own = own.where(own != "", DEFAULT_BENCHMARK)
    return own, _places(Coded.of(own), place_of)


def benchmarks_set_aside(
    observations: pd.DataFrame, model: Model, spec: StudySpec
) -> Iterator[str]:
    """That the benchmarks of events are not used because the study names one.

    Args:
        observations: One row each, with event_id and perhaps benchmark.
        model: The normal-return model.
        spec: The study's options.
    """
    if spec.benchmark is None or "benchmark" not in observations or not needs_benchmark(model):
        return
    own = observations["benchmark"].fillna("").astype(str)
    set_aside = (own != "") & (own != ticker_text(spec.benchmark))
    if set_aside.any():
        names = some_names(own[set_aside].unique().tolist(), 5)
        events = observations.loc[set_aside, "event_id"].nunique()
        yield (
            f"The benchmark {spec.benchmark} was asked for: {names}, which "
            f"{counted(events, 'event')} {'names' if events == 1 else 'name'}, "
            "is set aside."
        )


def _no_benchmark(wanted: list[str], columns: list[str]) -> str:
    reason = unlisted_reason(wanted[0]) if len(wanted) == 1 else None
    close = nearest(wanted[0], columns, most=1, cutoff=0.6)
    hint = f" Did you mean {close[0]}?" if close and not reason else ""
    return (
        f"The benchmark {some_names(wanted)} is not in the prices"
        f"{f': {reason}' if reason else ''}; name one that is (benchmark=, --benchmark).{hint} "
        f"Available: {some_nearest(wanted[0], columns)}."
    )


def _not_there(
    tickers: Sequence[str], absent: Mapping[str, str], returns: pd.DataFrame
) -> dict[str, str]:
    """Ticker → why it has no returns; of the first few, what was perhaps meant."""
    known = {ticker: absent.get(ticker) or unlisted_reason(ticker) for ticker in tickers}
    unknown = [ticker for ticker, why in known.items() if not why]
    columns = list(returns.columns)
    hints = {ticker: _near_miss(ticker, columns) for ticker in unknown[:MOST_HINTS]}
    return {
        ticker: why or f"{ticker} is not in the prices{hints.get(ticker, '')}"
        for ticker, why in known.items()
    }


def _near_miss(ticker: str, columns: Sequence[str]) -> str:
    """The column that was perhaps meant; of numbers only one that differs by noughts in front."""
    if ticker.isdigit():
        close = [name for name in columns if name.lstrip("0") == ticker.lstrip("0")]
    else:
        close = nearest(ticker, columns, most=1, cutoff=0.75)
    return f" (did you mean {close[0]}?)" if close else ""


def _places(names: Coded, place_of: Mapping[str, int]) -> Ints:
    """(N,) the column of each name; −1 where there is none."""
    found = [place_of.get(name, -1) for name in names.distinct.tolist()]
    return np.array(found, dtype=np.int64).take(names.codes)


def _design(
    returns: pd.DataFrame,
    factors: pd.DataFrame | None,
    model: Model,
    spec: StudySpec,
    benchmark: int,
) -> Floats:
    names = expand(model.regressors, spec)
    if not names and model.regressors:
        option = "donors" if DONORS in model.regressors else "factors"
        raise InputError(f"The model {model.name} needs {option}=: name the columns to use.")
    known = {*returns.columns.tolist(), *(factors.columns if factors is not None else ())}
    missing = [name for name in names if name not in SHIFTS and name not in known]
    if missing:
        wanted = ", ".join(name for name in names if name not in SHIFTS)
        raise DataMissingError(
            f"The model {model.name} needs {', '.join(map(repr, missing))}, in neither the factors "
            f"nor the returns; add columns of the names {wanted} (load_factors has the usual ones)."
        )
    columns = []
    for name in names:
        if name in SHIFTS:
            own = returns.iloc[:, benchmark]
            columns.append((own.shift(SHIFTS[name]) if SHIFTS[name] else own).to_numpy())
        elif factors is not None and name in factors.columns:
            factor = factors_on(factors[[name]], pd.DatetimeIndex(returns.index))
            require_scale(factor, "factor")
            require_frequency(
                frequency_of(pd.DatetimeIndex(factors.index)),
                spec.frequency,
                pd.DatetimeIndex(factors.index),
                "The factors",
            )
            columns.append(factor[name].to_numpy())
        else:
            columns.append(returns[name].to_numpy())
    return np.column_stack(columns) if columns else np.empty((len(returns), 0))
