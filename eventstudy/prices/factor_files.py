"""Files of factor returns: one's own table, Kenneth French's as downloaded, AQR's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Floats
from eventstudy.errors import InputError, some_names
from eventstudy.files.tables.read import read_sheet
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.dialects.cells import (
    Findings,
    figures,
    has_decimal_commas,
    texts_of,
    undressed,
)
from eventstudy.prices.dialects.columns import USUAL, find_columns
from eventstudy.prices.dialects.days import is_date, read_days
from eventstudy.prices.dialects.dialect import DATES, Top
from eventstudy.prices.dialects.find import MOST_PREAMBLE
from eventstudy.prices.dialects.words import plain_head
from eventstudy.text.numbers import counted

FRENCH = {"Mkt-RF", "SMB", "HML", "RMW", "CMA", "RF", "Mom", "ST_Rev", "LT_Rev"}
"""Names in the header of a file of Kenneth French's library."""
ABSENT = (-99.99, -999.0)
"""What the library writes where it has no figure, and others after it."""
PERCENT_SPREAD = 0.1
"""No factor of daily decimals has a larger standard deviation; those in per cent do."""
FEW_DAYS = 20
"""Too few to tell decimals from per cent by their spread."""
NAMES = {"mktrf": "mkt_rf", "umd": "mom"}
"""Names of WRDS, and ours."""


def read_factor_file(path: Path) -> pd.DataFrame:
    """Factor returns in a file, days × factors; what was done to them is in `attrs["notes"]`.

    A file of Kenneth French's library is read as it is downloaded: text above and below the table
    and a second table are left out, per cent become decimals. Figures of others stay as they are.

    Args:
        path: A CSV or Parquet file with a column of days.

    Raises:
        InputError: It cannot be read, or has bad cells, all named at once.
    """
    sheet = read_sheet(path, "file of factors")
    top = sheet.top(MOST_PREAMBLE + 10)
    head = _head(top)
    names = [cell.strip() for cell in top[head]]
    french = bool(FRENCH & set(names)) or (head > 0 and not names[0])
    body, notes = sheet.cells.iloc[head + 1 - len(sheet.headers) :], list[str]()
    body = body[[at for at, name in enumerate(names) if name or at == 0]]
    names = [name for at, name in enumerate(names) if name or at == 0]
    columns = find_columns(names, file=sheet.name, layout="wide")
    date = names.index(columns.date)
    if french or head:
        body = _first_table(body, date, notes)
    body = _with_days_of_months(body, date, notes)
    factors = _table(body, date, names, sheet)
    factors = _without_absent(factors, notes)
    if french:
        factors = _from_french(factors, sheet.name, preamble=head > 0, notes=notes)
    if french or "mktrf" in {plain_head(name) for name in names}:
        factors = _of_three_factors(factors, notes)
    factors.attrs["notes"] = notes
    return factors


def _head(top: Top) -> int:
    """The row of names: French's, the first that names the days, else the first row."""
    for at, row in enumerate(top[:MOST_PREAMBLE]):
        names = {cell.strip() for cell in row}
        below = top[at + 1][0] if at + 1 < len(top) else ""
        if len(names) > 1 and not row[0].strip() and is_date(below):
            return at
        if names & FRENCH or {plain_head(name) for name in names} & set(USUAL["date"]):
            return at
    return 0


def _first_table(body: pd.DataFrame, date: int, notes: list[str]) -> pd.DataFrame:
    """The rows up to the first that has no day; the rest is named."""
    days = texts_of(body.iloc[:, date])
    other = [at for at, text in enumerate(days) if not (is_date(str(text)) or _is_month(str(text)))]
    if not other:
        return body
    rest = [str(text) for text in days[other[0] :]]
    yearly = any(re.fullmatch(r"\d{4}", text) for text in rest)
    another = any(is_date(text) or _is_month(text) for text in rest)
    what = "a table by years" if yearly else "a second table" if another else "text"
    notes.append(f"Below the factors {what} is left out ({counted(len(rest), 'row')}).")
    return body.iloc[: other[0]]


def _is_month(text: str) -> bool:
    return re.fullmatch(r"(1[89]|20)\d\d(0[1-9]|1[0-2])", text) is not None


