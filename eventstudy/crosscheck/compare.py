"""Figures of the study beside those of another package, each difference explained or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.crosscheck.bare_study import BareStudy
from eventstudy.crosscheck.deviations import deviations_of
from eventstudy.crosscheck.figures import GROUP, KEY, records_of
from eventstudy.crosscheck.predictions import PREDICTIONS, Differing

AGREEMENT = 1e-9
"""The share by which two figures may differ and agree: of the larger one, or of what it is measured
against where that is larger (a CAR against its standard error, an α against its own)."""
AGREES, UNEXPLAINED = "agrees", "unexplained"
LINE = ["program", "file", *KEY, "ours", "theirs", "difference", "explanation"]
"""Columns of the comparison. difference is relative; explanation is "agrees", "unexplained" or the
id of a deviation."""


def side_by_side(
    program: str,
    stated: Mapping[str, pd.DataFrame],
    theirs: pd.DataFrame,
    bare: BareStudy,
) -> pd.DataFrame:
    """One row a figure that both have; columns are `LINE`.

    Args:
        program: The other package.
        stated: File → the study's figures.
        theirs: Those of the other package.
        bare: The same study by statsmodels, which explanations are computed from.
    """
    parts = [
        table.drop(columns="scale")
        .merge(theirs, on=KEY, suffixes=("", "_theirs"))
        .assign(file=name)
        for name, table in stated.items()
    ]
    if not parts:
        return pd.DataFrame(columns=LINE)
    lines = pd.concat(parts, ignore_index=True).assign(program=program)
    lines = lines.rename(columns={"value": "ours", "value_theirs": "theirs"})
    lines = lines[lines["ours"].notna() | lines["theirs"].notna()].reset_index(drop=True)
    size = _sizes(lines, bare)
    lines["difference"] = _relative(lines["ours"], lines["theirs"], size)
    differs = ~(lines["difference"] <= AGREEMENT)
    lines["explanation"] = np.where(differs, UNEXPLAINED, AGREES)
    explain = _Explainer(program, theirs, bare)
    lines.loc[differs, "explanation"] = [
        explain(line, float(each))
        for line, each in zip(records_of(lines[differs]), size[differs], strict=True)
    ]
    return lines[LINE]


def _sizes(lines: pd.DataFrame, bare: BareStudy) -> Floats:
    """What each figure is measured against: itself, or its scale where that is larger."""
    known = bare.figures.set_index(KEY)["scale"]
    scale = known.reindex(pd.MultiIndex.from_frame(lines[KEY])).fillna(0.0).to_numpy()
    each = [scale, lines["scale"], lines["ours"].abs(), lines["theirs"].abs()]
    return np.asarray(np.fmax.reduce([np.asarray(one, dtype=float) for one in each]))


def _relative(ours: pd.Series[float], theirs: pd.Series[float], size: Floats) -> Floats:
    """|ours − theirs| over their size; infinite where one of them is missing."""
    apart = (ours - theirs).abs().to_numpy()
    share = np.divide(apart, size, out=np.zeros_like(apart), where=apart > 0)
    return np.where(np.isfinite(apart), share, np.inf)


class _Explainer:
    """Finds the deviation that predicts a figure of the other package."""

    def __init__(self, program: str, theirs: pd.DataFrame, bare: BareStudy) -> None:
        self._program, self._groups = program, bare.groups
        groups = theirs[theirs["kind"] == GROUP]
        self._own = bare.figures.set_index(KEY)["value"]
        self._theirs = {
            key: dict(zip(part["quantity"], part["value"], strict=True))
            for key, part in groups.groupby(["name", "window"])
        }
        self._predicted = cache(self._predict)

    def __call__(self, line: Mapping[str, Any], size: float) -> str:
        """The id of a deviation, or "unexplained"."""
        if line["kind"] != GROUP or line["name"] not in self._groups:
            return UNEXPLAINED
        # The study's own figure must be right, or an error in it would hide behind the deviation.
        own = self._own.get(tuple(line[name] for name in KEY), np.nan)
        if not abs(own - line["ours"]) <= AGREEMENT * size:
            return UNEXPLAINED
        for each in deviations_of(self._program, line["quantity"]):
            value = self._predicted(each.predicts, line["name"], line["window"], line["quantity"])
            if abs(value - line["theirs"]) <= AGREEMENT * size:
                return each.id
        return UNEXPLAINED

    def _predict(self, predicts: str, name: str, window: str, quantity: str) -> float:
        first, last = map(int, window.split(","))
        known = self._theirs.get((name, window), {})
        return PREDICTIONS[predicts](Differing(quantity, (first, last), self._groups[name], known))
