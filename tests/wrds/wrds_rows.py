"""Made-up rows under the real names of WRDS's schemas, tables and columns."""

from __future__ import annotations

from collections.abc import Iterator

DAYS = ("2020-03-02", "2020-03-03", "2020-03-04", "2020-03-05", "2020-03-06", "2020-03-09")
D1, D2, D3, D4, D5, D6 = DAYS

TABLES = """
CREATE SCHEMA crsp; CREATE SCHEMA comp; CREATE SCHEMA ibes; CREATE SCHEMA wrdsapps_link_crsp_ibes;
CREATE TABLE crsp.dsf (permno double precision, date date, prc numeric(11,5), ret numeric(11,6),
    cfacpr numeric(12,6));
CREATE TABLE crsp.dsenames (permno integer, namedt date, nameendt date, ticker text, tsymbol text,
    shrcls text, comnam text, shrcd double precision);
CREATE TABLE crsp.dsedelist (permno numeric, dlstdt date, dlstcd double precision, dlret numeric(11,6));
CREATE TABLE crsp.dsi (date date, vwretd numeric(11,6), ewretd numeric(11,6), sprtrn numeric(11,6));
CREATE TABLE crsp.dsf_v2 (permno integer, dlycaldt date, dlyprc numeric(11,5), dlyret numeric(11,6),
    dlycumfacpr numeric(12,6), dlyprcflg text, dlyretmissflg text, dlydelflg text);
CREATE TABLE crsp.stksecurityinfohist (permno integer, secinfostartdt date, secinfoenddt date,
    ticker text, tradingsymbol text, shareclass text, issuernm text, sharetype text,
    securitytype text, securitysubtype text, usincflg text, issuertype text);
CREATE TABLE crsp.stkdelists (permno numeric, delistingdt date, delret numeric(11,6),
    delactiontype text, delreasontype text, deldlydt date);
CREATE TABLE crsp.inddlyseriesdata (indno integer, dlycaldt date, dlytotret numeric(11,6),
    dlyprcret numeric(11,6));
CREATE TABLE crsp.ccmxpf_lnkhist (gvkey text, lpermno integer, linktype text, linkprim text,
    linkdt date, linkenddt date);
CREATE TABLE comp.fundq (gvkey text, datadate date, rdq date, conm text, indfmt text, datafmt text,
    popsrc text, consol text);
CREATE TABLE ibes.actu_epsus (ticker text, cname text, measure text, pdicity text, pends date,
    anndats date, anntims time, value numeric);
CREATE TABLE wrdsapps_link_crsp_ibes.ibcrsphist (ticker text, permno integer, sdate date, edate date,
    score integer);
"""

NAMES = [
    # permno, since, until, ticker, symbol, class, company, share code
    (10001, "1990-01-02", "2024-12-31", "ALFA", "ALFA", "", "ALFA INC", 11),
    (10001, "1990-01-02", "2024-12-31", "ALFA", "ALFA", "", "ALFA INC", 11),  # there twice
    (10002, "1990-01-02", D4, "BETA", "BETA", "", "BETA INC", 11),
    (10003, "1990-01-02", D3, "GAMA", "GAMA", "", "GAMA INC", 11),
    (10004, "1990-01-02", D4, "DELT", "DELT", "", "DELT INC", 10),
    (10005, "1990-01-02", D4, "EPSI", "EPSI", "", "EPSI INC", 11),
    (10006, "1990-01-02", D4, "ZETA", "ZETA", "", "ZETA INC", 11),
    (10009, "1990-01-02", D2, "OLD", "OLD", "", "IOTA INC", 11),
    (10009, D3, "2024-12-31", "NEW", "NEW", "", "IOTA INC", 11),
    (10010, "1990-01-02", D2, "TWO", "TWO", "", "FIRST TWO INC", 11),
    (10010, D3, "2024-12-31", "UNO", "UNO", "", "FIRST TWO INC", 11),
    (10011, "1990-01-02", D3, "DUE", "DUE", "", "SECOND TWO INC", 11),
    (10011, D4, "2024-12-31", "TWO", "TWO", "", "SECOND TWO INC", 11),
    (10012, "1990-01-02", "2024-12-31", "DUAL", "DUALA", "A", "DUAL INC", 11),
    (10013, "1990-01-02", "2024-12-31", "DUAL", "DUALB", "B", "DUAL INC", 11),
    (10014, "1990-01-02", "2024-12-31", "FUND", "FUND", "", "FUND TRUST", 73),
    (10015, "1990-01-02", "1999-12-31", "GONE", "GONE", "", "GONE INC", 11),
]