def _with_days_of_months(body: pd.DataFrame, date: int, notes: list[str]) -> pd.DataFrame:
    """Rows of months, such as 202501, on their last day."""
    days = [str(text) for text in texts_of(body.iloc[:, date])]
    if not days or not all(map(_is_month, days)):
        return body
    notes.append("The factors are monthly: each month is dated on its last day.")
    last = pd.PeriodIndex([f"{day[:4]}-{day[4:]}" for day in days], freq="M").to_timestamp(
        how="end"
    )
    whole = body.astype({body.columns[date]: object})
    whole.isetitem(date, list(last.strftime("%Y-%m-%d")))
    return whole


def _table(body: pd.DataFrame, date: int, names: Sequence[str], sheet: Sheet) -> pd.DataFrame:
    if not len(body):
        raise InputError(f"{sheet.name} has a header but no rows; add one row per day.")
    findings = Findings(sheet.name, list(body.index))
    read = read_days(body.iloc[:, date], names[date], findings, sheet.name, dates=DATES)
    days = pd.DatetimeIndex(read.days, name="date")
    findings.add(
        np.asarray(days.duplicated() & days.notna()),
        lambda at: (
            f"column {names[date]}: {days[at]:%Y-%m-%d} appears twice; delete one of the two."
        ),
    )
    others = [body.iloc[:, at] for at in range(len(names)) if at != date]
    comma = has_decimal_commas(others, sheet.name)
    values = {}
    for at, name in enumerate(names):
        if at != date:
            cells = undressed(body.iloc[:, at], comma=True) if comma else body.iloc[:, at]
            figure = _decimals(cells, name, findings)
            plain = name.strip().lower().replace("-", "_")
            values[NAMES.get(plain, plain)] = figure
            findings.add(
                np.isinf(figure),
                lambda _, name=name: f"column {name}: the figure is infinite.",  # type: ignore[misc]
            )
    findings.raise_if_any()
    return pd.DataFrame(values, index=days).sort_index()


def _decimals(cells: pd.Series[Any], name: str, findings: Findings) -> Floats:
    """Figures; where all have a per cent sign, a hundredth of them."""
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        texts = [str(text) for text in texts_of(cells)]
        filled = [text for text in texts if text]
        if filled and all(text.endswith("%") for text in filled):
            bare = pd.Series([text.rstrip("% ") for text in texts], index=cells.index)
            return figures(bare, name, findings) / 100
    return figures(cells, name, findings, example="returns as 0.0042")


def _without_absent(factors: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """−99.99 and −999 are no figures, nor are −0.9999 and −9.99, which become of them."""
    codes = {
        code / scale: "" if scale == 1 else f" ({code:g} divided by 100)".replace("-", "−")
        for scale in (1, 100)
        for code in ABSENT
    }
    kept = factors.copy()
    for name, column in factors.items():
        for code, origin in codes.items():
            absent = np.isclose(column, code, rtol=1e-9)
            if absent.any():
                kept[name] = kept[name].mask(absent)
                notes.append(
                    f"{name}: −{-code:g}{origin} stands for a missing figure, first on "
                    f"{column.index[absent][0]:%Y-%m-%d}: {counted(int(absent.sum()), 'day')} "
                    "without one."
                )
    return kept


def _from_french(
    factors: pd.DataFrame, file: str, *, preamble: bool, notes: list[str]
) -> pd.DataFrame:
    """Decimals of French's per cent, in which all columns have to be or none."""
    large = (factors.drop(columns="rf", errors="ignore").std() > PERCENT_SPREAD).rename("large")
    if len(factors) >= FEW_DAYS and large.any() and not large.all():
        raise InputError(
            f"{file}: {some_names(list(large.index[large]))} "
            f"{'is' if large.sum() == 1 else 'are'} in per cent and "
            f"{some_names(list(large.index[~large]))} in decimals; write all of them in decimals."
        )
    if preamble if len(factors) < FEW_DAYS else bool(large.any()):
        notes.append("Read as Kenneth French's file: per cent divided by 100.")
        factors = factors / 100
    return factors


def _of_three_factors(factors: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """SMB of a three-factor file of French or WRDS under its own name."""
    names = set(factors.columns)
    if {"mkt_rf", "smb", "hml"} <= names and not {"rmw", "cma", "smb_ff3"} & names:
        notes.append("SMB is read as smb_ff3, that of three factors: the file has no RMW or CMA.")
        factors = factors.rename(columns={"smb": "smb_ff3"})
    return factors
