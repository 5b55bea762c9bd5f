"""The tables of a bundle: tidy, by name, and as CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.estimation.estimates import CAR_COLUMNS, Estimates
from eventstudy.evidence.parts.evidence import Evidence, tables_of
from eventstudy.files.csv_text import write_csv
from eventstudy.report.told import Told
from eventstudy.result.dollars import focus_of
from eventstudy.result.multiple_testing import adjusted
from eventstudy.result.result import StudyResult
from eventstudy.significance.outcome import t_p_values
from eventstudy.text.rounding import rounded


def write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write tables by their names into `folder`, which must exist."""
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")


def bundle_tables(result: StudyResult, evidence: Evidence | None) -> dict[str, pd.DataFrame]:
    """Every table of a bundle by name, its figures `rounded`: the result's, then the evidence's."""
    return rounded(
        result_tables(result) | (evidence_tables(evidence) if evidence is not None else {})
    )


def story_tables(story: Told) -> dict[str, pd.DataFrame]:
    """Every table of the bundle of one event, those of its plan first."""
    planned = story.result.planned
    own = {} if planned is None else rounded(planned.tables(story.event_id))
    return own | bundle_tables(story.result, story.evidence)


def result_tables(result: StudyResult) -> dict[str, pd.DataFrame]:
    """Every table of the result by name, as every format of a bundle has it."""
    tables = {
        "abnormal_returns": tidy_abnormal_returns(result),
        "car": with_adjusted(tidy_cars(result.assets)),
        "portfolios": tidy_cars(result.portfolios),
        "tests": result.tests,
        "averages": result.averages,
        "detectable": result.detectable(focus_of(result.spec)),
        "fits": result.fits.reset_index(),
        "diagnostics": result.diagnostics.reset_index(),
        "exclusions": result.exclusions,
        "alignments": result.alignments,
    }
    if len(result.left_out):
        tables["left_out"] = result.left_out
    if result.comparison:
        tables["benchmarks"] = tidy_benchmarks(result)
    if result.context is not None:
        tables["confounders"] = result.context.confounders
    return tables


def evidence_tables(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Every table of the evidence by the name of its part and its own, such as recovery_path."""
    return {
        f"{name}_{table}": content
        for name, part in evidence.parts.items()
        for table, content in tables_of(part).items()
    }


def tidy_abnormal_returns(result: StudyResult) -> pd.DataFrame:
    """One row an observation and day: raw, expected and abnormal return with se, t and p."""
    assets, spec = result.assets, result.spec
    fits, days = assets.fits, np.arange(spec.window.start, spec.window.end + 1)
    columns = slice(spec.window.start - spec.span.start, spec.window.end - spec.span.start + 1)
    ar, raw = fits.ar[:, columns], assets.returns[:, columns]
    se = assets.se[:, columns]
    t = ar / se
    n, width = ar.shape
    labels = assets.labels.loc[np.repeat(np.arange(n), width), ["event_id", "ticker", "group"]]
    return pd.DataFrame(
        {
            **{name: labels[name].to_numpy() for name in labels},
            "rel_day": np.tile(days, n),
            "date": _dates(result, n, width),
            "raw_return": raw.ravel(),
            "expected_return": (raw - ar).ravel(),
            "abnormal_return": ar.ravel(),
            "se": se.ravel(),
            "t": t.ravel(),
            "p_value": t_p_values(t, fits.df[:, None]).ravel(),
        }
    )


def _dates(result: StudyResult, n: int, width: int) -> pd.Series[pd.Timestamp]:
    """The session of every observation's day; missing where it lies beyond the data."""
    first = result.spec.window.start - result.spec.span.start
    dates = result.assets.dates[:, first : first + width]
    return pd.Series(dates.reshape(n * width))


def tidy_cars(estimates: Estimates) -> pd.DataFrame:
    """One row an observation and CAR window."""
    parts = [
        estimates.car_table(window).reset_index().assign(start=window.start, end=window.end)
        for window in estimates.spec.car
    ]
    group, *figures = CAR_COLUMNS
    table = pd.concat(parts, ignore_index=True)
    return table[["event_id", "ticker", group, "start", "end", *figures]]


def with_adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """A CAR table with its quoted p adjusted for all its rows: p_quoted, p_holm, p_bh, family."""
    quoted = adjusted(table)
    at = list(table.columns).index("p_placebo") + 1
    return pd.concat([table.iloc[:, :at], quoted, table.iloc[:, at:]], axis=1)


def tidy_benchmarks(result: StudyResult) -> pd.DataFrame:
    """The CARs under the study's own benchmark and under each other one."""
    own = tidy_cars(result.assets)
    by_observation = result.assets.labels.set_index(["event_id", "ticker"])["benchmark"]
    own_names = by_observation.loc[list(zip(own["event_id"], own["ticker"], strict=True))]
    parts = [own.assign(benchmark=own_names.to_numpy())]
    parts += [tidy_cars(e).assign(benchmark=name) for name, e in result.comparison.items()]
    table = pd.concat(parts, ignore_index=True)
    return table[["benchmark", *(c for c in table.columns if c != "benchmark")]]
