"""The currency that a file states row by row: one for each ticker, or its steps are no returns."""

from __future__ import annotations

import pandas as pd

from eventstudy.arrays import Stamps, Texts
from eventstudy.errors import InputError, say_some, some_names

CURRENCY = (
    *("currency", "currency_code", "ccy", "curr", "curcdd", "curcdm", "curcd", "währung"),
    *("price_currency", "trading_currency", "devise"),
)
"""Names of the column that says it."""


def checked_currencies(
    currencies: Texts, tickers: Texts, days: Stamps, column: str, file: str
) -> tuple[str, ...]:
    """A sentence on tickers of different currencies.

    Args:
        currencies: (rows,) as the file writes them; empty where it says none.
        tickers: (rows,) whose row it is.
        days: (rows,).
        column: The name of the column.
        file: How sentences call the file.

    Raises:
        InputError: A ticker has several currencies; it names them and the first day of each.
    """
    table = pd.DataFrame({"ticker": tickers, "currency": currencies, "day": days})
    first = table[table["currency"] != ""].groupby(["ticker", "currency"])["day"].min()
    owners = first.reset_index().sort_values(["ticker", "day"])
    several = owners[owners["ticker"].duplicated(keep=False)]
    if len(several):
        said = [
            f"{file}, column {column}: {ticker} is in "
            + " and in ".join(
                f"{row.currency} (first on {row.day:%Y-%m-%d})" for row in rows.itertuples()
            )
            + ". Keep the rows of one currency, or convert its prices to one."
            for ticker, rows in several.groupby("ticker")
        ]
        raise InputError(say_some(said))
    groups = owners.groupby("currency")["ticker"].apply(list)
    if len(groups) < 2:
        return ()
    each = "; ".join(f"{currency}: {some_names(names, 5)}" for currency, names in groups.items())
    return (
        f"Prices are in several currencies ({each}) and are not converted: the returns hold the "
        "moves of exchange rates where a study compares them.",
    )
