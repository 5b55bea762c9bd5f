"""Tables with a row for each day and ticker, or each day of one ticker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Bools, Floats, Stamps, Texts
from eventstudy.errors import InputError, quoted, some_names
from eventstudy.files.csv_text import unguarded
from eventstudy.files.tables.sheet import Sheet
from eventstudy.prices.checks.units import CODES
from eventstudy.prices.dialects.body import body_of, require_once, say_recognised
from eventstudy.prices.dialects.cells import (
    Findings,
    figures,
    has_decimal_commas,
    note_no_prices,
    texts_of,
    undressed,
)
from eventstudy.prices.dialects.columns import is_ticker, require_one_case
from eventstudy.prices.dialects.currency import checked_currencies
from eventstudy.prices.dialects.days import read_days
from eventstudy.prices.dialects.dialect import Dialect, FileOptions, Found, Reading
from eventstudy.prices.dialects.names import file_ticker
from eventstudy.prices.dialects.values import (
    AS_THEY_ARE,
    checked_returns,
    in_decimals,
    index_of,
    note_no_returns,
    require_kind,
    returns_note,
)
from eventstudy.text.numbers import counted


def read_rows(
    cells: pd.DataFrame, found: Found, dialect: Dialect, asked: FileOptions, sheet: Sheet
) -> Reading:
    """What a table of rows says.

    Args:
        cells: Those below the row of names.
        found: Which column is what.
        dialect: How the vendor writes.
        asked: What the user says.
        sheet: Names the file.

    Raises:
        InputError: Wrong cells, all named at once, or what cannot be told without guessing.
    """
    file = sheet.name
    body, said = body_of(cells, found.roles["date"], dialect)
    findings = Findings(file, list(body.index))
    days = read_days(
        body[found.roles["date"]],
        found.names[found.roles["date"]],
        findings,
        file,
        dates=dialect.dates,
        dayfirst=asked.dayfirst,
        exchange=asked.calendar,
    )
    raw, origin = _tickers(body, found, dialect, asked, sheet, findings)
    columns = _Columns(body, found, dialect, asked, file, findings, raw)
    close, adjusted, returns = columns.figures(said)
    findings.raise_if_any()
    tickers = _labels(body, found, raw, days.days, file, said)
    require_one_case(sorted(set(tickers)), file)
    if (at := found.roles.get("currency")) is not None:
        said += checked_currencies(texts_of(body[at]), tickers, days.days, found.names[at], file)
    table = pd.DataFrame({"date": days.days, "ticker": tickers})
    for role, values in (("close", close), ("adj_close", adjusted), ("returns", returns)):
        if values is not None:
            table[role] = values
    if dialect.repeats:
        repeated = table.duplicated().to_numpy()
        if repeated.any():
            said.append(f"Left out: {counted(int(repeated.sum()), 'repeated row')}.")
            kept = ~repeated
            table, findings = table[kept], Findings(file, list(body.index[kept]))
            table.index = pd.RangeIndex(len(table))
    _require_one_a_day(table, file)
    require_once(table, ["date", "ticker"], findings, lambda at: _key(table, at))
    findings.raise_if_any()
    wide = {role: _pivoted(table, role) for role in table.columns[2:]}
    stated = _with_benchmarks(wide.get("returns"), columns.benchmarks(days.days))
    said += checked_returns(stated) if stated is not None else ()
    close_frame = wide.get("close")
    parts = [frame for frame in (close_frame, _unpriced(stated, close_frame)) if frame is not None]
    return Reading(
        close=pd.concat(parts, axis=1),
        adj_close=pd.concat([wide["adj_close"], *parts[1:]], axis=1)
        if adjusted is not None
        else None,
        returns=stated,
        benchmarks=tuple(found.benchmarks),
        recognised=say_recognised(dialect, found, asked, days.said, origin),
        dropped=(*found.dropped, *said),
        note=("" if asked.values == "levels" else found.note)
        if close is not None
        else returns_note(asked.values),
    )


class _Columns:
    """The figures of a table by their roles."""

    def __init__(
        self,
        body: pd.DataFrame,
        found: Found,
        dialect: Dialect,
        asked: FileOptions,
        file: str,
        findings: Findings,
        tickers: Texts,
    ) -> None:
        self.body, self.found, self.dialect, self.asked = body, found, dialect, asked
        self.file, self.findings, self.tickers = file, findings, tickers
        priced = [body[found.roles[role]] for role in ("close", "adj_close") if role in found.roles]
        self.comma = dialect.comma
        if dialect.comma is None:
            self.comma = has_decimal_commas(priced, file)

    def figures(self, said: list[str]) -> tuple[Floats | None, Floats | None, Floats | None]:
        """Closes, adjusted closes and returns, each None where the table has none."""
        close = self._column("close")
        both = self.found.roles.get("close") == self.found.roles.get("adj_close")
        adjusted = None if both else self._column("adj_close")
        returns = self._column("returns", "returns as 0.0042")
        kind = self.asked.values
        plain = not self.dialect.name or kind != "auto"
        if returns is not None and plain:
            self._require_kind("returns", returns, "returns" if kind == "auto" else kind)
            returns = in_decimals(returns, kind)
        elif close is not None and plain:
            self._require_kind("close", close, kind)
            if kind not in AS_THEY_ARE:
                returns, close, adjusted = in_decimals(close, kind), None, None
        returns = self._compounded(returns, said)
        if close is not None:
            close = self._priced("close", close, said)
            if adjusted is not None:
                adjusted = self._priced("adj_close", adjusted, said)
            close, adjusted = self._adjusted(close, adjusted, said)
        elif returns is None:
            raise InputError(f"{self.file} has no column of closes or returns; name one.")
        return close, adjusted, returns

    def benchmarks(self, days: Stamps) -> pd.DataFrame | None:
        """Returns of the benchmarks, days × tickers; every row of a day must say the same."""
        columns = {}
        for ticker, at in self.found.benchmarks.items():
            values = self._values(at, "returns as 0.0042", letters=True)
            self.findings.raise_if_any()
            known = pd.Series(values, index=pd.DatetimeIndex(days, name="date")).dropna()
            by_day = known.groupby(level=0)
            differing = by_day.max() != by_day.min()
            if differing.any():
                raise InputError(
                    f"{self.file}, column {self.found.names[at]}: the rows of "
                    f"{differing.idxmax():%Y-%m-%d} differ, but a benchmark has one value a day; "
                    "correct them."
                )
            columns[ticker] = by_day.first()
        return pd.DataFrame(columns) if columns else None

    def _column(self, role: str, example: str = "prices as 118.42") -> Floats | None:
        at = self.found.roles.get(role)
        letters = self.dialect.letters and role in ("returns", "delisting")
        return None if at is None else self._values(at, example, letters=letters)

    def _values(self, at: int, example: str, *, letters: bool = False) -> Floats:
        cells = self.body[at]
        if letters and not pd.api.types.is_numeric_dtype(cells.dtype):
            texts = texts_of(cells)
            cells = pd.Series(
                ["" if str(text).isalpha() and len(str(text)) <= 2 else text for text in texts],
                index=cells.index,
            )
        if self.comma or self.dialect.dressed:
            cells = undressed(cells, comma=bool(self.comma))
        name = self.found.names[at]
        values = figures(cells, name, self.findings, self._whose, example)
        return np.where(np.isin(values, CODES), np.nan, values) if letters else values

    def _whose(self, at: int) -> str:
        return f" ({self.tickers[at]})" if "ticker" in self.found.roles else ""

    def _require_kind(self, role: str, values: Floats, kind: Any) -> None:
        name = self.found.names[self.found.roles[role]]
        require_kind(values[:, None], kind, f"{self.file}, column {name},", name)

    def _priced(self, role: str, values: Floats, said: list[str]) -> Floats:
        """Prices that are positive; CRSP's minus before the average of bid and ask goes."""
        name = self.found.names[self.found.roles[role]]
        if self.asked.values == "levels":
            return values
        if self.dialect.averages:
            averages: Bools = values < 0
            if averages.any():
                said.append(
                    f"{counted(int(averages.sum()), 'negative price')} in {name}: the average of "
                    "bid and ask, taken without the minus."
                )
            values = np.abs(np.where(values == 0, np.nan, values))
        note_no_prices(values, name, self.findings, self._whose)
        return values

    def _compounded(self, returns: Floats | None, said: list[str]) -> Floats | None:
        """Returns with those of the delisting; none is below −100%."""
        if returns is None:
            return None
        delisting = self._column("delisting", "returns as 0.0042")
        name = self.found.names[self.found.roles.get("returns", self.found.roles.get("close", 0))]
        note_no_returns(returns, name, self.findings, self._whose)
        if delisting is None or np.isnan(delisting).all():
            return returns
        known = ~np.isnan(delisting)
        said.append(
            f"{counted(int(known.sum()), 'delisting return')} compounded with the last return."
        )
        both = (1 + np.where(np.isnan(returns), 0, returns)) * (1 + delisting) - 1
        return np.where(known, both, returns)

    def _adjusted(
        self, close: Floats, adjusted: Floats | None, said: list[str]
    ) -> tuple[Floats, Floats]:
        """Closes on one basis of splits, and with dividends where a factor has them."""
        divisor, multiplier = self._column("divisor"), self._column("multiplier")
        if divisor is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                close = np.where(divisor > 0, close / divisor, np.nan)
        if multiplier is not None and np.isnan(multiplier).all():
            said.append("The total return factor is empty: dividends are not in the prices.")
        elif multiplier is not None:
            adjusted = close * multiplier
        return close, close if adjusted is None else adjusted


