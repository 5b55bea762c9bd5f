"""Calibration: how often each test rejects when nothing happened, and when something did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from eventstudy.calibration.calibration import Calibration
from eventstudy.calibration.own_prices import draw, own_panel, own_returns
from eventstudy.calibration.rejections import Count, Make, pack, unpack
from eventstudy.calibration.setting import Setting, Untraded, Values, make_settings
from eventstudy.calibration.shares import RejectionCount, shares_table
from eventstudy.calibration.simulate import World, simulate
from eventstudy.compute.checkpoints import Checkpoints, checkpoints_in
from eventstudy.compute.engine import check_engine, map_tasks
from eventstudy.errors import InputError
from eventstudy.estimation.placement import SHIFTS
from eventstudy.models.registry import Model, between_trades, expand, get_model
from eventstudy.prices.prices import Prices
from eventstudy.significance.date_layouts import DateLayout
from eventstudy.significance.registry import Test, chosen_tests
from eventstudy.spec.fields import Pair
from eventstudy.spec.study_spec import DEFAULTS, StudySpec

CHUNK = 40
"""Samples drawn and fitted together."""

Progress = Callable[[int, int], None]


def calibrate(
    prices: Prices | pd.DataFrame | None = None,
    *,
    returns: pd.DataFrame | None = None,
    n_events: int = 50,
    samples: int = 2_000,
    rho: Values = 0.0,
    variance: Values = 1.0,
    tails: Values | None = None,
    thin: Values = 0.0,
    ar: Values = 0.0,
    untraded: Untraded = "missing",
    sigma: float | tuple[float, float] = (0.01, 0.04),
    clustered: bool = True,
    alpha: float = 0.05,
    tests: Literal["default", "all"] | str | Sequence[str] = DEFAULTS.tests,
    model: str = DEFAULTS.model,
    benchmark: str | None = None,
    estimation: Pair | str = DEFAULTS.estimation,
    window: Pair | str = (0, 0),  # abnormal returns are planted on day 0 alone
    min_obs: int | None = None,
    kp: Literal["calendar", "event"] = DEFAULTS.kp,
    factors: Sequence[str] = (),
    seed: int = DEFAULTS.seed,
    engine: str = "serial",
    progress: Progress | None = None,
    checkpoints: str | Path | Checkpoints | None = None,
) -> Calibration:
    """Size and power of the tests, by running them on samples in which the truth is known.

    Without prices and returns the samples are simulated, one setting for each combination of
    `rho`, `variance`, `tails`, `thin` and `ar` (each a number or a list). With them, placebo
    events are drawn from the panel (Brown & Warner 1980, 1985), and only `ar` may be varied.

    Args:
        prices: from `load_prices`, or a wide frame of price levels, sessions × tickers.
        returns: instead, a wide frame of returns in decimals.
        n_events: observations in a sample.
        samples: samples in each setting; the Monte-Carlo error of a 5% share is 0.5 points
            at 2,000.
        rho: correlation of the residuals of a day.
        variance: residual variance on the event days over the ordinary one.
        tails: degrees of freedom of Student-t residuals; None or inf is normal.
        thin: share of days without a trade.
        ar: abnormal return on day 0 in decimals; 0 gives the size, others the power.
        untraded: a day without a trade is "missing", or "zero" with its return in the next one.
        sigma: residual standard deviation a day, or the ends of a uniform range.
        clustered: all events of a sample on one date; else each drawn on its own.
        alpha: level of the tests, two-sided.
        tests: "default" (all for this layout, without those that resample), "all", or names.
        model: normal-return model.
        benchmark: the panel's benchmark; ^GSPC, else the mean of the panel, if None.
        estimation: estimation window in sessions before day 0.
        window: tested window, both ends included.
        min_obs: minimum number of valid estimation returns; if None 120, or half of a shorter
            window.
        kp: how the mean correlation aligns residuals.
        factors: regressors of the model "factors".
        seed: the same seed gives the same figures on every engine.
        engine: "serial", "processes" or "dask".
        progress: called with the samples done and their total.
        checkpoints: a folder that keeps each finished chunk of samples until all are done, so that
            an interrupted calibration resumes when it is started again with the same
            input and options.

    Returns:
        The rejection shares of every test in every setting, with advice and a figure.

    Raises:
        InputError: invalid options, all named at once.
        DataMissingError: the benchmark is absent.
    """
    chosen_engine = check_engine(engine)
    data = own_returns(prices, returns, factors)
    _check(n_events, samples, alpha, untraded, seed)
    settings = make_settings(rho, variance, tails, thin, ar)
    spec = _spec(
        min_obs,
        model=model,
        benchmark=benchmark,
        estimation=estimation,
        window=window,
        car=(window,),
        kp=kp,
        factors=tuple(factors),
        seed=seed,
    )
    normal = get_model(model)
    if between_trades(normal):
        raise InputError(
            f"The model {model} has regressors of its own for each asset, and samples are drawn "
            "under one for all; choose the market model."
        )
    chosen = _tests(tests, n_events, clustered)
    if data is None:
        world = World(
            spec=spec,
            n=n_events,
            clustered=clustered,
            sigma=_sigma(sigma),
            untraded=untraded,
            shifts=_shifts(normal, spec, benchmark),
            seed=seed,
        )
        make: Make = partial(simulate, world)
        about = f"simulated returns, σ {_span(world.sigma)} a day"
    else:
        _only_ar(settings)
        source = prices if isinstance(prices, Prices) else None
        own = own_panel(
            data.returns,
            model=normal,
            spec=spec,
            layout=_layout(n_events, clustered),
            seed=seed,
            left_out=source.benchmarks if source else (),
            factors=source.factors if source else None,
        )
        make = partial(draw, own)
        about = own.words
    count = Count(make, normal, spec, chosen, alpha)
    tasks = [
        (setting, range(first, min(first + CHUNK, samples)))
        for setting in settings
        for first in range(0, samples, CHUNK)
    ]
    counts = {setting: [RejectionCount() for _ in chosen] for setting in settings}
    total, done = len(settings) * samples, 0
    with checkpoints_in(checkpoints) as saved:
        kept = None if saved is None else saved.of((count, tasks), pack, unpack)
        with closing(map_tasks(Count.__call__, count, tasks, chosen_engine, kept=kept)) as parts:
            for (setting, numbers), part in zip(tasks, parts, strict=True):
                for count_of_test, counted in zip(counts[setting], part, strict=True):
                    count_of_test.merge(counted)
                done += len(numbers)
                if progress:
                    progress(done, total)
    facts: dict[str, Any] = {
        "alpha": alpha,
        "n_events": n_events,
        "clustered": clustered,
        "simulated": data is None,
    }
    table = shares_table(counts, [t.name for t in chosen], **facts)
    return Calibration(
        table,
        settings=settings,
        samples=samples,
        spec=spec,
        source=about,
        untraded=untraded,
        notes=data.notes if data else (),
        **facts,
    )


def _check(n_events: int, samples: int, alpha: float, untraded: str, seed: int) -> None:
    problems = []
    for name, value, least, most in (
        ("n_events", n_events, 1, 100_000),
        ("samples", samples, 2, 1_000_000),
        ("seed", seed, 0, 2**63 - 1),
    ):
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or not least <= value <= most:
            problems.append(
                f"Option {name}: give a whole number from {least} to {most:,} (given: {value!r})."
            )
    if not (isinstance(alpha, Real) and 0 < alpha < 1):
        problems.append(f"Option alpha: give a level between 0 and 1 (given: {alpha!r}).")
    if untraded not in ("missing", "zero"):
        problems.append(f"Option untraded: {untraded!r} is not known; known: missing, zero.")
    if problems:
        raise InputError(problems)


def _spec(min_obs: int | None, **fields: Any) -> StudySpec:
    make = partial(StudySpec, placebo=False, compare=(), **fields)

    if min_obs is not None:
        return make(min_obs=min_obs)
    days = make(min_obs=3).estimation.length
    return make(min_obs=max(3, min(DEFAULTS.min_obs, days // 2)))


def _tests(choice: str | Sequence[str], n_events: int, clustered: bool) -> tuple[Test, ...]:
    """Named tests as they are; "default" and "all" are those of the samples' layout."""
    if choice not in ("default", "all"):
        names = choice.split(",") if isinstance(choice, str) else choice
        named = chosen_tests([name.strip() for name in names if name.strip()])
        if not named:
            raise InputError("Option tests: name at least one test, or say default or all.")
        return tuple(dict.fromkeys(named))
    kind = _layout(n_events, clustered).kind
    fitting = [test for test in chosen_tests("all") if kind in test.layouts]
    return tuple(test for test in fitting if choice == "all" or not test.resamples)


