"""The factors of asset pricing: from the bundled sample, a file, or Kenneth French's library."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, NetworkError, needs_extra
from eventstudy.files.atomic import replace_file
from eventstudy.files.csv_text import dated_table
from eventstudy.prices.checks.days import frequency_of, require_own_days
from eventstudy.prices.checks.profile import profile_of
from eventstudy.prices.checks.units import FACTORS, require_returns
from eventstudy.spec.study_spec import DEFAULTS

SETS: Mapping[str, Mapping[str, str]] = {
    "F-F_Research_Data_5_Factors_2x3_daily": {
        "Mkt-RF": "mkt_rf",
        "SMB": "smb",
        "HML": "hml",
        "RMW": "rmw",
        "CMA": "cma",
        "RF": "rf",
    },
    "F-F_Momentum_Factor_daily": {"Mom": "mom"},
    "F-F_Research_Data_Factors_daily": {"SMB": "smb_ff3"},
}
"""Data sets of the library and what is taken from each."""

ABSENT = -99.0
"""The library writes −99.99 or −999 where it has no figure; its figures are in per cent."""
FRESH = timedelta(days=7)
"""How long a download is used without asking again; the library changes monthly."""
CACHED = "french-daily.csv.gz"
FIRST_DAY = "1926-07-01"


def load_factors(source: str | Path = "bundled", *, offline: bool = False) -> pd.DataFrame:
    """Daily factor returns in decimals, days × factors, for `Prices` or beside research returns.

    Use them as `dataclasses.replace(prices, factors=load_factors(…))`, or join them to the columns
    of `returns`.

    Args:
        source: "bundled" (the bundled sample's, 2023-04-03 to 2025-06-30), "live" (the data library
            of Kenneth R. French through pandas-datareader, cached for a week) or a CSV or Parquet
            file: one of that library as downloaded, or with a column of days and columns such as
            mkt_rf, smb, hml, rmw, cma, mom, rf, smb_ff3. What was done to the figures of a file is
            in `attrs["notes"]`, a list of sentences.
        offline: Whether "live" keeps to its cache.

    Raises:
        InputError: A bad file, or figures in per cent.
        NetworkError: The library cannot be reached, or nothing is cached.
        EventStudyError: pandas-datareader is not installed.
    """
    if source == "bundled":
        from eventstudy.prices.sources.bundled import BundledSource

        factors = BundledSource().load().factors
        assert factors is not None
        return factors
    if source == "live":
        return _live(offline)
    return _file(Path(source))


def _file(path: Path) -> pd.DataFrame:
    from eventstudy.prices.factor_files import read_factor_file

    if not path.exists():
        raise InputError(
            f"Option source: {str(path)!r} is neither bundled nor live nor an existing file; give "
            "one of the two or the path of a CSV or Parquet file of factors."
        )
    factors = read_factor_file(path)
    try:
        require_factors(
            factors,
            daily=frequency_of(pd.DatetimeIndex(factors.index)) == "daily",
            calendar=DEFAULTS.calendar,
        )
    except InputError as error:
        raise InputError([f"{path}: {problem}" for problem in error.problems]) from None
    return factors


def require_factors(
    factors: pd.DataFrame, *, daily: bool = True, calendar: str | None = None
) -> None:
    """Check that factors which the models know are in decimals and have no codes.

    Args:
        factors: Days × columns; columns of other names may be anything.
        daily: Whether a row is a day.
        calendar: The exchange whose days the rows are; None checks none.

    Raises:
        InputError: As `require_returns` and `require_own_days`.
    """
    known = factors.loc[:, [name for name in factors.columns if name in FACTORS]]
    if known.shape[1]:
        require_returns(known, profile_of(known.to_numpy(dtype=np.float64)), daily=daily)
    if daily and calendar is not None:
        require_own_days(known, calendar, "the factors")


def factors_on(factors: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Factors on the rows of a study; those of a month on the row of that month.

    Args:
        factors: Days × factors.
        days: The rows.
    """
    known = pd.DatetimeIndex(factors.index)
    if not frequency_of(known) == frequency_of(days) == "monthly":
        return factors.reindex(days)
    by_month = factors.set_axis(known.to_period("M"))
    return by_month.reindex(days.to_period("M")).set_axis(days)


def _live(offline: bool) -> pd.DataFrame:
    from eventstudy.prices.sources.cache import default_cache

    path = default_cache().folder.parent / "factors" / CACHED
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None
    if made and (offline or datetime.now(UTC) - made < FRESH):
        return _unpack(path)
    if offline:
        raise NetworkError(
            "No downloaded factors are in the cache; run once without offline, or use "
            'load_factors("bundled").'
        )
    factors = _download()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = factors.to_csv(date_format="%Y-%m-%d", lineterminator="\n")
    with replace_file(path) as stream:  # a reader never sees half a file
        stream.write(gzip.compress(text.encode(), mtime=0))
    return factors


def _download() -> pd.DataFrame:
    with needs_extra("Loading live factors", "factors"):
        from pandas_datareader.famafrench import FamaFrenchReader
    parts = []
    for name, wanted in SETS.items():
        try:
            table = FamaFrenchReader(name, start=FIRST_DAY, retry_count=1).read()[0]
        except OSError as error:
            raise NetworkError(
                f"The data library of Kenneth R. French did not deliver {name} "
                f"({type(error).__name__}); try again later, or use a file or "
                'load_factors("bundled").'
            ) from None
        table = table.rename(columns=lambda column: str(column).strip())
        missing = [column for column in wanted if column not in table.columns]
        if missing:
            raise NetworkError(
                f"The data library delivered {name} without {', '.join(missing)}; its format has "
                "changed. Use a file."
            )
        parts.append(table[list(wanted)].rename(columns=dict(wanted)))
    joined = pd.concat([part.set_axis(_days(part.index)) for part in parts], axis=1)
    values = joined.to_numpy(dtype=np.float64)
    decimals = np.where(values <= ABSENT, np.nan, values / 100)
    factors = pd.DataFrame(decimals, index=joined.index, columns=joined.columns)[list(FACTORS)]
    return factors.sort_index().rename_axis("date")


def _days(index: pd.Index) -> pd.DatetimeIndex:
    days = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    return pd.DatetimeIndex(days.to_numpy().astype("datetime64[ns]"), name="date")


def _unpack(path: Path) -> pd.DataFrame:
    return dated_table(gzip.decompress(path.read_bytes())).set_index("date").astype("float64")
