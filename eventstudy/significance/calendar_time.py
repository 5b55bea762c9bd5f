"""Calendar-time portfolios: hold every asset through its event window, then test the mean.

Observations of one session enter as one return, so that their correlation is in the data, and an
asset counts once a session however many of its windows contain it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from eventstudy.compiled.kernel import compiles
from eventstudy.models.kernel.batch import Floats, columns_of, returns_over
from eventstudy.models.kernel.fits import daily_errors
from eventstudy.models.kernel.regression import PLAIN, ReturnRegression
from eventstudy.models.registry import BENCHMARK, DONORS, RISK_FREE, expand, list_models
from eventstudy.significance.outcome import Outcome, refusal, t_test, too_few
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import SAME, FittedGroup, Layout, Sample
from eventstudy.significance.sums.calendar_portfolio import DailyPortfolio, Held, hold
from eventstudy.significance.sums.cosine_errors import cosine_intercept
from eventstudy.spec.study_spec import PRECISION
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted

HEDGED = 1e-6
"""A spread below this, where one asset has 1, is what rounding leaves of members that cancel:
residuals that are a millionth of the returns have six digits fewer."""

LEAST_DAYS = 4
"""Sessions beyond the slopes that a calendar-time test needs.

Size is kept on fewer (docs/size.md has that of six dates), but with two degrees of freedom a 5%
test takes a t of 4.3.
"""

LEAST_MONTHS = 4
"""The same of months."""


@register_test(
    "calendar_time",
    label="Calendar-time portfolio regression",
    null="t, fixed-b errors",
    layouts=(Layout.MANY_DATES,),
    of_returns=True,
    resamples=True,
    reference="Fama (1998); Mitchell & Stafford (2000); Lazarus, Lewis, Stock & Watson (2018)",
)
def calendar_time(sample: Sample) -> Outcome:
    """The t of the intercept of the portfolio's daily return on the model's regressors.

    The regression has the restrictions of the study's model: returns above rf on the benchmark
    above rf under `capm`, β = 1 under `market_adjusted`. `mean` has no regressors, so that its
    portfolio is one of abnormal returns, as in `calendar_time_ar`.
    """
    if sample.n < 2:
        return too_few(2, sample.n)
    group = sample.group
    if DONORS in group.model.regressors:
        reason = f"{group.model.name} weights its donors by asset; calendar_time_ar takes its AR"
        return refusal(reason, sample.n)
    offset, x = group.once(_split)
    if not x.shape[-1] and _regression(group).constant:
        return calendar_time_ar(sample)
    if x.shape[-1] and not group.one_design:
        return refusal(
            "the observations have different benchmarks, so one regression cannot fit them",
            sample.n,
        )
    portfolio = _portfolio(sample, _returns_above)
    columns = x[group.positions.design[0], portfolio.days]
    what = f"intercept on {_regressors(sample)}" if x.shape[-1] else "mean return"
    what += "" if offset is None else f", returns above {_offset(sample)}"
    return _tested(sample, portfolio.value, columns, what)


@register_test(
    "calendar_time_ar",
    label="Calendar-time abnormal returns",
    null="t, fixed-b errors",
    layouts=(Layout.MANY_DATES,),
    reference="Jaffe (1974); Mandelker (1974); Lazarus, Lewis, Stock & Watson (2018)",
    resamples=True,
)
def calendar_time_ar(sample: Sample) -> Outcome:
    """Mean over calendar days of the portfolio of the study's own abnormal returns, over its error.

    The variance is enlarged by the mean of V/L, what estimating the model adds to a window.
    """
    if sample.n < 2:
        return too_few(2, sample.n)
    y = _portfolio(sample, _abnormal).value
    enlarged = sample.once(_forecasts)
    return _tested(sample, y, np.empty((len(y), 0)), "mean abnormal return", enlarged)


@register_test(
    "calendar_time_sar",
    label="Standardised calendar-time abnormal returns",
    null="t, fixed-b errors",
    layouts=(Layout.MANY_DATES,),
    reference="Mitchell & Stafford (2000); Dutta, Knif, Kolari & Pynnönen (2018)",
    resamples=True,
)
def calendar_time_sar(sample: Sample) -> Outcome:
    """`calendar_time_ar` of SAR, each day's mean over the spread of that day's portfolio.

    Each asset's AR is divided by its own s√C; the day's mean is divided by the standard deviation
    that the same portfolio has over its members' estimation windows.
    """
    if sample.n < 2:
        return too_few(2, sample.n)
    portfolio, spread = _portfolio(sample, _standardised), _spread(sample)
    known = spread > HEDGED
    if not known.any():
        return refusal("the portfolios have no spread over the estimation window", sample.n)
    z = portfolio.value[known] / spread[known]
    what = "mean standardised abnormal return"
    if not known.all():
        what += f" ({counted(int((~known).sum()), 'day')} without a spread left out)"
    return _tested(sample, z, np.empty((len(z), 0)), what, sample.once(_forecasts))


@register_test(
    "calendar_time_monthly",
    label="Calendar-time abnormal returns by month",
    null="t(months − 1)",
    layouts=(Layout.MANY_DATES,),
    reference="Mitchell & Stafford (2000); Ibragimov & Müller (2010)",
    resamples=True,
)
def calendar_time_monthly(sample: Sample) -> Outcome:
    """Mean over calendar months of the portfolio's mean abnormal return a day in each.

    Months in which nothing is held do not count. Whatever correlation there is within a month is
    in its mean.
    """
    if sample.n < 2:
        return too_few(2, sample.n)
    months = sample.group.panel.months
    if months is None:
        return refusal("the sessions have no calendar, so there are no months", sample.n)
    portfolio = _portfolio(sample, _abnormal)
    month = months[portfolio.days]
    first = np.flatnonzero(np.diff(month, prepend=month[0] - 1))
    count = np.diff(np.append(first, len(month)))
    means = np.add.reduceat(portfolio.value, first) / count
    n = len(means)
    if n < LEAST_MONTHS:
        return refusal(f"{n} calendar months are too few, at least {LEAST_MONTHS}", sample.n)
    mean, variance = float(means.mean()), float(means.var(ddof=1)) / n * sample.once(_forecasts)
    detail = f"mean abnormal return {mean:.6g} a day over {n} months{_weighted(sample)}"
    return _answer(sample, mean, variance, n - 1, float(np.abs(means).max()), detail)


def _regression(group: FittedGroup) -> ReturnRegression:
    """The study's model as one regression, a moving estimation window left aside."""
    model = group.model
    known = list_models().get(model.name, model)
    if (model.regression or known.regression) is not None:
        return model.regression or known.regression or PLAIN
    names = expand(model.regressors, group.spec)
    return ReturnRegression(partial(_above_riskless, names)) if RISK_FREE in names else PLAIN


