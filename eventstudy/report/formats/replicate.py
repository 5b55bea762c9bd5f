"""Scripts that compute the estimates of a bundle again from its tables: base R, and Stata.

They share no code with the package: who doubts a figure runs them. They hold the figures that the
study reports and stop with an error where theirs differ.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eventstudy.events.groups import PEERS
from eventstudy.evidence.parts.estimation import EstimationReturns
from eventstudy.report.story import Story
from eventstudy.text.rounding import rounded
from eventstudy.text.words import listed

SCRIPTS = ("replicate.R", "replicate.do")
_FIGURES = ("car", "se", "t", "df", "p")
_COLUMNS = ("asset", "start", "end", *_FIGURES, "p_placebo")


def write_replication(story: Story, folder: Path) -> None:
    """Write replicate.R and replicate.do, if the model is a least-squares regression.

    Args:
        story: the figures that the scripts are to find; without `evidence.estimation` nothing is
            written.
        folder: the bundle, which has tables/estimation_returns.csv.
    """
    if story.evidence is None or story.evidence.estimation is None:
        return
    inputs = story.part(EstimationReturns)
    if inputs.not_replicable:
        return
    facts = _facts(story, inputs)
    for name in SCRIPTS:
        text = _environment().get_template(f"{name}.jinja").render(**facts)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _facts(story: Story, inputs: EstimationReturns) -> dict[str, Any]:
    """What the templates fill in."""
    placed = _ordered(_places(inputs.returns), _headline(story))
    rows = _expected(story, [asset["ticker"] for asset in placed])
    explained = [*(["a constant"] if inputs.constant else []), *inputs.regressors]
    at = {name: place for place, name in enumerate(inputs.returns.columns, start=1)}
    slopes = [f"x{k}" for k in range(1, len(inputs.regressors) + 1)]
    columns = ", ".join(
        f'"{name}"' for name in (*(["constant"] if inputs.constant else []), *slopes)
    )
    return {
        "title": _comment(story.title),
        "model": _comment(inputs.model),
        "response": inputs.response,
        "regressors": inputs.regressors,
        "constant": inputs.constant,
        "explained_by": _comment(listed(explained)) if explained else "nothing",
        "assets": placed,
        "columns": _COLUMNS,
        "rows": [[_r_number(value) for value in row] for row in rows],
        "placebo": any(np.isfinite(row[-1]) for row in rows),
        "place": {
            "rel_day": at["rel_day"],
            "response": at[inputs.response],
            "regressors": [at[name] for name in inputs.regressors],
            "used": at["used"],
        },
        "stata_rows": [[_stata_number(value) for value in row[:-1]] for row in rows],
        "stata_x": f"st_data(., ({columns}))" if columns else "J(0, 0, .)",
    }


def _places(returns: pd.DataFrame) -> list[dict[str, Any]]:
    """Each asset with its first and last row, counted from 1."""
    places = pd.Series(np.arange(1, len(returns) + 1), index=returns["ticker"])
    ends = places.groupby(level=0, sort=False).agg(["min", "max"])
    return [
        {"ticker": str(ticker), "first": int(first), "last": int(last)}
        for ticker, first, last in ends.itertuples()
    ]


def _headline(story: Story) -> str:
    """The asset that the event is primarily about, its peers apart."""
    single = [each.key for each in story.entities if not each.portfolio and each.group != PEERS]
    return single[0] if single else story.assets[0].key


def _ordered(placed: list[dict[str, Any]], first: str) -> list[dict[str, Any]]:
    return sorted(placed, key=lambda asset: bool(asset["ticker"] != first))


def _expected(story: Story, tickers: list[str]) -> list[list[float]]:
    """A row an asset and window with a figure; the placebo p of the first asset alone."""
    windows = tuple(dict.fromkeys((story.focus, *story.result.spec.car)))
    names = ["car", "se", "t", "df", "p_value", "p_placebo"]
    tables = [rounded(story.result.car(window).droplevel("event_id"))[names] for window in windows]
    rows = []
    for place, ticker in enumerate(tickers, start=1):
        for window, table in zip(windows, tables, strict=True):
            *figures, placebo = table.loc[[ticker]].to_numpy()[0].tolist()
            if np.isfinite(figures[0]):
                ranked = placebo if place == 1 else np.nan
                rows.append([place, window.start, window.end, *figures, ranked])
    return rows


def _comment(text: str) -> str:
    """Text that neither ends a comment nor begins one, nor names a macro of Stata."""
    return " ".join(re.sub(r"[^\w .,:;()&'+%^=-]", " ", text).split())


def _r_number(value: float) -> str:
    return "NA" if np.isnan(value) else f"{value:.12g}"


def _stata_number(value: float) -> str:
    return f"{value:.12g}"


def _r_text(text: str) -> str:
    """A string of R; JSON has the same escapes for what a ticker or column may hold."""
    return json.dumps(text, ensure_ascii=False)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # scripts, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["r_text"] = _r_text
    environment.filters["r_text"] = _r_text
    return environment
