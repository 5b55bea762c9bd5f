"""Placebos: the event among ordinary days, and among other assets.

In time the study is refitted at every ordinary day; in space every other asset is fitted at the
event's day. Both ask how many of the placebos are as far from zero as the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.evidence.case import Case, column
from eventstudy.evidence.parts.placebos import Kind, Placebos
from eventstudy.evidence.refits import RefitCells, refit_cells, stacked_blocks, windows_of
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.registry import get_model
from eventstudy.result.dollars import focus_of
from eventstudy.result.entities import Entity
from eventstudy.significance.outcome import placebo_outcome
from eventstudy.spec.windows import Window

_PLACE = "kind:s entity:s window_start:i window_end:i"
_SUMMARY = "kind:s entity:s name:s window_start:i window_end:i car statistic n_placebos:i n_apart:i"
_SUMMARY += " rank p_value p_less p_greater first:d last:d reason:s"
_DRAWS = f"{_PLACE} date:d ticker:s name:s car statistic"
_LEFT_OUT = f"{_PLACE} date:d ticker:s reason:s"


def placebos(case: Case) -> Placebos:
    """Placebos of the case's leads on other days and among other assets, for day 0 and CAR windows.

    Args:
        case: the event and its prices.
    """
    parts = (placebo_dates(case), placebo_assets(case))
    joined = {
        field.name: pd.concat([getattr(part, field.name) for part in parts], ignore_index=True)
        for field in fields(Placebos)
    }
    return Placebos(**joined)


def placebo_dates(
    case: Case,
    entities: Sequence[Entity] | None = None,
    windows: Iterable[Window | tuple[int, int]] | None = None,
) -> Placebos:
    """The event's SCAR among those of the same study refitted at every ordinary day.

    All days and entities, the
    event's among them, are one batch. p = (1 + #{|z| ≥ |observed|}) / (1 + B) is uniform where
    ordinary days and the event are exchangeable (Brown & Warner 1985 draw event dates likewise).
    The windows of days closer together than L sessions overlap, so that their statistics
    are dependent and B says too much: `n_apart` = B // L counts those that share none.

    Refused with a reason for a second or rolling estimation window, and for models that are
    fitted one observation at a time.

    Args:
        case: the event and its prices.
        entities: whose placebos; the case's leads if None.
        windows: relative sessions; day 0 and the study's CAR windows if None.

    Raises:
        InputError: a window is invalid, or lies outside the estimated days.
    """
    chosen, wanted = _entities(case, entities), _windows(case, windows)
    refused = _refused_in_time(case)
    ordinary = {
        (entity, window): case.ordinary_days(entity.members, case.spec.estimation, window)
        for entity in chosen
        for window in wanted
        if not refused
    }
    days = pd.DatetimeIndex([case.day0])
    for some in ordinary.values():
        days = days.union(some)
    event = days.get_loc(case.day0)
    cells = _fit(case, [column(entity) for entity in chosen], days, wanted)
    none = refused or "no ordinary day has the estimation window and the window clear"
    rows = _Rows()
    for c, entity in enumerate(chosen):
        for w, window in enumerate(wanted):
            at = days.get_indexer(ordinary.get((entity, window), days[:0]))
            pool = _Pool(days[at].to_numpy(), np.full(len(at), entity.key, dtype=object))
            rows.add(_Place("time", entity, window), cells, (w, event, c), (w, at, c), pool, none)
    return rows.placebos(case)


def placebo_assets(
    case: Case,
    entities: Sequence[Entity] | None = None,
    windows: Iterable[Window | tuple[int, int]] | None = None,
) -> Placebos:
    """The event's SCAR among those of all other assets of the prices at the same day.

    Left out, with the reason, are benchmarks, indices ("^…") and
    the entity's own members; a portfolio stands among single assets. p = (1 + #{|z| ≥ |observed|})
    / (1 + B), the permutation test over units (Abadie, Diamond & Hainmueller 2010): it asks
    whether this asset stands out among the others, not whether the day does, and assets that the
    event moves as well make it larger.

    Args:
        case: the event and its prices.
        entities: which stand among the others; the case's leads if None.
        windows: relative sessions; day 0 and the study's CAR windows if None.

    Raises:
        InputError: a window is invalid, or lies outside the estimated days.
    """
    chosen, wanted = _entities(case, entities), _windows(case, windows)
    unfit = {ticker: _unfit(case, ticker) for ticker in case.prices.tickers}
    others = [ticker for ticker, reason in unfit.items() if not reason]
    columns = list(dict.fromkeys([*(column(entity) for entity in chosen), *others]))
    cells = _fit(case, columns, pd.DatetimeIndex([case.day0]), wanted)
    rows = _Rows()
    for entity in chosen:
        own = dict.fromkeys(entity.members, f"belongs to {entity.name}")
        reasons = {ticker: own.get(ticker, reason) for ticker, reason in unfit.items()}
        among = [ticker for ticker, reason in reasons.items() if not reason]
        at = np.array([columns.index(ticker) for ticker in among], dtype=np.int64)
        pool = _Pool(np.full(len(at), case.day0.to_datetime64()), np.array(among, dtype=object))
        none = "no other asset of the prices has a figure on that day"
        for w, window in enumerate(wanted):
            place = _Place("space", entity, window)
            event = (w, 0, columns.index(column(entity)))
            rows.add(place, cells, event, (w, 0, at), pool, none)
            for ticker, reason in reasons.items():
                if reason:
                    key = {"date": case.day0, "ticker": ticker, "reason": reason}
                    rows.left_out.append({**place.key, **key})
    return rows.placebos(case)


def _entities(case: Case, entities: Sequence[Entity] | None) -> tuple[Entity, ...]:
    return tuple(case.leads if entities is None else entities)


def _windows(case: Case, windows: Iterable[Window | tuple[int, int]] | None) -> tuple[Window, ...]:
    """The windows asked for, else day 0 (the first estimated where it is not) and the CARs."""
    span = case.spec.span
    if windows is None:
        return tuple(dict.fromkeys([focus_of(case.spec), *case.spec.car]))
    wanted = windows_of(windows)
    if outside := [window for window in wanted if not span.covers(window)]:
        raise InputError(
            f"The window {outside[0]} leaves the estimated days {span}; widen window= or add it "
            "to car= and run again."
        )
    return wanted


def _refused_in_time(case: Case) -> str:
    """Why this study is not refitted at other days; empty where it is."""
    spec = case.spec
    if spec.rolling or spec.post_estimation:
        kind = "rolling" if spec.rolling else "second"
        return f"placebo dates need one fixed estimation window, and this study has a {kind} one"
    if get_model(spec.model).loops:
        return (
            f"the model {spec.model} is fitted one observation at a time, too slow for a refit "
            "at every ordinary day"
        )
    return ""


def _unfit(case: Case, ticker: str) -> str:
    """Why a ticker is no placebo in space; empty where it can be one."""
    if ticker in case.prices.benchmarks or ticker == case.benchmark:
        return "is a benchmark"
    return "is an index" if ticker.startswith("^") else ""


def _fit(
    case: Case, columns: Sequence[str], days: pd.DatetimeIndex, windows: Sequence[Window]
) -> RefitCells:
    spec = case.spec.model_copy(update={"placebo": False})
    return refit_cells(case.refit(columns, days, spec), len(days), columns, windows)


@dataclass(frozen=True, slots=True)
class _Place:
    kind: Kind
    entity: Entity
    window: Window

    @property
    def key(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "entity": self.entity.key,
            "window_start": self.window.start,
            "window_end": self.window.end,
        }


@dataclass(frozen=True, slots=True)
class _Pool:
    """Day and ticker of each candidate, (B,)."""

    date: npt.NDArray[np.datetime64]
    ticker: npt.NDArray[np.object_]


class _Rows:
    """Collects the rows of the three tables."""

    def __init__(self) -> None:
        self.summary: list[dict[str, Any]] = []
        self.draws: list[dict[str, Any]] = []
        self.left_out: list[dict[str, Any]] = []

    def add(
        self,
        place: _Place,
        cells: RefitCells,
        event: tuple[Any, ...],
        among: tuple[Any, ...],
        pool: _Pool,
        none: str,
    ) -> None:
        """Add the event and its candidates.

        Args:
            place: kind, entity and window.
            cells: the refitted figures.
            event: where the event lies in them.
            among: where the candidates do.
            pool: their days and tickers.
            none: why there are no placebos, where there are none.
        """
        values, observed = cells.scar[among], float(cells.scar[event])
        known = np.isfinite(values)
        drawn = {
            "date": pool.date[known],
            "ticker": pool.ticker[known],
            "car": cells.car[among][known],
            "statistic": values[known],
        }
        self.draws.append({**place.key, **drawn})
        if not known.all():
            absent = {
                "date": pool.date[~known],
                "ticker": pool.ticker[~known],
                "reason": cells.reason[among][~known],
            }
            self.left_out.append({**place.key, **absent})
        reason = str(cells.reason[event]) if not np.isfinite(observed) else ""
        if not reason and not known.any():
            reason = none
        self.summary.append(
            {
                **place.key,
                "name": place.entity.name,
                "car": float(cells.car[event]),
                "statistic": observed,
                **_standing(place, observed, values[known], drawn["date"]),
                "reason": reason,
            }
        )

    def placebos(self, case: Case) -> Placebos:
        """The tables."""
        draws = stacked_blocks(self.draws, _DRAWS)
        names = {ticker: case.name(ticker) for ticker in draws["ticker"].unique()}
        names |= {str(row["entity"]): str(row["name"]) for row in self.summary}
        draws["name"] = draws["ticker"].map(names).astype("str")
        return Placebos(
            stacked_blocks(self.summary, _SUMMARY), draws, stacked_blocks(self.left_out, _LEFT_OUT)
        )


def _standing(
    place: _Place,
    observed: float,
    values: Floats,
    dates: npt.NDArray[np.datetime64],
) -> dict[str, Any]:
    """Rank and p-values of the event among the placebo statistics (B,)."""
    count, in_time = len(values), place.kind == "time"
    standing: dict[str, Any] = {
        "n_placebos": count,
        "n_apart": count // place.window.length if in_time else count,
    }
    if in_time and count:
        standing |= {"first": dates.min(), "last": dates.max()}
    if count and np.isfinite(observed):
        test = placebo_outcome(values, np.array([observed]), place.window.length)
        standing["rank"] = 1.0 + int((np.abs(values) >= abs(observed)).sum())
        standing |= {name: getattr(test, name) for name in ("p_value", "p_less", "p_greater")}
    return standing