LEGACY = {
    # permno: day, price, return, factor; None is a missing one
    10001: [
        ("2020-02-28", 98, -5, 2),  # outside the span, and no return at all
        (D1, 100, None, 2),
        (D2, -102, "0.02", 2),  # an average of bid and ask
        (D3, 52, "0.019608", 1),  # after a split of 2:1
        (D4, None, None, 1),
        (D5, 53.04, "0.02", 1),
        (D6, 52.5096, "-0.01", 1),
        ("2020-03-10", 52, -5, 1),  # after the span
    ],
    10002: [(D1, 10, 0, 1), (D2, 10, 0, 1), (D3, 10, 0, 1), (D4, 9, "-0.10", 1)],
    10003: [(D1, 8, 0, 1), (D2, 8.4, "0.05", 1), (D3, None, None, 1)],
    10004: [(D1, 5, 0, 1), (D2, 5, 0, 1), (D3, 5, 0, 1), (D4, 4.8, "-0.04", 1)],
    10005: [(D1, 30, 0, 1), (D2, 30, 0, 1), (D3, 30, 0, 1), (D4, 30.3, "0.01", 1)],
    10006: [(D1, 2, 0, 1), (D2, 2, 0, 1), (D3, 2, 0, 1), (D4, 2.5, "0.25", 1)],
    10009: [(D1, 50, "0.01", 1), (D2, 51, "0.02", 1), (D3, 52.02, "0.02", 1), (D4, 52.02, 0, 1)],
    10010: [(D1, 20, "0.03", 1), (D2, 20.6, "0.03", 1), (D3, 20.6, 0, 1), (D4, 20.806, "0.01", 1)],
    10011: [(D1, 70, "-0.01", 1), (D2, 70, 0, 1), (D3, 70.7, "0.01", 1), (D4, 72.114, "0.02", 1)],
    10012: [(D1, 40, "0.04", 1), (D2, 40.4, "0.01", 1)],
    10013: [(D1, 41, "0.05", 1), (D2, 41.82, "0.02", 1)],
    10014: [(D1, 300, 0, 1), (D2, 306, "0.02", 1)],
    10099: [(D1, 1, -5, 1)],  # asked for by nobody, and no return at all
}

DELISTED = [
    # permno, last day, code, return; the next session is when v2 has it
    (10001, "2024-12-31", 100, None, None),  # still listed
    (10002, D4, 574, "-0.50", D5),
    (10003, D3, 560, "-0.30", D4),
    (10004, D4, 584, None, D5),
    (10005, D4, 233, None, D5),
    (10006, D4, 551, "-1", D5),
]
ACTIONS = {574: ("GDR", "LP"), 560: ("GDR", "INSC"), 584: ("GDR", "INSC"), 233: ("MER", "MC"),
           551: ("GDR", "INSC")}  # fmt: skip

MARKET = [
    # day, vwretd, ewretd, sprtrn
    (D1, "0.010", "0.011", "0.009"),
    (D2, "-0.020", "-0.021", "-0.022"),
    (D3, "0.015", "0.013", "0.014"),
    (D4, "-0.005", "-0.004", "-0.006"),
    (D5, "0.000", "0.001", "-0.001"),
    (D6, "0.020", "0.019", "0.018"),
]

RETURNS = {
    # What the study has to see, worked out by hand: the figures of legacy files, and those of v2
    # where the two differ, because v2 has the delisting return on the next session.
    "ALFA": {D1: None, D2: 0.02, D3: 0.019608, D4: None, D5: 0.02, D6: -0.01},
    "BETA": {D1: 0.0, D2: 0.0, D3: 0.0, D4: -0.55, D5: None, D6: None},  # 0.9 × 0.5 − 1
    "GAMA": {D1: 0.0, D2: 0.05, D3: -0.30, D4: None, D5: None, D6: None},
    "DELT": {D1: 0.0, D2: 0.0, D3: 0.0, D4: -0.04, D5: None, D6: None},
    "EPSI": {D1: 0.0, D2: 0.0, D3: 0.0, D4: 0.01, D5: None, D6: None},
    "ZETA": {D1: 0.0, D2: 0.0, D3: 0.0, D4: -1.0, D5: None, D6: None},
    "NEW": {D1: 0.01, D2: 0.02, D3: 0.02, D4: 0.0, D5: None, D6: None},
    "vwretd": {D1: 0.010, D2: -0.020, D3: 0.015, D4: -0.005, D5: 0.0, D6: 0.020},
    "^GSPC": {D1: 0.009, D2: -0.022, D3: 0.014, D4: -0.006, D5: -0.001, D6: 0.018},
}
RETURNS_V2 = {
    **RETURNS,
    "BETA": {D1: 0.0, D2: 0.0, D3: 0.0, D4: -0.10, D5: -0.50, D6: None},
    "GAMA": {D1: 0.0, D2: 0.05, D3: None, D4: -0.30, D5: None, D6: None},
    "DELT": {D1: 0.0, D2: 0.0, D3: 0.0, D4: -0.04, D5: None, D6: None},
    "ZETA": {D1: 0.0, D2: 0.0, D3: 0.0, D4: 0.25, D5: -1.0, D6: None},
}
CLOSES = {"ALFA": {D1: 50, D2: 51, D3: 52, D4: None, D5: 53.04, D6: 52.5096}}

