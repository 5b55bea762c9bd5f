"""A saved study as others can repeat it: its returns, and the figures that its files state."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.crosscheck.repeated import BareModel, regression_of, why_not
from eventstudy.errors import InputError
from eventstudy.files.csv_text import unguarded
from eventstudy.files.formats import parse_json
from eventstudy.files.reading import read_file, shown_path, undamaged
from eventstudy.files.saved import saved_table
from eventstudy.files.tables.limits import LARGEST
from eventstudy.spec.study_spec import PLACEBO_LIMIT, StudySpec

if TYPE_CHECKING:
    from eventstudy.result.result import StudyResult

RESULTS, STUDY = "results.json", "study.json"
_TABLES = ("fits", "car", "abnormal_returns", "portfolios", "averages", "tests")
_TEXTS = ("event_id", "ticker", "group", "benchmark", "test", "refused", "date", "detail")
_FLAGS = ("used", "headline")
_RETURNS = "estimation_returns"


@dataclass(frozen=True, slots=True, eq=False)
class SavedStudy:
    """What a study saved, as it lies in its folder."""

    folder: Path
    spec: StudySpec
    regression: BareModel
    returns: pd.DataFrame
    """One row an observation and session: event_id, ticker, place (from 0, of observations of the
    same event and ticker), date, rel_day, return, the regressors, used."""
    tables: Mapping[str, pd.DataFrame]
    """fits, car, abnormal_returns, portfolios, averages, tests: those that there are."""
    results: Mapping[str, Any]
    """results.json; empty for a result without a bundle."""
    members: Mapping[tuple[str, str], tuple[str, ...]]
    """(event_id, group) → tickers, of the portfolios."""

    @property
    def days(self) -> tuple[int, ...]:
        """The event days that there is an abnormal return for."""
        return tuple(self.spec.window.days)

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The days of the event window, then the CAR windows."""
        asked = [(each.start, each.end) for each in self.spec.car]
        return tuple(dict.fromkeys([*((day, day) for day in self.days), *asked]))


def read_saved(directory: str | Path) -> SavedStudy:
    """Read a bundle, or a saved result.

    Args:
        directory: What a run or `StudyResult.save` wrote.

    Raises:
        InputError: It is neither, it is damaged, its model is none that other packages repeat, or
            its returns were not saved.
    """
    folder = Path(directory)
    bundle = (folder / RESULTS).is_file()
    if not bundle and not any((at / STUDY).is_file() for at in (folder, folder / "saved")):
        raise InputError(
            f"{shown_path(directory)} contains no saved study (neither {RESULTS} nor {STUDY}); "
            "give a folder that `eventstudy run` or StudyResult.save wrote."
        )
    with undamaged(f"The saved study in {shown_path(directory)}"):
        return _of_bundle(folder) if bundle else _of_result(folder)


def _of_bundle(folder: Path) -> SavedStudy:
    results = parse_json(read_file(folder / RESULTS, "results of a bundle"))
    spec = StudySpec(**results["spec"])
    regression = _required(spec)
    tables = {name: _csv(folder, name) for name in _TABLES if _place(folder, name).is_file()}
    if _place(folder, _RETURNS).is_file():
        returns: pd.DataFrame | None = _csv(folder, _RETURNS)
    else:
        returns = _saved_returns(folder / "saved")
    event_id = results["event_id"]
    members = {
        (event_id, group["key"]): tuple(group["members"])
        for group in results.get("groups", ())
        if len(group["members"]) > 1
    }
    if "portfolios" in tables:
        members = _with_lone_groups(members, tables)
    return SavedStudy(
        folder, spec, regression, _placed(returns, folder, regression), tables, results, members
    )


