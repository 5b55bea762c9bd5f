"""Regressions side by side in a table for print: terms down, models across."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, quoted
from eventstudy.measures.model_column import ModelColumn
from eventstudy.report.tables.etable_rows import starred, stars_note
from eventstudy.text.numbers import MISSING, number, p_text
from eventstudy.text.table import Column, PlainTable, Row
from eventstudy.text.words import level_text

MOST_LEVELS = 4
"""Coefficients of a categorical term above which it is told as fixed effects."""
LEAST_FIGURES = 2
"""Significant figures that the smallest standard error of a row keeps."""
MOST_DECIMALS = 12
_LEVEL = re.compile(r"^(?P<term>[^:]+)\[(T\.|S\.)?[^\[\]:]*\]$")
"""A coefficient of one value of a categorical term, such as "C(sector)[T.y]"."""
_CODED = re.compile(r"^C\((?P<name>[^,()]+)[,)]")
_STATS = {"N": ("N", 0), "N_controls": ("Controls", 0), "r2": ("R²", 4)}
_STATS |= {"adj_r2": ("Adjusted R²", 4)}


@dataclass(frozen=True, slots=True)
class PrintedModels:
    """How models are printed."""

    shown: tuple[str, ...]
    """What stands below a coefficient: se, ci, t, p."""
    levels: tuple[float, ...]
    """Of stars."""
    digits: int
    """Decimals, where they leave two figures of the smallest standard error."""
    fixed: tuple[str, ...] | None
    """Categorical terms told as fixed effects; None for those of many values."""
    title: str


def frame_of_models(columns: Mapping[str, ModelColumn]) -> pd.DataFrame:
    """The coefficients as numbers: model, term, coef, se, t, p, ci_low, ci_high, one row each."""
    parts = [
        column.table.rename_axis("term").reset_index().assign(model=name)
        for name, column in columns.items()
    ]
    names = ["model", "term", "coef", "se", "t", "p_value", "ci_low", "ci_high"]
    table = pd.concat(parts, ignore_index=True)[names]
    return table.rename(columns={"p_value": "p"})


def printed_models(columns: Mapping[str, ModelColumn], how: PrintedModels) -> PlainTable:
    """The table of print.

    Args:
        columns: The models by their heads.
        how: Options.

    Raises:
        InputError: A term of `how.fixed` is none of any model.
    """
    fixed = _fixed_effects(columns, how.fixed)
    terms = _terms(columns, fixed)
    rows = [row for term in terms for row in _rows(term, columns, how)]
    dependents = list(dict.fromkeys(column.dependent for column in columns.values()))
    heads = [
        name if len(dependents) == 1 else f"{name}\n{column.dependent}"
        for name, column in columns.items()
    ]
    return PlainTable(
        (Column("", "left"), *(Column(head) for head in heads)),
        rows,
        title=how.title or f"Regression{'s' * (len(columns) > 1)} of {' and '.join(dependents)}",
        notes=_notes(columns, how),
        foot=_foot(columns, fixed),
    )


def _term_of(name: str) -> str:
    """The categorical term that a coefficient belongs to; empty for others."""
    found = _LEVEL.match(name)
    return found["term"] if found else ""


def _name_of(term: str) -> str:
    """What a term is of: "sector" of "C(sector)"."""
    found = _CODED.match(term)
    return found["name"].strip() if found else term


def _fixed_effects(
    columns: Mapping[str, ModelColumn], asked: Sequence[str] | None
) -> dict[str, set[str]]:
    """Label → the models that have it as fixed effects."""
    by_term: dict[str, dict[str, int]] = {}
    for model, column in columns.items():
        for name in map(str, column.table.index):
            if term := _term_of(name):
                counts = by_term.setdefault(_name_of(term), {})
                counts[model] = counts.get(model, 0) + 1
    if asked is None:
        many = {n: c for n, c in by_term.items() if max(c.values()) > MOST_LEVELS}
        return {name: set(counts) for name, counts in many.items()}
    for name in asked:
        if name not in by_term:
            known = ", ".join(by_term) or "none"
            raise InputError(
                f"Option fixed: {quoted(name)} is not a categorical term; there are: {known}."
            )
    return {name: set(by_term[name]) for name in asked}


def _terms(columns: Mapping[str, ModelColumn], fixed: Mapping[str, set[str]]) -> list[str]:
    """Terms in the order in which the models bring them, the intercept last."""
    names = dict.fromkeys(str(name) for column in columns.values() for name in column.table.index)
    kept = [name for name in names if not (_term_of(name) and _name_of(_term_of(name)) in fixed)]
    return [*(name for name in kept if name != "Intercept"), *(n for n in kept if n == "Intercept")]


def _rows(term: str, columns: Mapping[str, ModelColumn], how: PrintedModels) -> list[Row]:
    found = [column.table.to_dict("index").get(term) for column in columns.values()]
    digits = _decimals([row["se"] for row in found if row is not None], how.digits)
    texts = []
    for row in found:
        if row is None:
            texts.append({"coef": "", **dict.fromkeys(how.shown, "")})
            continue
        low, high = (number(row[end], digits) for end in ("ci_low", "ci_high"))
        texts.append(
            {
                "coef": f"{number(row['coef'], digits)}{starred(row['p_value'], how.levels)}",
                "se": f"({number(row['se'], digits)})",
                "ci": MISSING if MISSING in (low, high) else f"[{low}, {high}]",
                "t": f"t = {number(row['t'])}",
                "p": p_text(row["p_value"]),
            }
        )
    first = Row((term, *(text["coef"] for text in texts)))
    return [first, *(Row(("", *(t[name] for t in texts)), below=True) for name in how.shown)]


def _decimals(errors: Sequence[float], least: int) -> int:
    """Decimals at which the smallest standard error of a row keeps two figures."""
    known = [error for error in errors if np.isfinite(error) and error > 0]
    if not known:
        return least
    needed = LEAST_FIGURES - 1 - math.floor(math.log10(min(known)))
    return min(max(least, needed), MOST_DECIMALS)


def _foot(columns: Mapping[str, ModelColumn], fixed: Mapping[str, set[str]]) -> tuple[Row, ...]:
    rows = [
        Row(
            (
                f"{name[:1].upper()}{name[1:]} fixed effects",
                *("yes" if m in of else "" for m in columns),
            )
        )
        for name, of in fixed.items()
    ]
    if any(column.cluster for column in columns.values()):
        rows.append(Row(("Clusters", *(column.cluster for column in columns.values()))))
    for key, (label, digits) in _STATS.items():
        values = [column.stats.get(key, math.nan) for column in columns.values()]
        if any(math.isfinite(value) for value in values):
            rows.append(Row((label, *(number(value, digits) for value in values))))
    return tuple(rows)


def _notes(columns: Mapping[str, ModelColumn], how: PrintedModels) -> tuple[str, ...]:
    sentences = ["CARs are in decimals, 0.01 for 1%."]
    if "se" in how.shown:
        sentences.append("In parentheses: standard errors.")
    if "ci" in how.shown:
        confidence = dict.fromkeys(level_text(c.confidence) for c in columns.values())
        sentences.append(f"In brackets: {' and '.join(confidence)} intervals.")
    if how.levels:
        sentences.append(stars_note(how.levels))
    facts: dict[str, list[str]] = {}
    for name, column in columns.items():
        errors = column.facts.get("Standard errors")
        said = column.facts["Estimator"] + (f", standard errors {errors}" if errors else "")
        facts.setdefault(said, []).append(name)
    setting = [f"{', '.join(names)}: {said}." for said, names in facts.items()]
    cautions = dict.fromkeys(note for column in columns.values() for note in column.notes)
    return (" ".join([*sentences, *setting]), *cautions)
