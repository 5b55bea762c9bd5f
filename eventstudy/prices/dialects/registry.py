"""The dialects, the most particular first; generic long and wide files come last, in `reading`."""

from __future__ import annotations

from eventstudy.prices.dialects import find, names
from eventstudy.prices.dialects.dialect import DATES, Dialect

OHLC = ("open", "high", "low", "close")
CLOCKED = (*DATES, "epoch")
NO_TICKER = ("ticker", "symbol", "code", "name", "<ticker>", "tic", "permno", "instrument")
SECURITY = r"\S+(?: [A-Z0-9]{2})? (Equity|EQUITY|Index|INDEX|Curncy|Comdty)"

DIALECTS = (
    Dialect(
        "French",
        find.find_rows,
        header=("mkt-rf",),
        without=(*NO_TICKER, "close", "prc"),
        refusal=(
            "holds factor returns, not prices; read it with es.load_factors and give the "
            'factors to the study (model="factors")'
        ),
    ),
    Dialect(
        "EventStudyTools request",
        find.find_request,
        refusal="is a list of events, not prices; give it with --events",
    ),
    Dialect(
        "CRSP daily (SIZ)",
        find.find_rows,
        header=("permno", "date"),
        roles={
            "date": ("date",),
            "ticker": ("ticker", "tsymbol", "permno"),
            "close": ("prc",),
            "returns": ("ret",),
            "delisting": ("dlret",),
            "divisor": ("cfacpr",),
        },
        ids=("permno",),
        benchmarks={"sprtrn": "^GSPC", "vwretd": "vwretd", "ewretd": "ewretd"},
        dates=(*DATES, "sas"),
        letters=True,
        averages=True,
        repeats=True,
    ),
    Dialect(
        "CRSP daily (CIZ)",
        find.find_rows,
        header=("permno", "dlycaldt"),
        roles={
            "date": ("dlycaldt",),
            "ticker": ("ticker", "permno"),
            "close": ("dlyprc",),
            "returns": ("dlyret",),
            "divisor": ("dlycumfacpr",),
        },
        ids=("permno",),
        benchmarks={"sprtrn": "^GSPC", "vwretd": "vwretd", "ewretd": "ewretd"},
        dates=(*DATES, "sas"),
        letters=True,
        averages=True,
        repeats=True,
    ),
    Dialect(
        "Compustat security daily",
        find.find_rows,
        header=("datadate", "prccd"),
        roles={
            "date": ("datadate",),
            "ticker": ("tic", "ticker", "gvkey"),
            "close": ("prccd",),
            "divisor": ("ajexdi",),
            "multiplier": ("trfd",),
        },
        ids=("gvkey", "iid"),
        dates=(*DATES, "sas"),
        repeats=True,
    ),
    Dialect(
        "Stooq daily",
        find.find_rows,
        header=("<ticker>", "<date>", "<close>"),
        roles={"date": ("<date>",), "ticker": ("<ticker>",), "close": ("<close>",)},
        ticker=names.stooq_ticker,
    ),
    Dialect(
        "Nasdaq.com",
        find.find_rows,
        header=("date", "close/last"),
        roles={"date": ("date",), "close": ("close/last",)},
        dates=("mdy", "iso"),
        dressed=True,
        comma=False,
    ),
    Dialect(
        "investing.com",
        find.find_rows,
        header=("date", "price", "open", "vol.", "change_%"),
        roles={"date": ("date",), "close": ("price",)},
        dressed=True,
        comma=False,
    ),
    Dialect(
        "investing.com",
        find.find_rows,
        header=("datum", "zuletzt", "eröffn."),
        roles={"date": ("datum",), "close": ("zuletzt",)},
        dates=("dotted", "iso"),
        dressed=True,
        comma=True,
    ),
    Dialect(
        "Yahoo Finance",
        find.find_rows,
        header=("date", *OHLC, "adj_close"),
        without=NO_TICKER,
        roles={"date": ("date",), "close": ("close",), "adj_close": ("adj_close",)},
        dressed=True,
        comma=False,
        skip=r"[\d.,]+ ?(Dividends?|Capital Gains?)|[\d:/. ]+ ?Stock Splits?",
        skipped="dividends and splits",
    ),
    Dialect(
        "Alpha Vantage",
        find.find_rows,
        header=("timestamp", *OHLC, "volume"),
        without=NO_TICKER,
        roles={"date": ("timestamp",), "close": ("close",), "adj_close": ("adjusted_close",)},
    ),
    Dialect(
        "Tiingo",
        find.find_rows,
        header=("date", "close", "adjclose", "divcash"),
        roles={
            "date": ("date",),
            "ticker": ("ticker", "symbol"),
            "close": ("close",),
            "adj_close": ("adjclose",),
        },
    ),
    Dialect(
        "EODHD",
        find.find_rows,
        header=("date", *OHLC, "adjusted_close"),
        roles={
            "date": ("date",),
            "ticker": ("code", "ticker", "symbol"),
            "close": ("close",),
            "adj_close": ("adjusted_close",),
        },
    ),
    Dialect(
        "Polygon/Massive",
        find.find_rows,
        header=("t", "o", "h", "l", "c"),
        roles={"date": ("t",), "ticker": ("T", "ticker", "symbol"), "close": ("c",)},
        dates=CLOCKED,
    ),
    Dialect(
        "Polygon/Massive",
        find.find_rows,
        header=("ticker", "window_start", *OHLC),
        roles={"date": ("window_start",), "ticker": ("ticker",), "close": ("close",)},
        dates=CLOCKED,
    ),
    Dialect(
        "TradingView",
        find.find_rows,
        header=("time", *OHLC),
        roles={"date": ("time",), "ticker": ("ticker", "symbol"), "close": ("close",)},
        dates=CLOCKED,
    ),
    Dialect(
        "Barchart",
        find.find_rows,
        header=("time", "open", "high", "low", "last"),
        without=NO_TICKER,
        roles={"date": ("time",), "close": ("last",)},
        dressed=True,
        comma=False,
    ),
    Dialect(
        "Kaggle (all_stocks)",
        find.find_rows,
        header=("date", *OHLC, "name"),
        roles={"date": ("date",), "ticker": ("name",), "close": ("close",)},
    ),
    Dialect(
        "tidyquant",
        find.find_rows,
        header=("symbol", "date", *OHLC, "adjusted"),
        roles={
            "date": ("date",),
            "ticker": ("symbol",),
            "close": ("close",),
            "adj_close": ("adjusted",),
        },
    ),
    Dialect(
        "Refinitiv",
        find.find_rows,
        header=("instrument", "date"),
        roles={
            "date": ("date",),
            "ticker": ("instrument",),
            "close": ("price_close", "close_price", "trade_close", "tr.priceclose", "close"),
        },
        ticker=names.refinitiv_ticker,
    ),
    Dialect(
        "yfinance history",
        find.find_rows,
        header=("date", *OHLC, "dividends", "stock_splits"),
        without=NO_TICKER,
        roles={"date": ("date",), "close": ("close",), "adj_close": ("adj_close",)},
    ),
    Dialect(
        "Stooq daily",
        find.find_rows,
        header=("data", "otwarcie", "zamkniecie"),
        roles={"date": ("data",), "close": ("zamkniecie",)},
    ),
    Dialect(
        "daily prices of one ticker",
        find.find_rows,
        header=OHLC,
        without=NO_TICKER,
        dressed=True,
        roles={
            "date": ("date", "datetime", "timestamp", "day", "index", ""),
            "close": ("close",),
            "adj_close": ("adj_close", "adjclose", "adjusted_close", "adjusted"),
        },
    ),
    Dialect(
        "Bloomberg (BDH)",
        find.find_blocks,
        pattern=SECURITY,
        ticker=names.bloomberg_ticker,
    ),
    Dialect("yfinance", find.find_fields),
    Dialect("quantmod", find.find_prefixed, ticker=names.quantmod_ticker),
    Dialect("Datastream", find.find_datastream, ticker=names.datastream_ticker),
    Dialect("EventStudyTools", find.find_headless, ticker=names.named_index),
    Dialect(
        "Bloomberg",
        find.find_columns_of,
        header=("date", "dates", ""),
        pattern=SECURITY,
        ticker=names.bloomberg_ticker,
    ),
    Dialect(
        "Refinitiv",
        find.find_columns_of,
        header=("date", "timestamp", "instrument", ""),
        pattern=r"\.\w+|\w+\.(O|OQ|N|K|P)",
        ticker=names.refinitiv_ticker,
    ),
    Dialect(
        "FRED",
        find.find_columns_of,
        header=("observation_date",),
        pattern=r"[A-Z0-9]+",
        ticker=names.named_index,
    ),
)
"""Each is told by its header; the first that fits reads the file."""