def _with_lone_groups(
    members: Mapping[tuple[str, str], tuple[str, ...]], tables: Mapping[str, pd.DataFrame]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Groups that the results do not name, such as those of indices, by the table of CARs."""
    car = tables["car"].drop_duplicates(["event_id", "ticker"])
    first = {
        (str(event), str(group)): tuple(part["ticker"].astype(str))
        for (event, group), part in car.groupby(["event_id", "group"])
    }
    named = set(zip(tables["portfolios"]["event_id"], tables["portfolios"]["ticker"], strict=True))
    return {**{key: names for key, names in first.items() if key in named}, **members}


def _of_result(folder: Path) -> SavedStudy:
    from eventstudy.result.result import load

    result = load(folder)
    regression = _required(result.spec)
    labels = result.portfolios.labels
    members = {
        (str(event_id), str(group)): tuple(str(members).split(";"))
        for event_id, group, members in zip(
            labels["event_id"], labels["ticker"], labels.get("members", ()), strict=False
        )
    }
    returns = _placed(result.fitted, folder, regression)
    return SavedStudy(folder, result.spec, regression, returns, _tables_of(result), {}, members)


def _required(spec: StudySpec) -> BareModel:
    """The regression of the study; InputError where nobody repeats it."""
    regression = regression_of(spec.model, tuple(spec.factors))
    if regression is None:
        raise InputError(
            f"A study with the model {spec.model} is not repeated: {why_not(spec.model)}. Run it "
            "with the model market too, and cross-check that."
        )
    if spec.rolling:
        raise InputError(
            "A study with rolling estimation windows is not repeated: each event day has a fit of "
            "its own, which none of the packages supports. Run it without rolling too, and "
            "cross-check that."
        )
    return regression


def _place(folder: Path, name: str) -> Path:
    return folder / "tables" / f"{name}.csv"


def _csv(folder: Path, name: str) -> pd.DataFrame:
    raw = read_file(_place(folder, name), "table of a bundle", most=LARGEST)
    # pyarrow's reader would take a ticker such as NA for nothing, and 1E5 for a figure.
    heads = pd.read_csv(io.BytesIO(raw), nrows=0).columns
    texts = {head: "str" for head in heads if unguarded(head) in _TEXTS}
    table = pd.read_csv(
        io.BytesIO(raw),
        dtype=texts,
        keep_default_na=False,
        na_values={head: [""] for head in heads if head not in texts},
    ).rename(columns=unguarded)
    for head in set(table.columns) & {*_TEXTS}:
        table[head] = table[head].map(unguarded)
    return table


def _saved_returns(folder: Path) -> pd.DataFrame | None:
    path = folder / "fitted_returns.parquet"
    return saved_table(path) if path.is_file() else None


def _placed(returns: pd.DataFrame | None, folder: Path, regression: BareModel) -> pd.DataFrame:
    """The returns in one form; InputError where there are none."""
    if returns is None:
        raise InputError(
            f"{shown_path(folder)} does not contain the returns behind its estimates: earlier "
            f"versions did not save them, nor does this one beyond {PLACEBO_LIMIT:,} observations. "
            "Run the study again; if it is that large, on a sample of its events."
        )
    needed = {"event_id", "ticker", "date", "rel_day", "return", "used", *regression.regressors}
    if lacking := needed | ({regression.offset} - {""}):
        lacking -= set(returns.columns)
    if lacking:
        raise ValueError(f"the returns lack {', '.join(sorted(lacking))}")
    same = ["event_id", "ticker", "rel_day"]
    place = returns.groupby(same, sort=False).cumcount()
    dates = pd.to_datetime(returns["date"]).dt.as_unit("ns")
    return returns.assign(place=place, date=dates, used=_flag(returns["used"]))


def _flag(values: pd.Series[Any]) -> pd.Series[bool]:
    if values.dtype == bool:
        return values
    return values.astype(str).str.lower() == "true"


def _tables_of(result: StudyResult) -> dict[str, pd.DataFrame]:
    """The tables that a bundle would have as CSV."""
    cars = [
        result.car((each.start, each.end)).reset_index().assign(start=each.start, end=each.end)
        for each in result.spec.car
    ]
    ar = result.abnormal_returns
    keys = ar.index.to_frame(index=False).astype(str)
    days = [
        keys.assign(rel_day=day, abnormal_return=ar[day].to_numpy()) for day in ar.columns.tolist()
    ]
    portfolios = result.portfolios
    joint = [
        portfolios.car_table(each).reset_index().assign(start=each.start, end=each.end)
        for each in result.spec.car
        if len(portfolios.labels)
    ]
    made = {
        "fits": result.fits.reset_index(),
        "abnormal_returns": pd.concat(days, ignore_index=True),
        "averages": result.averages,
        "tests": result.tests,
    }
    if cars:
        made["car"] = pd.concat(cars, ignore_index=True)
    if joint:
        made["portfolios"] = pd.concat(joint, ignore_index=True)
    return made
