"""Returns that are in order are not copied; others are converted as they always were."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.estimation.frames import check_returns

DAYS = pd.date_range("2020-01-01", periods=1000).astype("datetime64[ns]")


def panel(order: str = "C", tickers: int = 1500) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(len(DAYS), tickers))
    values[3, 2] = np.nan
    names = [f"F{i}" for i in range(tickers)]
    return pd.DataFrame(np.array(values, order=order), index=DAYS, columns=names, copy=False)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_frame_in_order_is_neither_copied_nor_paralleled(order: str) -> None:
    frame = panel(order)
    tracemalloc.start()
    try:
        checked = check_returns(frame)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.shares_memory(checked.to_numpy(), frame.to_numpy())
    assert peak < frame.to_numpy().nbytes / 4
    pd.testing.assert_frame_equal(checked, frame, check_freq=False, check_names=False)


def test_what_has_to_change_is_changed_on_a_copy() -> None:
    frame = panel(tickers=4)
    for other in (
        frame.iloc[::-1],
        frame.astype(object),
        frame.astype("Float64"),
        pd.DataFrame({name: frame[name] for name in frame}),
    ):
        before = other.copy()
        checked = check_returns(other)
        np.testing.assert_array_equal(checked.to_numpy(), frame.to_numpy())
        assert checked.index.equals(DAYS)
        pd.testing.assert_frame_equal(other, before)


@pytest.mark.parametrize("order", ["C", "F"])
def test_infinities_are_found_wherever_they_lie(order: str) -> None:
    values = np.array(panel(order).to_numpy(), order=order)
    values[0, 0], values[-1, 1499], values[500, 700] = np.inf, -np.inf, np.inf
    frame = pd.DataFrame(values, index=DAYS, columns=panel().columns, copy=False)
    with pytest.raises(
        InputError, match=r"^The returns contain infinite values in F0, F700, F1499\.$"
    ):
        check_returns(frame)
