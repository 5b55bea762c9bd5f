"""The calendar-time portfolio: hold every asset through its event window, then regress."""

from __future__ import annotations

import numpy as np

from eventstudy.models.kernel.batch import Floats
from eventstudy.models.registry import RISK_FREE, expand
from eventstudy.significance.outcome import Outcome, refusal, t_test, too_few
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import SAME, Layout, Sample

SINGULAR = 1e-6
"""The least share of their spread by which regressors may differ."""


@register_test(
    "calendar_time",
    label="Calendar-time portfolio",
    null="t(days − k), HAC errors",
    layouts=(Layout.MANY_DATES,),
    of_returns=True,
    resamples=True,
    reference="Fama (1998); Mitchell & Stafford (2000); Newey & West (1987)",
)
def calendar_time(sample: Sample) -> Outcome:
    """The t of the intercept of the portfolio's daily return on the model's regressors.

    On each session the portfolio holds, equally weighted, the assets whose event window contains
    it; its intercept is the mean abnormal return a day. Observations of one day enter as one
    return, so their correlation is in the data. Errors by Newey and West with
    ⌊4(days/100)^(2/9)⌋ lags, at least the window's length minus one.
    """
    group, window = sample.group, sample.window
    if not group.one_design:
        return refusal("the observations have different benchmarks: no one regression", sample.n)
    if sample.n < 2:
        return too_few(2, sample.n)
    y, x = _portfolio(sample)
    k = x.shape[1] + 1
    if len(y) < k + 3:
        return refusal(f"{len(y)} calendar days are too few for {k} parameters", sample.n)
    from statsmodels.regression.linear_model import OLS

    lags = max(int(4 * (len(y) / 100) ** (2 / 9)), window.length - 1)
    # About its means the regression has digits to lose; the intercept is carried back.
    center = x.mean(axis=0)
    spread = np.sqrt(((x - center) ** 2).mean(axis=0))
    if not (spread > SAME * np.abs(center)).all():
        return refusal("the regressors do not vary over the portfolio's days", sample.n)
    design = np.column_stack([np.ones(len(y)), (x - center) / spread])
    if np.linalg.matrix_rank(design, tol=SINGULAR * np.sqrt(len(y))) < k:
        return refusal("the regressors are collinear on the portfolio's days", sample.n)
    lags = min(lags, len(y) - k - 1)
    kwds = {"maxlags": lags, "use_correction": True}
    fit = OLS(y, design).fit(cov_type="HAC", cov_kwds=kwds, use_t=True)
    back = np.append(1.0, -center / spread)
    intercept = float(back @ fit.params)
    variance = float(back @ fit.cov_params() @ back)
    if variance <= (SAME * np.abs(y).max()) ** 2:
        return refusal("the portfolio's return has no variation of its own", sample.n)
    detail = f"{intercept:.6g} a day over {len(y)} days, {lags} lags"
    return t_test(intercept / np.sqrt(variance), len(y) - k, sample.n, detail)


def _portfolio(sample: Sample) -> tuple[Floats, Floats]:
    """The portfolio's return and the regressors on every day that it holds something."""
    group, panel = sample.group, sample.group.panel
    at = group.positions.take(sample.valid)
    rows = at.day0[:, None] + np.arange(sample.window.start, sample.window.end + 1)
    held = panel.returns[at.asset[:, None], rows]
    sessions = panel.returns.shape[1]
    count = np.bincount(rows.ravel(), minlength=sessions)
    total = np.bincount(rows.ravel(), weights=held.ravel(), minlength=sessions)
    x = panel.designs[at.design[0]]
    y = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    names = expand(group.model.regressors, group.spec)
    if RISK_FREE in names:  # a model on excess returns
        at_rf = names.index(RISK_FREE)
        y, x = y - x[:, at_rf], np.delete(x, at_rf, axis=1)
    days = (count > 0) & np.isfinite(y) & np.isfinite(x).all(axis=1)
    return y[days], x[days]
