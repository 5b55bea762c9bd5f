"""What the columns of a bundle's tables hold, and how a spreadsheet shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from eventstudy.evidence.parts.claims import in_points


@dataclass(frozen=True, slots=True)
class Kind:
    """A number format, what the reader is told of the unit, and the same format for a width."""

    format: str
    unit: str
    sample: str = "{}"

    def width(self, value: float) -> int:
        """Characters that a value takes."""
        return len(self.sample.format(value))


PERCENT = Kind("0.00%", "A fraction, shown in percent: -0.05 is −5 %.", "{:.2%}")
P_VALUE = Kind("0.0000", "A p-value, between 0 and 1.", "{:.4f}")
STATISTIC = Kind("0.00", "A test statistic, without unit.", "{:.2f}")
NUMBER = Kind("0.0000", "A number without unit.", "{:.4f}")
COUNT = Kind("#,##0", "A count.", "{:,.0f}")
FREEDOM = Kind("#,##0", "Degrees of freedom.", "{:,.0f}")
BROKEN_FREEDOM = Kind("#,##0.00", "Degrees of freedom.", "{:,.2f}")
DAY = Kind("+0;-0;0", "Sessions from day 0; negative before it.", "{:+.0f}")
DATE = Kind("yyyy-mm-dd", "A session, year-month-day.", "0000-00-00")
DOLLARS = Kind("$#,##0;-$#,##0", "US dollars.", "-${:,.0f}")
PRICE = Kind("#,##0.00", "A close: US dollars, or points of an index.", "{:,.2f}")
POINTS = Kind("#,##0.00;-#,##0.00", "Index points.", "-{:,.2f}")
FLAG = Kind('"TRUE";"TRUE";"FALSE"', "TRUE or FALSE.", "FALSE")
TEXT = Kind("General", "")

_RETURNS = frozenset(
    {
        *("raw_return", "expected_return", "abnormal_return", "car", "ar", "ar0", "car_a", "car_b"),
        *("estimate", "tested", "own", "against", "difference", "total", "clear_car", "alpha"),
        *("se", "own_se", "against_se", "difference_se", "total_se", "s"),
        *("ci_low", "ci_high", "placebo_low", "placebo_high", "low", "high"),
        *("median", "minimum", "maximum", "share", "share_low", "share_high"),
        *("share_significant", "share_same_sign", "zero_returns"),
    }
)
_STATISTICS = frozenset({"t", "statistic", "total_t", "in_se", "mean_z", "durbin_watson"})
_DAYS = frozenset(
    {
        *("rel_day", "day", "start", "end", "window_start", "window_end", "horizon"),
        *("first_back", "stays_back", "half_life"),
    }
)
_COUNTS = frozenset({"rank", "shares"})
_NUMBERS = frozenset({"beta", "r_squared", "autocorrelation"})
_AMOUNTS = frozenset({"raw", "abnormal", "se", "low", "high"})
_AMOUNTS_OF = {"value_assets": DOLLARS, "value_totals": DOLLARS, "value_indices": POINTS}
_MEASURED = frozenset({"threshold", "within", "figure", "low", "high", "other_figure"})


def kinds_of(table: str, frame: pd.DataFrame) -> dict[str, Kind | Sequence[Kind]]:
    """Column → its kind, or one kind a row where a column holds several."""
    found: dict[str, Kind | Sequence[Kind]] = {}
    for column in map(str, frame):
        if table == "claims_parts" and column in _MEASURED:
            points = [in_points({"measure": measure}) for measure in frame["measure"]]
            found[column] = [POINTS if of_points else PERCENT for of_points in points]
        else:
            found[column] = _kind(table, column, frame[column])
    return found


def _kind(table: str, column: str, values: pd.Series[float]) -> Kind:
    if pd.api.types.is_bool_dtype(values):
        return FLAG
    if pd.api.types.is_datetime64_any_dtype(values):
        return DATE
    if not pd.api.types.is_numeric_dtype(values):
        return TEXT
    if table in _AMOUNTS_OF and column in _AMOUNTS:
        return _AMOUNTS_OF[table]
    if column in ("df", "df2"):
        return FREEDOM if (values.dropna() % 1 == 0).all() else BROKEN_FREEDOM
    named = _named(column)
    if named is not None:
        return named
    return COUNT if pd.api.types.is_integer_dtype(values) else NUMBER


def _named(column: str) -> Kind | None:
    """The kind that a column's name says; None where it says nothing."""
    if column.startswith("p_") or column.endswith("_p"):
        return P_VALUE
    if column in ("close", "previous_close"):
        return PRICE
    names = {
        PERCENT: _RETURNS,
        STATISTIC: _STATISTICS,
        DAY: _DAYS,
        COUNT: _COUNTS,
        NUMBER: _NUMBERS,
    }
    return next((kind for kind, columns in names.items() if column in columns), None)


ABOUT = {
    "abnormal_returns": "Raw, expected and abnormal return of every asset on every day of the "
    "event window.",
    "car": "Abnormal return of every asset over each CAR window, with intervals, p-values and "
    "their adjustment for all rows.",
    "portfolios": "The same for each group of several assets as an equal-weighted portfolio.",
    "tests": "Every test by group and window; headline marks the one to quote, refused says why a "
    "figure is missing.",
    "averages": "Means of each group, day by day and over each CAR window.",
    "fits": "Coefficients and fit of each asset's normal return.",
    "diagnostics": "What the residuals of each fit say about its assumptions.",
    "exclusions": "All that went in and did not come out, with the reason.",
    "alignments": "How the date of the announcement became day 0.",
    "benchmarks": "The CARs under the study's benchmark and under each other one.",
    "confounders": "Other registered events inside the studied days.",
    "placebos_summary": "The rank of the event among ordinary days and among other assets.",
    "placebos_draws": "Each of those days and assets.",
    "placebos_left_out": "Which days and assets were no placebo, and why.",
    "curve_specifications": "The estimate under every specification.",
    "curve_summary": "What the specifications amount to, with p-values from ordinary days.",
    "curve_placebos": "The same curve on each ordinary day.",
    "curve_left_out": "Which specifications were not estimated, and why.",
    "recovery_table": "How much of day 0 was undone by each horizon.",
    "recovery_summary": "When it was undone.",
    "recovery_path": "The cumulative abnormal return from day 0 on, day by day.",
    "recovery_confounders": "Other registered events on the way.",
    "contamination_table": "What another benchmark does to each estimate.",
    "contrasts_pairs": "Differences between groups.",
    "contrasts_headlines": "Differences from the other headline events.",
    "contrasts_history": "The lead assets on every registered event that names them.",
    "value_assets": "Change in market value of each company, raw and abnormal.",
    "value_totals": "Its sum by group.",
    "value_indices": "Index points, raw and abnormal.",
    "claims_claims": "What was said about the event, with the verdict.",
    "claims_parts": "The parts of each claim, each against its figure.",
}
"""Table → what it holds, in a sentence."""
