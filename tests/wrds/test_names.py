"""Tickers and PERMNOs by day, from names alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.prices.sources.wrds.names import keys_of, names_of, resolve
from eventstudy.prices.sources.wrds.tables import LEGACY, V2

SPAN = (date(2010, 1, 1), date(2020, 12, 31))
ROWS = pd.DataFrame(
    [
        (1001, "2000-01-03", "2009-12-31", "AAA", "AAA", None, "ONE", 11),
        (1001, "2010-01-01", "2022-12-30", "BBB", "BBB", None, "ONE", 11.0),
        (1002, "2012-01-03", "2015-06-30", "AAA", "AAA", "", "TWO", 73),
        (1003, "2000-01-03", None, "CCC", "CCCA", "A", "THREE", 10),
        (1004, "2000-01-03", pd.NaT, "CCC", "CCCB", "B", "THREE", 11),
        (1005, "2000-01-03", "2013-05-01", "DDD", "DDD", np.nan, "FIVE", 12),
        (1005, "2013-05-02", "2013-05-02", "N/A", None, np.nan, "FIVE", 12),
    ],
    columns=["permno", "since", "until", "ticker", "symbol", "share_class", "company", "shrcd"],
)
ROWS["since"], ROWS["until"] = pd.to_datetime(ROWS["since"]), pd.to_datetime(ROWS["until"])
NAMES = names_of(pd.concat([ROWS, ROWS]), LEGACY.common)


def found(ticker, *days, common=False, span=SPAN):
    given = {ticker: [date.fromisoformat(day) for day in days]} if days else {}
    resolved = resolve(NAMES, [ticker], span, given, common_only=common, table="crsp.dsf")
    return resolved.permnos.get(ticker) or resolved.absent[ticker]


def test_names_that_are_there_twice_are_one():
    assert len(NAMES) == len(ROWS)


@pytest.mark.parametrize(
    ("ticker", "days", "permno"),
    [
        ("BBB", (), 1001),
        ("bbb", (), 1001),
        ("AAA", ("2005-03-01",), 1001),
        ("AAA", ("2013-03-01",), 1002),
        ("AAA", (), 1002),  # in the span only one security had it
        ("CCC-A", (), 1003),
        ("CCC.B", ("2011-03-01",), 1004),
        ("CCCB", (), 1004),
        ("1001", (), 1001),
        ("DDD", ("2012-03-01", "2019-03-01"), 1005),  # on the later day it was no longer listed
    ],
)
def test_a_ticker_is_the_security_that_had_it(ticker, days, permno):
    assert found(ticker, *days) == permno


@pytest.mark.parametrize(
    ("ticker", "days", "facts"),
    [
        ("AAA", ("2005-03-01", "2013-03-01"), ("1001", "2005-03-01", "1002", "2013-03-01")),
        ("BBB", ("2005-03-01",), ("1001", "AAA")),
        ("CCC", (), ("1003", "1004")),
        ("AAA", ("2010-06-01",), ("BBB", "1001")),
        ("DDD", ("2019-03-01",), ("1005", "2013-05-01")),
        ("EEE", (), ("crsp.dsf",)),
        ("1009", (), ("PERMNO 1009",)),
    ],
)
def test_what_no_single_security_had_is_refused_with_who_had_it(ticker, days, facts):
    reason = found(ticker, *days)
    assert isinstance(reason, str)
    assert all(fact in reason for fact in facts), reason


def test_only_common_shares_where_asked():
    assert found("BBB", common=True) == 1001
    assert found("CCC-A", common=True) == 1003
    assert "shrcd 73" in found("AAA", "2013-03-01", common=True)
    assert "shrcd 12" in found("DDD", "2012-03-01", common=True)


def test_v2_tells_common_shares_by_five_codes():
    row = dict(zip(V2.common, ("NS", "EQTY", "COM", "Y", "CORP"), strict=True))
    base = {"permno": 1, "since": None, "until": None, "ticker": "A", "symbol": "A",
            "share_class": "", "company": "A"}  # fmt: skip
    others = {"sharetype": "AD", "securitytype": "FUND", "securitysubtype": "ETF",
              "usincflg": "N", "issuertype": "REIT"}  # fmt: skip
    rows = [{**base, **row}, *({**base, **row, name: code} for name, code in others.items())]
    common = {name.kind: name.common for name in names_of(pd.DataFrame(rows), V2.common)}
    assert sorted(common.values()) == [False] * 5 + [True]


def test_other_tickers_of_the_security_are_said():
    resolved = resolve(NAMES, ["BBB"], (date(2009, 1, 1), SPAN[1]), {}, common_only=False, table="")
    assert any("AAA" in note and "2009-12-31" in note for note in resolved.notes)


def test_classes_are_looked_for_in_every_spelling():
    tickers, symbols = keys_of(["brk-b"])
    assert {"BRK-B", "BRK"} <= set(tickers)
    assert {"BRKB", "BRK B"} <= set(symbols)
