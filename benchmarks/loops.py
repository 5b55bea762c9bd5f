"""An event at a time, with the libraries that people use for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.answer import Answer, tests_of
from benchmarks.panel import ESTIMATION, LENGTH, MARKET, SPAN, WINDOW, Case
from benchmarks.peers import scaled


def statsmodels(case: Case) -> Callable[[], Answer]:
    """sm.OLS(y, X).fit() on numpy slices; AR and t with the forecast error.

    Where returns are missing the sessions that are there are fitted, and the tests are left out:
    this knows them for windows of one length only.
    """
    import statsmodels.api as sm

    by_asset = np.ascontiguousarray(case.returns.T)
    design = np.column_stack([np.ones_like(case.market), case.market])
    missing = "drop" if case.gaps else "none"

    def run() -> Answer:
        n, days = len(case), SPAN - LENGTH
        coef, s, scar = np.empty((n, 2)), np.empty(n), np.empty(n)
        ar, sar = np.empty((2, n, days))
        for i, (who, at) in enumerate(zip(case.asset.tolist(), case.first.tolist(), strict=True)):
            x, y = design[at : at + SPAN], by_asset[who, at : at + SPAN]
            fit = sm.OLS(y[:LENGTH], x[:LENGTH], missing=missing).fit()
            coef[i], s[i] = fit.params, np.sqrt(fit.scale)
            ar[i] = y[LENGTH:] - x[LENGTH:] @ fit.params
            sar[i], scar[i] = scaled(ar[i], s[i], x[LENGTH:], fit.normalized_cov_params)
        tests = () if case.gaps else tests_of(sar, scar)
        return Answer(coef[:, 0], coef[:, 1], s, ar, sar, scar, *tests)

    return run


def pandas(case: Case) -> Callable[[], Answer]:
    """A frame per ticker, merged with the market by date, filtered, sm.OLS with add_constant.

    Cutting the long frame into tickers is not timed.
    """
    import statsmodels.api as sm

    wide = case.wide()
    market = wide[[MARKET]].reset_index()
    stocks = {
        ticker: wide[[ticker]].set_axis(["ret"], axis=1).dropna().reset_index()
        for ticker in wide.columns.drop(MARKET)
    }
    events = case.events()

    def run() -> Answer:
        fits, rows = [], []
        for event in events.itertuples():
            frame = stocks[str(event.ticker)].merge(market, on="date")
            frame["day"] = frame.index - frame.index[frame["date"] == event.date][0]
            estimation = frame[frame["day"].between(*ESTIMATION)]
            window = frame[frame["day"].between(*WINDOW)]
            fit = sm.OLS(estimation["ret"], sm.add_constant(estimation[MARKET])).fit()
            expected = fit.predict(sm.add_constant(window[MARKET]))
            rows.append((window["ret"] - expected).to_numpy())
            fits.append((fit.params["const"], fit.params[MARKET], np.sqrt(fit.scale)))
        alpha, beta, s = np.array(fits).T
        return Answer(alpha, beta, s, np.array(rows))

    return run
