"""The tools that explain what is missing, and read the bundles of the folder."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd

from eventstudy.agents.answers import (
    BundleAnswer,
    CutTable,
    EventAnswer,
    ExclusionAnswer,
    ListAnswer,
)
from eventstudy.agents.arguments import ExplainExclusion, ReadBundle
from eventstudy.agents.cut import MOST_ROWS, plain, some_notes, some_rows
from eventstudy.agents.desk import Desk, KeptStudy, Progress
from eventstudy.agents.figures import (
    chosen_options,
    quoted_tests,
    sourced,
    trimmed_event,
    trimmed_list,
)
from eventstudy.errors import InputError, some_names, unknown_name
from eventstudy.files.csv_text import unguarded
from eventstudy.files.formats import parse_json
from eventstudy.files.manifest import MANIFEST, SAID, verify_bundle
from eventstudy.files.reading import read_file, undamaged
from eventstudy.spec.study_spec import StudySpec
from eventstudy.text.numbers import counted

TABLES, RESULTS = "tables", "results.json"
WORDS = frozenset({"event_id", "ticker", "group", "test", "stage", "reason", "name", "key"})
"""Columns that hold names and words, even where all look like numbers."""
OPTION = "bundle"
CALLED = {"event_id": "event of this study", "ticker": "asset of this study"}
"""Column → what a sentence calls what is in it."""


def explain_exclusion(given: ExplainExclusion, desk: Desk, _progress: Progress) -> ExclusionAnswer:
    """Why an event or an asset has no figure, in the words of the study.

    Args:
        given: The study or bundle, and whom to look for.
        desk: Where the tool works.

    Raises:
        InputError: There is no such study or bundle, or it knows no such event or asset.
    """
    if given.bundle and given.study:
        raise InputError("Give either study or bundle, not both.")
    study = _kept_bundle(given.bundle, desk) if given.bundle else desk.study(given.study)
    asked = {"event_id": given.event_id, "ticker": given.ticker}
    for name, value in asked.items():
        both = [*study.exclusions[name], *study.estimated[name]]
        if value and value not in both:
            raise unknown_name(CALLED[name], value, list(dict.fromkeys(both)))
    out, held = (_matching(table, asked) for table in (study.exclusions, study.estimated))
    named = [value for value in asked.values() if value]
    notes = [note for note in study.notes if any(value in note for value in named)]
    estimated = [f"{row.ticker} at {row.event_id}" for row in held.head(MOST_ROWS).itertuples()]
    return ExclusionAnswer.model_validate(
        plain(
            {
                "study": study.name,
                "answer": _explained(out, held, " at ".join(reversed(named))),
                "left_out": out.head(MOST_ROWS).to_dict("records"),
                "left_out_total": len(out),
                "estimated": estimated if named else [],
                "notes": some_notes(notes),
            }
        )
    )


def _matching(table: pd.DataFrame, asked: dict[str, str]) -> pd.DataFrame:
    for name, value in asked.items():
        table = table[table[name].astype(str) == value] if value else table
    return table


def _explained(out: pd.DataFrame, held: pd.DataFrame, whom: str) -> str:
    """What became of whom was asked for, in a sentence or two."""
    if not (whom or len(out)):
        return f"Nothing was left out; {counted(len(held), 'observation')} estimated."
    whom = whom or "The study"
    windows = out["stage"].astype(str).str.startswith("CAR ")
    lost, lacking = out[~windows], out[windows]
    if len(lost) == 1 and len(out) == 1:
        event_id, ticker, stage, reason = lost.iloc[0].astype(str)
        return f"{ticker} at {event_id} was left out ({stage}): {reason}."
    if len(lost):
        reasons = some_names(list(dict.fromkeys(lost["reason"].astype(str))), 3)
        return f"{whom}: {counted(len(lost), 'observation')} left out ({reasons})."
    if len(lacking):
        reasons = some_names(list(dict.fromkeys(lacking["reason"].astype(str))), 3)
        return f"{whom}: some windows have no figure ({reasons})."
    return f"{whom}: nothing was left out; {counted(len(held), 'observation')} estimated."


def read_bundle(given: ReadBundle, desk: Desk, _progress: Progress) -> BundleAnswer:
    """The figures of a bundle, held against its manifest, and rows of one of its tables.

    Args:
        given: The bundle, and which rows.
        desk: Where the tool works.

    Raises:
        InputError: It is no bundle, a file of it cannot be read, or there is no such table.
    """
    place = desk.folder.inside(given.bundle, OPTION)
    verified = verify_bundle(place)
    bundle = desk.folder.shown(place)
    tables = sorted(path.stem for path in (place / TABLES).glob("*.csv"))
    if given.table and given.table not in tables:
        raise unknown_name(f"table in {bundle}", given.table, tables)
    with undamaged(f"{bundle}/{RESULTS}"):
        figures = _json_of(f"{bundle}/{RESULTS}", desk)
        origin = _json_of(f"{bundle}/{MANIFEST}", desk).get("data") or {}
        event, pooled = _figures_of(figures, bundle, sourced(origin))
    return BundleAnswer(
        bundle=bundle,
        sound=verified.sound,
        differences=[f"{one.path}: {SAID[one.kind]}" for one in verified.differences[:MOST_ROWS]],
        manifest_sha256=verified.manifest_sha256,
        tables=tables,
        event=event,
        pooled=pooled,
        table=_rows_asked(given, bundle, desk) if given.table else None,
    )


def _figures_of(
    figures: dict[str, Any], bundle: str, prices: str
) -> tuple[EventAnswer | None, ListAnswer | None]:
    """What results.json says, as a study would have answered."""
    pooled = "means" in figures
    out = figures["left_out" if pooled else "exclusions"]
    windows = [list(window) for window in figures["spec"]["car"]]
    known = {name: one for name, one in figures["spec"].items() if name in StudySpec.model_fields}
    head = {
        **figures,
        "study": bundle,
        "headline_tests": quoted_tests(figures, windows),
        "left_out": [] if pooled else out[:MOST_ROWS],
        "left_out_total": sum(row["count"] for row in out) if pooled else len(out),
        "notes": some_notes(figures["notes"]),
        "prices": prices,
        "options": chosen_options(StudySpec(**known)),
    }
    if pooled:
        cars = CutTable(
            columns=[],
            rows=[],
            first_row=0,
            total=0,
            note="Read them with table set to car.",
            file="",
        )
        return None, ListAnswer.model_validate(
            plain({**head, **trimmed_list(figures), "cars": cars.model_dump()})
        )
    file = f"{bundle}/{TABLES}/car.csv"
    lead = figures.get("lead")
    return EventAnswer.model_validate(
        plain({**head, "lead": lead, **trimmed_event(figures, file)})
    ), None


def _rows_asked(given: ReadBundle, bundle: str, desk: Desk) -> CutTable:
    file = f"{bundle}/{TABLES}/{given.table}.csv"
    table = _table_of(file, desk)
    for name in table:
        if name not in WORDS:
            table[name] = _as_figures(table[name])
    return some_rows(table, given.first_row, given.rows, file)


def _as_figures(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells as numbers where each filled one is a number; an empty one is None."""
    filled = cells.where(cells != "")
    figures = pd.to_numeric(filled, errors="coerce")
    found = figures if figures.notna().equals(filled.notna()) else filled
    return found.astype(object).where(found.notna(), None)


def _kept_bundle(bundle: str, desk: Desk) -> KeptStudy:
    place = desk.folder.inside(bundle, OPTION)
    verify_bundle(place)  # refuses what is none
    shown = desk.folder.shown(place)
    out, fits = (_table_of(f"{shown}/{TABLES}/{name}.csv", desk) for name in ("exclusions", "fits"))
    with undamaged(f"{shown}/{RESULTS}"):
        notes = tuple(map(str, _json_of(f"{shown}/{RESULTS}", desk)["notes"]))
        columns = out[["event_id", "ticker", "stage", "reason"]], fits[["event_id", "ticker"]]
    return KeptStudy(shown, *columns, notes)


def _table_of(file: str, desk: Desk) -> pd.DataFrame:
    """A table of a bundle as text."""
    raw = read_file(desk.folder.inside(file, OPTION), "table of a bundle")
    with undamaged(file):
        table = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False)
        return table.map(unguarded)


def _json_of(file: str, desk: Desk) -> dict[str, Any]:
    raw = read_file(desk.folder.inside(file, OPTION), "file of a bundle")
    found: dict[str, Any] = parse_json(raw)
    return found
