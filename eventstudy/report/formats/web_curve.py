"""The specification curve as data of the page, for readers who choose for themselves.

What is shown for a choice is looked up, never computed again: estimates, intervals and p come as
they are, each with its own twelve digits; a standard error is half an interval over its quantile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.evidence.parts.curve import MARKET_FACTOR, NO_BENCHMARK, Curve
from eventstudy.evidence.parts.part import row_window
from eventstudy.report.pages.curve import CHOICES, benchmark_label, curve_rows
from eventstudy.significance.outcome import t_quantile
from eventstudy.text.measure import measure
from eventstudy.text.numbers import window_text
from eventstudy.text.words import level_text, listed

Named = Callable[[str], str]


def curve_data(curve: Curve, name: Named = str) -> dict[str, Any]:
    """Every estimate of every curve with the choices behind it.

    Args:
        curve: the evidence's part; its figures are written with all the digits that they have,
            twelve where a story hands them on.
        name: writes a ticker out.

    Returns:
        `level` of intervals; `scale` and `sign` of figures; `choices`: a name and its options
        each; `quantiles` of t by degrees of freedom; `entities`, see `_entity`.
    """
    table = curve.specifications.reset_index(drop=True)
    labels = curve_rows(table, name)[list(CHOICES)].astype(str)
    options = {choice: list(dict.fromkeys(labels[choice])) for choice in CHOICES}
    left_out = _left_out(curve, name)
    for choice in ("Model", "Benchmark"):
        options[choice] = list(dict.fromkeys([*options[choice], *filter(None, left_out[choice])]))
    whole = np.array(sorted({int(df) for df in table["df"] if np.isfinite(df)}), dtype=np.int64)
    quantiles = t_quantile(curve.confidence, whole)
    return {
        "level": level_text(curve.confidence),
        "scale": measure().scale,
        "sign": measure().sign,
        "choices": [{"name": choice, "options": options[choice]} for choice in CHOICES],
        "quantiles": dict(zip(map(str, whole), quantiles.tolist(), strict=True)),
        "entities": [
            _entity(part, labels.loc[part.index], options, left_out)
            for _, part in table.groupby("entity", sort=False)
        ],
    }


def _left_out(curve: Curve, name: Named) -> pd.DataFrame:
    """Models and benchmarks that are in no curve, as they are called in the choices."""
    table = curve.left_out
    fitted = curve.specifications.drop_duplicates("model")
    models = dict(zip(fitted["model"], fitted["model_label"], strict=True))
    called = {key: benchmark_label(key, name) for key in table["benchmark"] if key}
    return pd.DataFrame(
        {
            "entity": table["entity"],
            "Model": [models.get(key, key) for key in table["model"]],
            "Benchmark": [called.get(key, "") for key in table["benchmark"]],
            "reason": table["reason"],
        }
    )


def _entity(
    part: pd.DataFrame,
    labels: pd.DataFrame,
    options: Mapping[str, Sequence[str]],
    left_out: pd.DataFrame,
) -> dict[str, Any]:
    """The curves of an entity.

    Returns:
        `name`; `rows`: for each specification the numbers of its options, one after the other;
        `own`: the number of the study's own, −1 without; `absent`: by the numbers of a model and a
        benchmark, why they are in no specification; `windows`, see `_window`.
    """
    windows = [each for _, each in part.groupby(["window_start", "window_end"], sort=False)]
    first = windows[0]
    chosen = labels.loc[first.index]
    numbers = [
        [options[c].index(label) for c, label in chosen.loc[i].items()] for i in chosen.index
    ]
    here = left_out[left_out["entity"].isin(["", first["entity"].iloc[0]])]
    own = np.flatnonzero(first["own"])
    return {
        "name": str(first["name"].iloc[0]),
        "rows": [number for row in numbers for number in row],
        "own": int(own[0]) if len(own) else -1,
        "absent": _absent(chosen, options, here),
        "windows": [_window(each) for each in windows],
    }


def _window(rows: pd.DataFrame) -> dict[str, Any]:
    """The estimates of an entity over one window, in the order of its specifications.

    Returns:
        `label`; `estimate`, `low`, `high`, `df` and `p`, None where there is none; `significant`: a
        digit each; `reason`: by the number of a specification, why it has no estimate.
    """
    missing = rows["estimate"].isna().to_numpy()
    reasons = rows["reason"].astype(str).to_numpy()
    figures = {
        head: [float(v) if np.isfinite(v) else None for v in rows[column]]
        for head, column in (
            ("estimate", "estimate"),
            ("low", "ci_low"),
            ("high", "ci_high"),
            ("p", "p_value"),
        )
    }
    return {
        "label": window_text(row_window(rows.iloc[0])),
        **figures,
        "df": [int(v) if np.isfinite(v) else None for v in rows["df"]],
        "significant": "".join("1" if sure else "0" for sure in rows["significant"]),
        "reason": {str(i): reasons[i] for i in np.flatnonzero(missing)},
    }


def _absent(
    chosen: pd.DataFrame, options: Mapping[str, Sequence[str]], left_out: pd.DataFrame
) -> dict[str, str]:
    """Why a model on a benchmark is in no specification of an entity."""
    there = set(zip(chosen["Model"], chosen["Benchmark"], strict=True))
    reasons = {}
    for (m, model), (b, benchmark) in product(
        enumerate(options["Model"]), enumerate(options["Benchmark"])
    ):
        if (model, benchmark) not in there:
            reasons[f"{m} {b}"] = _why(model, benchmark, chosen, left_out)
    return reasons


def _why(model: str, benchmark: str, chosen: pd.DataFrame, left_out: pd.DataFrame) -> str:
    """Why the specifications do not have this model on this benchmark."""
    fits = left_out["Model"].isin(["", model]) & left_out["Benchmark"].isin(["", benchmark])
    if fits.any():
        return str(left_out.loc[fits, "reason"].iloc[0])
    on = list(dict.fromkeys(chosen.loc[chosen["Model"] == model, "Benchmark"]))
    if on == [benchmark_label(NO_BENCHMARK)]:
        return f"the model {model} has no benchmark"
    if on == [benchmark_label(MARKET_FACTOR)]:
        return f"the model {model} takes the market from its factors"
    return f"the model {model} is fitted only on {listed(on)}"
