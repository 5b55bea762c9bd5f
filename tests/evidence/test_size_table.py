"""The rejection shares that statistics.md states, and MacKinlay's power, from the package's own run."""

from __future__ import annotations

import numpy as np
import pytest

import eventstudy as es
from eventstudy.calibration.calibration import Calibration
from eventstudy.calibration.power import analytic_power

TESTS = (
    *("patell_z", "patell_kp_z", "bmp_t", "bmp_kp_t"),
    *("csect_t", "cda_t", "corrado_z", "grank_t"),
)
TARGET = {
    (0.0, 1.0): (4.6, 4.7, 4.9, 4.9, 4.6, 4.5, 4.7, 5.3),
    (0.02, 1.0): (15.5, 4.8, 16.1, 4.8, 14.5, 4.7, 4.7, 5.0),
    (0.1, 1.0): (41.3, 5.2, 43.1, 5.3, 40.8, 5.2, 4.9, 6.0),
    (0.0, 2.0): (16.4, 16.4, 5.1, 5.2, 5.0, 17.0, 9.4, 5.2),
    (0.1, 2.0): (56.9, 16.6, 43.3, 4.5, 41.5, 16.5, 8.9, 5.3),
}
"""statistics.md, "What each test survives": % rejected, N = 50, one date, 5,000 samples."""
TARGET_SAMPLES = 5_000
SAMPLES = 600
ERRORS = 3.5


@pytest.fixture(scope="module")
def table() -> Calibration:
    return es.calibrate(
        rho=[0, 0.02, 0.1],
        variance=[1, 2],
        samples=SAMPLES,
        tests=TESTS,
        seed=7,
        engine="processes",
    )


@pytest.mark.weekly
@pytest.mark.slow
@pytest.mark.parametrize(("rho", "variance"), TARGET)
@pytest.mark.parametrize("test", TESTS)
def test_size_table_is_reproduced(table: Calibration, rho: float, variance: float, test: str):
    rows = table.table.set_index(["rho", "variance", "test"])
    found = rows.loc[(rho, variance, test)]
    target = TARGET[rho, variance][TESTS.index(test)] / 100
    assert found["samples"] == SAMPLES
    error = np.sqrt(target * (1 - target) * (1 / SAMPLES + 1 / TARGET_SAMPLES))
    assert abs(found["rate"] - target) < ERRORS * error


@pytest.mark.weekly
@pytest.mark.slow
def test_advice_names_the_two_that_survive_everything(table: Calibration):
    first, _, rest = table.advice.partition(" Over-rejecting: ")
    assert first.startswith("Trust bmp_kp_t and grank_t: at the 5% level they reject in ")
    assert first.endswith("of the samples in all 6 settings without an abnormal return.")
    assert rest.startswith("patell_z, patell_kp_z, bmp_t, csect_t, cda_t and corrado_z (worst: ")
    assert "patell_z, 5" in rest
    assert rest.endswith("at ρ 0.1, variance ×2).")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "sigma", "ar", "power"),
    [
        (10, 0.02, 0.01, 0.353),
        (20, 0.02, 0.01, 0.609),
        (50, 0.02, 0.01, 0.942),
        (25, 0.04, 0.02, 0.705),
    ],
)
def test_power_of_mackinlay(n: int, sigma: float, ar: float, power: float):
    assert analytic_power(n, sigma, ar) == pytest.approx(power, abs=0.0005)
    samples = 800
    found = es.calibrate(
        n_events=n,
        sigma=sigma,
        ar=ar,
        samples=samples,
        tests="patell_z,bw80_z",
        clustered=True,
        seed=2,
    )
    error = np.sqrt(power * (1 - power) / samples)
    assert found.table["rate"].to_numpy() == pytest.approx(power, abs=3.5 * error)
    assert "their size is unknown" in found.advice


def test_power_in_theory_is_alpha_without_an_effect_and_symmetric():
    assert analytic_power(30, 0.02, 0.0, alpha=0.01) == pytest.approx(0.01)
    assert analytic_power(30, 0.02, -0.01) == pytest.approx(analytic_power(30, 0.02, 0.01))
    with pytest.raises(es.InputError, match="No power for n = 0"):
        analytic_power(0, 0.02, 0.01)


@pytest.mark.slow
def test_power_rises_with_the_abnormal_return():
    found = es.calibrate(
        n_events=20, ar=[0, 0.004, 0.008, 0.016], samples=150, tests="patell_z,grank_t,sign_z"
    )
    rates = found.by_setting()
    assert (np.diff(rates.to_numpy(), axis=1) > 0).all()
    assert rates["AR 1.6%"].min() > 0.6
    assert "has the most power" in found.advice
