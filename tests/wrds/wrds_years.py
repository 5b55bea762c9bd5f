"""Two companies over three years, made up, for studies from beginning to end."""

from __future__ import annotations

import numpy as np
import pandas as pd

SEED = 20240522
DAYS = pd.bdate_range("2022-06-01", "2024-12-31")
COMPANIES = {86580: ("NVDA", "NVIDIA CORP", 1.6), 61241: ("AMD", "ADVANCED MICRO DEVICES", 1.3)}
ANNOUNCED = {
    86580: ("2024-05-22", "2024-08-28"),
    61241: ("2024-04-30", "2024-07-30"),
}
JUMP = 0.15
"""Of each company on the session after its announcement."""


def market() -> np.ndarray:
    return np.round(np.random.default_rng(SEED).normal(0.0004, 0.009, len(DAYS)), 6)


def returns(permno: int) -> np.ndarray:
    noise = np.random.default_rng(permno).normal(0, 0.012, len(DAYS))
    made = COMPANIES[permno][2] * market() + noise
    for day in ANNOUNCED[permno]:
        made[DAYS.searchsorted(pd.Timestamp(day)) + 1] += JUMP
    return np.round(made, 6)


def inserts():
    """Table and rows for the tables of `wrds_rows`."""
    days = [day.date() for day in DAYS]
    for permno, (ticker, company, _) in COMPANIES.items():
        own = returns(permno)
        closes = np.round(100 * np.cumprod(1 + own), 5)
        yield "crsp.stksecurityinfohist", [
            (permno, "1999-01-22", "2024-12-31", ticker, ticker, None, company,
             "NS", "EQTY", "COM", "Y", "CORP")
        ]  # fmt: skip
        yield (
            "crsp.dsf_v2",
            [
                (permno, day, float(close), float(ret), 1, "TR", "NA", "N")
                for day, close, ret in zip(days, closes, own, strict=True)
            ],
        )
        yield (
            "wrdsapps_link_crsp_ibes.ibcrsphist",
            [(ticker, permno, "1999-01-22", "2024-12-31", 1)],
        )
        yield (
            "ibes.actu_epsus",
            [
                (ticker, company, "EPS", "QTR", f"2024-0{3 * (at + 1)}-30", day, "16:20:00", 1)
                for at, day in enumerate(ANNOUNCED[permno])
            ],
        )
    yield (
        "crsp.inddlyseriesdata",
        [(1000200, day, float(ret), 0) for day, ret in zip(days, market(), strict=True)],
    )
