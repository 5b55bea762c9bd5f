"""One truth as each vendor writes it: NVDA, AMD and ^GSPC over three months of the sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

import eventstudy as es

PRICES = es.load_prices(
    "bundled", tickers=["NVDA", "AMD", "^GSPC"], start="2024-12-02", end="2025-02-28"
)
CLOSE, ADJUSTED = PRICES.close, PRICES.adj_close
RETURNS = ADJUSTED.pct_change()
DAYS = CLOSE.index
SHARES, ALL = ("AMD", "NVDA"), ("AMD", "NVDA", "^GSPC")
PERMNO = {"NVDA": 86580, "AMD": 61241}


@dataclass(frozen=True)
class Layout:
    """A file of a vendor, and what it is read as."""

    text: str
    said: str
    """What the sentence on its dialect holds."""
    tickers: tuple[str, ...] = ALL
    options: dict[str, Any] = field(default_factory=dict)
    file: str = "p.csv"
    adjusted: bool = False
    """Whether its prices, or adjusted ones beside them, hold dividends."""
    digits: float = 1e-6
    """How far prices may lie from the truth, relative to it."""
    returns: bool = False


def rows(
    head: str, line: Callable[[str, pd.Timestamp, int], str], tickers=ALL, newest=False
) -> str:
    """A line for each ticker and day."""
    days = list(enumerate(DAYS))
    ordered = days[::-1] if newest else days
    return head + "".join(line(t, day, at) + "\n" for t in tickers for at, day in ordered)


def one(head: str, line: Callable[[pd.Timestamp, float, float], str], newest=True, t="NVDA") -> str:
    """A line for each day of one ticker: day, close, adjusted close."""
    return rows(head, lambda _, d, at: line(d, CLOSE[t][d], ADJUSTED[t][d]), (t,), newest)


def wide(head: str, day: str, table: pd.DataFrame = CLOSE, mark: str = ",", digits: int = 6) -> str:
    """A line for each day with a figure for each of ALL."""
    return head + "".join(
        mark.join([f"{d:{day}}", *(f"{table[t][d]:.{digits}f}" for t in ALL)]) + "\n" for d in DAYS
    )


def american(day: pd.Timestamp) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def seconds(day: pd.Timestamp, hours: float, zone: str = "America/New_York") -> int:
    return int((day + pd.Timedelta(hours=hours)).tz_localize(zone).timestamp())


def crsp(day: str = "%Y%m%d", *, upper: bool = False, minus: int = -1, repeat: int = -1) -> str:
    head = "permno,date,ticker,comnam,dlstcd,dlret,prc,ret,cfacpr,vwretd,sprtrn\n"

    def line(t: str, d: pd.Timestamp, at: int) -> str:
        ret, market = (f"{RETURNS[name][d]:.6f}" if at else "" for name in (t, "^GSPC"))
        price = f"{'-' if at == minus else ''}{CLOSE[t][d]:.5f}"
        cells = [PERMNO[t], f"{d:{day}}".upper(), t, f'"{t} INC, NEW"', "", ""]
        text = ",".join(map(str, [*cells, price, ret or "C", "1.0", market, market]))
        return f"{text}\n{text}" if at == repeat else text

    return rows(head.upper() if upper else head, line, SHARES)


OHLC = "{c},{c},{c},{c}"


def ohlc(c: float, digits: int = 6, dress: str = "{}") -> str:
    return ",".join([dress.format(f"{c:.{digits}f}")] * 4)


YAHOO_PAGE = one(
    "Date,Open,High,Low,Close Close price adjusted for splits.,Adj Close Adjusted close price "
    "adjusted for splits and dividend and/or capital gain distributions.,Volume\n",
    lambda d, c, a: f'"{american(d)}",{ohlc(c, 2)},{a:.2f},"388,131,000"',
).replace('"Jan 15, 2025"', '"Jan 15, 2025",0.01 Dividend\n"Jan 15, 2025"')


def fields(*, tickers_first: bool, index_row: bool = True) -> str:
    names, tickers = ["Close", "High", "Volume"], list(ALL)
    columns = [(name, t) for name in names for t in tickers]
    first, second = ([name for name, _ in columns], [t for _, t in columns])
    heads = [["Price", *first], ["Ticker", *second]]
    lines = heads[::-1] if tickers_first else heads
    lines += [["Date", *[""] * len(columns)]] if index_row else []
    for d in DAYS:
        cells = [1000 if name == "Volume" else f"{CLOSE[t][d]:.6f}" for name, t in columns]
        lines.append([f"{d:%Y-%m-%d}", *cells])
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


BLOCKS = (
    "NVDA US Equity,,,AMD US Equity,,,SPX Index,,\n"
    + "Dates,PX_LAST,,Dates,PX_LAST,,Dates,PX_LAST,\n"
)


def bdh() -> str:
    def cells(t: str, at: int) -> str:  # AMD begins five days late
        at += 5 if t == "AMD" else 0
        if at >= len(DAYS):
            return ",,"
        return f"{DAYS[at]:%m/%d/%Y},{CLOSE[t].iloc[at]:.6f},"

    order = ("NVDA", "AMD", "^GSPC")
    body = "".join(",".join(cells(t, at) for t in order) + "\n" for at in range(len(DAYS)))
    return f"Start Date,12/2/2024,,,,,,,\nEnd Date,2/28/2025,,,,,,,\n{BLOCKS}{body}"


def datastream(day: str = "%d/%m/%Y") -> str:
    head = (
        "Name,ADVANCED MICRO DEVICES - TOT RETURN IND,NVIDIA - TOT RETURN IND,"
        "S&P 500 COMPOSITE - PRICE INDEX,#ERROR,NVIDIA - MARKET VALUE\n"
        "Code,@AMD(RI),U:NVDA(RI),S&PCOMP(PI),#ERROR,U:NVDA(MV)\nCURRENCY,U$,U$,U$,,U$\n"
    )
    lines = wide("", day, ADJUSTED).splitlines()
    return head + "".join(
        f"{line},{'$$ER: E100' if not at else ''},3000000\n" for at, line in enumerate(lines)
    )


def turned(text: str) -> str:
    cells = [line.split(",") for line in text.splitlines()]
    return "".join(",".join(line) + "\n" for line in zip(*cells, strict=True))


LAYOUTS = {
    "Yahoo's download": Layout(
        one("Date,Open,High,Low,Close,Adj Close,Volume\n",
            lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},{a:.6f},388131000", newest=False)
        + "2025-03-03,null,null,null,null,null,null\n",
        "Yahoo Finance", ("NVDA",), file="NVDA.csv", adjusted=True),
    "Yahoo's page": Layout(
        YAHOO_PAGE, "Yahoo Finance", ("NVDA",), {"ticker": "NVDA"}, adjusted=True, digits=1e-4),
    "yfinance, fields first": Layout(fields(tickers_first=False), "yfinance"),
    "yfinance, tickers first": Layout(fields(tickers_first=True), "yfinance"),
    "yfinance, two rows": Layout(fields(tickers_first=False, index_row=False), "yfinance"),
    "yfinance, history of a ticker": Layout(
        one("Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n",
            lambda d, c, a: f"{d:%Y-%m-%d} 00:00:00-05:00,{ohlc(a)},100,0.0,0.0"),
        "yfinance history", ("NVDA",), file="NVDA.csv", adjusted=True),
    "yfinance, stacked": Layout(
        rows("Date,Ticker,Close,High,Low,Open,Volume\n",
             lambda t, d, _: f"{d:%Y-%m-%d},{t},{ohlc(CLOSE[t][d])},5"), ""),
    "Stooq, ASCII": Layout(
        rows("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n",
             lambda t, d, _: f"{t.replace('GSPC', 'SPX')}{'.US' if t[0] != '^' else ''},D,"
             f"{d:%Y%m%d},000000,{ohlc(CLOSE[t][d])},1,0"), "Stooq daily", file="all.txt"),
    "Stooq, one": Layout(
        one("Date,Open,High,Low,Close,Volume\n", lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},1"),
        "daily prices of one ticker", ("NVDA",), file="nvda_us_d.csv"),
    "Stooq, Polish": Layout(
        one("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n",
            lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},1"),
        "Stooq", ("NVDA",), file="nvda_us_d.csv"),
    "Nasdaq.com": Layout(
        one("Date,Close/Last,Volume,Open,High,Low\n",
            lambda d, c, a: f"{d:%m/%d/%Y},${c:.2f},818830900,${c:.2f},${c:.2f},${c:.2f}"),
        "Nasdaq.com", ("NVDA",), {"ticker": "NVDA"}, digits=1e-4),
    "investing.com": Layout(
        "\ufeff" + one('"Date","Price","Open","High","Low","Vol.","Change %"\n', lambda d, c, a: (
            f'"{d:%m/%d/%Y}","{c:,.2f}","{c:,.2f}","{c:,.2f}","{c:,.2f}","","0.15%"'), t="^GSPC"),
        "investing.com", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "investing.com, British": Layout(
        one('"Date","Price","Open","High","Low","Vol.","Change %"\n', lambda d, c, a: (
            f'"{d:%d/%m/%Y}","{c:,.2f}","{c:,.2f}","{c:,.2f}","{c:,.2f}","45.30M","0.15%"')),
        "day/month/year", ("NVDA",), {"ticker": "NVDA"}, digits=1e-4),
    "investing.com, German": Layout(
        one('"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"\n', lambda d, c, a: (
            f'"{d:%d.%m.%Y}",'
            + ",".join([f'"{c:,.2f}"'.translate(str.maketrans(",.", ".,"))] * 4)
            + ',"1,2M","0,15%"'), t="^GSPC"),
        "investing.com", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "Alpha Vantage": Layout(
        one("timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,"
            "split_coefficient\r\n",
            lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},{a:.6f},1,0.0000,1.0\r"),
        "Alpha Vantage", ("NVDA",), {"ticker": "NVDA"}, adjusted=True),
    "Alpha Vantage, plain": Layout(
        one("timestamp,open,high,low,close,volume\n", lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},1"),
        "Alpha Vantage", ("NVDA",), {"ticker": "NVDA"}),
    "Tiingo": Layout(
        one("date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,"
            "splitFactor\n",
            lambda d, c, a: f"{d:%Y-%m-%dT00:00:00.000Z},{ohlc(c)},1,{ohlc(a)},1,0.0,1.0"),
        "Tiingo", ("NVDA",), {"ticker": "NVDA"}, adjusted=True),
    "EODHD": Layout(
        one("Date,Open,High,Low,Close,Adjusted_close,Volume\n",
            lambda d, c, a: f"{d:%Y-%m-%d},{ohlc(c)},{a:.6f},1", newest=False),
        "EODHD", ("NVDA",), {"ticker": "NVDA"}, adjusted=True),
    "Polygon, milliseconds": Layout(
        one(",v,vw,o,c,h,l,t,n\n",
            lambda d, c, a: f"{DAYS.get_loc(d)},1,{c},{ohlc(c)},{seconds(d, 0)}000,5", newest=False),
        "Polygon/Massive", ("NVDA",), {"ticker": "NVDA"}),
    "Polygon, flat file": Layout(
        rows("ticker,volume,open,close,high,low,window_start,transactions\n",
             lambda t, d, _: f"{t},1,{ohlc(CLOSE[t][d])},{seconds(d, 0)}000000000,5"),
        "Polygon/Massive"),
    "Polygon, grouped": Layout(
        rows("T,v,vw,o,c,h,l,t,n\n",
             lambda t, d, _: f"{t},1,1,{ohlc(CLOSE[t][d])},{seconds(d, 16)}000,5"),
        "Polygon/Massive"),
    "TradingView, seconds": Layout(
        one("time,open,high,low,close,Volume,MA\n",
            lambda d, c, a: f"{seconds(d, 9.5)},{ohlc(c)},1000,1"),
        "TradingView", ("NVDA",), file="NASDAQ_DLY_NVDA, 1D.csv"),
    "TradingView, midnight in UTC": Layout(
        one("time,open,high,low,close\n", lambda d, c, a: f"{seconds(d, 0, 'UTC')},{ohlc(c)}"),
        "midnight UTC", ("NVDA",), {"ticker": "NVDA"}),
    "TradingView, ISO": Layout(
        one("time,open,high,low,close\n",
            lambda d, c, a: f"{d:%Y-%m-%d}T09:30:00-05:00,{ohlc(c)}"),
        "TradingView", ("NVDA",), file="BATS_NVDA, 1D_ab12c.csv"),
    "Kaggle": Layout(
        rows("date,open,high,low,close,volume,Name\n",
             lambda t, d, _: f"{d:%Y-%m-%d},{ohlc(CLOSE[t][d])},1,{t}"), "Kaggle"),
    "tidyquant with row numbers": Layout(
        rows('"","symbol","date","open","high","low","close","volume","adjusted"\n',
             lambda t, d, at: f'"{at + 1}","{t}",{d:%Y-%m-%d},{ohlc(CLOSE[t][d])},1,{ADJUSTED[t][d]}'),
        "tidyquant", adjusted=True),
    "quantmod": Layout(
        rows('"","NVDA.Open","NVDA.High","NVDA.Low","NVDA.Close","NVDA.Volume","NVDA.Adjusted",'
             '"GSPC.Close","GSPC.Adjusted"\n',
             lambda t, d, _: f'"{d:%Y-%m-%d}",{ohlc(CLOSE[t][d])},1,{ADJUSTED[t][d]},'
             f"{CLOSE['^GSPC'][d]},{ADJUSTED['^GSPC'][d]}", ("NVDA",)),
        "quantmod", ("NVDA", "^GSPC"), adjusted=True),
    "write.csv2": Layout(
        wide('"date";"AMD";"NVDA";"^GSPC"\n', "%Y-%m-%d", mark=";").replace(".", ","), ""),
    "write.csv with row numbers": Layout(
        '"",' + '"date","AMD","NVDA","^GSPC"\n' + "".join(
            f'"{at}",{line}\n' for at, line in enumerate(wide("", "%Y-%m-%d").splitlines(), 1)), ""),
    "Refinitiv": Layout(
        rows(",Instrument,Date,Price Close,Volume\n", lambda t, d, at: (
            f"{at},{'.SPX' if t == '^GSPC' else t + '.O'},{d:%Y-%m-%d}T00:00:00Z,{CLOSE[t][d]},1")),
        "Refinitiv"),
    "Refinitiv, wide": Layout(wide("Date,AMD.O,NVDA.OQ,.SPX\n", "%Y-%m-%d"), "Refinitiv"),
    "Datastream": Layout(datastream(), "day/month/year", adjusted=True),
    "Datastream, turned": Layout(turned(datastream("%Y-%m-%d")), "Datastream", adjusted=True),
    "Bloomberg, wide": Layout(
        wide("Dates,AMD US Equity,NVDA UW Equity,SPX Index\n", "%m/%d/%Y"), "month/day/year"),
    "Bloomberg, one column of days": Layout(
        wide(",AMD US Equity,NVDA US Equity,SPX Index\nDates,PX_LAST,PX_LAST,PX_LAST\n", "%Y-%m-%d"),
        "Bloomberg (BDH)"),
    "CRSP": Layout(crsp(), "CRSP (SIZ)", returns=True),
    "CRSP, SAS dates": Layout(crsp("%d%b%Y", upper=True), "CRSP (SIZ)", returns=True),
    "CRSP, American dates": Layout(crsp("%m/%d/%Y"), "month/day/year", returns=True),
    "CRSP, averages": Layout(crsp(minus=7), "CRSP (SIZ)", returns=True),
    "CRSP, distributions": Layout(crsp(repeat=9), "CRSP (SIZ)", returns=True),
    "CRSP, CIZ": Layout(
        rows("PERMNO,HdrCUSIP,Ticker,DlyCalDt,DlyPrc,DlyPrcFlg,DlyRet,DlyRetx,sprtrn\n",
             lambda t, d, at: f"{PERMNO[t]},67066G10,{t},{d:%Y-%m-%d},{CLOSE[t][d]},TR,"
             + (f"{RETURNS[t][d]:.6f}," * 2 + f"{RETURNS['^GSPC'][d]:.6f}" if at else ",,"), SHARES),
        "CRSP daily (CIZ)", returns=True),
    "Compustat": Layout(
        rows("gvkey,iid,datadate,tic,conm,ajexdi,prccd,trfd\n", lambda t, d, _: (
            f"{PERMNO[t]:06d},01,{d:%Y%m%d},{t},{t},2,{2 * CLOSE[t][d]:.6f},"
            f"{ADJUSTED[t][d] / CLOSE[t][d]:.9f}"), SHARES),
        "Compustat", SHARES, adjusted=True),
    "EventStudyTools": Layout(
        rows("", lambda t, d, _: f"{t.replace('^GSPC', 'SP500')};{d:%d.%m.%Y};{CLOSE[t][d]:.4f}"),
        "EventStudyTools"),
    "FRED": Layout(
        one("observation_date,SP500\n", lambda d, c, a: f"{d:%Y-%m-%d},{c:.2f}", t="^GSPC"),
        "FRED", ("^GSPC",)),
    "Google Finance": Layout(
        one("Date,Close\n", lambda d, c, a: f"{d.month}/{d.day}/{d.year} 16:00:00,{c}"),
        "month/day/year", ("NVDA",), {"ticker": "NVDA"}),
    "Google Finance, German": Layout(
        one("Datum;Close\n", lambda d, c, a: f"{d:%d.%m.%Y};" + f"{c:.2f}".replace(".", ",")),
        "day.month.year", ("NVDA",), {"ticker": "NVDA"}, digits=1e-4),
    "MarketWatch": Layout(
        one("Date,Open,High,Low,Close,Volume\n",
            lambda d, c, a: f'{d:%m/%d/%Y},' + ",".join([f'"{c:,.2f}"'] * 4) + ',"1,234"', t="^GSPC"),
        "daily prices of one ticker", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "MetaTrader": Layout(
        one("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n",
            lambda d, c, a: "\t".join([f"{d:%Y.%m.%d}", *[f"{c:.5f}"] * 4, "9"])),
        "MetaTrader", ("NVDA",), file="NVDA.csv"),
    "LSEG": Layout(
        "NVIDIA Corp Price History,,,,\n,,,,\n"
        + one("Exchange Date,Close,Net,%Chg,Open\n",
              lambda d, c, a: f"{d:%d-%b-%Y},{c:.6f},1.5,+1.2%,{c:.6f}"),
        "LSEG", ("NVDA",), {"ticker": "NVDA"}),
    "ariva.de": Layout(
        one("Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen\n", lambda d, c, a: (
            f"{d:%Y-%m-%d};" + ";".join([f"{c:,.2f}".translate(str.maketrans(",.", ".,"))] * 4)
            + ";1.000;2.000"), t="^GSPC"),
        "Schlusskurs", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "investing.com, French": Layout(
        one('"Date","Dernier","Ouv."," Plus Haut","Plus Bas","Vol.","Variation %"\n',
            lambda d, c, a: f'"{d:%d/%m/%Y}",' + ",".join([f'"{c:.2f}"'.replace(".", ",")] * 4)
            + ',"1,2M","0,15%"'),
        "Dernier", ("NVDA",), file="NVDA.csv", digits=1e-4),
    "investing.com, Spanish": Layout(
        one('"Fecha","Último","Apertura","Máximo","Mínimo","Vol.","% var."\n',
            lambda d, c, a: f'"{d:%d.%m.%Y}",' + ",".join(
                [f'"{c:,.2f}"'.translate(str.maketrans(",.", ".,"))] * 4) + ',"","0,15%"', t="^GSPC"),
        "Último", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "investing.com, without volume": Layout(
        one('"Date","Price","Open","High","Low","Change %"\n', lambda d, c, a: (
            f'"{d:%m/%d/%Y}","{c:,.2f}","{c:,.2f}","{c:,.2f}","{c:,.2f}","0.15%"'), t="^GSPC"),
        "Price", ("^GSPC",), {"ticker": "^GSPC"}, digits=1e-4),
    "securities of Bloomberg in rows": Layout(
        rows("Date,Security,Last Price,Volume\n", lambda t, d, _: (
            f"{d:%Y-%m-%d},{t} US Equity,{CLOSE[t][d]},5"), SHARES), "", SHARES),
    "days written out": Layout(wide("Date,AMD,NVDA,^GSPC\n", "%d-%b-%y"), ""),
    "a preamble and a line below": Layout(
        "Prices of three tickers\nDownloaded yesterday\n\n" + wide("Date,AMD,NVDA,^GSPC\n", "%Y-%m-%d")
        + "\nCopyright of somebody\n", ""),
}  # fmt: skip
