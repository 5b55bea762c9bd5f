"""Sums in one order: right to the digits of numpy's own, with which they must agree."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eventstudy.arrays import in_long_doubles, product
from eventstudy.models.kernel.triangles import cholesky, solve_lower


@pytest.mark.parametrize("k", [1, 2, 5, 30])
def test_factors_and_solutions_are_those_of_numpy(k: int) -> None:
    rng = np.random.default_rng(k)
    x = rng.normal(size=(4, 60, k))
    matrices = product(np.swapaxes(x, 1, 2), x)
    lower = cholesky(matrices)
    np.testing.assert_allclose(lower, np.linalg.cholesky(matrices), rtol=1e-12, atol=1e-12)
    right = rng.normal(size=(4, k, 3))
    np.testing.assert_allclose(lower @ solve_lower(lower, right), right, rtol=1e-11, atol=1e-12)


def test_what_is_not_positive_definite_has_no_factor() -> None:
    assert np.isnan(cholesky(np.array([[[1.0, 2.0], [2.0, 1.0]]]))[0, 1, 1])


def test_logarithms_are_correctly_rounded_and_missing_ones_missing() -> None:
    values = np.random.default_rng(0).uniform(0.5, 2.0, 1_000)
    found = in_long_doubles(np.log, [*values, np.nan])
    assert found.dtype == np.float64
    assert found[:-1] == pytest.approx([math.log(value) for value in values], rel=3e-16)
    assert np.isnan(found[-1])
