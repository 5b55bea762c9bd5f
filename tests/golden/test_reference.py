"""The reference values: every row of expected.csv that the package computes, by the public API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

REFERENCE = Path(__file__).parent / "reference"
MODELS = {"market": "market", "mktadj": "market_adjusted", "mean": "mean"}
DAY_TESTS = {
    "CSect": "csect_t",
    "CDA_BW1985": "cda_t",
    "BW1980_indep": "bw80_z",
    "Patell": "patell_z",
    "Patell_KPadj": "patell_kp_z",
    "BMP": "bmp_t",
    "BMP_KPadj": "bmp_kp_t",
    "Sign": "sign_z",
    "GenSign_Cowan1992": "gsign_z",
    "Corrado1989_rank": "corrado_z",
    "CorradoZivney1992_rank": "corrado_zivney_z",
    "CorradoZivney1992_sign": "corrado_zivney_sign_z",
    "SkewAdj_Hall1992": "skew_t",
    "Wilcoxon": "wilcoxon",
    "Wilcoxon_normal": "wilcoxon_z",
    "Sign_exact_binomial": "sign_exact",
}
WINDOW_TESTS = {
    "CSect": "csect_t",
    "CDA_BW1985": "cda_t",
    "Patell(SCAR)": "patell_z",
    "BMP(SCAR)": "bmp_t",
    "BMP_KPadj(SCAR)": "bmp_kp_t",
    "Sign": "sign_z",
    "GenSign_Cowan1992": "gsign_z",
    "Cowan1992_cumrank": "cowan_rank_z",
    "SkewAdj_Hall1992": "skew_t",
    "GRANK(est SAR=AR/s)": "grank_t",
    "GRANK_Z(est SAR=AR/s)": "grank_z",
    "BHAR_mktadj": "bhar_t",
    "BHAR_mktadj_SkewAdj": "bhar_hall_t",
}
NULLS = {"Binom": "binomial", "signrank": "signed rank"}
"""How the reference calls a null that goes by another name here."""
LATER: dict[str, str] = {}
"""Names in the reference of tests that statistics.md defines and the package does not have yet."""

ROWS = {  # fit, AR (statistic and p together), AAR and tests, CAAR and tests, r̄
    "synA": 160 + 440 + 11 * (1 + 16) + 16 * (1 + 13) + 1,
    "synB": 120 + 330 + 11 * (1 + 16) + 16 * (1 + 13) + 1,
}


@cache
def expected() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "expected.csv", engine="pyarrow")


@cache
def study(dataset: str, model: str) -> es.StudyResult:
    wide = pd.read_csv(
        REFERENCE / f"{dataset}_returns_wide.csv", index_col="date", engine="pyarrow"
    )
    market = pd.read_csv(REFERENCE / f"{dataset}_market.csv", index_col="date", engine="pyarrow")
    events = pd.read_csv(REFERENCE / f"{dataset}_events.csv")
    observations = events.rename(columns={"firm": "ticker", "event_date": "date"})
    windows = expected().query("level == 'CAAR'")["window"].unique()
    return es.EventStudy(
        model=MODELS[model],
        benchmark="mkt",
        estimation=(-260, -11),
        window=(-5, 5),
        car=list(windows),
        tests="all",
        kp="event",
    ).run(observations[["event_id", "ticker", "date", "group"]], returns=wide.join(market))


@dataclass
class Ledger:
    """Compares and counts; all misses are reported together."""

    compared: int = 0
    missed: list[str] = field(default_factory=list)

    def row(self, what: str, *figures: tuple[float, float, float]) -> None:
        """One row of expected.csv: (ours, theirs, relative tolerance) for each of its figures."""
        self.compared += 1
        for ours, theirs, tolerance in figures:
            if not np.isclose(ours, theirs, rtol=tolerance, atol=1e-15):
                self.missed.append(f"{what}: {ours!r} is not {theirs!r}")


def _days(window: str) -> tuple[int, int]:
    if window.startswith("["):
        start, end = window.strip("[]").split(",")
        return int(start), int(end)
    return int(window), int(window)


@pytest.mark.parametrize("dataset", ["synA", "synB"])
@pytest.mark.parametrize("model", list(MODELS))
def test_every_row_that_the_package_computes(
    dataset: str, model: str, r_bar_event: Callable[..., float]
) -> None:
    rows = expected().query("dataset == @dataset and model == @model")
    result, ledger = study(dataset, model), Ledger()
    assert len(result.exclusions) == 0
    fits = result.fits.droplevel("ticker").rename(index=str)
    tests = result.tests.query("group == 'all'").set_index(["test", "start", "end"])

    cars = {
        day: result.car((day, day)).droplevel("ticker").rename(index=str) for day in range(-5, 6)
    }

    for row in rows.query("level == 'EVENT'").itertuples():
        column = {"M": "n_obs", "s_resid": "s"}.get(row.stat, row.stat)
        # A model without such a coefficient holds it fixed at 0 or 1, which the reference prints.
        ours = fits.loc[row.window, column] if column in fits else float(row.value in (1.0,))
        ledger.row(f"fit {row.window} {row.stat}", (ours, row.value, 1e-10))

    for row in rows.query("level == 'AR'").itertuples():
        event_id, day = row.window.split(":")
        car = cars[int(day)].loc[event_id]
        assert (car["df"], row.stat) == (row.df, "t")
        ledger.row(
            f"AR {row.window}",
            (car["t"], row.value, 1e-10),
            (car["p_value"], row.p_two_sided, 1e-9),
        )

    for level, names in (("AAR", DAY_TESTS), ("CAAR", WINDOW_TESTS)):
        for row in rows[(rows["level"] == level)].itertuples():
            start, end = _days(row.window)
            what = f"{level} {row.window} {row.test}"
            if row.stat in ("AAR", "CAAR_complete_cases"):
                table = result.aar.loc[start] if level == "AAR" else result.caar.loc[(start, end)]
                assert table["n"] == row.n
                ledger.row(what, (table["estimate"], row.value, 1e-10))
            elif row.test in names and row.stat in ("t", "z", "Wplus", "p"):
                ours = tests.loc[(names[row.test], start, end)]
                null = NULLS.get(row.null_dist, row.null_dist)
                assert (ours["n"], ours["distribution"]) == (row.n, null), what
                assert ours["df"] == row.df or (np.isnan(ours["df"]) and np.isnan(row.df)), what
                ledger.row(
                    what,
                    (ours["p_value" if row.stat == "p" else "statistic"], row.value, 1e-10),
                    (ours["p_value"], row.p_two_sided, 1e-9),
                )

    r_bar = rows.query("test == 'KP'")["value"].item()
    ledger.row("r̄", (r_bar_event(result.assets.fits.residuals), r_bar, 1e-10))
    assert not ledger.missed, "\n".join(ledger.missed)
    assert ledger.compared == ROWS[dataset]


def test_every_test_of_the_package_is_either_compared_or_has_no_reference() -> None:
    """A test that is registered later and has reference values must be added above.

    One that has none is named by a test of its own.
    """
    compared = set(DAY_TESTS.values()) | set(WINDOW_TESTS.values())
    registered = set(result_tests())
    assert compared <= registered
    folders = [Path(__file__).parents[1] / folder for folder in ("models", "significance", "study")]
    own = [path.read_text(encoding="utf-8") for f in folders for path in f.glob("test_*.py")]
    assert not [name for name in registered - compared if f'"{name}"' not in "".join(own)]
    assert not registered & set(LATER.values())
    names = set(expected().query("level in ('AAR', 'CAAR')")["test"].dropna())
    variants = {n for n in names if "(CSAR" in n or "fcst err" in n}
    assert names - variants == set(DAY_TESTS) | set(WINDOW_TESTS) | set(LATER)


def result_tests() -> list[str]:
    return list(study("synB", "market").tests["test"].unique())


def test_calendar_time_correlation_equals_event_time_on_one_common_date(
    r_bar_event: Callable[..., float], r_bar_calendar: Callable[..., float]
) -> None:
    result = study("synB", "market")
    residuals = result.assets.fits.residuals
    day0 = np.full(len(residuals), 290)
    calendar = r_bar_calendar(residuals, day0, np.arange(len(residuals)), 11)
    np.testing.assert_allclose(calendar, r_bar_event(residuals), rtol=1e-12)


def test_the_tests_of_one_event_agree_with_the_reference_t() -> None:
    """One observation alone gives the same t as among forty."""
    observations = study("synA", "market").assets.labels.iloc[[6]]
    wide = pd.read_csv(REFERENCE / "synA_returns_wide.csv", index_col="date", engine="pyarrow")
    market = pd.read_csv(REFERENCE / "synA_market.csv", index_col="date", engine="pyarrow")
    alone = es.EventStudy(
        benchmark="mkt", window=(-5, 5), car=[(0, 0)], tests=["t"], estimation=(-260, -11)
    ).run(observations[["event_id", "ticker", "date"]], returns=wide.join(market))
    theirs = expected().query("dataset == 'synA' and model == 'market' and level == 'AR'")
    theirs = theirs.set_index("window")["value"]
    ours = alone.tests.query("group == 'all'").set_index("start")["statistic"]
    for day in range(-5, 6):
        np.testing.assert_allclose(ours[day], theirs[f"7:{day}"], rtol=1e-10)


@pytest.mark.needs_shared
def test_the_committed_reference_is_the_one_beside_the_checkout(shared: Path) -> None:
    tables = sorted((shared / "reference").glob("*.csv"))
    assert len(tables) == 7
    for path in tables:
        assert (REFERENCE / path.name).read_bytes() == path.read_bytes(), path.name