EARNINGS = [
    # I/B/E/S ticker, company, measure, period, quarter to, day, time
    ("ALF1", "ALFA", "EPS", "QTR", "2019-12-31", "2020-03-03", "16:05:00"),
    ("ALF1", "ALFA", "EPS", "QTR", "2020-03-31", "2020-03-05", "08:00:00"),
    ("ALF1", "ALFA", "EPS", "QTR", "2019-09-30", "2020-03-06", "00:00:00"),  # no time known
    ("ALF1", "ALFA", "EPS", "ANN", "2019-12-31", "2020-03-09", "09:05:00"),
    ("ALF1", "ALFA", "SAL", "QTR", "2019-12-31", "2020-03-09", "09:05:00"),
    ("ALF2", "ANOTHER ALFA", "EPS", "QTR", "2019-12-31", "2020-03-09", "10:00:00"),  # poor link
    ("ALF1", "ALFA", "EPS", "QTR", "2018-12-31", "2019-03-05", "16:05:00"),  # outside the span
]
LINKS = [
    ("ALF1", 10001, "1990-01-01", "2024-12-31", 1),
    ("ALF2", 10001, "1990-01-01", "2024-12-31", 5),
    ("ALF1", 10002, "1980-01-01", "1989-12-31", 1),  # before
]
QUARTERS = [
    # gvkey, quarter to, day of the report, company, format of industry
    ("001001", "2019-12-31", "2020-03-03", "ALFA INC", "INDL"),
    ("001001", "2019-12-31", "2020-03-04", "ALFA INC", "FS"),
    ("001001", "2020-03-31", None, "ALFA INC", "INDL"),
    ("001002", "2019-12-31", "2020-03-05", "OTHER INC", "INDL"),
]
CCM = [
    ("001001", 10001, "LC", "P", "1990-01-01", None),
    ("001002", 10001, "LC", "P", "1980-01-01", "1989-12-31"),
    ("001002", 10001, "LD", "P", "1990-01-01", None),
    ("001002", 10001, "LC", "N", "1990-01-01", None),
]


def inserts() -> Iterator[tuple[str, list[tuple]]]:
    """Table and rows, one after the other; v2's rows are made of the legacy ones."""
    yield (
        "crsp.dsenames",
        [
            (p, since, until, ticker, symbol, cls, company, code)
            for p, since, until, ticker, symbol, cls, company, code in NAMES
        ],
    )
    yield "crsp.dsf", [(p, *row) for p, rows in LEGACY.items() for row in rows]
    yield "crsp.dsedelist", [row[:4] for row in DELISTED]
    yield "crsp.dsi", MARKET
    yield (
        "crsp.stksecurityinfohist",
        [
            (p, since, until, ticker, symbol, cls, company, *kind(code))
            for p, since, until, ticker, symbol, cls, company, code in NAMES
        ],
    )
    yield "crsp.dsf_v2", [
        (p, day, None if price is None else abs(price), ret, factor,
         "BA" if price is not None and price < 0 else "TR",
         "NA" if ret is not None else "NS" if day == D1 else "MP", "N")
        for p, rows in LEGACY.items() for day, price, ret, factor in rows
    ] + [
        (p, after, 0, ret, 1, "DA", "NA" if ret else "DM", "Y")
        for p, _, code, ret, after in DELISTED if code > 100
    ]  # fmt: skip
    yield (
        "crsp.stkdelists",
        [
            (p, day, ret, *ACTIONS[code], after)
            for p, day, code, ret, after in DELISTED
            if code > 100
        ],
    )
    yield "crsp.inddlyseriesdata", [
        row for day, vw, ew, sp in MARKET
        for row in ((1000200, day, vw, 9), (1000201, day, ew, 9), (1000502, day, 9, sp))
    ]  # fmt: skip
    yield "ibes.actu_epsus", [(*row, 1) for row in EARNINGS]
    yield "wrdsapps_link_crsp_ibes.ibcrsphist", LINKS
    yield "comp.fundq", [(*row, "STD", "D", "C") for row in QUARTERS]
    yield "crsp.ccmxpf_lnkhist", CCM


def kind(code: int) -> tuple[str, ...]:
    """v2's codes for a share code of legacy files."""
    if code in (10, 11):
        return ("NS", "EQTY", "COM", "Y", "CORP")
    return ("NS", "FUND", "ETF", "Y", "ACOR")
