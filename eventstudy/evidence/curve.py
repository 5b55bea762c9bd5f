"""The specification curve: the event's estimate under every reasonable specification.

Simonsohn, Simmons & Nelson (2020), "Specification curve analysis", Nature Human Behaviour 4,
1208-1214. The curve as a whole is compared with the curves of ordinary days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.estimation.fitting import fit_placed
from eventstudy.evidence.case import Case, column, observations_at
from eventstudy.evidence.curve_statistics import (
    CurveStatistics,
    curve_p_values,
    curve_statistics,
    normal_values,
)
from eventstudy.evidence.grid import GRIDS, Choice, Grid, LeftOut, choices_of, own_choice
from eventstudy.evidence.parts.curve import Curve
from eventstudy.evidence.refits import RefitCells, refit_cells, stacked_blocks
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.registry import get_model
from eventstudy.models.rolling import model_for
from eventstudy.result.entities import Entity
from eventstudy.significance.outcome import t_p_values, t_quantile
from eventstudy.significance.quoted import rejects
from eventstudy.spec.windows import Window

_KEY = "entity:s name:s window_start:i window_end:i"
_SPECIFICATIONS = (
    f"{_KEY} model:s model_label:s benchmark:s length:i end:i returns:s own:b estimate"
)
_SPECIFICATIONS += " se t df p_value ci_low ci_high significant:b reason:s"
_SUMMARY = f"{_KEY} n_specifications:i n_distinct:i median minimum maximum n_significant:i"
_SUMMARY += " share_significant share_same_sign mean_z n_placebos:i first:d last:d"
_SUMMARY += " p_median p_significant p_z reason:s"
_PLACEBOS = "entity:s window_start:i window_end:i date:d median n_significant:i mean_z"
_LEFT_OUT = "entity:s model:s benchmark:s reason:s"


def specification_curve(
    case: Case, grid: Grid | None = None, entities: Sequence[Entity] | None = None
) -> Curve:
    """The curve of each entity over the grid.

    All ordinary days are fitted under every specification in the same batch as the event, so that
    event and placebos are treated alike. The ordinary days are those around which the longest
    estimation window with the largest gap, and the window, lie clear (`Case.ordinary_days`), the
    same for all specifications. The estimates of one curve share their data: p-values of single
    specifications are not independent, and only the curve's own p is a test.

    A specification without an estimate for the event is in no curve, a day on which one of the
    others has none is no placebo.

    Args:
        case: the event and its prices.
        grid: what is varied; the default `Grid` if None, of weeks or months fewer rows.
        entities: whose curves; the case's leads if None.

    Raises:
        InputError: the grid is empty, names an unknown model, or its estimation windows reach into
            the windows studied.
    """
    grid = GRIDS[case.spec.frequency] if grid is None else grid
    chosen = tuple(case.leads if entities is None else entities)
    windows = grid.windows_for(case.spec)
    choices, left_out = choices_of(case, grid)
    hull = Window(
        min(choice.estimation.start for choice in choices),
        max(choice.estimation.end for choice in choices),
    )
    ordinary = {
        (entity, window): case.ordinary_days(entity.members, hull, window)
        for entity in chosen
        for window in windows
    }
    days = pd.DatetimeIndex([case.day0])
    for some in ordinary.values():
        days = days.union(some)
    fits = _fits(case, choices, chosen, days, windows)
    tables = _Tables(case, choices, list(left_out))
    event = int(days.searchsorted(case.day0))
    for c, entity in enumerate(chosen):
        kept = tables.admitted(entity)
        for w, window in enumerate(windows):
            at = days.get_indexer(ordinary[entity, window])
            *figures, reason = fits.of(kept, w, c)
            own_first = [figure[:, [event, *at]] for figure in figures]
            tables.add(entity, window, kept, own_first, reason, days[at].to_numpy())
    return tables.curve()


@dataclass(frozen=True, slots=True)
class _Fits:
    """S specifications of W windows, D days and C columns."""

    car: Floats
    """(S, W, D, C)"""
    se: Floats
    """(S, W, D, C)"""
    df: Floats
    """(S, D, C)"""
    reason: npt.NDArray[np.object_]
    """(S, W, C) why the event has no estimate."""

    def of(
        self, kept: npt.NDArray[np.int64], w: int, c: int
    ) -> tuple[Floats, Floats, Floats, npt.NDArray[np.object_]]:
        """Of one entity and window car, se and df, (S, D) each, and the event's reasons (S,)."""
        car, se = (values[kept, w, :, c] for values in (self.car, self.se))
        return car, se, self.df[kept, :, c], self.reason[kept, w, c]


def _fits(
    case: Case,
    choices: Sequence[Choice],
    entities: Sequence[Entity],
    days: pd.DatetimeIndex,
    windows: tuple[Window, ...],
) -> _Fits:
    """Every column at every day under every specification.

    What an assembly holds does not depend on the estimation window, so it is made once for all of
    a model, benchmark and kind of returns.
    """
    columns = [column(entity) for entity in entities]
    event = int(days.searchsorted(case.day0))
    observations = observations_at(days, columns)
    returns = {kind: case.returns_of(kind) for kind in {choice.returns for choice in choices}}
    cells: list[RefitCells] = []
    for _, group in groupby(choices, key=lambda c: (c.model, c.benchmark, c.returns)):
        specs = [choice.spec(case, windows) for choice in group]
        first = specs[0]
        model, table = model_for(first), returns[first.returns]
        assembly = case.placed(observations, first, table)
        cells += [
            refit_cells(fit_placed(assembly, model, spec), len(days), columns, windows)
            for spec in specs
        ]
    return _Fits(
        np.stack([cell.car for cell in cells]),
        np.stack([cell.se for cell in cells]),
        np.stack([cell.df for cell in cells]),
        np.stack([cell.reason[:, event] for cell in cells]),
    )