def _layout(n: int, clustered: bool) -> DateLayout:
    return DateLayout("sample", 1, n) if clustered else DateLayout("sample", n, 1)


def _sigma(sigma: float | tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = sigma if isinstance(sigma, Sequence) else (sigma, sigma)
        if 0 < float(low) <= float(high) < 1:
            return float(low), float(high)
    except (TypeError, ValueError):
        pass
    raise InputError(
        "Option sigma: give a standard deviation a day in decimals such as 0.02, or the ends of a "
        f"range such as (0.01, 0.04) (given: {sigma!r})."
    )


def _shifts(model: Model, spec: StudySpec, benchmark: str | None) -> tuple[int, ...]:
    """Lags of the market among the regressors; simulated returns have no other regressor."""
    if benchmark is not None:
        raise InputError(
            "Option benchmark: simulated returns have one market of their own; leave it out."
        )
    names = expand(model.regressors, spec)
    other = [name for name in names if name not in SHIFTS]
    if other or (model.regressors and not names):
        raise InputError(
            f"The model {model.name} needs {', '.join(other) or 'factors'}, which simulated "
            "returns do not have; give prices or returns= with them, or choose the market model."
        )
    return tuple(SHIFTS[name] for name in names)


def _only_ar(settings: Sequence[Setting]) -> None:
    changed = [
        name
        for name in ("rho", "variance", "tails", "thin")
        if any(getattr(s, name) != getattr(Setting(), name) for s in settings)
    ]
    if changed:
        raise InputError(
            f"Option {', '.join(changed)}: only simulated returns can be given these; your own "
            "panel has what it has: leave it out, or leave out the prices."
        )


def _span(sigma: tuple[float, float]) -> str:
    low, high = sigma
    return f"{100 * low:g}%" if low == high else f"{100 * low:g}% to {100 * high:g}%"
