"""The figures that a saved study states, each with the file in which it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from eventstudy.crosscheck.figures import (
    ASSET,
    GROUP,
    PORTFOLIO,
    Figure,
    records_of,
    table_of_figures,
    window_key,
)
from eventstudy.crosscheck.saved import RESULTS, SavedStudy
from eventstudy.spec.study_spec import EQUAL

P = " p"
"""Ends the quantity that is the p of a test."""
_CAR = ("car", "se", "t", "df", "p_value", "ci_low", "ci_high", "n_obs")
_DAY = {"raw_return": "raw_return", "expected_return": "expected_return", "abnormal_return": "car"}
_FIT = ("s", "n_obs", "df", "r_squared")
_WINDOW = ("car", "se", "t", "p_value", "n_obs")


def stated_figures(study: SavedStudy) -> dict[str, pd.DataFrame]:
    """File → its figures, as `table_of_figures`.

    Args:
        study: As it was saved.
    """
    tables, alike = study.tables, study.spec.weights == EQUAL
    found = {
        "fits": _fits(study, tables.get("fits")),
        "car": _windows(tables.get("car"), ASSET),
        "abnormal_returns": _days(tables.get("abnormal_returns")),
        "portfolios": _windows(tables.get("portfolios") if alike else None, PORTFOLIO),
        "averages": _averages(tables.get("averages") if alike else None),
        "tests": _tests(tables.get("tests")),
    }
    where = "tables/{}.csv" if study.results else "saved {}"
    stated = {where.format(name): table_of_figures(each) for name, each in found.items()}
    if study.results:
        stated[RESULTS] = table_of_figures(_results(study, alike))
    return {name: table for name, table in stated.items() if len(table)}


def _placed(table: pd.DataFrame, *also: str) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The rows, each with its place among those of the same event and ticker."""
    place = table.groupby(["event_id", "ticker", *also], sort=False).cumcount()
    return zip(records_of(table), place.tolist(), strict=True)


def _fits(study: SavedStudy, table: pd.DataFrame | None) -> Iterator[Figure]:
    names = (*study.regression.coefficients, *_FIT)
    for row, place in _placed(table) if table is not None else ():
        for name in names:
            yield Figure(
                ASSET, str(row["event_id"]), str(row["ticker"]), place, "", name, _value(row, name)
            )


def _windows(table: pd.DataFrame | None, kind: str) -> Iterator[Figure]:
    for row, place in _placed(table, "start", "end") if table is not None else ():
        window = window_key(row["start"], row["end"])
        for name in _CAR:
            if name in row:
                yield Figure(
                    kind,
                    str(row["event_id"]),
                    str(row["ticker"]),
                    place,
                    window,
                    name,
                    _value(row, name),
                )


def _days(table: pd.DataFrame | None) -> Iterator[Figure]:
    names = {**_DAY, **{name: name for name in ("se", "t", "p_value")}}
    for row, place in _placed(table, "rel_day") if table is not None else ():
        window = window_key(row["rel_day"], row["rel_day"])
        for head, name in names.items():
            if head in row:
                yield Figure(
                    ASSET,
                    str(row["event_id"]),
                    str(row["ticker"]),
                    place,
                    window,
                    name,
                    _value(row, head),
                )


def _averages(table: pd.DataFrame | None) -> Iterator[Figure]:
    for row in records_of(table):
        window = window_key(row["start"], row["end"])
        for head, name in (("estimate", "mean"), ("n", "n"), ("positive", "positive")):
            yield Figure(GROUP, "", str(row["group"]), 0, window, name, _value(row, head))


def _tests(table: pd.DataFrame | None) -> Iterator[Figure]:
    for row in records_of(table):
        refused = row["refused"]
        if isinstance(refused, str) and refused:
            continue
        yield from _test(row)


def _test(row: Mapping[str, Any]) -> Iterator[Figure]:
    window, name = window_key(row["start"], row["end"]), str(row["test"])
    for quantity, head in ((name, "statistic"), (name + P, "p_value")):
        yield Figure(GROUP, "", str(row["group"]), 0, window, quantity, _value(row, head))


def _results(study: SavedStudy, alike: bool) -> Iterator[Figure]:
    results = study.results
    event_id = str(results["event_id"])
    for entity in results.get("assets", ()):
        yield from _entity(entity, ASSET, event_id)
    for entity in results.get("groups", ()):
        if len(entity["members"]) == 1:
            yield from _entity(entity, ASSET, event_id)
        elif alike:
            yield from _entity(entity, PORTFOLIO, event_id)
    for row in results.get("means", ()) if alike else ():
        window = window_key(row["start"], row["end"])
        for head, name in (("estimate", "mean"), ("n", "n"), ("positive", "positive")):
            yield Figure(GROUP, "", str(row["group"]), 0, window, name, _value(row, head))
    for row in results.get("headline_tests", ()):
        yield from _test(row)


def _entity(entity: Mapping[str, Any], kind: str, event_id: str) -> Iterator[Figure]:
    windows: Sequence[Mapping[str, Any]] = entity["windows"]
    for row in windows:
        window = window_key(row["start"], row["end"])
        for name in _WINDOW:
            yield Figure(kind, event_id, str(entity["key"]), 0, window, name, _value(row, name))
        if row.get("quoted_test") == "t":
            for head, name in (("low", "ci_low"), ("high", "ci_high")):
                yield Figure(kind, event_id, str(entity["key"]), 0, window, name, _value(row, head))


def _value(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or value == "" else float(value)