class _Tables:
    """Collects the rows of a curve's tables."""

    def __init__(self, case: Case, choices: Sequence[Choice], left_out: list[LeftOut]) -> None:
        self._case, self._choices, self._own = case, choices, own_choice(case)
        self._left_out = left_out
        self._specifications: list[dict[str, Any]] = []
        self._summary: list[dict[str, Any]] = []
        self._placebos: list[dict[str, Any]] = []

    def admitted(self, entity: Entity) -> npt.NDArray[np.int64]:
        """Which specifications an entity has: not those on a benchmark that is in it."""
        inside = {entity.key, *entity.members}
        for name in dict.fromkeys(choice.benchmark for choice in self._choices):
            if name in inside:
                what = "belongs to" if entity.portfolio else "is the same as"
                reason = f"the benchmark {name} {what} {entity.name}"
                self._left_out.append(LeftOut("", name, reason, entity.key))
        kept = [i for i, choice in enumerate(self._choices) if choice.benchmark not in inside]
        return np.array(kept, dtype=np.int64)

    def add(
        self,
        entity: Entity,
        window: Window,
        kept: npt.NDArray[np.int64],
        figures: Sequence[Floats],
        reason: npt.NDArray[np.object_],
        dates: npt.NDArray[np.datetime64],
    ) -> None:
        """Add an entity and window: the event's specifications, and the curves of all days.

        Args:
            entity: the entity.
            window: the window.
            kept: which specifications it has, S of them.
            figures: car, se and df, (S, 1 + D) each, the event first.
            reason: (S,) why the event has no estimate.
            dates: (D,) the ordinary days.
        """
        confidence = self._case.spec.confidence
        key = {"entity": entity.key, "window_start": window.start, "window_end": window.end}
        own = {"name": entity.name, **key}
        car, se, df = figures
        t = car / se
        whole = np.where(np.isfinite(df), df, 1.0).astype(np.int64)
        p = t_p_values(t, whole)
        known = np.isfinite(t[:, 0])
        margin = t_quantile(confidence, whole[:, 0]) * se[:, 0]
        choices = [self._choices[i] for i in kept]
        if choices:
            varied = ("model", "benchmark", "returns")
            self._specifications.append(
                {
                    **own,
                    **{name: [getattr(choice, name) for choice in choices] for name in varied},
                    "model_label": [get_model(choice.model).label for choice in choices],
                    "length": [choice.estimation.length for choice in choices],
                    "end": [choice.estimation.end for choice in choices],
                    "own": [choice == self._own for choice in choices],
                    "estimate": car[:, 0],
                    "se": se[:, 0],
                    "t": t[:, 0],
                    "df": np.where(known, df[:, 0], np.nan),
                    "p_value": p[:, 0],
                    "ci_low": car[:, 0] - margin,
                    "ci_high": car[:, 0] + margin,
                    "significant": rejects(p[:, 0], 1 - confidence),
                    "reason": reason,
                }
            )
        complete = np.asarray(np.isfinite(t[known]).all(axis=0))
        car, t, p = (values[known][:, complete] for values in (car, t, p))
        dates = dates[complete[1:]]
        if not known.any():
            why = "no specification has an estimate for the event"
            self._summary.append({**own, "reason": why})
            return
        curves = curve_statistics(car, normal_values(t, p), rejects(p, 1 - confidence))
        self._summary.append({**own, **_summarised(car[:, 0], curves, dates)})
        self._placebos.append(
            {
                **key,
                "date": dates,
                "median": curves.median[1:],
                "n_significant": curves.significant[1:],
                "mean_z": curves.mean_z[1:],
            }
        )

    def curve(self) -> Curve:
        """The tables."""
        left_out = [asdict(one) for one in self._left_out]
        return Curve(
            self._case.spec.confidence,
            stacked_blocks(self._specifications, _SPECIFICATIONS),
            stacked_blocks(self._summary, _SUMMARY),
            stacked_blocks(self._placebos, _PLACEBOS),
            stacked_blocks(left_out, _LEFT_OUT),
        )


def _summarised(
    estimate: Floats, curves: CurveStatistics, dates: npt.NDArray[np.datetime64]
) -> dict[str, Any]:
    """The summary of the event's curve, the first of `curves`, among those of `dates`."""
    size = len(estimate)
    event, placebos = curves.take(slice(0, 1)), curves.take(slice(1, None))
    summary = {
        "n_specifications": size,
        "n_distinct": len(np.unique(estimate.round(10))),
        "median": event.median[0],
        "minimum": estimate.min(),
        "maximum": estimate.max(),
        "n_significant": event.significant[0],
        "share_significant": event.significant[0] / size,
        "share_same_sign": float((np.sign(estimate) == np.sign(event.median[0])).mean()),
        "mean_z": event.mean_z[0],
        "n_placebos": len(dates),
    }
    if not len(dates):
        why = "no ordinary day has the longest estimation window and the window clear"
        return {**summary, "reason": why}
    median, significant, z = curve_p_values(event, placebos)
    p = {"p_median": median, "p_significant": significant, "p_z": z}
    return {**summary, "first": dates.min(), "last": dates.max(), **p}
