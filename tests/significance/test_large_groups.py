"""Large groups keep no residuals: their figures equal those of the same group with residuals."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.compiled import kernel
from eventstudy.models.estimate import estimate
from eventstudy.models.kernel.batch import Panel, Positions
from eventstudy.models.registry import get_model
from eventstudy.significance.run import run_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.spec.study_spec import StudySpec

TESTS = (
    *("csect_t", "cda_t", "bw80_z", "patell_kp_z", "bmp_kp_t", "skew_t", "gsign_z", "corrado_z"),
    *(
        "corrado_zivney_z",
        "corrado_zivney_sign_z",
        "cowan_rank_z",
        "grank_t",
        "grank_z",
        "permutation",
        "grank_overlap_t",
        "sign_gsar_t",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("gaps", [0.0, 0.002])
@pytest.mark.parametrize("kp", ["calendar", "event"])
@pytest.mark.parametrize("model", ["market", "market_adjusted"])
def test_machine_code_equals_windows_and_residuals(
    model: str, kp: str, gaps: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    market = 0.01 * rng.normal(size=(1, 190, 1))
    returns = 0.02 * rng.standard_t(5, size=(9, 190)) + market[0, :, 0]
    returns += 0.01 * rng.normal(size=190)  # a common shock, so that residuals are correlated
    returns[rng.random(returns.shape) < gaps] = np.nan
    n = 700
    day0 = rng.integers(75, 180, n)
    at = Positions(rng.integers(0, 9, n), day0, np.zeros(n, dtype=np.int64))
    spec = StudySpec(
        estimation=(-60, -11), window=(-3, 3), car=((-1, 2), (0, 5)), min_obs=20, tests=TESTS, kp=kp
    )
    panel, chosen = Panel(returns, market), get_model(model)
    rows = []
    for keep in (True, False):
        monkeypatch.setattr(kernel, "LARGE", 10**6 if keep else 1)
        fits = estimate(panel, at, chosen, spec, keep_windows=keep)
        assert (fits.residuals.shape[1] > 0) == keep
        group = FittedGroup("g", fits, at, chosen, spec, panel, np.arange(n))
        rows.append(list(run_tests([group], spec)))
    assert len(rows[0]) == len(TESTS) * 9
    for kept, summed in zip(*rows, strict=True):
        assert kept.outcome.refused == summed.outcome.refused
        if kept.test == "permutation" and kept.window.length > 1:
            assert "16 are needed" in kept.outcome.refused  # one row of overlapping windows
            continue
        assert not kept.outcome.refused
        assert summed.outcome.n == kept.outcome.n
        assert summed.outcome.statistic == pytest.approx(
            kept.outcome.statistic, rel=1e-9, abs=1e-11
        ), (kept.test, kept.window)
        assert summed.outcome.p_value == pytest.approx(kept.outcome.p_value, rel=1e-7)