def _tickers(
    body: pd.DataFrame,
    found: Found,
    dialect: Dialect,
    asked: FileOptions,
    sheet: Sheet,
    findings: Findings,
) -> tuple[Texts, str]:
    """The ticker of each row, and where that of a file with one comes from."""
    at = found.roles.get("ticker")
    if at is None:
        ticker = asked.ticker or file_ticker(sheet.name)
        if not ticker:
            raise InputError(
                f"{sheet.name} holds one ticker and does not name it; add --ticker NVDA (in "
                'Python ticker="NVDA") or name the file after it (NVDA.csv).'
            )
        origin = "--ticker" if asked.ticker else "the file's name"
        return np.full(len(body), ticker, dtype=object), f"ticker {ticker} from {origin}"
    codes, unique = pd.factorize(_whole(body[at]))
    made = [dialect.ticker(unguarded(str(name)) if sheet.text else str(name)) for name in unique]
    tickers = np.array(made, dtype=object)[codes]
    name = found.names[at]
    if not found.ids:
        findings.add(tickers == "", lambda _: f"column {name}: the ticker is missing.")
    findings.add(
        np.array([not is_ticker(ticker) for ticker in made], dtype=bool)[codes],
        lambda at: f"column {name}: {quoted(tickers[at])} is not a ticker; correct it.",
    )
    return tickers, ""


