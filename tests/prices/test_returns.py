"""Returns, and the jumps that look like a split nobody adjusted for."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.prices.returns import compute_returns, split_like_jumps

DAYS = pd.DatetimeIndex(["2025-01-21", "2025-01-22", "2025-01-23", "2025-01-24", "2025-01-27"])


def column(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"A": values}, index=DAYS[: len(values)], dtype=float)


def test_simple_and_log_returns() -> None:
    simple = compute_returns(column(100, 110, 99))
    assert np.isnan(simple["A"].iloc[0])
    assert simple["A"].iloc[1:].tolist() == pytest.approx([0.1, -0.1])
    logs = compute_returns(column(100, 110, 99), "log")
    assert logs["A"].iloc[1:].tolist() == pytest.approx([np.log(1.1), np.log(0.9)])
    assert list(logs.columns) == ["A"]
    assert logs.index.equals(simple.index)


def test_a_missing_price_makes_both_neighbouring_returns_missing() -> None:
    returns = compute_returns(column(100, 110, np.nan, 121, 133.1))["A"]
    assert returns.isna().tolist() == [True, False, True, True, False]
    assert returns.iloc[4] == pytest.approx(0.1)


def test_what_is_no_price_is_refused() -> None:
    with pytest.raises(
        InputError, match="The price of A on 2025-01-22 is 0; a price is a positive number"
    ):
        compute_returns(column(1, 0, 2))
    with pytest.raises(
        InputError, match="Option returns: 'percent' is not known; known: log, simple"
    ):
        compute_returns(column(1, 2), "percent")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1 / 10, "a 10:1 split"),
        (1 / 4, "a 4:1 split"),
        (1 / 2, "a 2:1 split"),
        (2 / 3, "a 3:2 split"),
        (1 / 100, "a 100:1 split"),
        (10, "a 1:10 reverse split"),
        (4, "a 1:4 reverse split"),
        (2, "a 1:2 reverse split"),
        (3 / 2, "a 2:3 reverse split"),
    ],
)
def test_planted_splits_are_found(factor: float, words: str) -> None:
    flags = split_like_jumps(column(100, 101, 101.2 * factor, 103 * factor).assign(B=1.0))
    assert len(flags) == 1
    assert flags[0].startswith("A moves by ")
    assert f"on 2025-01-23: that looks like {words}" in flags[0]


@pytest.mark.parametrize("ratio", [0.7012, 0.673249, 1.479, 0.77, 1.4, 0.47, 1.9, 0.55, 0.61, 2.5])
def test_real_moves_are_not_taken_for_splits(ratio: float) -> None:
    assert split_like_jumps(column(100, 100 * ratio, 100 * ratio)) == ()


def test_holes_and_indices_are_passed_over() -> None:
    assert split_like_jumps(column(100, np.nan, 50, 50)) == ()
    assert split_like_jumps(column(10, 20, 10).rename(columns={"A": "^VIX"})) == ()
