"""What is asked of WRDS: the two layouts of CRSP's daily files, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from eventstudy.errors import InputError, quoted

Layout = Literal["v2", "legacy"]
"""v2 is CRSP's flat file format 2.0 (CIZ); legacy is format 1.0 (SIZ), which ends in 2024."""
Shares = Literal["all", "common"]
"""Which securities a ticker may stand for; common are ordinary shares of US companies."""


@dataclass(frozen=True, slots=True)
class Tables:
    """One layout of CRSP's tables.

    The statements take lists as :permnos, :tickers and :symbols, and days as :first and :last.
    """

    daily: str
    """The table of prices and returns, as sentences name it."""
    names: str
    """The statement for every name of the securities that ever had one of the tickers."""
    rows: str
    """The statement for prices and returns, in the columns of the vendor's files."""
    day: str
    """The column of days in `rows`."""
    close: str
    returns: str
    delistings: str
    """The statement for delistings."""
    market: str
    """The statement for indices: day, vwretd, ewretd, sprtrn."""
    common: Mapping[str, tuple[str, ...]]
    """Which codes of a name are those of common shares, by column."""


_NAMES = """
SELECT {columns} FROM {table}
WHERE permno IN (SELECT permno FROM {table} WHERE ticker IN :tickers OR {symbol} IN :symbols)
   OR permno IN :permnos
"""

V2 = Tables(
    daily="crsp.dsf_v2",
    names=_NAMES.format(
        table="crsp.stksecurityinfohist",
        symbol="tradingsymbol",
        columns=(
            "permno, secinfostartdt AS since, secinfoenddt AS until, ticker, "
            "tradingsymbol AS symbol, shareclass AS share_class, issuernm AS company, "
            "sharetype, securitytype, securitysubtype, usincflg, issuertype"
        ),
    ),
    rows="""
SELECT permno, dlycaldt, dlyprc, dlyret, dlycumfacpr, dlyprcflg, dlyretmissflg, dlydelflg
FROM crsp.dsf_v2
WHERE permno IN :permnos AND dlycaldt BETWEEN :first AND :last
ORDER BY permno, dlycaldt
""",
    day="dlycaldt",
    close="dlyprc",
    returns="dlyret",
    delistings="""
SELECT permno, delistingdt AS left_on, delret AS dlret,
       delactiontype AS action, delreasontype AS reason
FROM crsp.stkdelists
WHERE permno IN :permnos AND delistingdt BETWEEN :first AND :last
ORDER BY permno
""",
    market="""
SELECT dlycaldt AS day,
       MAX(CASE WHEN indno = 1000200 THEN dlytotret END) AS vwretd,
       MAX(CASE WHEN indno = 1000201 THEN dlytotret END) AS ewretd,
       MAX(CASE WHEN indno = 1000502 THEN dlyprcret END) AS sprtrn
FROM crsp.inddlyseriesdata
WHERE indno IN (1000200, 1000201, 1000502) AND dlycaldt BETWEEN :first AND :last
GROUP BY dlycaldt ORDER BY dlycaldt
""",
    common={
        "sharetype": ("NS",),
        "securitytype": ("EQTY",),
        "securitysubtype": ("COM",),
        "usincflg": ("Y",),
        "issuertype": ("ACOR", "CORP"),
    },
)

LEGACY = Tables(
    daily="crsp.dsf",
    names=_NAMES.format(
        table="crsp.dsenames",
        symbol="tsymbol",
        columns=(
            "permno, namedt AS since, nameendt AS until, ticker, tsymbol AS symbol, "
            "shrcls AS share_class, comnam AS company, shrcd"
        ),
    ),
    rows="""
SELECT permno, date, prc, ret, cfacpr
FROM crsp.dsf
WHERE permno IN :permnos AND date BETWEEN :first AND :last
ORDER BY permno, date
""",
    day="date",
    close="prc",
    returns="ret",
    delistings="""
SELECT permno, dlstdt AS left_on, dlret, dlstcd
FROM crsp.dsedelist
WHERE permno IN :permnos AND dlstcd > 100 AND dlstdt BETWEEN :first AND :last
ORDER BY permno
""",
    market="""
SELECT date AS day, vwretd, ewretd, sprtrn
FROM crsp.dsi
WHERE date BETWEEN :first AND :last
ORDER BY date
""",
    common={"shrcd": ("10", "11")},
)

LAYOUTS: Mapping[str, Tables] = {"v2": V2, "legacy": LEGACY}


def require_choice(value: str, known: object, option: str) -> None:
    """Refuse what is none of the values of a choice.

    Args:
        value: What was given.
        known: The choice, such as `Layout`.
        option: What a sentence calls it.

    Raises:
        InputError: It is none of them.
    """
    if value not in get_args(known):
        raise InputError(
            f"Option {option}: {quoted(value)} is not known; choose from "
            f"{', '.join(get_args(known))}."
        )
