"""Rows of legacy tables that hold letters, and delistings at odd places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.prices.sources.wrds.rows import read_market, read_securities
from eventstudy.prices.sources.wrds.tables import LEGACY

NO_DELISTINGS = pd.DataFrame(columns=["permno", "left_on", "dlret", "dlstcd"])


def rows(*returns, permno=10001, prices=None, since="2020-03-02"):
    days = pd.bdate_range(since, periods=len(returns))
    prices = prices or [10.0] * len(returns)
    return pd.DataFrame(
        {"permno": permno, "date": days.date, "prc": prices, "ret": returns, "cfacpr": 1.0}
    )


def delisting(day, dlret, code, permno=10001):
    return pd.DataFrame(
        [(permno, pd.Timestamp(day).date(), dlret, code)], columns=NO_DELISTINGS.columns
    )


def test_letters_are_missing_returns_and_counted_by_letter():
    read, said = read_securities(rows("C", "0.02", "B", "B", "-0.01"), NO_DELISTINGS, LEGACY)
    np.testing.assert_array_equal(read.returns["10001"], [np.nan, 0.02, np.nan, np.nan, -0.01])
    assert any("B 2" in line and "C 1" in line for line in said)


def test_numbers_that_stand_for_a_missing_return_are_none():
    read, said = read_securities(
        rows(0.0, -66.0, -0.04), delisting("2020-03-04", -55.0, 574), LEGACY
    )
    np.testing.assert_array_equal(read.returns["10001"], [0.0, np.nan, -0.04])
    assert any("-66" in line for line in said)
    assert any("574" in line and "Shumway" in line for line in said)


def test_a_delisting_before_the_first_row_is_left_alone():
    read, _ = read_securities(rows(0.0, 0.1), delisting("2020-02-28", -0.5, 574), LEGACY)
    np.testing.assert_array_equal(read.returns["10001"], [0.0, 0.1])


@pytest.mark.parametrize("left", ["2020-03-04", "2020-03-05", "2020-03-07"])
def test_the_last_day_up_to_the_delisting_takes_its_return(left):
    read, _ = read_securities(rows(0.0, 0.0, 0.10), delisting(left, -0.20, 551), LEGACY)
    assert read.returns["10001"].iloc[-1] == pytest.approx(-0.12)  # 1.1 × 0.8 − 1


def test_days_after_a_delisting_keep_their_returns():
    read, _ = read_securities(rows(0.0, 0.10, 0.05), delisting("2020-03-03", -0.20, 551), LEGACY)
    np.testing.assert_allclose(read.returns["10001"], [0.0, -0.12, 0.05])


def test_each_security_has_its_own_delisting():
    both = pd.concat([rows(0.0, 0.10), rows(0.0, 0.30, permno=10002)])
    left = pd.concat(
        [delisting("2020-03-03", -0.5, 574), delisting("2020-03-03", -0.1, 233, 10002)]
    )
    read, _ = read_securities(both, left, LEGACY)
    assert read.returns["10001"].iloc[-1] == pytest.approx(-0.45)
    assert read.returns["10002"].iloc[-1] == pytest.approx(0.17)


@pytest.mark.parametrize(
    ("code", "failed"), [(500, True), (501, False), (519, False), (520, True), (584, True), (585, False), (233, False)]
)  # fmt: skip
def test_the_codes_of_failing_companies(code, failed):
    read, said = read_securities(rows(0.0, -0.04), delisting("2020-03-03", None, code), LEGACY)
    assert read.returns["10001"].iloc[-1] == -0.04  # nothing is filled in
    line = next(line for line in said if str(code) in line)
    assert ("Shumway" in line) == failed


def test_wrong_figures_are_refused_as_those_of_files_are():
    with pytest.raises(InputError, match=r"10001.*-1\.2"):
        read_securities(rows(0.0, -1.2), NO_DELISTINGS, LEGACY)
    double = pd.concat([rows(0.0, 0.1), rows(0.0, 0.2)])
    with pytest.raises(InputError, match="twice"):
        read_securities(double, NO_DELISTINGS, LEGACY)


def test_market_returns_in_per_cent_are_refused():
    days = pd.bdate_range("2020-01-02", periods=60).date
    moves = np.random.default_rng(1).normal(0, 0.01, 60)
    frame = pd.DataFrame({"day": days, "vwretd": moves})
    assert read_market(frame, {"vwretd": "vwretd"}).returns["vwretd"].iloc[3] == moves[3]
    assert read_market(frame.iloc[:0], {"vwretd": "vwretd"}) is None
    assert read_market(frame.assign(vwretd=np.nan), {"vwretd": "vwretd"}) is None
    with pytest.raises(InputError, match="per cent"):
        read_market(frame.assign(vwretd=100 * moves), {"vwretd": "vwretd"})