def _above_riskless(names: tuple[str, ...], x: Floats) -> tuple[Floats, Floats]:
    """rf, and the other columns: a benchmark above rf, factors as they are."""
    at = names.index(RISK_FREE)
    riskless = x[..., at]
    rest = [
        x[..., k] - riskless if name == BENCHMARK else x[..., k]
        for k, name in enumerate(names)
        if k != at
    ]
    return riskless, np.stack(rest, axis=-1) if rest else x[..., :0]


def _split(group: FittedGroup) -> tuple[Floats | None, Floats]:
    """What the model subtracts from returns, (D, T) or None, and its regressors (D, T, k)."""
    return _regression(group).split(group.panel.designs)


def _abnormal(group: FittedGroup, rows: slice, days: Window) -> Floats:
    """(n, L) abnormal returns."""
    return np.asarray(group.fits.ar[rows, columns_of(days, group.spec.span)])


def _standardised(group: FittedGroup, rows: slice, days: Window) -> Floats:
    """(n, L) abnormal returns over their standard errors."""
    errors = daily_errors(group.fits.take(rows), group.spec.span, days)
    return _abnormal(group, rows, days) / errors


def _returns_above(group: FittedGroup, rows: slice, days: Window) -> Floats:
    """(n, L) returns, less what the model subtracts from them."""
    values, (offset, _) = group.returns[rows, columns_of(days, group.spec.span)], group.once(_split)
    if offset is None:
        return values
    at = group.positions.take(rows)
    return np.asarray(values - returns_over(offset, replace(at, asset=at.design), days))


Values = Callable[[FittedGroup, slice, Window], Floats]
"""What a portfolio averages: (n, L) for consecutive observations on some days."""


