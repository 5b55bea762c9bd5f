"""The prices of a desk as a source of eventstudy: eventstudy run --source desk."""

import numpy as np
import pandas as pd

import eventstudy as es


class Desk:
    network = True  # asked only for the tickers and days that a study needs

    def __init__(self, calendar=None, offline=False):
        self.calendar, self.offline = calendar, offline

    def load(self, tickers, start, end):
        if self.offline or tickers is None:
            raise es.DataMissingError("The desk needs the network and tickers.")
        days = pd.bdate_range(start, end, name="date")
        closes = pd.DataFrame({ticker: closes_of(ticker, len(days)) for ticker in tickers}, days)
        return es.load_prices(closes, tickers=tickers, calendar=self.calendar)


def closes_of(ticker, count):
    """Ask your own service here; this makes up a random walk."""
    steps = np.random.default_rng(list(ticker.encode())).normal(0, 0.01, count)
    return 100 * np.exp(np.cumsum(steps))
