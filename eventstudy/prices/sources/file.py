"""Prices from the user's own file, of any kind and as any vendor writes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files.tables.read import read_sheet
from eventstudy.prices.dialects.dialect import FileOptions
from eventstudy.prices.dialects.reading import read_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import Day, TickerList
from eventstudy.prices.several import joined_prices, part_of_sheet
from eventstudy.spec.study_spec import DEFAULTS

WHAT = "price file"
USUAL = FileOptions(calendar=DEFAULTS.calendar)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A price file, as its vendor writes it or as a plain table, long or wide.

    The dialect is recognised by the header, see `dialects.registry`. With one price column the
    adjusted close is taken to be equal, and the provenance says so.
    """

    path: Path
    options: FileOptions = USUAL

    def load(self, tickers: TickerList = None, start: Day = None, end: Day = None) -> Prices:
        """Read, check and cut the file.

        Raises:
            InputError: The file cannot be read, or has bad rows, all named at once.
            DataMissingError: None of the tickers, or no day, is in the file.
        """
        sheet = read_sheet(self.path, WHAT)
        return joined_prices(
            [part_of_sheet(sheet, read_prices(sheet, self.options))],
            tickers=tickers,
            start=start,
            end=end,
            calendar=self.options.calendar,
        )


def read_table(path: Path) -> pd.DataFrame:
    """The cells of a file under their column names; those of text files as text.

    The index holds each row's number as a spreadsheet shows it: the header is row 1. Rows and
    nameless columns without any content are left out.

    Args:
        path: The file, of any kind that `read_sheet` reads.

    Raises:
        InputError: The file cannot be read, is empty, too large, or no table.
    """
    sheet = read_sheet(path, "table")
    names = [" ".join(filter(None, parts)) for parts in zip(*sheet.headers, strict=True)]
    table = sheet.cells
    if not names and len(table):
        names, table = [str(name).strip() for name in table.iloc[0]], table.iloc[1:]
    if table.empty:
        raise InputError(f"{sheet.name} has a header but no rows; add one row per day.")
    kept = [
        bool(name) or not table.iloc[:, at].astype(str).str.strip().eq("").all()
        for at, name in enumerate(names)
    ]
    return table.set_axis(pd.Index(names), axis="columns").loc[:, kept]
