"""Worked examples that others have published: their input, their figures, and where ours differ.

Input with terms of its own stays beside the checkout (`needs_shared`); figures are facts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.result.multiple_testing import adjust

# estudy2: seven firms, five days of March 2020, estimation on all sessions before

VIGNETTE = {
    "csect_t": [1.3941497, -1.2769075, -0.4023135, 1.7958275, 5.1233281],
    "cda_t": [1.858514, -2.519140, -1.290615, 6.120241, 4.659205],
    "sign_z": [1.1338934, 0.3779645, 1.1338934, 1.8898224, 2.6457513],
    "wilcoxon": [23, 10, 15, 27, 28],
}
VIGNETTE_AAR = [0.02329740, -0.03157867, -0.01617850, 0.07672027, 0.05840545]
BW80 = [2.486449, -3.370281, -1.726675, 8.188085, 6.233409]
"""Their variance divides by M − 1 though two parameters are fitted."""
POOLED_SIGN = [1.1516761, 0.3957301, 1.1516761, 1.9076220, 2.6635680]
"""Their share of positive days is pooled over firms, not the mean of each firm's (Cowan 1992)."""
PATELL = [2.5507399, -2.9495613, 0.3283654, 8.4216222, 6.3196352]
BMP = [1.20471169, -1.17531339, 0.07606284, 2.16657728, 8.65212561]
"""M − 1 again, and market means over other sessions for the two firms that were listed late."""


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "reference" / "published"


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, index_col="date", parse_dates=["date"])


@pytest.fixture(scope="module")
def vignette(published: Path) -> es.StudyResult:
    firms, index = table(published / "estudy2_returns.csv"), table(published / "estudy2_index.csv")
    wide = firms.join(index)
    before = wide.index.get_loc(pd.Timestamp("2020-03-16"))
    return es.EventStudy(
        benchmark="X.GSPC",
        estimation=(-before, -1),
        window=(0, 4),
        car=[(0, 0)],
        tests=[*VIGNETTE, "bw80_z", "patell_z", "bmp_t", "gsign_z"],
    ).run(pd.DataFrame({"ticker": firms.columns, "date": pd.Timestamp("2020-03-16")}), returns=wide)


def statistics(result: es.StudyResult, name: str) -> np.ndarray:
    rows = result.tests.query("group == 'all' and test == @name and start == end")
    return rows.sort_values("start")["statistic"].to_numpy()


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", list(VIGNETTE))
def test_estudy2_where_it_follows_the_papers(vignette, name: str) -> None:
    digits = 1e-6 if name == "cda_t" else 1e-7  # as many as are printed
    np.testing.assert_allclose(statistics(vignette, name), VIGNETTE[name], rtol=0, atol=digits)


@pytest.mark.needs_shared
def test_estudy2_mean_abnormal_returns(vignette) -> None:
    np.testing.assert_allclose(vignette.aar["estimate"], VIGNETTE_AAR, rtol=0, atol=1e-8)


@pytest.mark.needs_shared
def test_estudy2_divides_the_variance_by_one_less_than_the_sessions(vignette) -> None:
    fits, mean = vignette.fits, vignette.aar["estimate"].to_numpy()
    ours = mean * len(fits) / np.sqrt((fits["s"] ** 2).sum())
    np.testing.assert_allclose(statistics(vignette, "bw80_z"), ours, rtol=1e-12)
    theirs = fits["s"] ** 2 * (fits["n_obs"] - 2) / (fits["n_obs"] - 1)
    np.testing.assert_allclose(mean * len(fits) / np.sqrt(theirs.sum()), BW80, rtol=0, atol=1e-6)
    for name, printed in (("patell_z", PATELL), ("bmp_t", BMP)):
        np.testing.assert_allclose(statistics(vignette, name), printed, rtol=5e-3)


@pytest.mark.needs_shared
def test_estudy2_pools_the_share_of_positive_days(vignette) -> None:
    residuals = vignette.assets.fits.residuals
    known, positive = np.isfinite(residuals), residuals > 0
    n, above = len(residuals), vignette.aar["positive"].to_numpy()

    def z(share: float) -> np.ndarray:
        return np.asarray((above - n * share) / np.sqrt(n * share * (1 - share)))

    each = (positive.sum(axis=1) / known.sum(axis=1)).mean()
    np.testing.assert_allclose(statistics(vignette, "gsign_z"), z(each), rtol=1e-12)
    np.testing.assert_allclose(z(positive.sum() / known.sum()), POOLED_SIGN, rtol=0, atol=1e-7)


# R eventstudies: 11 September 2001 on 33 markets, constant mean of 20 sessions, percent


@pytest.mark.needs_shared
def test_eleventh_of_september(published: Path) -> None:
    """99 abnormal returns to the second decimal, and their 99 t with the forecast error."""
    returns = table(published / "sept11_returns_percent.csv")
    events = pd.read_csv(published / "sept11_events.csv")
    expected = pd.read_csv(published / "sept11_expected.csv", index_col="market")
    windows = {(0, 0): ("ar0", "t0"), (0, 5): ("car6", "t6"), (0, 10): ("car11", "t11")}
    study = es.EventStudy(
        model="mean",
        estimation=(-30, -11),
        window=(0, 10),
        car=list(windows),
        min_obs=20,
        returns="other",
        tests=["t"],
        placebo=False,
    )
    compared = 0
    for market, day in events.itertuples(index=False):
        own = returns[[market]].dropna()  # the market's own sessions
        result = study.run(pd.DataFrame({"ticker": [market], "date": [day]}), returns=own)
        for window, columns in windows.items():
            ours = result.car(window)[["car", "t"]].iloc[0]
            np.testing.assert_allclose(ours, expected.loc[market, list(columns)], atol=0.00501)
            compared += 1
    assert compared == 99


# Benjamini & Hochberg (1995): fifteen p-values of a trial of thrombolysis

PAPER = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def test_benjamini_and_hochberg() -> None:
    """At 5% Bonferroni and Holm reject three of the fifteen, Benjamini-Hochberg four."""
    order = np.random.default_rng(0).permutation(15)
    both = adjust(np.array(PAPER)[order])
    rank = np.argsort(order)
    holm, bh = both["p_holm"].to_numpy()[rank], both["p_bh"].to_numpy()[rank]
    assert (np.array(PAPER) * 15 <= 0.05).sum() == 3
    assert list(np.flatnonzero(holm <= 0.05)) == [0, 1, 2]
    assert list(np.flatnonzero(bh <= 0.05)) == [0, 1, 2, 3]
    assert bh[3] == pytest.approx(15 * 0.0095 / 4)


# MacKinlay (1997): abnormal return 1%, standard deviation 2%, two-sided 5%


@pytest.mark.parametrize(("n", "power"), [(1, 0.079), (10, 0.353), (20, 0.609), (50, 0.942)])
def test_mackinlays_power(n: int, power: float) -> None:
    assert es.analytic_power(n, sigma=0.02, ar=0.01) == pytest.approx(power, abs=5e-4)
