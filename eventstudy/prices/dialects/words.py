"""Names of columns that are words for a day's figures of one asset, and so no tickers."""

from __future__ import annotations

import re

CLOSES = (
    *("close", "close_price", "price_close", "price", "prc", "px_last", "last_price"),
    *(
        "closing_price",
        "unadjusted_close",
        "unadjusted_price",
        "last",
        "last_close",
        "close/last",
        "settle",
        "settlement",
    ),
    *("settlement_price", "settle_price", "trade_close", "nav", "net_asset_value", "value"),
    *("index_value", "level", "schluss", "schlusskurs", "schlußkurs", "zuletzt", "kurs"),
    *("letzter", "letzter_kurs", "clôture", "cloture", "dernier", "cierre", "último", "ultimo"),
    *("chiusura", "fechamento", "slotkoers", "zamkniecie", "zamknięcie", "rücknahmepreis"),
)
"""Words for the one price of a day, the best first."""

LOWS = {
    *(
        "low",
        "px_low",
        "tief",
        "tiefst",
        "tagestief",
        "tiefstkurs",
        "bas",
        "plus_bas",
        "mínimo",
        "mínima",
    ),
    *("minimo", "mín.", "laag", "laagste", "najnizszy", "najniższy"),
}
HIGHS = {
    *("high", "px_high", "hoch", "höchst", "tageshoch", "höchstkurs", "haut", "plus_haut"),
    *("máximo", "máxima", "massimo", "máx.", "hoog", "hoogste", "najwyzszy", "najwyższy"),
}
OTHERS = {
    *LOWS,
    *HIGHS,
    *("open", "px_open", "first", "bid", "ask", "mid", "offer", "volume", "vol", "vol.", "vwap"),
    *("px_volume", "dividends", "dividend", "stock_splits", "capital_gains", "split"),
    *("split_coefficient", "divcash", "splitfactor", "change", "change_%", "%_change", "chg"),
    *("chg_%", "open_interest", "openint", "oi", "turnover", "trades", "number_of_trades"),
    *(
        "adj_open",
        "adj_high",
        "adj_low",
        "adj_volume",
        "average",
        "+/-_%",
        "repaired?",
        "net",
        "%chg",
        "bid_price",
        "ask_price",
    ),
    *("eröffnung", "eröffn.", "eröffnungskurs", "erster", "volumen", "umsatz", "stücke"),
    *("ausgabepreis", "geld", "brief", "differenz", "veränderung", "ouverture", "ouv."),
    *(
        "apertura",
        "abertura",
        "otwarcie",
        "wolumen",
        "volumes",
        "var._%",
        "%_var.",
        "variation",
        "variation_%",
        "var.%",
        "currency",
    ),
}
"""Words for what else a day has."""

ADJUSTED = (
    *("adj_close", "adjclose", "adjusted_close", "adjusted", "adj._close", "closeadj"),
    *("adj_close_price", "adj._close_price", "adjusted_close_price", "adjusted_price", "adj_price"),
    *("price_adj", "price_adjusted", "prc_adj", "adj_prc", "adjprc", "close_adj", "close_adjusted"),
    *("adjusted_closing_price", "adjclose_price", "total_return_index"),
)
NEVER_TICKERS = {*ADJUSTED, "close", "close_price", "volume", "schlusskurs"}
"""Words that are no share's ticker on any exchange, as LOW and OPEN are."""

WORDS = {*CLOSES, *ADJUSTED, *OTHERS}


def plain_head(name: str) -> str:
    """A column's name in lower case, with _ for blanks.

    Args:
        name: As it stands in the file; what a page writes beside it does not count.
    """
    text = re.sub(r"[\s_]+", "_", name.strip(" \t*\"'").lower())
    return re.sub(r"^(adj_close|close)_(adjusted_)?close_price_adjusted_.*", r"\1", text)