def _portfolio(sample: Sample, values: Values) -> DailyPortfolio:
    """The portfolio's mean of such values on each session."""
    first, count = _together(sample)
    return sample.group.once(_portfolios, values, first, count)[sample.window.start - first.start]


def _spread(sample: Sample) -> Floats:
    """(D,) the portfolio's standard deviation over the estimation windows, on each session held."""
    first, count = _together(sample)
    spreads = sample.group.once(_spreads, first, count)
    begin = sample.group.once(_held, first, count).begin + sample.window.start
    column = min(sample.window.start - first.start, spreads.shape[1] - 1)
    return np.asarray(spreads[_portfolio(sample, _standardised).days - begin, column])


def _together(sample: Sample) -> tuple[Window, int]:
    """The first of the windows whose portfolios are computed together, and their number."""
    days, window = sample.group.spec.window, sample.window
    if window.length == 1 and days.start <= window.start <= days.end:
        return Window(days.start, days.start), days.length
    return window, 1


def _held(group: FittedGroup, first: Window, count: int) -> Held:
    n, days = len(group.fits), Window(first.start, first.end + count - 1)
    values = _abnormal(group, slice(None), days).reshape(n, count, -1)
    known = np.asarray(np.isfinite(values).all(axis=2))
    weights = np.ones(n) if group.weights is None else group.weights
    if group.spec.weights != PRECISION and (known == known[:, :1]).all():
        known = known[:, :1]
    weights = np.where(known, weights[:, None], 0.0)
    if group.spec.weights == PRECISION:
        for c, day in enumerate(range(first.start, first.start + count)):
            sample = group.over(Window(day, day + first.length - 1))
            weights[sample.valid, c] = 1 / sample.se
    at = group.positions
    return hold(at.asset, at.day0, first, count, weights, compiled=compiles(n))


def _portfolios(
    group: FittedGroup, values: Values, first: Window, count: int
) -> list[DailyPortfolio]:
    days = Window(first.start, first.end + count - 1)
    held = group.once(_held, first, count)
    return held.portfolios(lambda rows: values(group, rows, days))


def _spreads(group: FittedGroup, first: Window, count: int) -> Floats:
    return group.once(_held, first, count).spreads(group.windows)


def _forecasts(sample: Sample) -> float:
    """Mean of V/L: the variance of a window's CAR over that of as many days' errors."""
    days = columns_of(sample.window, sample.group.spec.span)
    added = sample.group.fits.leverage.total(days)[sample.valid]
    return 1.0 + float(added.mean()) / sample.window.length


def _regressors(sample: Sample) -> str:
    names = expand(sample.group.model.regressors, sample.group.spec)
    above = f" − {RISK_FREE}" if RISK_FREE in names else ""
    shown = (f"{name}{above}" if name == BENCHMARK else name for name in names)
    return ", ".join(name for name in shown if name != RISK_FREE)


def _offset(sample: Sample) -> str:
    return RISK_FREE if RISK_FREE in sample.group.model.regressors else BENCHMARK


def _weighted(sample: Sample) -> str:
    return "" if sample.weights is None else ", weighted"


def _tested(sample: Sample, y: Floats, x: Floats, what: str, enlarged: float = 1.0) -> Outcome:
    """The t of the intercept of y on x, or why there is none."""
    known = np.isfinite(y) & np.isfinite(x).all(axis=1)
    y, x = y[known], x[known]
    least = LEAST_DAYS + x.shape[1]
    if len(y) < least:
        return refusal(f"{len(y)} calendar days are too few, at least {least}", sample.n)
    found = cosine_intercept(y, x)
    if found is None:
        reason = "the regressors do not vary over the portfolio's days, or are collinear there"
        return refusal(reason, sample.n)
    size = float(np.abs(y).max())
    detail = f"{what}: {found.estimate:.6g} a day over {len(y)} days{_weighted(sample)}"
    return _answer(sample, found.estimate, found.variance * enlarged, found.df, size, detail)


def _answer(
    sample: Sample, estimate: float, variance: float, df: float, size: float, detail: str
) -> Outcome:
    if variance <= (SAME * size) ** 2:
        return refusal("the portfolio's return has no variation of its own", sample.n)
    return t_test(estimate / np.sqrt(variance), df, sample.n, detail)
