"""Prices: what make_prices keeps, leaves out, and refuses."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import sessions_between
from eventstudy.errors import DataMissingError, InputError, say_some
from eventstudy.prices.prices import Prices, Provenance, make_prices
from eventstudy.prices.request import parse_day, parse_span, parse_tickers

HERE = Provenance(name="test", description="the test data")


def frame(days: list[str], **columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.DatetimeIndex(days), dtype=float)


def test_rows_are_sessions_and_holes_stay_missing() -> None:
    # 2025-01-20 is a holiday, 2025-01-22 has no row, 2025-01-18 is a Saturday
    close = frame(["2025-01-23", "2025-01-17", "2025-01-21"], B=[3, 1, np.nan], A=[6, 4, 5])
    prices = make_prices(close, provenance=HERE)
    assert prices.tickers == ("A", "B")
    assert [f"{day:%m-%d}" for day in prices.sessions] == ["01-17", "01-21", "01-22", "01-23"]
    assert prices.close["A"].tolist()[:2] == [4, 5]
    assert prices.close.loc["2025-01-22"].isna().all()
    assert np.isnan(prices.close.loc["2025-01-21", "B"])
    assert prices.close.index.name == "date"
    assert str(prices.close.index.dtype) == "datetime64[ns]"
    assert prices.dropped == ()
    pd.testing.assert_frame_equal(prices.close, prices.adj_close)


def test_prices_on_closed_days_are_left_out_and_named() -> None:
    close = frame(
        ["2025-01-17", "2025-01-18", "2025-01-20", "2025-01-21"],
        A=[1, 2, 3, 4],
        B=[1, np.nan, 3, 4],
    )
    prices = make_prices(close, provenance=HERE)
    assert prices.dropped == (
        "2025-01-18 is not a session of XNYS: the prices of A on that day are left out.",
        "2025-01-20 is not a session of XNYS: the prices of A, B on that day are left out.",
    )
    assert prices.close["A"].tolist() == [1, 4]
    own = make_prices(close, provenance=HERE, calendar=None)
    assert own.close["A"].tolist() == [1, 2, 3, 4]
    assert own.calendar is None


def test_many_closed_days_are_counted() -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2025-01-01", "2025-03-31")]
    prices = make_prices(frame(days, BTC=[1.0] * len(days)), provenance=HERE)
    closed = len(days) - len(prices.sessions)
    (said,) = prices.dropped
    assert all(fact in said for fact in (str(closed), "XNYS", "BTC", "2025-01-01"))


@pytest.mark.parametrize(
    ("step", "where", "other"), [(-1, "early", "after"), (1, "late", "before")]
)
def test_days_that_all_lie_one_off_are_refused(step: int, where: str, other: str) -> None:
    """As a midnight in Frankfurt is, written in UTC."""
    days = sessions_between(date(2025, 1, 6), date(2025, 2, 28), "XFRA")
    off = frame([str(day) for day in days + step], A=np.arange(len(days)) + 1.0)
    with pytest.raises(InputError) as caught:
        make_prices(off, provenance=HERE, calendar="XFRA")
    misfits = sum(day.weekday() > 4 for day in (days + step).astype(object))
    said = str(caught.value)
    assert said.startswith(f"In {HERE.description} ")
    facts = (f"one day {where}", f"{misfits} of {len(days)}", "XFRA", f"{other} them, 0", " A ")
    assert all(fact in said for fact in facts)
    assert make_prices(off, provenance=HERE, calendar=None).dropped == ()


def test_tickers_in_the_order_asked_and_the_absent_named() -> None:
    close = frame(["2025-01-21", "2025-01-22"], A=[1, 2], B=[3, 4], E=[np.nan, np.nan])
    prices = make_prices(
        close, provenance=HERE, tickers=["B", "A", "B", "C", "openai", "E"], benchmarks=("A", "X")
    )
    assert prices.tickers == ("B", "A")
    assert prices.benchmarks == ("A",)
    assert prices.unavailable == {
        "C": "C is not in the test data",
        "openai": "OpenAI is not listed on an exchange: it has no share price, so no market reaction can be measured",
        "E": "E has no price from 2025-01-21 to 2025-01-22 in the test data",
    }


def test_column_named_like_an_unlisted_company_wins() -> None:
    close = frame(["2025-01-21", "2025-01-22"], OpenAI=[1, 2])
    prices = make_prices(close, provenance=HERE, tickers="OpenAI")
    assert prices.tickers == ("OpenAI",)
    assert prices.unavailable == {}


def test_span_is_closed_on_both_ends_and_cuts_factors() -> None:
    close = frame(["2025-01-21", "2025-01-22", "2025-01-23"], A=[1, 2, 3])
    factors = frame(["2025-01-21", "2025-01-22"], rf=[0.1, 0.2], mkt_rf=[1, 2])
    prices = make_prices(
        close, provenance=HERE, start="2025-01-22", end=date(2025, 1, 23), factors=factors
    )
    assert prices.close["A"].tolist() == [2, 3]
    assert prices.factors is not None
    assert list(prices.factors.columns) == ["rf", "mkt_rf"]
    assert prices.factors["rf"].iloc[0] == 0.2
    assert np.isnan(prices.factors["rf"].iloc[1])


def test_adjusted_close_is_put_on_the_same_grid() -> None:
    close = frame(["2025-01-21", "2025-01-22"], A=[1, 2], B=[3, 4])
    prices = make_prices(close, frame(["2025-01-22"], A=[9]), provenance=HERE)
    assert prices.adj_close.loc["2025-01-22", "A"] == 9
    assert int(prices.adj_close.isna().to_numpy().sum()) == 3


def test_time_zones_and_clock_times_are_cut_off() -> None:
    stamps = pd.DatetimeIndex(["2025-01-21 16:00", "2025-01-22 16:00"], tz="America/New_York")
    prices = make_prices(pd.DataFrame({"A": [1.0, 2.0]}, index=stamps), provenance=HERE)
    assert prices.sessions[0] == pd.Timestamp("2025-01-21")


@pytest.mark.parametrize(
    ("close", "options", "error", "sentence"),
    [
        (frame(["2025-01-21", "2025-01-21"], A=[1, 2]), {}, InputError, "The day 2025-01-21 is in the prices twice"),
        (frame(["2025-01-21"], A=[-1]), {}, InputError, "The price of A on 2025-01-21 is -1; a price is a positive number"),
        (frame(["2025-01-21"], A=[np.inf]), {}, InputError, "The price of A on 2025-01-21 is inf"),
        (frame(["2025-01-21"], A=[1]), {"tickers": ["B", "C"]}, DataMissingError, "the test data delivers none of the tickers. B is not in the test data. C is not in"),
        (frame(["2025-01-21"], A=[np.nan]), {}, DataMissingError, "A has no price from 2025-01-21 to 2025-01-21"),
        (frame(["2025-01-21"], A=[1]), {"start": "2025-02-01"}, DataMissingError, "the test data has no prices from 2025-02-01: it runs from 2025-01-21 to 2025-01-21."),
        (frame(["2025-01-21"], A=[1]), {"start": "2024-02-01", "end": "2024-03-01"}, DataMissingError, "no prices from 2024-02-01 to 2024-03-01"),
        (frame([], A=[]), {}, DataMissingError, "it has no rows"),
        (frame(["2025-01-18", "2025-01-19"], A=[1, 2]), {}, DataMissingError, "has no price on a session of XNYS from 2025-01-18 to 2025-01-19"),
        (frame(["2025-01-21"], A=[1]), {"calendar": "XNYC"}, InputError, "There is no exchange calendar 'XNYC'. Did you mean 'XNYS'?"),
        (frame(["1900-01-02"], A=[1]), {"calendar": "XKRX"}, InputError, "1900-01-02 lies outside the XKRX calendar, which runs from 1956-01-02"),
        (frame(["2025-01-21"], A=[1]), {"tickers": []}, InputError, "an empty list names no ticker"),
    ],
)  # fmt: skip
def test_refusals(
    close: pd.DataFrame, options: dict, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        make_prices(close, provenance=HERE, **options)
    assert sentence in str(caught.value)


def test_two_columns_of_one_name_are_refused() -> None:
    close = pd.DataFrame([[1.0, 2.0]], index=pd.DatetimeIndex(["2025-01-21"]), columns=["A", "A"])
    with pytest.raises(InputError, match="The column A is in the prices twice"):
        make_prices(close, provenance=HERE)


def test_many_tickers_are_listed_in_short() -> None:
    names = {f"T{number}": [1.0, 1.0] for number in range(8)}
    prices = make_prices(frame(["2025-01-18", "2025-01-21"], **names), provenance=HERE)
    assert "the prices of T0, T1, T2, T3, T4 and 3 more on that day" in prices.dropped[0]


def test_prices_are_frozen() -> None:
    prices = make_prices(frame(["2025-01-21"], A=[1]), provenance=HERE)
    assert isinstance(prices, Prices)
    with pytest.raises(AttributeError):
        prices.calendar = "XLON"  # type: ignore[misc]


def test_request_parsing() -> None:
    assert parse_tickers(" NVDA,^GSPC ,NVDA") == ("NVDA", "^GSPC")
    assert parse_tickers(None) is None
    assert parse_day("2025-01-27T09:30", "start") == date(2025, 1, 27)
    assert parse_day(datetime(2025, 1, 27, 12), "start") == date(2025, 1, 27)  # noqa: DTZ001
    assert parse_day(None, "start") is None
    assert say_some(["a", "b", "c"], limit=2) == ("a", "b", "and 1 more.")
    with pytest.raises(
        InputError, match=r"Option end: 2024-01-01 lies before start 2025-01-01; swap them\."
    ):
        parse_span("2025-01-01", "2024-01-01")
    with pytest.raises(
        InputError, match=r"Option start: '27/01/2025' is not a date; write it as 2025-01-27\."
    ):
        parse_day("27/01/2025", "start")
    with pytest.raises(InputError, match="' ' names no ticker"):
        parse_tickers(["NVDA", " "])
