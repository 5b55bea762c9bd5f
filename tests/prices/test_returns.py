"""Returns, and the jumps that look like a split nobody adjusted for."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.prices.returns import compute_returns

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