def _whole(cells: pd.Series[Any]) -> Texts:
    """Names as text; numbers such as PERMNO without the decimals that a gap gives them."""
    if pd.api.types.is_float_dtype(cells.dtype):
        return np.array(["" if np.isnan(x) else f"{x:g}" for x in cells], dtype=object)
    return texts_of(cells)


def _labels(
    body: pd.DataFrame, found: Found, tickers: Texts, days: Stamps, file: str, said: list[str]
) -> Texts:
    """One ticker for each asset: its last one where an identifier has had several."""
    if not found.ids:
        return tickers
    parts = [_whole(body[at]) for at in found.ids]
    ids = np.array(["/".join(map(str, each)) for each in zip(*parts, strict=True)], dtype=object)
    table = pd.DataFrame({"id": ids, "ticker": tickers, "day": days})
    known = table[table["ticker"] != ""].sort_values("day", kind="stable")
    last = known.groupby("id")["ticker"].last()
    several = known.groupby("id")["ticker"].nunique()
    name = found.names[found.ids[0]]
    said += [
        f"{name} {asset} has had the tickers "
        f"{', '.join(known.loc[known['id'] == asset, 'ticker'].unique())}; read as {last[asset]}."
        for asset in several.index[several > 1][:MOST_RENAMED]
    ]
    if (shared := last[last.duplicated(keep=False)]).size:
        ticker = shared.iloc[0]
        assets = [str(asset) for asset in shared.index[shared == ticker]]
        owners = some_names(assets)
        if len({asset.partition("/")[0] for asset in assets}) == 1:
            raise InputError(
                f"{file}: {ticker} has several issues ("
                f"{'/'.join(found.names[at] for at in found.ids)} {owners}); keep the rows of one, "
                "usually the primary issue, and delete the others."
            )
        raise InputError(
            f"{file}: {ticker} is the ticker of several assets ({name} {owners}); add --ticker-col "
            f"{name} (in Python ticker_col={name!r}) and use it in the events."
        )
    labels = {str(asset): str(ticker) for asset, ticker in last.items()}
    return np.array([labels.get(asset, asset) for asset in ids], dtype=object)


def _require_one_a_day(table: pd.DataFrame, file: str) -> None:
    """InputError for rows of hours or minutes, of which most repeat a ticker and a day."""
    if not len(table) or table.duplicated(["date", "ticker"]).mean() <= INTRADAY:
        return
    counts = table.groupby(["date", "ticker"]).size()
    day, ticker = counts.index[int(counts.argmax())]
    raise InputError(
        f"{file} has several rows a day, of {ticker} {counts.max()} on {day:%Y-%m-%d}; a study "
        "needs one: keep the last of each day, or download daily prices."
    )


INTRADAY = 0.5
"""Share of rows that repeat a ticker and a day, above which they are of hours or minutes."""
MOST_RENAMED = 10
"""Assets whose earlier tickers are listed."""


def _key(table: pd.DataFrame, at: int) -> str:
    return f"{table['ticker'].iloc[at]} on {table['date'].iloc[at]:%Y-%m-%d}"


def _pivoted(table: pd.DataFrame, role: str) -> pd.DataFrame:
    return table.pivot(index="date", columns="ticker", values=role)  # noqa: PD010


def _with_benchmarks(
    returns: pd.DataFrame | None, benchmarks: pd.DataFrame | None
) -> pd.DataFrame | None:
    if returns is None or benchmarks is None:
        return returns if benchmarks is None else benchmarks
    return returns.join(benchmarks[[t for t in benchmarks if t not in returns]])


def _unpriced(returns: pd.DataFrame | None, close: pd.DataFrame | None) -> pd.DataFrame | None:
    """An index for each ticker that has returns and no price."""
    if returns is None:
        return None
    known = () if close is None else close.columns[close.notna().any()]
    left = returns[[ticker for ticker in returns if ticker not in known]]
    return index_of(left) if len(left.columns) else None
